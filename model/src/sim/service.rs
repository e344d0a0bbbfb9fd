//! The callee's side: workers, the queue before them, idempotency keys, and the calls a service
//! makes in turn.

use std::collections::VecDeque;

use super::call::{Attempt, Call};
use super::slab::Handle;
use super::task::{Sim, Task};
use crate::log::{EventId, Kind, NONE, RequestId, SpanId, StatusCode, Verdict, pack_duration};
use crate::policy::idempotency::{self, KeyId, Store};
use crate::policy::outcome::{Outcome, Status};
use crate::random::{self, Stream};
use crate::scenario::{EdgeId, NodeId};

/// A service at work.
#[derive(Clone, Debug, Default)]
pub(super) struct Station {
    /// Who holds a worker, longest first.
    working: Vec<Handle<Job>>,
    /// Who waits for one, longest first.
    waiting: VecDeque<Handle<Job>>,
    /// Who cannot go on while the service hangs, and with what.
    stuck: Vec<(Handle<Job>, Next)>,
    pub(super) keys: Store,
}

/// What a request at a service goes on with.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// The service's own work is done.
    WorkDone,
    /// A call it waited for ended like this, with this event.
    CallOver(Outcome, EventId),
    /// It is answered without work, because of this event.
    Answer(Status, EventId),
}

impl Station {
    /// How many requests wait for a worker.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

/// A request at a service.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) span: SpanId,
    node: NodeId,
    attempt: Handle<Attempt>,
    request: RequestId,
    entity: u64,
    key: Option<KeyId>,
    /// The tag under which it holds its key.
    started: EventId,
    /// The last thing that happened to it here.
    last: EventId,
    /// The call it waits for.
    pub(super) call: Option<Handle<Call>>,
    /// How many of its calls are made.
    calls_made: usize,
}

impl Sim<'_> {
    pub(super) fn deliver(&mut self, handle: Handle<Attempt>) {
        let Some(attempt) = self.world.attempts.get(handle) else { return };
        let node = self.scenario.edges[usize::from(attempt.edge)].to;
        let job = Job {
            span: attempt.span,
            node,
            attempt: handle,
            request: attempt.request,
            entity: attempt.entity,
            key: attempt.key,
            started: NONE,
            last: attempt.last,
            call: None,
            calls_made: 0,
        };
        let span = job.span;
        if let Some(why) = self.crashed(node) {
            self.answer(handle, StatusCode::ConnectionFailed, why);
            return;
        }
        if let Some(why) = self.failing_fast(node) {
            self.answer(handle, StatusCode::Http(Status::UNAVAILABLE), why);
            return;
        }
        let Some(service) = self.scenario.service(node) else { return };
        let (workers, room) = (service.workers as usize, service.queue as usize);
        let station = &self.world.stations[usize::from(node)];
        if station.working.len() < workers {
            let job = self.keep_job(handle, job);
            self.begin_job(job);
            return;
        }
        let busy_with = station.working.first().copied();
        let why = busy_with.and_then(|job| self.busy_because(job)).unwrap_or(job.last);
        let waiting = self.world.stations[usize::from(node)].waiting.len();
        if waiting < room {
            let queued = self.log.push(self.world.now, Kind::Queued, span, waiting as u32 + 1, why);
            let job = self.keep_job(handle, Job { last: queued, ..job });
            self.world.stations[usize::from(node)].waiting.push_back(job);
            self.touch(handle, queued);
        } else {
            let full = self.log.push(self.world.now, Kind::QueueFull, span, room as u32, why);
            self.touch(handle, full);
            self.answer(handle, StatusCode::Http(Status::UNAVAILABLE), full);
        }
    }

    fn keep_job(&mut self, attempt: Handle<Attempt>, job: Job) -> Handle<Job> {
        let job = self.world.jobs.insert(job);
        if let Some(attempt) = self.world.attempts.get_mut(attempt) {
            attempt.job = Some(job);
        }
        job
    }

    fn touch(&mut self, attempt: Handle<Attempt>, event: EventId) {
        if let Some(attempt) = self.world.attempts.get_mut(attempt) {
            attempt.last = event;
        }
    }

    /// What keeps a worker busy: the call it waits for, or its own work.
    fn busy_because(&self, job: Handle<Job>) -> Option<EventId> {
        self.blame_job(job).or_else(|| self.world.jobs.get(job).map(|job| job.last))
    }

    /// A worker picks a request up. If it needs no work the worker is free again at once, and
    /// whoever called this looks for the next one: a long queue must not become a deep stack.
    fn begin_job(&mut self, handle: Handle<Job>) {
        let scenario = self.scenario;
        let Some(job) = self.world.jobs.get(handle) else { return };
        let (span, node, attempt, entity) = (job.span, job.node, job.attempt, job.entity);
        let Some(service) = scenario.service(node) else { return };
        let (key, last) = (job.key, job.last);
        let Some((fingerprint, refusal)) =
            self.world.attempts.get(attempt).map(|a| (a.fingerprint, a.refusal))
        else {
            return;
        };
        self.world.stations[usize::from(node)].working.push(handle);
        let now = self.world.now;
        if let Some(status) = refusal {
            if self.hanging(node).is_some() {
                // Otherwise nothing would tell that it holds a worker.
                let looked = self.log.push(now, Kind::Verdict, span, Verdict::Refused as u32, last);
                self.sticks(handle, Next::Answer(status, looked));
            } else {
                self.let_go(handle, StatusCode::Http(status), last);
            }
            return;
        }
        // Whatever this request writes next is what others under the same key will point at.
        let tag = self.log.len();
        let settings = &service.idempotency;
        let keys = &mut self.world.stations[usize::from(node)].keys;
        let (verdict, status, why) = match keys.begin(settings, now, key, fingerprint, tag) {
            idempotency::Verdict::First | idempotency::Verdict::Unprotected => {
                let (slowness, slowed_by) = self.slowness(node);
                let work = service.time.sample(self.draw(Stream::Service, entity, 0));
                let work = if slowness == 1.0 { work } else { work.scaled(slowness) };
                let cause = slowed_by.unwrap_or(last);
                let started = self.log.push(now, Kind::Started, span, pack_duration(work), cause);
                if let Some(job) = self.world.jobs.get_mut(handle) {
                    (job.started, job.last) = (started, started);
                }
                self.touch(attempt, started);
                self.after(work, Task::WorkDone(handle));
                return;
            }
            idempotency::Verdict::Missing => (Verdict::Missing, Status::BAD_REQUEST, last),
            idempotency::Verdict::InProgress { by } => {
                if let Some(attempt) = self.world.attempts.get_mut(attempt) {
                    attempt.retry_after = Some(settings.retry_after);
                }
                (Verdict::InProgress, Status::CONFLICT, by)
            }
            idempotency::Verdict::Mismatch { by } => (Verdict::Mismatch, Status::UNPROCESSABLE, by),
            idempotency::Verdict::Replay { status, by } => (Verdict::Replayed, status, by),
        };
        let looked = self.log.push(now, Kind::Verdict, span, verdict as u32, why);
        self.touch(attempt, looked);
        if !self.sticks(handle, Next::Answer(status, looked)) {
            self.let_go(handle, StatusCode::Http(status), looked);
        }
    }

    /// Whether a request has to wait before it goes on, because its service hangs.
    fn sticks(&mut self, handle: Handle<Job>, next: Next) -> bool {
        let Some((node, attempt)) = self.world.jobs.get(handle).map(|job| (job.node, job.attempt))
        else {
            return false;
        };
        let Some(why) = self.hanging(node) else { return false };
        self.world.stations[usize::from(node)].stuck.push((handle, next));
        self.touch(attempt, why);
        true
    }

    pub(super) fn work_done(&mut self, handle: Handle<Job>) {
        let Some(job) = self.world.jobs.get(handle) else { return };
        let (node, entity, started) = (job.node, job.entity, job.started);
        if self.sticks(handle, Next::WorkDone) {
            return;
        }
        let own = self.scenario.service(node).map_or(0.0, |service| service.error_rate);
        if let Some(why) = self.work_error(node, entity, own, started) {
            self.respond(handle, StatusCode::Http(Status::INTERNAL), why);
        } else {
            self.next_call(handle, started);
        }
    }

    /// Makes the next call this service depends on, or answers if there is none left.
    fn next_call(&mut self, handle: Handle<Job>, cause: EventId) {
        let Some(job) = self.world.jobs.get_mut(handle) else { return };
        let node = job.node;
        let Some(edge) = self.scenario.calls_of(node).nth(job.calls_made) else {
            self.finish_job(handle);
            return;
        };
        job.calls_made += 1;
        let mut call =
            Call::by_client(edge, job.request, random::nest(job.entity, u64::from(edge)));
        call.parent = Some(handle);
        let call = self.world.calls.insert(call);
        if let Some(job) = self.world.jobs.get_mut(handle) {
            job.call = Some(call);
        }
        if let Some(waiting) = self.world.calls.get_mut(call) {
            waiting.last = cause;
        }
        self.retry(call);
    }

    /// A call that this service waited for is over.
    pub(super) fn call_over(&mut self, handle: Handle<Job>, outcome: Outcome, event: EventId) {
        let Some(job) = self.world.jobs.get_mut(handle) else { return };
        job.call = None;
        job.last = event;
        if self.sticks(handle, Next::CallOver(outcome, event)) {
            return;
        }
        // What a gateway says of the services behind it (RFC 9110, 15.6).
        let status = match outcome {
            Outcome::Answered(status) if status.is_success() => {
                self.next_call(handle, event);
                return;
            }
            Outcome::Answered(_) | Outcome::ConnectionFailed => Status::BAD_GATEWAY,
            Outcome::TimedOut => Status::GATEWAY_TIMEOUT,
            Outcome::Rejected => Status::UNAVAILABLE,
        };
        self.respond(handle, StatusCode::Http(status), event);
    }

    /// All work is done and every call has succeeded.
    fn finish_job(&mut self, handle: Handle<Job>) {
        let Some(job) = self.world.jobs.get(handle) else { return };
        let (span, node, request, mut last) = (job.span, job.node, job.request, job.last);
        let made_calls = job.calls_made > 0;
        if self.scenario.service(node).is_some_and(|service| service.charges) {
            last = self.log.push(self.world.now, Kind::Charged, span, request, last);
        }
        let status = if made_calls { Status::CREATED } else { Status::OK };
        self.respond(handle, StatusCode::Http(status), last);
    }

    /// The service lets go of a request; its worker picks the next one up.
    fn respond(&mut self, handle: Handle<Job>, status: StatusCode, cause: EventId) {
        let node = self.world.jobs.get(handle).map(|job| job.node);
        self.let_go(handle, status, cause);
        if let Some(node) = node {
            self.fill_workers(node);
        }
    }

    fn let_go(&mut self, handle: Handle<Job>, status: StatusCode, cause: EventId) {
        let Some(job) = self.world.jobs.remove(handle) else { return };
        let index = usize::from(job.node);
        let scenario = self.scenario;
        if let (StatusCode::Http(status), Some(key), Some(service)) =
            (status, job.key, scenario.service(job.node))
            && job.started != NONE
        {
            let keys = &mut self.world.stations[index].keys;
            keys.finish(&service.idempotency, key, status, job.started);
        }
        self.answer(job.attempt, status, cause);
        self.world.stations[index].working.retain(|working| *working != handle);
    }

    /// Lets free workers pick up who waits.
    pub(super) fn fill_workers(&mut self, node: NodeId) {
        let workers = self.scenario.service(node).map_or(0, |service| service.workers as usize);
        while self.world.stations[usize::from(node)].working.len() < workers {
            let Some(next) = self.world.stations[usize::from(node)].waiting.pop_front() else {
                return;
            };
            self.begin_job(next);
        }
    }

    /// A response leaves for its caller.
    fn answer(&mut self, handle: Handle<Attempt>, status: StatusCode, cause: EventId) {
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return };
        attempt.job = None;
        attempt.answer = status;
        let (span, edge, entity) = (attempt.span, attempt.edge, attempt.entity);
        let lose_this = std::mem::take(&mut attempt.lose_response);
        let scenario = self.scenario;
        let network = &scenario.edges[usize::from(edge)].network;
        let transit = network.latency.sample(self.draw(Stream::ResponseLatency, entity, 0));
        let payload = status.pack(pack_duration(transit));
        let responded = self.log.push(self.world.now, Kind::Responded, span, payload, cause);
        let loss = if lose_this {
            Some(self.sent_by_hand(span).unwrap_or(responded))
        } else {
            self.response_loss(edge, entity, network.lose_responses, responded)
        };
        self.touch(handle, loss.unwrap_or(responded));
        match loss {
            Some(_) => self.after(transit.scaled(0.5), Task::LoseResponse(handle)),
            None => self.after(transit, Task::Return(handle)),
        }
    }

    /// The intervention that sent this span's request.
    fn sent_by_hand(&self, span: SpanId) -> Option<EventId> {
        let request = self.log.request_of(span);
        let mine =
            |event: &crate::log::Event| event.kind == Kind::Arrived && event.subject == request;
        (0..self.log.len()).rev().map(|id| self.log.event(id)).find(mine)?.cause()
    }

    /// A service dies: what it was doing is lost, its callers see broken connections.
    pub(super) fn crash(&mut self, node: NodeId, keep_state: bool, cause: EventId) {
        let station = &mut self.world.stations[usize::from(node)];
        let mut lost = std::mem::take(&mut station.working);
        lost.extend(std::mem::take(&mut station.waiting));
        station.stuck.clear();
        for handle in lost {
            let Some(job) = self.world.jobs.remove(handle) else { continue };
            let event = self.log.push(self.world.now, Kind::WorkLost, job.span, 0, cause);
            if let Some(call) = job.call {
                self.abandon_call(call);
            }
            if let Some(key) = job.key {
                self.world.stations[usize::from(node)].keys.abandon(key, job.started);
            }
            self.answer(job.attempt, StatusCode::ConnectionFailed, event);
        }
        if !keep_state {
            self.world.stations[usize::from(node)].keys.forget();
            let edges: Vec<EdgeId> = self.scenario.calls_of(node).collect();
            for edge in edges {
                self.reset_breaker(edge, cause);
            }
        }
    }

    /// A service that hung goes on: everything that came to its end meanwhile does so now.
    pub(super) fn unstick(&mut self, node: NodeId) {
        for (job, next) in std::mem::take(&mut self.world.stations[usize::from(node)].stuck) {
            match next {
                Next::WorkDone => self.work_done(job),
                Next::CallOver(outcome, event) => self.call_over(job, outcome, event),
                Next::Answer(status, cause) => {
                    self.respond(job, StatusCode::Http(status), cause);
                }
            }
        }
    }
}

#[cfg(test)]
impl super::World {
    /// How many requests a service works on, and how many wait.
    pub(crate) fn load(&self, node: NodeId) -> (usize, usize) {
        let station = &self.stations[usize::from(node)];
        (station.working.len(), station.waiting.len())
    }

    /// The breaker on a line.
    pub(crate) fn breaker(&self, edge: EdgeId) -> &crate::policy::breaker::Breaker {
        &self.lines[usize::from(edge)].breaker
    }

    /// The scenario as it stands now.
    pub(crate) fn scenario(&self) -> &crate::scenario::Scenario {
        &self.scenario
    }
}
