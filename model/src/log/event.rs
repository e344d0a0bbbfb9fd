//! The kinds of events, and what each carries.

use super::pack;
use super::{NONE, unpack_duration};
use crate::policy::outcome::{Outcome, Status};
use crate::policy::stack::Layer;
use crate::scenario::EdgeId;
use crate::time::{SimDuration, SimTime};

/// The number of an event in its log.
pub type EventId = u32;
/// The number of a span in its log.
pub type SpanId = u32;
/// The number of a request in its log.
pub type RequestId = u32;

/// What happened. The comment says what `subject` and `payload` are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Kind {
    /// A visitor did something (subject: index of the intervention).
    Intervention,
    /// A fault was over (subject: index of the intervention; cause: its start).
    FaultEnded,
    /// A client wants something (subject: request; payload: client).
    Arrived,
    /// An attempt left its caller (subject: span; payload: time on the way).
    Sent,
    /// An attempt was refused by its own caller and never sent (subject: span; payload: whether
    /// it was the [last](Event::is_last), and [why](Event::refusal); cause: the transition that
    /// refuses, what those do who have the places, or what made it be made).
    Rejected,
    /// A request vanished on the way (subject: span; cause: the fault, or the sending).
    RequestLost,
    /// All workers were busy (subject: span; payload: how many wait now).
    Queued,
    /// All workers were busy and the queue was full (subject: span; payload: its capacity).
    QueueFull,
    /// A worker began (subject: span; payload: how long its own work takes).
    Started,
    /// A service looked at a request or its `Idempotency-Key` and does no work (subject: span; payload:
    /// [`Verdict`]; cause: the event the verdict rests on).
    Verdict,
    /// The effect that must not happen twice happened (subject: span; payload: request).
    Charged,
    /// A service lost what it was doing (subject: span; cause: the crash).
    WorkLost,
    /// A service let go of a request (subject: span; payload: status, time on the way).
    Responded,
    /// A response vanished on the way (subject: span; cause: the fault, or the response).
    ResponseLost,
    /// A response arrived in time (subject: span; payload: status, whether it was the last).
    Answered,
    /// A response arrived after its caller had given up (subject: span; payload: status).
    AnsweredLate,
    /// A caller gave up on an attempt (subject: span; payload: whether it was the last, the wait,
    /// and whether it was the [deadline](Event::is_deadline) that ended it).
    TimedOut,
    /// A caller will try again (subject: the failed span; payload: the wait).
    BackedOff,
    /// A breaker changed state (subject: [whose](Event::breaker); payload: [`pack::pack_transition`]; cause: what
    /// made it).
    Breaker,
    /// A caller would have tried again, and its retry budget or its deadline did not let it (subject: the
    /// failed span; payload: the [wait](Event::wait_denied) that would have been too long; cause: how it
    /// failed).
    Denied,
    /// A service turned a request away although it had room (subject: span; payload: [`Shedding`];
    /// cause: what kept its workers busy, or that it had to wait).
    Shed,
    /// A service stopped what it was doing for a caller that had gone (subject: span; cause: how that
    /// one ended).
    Cancelled,
    /// All places of a bulkhead were taken, so an attempt was not sent yet (subject: span; payload: how
    /// many wait now; cause: what the one does who has had a place for longest).
    Held,
    /// There was no answer for long enough, so a copy of an attempt was made (subject: the span of the copy;
    /// payload: for how long; cause: the sending of the first one).
    Hedged,
    /// Another copy was answered first, so a caller waits for this one no longer (subject: span; cause: that
    /// answer).
    Overtaken,
    /// A call had failed for good, and its caller falls back on something (subject: the failed span; payload:
    /// [`Fallback`]; cause: how that one ended).
    FellBack,
    /// A service chose whom it calls for a request (subject: the span of that; payload: [`Picked`]; cause: what
    /// it did before).
    Picked,
    /// A request was doubled on its way, and nobody waits for the second one (subject: the span of that; payload:
    /// time on the way; cause: the fault).
    Duplicated,
}

impl Kind {
    /// Every kind, in the order of their codes.
    pub const ALL: [Self; 28] = [
        Self::Intervention,
        Self::FaultEnded,
        Self::Arrived,
        Self::Sent,
        Self::Rejected,
        Self::RequestLost,
        Self::Queued,
        Self::QueueFull,
        Self::Started,
        Self::Verdict,
        Self::Charged,
        Self::WorkLost,
        Self::Responded,
        Self::ResponseLost,
        Self::Answered,
        Self::AnsweredLate,
        Self::TimedOut,
        Self::BackedOff,
        Self::Breaker,
        Self::Denied,
        Self::Shed,
        Self::Cancelled,
        Self::Held,
        Self::Hedged,
        Self::Overtaken,
        Self::FellBack,
        Self::Picked,
        Self::Duplicated,
    ];

    /// Whether the subject of such an event is a span.
    #[must_use]
    pub const fn is_of_span(self) -> bool {
        !matches!(self, Self::Intervention | Self::FaultEnded | Self::Arrived | Self::Breaker)
    }

    /// A word for tables: `timed out`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Intervention => "intervention",
            Self::FaultEnded => "fault ended",
            Self::Arrived => "arrived",
            Self::Sent => "sent",
            Self::Rejected => "rejected",
            Self::RequestLost => "request lost",
            Self::Queued => "queued",
            Self::QueueFull => "queue full",
            Self::Started => "started",
            Self::Verdict => "key checked",
            Self::Charged => "charged",
            Self::WorkLost => "work lost",
            Self::Responded => "responded",
            Self::ResponseLost => "response lost",
            Self::Answered => "answered",
            Self::AnsweredLate => "answered late",
            Self::TimedOut => "timed out",
            Self::BackedOff => "backed off",
            Self::Breaker => "breaker",
            Self::Denied => "retry denied",
            Self::Shed => "shed",
            Self::Cancelled => "cancelled",
            Self::Held => "held back",
            Self::Hedged => "hedged",
            Self::Overtaken => "overtaken",
            Self::FellBack => "fell back",
            Self::Picked => "picked",
            Self::Duplicated => "duplicated",
        }
    }
}

/// What an answer says, in four bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum StatusCode {
    /// An HTTP status.
    Http(Status),
    /// No answer but a broken or refused connection.
    #[default]
    ConnectionFailed,
}

const STATUSES: [Status; 13] = [
    Status(200),
    Status(201),
    Status(400),
    Status(404),
    Status(405),
    Status(409),
    Status(422),
    Status(429),
    Status(500),
    Status(502),
    Status(503),
    Status(504),
    Status::DEGRADED,
];
const CONNECTION_FAILED: u8 = 15;

impl StatusCode {
    /// The payload of an answer: this status, and a duration.
    #[must_use]
    pub fn pack(self, duration: u32) -> u32 {
        let code = match self {
            Self::ConnectionFailed => CONNECTION_FAILED,
            // A status outside the table would be a bug; 500 is what a server says of its bugs.
            Self::Http(status) => STATUSES.iter().position(|s| *s == status).unwrap_or(8) as u8,
        };
        pack::with_code(code, duration)
    }

    const fn unpack(payload: u32) -> Self {
        let code = pack::code_of(payload) as usize;
        if code < STATUSES.len() { Self::Http(STATUSES[code]) } else { Self::ConnectionFailed }
    }

    /// The HTTP status, if it is one.
    #[must_use]
    pub const fn http(self) -> Option<u16> {
        match self {
            Self::Http(status) => Some(status.0),
            Self::ConnectionFailed => None,
        }
    }

    /// Whether this is a 2xx that had to do without a part.
    #[must_use]
    pub const fn is_degraded(self) -> bool {
        matches!(self, Self::Http(status) if status.is_degraded())
    }

    /// Whether this is a 2xx, degraded or not.
    #[must_use]
    pub fn is_success(self) -> bool {
        matches!(self, Self::Http(status) if status.is_success())
    }
}

/// What a service concluded from an `Idempotency-Key` without doing any work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Verdict {
    /// Done before: the stored answer, again.
    Replayed,
    /// Still being worked on: `409`.
    InProgress,
    /// Another body came with this key: `422`.
    Mismatch,
    /// A key is required: `400`.
    Missing,
    /// The method or the path is not known: `405` or `404`. Written only where the answer has to
    /// wait, because the service hangs.
    Refused,
    /// The row that it would have written was written meanwhile by another request: `409`.
    Conflict,
    /// Its deadline had passed before its work began: `504`.
    Expired,
    /// Its deadline passed while it was worked on, and calls were due next: `504`.
    ExpiredAtWork,
    /// The answer was in the cache.
    Cached,
    /// Somebody fetches the answer already: it waits for that.
    Joined,
}

impl Verdict {
    /// Whether it comes after work, not instead of it.
    #[must_use]
    pub const fn is_after_work(self) -> bool {
        matches!(self, Self::Conflict | Self::ExpiredAtWork)
    }

    /// Whether it says that nobody waits for the answer any more.
    #[must_use]
    pub const fn is_expired(self) -> bool {
        matches!(self, Self::Expired | Self::ExpiredAtWork)
    }
}

/// Why a service turned a request away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shedding {
    /// It had waited as long as one may in a queue that was empty a moment before.
    Waited,
    /// It had waited as long as one may in a queue that had not been empty for a while.
    Standing,
    /// More than this many would have waited.
    Length(u32),
    /// As many as this were let in already.
    Limit(u32),
}

impl Shedding {
    /// Its payload.
    #[must_use]
    pub const fn pack(self) -> u32 {
        match self {
            Self::Waited => pack::with_code(0, 0),
            Self::Standing => pack::with_code(1, 0),
            Self::Length(longest) => pack::with_code(2, longest),
            Self::Limit(limit) => pack::with_code(3, limit),
        }
    }

    const fn unpack(payload: u32) -> Self {
        match pack::code_of(payload) {
            0 => Self::Waited,
            1 => Self::Standing,
            2 => Self::Length(pack::below_code(payload)),
            _ => Self::Limit(pack::below_code(payload)),
        }
    }
}

/// Whom a service chose among those that it may call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Picked {
    /// The line to it.
    pub edge: u8,
    /// How many calls it had under way there, up to 65,535.
    pub in_flight: u32,
    /// How many others it passed over, because their breakers would have refused.
    pub passed_over: u8,
}

impl Picked {
    /// Its payload.
    #[must_use]
    pub const fn pack(self) -> u32 {
        let in_flight = if self.in_flight > 0xffff { 0xffff } else { self.in_flight };
        in_flight << 16 | (self.passed_over as u32) << 8 | self.edge as u32
    }

    const fn unpack(payload: u32) -> Self {
        Self { edge: payload as u8, in_flight: payload >> 16, passed_over: (payload >> 8) as u8 }
    }
}

/// Why an attempt was never sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// Its breaker lets nothing through, or no more.
    Breaker,
    /// All places of its bulkhead were taken, and as many waited as may.
    Bulkhead {
        /// How many had a place.
        in_flight: u32,
        /// How many waited for one.
        waiting: u32,
    },
    /// Its rate limit was reached.
    RateLimit {
        /// How long it was until the next permit.
        wait: SimDuration,
    },
}

/// The bits of each of two counts, or half of a duration, above [`LAST`]; above them is the reason.
const REFUSED_BITS: u32 = 14;
const REASON: u32 = 2 * REFUSED_BITS + 1;

impl Refusal {
    /// Its payload, without [`LAST`].
    pub(crate) fn pack(self) -> u32 {
        match self {
            Self::Breaker => 0,
            Self::RateLimit { wait } => 2 << REASON | pack::pack_duration(wait) << 1,
            Self::Bulkhead { in_flight, waiting } => {
                1 << REASON | in_flight << (REFUSED_BITS + 1) | waiting << 1
            }
        }
    }

    const fn unpack(payload: u32) -> Self {
        let most = (1 << REFUSED_BITS) - 1;
        match payload >> REASON {
            0 => Self::Breaker,
            2 => Self::RateLimit { wait: pack::unpack_duration(payload >> 1) },
            _ => Self::Bulkhead {
                in_flight: payload >> (REFUSED_BITS + 1) & most,
                waiting: payload >> 1 & most,
            },
        }
    }

    /// What refused.
    #[must_use]
    pub const fn layer(self) -> Layer {
        match self {
            Self::Breaker => Layer::Breaker,
            Self::Bulkhead { .. } => Layer::Bulkhead,
            Self::RateLimit { .. } => Layer::RateLimit,
        }
    }

    /// The same for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.layer().name()
    }
}

/// What a caller falls back on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fallback {
    /// An answer that is always at hand.
    Static,
    /// The last good answer.
    Stale {
        /// How long ago that came.
        age: SimDuration,
    },
    /// This call, which is made now.
    Call(EdgeId),
}

/// Where [`Status::DEGRADED`] stands.
const DEGRADED: u8 = STATUSES.len() as u8 - 1;

impl Fallback {
    /// Its payload: that of a degraded answer, unless a call is made now.
    pub(crate) fn pack(self) -> u32 {
        match self {
            Self::Static => pack::with_code(DEGRADED, 0),
            // An answer of this very instant is still an old one.
            Self::Stale { age } => pack::with_code(DEGRADED, pack::pack_duration(age).max(1)),
            Self::Call(edge) => pack::with_code(CONNECTION_FAILED, u32::from(edge)),
        }
    }

    pub(crate) const fn unpack(payload: u32) -> Self {
        match (pack::code_of(payload), pack::below_code(payload)) {
            (DEGRADED, 0) => Self::Static,
            (DEGRADED, age) => Self::Stale { age: pack::unpack_duration(age) },
            (_, edge) => Self::Call(edge as EdgeId),
        }
    }
}

/// A row of the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Event {
    /// Its number.
    pub id: EventId,
    /// When.
    pub at: SimTime,
    /// What.
    pub kind: Kind,
    /// What it happened to: see [`Kind`].
    pub subject: u32,
    /// What else is known: see [`Kind`].
    pub payload: u32,
    /// The event that made it happen, or [`NONE`].
    pub cause: EventId,
}

/// Whose breaker it is, as the subject of an event.
#[must_use]
pub(crate) fn breaker_subject(edge: EdgeId, client: Option<u16>) -> u32 {
    u32::from(edge) | client.map_or(0, |client| u32::from(client) + 1) << 8
}

/// The bit that says that neither another attempt follows nor a fallback.
pub(crate) const LAST: u32 = 1;
/// The bit that says that it was the deadline of the call that ended an attempt, above a duration and
/// [`LAST`].
pub(crate) const DEADLINE: u32 = 1 << 31;

impl Event {
    /// The span it happened to, if it happened to one.
    #[must_use]
    pub const fn span(&self) -> Option<SpanId> {
        if self.kind.is_of_span() { Some(self.subject) } else { None }
    }

    /// The cause, if there is one.
    #[must_use]
    pub const fn cause(&self) -> Option<EventId> {
        if self.cause == NONE { None } else { Some(self.cause) }
    }

    /// The duration it carries: time on the way, work, wait or timeout.
    #[must_use]
    pub fn duration(&self) -> SimDuration {
        match self.kind {
            Kind::TimedOut => unpack_duration(self.payload >> 1),
            _ => unpack_duration(self.payload),
        }
    }

    /// Which breaker changed its state: that of this line or, where each client has its own, that of
    /// this one of its callers.
    #[must_use]
    pub const fn breaker(&self) -> (EdgeId, Option<u16>) {
        let client = (self.subject >> 8).checked_sub(1);
        let client = if let Some(client) = client { Some(client as u16) } else { None };
        (self.subject as EdgeId, client)
    }

    /// The status of a response.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        StatusCode::unpack(self.payload)
    }

    /// Whether this ended the call: neither another attempt follows nor a fallback.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        match self.kind {
            Kind::Answered | Kind::TimedOut | Kind::Rejected => self.payload & LAST == LAST,
            Kind::FellBack => !matches!(self.fallback(), Fallback::Call(_)),
            _ => false,
        }
    }

    /// Whether a caller has an answer with this: a success, whole or not, or what it falls back on.
    #[must_use]
    pub fn gives_answer(&self) -> bool {
        matches!(self.kind, Kind::Answered | Kind::FellBack) && self.status().is_success()
    }

    /// What a caller falls back on.
    #[must_use]
    pub const fn fallback(&self) -> Fallback {
        Fallback::unpack(self.payload)
    }

    /// Why an attempt was never sent.
    #[must_use]
    pub const fn refusal(&self) -> Refusal {
        Refusal::unpack(self.payload)
    }

    /// Why a service turned a request away.
    #[must_use]
    pub const fn shedding(&self) -> Shedding {
        Shedding::unpack(self.payload)
    }

    /// Whom a service chose.
    #[must_use]
    pub const fn picked(&self) -> Picked {
        Picked::unpack(self.payload)
    }

    /// Whether the deadline of a call has passed with this: *deadline exceeded*.
    #[must_use]
    pub const fn is_deadline(&self) -> bool {
        matches!(self.kind, Kind::TimedOut) && self.payload & DEADLINE == DEADLINE
    }

    /// Whether work was not begun, or calls not made, because nobody waits any more.
    #[must_use]
    pub const fn is_expired(&self) -> bool {
        matches!(self.kind, Kind::Verdict) && self.verdict().is_expired()
    }

    /// How an attempt ended with this, for its caller.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        match (self.kind, self.status()) {
            (Kind::TimedOut, _) => Outcome::TimedOut,
            (Kind::Rejected, _) => Outcome::Rejected,
            (_, StatusCode::Http(status)) => Outcome::Answered(status),
            (_, StatusCode::ConnectionFailed) => Outcome::ConnectionFailed,
        }
    }

    /// The wait for another attempt that would have ended after the deadline, or the timeout for all attempts;
    /// none: it was the retry budget that was spent.
    #[must_use]
    pub fn wait_denied(&self) -> Option<SimDuration> {
        let by_deadline = self.kind == Kind::Denied && self.payload & LAST == LAST;
        by_deadline.then(|| unpack_duration(self.payload >> 1))
    }

    /// Whether it was a timeout for all attempts that left no time for another one.
    #[must_use]
    pub fn is_denied_by_timeout(&self) -> bool {
        self.wait_denied().is_some() && self.payload & DEADLINE != 0
    }

    /// What a service concluded from a key.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match self.payload {
            0 => Verdict::Replayed,
            1 => Verdict::InProgress,
            2 => Verdict::Mismatch,
            3 => Verdict::Missing,
            4 => Verdict::Refused,
            5 => Verdict::Conflict,
            6 => Verdict::Expired,
            7 => Verdict::ExpiredAtWork,
            8 => Verdict::Cached,
            _ => Verdict::Joined,
        }
    }
}
