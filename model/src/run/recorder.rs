//! Drives the engine, and remembers the way: checkpoints to continue from.

use std::cell::OnceCell;
use std::sync::Arc;

use super::difference::{Common, common};
use super::{Checkpoint, Index, Run};
use crate::log::{Length, Log};
use crate::scenario::Experiment;
use crate::sim::World;
use crate::time::SimTime;

/// The most checkpoints a run keeps.
const CHECKPOINTS: usize = 64;
/// How many events apart they are at first.
const FIRST_SPACING: u32 = 1_024;
/// Events between two looks at the limits.
const BLOCK: u32 = 256;

/// Where a run stops, whatever its horizon.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// The most events.
    pub events: u32,
    /// The most bytes: log, the state of what is simulated, and room for checkpoints.
    pub bytes: usize,
}

impl Limits {
    /// The part of the bytes that is for checkpoints. It is set apart, so that a run stops at the
    /// same place whatever checkpoints it has.
    const fn for_checkpoints(&self) -> usize {
        self.bytes / 4
    }
}

impl Default for Limits {
    /// Five million events or 512 MiB.
    fn default() -> Self {
        Self { events: 5_000_000, bytes: 512 << 20 }
    }
}

/// A run in the making. It may be made in slices, so that nobody has to wait for it.
#[derive(Debug)]
pub struct Recorder {
    experiment: Arc<Experiment>,
    limits: Limits,
    world: World,
    log: Log,
    checkpoints: Vec<Arc<Checkpoint>>,
    spacing: u32,
    state: Progress,
    /// The index of the run it continues.
    known: Option<Arc<Index>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Progress {
    Running,
    AtHorizon,
    Stopped,
}

impl Recorder {
    /// Starts at the beginning.
    #[must_use]
    pub fn new(experiment: Experiment, limits: Limits) -> Self {
        let (world, log) = World::new(&experiment);
        let first = Checkpoint { world: world.clone(), length: Length::default() };
        Self {
            experiment: Arc::new(experiment),
            limits,
            world,
            log,
            checkpoints: vec![Arc::new(first)],
            spacing: FIRST_SPACING,
            state: Progress::Running,
            known: None,
        }
    }

    /// Starts where `experiment` first differs from what `run` did.
    #[must_use]
    pub fn continuing(run: &Run, experiment: Experiment, limits: Limits) -> Self {
        let Some(checkpoint) = last_common(run, &experiment) else {
            return Self::new(experiment, limits);
        };
        let Checkpoint { world, length } = Checkpoint::clone(&run.checkpoints[checkpoint]);
        Self {
            experiment: Arc::new(experiment),
            limits,
            world,
            log: run.log.prefix(length),
            checkpoints: run.checkpoints[..=checkpoint].to_vec(),
            spacing: run.spacing,
            state: Progress::Running,
            known: Some(run.index.clone()),
        }
    }

    /// Simulates about `events` more; returns whether there is more to do.
    pub fn advance(&mut self, events: u32) -> bool {
        let target = self.log.len().saturating_add(events);
        while self.state == Progress::Running && self.log.len() < target {
            self.block();
        }
        self.state == Progress::Running
    }

    fn block(&mut self) {
        let room = self.limits.bytes - self.limits.for_checkpoints();
        let bytes = self.log.bytes() + self.world.bytes();
        if self.log.len() >= self.limits.events || bytes >= room {
            self.state = Progress::Stopped;
            return;
        }
        let last = self.checkpoints.last().map_or(0, |checkpoint| checkpoint.length.events);
        if self.log.len() >= last + self.spacing {
            self.keep();
        }
        let until = self.log.len() + BLOCK;
        if !self.world.advance(&mut self.log, &self.experiment.interventions, until) {
            self.state = Progress::AtHorizon;
        }
    }

    /// Keeps a checkpoint; when there are too many or they are too large, every second one goes.
    fn keep(&mut self) {
        let room = self.limits.for_checkpoints();
        let last = self.checkpoints.last();
        let bytes = last.map_or(0, |last| self.world.bytes_beside(&last.world));
        if bytes > room {
            return;
        }
        while self.checkpoints.len() >= CHECKPOINTS
            || (self.checkpoints.len() > 1 && kept_bytes(&self.checkpoints) + bytes > room)
        {
            let mut index = 0;
            self.checkpoints.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.spacing = self.spacing.saturating_mul(2);
        }
        let world = self.world.clone();
        self.checkpoints.push(Arc::new(Checkpoint { world, length: self.log.length() }));
    }

    /// Simulates what is left.
    #[must_use]
    pub fn finish(mut self) -> Run {
        while self.advance(u32::MAX) {}
        let horizon = SimTime::ZERO + self.experiment.scenario.horizon;
        let stopped = self.state == Progress::Stopped;
        let end = if stopped { self.world.now() } else { horizon };
        let index = Index::of(&self.experiment, &self.log, end, self.known.as_deref());
        Run {
            experiment: self.experiment,
            log: self.log,
            checkpoints: self.checkpoints,
            spacing: self.spacing,
            end,
            stopped: stopped.then_some(self.limits),
            index: Arc::new(index),
            hash: OnceCell::new(),
            ending: OnceCell::new(),
        }
    }
}

/// How many bytes checkpoints hold, what neighbours share counted once.
fn kept_bytes(checkpoints: &[Arc<Checkpoint>]) -> usize {
    let pairs = checkpoints.iter().zip(checkpoints.iter().skip(1));
    pairs.map(|(before, after)| after.world.bytes_beside(&before.world)).sum()
}

/// The last checkpoint of `run` that `experiment` would have reached as well.
fn last_common(run: &Run, experiment: &Experiment) -> Option<usize> {
    let Common::Past { interventions, until } = common(&run.experiment, experiment) else {
        return None;
    };
    run.checkpoints.iter().rposition(|checkpoint| {
        checkpoint.world.applied() <= interventions && checkpoint.world.now() <= until
    })
}

#[cfg(test)]
impl Recorder {
    /// The system as it is now.
    pub(super) fn world(&self) -> &World {
        &self.world
    }

    /// How many bytes its checkpoints hold, and how many there are.
    pub(super) fn kept(&self) -> (usize, usize) {
        (kept_bytes(&self.checkpoints), self.checkpoints.len())
    }
}
