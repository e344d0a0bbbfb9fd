//! Recorded time on a picture: where a moment is, and which moments are named.

use half_open::time::SimTime;

const MS: u64 = 1_000_000;
const SECOND: u64 = 1_000 * MS;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The width of a column with the gap after it, and the least distance between two names.
const COLUMN: f64 = 5.0;
const APART: f64 = 72.0;

/// What lies between the first call and the end of the last.
pub(super) struct Axis {
    begin: SimTime,
    /// In nanoseconds; never zero.
    span: u64,
    pub(super) width: f64,
    /// The nanoseconds of a column.
    column: u64,
}

impl Axis {
    pub(super) fn new(begin: SimTime, end: SimTime, width: f64) -> Self {
        let width = width.clamp(120.0, 4_000.0);
        let span = end.since(begin).nanos().max(MS);
        Self { begin, span, width, column: round_step(span as f64 * COLUMN / width) }
    }

    /// Where a moment is.
    pub(super) fn x(&self, at: SimTime) -> f64 {
        self.place(at.since(self.begin).nanos())
    }

    fn place(&self, passed: u64) -> f64 {
        (passed as f64 / self.span as f64 * self.width).min(self.width)
    }

    /// Where the moments are that are named, and their names.
    pub(super) fn names(&self) -> Vec<(f64, String)> {
        let step = round_step(self.span as f64 * APART / self.width);
        let count = self.span / step;
        (0..=count).map(|n| (self.place(n * step), named(n * step, step))).collect()
    }

    /// Calls counted in columns; true are failures.
    pub(super) fn columns(&self, calls: impl Iterator<Item = (SimTime, bool)>) -> Columns {
        let number = (self.span / self.column + 1) as usize;
        let mut counts = vec![[0; 2]; number];
        for (at, failed) in calls {
            let column = (at.since(self.begin).nanos() / self.column) as usize;
            counts[column.min(number - 1)][usize::from(failed)] += 1;
        }
        let wide = self.column as f64 / self.span as f64 * self.width;
        Columns { counts, wide, column: self.column }
    }

    /// What a column stands for.
    pub(super) fn bar(&self) -> String {
        let unit = [DAY, HOUR, MINUTE, SECOND].into_iter().find(|unit| self.column >= *unit);
        match unit {
            Some(unit) => named(self.column, unit),
            None => format!("{} ms", self.column as f64 / MS as f64),
        }
    }

    /// How long all of it is.
    pub(super) fn length(&self) -> String {
        let long = |unit: u64, name: &str| {
            let number = self.span as f64 / unit as f64;
            let tenths = (number * 10.0).round() / 10.0;
            format!("{} {name}", if number < 20.0 { tenths } else { number.round() })
        };
        match self.span {
            DAY.. if self.span >= 2 * DAY => long(DAY, "days"),
            HOUR.. if self.span >= 2 * HOUR => long(HOUR, "h"),
            MINUTE.. if self.span >= 2 * MINUTE => long(MINUTE, "min"),
            SECOND.. => long(SECOND, "s"),
            _ => long(MS, "ms"),
        }
    }
}

/// Calls in columns.
pub(super) struct Columns {
    /// Those that did not fail, and those that did.
    pub(super) counts: Vec<[u64; 2]>,
    /// How wide a column is.
    pub(super) wide: f64,
    column: u64,
}

impl Columns {
    /// The calls in the fullest column.
    pub(super) fn most(&self) -> u64 {
        self.counts.iter().map(|[good, bad]| good + bad).max().unwrap_or(0)
    }

    /// When most calls failed, and how many of how many.
    pub(super) fn worst(&self) -> Option<(String, String)> {
        let column = (0..self.counts.len()).rev().max_by_key(|&column| self.counts[column][1])?;
        let [good, bad] = self.counts[column];
        let at = (column as u64 * self.column) as f64 / SECOND as f64;
        (bad > 0).then(|| (format!("{at} s"), format!("{bad} of {}", good + bad)))
    }
}

/// The shortest round step that is not shorter than so many nanoseconds.
fn round_step(least: f64) -> u64 {
    let mut power = 1;
    while power < SECOND {
        for factor in [1, 2, 5] {
            if (power * factor) as f64 >= least {
                return power * factor;
            }
        }
        power *= 10;
    }
    let clock = [1, 2, 5, 10, 15, 30];
    let seconds = clock.map(|n| n * SECOND);
    let minutes = clock.map(|n| n * MINUTE);
    let hours = [1, 2, 3, 6, 12].map(|n| n * HOUR);
    let steps = seconds.into_iter().chain(minutes).chain(hours);
    let longer = (0..20).map(|n| DAY << n);
    steps.chain(longer).find(|&step| step as f64 >= least).unwrap_or(DAY << 20)
}

/// A time since the first call in the unit of a step.
fn named(passed: u64, step: u64) -> String {
    match step {
        DAY.. => format!("{} d", passed / DAY),
        HOUR.. => format!("{} h", passed / HOUR),
        MINUTE.. => format!("{} min", passed / MINUTE),
        _ => format!("{} s", passed as f64 / SECOND as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(seconds: u64, width: f64) -> Axis {
        let at = |seconds| SimTime::from_millis(seconds * 1_000);
        Axis::new(at(7), at(7 + seconds), width)
    }

    fn names(seconds: u64, width: f64) -> Vec<String> {
        axis(seconds, width).names().into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn moments_have_round_names_that_fit_beside_each_other() {
        assert_eq!(names(180, 600.0), ["0 s", "30 s", "60 s", "90 s", "120 s", "150 s", "180 s"]);
        assert_eq!(names(180, 300.0), ["0 min", "1 min", "2 min", "3 min"]);
        assert_eq!(names(86_400, 300.0), ["0 h", "6 h", "12 h", "18 h", "24 h"]);
        assert_eq!(names(1, 300.0), ["0 s", "0.5 s", "1 s"]);
        for seconds in [1, 59, 3_601, 86_400 * 40, 86_400 * 365 * 400] {
            for width in [300.0, 900.0] {
                let places: Vec<f64> =
                    axis(seconds, width).names().into_iter().map(|(x, _)| x).collect();
                assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= APART - 0.1));
                assert!(places.len() > 1 && places.iter().all(|x| (0.0..=width).contains(x)));
            }
        }
    }

    #[test]
    fn every_call_is_in_one_column() {
        let axis = axis(180, 900.0);
        assert_eq!(axis.bar(), "1 s");
        let calls = [7_000, 7_999, 8_000, 187_000].map(SimTime::from_millis);
        let columns = axis.columns(calls.into_iter().zip([false, true, true, true]));
        assert_eq!(columns.counts[..2], [[1, 1], [0, 1]]);
        assert_eq!(columns.counts.last(), Some(&[0, 1]));
        assert_eq!(columns.most(), 2);
        assert_eq!(columns.worst(), Some(("0 s".to_owned(), "1 of 2".to_owned())));
    }

    #[test]
    fn lengths_are_said_in_a_unit_that_fits() {
        assert_eq!(
            [1, 119, 180, 5_400, 86_400, 864_000].map(|s| axis(s, 300.0).length()),
            ["1 s", "119 s", "3 min", "90 min", "24 h", "10 days"]
        );
        // One call that took no time.
        assert_eq!(axis(0, 300.0).length(), "1 ms");
    }
}
