//! The stage in words, for those who cannot see it.

use crate::numbers::population;
use half_open::run::{Phase, Run, Scene};
use half_open::scenario::Target;

/// The same as the picture in words: a sentence for each node and each line.
#[must_use]
pub fn describe(run: &Run, scene: &Scene) -> Vec<String> {
    let scenario = &scene.scenario;
    let mut sentences = Vec::new();
    for (node, spec) in (0u8..).zip(&scenario.nodes) {
        if let Some(clients) = scenario.clients(node) {
            let busy = scene.clients_of(node).iter().filter(|client| client.under_way > 0).count();
            sentences.push(format!(
                "{}: {busy} with a request under way, {} of them waiting to retry.",
                population(clients.count, &spec.name),
                scene.clients_waiting(node)
            ));
        } else if let Some(service) = scenario.service(node) {
            let station = &scene.stations[usize::from(node)];
            sentences.push(format!(
                "{}:{} {} of {} workers busy, queue {} of {}.",
                spec.name,
                broken(scene, Target::Node(node)),
                station.busy(),
                service.workers,
                station.queue.len(),
                service.queue
            ));
        }
    }
    for edge in (0u8..).take(scenario.edges.len()) {
        let index = usize::from(edge);
        let moving =
            |phase: Phase| scene.flights().filter(|f| f.edge == edge && f.phase == phase).count();
        let mut sentence = format!(
            "{}:{} {} and {} on their way",
            scenario.edge_name(edge),
            broken(scene, Target::Edge(edge)),
            counted(moving(Phase::Outbound), "request"),
            counted(moving(Phase::Inbound), "response")
        );
        if scenario.edges[index].policy.breaker_enabled {
            let state = scene.lines[index].breaker.state().words();
            let said = match scene.crowd(edge) {
                None => format!("; the breaker is {state}"),
                Some((clients, crowd)) => format!(
                    "; of {} {} are open and {} half-open",
                    counted(clients as usize, "breaker"),
                    crowd.open,
                    crowd.half_open
                ),
            };
            sentence.push_str(&said);
        }
        sentence.push('.');
        sentences.push(sentence);
    }
    let ledger = &scene.ledger;
    if run
        .experiment()
        .scenario
        .nodes
        .iter()
        .zip(0u8..)
        .any(|(_, node)| scenario.service(node).is_some_and(|service| service.charges))
    {
        let charges = counted(ledger.charges as usize, "charge");
        let orders = counted(ledger.orders as usize, "order");
        sentences.push(format!("{charges} for {orders}."));
    }
    sentences
}

/// What is broken at a place.
fn broken(scene: &Scene, target: Target) -> String {
    let faults = scene.faults.iter().filter(|(fault, ..)| fault.target == target);
    let faults: Vec<String> = faults.map(|(fault, ..)| fault.kind.label()).collect();
    if faults.is_empty() { String::new() } else { format!(" {}:", faults.join(", ")) }
}

/// `1 request`, `2 requests`.
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
