//! One state, and the one way to change it.
//!
//! Whatever makes HTML gets a [`Store`]: the state as it is now, and a way to say what somebody
//! wants. Whatever draws on a canvas reads the [`Hub`] once per frame instead,
//! outside of the component tree.

mod action;
mod axis;
mod beside;
mod differ;
mod drawing;
#[cfg(test)]
mod drawing_tests;
mod find;
mod forks;
mod history;
mod hub;
mod making;
#[cfg(test)]
mod making_tests;
#[cfg(test)]
mod pair_tests;
mod place;
mod present;
#[cfg(test)]
mod present_tests;
#[cfg(test)]
mod preset_tests;
mod reduce;
mod speed;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod tour;
#[cfg(test)]
mod tour_tests;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use half_open::run::versus::Outcome;
use half_open::run::{Scene, Seeker};
use half_open::scenario::{Knob, Scenario};
use half_open::time::SimTime;
use yew::{Callback, MouseEvent};

pub(crate) use action::{Action, Arrange, DraftPart, End};
pub(crate) use differ::{Difference, course, differences};
pub(crate) use drawing::{Drawing, Held, Stroke};
pub(crate) use find::{LISTED, Seek};
pub(crate) use forks::{Branch, BranchId, Forks};
pub(crate) use half_open_view::link::{Range, Selection, Side};
pub(crate) use history::{History, Step, Way};
pub(crate) use hub::{Hub, View};
pub(crate) use making::{NEAR, SLICE, comes_nearer};
#[cfg(test)]
pub(crate) use present::Present;
pub(crate) use present::{Deed, Show, deeds};
pub(crate) use reduce::reduce;
pub(crate) use speed::SPEEDS;
pub(crate) use state::State;
pub(crate) use tour::{Guess, Tour, Turn, beat_of};

/// What the page shows, and whom it tells.
#[derive(Clone)]
pub(crate) struct Store {
    /// What the page shows.
    pub state: Rc<State>,
    /// The scenario with every knob as it stands at the moment that is shown.
    pub scenario: Arc<Scenario>,
    /// Where to say what somebody wants.
    pub dispatch: Callback<Action>,
    seeker: Rc<RefCell<Seeker>>,
    /// The same for the ghost, once it can be asked.
    beside: Option<Rc<RefCell<Seeker>>>,
}

impl Store {
    /// Looks at the simulated system as it is at the moment that is shown.
    pub(crate) fn scene<R>(&self, look: impl FnOnce(&Scene) -> R) -> R {
        look(self.seeker.borrow_mut().seek(&self.state.run, self.state.t))
    }

    /// Looks at the ghost's system at the same moment, if it is known by then.
    pub(crate) fn ghost_scene<R>(&self, look: impl FnOnce(&Scene) -> R) -> Option<R> {
        let (ghost, beside) = self.state.ghost.as_ref().zip(self.beside.as_ref())?;
        let known = self.state.t <= ghost.end();
        known.then(|| look(beside.borrow_mut().seek(ghost, self.state.t)))
    }

    /// What the shown run came to, or what is seen beside it; not before its end is known.
    pub(crate) fn outcome(&self, beside: bool) -> Option<Outcome> {
        let (run, seeker) = if beside {
            (self.state.ghost.as_ref()?, self.beside.as_ref()?)
        } else {
            (&self.state.run, &self.seeker)
        };
        let (end, mut seeker) = (run.end(), seeker.borrow().twin());
        let known = run.is_whole() && seeker.distance(run, end) <= NEAR;
        known.then(|| Outcome::at_the_end(run, seeker.seek(run, end)))
    }

    /// Does this when something is pressed.
    #[must_use]
    pub(crate) fn send(&self, action: Action) -> Callback<MouseEvent> {
        self.dispatch.reform(move |_| action.clone())
    }

    /// Selects something when it is pressed, and looks at the moment that goes with it.
    #[must_use]
    pub(crate) fn show(&self, selection: Selection, at: SimTime) -> Callback<MouseEvent> {
        self.send(Action::Show(selection, at))
    }

    /// The value of a knob at the moment that is shown.
    #[must_use]
    pub(crate) fn knob(&self, knob: Knob) -> Option<f64> {
        knob.get(&self.scenario)
    }
}
