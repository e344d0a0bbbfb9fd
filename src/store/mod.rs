//! One state, and the one way to change it.
//!
//! Components get a [`Store`]: the state as it was when they were last drawn, and a way to say
//! what somebody wants. Whatever draws on a canvas reads the [`Hub`] once per frame instead,
//! outside of the component tree.

mod action;
mod axis;
mod edit;
mod history;
mod hub;
mod reduce;
mod speed;
mod state;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use half_open::run::{Scene, Seeker};
use half_open::scenario::{Knob, Scenario};
use yew::Callback;

pub use action::Action;
pub use hub::{Hub, View};
pub use speed::SPEEDS;
pub use state::{Place, Selection, State, Track, Viewport};

/// What a component shows, and whom it tells.
#[derive(Clone)]
pub struct Store {
    /// What the page shows.
    pub state: Rc<State>,
    /// The scenario with every knob as it stands at the moment that is shown.
    pub scenario: Arc<Scenario>,
    /// Where to say what somebody wants.
    pub dispatch: Callback<Action>,
    seeker: Rc<RefCell<Seeker>>,
}

impl PartialEq for Store {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.state, &other.state)
    }
}

impl Store {
    /// Says what somebody wants.
    pub fn send(&self, action: Action) {
        self.dispatch.emit(action);
    }

    /// Looks at the simulated system as it is at the moment that is shown.
    pub fn scene<R>(&self, look: impl FnOnce(&Scene) -> R) -> R {
        look(self.seeker.borrow_mut().seek(&self.state.run, self.state.t))
    }

    /// The value of a knob at the moment that is shown.
    #[must_use]
    pub fn knob(&self, knob: Knob) -> Option<f64> {
        knob.get(&self.scenario)
    }
}
