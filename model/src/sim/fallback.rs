//! What a caller does when a call has failed for good and there is something to fall back on.

use super::attempt::{Attempt, Call};
use super::slab::Handle;
use super::task::Sim;
use crate::log::{EventId, Fallback, Kind, SpanId};
use crate::policy::fallback;
use crate::policy::outcome::{Outcome, Status};
use crate::random;
use crate::scenario::EdgeId;
use crate::time::SimTime;

/// A call that is over: where it was, the one behind it, when it began, and who thinks now.
type Over = (Handle<Call>, Option<Handle<Call>>, SimTime, u32);

impl Sim<'_> {
    /// What there is to fall back on, if a call whose last attempt ends like this needs it. Good answers are
    /// remembered.
    #[cold]
    #[inline(never)]
    pub(super) fn fallback(
        &mut self,
        handle: Handle<Attempt>,
        parent: Option<Handle<Attempt>>,
        outcome: Outcome,
    ) -> u32 {
        self.stand_in(handle, parent, outcome).map_or(0, Fallback::pack)
    }

    fn stand_in(
        &mut self,
        handle: Handle<Attempt>,
        parent: Option<Handle<Attempt>>,
        outcome: Outcome,
    ) -> Option<Fallback> {
        let now = self.world.now;
        let edge = self.world.attempts.get(handle)?.edge;
        let kind = self.scenario.edges[usize::from(edge)].policy.fallback.kind;
        if kind == fallback::Kind::Stale {
            self.note_good_answer(handle, edge, outcome);
        }
        if !fallback::covers(outcome) {
            return None;
        }
        match kind {
            fallback::Kind::Off => None,
            fallback::Kind::Static => Some(Fallback::Static),
            fallback::Kind::Stale => {
                let key = self.answer_key(handle, edge);
                let last = self.world.lines[usize::from(edge)].answers.last(key)?;
                Some(Fallback::Stale { age: now.since(last) })
            }
            fallback::Kind::Other => {
                // Nobody waits any more for what a call now would bring.
                let caller = self.world.attempts.get(parent?)?;
                let failed = caller.job.is_none_or(|job| job.failed.is_some());
                if failed || caller.deadline.has_passed(now) {
                    return None;
                }
                self.scenario.fallback_of(edge).map(Fallback::Call)
            }
        }
    }

    /// What an attempt asks for: where its service tells things apart by a key, that one.
    fn answer_key(&self, handle: Handle<Attempt>, edge: EdgeId) -> u32 {
        let node = self.scenario.edges[usize::from(edge)].to;
        let cache = self.scenario.service(node).map(|service| service.cache);
        let keys = cache.filter(|cache| cache.is_on()).map(|cache| cache.keys);
        keys.and_then(|keys| self.cache_key(node, keys, handle)).unwrap_or_default()
    }

    fn note_good_answer(&mut self, handle: Handle<Attempt>, edge: EdgeId, outcome: Outcome) {
        let whole = |status: Status| status.is_success() && !status.is_degraded();
        if matches!(outcome, Outcome::Answered(status) if whole(status)) {
            let key = self.answer_key(handle, edge);
            let now = self.world.now;
            self.world.lines[usize::from(edge)].answers.note(key, now);
        }
    }

    /// A call over this line is over, as this event says of its last attempt, and its caller goes on with
    /// something else.
    #[cold]
    #[inline(never)]
    pub(super) fn fall_back(
        &mut self,
        fallback: u32,
        (span, edge, ended, outcome): (SpanId, EdgeId, EventId, Outcome),
        parent: Option<Handle<Attempt>>,
        (call, sibling, began, thinker): Over,
    ) {
        let now = self.world.now;
        let event = self.log.push(now, Kind::FellBack, span, fallback, ended);
        self.leave_stack(call, Some((outcome, ended)));
        self.fill_bulkhead(edge);
        self.drop_call(call);
        let Some(parent) = parent else {
            self.log.operation_over(now.since(began), Status::DEGRADED);
            self.think(self.scenario.edges[usize::from(edge)].from, thinker);
            return;
        };
        self.forget_call(parent, call, sibling);
        let Fallback::Call(other) = Fallback::unpack(fallback) else {
            self.call_over(parent, edge, Outcome::Answered(Status::DEGRADED), event);
            return;
        };
        let Some(attempt) = self.world.attempts.get_mut(parent) else { return };
        let Some(job) = attempt.job.as_mut() else { return };
        // Even a good answer is not the one that was wanted.
        job.degrade(event);
        if job.failed.is_none() {
            job.last = event;
        }
        let entity = random::nest(attempt.entity, u64::from(other));
        let call = Call {
            parent: Some(parent),
            sibling: job.call,
            ..Call::new(other, attempt.question.request, entity, (now, event))
        };
        self.begin_call(call);
    }
}
