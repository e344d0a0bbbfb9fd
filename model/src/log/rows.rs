//! The events of a log: columns side by side in chunks, of which the full ones are shared between
//! clones.

use std::sync::Arc;

use super::event::{Event, EventId, Kind};
use crate::time::SimTime;

/// Events per chunk: a power of two, so that finding one is a shift and a mask.
const CHUNK: usize = 1024;

/// The columns of as many events as a chunk holds. An event is in the same place of each, so one
/// look-up serves them all.
#[derive(Clone, Debug)]
struct Chunk {
    at_low: [u32; CHUNK],
    at_high: [u16; CHUNK],
    kind: [Kind; CHUNK],
    subject: [u32; CHUNK],
    payload: [u32; CHUNK],
    cause: [u32; CHUNK],
}

impl Chunk {
    fn empty() -> Self {
        Self {
            at_low: [0; CHUNK],
            at_high: [0; CHUNK],
            kind: [Kind::Intervention; CHUNK],
            subject: [0; CHUNK],
            payload: [0; CHUNK],
            cause: [0; CHUNK],
        }
    }

    fn at(&self, place: usize) -> SimTime {
        let (low, high) = (self.at_low[place], self.at_high[place]);
        SimTime::from_nanos(u64::from(high) << 32 | u64::from(low))
    }

    fn event(&self, id: EventId, place: usize) -> Event {
        Event {
            id,
            at: self.at(place),
            kind: self.kind[place],
            subject: self.subject[place],
            payload: self.payload[place],
            cause: self.cause[place],
        }
    }
}

/// All events of a log.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    full: Vec<Arc<Chunk>>,
    /// The chunk that is being filled; none before the first event.
    tail: Option<Box<Chunk>>,
    len: u32,
}

impl Rows {
    /// Bytes that an event takes.
    pub(super) const BYTES: usize = 4 + 2 + 1 + 4 + 4 + 4;

    /// Appends an event, whose `id` is the present length.
    pub(super) fn push(&mut self, event: Event) {
        let place = self.len as usize % CHUNK;
        if place == 0 {
            self.begin_chunk();
        }
        let Some(chunk) = self.tail.as_deref_mut() else { return };
        chunk.at_low[place] = event.at.nanos() as u32;
        chunk.at_high[place] = (event.at.nanos() >> 32) as u16;
        chunk.kind[place] = event.kind;
        chunk.subject[place] = event.subject;
        chunk.payload[place] = event.payload;
        chunk.cause[place] = event.cause;
        self.len += 1;
    }

    /// Counts an event that is not written down, and returns its number.
    pub(super) fn skip(&mut self) -> EventId {
        self.len += 1;
        self.len - 1
    }

    #[cold]
    fn begin_chunk(&mut self) {
        let new = Box::new(Chunk::empty());
        self.full.extend(self.tail.replace(new).map(Arc::from));
    }

    pub(super) const fn len(&self) -> u32 {
        self.len
    }

    /// Panics if there is no such event.
    fn find(&self, id: EventId) -> (&Chunk, usize) {
        let (chunk, place) = (id as usize / CHUNK, id as usize % CHUNK);
        let full = self.full.get(chunk).map(|chunk| &**chunk);
        let tail = || self.tail.as_deref().filter(|_| id < self.len);
        match full.or_else(tail) {
            Some(chunk) => (chunk, place),
            None => panic!("there is no event {id} among {}", self.len),
        }
    }

    /// Panics if there is no such event.
    pub(super) fn get(&self, id: EventId) -> Event {
        let (chunk, place) = self.find(id);
        chunk.event(id, place)
    }

    /// Looks at the events from `first` on that come before `until`, in order.
    ///
    /// Panics if there are not that many.
    pub(super) fn each(&self, first: EventId, until: EventId, mut look: impl FnMut(Event)) {
        let mut next = first;
        while next < until {
            let (chunk, place) = self.find(next);
            let count = (CHUNK - place).min((until - next) as usize);
            for place in place..place + count {
                look(chunk.event(next, place));
                next += 1;
            }
        }
    }

    /// Panics if there is no such event.
    pub(super) fn at(&self, id: EventId) -> SimTime {
        let (chunk, place) = self.find(id);
        chunk.at(place)
    }

    /// The first `len` events; chunks that stay full are shared.
    pub(super) fn prefix(&self, len: u32) -> Self {
        let len = len.min(self.len);
        // A chunk moves to the full ones when the next one is begun.
        let full = (len.saturating_sub(1) as usize / CHUNK).min(self.full.len());
        let copied = self.full.get(full).map(|chunk| Box::new(Chunk::clone(chunk)));
        let tail = copied.or_else(|| self.tail.clone()).filter(|_| len > 0);
        Self { full: self.full[..full].to_vec(), tail, len }
    }
}

impl Rows {
    /// Where each chunk is held, and how many bytes that takes.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (usize, usize)> {
        let full = self.full.iter().map(|chunk| Arc::as_ptr(chunk).addr());
        let tail = self.tail.iter().map(|chunk| std::ptr::from_ref(&**chunk).addr());
        full.chain(tail).map(|place| (place, size_of::<Chunk>()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::NONE;

    fn event(id: u32) -> Event {
        let at = SimTime::from_nanos(u64::from(id) * 3_000_000_000);
        Event { id, at, kind: Kind::Sent, subject: id + 1, payload: id + 2, cause: NONE }
    }

    #[test]
    fn every_prefix_holds_the_first_events_and_can_be_continued() {
        let mut rows = Rows::default();
        let edge = CHUNK as u32;
        let n = 3 * edge + 7;
        (0..n).for_each(|id| rows.push(event(id)));
        assert_eq!(rows.len(), n);
        for len in [0, 1, edge - 1, edge, edge + 1, 3 * edge, n] {
            let mut prefix = rows.prefix(len);
            assert_eq!(prefix.len(), len);
            assert!((0..len).all(|id| prefix.get(id) == event(id)));
            let other = Event { payload: 99, ..event(len) };
            prefix.push(other);
            assert_eq!(prefix.get(len), other);
            prefix.push(event(len + 1));
            assert_eq!(prefix.at(len + 1), event(len + 1).at);
        }
        assert!((0..n).all(|id| rows.get(id) == event(id)), "the original stays as it was");
    }

    #[test]
    #[should_panic(expected = "there is no event 3 among 3")]
    fn there_is_nothing_after_the_last_event() {
        let mut rows = Rows::default();
        (0..3).for_each(|id| rows.push(event(id)));
        let _ = rows.get(3);
    }
}
