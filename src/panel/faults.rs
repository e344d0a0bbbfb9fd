//! What can be broken here, and what is: one click starts a fault, a second one heals it.

use half_open::run::Scene;
use half_open::scenario::{Change, Fault, FaultKind, Target};
use yew::prelude::*;

use crate::controls::{Button, Section, Tone};
use crate::store::{Action, Store};
use crate::words;

pub(super) fn view(store: &Store, scene: &Scene, target: Target) -> Html {
    let kinds: &[FaultKind] = match target {
        Target::Node(_) => &FaultKind::ON_SERVICES,
        Target::Edge(_) => &FaultKind::ON_LINES,
    };
    let button = |kind: &FaultKind| {
        let same = |fault: &Fault| fault.target == target && alike(&fault.kind, kind);
        let active = scene.faults.iter().find(|(fault, ..)| same(fault));
        let label = active.map_or(*kind, |(fault, ..)| fault.kind).label();
        let (dispatch, kind) = (store.dispatch.clone(), *kind);
        let running = active.map(|(_, _, index)| *index as usize);
        let press = Callback::from(move |()| {
            dispatch.emit(match running {
                Some(index) => Action::Heal(index),
                None => Action::Do(Change::Fault(Fault { target, kind, lasts: None })),
            });
        });
        let title = words::fault_title(&kind);
        html! { <Button {label} {title} pressed={running.is_some()} tone={Tone::Fault} {press} /> }
    };
    html! {
        <Section title="Faults">
            <div class="buttons wrap">{ for kinds.iter().map(button) }</div>
        </Section>
    }
}

/// Whether two faults are the same but for their size.
fn alike(a: &FaultKind, b: &FaultKind) -> bool {
    a.size().map_or(a == b, |size| a.with_size(size) == b.with_size(size))
}
