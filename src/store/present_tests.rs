//! What a presenter can rely on.

use half_open::scenario::knob::EdgeKnob;
use half_open::scenario::{Change, FaultKind, Knob};
use half_open::time::SimTime;
use half_open_view::link::Selection;

use super::present::{Deed, Present, Show, deeds};
use super::tour_tests::{TIMEOUT, at, begin, hub};
use super::{Action, Guess, Hub, Side, Stroke};

fn show(hub: &Hub, show: Show) {
    hub.dispatch(Action::Present(show));
    for _ in 0..500 {
        hub.frame(0.0);
    }
}

fn beat(hub: &Hub) -> Option<usize> {
    hub.state().tour.as_ref().map(|tour| tour.beat)
}

fn faults(hub: &Hub) -> usize {
    let is_fault = |change: &Change| matches!(change, Change::Fault(_));
    hub.state().experiment.interventions.iter().filter(|done| is_fault(&done.change)).count()
}

#[test]
fn one_press_after_the_other_leads_through_a_whole_lesson() {
    let hub = hub();
    begin(&hub, "well");
    show(&hub, Show::Begin);
    show(&hub, Show::On);
    assert_eq!((beat(&hub), hub.state().t), (Some(0), at(3_000)), "to the end of what moves");
    show(&hub, Show::On);
    assert_eq!(beat(&hub), Some(1));
    assert!(hub.state().hides_future(), "nobody has guessed");
    show(&hub, Show::On);
    let guess = hub.state().tour.as_ref().and_then(|tour| tour.guess);
    assert_eq!((beat(&hub), guess), (Some(1), Some(Guess::Passed)));
    assert!(hub.state().playing, "the answer is on its way");
    show(&hub, Show::On);
    assert_eq!((beat(&hub), hub.state().t), (Some(1), at(5_000)));
    assert!(!hub.state().hides_future());
    for _ in 0..2 {
        show(&hub, Show::On);
    }
    show(&hub, Show::On);
    assert_eq!(beat(&hub), Some(3));
    show(&hub, Show::On);
    assert_ne!(TIMEOUT.get(&hub.state().experiment.scenario), Some(50e6));
    show(&hub, Show::On);
    let state = hub.state();
    assert_eq!(TIMEOUT.get(&state.experiment.scenario), Some(50e6), "the solution");
    assert_eq!((beat(&hub), state.t, state.playing), (Some(3), at(4_000), true), "in motion");
    for _ in 0..2 {
        show(&hub, Show::On);
    }
    assert_eq!(
        hub.state().tour.as_ref().map(|tour| tour.beat_name().to_owned()),
        Some("end".into())
    );
    show(&hub, Show::On);
    assert_eq!(beat(&hub), Some(4), "there is nothing after the end");
    show(&hub, Show::Back);
    assert_eq!(beat(&hub), Some(3));
}

#[test]
fn who_has_done_what_is_to_be_done_goes_on() {
    let hub = hub();
    begin(&hub, "try");
    show(&hub, Show::Begin);
    show(&hub, Show::On);
    hub.dispatch(Action::Turn { knob: TIMEOUT, value: 10e6, done: true });
    hub.frame(0.0);
    show(&hub, Show::On);
    assert_eq!(beat(&hub), Some(4), "another solution is one as well");
}

#[test]
fn without_a_lesson_a_press_plays_and_pauses() {
    let hub = hub();
    show(&hub, Show::On);
    assert!(!hub.state().playing, "nobody presents");
    show(&hub, Show::Begin);
    show(&hub, Show::On);
    assert!(hub.state().playing);
    show(&hub, Show::On);
    assert!(!hub.state().playing);
    hub.dispatch(Action::Seek(at(5_000)));
    show(&hub, Show::Back);
    assert_eq!(hub.state().t, SimTime::ZERO);
}

#[test]
fn what_lies_over_the_stage_goes_when_it_is_presented() {
    let hub = hub();
    hub.dispatch(Action::SideBySide(true));
    hub.dispatch(Action::Activate(Side::B));
    hub.dispatch(Action::Table(true));
    show(&hub, Show::Begin);
    let state = hub.state();
    assert!(state.forks.pair().is_none() && !state.table_open && !state.panel_open);
    show(&hub, Show::End);
    hub.dispatch(Action::Draw(Stroke::Begin));
    show(&hub, Show::Begin);
    assert!(hub.state().drawing.is_none());
}

#[test]
fn a_service_is_slow_until_the_same_key_mends_it() {
    let hub = hub();
    show(&hub, Show::Begin);
    hub.dispatch(Action::Seek(at(1_000)));
    let before = hub.state().experiment.clone();
    show(&hub, Show::Do(Deed::Slow));
    assert_eq!(faults(&hub), 3, "the bank is broken later as well");
    let done = |hub: &Hub| deeds(&hub.state()).into_iter().find(|(deed, ..)| *deed == Deed::Slow);
    hub.dispatch(Action::Seek(at(2_000)));
    assert_eq!(done(&hub), Some((Deed::Slow, "bank".into(), true)));
    show(&hub, Show::Do(Deed::Slow));
    assert_eq!(done(&hub), Some((Deed::Slow, "bank".into(), false)));
    let lasts = hub.state().experiment.interventions.iter().find_map(|done| match &done.change {
        Change::Fault(fault) if matches!(fault.kind, FaultKind::Slow(_)) => fault.lasts,
        _ => None,
    });
    assert_eq!(lasts.map(|lasts| lasts.seconds()), Some(1.0));
    hub.dispatch(Action::Undo);
    hub.dispatch(Action::Undo);
    assert_eq!(hub.state().experiment, before);
}

#[test]
fn clients_are_aligned_and_spread_in_one_step_each() {
    let hub = hub();
    show(&hub, Show::Begin);
    hub.dispatch(Action::Seek(at(1_000)));
    let before = hub.state().experiment.clone();
    show(&hub, Show::Do(Deed::Align));
    let aligned = hub.state().experiment.clone();
    assert!(aligned.interventions.iter().any(|done| done.change == Change::Burst(0)));
    let jitter = Knob::Edge(0, EdgeKnob::Backoff);
    assert_eq!(aligned.value_at(jitter, at(1_001)), Some(2.0), "doubling, without jitter");
    show(&hub, Show::Do(Deed::Spread));
    assert_eq!(hub.state().experiment.value_at(jitter, at(1_001)), Some(5.0), "full jitter");
    hub.dispatch(Action::Undo);
    assert_eq!(hub.state().experiment, aligned);
    hub.dispatch(Action::Undo);
    assert_eq!(hub.state().experiment, before);
}

#[test]
fn the_next_response_is_lost_on_the_line_that_is_selected() {
    let hub = hub();
    show(&hub, Show::Begin);
    let of = |hub: &Hub| deeds(&hub.state()).into_iter().find(|(deed, ..)| *deed == Deed::Lose);
    assert_eq!(of(&hub).map(|(_, whom, _)| whom), Some("clients → api".into()));
    hub.dispatch(Action::Select(Selection::Edge(1)));
    assert_eq!(of(&hub).map(|(_, whom, _)| whom), Some("api → bank".into()));
    show(&hub, Show::Do(Deed::Lose));
    assert_eq!(faults(&hub), 3);
}

#[test]
fn one_service_after_the_other_is_seen_from_near() {
    let hub = hub();
    begin(&hub, "well");
    let zoom = |hub: &Hub| hub.state().present.clone().and_then(|present| present.zoom);
    show(&hub, Show::Begin);
    show(&hub, Show::Closer);
    assert_eq!(zoom(&hub), Some(2), "the one that is broken in this run");
    show(&hub, Show::Beside(-1));
    assert_eq!(zoom(&hub), Some(1));
    show(&hub, Show::Beside(-1));
    assert_eq!(zoom(&hub), Some(3), "round and round");
    show(&hub, Show::Look(2));
    show(&hub, Show::Look(2));
    assert_eq!(zoom(&hub), None, "pressed again, all is seen");
    show(&hub, Show::Closer);
    for _ in 0..2 {
        show(&hub, Show::On);
    }
    assert_eq!(hub.state().present, Some(Present::default()), "the next step may be about others");
}
