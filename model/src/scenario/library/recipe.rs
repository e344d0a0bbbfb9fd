//! Scenarios as tables: what differs from a plain system of clients and services.

use super::ms;
use crate::policy::{retry, timeout};
use crate::random::Distribution;
use crate::scenario::{
    CallPolicy, Change, Clients, Edge, Experiment, Fault, FaultKind, Intervention, Knob, Need,
    Network, Node, NodeId, Role, Scenario, Service, Target,
};
use crate::time::{SimDuration, SimTime};

/// A scenario in which a hundred clients call the first service.
pub(super) struct Recipe {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) sentence: &'static str,
    /// Requests per second.
    pub(super) rate: f64,
    /// Node 1 and those behind it: the name, the workers, and the usual time of work in milliseconds.
    pub(super) services: &'static [(&'static str, u32, u64)],
    /// Who calls whom, after the clients' call of node 1, which is line 0.
    pub(super) calls: &'static [(NodeId, NodeId)],
    /// What stands otherwise than usual.
    pub(super) set: &'static [(Knob, f64)],
    /// What happens, and when, in milliseconds.
    pub(super) deeds: &'static [(u64, Deed)],
}

/// Something that happens in a recipe.
pub(super) enum Deed {
    /// Something breaks, for so many milliseconds; 0: for good.
    Break(Target, FaultKind, u64),
    /// A knob is turned.
    Set(Knob, f64),
    /// All clients send a request at once.
    Burst,
}

impl Recipe {
    /// Usually work is exponential, a message takes 5 ms, and a call is given up after a second and not
    /// tried again.
    pub(super) fn experiment(&self) -> Experiment {
        let clients = Clients::poisson(100, self.rate);
        let mut nodes =
            vec![Node { name: "clients".into(), role: Role::Clients(clients), place: None }];
        nodes.extend(self.services.iter().map(|(name, workers, time)| {
            let time = Distribution::Exponential { mean: ms(*time) };
            let service = Service { workers: *workers, time, ..Service::default() };
            Node { name: (*name).into(), role: Role::Service(service), place: None }
        }));
        let edge = |(from, to): (NodeId, NodeId)| Edge {
            from,
            to,
            network: Network {
                latency: Distribution::LogNormal { median: ms(5), sigma: 0.25 },
                ..Network::default()
            },
            policy: CallPolicy {
                timeout: timeout::Settings { per_attempt: Some(SimDuration::from_secs(1)) },
                retry: retry::Settings { max_attempts: 1, ..retry::Settings::default() },
                ..CallPolicy::default()
            },
            need: Need::Required,
        };
        let mut scenario = Scenario {
            name: self.name.into(),
            title: self.title.into(),
            sentence: self.sentence.into(),
            horizon: SimDuration::from_secs(60),
            nodes,
            edges: [(0, 1)].into_iter().chain(self.calls.iter().copied()).map(edge).collect(),
        };
        for (knob, value) in self.set {
            // A test turns them all; one that does not turn leaves things as usual.
            let _ = knob.set(&mut scenario, *value);
        }
        let interventions = self.deeds.iter().map(|(at, deed)| {
            let change = match *deed {
                Deed::Break(target, kind, lasts) => {
                    let lasts = (lasts > 0).then(|| ms(lasts));
                    Change::Fault(Fault { target, kind, lasts })
                }
                Deed::Set(knob, value) => Change::Set { knob, value },
                Deed::Burst => Change::Burst(0),
            };
            Intervention { at: SimTime::from_millis(*at), change }
        });
        Experiment { scenario, seed: 42, interventions: interventions.collect() }
    }
}
