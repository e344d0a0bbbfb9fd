//! Times as logs write them.

use half_open::time::{SimDuration, SimTime};

const NS_PER_MS: u64 = 1_000_000;
/// The beginning of the year 2500: what lies behind it does not fit into nanoseconds for long.
const LAST_MS: u64 = 16_725_225_600_000;
/// The longest duration of a call: more than any breaker waits.
const LONGEST: SimDuration = SimDuration::from_secs(366 * 86_400);

/// A number of milliseconds, or a date and time of ISO 8601, such as `2026-03-01T12:00:00.250Z`.
/// Without a zone it is in UTC. Nothing if it is neither, or not between 1970 and 2500.
pub(crate) fn timestamp(text: &str) -> Option<SimTime> {
    let ns = if text.contains([':', 'T']) { iso(text)? } else { nanoseconds(text)? };
    (ns <= LAST_MS * NS_PER_MS).then(|| SimTime::from_nanos(ns))
}

/// A number of milliseconds, or a duration with its unit, such as `1.5 s`. Nothing if it is
/// neither, or longer than a year.
pub(super) fn duration(text: &str) -> Option<SimDuration> {
    let ms = nanoseconds(text).map(SimDuration::from_nanos);
    ms.or_else(|| text.parse().ok()).filter(|&duration| duration <= LONGEST)
}

/// A moment as a date and time in UTC, such as `2026-03-01 12:00:00 UTC`. Nothing if it was written
/// as a small number, which is no date.
#[must_use]
pub fn date(at: SimTime) -> Option<String> {
    const FIRST_YEAR: u64 = 2000;
    let (mut days, second) = (at.nanos() / NS_PER_MS / 86_400_000, at.nanos() / 1_000_000_000);
    let mut year = 1970;
    while days >= year_length(year) {
        days -= year_length(year);
        year += 1;
    }
    let mut month = 1;
    while days >= month_length(year, month) {
        days -= month_length(year, month);
        month += 1;
    }
    let (hour, minute, second) = (second / 3_600 % 24, second / 60 % 60, second % 60);
    (year >= FIRST_YEAR)
        .then(|| format!("{year}-{month:02}-{:02} {hour:02}:{minute:02}:{second:02} UTC", days + 1))
}

/// Milliseconds to the nanosecond: `1700000000000.25` is not rounded.
fn nanoseconds(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) {
        return None;
    }
    // What lies behind a nanosecond is nothing.
    let part: u64 = format!("{part:0<6}")[..6].parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(NS_PER_MS)?.checked_add(part)
}

fn iso(text: &str) -> Option<u64> {
    let (date, clock) = text.split_once(['T', ' '])?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let (clock, east) = zone(clock.trim_end())?;
    let (clock, part) = clock.split_once('.').unwrap_or((clock, ""));
    let seconds = if clock.len() == 5 { format!("{clock}:00") } else { clock.to_owned() };
    let [hour, minute, second] = numbers(&seconds, ':', [2, 2, 2])?;
    let valid = (1970..2500).contains(&year)
        && (1..=12).contains(&month)
        && (1..=month_length(year, month)).contains(&day)
        && (hour < 24 && minute < 60 && second < 60)
        && part.bytes().all(|b| b.is_ascii_digit());
    if !valid {
        return None;
    }
    let part: u64 = format!("{part:0<9}")[..9].parse().ok()?;
    let years: u64 = (1970..year).map(year_length).sum();
    let days = years + (1..month).map(|m| month_length(year, m)).sum::<u64>() + day - 1;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    u64::try_from(i64::try_from(seconds).ok()? - east)
        .ok()?
        .checked_mul(1_000_000_000)?
        .checked_add(part)
}

/// The clock without its zone, and how many seconds that is ahead of UTC.
fn zone(clock: &str) -> Option<(&str, i64)> {
    if let Some(clock) = clock.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = clock.rfind(['+', '-']) else { return Some((clock, 0)) };
    let (clock, zone) = clock.split_at(at);
    let digits = zone[1..].replace(':', "");
    let minutes = match digits.len() {
        2 => format!("{digits}00"),
        _ => digits,
    };
    if minutes.len() != 4 || !minutes.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes): (i64, i64) = (minutes[..2].parse().ok()?, minutes[2..].parse().ok()?);
    let east = (hours * 60 + minutes) * 60;
    (hours < 24 && minutes < 60)
        .then_some((clock, if zone.starts_with('-') { -east } else { east }))
}

/// Three numbers of so many digits each.
fn numbers(text: &str, between: char, digits: [usize; 3]) -> Option<[u64; 3]> {
    let mut found = [0; 3];
    let mut parts = text.split(between);
    for (number, digits) in found.iter_mut().zip(digits) {
        let part = parts.next()?;
        if part.len() != digits || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(found)
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn year_length(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

const fn month_length(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> Option<f64> {
        timestamp(text).map(|at| at.nanos() as f64 / 1e6)
    }

    #[test]
    fn a_plain_number_is_milliseconds() {
        assert_eq!(ms("0"), Some(0.0));
        assert_eq!(ms("1700000000000.25"), Some(1_700_000_000_000.25));
        assert_eq!(
            timestamp("1700000000000.000001").map(SimTime::nanos),
            Some(1_700_000_000_000_000_001)
        );
        for text in ["", ".5", "-1", "1e3", "1,5", "soon", "16725225600001", "99999999999999999999"]
        {
            assert_eq!(ms(text), None, "{text}");
        }
    }

    #[test]
    fn iso_dates_count_from_1970_in_utc() {
        assert_eq!(ms("1970-01-01T00:00:00Z"), Some(0.0));
        assert_eq!(ms("2023-11-14T22:13:20Z"), Some(1_700_000_000_000.0));
        assert_eq!(ms("2023-11-14 22:13:20"), Some(1_700_000_000_000.0));
        assert_eq!(ms("2023-11-14T23:13+01:00"), Some(1_699_999_980_000.0));
        assert_eq!(ms("2023-11-14T17:43:20.125-0430"), Some(1_700_000_000_125.0));
        assert_eq!(ms("2024-02-29T00:00:00Z"), Some(1_709_164_800_000.0));
        assert_eq!(ms("2499-12-31T23:59:59.999Z"), Some(16_725_225_599_999.0));
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in [
            "2023-02-29T00:00:00Z",
            "2023-13-01T00:00:00Z",
            "2023-11-14T24:00:00Z",
            "2023-11-14T22:13:60Z",
            "1970-01-01T00:00:00+01:00",
            "2500-01-01T00:00:00Z",
            "2023-11-14T",
            "2023-11-14",
            "22:13:20",
            "2023-11-14T22:13:20+1",
            "2023-11-14T22:13:20.x",
            "2023-1-14T22:13:20Z",
        ] {
            assert_eq!(ms(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_is_written_as_it_is_read() {
        for text in ["2000-01-01 00:00:00", "2024-02-29 23:59:59", "2100-12-31 12:30:01"] {
            let at = timestamp(text).expect("a date");
            assert_eq!(date(at), Some(format!("{text} UTC")));
        }
        assert_eq!(date(SimTime::from_millis(120_000)), None);
    }

    #[test]
    fn durations_are_milliseconds_or_say_their_unit() {
        let ms = |text| duration(text).map(|d| d.nanos() as f64 / 1e6);
        assert_eq!(
            [ms("0"), ms("12.5"), ms("1.5 s"), ms("2m")],
            [0.0, 12.5, 1_500.0, 120_000.0].map(Some)
        );
        assert_eq!([ms(""), ms("-1"), ms("1 day"), ms("9000 h"), ms("quick")], [None; 5]);
    }
}
