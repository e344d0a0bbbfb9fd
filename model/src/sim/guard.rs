//! What is asked before an attempt is sent, in this order: the breaker, the rate limit, the bulkhead. What they gave
//! goes back when its caller waits no longer.

use super::World;
use super::attempt::Attempt;
use super::hedge::Group;
use super::slab::{Handle, Slab};
use super::task::{Sim, Task};
use super::world::Line;
use crate::log::{EventId, Kind, NONE, Refusal};
use crate::policy::breaker::{self, Permit};
use crate::policy::bulkhead::{Entry, Place};
use crate::policy::outcome::Outcome;
use crate::scenario::{CallPolicy, EdgeId, NodeId};
use crate::time::SimDuration;

/// The breaker refuses.
struct Refused;

/// What an attempt was given on its way out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pass {
    permit: Option<Permit>,
    /// Whether it has a place in the bulkhead, or waits for one.
    place: bool,
    /// Why it is not sent, if it is not because of the breaker, and what is to blame.
    refusal: Option<(Refusal, EventId)>,
    /// The copies it is one of, if there may be others.
    pub(super) group: Option<Handle<Group>>,
}

impl Pass {
    /// Of one of these copies, before anything is asked for it.
    pub(super) fn of_copy(group: Handle<Group>) -> Self {
        Self { group: Some(group), ..Self::default() }
    }
}

/// Whether anything is asked before an attempt is sent.
pub(super) const fn is_on(policy: &CallPolicy) -> bool {
    policy.breaker_enabled
        || policy.rate_limit.is_on()
        || policy.bulkhead.is_on()
        || policy.hedge.is_on()
}

/// What the log says of an attempt that is not sent, and what is to blame.
#[cold]
pub(super) fn refusal(
    lines: &[Line],
    passes: &Slab<Pass>,
    edge: EdgeId,
    pass: Option<Handle<Pass>>,
) -> (u32, EventId) {
    let refusal = pass.and_then(|pass| passes.get(pass)?.refusal);
    let breaker = || (Refusal::Breaker, lines[usize::from(edge)].moved);
    let (why, cause) = refusal.unwrap_or_else(breaker);
    (why.pack(), cause)
}

impl Sim<'_> {
    /// Asks the breaker; one that is switched off lets everything pass.
    fn ask_breaker(
        &mut self,
        edge: EdgeId,
        policy: &CallPolicy,
    ) -> Result<Option<Permit>, Refused> {
        if !policy.breaker_enabled {
            return Ok(None);
        }
        let index = usize::from(edge);
        let answer = self.world.lines[index].breaker.acquire(&policy.breaker, self.world.now);
        if let Some(transition) = answer.transition {
            let cause = self.world.lines[index].moved;
            self.note_transition(edge, transition, cause);
        }
        answer.permit.map(Some).map_err(|_| Refused)
    }

    /// Asks for an attempt; returns whether it is sent now. If not, it waits, or has failed.
    #[inline(never)]
    pub(super) fn admit(&mut self, handle: Handle<Attempt>) -> bool {
        let Some(edge) = self.world.attempts.get(handle).map(|attempt| attempt.edge) else {
            return false;
        };
        let policy = &self.scenario.edges[usize::from(edge)].policy;
        let Ok(permit) = self.ask_breaker(edge, policy) else {
            if let Some(attempt) = self.world.attempts.get_mut(handle) {
                attempt.remote = false;
            }
            self.reject(handle);
            return false;
        };
        let known = self.world.attempts.get(handle).and_then(|attempt| attempt.pass);
        let group = known.and_then(|known| self.group_of(known));
        let mut pass = Pass { permit, group, ..Pass::default() };
        pass.refusal = self.ask_limiter(edge, handle);
        let entry = match pass.refusal {
            None => self.enter_bulkhead(edge, handle, &mut pass),
            Some(_) => Entry::Full,
        };
        let is_sent = entry == Entry::Enters;
        let given =
            policy.hedge.is_on() || pass.permit.is_some() || pass.place || pass.refusal.is_some();
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return false };
        attempt.remote = is_sent;
        match known.and_then(|known| self.world.passes.get_mut(known)) {
            Some(known) => *known = pass,
            None if given => attempt.pass = Some(self.world.passes.insert(pass).0),
            None => {}
        }
        if entry == Entry::Full {
            self.reject(handle);
        }
        is_sent
    }

    fn reject(&mut self, handle: Handle<Attempt>) {
        if !self.others_go_on(handle, Outcome::Rejected) {
            self.settle(handle, Outcome::Rejected);
        }
    }

    /// Asks the rate limit; returns why it does not let an attempt pass, if it does not.
    fn ask_limiter(&mut self, edge: EdgeId, handle: Handle<Attempt>) -> Option<(Refusal, EventId)> {
        let settings = &self.scenario.edges[usize::from(edge)].policy.rate_limit;
        let limiter = &mut self.world.lines[usize::from(edge)].limiter;
        let wait = limiter.acquire(settings, self.world.now).err()?;
        let made = self.world.attempts.get(handle).map_or(NONE, |attempt| attempt.last);
        Some((Refusal::RateLimit { wait }, made))
    }

    fn enter_bulkhead(&mut self, edge: EdgeId, handle: Handle<Attempt>, pass: &mut Pass) -> Entry {
        let settings = &self.scenario.edges[usize::from(edge)].policy.bulkhead;
        if !settings.is_on() {
            return Entry::Enters;
        }
        let bulkhead = &mut self.world.lines[usize::from(edge)].bulkhead;
        let oldest = bulkhead.oldest();
        let entry = bulkhead.enter(settings, handle);
        let (in_flight, waiting) = (bulkhead.in_flight() as u32, bulkhead.waiting() as u32);
        let blamed = |sim: &Self| oldest.map_or(NONE, |oldest| sim.blame(oldest));
        match entry {
            Entry::Enters => pass.place = true,
            Entry::Waits => {
                pass.place = true;
                let blamed = blamed(self);
                self.hold(handle, waiting, blamed);
            }
            Entry::Full => {
                let why = Refusal::Bulkhead { in_flight, waiting };
                pass.refusal = Some((why, blamed(self)));
            }
        }
        entry
    }

    /// An attempt waits for a place. Its timeout does not run yet, the deadline of its call does.
    fn hold(&mut self, handle: Handle<Attempt>, waiting: u32, cause: EventId) {
        let now = self.world.now;
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return };
        attempt.last = self.log.push(now, Kind::Held, attempt.span, waiting, cause);
        let (edge, call) = (attempt.edge, attempt.call);
        let deadline = self.world.calls.get(call).and_then(|call| call.deadline.get());
        if let Some(deadline) = deadline {
            self.after(deadline.0.since(now), Task::TimeOut(edge, handle));
        }
    }

    /// An attempt that had a pass has ended like this, after so long, with this event; returns the
    /// copies that it is one of: its place in the bulkhead is to be filled when it is known what becomes of them.
    #[inline(never)]
    pub(super) fn give_back(
        &mut self,
        handle: Handle<Attempt>,
        pass: Handle<Pass>,
        edge: EdgeId,
        (outcome, took, event): (Outcome, SimDuration, EventId),
    ) -> Option<Handle<Group>> {
        let pass = self.world.passes.take(pass)?;
        let policy = &self.scenario.edges[usize::from(edge)].policy;
        let line = &mut self.world.lines[usize::from(edge)];
        let place = if pass.place { line.bulkhead.leave(handle) } else { None };
        // Of what was never sent a breaker learns nothing, and one that is switched off of nothing.
        let unsent = pass.refusal.is_some() || place == Some(Place::Waiting);
        if let Some(permit) = pass.permit.filter(|_| policy.breaker_enabled) {
            if unsent {
                line.breaker.release(permit);
            } else {
                let mark = breaker::mark(outcome);
                let now = self.world.now;
                let moved = line.breaker.settle(&policy.breaker, permit, now, mark, took);
                if let Some(transition) = moved {
                    self.note_transition(edge, transition, event);
                }
            }
        }
        // Whoever waits may be a copy of the same that nobody wants any more.
        if place.is_some() && pass.group.is_none() {
            self.fill_bulkhead(edge);
        }
        if !unsent {
            self.note_latency(edge, outcome, took);
        }
        pass.group
    }

    /// Nobody wants the outcome of an attempt that had a pass. Whoever has its place next may be unwanted
    /// as well, so its bulkhead is to be filled when all are gone.
    #[inline(never)]
    pub(super) fn abandon_pass(
        &mut self,
        handle: Handle<Attempt>,
        pass: Handle<Pass>,
        edge: EdgeId,
    ) {
        let Some(pass) = self.world.passes.take(pass) else { return };
        let line = &mut self.world.lines[usize::from(edge)];
        if let Some(permit) = pass.permit {
            line.breaker.release(permit);
        }
        line.bulkhead.leave(handle);
    }

    /// Lets those in that wait for a place, as long as there is one.
    pub(super) fn fill_bulkhead(&mut self, edge: EdgeId) {
        let settings = &self.scenario.edges[usize::from(edge)].policy.bulkhead;
        loop {
            let bulkhead = &mut self.world.lines[usize::from(edge)].bulkhead;
            let Some(first) = bulkhead.first_waiting() else { return };
            // One whose deadline passes at this instant is never sent: that takes it out, and the next
            // one comes then.
            let call = self.world.attempts.get(first).map(|attempt| attempt.call);
            let call = call.and_then(|call| self.world.calls.get(call));
            if call.is_some_and(|call| call.deadline.has_passed(self.world.now)) {
                return;
            }
            let Some(next) = bulkhead.next(settings) else { return };
            let World { attempts, calls, now, .. } = &mut *self.world;
            if let Some(attempt) = attempts.get_mut(next) {
                // What made it be sent is what made it be made.
                attempt.last = calls.get(attempt.call).map_or(NONE, |call| call.last);
                (attempt.sent_at, attempt.remote) = (*now, true);
                self.send(next);
            }
        }
    }

    /// The same for all calls that a service makes.
    pub(super) fn fill_bulkheads(&mut self, node: NodeId) {
        for edge in self.plan.calls_of(node) {
            self.fill_bulkhead(*edge);
        }
    }
}
