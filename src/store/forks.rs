//! The histories that came from one another: what was changed in the past, and what would have been.
//!
//! A change makes a branch of its own, and what was there before stays as the ghost. As long as the
//! same thing is changed at the same moment, it is the same branch that grows. What somebody has
//! named is never changed any more.

use std::rc::Rc;
use std::sync::Arc;

use half_open::run::parting;
use half_open::scenario::{Experiment, Knob};
use half_open::time::SimTime;

use crate::words;

/// The most branches; of those without a name of their own the oldest make room.
const MOST: usize = 8;
/// What the first one is called.
const FIRST: &str = "as it began";

/// Tells branches apart.
pub(crate) type BranchId = u32;

/// One history.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Branch {
    /// Its number.
    pub id: BranchId,
    /// What it came from.
    pub parent: Option<BranchId>,
    /// When it parts from that.
    pub at: SimTime,
    /// What it is called.
    pub name: Rc<str>,
    /// Whether somebody called it so.
    pub named: bool,
    /// What is simulated.
    pub experiment: Arc<Experiment>,
}

/// What is changed: the same thing again makes no new branch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Subject {
    /// A knob, from some moment on.
    Knob(Knob, SimTime),
    /// An intervention.
    Done(usize),
    /// The seed.
    Seed,
}

/// All of them.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Forks {
    /// In the order in which they were made.
    branches: Vec<Rc<Branch>>,
    here: BranchId,
    ghost: Option<BranchId>,
    /// What made the present branch, as long as it grows.
    growing: Option<Subject>,
}

impl Forks {
    /// One history, and no other.
    #[must_use]
    pub(crate) fn new(experiment: Arc<Experiment>) -> Self {
        let first = Branch {
            id: 0,
            parent: None,
            at: SimTime::ZERO,
            name: FIRST.into(),
            named: false,
            experiment,
        };
        Self { branches: vec![first.into()], here: 0, ghost: None, growing: None }
    }

    /// These branches, of which `here` is shown; none if it is not among them.
    #[must_use]
    pub(crate) fn of(
        branches: Vec<Rc<Branch>>,
        here: BranchId,
        ghost: Option<BranchId>,
    ) -> Option<Self> {
        let mut forks = Self { branches, here, ghost: None, growing: None };
        forks.ghost = ghost.filter(|id| *id != here && forks.branch(*id).is_some());
        forks.branch(here).is_some().then_some(forks)
    }

    /// Every branch, in the order in which they were made.
    #[must_use]
    pub(crate) fn all(&self) -> &[Rc<Branch>] {
        &self.branches
    }

    /// The branch with this number.
    #[must_use]
    pub(crate) fn branch(&self, id: BranchId) -> Option<&Rc<Branch>> {
        self.branches.iter().find(|branch| branch.id == id)
    }

    /// The branch of this experiment.
    #[must_use]
    pub(crate) fn find(&self, experiment: &Experiment) -> Option<BranchId> {
        let mine = self.branches.iter().rev().find(|branch| *branch.experiment == *experiment);
        mine.map(|branch| branch.id)
    }

    /// The number of the branch that is shown.
    #[must_use]
    pub(crate) fn here(&self) -> BranchId {
        self.here
    }

    /// What is to be simulated for the branch that is shown.
    #[must_use]
    pub(crate) fn experiment(&self) -> Option<&Arc<Experiment>> {
        self.branch(self.here).map(|branch| &branch.experiment)
    }

    /// What would have been, if it is to be seen.
    #[must_use]
    pub(crate) fn ghost(&self) -> Option<&Rc<Branch>> {
        self.branch(self.ghost?)
    }

    /// The present branch is to become this.
    pub(crate) fn change(&mut self, after: Arc<Experiment>, subject: Option<Subject>) {
        let Some(here) = self.branch(self.here).cloned() else { return };
        let grows = subject.is_some() && subject == self.growing && !here.named;
        let from = here.parent.filter(|_| grows).and_then(|parent| self.branch(parent));
        let from = from.cloned().unwrap_or_else(|| here.clone());
        let Some(at) = parting(&from.experiment, &after) else {
            // Everything is as it was before: nothing has branched off.
            self.here = from.id;
            self.remove(here.id);
            return;
        };
        let name = words::difference(&from.experiment, &after).into();
        let id = if from.id == here.id { self.next() } else { here.id };
        let new = Branch { id, parent: Some(from.id), at, name, named: false, experiment: after };
        self.put(new.into());
        self.here = id;
        self.ghost = Some(from.id);
        self.growing = subject;
        self.prune();
    }

    /// The present branch was made by this, whatever made it.
    pub(crate) fn grow_by(&mut self, subject: Subject) {
        self.growing = Some(subject);
    }

    /// Shows another branch; the one that was shown becomes the ghost.
    pub(crate) fn jump(&mut self, to: BranchId) {
        if to != self.here && self.branch(to).is_some() {
            self.ghost = Some(self.here);
            self.here = to;
            self.growing = None;
        }
    }

    /// The ghost has been seen.
    pub(crate) fn dismiss(&mut self) {
        self.ghost = None;
    }

    /// Shows this as the ghost. If nothing but the present is known, that was made from it.
    pub(crate) fn haunt(&mut self, experiment: Arc<Experiment>) {
        self.ghost = self.find(&experiment).filter(|id| *id != self.here);
        if let (None, [here]) = (self.ghost, &self.branches[..]) {
            let after = here.experiment.clone();
            *self = Self::new(experiment);
            self.change(after, None);
        }
    }

    /// Gives a branch a name of its own; an empty one is no name.
    pub(crate) fn rename(&mut self, id: BranchId, name: &str) {
        let name = name.trim();
        if let Some(branch) = self.branch(id).filter(|_| !name.is_empty()) {
            self.put(Branch { name: name.into(), named: true, ..(**branch).clone() }.into());
        }
    }

    /// Takes a branch away. What came from it comes from its parent from now on.
    pub(crate) fn remove(&mut self, id: BranchId) {
        let Some(gone) = self.branch(id).cloned().filter(|_| self.branches.len() > 1) else {
            return;
        };
        self.branches.retain(|branch| branch.id != id);
        for branch in &mut self.branches {
            if branch.parent == Some(id) {
                let at = branch.at.min(gone.at);
                *branch = Branch { parent: gone.parent, at, ..(**branch).clone() }.into();
            }
        }
        if self.here == id {
            let next = gone.parent.or(self.ghost).or_else(|| Some(self.branches.first()?.id));
            self.here = next.unwrap_or_default();
        }
        self.ghost = self.ghost.filter(|ghost| *ghost != id && *ghost != self.here);
        self.growing = None;
    }

    /// Goes back to how it was, without forgetting what was made since.
    #[must_use]
    pub(crate) fn back_to(&self, before: &Self) -> Self {
        let mut back = Self { growing: None, ..before.clone() };
        for branch in &self.branches {
            if back.branch(branch.id).is_none() {
                back.put(branch.clone());
            }
        }
        back.prune();
        back
    }

    fn next(&self) -> BranchId {
        self.branches.iter().map(|branch| branch.id + 1).max().unwrap_or_default()
    }

    /// Puts a branch in its place.
    fn put(&mut self, new: Rc<Branch>) {
        let place = self.branches.partition_point(|branch| branch.id < new.id);
        match self.branches.get_mut(place).filter(|branch| branch.id == new.id) {
            Some(branch) => *branch = new,
            None => self.branches.insert(place, new),
        }
    }

    fn prune(&mut self) {
        while self.branches.len() > MOST {
            let kept = [Some(self.here), self.ghost];
            let mut old = self.branches.iter().skip(1).filter(|b| !kept.contains(&Some(b.id)));
            let unnamed = old.clone().find(|branch| !branch.named);
            let Some(id) = unnamed.or_else(|| old.next()).map(|branch| branch.id) else { return };
            let growing = self.growing;
            self.remove(id);
            self.growing = growing;
        }
    }
}
