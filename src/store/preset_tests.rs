//! What a visitor can rely on who lets a breaker behave like that of a library.

use half_open::policy::breaker::{Preset, Settings};
use half_open::run::{Limits, Run};
use half_open::scenario::knob::EdgeKnob;
use half_open::scenario::{Change, Knob, library};
use half_open::time::{SimDuration, SimTime};

use super::{Action, Hub, State};

const TIMEOUT: Knob = Knob::Edge(1, EdgeKnob::Timeout);

fn at(ms: u64) -> SimTime {
    SimTime::from_millis(ms)
}

fn hub() -> Hub {
    let hub = Hub::new(State::new(Run::new(library::payments(), Limits::default())), || 0.0);
    hub.dispatch(Action::Seek(at(7_000)));
    hub.frame(0.0);
    hub
}

fn behave_like(preset: Preset) -> Action {
    Action::Do(Change::SetBreaker { edge: 1, settings: Box::new(preset.in_scenario()) })
}

fn breaker_at(hub: &Hub, millis: u64) -> Settings {
    hub.state().experiment.scenario_at(at(millis)).edges[1].policy.breaker.clone()
}

#[test]
fn a_breaker_behaves_like_another_from_the_moment_that_is_shown_and_undo_brings_it_back() {
    let hub = hub();
    let before = hub.state().experiment.clone();
    let own = breaker_at(&hub, 0);
    hub.dispatch(Action::Turn { knob: Knob::Edge(1, EdgeKnob::MinCalls), value: 7.0, done: true });
    hub.dispatch(behave_like(Preset::Gobreaker));
    hub.dispatch(behave_like(Preset::Polly));
    let experiment = &hub.state().experiment;
    assert_eq!(experiment.interventions.len(), before.interventions.len() + 1);
    assert_eq!(breaker_at(&hub, 6_999), own);
    assert_eq!(breaker_at(&hub, 7_000), Preset::Polly.in_scenario());
    hub.dispatch(Action::Undo);
    assert_eq!(breaker_at(&hub, 7_000), Preset::Gobreaker.in_scenario());
    hub.dispatch(Action::Undo);
    hub.dispatch(Action::Undo);
    assert_eq!(hub.state().experiment, before);
}

#[test]
fn a_breaker_behaves_like_another_from_the_start_whatever_was_set_later() {
    let hub = hub();
    let before = hub.state().experiment.clone();
    let timeout = SimDuration::from_millis(400).nanos() as f64;
    hub.dispatch(behave_like(Preset::Gobreaker));
    hub.dispatch(Action::Turn { knob: TIMEOUT, value: timeout, done: true });
    hub.dispatch(Action::FromStart(true));
    hub.dispatch(behave_like(Preset::Polly));
    assert_eq!(breaker_at(&hub, 0), Preset::Polly.in_scenario());
    assert_eq!(breaker_at(&hub, 60_000), Preset::Polly.in_scenario());
    // What belongs to other policies stays.
    assert_eq!(TIMEOUT.get(&hub.state().experiment.scenario_at(at(7_000))), Some(timeout));
    assert_eq!(hub.state().experiment.interventions.len(), before.interventions.len() + 1);
}

#[test]
fn a_knob_of_a_breaker_is_turned_from_the_start_in_what_is_set_later_too() {
    let hub = hub();
    hub.dispatch(behave_like(Preset::Polly));
    hub.dispatch(Action::FromStart(true));
    let knob = Knob::Edge(1, EdgeKnob::MinCalls);
    hub.dispatch(Action::Turn { knob, value: 20.0, done: true });
    let mut expected = Preset::Polly.in_scenario();
    expected.window.min_calls = 20;
    assert_eq!(breaker_at(&hub, 7_000), expected);
    assert_eq!(breaker_at(&hub, 0).window.min_calls, 20);
    assert_ne!(breaker_at(&hub, 0), expected);
}
