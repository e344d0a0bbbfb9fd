//! Requests that arrive twice: a proxy sent them again, a queue delivers at least once. Nobody waits for the
//! second one; what its service makes of it is a matter of keys.

use super::attempt::Attempt;
use super::deadline;
use super::faults;
use super::slab::Handle;
use super::task::{Sim, Task};
use crate::log::{Kind, NONE, pack_duration};
use crate::random::{self, Stream};
use crate::time::SimDuration;

/// Keeps the draws of the second one apart from those of what is done for the first.
const AGAIN: u64 = 1 << 33;

impl Sim<'_> {
    /// A request sets out that takes so long on its way; perhaps another one follows it.
    pub(super) fn duplicate(&mut self, handle: Handle<Attempt>, transit: SimDuration) {
        let Some(first) = self.world.attempts.get(handle) else { return };
        let (edge, question, call) = (first.edge, first.question, first.call);
        let Some(why) = self.doubled(edge, first.entity) else { return };
        let entity = random::nest(first.entity, AGAIN);
        let Some(made_by) = self.world.calls.get(call) else { return };
        let (until, number) = (made_by.deadline, (made_by.retry.attempts + 1).min(255));
        let parent = match made_by.parent {
            None => made_by.question.request,
            Some(parent) => self.world.attempts.get(parent).map_or(NONE, |parent| parent.span),
        };
        let behind = self.plan.latency(edge);
        let behind = behind.sample_with(|| self.draw(Stream::RequestLatency, entity, 0));
        let transit = transit + faults::delayed(&self.world.faults, edge, behind);
        let span = self.log.push_copy(parent, edge, number as u8);
        let payload = pack_duration(transit);
        let doubled = self.log.push(self.world.now, Kind::Duplicated, span, payload, why);
        let policy = &self.scenario.edges[usize::from(edge)].policy;
        let deadline =
            if until.is_never() { until } else { deadline::told(policy, until, transit) };
        let (second, _) = self.world.attempts.insert(Attempt {
            entity,
            question,
            sent_at: self.world.now,
            deadline,
            call,
            span,
            last: doubled,
            edge,
            doubled: true,
            waiting: false,
            remote: true,
            lose_response: NONE,
            ..Attempt::default()
        });
        self.after(transit, Task::Deliver(second));
    }
}
