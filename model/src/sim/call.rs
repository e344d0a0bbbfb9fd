//! The caller's side: attempts, timeouts, backoff, and the breaker in between.

use super::service::Job;
use super::slab::Handle;
use super::task::{Sim, Task};
use crate::log::{
    EventId, Kind, LAST, NONE, RequestId, SpanId, StatusCode, pack_duration, pack_transition,
};
use crate::policy::breaker::{self, Permit, Transition};
use crate::policy::idempotency::KeyId;
use crate::policy::outcome::{Outcome, Status};
use crate::policy::retry::{self, Decision};
use crate::random::{self, Stream};
use crate::scenario::EdgeId;
use crate::time::{SimDuration, SimTime};

/// A call over one edge: however many attempts it takes.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) edge: EdgeId,
    pub(super) request: RequestId,
    /// The service that waits for it; none: a client does.
    pub(super) parent: Option<Handle<Job>>,
    /// Who this is, for draws.
    pub(super) entity: u64,
    pub(super) retry: retry::State,
    pub(super) key: Option<KeyId>,
    pub(super) key_per_attempt: bool,
    pub(super) fingerprint: u64,
    pub(super) lose_first_response: bool,
    /// What the service answers without work, if it does not know what is asked of it.
    pub(super) refusal: Option<Status>,
    /// The attempt under way.
    pub(super) attempt: Option<Handle<Attempt>>,
    /// The last thing that happened to it between attempts.
    pub(super) last: EventId,
}

impl Call {
    pub(super) fn by_client(edge: EdgeId, request: RequestId, entity: u64) -> Self {
        Self {
            edge,
            request,
            parent: None,
            entity,
            retry: retry::State::default(),
            key: None,
            key_per_attempt: false,
            fingerprint: entity,
            lose_first_response: false,
            refusal: None,
            attempt: None,
            last: NONE,
        }
    }
}

/// What a payments API makes of other methods and paths.
pub(super) fn refusal(method: &str, path: &str) -> Option<Status> {
    if path != "/api/payments" {
        return Some(Status(404));
    }
    (method != "POST").then_some(Status(405))
}

/// One attempt: lives until its caller has an outcome and the far side is done with it.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) span: SpanId,
    pub(super) edge: EdgeId,
    pub(super) call: Handle<Call>,
    pub(super) number: u32,
    /// Who this is, for draws.
    pub(super) entity: u64,
    pub(super) key: Option<KeyId>,
    pub(super) fingerprint: u64,
    pub(super) refusal: Option<Status>,
    pub(super) lose_response: bool,
    pub(super) request: RequestId,
    /// Whether its caller still waits.
    waiting: bool,
    /// Whether anything of it is still on the way or at work.
    pub(super) remote: bool,
    permit: Option<Permit>,
    sent_at: SimTime,
    /// The last thing that happened to it.
    pub(super) last: EventId,
    /// The job at the service, while there is one.
    pub(super) job: Option<Handle<Job>>,
    pub(super) answer: StatusCode,
    pub(super) retry_after: Option<SimDuration>,
}

impl Attempt {
    /// Whether its caller still waits.
    pub(super) const fn waits(&self) -> bool {
        self.waiting
    }
}

impl Sim<'_> {
    pub(super) fn begin_call(&mut self, call: Call, cause: EventId) -> Handle<Call> {
        let handle = self.world.calls.insert(call);
        self.begin_attempt(handle, cause);
        handle
    }

    pub(super) fn retry(&mut self, call: Handle<Call>) {
        let Some(cause) = self.world.calls.get(call).map(|c| c.last) else { return };
        self.begin_attempt(call, cause);
    }

    fn begin_attempt(&mut self, handle: Handle<Call>, cause: EventId) {
        let Some(call) = self.world.calls.get(handle) else { return };
        let (edge, number) = (call.edge, call.retry.attempts + 1);
        let key_per_attempt = call.key_per_attempt;
        let parent = match call.parent {
            None => call.request,
            Some(job) => self.world.jobs.get(job).map_or(NONE, |job| job.span),
        };
        let span = self.log.push_span(parent, edge, number.min(255) as u8);
        let mut attempt = Attempt {
            span,
            edge,
            call: handle,
            number,
            entity: random::nest(call.entity, u64::from(number)),
            key: call.key,
            fingerprint: call.fingerprint,
            refusal: call.refusal,
            lose_response: call.lose_first_response && number == 1,
            request: call.request,
            waiting: true,
            remote: false,
            permit: None,
            sent_at: self.world.now,
            last: cause,
            job: None,
            answer: StatusCode::ConnectionFailed,
            retry_after: None,
        };
        if key_per_attempt {
            attempt.key = Some(self.fresh_key());
        }
        let refused = self.ask_breaker(&mut attempt);
        let attempt = self.world.attempts.insert(attempt);
        if let Some(call) = self.world.calls.get_mut(handle) {
            call.attempt = Some(attempt);
        }
        if refused {
            self.settle(attempt, Outcome::Rejected);
        } else {
            self.send(attempt);
        }
    }

    /// Whether the breaker refuses the attempt.
    fn ask_breaker(&mut self, attempt: &mut Attempt) -> bool {
        let index = usize::from(attempt.edge);
        let scenario = self.scenario;
        let policy = &scenario.edges[index].policy;
        if !policy.breaker_enabled {
            return false;
        }
        let answer = self.world.lines[index].breaker.acquire(&policy.breaker, self.world.now);
        if let Some(transition) = answer.transition {
            let cause = self.world.lines[index].moved;
            self.note_transition(attempt.edge, transition, cause);
        }
        attempt.permit = answer.permit.ok();
        attempt.permit.is_none()
    }

    fn send(&mut self, handle: Handle<Attempt>) {
        let Some(attempt) = self.world.attempts.get(handle) else { return };
        let (span, edge, entity, cause) =
            (attempt.span, attempt.edge, attempt.entity, attempt.last);
        let scenario = self.scenario;
        let spec = &scenario.edges[usize::from(edge)];
        let transit = spec.network.latency.sample(self.draw(Stream::RequestLatency, entity, 0));
        let sent = self.log.push(self.world.now, Kind::Sent, span, pack_duration(transit), cause);
        if let Some(attempt) = self.world.attempts.get_mut(handle) {
            attempt.last = sent;
            attempt.remote = true;
        }
        if let Some(timeout) = spec.policy.timeout.per_attempt {
            self.after(timeout, Task::TimeOut(edge, handle));
        }
        match self.request_loss(edge, entity, spec.network.lose_requests, sent) {
            Some(why) => {
                if let Some(attempt) = self.world.attempts.get_mut(handle) {
                    attempt.last = why;
                }
                self.after(transit.scaled(0.5), Task::LoseRequest(handle));
            }
            None => self.after(transit, Task::Deliver(handle)),
        }
    }

    pub(super) fn lose_request(&mut self, handle: Handle<Attempt>) {
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return };
        attempt.last =
            self.log.push(self.world.now, Kind::RequestLost, attempt.span, 0, attempt.last);
        self.far_side_done(handle);
    }

    pub(super) fn lose_response(&mut self, handle: Handle<Attempt>) {
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return };
        attempt.last =
            self.log.push(self.world.now, Kind::ResponseLost, attempt.span, 0, attempt.last);
        self.far_side_done(handle);
    }

    /// The last thing an attempt waits for, however deep: a worker, a queue, a lost message.
    pub(super) fn blame(&self, handle: Handle<Attempt>) -> EventId {
        let Some(attempt) = self.world.attempts.get(handle) else { return NONE };
        attempt.job.map_or(attempt.last, |job| self.blame_job(job).unwrap_or(attempt.last))
    }

    /// What a service waits for at present, if it waits for another one.
    pub(super) fn blame_job(&self, job: Handle<Job>) -> Option<EventId> {
        let call = self.world.calls.get(self.world.jobs.get(job)?.call?)?;
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
        let scenario = self.scenario;
        let blame = self.blame(handle);
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return };
        attempt.waiting = false;
        let (span, edge, call_handle) = (attempt.span, attempt.edge, attempt.call);
        let (number, permit, answer) = (attempt.number, attempt.permit.take(), attempt.answer);
        let (sent_at, own, retry_after) = (attempt.sent_at, attempt.last, attempt.retry_after);
        let far_side_done = !attempt.remote;
        let policy = &scenario.edges[usize::from(edge)].policy;
        let Some(entity) = self.world.calls.get(call_handle).map(|call| call.entity) else {
            return;
        };
        let u = random::unit(self.draw(Stream::Backoff, entity, u64::from(number)));
        let Some(call) = self.world.calls.get_mut(call_handle) else { return };
        let decision = call.retry.step(&policy.retry, outcome, retry_after, u);
        call.attempt = None;
        let last = if matches!(decision, Decision::RetryAfter(_)) { 0 } else { LAST };
        let now = self.world.now;
        let event = match outcome {
            Outcome::Answered(_) | Outcome::ConnectionFailed => {
                self.log.push(now, Kind::Answered, span, answer.pack(last), own)
            }
            Outcome::TimedOut => {
                let timeout = pack_duration(now.since(sent_at));
                self.log.push(now, Kind::TimedOut, span, timeout << 1 | last, blame)
            }
            Outcome::Rejected => {
                let cause = self.world.lines[usize::from(edge)].moved;
                self.log.push(now, Kind::Rejected, span, last, cause)
            }
        };
        if let Some(attempt) = self.world.attempts.get_mut(handle) {
            attempt.last = event;
        }
        if far_side_done {
            self.world.attempts.remove(handle);
        }
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
                call.last = backed_off;
            }
            self.after(wait, Task::Retry(call_handle));
        } else if let Some(call) = self.world.calls.remove(call_handle)
            && let Some(job) = call.parent
        {
            self.call_over(job, outcome, event);
        }
    }

    fn far_side_done(&mut self, handle: Handle<Attempt>) {
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return };
        attempt.remote = false;
        attempt.job = None;
        if !attempt.waiting {
            self.world.attempts.remove(handle);
        }
    }

    /// A service died while it waited for this call: nobody wants the outcome any more.
    pub(super) fn abandon_call(&mut self, handle: Handle<Call>) {
        let Some(call) = self.world.calls.remove(handle) else { return };
        let Some(handle) = call.attempt else { return };
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
        let scenario = self.scenario;
        let settings = &scenario.edges[usize::from(edge)].policy.breaker;
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
