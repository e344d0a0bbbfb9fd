//! One function from what the page shows and what somebody wants to what it shows next.

use std::rc::Rc;
use std::sync::Arc;

use half_open::log::Kind;
use half_open::policy::Problem;
use half_open::run::sweep::Sweep;
use half_open::scenario::{Change, Experiment, Knob, library};
use half_open::time::{SimDuration, SimTime};
use half_open_view::change;
use half_open_view::focus;
use half_open_view::link::{self, Selection, Side};
use half_open_view::tracks::Arrangement;

use super::action::{Action, Arrange, DraftPart};
use super::differ::Difference;
use super::forks::{BranchId, Forks, Subject};
use super::history::Way;
use super::speed::SPEEDS;
use super::state::{Contest, Gesture, Grip, State};
use super::tour::Turn;
use super::{axis, drawing, present, table, tour};

/// Under how many seeds each contest is held.
const ROUNDS: u64 = 10;

/// Carries out an action. What is to be simulated may differ afterwards from what was; whoever
/// calls sees to that.
pub(crate) fn reduce(state: &mut State, action: Action) {
    match action {
        Action::Pause => state.playing = false,
        Action::Toggle if state.playing => state.playing = false,
        Action::Toggle => play(state),
        Action::Tick(seconds) => tick(state, seconds),
        Action::Seek(t) => look_at(state, t),
        Action::StepEvent(by) => step(state, by, |_| true),
        Action::StepRequest(by) => step(state, by, |kind| kind == Kind::Arrived),
        Action::SetSpeed(index) => state.speed = index.min(SPEEDS.len() - 1),

        Action::Turn { knob, value, done } => turn(state, knob, value, done),
        Action::FromStart(on) => state.from_start = on,
        Action::Do(change) => match change {
            Change::SetBreaker { edge, .. } if state.turns_from_start() => {
                amend(state, None, |experiment| change::set_from_start(experiment, edge, &change));
            }
            _ => make(state, state.eye(), change),
        },
        Action::Heal(index) => {
            let at = state.eye();
            if let Some(by) = state.experiment.chaos_of(index) {
                state.selection = Selection::Intervention(by as u32);
                state.notice =
                    Some("That is chaos at work: calm it, or narrow what it reaches.".into());
                return;
            }
            amend(state, None, |experiment| change::healed(experiment, index, at));
        }
        Action::Move { index, at, done } => drag(state, Grip::Move(index), done, |experiment| {
            let (experiment, index) = change::moved(experiment, index, at)?;
            Some((experiment, index))
        }),
        Action::Stretch { index, lasts, done } => {
            drag(state, Grip::Stretch(index), done, |experiment| {
                Some((change::stretched(experiment, index, lasts)?, index))
            });
        }
        Action::Edit { index, change, done } => {
            drag(state, Grip::Edit(index), done, |experiment| {
                Some((change::replaced(experiment, index, change)?, index))
            });
        }
        Action::Remove(index) => {
            amend(state, None, |experiment| change::removed(experiment, index));
            if matches!(state.selection, Selection::Intervention(_)) {
                state.selection = Selection::Nothing;
            }
        }
        Action::Seed(seed) => draw_anew(state, seed),
        Action::Jump(to) => jump(state, to),
        Action::SideBySide(open) => side_by_side(state, open),
        Action::Activate(side) => activate(state, side),
        Action::Copy(what, to) => copy(state, &what, to),
        Action::Dismiss => Rc::make_mut(&mut state.forks).dismiss(),
        Action::Naming(branch) => state.naming = branch,
        Action::Rename(branch, name) => {
            state.naming = None;
            Rc::make_mut(&mut state.history).record(state.forks.clone(), Way::Whole);
            Rc::make_mut(&mut state.forks).rename(branch, &name);
        }
        Action::Forget(branch) => forget(state, branch),
        Action::Undo => {
            let before = Rc::make_mut(&mut state.history).undo(&state.forks);
            turn_to(state, before);
        }
        Action::Redo => {
            let after = Rc::make_mut(&mut state.history).redo(&state.forks);
            turn_to(state, after);
        }
        // Who computes it knows what there is to go back to, and sees to it.
        Action::Cancel => {}
        Action::Load(experiment) => {
            state.tour = None;
            open(state, Forks::new(Arc::new(*experiment)));
        }
        Action::Arrive(times) => {
            amend(state, None, |experiment| change::recorded(experiment, times))
        }
        Action::Restore(place) => {
            state.tour = None;
            restore(state, *place);
        }
        Action::StartAgain => start_again(state),

        Action::Select(selection) => {
            state.select(selection);
            state.list = None;
            state.find.open = false;
            if selection != Selection::Nothing {
                state.playing = false;
                // Where it is a drawer, it would hide what is drawn.
                state.panel_open |= state.drawing.is_none();
            }
        }
        Action::Show(selection, at) => {
            reduce(state, Action::Select(selection));
            look_at(state, at);
        }
        Action::Zoom(around, factor) => axis::zoom(state, around, factor),
        Action::Pan(nanos) => axis::pan(state, nanos),
        Action::Fit => axis::fit(state),
        Action::Look(part) => axis::look(state, part),
        Action::Resize(end, by) => axis::resize(state, end, by),
        Action::Brush(range) => axis::brush(state, range),
        Action::BrushEnd(end) => axis::brush_end(state, end),
        Action::Arrange(how) => arrange(&mut state.tracks, how),

        Action::Draft(part, text) => {
            let draft = Rc::make_mut(&mut state.draft);
            match part {
                DraftPart::Method => draft.method = text,
                DraftPart::Path => draft.path = text,
                DraftPart::Key => draft.key = Some(text),
                DraftPart::Body => draft.body = text,
            }
        }
        Action::DraftDrop(lose) => Rc::make_mut(&mut state.draft).lose_response = lose,
        Action::Say(sentence) => state.notice = Some(sentence.into()),
        Action::Unsay => state.notice = None,
        Action::Panel(open) => state.panel_open = open,
        Action::List(list) => {
            state.list = list;
            state.find.open = false;
            state.panel_open |= list.is_some();
        }
        Action::Find(seek) => state.seek(seek),
        Action::Contest(open) => {
            state.contest = None;
            if open {
                compete(state);
            }
        }
        Action::Table(open) => state.table_open = open,
        Action::TableListing(listing) => table::list(state, listing),
        Action::TableFilter(words) => table::filter(state, words),
        Action::TableStep(by) => table::step(state, by),
        Action::Draw(stroke) => drawing::draw(state, stroke),
        Action::Tour(turn) => tour::turn(state, turn),
        Action::Present(show) => present::show(state, show),
        Action::Gallery(words) => {
            state.playing &= words.is_none();
            state.gallery = words;
        }
        Action::Help(open) => state.help_open = open,
        Action::Track(track) => state.track = track,
        Action::LessMotion(on) => state.less_motion = on,
    }
}

fn arrange(tracks: &mut Arrangement, how: Arrange) {
    match how {
        Arrange::Show(kind, on) => tracks.choose(kind, |place| place.shown = on),
        Arrange::Pin(kind, on) => tracks.choose(kind, |place| place.pinned = on),
        Arrange::Shift(kind, by) => tracks.shift(kind, by),
        Arrange::Scroll(by) => tracks.scroll = tracks.scroll.saturating_add_signed(by as isize),
        Arrange::Collapse(on) => tracks.collapse = on,
        Arrange::Reset => *tracks = Arrangement::default(),
    }
}

pub(super) fn play(state: &mut State) {
    if state.t >= state.end() && state.run.is_whole() {
        state.t = SimTime::ZERO;
    }
    state.playing = true;
    axis::follow(state);
}

fn tick(state: &mut State, seconds: f64) {
    if !state.playing || state.heading.is_some() {
        return;
    }
    let passed = SimDuration::from_nanos_f64(seconds * SPEEDS[state.speed].0 * 1e9);
    let stop = state.stop_after(state.t).filter(|stop| *stop <= state.t + passed);
    state.t = stop.unwrap_or(state.t + passed).min(state.end());
    if stop == Some(state.t) || state.t == state.end() && !state.computing {
        state.playing = false;
    }
    axis::follow(state);
}

pub(super) fn look_at(state: &mut State, t: SimTime) {
    state.look_at(t);
    axis::follow(state);
}

/// To the next or previous moment at which something of the wanted kind happened.
fn step(state: &mut State, by: i32, wanted: impl Fn(Kind) -> bool) {
    state.playing = false;
    state.heading = None;
    let run = state.run.clone();
    let log = run.log();
    for _ in 0..by.unsigned_abs() {
        let found = if by > 0 {
            log.events_from(log.count_until(state.t)).find(|event| wanted(event.kind))
        } else {
            let before = SimTime::from_nanos(state.t.nanos().saturating_sub(1));
            let earlier = if state.t == SimTime::ZERO { 0 } else { log.count_until(before) };
            (0..earlier).rev().map(|id| log.event(id)).find(|event| wanted(event.kind))
        };
        let Some(event) = found else {
            state.t = if by > 0 { state.end() } else { SimTime::ZERO };
            break;
        };
        state.t = event.at;
        if event.kind == Kind::Arrived && matches!(state.selection, Selection::Request(_)) {
            state.selection = Selection::Request(event.subject);
        }
    }
    axis::follow(state);
}

fn turn(state: &mut State, knob: Knob, value: f64, done: bool) {
    let (before, at) = hold(state, Grip::Knob(knob));
    let before = Experiment::clone(&before);
    let turned = if state.turns_from_start() {
        change::turn_from_start(before, knob, value)
    } else {
        change::turn_at(before, at, knob, value)
    };
    // What the knob does together with the others is looked at as well: an experiment that cannot
    // be run must never become the one that every later change is made to.
    let turned = turned.and_then(|experiment| experiment.validate().map(|()| experiment));
    match turned {
        Ok(experiment) => {
            let since = if state.turns_from_start() { SimTime::ZERO } else { at };
            adopt(state, experiment, Some(Subject::Knob(knob, since)));
        }
        Err(problem) => refuse(state, &problem),
    }
    let_go(state, done);
}

fn drag(
    state: &mut State,
    grip: Grip,
    done: bool,
    change: impl FnOnce(Experiment) -> Option<(Experiment, usize)>,
) {
    let (before, _) = hold(state, grip);
    if let Some((experiment, index)) = change(Experiment::clone(&before)) {
        match experiment.validate() {
            Ok(()) => {
                // It grows by the name under which it was gripped, and goes on under the new one.
                let old = match grip {
                    Grip::Move(index) | Grip::Stretch(index) | Grip::Edit(index) => index,
                    Grip::Knob(_) => index,
                };
                adopt(state, experiment, Some(Subject::Done(old)));
                if done {
                    Rc::make_mut(&mut state.forks).grow_by(Subject::Done(index));
                }
                if matches!(state.selection, Selection::Intervention(_)) {
                    state.selection = Selection::Intervention(index as u32);
                }
            }
            Err(problem) => refuse(state, &problem),
        }
    }
    let_go(state, done);
}

/// Takes hold of something, unless it is held already; gives what was there before.
fn hold(state: &mut State, grip: Grip) -> (Arc<Experiment>, SimTime) {
    if let Some(gesture) = &state.gesture
        && gesture.grip == grip
    {
        return (gesture.before.clone(), gesture.at);
    }
    let (before, at) = (state.experiment.clone(), state.eye());
    state.gesture = Some(Gesture { grip, before: before.clone(), at, recorded: false });
    (before, at)
}

fn let_go(state: &mut State, done: bool) {
    if done {
        state.gesture = None;
    }
}

/// What is to be simulated from now on. A gesture is remembered once, when it first changes
/// something.
pub(super) fn adopt(state: &mut State, mut experiment: Experiment, subject: Option<Subject>) {
    experiment.settle_chaos();
    if *state.experiment == experiment {
        return;
    }
    let gesture = state.gesture.as_mut();
    if !gesture.is_some_and(|gesture| std::mem::replace(&mut gesture.recorded, true)) {
        Rc::make_mut(&mut state.history).record(state.forks.clone(), Way::Change);
    }
    state.notice = None;
    let forks = Rc::make_mut(&mut state.forks);
    forks.change(Arc::new(experiment), subject);
    follow_branch(state);
}

/// The experiment is that of the branch that is shown.
pub(super) fn follow_branch(state: &mut State) {
    // An equal one stays the very one: whoever compares places sees that nothing else is shown.
    if let Some(experiment) = state.forks.experiment()
        && **experiment != *state.experiment
    {
        state.experiment = experiment.clone();
    }
}

fn turn_to(state: &mut State, forks: Option<Rc<Forks>>) {
    state.gesture = None;
    wipe(state);
    if let Some(forks) = forks {
        state.forks = forks;
        follow_branch(state);
    }
}

/// Another system is on the board: nothing is said about a step that led to it.
fn wipe(state: &mut State) {
    if let Some(drawing) = &mut state.drawing {
        (drawing.call, drawing.said, drawing.problem) = (None, "".into(), None);
    }
}

fn jump(state: &mut State, to: BranchId) {
    if to == state.forks.here() || state.forks.branch(to).is_none() {
        return;
    }
    state.gesture = None;
    Rc::make_mut(&mut state.history).record(state.forks.clone(), Way::Jump);
    Rc::make_mut(&mut state.forks).jump(to);
    follow_branch(state);
}

fn side_by_side(state: &mut State, open: bool) {
    if open == state.forks.pair().is_some() {
        return;
    }
    state.gesture = None;
    state.drawing = None;
    let forks = Rc::make_mut(&mut state.forks);
    if open { forks.open_pair() } else { forks.close_pair() }
}

/// Another side is active; what is looked at closely there is the same thing in that run.
fn activate(state: &mut State, side: Side) {
    if state.forks.pair().is_none_or(|active| active == side) {
        return;
    }
    state.gesture = None;
    state.list = None;
    if let Some(other) = state.ghost.clone() {
        state.selection = focus::counterpart(&state.run, &other, state.selection);
    }
    Rc::make_mut(&mut state.history).record(state.forks.clone(), Way::Jump);
    Rc::make_mut(&mut state.forks).activate(side);
    follow_branch(state);
}

/// The side becomes the active one: it is the one that changes.
fn copy(state: &mut State, what: &Difference, to: Side) {
    activate(state, to);
    let Some(from) = state.forks.side(to.other()).map(|branch| branch.experiment.clone()) else {
        return;
    };
    amend(state, None, |experiment| what.copied(&from, experiment));
}

/// Under other luck; both sides of a pair have the same.
fn draw_anew(state: &mut State, seed: u64) {
    let other = state.forks.pair().and_then(|side| state.forks.side(side.other())).cloned();
    let reseeded = |experiment: &Experiment| Experiment { seed, ..experiment.clone() };
    let Some(other) = other else {
        amend(state, Some(Subject::Seed), |experiment| Some(reseeded(&experiment)));
        return;
    };
    let after = [&state.experiment, &other.experiment].map(|before| reseeded(before));
    match after[0].validate() {
        Ok(()) => {
            state.gesture = None;
            Rc::make_mut(&mut state.history).record(state.forks.clone(), Way::Change);
            Rc::make_mut(&mut state.forks).change_both(after.map(Arc::new), Subject::Seed);
            follow_branch(state);
        }
        Err(problem) => refuse(state, &problem),
    }
}

fn forget(state: &mut State, branch: BranchId) {
    let Some(gone) = state.forks.branch(branch).cloned() else { return };
    if state.forks.all().len() < 2 {
        return;
    }
    state.gesture = None;
    state.naming = None;
    Rc::make_mut(&mut state.history).record(state.forks.clone(), Way::Whole);
    Rc::make_mut(&mut state.forks).remove(branch);
    follow_branch(state);
    state.notice = Some(format!("“{}” is gone; Undo puts it back.", gone.name).into());
}

fn refuse(state: &mut State, problem: &Problem) {
    // What somebody has just written is called what it is called in the form.
    let sentence = match problem.field.split_once(".send.") {
        Some((_, part)) => format!("The {part} {}.", problem.message),
        None => format!("Nothing was changed: {problem}."),
    };
    state.notice = Some(sentence.into());
}

/// One change that is complete in itself.
pub(super) fn amend(
    state: &mut State,
    subject: Option<Subject>,
    change: impl FnOnce(Experiment) -> Option<Experiment>,
) {
    state.gesture = None;
    let Some(experiment) = change(Experiment::clone(&state.experiment)) else { return };
    match experiment.validate() {
        Ok(()) => adopt(state, experiment, subject),
        Err(problem) => refuse(state, &problem),
    }
}

fn make(state: &mut State, at: SimTime, change: Change) {
    let mut made = None;
    let is_fault = matches!(change, Change::Fault(_) | Change::Chaos(_));
    let before = state.experiment.clone();
    amend(state, None, |experiment| {
        let (experiment, index) = change::make(experiment, at, change);
        made = Some(index);
        Some(experiment)
    });
    if let (true, Some(index)) = (is_fault && !Arc::ptr_eq(&before, &state.experiment), made) {
        state.selection = Selection::Intervention(index as u32);
        // What is dragged or written next about this fault belongs to the same change.
        Rc::make_mut(&mut state.forks).grow_by(Subject::Done(index));
    }
}

/// Shows these branches from the beginning of a run.
fn open(state: &mut State, mut forks: Forks) {
    state.gesture = None;
    state.naming = None;
    wipe(state);
    forks.dismiss();
    let same = forks.experiment().is_some_and(|experiment| **experiment == *state.experiment);
    if !same || forks.all().len() != state.forks.all().len() {
        Rc::make_mut(&mut state.history).record(state.forks.clone(), Way::Whole);
        state.notice = None;
    }
    state.forks = Rc::new(forks);
    follow_branch(state);
    show_moment(state, SimTime::ZERO);
    state.selection = Selection::Nothing;
    state.playing = false;
    state.viewport = axis::first(SimTime::ZERO + state.experiment.scenario.horizon);
    state.brush = None;
}

pub(super) fn restore(state: &mut State, place: link::State) {
    let link::State { experiment, view, ghost, range, pair } = place;
    // Somebody may go back to what was there a moment ago.
    let forks = match state.forks.find(&experiment) {
        Some(known) => {
            let mut forks = Forks::clone(&state.forks);
            forks.jump(known);
            forks
        }
        None => Forks::new(Arc::new(experiment)),
    };
    open(state, forks);
    let forks = Rc::make_mut(&mut state.forks);
    match (ghost.map(Arc::new), pair) {
        (ghost, Some(side)) => {
            let ghost = ghost.unwrap_or_else(|| state.experiment.clone());
            forks.pair_with(ghost, side);
        }
        (Some(ghost), None) => forks.haunt(ghost),
        (None, None) => {}
    }
    let end = SimTime::ZERO + state.experiment.scenario.horizon;
    show_moment(state, view.at.min(end));
    state.awaited = Some(view.selection);
    state.select_what_is_there();
    state.viewport = axis::clamped(view.from, view.to, end);
    axis::brush(state, range);
    state.panel_open = view.selection != Selection::Nothing;
}

/// Shows a moment of the experiment: of its run, as soon as that is there.
fn show_moment(state: &mut State, t: SimTime) {
    if *state.experiment == **state.run.experiment() {
        state.look_at(t);
    } else {
        state.heading = Some(t);
    }
}

/// Goes back to the experiment whose run was whole. Nothing is lost: what is left can be had again
/// like something undone. If there was no such run yet, the first scenario is
/// shown instead.
pub(super) fn cancel(state: &mut State, whole: Option<Arc<Experiment>>) {
    if !state.computing {
        return;
    }
    state.gesture = None;
    let whole = whole.unwrap_or_else(|| Arc::new(library::payments()));
    match Rc::make_mut(&mut state.history).go_to(&state.forks, &whole) {
        Some(forks) => turn_to(state, Some(forks)),
        None => open(state, Forks::new(whole)),
    }
    // Nobody wants what would have been to be computed in the background instead.
    if state.forks.pair().is_none() {
        Rc::make_mut(&mut state.forks).dismiss();
    }
    state.heading = None;
}

fn start_again(state: &mut State) {
    if let Some(tour) = state.tour.clone() {
        return tour::turn(state, Turn::Begin(tour.lesson.clone(), 0, None));
    }
    let scenario = &state.experiment.scenario;
    // What did not come with Half-Open is as it was when it was drawn or opened.
    let begun = state.forks.branch(0).map(|branch| (*branch.experiment).clone());
    let mut fresh = library::find(&scenario.name).or(begun).unwrap_or_else(|| Experiment {
        scenario: scenario.clone(),
        seed: state.experiment.seed,
        interventions: Vec::new(),
    });
    // Where cards are is nothing that happened.
    fresh.scenario.arrange_like(&state.experiment.scenario);
    open(state, Forks::new(Arc::new(fresh)));
    state.playing = true;
}

/// Begins the contest for a row with the settings of the present moment.
pub(super) fn compete(state: &mut State) {
    let scenario = state.experiment.scenario_at(state.eye());
    let experiment = Experiment { scenario, ..(*state.experiment).clone() };
    let of = state.experiment.clone();
    state.contest =
        Sweep::new(&experiment, ROUNDS).map(|sweep| Contest { of, sweep: Rc::new(sweep.into()) });
}
