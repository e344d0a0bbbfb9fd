//! A region that is gone, and the other one, which is asked for everything.

use super::recipe::Deed::Break;
use super::recipe::Recipe;
use crate::policy::fallback;
use crate::scenario::FaultKind::FailFast;
use crate::scenario::Target;
use crate::scenario::knob::{EdgeKnob, Knob, ServiceKnob};
use crate::scenario::{CallPolicy, Clients, Edge, Experiment, Node, NodeId, Role};

/// The gateway of one region, and its two regions; west has clients of its own.
const REGIONS: Recipe = Recipe {
    name: "failover_overload",
    title: "Failover takes the other region down, too",
    sentence: "Each of two regions does three fifths of what it can. At ten seconds east goes down, and \
               its gateway asks west instead: that is more than west can do, its queue grows, and soon nobody is \
               answered in time, those of west neither. Limit the rate of gateway → west (a sliding window, 30 in \
               1 s), let west shed by CoDel, or give it 12 workers.",
    rate: 60.0,
    services: &[("gateway", 200, 2), ("east", 8, 80), ("west", 8, 80)],
    calls: &[(1, 2), (1, 3)],
    set: &[
        (Knob::Edge(0, EdgeKnob::Timeout), 2e9),
        (Knob::Edge(1, EdgeKnob::Fallback), 3.0),
        (Knob::Edge(2, EdgeKnob::Permits), 30.0),
        (Knob::Service(1, ServiceKnob::Queue), 1_000.0),
        (Knob::Service(3, ServiceKnob::Queue), 1_000.0),
    ],
    deeds: &[(10_000, Break(Target::Node(2), FailFast, 20_000))],
};

/// The clients of west, who call it without a gateway.
const WEST: NodeId = 3;

/// East goes down for twenty seconds, and what it did is more than west has room for.
#[must_use]
pub fn failover_overload() -> Experiment {
    let mut experiment = REGIONS.experiment();
    let scenario = &mut experiment.scenario;
    scenario.nodes.push(Node {
        name: "west_clients".into(),
        role: Role::Clients(Clients::poisson(100, 60.0)),
        place: None,
    });
    let from = (scenario.nodes.len() - 1) as NodeId;
    // They wait for as long as a gateway does.
    let to_west = scenario.edges.iter().find(|edge| edge.to == WEST).cloned();
    let fallback = fallback::Settings::default();
    scenario.edges.extend(to_west.map(|way| {
        let policy = CallPolicy { fallback, rate_limit: Default::default(), ..way.policy };
        Edge { from, policy, ..way }
    }));
    experiment
}
