//! A scenario made ready to be simulated: what every request asks of it is looked up once.

use super::guard;
use super::profile::Profile;
use crate::random::{Curves, Distribution, Sampler};
use crate::scenario::{Arrivals, Clients, EdgeId, NodeId, Recorded, Role, Scenario};
use crate::time::{SimDuration, SimTime};

#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) scenario: Scenario,
    /// By edge: how long a message travels.
    latencies: Vec<Sampler>,
    /// By node: the time between two arrivals of its clients, or how long the service works.
    paces: Vec<Option<Sampler>>,
    /// By node: how the rate of its clients changes, if it does.
    profiles: Vec<Option<Profile>>,
    /// By node: the calls that it makes, in their order.
    calls: Vec<Vec<EdgeId>>,
    /// By edge: whether anything is asked before an attempt is sent.
    guarded: Vec<bool>,
    curves: Curves,
}

impl Plan {
    pub(super) fn new(scenario: Scenario) -> Self {
        Self::with_curves(scenario, Curves::default())
    }

    /// The plan of another scenario, most of which is the same.
    pub(super) fn changed(&self, scenario: Scenario) -> Self {
        Self::with_curves(scenario, self.curves.clone())
    }

    fn with_curves(scenario: Scenario, mut curves: Curves) -> Self {
        let latencies = scenario.edges.iter();
        let latencies = latencies.map(|edge| Sampler::new(&edge.network.latency, &mut curves));
        let latencies = latencies.collect();
        let paces = scenario.nodes.iter().map(|node| {
            let distribution = match &node.role {
                Role::Clients(clients) => gaps(clients)?,
                Role::Service(service) => service.time,
            };
            Some(Sampler::new(&distribution, &mut curves))
        });
        let paces = paces.collect();
        let nodes = 0..scenario.nodes.len() as NodeId;
        let profile = |node| Profile::new(&scenario.clients(node)?.shape);
        let profiles = nodes.clone().map(profile).collect();
        let calls = nodes.map(|node| scenario.calls_of(node).collect()).collect();
        let guarded = scenario.edges.iter().map(|edge| guard::is_on(&edge.policy)).collect();
        Self { scenario, latencies, paces, profiles, calls, guarded, curves }
    }

    pub(super) fn latency(&self, edge: EdgeId) -> &Sampler {
        &self.latencies[usize::from(edge)]
    }

    /// None: its clients want nothing.
    pub(super) fn pace(&self, node: NodeId) -> Option<&Sampler> {
        self.paces[usize::from(node)].as_ref()
    }

    /// How long it takes until the next request of a population whose rate changes, if it would take
    /// `gap` at a steady rate.
    #[inline]
    pub(super) fn stretched(&self, node: NodeId, now: SimTime, gap: SimDuration) -> SimDuration {
        let profile = self.profiles[usize::from(node)].as_ref();
        profile.map_or(gap, |profile| profile.stretch(now, gap))
    }

    /// Whether its clients wait for their answers before they go on.
    pub(super) fn is_closed(&self, node: NodeId) -> bool {
        self.scenario.clients(node).is_some_and(|clients| clients.arrivals == Arrivals::Closed)
    }

    /// What was recorded of when requests arrive, if that is when they do.
    pub(super) fn recorded(&self, node: NodeId) -> Option<&Recorded> {
        let clients = self.scenario.clients(node)?;
        (clients.arrivals == Arrivals::Recorded).then_some(&clients.recorded)
    }

    /// Whether anything is asked before an attempt is sent over a line.
    pub(super) fn is_guarded(&self, edge: EdgeId) -> bool {
        self.guarded[usize::from(edge)]
    }

    pub(super) fn calls_of(&self, node: NodeId) -> &[EdgeId] {
        &self.calls[usize::from(node)]
    }
}

/// How long it takes until the next request of a population, or of one client in a closed loop.
fn gaps(clients: &Clients) -> Option<Distribution> {
    if clients.rate <= 0.0 {
        return None;
    }
    let mean = SimDuration::from_nanos_f64(1e9 / clients.rate);
    Some(match clients.arrivals {
        Arrivals::Recorded => return None,
        Arrivals::Constant => Distribution::Constant(mean),
        Arrivals::Poisson => Distribution::Exponential { mean },
        Arrivals::Closed => Distribution::Exponential { mean: clients.think_time()? },
    })
}
