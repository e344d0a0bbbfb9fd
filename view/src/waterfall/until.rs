//! Until when each call of a request is worth anything.

use super::row::Row;
use half_open::log::Kind;
use half_open::run::Run;
use half_open::time::SimTime;

/// Finds the deadline of an attempt, from those before it: of the same call, or of the one for which it
/// is made, whose place is `caller`.
pub(super) fn deadline(
    run: &Run,
    attempts: &[Row],
    place: usize,
    caller: Option<usize>,
) -> Option<SimTime> {
    let row = &attempts[place];
    let call = |row: &Row| (row.edge, row.caller, row.by_client);
    let first = attempts[..place].iter().find(|other| call(other) == call(row));
    if let Some(first) = first {
        return first.deadline;
    }
    let inherited = caller.and_then(|caller| told(run, &attempts[caller]));
    run.deadline(row.edge, row.from(), inherited)
}

/// The deadline that the service of an attempt was told.
fn told(run: &Run, row: &Row) -> Option<SimTime> {
    let sent =
        row.events.iter().find(|event| matches!(event.kind, Kind::Sent | Kind::Duplicated))?;
    run.deadline_told(row.edge, sent, row.deadline?)
}
