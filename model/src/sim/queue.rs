//! What will happen next: in order of time, then of class, then of insertion.
//!
//! Most of what is planned in a busy system is patience: timeouts, of which nearly all find that
//! the answer has come. Over one line they are due in the order in which they were planned, so
//! they wait in a lane, and only the first of each lane stands among the rest (the ordered queue
//! of DSLab's simcore). The rest is short in a small system, and what is due soon is kept sorted:
//! putting the next task among a handful that come before it takes fewer steps than a heap does.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

use crate::time::SimTime;

/// What comes first at equal times.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Class {
    /// Something comes to its end.
    Completion,
    /// Something has lasted long enough.
    Timer,
    /// Something begins.
    Beginning,
}

/// Something that can wait in a queue.
pub(super) trait Due: Copy {
    /// What it is.
    fn class(&self) -> Class;

    /// The lane in which it waits, if others of its lane are usually due in the order in which
    /// they are planned.
    fn lane(&self) -> Option<usize>;
}

/// How many bits of a key tell the class; above them are 62 bits of time, 146 years.
const CLASS_BITS: u32 = 2;
/// How many tasks are kept sorted, at most.
const NEAR: usize = 32;

#[derive(Clone, Copy, Debug)]
struct Entry<T> {
    /// Time and class.
    key: u64,
    turn: u32,
    task: T,
}

/// A place in the order of things.
type Place = (u64, u32);

impl<T> Entry<T> {
    const fn place(&self) -> Place {
        (self.key, self.turn)
    }

    const fn at(&self) -> SimTime {
        SimTime::from_nanos(self.key >> CLASS_BITS)
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.place() == other.place()
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The standard heap gives the greatest first; here the greatest is the earliest.
impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.place().cmp(&self.place())
    }
}

/// Tasks that wait for one before them.
#[derive(Clone, Debug)]
struct Lane<T> {
    /// In order.
    waiting: VecDeque<Entry<T>>,
    /// The last one that came in order, until it is popped.
    last: Option<Place>,
}

#[derive(Clone, Debug)]
pub(super) struct Queue<T> {
    /// The next tasks, the very next one at the end.
    near: Vec<Entry<T>>,
    /// What comes after all of them; empty if they are none.
    far: BinaryHeap<Entry<T>>,
    lanes: Vec<Lane<T>>,
    next_turn: u32,
}

impl<T: Due> Queue<T> {
    /// An empty queue with this many lanes.
    pub(super) fn new(lanes: usize) -> Self {
        Self {
            near: Vec::with_capacity(NEAR + 1),
            far: BinaryHeap::new(),
            lanes: vec![Lane { waiting: VecDeque::new(), last: None }; lanes],
            next_turn: 0,
        }
    }

    pub(super) fn push(&mut self, at: SimTime, task: T) {
        let key = at.nanos() << CLASS_BITS | task.class() as u64;
        let entry = Entry { key, turn: self.next_turn, task };
        self.next_turn += 1;
        if let Some(lane) = task.lane().and_then(|lane| self.lanes.get_mut(lane)) {
            match lane.last {
                Some(last) if last < entry.place() => {
                    lane.last = Some(entry.place());
                    lane.waiting.push_back(entry);
                    return;
                }
                // Somebody has become less patient.
                Some(_) => {}
                None => lane.last = Some(entry.place()),
            }
        }
        self.insert(entry);
    }

    fn insert(&mut self, entry: Entry<T>) {
        let comes_last = self.near.first().is_some_and(|last| last.place() < entry.place());
        if comes_last && !self.far.is_empty() {
            self.far.push(entry);
            return;
        }
        let mut place = self.near.len();
        self.near.push(entry);
        while place > 0 && self.near[place - 1].place() < entry.place() {
            self.near[place] = self.near[place - 1];
            place -= 1;
        }
        self.near[place] = entry;
        if self.near.len() > NEAR {
            self.far.extend(self.near.drain(..NEAR / 2));
        }
    }

    /// How many tasks wait.
    pub(super) fn len(&self) -> usize {
        let in_lanes = self.lanes.iter().map(|lane| lane.waiting.len()).sum::<usize>();
        self.near.len() + self.far.len() + in_lanes
    }

    /// Takes the next task out, if it is due by `last`. Those in its lane that nobody `wants` any
    /// more when it is their turn are forgotten.
    pub(super) fn pop_until(
        &mut self,
        last: SimTime,
        wants: impl Fn(&T) -> bool,
    ) -> Option<(SimTime, T)> {
        let entry = *self.near.last().filter(|next| next.at() <= last)?;
        self.near.pop();
        if self.near.is_empty() {
            let more = self.far.len().min(NEAR / 2);
            self.near.extend((0..more).filter_map(|_| self.far.pop()));
            self.near.reverse();
        }
        if let Some(lane) = entry.task.lane().and_then(|lane| self.lanes.get_mut(lane)) {
            let mut is_last = lane.last == Some(entry.place());
            let next = loop {
                match lane.waiting.pop_front() {
                    Some(next) if wants(&next.task) => break Some(next),
                    Some(_) => is_last = true,
                    None => break None,
                }
            };
            match next {
                Some(next) => self.insert(next),
                // Whoever comes next has nobody to wait for.
                None if is_last => lane.last = None,
                None => {}
            }
        }
        Some((entry.at(), entry.task))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Copy, PartialEq, Debug)]
    struct Task {
        number: usize,
        class: Class,
        lane: Option<usize>,
        wanted: bool,
    }

    impl Due for Task {
        fn class(&self) -> Class {
            self.class
        }

        fn lane(&self) -> Option<usize> {
            self.lane
        }
    }

    const CLASSES: [Class; 3] = [Class::Completion, Class::Timer, Class::Beginning];

    /// A delay, a class, a lane of two or none, whether anybody wants it, and how many are popped
    /// afterwards.
    fn steps() -> impl Strategy<Value = Vec<(u64, usize, usize, bool, usize)>> {
        prop::collection::vec((0u64..20, 0usize..3, 0usize..5, any::<bool>(), 0usize..3), 0..300)
    }

    proptest! {
        #[test]
        fn tasks_come_out_by_time_class_and_turn(steps in steps(), eager in any::<bool>()) {
            let (mut queue, mut planned, mut now) = (Queue::new(2), Vec::new(), 0);
            let pop = |queue: &mut Queue<Task>, planned: &mut Vec<(u64, Class, usize)>| {
                let Some((at, task)) = queue.pop_until(SimTime::MAX, |task| task.wanted) else {
                    prop_assert!(planned.is_empty(), "{planned:?} never came");
                    return Ok(None);
                };
                if task.wanted {
                    planned.sort_unstable();
                    prop_assert_eq!(planned.remove(0), (at.nanos(), task.class, task.number));
                }
                Ok(Some(at.nanos()))
            };
            for (number, (delay, class, lane, wanted, pops)) in steps.into_iter().enumerate() {
                let lane = (lane < 2).then_some(lane);
                // A lane holds things of one kind.
                let class = if lane.is_some() { Class::Timer } else { CLASSES[class] };
                let at = now + delay;
                queue.push(SimTime::from_nanos(at), Task { number, class, lane, wanted });
                if wanted {
                    planned.push((at, class, number));
                }
                for _ in 0..if eager { pops } else { 0 } {
                    now = pop(&mut queue, &mut planned)?.unwrap_or(now);
                }
            }
            while pop(&mut queue, &mut planned)?.is_some() {}
            prop_assert_eq!(queue.len(), 0);
        }
    }

    #[test]
    fn what_is_due_later_stays() {
        let mut queue = Queue::new(0);
        let task = Task { number: 0, class: Class::Timer, lane: None, wanted: true };
        queue.push(SimTime::from_nanos(7), task);
        assert_eq!(queue.pop_until(SimTime::from_nanos(6), |_| true), None);
        let due = SimTime::from_nanos(7);
        assert_eq!(queue.pop_until(due, |_| true), Some((due, task)));
    }
}
