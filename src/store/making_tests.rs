//! What a visitor can rely on while a long run is computed.

use std::cell::RefCell;
use std::rc::Rc;

use half_open::run::{Limits, Recorder, Run, Seeker};
use half_open::scenario::knob::ClientsKnob;
use half_open::scenario::{Experiment, Knob, library};
use half_open::time::SimTime;
use half_open_view::link;

use super::{Action, Hub, Selection, State};

const RATE: Knob = Knob::Clients(0, ClientsKnob::Rate);

fn at(ms: u64) -> SimTime {
    SimTime::from_millis(ms)
}

/// Many times as many requests as the scenario comes with.
fn busy(rate: f64) -> Experiment {
    let mut experiment = library::payments();
    RATE.set(&mut experiment.scenario, rate).expect("in range");
    experiment
}

/// A page on which every look at the clock takes so long that one slice is all that fits into a
/// frame.
fn slow_page(experiment: Experiment) -> Hub {
    thread_local!(static NOW: RefCell<f64> = const { RefCell::new(0.0) });
    let clock = || NOW.with_borrow_mut(|now| std::mem::replace(now, *now + 40.0));
    let hub = Hub::new(State::new(Run::new(experiment, Limits::default())), clock);
    hub.dispatch(Action::Seek(at(7_000)));
    hub.dispatch(Action::FromStart(true));
    while hub.frame(0.0) {}
    hub
}

fn turn(rate: f64, done: bool) -> Action {
    Action::Turn { knob: RATE, value: rate, done }
}

/// The states of all frames until nothing is computed any more.
fn frames(hub: &Hub) -> Vec<Rc<State>> {
    let mut states = vec![hub.state()];
    while hub.frame(states.len() as f64) {
        states.push(hub.state());
        assert!(states.len() < 1_000, "it never ends");
    }
    states.push(hub.state());
    states
}

fn is_part(state: &State) -> bool {
    !state.run.is_whole()
}

fn wait_for_a_part(hub: &Hub) {
    for frame in 0..1_000 {
        if is_part(&hub.state()) {
            return;
        }
        hub.frame(f64::from(frame));
    }
    panic!("no part of the run is ever seen");
}

fn ran_in_one_go(state: &State) {
    let anew = Run::new((*state.experiment).clone(), Limits::default());
    assert!(state.run.is_whole() && **state.run.experiment() == *state.experiment);
    assert_eq!(state.run.hash(), anew.hash());
    assert!(*state.run.index() == *anew.index(), "the same at a glance");
}

#[test]
fn the_new_future_is_seen_at_the_playhead_while_the_rest_of_it_comes() {
    let hub = slow_page(library::payments());
    let before = hub.state().run.clone();
    hub.dispatch(turn(200.0, true));
    let states = frames(&hub);
    let first = states.iter().position(|state| is_part(state)).expect("a part is seen");
    assert!(states[..first].iter().all(|state| Rc::ptr_eq(&state.run, &before)));
    let parts: Vec<&Rc<State>> = states[first..].iter().filter(|state| is_part(state)).collect();
    for state in &parts {
        assert!(state.computing && state.t == at(7_000) && state.run.end() > state.t);
        assert_eq!(**state.run.experiment(), *state.experiment, "nothing of the old run is left");
    }
    let mut ends: Vec<SimTime> = parts.iter().map(|state| state.run.end()).collect();
    assert!(ends.is_sorted());
    ends.dedup();
    assert!(ends.len() > 1 && ends.len() < parts.len(), "some looks, but not in every frame");
    ran_in_one_go(&hub.state());
}

#[test]
fn a_bar_is_shown_only_for_what_takes_long_and_only_as_long() {
    let quick = Hub::new(State::new(Run::new(busy(100.0), Limits::default())), || 0.0);
    quick.dispatch(Action::FromStart(true));
    quick.dispatch(turn(200.0, true));
    assert!(frames(&quick).iter().all(|state| state.progress.is_none()));

    let hub = slow_page(library::payments());
    hub.dispatch(turn(200.0, true));
    assert_eq!(hub.state().progress, None, "not at once");
    let states = frames(&hub);
    let told: Vec<(SimTime, SimTime)> = states.iter().filter_map(|state| state.progress).collect();
    assert!(told.len() > 3 && told.is_sorted());
    assert!(told.iter().all(|(known, end)| known <= end && *end == at(60_000)));
    assert_eq!(hub.state().progress, None);
}

#[test]
fn cancelling_goes_back_to_the_run_that_was_whole_and_loses_nothing() {
    for seen in [false, true] {
        let hub = slow_page(library::payments());
        let before = hub.state();
        hub.dispatch(turn(180.0, true));
        hub.dispatch(turn(200.0, true));
        let wanted = hub.state().experiment.clone();
        if seen {
            wait_for_a_part(&hub);
        }
        hub.dispatch(Action::Cancel);
        frames(&hub);
        let after = hub.state();
        assert!(Rc::ptr_eq(&after.run, &before.run), "the very run");
        assert_eq!(after.experiment, before.experiment);
        assert_eq!((after.t, after.computing, after.progress), (before.t, false, None));
        assert_eq!(after.history.steps().0.len(), before.history.steps().0.len());
        // Both changes can be had again, and taken back.
        hub.dispatch(Action::Redo);
        hub.dispatch(Action::Redo);
        frames(&hub);
        assert_eq!(hub.state().experiment, wanted);
        ran_in_one_go(&hub.state());
        hub.dispatch(Action::Undo);
        hub.dispatch(Action::Undo);
        frames(&hub);
        assert_eq!(hub.state().experiment, before.experiment);
        hub.dispatch(Action::Cancel);
        assert_eq!(hub.state().experiment, before.experiment, "there is nothing to cancel");
    }
}

#[test]
fn going_back_by_undo_computes_nothing() {
    let hub = slow_page(busy(150.0));
    let before = hub.state();
    hub.dispatch(turn(200.0, true));
    wait_for_a_part(&hub);
    hub.dispatch(Action::Undo);
    assert!(Rc::ptr_eq(&hub.state().run, &before.run) && !hub.state().computing);
}

#[test]
fn a_moment_that_is_not_simulated_yet_is_waited_for() {
    let hub = slow_page(library::payments());
    hub.dispatch(turn(200.0, true));
    wait_for_a_part(&hub);
    hub.dispatch(Action::Seek(at(55_000)));
    let states = frames(&hub);
    for state in &states {
        assert!(state.t <= state.run.end());
        let there = state.run.end() >= at(55_000);
        assert_eq!(state.t, if there { at(55_000) } else { at(7_000) });
    }
    assert!(states.iter().filter(|state| state.heading.is_some()).count() > 1, "it took a while");
    assert_eq!(hub.state().t, at(55_000));
}

#[test]
fn time_that_passes_stops_where_the_run_is_not_known_and_goes_on() {
    let hub = slow_page(library::payments());
    hub.dispatch(Action::SetSpeed(16));
    hub.dispatch(turn(200.0, true));
    wait_for_a_part(&hub);
    hub.dispatch(Action::Toggle);
    let (mut waited, mut frames) = (false, 0);
    while hub.state().playing {
        frames += 1;
        hub.frame(f64::from(frames) * 50.0);
        let state = hub.state();
        assert!(state.t <= state.run.end() && frames < 1_000);
        waited |= is_part(&state) && state.t == state.run.end();
    }
    assert!(waited);
    while hub.frame(0.0) {}
    assert_eq!(hub.state().t, at(60_000), "not a moment was left out");
    ran_in_one_go(&hub.state());
}

#[test]
fn a_moment_far_away_is_walked_to_in_slices() {
    let whole = Run::new(busy(200.0), Limits::default());
    let hub = slow_page(library::payments());
    hub.dispatch(Action::Load(Box::new(busy(200.0))));
    while hub.state().computing {
        hub.frame(0.0);
    }
    assert_eq!(hub.state().t, SimTime::ZERO);
    hub.dispatch(Action::Seek(at(58_000)));
    let states = frames(&hub);
    assert!(states.iter().filter(|state| state.t == SimTime::ZERO).count() > 2, "it took a while");
    assert_eq!((hub.state().t, hub.state().heading), (at(58_000), None));
    // What is selected on the way there, and the way back, is near.
    hub.dispatch(Action::Show(Selection::Node(1), at(2_000)));
    hub.frame(0.0);
    assert_eq!(hub.state().t, at(2_000));
    assert_eq!(hub.state().run.hash(), whole.hash());
}

#[test]
fn while_a_slider_moves_its_values_are_seen_where_somebody_looks() {
    let hub = slow_page(library::payments());
    let mut seen = Vec::new();
    for n in 0..60_u32 {
        hub.dispatch(turn(150.0 + f64::from(n), false));
        hub.frame(f64::from(n));
        seen.push(RATE.get(&hub.state().run.experiment().scenario));
    }
    seen.dedup();
    assert!(seen.len() > 5, "{seen:?}");
    hub.dispatch(turn(250.0, true));
    frames(&hub);
    assert_eq!(RATE.get(&hub.state().experiment.scenario), Some(250.0));
    ran_in_one_go(&hub.state());
    hub.dispatch(Action::Undo);
    frames(&hub);
    assert_eq!(*hub.state().experiment, library::payments());
}

#[test]
fn what_a_link_selects_is_a_part_of_its_own_system_and_not_of_the_one_that_was_shown() {
    let hub = slow_page(library::payments());
    for name in ["panels", "cascade", "no_timeout", "payments"] {
        let mut place = link::State::new(library::find(name).expect("it is built in"));
        place.view.selection = Selection::Node(1);
        hub.dispatch(Action::Restore(Box::new(place)));
        frames(&hub);
        assert_eq!(hub.state().selection, Selection::Node(1), "{name}");
    }
}

/// A link to a long run: the page opens with the part that is looked at.
#[test]
fn what_the_page_opens_with_is_gone_on_with_or_left_for_the_first_scenario() {
    for leave in [false, true] {
        let mut recorder = Recorder::new(busy(200.0), Limits::default());
        assert!(recorder.advance(60_000));
        let mut state = State::new(recorder.so_far());
        state.t = at(1_000);
        let hub = Hub::new(state, || 0.0);
        hub.go_on_with(Some(recorder), Seeker::new());
        assert!(hub.state().computing && !hub.state().has_way_back);
        if leave {
            hub.dispatch(Action::Cancel);
        }
        frames(&hub);
        let wanted = if leave { library::payments() } else { busy(200.0) };
        assert_eq!(*hub.state().experiment, wanted);
        assert_eq!(hub.state().history.can_undo(), leave);
        ran_in_one_go(&hub.state());
    }
}
