//! What was done, and undone.

use std::rc::Rc;

use half_open::scenario::Experiment;

use super::forks::Forks;

/// How many steps are remembered.
const STEPS: usize = 200;

/// What leads away from a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// A change: what it made stays when it is taken back.
    Change,
    /// A look at another branch. Several in a row are one step.
    Jump,
    /// Something else altogether, or less than there was.
    Whole,
}

/// How it was, and what came next.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// All branches, and which of them was shown.
    pub forks: Rc<Forks>,
    /// What came next.
    pub way: Way,
}

/// What was there before and after the present.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    undo: Vec<Step>,
    redo: Vec<Step>,
}

impl History {
    /// Remembers what was there before a change. What had been undone is forgotten.
    pub(crate) fn record(&mut self, forks: Rc<Forks>, way: Way) {
        self.redo.clear();
        if way == Way::Jump && self.undo.last().is_some_and(|step| step.way == Way::Jump) {
            return;
        }
        if self.undo.len() == STEPS {
            self.undo.remove(0);
        }
        self.undo.push(Step { forks, way });
    }

    /// Takes back what was done last.
    pub(crate) fn undo(&mut self, present: &Rc<Forks>) -> Option<Rc<Forks>> {
        turn_back(&mut self.undo, &mut self.redo, present)
    }

    /// Does again what was taken back last.
    pub(crate) fn redo(&mut self, present: &Rc<Forks>) -> Option<Rc<Forks>> {
        turn_back(&mut self.redo, &mut self.undo, present)
    }

    /// Goes from `present` to an experiment that was shown before it, or after it, step by step.
    pub(crate) fn go_to(&mut self, present: &Rc<Forks>, there: &Experiment) -> Option<Rc<Forks>> {
        for step in [Self::undo, Self::redo] {
            let (mut history, mut here) = (self.clone(), present.clone());
            while let Some(next) = step(&mut history, &here) {
                if next.experiment().is_some_and(|experiment| **experiment == *there) {
                    *self = history;
                    return Some(next);
                }
                here = next;
            }
        }
        None
    }

    /// A history of `undo` steps that can be taken back, followed by those that can be made again.
    #[must_use]
    pub(crate) fn of(mut steps: Vec<Step>, undo: usize) -> Self {
        let redo = steps.split_off(undo.min(steps.len()));
        Self { undo: steps, redo }
    }

    /// What can be taken back, and what can be made again; the nearest step is the last of each.
    #[must_use]
    pub(crate) fn steps(&self) -> (&[Step], &[Step]) {
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

fn turn_back(from: &mut Vec<Step>, to: &mut Vec<Step>, present: &Rc<Forks>) -> Option<Rc<Forks>> {
    let Step { forks, way } = from.pop()?;
    to.push(Step { forks: present.clone(), way });
    Some(if way == Way::Whole { forks } else { present.back_to(&forks).into() })
}
