//! What the page opens with. It is simulated before there is a page, in slices: as much of it as
//! somebody looks at. Whoever loads a long run reads how far it has come, and can leave.

use std::cell::Cell;
use std::rc::Rc;

use half_open::run::{Limits, Recorder, Run, Seeker};
use half_open::scenario::{Experiment, library};
use half_open::time::SimTime;
use half_open_view::link;
use web_sys::{Element, Event};

use crate::address;
use crate::browser::{self, Listener};
use crate::memory;
use crate::progress;
use crate::store::{NEAR, SLICE, State};

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

/// What is asked for.
enum Wanted {
    /// What a link holds.
    Place(Box<link::State>),
    /// The first scenario, with a sentence about why it is not what the address holds.
    First(Option<String>),
    /// The first scenario instead of what takes so long.
    Instead,
}

/// Prepares what the address asks for, or the beginning of the first scenario.
pub(crate) fn prepare(then: impl FnOnce(Opening) + 'static) {
    let wanted = match address::read() {
        Some(Ok(place)) => Wanted::Place(Box::new(place)),
        Some(Err(error)) => {
            Wanted::First(Some(address::apology(&error, "Here is the first scenario instead.")))
        }
        None => Wanted::First(None),
    };
    let preparation = Preparation::of(wanted, Box::new(then));
    browser::soon(move || preparation.go_on());
}

/// An opening in the making.
struct Preparation {
    wanted: Wanted,
    /// The moment that is looked at.
    eye: SimTime,
    end: SimTime,
    recorder: Recorder,
    /// What is shown of it, once that is enough.
    part: Option<(Run, Seeker)>,
    whole: bool,
    began: f64,
    wait: Option<Wait>,
    then: Box<dyn FnOnce(Opening)>,
}

impl Preparation {
    fn of(wanted: Wanted, then: Box<dyn FnOnce(Opening)>) -> Box<Self> {
        let (experiment, eye) = match &wanted {
            Wanted::Place(place) => (place.experiment.clone(), place.view.at),
            Wanted::First(_) | Wanted::Instead => (library::payments(), FIRST_MOMENT),
        };
        let end = horizon(&experiment);
        Box::new(Self {
            wanted,
            eye: eye.min(end),
            end,
            recorder: Recorder::new(experiment, Limits::default()),
            part: None,
            whole: false,
            began: browser::now(),
            wait: None,
            then,
        })
    }

    fn go_on(mut self: Box<Self>) {
        let start = browser::now();
        while !self.is_ready(start) {
            if browser::now() - start > BUDGET {
                self.wait(start);
                if self.wait.as_ref().is_some_and(|wait| wait.is_over.get()) {
                    self = Self::of(Wanted::Instead, self.then);
                }
                browser::soon(move || self.go_on());
                return;
            }
        }
        let Self { wanted, recorder, part, whole, then, .. } = *self;
        let Some((run, seeker)) = part else { return };
        let rest = (!whole).then_some(recorder);
        let unread = !matches!(wanted, Wanted::Place(_) | Wanted::First(None));
        let state = match wanted {
            Wanted::Place(place) => {
                let mut state = State::restored(run, *place);
                memory::recall(&mut state);
                state
            }
            Wanted::First(sentence) => {
                let mut state = first_visit(run);
                state.notice = sentence.map(Into::into);
                state
            }
            Wanted::Instead => first_visit(run),
        };
        let opening = Opening { state, seeker, rest, unread };
        browser::soon(move || then(opening));
    }

    /// Does one slice of the work; returns whether there is enough to begin with.
    fn is_ready(&mut self, now: f64) -> bool {
        if let Some((run, seeker)) = &mut self.part {
            return seeker.distance(run, self.eye) <= NEAR || !seeker.prepare(run, SLICE);
        }
        self.whole = !self.recorder.advance(SLICE);
        let enough = now - self.began > PATIENCE && self.recorder.known() > self.eye;
        if self.whole || enough {
            self.part = Some((self.recorder.so_far(), Seeker::new()));
        }
        false
    }

    /// Says how far it has come, and offers a way out.
    fn wait(&mut self, now: f64) {
        if now - self.began > PATIENCE {
            let wait = self.wait.get_or_insert_with(Wait::begin);
            wait.tell(self.recorder.known(), self.end);
        }
    }
}

fn horizon(experiment: &Experiment) -> SimTime {
    SimTime::ZERO + experiment.scenario.horizon
}

fn first_visit(run: Run) -> State {
    let mut state = State::new(run);
    state.t = FIRST_MOMENT;
    state.playing = true;
    state
}

/// What somebody sees who waits for a long run; `index.html` has it ready.
struct Wait {
    sentence: Option<Element>,
    bar: Option<Element>,
    is_over: Rc<Cell<bool>>,
    _listener: Option<Listener>,
}

impl Wait {
    fn begin() -> Self {
        let find = |id| browser::document()?.get_element_by_id(id);
        let is_over = Rc::new(Cell::new(false));
        let listener = find("start-instead").map(|button| {
            let is_over = is_over.clone();
            Listener::new(&button, &["click"], move |_: Event| is_over.set(true))
        });
        if let Some(all) = find("start-wait") {
            // Then it stays out of sight.
            let _ = all.remove_attribute("hidden");
        }
        let (sentence, bar) = (find("start-status"), find("start-bar"));
        if let Some(sentence) = &sentence {
            // It changes too often to be read out each time; the bar can be asked.
            let _ = sentence.remove_attribute("role");
        }
        Self { sentence, bar, is_over, _listener: listener }
    }

    fn tell(&self, known: SimTime, end: SimTime) {
        let sentence = progress::sentence(known, end);
        if let Some(bar) = &self.bar {
            let share = known.nanos() as f64 / end.nanos().max(1) as f64;
            // A browser that has no such bar has the sentence.
            let _ = bar.set_attribute("value", &share.to_string());
            let _ = bar.set_attribute("aria-valuetext", &sentence);
        }
        if let Some(status) = &self.sentence {
            status.set_text_content(Some(&sentence));
        }
    }
}
