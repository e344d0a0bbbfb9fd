//! Knobs as controls: what kind of control follows from the knob's unit.

use half_open::scenario::Knob;
use half_open::scenario::knob::{EdgeKnob, Spec, Unit};
use yew::prelude::*;

use crate::controls::{Choice, disclosure, menu, segmented, slider, toggle};
use crate::markup::html;
use crate::store::{Action, Store};

/// How many choices stand beside one another.
const MOST_IN_A_ROW: usize = 6;

/// A knob as it stands, if the scenario has it.
pub(super) fn knob(store: &Store, knob: Knob) -> Html {
    named(store, knob, None, false)
}

/// The same, or nothing to put a heading above.
pub(super) fn wanted(store: &Store, of: Knob) -> Option<Html> {
    store.knob(of).map(|_| knob(store, of))
}

/// The same with another label, or idle: it has no effect at present.
pub(super) fn named(store: &Store, knob: Knob, label: Option<&'static str>, idle: bool) -> Html {
    let Some(value) = store.knob(knob) else { return Html::default() };
    let spec = knob.spec();
    let spec = Spec { label: label.unwrap_or(spec.label), ..spec };
    let turn = store.dispatch.reform(move |(value, done)| Action::Turn { knob, value, done });
    match spec.unit {
        Unit::Choice([(_, "off"), (_, "on")]) => {
            let switch = turn.reform(|on| (f64::from(u8::from(on)), true));
            toggle(spec.label, value != 0.0, switch)
        }
        Unit::Choice(names) => {
            let options: Vec<Choice> =
                (0u8..).zip(names).map(|(i, n)| (f64::from(i), n.1, n.1)).collect();
            let choose = turn.reform(|value| (value, true));
            if names.len() > MOST_IN_A_ROW {
                return menu(spec.label, &options, value, &choose);
            }
            segmented(spec.label, true, &options, value, &choose)
        }
        // Its layers are moved.
        Unit::Stack => Html::default(),
        _ => slider(&spec, value, idle, &turn),
    }
}

/// A knob with the name of what it belongs to.
pub(crate) fn offered(store: &Store, knob: Knob) -> Html {
    let scenario = &store.scenario;
    let of = match knob {
        Knob::Edge(edge, _) => scenario.edge_name(edge),
        Knob::Service(node, _) | Knob::Clients(node, _) => scenario.node_name(node).to_owned(),
    };
    html! {
        <div>
            <p class="soft">{ of }</p>
            { named(store, knob, full_name(knob), false) }
        </div>
    }
}

/// Every knob of one thing, out of the way.
pub(super) fn all(store: &Store, belongs: fn(Knob, u8) -> bool, id: u8) -> Html {
    let store = store.clone();
    disclosure("All settings", move || {
        let all = Knob::all(&store.scenario).into_iter();
        all.filter(|k| belongs(*k, id)).map(|k| named(&store, k, full_name(k), false)).collect()
    })
}

/// A label that says enough where no heading stands above it.
fn full_name(knob: Knob) -> Option<&'static str> {
    match knob {
        Knob::Edge(_, EdgeKnob::Timeout) => Some("timeout"),
        _ => None,
    }
}
