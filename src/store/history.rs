//! What was done, and undone.

use std::sync::Arc;

use half_open::scenario::Experiment;

/// How many steps are remembered.
const STEPS: usize = 200;

/// The experiments before and after the present one.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    undo: Vec<Arc<Experiment>>,
    redo: Vec<Arc<Experiment>>,
}

impl History {
    /// Remembers what was there before a change. What had been undone is forgotten.
    pub(crate) fn record(&mut self, before: Arc<Experiment>) {
        if self.undo.len() == STEPS {
            self.undo.remove(0);
        }
        self.undo.push(before);
        self.redo.clear();
    }

    /// Takes back the last change to `present`.
    pub(crate) fn undo(&mut self, present: &Arc<Experiment>) -> Option<Arc<Experiment>> {
        let before = self.undo.pop()?;
        self.redo.push(present.clone());
        Some(before)
    }

    /// Makes the last change again that was taken back.
    pub(crate) fn redo(&mut self, present: &Arc<Experiment>) -> Option<Arc<Experiment>> {
        let after = self.redo.pop()?;
        self.undo.push(present.clone());
        Some(after)
    }

    /// A history of `undo` steps that can be taken back, followed by those that can be made again.
    #[must_use]
    pub(crate) fn of(mut steps: Vec<Arc<Experiment>>, undo: usize) -> Self {
        let redo = steps.split_off(undo.min(steps.len()));
        Self { undo: steps, redo }
    }

    /// What can be taken back, and what can be made again; the nearest step is the last of each.
    #[must_use]
    pub(crate) fn steps(&self) -> (&[Arc<Experiment>], &[Arc<Experiment>]) {
        (&self.undo, &self.redo)
    }

    /// Whether there is something to take back.
    #[must_use]
    pub(crate) fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Whether there is something to make again.
    #[must_use]
    pub(crate) fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }
}
