//! What can be broken here, and what is: one click starts a fault, a second one heals it.

use half_open::run::Scene;
use half_open::scenario::{Change, Fault, FaultKind, Target};
use yew::prelude::*;

use super::chaos;
use crate::controls::{Button, Tone, section};
use crate::markup::html;
use crate::store::{Action, Store};
use crate::words;

pub(super) fn view(store: &Store, scene: &Scene, target: Target) -> Html {
    let cached = matches!(target, Target::Node(node) if store.scenario.service(node).is_some_and(|service| service.cache.is_on()));
    let kinds: &[FaultKind] = match target {
        Target::Node(_) => &FaultKind::ON_SERVICES,
        Target::Edge(_) => &FaultKind::ON_LINES,
    };
    let button = |kind: &FaultKind| {
        let same = |fault: &Fault| fault.target == target && alike(&fault.kind, kind);
        let active = scene.faults.iter().find(|(fault, ..)| same(fault));
        let label = active.map_or(*kind, |(fault, ..)| fault.kind).label();
        let button = Button {
            label: label.into(),
            title: Some(words::fault_title(kind).into()),
            pressed: Some(active.is_some()),
            tone: Tone::Fault,
            ..Button::default()
        };
        button.view(store.send(match active {
            Some((_, _, index)) => Action::Heal(*index as usize),
            None => Action::Do(Change::Fault(Fault { target, kind: *kind, lasts: None })),
        }))
    };
    let service = match target {
        Target::Node(node) => node,
        Target::Edge(edge) => store.scenario.edge(edge).map_or(0, |line| line.to),
    };
    let all = html! {
        <div class="buttons wrap">
            { for kinds.iter().map(button) }
            if cached { { button(&FaultKind::FlushCache) } }
            { chaos::begin(store, "chaos…", 1 << service) }
        </div>
    };
    section("Faults", all)
}

/// Whether two faults are the same but for their size.
fn alike(a: &FaultKind, b: &FaultKind) -> bool {
    a.size().map_or(a == b, |size| a.with_size(size) == b.with_size(size))
}
