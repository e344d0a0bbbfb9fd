//! What a link or a file holds of the state.

use half_open::link::{self, Selected, ViewState};
use half_open::run::{Limits, Run};
use half_open::view::selection::Selection;

use super::Action;
use super::reduce::reduce;
use super::state::State;

impl State {
    /// The page as a link or a file has it.
    #[must_use]
    pub(crate) fn restored(place: link::State) -> Self {
        let mut state = Self::new(Run::new(place.experiment.clone(), Limits::default()));
        reduce(&mut state, Action::Restore(Box::new(place)));
        state
    }

    /// All of it that a link holds.
    #[must_use]
    pub(crate) fn place(&self) -> link::State {
        link::State {
            experiment: (*self.experiment).clone(),
            view: ViewState {
                at: self.t,
                selection: selected(self.selection),
                from: self.viewport.from,
                to: self.viewport.to,
            },
        }
    }
}

const fn selected(selection: Selection) -> Selected {
    match selection {
        Selection::Nothing => Selected::Nothing,
        Selection::Edge(id) => Selected::Edge(id),
        Selection::Node(id) => Selected::Node(id),
        Selection::Client(id) => Selected::Client(id),
        Selection::Request(id) => Selected::Request(id),
        Selection::Event(id) => Selected::Event(id),
        Selection::Intervention(index) => Selected::Intervention(index),
    }
}

pub(super) const fn selection(selected: Selected) -> Selection {
    match selected {
        Selected::Nothing => Selection::Nothing,
        Selected::Edge(id) => Selection::Edge(id),
        Selected::Node(id) => Selection::Node(id),
        Selected::Client(id) => Selection::Client(id),
        Selected::Request(id) => Selection::Request(id),
        Selected::Event(id) => Selection::Event(id),
        Selected::Intervention(index) => Selection::Intervention(index),
    }
}
