//! What is told of what is broken.

use super::{Story, story};
use crate::draw::Role;
use half_open::policy::balance::By;
use half_open::run::{Run, Scene};
use half_open::scenario::{Fault, FaultKind, NodeId, Scenario, Target};

/// What is broken while no breaker has noticed.
pub(super) fn told(run: &Run, scene: &Scene) -> Option<Story> {
    let (fault, began, _) = scene.faults.last()?;
    let place = match fault.target {
        Target::Node(node) => scene.scenario.node_name(node).to_owned(),
        Target::Edge(edge) => scene.scenario.edge_name(edge),
    };
    let began = run.log().at(*began);
    let mut lines = scene.scenario.edges.iter().zip(&scene.lines);
    let timed_out = lines.any(|(edge, line)| {
        fault.target == Target::Node(edge.to) && line.timed_out.is_some_and(|at| at >= began)
    });
    let (phrase, after) = match fault.kind {
        FaultKind::Slow(_) if timed_out => (fault.kind.label(), ": calls run into their timeout."),
        FaultKind::Slow(_) => (fault.kind.label(), ": what is asked of it takes longer."),
        FaultKind::Errors(_) => (failing_share(fault.kind), ": that is answered 500."),
        FaultKind::FailFast => ("failing fast".into(), ": everything is answered 503 at once."),
        FaultKind::Hang => ("hanging".into(), ": work begins and does not end."),
        FaultKind::Crash { .. } => ("down".into(), ": connections are refused."),
        FaultKind::LoseRequests(_) => ("losing requests".into(), ": callers wait in vain."),
        FaultKind::LoseResponses(_) => {
            ("losing responses".into(), ": the work is done, and nobody learns of it.")
        }
        FaultKind::LoseNextResponse => {
            ("about to lose a response".into(), ": the work will be done, and the caller not told.")
        }
        FaultKind::Duplicate(_) => {
            ("delivering twice".into(), ": who has no keys does the work again.")
        }
        FaultKind::Partition => ("cut".into(), ": nothing gets through, either way."),
        FaultKind::Delay(by) => (format!("{by} slower"), ": every message on it arrives late."),
        FaultKind::FewerWorkers(_) => {
            ("short of workers".into(), ": what it cannot take up waits.")
        }
        FaultKind::FlushCache => {
            ("without what it had kept".into(), ": everything has to be fetched again.")
        }
        FaultKind::ForgetKeys => {
            ("without its keys".into(), ": a retry may do again what was done.")
        }
    };
    let before = match fault.kind {
        FaultKind::Errors(_) => format!("{place} "),
        _ => format!("{place} is "),
    };
    let told = story(&before, &phrase, after, Role::Failure);
    Some(match worse(scene, fault) {
        Some(after) => Story { after, ..told },
        None => told,
    })
}

/// `fails 50 % of its work`, as the bar of the fault says it.
fn failing_share(kind: FaultKind) -> String {
    format!("{} of its work", kind.label().replacen("errors", "fails", 1))
}

/// What makes more of a service that fails at once: who sends it calls because of that.
fn worse(scene: &Scene, fault: &Fault) -> Option<String> {
    let Target::Node(node) = fault.target else { return None };
    let scenario = &scene.scenario;
    let fails =
        matches!(fault.kind, FaultKind::Errors(_) | FaultKind::FailFast | FaultKind::Crash { .. });
    let attracted = scenario.edges.iter().find(|edge| {
        let balance = scenario.service(edge.from).map(|service| service.balance);
        edge.to == node && balance.is_some_and(|b| b.on && b.by == By::LeastInFlight)
    });
    match (fault.kind, attracted, multiplied(scenario, node)) {
        (FaultKind::FailFast, Some(edge), _) => {
            let from = scenario.node_name(edge.from);
            Some(format!(": it looks idle, and {from} sends it more than anybody else."))
        }
        (.., Some(times)) if fails => {
            Some(format!(": each layer tries again, up to {times} calls for one request."))
        }
        _ => None,
    }
}

/// How many calls a request of a client may become at a service, where more than one layer before it
/// tries again.
fn multiplied(scenario: &Scenario, node: NodeId) -> Option<u64> {
    // The layers that try again on the way there, and the attempts they make together.
    let mut most = vec![None; scenario.nodes.len()];
    for clients in scenario.populations() {
        most[usize::from(clients)] = Some((0, 1_u64));
    }
    // No way is longer than there are nodes, for nobody calls itself by a detour.
    for _ in 0..scenario.nodes.len() {
        for edge in &scenario.edges {
            let Some((layers, calls)) = most[usize::from(edge.from)] else { continue };
            let attempts = edge.policy.retry.max_attempts.max(1);
            let layers = layers + u32::from(attempts > 1);
            let here = Some((layers, calls.saturating_mul(attempts.into())));
            let to = &mut most[usize::from(edge.to)];
            *to = (*to).max(here);
        }
    }
    let (layers, calls) = most.get(usize::from(node)).copied().flatten()?;
    (layers > 1).then_some(calls)
}
