//! What the page promises, measured.
//!
//! A measurement is a line here and a line `key value` printed by one of the [`SCRIPTS`] or by the
//! benchmark of the [`ENGINE`]. To add one, add both.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::setup::Kit;
use crate::shell::{Failure, Result, program, read, read_file, root, say, write_file};
use crate::{browser, build, npm};

const START: &str = "<!-- measured: start -->";
const END: &str = "<!-- measured: end -->";

/// Which side of the budget is good.
#[derive(Clone, Copy)]
enum Budget {
    AtMost(f64),
    AtLeast(f64),
    /// Good to know, and nobody's promise.
    None,
}

/// One promise.
struct Measurement {
    key: &'static str,
    name: &'static str,
    budget: Budget,
    unit: &'static str,
    how: &'static str,
}

const fn at_most(
    key: &'static str,
    name: &'static str,
    most: f64,
    unit: &'static str,
    how: &'static str,
) -> Measurement {
    Measurement { key, name, budget: Budget::AtMost(most), unit, how }
}

const fn at_least(
    key: &'static str,
    name: &'static str,
    least: f64,
    unit: &'static str,
    how: &'static str,
) -> Measurement {
    Measurement { key, name, budget: Budget::AtLeast(least), unit, how }
}

const fn to_know(
    key: &'static str,
    name: &'static str,
    unit: &'static str,
    how: &'static str,
) -> Measurement {
    Measurement { key, name, budget: Budget::None, unit, how }
}

const LIGHTHOUSE: &str = "Lighthouse 12, its mobile profile, median of three";
const AUDIT: &str = "the built page, light and dark";

const WORK: &str = "Chromium, processor time of scripts, style and layout";
const PAINTED: &str = "the same with painting, which is done in software here";
const PLAYED: &str = "Chromium, scripts of each frame while it plays";
const LONG: &str = "natively, payments for four hours and a half, 14 million events";
const NATIVE: &str = "natively, one thread";

const MEASUREMENTS: [Measurement; 23] = [
    at_most("wire_kb", "the whole app over the wire", 150.0, "KB", "brotli, all requested files"),
    at_most("knob_ms", "drag a knob: simulate again and redraw, p95", 16.0, "ms", WORK),
    to_know("knob_painted_ms", "… painted, p95", "ms", PAINTED),
    at_most("seek_ms", "seek in a run of 1,000,000 requests, p95", 16.0, "ms", WORK),
    to_know("seek_painted_ms", "… painted, p95", "ms", PAINTED),
    at_most("herd_ms", "10,000 clients: script per frame, p95", 8.0, "ms", PLAYED),
    at_most("event_bytes", "the log, per event", 64.0, "B", "with spans and requests"),
    at_most("million_log_mb", "the log of 1,000,000 requests", 300.0, "MB", LONG),
    to_know("million_run_mb", "… resident, with checkpoints and index", "MB", LONG),
    to_know("million_mb", "… with scenes to seek from, at the peak", "MB", LONG),
    to_know("run_events", "events of payments, 60 s, 100 clients", "", "natively"),
    to_know("run_ms", "simulating and indexing them", "ms", NATIVE),
    to_know("event_ns", "… per event", "ns", NATIVE),
    to_know("with_middle_ms", "a knob turned at 30 s", "ms", NATIVE),
    to_know("million_run_s", "simulating 1,000,000 requests", "s", LONG),
    to_know("seek_native_ms", "a seek in them, p95", "ms", LONG),
    at_least("lighthouse_performance", "Lighthouse: performance", 95.0, "", LIGHTHOUSE),
    at_least("lighthouse_accessibility", "Lighthouse: accessibility", 100.0, "", LIGHTHOUSE),
    at_least("lighthouse_best_practices", "Lighthouse: best practices", 100.0, "", LIGHTHOUSE),
    at_most("axe_violations", "accessibility violations (axe)", 0.0, "", AUDIT),
    at_most("console_errors", "errors on the console", 0.0, "", AUDIT),
    at_most("requests_after_load", "requests after load", 0.0, "", AUDIT),
    at_most("policy_violations", "violations of the security policy", 0.0, "", AUDIT),
];

/// The programs that measure: scripts for Chromium, and the benchmark of the model.
const SCRIPTS: [&str; 2] = ["tests/bench/page.mjs", "tests/bench/frames.mjs"];
const ENGINE: [&str; 6] = ["bench", "--quiet", "--package", "half-open", "--bench", "engine"];

/// `cargo xtask bench`
pub(crate) fn run() -> Result {
    let kit = Kit::for_tests()?;
    npm::packages(npm::BENCHMARKS)?;
    say("Building the page and measuring it against its budgets (about 3 minutes).");
    build::release(&kit)?;
    let mut values = BTreeMap::new();
    for script in SCRIPTS {
        let mut node = program("node");
        node.arg(root().join(script)).env("HALF_OPEN_CHROMIUM", browser::chromium()?);
        values.extend(pairs(&read(&mut node)?));
    }
    values.extend(pairs(&read(program("cargo").args(ENGINE))?));
    let table = table(&values);
    say(&table);
    record(&root().join("BENCHMARKS.md"), &table)?;
    say("Written to BENCHMARKS.md.");
    let missed = MEASUREMENTS.iter().filter(|m| keeps(m, &values) == Some(false)).count();
    match missed {
        0 => Ok(()),
        n => Err(Failure::new(format!("{n} of the budgets are exceeded."))),
    }
}

fn pairs(text: &str) -> BTreeMap<String, String> {
    let pair = |line: &str| line.split_once(' ').map(|(key, value)| (key.into(), value.into()));
    text.lines().filter_map(pair).collect()
}

/// Whether the budget is kept; `None` if nothing was measured.
fn keeps(measurement: &Measurement, values: &BTreeMap<String, String>) -> Option<bool> {
    let value: f64 = values.get(measurement.key)?.parse().ok()?;
    Some(match measurement.budget {
        Budget::AtMost(most) => value <= most,
        Budget::AtLeast(least) => value >= least,
        Budget::None => return None,
    })
}

fn table(values: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    if let (Some(date), Some(machine)) = (values.get("date"), values.get("machine")) {
        let _ = writeln!(text, "Measured {date} on {machine}.\n");
    }
    text.push_str("| what | budget | measured | | how |\n| --- | ---: | ---: | --- | --- |\n");
    for measurement in &MEASUREMENTS {
        let Measurement { name, unit, how, .. } = measurement;
        let budget = match measurement.budget {
            Budget::AtMost(0.0) => "0".to_owned(),
            Budget::AtMost(most) => format!("≤ {most} {unit}"),
            Budget::AtLeast(least) => format!("≥ {least}"),
            Budget::None => String::new(),
        };
        let measured = values.get(measurement.key).map_or("—", String::as_str);
        let known = values.contains_key(measurement.key);
        let (unit, verdict) = match keeps(measurement, values) {
            Some(true) => (*unit, "kept"),
            Some(false) => (*unit, "**exceeded**"),
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

/// Replaces what stands between the markers, and leaves the prose around them alone.
fn record(path: &Path, table: &str) -> Result {
    let old = if path.exists() {
        read_file(path)?
    } else {
        format!("# Benchmarks\n\n`cargo xtask bench` measures and writes this.\n\n{START}\n{END}\n")
    };
    let parts = old.split_once(START).and_then(|(before, rest)| {
        rest.split_once(END).map(|(_, after)| format!("{before}{START}\n{table}{END}{after}"))
    });
    match parts {
        Some(new) => write_file(path, &new),
        None => Err(Failure::new(format!(
            "{} has lost its lines “{START}” and “{END}”; put them back.",
            path.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::{MEASUREMENTS, keeps, pairs, table};

    #[test]
    fn a_budget_is_kept_exceeded_or_not_measured() {
        let values = pairs("wire_kb 149.9\nlighthouse_performance 94\nmachine 2 cores");
        let verdict = |key| {
            let measurement = MEASUREMENTS.iter().find(|m| m.key == key);
            measurement.and_then(|m| keeps(m, &values))
        };
        assert_eq!(verdict("wire_kb"), Some(true));
        assert_eq!(verdict("lighthouse_performance"), Some(false));
        assert_eq!(verdict("seek_ms"), None);
        assert!(table(&values).contains("| ≤ 150 KB | 149.9 KB | kept |"));
    }
}
