//! The workloads on Half-Open's engine, through what it offers to everybody.

use half_open::log::Tally;
use half_open::policy::idempotency::KeyStrategy;
use half_open::policy::{backoff, retry, timeout};
use half_open::random::Distribution;
use half_open::run::{Limits, Metrics, Recorder, Run};
use half_open::scenario::{
    CallPolicy, Clients, Edge, Experiment, Need, Network, Node, Role, Scenario, Service,
};
use half_open::time::SimDuration;

use crate::workload::{BACKOFF_BASE, BACKOFF_CAP, Outcome, SEED, Workload};

/// No limit but the machine's.
pub const ALL: Limits = Limits { events: u32::MAX, bytes: usize::MAX };
/// How many events the page simulates before it looks whether a frame is due.
pub const SLICE: u32 = 20_000;

/// How a workload is varied for runs that are longer than a day.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Requests per second, before the hurry.
    pub rate: f64,
    /// How many times faster everything happens.
    pub hurry: f64,
}

impl Pace {
    /// The workload as everybody else simulates it.
    #[must_use]
    pub const fn usual(workload: Workload) -> Self {
        Self { rate: workload.rate(), hurry: 1.0 }
    }
}

/// A run of about so many requests.
#[must_use]
pub fn experiment(workload: Workload, pace: Pace, requests: u32) -> Experiment {
    let lasting = |seconds: f64| SimDuration::from_nanos_f64(seconds / pace.hurry * 1e9);
    let rate = pace.rate * pace.hurry;
    let clients = Clients::poisson(1_000, rate);
    let service = Service {
        workers: workload.workers(),
        // As long as can be.
        queue: 100_000,
        time: Distribution::Exponential { mean: lasting(workload.mean_work()) },
        error_rate: workload.errors(),
        ..Service::default()
    };
    // As short as can be: the others have no network.
    let latency = Distribution::Constant(SimDuration::from_micros(1));
    let backoff = backoff::Settings {
        kind: backoff::Kind::Full,
        base: lasting(BACKOFF_BASE),
        cap: lasting(BACKOFF_CAP),
        ..Default::default()
    };
    let policy = CallPolicy {
        timeout: timeout::Settings { per_attempt: workload.timeout().map(lasting) },
        retry: retry::Settings { max_attempts: workload.attempts(), backoff, ..Default::default() },
        keys: KeyStrategy::None,
        ..CallPolicy::default()
    };
    let node = |name: &str, role| Node { name: name.into(), role, place: None };
    let scenario = Scenario {
        name: workload.name().into(),
        title: workload.name().into(),
        sentence: String::new(),
        horizon: SimDuration::from_nanos_f64(f64::from(requests) / rate * 1e9),
        nodes: vec![
            node("clients", Role::Clients(clients)),
            node("service", Role::Service(service)),
        ],
        edges: vec![Edge {
            from: 0,
            to: 1,
            network: Network { latency, ..Network::default() },
            policy,
            need: Need::Required,
        }],
    };
    Experiment { scenario, seed: SEED, interventions: Vec::new() }
}

/// Writes every event down.
#[must_use]
pub fn recorded(experiment: Experiment) -> Recorder {
    let mut recorder = Recorder::new(experiment, ALL);
    while recorder.advance(SLICE) {}
    recorder
}

/// What a run that was written down comes to.
#[must_use]
pub fn outcome_of_run(run: &Run) -> Outcome {
    let metrics = Metrics::of(run);
    Outcome {
        requests: metrics.requests,
        finished: metrics.succeeded + metrics.failed,
        succeeded: metrics.succeeded,
        attempts: metrics.attempts,
        mean_ms: metrics.mean().millis(),
    }
}

/// What a run that was only counted comes to.
#[must_use]
pub fn outcome_of_tally(tally: &Tally) -> Outcome {
    Outcome {
        requests: tally.requests,
        finished: tally.latencies.len() as u32,
        succeeded: tally.succeeded,
        attempts: tally.spans,
        mean_ms: tally.mean_latency().millis(),
    }
}
