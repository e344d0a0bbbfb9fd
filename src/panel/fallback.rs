//! What a caller does once a call has failed for good.

use half_open::policy::fallback::Kind;
use half_open::scenario::knob::EdgeKnob;
use half_open::scenario::{EdgeId, Knob};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::knobs;
use crate::controls::{Choice, segmented};
use crate::markup::html;
use crate::store::{Action, Store};

/// What there is to fall back on, in the order of [`Kind::ALL`].
const CHOICES: [Choice; 4] = [
    (0.0, "nothing", "The call has failed"),
    (1.0, "static", "An answer that is always at hand"),
    (2.0, "stale", "The last good answer that came over this line"),
    (3.0, "other", "Another service, which is called only then"),
];

pub(super) fn view(store: &Store, id: EdgeId) -> Html {
    let Some(edge) = store.scenario.edge(id) else { return Html::default() };
    let knob = Knob::Edge(id, EdgeKnob::Fallback);
    let choose = store.dispatch.reform(move |value| Action::Turn { knob, value, done: true });
    let several = store.scenario.calls_of(edge.from).nth(1).is_some();
    let choices = if several { &CHOICES[..] } else { &CHOICES[..3] };
    let kind = edge.policy.fallback.kind;
    let name = |edge: EdgeId| {
        let callee = store.scenario.edge(edge).map(|edge| edge.to);
        callee.map_or("", |callee| store.scenario.node_name(callee)).to_owned()
    };
    let stands_in_for = store.scenario.falls_back_on(id);
    let note = match (kind, stands_in_for) {
        (Kind::Stale, _) => Some("Without a good answer before, the call has failed.".to_owned()),
        (_, Some(first)) => Some(format!("Called only where {} has failed.", name(first))),
        _ => None,
    };
    html! {
        <>
            { segmented("fallback", true, choices, f64::from(kind as u8), &choose) }
            if kind == Kind::Other {
                { others(store, id) }
            }
            if let Some(note) = note {
                <p class="soft">{ note }</p>
            }
            // What counts is whether the caller needs the call that this one stands in for.
            if stands_in_for.is_none() {
                { knobs::knob(store, Knob::Edge(id, EdgeKnob::Need)) }
            }
        </>
    }
}

/// Which of its caller's calls is made instead, where that is not clear.
fn others(store: &Store, id: EdgeId) -> Html {
    let Some(edge) = store.scenario.edge(id) else { return Html::default() };
    let chosen = store.scenario.fallback_of(id);
    let mut others: Vec<(usize, EdgeId)> = (1..).zip(store.scenario.calls_of(edge.from)).collect();
    others.retain(|(_, other)| *other != id);
    let places: Vec<usize> = others.iter().map(|(place, _)| *place).collect();
    let onchange = store.dispatch.reform(move |event: Event| {
        let place = event.target_unchecked_into::<HtmlSelectElement>().selected_index();
        let value = places.get(place as usize).copied().unwrap_or_default() as f64;
        Action::Turn { knob: Knob::Edge(id, EdgeKnob::FallbackCall), value, done: true }
    });
    let option = |(_, other): &(usize, EdgeId)| {
        let callee = store.scenario.edge(*other).map_or(0, |other| other.to);
        let name = store.scenario.node_name(callee).to_owned();
        html! { <option selected={Some(*other) == chosen}>{ name }</option> }
    };
    html! {
        <label class="preset">
            <span>{ "asks instead" }</span>
            <select {onchange}>{ for others.iter().map(option) }</select>
        </label>
    }
}
