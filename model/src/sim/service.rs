//! The callee's side: workers, the queue before them, idempotency keys, and the calls a service
//! makes in turn.

use std::collections::VecDeque;

use super::attempt::{Attempt, Call, Job, Question, RetryAfter};
use super::cache::Kept;
use super::faults::{delayed, slowness};
use super::slab::Handle;
use super::task::{Sim, Task};
use crate::log::{EventId, Kind, NONE, StatusCode, Verdict, pack_duration};
use crate::policy::balance::Balancer;
use crate::policy::idempotency::{self, Store};
use crate::policy::outcome::{Outcome, Status};
use crate::policy::shed::By;
use crate::policy::shed::codel::Codel;
use crate::policy::shed::limiter::Limiter;
use crate::random::{self, Stream};
use crate::scenario::{EdgeId, Need, NodeId, Order};
use crate::time::{SimDuration, SimTime};

/// A service at work.
#[derive(Clone, Debug, Default)]
pub(super) struct Station {
    /// Who holds a worker, longest first.
    working: Vec<Handle<Attempt>>,
    /// Who waits for one, longest first.
    waiting: VecDeque<Handle<Attempt>>,
    /// Who cannot go on while the service hangs, and with what.
    stuck: Vec<(Handle<Attempt>, Next)>,
    row: Row,
    codel: Codel,
    /// What limits how many are inside, where something ever did.
    pub(super) limiter: Option<Box<Limiter<Handle<Attempt>>>>,
    /// What it has in its cache, where it ever had one.
    pub(super) kept: Option<Box<Kept>>,
    pub(super) keys: Store,
    pub(super) balancer: Balancer,
}

/// What a versioned service guards.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// How often it was written.
    version: u32,
    /// The last time that happened.
    written: EventId,
}

impl Default for Row {
    fn default() -> Self {
        Self { version: 0, written: NONE }
    }
}

/// What a request at a service goes on with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Next {
    /// The service's own work is done.
    WorkDone,
    /// A call over this line ended like this, with this event.
    CallOver(EdgeId, Outcome, EventId),
    /// It is answered without work, because of this event.
    Answer(Status, EventId),
    /// Its effect is made, and its key is to be recorded.
    Record,
}

impl Job {
    pub(super) fn degrade(&mut self, event: EventId) {
        if self.degraded == NONE {
            self.degraded = event;
        }
    }
}

/// What a gateway says of the services behind it (RFC 9110, 15.6).
fn gateway_status(outcome: Outcome) -> Status {
    match outcome {
        Outcome::Answered(_) | Outcome::ConnectionFailed => Status::BAD_GATEWAY,
        Outcome::TimedOut => Status::GATEWAY_TIMEOUT,
        Outcome::Rejected => Status::UNAVAILABLE,
    }
}

/// What a service answers that has done so many calls, and perhaps without a part, and why.
const fn good_news(degraded: EventId, calls: u8, last: EventId) -> (Status, EventId) {
    match (degraded, calls) {
        (NONE, 0) => (Status::OK, last),
        (NONE, _) => (Status::CREATED, last),
        _ => (Status::DEGRADED, degraded),
    }
}

impl Station {
    /// How many requests wait for a worker.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Somebody more waits; returns what is known of how long others do.
    pub(super) fn wait(&mut self, handle: Handle<Attempt>, now: SimTime) -> &Codel {
        self.codel.queued(now, self.waiting.is_empty());
        self.waiting.push_back(handle);
        &self.codel
    }

    /// Somebody holds a worker from now on.
    pub(super) fn take_up(&mut self, handle: Handle<Attempt>) {
        self.working.push(handle);
    }

    /// The worker that somebody holds is free again.
    pub(super) fn lay_down(&mut self, handle: Handle<Attempt>) {
        let Some(place) = self.working.iter().position(|working| *working == handle) else {
            return;
        };
        // They are few, mostly: these move up one by one sooner than all at once.
        let behind = &mut self.working[place..];
        for next in 1..behind.len() {
            behind[next - 1] = behind[next];
        }
        self.working.pop();
    }

    /// Takes somebody out who waits; returns whether anybody was there.
    pub(super) fn leave(&mut self, handle: Handle<Attempt>) -> bool {
        let place = self.waiting.iter().position(|waiting| *waiting == handle);
        place.and_then(|place| self.waiting.remove(place)).is_some()
    }
}

impl Sim<'_> {
    pub(super) fn deliver(&mut self, handle: Handle<Attempt>) {
        let Some(attempt) = self.world.attempts.get(handle) else { return };
        // It was lost on the way.
        if !attempt.remote {
            return;
        }
        let (span, last) = (attempt.span, attempt.last);
        let node = self.scenario.edges[usize::from(attempt.edge)].to;
        if let Some((status, why)) = self.down(node) {
            self.answer(handle, status, why);
            return;
        }
        let Some(service) = self.scenario.service(node) else { return };
        if service.shed.by != By::Nothing && !self.lets_in(node, handle, &service.shed) {
            return;
        }
        let room = service.queue as usize;
        let workers = self.workers(node, service.workers);
        let station = &self.world.stations[usize::from(node)];
        if station.working.len() < workers {
            self.begin_job(node, handle, last);
            return;
        }
        let waiting = station.waiting();
        let missing = if station.working.len() < service.workers as usize {
            self.staff(node, service.workers).1
        } else {
            None
        };
        let why = missing.or_else(|| self.busy(node)).unwrap_or(last);
        if waiting < room {
            let queued = self.log.push(self.world.now, Kind::Queued, span, waiting as u32 + 1, why);
            if let Some(attempt) = self.world.attempts.get_mut(handle) {
                (attempt.job, attempt.last) = (Some(Job::new(queued)), queued);
            }
            self.wait_for_worker(node, handle, &service.shed);
        } else {
            let full = self.log.push(self.world.now, Kind::QueueFull, span, room as u32, why);
            self.note_exit(node, handle, false);
            self.touch(handle, full);
            self.answer(handle, StatusCode::Http(Status::UNAVAILABLE), full);
        }
    }

    /// What keeps the worker busy that is so for longest.
    pub(super) fn busy(&self, node: NodeId) -> Option<EventId> {
        let longest = self.world.stations[usize::from(node)].working.first()?;
        self.busy_because(*longest)
    }

    /// What keeps a worker busy: the call it waits for, or its own work.
    fn busy_because(&self, handle: Handle<Attempt>) -> Option<EventId> {
        let last = || self.world.attempts.get(handle)?.job.map(|job| job.last);
        self.blame_job(handle).or_else(last)
    }

    /// A worker picks a request up, to which `last` happened before. If it needs no work the worker
    /// is free again at once, and whoever called this looks for the next one: a long queue must not
    /// become a deep stack.
    fn begin_job(&mut self, node: NodeId, handle: Handle<Attempt>, last: EventId) {
        let (Some(service), Some(pace)) = (self.scenario.service(node), self.plan.pace(node))
        else {
            return;
        };
        // Who sends a key wants something done.
        if service.cache.is_on()
            && !service.idempotency.enabled
            && self.need_not_work(node, handle, &service.cache)
        {
            return;
        }
        let world = &mut *self.world;
        let now = world.now;
        let Some(attempt) = world.attempts.get_mut(handle) else { return };
        let (span, entity) = (attempt.span, attempt.entity);
        let Question { key, fingerprint, refusal, .. } = attempt.question;
        let station = &mut world.stations[usize::from(node)];
        station.working.push(handle);
        if let Some(status) = refusal {
            attempt.job = Some(Job::new(last));
            if self.hanging(node).is_some() {
                // Otherwise nothing would tell that it holds a worker.
                let looked = self.log.push(now, Kind::Verdict, span, Verdict::Refused as u32, last);
                self.sticks(node, handle, Next::Answer(status, looked));
            } else {
                self.let_go(node, handle, StatusCode::Http(status), last);
            }
            return;
        }
        if attempt.deadline.has_passed(now) {
            let expired = self.log.push(now, Kind::Verdict, span, Verdict::Expired as u32, last);
            (attempt.job, attempt.last) = (Some(Job::new(last)), expired);
            if !self.sticks(node, handle, Next::Answer(Status::GATEWAY_TIMEOUT, expired)) {
                self.let_go(node, handle, StatusCode::Http(Status::GATEWAY_TIMEOUT), expired);
            }
            return;
        }
        // Whatever this request writes next is what others under the same key will point at.
        let tag = self.log.len();
        let settings = &service.idempotency;
        let (verdict, status, why) = match station.keys.begin(settings, now, key, fingerprint, tag)
        {
            idempotency::Verdict::First | idempotency::Verdict::Unprotected => {
                let (slowness, slowed_by) = slowness(&world.faults, node);
                let work = pace.sample_with(|| world.draws.draw(Stream::Service, entity, 0));
                let work = if slowness == 1.0 { work } else { work.scaled(slowness) };
                let (payload, cause) = (|| pack_duration(work), slowed_by.unwrap_or(last));
                let started = self.log.push_with(now, Kind::Started, span, payload, cause);
                let version = station.row.version;
                attempt.last = started;
                attempt.job = Some(Job { started, version, ..Job::new(started) });
                self.after(work, Task::WorkDone(handle));
                return;
            }
            idempotency::Verdict::Missing => (Verdict::Missing, Status::BAD_REQUEST, last),
            idempotency::Verdict::InProgress { by } => {
                attempt.retry_after = RetryAfter::AsConfigured;
                (Verdict::InProgress, Status::CONFLICT, by)
            }
            idempotency::Verdict::Mismatch { by } => (Verdict::Mismatch, Status::UNPROCESSABLE, by),
            idempotency::Verdict::Replay { status, by } => (Verdict::Replayed, status, by),
        };
        let looked = self.log.push(now, Kind::Verdict, span, verdict as u32, why);
        (attempt.job, attempt.last) = (Some(Job::new(last)), looked);
        if !self.sticks(node, handle, Next::Answer(status, looked)) {
            self.let_go(node, handle, StatusCode::Http(status), looked);
        }
    }

    /// Whether a request has to wait before it goes on, because its service hangs.
    pub(super) fn sticks(&mut self, node: NodeId, handle: Handle<Attempt>, next: Next) -> bool {
        let Some(why) = self.hanging(node) else { return false };
        self.world.stations[usize::from(node)].stuck.push((handle, next));
        self.touch(handle, why);
        true
    }

    pub(super) fn work_done(&mut self, handle: Handle<Attempt>) {
        let Some(attempt) = self.world.attempts.get(handle) else { return };
        let Some(job) = attempt.job else { return };
        let (entity, started) = (attempt.entity, job.started);
        let node = self.scenario.edges[usize::from(attempt.edge)].to;
        if self.sticks(node, handle, Next::WorkDone) {
            return;
        }
        let Some(service) = self.scenario.service(node) else { return };
        if let Some(why) = self.work_error(node, entity, service.error_rate, started) {
            self.respond(node, handle, StatusCode::Http(Status::INTERNAL), why);
            return;
        }
        if service.versioned
            && let Err(conflict) = self.write_row(node, handle)
        {
            self.respond(node, handle, StatusCode::Http(Status::CONFLICT), conflict);
            return;
        }
        self.go_on(node, handle, started);
    }

    /// Writes the row of a versioned service, unless somebody else has done so since it was read.
    fn write_row(&mut self, node: NodeId, handle: Handle<Attempt>) -> Result<(), EventId> {
        let row = &mut self.world.stations[usize::from(node)].row;
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return Ok(()) };
        if attempt.job.is_some_and(|job| job.version == row.version) {
            // What this request writes to the log next is what the losers will point at.
            *row = Row { version: row.version + 1, written: self.log.len() };
            return Ok(());
        }
        attempt.retry_after = RetryAfter::AtOnce;
        let (span, why) = (attempt.span, row.written);
        let verdict = Verdict::Conflict as u32;
        Err(self.log.push(self.world.now, Kind::Verdict, span, verdict, why))
    }

    /// Makes the calls that come next, or answers if there is none left.
    fn go_on(&mut self, node: NodeId, handle: Handle<Attempt>, cause: EventId) {
        let calls = self.plan.own_calls_of(node);
        if calls.is_empty() {
            self.finish(node, handle);
            return;
        }
        let Some(service) = self.scenario.service(node) else { return };
        if service.balance.on {
            self.call_one(node, handle, service.balance.by, cause);
            return;
        }
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return };
        let Some(job) = attempt.job.as_mut() else { return };
        // There may be fewer than there were: some have become fallbacks of others.
        let rest = calls.get(usize::from(job.calls_made)..).unwrap_or_default();
        let next = if service.parallel { rest } else { &rest[..rest.len().min(1)] };
        if next.is_empty() {
            self.finish(node, handle);
            return;
        }
        if let Some(late) = self.too_late(handle, next, cause) {
            self.respond(node, handle, StatusCode::Http(Status::GATEWAY_TIMEOUT), late);
            return;
        }
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return };
        let Some(job) = attempt.job.as_mut() else { return };
        // All of them are made, before the first one is over.
        job.calls_made += next.len() as u8;
        for edge in next {
            let Some(attempt) = self.world.attempts.get_mut(handle) else { return };
            let Some(job) = attempt.job.as_mut() else { return };
            let entity = random::nest(attempt.entity, u64::from(*edge));
            let call = Call {
                parent: Some(handle),
                sibling: job.call,
                ..Call::new(*edge, attempt.question.request, entity, (self.world.now, cause))
            };
            self.begin_call(call);
        }
    }

    /// Answers, if nothing is left to wait for.
    pub(super) fn finish(&mut self, node: NodeId, handle: Handle<Attempt>) {
        let Some(attempt) = self.world.attempts.get(handle) else { return };
        let Some(job) = &attempt.job else { return };
        if job.calls_over != job.calls_made {
            return;
        }
        if let Some(outcome) = job.failed {
            let last = job.last;
            self.respond(node, handle, StatusCode::Http(gateway_status(outcome)), last);
            return;
        }
        let (span, request, mut last) = (attempt.span, attempt.question.request, job.last);
        let (degraded, calls) = (job.degraded, job.calls_made);
        if self.scenario.service(node).is_some_and(|service| service.charges) {
            last = self.log.push(self.world.now, Kind::Charged, span, request, last);
            if self.records_later(node, handle, last) {
                return;
            }
        }
        let (status, cause) = good_news(degraded, calls, last);
        self.respond(node, handle, StatusCode::Http(status), cause);
    }

    /// Whether the key of an effect that was just made is recorded only later.
    #[inline(never)]
    fn records_later(&mut self, node: NodeId, handle: Handle<Attempt>, charged: EventId) -> bool {
        let Some(service) = self.scenario.service(node) else { return false };
        let wait = service.record_after;
        if wait == SimDuration::ZERO || !service.idempotency.enabled {
            return false;
        }
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return false };
        let Some(job) = attempt.job.as_mut().filter(|_| attempt.question.key.is_some()) else {
            return false;
        };
        (job.recording, job.last) = (true, charged);
        attempt.last = charged;
        self.after(wait, Task::Record(handle));
        true
    }

    /// The key of an effect is recorded, and the answer goes out: unless a crash came between.
    pub(super) fn record(&mut self, handle: Handle<Attempt>) {
        let Some(attempt) = self.world.attempts.get(handle) else { return };
        let Some(job) = attempt.job.filter(|job| job.recording) else { return };
        let node = self.scenario.edges[usize::from(attempt.edge)].to;
        if !self.sticks(node, handle, Next::Record) {
            let (status, cause) = good_news(job.degraded, job.calls_made, job.last);
            self.respond(node, handle, StatusCode::Http(status), cause);
        }
    }

    /// A call that this service waited for is over.
    pub(super) fn call_over(
        &mut self,
        handle: Handle<Attempt>,
        edge: EdgeId,
        outcome: Outcome,
        event: EventId,
    ) {
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return };
        let Some(job) = attempt.job.as_mut() else { return };
        let node = self.scenario.edges[usize::from(edge)].from;
        if job.failed.is_none() {
            job.last = event;
        }
        if self.sticks(node, handle, Next::CallOver(edge, outcome, event)) {
            return;
        }
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return };
        let Some(job) = attempt.job.as_mut() else { return };
        job.calls_over += 1;
        match outcome {
            Outcome::Answered(status) if status.is_success() && !status.is_degraded() => {}
            // What lacks a part, the answer lacks, too.
            Outcome::Answered(status) if status.is_success() => job.degrade(event),
            _ if self.plan.need(edge) == Need::Optional => job.degrade(event),
            _ if job.failed.is_none() => (job.failed, job.last) = (Some(outcome), event),
            _ => {}
        }
        if job.failed.is_some() {
            self.finish(node, handle);
        } else {
            self.go_on(node, handle, event);
        }
    }

    /// The service lets go of a request; its worker picks the next one up.
    pub(super) fn respond(
        &mut self,
        node: NodeId,
        handle: Handle<Attempt>,
        status: StatusCode,
        cause: EventId,
    ) {
        self.let_go(node, handle, status, cause);
        if self.world.stations[usize::from(node)].waiting() > 0 {
            self.fill_workers(node);
        }
    }

    pub(super) fn let_go(
        &mut self,
        node: NodeId,
        handle: Handle<Attempt>,
        status: StatusCode,
        cause: EventId,
    ) {
        let Some(attempt) = self.world.attempts.get(handle) else { return };
        let Some(started) = attempt.job.as_ref().map(|job| job.started) else { return };
        let station = &mut self.world.stations[usize::from(node)];
        if let (Some(key), StatusCode::Http(status)) = (attempt.question.key, status)
            && let Some(service) = self.scenario.service(node)
            && started != NONE
        {
            station.keys.finish(&service.idempotency, key, status, started);
        }
        station.lay_down(handle);
        let (limited, shared) = (station.limiter.is_some(), station.kept.is_some());
        if limited | shared {
            self.note_exit(node, handle, started != NONE);
            self.share_answer(node, handle, started, (status, cause));
        } else {
            self.answer(handle, status, cause);
        }
    }

    /// Lets free workers pick up who waits.
    pub(super) fn fill_workers(&mut self, node: NodeId) {
        loop {
            let station = &self.world.stations[usize::from(node)];
            if station.waiting.is_empty() {
                return;
            }
            let all = self.scenario.service(node).map_or(0, |service| service.workers);
            let workers = self.workers(node, all);
            let station = &mut self.world.stations[usize::from(node)];
            if station.working.len() >= workers {
                return;
            }
            let last_come =
                self.scenario.service(node).is_some_and(|service| match service.order {
                    Order::Fifo => false,
                    Order::Lifo => true,
                    Order::Adaptive => station.waiting.len() > service.lifo_above as usize,
                });
            let waiting = &mut station.waiting;
            let next = if last_come { waiting.pop_back() } else { waiting.pop_front() };
            let Some(next) = next else { return };
            let job = self.world.attempts.get(next).and_then(|attempt| attempt.job);
            if let Some(job) = job {
                self.begin_job(node, next, job.last);
            }
        }
    }

    /// A response leaves for its caller.
    pub(super) fn answer(&mut self, handle: Handle<Attempt>, status: StatusCode, cause: EventId) {
        let world = &mut *self.world;
        let Some(attempt) = world.attempts.get_mut(handle) else { return };
        let (span, edge, entity) = (attempt.span, attempt.edge, attempt.entity);
        let transit = self.plan.latency(edge);
        let transit = transit.sample_with(|| world.draws.draw(Stream::ResponseLatency, entity, 0));
        let transit = delayed(&world.faults, edge, transit);
        let payload = || status.pack(pack_duration(transit));
        let responded = self.log.push_with(world.now, Kind::Responded, span, payload, cause);
        (attempt.job, attempt.answer, attempt.last) = (None, status, responded);
        attempt.answered = true;
        let lose_this = Some(std::mem::replace(&mut attempt.lose_response, NONE));
        let lose_this = lose_this.filter(|why| *why != NONE);
        let own = self.scenario.edges[usize::from(edge)].network.lose_responses;
        if let Some(why) = lose_this.or_else(|| self.response_loss(edge, entity, own, responded)) {
            self.touch(handle, why);
            self.after(transit.scaled(0.5), Task::LoseResponse(handle));
        } else {
            self.after(transit, Task::Return(handle));
        }
    }

    /// A service dies: what it was doing is lost, its callers see broken connections.
    pub(super) fn crash(&mut self, node: NodeId, keep_state: bool, cause: EventId) {
        let station = &mut self.world.stations[usize::from(node)];
        let mut lost = std::mem::take(&mut station.working);
        lost.extend(std::mem::take(&mut station.waiting));
        station.stuck.clear();
        if let Some(kept) = &mut station.kept {
            kept.ground();
        }
        for handle in lost {
            let Some(attempt) = self.world.attempts.get_mut(handle) else { continue };
            let Some(job) = attempt.job.take() else { continue };
            let (span, key) = (attempt.span, attempt.question.key);
            let event = self.log.push(self.world.now, Kind::WorkLost, span, 0, cause);
            self.note_exit(node, handle, false);
            self.abandon_calls(job.call, event);
            if let Some(key) = key {
                self.world.stations[usize::from(node)].keys.abandon(key, job.started);
            }
            self.answer(handle, StatusCode::ConnectionFailed, event);
        }
        self.fill_bulkheads(node);
        if !keep_state {
            self.world.stations[usize::from(node)].keys.forget();
            self.flush_cache(node);
            for edge in self.plan.calls_of(node) {
                self.reset_breaker(*edge, cause);
                self.world.lines[usize::from(*edge)].answers.forget();
            }
        }
    }

    /// A service that hung goes on: everything that came to its end meanwhile does so now.
    pub(super) fn unstick(&mut self, node: NodeId) {
        for (handle, next) in std::mem::take(&mut self.world.stations[usize::from(node)].stuck) {
            match next {
                Next::WorkDone => self.work_done(handle),
                Next::CallOver(edge, outcome, event) => {
                    self.call_over(handle, edge, outcome, event)
                }
                Next::Record => self.record(handle),
                Next::Answer(status, cause) => {
                    self.respond(node, handle, StatusCode::Http(status), cause);
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
}
