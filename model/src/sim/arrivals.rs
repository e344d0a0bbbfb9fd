//! What clients want: one operation after another, and what somebody typed.

use super::attempt::Call;
use super::call;
use super::closed::Thinker;
use super::profile::Profile;
use super::task::{Sim, Task};
use crate::log::{EventId, Kind, NONE, Request};
use crate::policy::idempotency::{KeyId, KeyStrategy};
use crate::random::{self, Draws, Stream};
use crate::scenario::{Arrivals, Clients, HandRequest, NodeId, Scenario};
use crate::time::{SimDuration, SimTime};

/// The highest bit of a request's key says that an intervention sent it.
const BY_HAND: u32 = 1 << 31;
/// The next one says that a client has thought of it, who arrives in no row with others.
pub(super) const CLOSED: u32 = 1 << 30;
/// Room for the client in a key of either kind.
pub(super) const CLIENT_BITS: u32 = 14;

/// Who wants something.
#[derive(Clone, Copy, Debug)]
pub(super) enum Who {
    Anybody,
    This(u32),
    /// This one, and it thinks once it has its answer.
    Thinker(u32),
}

/// A population's place in its sequence of arrivals.
#[derive(Clone, Debug, Default)]
pub(super) struct Source {
    /// How many have arrived.
    count: u32,
    /// Grows when the rate changes, so that the arrival planned before is forgotten.
    generation: u32,
    /// How many of those that were recorded have arrived.
    heard: usize,
    /// When the next one arrives, be it beyond the horizon; none at a rate of 0.
    planned: Option<SimTime>,
    pub(super) thinkers: Vec<Thinker>,
}

impl Sim<'_> {
    /// Plans the next arrival of a population.
    pub(super) fn plan_arrival(&mut self, node: NodeId) {
        let source = &mut self.world.sources[usize::from(node)];
        source.planned = None;
        // What was recorded has no pace.
        let Some(pace) = self.plan.pace(node) else {
            self.plan_recorded(node);
            return;
        };
        let number = u64::from(source.count);
        let gap = pace.sample_with(|| self.draw(Stream::Arrival, u64::from(node), number));
        self.expect_arrival(node, self.plan.stretched(node, self.world.now, gap));
    }

    /// Plans the next of the arrivals that were recorded, if that is when a population's requests arrive.
    #[cold]
    fn plan_recorded(&mut self, node: NodeId) {
        let Some(recorded) = self.plan.recorded(node) else { return };
        let source = &mut self.world.sources[usize::from(node)];
        if let Some(at) = recorded.at(source.heard) {
            source.heard += 1;
            self.expect_arrival(node, at.since(self.world.now));
        }
    }

    #[inline]
    fn expect_arrival(&mut self, node: NodeId, gap: SimDuration) {
        let source = &mut self.world.sources[usize::from(node)];
        source.planned = Some(self.world.now + gap);
        let task = Task::Arrive(node, source.generation);
        self.after(gap, task);
    }

    /// Something about a population is no longer as it was before.
    pub(super) fn change_clients(&mut self, node: NodeId, before: &Clients) {
        let Some(after) = self.scenario.clients(node) else { return };
        let now = self.world.now;
        let speed = |clients: &Clients| {
            clients.rate * Profile::new(&clients.shape).map_or(1.0, |profile| profile.times(now))
        };
        let (was, is) = (speed(before), speed(after));
        if before.arrivals != after.arrivals
            && [before.arrivals, after.arrivals].contains(&Arrivals::Recorded)
        {
            let source = &mut self.world.sources[usize::from(node)];
            (source.generation, source.heard) =
                (source.generation + 1, after.recorded.first_from(now));
            if after.arrivals == Arrivals::Closed {
                self.wake(node);
            } else {
                self.plan_arrival(node);
            }
            return;
        }
        match (before.arrivals == Arrivals::Closed, after.arrivals == Arrivals::Closed) {
            (false, false) if (before.rate, before.shape) == (after.rate, after.shape) => {}
            (false, false) => self.change_rate(node, was, is),
            (false, true) => {
                self.world.sources[usize::from(node)].generation += 1;
                self.wake(node);
            }
            (true, false) => self.plan_arrival(node),
            (true, true) => {
                let each = |count: u32, speed: f64| f64::from(count) / speed;
                self.change_pace(node, each(after.count, is) / each(before.count, was));
                self.wake(node);
            }
        }
    }

    /// The rate of a population was another one. What is left of the gap before its next arrival
    /// shrinks or grows with it: drawn anew at every touch of a slider, it would never be over.
    fn change_rate(&mut self, node: NodeId, before: f64, rate: f64) {
        let source = &mut self.world.sources[usize::from(node)];
        source.generation += 1;
        // What never came at the old rate says nothing about the new one.
        match source.planned.filter(|at| *at < SimTime::MAX) {
            Some(at) if rate > 0.0 => {
                let left = at.since(self.world.now).scaled(before / rate);
                self.expect_arrival(node, left);
            }
            _ => self.plan_arrival(node),
        }
    }

    pub(super) fn arrive(&mut self, node: NodeId, generation: u32) {
        let source = &mut self.world.sources[usize::from(node)];
        if source.generation != generation {
            return;
        }
        let key = source.count;
        source.count += 1;
        self.begin_request(node, Who::Anybody, key, NONE);
        self.plan_arrival(node);
    }

    /// A client starts an operation of the workload: this one, or any of them.
    pub(super) fn begin_request(&mut self, node: NodeId, who: Who, key: u32, cause: EventId) {
        let Some(edge) = self.plan.calls_of(node).first().copied() else { return };
        if self.log.tells_clients() {
            self.tell_client(node, who, key);
        }
        let keys = self.scenario.edges[usize::from(edge)].policy.keys;
        let entity = random::nest(u64::from(node), u64::from(key));
        let (scenario, draws) = (self.scenario, &self.world.draws);
        let (client, thinker) = match who {
            Who::Anybody => (None, NONE),
            Who::This(client) => (Some(client), NONE),
            Who::Thinker(client) => (Some(client), client),
        };
        let request = || {
            let client = scenario
                .client(node, client.unwrap_or_else(|| anybody(scenario, draws, node, key)));
            Request { client, key }
        };
        let id = self.log.push_request_with(request);
        let key = match keys {
            KeyStrategy::PerOperation => Some(self.fresh_key()),
            KeyStrategy::PerAttempt | KeyStrategy::None => None,
        };
        let arrived = self.log.push(self.world.now, Kind::Arrived, id, keys as u32, cause);
        let mut call = Call::new(edge, id, entity, (self.world.now, arrived));
        call.question.key = key;
        call.key_per_attempt = keys == KeyStrategy::PerAttempt;
        call.thinker = thinker;
        self.begin_call(call);
    }

    /// Tells whose the next request is, which is only counted.
    #[cold]
    #[inline(never)]
    fn tell_client(&mut self, node: NodeId, who: Who, key: u32) {
        let client = match who {
            Who::Anybody => anybody(self.scenario, &self.world.draws, node, key),
            Who::This(client) | Who::Thinker(client) => client,
        };
        let client = self.scenario.client(node, client);
        self.log.tell_client(client);
    }

    /// A client sends what somebody typed.
    pub(super) fn begin_hand_request(
        &mut self,
        node: NodeId,
        key: u32,
        hand: &HandRequest,
        cause: EventId,
    ) {
        let Some(edge) = self.plan.calls_of(node).first().copied() else { return };
        let count = self.scenario.clients(node).map_or(1, |c| c.count.max(1));
        let client = self.scenario.client(node, hand.client % count);
        let request = Request { client, key };
        let entity = random::nest(u64::from(node), u64::from(request.key));
        if self.log.tells_clients() {
            self.log.tell_client(client);
        }
        let id = self.log.push_request(request);
        let arrived = self.log.push(self.world.now, Kind::Arrived, id, 3, cause);
        let mut call = Call::new(edge, id, entity, (self.world.now, arrived));
        let key = hand.key.as_deref().filter(|key| !key.is_empty());
        call.question.key = key.map(|key| self.named_key(key));
        call.question.fingerprint = fingerprint(&[&hand.method, &hand.path, &hand.body]);
        call.question.refusal = call::refusal(&hand.method, &hand.path);
        call.lose_first_response = if hand.lose_response { cause } else { NONE };
        self.begin_call(call);
    }

    /// The key of what the next intervention sends for its first client.
    pub(super) fn hand_key(&mut self) -> u32 {
        self.world.hands += 1;
        BY_HAND | self.world.hands << CLIENT_BITS
    }

    pub(super) fn fresh_key(&mut self) -> KeyId {
        self.world.next_key += 1;
        self.world.next_key - 1
    }

    fn named_key(&mut self, name: &str) -> KeyId {
        if let Some((_, key)) = self.world.named_keys.iter().find(|(known, _)| known == name) {
            return *key;
        }
        let key = self.fresh_key();
        self.world.named_keys.push((name.to_owned(), key));
        key
    }
}

/// Whom a request falls to.
#[inline(always)]
fn anybody(scenario: &Scenario, draws: &Draws, node: NodeId, key: u32) -> u32 {
    let count = scenario.clients(node).map_or(1, |clients| u64::from(clients.count.max(1)));
    (draws.draw(Stream::Client, u64::from(node), u64::from(key)) % count) as u32
}

/// 64 bits that differ where the texts do (FNV-1a).
fn fingerprint(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0xff]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
