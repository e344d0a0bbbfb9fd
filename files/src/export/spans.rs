//! A request as spans, in the words of OpenTelemetry's semantic conventions for HTTP: the operation
//! of the client (internal), every attempt (client), and what a service did for one (server).

use half_open::log::{EventId, Refusal, RequestId, StatusCode, Verdict, unpack_transition};
use half_open::run::ids;
use half_open::scenario::{EdgeId, NodeId};
use half_open::time::{SimDuration, SimTime};

use super::facts::{Attempt, End, Facts, Leg, Outcome, Work};
use super::words;

/// The start of every run, 2000-01-01T00:00:00Z, in seconds since 1970: the same on every machine.
const EPOCH: u64 = 946_684_800;

/// Nanoseconds since 1970.
pub(super) const fn unix_nanos(at: SimTime) -> u64 {
    EPOCH * 1_000_000_000 + at.nanos()
}

/// A span of a trace.
pub(super) struct Span {
    pub(super) context: Context,
    /// The span above it.
    pub(super) parent: Option<u64>,
    /// Where it was.
    pub(super) node: NodeId,
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) began: SimTime,
    pub(super) over: SimTime,
    pub(super) attributes: Vec<Attribute>,
    pub(super) events: Vec<Happening>,
    /// Other spans that it rests on.
    pub(super) links: Vec<Context>,
    /// What went wrong, if something did.
    pub(super) error: Option<String>,
}

/// What goes from span to span.
#[derive(Clone, Copy)]
pub(super) struct Context {
    pub(super) trace: u128,
    pub(super) span: u64,
}

/// What kind of span it is, by OTLP's numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Internal = 1,
    Server = 2,
    Client = 3,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Server => "server",
            Self::Client => "client",
        }
    }
}

pub(super) type Attribute = (&'static str, Value);

pub(super) enum Value {
    Text(String),
    Texts(Vec<String>),
    Whole(u64),
    Number(f64),
    Flag(bool),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<SimDuration> for Value {
    fn from(duration: SimDuration) -> Self {
        Self::Number(duration.millis())
    }
}

/// An event of a span.
pub(super) struct Happening {
    pub(super) at: SimTime,
    pub(super) name: &'static str,
    pub(super) attributes: Vec<Attribute>,
}

/// What identifies this program to those who read traces.
pub(super) const SCOPE: (&str, &str) = ("half-open", env!("CARGO_PKG_VERSION"));

impl Facts {
    /// What is said about a service, or about clients.
    pub(super) fn resource(&self, node: NodeId) -> Vec<Attribute> {
        let scenario = self.scenario();
        vec![
            ("service.name", scenario.node_name(node).into()),
            ("service.namespace", scenario.name.as_str().into()),
            ("halfopen.seed", Value::Whole(self.run.experiment().seed)),
        ]
    }

    /// The spans of a request, each after the one above it.
    pub(super) fn spans(&self, request: RequestId) -> Vec<Span> {
        let attempts: Vec<Attempt> = self.attempts(request).collect();
        let Some(edge) = attempts.first().map(|first| first.row.edge) else { return Vec::new() };
        let mut spans = vec![self.operation(request, edge, &attempts)];
        for attempt in &attempts {
            spans.push(self.call(request, attempt));
            if let Some(work) = &attempt.work {
                let calls = attempts.iter().filter(|call| made_in(call, attempt));
                spans.push(self.service(request, attempt, work, calls));
            }
        }
        spans
    }

    /// The span of an attempt, in the trace that its caller knows.
    fn context(&self, attempt: &Attempt) -> Context {
        let (seed, log) = (self.run.experiment().seed, self.run.log());
        let known = if attempt.row.by_client { attempt.span } else { attempt.row.parent };
        let trace = ids::trace_of(&self.run, known);
        Context { trace, span: ids::span_id(seed, log, attempt.span) }
    }

    /// The span of what the service of an attempt did, in the trace under which that arrived.
    fn served(&self, attempt: &Attempt) -> Context {
        let span = ids::work_id(self.run.experiment().seed, self.run.log(), attempt.span);
        Context { trace: ids::trace_of(&self.run, attempt.span), span }
    }

    fn operation(&self, request: RequestId, edge: EdgeId, attempts: &[Attempt]) -> Span {
        let row = self.run.index().requests[request as usize];
        let (seed, log) = (self.run.experiment().seed, self.run.log());
        let (who, node) = (log.request(request), self.ends(edge).0);
        let context = Context {
            trace: ids::trace_id(seed, who, edge),
            span: ids::operation_id(seed, who, edge),
        };
        let outcome = match (row.over, row.succeeded) {
            (None, _) => "unfinished",
            _ if row.degraded => "degraded",
            (_, true) => "succeeded",
            (_, false) => "failed",
        };
        let calls = || attempts.iter().filter(|attempt| attempt.row.by_client);
        let http = self.http(request, edge);
        let mut attributes = vec![
            ("halfopen.request", ids::short_id(&self.run, request).as_str().into()),
            ("halfopen.client", Value::Whole(who.client.into())),
            ("halfopen.outcome", outcome.into()),
            ("halfopen.attempts", Value::Whole(calls().count() as u64)),
        ];
        if row.charges > 0 {
            attributes.push(("halfopen.charges", Value::Whole(row.charges.into())));
        }
        if row.by_hand {
            attributes.push(("halfopen.by_hand", Value::Flag(true)));
        }
        Span {
            context,
            parent: None,
            node,
            kind: Kind::Internal,
            name: format!("operation {}", http.name()),
            began: log.at(row.first),
            over: row.over.unwrap_or_else(|| self.run.end()),
            attributes,
            events: waits(calls()),
            links: Vec::new(),
            error: (outcome == "failed").then(|| "failed".into()),
        }
    }

    fn call(&self, request: RequestId, attempt: &Attempt) -> Span {
        let (seed, log, row) = (self.run.experiment().seed, self.run.log(), attempt.row);
        let http = self.http(request, row.edge);
        let (node, callee) = self.ends(row.edge);
        let mut attributes = http.attributes();
        attributes.extend([
            ("server.address", self.scenario().node_name(callee).into()),
            ("halfopen.attempt", Value::Whole(attempt.number.into())),
            ("halfopen.outcome", words::outcome(attempt.outcome).into()),
        ]);
        if attempt.number > 1 {
            let before = u64::from(attempt.number) - 1;
            attributes.push(("http.request.resend_count", Value::Whole(before)));
        }
        let key = || ids::key(&self.run, request, row.attempt);
        if let Some(key) = row.by_client.then(key).flatten() {
            let header = "http.request.header.idempotency-key";
            attributes.push((header, Value::Texts(vec![key])));
        }
        if attempt.probe {
            attributes.push(("halfopen.breaker.probe", Value::Flag(true)));
        }
        if let Some(wait) = attempt.backoff {
            attributes.push(("halfopen.backoff.wait_ms", wait.into()));
        }
        if attempt.row.copy {
            let duplicate = attempt.outcome == Outcome::Duplicate;
            let why = if duplicate { "halfopen.duplicate" } else { "halfopen.hedge" };
            attributes.push((why, Value::Flag(true)));
        }
        if let Some(fallback) = attempt.fallback {
            attributes.push(("halfopen.fallback", words::fallback(fallback).into()));
        }
        if let Some(held) = attempt.held {
            let waited = attempt.sent.unwrap_or(attempt.over).since(held);
            attributes.push(("halfopen.bulkhead.wait_ms", waited.into()));
        }
        if let Some((_, leg)) = attempt.lost {
            attributes.push(("halfopen.lost", words::leg(leg).into()));
        }
        if let Some(late) = attempt.late {
            attributes.push(("halfopen.answer.late_ms", late.since(attempt.over).into()));
        }
        let error = match attempt.outcome {
            Outcome::Answered(answer) => {
                attributes.extend(answered(answer));
                error_of(answer, 400)
            }
            Outcome::TimedOut => Some("timeout".into()),
            Outcome::DeadlineExceeded => Some("deadline_exceeded".into()),
            Outcome::Rejected(Refusal::Breaker) => Some("circuit_open".into()),
            Outcome::Rejected(Refusal::Bulkhead { .. }) => Some("bulkhead_full".into()),
            Outcome::Rejected(Refusal::RateLimit { .. }) => Some("rate_limited".into()),
            Outcome::Abandoned => Some("caller_crashed".into()),
            Outcome::Overtaken | Outcome::Duplicate => None,
            Outcome::Unfinished => None,
        };
        attributes.extend(error.as_deref().map(|error| ("error.type", error.into())));
        let parent = match row.by_client {
            true => ids::operation_id(seed, log.request(row.parent), row.edge),
            false => ids::work_id(seed, log, row.parent),
        };
        Span {
            context: self.context(attempt),
            parent: Some(parent),
            node,
            kind: Kind::Client,
            name: http.name(),
            began: attempt.began,
            over: attempt.over,
            attributes,
            events: happenings(attempt),
            links: Vec::new(),
            error,
        }
    }

    fn service<'a>(
        &self,
        request: RequestId,
        attempt: &Attempt,
        work: &Work,
        calls: impl Iterator<Item = &'a Attempt>,
    ) -> Span {
        let http = self.http(request, attempt.row.edge);
        let mut attributes = http.attributes();
        let error = match work.end {
            End::Responded(answer) => {
                attributes.extend(answered(answer));
                error_of(answer, 500)
            }
            End::Lost => Some("crash".into()),
            End::Unfinished => {
                attributes.push(("halfopen.outcome", "unfinished".into()));
                None
            }
        };
        attributes.extend(error.as_deref().map(|error| ("error.type", error.into())));
        let waited = work.began.unwrap_or(work.over).since(work.arrived);
        if work.queued.is_some() {
            attributes.push(("halfopen.queue.wait_ms", waited.into()));
        }
        if let Some((_, verdict, _)) = work.verdict {
            attributes.push((verdict_of(verdict), words::verdict(verdict).into()));
        }
        if attempt.over < work.over {
            // What is done for a caller that has given up.
            attributes.push(("halfopen.orphaned_ms", work.over.since(attempt.over).into()));
        }
        let mut events = of_work(work);
        events.extend(waits(calls));
        events.sort_by_key(|event| event.at);
        let rests_on = work.verdict.and_then(|(_, _, cause)| self.link(attempt, cause?));
        Span {
            context: self.served(attempt),
            // Where a caller does not pass `traceparent` on, the service begins a trace.
            parent: (ids::root_of(&self.run, attempt.span) != Some(attempt.span))
                .then(|| self.context(attempt).span),
            node: self.ends(attempt.row.edge).1,
            kind: Kind::Server,
            name: http.name(),
            began: work.arrived,
            over: work.over,
            attributes,
            events,
            links: rests_on.into_iter().collect(),
            error,
        }
    }

    /// The work of another attempt, if that is where an event happened.
    fn link(&self, attempt: &Attempt, event: EventId) -> Option<Context> {
        let span = self.run.log().event(event).span().filter(|span| *span != attempt.span)?;
        Some(self.served(&self.attempt(span).filter(|other| other.work.is_some())?))
    }

    /// What is asked over a line.
    fn http(&self, request: RequestId, edge: EdgeId) -> Http<'_> {
        let (from, to) = self.ends(edge);
        if self.scenario().clients(from).is_none() {
            return Http { method: "POST", target: self.scenario().node_name(to), path: None };
        }
        let hand = self.by_hand(request);
        let path = hand.map_or("/api/payments", |hand| &hand.path);
        Http {
            method: hand.map_or("POST", |hand| &hand.method),
            // A path that somebody typed would make a name of its own.
            target: if path == "/api/payments" { path } else { "" },
            path: Some(path),
        }
    }
}

fn made_in(call: &Attempt, attempt: &Attempt) -> bool {
    !call.row.by_client && call.row.parent == attempt.span
}

/// A request in the words of HTTP.
struct Http<'a> {
    method: &'a str,
    /// What it is for, if it is one of few.
    target: &'a str,
    /// As it is sent; between services it is not modelled.
    path: Option<&'a str>,
}

/// The methods that are known by the conventions (RFC 9110, section 9, and RFC 5789).
const METHODS: [&str; 9] =
    ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];

impl Http<'_> {
    fn is_known(&self) -> bool {
        METHODS.contains(&self.method)
    }

    fn name(&self) -> String {
        let method = if self.is_known() { self.method } else { "HTTP" };
        format!("{method} {}", self.target).trim_end().to_owned()
    }

    fn attributes(&self) -> Vec<Attribute> {
        let known = if self.is_known() { self.method } else { "_OTHER" };
        let mut attributes = vec![("http.request.method", known.into())];
        if !self.is_known() {
            attributes.push(("http.request.method_original", self.method.into()));
        }
        attributes.extend(self.path.map(|path| ("url.path", path.into())));
        attributes
    }
}

fn answered(answer: StatusCode) -> Option<Attribute> {
    match answer {
        StatusCode::Http(status) => {
            Some(("http.response.status_code", Value::Whole(status.0.into())))
        }
        StatusCode::ConnectionFailed => None,
    }
}

/// What is wrong with an answer, for whom statuses from `errors` on are errors.
fn error_of(answer: StatusCode, errors: u16) -> Option<String> {
    match answer {
        StatusCode::Http(status) => (status.0 >= errors).then(|| status.0.to_string()),
        StatusCode::ConnectionFailed => Some("connection_failed".into()),
    }
}

/// What happened to an attempt while its caller waited.
fn happenings(attempt: &Attempt) -> Vec<Happening> {
    let mut events = Vec::new();
    if let Outcome::Rejected(why) = attempt.outcome {
        let attributes = vec![("halfopen.rejected_by", words::refusal(why).into())];
        events.push(Happening { at: attempt.over, name: "rejected", attributes });
    }
    if let Some((at, leg)) = attempt.lost.filter(|(at, _)| *at <= attempt.over) {
        let name = match leg {
            Leg::Request => "request lost",
            Leg::Response => "response lost",
        };
        events.push(Happening { at, name, attributes: Vec::new() });
    }
    for event in attempt.moves.iter().filter(|event| event.at <= attempt.over) {
        let (to, reason, calls, bad) = unpack_transition(event.payload);
        let attributes = vec![
            ("halfopen.breaker.state", to.name().into()),
            ("halfopen.breaker.reason", reason.name().into()),
            ("halfopen.breaker.calls", Value::Whole(calls.into())),
            ("halfopen.breaker.failures", Value::Whole(bad.into())),
        ];
        events.push(Happening { at: event.at, name: "breaker moved", attributes });
    }
    events
}

/// The waits between attempts, as events of who waits.
fn waits<'a>(attempts: impl Iterator<Item = &'a Attempt>) -> Vec<Happening> {
    let wait = |attempt: &'a Attempt| {
        let attributes = vec![
            ("halfopen.attempt", Value::Whole(attempt.number.into())),
            ("halfopen.backoff.wait_ms", attempt.backoff?.into()),
        ];
        Some(Happening { at: attempt.over, name: "backoff", attributes })
    };
    attempts.filter_map(wait).collect()
}

/// What happened to a request at a service, in order.
/// What a verdict is about.
const fn verdict_of(verdict: Verdict) -> &'static str {
    if verdict.is_expired() { "halfopen.deadline.verdict" } else { "halfopen.idempotency.verdict" }
}

fn of_work(work: &Work) -> Vec<Happening> {
    let event = |at, name, attributes| Happening { at, name, attributes };
    let mut events = Vec::new();
    if let Some(waiting) = work.queued {
        let length = vec![("halfopen.queue.length", Value::Whole(waiting.into()))];
        events.push(event(work.arrived, "queued", length));
        events.extend(work.began.map(|at| event(at, "started", Vec::new())));
    }
    if work.queue_full {
        events.push(event(work.arrived, "queue full", Vec::new()));
    }
    if let Some((at, why)) = work.shed {
        let reason = vec![("halfopen.shed.reason", words::shedding(why).into())];
        events.push(event(at, "shed", reason));
    }
    if let Some((at, verdict, _)) = work.verdict {
        let name = match verdict {
            Verdict::Conflict => "row changed",
            Verdict::Expired | Verdict::ExpiredAtWork => "deadline exceeded",
            Verdict::Cached | Verdict::Joined => "cache checked",
            _ => "key checked",
        };
        let verdict = vec![(verdict_of(verdict), words::verdict(verdict).into())];
        events.push(event(at, name, verdict));
    }
    events.extend(work.charged.map(|at| event(at, "charged", Vec::new())));
    if work.end == End::Lost {
        events.push(event(work.over, "work lost", Vec::new()));
    }
    events
}
