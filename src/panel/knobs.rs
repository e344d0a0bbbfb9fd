//! Knobs as controls: what kind of control follows from the knob's unit.

use half_open::scenario::Knob;
use half_open::scenario::knob::{EdgeKnob, Spec, Unit};
use yew::prelude::*;

use crate::controls::{Disclosure, Segmented, Slider, Toggle};
use crate::store::{Action, Store};

#[derive(Clone, PartialEq, Properties)]
struct RowProps {
    knob: Knob,
    value: f64,
    #[prop_or_default]
    label: Option<&'static str>,
    #[prop_or_default]
    idle: bool,
    dispatch: Callback<Action>,
}

/// One knob: a slider, a switch, or a row of choices.
#[component]
fn Row(props: &RowProps) -> Html {
    let RowProps { knob, value, dispatch, .. } = props;
    let spec = knob.spec();
    let spec = Spec { label: props.label.unwrap_or(spec.label), ..spec };
    let turn = {
        let (knob, dispatch) = (*knob, dispatch.clone());
        Callback::from(move |(value, done)| dispatch.emit(Action::Turn { knob, value, done }))
    };
    match spec.unit {
        Unit::Choice([(_, "off"), (_, "on")]) => html! {
            <Toggle label={spec.label} on={*value != 0.0}
                switch={turn.reform(|on| (f64::from(u8::from(on)), true))} />
        },
        Unit::Choice(names) => {
            let options: Vec<_> =
                (0u8..).zip(names).map(|(i, n)| (f64::from(i), n.1, n.1)).collect();
            html! {
                <Segmented label={spec.label} labelled={true} {options} value={*value}
                    choose={turn.reform(|value| (value, true))} />
            }
        }
        _ => html! { <Slider {spec} value={*value} idle={props.idle} {turn} /> },
    }
}

/// A knob as it stands, if the scenario has it.
pub(super) fn knob(store: &Store, knob: Knob) -> Html {
    named(store, knob, None, false)
}

/// The same with another label, or idle: it has no effect at present.
pub(super) fn named(store: &Store, knob: Knob, label: Option<&'static str>, idle: bool) -> Html {
    let Some(value) = store.knob(knob) else { return Html::default() };
    html! { <Row {knob} {value} {label} {idle} dispatch={store.dispatch.clone()} /> }
}

/// Every knob of one thing, out of the way.
pub(super) fn all(store: &Store, belongs: fn(Knob, u8) -> bool, id: u8) -> Html {
    let store = store.clone();
    let inside = Callback::from(move |()| {
        let all = Knob::all(&store.scenario).into_iter();
        all.filter(|k| belongs(*k, id)).map(|k| named(&store, k, full_name(k), false)).collect()
    });
    html! { <Disclosure title="All settings" {inside} /> }
}

/// A label that says enough where no heading stands above it.
fn full_name(knob: Knob) -> Option<&'static str> {
    match knob {
        Knob::Edge(_, EdgeKnob::Timeout) => Some("timeout"),
        _ => None,
    }
}
