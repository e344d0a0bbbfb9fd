//! What will happen next: a heap in order of time, and of insertion where times are equal.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::time::SimTime;

#[derive(Clone, Debug)]
struct Entry<T> {
    at: SimTime,
    turn: u32,
    task: T,
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.turn) == (other.at, other.turn)
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
        (other.at, other.turn).cmp(&(self.at, self.turn))
    }
}

#[derive(Clone, Debug)]
pub(super) struct Queue<T> {
    heap: BinaryHeap<Entry<T>>,
    next_turn: u32,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), next_turn: 0 }
    }
}

impl<T> Queue<T> {
    pub(super) fn push(&mut self, at: SimTime, task: T) {
        self.heap.push(Entry { at, turn: self.next_turn, task });
        self.next_turn += 1;
    }

    /// When the next task is due.
    pub(super) fn due(&self) -> Option<SimTime> {
        self.heap.peek().map(|entry| entry.at)
    }

    pub(super) fn pop(&mut self) -> Option<(SimTime, T)> {
        self.heap.pop().map(|entry| (entry.at, entry.task))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn tasks_come_out_by_time_and_then_by_turn(times in prop::collection::vec(0u64..20, 0..200)) {
            let mut queue = Queue::default();
            for (i, at) in times.iter().enumerate() {
                queue.push(SimTime::from_nanos(*at), i);
            }
            let mut sorted: Vec<_> = times.iter().copied().enumerate().map(|(i, t)| (t, i)).collect();
            sorted.sort_unstable();
            let mut popped = Vec::new();
            while let Some((at, i)) = queue.pop() {
                popped.push((at.nanos(), i));
            }
            prop_assert_eq!(popped, sorted);
        }
    }
}
