//! What will happen next: in order of time, then of class, then of insertion.
//!
//! Most of what is planned in a busy system is patience: timeouts, of which nearly all find that
//! the answer has come. Over one line they are due in the order in which they were planned, so
//! they wait in a lane, and the heap holds only the rest: a short heap is a fast one (the ordered
//! queue of DSLab's simcore).

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

/// How many bits of a key tell the class; above them are 62 bits of time, 146 years.
const CLASS_BITS: u32 = 2;

#[derive(Clone, Copy, Debug)]
struct Entry<T> {
    /// Time and class.
    key: u64,
    turn: u32,
    task: T,
}

impl<T> Entry<T> {
    const fn order(&self) -> (u64, u32) {
        (self.key, self.turn)
    }

    const fn at(&self) -> SimTime {
        SimTime::from_nanos(self.key >> CLASS_BITS)
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
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
        other.order().cmp(&self.order())
    }
}

#[derive(Clone, Debug)]
pub(super) struct Queue<T> {
    heap: BinaryHeap<Entry<T>>,
    /// Each in order.
    lanes: Vec<VecDeque<Entry<T>>>,
    /// The lane whose first entry comes before those of all others.
    first: Option<usize>,
    next_turn: u32,
}

impl<T: Copy> Queue<T> {
    /// An empty queue with this many lanes.
    pub(super) fn new(lanes: usize) -> Self {
        Self {
            heap: BinaryHeap::new(),
            lanes: vec![VecDeque::new(); lanes],
            first: None,
            next_turn: 0,
        }
    }

    fn entry(&mut self, at: SimTime, class: Class, task: T) -> Entry<T> {
        let entry =
            Entry { key: at.nanos() << CLASS_BITS | class as u64, turn: self.next_turn, task };
        self.next_turn += 1;
        entry
    }

    pub(super) fn push(&mut self, at: SimTime, class: Class, task: T) {
        let entry = self.entry(at, class, task);
        self.heap.push(entry);
    }

    /// The same, for tasks of which each is usually due after the one before.
    pub(super) fn push_in_lane(&mut self, lane: usize, at: SimTime, class: Class, task: T) {
        let entry = self.entry(at, class, task);
        match self.lanes.get_mut(lane) {
            Some(waiting) if waiting.back().is_none_or(|last| last.order() < entry.order()) => {
                waiting.push_back(entry);
                if waiting.len() == 1 {
                    self.find_first();
                }
            }
            // Somebody has become less patient.
            _ => self.heap.push(entry),
        }
    }

    fn find_first(&mut self) {
        let fronts = self.lanes.iter().enumerate();
        let fronts = fronts.filter_map(|(lane, waiting)| Some((waiting.front()?.order(), lane)));
        self.first = fronts.min().map(|(_, lane)| lane);
    }

    fn front(&self) -> Option<&Entry<T>> {
        self.lanes.get(self.first?)?.front()
    }

    /// How many tasks wait.
    pub(super) fn len(&self) -> usize {
        self.heap.len() + self.lanes.iter().map(VecDeque::len).sum::<usize>()
    }

    /// When the next task is due.
    pub(super) fn due(&self) -> Option<SimTime> {
        let in_heap = self.heap.peek().map(Entry::at);
        let in_lane = self.front().map(Entry::at);
        in_heap.into_iter().chain(in_lane).min()
    }

    pub(super) fn pop(&mut self) -> Option<(SimTime, T)> {
        let lane_first = match (self.front(), self.heap.peek()) {
            (Some(front), Some(top)) => front.order() < top.order(),
            (front, _) => front.is_some(),
        };
        let entry = if lane_first {
            let entry = self.lanes[self.first?].pop_front();
            self.find_first();
            entry?
        } else {
            self.heap.pop()?
        };
        Some((entry.at(), entry.task))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CLASSES: [Class; 3] = [Class::Completion, Class::Timer, Class::Beginning];

    proptest! {
        #[test]
        fn tasks_come_out_by_time_class_and_turn(
            tasks in prop::collection::vec((0u64..20, 0usize..3, 0usize..4), 0..200)
        ) {
            let mut queue = Queue::new(3);
            for (i, (at, class, lane)) in tasks.iter().enumerate() {
                let (at, class) = (SimTime::from_nanos(*at), CLASSES[*class]);
                if *lane < 3 {
                    queue.push_in_lane(*lane, at, class, i);
                } else {
                    queue.push(at, class, i);
                }
            }
            let mut sorted: Vec<_> =
                tasks.iter().enumerate().map(|(i, (at, class, _))| (*at, *class, i)).collect();
            sorted.sort_unstable();
            let mut popped = Vec::new();
            while let Some(due) = queue.due() {
                let Some((at, i)) = queue.pop() else { break };
                prop_assert_eq!(at, due);
                popped.push((at.nanos(), tasks[i].1, i));
            }
            prop_assert_eq!(popped, sorted);
        }
    }
}
