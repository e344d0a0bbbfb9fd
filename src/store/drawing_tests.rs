//! Drawing as steps of the page: each can be taken back, and what points at parts of a system follows
//! them or is let go of.

use std::sync::Arc;

use half_open::scenario::knob::{EdgeKnob, ServiceKnob};
use half_open::scenario::{Edit, Experiment, Knob, library};
use half_open::time::SimTime;
use half_open_view::draw::Size;
use half_open_view::link::{self, Selection};
use half_open_view::roll::Roll;
use half_open_view::stage::{Outline, Room, Toward};

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

fn columns(hub: &Hub) -> Vec<Vec<u8>> {
    hub.state().experiment.scenario.columns()
}

/// A card is dragged from its middle to a point.
fn drag(hub: &Hub, node: u8, to: (f32, f32)) {
    let outline = Outline::new(&hub.state().experiment, SIZE);
    let Room { x, y, w, h } = outline.nodes[usize::from(node)];
    let from = (x + w / 2.0, y + h / 2.0);
    for stroke in [
        Stroke::Hold(Some(node), from),
        Stroke::Stretch((f32::midpoint(from.0, to.0), f32::midpoint(from.1, to.1))),
        Stroke::Stretch(to),
        Stroke::LetGo(None),
        Stroke::Press(Selection::Node(node)),
    ] {
        hub.dispatch(Action::Draw(stroke));
    }
}

const SIZE: Size = Size { w: 1_000.0, h: 400.0 };

#[test]
fn a_card_that_is_moved_changes_nothing_that_happens_and_is_one_step() {
    let hub = drawing();
    hub.dispatch(Action::Draw(Stroke::Fit(SIZE)));
    let knob = Knob::Edge(0, EdgeKnob::Timeout);
    hub.dispatch(Action::Turn { knob, value: 4e8, done: true });
    let (before, forks) = (hub.state().run.clone(), hub.state().forks.all().len());
    assert_eq!(columns(&hub), [vec![0], vec![1], vec![2, 3]]);
    drag(&hub, 2, (500.0, 395.0));
    assert_eq!(columns(&hub), [vec![0], vec![1, 2], vec![3]]);
    assert_eq!(
        &*hub.state().drawing.as_ref().expect("drawing").said,
        "bank is 2 of 2 in layer 2 of 3."
    );
    assert_eq!(hub.state().selection, Selection::Nothing, "it was no click");
    assert_eq!(hub.state().run.hash(), before.hash());
    assert_eq!(hub.state().experiment.scenario.name, "payments", "it is the same system");
    assert_eq!(hub.state().forks.all().len(), forks);
    assert_eq!(reloaded(&hub).experiment, hub.state().experiment);
    hub.dispatch(Action::Draw(Stroke::Shift(2, Toward::Down)));
    assert_eq!(columns(&hub).len(), 3, "it is at the bottom");
    hub.dispatch(Action::Draw(Stroke::Shift(2, Toward::Right)));
    assert_eq!(columns(&hub), [[0], [1], [2], [3]]);
    for expected in [vec![vec![0], vec![1, 2], vec![3]], vec![vec![0], vec![1], vec![2, 3]]] {
        hub.dispatch(Action::Undo);
        assert_eq!(columns(&hub), expected);
    }
    assert_eq!(hub.state().run.experiment(), before.experiment());
    hub.dispatch(Action::Redo);
    hub.dispatch(Action::StartAgain);
    assert_eq!(columns(&hub), [vec![0], vec![1, 2], vec![3]], "where cards are has not happened");
    hub.dispatch(Action::Draw(Stroke::LayOut));
    assert!(!hub.state().experiment.scenario.is_arranged());
}

#[test]
fn a_pointer_that_hardly_moves_clicks_and_esc_puts_a_card_back() {
    let hub = drawing();
    hub.dispatch(Action::Draw(Stroke::Fit(SIZE)));
    let before = hub.state().experiment.clone();
    let draw = |stroke| {
        hub.dispatch(Action::Draw(stroke));
        hub.frame(0.0);
    };
    draw(Stroke::Hold(Some(1), (500.0, 200.0)));
    draw(Stroke::Stretch((503.0, 203.0)));
    assert_eq!(hub.state().dragged_columns(), None);
    draw(Stroke::LetGo(Some(1)));
    draw(Stroke::Press(Selection::Node(1)));
    assert_eq!(hub.state().selection, Selection::Node(1));
    draw(Stroke::Hold(Some(1), (500.0, 200.0)));
    draw(Stroke::Stretch((990.0, 203.0)));
    assert_eq!(hub.state().dragged_columns(), Some(vec![vec![0], vec![2, 3], vec![1]]));
    draw(Stroke::Drop);
    draw(Stroke::LetGo(None));
    assert_eq!(hub.state().experiment, before);
}
