//! Links of version 4: those of version 2, and behind that which side the experiment is, where both
//! are shown side by side.

use super::v2;
use super::wire::Wire;
use super::{LinkError, Side, State};

pub(super) fn write(state: &State, side: Side) -> Vec<u8> {
    let mut bytes = Vec::new();
    v2::write_to(&mut bytes, state, state.ghost.as_ref().unwrap_or(&state.experiment));
    side.write(&mut bytes);
    bytes
}

pub(super) fn read(bytes: &[u8]) -> Result<State, LinkError> {
    let (mut state, side) = v2::read_before(bytes, Side::read)?;
    state.ghost = state.ghost.filter(|ghost| *ghost != state.experiment);
    state.pair = Some(side);
    Ok(state)
}
