//! Holds the state, carries out actions, and has everything redrawn once per frame.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use half_open::run::{Recorder, Run, Seeker};
use yew::Callback;

use super::beside::Beside;
use super::making::{Making, SLICE};
use super::reduce::{cancel, compete, reduce};
use super::state::Contest;
use super::{Action, State, Store};

/// How many milliseconds of a frame may be spent on being ready for jumps.
const READINESS: f64 = 4.0;
/// How many events are walked over for that between two looks at the clock.
const STRIDE: u32 = 500;
/// How many milliseconds lie between two renderings of the components while time passes.
const RENDER_EVERY: f64 = 100.0;
/// A frame that comes later than this many seconds was not waited for: the page was hidden.
const LONGEST_TICK: f64 = 0.1;
/// Seconds between two steps for visitors who asked for less motion.
const CALM_STEP: f64 = 0.25;

/// Something that is drawn from the state outside of the component tree.
pub(crate) trait View {
    /// Brings it up to date. `now` is the time of the frame in milliseconds.
    fn show(&self, state: &State, seeker: &RefCell<Seeker>, now: f64);
}

/// The one state of the page, and everybody who has to know when it changes.
pub(crate) struct Hub {
    state: RefCell<Rc<State>>,
    seeker: Rc<RefCell<Seeker>>,
    beside: Beside,
    /// The latest of the actions that come with every movement of a pointer.
    waiting: RefCell<Option<Action>>,
    making: Making,
    views: RefCell<Vec<Rc<dyn View>>>,
    render: RefCell<Callback<()>>,
    wake: RefCell<Callback<()>>,
    clock: fn() -> f64,
    changed: Cell<bool>,
    /// Whether every moment of the run can be shown without a long way from the start.
    prepared: Cell<bool>,
    rendered: Cell<f64>,
    last_frame: Cell<Option<f64>>,
    unspent: Cell<f64>,
}

impl Hub {
    /// A page that shows `state`. `clock` gives milliseconds since some moment.
    #[must_use]
    pub(crate) fn new(state: State, clock: fn() -> f64) -> Self {
        let seeker = Rc::new(RefCell::new(Seeker::new()));
        Self {
            state: RefCell::new(Rc::new(state)),
            beside: Beside::default(),
            making: Making::new(seeker.clone(), clock),
            seeker,
            waiting: RefCell::default(),
            views: RefCell::default(),
            render: RefCell::new(Callback::noop()),
            wake: RefCell::new(Callback::noop()),
            clock,
            changed: Cell::new(true),
            prepared: Cell::new(false),
            rendered: Cell::new(f64::NEG_INFINITY),
            last_frame: Cell::new(None),
            unspent: Cell::new(0.0),
        }
    }

    /// Goes on with a run of which a part is shown. The seeker knows the way to that.
    pub(crate) fn go_on_with(&self, rest: Option<Recorder>, seeker: Seeker) {
        self.seeker.replace(seeker);
        if let Some(recorder) = rest {
            self.making.take_over(Rc::make_mut(&mut self.state.borrow_mut()), recorder);
        }
    }

    /// Who renders the components.
    pub(crate) fn on_render(&self, render: Callback<()>) {
        *self.render.borrow_mut() = render;
    }

    /// Who calls [`frame`](Self::frame) soon.
    pub(crate) fn on_wake(&self, wake: Callback<()>) {
        *self.wake.borrow_mut() = wake;
    }

    /// Adds something to be drawn in every frame.
    pub(crate) fn attach(&self, view: Rc<dyn View>) {
        self.views.borrow_mut().push(view);
        self.wake();
    }

    /// Asks for a frame.
    pub(crate) fn wake(&self) {
        self.wake.borrow().emit(());
    }

    /// The state as it is now.
    #[must_use]
    pub(crate) fn state(&self) -> Rc<State> {
        self.state.borrow().clone()
    }

    /// Finds the scenes of what is seen beside the run that is shown, once they can be asked for.
    #[must_use]
    pub(crate) fn beside(&self) -> Option<Rc<RefCell<Seeker>>> {
        self.beside.seeker()
    }

    /// What is made into HTML.
    #[must_use]
    pub(crate) fn store(&self, dispatch: &Callback<Action>) -> Store {
        let state = self.state();
        let scenario = self.seeker.borrow_mut().seek(&state.run, state.t).scenario.clone();
        let beside = self.beside.seeker();
        Store { state, scenario, dispatch: dispatch.clone(), seeker: self.seeker.clone(), beside }
    }

    /// Carries out an action: at once, or in the next frame if a newer one may replace it.
    pub(crate) fn dispatch(&self, action: Action) {
        self.making.begin_turn();
        let before = self.waiting.take();
        if let Some(before) = before.filter(|before| !before.gives_way_to(&action)) {
            self.apply(before);
        }
        if action.can_wait() {
            *self.waiting.borrow_mut() = Some(action);
        } else {
            self.apply(action);
        }
        self.wake();
    }

    fn apply(&self, action: Action) {
        let passing = matches!(action, Action::Tick(_));
        let mut state = self.state.borrow_mut();
        let state = Rc::make_mut(&mut state);
        let (from, run) = (state.t, state.run.clone());
        match action {
            Action::Cancel => cancel(state, self.making.last_whole(state)),
            action => reduce(state, action),
        }
        state.note_what_is_seen();
        if self.making.is_outdated(state) {
            self.seen(self.making.begin(state));
        }
        if Rc::ptr_eq(&run, &state.run) {
            self.making.leave(state, from, self.beside.seeker().as_deref());
        }
        self.beside.settle(state, &self.seeker);
        // While a slider moves the picture of the contest stays: it takes longer than a frame.
        let outdated = |contest: &Contest| contest.of != state.experiment;
        if state.gesture.is_none() && state.contest.as_ref().is_some_and(outdated) {
            compete(state);
        }
        if !passing || !state.playing {
            self.changed.set(true);
        }
    }

    /// There is something new to see, perhaps another run.
    fn seen(&self, new: bool) {
        if new {
            self.prepared.set(false);
            self.changed.set(true);
        }
    }

    /// Does what is to be done in a frame at `now` milliseconds; returns whether another one is
    /// needed.
    pub(crate) fn frame(&self, now: f64) -> bool {
        self.making.begin_turn();
        if let Some(action) = self.waiting.take() {
            self.apply(action);
        }
        self.pass_time(now);
        self.go_on_computing();
        let competes = self.compete();
        let haunted = self.look_beside();
        let searches = self.search();
        let state = self.state();
        // While a slider moves, the next run comes before anybody looks at the rest of this one.
        if !self.prepared.get() && !state.computing && state.gesture.is_none() {
            self.prepare(&state.run);
        }
        let views = self.views.borrow().clone();
        for view in views {
            view.show(&state, &self.seeker, now);
        }
        let due = now - self.rendered.get() >= RENDER_EVERY;
        if self.changed.get() || (state.playing && due) {
            self.changed.set(false);
            self.rendered.set(now);
            self.render.borrow().emit(());
        }
        let prepares = !self.prepared.get() && state.gesture.is_none();
        let goes_on = state.computing || state.heading.is_some() || prepares || competes;
        state.playing || goes_on || haunted || searches || self.waiting.borrow().is_some()
    }

    /// Holds some more contests, if there are any to hold; returns whether there were.
    fn compete(&self) -> bool {
        let state = self.state();
        let contest = state.contest.as_ref().filter(|_| !state.computing);
        let Some(contest) = contest else { return false };
        let (start, mut sweep) = ((self.clock)(), contest.sweep.borrow_mut());
        if sweep.progress() >= 1.0 {
            return false;
        }
        while sweep.advance(SLICE) && (self.clock)() - start < READINESS {}
        self.changed.set(true);
        true
    }

    /// Works on the ghost, if there is one; returns whether there is more to do.
    fn look_beside(&self) -> bool {
        let mut state = self.state.borrow_mut();
        let known = self.beside.seeker().is_some();
        let done = state.ghost.is_some() && known;
        if state.computing || done || state.forks.ghost().is_none() {
            return false;
        }
        let start = (self.clock)();
        let state = Rc::make_mut(&mut state);
        let more = self.beside.go_on(state, || (self.clock)() - start < READINESS);
        self.beside.settle(state, &self.seeker);
        if known != self.beside.seeker().is_some() {
            self.changed.set(true);
        }
        more
    }

    /// Searches for a while, if there is something to look for; returns whether there was.
    fn search(&self) -> bool {
        let mut state = self.state.borrow_mut();
        if !state.find.is_hungry(&state.run) {
            return false;
        }
        let (start, clock) = ((self.clock)(), self.clock);
        let state = Rc::make_mut(&mut state);
        state.find.go_on(&state.run, || clock() - start < READINESS);
        self.changed.set(true);
        true
    }

    fn prepare(&self, run: &Run) {
        let (start, mut seeker) = ((self.clock)(), self.seeker.borrow_mut());
        while seeker.prepare(run, STRIDE) {
            if (self.clock)() - start > READINESS {
                return;
            }
        }
        self.prepared.set(true);
        // The numbers of a pair are those at the end, which is near only now.
        let paired = self.state.borrow().forks.pair().is_some();
        self.changed.set(self.changed.get() || paired);
    }

    fn pass_time(&self, now: f64) {
        let state = self.state();
        let last = self.last_frame.replace(state.playing.then_some(now));
        let Some(last) = last.filter(|_| state.playing) else {
            self.unspent.set(0.0);
            return;
        };
        let passed = ((now - last) / 1000.0).clamp(0.0, LONGEST_TICK);
        let unspent = self.unspent.get() + passed;
        if state.less_motion && unspent < CALM_STEP {
            self.unspent.set(unspent);
        } else {
            self.unspent.set(0.0);
            self.apply(Action::Tick(unspent));
        }
    }

    fn go_on_computing(&self) {
        let mut state = self.state.borrow_mut();
        if !state.computing && state.heading.is_none() {
            return;
        }
        let state = Rc::make_mut(&mut state);
        self.seen(self.making.go_on(state));
        // What was asked for meanwhile.
        if self.making.is_outdated(state) {
            self.seen(self.making.begin(state));
        }
        self.seen(self.making.arrive(state, self.beside.seeker().as_deref()));
        self.beside.settle(state, &self.seeker);
    }
}
