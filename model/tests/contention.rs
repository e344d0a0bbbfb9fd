//! The experiment of *Exponential Backoff And Jitter* (AWS Architecture Blog, 2015), against the
//! simulator that was published with it (aws-samples/aws-arch-backoff-simulator).

#![allow(clippy::unwrap_used, reason = "what is looked for is there")]

use half_open::log::Kind;
use half_open::policy::backoff;
use half_open::run::Run;
use half_open::scenario::{Role, library};
use half_open::time::SimDuration;

/// How many runs of each setting are averaged here, and were there.
const RUNS: u32 = 60;
const THEIR_RUNS: f64 = 500.0;

/// A formula, calls, milliseconds.
type Row = (backoff::Kind, f64, f64);

/// By clients: calls, and milliseconds until the last client is done, for each formula.
const PUBLISHED: [(u32, [Row; 5]); 4] = {
    use backoff::Kind::{Decorrelated, Equal, Exponential, Full, None};
    [
        (
            10,
            [
                (None, 50.9, 380.0),
                (Exponential, 50.8, 3_479.0),
                (Equal, 42.5, 733.0),
                (Full, 39.1, 467.0),
                (Decorrelated, 37.8, 440.0),
            ],
        ),
        (
            50,
            [
                (None, 689.0, 1_140.0),
                (Exponential, 625.0, 36_592.0),
                (Equal, 347.0, 4_201.0),
                (Full, 332.0, 2_885.0),
                (Decorrelated, 374.0, 2_191.0),
            ],
        ),
        (
            100,
            [
                (None, 2_423.0, 2_029.0),
                (Exponential, 1_858.0, 63_567.0),
                (Equal, 812.0, 6_602.0),
                (Full, 796.0, 4_924.0),
                (Decorrelated, 1_003.0, 4_600.0),
            ],
        ),
        (
            190,
            [
                (None, 8_007.0, 3_539.0),
                (Exponential, 5_156.0, 101_174.0),
                (Equal, 1_760.0, 9_399.0),
                (Full, 1_772.0, 7_412.0),
                (Decorrelated, 2_436.0, 7_944.0),
            ],
        ),
    ]
};

/// The calls that reached the row, and when the last client was done, in milliseconds.
fn compete(clients: u32, kind: backoff::Kind, seed: u64) -> (f64, f64) {
    let mut experiment = library::contention();
    experiment.seed = seed;
    let scenario = &mut experiment.scenario;
    scenario.horizon = SimDuration::from_secs(600);
    let Role::Clients(population) = &mut scenario.nodes[0].role else { panic!("clients") };
    population.count = clients;
    let backoff = &mut scenario.edges[0].policy.retry.backoff;
    backoff.kind = kind;
    // The published simulator counts a failure before it computes the wait, so it begins with
    // twice the base of 5 ms; its decorrelated jitter grows from the base itself.
    let base = if kind == backoff::Kind::Decorrelated { 5 } else { 10 };
    backoff.base = SimDuration::from_millis(base);
    let tally = Run::tally(&experiment, u32::MAX);
    assert_eq!(tally.succeeded, clients, "everybody writes in the end");
    let last = tally.latencies.iter().max().unwrap();
    (f64::from(tally.count(Kind::Sent)), last.millis())
}

fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (n - 1.0))
}

/// Within four standard errors of the difference, and of half the last digit that was published.
#[test]
fn calls_and_completion_time_are_those_of_the_published_simulator() {
    for (clients, formulas) in PUBLISHED {
        for (kind, calls, time) in formulas {
            let seeds = 1..=u64::from(RUNS);
            let (ours, times): (Vec<f64>, Vec<f64>) =
                seeds.map(|seed| compete(clients, kind, seed)).unzip();
            for (what, values, theirs) in [("calls", ours, calls), ("ms", times, time)] {
                let (mean, variance) = mean_and_variance(&values);
                let error = (variance / f64::from(RUNS) + variance / THEIR_RUNS).sqrt();
                let off = (mean - theirs) / error;
                println!(
                    "{clients:>3} {:<12} {what:>5}: {mean:>9.1} for {theirs:>9.1}, {off:+.1} SE",
                    kind.name()
                );
                let digit = if theirs < 100.0 { 0.05 } else { 0.5 };
                assert!(
                    (mean - theirs).abs() < 4.0 * error + digit,
                    "{clients} clients, {}: {mean:.1} {what} instead of {theirs} ± {error:.1}",
                    kind.name()
                );
            }
        }
    }
}
