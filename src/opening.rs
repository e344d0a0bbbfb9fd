//! What the page opens with. It is simulated before there is a page, in slices: whoever loads a
//! long run reads what takes so long, and can leave.

use half_open::run::{Limits, Recorder, Run};
use half_open::scenario::library;
use half_open::time::SimTime;

use crate::address;
use crate::browser;
use crate::memory;
use crate::store::State;

/// Where a first visitor comes in: shortly before the bank becomes slow.
const FIRST_MOMENT: SimTime = SimTime::from_millis(3_000);
/// How many events are simulated between two looks at the clock.
const SLICE: u32 = 5_000;
/// How many milliseconds a slice may take.
const BUDGET: f64 = 8.0;

/// The first state of the page.
pub(crate) struct Opening {
    /// What is shown.
    pub state: State,
    /// Whether there is an address that could not be read.
    pub unread: bool,
}

/// What somebody does with the opening.
type Then = Box<dyn FnOnce(Opening)>;
/// What is made of the run.
type Shown = Box<dyn FnOnce(Run) -> Opening>;

/// Prepares what the address asks for, or the beginning of the first scenario.
pub(crate) fn prepare(then: impl FnOnce(Opening) + 'static) {
    let (experiment, shown): (_, Shown) = match address::read() {
        Some(Ok(place)) => {
            let experiment = place.experiment.clone();
            let shown = move |run| {
                let mut state = State::restored(run, place);
                memory::recall(&mut state);
                Opening { state, unread: false }
            };
            (experiment, Box::new(shown))
        }
        Some(Err(error)) => {
            let shown = move |run| {
                let mut state = first_visit(run);
                let instead = "Here is the first scenario instead.";
                state.notice = Some(address::apology(&error, instead).into());
                Opening { state, unread: true }
            };
            (library::payments(), Box::new(shown))
        }
        None => {
            let shown = |run| Opening { state: first_visit(run), unread: false };
            (library::payments(), Box::new(shown))
        }
    };
    let recorder = Recorder::new(experiment, Limits::default());
    browser::soon(move || go_on(recorder, shown, Box::new(then)));
}

fn go_on(mut recorder: Recorder, shown: Shown, then: Then) {
    let start = browser::now();
    while recorder.advance(SLICE) {
        if browser::now() - start > BUDGET {
            browser::soon(move || go_on(recorder, shown, then));
            return;
        }
    }
    let opening = shown(recorder.finish());
    browser::soon(move || then(opening));
}

fn first_visit(run: Run) -> State {
    let mut state = State::new(run);
    state.t = FIRST_MOMENT;
    state.playing = true;
    state
}
