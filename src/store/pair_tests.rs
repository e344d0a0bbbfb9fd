//! What can be relied on while two settings are shown side by side.

use std::rc::Rc;

use half_open::scenario::knob::EdgeKnob;
use half_open::scenario::{Change, Knob, library};

use super::tests::{FIRST, TIMEOUT, branches, hub, ms, restored, turn};
use super::{Action, Difference, Hub, Selection, Side, differences};

/// What is on each side, by name, and which one is active.
fn pair(hub: &Hub) -> Option<(String, String, Side)> {
    let forks = hub.state().forks.clone();
    let name = |side| forks.side(side).map(|branch| branch.name.to_string());
    Some((name(Side::A)?, name(Side::B)?, forks.pair()?))
}

fn sides(a: &str, b: &str, active: Side) -> Option<(String, String, Side)> {
    Some((a.into(), b.into(), active))
}

const PATIENT: &str = "timeout 900 ms at 7.0 s";
const EAGER: &str = "attempts 5 at 7.0 s";

fn eager() -> Action {
    Action::Turn { knob: Knob::Edge(0, EdgeKnob::Attempts), value: 5.0, done: true }
}

#[test]
fn a_pair_begins_with_the_same_twice_and_changes_go_to_b_alone() {
    let hub = hub();
    hub.dispatch(Action::SideBySide(true));
    hub.frame(0.0);
    assert_eq!(pair(&hub), sides(FIRST, FIRST, Side::B));
    let state = hub.state();
    assert!(Rc::ptr_eq(state.ghost.as_ref().expect("the other side"), &state.run));
    for value in [500, 700, 900] {
        hub.dispatch(turn(ms(value), value == 900));
        hub.frame(0.0);
        let now = hub.state();
        assert!(Rc::ptr_eq(now.ghost.as_ref().expect("A"), &state.run), "A is not run again");
        assert!(!Rc::ptr_eq(&now.run, &state.run));
    }
    assert_eq!(pair(&hub), sides(FIRST, PATIENT, Side::B));
    hub.dispatch(eager());
    assert_eq!(pair(&hub), sides(FIRST, EAGER, Side::B), "a pair stays a pair");
    assert!(Rc::ptr_eq(hub.state().ghost.as_ref().expect("A"), &state.run));
}

#[test]
fn either_side_can_be_changed_and_the_other_one_stays_as_it_is() {
    let hub = hub();
    hub.dispatch(turn(ms(900), true));
    let patient = hub.state().run.clone();
    hub.dispatch(Action::SideBySide(true));
    assert_eq!(pair(&hub), sides(FIRST, PATIENT, Side::B), "the ghost is A");
    hub.dispatch(Action::Activate(Side::A));
    assert_eq!(pair(&hub), sides(FIRST, PATIENT, Side::A));
    let state = hub.state();
    assert_eq!(**state.run.experiment(), library::payments());
    assert!(Rc::ptr_eq(state.ghost.as_ref().expect("B"), &patient), "nothing is run again");
    hub.dispatch(eager());
    assert_eq!(pair(&hub), sides(EAGER, PATIENT, Side::A));
    assert!(Rc::ptr_eq(hub.state().ghost.as_ref().expect("B"), &patient));
    // A branch that is the other side becomes the active one, any other one takes its place.
    let forks = hub.state().forks.clone();
    let b = forks.side(Side::B).expect("B").id;
    hub.dispatch(Action::Jump(b));
    assert_eq!(pair(&hub), sides(EAGER, PATIENT, Side::B));
    hub.dispatch(Action::Jump(0));
    assert_eq!(pair(&hub), sides(EAGER, FIRST, Side::B));
    hub.dispatch(Action::SideBySide(false));
    assert_eq!(pair(&hub), None);
    assert_eq!(branches(&hub).2.as_deref(), Some(EAGER), "A stays as the ghost");
    hub.dispatch(Action::Dismiss);
    hub.dispatch(Action::SideBySide(true));
    hub.dispatch(Action::SideBySide(false));
    assert_eq!(branches(&hub).2, None, "nothing is its own ghost");
}

#[test]
fn undo_goes_back_within_a_pair_and_leaves_it_open() {
    let hub = hub();
    hub.dispatch(turn(ms(900), true));
    hub.dispatch(Action::SideBySide(true));
    hub.dispatch(Action::Activate(Side::A));
    hub.dispatch(eager());
    let before = pair(&hub);
    hub.dispatch(Action::Undo);
    assert_eq!(pair(&hub), sides(FIRST, PATIENT, Side::A));
    hub.dispatch(Action::Undo);
    assert_eq!(pair(&hub), sides(FIRST, PATIENT, Side::B), "which side is active, too");
    hub.dispatch(Action::Undo);
    assert_eq!(pair(&hub), sides(FIRST, FIRST, Side::B), "the change before it was opened");
    assert!(!hub.state().history.can_undo());
    for _ in 0..3 {
        hub.dispatch(Action::Redo);
    }
    assert_eq!(pair(&hub), before);
    hub.dispatch(Action::SideBySide(false));
    hub.dispatch(Action::Undo);
    assert_eq!(pair(&hub), None, "what was closed stays closed");
    assert_eq!(branches(&hub).1, FIRST);
}

#[test]
fn both_sides_of_a_pair_have_the_same_luck() {
    let hub = hub();
    hub.dispatch(turn(ms(900), true));
    hub.dispatch(Action::SideBySide(true));
    let seeds = |hub: &Hub| {
        let forks = hub.state().forks.clone();
        Side::BOTH.map(|side| forks.side(side).expect("a side").experiment.seed)
    };
    hub.dispatch(Action::Activate(Side::A));
    for seed in [7, 8] {
        hub.dispatch(Action::Seed(seed));
        assert_eq!(seeds(&hub), [seed; 2]);
    }
    let names = branches(&hub).0;
    assert_eq!(names, [FIRST, PATIENT, "seed 8", "seed 8"], "two for all the luck that was tried");
    let differ = |hub: &Hub| {
        let forks = hub.state().forks.clone();
        let [a, b] = Side::BOTH.map(|side| forks.side(side).expect("a side").experiment.clone());
        differences(&a, &b)
    };
    assert_eq!(differ(&hub), Some(vec![Difference::Knob(TIMEOUT)]));
    hub.dispatch(Action::Undo);
    hub.dispatch(Action::Undo);
    assert_eq!((seeds(&hub), pair(&hub)), ([42; 2], sides(FIRST, PATIENT, Side::A)));
    hub.dispatch(Action::Activate(Side::B));

    hub.dispatch(Action::Copy(Difference::Knob(TIMEOUT), Side::A));
    assert_eq!(differ(&hub), Some(Vec::new()));
    let Some((_, b, active)) = pair(&hub) else { panic!("a pair") };
    assert_eq!((b.as_str(), active), (PATIENT, Side::A), "the side that changes is active");
}

#[test]
fn a_link_brings_the_pair_back() {
    let hub = hub();
    for action in [turn(ms(900), true), Action::SideBySide(true), eager()] {
        hub.dispatch(action);
    }
    for side in [Side::B, Side::A] {
        hub.dispatch(Action::Activate(side));
        let place = hub.state().place();
        let again = Hub::new(restored(&place), || 0.0);
        assert_eq!(again.state().place(), place);
        assert_eq!(again.state().forks.all().len(), 2);
        let first = again.state().forks.all()[0].clone();
        let a = hub.state().forks.side(Side::A).expect("A").experiment.clone();
        assert_eq!(first.experiment, a, "what is compared with comes first");
        while again.state().ghost.is_none() {
            assert!(again.frame(0.0), "another frame is needed for the other side");
        }
        // Somebody goes back to how it was, and on again.
        let state = hub.state();
        hub.dispatch(Action::SideBySide(false));
        hub.dispatch(Action::Restore(Box::new(place.clone())));
        assert_eq!((hub.state().place(), pair(&hub).is_some()), (place, true));
        assert_eq!(hub.state().forks.all().len(), state.forks.all().len());
    }
    let same = half_open_view::link::State {
        pair: Some(Side::A),
        ..half_open_view::link::State::new(library::payments())
    };
    let again = Hub::new(restored(&same), || 0.0);
    assert_eq!((pair(&again), again.state().place()), (sides(FIRST, FIRST, Side::A), same));
}

#[test]
fn a_branch_of_a_pair_that_is_taken_away_leaves_a_pair() {
    let hub = hub();
    for action in [turn(ms(900), true), Action::SideBySide(true), eager()] {
        hub.dispatch(action);
    }
    hub.dispatch(Action::Forget(0));
    assert_eq!(pair(&hub), sides(EAGER, EAGER, Side::B));
    hub.dispatch(Action::Undo);
    assert_eq!(pair(&hub), sides(FIRST, EAGER, Side::B));
    hub.dispatch(Action::Forget(hub.state().forks.here()));
    assert_eq!(pair(&hub), sides(FIRST, PATIENT, Side::B));
    hub.dispatch(Action::StartAgain);
    assert_eq!(pair(&hub), None);
}

#[test]
fn what_is_looked_at_closely_is_the_same_on_the_other_side() {
    let hub = hub();
    hub.dispatch(Action::Do(Change::Burst(0)));
    hub.dispatch(Action::SideBySide(true));
    let state = hub.state();
    let late = state.run.index().requests.len() as u32 - 200;
    hub.dispatch(Action::Select(Selection::Request(late)));
    hub.dispatch(Action::Activate(Side::A));
    let Selection::Request(twin) = hub.state().selection else { panic!("the same request") };
    assert_ne!(twin, late);
    assert_eq!(hub.state().run.log().request(twin), state.run.log().request(late));
    hub.dispatch(Action::Activate(Side::B));
    assert_eq!(hub.state().selection, Selection::Request(late));
}
