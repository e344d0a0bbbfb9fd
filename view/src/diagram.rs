//! A breaker as its state diagram shows it: the limits on the arcs, the window in brackets, and the
//! arithmetic between them in one line.

use crate::link::preset_of;
use crate::numbers::tenths;
use half_open::decimal;
use half_open::log::MANY;
use half_open::policy::breaker::{
    Breaker, Cmp, Counts, DecideKind, Reason, Settings, State, WindowKind,
};
use half_open::time::{SimDuration, SimTime};

/// The most pieces of a window that are drawn one by one.
const PIECES: usize = 20;

/// A breaker at one instant.
#[derive(Clone, PartialEq, Debug)]
pub struct Diagram {
    /// What it is.
    pub state: State,
    /// What opens it: `≥ 50 % of 10 fail`.
    pub opens: String,
    /// How long it stays open: `2 s`.
    pub stays: String,
    /// What closes it: `1 ok`.
    pub closes: String,
    /// The window from the oldest piece to the newest. A piece without calls is an empty place.
    pub pieces: Vec<Counts>,
    /// The arithmetic: `4 of 10 failed = 40 % < 50 %`.
    pub sum: String,
    /// What follows from it: `opens at 50 %`, `open for 1.2 s more`.
    pub then: String,
}

/// What is known of the time since a breaker last changed its state.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Since {
    /// How many calls it has refused.
    pub refused: u32,
    /// What the log says of the change: to, why, calls counted and those that counted against it.
    pub moved: Option<(State, Reason, u32, u32)>,
}

/// The diagram of `breaker` at `now`.
#[must_use]
pub fn diagram(breaker: &Breaker, settings: &Settings, since: Since, now: SimTime) -> Diagram {
    let (sum, then) = arithmetic(breaker, settings, since, now);
    Diagram {
        state: breaker.state(),
        opens: opens(settings),
        stays: stays(settings),
        closes: closes(settings),
        pieces: pieces(breaker, settings, now),
        sum,
        then,
    }
}

/// What a breaker was made to be: `like Polly 8`.
#[must_use]
pub fn like(settings: &Settings) -> String {
    match preset_of(settings) {
        Some(preset) => format!("like {}", preset.label()),
        None => "to settings of its own".into(),
    }
}

fn opens(settings: &Settings) -> String {
    let window = &settings.window;
    if let (Some(n), WindowKind::Consecutive) = (settings.trip.failures, window.kind) {
        return if n == 1 { "1 failure".into() } else { format!("{n} failures in a row") };
    }
    let calls = match (window.kind, settings.sample_size()) {
        (WindowKind::Count, _) => format!(" of {}", window.size),
        (_, 0 | 1) => String::new(),
        _ if settings.trip.failures.is_some() => String::new(),
        (_, least) => format!(" of {least}+"),
    };
    let within = match window.kind {
        WindowKind::Consecutive => " in a row".to_owned(),
        WindowKind::Time | WindowKind::Tumbling => format!("{calls} in {}", window.duration_ms.0),
        WindowKind::Count | WindowKind::Unbounded => calls,
    };
    let failing = match (settings.trip.failures, settings.trip.failure_rate) {
        (Some(n), _) => Some(n.to_string()),
        (None, Some(rate)) => Some(share(settings.trip.rate_cmp, rate)),
        (None, None) => None,
    };
    let slow = settings.slow.map(|slow| {
        let long = format!("{} {}", sign(slow.cmp), slow.threshold_ms.0);
        (share(slow.rate_cmp, slow.rate), long)
    });
    match (failing, slow) {
        (Some(failing), Some((slow, long))) => {
            format!("{failing}{within} fail, or {slow} take {long}")
        }
        (Some(failing), None) => format!("{failing}{within} fail"),
        (None, Some((slow, long))) => format!("{slow}{within} take {long}"),
        (None, None) => "never".into(),
    }
}

/// `≥ 50 %`.
fn share(cmp: Cmp, rate: f64) -> String {
    match cmp {
        Cmp::AtLeast if rate >= 1.0 => "all".into(),
        _ => format!("{} {}", sign(cmp), percent(rate)),
    }
}

fn stays(settings: &Settings) -> String {
    let (first, second) = (settings.open.wait(0), settings.open.wait(1));
    let longest = first.scaled(1.0 + settings.open.jitter);
    if first == second && first < longest {
        return format!("{first} to {longest}");
    }
    if first == second { first.to_string() } else { format!("{first}, {second} …") }
}

fn closes(settings: &Settings) -> String {
    let decide = &settings.half_open.decide;
    match decide.kind {
        DecideKind::ConsecutiveSuccess => format!("{} ok", decide.successes),
        DecideKind::Ratio | DecideKind::FailureRatio if decide.capacity == 1 => "1 ok".into(),
        DecideKind::Ratio => format!("{} of {} ok", decide.successes, decide.capacity),
        DecideKind::FailureRatio => format!("< {} of {} fail", decide.failures, decide.capacity),
        DecideKind::Rate | DecideKind::RateAtExecutions => {
            let needed = settings.probes_needed();
            let Some(rate) = decide.rate.or(settings.trip.failure_rate) else {
                return format!("{needed} not slow");
            };
            // What does not reopen closes.
            let sign = if settings.trip.rate_cmp == Cmp::Above { "≤" } else { "<" };
            format!("{sign} {} of {needed} fail", percent(rate))
        }
    }
}

/// The places of the window, the newest last; those that nothing has filled yet come first.
fn pieces(breaker: &Breaker, settings: &Settings, now: SimTime) -> Vec<Counts> {
    let window = &settings.window;
    let cells = breaker.window(settings, now);
    match window.kind {
        WindowKind::Time => {
            let places = window.buckets.max(1) as usize;
            let length = window.duration_ms.0.nanos() / u64::from(window.buckets.max(1));
            let mut pieces = vec![Counts::default(); places];
            for cell in cells {
                let age = now.since(cell.start.unwrap_or(now)).nanos() / length.max(1);
                let place = places - 1 - (age as usize).min(places - 1);
                pieces[place] = both(pieces[place], cell.counts);
            }
            condensed(pieces)
        }
        WindowKind::Count => {
            let mut pieces: Vec<Counts> = cells.map(|cell| cell.counts).collect();
            let empty = (window.size as usize).saturating_sub(pieces.len());
            pieces.splice(0..0, std::iter::repeat_n(Counts::default(), empty));
            condensed(pieces)
        }
        WindowKind::Consecutive => {
            let places = settings.trip.failures.unwrap_or(1) as usize;
            let run = cells.map(|cell| cell.counts.failures).sum::<u32>() as usize;
            let failure = Counts { calls: 1, failures: 1, slow: 0 };
            let mut pieces = vec![failure; run.min(places)];
            pieces.resize(places, Counts::default());
            condensed(pieces)
        }
        WindowKind::Tumbling | WindowKind::Unbounded => {
            vec![cells.fold(Counts::default(), |sum, cell| both(sum, cell.counts))]
        }
    }
}

/// At most [`PIECES`] pieces, several put together where there are more.
fn condensed(pieces: Vec<Counts>) -> Vec<Counts> {
    let together = pieces.len().div_ceil(PIECES).max(1);
    let add = |group: &[Counts]| group.iter().copied().fold(Counts::default(), both);
    pieces.chunks(together).map(add).collect()
}

fn both(a: Counts, b: Counts) -> Counts {
    Counts {
        calls: a.calls.saturating_add(b.calls),
        failures: a.failures.saturating_add(b.failures),
        slow: a.slow.saturating_add(b.slow),
    }
}

fn arithmetic(
    breaker: &Breaker,
    settings: &Settings,
    since: Since,
    now: SimTime,
) -> (String, String) {
    let counts = breaker.counts(settings, now);
    let rejected = format!("{} rejected", since.refused);
    match breaker.state() {
        State::Closed => (counted(counts, settings), judgement(counts, settings)),
        State::MetricsOnly => (counted(counts, settings), "only counted: it never opens".into()),
        State::Open => {
            let left = breaker.open_until(settings).unwrap_or(now).since(now);
            let then = if left == SimDuration::ZERO {
                format!("the next call is a probe, {rejected}")
            } else {
                format!("open for {} more, {rejected}", tenths(left))
            };
            (opened(since, settings), then)
        }
        State::HalfOpen => {
            let out = breaker.probes_in_flight();
            let plural = if out == 1 { "" } else { "s" };
            (format!("{out} probe{plural} out, {rejected} meanwhile"), probed(counts, settings))
        }
        State::ForcedOpen => ("held open by hand".into(), rejected),
        State::Disabled => ("held closed by hand".into(), "nothing is counted".into()),
    }
}

fn or_more(count: u32) -> String {
    if count >= MANY { format!("{count}+") } else { count.to_string() }
}

/// Why an open breaker opened.
fn opened(since: Since, settings: &Settings) -> String {
    let Some((_, reason, calls, bad)) = since.moved else { return "open".into() };
    let rate = f64::from(bad) / f64::from(calls.max(1));
    let ratio = |word, cmp, limit| {
        let (sign, rate, limit) = (sign(cmp), percent(rate), percent(limit));
        // A transition does not know how many more there were, so the rate is not known either.
        if calls >= MANY {
            return format!("{} of {} {word}: {sign} {limit}", or_more(bad), or_more(calls));
        }
        format!("{bad} of {calls} {word} = {rate} {sign} {limit}")
    };
    let bad = or_more(bad);
    match (reason, settings.trip.failure_rate, &settings.slow) {
        (Reason::FailureRate, Some(limit), _) => ratio("failed", settings.trip.rate_cmp, limit),
        (Reason::SlowRate, _, Some(slow)) => ratio("were slow", slow.rate_cmp, slow.rate),
        (Reason::Failures, ..) if settings.window.kind == WindowKind::Consecutive => {
            format!("{bad} failed in a row")
        }
        (Reason::Failures, ..) => format!("{bad} failed"),
        (Reason::ByHand, ..) => "tripped by hand".into(),
        (reason, ..) => reason.because().into(),
    }
}

/// What a closed breaker has counted.
fn counted(counts: Counts, settings: &Settings) -> String {
    if settings.window.kind == WindowKind::Consecutive {
        return format!("{} failed in a row", counts.failures);
    }
    if settings.trip.failures.is_some() {
        return format!("{} failed", counts.failures);
    }
    let minimum = settings.sample_size();
    if counts.calls < minimum {
        return format!("{} of the minimum {minimum} calls so far", counts.calls);
    }
    let rate = counts.failure_rate().unwrap_or_default();
    let failed = format!("{} of {} failed = {}", counts.failures, counts.calls, percent(rate));
    if settings.slow.is_some() && counts.slow > 0 {
        return format!("{failed}, {} slow", counts.slow);
    }
    failed
}

/// What a closed breaker concludes.
fn judgement(counts: Counts, settings: &Settings) -> String {
    let trip = &settings.trip;
    if let Some(limit) = trip.failures {
        return format!("opens at {limit}");
    }
    let Some(limit) = trip.failure_rate else { return "failures do not open it".into() };
    let rate = counts.failure_rate().unwrap_or_default();
    if counts.calls >= settings.sample_size() && trip.rate_cmp.holds(rate, limit) {
        return format!("{} {}: opens with the next result", sign(trip.rate_cmp), percent(limit));
    }
    format!("opens {} {}", if trip.rate_cmp == Cmp::Above { "above" } else { "at" }, percent(limit))
}

/// How far a half-open breaker's probes have come.
fn probed(counts: Counts, settings: &Settings) -> String {
    let decide = &settings.half_open.decide;
    let good = counts.calls.saturating_sub(counts.failures);
    match decide.kind {
        DecideKind::ConsecutiveSuccess => {
            format!("{good} of {} ok; a failure reopens", decide.successes)
        }
        _ => format!("{good} ok, {} failed so far", counts.failures),
    }
}

const fn sign(cmp: Cmp) -> &'static str {
    match cmp {
        Cmp::AtLeast => "≥",
        Cmp::Above => ">",
    }
}

/// Whole percents where they are, one decimal where they are not; 0 means none, and 100 all.
fn percent(fraction: f64) -> String {
    let tenths = (fraction * 1000.0).round();
    let least = f64::from(u8::from(fraction > 0.0));
    let most = if fraction < 1.0 { 999.0 } else { tenths };
    format!("{} %", decimal::show(tenths.min(most).max(least) / 10.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use half_open::policy::breaker::{Action, Mark, Millis, Preset, Slow};

    const SINCE: Since =
        Since { refused: 4, moved: Some((State::Open, Reason::FailureRate, 5, 3)) };

    fn at(ms: u64) -> SimTime {
        SimTime::from_millis(ms)
    }

    /// A breaker that has seen these results, 100 ms apart: `f`ailures and successes.
    fn after(settings: &Settings, results: &str) -> (Breaker, SimTime) {
        let mut breaker = Breaker::new(settings, SimTime::ZERO);
        let mut now = SimTime::ZERO;
        for result in results.chars() {
            now = now + SimDuration::from_millis(100);
            let mark = if result == 'f' { Mark::Failure } else { Mark::Success };
            if let Ok(permit) = breaker.acquire(settings, now).permit {
                let _ = breaker.settle(settings, permit, now, mark, SimDuration::ZERO);
            }
        }
        (breaker, now)
    }

    #[test]
    fn what_was_counted_is_said_as_far_as_it_is_known() {
        let said = |calls, bad| {
            let moved = Some((State::Open, Reason::FailureRate, calls, bad));
            opened(Since { refused: 0, moved }, &Settings::default())
        };
        assert_eq!(said(10_000, 6_000), "6000 of 10000 failed = 60 % ≥ 50 %");
        assert_eq!(said(MANY, 9_000), "9000 of 16383+ failed: ≥ 50 %");
    }

    fn shown(settings: &Settings, results: &str) -> Diagram {
        let (breaker, now) = after(settings, results);
        diagram(&breaker, settings, SINCE, now)
    }

    #[test]
    fn a_share_is_rounded_but_never_to_none_or_all() {
        let shown = [0.0, 0.000_1, 0.333_3, 0.999_9, 1.0].map(percent);
        assert_eq!(shown, ["0 %", "0.1 %", "33.3 %", "99.9 %", "100 %"]);
    }

    #[test]
    fn the_arcs_carry_the_limits() {
        let shown = shown(&Settings::default(), "");
        assert_eq!(shown.opens, "≥ 50 % of 10 fail");
        assert_eq!((shown.stays.as_str(), shown.closes.as_str()), ("2 s", "1 ok"));
    }

    /// The limits of the libraries, as `docs/breakers.md` has them in sentences.
    #[test]
    fn the_arcs_carry_the_limits_of_every_preset() {
        let limits: Vec<_> = Preset::ALL
            .map(|preset| {
                let settings = preset.in_scenario();
                (preset.name(), opens(&settings), stays(&settings), closes(&settings))
            })
            .into();
        let shown: Vec<String> = (limits.iter())
            .map(|(name, opens, stays, closes)| format!("{name}: {opens} | {stays} | {closes}"))
            .collect();
        let expected = [
            "resilience4j: ≥ 50 % of 100 fail, or all take > 60 s | 60 s | < 50 % of 10 fail",
            "resilience4j-time: ≥ 50 % of 100+ in 100 s fail, or all take > 60 s | 60 s | < 50 % of 10 fail",
            "resilience4j-auto: ≥ 50 % of 100 fail, or all take > 60 s | 60 s | < 50 % of 10 fail",
            "polly: ≥ 10 % of 100+ in 30 s fail | 5 s | 1 ok",
            "gobreaker: 6 failures in a row | 60 s | 1 ok",
            "gobreaker-ratio: ≥ 60 % of 3+ fail | 60 s | 1 ok",
            "failsafe-go: 1 of 1 fail | 60 s | 1 ok",
            "failsafe-go-rate: ≥ 20 % of 5+ in 60 s fail | 60 s | < 20 % of 5 fail",
            "cockatiel: 5 failures in a row | 10 s | 1 ok",
            "cockatiel-count: > 20 % of 100 fail | 10 s | 1 ok",
            "cockatiel-sampling: > 20 % of 750+ in 30 s fail | 10 s | 1 ok",
            "opossum: > 50 % in 10 s fail | 30 s | 1 ok",
            "linkerd: 7 failures in a row | 1 s, 2 s … | 1 ok",
            "pybreaker: 5 failures in a row | 60 s | 1 ok",
        ];
        assert_eq!(shown, expected);
        // There is room for them around the circle.
        for (name, opens, stays, closes) in limits {
            let wide = |text: &str| crate::measure::width(text, crate::measure::SMALL.face, 12.0);
            assert!(wide(&opens) <= 300.0, "{name}: {}", wide(&opens));
            assert!(wide(&stays).max(wide(&closes)) <= 104.0, "{name}: {}", wide(&closes));
        }
    }

    #[test]
    fn slow_calls_are_counted_where_they_matter() {
        let mut settings = Settings {
            slow: Some(Slow { threshold_ms: Millis::new(20), rate: 0.5, ..Slow::default() }),
            ..Settings::default()
        };
        assert_eq!(opens(&settings), "≥ 50 % of 10 fail, or ≥ 50 % take > 20 ms");
        let counts = Counts { calls: 8, failures: 2, slow: 3 };
        assert_eq!(counted(counts, &settings), "2 of 8 failed = 25 %, 3 slow");
        settings.trip.failure_rate = None;
        assert_eq!(opens(&settings), "≥ 50 % of 10 take > 20 ms");
    }

    #[test]
    fn settings_that_no_library_has_are_of_its_own() {
        let mut settings = Preset::Polly.settings();
        assert_eq!(like(&settings), "like Polly 8");
        settings.window.min_calls = 20;
        assert_eq!(like(&settings), "to settings of its own");
        assert_eq!(like(&Preset::Linkerd.settings()), "like Linkerd 2");
        assert_eq!(like(&Preset::Linkerd.in_scenario()), "like Linkerd 2");
    }

    #[test]
    fn the_minimum_comes_before_the_rate() {
        let settings = Settings::default();
        assert_eq!(shown(&settings, "sff").sum, "3 of the minimum 5 calls so far");
        let enough = shown(&settings, "sssff");
        assert_eq!(enough.sum, "2 of 5 failed = 40 %");
        assert_eq!(enough.then, "opens at 50 %");
    }

    #[test]
    fn a_count_window_has_a_place_for_every_call() {
        let pieces = shown(&Settings::default(), "ssf").pieces;
        let marks: Vec<_> = pieces.iter().map(|p| (p.calls, p.failures)).collect();
        assert_eq!(marks[..7], [(0, 0); 7]);
        assert_eq!(marks[7..], [(1, 0), (1, 0), (1, 1)]);
    }

    #[test]
    fn a_large_window_is_put_together() {
        let mut settings = Settings::default();
        settings.window.size = 100;
        let pieces = shown(&settings, "sssssssssf").pieces;
        assert_eq!(pieces.len(), PIECES);
        assert_eq!(pieces.iter().map(|p| p.calls).sum::<u32>(), 10);
    }

    #[test]
    fn a_time_window_puts_each_bucket_in_its_place() {
        let mut settings = Settings::default();
        settings.window.kind = WindowKind::Time;
        settings.window.duration_ms = Millis::new(1_000);
        let pieces = shown(&settings, "sf").pieces;
        let calls: Vec<_> = pieces.iter().map(|p| p.calls).collect();
        assert_eq!(calls, [0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    }

    #[test]
    fn a_run_of_failures_is_shown_as_far_as_the_limit() {
        let mut settings = Settings::default();
        settings.window.kind = WindowKind::Consecutive;
        settings.trip.failures = Some(4);
        let shown = shown(&settings, "ffsff");
        let failures: Vec<_> = shown.pieces.iter().map(|p| p.failures).collect();
        assert_eq!(failures, [1, 1, 0, 0]);
        assert_eq!(
            (shown.opens.as_str(), shown.sum.as_str()),
            ("4 failures in a row", "2 failed in a row")
        );
    }

    #[test]
    fn open_counts_down_and_then_waits_for_a_call() {
        let settings = Settings::default();
        let (breaker, opened) = after(&settings, "sssfff");
        assert_eq!(breaker.state(), State::Open);
        let later = |ms| diagram(&breaker, &settings, SINCE, opened + SimDuration::from_millis(ms));
        assert_eq!(later(750).sum, "3 of 5 failed = 60 % ≥ 50 %");
        assert_eq!(later(750).then, "open for 1.3 s more, 4 rejected");
        assert_eq!(later(2_500).then, "the next call is a probe, 4 rejected");
        assert_eq!(later(0).pieces.iter().filter(|p| p.failures > 0).count(), 3);
    }

    #[test]
    fn half_open_counts_its_probes() {
        let settings = Settings::default();
        let mut breaker = Breaker::new(&settings, SimTime::ZERO);
        breaker.control(&settings, at(0), Action::Open);
        let _probe = breaker.acquire(&settings, at(2_000)).permit;
        let shown = diagram(&breaker, &settings, SINCE, at(2_100));
        assert_eq!(shown.sum, "1 probe out, 4 rejected meanwhile");
        assert_eq!(shown.then, "0 of 1 ok; a failure reopens");
    }

    #[test]
    fn what_is_held_by_hand_says_so() {
        let settings = Settings::default();
        let mut breaker = Breaker::new(&settings, SimTime::ZERO);
        for (action, words) in
            [(Action::ForceOpen, "held open by hand"), (Action::Disable, "held closed by hand")]
        {
            breaker.control(&settings, at(0), action);
            assert_eq!(diagram(&breaker, &settings, SINCE, at(1)).sum, words);
        }
    }
}
