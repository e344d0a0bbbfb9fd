//! Whom a service turns away although it has room.

use super::attempt::Attempt;
use super::slab::Handle;
use super::task::{Sim, Task};
use crate::log::{EventId, Kind, NONE, Shedding, StatusCode};
use crate::policy::outcome::Status;
use crate::policy::shed::{By, Settings};
use crate::scenario::NodeId;

impl Sim<'_> {
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
