//! Whom a service turns away although it has room.

use super::attempt::Attempt;
use super::slab::Handle;
use super::task::{Sim, Task};
use crate::log::{EventId, Kind, NONE, Shedding, StatusCode};
use crate::policy::outcome::Status;
use crate::policy::shed::limiter::UNUSED;
use crate::policy::shed::{By, Settings};
use crate::scenario::NodeId;

impl Sim<'_> {
    /// Whether a request that has just come is let in; otherwise it is answered.
    #[inline(never)]
    pub(super) fn lets_in(
        &mut self,
        node: NodeId,
        handle: Handle<Attempt>,
        settings: &Settings,
    ) -> bool {
        let now = self.world.now;
        let station = &mut self.world.stations[usize::from(node)];
        let why = match settings.by {
            By::Nothing | By::Codel => return true,
            By::Length if station.waiting() < settings.longest as usize => return true,
            By::Length => Shedding::Length(settings.longest),
            By::Aimd | By::Gradient => {
                let limiter = station.limiter.get_or_insert_default();
                if limiter.has_room(&settings.limits) {
                    limiter.enter(handle, now);
                    return true;
                }
                Shedding::Limit(limiter.limit(&settings.limits))
            }
        };
        let cause = self.busy(node).or_else(|| Some(self.world.attempts.get(handle)?.last));
        self.shed(handle, why, cause.unwrap_or(NONE));
        false
    }

    /// Somebody who was let in is inside no more; who `worked` tells something of how long that takes.
    #[cold]
    pub(super) fn note_exit(&mut self, node: NodeId, handle: Handle<Attempt>, worked: bool) {
        let now = self.world.now;
        let Some(limiter) = &mut self.world.stations[usize::from(node)].limiter else { return };
        let Some(settings) = self.scenario.service(node).map(|service| &service.shed) else {
            return;
        };
        // Where nothing is limited any more nothing is to be learned.
        let (law, worked) = settings.law().map_or((UNUSED, false), |law| (law, worked));
        limiter.leave(law, &settings.limits, &handle, now, worked);
    }

    /// A request begins to wait for a worker, for as long as it may.
    pub(super) fn wait_for_worker(
        &mut self,
        node: NodeId,
        handle: Handle<Attempt>,
        settings: &Settings,
    ) {
        let now = self.world.now;
        let station = &mut self.world.stations[usize::from(node)];
        let codel = station.wait(handle, now);
        if settings.by == By::Codel {
            let patience = codel.patience(&settings.codel, now);
            self.after(patience.limit, Task::Shed(patience.standing, handle));
        }
    }

    /// Somebody has waited as long as one may, unless a worker has come meanwhile.
    pub(super) fn waited_enough(&mut self, handle: Handle<Attempt>, standing: bool) {
        let Some(attempt) = self.world.attempts.get(handle) else { return };
        let node = self.scenario.edges[usize::from(attempt.edge)].to;
        let sheds = self.scenario.service(node).is_some_and(|service| service.shed.by == By::Codel);
        let Some(job) = attempt.job.filter(|job| sheds && job.started == NONE) else { return };
        if self.world.stations[usize::from(node)].leave(handle) {
            self.note_exit(node, handle, false);
            let why = if standing { Shedding::Standing } else { Shedding::Waited };
            self.shed(handle, why, job.last);
        }
    }

    /// Turns a request away.
    fn shed(&mut self, handle: Handle<Attempt>, why: Shedding, cause: EventId) {
        let Some(attempt) = self.world.attempts.get(handle) else { return };
        let shed = self.log.push(self.world.now, Kind::Shed, attempt.span, why.pack(), cause);
        self.touch(handle, shed);
        self.answer(handle, StatusCode::Http(Status::UNAVAILABLE), shed);
    }
}
