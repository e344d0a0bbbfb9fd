//! What hedging costs and gains where that is known exactly.

use super::*;
use crate::policy::outcome::Status;
use crate::random::{Stream, draw, unit};

const MEAN: f64 = 100e6;
const REQUESTS: u64 = 40_000;

/// How long copy `copy` of a request takes: exponential, from a key of its own.
fn takes(request: u64, copy: u32) -> SimDuration {
    let u = unit(draw(2_013, Stream::Service, request, u64::from(copy)));
    SimDuration::from_nanos_f64(-MEAN * libm::log(1.0 - u))
}

/// Runs one request to its end; how long it took, and how many copies were sent.
fn run(settings: &Settings, request: u64) -> (SimDuration, u32) {
    let (mut hedge, todo) = Hedge::begin(settings, SimTime::ZERO, || true);
    let mut ends = Vec::new();
    let mut copies = 0;
    let (mut now, mut todo) = (SimTime::ZERO, todo);
    while todo.done.is_none() {
        for copy in todo.send.iter() {
            copies += 1;
            ends.push((now + takes(request, copy), copy));
        }
        let (end, copy) = *ends.iter().min().expect("a copy is under way");
        // What ends comes before what begins.
        todo = match hedge.due().filter(|&due| due < end) {
            Some(due) => {
                now = due;
                hedge.tick(settings, now, || true)
            }
            None => {
                now = end;
                let answer = Outcome::Answered(Status::OK);
                hedge.settle(settings, now, copy, answer, None, || true)
            }
        };
    }
    (now.since(SimTime::ZERO), copies)
}

/// The mean of these numbers and its standard error.
fn mean(numbers: &[f64]) -> (f64, f64) {
    let n = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / n;
    let squares: f64 = numbers.iter().map(|x| (x - mean) * (x - mean)).sum();
    (mean, (squares / (n - 1.0) / n).sqrt())
}

/// Two i.i.d. exponentials with the mean m, the second sent after d: it is sent with the probability
/// e^(-d/m), and from then on the faster of two has half the mean left.
#[test]
fn two_copies_take_as_long_and_cost_as_much_as_theory_says() {
    let p95 = -libm::log(0.05);
    for (delays, name) in [(0.0, "at once"), (0.5, "half"), (1.0, "mean"), (p95, "p95")] {
        let settings = Settings::grpc(2, SimDuration::from_nanos_f64(delays * MEAN));
        let (times, copies): (Vec<f64>, Vec<f64>) = (0..REQUESTS)
            .map(|request| run(&settings, request))
            .map(|(took, copies)| (took.nanos() as f64, f64::from(copies)))
            .unzip();
        let late = libm::exp(-delays);
        let laws = [
            ("copies", mean(&copies), 1.0 + late),
            ("latency", mean(&times), MEAN * (1.0 - late) + MEAN / 2.0 * late),
        ];
        for (what, (mean, error), law) in laws {
            let off = mean - law;
            assert!(off.abs() <= 3.0 * error + 1e-9, "{what} {name}: {mean} for {law} ± {error}");
        }
    }
}

/// With a delay at the 95th percentile a hedge costs 5 % more load.
#[test]
fn a_hedge_at_the_95th_percentile_costs_a_twentieth() {
    let percentile = Percentile { percentile: 0.95, size: 1_000, min_calls: 1_000 };
    let settings = Settings::tower(percentile);
    let mut latencies = Latencies::default();
    for request in 0..1_000 {
        latencies.record(&percentile, takes(request, 1));
    }
    let resolved = settings.resolved(&latencies);
    let copies: u64 = (1_000..11_000).map(|request| u64::from(run(&resolved, request).1)).sum();
    // The percentile of a thousand calls has a standard error of 0.7 points, the load one of 0.2.
    assert!((10_300..=10_700).contains(&copies), "{copies}");
}
