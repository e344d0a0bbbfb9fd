//! What an answer lacks that is degraded.

use super::Run;
use crate::log::{Event, Kind};
use crate::scenario::NodeId;

/// The service without which an answer was given, or a part of whose answer is missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Missing {
    /// The service.
    pub node: NodeId,
    /// Whether it answered, but lacked something itself.
    pub in_part: bool,
}

/// What a degraded answer lacks: the first thing its service noticed. None for other answers, and for
/// those that were replayed.
#[must_use]
pub fn missing(run: &Run, answer: &Event) -> Option<Missing> {
    if !answer.status().is_degraded() {
        return None;
    }
    let log = run.log();
    let callee = |span| run.experiment().scenario.edge(log.span(span).edge).map(|edge| edge.to);
    let responded = match answer.kind {
        Kind::FellBack => {
            return callee(answer.subject).map(|node| Missing { node, in_part: false });
        }
        Kind::Responded => *answer,
        Kind::Answered | Kind::AnsweredLate => {
            let row = run.index().requests.get(log.request_of(answer.subject) as usize)?;
            let before = (row.first..answer.id).rev().map(|id| log.event(id));
            let mut own = before.filter(|event| event.kind == Kind::Responded);
            own.find(|event| event.subject == answer.subject)?
        }
        _ => return None,
    };
    let noticed = log.event(responded.cause()?);
    let in_part = noticed.kind == Kind::Answered && noticed.status().is_degraded();
    let outcome =
        matches!(noticed.kind, Kind::Answered | Kind::TimedOut | Kind::Rejected | Kind::FellBack);
    let node = callee(noticed.span()?)?;
    outcome.then_some(Missing { node, in_part })
}
