//! The ghost's run and its scenes, beside those of the run that is shown.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use half_open::run::{Limits, Recorder, Seeker};
use half_open::scenario::Experiment;

use super::making::comes_nearer;
use super::state::State;

/// How many events are simulated between two looks at the clock.
const SLICE: u32 = 5_000;

/// What is needed to look at the ghost.
#[derive(Default)]
pub(super) struct Beside {
    seeker: Rc<RefCell<Seeker>>,
    making: RefCell<Option<(Arc<Experiment>, Recorder)>>,
    /// What turned out to be too large to be kept.
    refused: RefCell<Option<Arc<Experiment>>>,
    /// Whether it was walked through once, and to the moment that is shown.
    ready: Cell<bool>,
}

impl Beside {
    /// Finds the scenes of the ghost, once they can be asked for.
    pub(super) fn seeker(&self) -> Option<Rc<RefCell<Seeker>>> {
        self.ready.get().then(|| self.seeker.clone())
    }

    /// Finds the run of the ghost, and leaves each run the scenes that are known of it.
    pub(super) fn settle(&self, state: &mut State, seeker: &RefCell<Seeker>) {
        let ghost = state.forks.ghost().and_then(|ghost| state.run_of(&ghost.experiment));
        state.ghost = ghost.cloned();
        let (mut seeker, mut beside) = (seeker.borrow_mut(), self.seeker.borrow_mut());
        if !seeker.knows(&state.run) && beside.knows(&state.run) {
            std::mem::swap(&mut *seeker, &mut *beside);
            self.ready.set(false);
        }
        let strange = |ghost| !beside.knows(ghost);
        if state.ghost.as_deref().is_some_and(strange) {
            *beside = seeker.twin();
            self.ready.set(false);
        }
    }

    /// Works on it as long as there is time; returns whether there is more to do.
    pub(super) fn go_on(&self, state: &mut State, time_is_left: impl Fn() -> bool) -> bool {
        let Some(wanted) = state.forks.ghost().map(|ghost| ghost.experiment.clone()) else {
            *self.making.borrow_mut() = None;
            return false;
        };
        if let Some(ghost) = &state.ghost {
            let mut seeker = self.seeker.borrow_mut();
            // A step at least: a page that is always late gets there, too.
            while !self.ready.get() {
                let more =
                    seeker.prepare(ghost, SLICE) || comes_nearer(&mut seeker, ghost, state.t);
                self.ready.set(!more);
                if !time_is_left() {
                    break;
                }
            }
            return !self.ready.get();
        }
        if self.refused.borrow().as_ref() == Some(&wanted) {
            return false;
        }
        let mut slot = self.making.borrow_mut();
        let (_, recorder) = match &mut *slot {
            Some(making) if making.0 == wanted => making,
            slot => {
                let experiment = Experiment::clone(&wanted);
                let recorder = Recorder::continuing(&state.run, experiment, Limits::default());
                slot.insert((wanted, recorder))
            }
        };
        while recorder.advance(SLICE) {
            if !time_is_left() {
                return true;
            }
        }
        if let Some((wanted, recorder)) = slot.take() {
            state.keep(Rc::new(recorder.finish()));
            let refused = state.run_of(&wanted).is_none();
            *self.refused.borrow_mut() = refused.then_some(wanted);
        }
        true
    }
}
