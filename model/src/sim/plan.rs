//! A scenario made ready to be simulated: what every request asks of it is looked up once.

use super::guard;
use super::profile::Profile;
use crate::random::{Curves, Distribution, Sampler};
use crate::scenario::{
    Arrivals, CallPolicy, Clients, EdgeId, Need, NodeId, Recorded, Role, Scenario,
};
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
    /// The same without those that are made only where another one has failed.
    own_calls: Vec<Vec<EdgeId>>,
    /// By edge: whether its caller needs the call that it is, or stands in for.
    needs: Vec<Need>,
    /// By edge: whether anything is asked before an attempt is sent.
    guarded: Vec<bool>,
    /// By edge: whether its calls have more than most.
    terms: Vec<bool>,
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
        let calls = nodes.clone().map(|node| scenario.calls_of(node).collect()).collect();
        let by_itself = |edge: &EdgeId| scenario.falls_back_on(*edge).is_none();
        let own_calls = nodes.map(|node| scenario.calls_of(node).filter(by_itself).collect());
        let own_calls = own_calls.collect();
        let place = |edge| usize::from(scenario.in_place_of(edge));
        let needs = (0..scenario.edges.len() as EdgeId).map(place);
        let needs = needs.map(|place| scenario.edges[place].need).collect();
        let guarded = scenario.edges.iter().map(|edge| guard::is_on(&edge.policy)).collect();
        let terms = scenario.edges.iter().map(|edge| has_terms(&edge.policy)).collect();
        Self {
            scenario,
            latencies,
            paces,
            profiles,
            calls,
            own_calls,
            needs,
            guarded,
            terms,
            curves,
        }
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

    /// Whether a client's calls over a line have a budget, a deadline or a fallback.
    pub(super) fn has_terms(&self, edge: EdgeId) -> bool {
        self.terms[usize::from(edge)]
    }

    /// The calls that a service makes by itself.
    pub(super) fn own_calls_of(&self, node: NodeId) -> &[EdgeId] {
        &self.own_calls[usize::from(node)]
    }

    /// What the caller makes of it if this call has failed, or the one that it stands in for.
    pub(super) fn need(&self, edge: EdgeId) -> Need {
        self.needs[usize::from(edge)]
    }

    pub(super) fn calls_of(&self, node: NodeId) -> &[EdgeId] {
        &self.calls[usize::from(node)]
    }
}

fn has_terms(policy: &CallPolicy) -> bool {
    !policy.budget.is_none() || policy.deadline.per_operation.is_some() || policy.fallback.is_on()
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
