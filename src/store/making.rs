//! The run in the making: computed in slices, from the change to where somebody looks, and shown
//! as far as it is known while the rest of it comes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use half_open::run::{Limits, Recorder, Run, Seeker};
use half_open::scenario::Experiment;
use half_open::time::SimTime;

use super::State;

/// How many events are simulated, or walked over, between two looks at the clock.
pub(crate) const SLICE: u32 = 2_000;
/// How many milliseconds of a frame may be spent on it.
const BUDGET: f64 = 12.0;
/// After how many milliseconds it is said how far it has come.
const PATIENCE: f64 = 150.0;
/// How many milliseconds lie between two times that this is said.
const TELL_EVERY: f64 = 100.0;
/// How many milliseconds lie between two looks at what is known.
const LOOK_EVERY: f64 = 250.0;
/// A moment that is this many events away from one that is known is shown at once.
pub(crate) const NEAR: u32 = 30_000;

/// A run, and somebody who finds moments in it.
type Found = (Rc<Run>, Seeker);

/// What is being computed.
struct Task {
    of: Arc<Experiment>,
    /// None once there is nothing more to simulate.
    recorder: Option<Recorder>,
    /// What is to be shown, as soon as the moment is found in it.
    next: Option<Found>,
    /// When a part of it was shown last.
    shown: Option<f64>,
}

/// Computes the run of the experiment, if there is not one yet.
pub(super) struct Making {
    seeker: Rc<RefCell<Seeker>>,
    clock: fn() -> f64,
    task: RefCell<Option<Task>>,
    /// The last whole run, while a part of the next one is shown.
    before: RefCell<Option<Found>>,
    began: Cell<f64>,
    told: Cell<f64>,
    /// When the present frame began, and whether something was done in it.
    turn: Cell<(f64, bool)>,
}

impl Making {
    /// Nothing is computed yet. The seeker is the one that finds what is shown.
    pub(super) fn new(seeker: Rc<RefCell<Seeker>>, clock: fn() -> f64) -> Self {
        Self {
            seeker,
            clock,
            task: RefCell::default(),
            before: RefCell::default(),
            began: Cell::new(0.0),
            told: Cell::new(0.0),
            turn: Cell::default(),
        }
    }

    /// A frame begins, or something that happens between two frames: it has its time.
    pub(super) fn begin_turn(&self) {
        self.turn.set(((self.clock)(), false));
    }

    /// When it began, if there is time left in it: for one slice there always is.
    fn time_left(&self) -> Option<f64> {
        let (start, worked) = self.turn.get();
        self.turn.set((start, true));
        (!worked || (self.clock)() - start <= BUDGET).then_some(start)
    }

    /// Goes on with what somebody else has begun, of which a part is shown.
    pub(super) fn take_over(&self, state: &mut State, recorder: Recorder) {
        let (of, shown) = (state.experiment.clone(), Some((self.clock)()));
        *self.task.borrow_mut() = Some(Task { of, recorder: Some(recorder), next: None, shown });
        self.began.set(f64::NEG_INFINITY);
        state.computing = true;
    }

    /// The experiment to which one can go back: of the last whole run.
    pub(super) fn last_whole(&self, state: &State) -> Option<Arc<Experiment>> {
        let before = self.before.borrow();
        let run =
            before.as_ref().map(|(run, _)| run).or(state.run.is_whole().then_some(&state.run));
        run.map(|run| run.experiment().clone())
    }

    /// Begins to compute the run of an experiment for which what there is is
    /// [outdated](Self::is_outdated). What fits into a frame is there at once. Returns whether there
    /// is something new to see.
    pub(super) fn begin(&self, state: &mut State) -> bool {
        let mut task = self.task.borrow_mut();
        // While a slider moves, each of its values gets to where somebody looks: there is always
        // something new to see.
        let unseen = task.as_ref().is_some_and(|task| task.shown.is_none());
        if unseen && state.gesture.is_some() {
            return false;
        }
        if state.run.is_whole() && **state.run.experiment() == *state.experiment {
            state.experiment = state.run.experiment().clone();
            (*task, state.progress) = (None, None);
            return std::mem::take(&mut state.computing);
        }
        let before = self.before.borrow();
        let same = |found: &&Found| **found.0.experiment() == *state.experiment;
        let before_it =
            before.as_ref().filter(same).map(|(run, seeker)| (run.clone(), seeker.twin()));
        // The run of another branch may be there already.
        let known = || state.run_of(&state.experiment).map(|run| (run.clone(), self.twin()));
        let next = before_it.or_else(known);
        let recorder = next.is_none().then(|| {
            let runs = before.iter().map(|(run, _)| run).chain([&state.run]).chain(&state.kept);
            let nearest = runs.max_by_key(|run| run.shared_with(&state.experiment));
            let experiment = (*state.experiment).clone();
            let from = nearest.unwrap_or(&state.run);
            Recorder::continuing(from, experiment, Limits::default())
        });
        *task = Some(Task { of: state.experiment.clone(), recorder, next, shown: None });
        if !state.computing {
            self.began.set((self.clock)());
        }
        state.computing = true;
        drop((task, before));
        self.go_on(state)
    }

    /// Computes for a part of a frame. Returns whether there is something new to see.
    pub(super) fn go_on(&self, state: &mut State) -> bool {
        let mut slot = self.task.borrow_mut();
        let Some(task) = slot.as_mut() else { return false };
        let Some(start) = self.time_left() else { return false };
        let mut new = false;
        loop {
            if let Some((run, mut seeker)) = task.next.take() {
                if !comes_nearer(&mut seeker, &run, state.eye()) {
                    self.show(state, task, run, Some(seeker));
                    new = true;
                } else {
                    task.next = Some((run, seeker));
                }
            } else if let Some(recorder) = &mut task.recorder {
                let more = recorder.advance(SLICE);
                let late = (self.clock)() - start > BUDGET;
                let due = task.shown.is_none_or(|shown| start - shown > LOOK_EVERY);
                if !more || (late && due && recorder.known() > state.eye()) {
                    let run = Rc::new(recorder.so_far());
                    task.recorder.take_if(|_| !more);
                    if is_near(&self.seeker.borrow(), &run, state.eye()) {
                        self.show(state, task, run, None);
                        new = true;
                    } else {
                        task.next = Some((run, self.twin()));
                    }
                }
                if late {
                    break;
                }
            } else {
                break;
            }
            if (self.clock)() - start > BUDGET {
                break;
            }
        }
        if task.recorder.is_none() && task.next.is_none() {
            *slot = None;
        }
        state.computing = slot.is_some();
        self.tell(state, slot.as_ref()) || new
    }

    /// Says how far it has come, once that takes long.
    fn tell(&self, state: &mut State, task: Option<&Task>) -> bool {
        let Some(task) = task else { return state.progress.take().is_some() };
        let now = (self.clock)();
        let due = state.progress.is_none() || now - self.told.get() > TELL_EVERY;
        if now - self.began.get() <= PATIENCE || !due {
            return false;
        }
        self.told.set(now);
        let found = task.next.as_ref().map(|(run, _)| run.end());
        let known = task.recorder.as_ref().map(Recorder::known).or(found);
        state.progress = known.map(|known| (known, horizon(&task.of)));
        true
    }

    /// Puts a run in the place of the one that was shown.
    fn show(&self, state: &mut State, task: &mut Task, run: Rc<Run>, seeker: Option<Seeker>) {
        let whole = run.is_whole();
        let mut before = self.before.borrow_mut();
        let keep = !whole && before.is_none() && state.run.is_whole();
        let old = match seeker {
            Some(seeker) => Some(self.seeker.replace(seeker)),
            None => keep.then(|| self.twin()),
        };
        if keep {
            *before = old.map(|old| (state.run.clone(), old));
        } else if whole {
            *before = None;
        }
        task.shown = Some((self.clock)());
        state.show_run(run);
    }

    /// Somebody who knows as much as the one that finds what is shown.
    fn twin(&self) -> Seeker {
        self.seeker.borrow().twin()
    }

    /// Whether what is computed, or was, is no longer what is wanted.
    pub(super) fn is_outdated(&self, state: &State) -> bool {
        let task = self.task.borrow();
        let of = task.as_ref().map_or(state.run.experiment(), |task| &task.of);
        !Arc::ptr_eq(of, &state.experiment) && **of != *state.experiment
    }

    /// Walks to the moment that is to be shown, in the ghost as well if there is somebody who finds
    /// it there, for a part of a frame. Returns whether it is there.
    pub(super) fn arrive(&self, state: &mut State, beside: Option<&RefCell<Seeker>>) -> bool {
        let Some(heading) = state.heading else { return false };
        let run = &state.run;
        if !Arc::ptr_eq(run.experiment(), &state.experiment)
            || (heading > run.end() && !run.is_whole())
        {
            return false;
        }
        for (run, seeker) in self.in_sight(state, beside) {
            let mut seeker = seeker.borrow_mut();
            while !is_near(&seeker, run, heading) {
                if self.time_left().is_none() {
                    return false;
                }
                seeker.approach(run, heading, SLICE);
            }
        }
        state.t = heading.min(run.end());
        state.heading = None;
        true
    }

    /// Leaves the moment `from` for another in the same run only once that is near.
    pub(super) fn leave(&self, state: &mut State, from: SimTime, beside: Option<&RefCell<Seeker>>) {
        let mut in_sight = self.in_sight(state, beside);
        if state.t != from && in_sight.any(|(run, seeker)| !is_near(&seeker.borrow(), run, state.t))
        {
            drop(in_sight);
            state.heading = Some(std::mem::replace(&mut state.t, from));
        }
    }

    /// The runs that are looked at, with those who find moments in them.
    fn in_sight<'a>(
        &'a self,
        state: &'a State,
        beside: Option<&'a RefCell<Seeker>>,
    ) -> impl Iterator<Item = (&'a Run, &'a RefCell<Seeker>)> {
        let ghost = state.ghost.as_deref().zip(beside);
        std::iter::once((&*state.run, &*self.seeker)).chain(ghost)
    }
}

fn is_near(seeker: &Seeker, run: &Run, at: SimTime) -> bool {
    seeker.distance(run, at) <= NEAR
}

/// Walks towards a moment until it is near; returns whether there is more to walk.
pub(crate) fn comes_nearer(seeker: &mut Seeker, run: &Run, at: SimTime) -> bool {
    !is_near(seeker, run, at) && seeker.approach(run, at, SLICE)
}

/// Up to when an experiment is to be simulated.
fn horizon(experiment: &Experiment) -> SimTime {
    SimTime::ZERO + experiment.scenario.horizon
}
