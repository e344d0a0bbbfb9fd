//! What a visitor can rely on, whatever the page looks like.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use half_open::run::{Limits, Run, Seeker};
use half_open::scenario::knob::{ClientsKnob, EdgeKnob};
use half_open::scenario::{Change, Fault, FaultKind, Knob, Target, library};
use half_open::time::{SimDuration, SimTime};
use yew::Callback;

use super::{Action, Hub, Range, Selection, State, View};

pub(super) const TIMEOUT: Knob = Knob::Edge(1, EdgeKnob::Timeout);

pub(super) fn ms(ms: u64) -> f64 {
    SimDuration::from_millis(ms).nanos() as f64
}

fn at(ms: u64) -> SimTime {
    SimTime::from_millis(ms)
}

pub(super) fn hub() -> Hub {
    let hub = Hub::new(State::new(Run::new(library::payments(), Limits::default())), || 0.0);
    hub.dispatch(Action::Seek(at(7_000)));
    hub.frame(0.0);
    hub
}

pub(super) fn restored(place: &half_open_view::link::State) -> State {
    State::restored(Run::new(place.experiment.clone(), Limits::default()), place.clone())
}

pub(super) fn turn(value: f64, done: bool) -> Action {
    Action::Turn { knob: TIMEOUT, value, done }
}

#[test]
fn a_drag_is_one_step_to_undo() {
    let hub = hub();
    let before = hub.state().experiment.clone();
    for (frame, value) in [400, 500, 600].into_iter().enumerate() {
        hub.dispatch(turn(ms(value), false));
        hub.frame(frame as f64);
    }
    hub.dispatch(turn(ms(700), true));
    let state = hub.state();
    assert_eq!(TIMEOUT.get(&state.experiment.scenario_at(state.t)), Some(ms(700)));
    assert_eq!(state.experiment.interventions.len(), before.interventions.len() + 1);
    assert_eq!(**state.run.experiment(), *state.experiment);
    hub.dispatch(Action::Undo);
    assert_eq!(hub.state().experiment, before);
    assert!(!hub.state().history.can_undo());
    hub.dispatch(Action::Redo);
    assert_eq!(hub.state().experiment, state.experiment);
}

/// Nobody can give up after a nanosecond.
#[test]
fn a_turn_that_cannot_be_run_changes_nothing_and_blocks_nothing() {
    let experiment = library::payments();
    let hub = hub();
    for from_start in [false, true] {
        hub.dispatch(Action::FromStart(from_start));
        hub.dispatch(turn(1.0, true));
        let state = hub.state();
        assert_eq!(*state.experiment, experiment);
        assert!(
            state.notice.as_ref().is_some_and(|notice| notice.starts_with("Nothing was changed"))
        );
    }
    hub.dispatch(turn(ms(500), true));
    assert_ne!(*hub.state().experiment, experiment);
}

#[test]
fn many_movements_in_a_frame_are_one() {
    let hub = hub();
    hub.dispatch(turn(ms(400), false));
    hub.dispatch(turn(ms(500), false));
    assert!(!hub.state().history.can_undo());
    hub.frame(1.0);
    assert_eq!(TIMEOUT.get(&hub.state().experiment.scenario_at(at(7_000))), Some(ms(500)));
}

#[test]
fn a_knob_takes_effect_now_or_from_the_start() {
    let hub = hub();
    hub.dispatch(turn(ms(400), true));
    let state = hub.state();
    assert_eq!(TIMEOUT.get(&state.experiment.scenario), Some(ms(300)));
    assert_eq!(TIMEOUT.get(&state.experiment.scenario_at(at(6_999))), Some(ms(300)));
    hub.dispatch(Action::FromStart(true));
    hub.dispatch(turn(ms(400), true));
    let state = hub.state();
    assert_eq!(TIMEOUT.get(&state.experiment.scenario), Some(ms(400)));
}

#[test]
fn what_is_refused_changes_nothing_and_says_so() {
    let hub = hub();
    let before = hub.state().experiment.clone();
    hub.dispatch(turn(-1.0, true));
    assert_eq!(hub.state().experiment, before);
    assert!(!hub.state().history.can_undo());
    assert!(hub.state().notice.is_some());
}

#[test]
fn a_fault_begins_now_and_is_over_when_it_is_healed() {
    let hub = hub();
    let fault = Fault { target: Target::Node(3), kind: FaultKind::Hang, lasts: None };
    hub.dispatch(Action::Do(Change::Fault(fault)));
    let Selection::Intervention(index) = hub.state().selection else { panic!("it is selected") };
    hub.dispatch(Action::Seek(at(8_500)));
    hub.frame(0.0);
    hub.dispatch(Action::Heal(index as usize));
    let state = hub.state();
    let Change::Fault(fault) = &state.experiment.interventions[index as usize].change else {
        panic!("it is a fault");
    };
    assert_eq!(fault.lasts, Some(SimDuration::from_millis(1_500)));
}

#[test]
fn a_fault_that_is_dragged_past_another_stays_selected() {
    let hub = hub();
    hub.dispatch(Action::Select(Selection::Intervention(0)));
    for to in [10_000, 12_000, 14_000] {
        hub.dispatch(Action::Move { index: 0, at: at(to), done: false });
        hub.frame(0.0);
    }
    hub.dispatch(Action::Move { index: 0, at: at(14_000), done: true });
    let state = hub.state();
    assert_eq!(state.selection, Selection::Intervention(1));
    assert_eq!(state.experiment.interventions[1].at, at(14_000));
    hub.dispatch(Action::Undo);
    assert_eq!(hub.state().experiment.interventions[0].at, at(4_000));
}

#[test]
fn steps_go_from_event_to_event_and_back() {
    let hub = hub();
    let start = hub.state().t;
    hub.dispatch(Action::StepEvent(1));
    let next = hub.state().t;
    assert!(next > start);
    hub.dispatch(Action::StepEvent(1));
    hub.dispatch(Action::StepEvent(-1));
    assert_eq!(hub.state().t, next);
    hub.dispatch(Action::StepEvent(-1_000_000));
    assert_eq!(hub.state().t, SimTime::ZERO);
    hub.dispatch(Action::StepRequest(1_000_000));
    assert_eq!(hub.state().t, hub.state().end());
}

#[test]
fn time_passes_at_the_chosen_speed_and_stops_at_the_end() {
    let hub = hub();
    hub.dispatch(Action::Toggle);
    assert!(hub.frame(1_000.0), "another frame is needed while time passes");
    hub.frame(1_040.0);
    assert_eq!(hub.state().t, at(7_010));
    hub.dispatch(Action::Seek(at(59_999)));
    for frame in 0..10 {
        hub.frame(1_080.0 + 40.0 * f64::from(frame));
    }
    assert!(!hub.state().playing);
    assert_eq!(hub.state().t, hub.state().end());
}

#[test]
fn less_motion_is_four_steps_a_second() {
    let hub = hub();
    hub.dispatch(Action::LessMotion(true));
    hub.dispatch(Action::Toggle);
    let mut moments = Vec::new();
    for frame in 0..50 {
        hub.frame(20.0 * f64::from(frame));
        moments.push(hub.state().t);
    }
    moments.dedup();
    assert_eq!(moments.len(), 4);
}

#[test]
fn the_axis_turns_pages_with_the_playhead() {
    let hub = hub();
    hub.dispatch(Action::Seek(at(17_000)));
    hub.frame(0.0);
    let view = hub.state().viewport;
    assert_eq!((view.from, view.to), (at(16_000), at(32_000)));
    hub.dispatch(Action::Zoom(at(24_000), 2.0));
    let view = hub.state().viewport;
    assert_eq!((view.from, view.to), (at(20_000), at(28_000)));
    hub.dispatch(Action::Pan(-25_000_000_000));
    assert_eq!(hub.state().viewport.from, SimTime::ZERO);
    hub.dispatch(Action::Fit);
    assert_eq!(hub.state().viewport.to, at(60_000));
}

#[test]
fn a_place_is_restored_as_it_was_left() {
    let hub = hub();
    hub.dispatch(turn(ms(400), true));
    hub.dispatch(Action::Select(Selection::Edge(1)));
    let place = hub.state().place();
    hub.dispatch(Action::StartAgain);
    assert_eq!(*hub.state().experiment, library::payments());
    hub.dispatch(Action::Restore(Box::new(place.clone())));
    assert_eq!(hub.state().place(), place);
    assert_eq!(restored(&place).place(), place);
}

/// A hub on which every look at the clock takes so long that one slice is all that fits into a
/// frame.
fn slow_hub() -> Hub {
    thread_local!(static NOW: RefCell<f64> = const { RefCell::new(0.0) });
    let clock = || NOW.with_borrow_mut(|now| std::mem::replace(now, *now + 100.0));
    Hub::new(State::new(Run::new(library::payments(), Limits::default())), clock)
}

#[test]
fn what_a_link_selects_is_there_or_is_let_go_of() {
    let hub = slow_hub();
    let mut place = hub.state().place();
    for far in [Selection::Request(1_000_000), Selection::Event(u32::MAX), Selection::Node(200)] {
        place.view.selection = far;
        hub.dispatch(Action::Restore(Box::new(place.clone())));
        assert_eq!(hub.state().selection, Selection::Nothing);
        assert_eq!(restored(&place).selection, Selection::Nothing);
    }

    // A larger run has the request, as soon as it is there.
    let rate = Knob::Clients(0, ClientsKnob::Rate);
    rate.set(&mut place.experiment.scenario, 200.0).expect("in range");
    place.view.selection = Selection::Request(10_000);
    hub.dispatch(Action::Restore(Box::new(place)));
    assert!(hub.state().computing);
    let mut waited = false;
    while hub.state().computing {
        let is_there = hub.state().run.log().length().requests > 10_000;
        assert_eq!(hub.state().selection == Selection::Request(10_000), is_there);
        waited |= !is_there;
        hub.frame(0.0);
    }
    assert!(waited);
    assert_eq!(hub.state().selection, Selection::Request(10_000));
}

#[test]
fn a_large_run_is_computed_over_several_frames() {
    let hub = slow_hub();
    hub.dispatch(Action::FromStart(true));
    let rate = Knob::Clients(0, ClientsKnob::Rate);
    hub.dispatch(Action::Turn { knob: rate, value: 200.0, done: true });
    assert!(hub.state().computing);
    let mut frames = 0;
    while hub.state().computing {
        assert!(hub.frame(f64::from(frames)), "another frame is needed");
        frames += 1;
    }
    assert!(frames > 1);
    assert_eq!(**hub.state().run.experiment(), *hub.state().experiment);
}

#[test]
fn views_are_shown_what_is_so_in_every_frame() {
    struct Witness(RefCell<Vec<SimTime>>);
    impl View for Witness {
        fn show(&self, state: &State, seeker: &RefCell<Seeker>, _: f64) {
            let scene = seeker.borrow_mut().seek(&state.run, state.t).at;
            assert_eq!(scene, state.t);
            self.0.borrow_mut().push(state.t);
        }
    }
    let hub = hub();
    let witness = Rc::new(Witness(RefCell::default()));
    hub.attach(witness.clone());
    hub.frame(0.0);
    hub.dispatch(Action::Seek(at(500)));
    hub.frame(1.0);
    assert_eq!(*witness.0.borrow(), [at(7_000), at(500)]);
}

/// The moments that the stage and the numbers show.
#[derive(Default)]
struct Shown {
    stage: Cell<SimTime>,
    numbers: Cell<SimTime>,
}

impl View for Shown {
    fn show(&self, state: &State, _: &RefCell<Seeker>, _: f64) {
        self.stage.set(state.t);
    }
}

#[test]
fn once_it_is_paused_the_stage_and_the_numbers_show_the_same_moment() {
    let hub = Rc::new(hub());
    let shown = Rc::new(Shown::default());
    hub.attach(shown.clone());
    let render = {
        let (hub, shown) = (Rc::downgrade(&hub), shown.clone());
        move |()| shown.numbers.set(hub.upgrade().map_or(SimTime::ZERO, |hub| hub.state().t))
    };
    hub.on_render(Callback::from(render));
    let agreed = || shown.stage.get() == shown.numbers.get();
    let mut now = 0.0;
    let frames = |now: &mut f64, count: u32| {
        for _ in 0..count {
            *now += 16.0;
            hub.frame(*now);
        }
    };
    // Between two renderings the stage is ahead, by no more than the time between them.
    let mut ahead = false;
    for pause in 0..10 {
        hub.dispatch(Action::Toggle);
        frames(&mut now, 4 + pause);
        ahead |= !agreed();
        hub.dispatch(Action::Pause);
        frames(&mut now, 1);
        assert!(agreed(), "{} and {}", shown.stage.get(), shown.numbers.get());
    }
    assert!(ahead, "it never was a question");
    for action in [Action::Seek(at(9_000)), turn(ms(500), true), Action::Undo] {
        hub.dispatch(action);
        frames(&mut now, 1);
        assert!(agreed());
    }
    // The end of the run pauses it, too.
    hub.dispatch(Action::Seek(at(59_990)));
    hub.dispatch(Action::Toggle);
    while hub.state().playing {
        frames(&mut now, 1);
    }
    assert_eq!((shown.stage.get(), shown.numbers.get()), (at(60_000), at(60_000)));
}

#[test]
fn a_contest_is_held_in_slices_and_anew_when_something_is_changed() {
    let hub = slow_hub();
    hub.dispatch(Action::Load(Box::new(library::contention())));
    while hub.state().computing {
        hub.frame(0.0);
    }
    hub.dispatch(Action::Contest(true));
    let progress =
        |hub: &Hub| hub.state().contest.as_ref().map(|contest| contest.sweep.borrow().progress());
    assert_eq!(progress(&hub), Some(0.0));
    hub.frame(0.0);
    let slice = progress(&hub).expect("a contest");
    assert!(slice > 0.0 && slice < 0.1, "{slice}");
    hub.frame(0.0);
    let two = progress(&hub);
    assert!(two > Some(slice));
    let base = Knob::Edge(0, EdgeKnob::Base);
    hub.dispatch(Action::Turn { knob: base, value: ms(15), done: false });
    hub.frame(0.0);
    assert!(progress(&hub) >= two, "the picture stays while the slider moves");
    hub.dispatch(Action::Turn { knob: base, value: ms(20), done: true });
    assert_eq!(progress(&hub), Some(0.0), "other waits, other contests");
    hub.dispatch(Action::Contest(false));
    assert_eq!(progress(&hub), None);
}

/// The names of all branches, the one that is shown, and the ghost.
pub(super) fn branches(hub: &Hub) -> (Vec<String>, String, Option<String>) {
    let state = hub.state();
    let forks = &state.forks;
    let name = |branch: &super::Branch| branch.name.to_string();
    let here = forks.branch(forks.here()).map(|branch| name(branch)).unwrap_or_default();
    let ghost = forks.ghost().map(|branch| name(branch));
    assert_eq!(forks.experiment(), Some(&state.experiment));
    (forks.all().iter().map(|branch| name(branch)).collect(), here, ghost)
}

pub(super) const FIRST: &str = "as it began";

#[test]
fn a_change_in_the_past_leaves_what_would_have_been_as_the_ghost() {
    let hub = hub();
    let before = hub.state().run.clone();
    for value in [400, 500] {
        hub.dispatch(turn(ms(value), false));
        hub.frame(f64::from(value as u32));
        let ghost = hub.state().ghost.clone().expect("a ghost while it is dragged");
        assert!(Rc::ptr_eq(&ghost, &before));
    }
    hub.dispatch(turn(ms(800), true));
    let grown = "timeout 800 ms at 7.0 s".to_owned();
    let all = vec![FIRST.to_owned(), grown.clone()];
    assert_eq!(branches(&hub), (all.clone(), grown.clone(), Some(FIRST.into())));
    // The same knob at the same moment is the same branch, in whatever steps it is turned.
    hub.dispatch(turn(ms(600), true));
    hub.dispatch(turn(ms(800), true));
    assert_eq!(branches(&hub).0, all);
    hub.dispatch(Action::Dismiss);
    assert_eq!(branches(&hub).2, None);
    assert!(hub.state().ghost.is_none());
    // Back at the value it had, it is not a branch.
    hub.dispatch(turn(ms(300), true));
    assert_eq!(branches(&hub), (vec![FIRST.into()], FIRST.into(), None));
    // At another moment it is another branch.
    hub.dispatch(turn(ms(800), true));
    hub.dispatch(Action::Seek(at(9_000)));
    hub.dispatch(turn(ms(200), true));
    let (all, here, ghost) = branches(&hub);
    assert_eq!((all.len(), here.as_str()), (3, "timeout 200 ms at 9.0 s"));
    assert_eq!(ghost, Some(grown));
}

#[test]
fn a_jump_shows_the_same_moment_of_another_branch_and_leaves_the_one_it_came_from() {
    let hub = hub();
    hub.dispatch(turn(ms(800), true));
    let changed = hub.state();
    hub.dispatch(Action::Seek(at(12_000)));
    hub.dispatch(Action::Jump(0));
    let state = hub.state();
    assert_eq!(state.t, at(12_000));
    assert_eq!(*state.experiment, library::payments());
    assert!(!state.computing && Rc::ptr_eq(state.ghost.as_ref().expect("a ghost"), &changed.run));
    // Seeing it again needs no second simulation.
    hub.dispatch(Action::Jump(1));
    assert!(Rc::ptr_eq(&hub.state().run, &changed.run));
    // Several jumps are one step to undo, and none of them loses a branch.
    hub.dispatch(Action::Undo);
    assert_eq!(*hub.state().experiment, *changed.experiment);
    hub.dispatch(Action::Undo);
    let (all, here, ghost) = branches(&hub);
    assert_eq!((all.len(), here.as_str(), ghost), (2, FIRST, None));
    // A change of the first one beside a branch that is there leaves that as it was.
    hub.dispatch(Action::Seek(at(7_000)));
    hub.dispatch(turn(ms(500), true));
    assert_eq!(branches(&hub).0.len(), 3);
}

#[test]
fn runs_that_were_let_go_of_are_computed_again_and_are_the_same() {
    let hub = slow_hub();
    hub.dispatch(Action::Seek(at(7_000)));
    hub.frame(0.0);
    hub.dispatch(turn(ms(800), true));
    while hub.state().computing {
        hub.frame(0.0);
    }
    let hash = hub.state().run.hash();
    let mut state = super::State::clone(&hub.state());
    (state.kept, state.ghost) = (Vec::new(), None);
    let hub = Hub::new(state, || 0.0);
    while hub.state().ghost.is_none() {
        assert!(hub.frame(0.0), "another frame is needed for the ghost");
    }
    let ghost = hub.state().ghost.clone().expect("a ghost");
    assert_eq!(**ghost.experiment(), library::payments());
    let mut state = super::State::clone(&hub.state());
    (state.kept, state.ghost) = (Vec::new(), None);
    let hub = Hub::new(state, || 0.0);
    hub.dispatch(Action::Jump(0));
    hub.dispatch(Action::Jump(1));
    assert_eq!(hub.state().run.hash(), hash);
}

#[test]
fn a_branch_is_named_deleted_and_put_back() {
    let hub = hub();
    for (place, value) in [(7_000, 400), (8_000, 500), (9_000, 600)] {
        hub.dispatch(Action::Seek(at(place)));
        hub.dispatch(turn(ms(value), true));
    }
    hub.dispatch(Action::Rename(2, "  patient ".into()));
    hub.dispatch(Action::Rename(2, " ".into()));
    let named = branches(&hub);
    assert_eq!(named.0[2], "patient");
    // What came from it comes from its parent now, and parts from that when it did.
    hub.dispatch(Action::Forget(2));
    let state = hub.state();
    let last = state.forks.branch(3).expect("it stays");
    assert_eq!((last.parent, last.at), (Some(1), at(8_000)));
    assert!(state.notice.as_ref().is_some_and(|notice| notice.contains("“patient” is gone")));
    hub.dispatch(Action::Undo);
    assert_eq!(branches(&hub).0, named.0);
    hub.dispatch(Action::Redo);
    assert_eq!(branches(&hub).0.len(), 3);
    // Without the one that is shown its parent is shown.
    hub.dispatch(Action::Forget(3));
    assert_eq!(branches(&hub).1, "timeout 400 ms at 7.0 s");
    hub.dispatch(Action::Forget(0));
    hub.dispatch(Action::Forget(1));
    assert_eq!(branches(&hub).0.len(), 1, "one is always there");
}

#[test]
fn of_too_many_branches_the_oldest_without_a_name_go() {
    let hub = hub();
    for n in 0..20 {
        hub.dispatch(Action::Seek(at(5_000 + 100 * n)));
        hub.dispatch(turn(ms(310 + 10 * n), true));
        if n == 2 {
            let here = hub.state().forks.here();
            hub.dispatch(Action::Rename(here, "kept".into()));
        }
    }
    let (all, ..) = branches(&hub);
    assert_eq!(all.len(), 8);
    assert_eq!((all[0].as_str(), all[1].as_str()), (FIRST, "kept"));
    assert_eq!(all[7], "timeout 500 ms at 6.9 s");
    assert!(hub.state().kept.len() <= 8);
}

#[test]
fn a_fault_that_is_written_and_dragged_is_one_branch() {
    let hub = hub();
    let fault = Fault { target: Target::Node(3), kind: FaultKind::Hang, lasts: None };
    hub.dispatch(Action::Do(Change::Fault(fault)));
    let Selection::Intervention(index) = hub.state().selection else { panic!("it is selected") };
    let index = index as usize;
    let lasts = Some(SimDuration::from_millis(700));
    hub.dispatch(Action::Stretch { index, lasts, done: true });
    hub.dispatch(Action::Move { index, at: at(20_000), done: false });
    hub.frame(0.0);
    hub.dispatch(Action::Move { index, at: at(13_000), done: true });
    hub.dispatch(Action::Stretch { index: 2, lasts: None, done: true });
    let (all, here, ghost) = branches(&hub);
    assert_eq!(all, [FIRST, "ledger: hang at 13.0 s"]);
    assert_eq!((here.as_str(), ghost.as_deref()), ("ledger: hang at 13.0 s", Some(FIRST)));
}

#[test]
fn another_scenario_has_branches_of_its_own_and_the_old_ones_come_back() {
    let hub = hub();
    hub.dispatch(turn(ms(800), true));
    let (before, place) = (branches(&hub), hub.state().place());
    hub.dispatch(Action::Load(Box::new(library::contention())));
    assert_eq!(branches(&hub), (vec![FIRST.into()], FIRST.into(), None));
    hub.dispatch(Action::Undo);
    assert_eq!(branches(&hub), before);
    // Whoever goes back in the browser comes to a branch that is still there.
    hub.dispatch(Action::Jump(0));
    hub.dispatch(Action::Restore(Box::new(place)));
    assert_eq!(branches(&hub).0, before.0);
    assert_eq!(branches(&hub).1, before.1);
}

#[test]
fn what_is_marked_is_part_of_the_place_and_gone_with_another_experiment() {
    let hub = hub();
    let range = Range { from: at(4_000), to: at(8_000) };
    hub.dispatch(Action::Brush(Some(range)));
    hub.frame(0.0);
    let place = hub.state().place();
    let link = half_open_view::link::encode(&place);
    let read = half_open_view::link::decode(&link).expect("it can be read");
    assert_eq!(restored(&read).brush, Some(range));
    hub.dispatch(turn(ms(400), true));
    assert_eq!(hub.state().brush, Some(range), "a change does not unmark");
    hub.dispatch(Action::Load(Box::new(library::payments())));
    assert_eq!(hub.state().brush, None);
}

#[test]
fn tracks_are_arranged_and_put_back() {
    use super::Arrange;
    use half_open_view::tracks::{Arrangement, TrackKind};
    let hub = hub();
    let arrange = |how| hub.dispatch(Action::Arrange(how));
    arrange(Arrange::Show(TrackKind::Latency, true));
    arrange(Arrange::Pin(TrackKind::Latency, true));
    arrange(Arrange::Shift(TrackKind::Latency, -20));
    arrange(Arrange::Collapse(true));
    arrange(Arrange::Scroll(-1));
    let tracks = hub.state().tracks;
    assert_eq!(tracks.order[0].kind, TrackKind::Latency);
    assert!(tracks.order[0].shown && tracks.order[0].pinned && tracks.collapse);
    assert_eq!(tracks.scroll, 0);
    arrange(Arrange::Reset);
    assert_eq!(hub.state().tracks, Arrangement::default());
    assert!(!hub.state().history.can_undo(), "looking is nothing to undo");
}
