//! What a visitor of a lesson can rely on.

use std::rc::Rc;

use half_open::run::{Limits, Run};
use half_open::scenario::knob::EdgeKnob;
use half_open::scenario::{Cell, Knob, library};
use half_open::time::{SimDuration, SimTime};
use half_open_view::lesson::{Beat, Lesson, Question, Task};
use half_open_view::link;

use super::tour::beat_of;
use super::{Action, Guess, Hub, SPEEDS, Selection, State, Stroke, Turn};

pub(super) const TIMEOUT: Knob = Knob::Edge(1, EdgeKnob::Timeout);

pub(super) fn at(ms: u64) -> SimTime {
    SimTime::from_millis(ms)
}

/// A beat of the payments, from a moment to another one.
fn beat(name: &str, from: u64, to: u64, change: impl Fn(&mut link::State)) -> Beat {
    let mut place = link::State::new(library::payments());
    place.view.at = at(from);
    change(&mut place);
    Beat { name: name.into(), link: link::encode(&place), until: at(to), ..Beat::default() }
}

fn impatient(place: &mut link::State) {
    assert!(TIMEOUT.set(&mut place.experiment.scenario, 50e6).is_ok());
}

pub(super) fn lesson() -> Rc<Lesson> {
    let question = Question {
        asks: "How many?".into(),
        answer: "count \"timed out\"".into(),
        between: (0.0, 40.0),
        ..Question::default()
    };
    let shown = beat("", 0, 0, impatient).link;
    let goals = vec!["count \"bank timed out\" in 0 s..3 s > 0".into()];
    let task = Task { goals, shown, ..Task::default() };
    let beats = vec![
        beat("well", 1_000, 3_000, |_| ()),
        Beat { question: Some(question), ..beat("guess", 3_500, 5_000, |_| ()) },
        Beat {
            look: vec!["bank".into(), "api-bank".into()],
            ..beat("other", 2_000, 2_500, |place| {
                impatient(place);
                place.view.selection = Selection::Edge(1);
            })
        },
        Beat { task: Some(task), ..beat("try", 4_000, 4_100, |_| ()) },
    ];
    Rc::new(Lesson { name: "lesson".into(), beats, ..Lesson::default() })
}

pub(super) fn hub() -> Hub {
    Hub::new(State::new(Run::new(library::payments(), Limits::default())), || 0.0)
}

fn tour(hub: &Hub, turn: Turn) {
    hub.dispatch(Action::Tour(turn));
    for _ in 0..500 {
        hub.frame(0.0);
    }
}

/// Lets time pass until it stops.
fn watch(hub: &Hub) {
    for _ in 0..2_000 {
        if !hub.state().playing {
            return;
        }
        hub.dispatch(Action::Tick(0.05));
    }
    panic!("time did not stop");
}

pub(super) fn begin(hub: &Hub, name: &str) {
    let lesson = lesson();
    let beat = beat_of(&lesson, name);
    tour(hub, Turn::Begin(lesson, beat, None));
}

#[test]
fn time_passes_to_the_end_of_a_beat_and_on_if_somebody_wants() {
    let hub = hub();
    begin(&hub, "well");
    assert_eq!(hub.state().t, at(1_000));
    assert!(hub.state().playing);
    assert_eq!(SPEEDS[hub.state().speed].0, 0.25, "two seconds in eight");
    watch(&hub);
    assert_eq!(hub.state().t, at(3_000));
    hub.dispatch(Action::Toggle);
    hub.dispatch(Action::Tick(1.0));
    assert!(hub.state().t > at(3_000) && hub.state().playing);
    assert!(hub.state().tour.is_some(), "who looks further is still in the lesson");
}

#[test]
fn who_does_not_want_to_watch_sees_what_it_comes_to_and_then_goes_on() {
    let hub = hub();
    begin(&hub, "well");
    tour(&hub, Turn::Next);
    let state = hub.state();
    assert_eq!((state.t, state.playing), (at(3_000), false));
    assert_eq!(state.tour.as_ref().map(|tour| tour.beat), Some(0));
    tour(&hub, Turn::Next);
    assert_eq!(hub.state().tour.as_ref().map(|tour| tour.beat), Some(1));
}

/// Goes on to the next beat, whatever there is to be seen of this one.
fn next(hub: &Hub) {
    let here = hub.state().tour.as_ref().map(|tour| tour.beat);
    while hub.state().tour.as_ref().map(|tour| tour.beat) == here {
        tour(hub, Turn::Next);
    }
}

#[test]
fn back_shows_the_beat_before_exactly() {
    let hub = hub();
    begin(&hub, "well");
    let first = (hub.state().t, hub.state().experiment.clone(), hub.state().viewport);
    for _ in 0..2 {
        next(&hub);
    }
    assert_eq!(hub.state().selection, Selection::Edge(1));
    let look = hub.state().look().map(|look| look.to_vec());
    assert_eq!(look, Some(vec![Selection::Node(2), Selection::Edge(1)]));
    assert_eq!(TIMEOUT.get(&hub.state().experiment.scenario), Some(50e6));
    for _ in 0..5 {
        tour(&hub, Turn::Back);
    }
    let state = hub.state();
    assert_eq!((state.t, state.experiment.clone(), state.viewport), first);
    assert_eq!(state.tour.as_ref().map(|tour| tour.beat), Some(0));
}

#[test]
fn who_is_asked_answers_before_time_passes() {
    let hub = hub();
    begin(&hub, "guess");
    assert!(!hub.state().playing && hub.state().hides_future());
    tour(&hub, Turn::Draft(12.0));
    assert_eq!(hub.state().tour.as_ref().map(|tour| (tour.draft, tour.guess)), Some((12.0, None)));
    tour(&hub, Turn::Guess(Guess::Of(12.0)));
    assert!(hub.state().playing && hub.state().hides_future());
    watch(&hub);
    assert_eq!(hub.state().t, at(5_000));
    assert!(!hub.state().hides_future());
    hub.dispatch(Action::Seek(at(4_000)));
    assert!(!hub.state().hides_future(), "what has been seen is not hidden again");
    // Whoever does not want to guess goes on.
    begin(&hub, "guess");
    tour(&hub, Turn::Next);
    assert_eq!(hub.state().tour.as_ref().map(|tour| tour.beat), Some(2));
}

#[test]
fn what_is_tried_changes_the_run_from_its_start_and_can_be_shown_and_taken_back() {
    let hub = hub();
    begin(&hub, "try");
    watch(&hub);
    assert!(!hub.state().is_off_the_path());
    hub.dispatch(Action::Turn { knob: TIMEOUT, value: 80e6, done: true });
    assert_eq!(TIMEOUT.get(&hub.state().experiment.scenario), Some(80e6), "from the start");
    assert!(hub.state().is_off_the_path());
    tour(&hub, Turn::Show);
    assert_eq!(TIMEOUT.get(&hub.state().experiment.scenario), Some(50e6));
    hub.dispatch(Action::Undo);
    assert_eq!(TIMEOUT.get(&hub.state().experiment.scenario), Some(80e6));
    tour(&hub, Turn::Return);
    assert!(!hub.state().is_off_the_path());
    assert_eq!(hub.state().t, at(4_000));
}

#[test]
fn after_the_last_beat_comes_the_end_and_another_scenario_ends_the_lesson() {
    let hub = hub();
    begin(&hub, "try");
    next(&hub);
    let state = hub.state();
    let tour_now = state.tour.as_ref().expect("still in the lesson");
    assert_eq!((tour_now.beat(), tour_now.beat_name()), (None, "end"));
    assert!(!state.playing);
    tour(&hub, Turn::Next);
    assert!(hub.state().tour.is_some(), "there is nothing after the end");
    hub.dispatch(Action::Load(Box::new(library::contention())));
    assert!(hub.state().tour.is_none());
}

#[test]
fn a_lesson_that_is_resumed_shows_what_somebody_made_of_it() {
    let hub = hub();
    let mut place = link::State::new(library::payments());
    impatient(&mut place);
    place.view.at = at(2_345);
    let lesson = lesson();
    tour(&hub, Turn::Resume(lesson.clone(), 1, Some(Guess::Of(7.0)), Box::new(place)));
    let state = hub.state();
    assert_eq!((state.t, state.playing), (at(2_345), false));
    assert!(state.is_off_the_path());
    let tour = state.tour.as_ref().expect("a lesson");
    assert_eq!((tour.beat, tour.guess), (1, Some(Guess::Of(7.0))));
}

#[test]
fn who_draws_and_begins_a_lesson_is_told_it() {
    let hub = hub();
    hub.dispatch(Action::Draw(Stroke::Begin));
    assert!(hub.state().drawing.is_some());
    begin(&hub, "well");
    assert!(hub.state().drawing.is_none());
}

#[test]
fn a_card_that_was_moved_is_no_other_system() {
    let hub = hub();
    let mut place = link::State::new(library::payments());
    place.experiment.scenario.nodes[2].place = Some(Cell { column: 3, row: 0 });
    tour(&hub, Turn::Resume(lesson(), 0, None, Box::new(place)));
    assert!(!hub.state().is_off_the_path());
}

#[test]
fn a_run_that_ends_before_the_beat_is_all_there_is_to_see() {
    let hub = hub();
    let mut place = link::State::new(library::payments());
    place.experiment.scenario.horizon = SimDuration::from_millis(2_000);
    place.experiment.interventions.clear();
    tour(&hub, Turn::Resume(lesson(), 0, None, Box::new(place)));
    tour(&hub, Turn::Next);
    assert_eq!(hub.state().t, at(2_000));
    tour(&hub, Turn::Next);
    assert_eq!(hub.state().tour.as_ref().map(|tour| tour.beat), Some(1));
}
