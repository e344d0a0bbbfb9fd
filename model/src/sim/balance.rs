//! A service that calls one of its callees, and what it knows of each of them.

use super::attempt::{Attempt, Call};
use super::slab::Handle;
use super::task::Sim;
use crate::log::{EventId, Kind, Picked, StatusCode};
use crate::policy::balance::{By, Instance};
use crate::policy::outcome::Status;
use crate::random::{self, Stream};
use crate::scenario::{EdgeId, NodeId};

impl Sim<'_> {
    /// Makes the one call that a request needs, or answers if that is over.
    #[inline(never)]
    pub(super) fn call_one(
        &mut self,
        node: NodeId,
        handle: Handle<Attempt>,
        by: By,
        cause: EventId,
    ) {
        let Some(attempt) = self.world.attempts.get(handle) else { return };
        let (span, request, entity) = (attempt.span, attempt.question.request, attempt.entity);
        let Some(job) = &attempt.job else { return };
        let next = if job.calls_made == 0 { self.pick(node, by, entity) } else { None };
        let Some(picked) = next else {
            self.finish(node, handle);
            return;
        };
        if let Some(late) = self.too_late(handle, &[picked.edge], cause) {
            self.respond(node, handle, StatusCode::Http(Status::GATEWAY_TIMEOUT), late);
            return;
        }
        let now = self.world.now;
        let picking = self.log.push(now, Kind::Picked, span, picked.pack(), cause);
        self.world.lines[usize::from(picked.edge)].picked += 1;
        let job = self.world.attempts.get_mut(handle).and_then(|attempt| attempt.job.as_mut());
        let Some(job) = job else { return };
        job.calls_made += 1;
        let entity = random::nest(entity, u64::from(picked.edge));
        let call = Call {
            parent: Some(handle),
            sibling: job.call,
            picked: true,
            ..Call::new(picked.edge, request, entity, (now, picking))
        };
        self.begin_call(call);
    }

    fn pick(&mut self, node: NodeId, by: By, entity: u64) -> Option<Picked> {
        let calls = self.plan.own_calls_of(node);
        let instances: Vec<Instance> = calls.iter().map(|edge| self.instance(*edge)).collect();
        let (draws, stations) = (&self.world.draws, &mut self.world.stations);
        let luck = |n| random::unit(draws.draw(Stream::Balance, entity, n));
        let pick = stations[usize::from(node)].balancer.pick(by, &instances, luck)?;
        let in_flight = instances[pick.place].in_flight;
        Some(Picked { edge: calls[pick.place], in_flight, passed_over: pick.passed_over as u8 })
    }

    fn instance(&self, edge: EdgeId) -> Instance {
        let (line, policy) =
            (&self.world.lines[usize::from(edge)], &self.scenario.edges[usize::from(edge)].policy);
        let refuses =
            policy.breaker_enabled && line.breaker.would_refuse(&policy.breaker, self.world.now);
        Instance { in_flight: line.picked, refuses }
    }
}
