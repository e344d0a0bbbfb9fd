//! Drives the engine, and remembers the way: checkpoints to continue from.

use std::cell::OnceCell;
use std::sync::Arc;

use super::difference::{Common, common};
use super::indexer::Indexer;
use super::{Checkpoint, Run};
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
    index: Indexer,
    checkpoints: Vec<Arc<Checkpoint>>,
    spacing: u32,
    state: Progress,
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
    #[inline(never)]
    pub fn new(experiment: Experiment, limits: Limits) -> Self {
        let (world, log) = World::new(&experiment);
        let first = Checkpoint { world: world.clone(), length: Length::default() };
        Self {
            index: Indexer::new(&experiment),
            experiment: Arc::new(experiment),
            limits,
            world,
            log,
            checkpoints: vec![Arc::new(first)],
            spacing: FIRST_SPACING,
            state: Progress::Running,
        }
    }

    /// Starts where `experiment` first differs from what `run` did.
    #[must_use]
    #[inline(never)]
    pub fn continuing(run: &Run, experiment: Experiment, limits: Limits) -> Self {
        let Some(checkpoint) = last_common(run, &experiment) else {
            return Self::new(experiment, limits);
        };
        let Checkpoint { world, length } = checkpoint;
        let kept = run.checkpoints.iter().take_while(|kept| kept.length.events <= length.events);
        Self {
            index: Indexer::back_to(&run.index, &experiment, &run.log, *length),
            experiment: Arc::new(experiment),
            limits,
            world: world.clone(),
            log: run.log.prefix(*length),
            checkpoints: kept.cloned().collect(),
            spacing: run.spacing,
            state: Progress::Running,
        }
    }

    /// What is simulated.
    #[must_use]
    pub fn experiment(&self) -> &Arc<Experiment> {
        &self.experiment
    }

    /// Up to when everything is known. More may happen at the instant of the last event.
    #[must_use]
    #[inline(never)]
    pub fn known(&self) -> SimTime {
        if self.index.taken() < self.log.len() {
            return SimTime::ZERO;
        }
        let now = self.world.now();
        match self.state {
            Progress::Running => SimTime::from_nanos(now.nanos().saturating_sub(1)),
            Progress::AtHorizon => SimTime::ZERO + self.experiment.scenario.horizon,
            Progress::Stopped => now,
        }
    }

    /// Simulates about `events` more; returns whether there is more to do.
    #[inline(never)]
    pub fn advance(&mut self, events: u32) -> bool {
        let mut done = 0;
        while self.state == Progress::Running && done < events {
            done += self.block();
        }
        self.state == Progress::Running
    }

    /// Returns how many events it had to do with.
    fn block(&mut self) -> u32 {
        // What a continued run has in its log, but not at a glance.
        let before = self.index.take(&self.experiment, &self.log, BLOCK);
        if before > 0 {
            return before;
        }
        let room = self.limits.bytes - self.limits.for_checkpoints();
        let bytes = self.log.bytes() + self.world.bytes();
        if self.log.len() >= self.limits.events || bytes >= room {
            self.state = Progress::Stopped;
            return 0;
        }
        let last = self.checkpoints.last().map_or(0, |checkpoint| checkpoint.length.events);
        if self.log.len() >= last + self.spacing {
            self.keep();
        }
        let until = self.log.len() + BLOCK;
        if !self.world.advance(&mut self.log, &self.experiment.interventions, until) {
            self.state = Progress::AtHorizon;
        }
        self.index.take(&self.experiment, &self.log, u32::MAX)
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
        let kept = Checkpoint { world: self.world.clone(), length: self.log.length() };
        self.checkpoints.push(Arc::new(kept));
    }

    /// Simulates what is left.
    #[must_use]
    pub fn finish(mut self) -> Run {
        while self.advance(u32::MAX) {}
        self.so_far()
    }

    /// The run as far as it is known. It shares with the one in the making what both have.
    #[must_use]
    #[inline(never)]
    pub fn so_far(&mut self) -> Run {
        self.index.take(&self.experiment, &self.log, u32::MAX);
        let end = self.known();
        Run {
            experiment: self.experiment.clone(),
            log: self.log.prefix(self.log.length()),
            checkpoints: self.checkpoints.clone(),
            spacing: self.spacing,
            end,
            whole: self.state != Progress::Running,
            stopped: (self.state == Progress::Stopped).then_some(self.limits),
            index: Arc::new(self.index.until(end)),
            hash: OnceCell::new(),
            ending: OnceCell::new(),
            flow: OnceCell::new(),
        }
    }
}

/// How many bytes checkpoints hold, what neighbours share counted once.
fn kept_bytes(checkpoints: &[Arc<Checkpoint>]) -> usize {
    let pairs = checkpoints.iter().zip(checkpoints.iter().skip(1));
    pairs.map(|(before, after)| after.world.bytes_beside(&before.world)).sum()
}

/// The last checkpoint of `run` that `experiment` would have reached as well.
pub(super) fn last_common<'a>(run: &'a Run, experiment: &Experiment) -> Option<&'a Checkpoint> {
    let Common::Past { interventions, until } = common(&run.experiment, experiment) else {
        return None;
    };
    let reached = |checkpoint: &&Arc<Checkpoint>| {
        checkpoint.world.applied() <= interventions && checkpoint.world.now() <= until
    };
    run.checkpoints.iter().rev().find(reached).map(|checkpoint| &**checkpoint)
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
