//! The caller's side: attempts, timeouts, backoff, and the breaker in between.

use super::attempt::{Attempt, Call};
use super::slab::Handle;
use super::task::{Sim, Task};
use crate::log::{EventId, Kind, LAST, NONE, StatusCode, pack_duration, pack_transition};
use crate::policy::breaker::{self, Permit, Transition};
use crate::policy::outcome::{Outcome, Status};
use crate::policy::retry::Decision;
use crate::random::{self, Stream};
use crate::scenario::EdgeId;

/// What a payments API makes of other methods and paths.
pub(super) fn refusal(method: &str, path: &str) -> Option<Status> {
    if path != "/api/payments" {
        return Some(Status(404));
    }
    (method != "POST").then_some(Status(405))
}

/// The breaker refuses.
struct Refused;

impl Sim<'_> {
    pub(super) fn begin_call(&mut self, call: Call) -> Handle<Call> {
        let handle = self.world.calls.insert(call);
        self.begin_attempt(handle);
        handle
    }

    /// Makes the next attempt at a call.
    pub(super) fn begin_attempt(&mut self, handle: Handle<Call>) {
        let Some(call) = self.world.calls.get(handle) else { return };
        let (edge, number) = (call.edge, call.retry.attempts + 1);
        let parent = match call.parent {
            None => call.request,
            Some(parent) => self.world.attempts.get(parent).map_or(NONE, |parent| parent.span),
        };
        let span = self.log.push_span(parent, edge, number.min(255) as u8);
        let attempt = Attempt {
            entity: random::nest(call.entity, u64::from(number)),
            fingerprint: call.fingerprint,
            sent_at: self.world.now,
            call: handle,
            permit: None,
            retry_after: None,
            key: call.key,
            request: call.request,
            span,
            last: call.last,
            job: None,
            answer: StatusCode::ConnectionFailed,
            refusal: call.refusal,
            edge,
            waiting: true,
            remote: true,
            lose_response: call.lose_first_response.filter(|_| number == 1),
        };
        let key_per_attempt = call.key_per_attempt;
        let attempt = self.world.attempts.insert(attempt);
        if let Some(call) = self.world.calls.get_mut(handle) {
            call.attempt = Some(attempt);
        }
        let key = if key_per_attempt { Some(self.fresh_key()) } else { None };
        let permit = self.ask_breaker(edge);
        let Some(mine) = self.world.attempts.get_mut(attempt) else { return };
        if key.is_some() {
            mine.key = key;
        }
        match permit {
            Ok(permit) => {
                mine.permit = permit;
                self.send(attempt);
            }
            Err(Refused) => {
                mine.remote = false;
                self.settle(attempt, Outcome::Rejected);
            }
        }
    }

    fn ask_breaker(&mut self, edge: EdgeId) -> Result<Option<Permit>, Refused> {
        let index = usize::from(edge);
        let policy = &self.scenario.edges[index].policy;
        if !policy.breaker_enabled {
            return Ok(None);
        }
        let answer = self.world.lines[index].breaker.acquire(&policy.breaker, self.world.now);
        if let Some(transition) = answer.transition {
            let cause = self.world.lines[index].moved;
            self.note_transition(edge, transition, cause);
        }
        answer.permit.map(Some).map_err(|_| Refused)
    }

    /// Puts a request on its way.
    fn send(&mut self, handle: Handle<Attempt>) {
        let Some(attempt) = self.world.attempts.get(handle) else { return };
        let (edge, entity) = (attempt.edge, attempt.entity);
        let (span, cause) = (attempt.span, attempt.last);
        let spec = &self.scenario.edges[usize::from(edge)];
        let bits = self.draw(Stream::RequestLatency, entity, 0);
        let transit = self.plan.latency(edge).sample(bits);
        let sent = self.log.push(self.world.now, Kind::Sent, span, pack_duration(transit), cause);
        let lost = self.request_loss(edge, entity, spec.network.lose_requests, sent);
        self.touch(handle, lost.unwrap_or(sent));
        if let Some(timeout) = spec.policy.timeout.per_attempt {
            self.after(timeout, Task::TimeOut(edge, handle));
        }
        match lost {
            Some(_) => self.after(transit.scaled(0.5), Task::LoseRequest(handle)),
            None => self.after(transit, Task::Deliver(handle)),
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
        attempt.last = self.log.push(self.world.now, kind, attempt.span, 0, attempt.last);
        self.far_side_done(handle);
    }

    /// The last thing an attempt waits for, however deep: a worker, a queue, a lost message.
    fn blame(&self, handle: Handle<Attempt>) -> EventId {
        let last = self.world.attempts.get(handle).map_or(NONE, |attempt| attempt.last);
        self.blame_job(handle).unwrap_or(last)
    }

    /// What the service of an attempt waits for at present, if it waits for another one.
    pub(super) fn blame_job(&self, handle: Handle<Attempt>) -> Option<EventId> {
        let call = self.world.attempts.get(handle)?.job?.call?;
        let call = self.world.calls.get(call)?;
        Some(call.attempt.map_or(call.last, |attempt| self.blame(attempt)))
    }

    pub(super) fn time_out(&mut self, handle: Handle<Attempt>) {
        if self.world.attempts.get(handle).is_some_and(|attempt| attempt.waiting) {
            self.settle(handle, Outcome::TimedOut);
        }
    }

    pub(super) fn return_answer(&mut self, handle: Handle<Attempt>) {
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return };
        if attempt.waiting {
            attempt.remote = false;
            let outcome = match attempt.answer {
                StatusCode::Http(status) => Outcome::Answered(status),
                StatusCode::ConnectionFailed => Outcome::ConnectionFailed,
            };
            self.settle(handle, outcome);
        } else {
            let payload = attempt.answer.pack(0);
            self.log.push(self.world.now, Kind::AnsweredLate, attempt.span, payload, attempt.last);
            self.far_side_done(handle);
        }
    }

    /// The caller has an outcome: the breaker hears of it, then retry decides.
    fn settle(&mut self, handle: Handle<Attempt>, outcome: Outcome) {
        let now = self.world.now;
        let Some(attempt) = self.world.attempts.get(handle) else { return };
        let (span, edge, call_handle) = (attempt.span, attempt.edge, attempt.call);
        let (permit, sent_at, answer) = (attempt.permit, attempt.sent_at, attempt.answer);
        let (mut last, retry_after) = (attempt.last, attempt.retry_after);
        let policy = &self.scenario.edges[usize::from(edge)].policy;
        let Some(call) = self.world.calls.get_mut(call_handle) else { return };
        let (entity, number) = (call.entity, u64::from(call.retry.attempts + 1));
        let draws = &self.world.draws;
        let jitter = || random::unit(draws.draw(Stream::Backoff, entity, number));
        let decision = call.retry.step(&policy.retry, outcome, retry_after, jitter);
        let (parent, began) = (call.parent, call.began);
        let final_bit = if matches!(decision, Decision::RetryAfter(_)) { 0 } else { LAST };
        let (kind, payload) = match outcome {
            Outcome::Answered(_) | Outcome::ConnectionFailed => {
                (Kind::Answered, answer.pack(final_bit))
            }
            Outcome::TimedOut => {
                last = self.blame(handle);
                (Kind::TimedOut, pack_duration(now.since(sent_at)) << 1 | final_bit)
            }
            Outcome::Rejected => {
                last = self.world.lines[usize::from(edge)].moved;
                (Kind::Rejected, final_bit)
            }
        };
        let event = self.log.push(now, kind, span, payload, last);
        self.near_side_done(handle);
        // A breaker that is switched off learns nothing.
        if let Some(permit) = permit.filter(|_| policy.breaker_enabled) {
            let took = now.since(sent_at);
            let line = &mut self.world.lines[usize::from(edge)];
            let mark = breaker::mark(outcome);
            let moved = line.breaker.settle(&policy.breaker, permit, now, mark, took);
            if let Some(transition) = moved {
                self.note_transition(edge, transition, event);
            }
        }
        if let Decision::RetryAfter(wait) = decision {
            let backed_off = self.log.push(now, Kind::BackedOff, span, pack_duration(wait), event);
            if let Some(call) = self.world.calls.get_mut(call_handle) {
                (call.last, call.attempt) = (backed_off, None);
            }
            self.after(wait, Task::Retry(call_handle));
            return;
        }
        self.world.calls.remove(call_handle);
        match parent {
            Some(parent) => self.call_over(parent, outcome, event),
            None => {
                let success = matches!(outcome, Outcome::Answered(status) if status.is_success());
                self.log.operation_over(now.since(began), success);
            }
        }
    }

    /// Nobody waits any more. What becomes of it on the far side has its causes there.
    fn near_side_done(&mut self, handle: Handle<Attempt>) {
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return };
        (attempt.waiting, attempt.permit) = (false, None);
        if !attempt.remote {
            self.world.attempts.remove(handle);
        }
    }

    fn far_side_done(&mut self, handle: Handle<Attempt>) {
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return };
        (attempt.remote, attempt.job) = (false, None);
        if !attempt.waiting {
            self.world.attempts.remove(handle);
        }
    }

    /// A service died while it waited for this call: nobody wants the outcome any more.
    pub(super) fn abandon_call(&mut self, handle: Handle<Call>) {
        let Some(call) = self.world.calls.get(handle) else { return };
        let attempt = call.attempt;
        self.world.calls.remove(handle);
        let Some(handle) = attempt else { return };
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return };
        attempt.waiting = false;
        let (edge, permit, gone) = (attempt.edge, attempt.permit.take(), !attempt.remote);
        if gone {
            self.world.attempts.remove(handle);
        }
        if let Some(permit) = permit {
            self.world.lines[usize::from(edge)].breaker.release(permit);
        }
    }

    pub(super) fn breaker_due(&mut self, edge: EdgeId) {
        let settings = &self.scenario.edges[usize::from(edge)].policy.breaker;
        let line = &mut self.world.lines[usize::from(edge)];
        let cause = line.moved;
        if let Some(transition) = line.breaker.tick(settings, self.world.now) {
            self.note_transition(edge, transition, cause);
        }
    }

    /// Writes a transition down and plans the next one that needs no call.
    pub(super) fn note_transition(&mut self, edge: EdgeId, transition: Transition, cause: EventId) {
        let payload = pack_transition(transition.to, transition.reason, transition.counts);
        let event = self.log.push(self.world.now, Kind::Breaker, u32::from(edge), payload, cause);
        self.world.lines[usize::from(edge)].moved = event;
        self.plan_breaker(edge);
    }

    /// Plans the breaker's next move, if it moves by itself.
    pub(super) fn plan_breaker(&mut self, edge: EdgeId) {
        let settings = &self.scenario.edges[usize::from(edge)].policy.breaker;
        if let Some(at) = self.world.lines[usize::from(edge)].breaker.due(settings) {
            self.after(at.since(self.world.now), Task::BreakerDue(edge));
        }
    }
}
