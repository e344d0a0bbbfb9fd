//! The measures by which two settings are compared, as people read them.

use crate::numbers::grouped;
use half_open::run::versus::Measure;

/// The name of a measure, in words.
#[must_use]
pub const fn label(measure: Measure) -> &'static str {
    match measure {
        Measure::Success => "success",
        Measure::Degraded => "degraded",
        Measure::Goodput => "goodput",
        Measure::P50 => "median latency",
        Measure::P95 => "p95 latency",
        Measure::P99 => "p99 latency",
        Measure::Attempts => "attempts",
        Measure::Amplification => "amplification",
        Measure::OrphanWork => "orphan work",
        Measure::Recovery => "time to recover",
        Measure::Charges => "charges",
        Measure::Orders => "orders",
        Measure::ChargedAgain => "charged again",
    }
}

/// By how much a number is larger on the page than in the model, and its unit there.
#[must_use]
pub const fn unit(measure: Measure) -> (f64, &'static str) {
    match measure {
        Measure::Success | Measure::Degraded => (100.0, " %"),
        Measure::Goodput => (1.0, "/s"),
        Measure::P50 | Measure::P95 | Measure::P99 => (1.0, " ms"),
        Measure::OrphanWork | Measure::Recovery => (1.0, " s"),
        Measure::Amplification => (1.0, "×"),
        Measure::Attempts | Measure::Charges | Measure::Orders | Measure::ChargedAgain => (1.0, ""),
    }
}

/// A number of a measure with its unit: `96.2 %`, `1,234`.
#[must_use]
pub fn amount(measure: Measure, value: f64) -> String {
    let (factor, unit) = unit(measure);
    let value = value * factor;
    if value >= 1_000.0 {
        return format!("{}{unit}", grouped(value.round() as u64));
    }
    format!("{:.*}{unit}", digits(value), value)
}

/// The same for a single run, in which everything is counted in whole numbers.
#[must_use]
pub fn counted(measure: Measure, value: f64) -> String {
    if unit(measure).1.is_empty() { grouped(value as u64) } else { amount(measure, value) }
}

/// How many digits after the point are worth reading.
#[must_use]
pub fn digits(value: f64) -> usize {
    match value.abs() {
        large if large >= 100.0 => 0,
        middle if middle >= 10.0 => 1,
        _ => 2,
    }
}

/// The unit of a difference between two numbers of a unit: percent are points apart.
#[must_use]
pub fn apart(unit: &'static str) -> &'static str {
    if unit == " %" { " points" } else { unit }
}

/// By how much the second number of a single run is larger than the first one:
/// `+3.10 points`, `−40.0 ms`; `0` if they are the same.
#[must_use]
pub fn gap(measure: Measure, first: f64, second: f64) -> String {
    let (factor, unit) = unit(measure);
    let unit = apart(unit);
    let by = (second - first) * factor;
    let size = by.abs();
    let text = match digits(size) {
        _ if size >= 1_000.0 || unit.is_empty() => grouped(size.round() as u64),
        digits => format!("{size:.digits$}"),
    };
    if text.bytes().all(|digit| matches!(digit, b'0' | b'.')) {
        return "0".into();
    }
    format!("{}{text}{unit}", if by > 0.0 { '+' } else { '−' })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_has_a_sign_and_a_unit() {
        assert_eq!(gap(Measure::Success, 0.9311, 0.9621), "+3.10 points");
        assert_eq!(gap(Measure::Degraded, 0.124, 0.0), "−12.4 points");
        assert_eq!(gap(Measure::P99, 612.0, 571.6), "−40.4 ms");
        assert_eq!(gap(Measure::Attempts, 5_000.0, 3_766.0), "−1,234");
        assert_eq!(gap(Measure::Charges, 418.0, 421.0), "+3");
        assert_eq!(gap(Measure::OrphanWork, 1.5, 1.5), "0");
        assert_eq!(gap(Measure::Amplification, 1.14, 1.141), "0");
        assert_eq!(counted(Measure::Charges, 3.0), "3");
        assert_eq!(counted(Measure::P99, 612.4), "612 ms");
    }
}
