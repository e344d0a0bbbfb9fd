//! A lesson that somebody is in.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use half_open::run::Run;
use half_open::scenario::Experiment;
use half_open::time::SimTime;
use half_open_view::focus::same_shape;
use half_open_view::lesson::{Beat, Goal, Lesson, Place};
use half_open_view::link::{self, Range, Selection};

use super::present::Present;
use super::reduce::{adopt, look_at, restore};
use super::speed::SPEEDS;
use super::state::State;

/// How many seconds a visitor watches a beat at most, unless it is too long for that.
const WATCHED: f64 = 8.0;

/// A run, and how far it is from each goal.
type Measured = (Rc<Run>, Rc<[Goal]>);

/// A lesson, and how far somebody is in it.
#[derive(Clone, Debug)]
pub(crate) struct Tour {
    /// The lesson.
    pub lesson: Rc<Lesson>,
    /// Which of its beats; as many as there are stands for what comes after the last one.
    pub beat: usize,
    /// What the beat is about, before anybody changes it.
    pub of: Arc<Experiment>,
    /// The part of its run in which time passes.
    pub range: Range,
    /// Nodes and lines to look at: all others are pale. None means all.
    pub look: Rc<[Selection]>,
    /// Where the guess stands that somebody is about to make.
    pub draft: f64,
    /// What was said to a question, once something was.
    pub guess: Option<Guess>,
    /// All of the beat has been seen once: what was asked is known.
    pub seen: bool,
    /// A run, and how far it is from each goal of a task: measured once, however often it is shown.
    measured: Rc<RefCell<Option<Measured>>>,
}

/// What was said to a question.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Guess {
    /// A number in the unit of the answer, or the place of a choice.
    Of(f64),
    /// Nothing, but the answer is wanted.
    Passed,
}

impl Guess {
    /// The number, or the place of a choice.
    #[must_use]
    pub(crate) const fn value(self) -> Option<f64> {
        match self {
            Self::Of(value) => Some(value),
            Self::Passed => None,
        }
    }
}

/// What can be done in a lesson.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Turn {
    /// Begin a lesson at a beat, with what was guessed there.
    Begin(Rc<Lesson>, usize, Option<Guess>),
    /// The same, and show what somebody made of it.
    Resume(Rc<Lesson>, usize, Option<Guess>, Box<link::State>),
    /// What the beat comes to, if that has not been seen; or else the next beat.
    Next,
    /// The beat before, from its beginning.
    Back,
    /// The beat as it was told, from its beginning.
    Return,
    /// Think of this answer.
    Draft(f64),
    /// Say this: time passes.
    Guess(Guess),
    /// Do what is to be done.
    Show,
    /// Leave the lesson; what is seen stays.
    Leave,
}

impl Tour {
    /// The beat; none after the last one.
    #[must_use]
    pub(crate) fn beat(&self) -> Option<&Beat> {
        self.lesson.beats.get(self.beat)
    }

    /// How far a run is from each goal of what is to be done; no goals, if nothing is.
    pub(crate) fn goals(&self, run: &Rc<Run>) -> Rc<[Goal]> {
        let mut held = self.measured.borrow_mut();
        if let Some((_, goals)) = held.as_ref().filter(|(of, _)| Rc::ptr_eq(of, run)) {
            return goals.clone();
        }
        let task = self.beat().and_then(|beat| beat.task.as_ref());
        let goals: Rc<[Goal]> =
            task.map_or_else(Vec::new, |task| task.measured(run, self.range)).into();
        *held = Some((run.clone(), goals.clone()));
        goals
    }

    /// Its name in links.
    #[must_use]
    pub(crate) fn beat_name(&self) -> &str {
        self.beat().map_or(END, |beat| &beat.name)
    }

    /// Whether somebody is asked something and has not answered.
    #[must_use]
    pub(crate) fn asks(&self) -> bool {
        self.guess.is_none() && self.beat().is_some_and(|beat| beat.question.is_some())
    }
}

/// What stands in links for what comes after the last beat.
pub(crate) const END: &str = "end";

/// Which beat of a lesson has this name; the first one, if none has.
pub(crate) fn beat_of(lesson: &Lesson, name: &str) -> usize {
    let known = lesson.beats.iter().position(|beat| beat.name == name);
    let ends = name == END && lesson.challenge().is_none();
    known.unwrap_or(if ends { lesson.beats.len() } else { 0 })
}

/// Does something in a lesson.
pub(super) fn turn(state: &mut State, turn: Turn) {
    let tour = state.tour.clone();
    match (turn, tour) {
        (Turn::Begin(lesson, beat, guess), _) => enter(state, lesson, beat, guess),
        (Turn::Resume(lesson, beat, guess, place), _) => {
            enter(state, lesson, beat, guess);
            restore(state, *place);
            state.panel_open = false;
        }
        (_, None) => {}
        (Turn::Next, Some(tour)) if state.beat_moves() => {
            state.playing = false;
            look_at(state, tour.range.to);
        }
        (Turn::Next, Some(tour)) if tour.lesson.challenge().is_some() => {}
        (Turn::Next, Some(tour)) if tour.beat < tour.lesson.beats.len() => {
            enter(state, tour.lesson.clone(), tour.beat + 1, None);
        }
        (Turn::Back, Some(tour)) if tour.beat > 0 => {
            enter(state, tour.lesson.clone(), tour.beat - 1, None);
        }
        (Turn::Next | Turn::Back, _) => {}
        (Turn::Return, Some(tour)) => enter(state, tour.lesson.clone(), tour.beat, tour.guess),
        (Turn::Draft(value), Some(mut tour)) => {
            Rc::make_mut(&mut tour).draft = value;
            state.tour = Some(tour);
        }
        (Turn::Guess(value), Some(mut tour)) => {
            Rc::make_mut(&mut tour).guess = Some(value);
            state.tour = Some(tour);
            state.playing = state.beat_moves();
        }
        (Turn::Show, Some(tour)) => {
            let task = tour.beat().and_then(|beat| beat.task.as_ref());
            if let Some(Ok(shown)) = task.map(|task| link::decode(&task.shown)) {
                // Another system has branches of its own.
                if !same_shape(&state.experiment.scenario, &shown.experiment.scenario) {
                    enter(state, tour.lesson.clone(), tour.beat, tour.guess);
                }
                adopt(state, shown.experiment, None);
            }
        }
        (Turn::Leave, _) => state.tour = None,
    }
}

/// Shows a beat from its beginning.
fn enter(state: &mut State, lesson: Rc<Lesson>, beat: usize, guess: Option<Guess>) {
    let last = lesson.beats.len().saturating_sub(1);
    // After the last beat there is what it has led to.
    let shown = lesson.beats.get(beat.min(last));
    let Some((Ok(mut place), Ok(range))) = shown.map(|beat| (beat.place(), beat.range())) else {
        state.notice = Some("This step of the lesson cannot be read.".into());
        return;
    };
    let is_end = beat > last;
    if is_end {
        place.view.at = range.to;
    }
    let of = Arc::new(place.experiment.clone());
    // Who is told something looks at it; the board would lie over it.
    state.drawing = None;
    restore(state, place);
    // The next step may be about somebody else.
    state.present = state.present.take().map(|_| Present::default());
    // Where the panel is a drawer, it would hide what is told.
    state.panel_open = false;
    let question = shown.and_then(|beat| beat.question.as_ref());
    let draft = question.map_or(0.0, |question| (question.between.0 + question.between.1) / 2.0);
    let names = shown.filter(|_| !is_end).map_or(&[][..], |beat| &beat.look);
    let look = names.iter().filter_map(|name| match Place::find(&of.scenario, name)? {
        Place::Node(node) => Some(Selection::Node(node)),
        Place::Edge(edge) => Some(Selection::Edge(edge)),
    });
    let look = look.collect();
    let measured = Rc::default();
    let tour = Tour { lesson, beat, of, range, look, draft, guess, seen: false, measured };
    state.speed = speed(range);
    state.playing = !is_end && !tour.asks() && range.to > range.from;
    state.tour = Some(Rc::new(tour));
}

/// How fast time passes so that a part of a run can be watched.
fn speed(range: Range) -> usize {
    let seconds = range.to.since(range.from).seconds();
    let fits = SPEEDS.iter().position(|(speed, _)| seconds / speed <= WATCHED);
    fits.unwrap_or(SPEEDS.len() - 1)
}

impl State {
    /// Whether somebody is in a lesson, and what is seen is not what it tells of.
    #[must_use]
    pub(crate) fn is_off_the_path(&self) -> bool {
        self.tour.as_ref().is_some_and(|tour| {
            let (now, of) = (&self.experiment, &tour.of);
            // Where cards are is nothing that happens.
            let same = now.seed == of.seed && now.interventions == of.interventions;
            !same || !now.scenario.happens_like(&of.scenario)
        })
    }

    /// Whether all of the beat has been seen, or all that there is of the run.
    #[must_use]
    pub(crate) fn beat_is_over(&self) -> bool {
        let tour = self.tour.as_ref();
        let ended = self.run.is_whole() && self.heading.is_none() && self.t >= self.run.end();
        ended || tour.is_none_or(|tour| self.t >= tour.range.to)
    }

    /// Whether there is more to be seen of the beat.
    #[must_use]
    pub(crate) fn beat_moves(&self) -> bool {
        let tour = self.tour.as_ref();
        tour.is_some_and(|tour| tour.beat().is_some() && !tour.asks()) && !self.beat_is_over()
    }

    /// Whether what will come is not to be seen yet: somebody is to say what it is.
    #[must_use]
    pub(crate) fn hides_future(&self) -> bool {
        self.tour.as_ref().is_some_and(|tour| {
            let asks = tour.beat().is_some_and(|beat| beat.question.is_some());
            asks && !tour.seen && !self.beat_is_over()
        })
    }

    /// Notes that all of the beat has been seen, once it has.
    pub(super) fn note_what_is_seen(&mut self) {
        let over = self.beat_is_over();
        if let Some(tour) = self.tour.as_mut().filter(|tour| over && !tour.seen) {
            Rc::make_mut(tour).seen = true;
        }
    }

    /// Nodes and lines to look at, if somebody tells which.
    #[must_use]
    pub(crate) fn look(&self) -> Option<&Rc<[Selection]>> {
        let tour = self.tour.as_ref().filter(|_| self.drawing.is_none())?;
        Some(&tour.look).filter(|look| !look.is_empty())
    }

    /// The moment at which time stops by itself, if it comes after `t`.
    pub(super) fn stop_after(&self, t: SimTime) -> Option<SimTime> {
        let until = self.tour.as_ref()?.range.to;
        (t < until).then_some(until)
    }
}
