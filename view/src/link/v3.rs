//! Links of version 3: a marked part of the time axis, and behind that a link of another version.

use super::wire::{Reader, Wire, structures};
use super::{LinkError, Range};

structures! {
    Range { from, to }
}

pub(super) fn write(range: Range, to: &mut Vec<u8>) {
    range.write(to);
}

/// Returns what is behind it, too.
pub(super) fn read(bytes: &[u8]) -> Result<(Option<Range>, &[u8]), LinkError> {
    let mut reader = Reader::new(bytes);
    let range = Range::read(&mut reader);
    let rest = reader.rest().ok_or(LinkError::Damaged)?;
    Ok((Some(range), rest))
}
