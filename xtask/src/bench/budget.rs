//! Promises, and whether they are kept.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What was measured, by key.
pub(super) type Values = BTreeMap<String, String>;

/// Which side of the budget is good.
#[derive(Clone, Copy)]
pub(super) enum Budget {
    AtMost(f64),
    AtLeast(f64),
    /// Good to know, and nobody's promise.
    None,
}

/// One promise.
pub(super) struct Measurement {
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    pub(super) budget: Budget,
    pub(super) unit: &'static str,
    pub(super) how: &'static str,
}

pub(super) const fn at_most(
    key: &'static str,
    name: &'static str,
    most: f64,
    unit: &'static str,
    how: &'static str,
) -> Measurement {
    Measurement { key, name, budget: Budget::AtMost(most), unit, how }
}

pub(super) const fn at_least(
    key: &'static str,
    name: &'static str,
    least: f64,
    unit: &'static str,
    how: &'static str,
) -> Measurement {
    Measurement { key, name, budget: Budget::AtLeast(least), unit, how }
}

pub(super) const fn to_know(
    key: &'static str,
    name: &'static str,
    unit: &'static str,
    how: &'static str,
) -> Measurement {
    Measurement { key, name, budget: Budget::None, unit, how }
}

/// Lines of `key value`.
pub(super) fn pairs(text: &str) -> Values {
    let pair = |line: &str| line.split_once(' ').map(|(key, value)| (key.into(), value.into()));
    text.lines().filter_map(pair).collect()
}

/// How many of the promises are not kept.
pub(super) fn missed(measurements: &[Measurement], values: &Values) -> usize {
    measurements.iter().filter(|m| keeps(m, values) == Some(false)).count()
}

/// Whether the budget is kept; `None` if nothing was measured.
pub(super) fn keeps(measurement: &Measurement, values: &Values) -> Option<bool> {
    let value: f64 = values.get(measurement.key)?.parse().ok()?;
    Some(match measurement.budget {
        Budget::AtMost(most) => value <= most,
        Budget::AtLeast(least) => value >= least,
        Budget::None => return None,
    })
}

/// A row for each of them.
pub(super) fn table(measurements: &[Measurement], values: &Values) -> String {
    let mut text =
        String::from("| what | budget | measured | | how |\n| --- | ---: | ---: | --- | --- |\n");
    for measurement in measurements {
        let Measurement { name, unit, how, .. } = measurement;
        let budget = match measurement.budget {
            Budget::AtMost(0.0) => "0".to_owned(),
            Budget::AtMost(most) => format!("≤ {most} {unit}"),
            Budget::AtLeast(least) => format!("≥ {least} {unit}"),
            Budget::None => String::new(),
        };
        let measured = values.get(measurement.key).map_or("—", String::as_str);
        let known = values.contains_key(measurement.key);
        let (unit, verdict) = match keeps(measurement, values) {
            Some(true) => (*unit, "kept"),
            Some(false) => (*unit, "**missed**"),
            None if known => (*unit, ""),
            None => ("", "not measured"),
        };
        let measured = format!("{measured} {unit}");
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {verdict} | {how} |",
            budget.trim_end(),
            measured.trim_end()
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{at_least, at_most, keeps, missed, pairs, table};

    #[test]
    fn a_budget_is_kept_exceeded_or_not_measured() {
        let values = pairs("wire_kb 149.9\nscore 94\nmachine 2 cores");
        let measurements = [
            at_most("wire_kb", "the whole app over the wire", 150.0, "KB", ""),
            at_least("score", "Lighthouse", 95.0, "", ""),
            at_most("seek_ms", "seek", 16.0, "ms", ""),
        ];
        let verdicts = measurements.each_ref().map(|measurement| keeps(measurement, &values));
        assert_eq!(verdicts, [Some(true), Some(false), None]);
        assert_eq!(missed(&measurements, &values), 1);
        assert!(table(&measurements, &values).contains("| ≤ 150 KB | 149.9 KB | kept |"));
    }
}
