//! Closed loops: a client that has its answer thinks, and then wants the next thing.

use super::arrivals::{CLIENT_BITS, CLOSED, Who};
use super::task::{Sim, Task};
use crate::log::NONE;
use crate::random::{self, Stream};
use crate::scenario::NodeId;
use crate::time::SimTime;

/// One client of a closed loop.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Thinker {
    /// How many requests it has made.
    count: u32,
    doing: Doing,
}

#[derive(Clone, Copy, PartialEq, Debug, Default)]
enum Doing {
    /// It has no part in a loop.
    #[default]
    Nothing,
    Thinks {
        until: SimTime,
    },
    Waits,
}

impl Sim<'_> {
    /// A population begins to want something.
    pub(super) fn begin_load(&mut self, node: NodeId) {
        if self.plan.is_closed(node) { self.wake(node) } else { self.plan_arrival(node) }
    }

    /// Everybody who does nothing begins to think.
    pub(super) fn wake(&mut self, node: NodeId) {
        let count = self.scenario.clients(node).map_or(0, |clients| clients.count);
        let thinkers = &mut self.world.sources[usize::from(node)].thinkers;
        if thinkers.len() < count as usize {
            thinkers.resize(count as usize, Thinker::default());
        }
        for client in 0..count {
            if self.thinker(node, client).is_some_and(|thinker| thinker.doing == Doing::Nothing) {
                self.think(node, client);
            }
        }
    }

    fn thinker(&mut self, node: NodeId, client: u32) -> Option<&mut Thinker> {
        self.world.sources[usize::from(node)].thinkers.get_mut(client as usize)
    }

    /// A client thinks about what it wants next.
    pub(super) fn think(&mut self, node: NodeId, client: u32) {
        let Some(Thinker { count, .. }) = self.thinker(node, client).copied() else { return };
        let doing = match self.plan.pace(node).filter(|_| self.plan.is_closed(node)) {
            Some(pace) => {
                let entity = random::nest(u64::from(node), u64::from(client));
                let thinks =
                    pace.sample_with(|| self.draw(Stream::Arrival, entity, u64::from(count)));
                let thinks = self.plan.stretched(node, self.world.now, thinks);
                self.after(thinks, Task::Ask(node, client));
                Doing::Thinks { until: self.world.now + thinks }
            }
            None => Doing::Nothing,
        };
        if let Some(thinker) = self.thinker(node, client) {
            thinker.doing = doing;
        }
    }

    /// A client wants the next thing, if it has not changed its mind meanwhile.
    pub(super) fn ask(&mut self, node: NodeId, client: u32) {
        let due = Doing::Thinks { until: self.world.now };
        let (closed, scenario) = (self.plan.is_closed(node), self.scenario);
        let Some(thinker) = self.thinker(node, client).filter(|thinker| thinker.doing == due)
        else {
            return;
        };
        if !closed || scenario.clients(node).is_none_or(|clients| client >= clients.count) {
            thinker.doing = Doing::Nothing;
            return;
        }
        let number = thinker.count % (1 << (30 - CLIENT_BITS));
        (thinker.count, thinker.doing) = (thinker.count + 1, Doing::Waits);
        let key = CLOSED | number << CLIENT_BITS | client;
        self.begin_request(node, Who::Thinker(client), key, NONE);
    }

    /// Everybody thinks so many times as long from now on: what is left of it, too.
    pub(super) fn change_pace(&mut self, node: NodeId, times: f64) {
        let now = self.world.now;
        for client in 0..self.world.sources[usize::from(node)].thinkers.len() as u32 {
            let Some(thinker) = self.thinker(node, client) else { return };
            let Doing::Thinks { until } = thinker.doing else { continue };
            if times == 1.0 {
                continue;
            }
            // Who would have thought for ever begins anew.
            if !times.is_finite() || until == SimTime::MAX {
                thinker.doing = Doing::Nothing;
                continue;
            }
            let left = until.since(now).scaled(times);
            thinker.doing = Doing::Thinks { until: now + left };
            self.after(left, Task::Ask(node, client));
        }
    }
}
