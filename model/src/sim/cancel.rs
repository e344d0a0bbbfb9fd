//! A service hears that its caller has gone, and stops: a reset stream in HTTP/2 (RFC 9113, 5.4.2),
//! a cancelled context in gRPC.

use super::attempt::{Attempt, Call};
use super::slab::Handle;
use super::task::{Sim, Task};
use crate::log::{EventId, Kind};
use crate::random::Stream;

/// News for a service, on its way: nobody waits for this attempt any more, because of that event.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Farewell {
    attempt: Handle<Attempt>,
    why: EventId,
}

impl Sim<'_> {
    /// Tells a service that the caller of an attempt has gone, if it listens.
    #[inline(never)]
    pub(super) fn say_goodbye(&mut self, handle: Handle<Attempt>, why: EventId) {
        let Some(attempt) = self.world.attempts.get(handle) else { return };
        let (edge, entity) = (attempt.edge, attempt.entity);
        let callee = self.scenario.edges[usize::from(edge)].to;
        if !self.scenario.service(callee).is_some_and(|service| service.cancels) {
            return;
        }
        let transit = self.plan.latency(edge);
        let transit = transit.sample_with(|| self.draw(Stream::RequestLatency, entity, 1));
        let (farewell, _) = self.world.farewells.insert(Farewell { attempt: handle, why });
        self.after(transit, Task::Cancel(farewell));
    }

    /// A service hears that somebody has gone: what it does for them stops where it is, and what others
    /// do for it.
    pub(super) fn hear_goodbye(&mut self, farewell: Handle<Farewell>) {
        let Some(Farewell { attempt: handle, why }) = self.world.farewells.take(farewell) else {
            return;
        };
        let Some(attempt) = self.world.attempts.get(handle) else { return };
        let (edge, span, key) = (attempt.edge, attempt.span, attempt.question.key);
        // What has not come yet, or was answered already, cannot be stopped, and an effect that was
        // made stays made: its key is still to be recorded.
        let Some(job) = attempt.job.filter(|job| !job.recording) else { return };
        let node = self.scenario.edges[usize::from(edge)].to;
        if self.hanging(node).is_some()
            || self.cut(edge).is_some()
            || self.is_shared(node, job.started)
        {
            return;
        }
        let station = &mut self.world.stations[usize::from(node)];
        let worked = !station.leave(handle);
        if worked {
            station.lay_down(handle);
        }
        self.note_exit(node, handle, false);
        let cancelled = self.log.push(self.world.now, Kind::Cancelled, span, 0, why);
        if let Some(key) = key {
            self.world.stations[usize::from(node)].keys.abandon(key, job.started);
        }
        self.abandon_calls(job.call, cancelled);
        self.fill_bulkheads(node);
        self.far_side_done(handle);
        self.fetch_no_more(node, job.started);
        if worked {
            self.fill_workers(node);
        }
    }

    /// A service stopped while it waited for these calls: nobody wants their outcomes any more.
    pub(super) fn abandon_calls(&mut self, first: Option<Handle<Call>>, why: EventId) {
        let mut next = first;
        while let Some(handle) = next {
            next = self.world.calls.get(handle).and_then(|call| call.sibling);
            self.abandon_call(handle, why);
        }
    }

    fn abandon_call(&mut self, handle: Handle<Call>, why: EventId) {
        let Some(call) = self.world.calls.get(handle) else { return };
        let attempt = call.attempt;
        self.drop_call(handle);
        let Some(handle) = attempt else { return };
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return };
        attempt.waiting = false;
        let (edge, pass, gone) = (attempt.edge, attempt.pass.take(), !attempt.remote);
        if gone {
            self.world.attempts.remove(handle);
        }
        let group = pass.and_then(|pass| self.group_of(pass));
        if let Some(pass) = pass {
            self.abandon_pass(handle, pass, edge);
        }
        self.say_goodbye(handle, why);
        if let Some(group) = group {
            self.abandon_group(group, why);
        }
    }
}
