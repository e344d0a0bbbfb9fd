//! What each simulated service would have written to its own log. Nobody writes a line about what
//! nobody sees: a message that was lost, or work that went down with its worker.

use half_open::log::{Event, Kind, SpanId, StatusCode, Verdict, unpack_transition};
use half_open::policy::breaker::{Reason, State};
use half_open::run::{Run, ids};
use half_open::scenario::{EdgeId, NodeId};

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

/// The line that an event leaves in somebody's log, if it leaves one.
#[must_use]
pub fn line(run: &Run, event: Event) -> Option<Line> {
    if event.kind == Kind::Breaker {
        return breaker(run, event);
    }
    if event.kind == Kind::Arrived {
        return arrived(run, event);
    }
    let span = event.span()?;
    let row = run.log().span(span);
    let edge = run.experiment().scenario.edge(row.edge)?;
    let (caller, callee) = (edge.from, edge.to);
    let attempt = ("attempt", row.attempt.to_string());
    let ms = |name| (name, millis(event.duration().nanos()));
    let (node, level, message, fields) = match event.kind {
        Kind::Sent => (caller, Level::Info, "calling", vec![attempt]),
        Kind::Rejected => (caller, Level::Warn, "not sent: circuit breaker is open", vec![attempt]),
        Kind::TimedOut => (caller, Level::Warn, "timed out", vec![attempt, ms("timeout_ms")]),
        Kind::BackedOff => (caller, Level::Info, "will retry", vec![attempt, ms("wait_ms")]),
        Kind::Answered => {
            let (level, message, code) = answer(event.status());
            (caller, level, message, vec![attempt, ("status", code)])
        }
        Kind::AnsweredLate => {
            let code = answer(event.status()).2;
            (caller, Level::Info, "answer came too late", vec![attempt, ("status", code)])
        }
        Kind::Queued => {
            let waiting = ("waiting", event.payload.to_string());
            (callee, Level::Info, "queued: all workers busy", vec![waiting])
        }
        Kind::QueueFull => {
            let capacity = ("capacity", event.payload.to_string());
            (callee, Level::Error, "turned away: queue full", vec![capacity])
        }
        Kind::Started => (callee, Level::Info, "started", vec![]),
        Kind::Verdict => {
            let (level, message) = verdict(event.verdict());
            (callee, level, message, vec![("idempotency_key", key(run, span))])
        }
        Kind::Charged => {
            (callee, Level::Info, "charged", vec![("idempotency_key", key(run, span))])
        }
        Kind::Responded => {
            let (level, _, code) = answer(event.status());
            (callee, level, "responded", vec![("status", code)])
        }
        Kind::RequestLost
        | Kind::ResponseLost
        | Kind::WorkLost
        | Kind::Arrived
        | Kind::Breaker
        | Kind::Intervention
        | Kind::FaultEnded => return None,
    };
    let by_caller = node == caller;
    let other = if by_caller { ("call", callee) } else { ("from", caller) };
    let other = (other.0, run.experiment().scenario.node_name(other.1).to_owned());
    let mut fields: Vec<_> = std::iter::once(other).chain(fields).collect();
    fields.push(("trace_id", trace(run, span, by_caller)));
    Some(Line { node, level, message, fields })
}

/// The ID under which whoever writes knows what they do: a caller its own request's, a callee the one
/// that came with the call.
fn trace(run: &Run, span: SpanId, by_caller: bool) -> String {
    let row = run.log().span(span);
    let id = match (by_caller, row.by_client) {
        (true, false) => ids::trace_of(run, row.parent),
        _ => ids::trace_of(run, span),
    };
    format!("{id:032x}")
}

fn arrived(run: &Run, event: Event) -> Option<Line> {
    let request = run.log().request(event.subject);
    let edge = run.experiment().scenario.edge(ids::first_edge(run, event.subject))?;
    let id = ids::trace_of_request(run, event.subject);
    let fields = vec![("client", request.client.to_string()), ("trace_id", format!("{id:032x}"))];
    Some(Line { node: edge.from, level: Level::Info, message: "begins a request", fields })
}

fn breaker(run: &Run, event: Event) -> Option<Line> {
    let edge = run.experiment().scenario.edge(event.subject as EdgeId)?;
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
    Some(Line { node: edge.from, level, message, fields: vec![call, because] })
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

const fn verdict(verdict: Verdict) -> (Level, &'static str) {
    match verdict {
        Verdict::Replayed => (Level::Info, "key seen before: replaying the stored answer"),
        Verdict::InProgress => (Level::Warn, "key is still being worked on"),
        Verdict::Mismatch => (Level::Warn, "key came with another body"),
        Verdict::Missing => (Level::Warn, "key is missing"),
        Verdict::Refused => (Level::Warn, "method or path not known"),
        Verdict::Conflict => (Level::Warn, "row was written meanwhile"),
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
