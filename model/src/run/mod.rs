//! A recorded run: its log, how to be anywhere in it at once, and how to continue from the middle
//! when something is changed.

mod breakers;
mod deadlines;
mod degraded;
mod difference;
pub mod flow;
mod fold;
mod histogram;
pub mod ids;
mod index;
mod indexer;
mod layers;
mod ledger;
mod metrics;
mod recorder;
mod requests;
mod scene;
mod seek;
mod station;
pub mod sweep;
pub mod versus;
mod window;

pub use degraded::{Missing, missing};
pub use difference::parting;
pub use flow::Flow;
pub use histogram::Histogram;
pub use ids::{key_label, short_id, span_id, trace_id};
pub use index::{Band, Bar, Index, RequestRow, Step};
pub use ledger::{KeyRow, KeyState, Ledger, Receipt};
pub use metrics::{Metrics, Move, ServiceMetrics};
pub use recorder::{Limits, Recorder};
pub use requests::Requests;
pub use scene::{
    Backoff, ClientScene, Doing, Flight, Line, Loss, Phase, Scene, Totals, Trace, TraceKind,
};
pub use seek::Seeker;
pub use station::Station;

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::log::{Length, Log, Tally};
use crate::scenario::Experiment;
use crate::sim::{World, tells_clients};
use crate::time::{SimDuration, SimTime};

/// A run, from its start to its horizon, or as far as it has come. Cloning shares everything that
/// does not differ.
#[derive(Clone, Debug)]
pub struct Run {
    experiment: Arc<Experiment>,
    log: Log,
    checkpoints: Vec<Arc<Checkpoint>>,
    spacing: u32,
    end: SimTime,
    whole: bool,
    stopped: Option<Limits>,
    index: Arc<Index>,
    hash: OnceCell<u64>,
    ending: OnceCell<Ending>,
    flow: OnceCell<Arc<Flow>>,
}

/// How a run ends.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ending {
    /// The share of finished operations that succeeded; none if none is finished.
    pub success: Option<f64>,
    /// What 99 of 100 finished operations did not exceed.
    pub p99: Option<SimDuration>,
}

/// The system as it was when the log had this length.
#[derive(Clone, Debug)]
struct Checkpoint {
    world: World,
    length: Length,
}

impl Run {
    /// Simulates the whole experiment.
    #[must_use]
    pub fn new(experiment: Experiment, limits: Limits) -> Self {
        Recorder::new(experiment, limits).finish()
    }

    /// Simulates another experiment, from where it first differs from this run's.
    #[must_use]
    pub fn with(&self, experiment: Experiment, limits: Limits) -> Self {
        Recorder::continuing(self, experiment, limits).finish()
    }

    /// Counts what would happen, up to so many events, without writing it down: a third faster, and
    /// for long runs a hundredth of the memory.
    #[must_use]
    pub fn tally(experiment: &Experiment, events: u32) -> Tally {
        let (mut world, mut log) = World::new(experiment);
        log.only_count(tells_clients(experiment));
        while log.len() < events && world.advance(&mut log, &experiment.interventions, events) {}
        log.into_tally().unwrap_or_default()
    }

    /// What was simulated.
    #[must_use]
    pub fn experiment(&self) -> &Arc<Experiment> {
        &self.experiment
    }

    /// What happened.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// A fingerprint of the log. It takes a look at every event, so it is computed when it is first
    /// asked for.
    #[must_use]
    pub fn hash(&self) -> u64 {
        *self.hash.get_or_init(|| self.log.hash())
    }

    /// How it ends. It takes a look at every request, so it is computed when it is first asked for.
    #[must_use]
    pub fn ending(&self) -> Ending {
        *self.ending.get_or_init(|| {
            let (mut latency, mut succeeded, mut finished) = (Histogram::default(), 0, 0);
            for row in self.index.requests.iter() {
                if let Some(over) = row.over {
                    latency.add(over.since(self.log.at(row.first)));
                    finished += 1;
                    succeeded += u32::from(row.succeeded && !row.degraded);
                }
            }
            let share = f64::from(succeeded) / f64::from(finished.max(1));
            Ending { success: (finished > 0).then_some(share), p99: latency.quantile(0.99) }
        })
    }

    /// What happened in equal stretches of time. It takes a look at every event, so it is computed
    /// when it is first asked for.
    #[must_use]
    pub fn flow(&self) -> &Flow {
        self.flow.get_or_init(|| Arc::new(Flow::of(self)))
    }

    /// Takes over what is known of the [flow](Self::flow) of a run that came less far, so that only
    /// the rest of it is looked at.
    pub fn flow_on_from(&self, before: &Self) {
        let known = before.flow.get().filter(|flow| {
            Arc::ptr_eq(&self.experiment, &before.experiment) && flow.taken() <= self.log.len()
        });
        if let Some(known) = known {
            let mut flow = Flow::clone(known);
            flow.go_on(self);
            // Whoever has looked before knows as much.
            let _ = self.flow.set(Arc::new(flow));
        }
    }

    /// Up to when the run is known: the horizon, where it was stopped, or how far it has come.
    #[must_use]
    pub fn end(&self) -> SimTime {
        self.end
    }

    /// Whether it has come to its end: there will not be more of it.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// How many events of this run `experiment` would have as well, as far as it can be continued
    /// from there.
    #[must_use]
    pub fn shared_with(&self, experiment: &Experiment) -> u32 {
        let checkpoint = recorder::last_common(self, experiment);
        checkpoint.map_or(0, |checkpoint| checkpoint.length.events)
    }

    /// The limit that stopped the run before its horizon, if one did.
    #[must_use]
    pub fn stopped(&self) -> Option<Limits> {
        self.stopped
    }

    /// What happened, at a glance.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// How many bytes it holds: log, checkpoints and index.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.blocks().map(|(_, bytes)| bytes).sum()
    }

    /// How many of them it does not share with another run.
    #[must_use]
    pub fn bytes_beside(&self, other: &Self) -> usize {
        let theirs: BTreeSet<usize> = other.blocks().map(|(place, _)| place).collect();
        let own = self.blocks().filter(|(place, _)| !theirs.contains(place));
        own.map(|(_, bytes)| bytes).sum()
    }

    /// Where its parts are held, and how many bytes each takes.
    fn blocks(&self) -> impl Iterator<Item = (usize, usize)> {
        let mut before: Option<&Checkpoint> = None;
        let checkpoints = self.checkpoints.iter().map(move |checkpoint| {
            // Neighbours share what they know of idempotency keys.
            let world = &checkpoint.world;
            let bytes = before.map_or_else(|| world.bytes(), |b| world.bytes_beside(&b.world));
            before = Some(checkpoint);
            (Arc::as_ptr(checkpoint).addr(), bytes)
        });
        self.log.blocks().into_iter().chain(self.index.blocks()).chain(checkpoints)
    }
}

#[cfg(test)]
mod tests;
