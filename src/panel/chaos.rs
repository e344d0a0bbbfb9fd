//! Chaos on purpose: how much of it, how far it reaches, and of what kind.

use half_open::scenario::chaos::{EACH_LASTS, KINDS, MOST_PER_MINUTE};
use half_open::scenario::knob::{Spec, Unit};
use half_open::scenario::{Change, Chaos};
use half_open::time::SimDuration;
use yew::prelude::*;

use super::textual;
use crate::controls::{Button, Tone, slider};
use crate::markup::html;
use crate::store::{Action, Selection, Store};

/// Begins chaos now: in these services, or everywhere.
pub(super) fn begin(store: &Store, label: &'static str, services: u64) -> Html {
    let button = Button {
        label: label.into(),
        title: Some("Faults at random, from a seed: the same every time".into()),
        tone: Tone::Fault,
        ..Button::default()
    };
    button.view(store.send(Action::Do(Change::Chaos(Chaos::on(services, 1)))))
}

/// Where the fault comes from that is selected.
pub(super) fn source(store: &Store, struck: usize) -> Html {
    let experiment = &store.state.experiment;
    let Some(by) = experiment.chaos_of(struck) else { return Html::default() };
    let at = experiment.interventions[by].at;
    let show = store.show(Selection::Intervention(by as u32), at);
    textual("textual", format!("of the chaos since {at}"), show)
}

/// Everything about chaos that can be changed.
pub(super) fn view(store: &Store, index: usize, chaos: &Chaos) -> Html {
    let chaos = *chaos;
    let edit =
        move |change: Chaos, done| Action::Edit { index, change: Change::Chaos(change), done };
    let intensity = Spec {
        name: "intensity",
        label: "intensity",
        unit: Unit::Number,
        min: 0.0,
        max: MOST_PER_MINUTE,
    };
    let turn =
        store.dispatch.reform(move |(intensity, done)| edit(Chaos { intensity, ..chaos }, done));
    let each = Spec {
        name: "each_lasts",
        label: "one lasts about",
        unit: Unit::Duration(None),
        min: EACH_LASTS.0.nanos() as f64,
        max: EACH_LASTS.1.nanos() as f64,
    };
    let stretch = store.dispatch.reform(move |(nanos, done)| {
        edit(Chaos { each_lasts: SimDuration::from_nanos_f64(nanos), ..chaos }, done)
    });
    let scenario = &store.state.experiment.scenario;
    let services = (0u8..).zip(&scenario.nodes).filter(|(id, _)| scenario.service(*id).is_some());
    let service = |(id, name): (u8, &str)| {
        let reached =
            (0..64).filter(|node| chaos.reaches(*node) && scenario.service(*node).is_some());
        // Everywhere, without one: all the others that are there.
        let now = reached.fold(0, |all, node| all | 1 << node);
        let services = now ^ 1 << id;
        choice(store, name.to_owned(), chaos.reaches(id), edit(Chaos { services, ..chaos }, true))
    };
    let kind = |(bit, label): (u32, String)| {
        let change = Chaos { kinds: chaos.kinds ^ 1 << bit, ..chaos };
        choice(store, label, chaos.kinds >> bit & 1 == 1, edit(change, true))
    };
    let kinds = (0u32..).zip(KINDS.map(|kind| kind.name().replace('_', " ")));
    let other = Chaos { seed: chaos.seed.wrapping_add(1), ..chaos };
    let now = store.state.experiment.interventions[index].at;
    let count = chaos.schedule(now, scenario).len();
    html! {
        <>
            { slider(&intensity, chaos.intensity, false, &turn) }
            { slider(&each, chaos.each_lasts.nanos() as f64, false, &stretch) }
            <h4>{ "Blast radius" }</h4>
            <div class="buttons wrap picks" role="group" aria-label="Blast radius">
                { for services.map(|(id, node)| service((id, &node.name))) }
            </div>
            <h4>{ "Kinds of faults" }</h4>
            <div class="buttons wrap picks" role="group" aria-label="Kinds of faults">
                { for kinds.map(kind) }
            </div>
            <p class="soft">
                { faults(count) }
                { textual("textual", "Other luck", store.send(edit(other, true))) }
            </p>
        </>
    }
}

fn faults(count: usize) -> String {
    match count {
        1 => "1 fault, always the same one. ".to_owned(),
        count => format!("{count} faults, always the same ones. "),
    }
}

fn choice(store: &Store, label: String, on: bool, press: Action) -> Html {
    let button = Button { label: label.into(), pressed: Some(on), ..Button::default() };
    button.view(store.send(press))
}
