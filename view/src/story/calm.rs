//! What is told when nothing is broken.

use super::{Story, story};
use crate::draw::Role;
use crate::numbers::population;
use half_open::run::Scene;
use half_open::scenario::{EdgeId, Need, Scenario};

/// From how many calls at once it is told that the slowest of them decides.
const WIDE: usize = 5;

/// What the system does, as long as nothing is broken.
pub(super) fn told(scene: &Scene) -> Story {
    let scenario = &scene.scenario;
    tail(scenario)
        .or_else(|| hedged(scene))
        .or_else(|| untraced(scenario))
        .unwrap_or_else(|| all_is_well(scenario))
}

/// A service that asks many at once has to wait for the slowest of them.
fn tail(scenario: &Scenario) -> Option<Story> {
    let needed =
        |edge: &EdgeId| scenario.edge(*edge).is_some_and(|edge| edge.need == Need::Required);
    (0u8..).zip(&scenario.nodes).find_map(|(node, named)| {
        let many = scenario.calls_of(node).filter(needed).count();
        if many < WIDE || !scenario.service(node)?.parallel {
            return None;
        }
        let before = format!("{} asks {many} services at once and ", named.name);
        Some(story(
            &before,
            "waits for the slowest",
            ": what is rare in each is not rare in all.",
            Role::Waiting,
        ))
    })
}

/// A line over which calls that take long are sent once more.
fn hedged(scene: &Scene) -> Option<Story> {
    let mut lines = scene.scenario.edges.iter().zip(&scene.lines);
    let (edge, _) = lines
        .find(|(edge, line)| line.hedged > 0 && edge.policy.hedge.settings().max_attempts > 1)?;
    let before =
        format!("What takes {} long is asked once more: ", scene.scenario.node_name(edge.to));
    Some(story(&before, "the first answer counts", ".", Role::Ok))
}

/// A service that asks others and does not tell them for which request.
fn untraced(scenario: &Scenario) -> Option<Story> {
    (0u8..).zip(&scenario.nodes).find_map(|(node, named)| {
        let calls = scenario.calls_of(node).next().is_some();
        if scenario.service(node)?.propagate || !calls {
            return None;
        }
        let before = format!("{} passes no traceparent on: ", named.name);
        Some(story(&before, "the trace ends there", ", and its calls begin others.", Role::Waiting))
    })
}

fn all_is_well(scenario: &Scenario) -> Story {
    let clients = (0u8..).zip(&scenario.nodes).find_map(|(id, node)| {
        scenario.clients(id).map(|clients| {
            let call = if clients.count == 1 { "calls" } else { "call" };
            format!("{} {call}", population(clients.count, &node.name))
        })
    });
    let entry = scenario.edges.first().map_or("", |edge| scenario.node_name(edge.to));
    let needs: Vec<&str> = scenario
        .edges
        .first()
        .into_iter()
        .flat_map(|edge| scenario.calls_of(edge.to))
        .filter_map(|call| scenario.edge(call))
        .map(|edge| scenario.node_name(edge.to))
        .collect();
    let clients = clients.unwrap_or_else(|| "Clients call".into());
    let needs = match needs.len() {
        0..=3 => needs.join(" and "),
        many => format!("{many} services"),
    };
    let before = match needs {
        nothing if nothing.is_empty() => format!("{clients} {entry}. "),
        needs => format!("{clients} {entry}, which needs {needs}. "),
    };
    story(&before, "All is well", ".", Role::Ok)
}
