//! What the page opens with. It is simulated before there is a page, in slices: as much of it as
//! somebody looks at. Whoever loads a long run reads how far it has come, and can leave.

use half_open::run::{Limits, Recorder, Run, Seeker};
use half_open::scenario::library;
use half_open::time::SimTime;
use half_open_view::link;

use crate::address::{self, Asked};
use crate::browser;
use crate::memory;
use crate::progress;
use crate::store::{Action, SLICE, Show, State, Turn, comes_nearer, reduce};
use crate::tour;

/// Where a first visitor comes in: shortly before the bank becomes slow.
const FIRST_MOMENT: SimTime = SimTime::from_millis(3_000);
/// How many milliseconds a slice may take.
const BUDGET: f64 = 8.0;
/// How many milliseconds a visitor sees nothing of a run that is computed.
const PATIENCE: f64 = 400.0;

/// The first state of the page.
pub(crate) struct Opening {
    /// What is shown.
    pub state: State,
    /// Who knows the way to it.
    pub seeker: Seeker,
    /// What is still to be computed.
    pub rest: Option<Recorder>,
    /// Whether there is an address that could not be read.
    pub unread: bool,
}

/// What somebody does with the opening.
type Then = Box<dyn FnOnce(Opening)>;

/// What is said after the reason why something else is not shown.
const INSTEAD: &str = "Here is the first scenario instead.";

/// Prepares what the address asks for, or the beginning of the first scenario.
pub(crate) fn prepare(then: impl FnOnce(Opening) + 'static) {
    match address::read() {
        Some(Ok(Asked::Place(place))) => begin(Some(*place), None, None, then),
        Some(Ok(Asked::Lesson(way, place))) => {
            tour::fetch(&way.clone(), move |lesson| match lesson {
                Ok(lesson) => {
                    let turn = way.turn(lesson, place.clone());
                    begin(
                        place.map(|place| *place).or_else(|| seen(&turn)),
                        Some(turn),
                        None,
                        then,
                    );
                }
                Err(reason) => begin(None, None, Some(format!("{reason} {INSTEAD}")), then),
            });
        }
        Some(Err(error)) => begin(None, None, Some(address::apology(&error, INSTEAD)), then),
        None => begin(None, None, None, then),
    }
}

/// What a step of a lesson begins with.
fn seen(action: &Action) -> Option<link::State> {
    let Action::Tour(Turn::Begin(lesson, beat, _)) = action else { return None };
    lesson.beats.get(*beat).or(lesson.beats.last())?.place().ok()
}

fn begin(
    place: Option<link::State>,
    turn: Option<Action>,
    apology: Option<String>,
    then: impl FnOnce(Opening) + 'static,
) {
    let experiment =
        place.as_ref().map_or_else(library::payments, |place| place.experiment.clone());
    let eye = place.as_ref().map_or(FIRST_MOMENT, |place| place.view.at);
    let preparation = Preparation {
        eye: eye.min(SimTime::ZERO + experiment.scenario.horizon),
        recorder: Recorder::new(experiment, Limits::default()),
        place,
        turn,
        apology,
        part: None,
        whole: false,
        began: browser::now(),
        then: Box::new(then),
    };
    let preparation = Box::new(preparation);
    browser::soon(move || preparation.go_on());
}

/// An opening in the making.
struct Preparation {
    /// What a link holds.
    place: Option<link::State>,
    /// What begins a lesson.
    turn: Option<Action>,
    /// What is said about one that could not be read.
    apology: Option<String>,
    /// The moment that is looked at.
    eye: SimTime,
    recorder: Recorder,
    /// What is shown of it, once that is enough.
    part: Option<(Run, Seeker)>,
    whole: bool,
    began: f64,
    then: Then,
}

impl Preparation {
    fn go_on(mut self: Box<Self>) {
        let start = browser::now();
        while !self.is_ready(start) {
            if browser::now() - start > BUDGET {
                if start - self.began > PATIENCE {
                    progress::say_at_start(&self.recorder);
                }
                browser::soon(move || self.go_on());
                return;
            }
        }
        browser::soon(move || self.end());
    }

    /// Does one slice of the work; returns whether there is enough to begin with.
    fn is_ready(&mut self, now: f64) -> bool {
        if let Some((run, seeker)) = &mut self.part {
            return !comes_nearer(seeker, run, self.eye);
        }
        self.whole = !self.recorder.advance(SLICE);
        let enough = now - self.began > PATIENCE && self.recorder.known() > self.eye;
        if self.whole || enough {
            self.part = Some((self.recorder.so_far(), Seeker::new()));
        }
        false
    }

    fn end(self) {
        let Some((run, seeker)) = self.part else { return };
        let unread = self.apology.is_some();
        let state = match self.place {
            Some(place) => {
                let mut state = State::restored(run, place);
                if let Some(turn) = self.turn {
                    reduce(&mut state, turn);
                }
                memory::recall(&mut state);
                if address::presents() {
                    reduce(&mut state, Action::Present(Show::Begin));
                }
                state
            }
            None => {
                let mut state = State::new(run);
                state.t = FIRST_MOMENT;
                state.playing = true;
                state.notice = self.apology.map(Into::into);
                state
            }
        };
        let rest = (!self.whole).then_some(self.recorder);
        (self.then)(Opening { state, seeker, rest, unread });
    }
}
