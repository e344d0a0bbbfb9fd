//! What is simulated, as data: who calls whom, under which policies, and what is done to them.
//!
//! A run is a value: `simulate(scenario, seed, interventions)`. [`Experiment`] holds the three.

pub mod arrange;
pub mod chaos;
pub mod edit;
mod fallback;
pub mod fault;
pub mod intervention;
pub mod knob;
pub mod library;
pub mod service;
pub mod topology;
pub mod unit;
mod untangle;
pub mod validate;
pub mod workload;

use serde::{Deserialize, Serialize};

pub use arrange::{Cell, Columns};
pub use chaos::Chaos;
pub use edit::{Edit, Places};
pub use fault::{Fault, FaultKind, Target};
pub use intervention::{Change, HandRequest, Intervention};
pub use knob::Knob;
pub use service::{Order, Service};
pub use topology::{CallPolicy, Edge, EdgeId, Need, Network, Node, NodeId, Role};
pub use workload::{Arrivals, Clients, Recorded, Shape, ShapeKind};

use crate::time::{SimDuration, SimTime};

/// More clients than one population has.
pub const POPULATION: u32 = 1 << 16;

/// A system under test: nodes joined by calls, and how long to watch them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Short and unique, as the command line takes it: `payments`.
    pub name: String,
    /// What it is called on the page.
    pub title: String,
    /// The one sentence a first visitor reads.
    pub sentence: String,
    /// How long a run lasts, up to 24 h.
    pub horizon: SimDuration,
    /// Client populations and services, at most 64. An index into this list is a [`NodeId`].
    pub nodes: Vec<Node>,
    /// Who calls whom. A service makes its calls one after another, in this order, but for those that
    /// are [fallbacks](Self::falls_back_on). An index into this list is an [`EdgeId`].
    pub edges: Vec<Edge>,
}

impl Scenario {
    /// The service at `node`, unless clients live there.
    #[must_use]
    pub fn service(&self, node: NodeId) -> Option<&Service> {
        match &self.nodes.get(usize::from(node))?.role {
            Role::Service(service) => Some(service),
            Role::Clients(_) => None,
        }
    }

    /// The clients at `node`, unless it is a service.
    #[must_use]
    pub fn clients(&self, node: NodeId) -> Option<&Clients> {
        match &self.nodes.get(usize::from(node))?.role {
            Role::Clients(clients) => Some(clients),
            Role::Service(_) => None,
        }
    }

    /// The nodes where clients live, in order.
    pub fn populations(&self) -> impl Iterator<Item = NodeId> + '_ {
        (0u8..).take(self.nodes.len()).filter(|node| self.clients(*node).is_some())
    }

    /// What tells a client from those of all other populations: clients of the first one go by
    /// their numbers, those of each other one begin at the next multiple of [`POPULATION`].
    #[must_use]
    pub fn client(&self, node: NodeId, number: u32) -> u32 {
        let before = self.populations().take_while(|other| *other < node).count();
        before as u32 * POPULATION + number
    }

    /// `client 17`, and of which population if that is not the first one.
    #[must_use]
    pub fn client_name(&self, client: u32) -> String {
        let (place, number) = ((client / POPULATION) as usize, client % POPULATION);
        match self.populations().nth(place).filter(|_| place > 0) {
            Some(node) => format!("client {number} of {}", self.node_name(node)),
            None => format!("client {number}"),
        }
    }

    /// The edge with this index.
    #[must_use]
    pub fn edge(&self, edge: EdgeId) -> Option<&Edge> {
        self.edges.get(usize::from(edge))
    }

    /// The calls that `node` makes, in order.
    pub fn calls_of(&self, node: NodeId) -> impl Iterator<Item = EdgeId> + '_ {
        (0u8..).zip(&self.edges).filter(move |(_, edge)| edge.from == node).map(|(id, _)| id)
    }

    /// `api → bank`, or what is left of it if the index is unknown.
    #[must_use]
    pub fn edge_name(&self, edge: EdgeId) -> String {
        self.edge(edge).map_or_else(String::new, |e| {
            format!("{} → {}", self.node_name(e.from), self.node_name(e.to))
        })
    }

    /// The name of a node, empty if the index is unknown.
    #[must_use]
    pub fn node_name(&self, node: NodeId) -> &str {
        self.nodes.get(usize::from(node)).map_or("", |n| &n.name)
    }
}

/// Everything a run depends on. Equal experiments give equal runs, byte for byte.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// The system, as it is at the start.
    pub scenario: Scenario,
    /// Decides every random draw.
    pub seed: u64,
    /// What is done to the system while it runs, in order of time.
    pub interventions: Vec<Intervention>,
}

impl Experiment {
    /// Adds an intervention behind those of the same or an earlier time; returns its index.
    pub fn insert(&mut self, intervention: Intervention) -> usize {
        let index = self.interventions.partition_point(|i| i.at <= intervention.at);
        self.interventions.insert(index, intervention);
        index
    }

    /// The value of a knob for what happens at `at`, where interventions come last. None if there is
    /// no such knob.
    #[must_use]
    pub fn value_at(&self, knob: Knob, at: SimTime) -> Option<f64> {
        let before = self.interventions.partition_point(|i| i.at < at);
        let turned = self.interventions[..before].iter().rev().find_map(|i| match &i.change {
            Change::Set { knob: other, value } if *other == knob => Some(*value),
            Change::SetBreaker { edge, .. } => match knob {
                Knob::Edge(of, part) if of == *edge && part.is_of_breaker() => {
                    let mut scenario = self.scenario.clone();
                    i.change.apply(&mut scenario).ok()?;
                    knob.get(&scenario)
                }
                _ => None,
            },
            _ => None,
        });
        turned.or_else(|| knob.get(&self.scenario))
    }

    /// The scenario with every setting as it stands just after `at`.
    #[must_use]
    pub fn scenario_at(&self, at: SimTime) -> Scenario {
        let mut scenario = self.scenario.clone();
        for intervention in self.interventions.iter().take_while(|i| i.at <= at) {
            // An unusable setting was refused when the experiment was read.
            let _ = intervention.change.apply(&mut scenario);
        }
        scenario
    }
}
