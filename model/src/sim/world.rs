//! The state of a simulated system, and the order in which things happen to it.

use std::sync::Arc;

use super::call::{Attempt, Call};
use super::faults::ActiveFault;
use super::queue::{Class, Queue};
use super::service::{Job, Station};
use super::slab::{Handle, Slab};
use crate::log::{EventId, Kind, Log, NONE, Request};
use crate::policy::breaker::Breaker;
use crate::policy::idempotency::{KeyId, KeyStrategy};
use crate::random::{self, Stream};
use crate::scenario::{
    Arrivals, CallPolicy, EdgeId, Experiment, HandRequest, Intervention, NodeId, Role, Scenario,
};
use crate::time::{SimDuration, SimTime};

/// The highest bit of a request's key says that an intervention sent it.
const BY_HAND: u32 = 1 << 31;
/// Room for the client in such a key.
const CLIENT_BITS: u32 = 14;

/// Something that is due at a certain time. What it refers to may be gone by then.
#[derive(Clone, Copy, Debug)]
pub(super) enum Task {
    /// The next request of a population, unless its workload changed meanwhile.
    Arrive(NodeId, u32),
    /// A request reaches its service.
    Deliver(Handle<Attempt>),
    /// A request is lost on the way.
    LoseRequest(Handle<Attempt>),
    /// A caller's patience over this line ends.
    TimeOut(EdgeId, Handle<Attempt>),
    /// A service has done its own work.
    WorkDone(Handle<Job>),
    /// A response reaches its caller.
    Return(Handle<Attempt>),
    /// A response is lost on the way.
    LoseResponse(Handle<Attempt>),
    /// A backoff is over.
    Retry(Handle<Call>),
    /// A fault is over (the index of its intervention).
    FaultEnds(u32),
    /// A breaker moves by itself.
    BreakerDue(EdgeId),
}

impl Task {
    /// At equal times what ends comes before timers, and timers before what begins: a response
    /// that arrives in the last nanosecond is in time, and the call that asks when a breaker's wait
    /// is over finds it half-open.
    const fn class(self) -> Class {
        match self {
            Self::LoseRequest(_) | Self::WorkDone(_) | Self::Return(_) | Self::LoseResponse(_) => {
                Class::Completion
            }
            Self::TimeOut(..) | Self::FaultEnds(_) | Self::BreakerDue(_) => Class::Timer,
            Self::Arrive(..) | Self::Deliver(_) | Self::Retry(_) => Class::Beginning,
        }
    }
}

/// A population's place in its sequence of arrivals.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Source {
    /// How many have arrived.
    count: u32,
    /// Grows when the rate changes, so that the arrival planned before is forgotten.
    generation: u32,
    /// When the next one arrives, be it beyond the horizon; none at a rate of 0.
    planned: Option<SimTime>,
}

/// A line between two nodes: its breaker and what last moved it.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) breaker: Breaker,
    /// The transition into the present state.
    pub(super) moved: EventId,
}

/// Everything that is true at one instant of a run.
#[derive(Clone, Debug)]
pub struct World {
    pub(super) seed: u64,
    pub(super) now: SimTime,
    pub(super) horizon: SimTime,
    pub(super) scenario: Arc<Scenario>,
    pub(super) queue: Queue<Task>,
    pub(super) calls: Slab<Call>,
    pub(super) attempts: Slab<Attempt>,
    pub(super) jobs: Slab<Job>,
    pub(super) sources: Vec<Source>,
    pub(super) stations: Vec<Station>,
    pub(super) lines: Vec<Line>,
    pub(super) faults: Vec<ActiveFault>,
    pub(super) next_key: KeyId,
    pub(super) named_keys: Vec<(String, KeyId)>,
    pub(super) applied: usize,
    /// How many interventions have sent requests: their keys must not depend on what else was
    /// done.
    pub(super) hands: u32,
}

impl World {
    /// The system before anything happened, and the empty log that belongs to it.
    #[must_use]
    pub fn new(experiment: &Experiment) -> (Self, Log) {
        let scenario = Arc::new(experiment.scenario.clone());
        let client_edges = (0u8..64)
            .zip(&scenario.edges)
            .filter(|(_, edge)| scenario.clients(edge.from).is_some())
            .fold(0, |bits, (id, _)| bits | 1 << id);
        let line = |policy: &CallPolicy| Line {
            breaker: Breaker::new(&policy.breaker, SimTime::ZERO),
            moved: NONE,
        };
        let mut world = Self {
            seed: experiment.seed,
            now: SimTime::ZERO,
            horizon: SimTime::ZERO + scenario.horizon,
            queue: Queue::new(scenario.edges.len()),
            calls: Slab::default(),
            attempts: Slab::default(),
            jobs: Slab::default(),
            sources: vec![Source::default(); scenario.nodes.len()],
            stations: vec![Station::default(); scenario.nodes.len()],
            lines: scenario.edges.iter().map(|edge| line(&edge.policy)).collect(),
            faults: Vec::new(),
            next_key: 0,
            named_keys: Vec::new(),
            applied: 0,
            hands: 0,
            scenario,
        };
        for (node, spec) in (0u8..).zip(&experiment.scenario.nodes) {
            if matches!(spec.role, Role::Clients(_)) {
                world.plan_arrival(node);
            }
        }
        (world, Log::new(client_edges))
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// How many interventions have taken effect.
    #[must_use]
    pub fn applied(&self) -> usize {
        self.applied
    }

    /// About how many bytes it holds: not to the byte, but the same on every machine, because runs
    /// are stopped by it.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.own_bytes() + self.stations.iter().map(|station| station.keys.bytes()).sum::<usize>()
    }

    /// How many of them it does not share with `other`, which it was cloned from or will be.
    #[must_use]
    pub fn bytes_beside(&self, other: &Self) -> usize {
        let pairs = self.stations.iter().zip(&other.stations);
        let keys = pairs.map(|(mine, theirs)| mine.keys.bytes_beside(&theirs.keys));
        self.own_bytes() + keys.sum::<usize>()
    }

    /// What every clone has for itself.
    fn own_bytes(&self) -> usize {
        const CALL: usize = 160;
        const ATTEMPT: usize = 184;
        const JOB: usize = 80;
        const TASK: usize = 32;
        const WAITING: usize = 8;
        let waiting: usize = self.stations.iter().map(|station| station.waiting()).sum();
        self.calls.slots() * CALL
            + self.attempts.slots() * ATTEMPT
            + self.jobs.slots() * JOB
            + self.queue.len() * TASK
            + waiting * WAITING
            + self.named_keys.iter().map(|(name, _)| name.len()).sum::<usize>()
    }

    /// Does what happens next, an intervention after everything else of its instant. Returns false
    /// once nothing more happens before the horizon.
    pub fn step(&mut self, log: &mut Log, interventions: &[Intervention]) -> bool {
        let due = self.queue.due().filter(|at| *at <= self.horizon);
        let next = interventions.get(self.applied).filter(|i| i.at <= self.horizon);
        if let Some(intervention) = next
            && due.is_none_or(|at| intervention.at < at)
        {
            self.now = self.now.max(intervention.at);
            let index = self.applied as u32;
            self.applied += 1;
            self.intervene(log, index, &intervention.change);
            return true;
        }
        if due.is_none() {
            return false;
        }
        let Some((at, task)) = self.queue.pop() else { return false };
        self.now = at;
        match task {
            Task::Arrive(node, generation) => self.arrive(log, node, generation),
            Task::Deliver(attempt) if self.arrives(attempt) => self.deliver(log, attempt),
            Task::Deliver(attempt) => self.lose_request(log, attempt),
            Task::LoseRequest(attempt) => self.lose_request(log, attempt),
            Task::TimeOut(_, attempt) => self.time_out(log, attempt),
            Task::WorkDone(job) => self.work_done(log, job),
            Task::Return(attempt) if self.arrives(attempt) => self.return_answer(log, attempt),
            Task::Return(attempt) => self.lose_response(log, attempt),
            Task::LoseResponse(attempt) => self.lose_response(log, attempt),
            Task::Retry(call) => self.retry(log, call),
            Task::FaultEnds(index) => self.end_fault(log, index),
            Task::BreakerDue(edge) => self.breaker_due(log, edge),
        }
        true
    }

    pub(super) fn draw(&self, stream: Stream, entity: u64, n: u64) -> u64 {
        random::draw(self.seed, stream, entity, n)
    }

    pub(super) fn after(&mut self, wait: SimDuration, task: Task) {
        let at = self.now + wait;
        // What lies beyond the horizon never happens, so it need not wait in the queue.
        if at > self.horizon {
            return;
        }
        match task {
            Task::TimeOut(edge, _) => {
                self.queue.push_in_lane(usize::from(edge), at, task.class(), task);
            }
            _ => self.queue.push(at, task.class(), task),
        }
    }

    /// Plans the next arrival of a population.
    fn plan_arrival(&mut self, node: NodeId) {
        let Some(clients) = self.scenario.clients(node) else { return };
        self.sources[usize::from(node)].planned = None;
        if clients.rate <= 0.0 {
            return;
        }
        let source = self.sources[usize::from(node)];
        let mean = SimDuration::from_nanos_f64(1e9 / clients.rate);
        let gap = match clients.arrivals {
            Arrivals::Constant => mean,
            Arrivals::Poisson => {
                let bits = self.draw(Stream::Arrival, u64::from(node), u64::from(source.count));
                random::Distribution::Exponential { mean }.sample(bits)
            }
        };
        self.expect_arrival(node, gap);
    }

    fn expect_arrival(&mut self, node: NodeId, gap: SimDuration) {
        let source = &mut self.sources[usize::from(node)];
        source.planned = Some(self.now + gap);
        let task = Task::Arrive(node, source.generation);
        self.after(gap, task);
    }

    /// The rate of a population was another one. What is left of the gap before its next arrival
    /// shrinks or grows with it: drawn anew at every touch of a slider, it would never be over.
    pub(super) fn change_rate(&mut self, node: NodeId, before: f64) {
        let Some(rate) = self.scenario.clients(node).map(|clients| clients.rate) else { return };
        let source = &mut self.sources[usize::from(node)];
        source.generation += 1;
        // What never came at the old rate says nothing about the new one.
        match source.planned.filter(|at| *at < SimTime::MAX) {
            Some(at) if rate > 0.0 => {
                let left = at.since(self.now).scaled(before / rate);
                self.expect_arrival(node, left);
            }
            _ => self.plan_arrival(node),
        }
    }

    fn arrive(&mut self, log: &mut Log, node: NodeId, generation: u32) {
        let source = &mut self.sources[usize::from(node)];
        if source.generation != generation {
            return;
        }
        let key = source.count;
        source.count += 1;
        let count = self.scenario.clients(node).map_or(1, |c| u64::from(c.count.max(1)));
        let client = self.draw(Stream::Client, u64::from(node), u64::from(key)) % count;
        self.begin_request(log, node, Request { client: client as u32, key }, NONE);
        self.plan_arrival(node);
    }

    /// A client starts an operation of the workload.
    pub(super) fn begin_request(
        &mut self,
        log: &mut Log,
        node: NodeId,
        request: Request,
        cause: EventId,
    ) {
        let Some(edge) = self.scenario.calls_of(node).next() else { return };
        let keys = self.scenario.edges[usize::from(edge)].policy.keys;
        let entity = random::nest(u64::from(node), u64::from(request.key));
        let key = match keys {
            KeyStrategy::PerOperation => Some(self.fresh_key()),
            KeyStrategy::PerAttempt | KeyStrategy::None => None,
        };
        let id = log.push_request(request);
        let arrived = log.push(self.now, Kind::Arrived, id, keys as u32, cause);
        let mut call = Call::by_client(edge, id, entity);
        call.key = key;
        call.key_per_attempt = keys == KeyStrategy::PerAttempt;
        self.begin_call(log, call, arrived);
    }

    /// A client sends what somebody typed.
    pub(super) fn begin_hand_request(
        &mut self,
        log: &mut Log,
        node: NodeId,
        key: u32,
        hand: &HandRequest,
        cause: EventId,
    ) {
        let Some(edge) = self.scenario.calls_of(node).next() else { return };
        let count = self.scenario.clients(node).map_or(1, |c| c.count.max(1));
        let request = Request { client: hand.client % count, key };
        let entity = random::nest(u64::from(node), u64::from(request.key));
        let id = log.push_request(request);
        let arrived = log.push(self.now, Kind::Arrived, id, 3, cause);
        let mut call = Call::by_client(edge, id, entity);
        call.key = hand.key.as_deref().filter(|key| !key.is_empty()).map(|key| self.named_key(key));
        call.fingerprint = fingerprint(&[&hand.method, &hand.path, &hand.body]);
        call.lose_first_response = hand.lose_response;
        call.refusal = super::call::refusal(&hand.method, &hand.path);
        self.begin_call(log, call, arrived);
    }

    /// The key of what the next intervention sends for its first client.
    pub(super) fn hand_key(&mut self) -> u32 {
        self.hands += 1;
        BY_HAND | self.hands << CLIENT_BITS
    }

    pub(super) fn fresh_key(&mut self) -> KeyId {
        self.next_key += 1;
        self.next_key - 1
    }

    fn named_key(&mut self, name: &str) -> KeyId {
        if let Some((_, key)) = self.named_keys.iter().find(|(known, _)| known == name) {
            return *key;
        }
        let key = self.fresh_key();
        self.named_keys.push((name.to_owned(), key));
        key
    }
}

/// 64 bits that differ where the texts do (FNV-1a).
fn fingerprint(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0xff]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::knob::ClientsKnob;
    use crate::scenario::{Change, Knob, library};

    #[test]
    fn an_answer_in_the_last_nanosecond_of_patience_is_in_time() {
        let ms = |ms| crate::random::Distribution::Constant(SimDuration::from_millis(ms));
        let mut experiment = library::payments();
        let to_ledger = &mut experiment.scenario.edges[2];
        to_ledger.network.latency = ms(4);
        to_ledger.policy.timeout.per_attempt = Some(SimDuration::from_millis(4 + 5 + 4));
        let Role::Service(ledger) = &mut experiment.scenario.nodes[3].role else { return };
        ledger.time = ms(5);
        let (mut world, mut log) = World::new(&experiment);
        while world.step(&mut log, &experiment.interventions) {}
        let of = |kind| {
            let over_it = |e: &crate::log::Event| e.kind == kind && log.span(e.subject).edge == 2;
            log.events_from(0).filter(over_it).count()
        };
        assert!(of(Kind::Answered) > 1_000, "answers: {}", of(Kind::Answered));
        assert_eq!(of(Kind::TimedOut), 0);
    }

    #[test]
    fn nothing_is_kept_of_what_is_over() {
        let mut experiment = library::payments();
        let knob = Knob::Clients(0, ClientsKnob::Rate);
        let at = SimTime::from_millis(50_000);
        experiment.insert(Intervention { at, change: Change::Set { knob, value: 0.0 } });
        let (mut world, mut log) = World::new(&experiment);
        while world.step(&mut log, &experiment.interventions) {}
        let left = (world.calls.len(), world.attempts.len(), world.jobs.len());
        assert_eq!(left, (0, 0, 0), "calls, attempts and jobs");
    }
}
