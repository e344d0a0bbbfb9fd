//! The caller's side: attempts, timeouts and backoff.

use super::attempt::{Attempt, Call, Until};
use super::faults::{self, ActiveFault};
use super::guard::Pass;
use super::plan::Plan;
use super::slab::{Handle, Slab};
use super::task::{Sim, Task};
use super::world::Line;
use super::{deadline, guard, stack};
use crate::log::{
    DEADLINE, EventId, Kind, LAST, Log, NONE, StatusCode, breaker_subject, pack_duration,
    pack_transition,
};
use crate::policy::breaker::Transition;
use crate::policy::budget::{self, Budget, Ticket};
use crate::policy::outcome::{Outcome, Status};
use crate::policy::retry::{Decision, GiveUp};
use crate::random::{self, Draws, Stream};
use crate::scenario::{CallPolicy, Edge, EdgeId};
use crate::time::{SimDuration, SimTime};

/// What a payments API makes of other methods and paths.
pub(super) fn refusal(method: &str, path: &str) -> Option<Status> {
    if path != "/api/payments" {
        return Some(Status(404));
    }
    (method != "POST").then_some(Status(405))
}

/// Tells a budget how an attempt ended, and asks it for a retry; returns whether it does not let that be.
#[cold]
fn charge(
    budget: &mut Budget,
    law: &budget::Settings,
    call: &mut Call,
    decision: &mut Decision,
    (mark, now): (budget::Mark, SimTime),
) -> bool {
    let Some(ticket) = &mut call.ticket else { return false };
    budget.settle(law, ticket, call.retry.attempts, mark);
    let refused =
        matches!(decision, Decision::RetryAfter(_)) && budget.retry(law, ticket, now).is_err();
    if refused {
        *decision = Decision::GiveUp(GiveUp::BudgetSpent);
    }
    refused
}

/// An attempt on its way to its service.
struct Way {
    edge: EdgeId,
    entity: u64,
    transit: SimDuration,
    sent: EventId,
    /// How long its caller waits for it.
    patience: Option<SimDuration>,
}

/// An attempt leaves its caller, which waits until the deadline at most.
#[inline(always)]
fn leave(
    plan: &Plan,
    log: &mut Log,
    (draws, faults, now): (&Draws, &[ActiveFault], SimTime),
    attempt: &mut Attempt,
    (policy, until): (&CallPolicy, Until),
) -> Way {
    let Attempt { entity, span, edge, last: cause, .. } = *attempt;
    let transit = plan.latency(edge).sample_with(|| draws.draw(Stream::RequestLatency, entity, 0));
    let transit = faults::delayed(faults, edge, transit);
    let payload = || pack_duration(transit);
    let sent = log.push_with(now, Kind::Sent, span, payload, cause);
    attempt.last = sent;
    let mut patience = policy.timeout.per_attempt;
    if !until.is_never() {
        attempt.deadline = deadline::told(policy, until, transit);
        patience = deadline::patience(policy, until, now);
    }
    Way { edge, entity, transit, sent, patience }
}

/// Writes down how an attempt has ended for its caller.
#[inline(always)]
pub(super) fn note_end(
    log: &mut Log,
    (now, attempt, outcome): (SimTime, &Attempt, Outcome),
    (last, deadline): (u32, u32),
    blamed: EventId,
    (lines, passes): (&[Line], &Slab<Pass>),
) -> EventId {
    let span = attempt.span;
    match outcome {
        Outcome::Answered(_) | Outcome::ConnectionFailed => {
            let payload = || attempt.answer.pack(last);
            log.push_with(now, Kind::Answered, span, payload, attempt.last)
        }
        Outcome::TimedOut => {
            let payload = || pack_duration(now.since(attempt.sent_at)) << 1 | last | deadline;
            log.push_with(now, Kind::TimedOut, span, payload, blamed)
        }
        Outcome::Rejected => {
            let (why, cause) = guard::refusal(lines, passes, attempt.edge, attempt.pass);
            log.push(now, Kind::Rejected, span, why | last, cause)
        }
    }
}

impl Sim<'_> {
    /// Begins a call, which whoever waits for it knows before its first attempt is made.
    // Inlined, so that a call is written where it stays.
    #[inline(always)]
    pub(super) fn begin_call(&mut self, mut call: Call) {
        let policy = &self.scenario.edges[usize::from(call.edge)].policy;
        let parent = call.parent;
        call.special = call.thinker != NONE || call.picked;
        if parent.is_some() || self.plan.has_terms(call.edge) {
            (call.ticket, call.deadline) = self.terms(policy, call.edge, parent);
            call.special |=
                call.ticket.is_some() || !call.deadline.is_never() || policy.fallback.is_on();
        }
        let (handle, _) = self.world.calls.insert(call);
        let parent = parent.and_then(|parent| self.world.attempts.get_mut(parent));
        if let Some(job) = parent.and_then(|parent| parent.job.as_mut()) {
            job.call = Some(handle);
        }
        self.begin_attempt(handle);
    }

    /// The place of a call that begins now in the budget of its line, and its deadline.
    #[inline(never)]
    fn terms(
        &mut self,
        policy: &CallPolicy,
        edge: EdgeId,
        parent: Option<Handle<Attempt>>,
    ) -> (Option<Ticket>, Until) {
        let now = self.world.now;
        let until = self.deadline_of(policy, parent);
        if policy.budget.is_none() {
            return (None, until);
        }
        let line = &mut self.world.lines[usize::from(edge)];
        (Some(line.budget.begin(&policy.budget, now)), until)
    }

    /// Makes the next attempt at a call.
    pub(super) fn begin_attempt(&mut self, handle: Handle<Call>) {
        let Some(call) = self.world.calls.get(handle) else { return };
        let (edge, key_per_attempt) = (call.edge, call.key_per_attempt);
        let own_key = if key_per_attempt { Some(self.fresh_key()) } else { None };
        let spec = &self.scenario.edges[usize::from(edge)];
        let world = &mut *self.world;
        let Some(call) = world.calls.get_mut(handle) else { return };
        let number = call.retry.attempts + 1;
        let parent = match call.parent {
            None => call.question.request,
            Some(parent) => world.attempts.get(parent).map_or(NONE, |parent| parent.span),
        };
        let (entity, cause) = (random::nest(call.entity, u64::from(number)), call.last);
        let span = self.log.push_span(parent, edge, number.min(255) as u8);
        let (handle, attempt) = world.attempts.insert(Attempt {
            entity,
            sent_at: world.now,
            call: handle,
            span,
            last: cause,
            edge,
            waiting: true,
            remote: true,
            lose_response: if number == 1 { call.lose_first_response } else { NONE },
            ..Attempt::default()
        });
        // From one place to the other, without a stay in between.
        attempt.question = call.question;
        call.attempt = Some(handle);
        if own_key.is_some() {
            attempt.question.key = own_key;
        }
        if self.plan.is_guarded(edge) {
            if self.admit(handle) {
                self.send(handle);
            }
            return;
        }
        let (until, now) = (call.deadline, world.now);
        let way = leave(
            self.plan,
            self.log,
            (&world.draws, &world.faults, now),
            attempt,
            (&spec.policy, until),
        );
        self.travel(handle, spec, &way);
    }

    /// An attempt leaves its caller that was kept by a guard, or at least looked at.
    #[inline(never)]
    pub(super) fn send(&mut self, handle: Handle<Attempt>) {
        let world = &mut *self.world;
        let Some(attempt) = world.attempts.get_mut(handle) else { return };
        let spec = &self.scenario.edges[usize::from(attempt.edge)];
        let until = world.calls.get(attempt.call).map_or_else(Until::default, |call| call.deadline);
        let mut way = leave(
            self.plan,
            self.log,
            (&world.draws, &world.faults, world.now),
            attempt,
            (&spec.policy, until),
        );
        if let Some(outer) = world.outer.get_mut(&attempt.call) {
            outer.sent = true;
        }
        if !spec.policy.stack.is_default() {
            way.patience = self.patience(handle);
        }
        self.travel(handle, spec, &way);
        self.begin_hedge(handle);
    }

    /// Plans how the way of an attempt ends, and its caller's patience.
    #[inline(always)]
    fn travel(&mut self, handle: Handle<Attempt>, spec: &Edge, way: &Way) {
        if let Some(patience) = way.patience {
            self.after(patience, Task::TimeOut(way.edge, handle));
        }
        let own = spec.network.lose_requests;
        if self.all_is_well(own) {
            self.after(way.transit, Task::Deliver(handle));
        } else {
            self.travel_badly(handle, own, way);
        }
    }

    /// The same where messages may be lost, or doubled.
    #[inline(never)]
    fn travel_badly(&mut self, handle: Handle<Attempt>, own: f64, way: &Way) {
        let Way { edge, entity, transit, sent, .. } = *way;
        if let Some(why) = self.request_loss(edge, entity, own, sent) {
            self.touch(handle, why);
            self.after(transit.scaled(0.5), Task::LoseRequest(handle));
        } else {
            self.after(transit, Task::Deliver(handle));
            self.duplicate(handle, transit);
        }
    }

    /// The last thing that happened to an attempt.
    pub(super) fn touch(&mut self, handle: Handle<Attempt>, event: EventId) {
        if let Some(attempt) = self.world.attempts.get_mut(handle) {
            attempt.last = event;
        }
    }

    pub(super) fn lose_request(&mut self, handle: Handle<Attempt>) {
        self.lose(handle, Kind::RequestLost);
    }

    pub(super) fn lose_response(&mut self, handle: Handle<Attempt>) {
        self.lose(handle, Kind::ResponseLost);
    }

    fn lose(&mut self, handle: Handle<Attempt>, kind: Kind) {
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return };
        // It was lost before.
        if !attempt.remote {
            return;
        }
        attempt.last = self.log.push(self.world.now, kind, attempt.span, 0, attempt.last);
        self.far_side_done(handle);
    }

    /// The last thing an attempt waits for, however deep: a worker, a queue, a lost message.
    pub(super) fn blame(&self, handle: Handle<Attempt>) -> EventId {
        let Some(attempt) = self.world.attempts.get(handle) else { return NONE };
        let on_its_way = attempt.remote && attempt.job.is_none();
        let held_up = || self.held_up(attempt.edge, attempt.last).filter(|_| on_its_way);
        self.blame_job(handle).or_else(held_up).unwrap_or(attempt.last)
    }

    /// What the service of an attempt waits for at present, if it waits for another one.
    pub(super) fn blame_job(&self, handle: Handle<Attempt>) -> Option<EventId> {
        self.blame_call(self.world.attempts.get(handle)?.job?.call?)
    }

    /// What a call waits for.
    pub(super) fn blame_call(&self, handle: Handle<Call>) -> Option<EventId> {
        let call = self.world.calls.get(handle)?;
        Some(call.attempt.map_or(call.last, |attempt| self.blame(attempt)))
    }

    pub(super) fn time_out(&mut self, handle: Handle<Attempt>) {
        let Some(attempt) = self.world.attempts.get(handle) else { return };
        if !attempt.waiting
            || attempt.pass.is_some() && self.others_go_on(handle, Outcome::TimedOut)
        {
            return;
        }
        self.settle(handle, Outcome::TimedOut);
    }

    pub(super) fn return_answer(&mut self, handle: Handle<Attempt>) {
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return };
        if !attempt.remote {
            return;
        }
        if attempt.waiting {
            attempt.remote = false;
            let outcome = match attempt.answer {
                StatusCode::Http(status) => Outcome::Answered(status),
                StatusCode::ConnectionFailed => Outcome::ConnectionFailed,
            };
            if attempt.pass.is_some() && self.others_go_on(handle, outcome) {
                return;
            }
            self.settle(handle, outcome);
        } else {
            let payload = attempt.answer.pack(0);
            let (edge, answer, sent_at) = (attempt.edge, attempt.answer, attempt.sent_at);
            let doubled = attempt.doubled;
            self.log.push(self.world.now, Kind::AnsweredLate, attempt.span, payload, attempt.last);
            if let (false, StatusCode::Http(status)) = (doubled, answer) {
                // Only those that were fast enough would make a percentile too short.
                let took = self.world.now.since(sent_at);
                self.note_latency(edge, Outcome::Answered(status), took);
            }
            self.far_side_done(handle);
        }
    }

    /// The caller has an outcome: the breaker hears of it, then retry decides.
    pub(super) fn settle(&mut self, handle: Handle<Attempt>, outcome: Outcome) {
        let blamed = if outcome == Outcome::TimedOut { self.blame(handle) } else { NONE };
        let mut world = &mut *self.world;
        let now = world.now;
        let Some(mut attempt) = world.attempts.get_mut(handle) else { return };
        let (span, edge, call_handle) = (attempt.span, attempt.edge, attempt.call);
        let sent_at = attempt.sent_at;
        let policy = &self.scenario.edges[usize::from(edge)].policy;
        let Some(call) = world.calls.get_mut(call_handle) else { return };
        let (entity, number) = (call.entity, u64::from(call.retry.attempts + 1));
        let jitter = || random::unit(world.draws.draw(Stream::Backoff, entity, number));
        let retry_after = attempt.retry_after.get(self.scenario, edge);
        let mut decision = call.retry.step(&policy.retry, outcome, retry_after, jitter);
        let special = call.special;
        // What the log says of a retry that is denied.
        let (mut denied, mut exceeded) = (None, false);
        // What it falls back on, in the words of the log, and whether that lets it be the end.
        let (mut fallback, mut last) = (0, LAST);
        let (parent, began, sibling) = (call.parent, call.began, call.sibling);
        if special {
            let outer = world.outer.get(&call_handle);
            if outer.is_some_and(|outer| outer.refused) {
                decision = Decision::GiveUp(GiveUp::NotRetryable);
            }
            let whole = stack::whole(policy, call, outer);
            denied = deadline::shorten(&mut decision, outcome, (call.deadline, whole), now);
            exceeded = call.deadline.has_passed(now);
            let budget = &mut world.lines[usize::from(edge)].budget;
            let worth = policy.retry.on.covers(outcome, retry_after);
            let mark = budget::Mark::new(outcome, worth);
            if charge(budget, &policy.budget, call, &mut decision, (mark, now)) {
                denied = Some(0);
            }
            if !matches!(decision, Decision::RetryAfter(_)) && policy.fallback.is_on() {
                fallback = self.fallback(handle, parent, outcome);
                last = if fallback == 0 { LAST } else { 0 };
            }
            world = &mut *self.world;
            let Some(same) = world.attempts.get_mut(handle) else { return };
            attempt = same;
        }
        let final_bit = if matches!(decision, Decision::RetryAfter(_)) { 0 } else { last };
        let deadline_bit = if exceeded { DEADLINE } else { 0 };
        let refusal = (&*world.lines, &world.passes);
        let bits = (final_bit, deadline_bit);
        let event = note_end(self.log, (now, attempt, outcome), bits, blamed, refusal);
        // Nobody waits any more. What becomes of it on the far side has its causes there.
        attempt.waiting = false;
        let pass = attempt.pass.take();
        if !attempt.remote {
            world.attempts.remove(handle);
        }
        let mut others = None;
        if let Some(pass) = pass {
            let end = (outcome, now.since(sent_at), event);
            others = self.give_back(handle, pass, edge, end);
        }
        if special && final_bit == LAST {
            self.leave_stack(call_handle, Some((outcome, event)));
        }
        if let Some(others) = others {
            self.overtake(others, event);
        }
        // Whoever waits may have been a copy of the same that nobody wants any more.
        if pass.is_some() || special {
            self.fill_bulkhead(edge);
        }
        if outcome == Outcome::TimedOut {
            self.say_goodbye(handle, event);
        }
        if let Decision::RetryAfter(wait) = decision {
            let payload = || pack_duration(wait);
            let backed_off = self.log.push_with(now, Kind::BackedOff, span, payload, event);
            if let Some(call) = self.world.calls.get_mut(call_handle) {
                (call.last, call.attempt) = (backed_off, None);
            }
            self.after(wait, Task::Retry(call_handle));
            return;
        }
        let mut thinker = NONE;
        if special {
            if let Some(denied) = denied {
                self.log.push(now, Kind::Denied, span, denied, event);
            }
            thinker = self.world.calls.get(call_handle).map_or(NONE, |call| call.thinker);
            if fallback != 0 {
                let over = (call_handle, sibling, began, thinker);
                self.fall_back(fallback, (span, edge, event, outcome), parent, over);
                return;
            }
            self.drop_call(call_handle);
        } else {
            self.world.calls.remove(call_handle);
        }
        match parent {
            Some(parent) => {
                self.forget_call(parent, call_handle, sibling);
                self.call_over(parent, edge, outcome, event);
            }
            None => {
                let status = match outcome {
                    Outcome::Answered(status) => status,
                    _ => Status::INTERNAL,
                };
                self.log.operation_over(now.since(began), status);
                if thinker != NONE {
                    self.think(self.scenario.edges[usize::from(edge)].from, thinker);
                }
            }
        }
    }

    pub(super) fn far_side_done(&mut self, handle: Handle<Attempt>) {
        self.world.attempts.keep_if(handle, |attempt| {
            (attempt.remote, attempt.job) = (false, None);
            attempt.waiting
        });
    }

    /// Nothing more is done about a call.
    pub(super) fn drop_call(&mut self, handle: Handle<Call>) {
        let world = &mut *self.world;
        let Some(call) = world.calls.get(handle) else { return };
        let index = usize::from(call.edge);
        if call.picked {
            world.lines[index].picked -= 1;
        }
        if let Some(ticket) = call.ticket {
            let law = &self.scenario.edges[index].policy.budget;
            world.lines[index].budget.end(law, ticket, world.now);
        }
        self.leave_stack(handle, None);
        self.world.calls.remove(handle);
    }

    /// A call is over that this attempt waited for.
    pub(super) fn forget_call(
        &mut self,
        parent: Handle<Attempt>,
        over: Handle<Call>,
        sibling: Option<Handle<Call>>,
    ) {
        let job = self.world.attempts.get_mut(parent).and_then(|parent| parent.job.as_mut());
        let Some(job) = job else { return };
        if job.call == Some(over) {
            job.call = sibling;
            return;
        }
        let mut before = job.call;
        while let Some(call) = before.and_then(|before| self.world.calls.get_mut(before)) {
            if call.sibling == Some(over) {
                call.sibling = sibling;
                return;
            }
            before = call.sibling;
        }
    }

    pub(super) fn breaker_due(&mut self, edge: EdgeId, client: Option<u16>) {
        let policy = &self.scenario.edges[usize::from(edge)].policy;
        // Those of the other kind are there no longer.
        if client.is_none() != policy.breaker_scope.is_shared() {
            return;
        }
        let line = &mut self.world.lines[usize::from(edge)];
        let cause = line.moved_by(client);
        if let Some(transition) = line.breaker_of(client).tick(&policy.breaker, self.world.now) {
            self.note_transition((edge, client), transition, cause);
        }
    }

    /// Writes a transition down and plans the next one that needs no call.
    pub(super) fn note_transition(
        &mut self,
        (edge, client): (EdgeId, Option<u16>),
        transition: Transition,
        cause: EventId,
    ) {
        let payload = pack_transition(transition.to, transition.reason, transition.counts);
        let whose = breaker_subject(edge, client);
        let event = self.log.push(self.world.now, Kind::Breaker, whose, payload, cause);
        self.world.lines[usize::from(edge)].note_moved(client, event);
        self.plan_breaker(edge, client);
    }

    /// Plans the breaker's next move, if it moves by itself.
    pub(super) fn plan_breaker(&mut self, edge: EdgeId, client: Option<u16>) {
        let settings = &self.scenario.edges[usize::from(edge)].policy.breaker;
        let line = &mut self.world.lines[usize::from(edge)];
        if let Some(at) = line.breaker_of(client).due(settings) {
            self.after(at.since(self.world.now), Task::BreakerDue(edge, client));
        }
    }

    /// The same for all breakers of a line.
    pub(super) fn plan_breakers(&mut self, edge: EdgeId) {
        let own = self.world.lines[usize::from(edge)].own.as_ref();
        let clients = own.map_or(0, |own| own.len());
        for client in 0..clients {
            self.plan_breaker(edge, Some(client as u16));
        }
        self.plan_breaker(edge, None);
    }
}
