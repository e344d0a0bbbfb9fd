//! What is told of services that have nobody to spare.

use super::{MANY, Story, story};
use crate::draw::Role;
use half_open::log::SpanId;
use half_open::run::{Scene, Station};
use half_open::scenario::{EdgeId, NodeId, Target};

/// A service that works for nobody, or has no worker to spare and many who wait for one.
pub(super) fn told(scene: &Scene) -> Option<Story> {
    let mut stations = (0u8..).zip(&scene.stations);
    stations.find_map(|(node, station)| {
        let long = fills(scene, node, station).then(|| waits_for(scene, node, station));
        match long {
            Some(Some(call)) => Some(stuck(scene, node, call)),
            _ if for_nobody(scene, node, station) => Some(wasted(scene, node)),
            Some(None) => Some(story(
                &format!("{} has no worker to spare: ", scene.scenario.node_name(node)),
                "requests wait in its queue",
                ", and the longer it gets, the longer each takes.",
                Role::Waiting,
            )),
            None => None,
        }
    })
}

/// Whether a good part of the queue is taken.
fn fills(scene: &Scene, node: NodeId, station: &Station) -> bool {
    let places = scene.scenario.service(node).map_or(0, |service| service.queue as usize);
    !station.queue.is_empty() && station.queue.len() * 4 >= places
}

/// The call whose answer most of the workers wait for.
fn waits_for(scene: &Scene, node: NodeId, station: &Station) -> Option<EdgeId> {
    scene.scenario.calls_of(node).find(|edge| most_wait(scene, station, *edge))
}

fn stuck(scene: &Scene, node: NodeId, call: EdgeId) -> Story {
    let to = scene.scenario.edge(call).map(|edge| edge.to);
    let at_fault = scene.faults.iter().any(|(fault, ..)| {
        fault.target == Target::Edge(call) || to.is_some_and(|to| fault.target == Target::Node(to))
    });
    let after = match at_fault {
        true => ", and one slow dependency takes everything down.",
        false => ": it cannot keep up with what is asked of it.",
    };
    let name = |node| scene.scenario.node_name(node);
    let before = format!("The workers of {} wait for {}: ", name(node), to.map_or("", name));
    story(&before, "the queue fills", after, Role::Waiting)
}

/// Whether most of the work is done for callers that have gone, and no fault of its own is to blame.
fn for_nobody(scene: &Scene, node: NodeId, station: &Station) -> bool {
    let gone = |span: &&SpanId| scene.flight(**span).is_none_or(|f| f.given_up.is_some());
    let orphans = station.workers.iter().flatten().filter(gone).count();
    let fault = || scene.faults.iter().any(|(fault, ..)| fault.target == Target::Node(node));
    orphans >= MANY && orphans * 2 > station.busy() && !fault()
}

fn wasted(scene: &Scene, node: NodeId) -> Story {
    let before = format!("{} works for callers that ", scene.scenario.node_name(node));
    let again = scene.scenario.edges.iter().any(|edge| edge.policy.retry.max_attempts > 1);
    let who = if again { "they try again" } else { "others come all the time" };
    let after = format!(": {who}, and it stays as busy as it is.");
    story(&before, "have given up", &after, Role::Failure)
}

/// Whether most busy workers wait for an answer over this line, or before it tries again there.
fn most_wait(scene: &Scene, station: &Station, edge: EdgeId) -> bool {
    let called = scene.flights().filter(|f| f.edge == edge && f.given_up.is_none());
    let again = scene.backoffs.iter().filter(|backoff| backoff.edge == edge);
    let waiting = called.filter_map(|f| f.parent).chain(again.map(|backoff| backoff.parent));
    let waiting = waiting.filter(|span| station.workers.contains(&Some(*span))).count();
    waiting * 2 > station.busy()
}
