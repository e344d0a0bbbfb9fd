//! Copies of an attempt, sent before there is an answer: the first answer wins.
//!
//! Each copy asks the breaker, the rate limit and the bulkhead like any other attempt, and has a timeout of
//! its own; what retry and deadline see is how all of them ended together.

use super::attempt::{Attempt, Call, Question};
use super::call;
use super::guard::Pass;
use super::slab::Handle;
use super::task::{Sim, Task};
use crate::log::{DEADLINE, EventId, Kind, NONE, pack_duration};
use crate::policy::hedge::{After, Copies, Hedge, Pushback, Settings};
use crate::policy::outcome::Outcome;
use crate::random;
use crate::scenario::EdgeId;
use crate::time::{SimDuration, SimTime};

/// The most copies of one attempt.
const MOST: usize = 11;
/// Keeps the draws of a copy apart from those of what is done for the first one.
const COPY: u64 = 1 << 32;

/// The copies of one attempt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    hedge: Hedge,
    settings: Settings,
    /// Those that were made, in order.
    copies: [Handle<Attempt>; MOST],
    made: usize,
    call: Handle<Call>,
    question: Question,
    /// The first copy: who it is, for draws, and its number, caller and sending.
    entity: u64,
    number: u8,
    parent: u32,
    edge: EdgeId,
    began: SimTime,
    sent: EventId,
}

impl Default for Group {
    fn default() -> Self {
        let settings = Settings::default();
        let (hedge, _) = Hedge::begin(&settings, SimTime::ZERO, || false);
        Self {
            hedge,
            settings,
            copies: [Handle::default(); MOST],
            made: 0,
            call: Handle::default(),
            question: Question::default(),
            entity: 0,
            number: 0,
            parent: NONE,
            edge: 0,
            began: SimTime::ZERO,
            sent: NONE,
        }
    }
}

impl Group {
    fn all(&self) -> &[Handle<Attempt>] {
        &self.copies[..self.made]
    }
}

impl Sim<'_> {
    /// The copies that an attempt is one of, if there may be others.
    pub(super) fn group_of(&self, pass: Handle<Pass>) -> Option<Handle<Group>> {
        self.world.passes.get(pass)?.group
    }

    /// An attempt has left: others of its kind may follow.
    pub(super) fn begin_hedge(&mut self, handle: Handle<Attempt>) {
        let Some(attempt) = self.world.attempts.get(handle) else { return };
        let (edge, Some(pass)) = (attempt.edge, attempt.pass) else { return };
        let policy = &self.scenario.edges[usize::from(edge)].policy.hedge;
        if !policy.is_on() || self.group_of(pass).is_some() {
            return;
        }
        let settings = policy.settings().resolved(&self.world.lines[usize::from(edge)].latencies);
        let now = self.world.now;
        let Some(call) = self.world.calls.get(attempt.call) else { return };
        let number = (call.retry.attempts + 1).min(255) as u8;
        let parent = match call.parent {
            None => call.question.request,
            Some(parent) => self.world.attempts.get(parent).map_or(NONE, |parent| parent.span),
        };
        let (hedge, todo) = Hedge::begin(&settings, now, || true);
        let mut group = Group {
            hedge,
            settings,
            made: 1,
            call: attempt.call,
            question: attempt.question,
            entity: attempt.entity,
            number,
            parent,
            edge,
            began: now,
            sent: attempt.last,
            ..Group::default()
        };
        group.copies[0] = handle;
        let (group, _) = self.world.groups.insert(group);
        if let Some(pass) = self.world.passes.get_mut(pass) {
            pass.group = Some(group);
        }
        self.send_copies(group, todo.send);
        self.plan_copy(group);
    }

    /// Plans when the next copy is due.
    fn plan_copy(&mut self, group: Handle<Group>) {
        let due = self.world.groups.get(group).and_then(|group| group.hedge.due());
        if let Some(due) = due {
            self.after(due.since(self.world.now), Task::Hedge(group));
        }
    }

    /// There has been no answer for long enough.
    pub(super) fn hedge(&mut self, handle: Handle<Group>) {
        let now = self.world.now;
        let Some(group) = self.world.groups.get_mut(handle) else { return };
        if group.hedge.due().is_none_or(|due| due > now) {
            return;
        }
        let call = self.world.calls.get(group.call);
        let in_time = call.is_some_and(|call| !call.deadline.has_passed(now));
        let todo = group.hedge.tick(&group.settings, now, || in_time);
        self.send_copies(handle, todo.send);
        self.plan_copy(handle);
    }

    /// Makes and sends the copies of these numbers, but for the first.
    fn send_copies(&mut self, handle: Handle<Group>, copies: Copies) {
        for number in copies.iter().filter(|number| *number > 1) {
            let now = self.world.now;
            let Some(group) = self.world.groups.get_mut(handle) else { return };
            let span = self.log.push_copy(group.parent, group.edge, group.number);
            let waited = pack_duration(now.since(group.began));
            let hedged = self.log.push(now, Kind::Hedged, span, waited, group.sent);
            let pass = Pass::of_copy(handle, now);
            let (pass, _) = self.world.passes.insert(pass);
            let (copy, _) = self.world.attempts.insert(Attempt {
                entity: random::nest(group.entity, COPY | u64::from(number)),
                question: group.question,
                sent_at: now,
                call: group.call,
                pass: Some(pass),
                span,
                last: hedged,
                edge: group.edge,
                waiting: true,
                remote: true,
                lose_response: NONE,
                ..Attempt::default()
            });
            group.copies[group.made.min(MOST - 1)] = copy;
            group.made = (group.made + 1).min(MOST);
            if self.admit(copy) {
                self.send(copy);
            }
        }
    }

    /// A copy has ended like this; returns whether others may still succeed, so that nothing is decided.
    #[inline(never)]
    pub(super) fn others_go_on(&mut self, handle: Handle<Attempt>, outcome: Outcome) -> bool {
        let now = self.world.now;
        let Some(attempt) = self.world.attempts.get(handle) else { return false };
        let Some(group) = attempt.pass.and_then(|pass| self.group_of(pass)) else { return false };
        let pushback = match (outcome, attempt.retry_after.get(self.scenario, attempt.edge)) {
            (Outcome::Rejected, _) => Some(Pushback::Stop),
            (_, Some(wait)) => Some(Pushback::After(wait)),
            _ => None,
        };
        let world = &mut *self.world;
        let Some(of) = world.groups.get_mut(group) else { return false };
        let number = of.all().iter().position(|copy| *copy == handle).map_or(0, |place| place + 1);
        let call = world.calls.get(of.call);
        let in_time = call.is_some_and(|call| !call.deadline.has_passed(now));
        let settings = of.settings;
        let todo = of.hedge.settle(&settings, now, number as u32, outcome, pushback, || in_time);
        if todo.done.is_some() || of.hedge.under_way().is_empty() {
            return false;
        }
        self.end_copy(handle, outcome);
        self.send_copies(group, todo.send);
        self.plan_copy(group);
        // Whoever looks for what the call waits for finds one that is under way.
        let Some(of) = self.world.groups.get(group) else { return true };
        let waits = |copy: &&Handle<Attempt>| {
            self.world.attempts.get(**copy).is_some_and(|attempt| attempt.waiting)
        };
        let (call, other) = (of.call, of.all().iter().find(waits).copied());
        if let Some(call) = self.world.calls.get_mut(call) {
            call.attempt = other;
        }
        true
    }

    /// What becomes of a copy that has ended while others go on.
    fn end_copy(&mut self, handle: Handle<Attempt>, outcome: Outcome) {
        let blamed = if outcome == Outcome::TimedOut { self.blame(handle) } else { NONE };
        let world = &mut *self.world;
        let now = world.now;
        let Some(attempt) = world.attempts.get_mut(handle) else { return };
        let call = world.calls.get(attempt.call);
        let exceeded = call.is_some_and(|call| call.deadline.has_passed(now));
        let bits = (0, if exceeded { DEADLINE } else { 0 });
        let refusal = (&*world.lines, &world.passes);
        let event = call::note_end(self.log, (now, attempt, outcome), bits, blamed, refusal);
        attempt.waiting = false;
        let (edge, took, pass) = (attempt.edge, now.since(attempt.sent_at), attempt.pass.take());
        if !attempt.remote {
            world.attempts.remove(handle);
        }
        if let Some(pass) = pass {
            self.give_back(handle, pass, edge, (outcome, took, event));
        }
        self.fill_bulkhead(edge);
        if outcome == Outcome::TimedOut {
            self.say_goodbye(handle, event);
        }
    }

    /// One of several copies has its answer: the others are not waited for any longer.
    #[inline(never)]
    pub(super) fn overtake(&mut self, group: Handle<Group>, winner: EventId) {
        let Some(group) = self.world.groups.take(group) else { return };
        for copy in group.all() {
            self.abandon_copy(*copy, |sim, span| {
                sim.log.push(sim.world.now, Kind::Overtaken, span, 0, winner)
            });
        }
    }

    /// Nobody wants any of these copies, because of this event.
    pub(super) fn abandon_group(&mut self, group: Handle<Group>, why: EventId) {
        let Some(group) = self.world.groups.take(group) else { return };
        for copy in group.all() {
            self.abandon_copy(*copy, |_, _| why);
        }
    }

    fn abandon_copy(
        &mut self,
        handle: Handle<Attempt>,
        why: impl FnOnce(&mut Self, u32) -> EventId,
    ) {
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return };
        if !attempt.waiting {
            return;
        }
        attempt.waiting = false;
        let (edge, span, pass, gone) =
            (attempt.edge, attempt.span, attempt.pass.take(), !attempt.remote);
        let why = why(self, span);
        if let Some(pass) = pass {
            self.abandon_pass(handle, pass, edge);
        }
        if gone {
            self.world.attempts.remove(handle);
        }
        self.say_goodbye(handle, why);
    }

    /// Remembers how long a successful copy took, where the next delay depends on it.
    pub(super) fn note_latency(&mut self, edge: EdgeId, outcome: Outcome, took: SimDuration) {
        let policy = &self.scenario.edges[usize::from(edge)].policy.hedge;
        if policy.after != After::Percentile {
            return;
        }
        let succeeded = matches!(outcome, Outcome::Answered(status) if status.0 < 400);
        if let Some(percentile) = policy.settings().percentile.filter(|_| succeeded) {
            self.world.lines[usize::from(edge)].latencies.record(&percentile, took);
        }
    }
}
