//! What was done to this run: every intervention, to look at, change or take away.

use half_open::scenario::knob::Unit;
use half_open::scenario::{Change, Fault, FaultKind, Intervention};
use half_open::time::{SimDuration, SimTime};
use yew::prelude::*;

use super::show;
use crate::controls::{Disclosure, Field, Section, Toggle};
use crate::store::{Action, Selection, Store};
use crate::words;

const DAY: f64 = 86_400e9;

/// The whole list, out of the way, with the switch that says from when knobs are turned.
pub(super) fn view(store: &Store) -> Html {
    let interventions = &store.state.experiment.interventions;
    let title = format!("What was done · {}", interventions.len());
    let inside = {
        let store = store.clone();
        Callback::from(move |()| {
            let interventions = &store.state.experiment.interventions;
            html! {
                <>
                    <Toggle label="Turn knobs from the start of the run" on={store.state.from_start}
                        switch={store.dispatch.reform(Action::FromStart)} />
                    <ol class="done">
                        { for (0u32..).zip(interventions).map(|(index, done)| row(&store, index, done)) }
                    </ol>
                    if interventions.is_empty() {
                        <p class="soft">{ "Nothing yet: turn a knob, break something, send a request." }</p>
                    }
                </>
            }
        })
    };
    html! { <Disclosure {title} {inside} /> }
}

/// The intervention that is selected, if one is.
pub(super) fn selected(store: &Store) -> Html {
    let Selection::Intervention(index) = store.state.selection else { return Html::default() };
    let Some(done) = store.state.experiment.interventions.get(index as usize) else {
        return Html::default();
    };
    html! {
        <Section title="Selected change"><ol class="done">{ row(store, index, done) }</ol></Section>
    }
}

fn row(store: &Store, index: u32, done: &Intervention) -> Html {
    let what = words::change(&store.state.experiment.scenario, &done.change);
    let horizon = store.state.experiment.scenario.horizon.nanos() as f64;
    let place = index as usize;
    let moved = store.dispatch.reform(move |nanos| Action::Move {
        index: place,
        at: SimTime::ZERO + SimDuration::from_nanos_f64(nanos),
        done: true,
    });
    let remove = store.dispatch.reform(move |_: MouseEvent| Action::Remove(place));
    let current = store.state.selection == Selection::Intervention(index);
    let more = match &done.change {
        Change::Fault(fault) => of_fault(store, place, &what, fault),
        Change::Set { knob, value } => {
            let (spec, knob) = (knob.spec(), *knob);
            let give = edit(store, place, move |value| Change::Set { knob, value });
            html! {
                <Field name={format!("Value of “{what}”")} unit={spec.unit}
                    limits={(spec.min, spec.max)} value={*value} {give} />
            }
        }
        _ => Html::default(),
    };
    html! {
        <li aria-current={current.then_some("true")}>
            <Field name={format!("Time of “{what}”")} unit={Unit::Duration(None)}
                limits={(0.0, horizon)} value={done.at.nanos() as f64} give={moved} />
            <button type="button" class="textual ink"
                onclick={show(store, Selection::Intervention(index), done.at)}>{ &what }</button>
            <button type="button" class="textual" aria-label={format!("Remove “{what}”")}
                onclick={remove}>{ "✕" }</button>
            <div class="more">{ more }</div>
        </li>
    }
}

/// How large a fault is and how long it lasts.
fn of_fault(store: &Store, index: usize, what: &str, fault: &Fault) -> Html {
    let fault = *fault;
    let size = fault.kind.size().zip(fault.kind.size_range()).map(|(size, limits)| {
        let unit = match fault.kind {
            FaultKind::Slow(_) => Unit::Number,
            _ => Unit::Share,
        };
        let give = edit(store, index, move |size| {
            Change::Fault(Fault { kind: fault.kind.with_size(size), ..fault })
        });
        html! {
            <>
                <span>{ if unit == Unit::Share { "share" } else { "times" } }</span>
                <Field name={format!("Size of “{what}”")} {unit} {limits} value={size} {give} />
            </>
        }
    });
    let lasts = fault.lasts.map_or(0.0, |lasts| lasts.nanos() as f64);
    let stretch = store.dispatch.reform(move |nanos| Action::Stretch {
        index,
        lasts: (nanos > 0.0).then(|| SimDuration::from_nanos_f64(nanos)),
        done: true,
    });
    html! {
        <>
            { size }
            <span>{ "lasts" }</span>
            <Field name={format!("Duration of “{what}”")} unit={Unit::Duration(Some("for ever"))}
                limits={(0.0, DAY)} value={lasts} give={stretch} />
        </>
    }
}

fn edit(store: &Store, index: usize, change: impl Fn(f64) -> Change + 'static) -> Callback<f64> {
    store.dispatch.reform(move |value| Action::Edit { index, change: change(value), done: true })
}
