//! What each simulated service would have written to its own log. Nobody writes a line about what
//! nobody sees: a message that was lost, or work that went down with its worker.

use super::filter;
use half_open::log::{
    Event, Fallback, Kind, Refusal, Shedding, SpanId, StatusCode, Verdict, unpack_transition,
};
use half_open::policy::breaker::{Reason, State};
use half_open::run::{Run, ids};
use half_open::scenario::{NodeId, POPULATION};

/// How loud a line is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    /// As usual.
    Info,
    /// Worth a look.
    Warn,
    /// Somebody got an error.
    Error,
}

impl Level {
    /// As logs write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

/// A structured line.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// Who wrote it.
    pub node: NodeId,
    /// How loud it is.
    pub level: Level,
    /// What it says.
    pub message: &'static str,
    /// Names and values, the correlation ID last.
    pub fields: Vec<(&'static str, String)>,
}

impl Line {
    /// As one line of text: `WARN api timed out call=bank attempt=1 timeout_ms=300 trace_id=7f3a…`
    /// (logfmt).
    #[must_use]
    pub fn text(&self, run: &Run) -> String {
        let name = run.experiment().scenario.node_name(self.node);
        let mut text = format!("{} {name} {}", self.level.name(), self.message);
        for (name, value) in &self.fields {
            text.push(' ');
            text.push_str(name);
            text.push('=');
            if value.contains([' ', '"', '=']) {
                text.push_str(&format!("{value:?}"));
            } else {
                text.push_str(value);
            }
        }
        text
    }
}

/// Who notices what happens to a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Caller,
    Callee,
}

const fn side(kind: Kind) -> Option<Side> {
    match kind {
        Kind::Arrived
        | Kind::Sent
        | Kind::Held
        | Kind::Hedged
        | Kind::Overtaken
        | Kind::FellBack
        | Kind::Duplicated
        | Kind::Rejected
        | Kind::Answered
        | Kind::AnsweredLate
        | Kind::TimedOut
        | Kind::BackedOff
        | Kind::Denied
        | Kind::Breaker => Some(Side::Caller),
        Kind::Queued
        | Kind::QueueFull
        | Kind::Shed
        | Kind::Started
        | Kind::Picked
        | Kind::Verdict
        | Kind::Charged
        | Kind::Responded => Some(Side::Callee),
        Kind::RequestLost
        | Kind::ResponseLost
        | Kind::WorkLost
        | Kind::Cancelled
        | Kind::Intervention
        | Kind::FaultEnded => None,
    }
}

/// Whether an event leaves a [`line`].
pub(super) const fn is_written(kind: Kind) -> bool {
    side(kind).is_some()
}

/// The ID in the line of an event. A caller knows its call by the ID of what it works on, a callee by
/// the one that came with the call.
pub(super) fn trace(run: &Run, event: &Event) -> Option<u128> {
    let by_caller = side(event.kind) == Some(Side::Caller);
    let call = event.span().map(|span| run.log().span(span));
    match call.filter(|call| by_caller && !call.by_client) {
        Some(call) => Some(ids::trace_of(run, call.parent)),
        None => filter::trace(run, event),
    }
}

/// The line that an event leaves in somebody's log, if it leaves one.
#[must_use]
pub fn line(run: &Run, event: Event) -> Option<Line> {
    match event.kind {
        Kind::Breaker => return breaker(run, event),
        Kind::Arrived => return arrived(run, event),
        _ => {}
    }
    let side = side(event.kind)?;
    let span = event.span()?;
    let row = run.log().span(span);
    let edge = run.experiment().scenario.edge(row.edge)?;
    let attempt = ("attempt", row.attempt.to_string());
    let ms = |name| (name, millis(event.duration().nanos()));
    let (level, message, fields) = match event.kind {
        Kind::Sent => (Level::Info, "calling", vec![attempt]),
        Kind::Picked => {
            let picked = event.picked();
            let to = run.experiment().scenario.edge(picked.edge)?.to;
            let target = run.experiment().scenario.node_name(to).to_owned();
            let in_flight = ("in_flight", picked.in_flight.to_string());
            (Level::Info, "picked an instance", vec![("target", target), in_flight])
        }
        Kind::Hedged => (Level::Info, "no answer yet: hedging", vec![attempt, ms("waited_ms")]),
        Kind::Duplicated => (Level::Warn, "arrives a second time", vec![attempt]),
        Kind::Overtaken => (Level::Info, "another copy was faster", vec![attempt]),
        Kind::FellBack => match event.fallback() {
            Fallback::Static => (Level::Warn, "falls back on a static answer", vec![]),
            Fallback::Stale { age } => {
                let age = ("age_ms", millis(age.nanos()));
                (Level::Warn, "falls back on the last good answer", vec![age])
            }
            Fallback::Call(other) => {
                let scenario = &run.experiment().scenario;
                let other = scenario.edge(other).map_or("", |edge| scenario.node_name(edge.to));
                (Level::Warn, "falls back on another service", vec![("fallback", other.into())])
            }
        },
        Kind::Rejected => match event.refusal() {
            Refusal::Breaker => (Level::Warn, "not sent: circuit breaker is open", vec![attempt]),
            Refusal::RateLimit { wait } => {
                let next = ("next_ms", millis(wait.nanos()));
                (Level::Warn, "not sent: rate limit is reached", vec![attempt, next])
            }
            Refusal::Bulkhead { in_flight, waiting } => {
                let counts = [("in_flight", in_flight), ("waiting", waiting)];
                let counts = counts.map(|(name, count)| (name, count.to_string()));
                let fields = [attempt].into_iter().chain(counts).collect();
                (Level::Warn, "not sent: bulkhead is full", fields)
            }
        },
        Kind::Held => {
            let waiting = ("waiting", event.payload.to_string());
            (Level::Info, "waits: bulkhead is full", vec![attempt, waiting])
        }
        Kind::TimedOut if event.is_deadline() => {
            (Level::Warn, "deadline exceeded", vec![attempt, ms("waited_ms")])
        }
        Kind::TimedOut => (Level::Warn, "timed out", vec![attempt, ms("timeout_ms")]),
        Kind::BackedOff => (Level::Info, "will retry", vec![attempt, ms("wait_ms")]),
        Kind::Denied if event.is_denied_by_timeout() => (
            Level::Warn,
            "not retried: the wait would end after the timeout for all",
            vec![attempt],
        ),
        Kind::Denied if event.wait_denied().is_some() => {
            (Level::Warn, "not retried: the wait would end after the deadline", vec![attempt])
        }
        Kind::Denied => (Level::Warn, "not retried: budget is spent", vec![attempt]),
        Kind::Answered => {
            let (level, message, code) = answer(event.status());
            (level, message, vec![attempt, ("status", code)])
        }
        Kind::AnsweredLate => {
            let code = answer(event.status()).2;
            (Level::Info, "answer came too late", vec![attempt, ("status", code)])
        }
        Kind::Queued => {
            let waiting = ("waiting", event.payload.to_string());
            (Level::Info, "queued: all workers busy", vec![waiting])
        }
        Kind::QueueFull => {
            let capacity = ("capacity", event.payload.to_string());
            (Level::Error, "turned away: queue full", vec![capacity])
        }
        Kind::Shed => (Level::Error, "turned away: load is shed", vec![shedding(event.shedding())]),
        Kind::Started => (Level::Info, "started", vec![]),
        Kind::Verdict => {
            let (level, message) = verdict(event.verdict());
            (level, message, vec![("idempotency_key", key(run, span))])
        }
        Kind::Charged => (Level::Info, "charged", vec![("idempotency_key", key(run, span))]),
        Kind::Responded => {
            let (level, _, code) = answer(event.status());
            (level, "responded", vec![("status", code)])
        }
        Kind::RequestLost
        | Kind::ResponseLost
        | Kind::WorkLost
        | Kind::Cancelled
        | Kind::Arrived
        | Kind::Breaker
        | Kind::Intervention
        | Kind::FaultEnded => return None,
    };
    let (node, other) = match side {
        Side::Caller => (edge.from, ("call", edge.to)),
        Side::Callee => (edge.to, ("from", edge.from)),
    };
    let other = (other.0, run.experiment().scenario.node_name(other.1).to_owned());
    let known = trace(run, &event).map(written);
    let fields = std::iter::once(other).chain(fields).chain(known).collect();
    Some(Line { node, level, message, fields })
}

fn written(trace: u128) -> (&'static str, String) {
    ("trace_id", format!("{trace:032x}"))
}

fn arrived(run: &Run, event: Event) -> Option<Line> {
    let request = run.log().request(event.subject);
    let edge = run.experiment().scenario.edge(ids::first_edge(run, event.subject))?;
    let client = ("client", (request.client % POPULATION).to_string());
    let fields = std::iter::once(client).chain(trace(run, &event).map(written)).collect();
    Some(Line { node: edge.from, level: Level::Info, message: "begins a request", fields })
}

fn breaker(run: &Run, event: Event) -> Option<Line> {
    let (edge, client) = event.breaker();
    let edge = run.experiment().scenario.edge(edge)?;
    let (to, reason, ..) = unpack_transition(event.payload);
    let call = ("call", run.experiment().scenario.node_name(edge.to).to_owned());
    let (level, message) = match to {
        State::Open | State::ForcedOpen => (Level::Error, "circuit breaker opened"),
        State::HalfOpen => (Level::Warn, "circuit breaker is half-open"),
        State::Closed => (Level::Info, "circuit breaker closed"),
        State::Disabled => (Level::Warn, "circuit breaker is held closed"),
        State::MetricsOnly => (Level::Warn, "circuit breaker only counts"),
    };
    let because = ("reason", Reason::name(reason).to_owned());
    let who = client.map(|client| ("client", client.to_string()));
    let fields = [call, because].into_iter().chain(who).collect();
    Some(Line { node: edge.from, level, message, fields })
}

/// How loud an answer is, what its caller says of it, and its status.
fn answer(status: StatusCode) -> (Level, &'static str, String) {
    let code = match status {
        StatusCode::Http(status) => status.0.to_string(),
        StatusCode::ConnectionFailed => "connection_failed".to_owned(),
    };
    match status {
        _ if status.is_success() => (Level::Info, "answered", code),
        StatusCode::Http(status) if !status.is_server_error() => (Level::Warn, "answered", code),
        _ => (Level::Error, "failed", code),
    }
}

fn shedding(why: Shedding) -> (&'static str, String) {
    let why = match why {
        Shedding::Waited => "waited too long",
        Shedding::Standing => "waited too long in a standing queue",
        Shedding::Length(longest) => return ("reason", format!("{longest} waited already")),
        Shedding::Limit(limit) => return ("reason", format!("{limit} were inside already")),
    };
    ("reason", why.to_owned())
}

const fn verdict(verdict: Verdict) -> (Level, &'static str) {
    match verdict {
        Verdict::Replayed => (Level::Info, "key seen before: replaying the stored answer"),
        Verdict::InProgress => (Level::Warn, "key is still being worked on"),
        Verdict::Mismatch => (Level::Warn, "key came with another body"),
        Verdict::Missing => (Level::Warn, "key is missing"),
        Verdict::Cached => (Level::Info, "answered from the cache"),
        Verdict::Joined => (Level::Info, "another request fetches the same: waiting for that"),
        Verdict::Refused => (Level::Warn, "method or path not known"),
        Verdict::Conflict => (Level::Warn, "row was written meanwhile"),
        Verdict::Expired => (Level::Warn, "dropped: its deadline had passed"),
        Verdict::ExpiredAtWork => (Level::Warn, "makes no calls: its deadline has passed"),
    }
}

/// The key that goes with an attempt of an operation, as every service on the way got it.
fn key(run: &Run, span: SpanId) -> String {
    let log = run.log();
    let mut row = log.span(span);
    while !row.by_client {
        row = log.span(row.parent);
    }
    ids::key_label(run, row.parent, row.attempt)
}

fn millis(nanos: u64) -> String {
    half_open::decimal::rounded(nanos as f64 / 1e6, 3)
}
