//! Links of version 5: where somebody has put the nodes, and behind that a link of another version.

use super::wire::{Reader, Wire, structures};
use super::{LinkError, State};
use half_open::scenario::{Cell, Scenario};

pub(super) struct Places {
    /// Those of the experiment, node for node; what is not told is nowhere.
    here: Vec<Option<Cell>>,
    /// Those of what it is seen beside, if they differ.
    ghost: Option<Vec<Option<Cell>>>,
}

structures! {
    Places { here, ghost }
    Cell { column, row }
}

impl Places {
    /// Takes all places away, and keeps them, if there are any.
    pub(super) fn take(state: &mut State) -> Option<Self> {
        let ghost = state.ghost.as_mut().map(|ghost| take(&mut ghost.scenario));
        let here = take(&mut state.experiment.scenario);
        let ghost = ghost.filter(|ghost| *ghost != here);
        let any = here.iter().chain(ghost.iter().flatten()).any(Option::is_some);
        any.then_some(Self { here, ghost })
    }

    /// Puts the nodes there.
    pub(super) fn give(self, state: &mut State) {
        let Self { here, ghost } = self;
        if let Some(other) = &mut state.ghost {
            give(&mut other.scenario, ghost.as_ref().unwrap_or(&here));
        }
        give(&mut state.experiment.scenario, &here);
    }
}

fn take(scenario: &mut Scenario) -> Vec<Option<Cell>> {
    scenario.nodes.iter_mut().map(|node| node.place.take()).collect()
}

fn give(scenario: &mut Scenario, places: &[Option<Cell>]) {
    for (node, place) in scenario.nodes.iter_mut().zip(places) {
        node.place = *place;
    }
}

/// Returns what is behind it, too.
pub(super) fn read(bytes: &[u8]) -> Result<(Places, &[u8]), LinkError> {
    let mut reader = Reader::new(bytes);
    let places = Places::read(&mut reader);
    let rest = reader.rest().ok_or(LinkError::Damaged)?;
    Ok((places, rest))
}
