//! The histories that came from one another: what was changed in the past, and what would have been.
//!
//! A change makes a branch of its own, and what was there before stays as the ghost. As long as the
//! same thing is changed at the same moment, it is the same branch that grows. What somebody has
//! named is never changed any more.
//!
//! Two of them may be a pair, A and B, shown side by side: then a change makes a branch for the side
//! that is active, and the other side stays what it is.

use std::rc::Rc;
use std::sync::Arc;

use half_open::run::parting;
use half_open::scenario::{Experiment, Knob, NodeId};
use half_open::time::SimTime;
use half_open_view::link::Side;

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
    /// Which side the present branch is; the ghost is the other one, and may be the same branch.
    pair: Option<Side>,
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
        Self { branches: vec![first.into()], here: 0, ghost: None, pair: None, growing: None }
    }

    /// These branches, of which `here` is shown; none if it is not among them.
    #[must_use]
    pub(crate) fn of(
        branches: Vec<Rc<Branch>>,
        here: BranchId,
        ghost: Option<BranchId>,
        pair: Option<Side>,
    ) -> Option<Self> {
        let mut forks = Self { branches, here, ghost: None, pair, growing: None };
        forks.ghost = ghost.filter(|id| forks.branch(*id).is_some());
        forks.mend();
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

    /// Which side is active, if two are shown side by side.
    #[must_use]
    pub(crate) fn pair(&self) -> Option<Side> {
        self.pair
    }

    /// What is on a side of the pair.
    #[must_use]
    pub(crate) fn side(&self, side: Side) -> Option<&Rc<Branch>> {
        if self.pair? == side { self.branch(self.here) } else { self.ghost() }
    }

    /// Shows two side by side: the ghost as A, or else the present branch on both sides.
    pub(crate) fn open_pair(&mut self) {
        self.pair = Some(Side::B);
        self.growing = None;
        self.mend();
    }

    /// Shows one again. What the other side was stays as the ghost.
    pub(crate) fn close_pair(&mut self) {
        self.pair = None;
        self.growing = None;
        self.mend();
    }

    /// Makes a side the active one.
    pub(crate) fn activate(&mut self, side: Side) {
        if let (Some(active), Some(other)) = (self.pair, self.ghost)
            && active != side
        {
            self.ghost = Some(self.here);
            self.here = other;
            self.pair = Some(side);
            self.growing = None;
        }
    }

    /// Shows this beside the present branch, which is one of two sides.
    pub(crate) fn pair_with(&mut self, other: Arc<Experiment>, side: Side) {
        self.open_pair();
        let known = self.find(&other);
        if known.is_none() && side == Side::B && self.branches.len() == 1 {
            self.haunt(other);
        } else {
            self.ghost = known.or_else(|| self.branch_off(other));
        }
        self.pair = Some(side);
        self.mend();
    }

    /// A branch beside the present one, which stays what is shown.
    fn branch_off(&mut self, after: Arc<Experiment>) -> Option<BranchId> {
        let here = self.branch(self.here)?;
        let at = parting(&here.experiment, &after)?;
        let name = words::difference(&here.experiment, &after).into();
        let (id, parent) = (self.next(), Some(here.id));
        self.put(Branch { id, parent, at, name, named: false, experiment: after }.into());
        Some(id)
    }

    /// A pair has two sides; without one, nothing is its own ghost.
    fn mend(&mut self) {
        match self.pair {
            Some(_) => self.ghost = self.ghost.or(Some(self.here)),
            None => self.ghost = self.ghost.filter(|ghost| *ghost != self.here),
        }
    }

    /// Both sides are to become these, the active one first.
    pub(crate) fn change_both(&mut self, after: [Arc<Experiment>; 2], subject: Subject) {
        let Some(active) = self.pair else { return };
        let growing = self.growing;
        for (after, side) in after.into_iter().zip([active, active.other()]) {
            self.activate(side);
            self.growing = growing;
            self.change(after, Some(subject));
        }
        self.activate(active);
        self.growing = Some(subject);
    }

    /// The present branch is to become this.
    pub(crate) fn change(&mut self, after: Arc<Experiment>, subject: Option<Subject>) {
        let Some(here) = self.branch(self.here).cloned() else { return };
        let alone = self.pair.is_none() || self.ghost != Some(here.id);
        let grows = subject.is_some() && subject == self.growing && !here.named && alone;
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
        if self.pair.is_none() {
            self.ghost = Some(from.id);
        }
        self.growing = subject;
        self.prune();
    }

    /// The present branch was made by this, whatever made it.
    pub(crate) fn grow_by(&mut self, subject: Subject) {
        self.growing = Some(subject);
    }

    /// Every branch of the system is drawn in these columns.
    pub(crate) fn arrange(&mut self, columns: &[Vec<NodeId>]) {
        let Some(here) = self.branch(self.here) else { return };
        let mut arranged = here.experiment.scenario.clone();
        arranged.arrange(columns);
        for branch in &mut self.branches {
            let mut experiment = Experiment::clone(&branch.experiment);
            experiment.scenario.arrange_like(&arranged);
            *branch = Branch { experiment: experiment.into(), ..(**branch).clone() }.into();
        }
    }

    /// Shows another branch; the one that was shown becomes the ghost.
    /// In a pair it takes the place of the active side, unless it is the other side, which becomes
    /// the active one.
    pub(crate) fn jump(&mut self, to: BranchId) {
        if to == self.here || self.branch(to).is_none() {
            return;
        }
        match self.pair {
            Some(side) if self.ghost == Some(to) => self.activate(side.other()),
            Some(_) => self.here = to,
            None => {
                self.ghost = Some(self.here);
                self.here = to;
            }
        }
        self.growing = None;
    }

    /// The ghost has been seen.
    pub(crate) fn dismiss(&mut self) {
        (self.ghost, self.pair) = (None, None);
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
        if self.ghost == Some(id) {
            self.ghost = gone.parent.filter(|_| self.pair.is_some());
        }
        self.mend();
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
        back.paired_like(self);
        back.prune();
        back
    }

    /// Whether two are shown side by side is no change: it stays as it is when one is taken back, and so does
    /// what is on the other side.
    fn paired_like(&mut self, present: &Self) {
        match (self.pair, present.pair) {
            (None, Some(_)) => (self.ghost, self.pair) = (present.ghost, present.pair),
            (Some(_), None) => self.pair = None,
            _ => return,
        }
        self.mend();
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
