//! What was charged, and what is known about idempotency keys.

use std::collections::VecDeque;

use crate::log::{EventId, RequestId, SpanId};
use crate::policy::outcome::Status;
use crate::scenario::NodeId;
use crate::time::SimTime;

/// How many receipts are at hand.
const RECENT: usize = 64;
/// How many key rows are: some seconds' worth, so that a retry finds the row of its first attempt.
const KEYS: usize = 256;

/// Effects against operations: what must be equal.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// How often somebody was charged.
    pub charges: u32,
    /// How many operations led to a charge.
    pub orders: u32,
    /// The latest charges and replays, oldest first.
    pub receipts: VecDeque<Receipt>,
    charged: Vec<u64>,
}

/// A charge, or the replay of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// When.
    pub at: SimTime,
    /// The event.
    pub event: EventId,
    /// Whose.
    pub request: RequestId,
    /// Whether a stored answer was replayed instead of charging again.
    pub replay: bool,
    /// Whether this operation had been charged before: money to give back.
    pub double: bool,
}

impl Ledger {
    /// About how many bytes it takes beside itself.
    pub(super) fn bytes(&self) -> usize {
        self.receipts.len() * size_of::<Receipt>() + self.charged.len() * size_of::<u64>()
    }

    pub(super) fn charge(&mut self, at: SimTime, event: EventId, request: RequestId) {
        let (word, bit) = (request as usize / 64, request % 64);
        if self.charged.len() <= word {
            self.charged.resize(word + 1, 0);
        }
        let double = self.charged[word] >> bit & 1 == 1;
        self.charged[word] |= 1 << bit;
        self.charges += 1;
        self.orders += u32::from(!double);
        self.note(Receipt { at, event, request, replay: false, double });
    }

    pub(super) fn replay(&mut self, at: SimTime, event: EventId, request: RequestId) {
        self.note(Receipt { at, event, request, replay: true, double: false });
    }

    fn note(&mut self, receipt: Receipt) {
        if self.receipts.len() == RECENT
            && let Some(plain) = self.receipts.iter().position(|receipt| !receipt.double)
        {
            self.receipts.remove(plain);
        }
        push_recent(&mut self.receipts, receipt);
    }

    /// What is worth seeing, latest first: what was charged twice stays, before all others.
    pub fn notable(&self) -> impl Iterator<Item = &Receipt> {
        let some = |double| self.receipts.iter().rev().filter(move |r| r.double == double);
        some(true).chain(some(false))
    }
}

/// What a service knows about one key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyRow {
    /// The service.
    pub node: NodeId,
    /// The attempt that used the key first.
    pub span: SpanId,
    /// The event with which its work began.
    pub first: EventId,
    /// When that was.
    pub at: SimTime,
    /// What became of it.
    pub state: KeyState,
    /// How often the stored answer was replayed.
    pub replays: u32,
    /// How often the key was refused: in progress, or with another body.
    pub refused: u32,
    /// Whether a visitor sent it: such a row stays.
    pub by_hand: bool,
}

/// What became of the work under a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyState {
    /// It is being worked on.
    InProgress,
    /// It is done, and this is the answer.
    Stored(Status),
    /// It failed and the key is free again.
    Freed,
}

/// Adds a row as the latest one; what nobody sent by hand makes room.
pub(super) fn remember_key(rows: &mut VecDeque<KeyRow>, row: KeyRow) {
    if rows.len() == KEYS {
        let oldest = rows.iter().position(|row| !row.by_hand).unwrap_or(0);
        rows.remove(oldest);
    }
    rows.push_back(row);
}

pub(super) fn push_recent<T>(list: &mut VecDeque<T>, value: T) {
    if list.len() == RECENT {
        list.pop_front();
    }
    list.push_back(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_charged_twice_stays_in_sight() {
        let mut ledger = Ledger::default();
        let at = SimTime::from_millis;
        ledger.charge(at(1), 1, 7);
        ledger.charge(at(2), 2, 7);
        for request in 100..400 {
            ledger.charge(at(request.into()), request, request);
        }
        assert_eq!(ledger.receipts.len(), RECENT);
        let seen: Vec<_> = ledger.notable().take(3).map(|r| (r.request, r.double)).collect();
        assert_eq!(seen, [(7, true), (399, false), (398, false)]);
    }
}
