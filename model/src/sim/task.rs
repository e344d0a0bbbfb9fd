//! What is due, and the one who does it.

use super::World;
use super::attempt::{Attempt, Call};
use super::cancel::Farewell;
use super::hedge::Group;
use super::plan::Plan;
use super::queue::{Class, Due, Words};
use super::slab::Handle;
use crate::log::Log;
use crate::random::Stream;
use crate::scenario::{EdgeId, Intervention, NodeId, Scenario};
use crate::time::{SimDuration, SimTime};

/// Something that is due at a certain time. What it refers to may be gone by then.
#[derive(Clone, Copy, Debug)]
pub(super) enum Task {
    /// The next request of a population, unless its workload changed meanwhile.
    Arrive(NodeId, u32),
    /// A client has thought enough, unless that changed meanwhile.
    Ask(NodeId, u32),
    /// A request reaches its service.
    Deliver(Handle<Attempt>),
    /// A request is lost on the way.
    LoseRequest(Handle<Attempt>),
    /// A caller's patience over this line ends.
    TimeOut(EdgeId, Handle<Attempt>),
    /// A service has done its own work.
    WorkDone(Handle<Attempt>),
    /// A response reaches its caller.
    Return(Handle<Attempt>),
    /// A response is lost on the way.
    LoseResponse(Handle<Attempt>),
    /// A backoff is over.
    Retry(Handle<Call>),
    /// A fault is over (the index of its intervention).
    FaultEnds(u32),
    /// A breaker moves by itself: that of a client, where each has its own.
    BreakerDue(EdgeId, Option<u16>),
    /// Somebody has waited long enough for a worker, in a queue that was standing or not.
    Shed(bool, Handle<Attempt>),
    /// A service hears that somebody has gone.
    Cancel(Handle<Farewell>),
    /// A service records the key of what it has done.
    Record(Handle<Attempt>),
    /// There has been no answer for long enough.
    Hedge(Handle<Group>),
}

impl Due for Task {
    /// At equal times what ends comes before timers, and timers before what begins: a response
    /// that arrives in the last nanosecond is in time, and the call that asks when a breaker's wait
    /// is over finds it half-open.
    fn class(&self) -> Class {
        match self {
            Self::LoseRequest(_)
            | Self::WorkDone(_)
            | Self::Return(_)
            | Self::LoseResponse(_)
            | Self::Cancel(_)
            | Self::Record(_) => Class::Completion,
            Self::TimeOut(..) | Self::FaultEnds(_) | Self::BreakerDue(..) | Self::Shed(..) => {
                Class::Timer
            }
            Self::Arrive(..)
            | Self::Ask(..)
            | Self::Deliver(_)
            | Self::Retry(_)
            | Self::Hedge(_) => Class::Beginning,
        }
    }

    fn lane(&self) -> Option<usize> {
        match *self {
            Self::TimeOut(edge, _) => Some(usize::from(edge)),
            _ => None,
        }
    }

    fn into_words(self) -> Words {
        match self {
            Self::Arrive(node, generation) => (u32::from(node) << 8, u64::from(generation)),
            Self::Deliver(attempt) => (1, attempt.bits()),
            Self::LoseRequest(attempt) => (2, attempt.bits()),
            Self::TimeOut(edge, attempt) => (3 | u32::from(edge) << 8, attempt.bits()),
            Self::WorkDone(attempt) => (4, attempt.bits()),
            Self::Return(attempt) => (5, attempt.bits()),
            Self::LoseResponse(attempt) => (6, attempt.bits()),
            Self::Retry(call) => (7, call.bits()),
            Self::FaultEnds(index) => (8, u64::from(index)),
            Self::BreakerDue(edge, client) => {
                (9 | u32::from(edge) << 8, client.map_or(0, |client| u64::from(client) + 1))
            }
            Self::Ask(node, client) => (10 | u32::from(node) << 8, u64::from(client)),
            Self::Cancel(farewell) => (12, farewell.bits()),
            Self::Record(attempt) => (13, attempt.bits()),
            Self::Hedge(group) => (14, group.bits()),
            Self::Shed(standing, attempt) => (11 | u32::from(standing) << 8, attempt.bits()),
        }
    }

    fn from_words((what, whom): Words) -> Self {
        let place = (what >> 8) as u8;
        match what & 0xff {
            0 => Self::Arrive(place, whom as u32),
            1 => Self::Deliver(Handle::from_bits(whom)),
            2 => Self::LoseRequest(Handle::from_bits(whom)),
            3 => Self::TimeOut(place, Handle::from_bits(whom)),
            4 => Self::WorkDone(Handle::from_bits(whom)),
            5 => Self::Return(Handle::from_bits(whom)),
            6 => Self::LoseResponse(Handle::from_bits(whom)),
            7 => Self::Retry(Handle::from_bits(whom)),
            8 => Self::FaultEnds(whom as u32),
            9 => Self::BreakerDue(place, whom.checked_sub(1).map(|client| client as u16)),
            10 => Self::Ask(place, whom as u32),
            12 => Self::Cancel(Handle::from_bits(whom)),
            13 => Self::Record(Handle::from_bits(whom)),
            14 => Self::Hedge(Handle::from_bits(whom)),
            _ => Self::Shed(place != 0, Handle::from_bits(whom)),
        }
    }
}

/// The system as something happens to it: its state, the settings that hold meanwhile, and the log
/// in which it is written down.
pub(super) struct Sim<'a> {
    pub(super) world: &'a mut World,
    pub(super) scenario: &'a Scenario,
    pub(super) plan: &'a Plan,
    pub(super) log: &'a mut Log,
}

impl World {
    /// Does what happens next, an intervention after everything else of its instant, until the log
    /// holds `until` events. Returns false once nothing more happens before the horizon.
    pub fn advance(&mut self, log: &mut Log, interventions: &[Intervention], until: u32) -> bool {
        while log.len() < until {
            let next = interventions.get(self.applied).filter(|i| i.at <= self.horizon);
            let plan = self.plan.clone();
            let mut sim = Sim { world: self, scenario: &plan.scenario, plan: &plan, log };
            if sim.work(next.map_or(SimTime::MAX, |next| next.at), until) {
                return true;
            }
            let Some(next) = next else { return false };
            sim.world.now = sim.world.now.max(next.at);
            let index = sim.world.applied as u32;
            sim.world.applied += 1;
            sim.intervene(index, &next.change);
        }
        true
    }
}

impl Sim<'_> {
    /// Does what is due up to `last`; returns false if that is less than what fills the log.
    fn work(&mut self, last: SimTime, until: u32) -> bool {
        while self.log.len() < until {
            let World { queue, attempts, .. } = &mut *self.world;
            let wants = |task: &Task| match *task {
                Task::TimeOut(_, attempt) => {
                    attempts.get(attempt).is_some_and(|attempt| attempt.waiting)
                }
                _ => true,
            };
            let Some((at, task)) = queue.pop_until(last, wants) else { return false };
            self.world.now = at;
            self.act(task);
        }
        true
    }

    fn act(&mut self, task: Task) {
        match task {
            Task::Arrive(node, generation) => self.arrive(node, generation),
            Task::Deliver(attempt) if self.arrives(attempt) => self.deliver(attempt),
            Task::Deliver(attempt) => self.lose_request(attempt),
            Task::LoseRequest(attempt) => self.lose_request(attempt),
            Task::TimeOut(_, attempt) => self.time_out(attempt),
            Task::WorkDone(attempt) => self.work_done(attempt),
            Task::Return(attempt) if self.arrives(attempt) => self.return_answer(attempt),
            Task::Return(attempt) => self.lose_response(attempt),
            Task::LoseResponse(attempt) => self.lose_response(attempt),
            Task::Retry(call) => self.begin_attempt(call),
            Task::FaultEnds(index) => self.end_fault(index),
            Task::BreakerDue(edge, client) => self.breaker_due(edge, client),
            Task::Ask(node, client) => self.ask(node, client),
            Task::Shed(standing, attempt) => self.waited_enough(attempt, standing),
            Task::Cancel(farewell) => self.hear_goodbye(farewell),
            Task::Record(attempt) => self.record(attempt),
            Task::Hedge(group) => self.hedge(group),
        }
    }

    pub(super) fn draw(&self, stream: Stream, entity: u64, n: u64) -> u64 {
        self.world.draws.draw(stream, entity, n)
    }

    #[inline(always)]
    pub(super) fn after(&mut self, wait: SimDuration, task: Task) {
        let at = self.world.now + wait;
        // What lies beyond the horizon never happens, so it need not wait in the queue.
        if at > self.world.horizon {
            return;
        }
        self.world.queue.push(at, task);
    }
}
