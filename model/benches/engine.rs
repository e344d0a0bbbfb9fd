//! How fast the engine is, and how much it remembers: lines of `key value` for `cargo xtask bench`.
//!
//! `cargo bench --package half-open --bench engine` prints them alone.

#![allow(clippy::disallowed_types, reason = "a stopwatch; what it times has no clock")]
#![allow(clippy::unwrap_used, reason = "what is measured is known to be there")]

use std::hint::black_box;
use std::time::Instant;

use half_open::random::{Stream, draw};
use half_open::run::{Limits, Run, Seeker};
use half_open::scenario::{Change, Experiment, Intervention, Knob, library};
use half_open::time::{SimDuration, SimTime};

/// No limit but the machine's.
const ALL: Limits = Limits { events: u32::MAX, bytes: usize::MAX };
/// How many requests the long run has, about.
const REQUESTS: f64 = 1e6;
/// How many places of the long run are looked at.
const SEEKS: u64 = 1_000;

fn main() {
    // `cargo test` builds and runs benchmarks too, to see that they work; there they need not.
    if std::env::args().all(|argument| argument != "--bench") {
        return;
    }
    // The long one first: what the short ones leave behind would be in its figures.
    long_run();
    short_run();
}

fn say(key: &str, value: f64) {
    println!("{key} {value:.3}");
}

fn count(key: &str, value: u32) {
    println!("{key} {value}");
}

fn milliseconds<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let result = black_box(work());
    (start.elapsed().as_secs_f64() * 1e3, result)
}

/// The value that a share of all do not exceed.
fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share) as usize]
}

/// Payments as it is played with: sixty seconds.
fn short_run() {
    let experiment = library::payments();
    let runs = (0..60).map(|_| milliseconds(|| Run::new(experiment.clone(), ALL)));
    let (mut times, runs): (Vec<f64>, Vec<Run>) = runs.unzip();
    let median = quantile(&mut times, 0.5);
    let events = runs[0].log().len();
    count("run_events", events);
    say("run_ms", median);
    say("event_ns", median * 1e6 / f64::from(events));

    // A knob turned in the middle, and turned on while the pointer holds it.
    let knob = Knob::find(&experiment.scenario, "api-bank.timeout").unwrap();
    let turned = |step: u32| {
        let mut experiment = library::payments();
        let value = 3e8 + f64::from(step) * 1e6;
        let at = SimTime::from_millis(30_000);
        experiment.insert(Intervention { at, change: Change::Set { knob, value } });
        experiment
    };
    let mut run = runs[0].clone();
    let mut times = Vec::new();
    for step in 0..100 {
        let (time, next) = milliseconds(|| run.with(turned(step), ALL));
        times.push(time);
        run = next;
    }
    say("with_middle_ms", quantile(&mut times, 0.5));
    say("with_middle_p95_ms", quantile(&mut times, 0.95));
}

/// Payments for hours.
fn long_run() {
    let mut experiment: Experiment = library::payments();
    let rate = Knob::find(&experiment.scenario, "clients.rate").unwrap();
    let rate = rate.get(&experiment.scenario).unwrap();
    experiment.scenario.horizon = SimDuration::from_nanos_f64(REQUESTS / rate * 1e9);
    let before = resident_mb("VmRSS");
    let (time, run) = milliseconds(|| Run::new(experiment, ALL));
    let (events, requests) = (run.log().len(), run.log().length().requests);
    count("million_requests", requests);
    count("million_events", events);
    say("million_run_s", time / 1e3);
    say("event_bytes", run.log().bytes() as f64 / f64::from(events));
    say("million_log_mb", run.log().bytes() as f64 / 1e6);
    say("million_run_mb", resident_mb("VmRSS") - before);

    let mut seeker = Seeker::new();
    let (time, ()) = milliseconds(|| while seeker.prepare(&run, 100_000) {});
    say("seek_prepare_s", time / 1e3);
    let mut times: Vec<f64> = (0..SEEKS)
        .map(|n| {
            let at = draw(1, Stream::Trace, 0, n) % run.end().nanos();
            milliseconds(|| seeker.seek(&run, SimTime::from_nanos(at)).events).0
        })
        .collect();
    say("seek_native_ms", quantile(&mut times, 0.95));
    say("seek_native_median_ms", quantile(&mut times, 0.5));
    say("seeker_mb", resident_mb("VmRSS") - before);
    say("million_mb", resident_mb("VmHWM"));
}

/// What Linux says this process holds, or held at most; elsewhere nothing.
fn resident_mb(field: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) * 1024.0 / 1e6
}
