//! What happened: an append-only log in columns, in which every event names its cause.
//!
//! An event takes 19 bytes. What several events share is kept beside them once: a row for each
//! request, and a row for each *span*, one attempt at one call. Full chunks are shared between
//! runs with a common past, so a fork costs only what differs.

mod column;
mod event;
mod pack;
mod rows;
mod tally;

pub(crate) use event::{DEADLINE, LAST, breaker_subject};
pub use event::{
    Event, EventId, Fallback, Kind, Picked, Refusal, RequestId, Shedding, SpanId, StatusCode,
    Verdict,
};
pub use pack::{MANY, pack_duration, pack_transition, unpack_transition};
pub use tally::Tally;

use column::Column;
use rows::Rows;

use crate::policy::outcome::Status;
use crate::scenario::POPULATION;
use crate::time::{SimDuration, SimTime};

/// No event, span or request: the end of a chain.
pub const NONE: u32 = u32::MAX;

/// The bit beside an edge, of which there are 64, that tells a copy.
const COPY: u8 = 1 << 7;

/// One attempt at one call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// The request, if a client made the attempt; otherwise the span in whose service it was
    /// made.
    pub parent: u32,
    /// The line it went over, or would have.
    pub edge: u8,
    /// 1 for the first attempt at the call.
    pub attempt: u8,
    /// Whether `parent` is a request.
    pub by_client: bool,
    /// Whether it is a copy of an attempt that had no answer yet.
    pub copy: bool,
}

/// One operation of one client, however many attempts it takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Request {
    /// Who wants it, as [`Scenario::client`](crate::scenario::Scenario::client) tells clients apart.
    pub client: u32,
    /// Decides its draws and its IDs: the number of the arrival, or, with the highest bit set,
    /// of the intervention that sent it.
    pub key: u32,
}

impl Request {
    /// Whether an intervention sent it.
    #[must_use]
    pub fn by_hand(&self) -> bool {
        self.key >> 31 == 1
    }
}

/// How many rows of each kind a log holds: enough to cut it there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Length {
    /// Events.
    pub events: u32,
    /// Spans.
    pub spans: u32,
    /// Requests.
    pub requests: u32,
}

/// The log of a run.
#[derive(Clone, Debug, Default)]
pub struct Log {
    events: Rows,
    span_parent: Column<u32>,
    /// Edge in the low byte, and whether it is a copy; attempt in the high one.
    span_call: Column<u16>,
    request_client: Column<u32>,
    request_key: Column<u32>,
    /// Bit `e` is set if calls over edge `e` are made by clients.
    client_edges: u64,
    /// What is kept instead of all the rows.
    tally: Option<Box<Tally>>,
    tells_clients: bool,
}

impl Log {
    /// An empty log. Bit `e` of `client_edges` says that edge `e` starts at clients.
    #[must_use]
    pub fn new(client_edges: u64) -> Self {
        Self { client_edges, ..Self::default() }
    }

    /// Nothing is written down from now on, only counted, except perhaps whose requests there are. To be
    /// said of an empty log.
    pub(crate) fn only_count(&mut self, tells_clients: bool) {
        self.tally = Some(Box::default());
        self.tells_clients = tells_clients;
    }

    /// What was counted instead of written down.
    pub(crate) fn into_tally(self) -> Option<Tally> {
        let mut tally = *self.tally?;
        tally.events = self.events.len();
        Some(tally)
    }

    /// Appends an event and returns its ID. `at` must not be earlier than the last event's.
    pub fn push(
        &mut self,
        at: SimTime,
        kind: Kind,
        subject: u32,
        payload: u32,
        cause: EventId,
    ) -> EventId {
        self.push_with(at, kind, subject, || payload, cause)
    }

    /// The same with a payload that is made only if it is written down.
    #[inline]
    pub(crate) fn push_with(
        &mut self,
        at: SimTime,
        kind: Kind,
        subject: u32,
        payload: impl FnOnce() -> u32,
        cause: EventId,
    ) -> EventId {
        if let Some(tally) = &mut self.tally {
            tally.push(kind);
            return self.events.skip();
        }
        let id = self.events.len();
        self.events.push(Event { id, at, kind, subject, payload: payload(), cause });
        id
    }

    /// Appends a span and returns its ID.
    #[inline(always)]
    pub fn push_span(&mut self, parent: u32, edge: u8, attempt: u8) -> SpanId {
        if let Some(tally) = &mut self.tally {
            return tally.push_span();
        }
        let id = self.span_parent.len();
        self.span_parent.push(parent);
        self.span_call.push(u16::from_le_bytes([edge, attempt]));
        id
    }

    /// The same for a copy of an attempt.
    pub(crate) fn push_copy(&mut self, parent: u32, edge: u8, attempt: u8) -> SpanId {
        self.push_span(parent, edge | COPY, attempt)
    }

    /// Appends a request and returns its ID.
    pub fn push_request(&mut self, request: Request) -> RequestId {
        self.push_request_with(|| request)
    }

    /// The same with a row that is made only if it is written down.
    #[inline]
    pub(crate) fn push_request_with(&mut self, request: impl FnOnce() -> Request) -> RequestId {
        if let Some(tally) = &mut self.tally {
            return tally.push_request();
        }
        let request = request();
        let id = self.request_client.len();
        self.request_client.push(request.client);
        self.request_key.push(request.key);
        id
    }

    /// Whether it is to be told whose requests are only counted.
    #[inline]
    pub(crate) fn tells_clients(&self) -> bool {
        self.tells_clients
    }

    /// Tells whose the next request is.
    pub(crate) fn tell_client(&mut self, client: u32) {
        self.request_client.push(client);
    }

    /// Notes how long an operation took, where that is not read off the events later.
    pub(crate) fn operation_over(&mut self, took: SimDuration, status: Status) {
        if let Some(tally) = &mut self.tally {
            tally.operation_over(took, status);
        }
    }

    /// How many events there are; their IDs are `0..len()`.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.events.len()
    }

    /// Whether nothing has happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many rows there are of everything.
    #[must_use]
    pub fn length(&self) -> Length {
        Length {
            events: self.events.len(),
            spans: self.span_parent.len(),
            requests: self.request_client.len(),
        }
    }

    /// The event with this ID.
    ///
    /// # Panics
    /// If there is no such event.
    #[must_use]
    pub fn event(&self, id: EventId) -> Event {
        self.events.get(id)
    }

    /// When this event happened.
    ///
    /// # Panics
    /// If there is no such event.
    #[must_use]
    pub fn at(&self, id: EventId) -> SimTime {
        self.events.at(id)
    }

    /// The events from `first` on, in order.
    pub fn events_from(&self, first: EventId) -> impl Iterator<Item = Event> + '_ {
        (first..self.len()).map(|id| self.event(id))
    }

    /// Looks at the events from `first` on that come before `until`, in order: faster than one by
    /// one.
    ///
    /// # Panics
    /// If there are not that many events.
    pub fn each(&self, first: EventId, until: EventId, look: impl FnMut(Event)) {
        self.events.each(first, until, look);
    }

    /// How many events happened at or before `at`.
    #[must_use]
    pub fn count_until(&self, at: SimTime) -> u32 {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.at(middle) <= at { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// The span with this ID.
    ///
    /// # Panics
    /// If there is no such span.
    #[must_use]
    pub fn span(&self, id: SpanId) -> Span {
        let [place, attempt] = self.span_call.get(id).to_le_bytes();
        let edge = place & !COPY;
        let by_client = self.client_edges >> edge & 1 == 1;
        let copy = place & COPY != 0;
        Span { parent: self.span_parent.get(id), edge, attempt, by_client, copy }
    }

    /// The request that a span belongs to.
    ///
    /// # Panics
    /// If there is no such span.
    #[must_use]
    pub fn request_of(&self, span: SpanId) -> RequestId {
        let mut row = self.span(span);
        while !row.by_client {
            row = self.span(row.parent);
        }
        row.parent
    }

    /// The request with this ID.
    ///
    /// # Panics
    /// If there is no such request.
    #[must_use]
    pub fn request(&self, id: RequestId) -> Request {
        Request { client: self.request_client.get(id), key: self.request_key.get(id) }
    }

    /// The client within its population who made a request, if that was written down.
    #[must_use]
    pub fn client_of(&self, request: RequestId) -> Option<u16> {
        let written = request < self.request_client.len();
        written.then(|| (self.request_client.get(request) % POPULATION) as u16)
    }

    /// The log as it was when it had this length. Full chunks are shared, not copied.
    #[must_use]
    pub fn prefix(&self, length: Length) -> Self {
        Self {
            events: self.events.prefix(length.events),
            span_parent: self.span_parent.prefix(length.spans),
            span_call: self.span_call.prefix(length.spans),
            request_client: self.request_client.prefix(length.requests),
            request_key: self.request_key.prefix(length.requests),
            client_edges: self.client_edges,
            tally: None,
            tells_clients: false,
        }
    }

    /// The log hash: 64 bits over every event, span and request. Equal on every platform for
    /// equal experiments.
    #[must_use]
    pub fn hash(&self) -> u64 {
        let mut hash = 0x4841_4c46_4f50_454e; // "HALFOPEN"
        let mut fold = |word: u64| hash = crate::random::nest(hash, word);
        for id in 0..self.len() {
            let e = self.event(id);
            fold(e.at.nanos() << 8 | e.kind as u64);
            fold(u64::from(e.subject) << 32 | u64::from(e.payload));
            fold(u64::from(e.cause));
        }
        for id in 0..self.span_parent.len() {
            fold(u64::from(self.span_parent.get(id)) << 16 | u64::from(self.span_call.get(id)));
        }
        for id in 0..self.request_client.len() {
            fold(
                u64::from(self.request_client.get(id)) << 32 | u64::from(self.request_key.get(id)),
            );
        }
        hash
    }

    /// Bytes held, shared chunks counted in full.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let length = self.length();
        length.events as usize * Rows::BYTES
            + length.spans as usize * 6
            + length.requests as usize * 8
    }

    /// Where its chunks are held, and how many bytes each takes.
    pub(crate) fn blocks(&self) -> Vec<(usize, usize)> {
        let spans = self.span_parent.blocks().chain(self.span_call.blocks());
        let requests = self.request_client.blocks().chain(self.request_key.blocks());
        self.events.blocks().chain(spans).chain(requests).collect()
    }
}

/// A duration as a payload holds it.
#[must_use]
pub fn unpack_duration(packed: u32) -> SimDuration {
    pack::unpack_duration(packed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(n: u32) -> Log {
        let mut log = Log::new(1);
        for i in 0..n {
            let request = log.push_request(Request { client: i, key: i });
            let span = log.push_span(request, 0, 1);
            log.push(SimTime::from_millis(u64::from(i)), Kind::Sent, span, i, NONE);
        }
        log
    }

    #[test]
    fn a_prefix_is_the_log_as_it_was() {
        let long = filled(10_000);
        let short = filled(6_000);
        let cut = long.prefix(short.length());
        assert_eq!(cut.hash(), short.hash());
        assert_ne!(cut.hash(), long.hash());
    }

    #[test]
    fn the_hash_sees_every_column() {
        let base = filled(3).hash();
        let mut log = filled(2);
        let request = log.push_request(Request { client: 2, key: 2 });
        let span = log.push_span(request, 0, 1);
        let mut variants = Vec::new();
        for (at, kind, payload, cause) in [
            (3, Kind::Sent, 2, NONE),
            (2, Kind::Answered, 2, NONE),
            (2, Kind::Sent, 3, NONE),
            (2, Kind::Sent, 2, 0),
        ] {
            let mut log = log.clone();
            log.push(SimTime::from_millis(at), kind, span, payload, cause);
            variants.push(log.hash());
        }
        assert!(variants.iter().all(|hash| *hash != base));
    }

    #[test]
    fn times_survive_beyond_four_seconds() {
        let mut log = Log::new(0);
        let day = SimTime::from_millis(24 * 3600 * 1000);
        log.push(day, Kind::Intervention, 0, 0, NONE);
        assert_eq!(log.at(0), day);
        assert_eq!(log.count_until(day), 1);
        assert_eq!(log.count_until(SimTime::from_millis(5)), 0);
    }
}
