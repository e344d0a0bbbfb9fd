//! Systems that theory knows: clients who arrive at random, and a service without anything between
//! them that theory leaves out.

use half_open::log::Kind;
use half_open::policy::idempotency::KeyStrategy;
use half_open::policy::{retry, timeout};
use half_open::random::Distribution;
use half_open::run::{Limits, Run};
use half_open::scenario::knob::ClientsKnob;
use half_open::scenario::{
    CallPolicy, Change, Clients, Edge, Experiment, Intervention, Knob, Need, Network, Node, Role,
    Scenario, Service,
};
use half_open::time::{SimDuration, SimTime};

/// What a worker of these services needs on average: μ is 100 a second.
pub(crate) const WORK: SimDuration = SimDuration::from_millis(10);
/// How long every message travels: as short as can be, and always the same, so that arrivals at
/// the service are what they are at the clients, a little later.
pub(crate) const WAY: SimDuration = SimDuration::from_micros(1);
/// The rate at which one worker works.
pub(crate) const MU: f64 = 100.0;
/// The most workers a service can have: no queue, if they are not all needed.
pub(crate) const MANY: u32 = 1_000;
/// The longest queue a service can have.
pub(crate) const ENDLESS: u32 = 100_000;

/// Clients that send requests at a rate (λ).
pub(crate) fn clients(rate: f64) -> Clients {
    Clients::poisson(1_000, rate)
}

/// A service with some workers and room for some who wait.
pub(crate) fn service(workers: u32, queue: u32, time: Distribution) -> Service {
    Service { workers, queue, time, ..Service::default() }
}

/// A call that is made once and waited for however long it takes.
pub(crate) fn once() -> CallPolicy {
    CallPolicy {
        timeout: timeout::Settings { per_attempt: None },
        retry: retry::Settings { max_attempts: 1, ..Default::default() },
        keys: KeyStrategy::None,
        ..CallPolicy::default()
    }
}

/// Clients call the first service, which calls the second, and so on. Nothing takes time but
/// work, and the way as long as it has to.
pub(crate) fn chain(clients: Clients, services: Vec<(CallPolicy, Service)>) -> Scenario {
    let mut nodes =
        vec![Node { name: "clients".into(), role: Role::Clients(clients), place: None }];
    let mut edges = Vec::new();
    for (at, (policy, service)) in (0u8..).zip(services) {
        let latency = Distribution::Constant(WAY);
        let network = Network { latency, ..Network::default() };
        edges.push(Edge { from: at, to: at + 1, network, policy, need: Need::Required });
        nodes.push(Node {
            name: format!("service{}", at + 1),
            role: Role::Service(service),
            place: None,
        });
    }
    Scenario {
        name: "theory".into(),
        title: "What theory knows".into(),
        sentence: String::new(),
        horizon: SimDuration::from_secs(1),
        nodes,
        edges,
    }
}

/// Runs a scenario until its horizon.
pub(crate) fn run(scenario: &Scenario, seed: u64) -> Run {
    finished(Experiment { scenario: scenario.clone(), seed, interventions: Vec::new() })
}

/// Runs a scenario in which nobody arrives any more after `seconds`, and goes on for `more`, so
/// that nothing of it is cut off by the horizon.
pub(crate) fn run_to_the_end(scenario: &Scenario, seed: u64, seconds: f64, more: f64) -> Run {
    let mut scenario = scenario.clone();
    scenario.horizon = length(seconds + more);
    let at = SimTime::ZERO + length(seconds);
    let nobody = Change::Set { knob: Knob::Clients(0, ClientsKnob::Rate), value: 0.0 };
    finished(Experiment {
        scenario,
        seed,
        interventions: vec![Intervention { at, change: nobody }],
    })
}

fn finished(experiment: Experiment) -> Run {
    assert_eq!(experiment.validate(), Ok(()));
    let run = Run::new(experiment, Limits::default());
    assert_eq!(run.stopped(), None, "a run that was cut off says little");
    run
}

/// A length of time in seconds.
pub(crate) fn length(seconds: f64) -> SimDuration {
    SimDuration::from_nanos_f64(seconds * 1e9)
}

/// How long each of `count` requests waited for a worker, in seconds, or that it was turned away.
/// They are those that arrive after the first `skipped`.
///
/// Requests are taken by their number and not by the time at which they arrive: when many arrive
/// they wait long, and a mean over as many as happened to arrive would be biased. All of them are
/// seen to the end of their waiting.
pub(crate) fn waits(scenario: &Scenario, seed: u64, skipped: u32, count: u32) -> Vec<Option<f64>> {
    let last = f64::from(skipped + count);
    let rate = scenario.clients(0).map_or(0.0, |clients| clients.rate);
    // Time enough for one more than six standard deviations of their number, and for the last.
    let horizon = length((last + 6.0 * last.sqrt() + 1_000.0) / rate);
    let run = run(&Scenario { horizon, ..scenario.clone() }, seed);
    let (mut sent, mut waits) = (Vec::new(), Vec::new());
    for event in run.log().events_from(0) {
        match event.kind {
            // One attempt each, so spans are numbered as requests are.
            Kind::Sent => sent.push(event.at),
            Kind::Started | Kind::QueueFull => {
                let Some(place) = event.subject.checked_sub(skipped) else { continue };
                if place < count {
                    let waited = event.at.since(sent[event.subject as usize] + WAY).seconds();
                    waits.push((event.kind == Kind::Started).then_some(waited));
                }
            }
            _ => {}
        }
    }
    assert_eq!(waits.len(), count as usize, "each of them is let in or turned away once");
    waits
}

/// How many requests are left out, so that the empty start is forgotten: ten times as many as
/// arrive while M/M/c relaxes. A cautious figure for that time is `1/μ + 1/(cμ(1−√ρ)²)`: the first
/// term counts where workers are many, the second where the load is high.
///
/// Morse, *Queues, Inventories and Maintenance*, 1958; Abate & Whitt, *Transient behavior of the
/// M/M/1 queue: starting at the origin*, 1987.
pub(crate) fn warm_up(workers: u32, load: f64) -> u32 {
    let slack = 1.0 - load.sqrt();
    (10.0 * (f64::from(workers) * load + load / (slack * slack))) as u32 + 100
}
