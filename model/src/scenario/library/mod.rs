//! The scenarios that come with Half-Open.

mod failover;
mod recipe;
mod recipes;
mod telling;
mod templates;

pub use failover::failover_overload;
pub use telling::{Telling, telling};

use super::{
    CallPolicy, Change, Clients, Edge, Experiment, Fault, FaultKind, Intervention, Need, Network,
    Node, Role, Scenario, Service, Target,
};
use crate::policy::{backoff, hedge, idempotency, retry, timeout};
use crate::random::Distribution;
use crate::time::{SimDuration, SimTime};

const fn ms(ms: u64) -> SimDuration {
    SimDuration::from_millis(ms)
}

/// A name, a title, and what makes the experiment.
type Own = (&'static str, &'static str, fn() -> Experiment);

/// Those with a function of their own.
const OWN: [Own; 6] = [
    ("payments", "A slow bank trips the breaker", payments),
    ("panels", "A page of six panels, one fails", panels),
    ("metastable", "The outage that stays after its cause is gone", metastable),
    ("contention", "A hundred clients write one row", contention),
    ("hedged", "Hedged requests cut the tail", hedged),
    ("failover_overload", "Failover takes the other region down, too", failover_overload),
];

/// The names of the built-in experiments, with their titles.
pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    let own = OWN.iter().map(|(name, title, _)| (*name, *title));
    own.chain(recipes::ALL.iter().map(|recipe| (recipe.name, recipe.title)))
}

/// Every built-in experiment.
#[must_use]
pub fn all() -> Vec<Experiment> {
    names().filter_map(|(name, _)| find(name)).collect()
}

/// The built-in experiment of this name.
#[must_use]
pub fn find(name: &str) -> Option<Experiment> {
    let recipe = || recipes::ALL.iter().find(|recipe| recipe.name == name);
    match OWN.iter().find(|(known, ..)| *known == name) {
        Some((.., experiment)) => Some(experiment()),
        None => recipe().map(recipe::Recipe::experiment),
    }
}

/// The names of the systems to draw on, with their titles.
pub fn templates() -> impl Iterator<Item = (&'static str, &'static str)> {
    templates::ALL.iter().map(|recipe| (recipe.name, recipe.title))
}

/// The system to draw on of this name.
#[must_use]
pub fn template(name: &str) -> Option<Experiment> {
    let found = templates::ALL.iter().find(|recipe| recipe.name == name);
    found.map(recipe::Recipe::experiment)
}

/// A hundred clients pay through an API that needs a bank and a ledger. The bank becomes slow; a
/// response is lost.
#[must_use]
pub fn payments() -> Experiment {
    let clients = Clients::poisson(100, 60.0);
    let service = |workers, median, sigma| Service {
        workers,
        queue: 64,
        time: Distribution::LogNormal { median, sigma },
        ..Service::default()
    };
    let api = Service {
        idempotency: idempotency::Settings { retry_after: ms(500), ..Default::default() },
        ..service(20, ms(4), 0.3)
    };
    let bank = service(10, ms(60), 0.35);
    let ledger = Service { charges: true, ..service(10, ms(5), 0.3) };
    let node = |name: &str, role| Node { name: name.into(), role, place: None };
    let edge = |from, to, latency, policy| Edge {
        from,
        to,
        network: Network {
            latency: Distribution::LogNormal { median: latency, sigma: 0.25 },
            ..Network::default()
        },
        policy,
        need: Need::Required,
    };
    let within = |per_attempt| timeout::Settings { per_attempt: Some(per_attempt) };
    let once = retry::Settings { max_attempts: 1, ..Default::default() };
    let scenario = Scenario {
        name: "payments".into(),
        title: "A slow bank trips the breaker".into(),
        sentence:
            "A hundred clients pay through an API that needs a bank. Make the bank slow, and \
                   watch the breaker open, probe and close."
                .into(),
        horizon: SimDuration::from_secs(60),
        nodes: vec![
            node("clients", Role::Clients(clients)),
            node("api", Role::Service(api)),
            node("bank", Role::Service(bank)),
            node("ledger", Role::Service(ledger)),
        ],
        edges: vec![
            edge(0, 1, ms(20), CallPolicy { timeout: within(ms(2000)), ..Default::default() }),
            edge(
                1,
                2,
                ms(6),
                CallPolicy {
                    timeout: within(ms(300)),
                    breaker_enabled: true,
                    ..Default::default()
                },
            ),
            edge(
                1,
                3,
                ms(4),
                CallPolicy { timeout: within(ms(500)), retry: once, ..Default::default() },
            ),
        ],
    };
    let fault = |at, target, kind, lasts| Intervention {
        at: SimTime::from_millis(at),
        change: Change::Fault(Fault { target, kind, lasts }),
    };
    Experiment {
        scenario,
        seed: 42,
        interventions: vec![
            fault(4_000, Target::Node(2), FaultKind::Slow(7.0), Some(ms(5_000))),
            fault(12_300, Target::Edge(0), FaultKind::LoseNextResponse, None),
        ],
    }
}

/// A page asks six services at once and can do without five of them. One becomes slow, another one
/// fails: the page goes on without them.
#[must_use]
pub fn panels() -> Experiment {
    let service = |workers, median| Service {
        workers,
        time: Distribution::LogNormal { median: ms(median), sigma: 0.35 },
        ..Service::default()
    };
    let page = Service { parallel: true, ..service(40, 4) };
    let panels = [
        ("product", 30),
        ("reviews", 40),
        ("offers", 50),
        ("stock", 20),
        ("history", 60),
        ("adverts", 35),
    ];
    let clients = Clients::poisson(100, 50.0);
    let node = |name: &str, role| Node { name: name.into(), role, place: None };
    let mut nodes =
        vec![node("clients", Role::Clients(clients)), node("page", Role::Service(page))];
    nodes.extend(panels.map(|(name, time)| node(name, Role::Service(service(10, time)))));
    let policy = |attempts, patience| CallPolicy {
        timeout: timeout::Settings { per_attempt: Some(ms(patience)) },
        retry: retry::Settings { max_attempts: attempts, ..Default::default() },
        ..Default::default()
    };
    let edge = |from, to, latency, policy, need| Edge {
        from,
        to,
        network: Network {
            latency: Distribution::LogNormal { median: ms(latency), sigma: 0.25 },
            ..Network::default()
        },
        policy,
        need,
    };
    let mut edges = vec![edge(0, 1, 15, policy(2, 1_000), Need::Required)];
    edges.push(edge(1, 2, 3, policy(2, 200), Need::Required));
    edges.extend((3..8).map(|panel| edge(1, panel, 3, policy(1, 250), Need::Optional)));
    let fault = |at, node, kind, lasts| Intervention {
        at: SimTime::from_millis(at),
        change: Change::Fault(Fault { target: Target::Node(node), kind, lasts: Some(ms(lasts)) }),
    };
    let scenario = Scenario {
        name: "panels".into(),
        title: "A page of six panels, one fails".into(),
        sentence: "A page asks six services at once and can do without five of them. One becomes \
                   slow, another one fails: the page goes on without them. Make it need them, and \
                   see what is left."
            .into(),
        horizon: SimDuration::from_secs(60),
        nodes,
        edges,
    };
    Experiment {
        scenario,
        seed: 42,
        interventions: vec![
            fault(4_000, 3, FaultKind::Slow(12.0), 4_000),
            fault(11_000, 7, FaultKind::FailFast, 3_000),
        ],
    }
}

/// A service that is busy, but not too busy, becomes slow for three seconds. Its callers retry, it works
/// on for those that have given up, and stays down when it is fast again: *Metastable Failures in
/// Distributed Systems* (Bronson and others, HotOS 2021). The retries keep it there; a budget ends it.
#[must_use]
pub fn metastable() -> Experiment {
    let clients = Clients::poisson(100, 140.0);
    let service = Service {
        workers: 10,
        queue: 1_000,
        time: Distribution::Exponential { mean: ms(50) },
        ..Service::default()
    };
    let policy = CallPolicy {
        timeout: timeout::Settings { per_attempt: Some(ms(400)) },
        retry: retry::Settings { max_attempts: 4, ..Default::default() },
        ..Default::default()
    };
    let node = |name: &str, role| Node { name: name.into(), role, place: None };
    let network = Network {
        latency: Distribution::LogNormal { median: ms(2), sigma: 0.25 },
        ..Network::default()
    };
    let scenario = Scenario {
        name: "metastable".into(),
        title: "The outage that stays after its cause is gone".into(),
        sentence: "A service is slow for three seconds, and stays down: it works for callers that \
                   have given up, and they retry. Give them a retry budget, and see it come back."
            .into(),
        horizon: SimDuration::from_secs(60),
        nodes: vec![node("clients", Role::Clients(clients)), node("api", Role::Service(service))],
        edges: vec![Edge { from: 0, to: 1, network, policy, need: Need::Required }],
    };
    let fault =
        Fault { target: Target::Node(1), kind: FaultKind::Slow(3.0), lasts: Some(ms(3_000)) };
    let interventions =
        vec![Intervention { at: SimTime::from_millis(5_000), change: Change::Fault(fault) }];
    Experiment { scenario, seed: 42, interventions }
}

/// A service that answers in 10 ms as a rule, and once in a while takes a hundred times as long; whoever has
/// no answer after what is enough for nineteen in twenty asks once more (Dean and Barroso, *The Tail at
/// Scale*, 2013).
#[must_use]
pub fn hedged() -> Experiment {
    let service = Service {
        workers: 100,
        time: Distribution::LogNormal { median: ms(5), sigma: 1.5 },
        ..Service::default()
    };
    let policy = CallPolicy {
        timeout: timeout::Settings { per_attempt: Some(ms(5_000)) },
        retry: retry::Settings { max_attempts: 1, ..Default::default() },
        hedge: hedge::Call {
            max_attempts: 2,
            after: hedge::After::Percentile,
            percentile: 0.95,
            ..Default::default()
        },
        ..Default::default()
    };
    let node = |name: &str, role| Node { name: name.into(), role, place: None };
    let network = Network {
        latency: Distribution::LogNormal { median: ms(1), sigma: 0.25 },
        ..Network::default()
    };
    let scenario = Scenario {
        name: "hedged".into(),
        title: "Hedged requests cut the tail".into(),
        sentence: "Who has no answer after what is enough for nineteen in twenty asks once more, and takes \
                   the first answer: for one request more in twenty, the slowest in a thousand are many times \
                   as fast. Ask only once (1 copy), and see the tail."
            .into(),
        horizon: SimDuration::from_secs(60),
        nodes: vec![
            node("clients", Role::Clients(Clients::poisson(100, 300.0))),
            node("api", Role::Service(service)),
        ],
        edges: vec![Edge { from: 0, to: 1, network, policy, need: Need::Required }],
    };
    Experiment { scenario, seed: 42, interventions: Vec::new() }
}

/// A hundred clients write one row under an optimistic lock, all at once: the experiment of
/// *Exponential Backoff And Jitter* (AWS Architecture Blog, 2015), with the network and the waits of
/// the simulator that was published with it.
#[must_use]
pub fn contention() -> Experiment {
    let hop = Distribution::Normal { mean: ms(10), deviation: ms(2) };
    // The answer to the read, and the write: a hop each.
    let there_and_back =
        Distribution::Normal { mean: ms(20), deviation: SimDuration::from_micros(2_828) };
    let row =
        Service { workers: 1_000, time: there_and_back, versioned: true, ..Service::default() };
    let backoff = backoff::Settings {
        kind: backoff::Kind::Full,
        base: ms(10),
        cap: ms(2_000),
        ..Default::default()
    };
    let policy = CallPolicy {
        timeout: timeout::Settings { per_attempt: None },
        retry: retry::Settings { max_attempts: 1_000, backoff, ..Default::default() },
        ..Default::default()
    };
    let clients = Clients::poisson(100, 0.0);
    let node = |name: &str, role| Node { name: name.into(), role, place: None };
    let network = Network { latency: hop, ..Network::default() };
    let scenario = Scenario {
        name: "contention".into(),
        title: "A hundred clients write one row".into(),
        sentence: "Everybody reads a row and writes it back at once; one wins, the others back \
                   off and try again. Take the jitter away, and count the calls."
            .into(),
        horizon: SimDuration::from_secs(60),
        nodes: vec![node("clients", Role::Clients(clients)), node("row", Role::Service(row))],
        edges: vec![Edge { from: 0, to: 1, network, policy, need: Need::Required }],
    };
    let everybody = Intervention { at: SimTime::ZERO, change: Change::Burst(0) };
    Experiment { scenario, seed: 42, interventions: vec![everybody] }
}
