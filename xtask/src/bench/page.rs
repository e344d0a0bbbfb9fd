//! What the page and the engine promise.
//!
//! A measurement is a line here and a line `key value` printed by one of the [`SCRIPTS`] or by the
//! benchmark of the [`ENGINE`]. To add one, add both.

use super::Section;
use super::budget::{Measurement, Values, at_least, at_most, missed, pairs, table, to_know};
use crate::setup::Kit;
use crate::shell::{Result, program, read, root, say};
use crate::{browser, build, npm};

const LIGHTHOUSE: &str = "Lighthouse 12, its mobile profile, median of three";
const AUDIT: &str = "the built page, light and dark";

const WORK: &str = "Chromium, processor time of scripts, style and layout";
const PAINTED: &str = "the same with painting, which is done in software here";
const WORKER: &str = "Chromium, in a worker, until the table is complete";
const PLAYED: &str = "Chromium, scripts of each frame while it plays";
const LONG: &str = "natively, payments for four hours and a half, 14 million events";
const NATIVE: &str = "natively, one thread";

const BUSY: &str = "Chromium, computed and looked at: five million events, 100,000 in a queue";

const MEASUREMENTS: [Measurement; 28] = [
    at_most("wire_kb", "the whole app over the wire", 150.0, "KB", "brotli, all requested files"),
    at_most("knob_ms", "drag a knob: simulate again and redraw, p95", 16.0, "ms", WORK),
    to_know("knob_painted_ms", "… painted, p95", "ms", PAINTED),
    at_most("pair_ms", "… with two settings side by side, p95", 16.0, "ms", WORK),
    to_know("pair_painted_ms", "… painted, p95", "ms", PAINTED),
    at_most("versus_s", "two settings under 100 seeds, payments", 5.0, "s", WORKER),
    at_most("seek_ms", "seek in a run of 1,000,000 requests, p95", 16.0, "ms", WORK),
    to_know("seek_painted_ms", "… painted, p95", "ms", PAINTED),
    at_most("herd_ms", "10,000 clients: script per frame, p95", 8.0, "ms", PLAYED),
    at_most("town_ms", "… with 63 services, the most there may be", 8.0, "ms", PLAYED),
    at_most("answers_ms", "the tab answers: longest task", 100.0, "ms", BUSY),
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

/// Builds the page and measures it.
pub(super) fn measure(kit: &Kit) -> Result<Section> {
    npm::packages(npm::BENCHMARKS)?;
    say("Building the page and measuring it against its budgets (about 3 minutes).");
    build::release(kit)?;
    let mut values = Values::new();
    for script in SCRIPTS {
        let mut node = program("node");
        node.arg(root().join(script)).env("HALF_OPEN_CHROMIUM", browser::chromium()?);
        values.extend(pairs(&read(&mut node)?));
    }
    values.extend(pairs(&read(program("cargo").args(ENGINE))?));
    let measured = match (values.get("date"), values.get("machine")) {
        (Some(date), Some(machine)) => format!("Measured {date} on {machine}.\n\n"),
        _ => String::new(),
    };
    let text = measured + &table(&MEASUREMENTS, &values);
    Ok(Section { text, missed: missed(&MEASUREMENTS, &values) })
}
