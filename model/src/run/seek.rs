//! Being anywhere in a run at once: scenes kept on the way, and a fold from the nearest one.

use std::sync::Arc;

use super::difference::{Common, common};
use super::{Run, Scene};
use crate::scenario::Experiment;
use crate::time::SimTime;

/// Into how many parts the kept scenes divide a run, about.
const PARTS: u32 = 256;
/// Scenes closer together than this are not worth keeping.
const CLOSEST: u32 = 512;

/// Finds the scene of any instant. Keeps what it saw, across changes too: what lies before a
/// change stays true.
#[derive(Clone, Debug, Default)]
pub struct Seeker {
    experiment: Option<Arc<Experiment>>,
    /// In order; the first is the empty one.
    kept: Vec<Scene>,
    cursor: Option<Scene>,
}

impl Seeker {
    /// Knows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The scene of `run` just after everything that happened up to and including `at`.
    pub fn seek(&mut self, run: &Run, at: SimTime) -> &Scene {
        self.turn_to(run);
        let target = run.log().count_until(at);
        let spacing = spacing(run);
        let mut scene = self.nearest(run, target);
        while scene.events < target {
            scene.apply(run.experiment(), run.log(), run.log().event(scene.events));
            let last = self.kept.last().map_or(0, |kept| kept.events);
            if scene.events >= last + spacing {
                self.kept.push(scene.clone());
            }
        }
        scene.at = at;
        self.cursor.insert(scene)
    }

    /// Walks ahead by about `events`, keeping scenes, so that later seeks are short. Returns
    /// whether there is more to walk.
    pub fn prepare(&mut self, run: &Run, events: u32) -> bool {
        self.turn_to(run);
        let from = self.kept.last().map_or(0, |kept| kept.events);
        // A step shorter than the spacing would keep nothing, and be walked for ever.
        let target = from.saturating_add(events.max(spacing(run))).min(run.log().len());
        if target > from {
            let at = run.log().at(target - 1);
            self.seek(run, at);
        }
        target < run.log().len()
    }

    /// Forgets what is not true of this run.
    fn turn_to(&mut self, run: &Run) {
        let new = run.experiment();
        let Some(old) = self.experiment.replace(new.clone()) else { return };
        if Arc::ptr_eq(&old, new) {
            return;
        }
        let until = match common(&old, new) {
            Common::Nothing => SimTime::ZERO,
            Common::Past { until, .. } => until,
        };
        self.kept.retain(|scene| scene.at < until);
        self.cursor.take_if(|scene| scene.at >= until);
    }

    /// The latest scene known that is not later than `target`.
    fn nearest(&mut self, run: &Run, target: u32) -> Scene {
        let index = self.kept.partition_point(|scene| scene.events <= target);
        let kept = index.checked_sub(1).and_then(|index| self.kept.get(index));
        let from = kept.map_or(0, |scene| scene.events);
        match self.cursor.take() {
            Some(cursor) if (from..=target).contains(&cursor.events) => cursor,
            _ => kept.cloned().unwrap_or_else(|| Scene::new(run.experiment())),
        }
    }
}

/// How many events apart kept scenes are.
fn spacing(run: &Run) -> u32 {
    (run.log().len() / PARTS).max(CLOSEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Limits;
    use crate::scenario::library;

    #[test]
    fn preparing_comes_to_an_end_however_small_its_steps() {
        let run = Run::new(library::payments(), Limits::default());
        let mut seeker = Seeker::new();
        let steps = (0..1_000).take_while(|_| seeker.prepare(&run, 1)).count();
        assert!(steps <= PARTS as usize + 1, "{steps}");
        assert!(seeker.kept.len() > 50);
    }
}
