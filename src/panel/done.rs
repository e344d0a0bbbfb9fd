//! What was done to this run: every intervention, to look at, change or take away.

use half_open::scenario::knob::Unit;
use half_open::scenario::{Change, Fault, FaultKind, Intervention};
use half_open::time::{SimDuration, SimTime};
use half_open_view::link::preset_of;
use yew::prelude::*;

use super::{breaker, chaos, textual};
use crate::controls::{Field, disclosure, section, toggle};
use crate::markup::html;
use crate::store::{Action, Selection, Store};
use crate::words;

const DAY: f64 = 86_400e9;

/// The whole list, out of the way, with the switch that says from when knobs are turned.
pub(super) fn view(store: &Store) -> Html {
    let by_hand = |done: &&Intervention| !matches!(done.change, Change::Struck(_));
    let interventions = &store.state.experiment.interventions;
    let title = format!("What was done · {}", interventions.iter().filter(by_hand).count());
    let store = store.clone();
    disclosure(title, move || {
        let interventions = &store.state.experiment.interventions;
        let from_start = store.dispatch.reform(Action::FromStart);
        let state = &store.state;
        let switch = if state.turns_from_start() && !state.from_start {
            // Whoever draws, or is to do something in a lesson, has no choice.
            html! { <p class="soft">{ "Here, knobs are turned from the start of the run." }</p> }
        } else {
            toggle("Turn knobs from the start of the run", state.from_start, from_start)
        };
        html! {
            <>
                { switch }
                <ol class="done">
                    { for (0u32..)
                        .zip(interventions)
                        // What chaos does is seen there.
                        .filter(|(_, done)| by_hand(done))
                        .map(|(index, done)| row(&store, index, done)) }
                </ol>
                if interventions.is_empty() {
                    <p class="soft">{ "Nothing yet: turn a knob, break something, send a request." }</p>
                }
                <div class="buttons">{ chaos::begin(&store, "Chaos everywhere", u64::MAX) }</div>
            </>
        }
    })
}

/// The intervention that is selected, if one is.
pub(super) fn selected(store: &Store) -> Html {
    let Selection::Intervention(index) = store.state.selection else { return Html::default() };
    let Some(done) = store.state.experiment.interventions.get(index as usize) else {
        return Html::default();
    };
    let more = match &done.change {
        Change::Chaos(chaos) => section("Chaos", chaos::view(store, index as usize, chaos)),
        _ => Html::default(),
    };
    html! {
        <>
            { section("Selected change", html! { <ol class="done">{ row(store, index, done) }</ol> }) }
            { more }
        </>
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
    let time = Field {
        name: format!("Time of “{what}”"),
        beside: false,
        unit: Unit::Duration(None),
        limits: (0.0, horizon),
        value: done.at.nanos() as f64,
    };
    let by_chaos = matches!(done.change, Change::Struck(_));
    let current = store.state.selection == Selection::Intervention(index);
    let more = match &done.change {
        Change::Fault(fault) => of_fault(store, place, &what, fault),
        Change::Chaos(chaos) => lasts(store, place, &what, chaos.lasts),
        Change::Struck(_) => chaos::source(store, place),
        Change::Set { knob, value } => {
            let (spec, knob) = (knob.spec(), *knob);
            let give = edit(store, place, move |value| Change::Set { knob, value });
            let field = Field {
                name: format!("Value of “{what}”"),
                beside: false,
                unit: spec.unit,
                limits: (spec.min, spec.max),
                value: *value,
            };
            field.view(give)
        }
        Change::SetBreaker { edge, settings } => {
            let give = store.dispatch.reform(move |change| Action::Edit {
                index: place,
                change,
                done: true,
            });
            breaker::presets(*edge, preset_of(settings), "like".into(), give)
        }
        _ => Html::default(),
    };
    html! {
        <li aria-current={current.then_some("true")}>
            if by_chaos {
                <span class="mono soft">{ done.at.to_string() }</span>
            } else {
                { time.view(moved) }
            }
            { textual("textual ink", what.clone(), store.show(Selection::Intervention(index), done.at)) }
            if !by_chaos {
                <button type="button" class="textual" aria-label={format!("Remove “{what}”")}
                    onclick={store.send(Action::Remove(place))}>{ "✕" }</button>
            }
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
            FaultKind::Delay(_) => Unit::Duration(None),
            _ => Unit::Share,
        };
        let give = edit(store, index, move |size| {
            Change::Fault(Fault { kind: fault.kind.with_size(size), ..fault })
        });
        let field =
            Field {
                name: format!("Size of “{what}”"), beside: false, unit, limits, value: size
            };
        html! {
            <>
                <span>{ words::size(unit) }</span>
                { field.view(give) }
            </>
        }
    });
    html! {
        <>
            { size }
            // What strikes once lasts until it has.
            if !fault.kind.strikes_once() {
                { lasts(store, index, what, fault.lasts) }
            }
        </>
    }
}

/// How long something goes on.
fn lasts(store: &Store, index: usize, what: &str, lasts: Option<SimDuration>) -> Html {
    let field = Field {
        name: format!("Duration of “{what}”"),
        beside: false,
        unit: Unit::Duration(Some("for ever")),
        limits: (0.0, DAY),
        value: lasts.map_or(0.0, |lasts| lasts.nanos() as f64),
    };
    let stretch = store.dispatch.reform(move |nanos| Action::Stretch {
        index,
        lasts: (nanos > 0.0).then(|| SimDuration::from_nanos_f64(nanos)),
        done: true,
    });
    html! { <div class="lasts"><span>{ "lasts" }</span>{ field.view(stretch) }</div> }
}

fn edit(store: &Store, index: usize, change: impl Fn(f64) -> Change + 'static) -> Callback<f64> {
    store.dispatch.reform(move |value| Action::Edit { index, change: change(value), done: true })
}
