//! Drawing as steps of the page: each can be taken back, and what points at parts of a system follows
//! them or is let go of.

use std::sync::Arc;

use half_open::scenario::knob::{EdgeKnob, ServiceKnob};
use half_open::scenario::{Edit, Experiment, Knob, library};
use half_open::time::SimTime;
use half_open_view::link::{self, Selection};
use half_open_view::roll::Roll;

use super::tests::{hub, restored};
use super::{Action, Hub, State, Stroke};

fn drawing() -> Hub {
    let hub = hub();
    hub.dispatch(Action::Draw(Stroke::Begin));
    hub
}

fn draw(hub: &Hub, edit: Edit) {
    hub.dispatch(Action::Draw(Stroke::Make(edit)));
}

fn names(state: &State) -> Vec<String> {
    state.run.experiment().scenario.nodes.iter().map(|node| node.name.clone()).collect()
}

fn problem(hub: &Hub) -> String {
    let state = hub.state();
    let problem = state.drawing.as_ref().and_then(|drawing| drawing.problem.clone());
    problem.map_or_else(String::new, |problem| problem.to_string())
}

/// The page as a link to it opens it.
fn reloaded(hub: &Hub) -> State {
    let link = link::encode(&hub.state().place());
    restored(&link::decode(&link).expect("it was just written"))
}

#[test]
fn each_step_is_simulated_can_be_taken_back_and_is_in_the_link() {
    let hub = drawing();
    hub.dispatch(Action::Seek(SimTime::from_millis(2_000)));
    let first = hub.state().run.hash();
    let mut hashes = vec![first];
    let steps = [
        Edit::AddService(2),
        Edit::Connect { from: 3, to: 4 },
        Edit::Rename(4, "store".into()),
        Edit::AddClients(4),
        Edit::RemoveNode(2),
        Edit::RemoveCall(0),
    ];
    let count = steps.len();
    for edit in steps {
        draw(&hub, edit.clone());
        let state = hub.state();
        assert_eq!(problem(&hub), "", "{edit:?}");
        assert_eq!(**state.run.experiment(), *state.experiment, "{edit:?}");
        assert_eq!(state.t, SimTime::from_millis(2_000), "nobody went anywhere");
        assert_eq!(reloaded(&hub).run.hash(), state.run.hash(), "{edit:?}");
        hashes.push(state.run.hash());
    }
    for hash in hashes.iter().rev().skip(1) {
        hub.dispatch(Action::Undo);
        assert_eq!(hub.state().run.hash(), *hash);
    }
    assert_eq!(*hub.state().experiment, library::payments());
    for _ in 0..count {
        hub.dispatch(Action::Redo);
    }
    assert_eq!(hub.state().run.hash(), hashes[count]);
}

#[test]
fn a_drawn_system_is_one_of_its_own_and_starting_again_goes_back_to_it() {
    let hub = drawing();
    draw(&hub, Edit::AddService(1));
    let drawn = hub.state().experiment.clone();
    assert_eq!((&*drawn.scenario.name, &*drawn.scenario.title), ("my-system", "My system"));
    hub.dispatch(Action::Draw(Stroke::End));
    hub.dispatch(Action::Turn { knob: Knob::Edge(1, EdgeKnob::Timeout), value: 5e8, done: true });
    assert_ne!(*hub.state().experiment, *drawn);
    hub.dispatch(Action::StartAgain);
    assert_eq!(*hub.state().experiment, *drawn);

    hub.dispatch(Action::Draw(Stroke::Begin));
    hub.dispatch(Action::Draw(Stroke::Title("  ".into())));
    assert_eq!(problem(&hub), "a system needs a title.");
    hub.dispatch(Action::Draw(Stroke::Title("Payments".into())));
    let scenario = hub.state().experiment.scenario.clone();
    assert_eq!((&*scenario.name, &*scenario.title), ("my-payments", "Payments"));
    hub.dispatch(Action::Undo);
    assert_eq!(*hub.state().experiment, *drawn);
}

#[test]
fn what_is_refused_is_said_and_changes_nothing() {
    let hub = drawing();
    draw(&hub, Edit::Connect { from: 2, to: 1 });
    let circle = "bank cannot call api: calls would go in a circle, bank → api → bank.";
    assert_eq!(problem(&hub), circle);
    assert_eq!(*hub.state().experiment, library::payments());
    assert!(!hub.state().history.can_undo());
    hub.dispatch(Action::Select(Selection::Node(1)));
    assert_eq!(problem(&hub), "", "somebody went on");
}

#[test]
fn what_points_at_a_part_follows_it_there_and_back() {
    let hub = drawing();
    let selected = |hub: &Hub| hub.state().selection;
    hub.dispatch(Action::Select(Selection::Node(3)));
    hub.dispatch(Action::List(Some(Roll::Edge(2))));
    hub.dispatch(Action::TableFilter("ledger".into()));
    let listed = hub.state().table.question.clone();
    draw(&hub, Edit::RemoveNode(2));
    assert_eq!(names(&hub.state()), ["clients", "api", "ledger"]);
    assert_eq!(selected(&hub), Selection::Node(2));
    assert_eq!(hub.state().list, None);
    assert_ne!(hub.state().table.question, listed, "ledger has another place");
    hub.dispatch(Action::Undo);
    assert_eq!(selected(&hub), Selection::Node(3));
    assert_eq!(hub.state().table.question, listed);
    draw(&hub, Edit::RemoveNode(3));
    assert_eq!(selected(&hub), Selection::Nothing);
    assert!(hub.state().table.problem.is_some(), "nothing is called ledger");
    hub.dispatch(Action::Undo);
    assert_eq!(hub.state().table.problem, None);

    hub.dispatch(Action::Select(Selection::Edge(2)));
    draw(&hub, Edit::RemoveCall(1));
    assert_eq!(selected(&hub), Selection::Edge(1));
    draw(&hub, Edit::AddService(1));
    assert_eq!(selected(&hub), Selection::Node(4), "what is new");
    hub.dispatch(Action::Undo);
    assert_eq!(selected(&hub), Selection::Nothing);
}

#[test]
fn who_draws_sets_what_is_there_from_the_start() {
    let hub = drawing();
    hub.dispatch(Action::Seek(SimTime::from_millis(5_000)));
    let knob = Knob::Service(1, ServiceKnob::Parallel);
    hub.dispatch(Action::Turn { knob, value: 1.0, done: true });
    assert_eq!(knob.get(&hub.state().experiment.scenario), Some(1.0));
    assert!(!hub.state().from_start, "only as long as somebody draws");
}

#[test]
fn a_line_that_is_drawn_ends_at_a_card_or_makes_one() {
    let hub = drawing();
    let stretch = |from, to: Option<u8>| {
        hub.dispatch(Action::Draw(Stroke::Call(from, Some((0.0, 0.0)))));
        hub.dispatch(Action::Draw(Stroke::Stretch((90.0, 90.0))));
        hub.dispatch(Action::Draw(Stroke::LetGo(to)));
        hub.state()
    };
    let calls = |state: &State| state.experiment.scenario.edges.len();
    assert_eq!(calls(&stretch(2, Some(3))), 4);
    let state = stretch(3, None);
    assert_eq!((calls(&state), state.experiment.scenario.nodes.len()), (5, 5));
    let held = stretch(2, Some(2));
    let call = held.drawing.as_ref().and_then(|drawing| drawing.call);
    assert_eq!(call, Some((2, None)), "what is pressed next is called");
}

/// A link may hold anything beside a drawn system, and somebody may have drawn the other side of a pair.
#[test]
fn systems_of_different_shapes_can_be_seen_beside_each_other() {
    let small = library::payments();
    let edited = |edit| small.edited(&edit).expect("it can be drawn").0;
    let mut large = edited(Edit::AddService(3));
    for _ in 0..8 {
        large = large.edited(&Edit::AddClients(1)).expect("there is room").0;
    }
    for (here, ghost) in [(&small, &large), (&large, &small)] {
        for pair in [None, Some(link::Side::A), Some(link::Side::B)] {
            let place = link::State {
                ghost: Some(Experiment::clone(ghost)),
                pair,
                ..link::State::new(here.clone())
            };
            let state = restored(&link::decode(&link::encode(&place)).expect("it can be read"));
            let hub = Hub::new(state, || 0.0);
            let last = here.scenario.nodes.len() as u8 - 1;
            hub.dispatch(Action::Select(Selection::Node(last)));
            hub.dispatch(Action::Seek(SimTime::from_millis(9_000)));
            while hub.frame(0.0) {}
            assert!(hub.state().ghost.is_some());
            hub.dispatch(Action::SideBySide(true));
            for side in [link::Side::A, link::Side::B] {
                hub.dispatch(Action::Activate(side));
                while hub.frame(0.0) {}
                let state = hub.state();
                assert_eq!(**state.run.experiment(), *state.experiment);
            }
            assert!(super::differences(here, &Arc::new((*ghost).clone())).is_none());
        }
    }
}
