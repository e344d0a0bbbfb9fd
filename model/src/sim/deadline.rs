//! Until when a call is worth anything, and who is told.

use super::attempt::{Attempt, Until};
use super::slab::Handle;
use super::task::Sim;
use crate::log::{DEADLINE, EventId, Kind, LAST, Verdict, pack_duration};
use crate::policy::deadline::Deadline;
use crate::policy::outcome::Outcome;
use crate::policy::retry::{Decision, GiveUp};
use crate::scenario::{CallPolicy, EdgeId};
use crate::time::{SimDuration, SimTime};

/// How long an attempt is waited for that begins now: never longer than its call may take.
#[cold]
pub(super) fn patience(policy: &CallPolicy, until: Until, now: SimTime) -> Option<SimDuration> {
    let own = policy.timeout.per_attempt;
    match until.get() {
        None => own,
        Some(deadline) => Some(deadline.or_earlier(policy.timeout.due(now)).since(now)),
    }
}

/// What the service of an attempt is told, over this line, by a message that travels so long.
#[cold]
pub(super) fn told(policy: &CallPolicy, until: Until, transit: SimDuration) -> Until {
    let passed_on = until.get().filter(|_| policy.deadline.propagate);
    Until::new(passed_on.map(|mut deadline| {
        // Clocks differ, so it travels as what remains of it.
        deadline.0 = deadline.0 + transit;
        deadline
    }))
}

/// No attempt is begun at or after the deadline, or the timeout for all attempts; returns what the log says of
/// one that would have been: the wait that would have been too long. What has passed speaks for itself.
#[cold]
pub(super) fn shorten(
    decision: &mut Decision,
    outcome: Outcome,
    (until, whole): (Until, Option<Deadline>),
    now: SimTime,
) -> Option<u32> {
    let by_timeout = whole.filter(|whole| until.get().is_none_or(|until| *whole < until));
    let deadline = by_timeout.or(until.get())?;
    let Decision::RetryAfter(wait) = *decision else { return None };
    if !deadline.has_passed(now + wait) {
        return None;
    }
    *decision = Decision::GiveUp(GiveUp::DeadlineNear);
    let speaks = deadline.has_passed(now) && outcome == Outcome::TimedOut;
    let which = if by_timeout.is_some() { DEADLINE } else { 0 };
    (!speaks).then(|| which | pack_duration(wait) << 1 | LAST)
}

impl Sim<'_> {
    /// The deadline of a call that begins now: its own, or the one that its caller was told.
    #[inline]
    pub(super) fn deadline_of(
        &self,
        policy: &CallPolicy,
        parent: Option<Handle<Attempt>>,
    ) -> Until {
        let caller = parent.and_then(|parent| self.world.attempts.get(parent));
        let inherited = caller.and_then(|caller| caller.deadline.get());
        Until::new(policy.deadline.deadline(self.world.now, inherited))
    }

    /// Whether the next calls of a service are not made, because nobody waits for its answer any more.
    pub(super) fn too_late(
        &mut self,
        handle: Handle<Attempt>,
        next: &[EdgeId],
        cause: EventId,
    ) -> Option<EventId> {
        let attempt = self.world.attempts.get(handle)?;
        if !attempt.deadline.has_passed(self.world.now) {
            return None;
        }
        let span = attempt.span;
        let hears =
            |edge: &EdgeId| self.scenario.edges[usize::from(*edge)].policy.deadline.propagate;
        if !next.iter().any(hears) {
            return None;
        }
        let verdict = Verdict::ExpiredAtWork as u32;
        Some(self.log.push(self.world.now, Kind::Verdict, span, verdict, cause))
    }
}
