//! What is broken at present, and what that does to work and messages.

use super::attempt::Attempt;
use super::slab::Handle;
use super::task::{Sim, Task};
use crate::log::{EventId, Kind, RequestId, StatusCode};
use crate::policy::outcome::Status;
use crate::random::{self, Stream};
use crate::scenario::{EdgeId, Fault, FaultKind, NodeId, Target};
use crate::time::SimDuration;

/// A fault that has begun and is not over.
#[derive(Clone, Copy, Debug)]
pub(super) struct ActiveFault {
    /// The index of its intervention.
    index: u32,
    fault: Fault,
    /// The event that began it: the cause of what it does.
    event: EventId,
}

impl Sim<'_> {
    pub(super) fn begin_fault(&mut self, index: u32, fault: Fault, event: EventId) {
        self.world.faults.push(ActiveFault { index, fault, event });
        if let Target::Node(node) = fault.target {
            match fault.kind {
                FaultKind::Crash { keep_state } => self.crash(node, keep_state, event),
                FaultKind::ForgetKeys => self.world.stations[usize::from(node)].keys.forget(),
                FaultKind::FlushCache => self.flush_cache(node),
                _ => {}
            }
            if fault.kind.strikes_once() {
                self.end_fault(index);
                return;
            }
        }
        if let Some(lasts) = fault.lasts {
            self.after(lasts, Task::FaultEnds(index));
        }
    }

    pub(super) fn end_fault(&mut self, index: u32) {
        let Some(at) = self.world.faults.iter().position(|fault| fault.index == index) else {
            return;
        };
        let ended = self.world.faults.remove(at);
        self.log.push(self.world.now, Kind::FaultEnded, index, 0, ended.event);
        match (ended.fault.kind, ended.fault.target) {
            (FaultKind::Hang, Target::Node(node)) if self.hanging(node).is_none() => {
                self.unstick(node);
            }
            (FaultKind::FewerWorkers(_), Target::Node(node)) => self.fill_workers(node),
            _ => {}
        }
    }

    /// Loses what is on its way over a line for a request.
    pub(super) fn drop_message(&mut self, request: RequestId, edge: EdgeId, why: EventId) {
        let wanted = |attempt: &Attempt| {
            (attempt.question.request, attempt.edge) == (request, edge)
                && attempt.remote
                && attempt.job.is_none()
        };
        for handle in self.world.attempts.find_all(wanted) {
            let answered = self.world.attempts.get(handle).is_some_and(|a| a.answered);
            self.touch(handle, why);
            if answered {
                self.lose_response(handle);
            } else {
                self.lose_request(handle);
            }
        }
    }

    fn on_node(&self, node: NodeId) -> impl Iterator<Item = &ActiveFault> {
        self.world.faults.iter().filter(move |active| active.fault.target == Target::Node(node))
    }

    fn on_edge(&self, edge: EdgeId) -> impl Iterator<Item = &ActiveFault> {
        self.world.faults.iter().filter(move |active| active.fault.target == Target::Edge(edge))
    }

    /// What cuts a line, if something does.
    pub(super) fn cut(&self, edge: EdgeId) -> Option<EventId> {
        let cuts = |active: &&ActiveFault| active.fault.kind == FaultKind::Partition;
        self.on_edge(edge).find(cuts).map(|active| active.event)
    }

    /// The end of a message's way. Nothing gets through a line that is cut, so what was on its way
    /// when that happened is lost as well.
    pub(super) fn arrives(&mut self, handle: Handle<Attempt>) -> bool {
        if self.world.faults.is_empty() {
            return true;
        }
        let Some(why) = self.world.attempts.get(handle).and_then(|attempt| self.cut(attempt.edge))
        else {
            return true;
        };
        if let Some(attempt) = self.world.attempts.get_mut(handle) {
            attempt.last = why;
        }
        false
    }

    fn struck(&self, node: NodeId, by: impl Fn(FaultKind) -> bool) -> Option<EventId> {
        self.on_node(node).find(|active| by(active.fault.kind)).map(|active| active.event)
    }

    /// What a service answers to everything at present, if it is down or fails fast, and why.
    pub(super) fn down(&self, node: NodeId) -> Option<(StatusCode, EventId)> {
        if self.world.faults.is_empty() {
            return None;
        }
        let crashed = self.struck(node, |kind| matches!(kind, FaultKind::Crash { .. }));
        if let Some(why) = crashed {
            return Some((StatusCode::ConnectionFailed, why));
        }
        let failing = self.struck(node, |kind| kind == FaultKind::FailFast);
        failing.map(|why| (StatusCode::Http(Status::UNAVAILABLE), why))
    }

    pub(super) fn hanging(&self, node: NodeId) -> Option<EventId> {
        self.struck(node, |kind| kind == FaultKind::Hang)
    }

    /// How many of its workers a service has at present.
    #[inline(always)]
    pub(super) fn workers(&self, node: NodeId, all: u32) -> usize {
        if self.world.faults.is_empty() { all as usize } else { self.staff(node, all).0 }
    }

    /// How many there are in spite of faults, and the latest of those that took some away.
    #[cold]
    pub(super) fn staff(&self, node: NodeId, all: u32) -> (usize, Option<EventId>) {
        let gone = |active: &ActiveFault| match active.fault.kind {
            FaultKind::FewerWorkers(share) => Some((share, active.event)),
            _ => None,
        };
        let all_gone = self.on_node(node).filter_map(gone);
        let (left, why) =
            all_gone.fold((1.0, None), |(left, _), (share, why)| (left * (1.0 - share), Some(why)));
        ((f64::from(all) * left + 0.5) as usize, why)
    }

    /// What holds a message up that was sent with this event, if something does.
    pub(super) fn held_up(&self, edge: EdgeId, sent: EventId) -> Option<EventId> {
        let delays = |active: &&ActiveFault| matches!(active.fault.kind, FaultKind::Delay(_));
        self.on_edge(edge).filter(delays).map(|active| active.event).filter(|at| *at < sent).last()
    }

    /// Whether nothing fails or is lost: nothing is broken, and nothing happens by itself.
    pub(super) fn all_is_well(&self, own: f64) -> bool {
        own == 0.0 && self.world.faults.is_empty()
    }

    /// Why finished work is answered `500`, if it is: a fault, or `started` for the service's own
    /// error rate.
    pub(super) fn work_error(
        &self,
        node: NodeId,
        entity: u64,
        own: f64,
        started: EventId,
    ) -> Option<EventId> {
        if self.all_is_well(own) {
            return None;
        }
        let bits = self.draw(Stream::Error, entity, 0);
        if random::chance(bits, own) {
            return Some(started);
        }
        let mut dice = Dice::new(bits);
        let errors = |active: &&ActiveFault| match active.fault.kind {
            FaultKind::Errors(p) => dice.chance(p),
            _ => false,
        };
        self.on_node(node).find(errors).map(|active| active.event)
    }

    /// Why a request is lost on the way, if it is: a fault, or `sent` for the network's own loss.
    pub(super) fn request_loss(
        &self,
        edge: EdgeId,
        entity: u64,
        own: f64,
        sent: EventId,
    ) -> Option<EventId> {
        let bits = self.draw(Stream::RequestLoss, entity, 0);
        if random::chance(bits, own) {
            return Some(sent);
        }
        let mut dice = Dice::new(bits);
        let loses = |active: &&ActiveFault| match active.fault.kind {
            FaultKind::Partition => true,
            FaultKind::LoseRequests(p) => dice.chance(p),
            _ => false,
        };
        self.on_edge(edge).find(loses).map(|active| active.event)
    }

    /// Why a request arrives twice, if it does.
    pub(super) fn doubled(&self, edge: EdgeId, entity: u64) -> Option<EventId> {
        let mut dice = Dice::new(self.draw(Stream::Duplicate, entity, 0));
        let doubles = |active: &&ActiveFault| match active.fault.kind {
            FaultKind::Duplicate(p) => dice.chance(p),
            _ => false,
        };
        self.on_edge(edge).find(doubles).map(|active| active.event)
    }

    /// The same for a response. A fault that loses the next one is spent by it.
    pub(super) fn response_loss(
        &mut self,
        edge: EdgeId,
        entity: u64,
        own: f64,
        responded: EventId,
    ) -> Option<EventId> {
        if self.all_is_well(own) {
            return None;
        }
        let bits = self.draw(Stream::ResponseLoss, entity, 0);
        if random::chance(bits, own) {
            return Some(responded);
        }
        let mut dice = Dice::new(bits);
        let loses = |active: &&ActiveFault| match active.fault.kind {
            FaultKind::Partition | FaultKind::LoseNextResponse => true,
            FaultKind::LoseResponses(p) => dice.chance(p),
            _ => false,
        };
        let ActiveFault { index, fault, event } = *self.on_edge(edge).find(loses)?;
        if fault.kind == FaultKind::LoseNextResponse {
            self.world.faults.retain(|active| active.index != index);
        }
        Some(event)
    }
}

/// How long what is sent over a line takes at present that would take `transit`.
#[inline(always)]
pub(super) fn delayed(faults: &[ActiveFault], edge: EdgeId, transit: SimDuration) -> SimDuration {
    if faults.is_empty() { transit } else { delays(faults, edge, transit) }
}

#[cold]
fn delays(faults: &[ActiveFault], edge: EdgeId, transit: SimDuration) -> SimDuration {
    let here = faults.iter().filter(|active| active.fault.target == Target::Edge(edge));
    here.fold(transit, |sum, active| match active.fault.kind {
        FaultKind::Delay(by) => sum + by,
        _ => sum,
    })
}

/// How many times as long work takes at a node, and the latest of these faults that makes it so.
pub(super) fn slowness(faults: &[ActiveFault], node: NodeId) -> (f64, Option<EventId>) {
    let here = faults.iter().filter(|active| active.fault.target == Target::Node(node));
    here.fold((1.0, None), |(factor, by), active| match active.fault.kind {
        FaultKind::Slow(k) => (factor * k, Some(active.event)),
        _ => (factor, by),
    })
}

/// The draws of faults of one kind that strike together: independent of each other, and of what
/// the place itself does, which uses the bits as they are.
struct Dice {
    bits: u64,
    thrown: u64,
}

impl Dice {
    const fn new(bits: u64) -> Self {
        Self { bits, thrown: 0 }
    }

    fn chance(&mut self, p: f64) -> bool {
        self.thrown += 1;
        random::chance(random::nest(self.bits, self.thrown), p)
    }
}
