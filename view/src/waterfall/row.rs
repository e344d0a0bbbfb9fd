//! One attempt at one hop, and how it stands at a moment, in words.

use super::spent::{Spent, Stretch};
use crate::numbers::short;
use half_open::log::{Event, EventId, Fallback, Kind, NONE, SpanId, StatusCode, Verdict};
use half_open::run::{Run, ids};
use half_open::scenario::knob::EdgeKnob;
use half_open::scenario::{EdgeId, Knob, Scenario};
use half_open::time::{SimDuration, SimTime};

/// An attempt at a call; the first row is the operation as a whole.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// The attempt; none: the operation as a whole.
    pub span: Option<SpanId>,
    /// Its line.
    pub edge: EdgeId,
    /// 1 for the first attempt at its call.
    pub attempt: u8,
    /// Whether it is a copy of one that had no answer yet.
    pub copy: bool,
    /// Whether a client made it.
    pub by_client: bool,
    /// How many attempts wait for it, one for the other, that are known to belong together.
    pub depth: u8,
    /// The trace ID under which it is seen, where that is not the request's.
    pub orphan: Option<String>,
    /// Whether something was done for it under another trace ID.
    pub cut: bool,
    /// When its caller's patience ends.
    pub patience: Option<SimTime>,
    /// When its call has failed, however many attempts follow.
    pub deadline: Option<SimTime>,
    /// What happened to it, in order; never empty.
    pub events: Vec<Event>,
    /// What it spent its time on, in order.
    pub stretches: Vec<Stretch>,
    /// Who made it: a request or an attempt.
    pub(super) caller: u32,
    /// Since when its caller waited before it, after the attempt before it.
    pub(super) waited_since: Option<SimTime>,
    /// When the service that waits for it lost what it was doing.
    pub(super) abandoned: Option<SimTime>,
}

/// How an attempt stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It has not begun.
    Later,
    /// Its caller waits before it begins.
    Waiting,
    /// Nobody knows yet.
    InFlight,
    /// It worked.
    Ok(String),
    /// It did not.
    Failed(String),
    /// Another copy did first.
    Overtaken(String),
}

impl Row {
    pub(super) fn new(span: Option<SpanId>, first: Event) -> Self {
        Self {
            span,
            edge: 0,
            attempt: 1,
            copy: false,
            by_client: true,
            depth: 0,
            orphan: None,
            cut: false,
            patience: None,
            deadline: None,
            events: vec![first],
            stretches: Vec::new(),
            caller: NONE,
            waited_since: None,
            abandoned: None,
        }
    }

    /// When it begins.
    #[must_use]
    pub fn from(&self) -> SimTime {
        self.events[0].at
    }

    /// The event that tells its caller how it ends, if that happens within the run.
    #[must_use]
    pub fn end(&self) -> Option<&Event> {
        let ends = |event: &&Event| {
            matches!(
                event.kind,
                Kind::Answered | Kind::TimedOut | Kind::Rejected | Kind::Overtaken | Kind::FellBack
            )
        };
        self.events.iter().find(ends)
    }

    /// The event to look at: its end, or its beginning if there is none.
    #[must_use]
    pub fn moment(&self) -> (EventId, SimTime) {
        let event = self.end().unwrap_or(&self.events[0]);
        (event.id, event.at)
    }

    /// How long its caller will still wait for it at a moment, if it is under way and there is a limit.
    #[must_use]
    pub fn left(&self, at: SimTime) -> Option<SimDuration> {
        let under_way =
            self.from() <= at && !self.is_duplicate() && self.end().is_none_or(|end| end.at > at);
        let ends = self.patience.into_iter().chain(self.deadline).min();
        ends.filter(|_| under_way).map(|end| end.since(at))
    }

    /// Whether it was doubled on its way, so that nobody waits for it.
    fn is_duplicate(&self) -> bool {
        self.events[0].kind == Kind::Duplicated
    }

    /// Whether it is the deadline of its call that ends its caller's patience.
    #[must_use]
    pub fn is_by_deadline(&self) -> bool {
        self.deadline.is_some_and(|end| self.patience.is_none_or(|patience| end <= patience))
    }

    /// How it stands at a moment.
    #[must_use]
    pub fn outcome(&self, at: SimTime) -> Outcome {
        if self.from() > at {
            let waits = |s: &Stretch| s.spent == Spent::Backoff && s.from <= at;
            let waits = self.stretches.first().is_some_and(waits);
            return if waits { Outcome::Waiting } else { Outcome::Later };
        }
        if self.is_duplicate() {
            return Outcome::Overtaken("arrived a second time".into());
        }
        let Some(end) = self.end().filter(|end| end.at <= at) else { return Outcome::InFlight };
        let took = short(end.at.since(self.from()));
        let good = end.gives_answer();
        match (self.span, end.kind) {
            (None, _) if good && end.status().is_degraded() => {
                Outcome::Ok(format!("degraded after {took}"))
            }
            (None, _) if good => Outcome::Ok(format!("succeeded after {took}")),
            (None, _) => Outcome::Failed(format!("failed after {took}")),
            (_, Kind::Rejected) => {
                Outcome::Failed(format!("rejected by its {}", end.refusal().name()))
            }
            (_, Kind::Overtaken) => Outcome::Overtaken(format!("overtaken after {took}")),
            (_, Kind::TimedOut) if end.is_deadline() => {
                Outcome::Failed(format!("deadline after {took}"))
            }
            (_, Kind::TimedOut) => Outcome::Failed(format!("timed out after {took}")),
            _ => match end.status() {
                StatusCode::Http(status) if good => Outcome::Ok(status.0.to_string()),
                StatusCode::Http(status) => Outcome::Failed(status.to_string()),
                StatusCode::ConnectionFailed => Outcome::Failed("connection failed".into()),
            },
        }
    }

    /// What else is known of it at a moment: `charged`, `↺ replayed`.
    #[must_use]
    pub fn notes(&self, at: SimTime) -> Vec<String> {
        let known = self.events.iter().filter(|event| event.at <= at && self.span.is_some());
        known.filter_map(note).collect()
    }

    /// Whether it was answered from an idempotency store by then.
    #[must_use]
    pub fn replayed(&self, at: SimTime) -> bool {
        let replay = |e: &Event| e.kind == Kind::Verdict && e.verdict() == Verdict::Replayed;
        self.events.iter().any(|event| event.at <= at && replay(event))
    }

    /// What it is: a line, `bank` for what nobody knows the caller of, or the whole request.
    #[must_use]
    pub fn name(&self, scenario: &Scenario) -> String {
        match (self.span, &self.orphan, scenario.edge(self.edge)) {
            (None, ..) => "the whole request".into(),
            (_, Some(_), Some(edge)) if self.depth == 0 => scenario.node_name(edge.to).into(),
            _ => scenario.edge_name(self.edge),
        }
    }
}

impl Outcome {
    /// What to read.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Later => "later",
            Self::Waiting => "waits to try again",
            Self::InFlight => "in flight",
            Self::Ok(text) | Self::Failed(text) | Self::Overtaken(text) => text,
        }
    }

    /// The name under which a style sheet knows it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Later => "later",
            Self::Waiting | Self::InFlight => "in-flight",
            Self::Ok(_) => "ok",
            Self::Failed(_) => "failed",
            Self::Overtaken(_) => "later",
        }
    }
}

fn note(event: &Event) -> Option<String> {
    let words = match event.kind {
        Kind::RequestLost
        | Kind::ResponseLost
        | Kind::WorkLost
        | Kind::Cancelled
        | Kind::QueueFull
        | Kind::Shed => event.kind.name(),
        Kind::Charged => "charged",
        Kind::AnsweredLate => "answered too late",
        Kind::Verdict => match event.verdict() {
            Verdict::Replayed => "↺ replayed",
            Verdict::InProgress => "key in progress",
            Verdict::Mismatch => "key of another body",
            Verdict::Missing => "key missing",
            Verdict::Conflict => "written meanwhile by another",
            Verdict::Cached => "from the cache",
            Verdict::Joined => "waits for what another fetches",
            Verdict::Refused => "method or path not known",
            Verdict::Expired => "its deadline had passed: no work",
            Verdict::ExpiredAtWork => "its deadline had passed: no calls",
        },
        Kind::FellBack => match event.fallback() {
            Fallback::Static => "falls back on a static answer",
            Fallback::Stale { age } => {
                return Some(format!("falls back on an answer {} old", short(age)));
            }
            Fallback::Call(_) => "falls back on another service",
        },
        Kind::Held => "waits for a place in its bulkhead",
        Kind::BackedOff => return Some(format!("waits {}", short(event.duration()))),
        _ => return None,
    };
    Some(words.into())
}

/// When the patience of a caller ends, if it begins with this event.
pub(super) fn patience(run: &Run, edge: EdgeId, event: &Event) -> Option<SimTime> {
    let timeout = || run.experiment().value_at(Knob::Edge(edge, EdgeKnob::Timeout), event.at);
    let nanos = (event.kind == Kind::Sent).then(timeout)?.filter(|nanos| *nanos > 0.0)?;
    Some(event.at + SimDuration::from_nanos_f64(nanos))
}

/// An attempt that has just begun.
pub(super) fn begun(run: &Run, span: SpanId, event: Event) -> Row {
    let call = run.log().span(span);
    let root = ids::root_of(run, span);
    Row {
        edge: call.edge,
        attempt: call.attempt,
        copy: call.copy,
        by_client: call.by_client,
        caller: call.parent,
        // Until it is known who waits for it: a root has nobody.
        depth: u8::from(root != Some(span)),
        orphan: root.map(|_| ids::short_id_of(run, span)),
        patience: patience(run, call.edge, &event),
        ..Row::new(Some(span), event)
    }
}
