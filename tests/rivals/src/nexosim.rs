//! The workloads on nexosim, as its documentation builds a system: a model for the clients and one
//! for the service, ports between them, timers of their own.

use std::collections::VecDeque;
use std::time::Duration;

use half_open_rivals::bare::Luck;
use half_open_rivals::workload::{BACKOFF_BASE, BACKOFF_CAP, Outcome, SEED, Workload};
use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::{EventSinkReader, Output, SinkState, event_slot};
use nexosim::simulation::{Mailbox, SimInit, SimulationError};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};

/// One thread: what is compared is work, and two models in turn have nothing to do at once.
const THREADS: usize = 1;

/// Simulates so many requests.
pub(crate) fn simulate(workload: Workload, requests: u32) -> Result<Outcome, SimulationError> {
    let mut clients = Clients::new(workload, requests);
    let mut service = Service::new(workload);
    let (clients_mailbox, service_mailbox) = (Mailbox::new(), Mailbox::new());
    clients.attempts.connect(Service::receive, &service_mailbox);
    service.answers.connect(Clients::hear, &clients_mailbox);
    let (sink, mut outcome) = event_slot(SinkState::Enabled);
    clients.outcome.connect_sink(sink);
    let mut simulation = SimInit::with_num_threads(THREADS)
        .add_model(clients, clients_mailbox, "clients")
        .add_model(service, service_mailbox, "service")
        .init(MonotonicTime::EPOCH)?;
    simulation.run()?;
    let [requests, finished, succeeded, attempts, mean_ms] = outcome.try_read().unwrap_or_default();
    let [requests, finished, succeeded, attempts] =
        [requests, finished, succeeded, attempts].map(|count| count as u32);
    Ok(Outcome { requests, finished, succeeded, attempts, mean_ms })
}

/// Nothing can be planned for the present instant.
fn after(nanoseconds: u64) -> Duration {
    Duration::from_nanos(nanoseconds.max(1))
}

/// One attempt at one request: it is nobody's any more if the request has moved on.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Attempt {
    slot: u32,
    serial: u32,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Answer {
    attempt: Attempt,
    good: bool,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Call {
    since: MonotonicTime,
    number: u32,
    /// The serial number of the attempt under way; 0 between two of them.
    serial: u32,
}

#[derive(Serialize, Deserialize)]
struct Clients {
    attempts: Output<Attempt>,
    outcome: Output<[f64; 5]>,
    requests: u32,
    gap: f64,
    timeout: Option<Duration>,
    most: u32,
    calls: Vec<Call>,
    free: Vec<u32>,
    begun: u32,
    finished: u32,
    succeeded: u32,
    sent: u32,
    took: Duration,
    #[serde(skip)]
    luck: Luck,
}

#[Model]
impl Clients {
    fn new(workload: Workload, requests: u32) -> Self {
        Self {
            attempts: Output::default(),
            outcome: Output::default(),
            requests,
            gap: 1e9 / workload.rate(),
            timeout: workload.timeout().map(Duration::from_secs_f64),
            most: workload.attempts(),
            calls: Vec::new(),
            free: Vec::new(),
            begun: 0,
            finished: 0,
            succeeded: 0,
            sent: 0,
            took: Duration::ZERO,
            luck: Luck::new(SEED),
        }
    }

    #[nexosim(init)]
    async fn init(&mut self, context: &Context<Self>) {
        self.expect_arrival(context);
    }

    fn expect_arrival(&mut self, context: &Context<Self>) {
        let gap = after(self.luck.exponential(self.gap));
        let _ = context.schedule_event(gap, schedulable!(Self::arrive), ());
    }

    #[nexosim(schedulable)]
    async fn arrive(&mut self, (): (), context: &Context<Self>) {
        self.begun += 1;
        let call = Call { since: context.time(), number: 0, serial: 0 };
        let slot = self.free.pop().unwrap_or(self.calls.len() as u32);
        match self.calls.get_mut(slot as usize) {
            Some(place) => *place = call,
            None => self.calls.push(call),
        }
        if self.begun < self.requests {
            self.expect_arrival(context);
        }
        self.try_again(slot, context).await;
    }

    #[nexosim(schedulable)]
    async fn try_again(&mut self, slot: u32, context: &Context<Self>) {
        self.sent += 1;
        let call = &mut self.calls[slot as usize];
        call.number += 1;
        call.serial = self.sent;
        let attempt = Attempt { slot, serial: self.sent };
        if let Some(timeout) = self.timeout {
            let _ = context.schedule_event(timeout, schedulable!(Self::give_up), attempt);
        }
        self.attempts.send(attempt).await;
    }

    #[nexosim(schedulable)]
    async fn give_up(&mut self, attempt: Attempt, context: &Context<Self>) {
        self.settle(attempt, false, context).await;
    }

    async fn hear(&mut self, answer: Answer, context: &Context<Self>) {
        self.settle(answer.attempt, answer.good, context).await;
    }

    async fn settle(&mut self, attempt: Attempt, good: bool, context: &Context<Self>) {
        let call = &mut self.calls[attempt.slot as usize];
        if call.serial != attempt.serial {
            return;
        }
        call.serial = 0;
        if !good && call.number < self.most {
            let longest = (BACKOFF_BASE * f64::from(1u32 << (call.number - 1))).min(BACKOFF_CAP);
            let wait = after((self.luck.unit() * longest * 1e9) as u64);
            let _ = context.schedule_event(wait, schedulable!(Self::try_again), attempt.slot);
            return;
        }
        self.free.push(attempt.slot);
        self.finished += 1;
        self.succeeded += u32::from(good);
        self.took += context.time().duration_since(call.since);
        if self.finished == self.requests {
            let mean_ms = self.took.as_secs_f64() * 1e3 / f64::from(self.finished);
            let counts = [self.begun, self.finished, self.succeeded, self.sent].map(f64::from);
            let [begun, finished, succeeded, sent] = counts;
            self.outcome.send([begun, finished, succeeded, sent, mean_ms]).await;
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Service {
    answers: Output<Answer>,
    workers: u32,
    work: f64,
    errors: f64,
    busy: u32,
    queue: VecDeque<Attempt>,
    #[serde(skip)]
    luck: Luck,
}

#[Model]
impl Service {
    fn new(workload: Workload) -> Self {
        Self {
            answers: Output::default(),
            workers: workload.workers(),
            work: workload.mean_work() * 1e9,
            errors: workload.errors(),
            busy: 0,
            queue: VecDeque::new(),
            luck: Luck::new(SEED + 1),
        }
    }

    fn receive(&mut self, attempt: Attempt, context: &Context<Self>) {
        if self.busy < self.workers {
            self.busy += 1;
            self.begin(attempt, context);
        } else {
            self.queue.push_back(attempt);
        }
    }

    fn begin(&mut self, attempt: Attempt, context: &Context<Self>) {
        let work = after(self.luck.exponential(self.work));
        let _ = context.schedule_event(work, schedulable!(Self::work_done), attempt);
    }

    #[nexosim(schedulable)]
    async fn work_done(&mut self, attempt: Attempt, context: &Context<Self>) {
        match self.queue.pop_front() {
            Some(waiting) => self.begin(waiting, context),
            None => self.busy -= 1,
        }
        let good = self.luck.unit() >= self.errors;
        self.answers.send(Answer { attempt, good }).await;
    }
}
