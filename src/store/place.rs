//! What a link or a file holds of the state.

use std::rc::Rc;

use half_open::run::Run;
use half_open_view::link::{self, ViewState};

use super::Action;
use super::forks::Branch;
use super::reduce::reduce;
use super::state::State;

impl State {
    /// The page as a link or a file has it, whose run this is.
    #[must_use]
    pub(crate) fn restored(run: Run, place: link::State) -> Self {
        let mut state = Self::new(run);
        reduce(&mut state, Action::Restore(Box::new(place)));
        state
    }

    /// All of it that a link holds.
    #[must_use]
    pub(crate) fn place(&self) -> link::State {
        let other = |ghost: &&Rc<Branch>| ghost.id != self.forks.here();
        let ghost = self.forks.ghost().filter(other);
        link::State {
            experiment: (*self.experiment).clone(),
            view: ViewState {
                at: self.eye(),
                selection: self.selection,
                from: self.viewport.from,
                to: self.viewport.to,
            },
            ghost: ghost.map(|ghost| (*ghost.experiment).clone()),
            range: self.brush,
            pair: self.forks.pair(),
        }
    }
}
