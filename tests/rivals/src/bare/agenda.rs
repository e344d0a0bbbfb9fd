//! What is planned: the standard binary heap, and what is small enough to be kept in it.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// What happens, in the order in which it happens at one instant.
pub(super) const DONE: u32 = 0;
pub(super) const TIMEOUT: u32 = 1;
pub(super) const RETRY: u32 = 2;
pub(super) const ARRIVES: u32 = 3;

const SLOT_BITS: u32 = 16;
const WHAT_BITS: u32 = 2;
/// How many slots an event can tell apart.
pub(super) const SLOTS: usize = 1 << SLOT_BITS;

/// Something planned; the greatest is the earliest.
pub trait Event: Ord + Copy {
    /// Plans something, as the `turn`th of all.
    fn new(at: u64, turn: u32, what: u32, slot: u32) -> Self;
    /// When, in nanoseconds.
    fn at(self) -> u64;
    /// What.
    fn what(self) -> u32;
    /// To whom.
    fn slot(self) -> u32;
}

/// 16 bytes: the time, and which was planned first if two are due at once, as a simulator must know
/// if its runs are to be repeated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plain {
    at: u64,
    turn: u32,
    what_and_slot: u32,
}

impl Event for Plain {
    fn new(at: u64, turn: u32, what: u32, slot: u32) -> Self {
        Self { at, turn, what_and_slot: what << SLOT_BITS | slot }
    }

    fn at(self) -> u64 {
        self.at
    }

    fn what(self) -> u32 {
        self.what_and_slot >> SLOT_BITS
    }

    fn slot(self) -> u32 {
        self.what_and_slot & (SLOTS as u32 - 1)
    }
}

impl Ord for Plain {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.turn).cmp(&(self.at, self.turn))
    }
}

impl PartialOrd for Plain {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Everything in 8 bytes: 46 bits of time, nineteen hours, above what happens and to whom. Who was
/// planned first does not fit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Packed(u64);

impl Event for Packed {
    fn new(at: u64, _: u32, what: u32, slot: u32) -> Self {
        Self(at << (SLOT_BITS + WHAT_BITS) | u64::from(what << SLOT_BITS | slot))
    }

    fn at(self) -> u64 {
        self.0 >> (SLOT_BITS + WHAT_BITS)
    }

    fn what(self) -> u32 {
        self.0 as u32 >> SLOT_BITS & ((1 << WHAT_BITS) - 1)
    }

    fn slot(self) -> u32 {
        self.0 as u32 & (SLOTS as u32 - 1)
    }
}

impl Ord for Packed {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.cmp(&self.0)
    }
}

impl PartialOrd for Packed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// All that is planned.
pub(super) struct Agenda<E> {
    heap: BinaryHeap<E>,
    turn: u32,
}

impl<E: Event> Agenda<E> {
    pub(super) fn new() -> Self {
        Self { heap: BinaryHeap::with_capacity(1 << 10), turn: 0 }
    }

    fn event(&mut self, at: u64, what: u32, slot: u32) -> E {
        self.turn += 1;
        E::new(at, self.turn, what, slot)
    }

    pub(super) fn push(&mut self, at: u64, what: u32, slot: u32) {
        let event = self.event(at, what, slot);
        self.heap.push(event);
    }

    /// What is due next, left where it is.
    pub(super) fn earliest(&self) -> Option<E> {
        self.heap.peek().copied()
    }

    pub(super) fn pop(&mut self) {
        self.heap.pop();
    }

    /// Puts something else in place of what is due next: cheaper than to pop and to push.
    pub(super) fn replace(&mut self, at: u64, what: u32, slot: u32) {
        let event = self.event(at, what, slot);
        if let Some(mut earliest) = self.heap.peek_mut() {
            *earliest = event;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in_order<E: Event + std::fmt::Debug>() {
        let of_all: Vec<E> = [5, 6]
            .iter()
            .flat_map(|at| [DONE, TIMEOUT, RETRY, ARRIVES].map(|what| (*at, what)))
            .zip(1..)
            .map(|((at, what), turn)| E::new(at, turn, what, 7))
            .collect();
        assert!(of_all.is_sorted_by(|a, b| a > b), "{of_all:?}");
        let last = of_all.last().copied().expect("there are eight");
        assert_eq!((last.at(), last.what(), last.slot()), (6, ARRIVES, 7));
    }

    #[test]
    fn the_earliest_is_the_greatest() {
        is_in_order::<Plain>();
        is_in_order::<Packed>();
    }
}
