//! What is asked before an attempt is sent, in the order of the stack: the breaker, the rate limit, the bulkhead.
//! What they gave goes back when its caller waits no longer.

use super::World;
use super::attempt::{Attempt, Call};
use super::hedge::Group;
use super::slab::{Handle, Slab};
use super::stack::{Holder, Outer};
use super::task::{Sim, Task};
use super::world::Line;
use crate::log::{EventId, Kind, NONE, Refusal};
use crate::policy::breaker::{self, Permit};
use crate::policy::bulkhead::Entry;
use crate::policy::outcome::Outcome;
use crate::policy::stack::Layer;
use crate::scenario::{CallPolicy, EdgeId, NodeId};
use crate::time::{SimDuration, SimTime};

/// What guards gave: to an attempt, or to a call for all of its attempts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Given {
    pub(super) permit: Option<Permit>,
    /// Whether there is a place in the bulkhead for it, or it waits for one.
    pub(super) place: bool,
}

/// What an attempt was given on its way out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pass {
    given: Given,
    /// When it was made.
    pub(super) made: SimTime,
    /// The layers that it has passed, one bit for each, if it waits for a place and goes on from there.
    passed: u8,
    /// Why it is not sent, if it is not because of the breaker, and what is to blame.
    refusal: Option<(Refusal, EventId)>,
    /// The copies it is one of, if there may be others.
    pub(super) group: Option<Handle<Group>>,
}

impl Pass {
    /// Of one of these copies, before anything is asked for it.
    pub(super) fn of_copy(group: Handle<Group>, made: SimTime) -> Self {
        Self { made, group: Some(group), ..Self::default() }
    }

    /// Whether there is anything to remember.
    fn is_worth_it(&self) -> bool {
        self.given.permit.is_some()
            || self.given.place
            || self.refusal.is_some()
            || self.passed != 0
            || self.group.is_some()
    }
}

/// What a guard says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Passes,
    Waits,
    Refused,
}

/// Whether anything is asked before an attempt is sent.
pub(super) fn is_on(policy: &CallPolicy) -> bool {
    policy.breaker_enabled
        || policy.rate_limit.is_on()
        || policy.bulkhead.is_on()
        || policy.hedge.is_on()
        || !policy.stack.is_default()
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
    /// The client whose own breaker is asked for an attempt, where each has one.
    fn who_asks(&self, policy: &CallPolicy, handle: Handle<Attempt>) -> Option<u16> {
        if policy.breaker_scope.is_shared() {
            return None;
        }
        self.log.client_of(self.world.attempts.get(handle)?.question.request)
    }

    /// Asks for an attempt; returns whether it is sent now. If not, it waits, or has failed.
    #[inline(never)]
    pub(super) fn admit(&mut self, handle: Handle<Attempt>) -> bool {
        let now = self.world.now;
        let Some(attempt) = self.world.attempts.get(handle) else { return false };
        let (edge, known, call) = (attempt.edge, attempt.pass, attempt.call);
        let policy = &self.scenario.edges[usize::from(edge)].policy;
        let pass = known.and_then(|known| self.world.passes.get(known)).copied();
        let mut pass = pass.unwrap_or(Pass { made: now, ..Pass::default() });
        if let Some(call) = self.world.calls.get_mut(call).filter(|_| !policy.stack.is_default()) {
            call.special = true;
        }
        // One that has waited for its place goes on from there.
        let waited = std::mem::take(&mut pass.passed);
        // What is asked once per call was asked for the first of its attempts.
        let again = pass.group.is_some()
            || self.world.calls.get(call).is_some_and(|call| call.retry.attempts > 0);
        let (mut answer, mut passed, mut per_call) = (Answer::Passes, waited, true);
        for layer in policy.stack.layers() {
            let bit = 1 << *layer as u8;
            per_call &= *layer != Layer::Retry;
            if passed & bit != 0 || per_call && again {
                continue;
            }
            passed |= bit;
            let call = Some(call).filter(|_| per_call);
            answer = match layer {
                Layer::Retry | Layer::Timeout => Answer::Passes,
                Layer::Breaker => {
                    let client = self.who_asks(policy, handle);
                    self.ask_breaker((edge, client), call, &mut pass)
                }
                Layer::RateLimit => self.ask_limiter(edge, handle, &mut pass),
                Layer::Bulkhead => self.enter_bulkhead((edge, handle), call, &mut pass),
            };
            if answer != Answer::Passes {
                break;
            }
        }
        if answer == Answer::Waits {
            pass.passed = passed;
        }
        let is_sent = answer == Answer::Passes;
        let given = policy.hedge.is_on() || pass.is_worth_it();
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return false };
        attempt.remote = is_sent;
        match known.and_then(|known| self.world.passes.get_mut(known)) {
            Some(known) => *known = pass,
            None if given => attempt.pass = Some(self.world.passes.insert(pass).0),
            None => {}
        }
        if answer == Answer::Refused {
            if per_call {
                self.outer(call).refused = true;
            }
            self.reject(handle);
        }
        is_sent
    }

    fn reject(&mut self, handle: Handle<Attempt>) {
        if !self.others_go_on(handle, Outcome::Rejected) {
            self.settle(handle, Outcome::Rejected);
        }
    }

    /// What a call has for all of its attempts.
    fn outer(&mut self, call: Handle<Call>) -> &mut Outer {
        if let Some(call) = self.world.calls.get_mut(call) {
            call.special = true;
        }
        self.world.outer.entry(call).or_default()
    }

    /// Asks the breaker, for an attempt or for a whole call; one that is switched off lets everything pass.
    fn ask_breaker(
        &mut self,
        (edge, client): (EdgeId, Option<u16>),
        call: Option<Handle<Call>>,
        pass: &mut Pass,
    ) -> Answer {
        let (index, now) = (usize::from(edge), self.world.now);
        let policy = &self.scenario.edges[index].policy;
        if !policy.breaker_enabled {
            return Answer::Passes;
        }
        let line = &mut self.world.lines[index];
        let answer = line.breaker_of(client).acquire(&policy.breaker, now);
        if let Some(transition) = answer.transition {
            let cause = line.moved_by(client);
            self.note_transition((edge, client), transition, cause);
        }
        let Ok(permit) = answer.permit else {
            // What moved the one that all share can be told later.
            if client.is_some() {
                let moved = self.world.lines[index].moved_by(client);
                pass.refusal = Some((Refusal::Breaker, moved));
            }
            return Answer::Refused;
        };
        let permit = permit.of_client(client);
        match call {
            None => pass.given.permit = Some(permit),
            Some(call) => {
                let outer = self.outer(call);
                (outer.given.permit, outer.passed) = (Some(permit), now);
            }
        }
        Answer::Passes
    }

    /// Asks the rate limit.
    fn ask_limiter(&mut self, edge: EdgeId, handle: Handle<Attempt>, pass: &mut Pass) -> Answer {
        let settings = &self.scenario.edges[usize::from(edge)].policy.rate_limit;
        let limiter = &mut self.world.lines[usize::from(edge)].limiter;
        let Err(wait) = limiter.acquire(settings, self.world.now) else { return Answer::Passes };
        let made = self.world.attempts.get(handle).map_or(NONE, |attempt| attempt.last);
        pass.refusal = Some((Refusal::RateLimit { wait }, made));
        Answer::Refused
    }

    fn enter_bulkhead(
        &mut self,
        (edge, handle): (EdgeId, Handle<Attempt>),
        call: Option<Handle<Call>>,
        pass: &mut Pass,
    ) -> Answer {
        let settings = &self.scenario.edges[usize::from(edge)].policy.bulkhead;
        if !settings.is_on() {
            return Answer::Passes;
        }
        let bulkhead = &mut self.world.lines[usize::from(edge)].bulkhead;
        let oldest = bulkhead.oldest();
        let entry = bulkhead.enter(settings, call.map_or(Holder::Attempt(handle), Holder::Call));
        let (in_flight, waiting) = (bulkhead.in_flight() as u32, bulkhead.waiting() as u32);
        let blamed = |sim: &Self| oldest.map_or(NONE, |oldest| sim.blame_holder(oldest));
        match entry {
            Entry::Full => {
                let why = Refusal::Bulkhead { in_flight, waiting };
                pass.refusal = Some((why, blamed(self)));
                return Answer::Refused;
            }
            Entry::Enters | Entry::Waits => match call {
                None => pass.given.place = true,
                Some(call) => self.outer(call).given.place = true,
            },
        }
        if entry == Entry::Enters {
            return Answer::Passes;
        }
        let blamed = blamed(self);
        self.hold(handle, waiting, blamed);
        Answer::Waits
    }

    /// What somebody waits for who has a place in a bulkhead.
    fn blame_holder(&self, holder: Holder) -> EventId {
        match holder {
            Holder::Attempt(handle) => self.blame(handle),
            Holder::Call(handle) => self.blame_call(handle).unwrap_or(NONE),
        }
    }

    /// An attempt waits for a place. The deadline of its call goes on, and a timeout that is outside the bulkhead.
    fn hold(&mut self, handle: Handle<Attempt>, waiting: u32, cause: EventId) {
        let now = self.world.now;
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return };
        attempt.last = self.log.push(now, Kind::Held, attempt.span, waiting, cause);
        let edge = attempt.edge;
        if let Some(ends) = self.holding_ends(handle) {
            self.after(ends.since(now), Task::TimeOut(edge, handle));
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
        if pass.given.place {
            line.bulkhead.leave(Holder::Attempt(handle));
        }
        // Of what was never sent a breaker learns nothing, and one that is switched off of nothing.
        let unsent = outcome == Outcome::Rejected || pass.passed != 0;
        if let Some(permit) = pass.given.permit.filter(|permit| policy.honours(permit)) {
            let (client, breaker) = (permit.client(), line.breaker_of(permit.client()));
            if unsent {
                breaker.release(permit);
            } else {
                let mark = breaker::mark(outcome);
                let now = self.world.now;
                let moved = breaker.settle(&policy.breaker, permit, now, mark, took);
                if let Some(transition) = moved {
                    self.note_transition((edge, client), transition, event);
                }
            }
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
        if let Some(permit) = pass.given.permit {
            line.breaker_of(permit.client()).release(permit);
        }
        line.bulkhead.leave(Holder::Attempt(handle));
    }

    /// Lets those in that wait for a place, as long as there is one.
    pub(super) fn fill_bulkhead(&mut self, edge: EdgeId) {
        let index = usize::from(edge);
        // Whoever is let in may be refused further in, and leave again: the next one is let in from here.
        if std::mem::replace(&mut self.world.lines[index].filling, true) {
            return;
        }
        while let Some(next) = self.next_held(edge) {
            let World { attempts, calls, now, .. } = &mut *self.world;
            let Some(attempt) = attempts.get_mut(next) else { continue };
            // What made it be sent is what made it be made.
            attempt.last = calls.get(attempt.call).map_or(NONE, |call| call.last);
            (attempt.sent_at, attempt.remote) = (*now, true);
            if self.admit(next) {
                self.send(next);
            }
        }
        self.world.lines[index].filling = false;
    }

    /// Gives the next free place to the attempt that has waited longest for one, if there are both.
    fn next_held(&mut self, edge: EdgeId) -> Option<Handle<Attempt>> {
        let settings = &self.scenario.edges[usize::from(edge)].policy.bulkhead;
        let World { attempts, calls, outer, lines, now, .. } = &mut *self.world;
        let bulkhead = &mut lines[usize::from(edge)].bulkhead;
        // Of a call that waits, it is the first attempt.
        let (call, first) = match bulkhead.first_waiting()? {
            Holder::Attempt(handle) => {
                (attempts.get(handle).map(|attempt| attempt.call), Some(handle))
            }
            Holder::Call(call) => (Some(call), calls.get(call).and_then(|call| call.attempt)),
        };
        // One whose deadline passes at this instant is never sent: that takes it out, and the next
        // one comes then.
        if call.and_then(|call| calls.get(call)).is_some_and(|call| call.deadline.has_passed(*now))
        {
            return None;
        }
        let next = bulkhead.next(settings)?;
        if let Holder::Call(call) = next
            && let Some(outer) = outer.get_mut(&call)
        {
            outer.entered = Some(*now);
        }
        first
    }

    /// The same for all calls that a service makes.
    pub(super) fn fill_bulkheads(&mut self, node: NodeId) {
        for edge in self.plan.calls_of(node) {
            self.fill_bulkhead(*edge);
        }
    }
}
