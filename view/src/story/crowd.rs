//! What is told of breakers that clients have for themselves.

use super::{Story, story};
use crate::draw::Role;
use half_open::policy::breaker::Crowd;
use half_open::run::Scene;

/// A breaker that is not closed is the news, also if each client has its own.
pub(super) fn told(scene: &Scene) -> Option<Story> {
    let mut edges = (0u8..).zip(&scene.scenario.edges);
    edges.find_map(|(id, edge)| told_of(scene.crowd(id)?, scene.scenario.node_name(edge.to)))
}

fn told_of((clients, crowd): (u32, Crowd), to: &str) -> Option<Story> {
    if crowd.half_open * 10 >= clients && crowd.half_open > 1 {
        let after = format!(" reach {to} at about the same time.");
        return Some(story("Many breakers are half-open: ", "their probes", &after, Role::Probe));
    }
    let many = match crowd.open {
        0 => return None,
        all if all == clients => "all",
        most if most * 2 > clients => "most",
        _ => "some",
    };
    let before = format!("Each client has its own breaker, and {many} are open: their calls ");
    let after = format!(", without reaching {to}.");
    Some(story(&before, "fail fast", &after, Role::Failure))
}
