//! A sentence for each kind of event, with the numbers of its moment.

use super::{Link, Tone};
use crate::diagram::like;
use half_open::log::{Event, Kind, MANY, SpanId, StatusCode, Verdict, unpack_transition};
use half_open::policy::breaker::{self, Counts, Reason, State};
use half_open::run::{Run, ids};
use half_open::scenario::{Change, Edge, Scenario, Target};
use half_open::time::SimDuration;

/// How many characters of a key are named.
const LONGEST_KEY: usize = 24;

/// Where and when an event happened: the knobs as they stood, and the line it was about.
pub(super) struct Place<'a> {
    run: &'a Run,
    scenario: Scenario,
    edge: Option<Edge>,
    attempt: u8,
}

impl<'a> Place<'a> {
    pub(super) fn of(run: &'a Run, event: Event) -> Self {
        let scenario = run.experiment().scenario_at(event.at);
        let span = event.span().map(|span| run.log().span(span));
        let edge = match (event.kind, span) {
            (Kind::Breaker, _) => scenario.edge(event.subject as u8).cloned(),
            (_, Some(span)) => scenario.edge(span.edge).cloned(),
            _ => None,
        };
        Self { run, scenario, edge, attempt: span.map_or(1, |span| span.attempt) }
    }

    fn callee(&self) -> &str {
        self.edge.as_ref().map_or("the service", |edge| self.scenario.node_name(edge.to))
    }
}

/// A duration with no more digits than are read at a glance.
fn short(duration: SimDuration) -> String {
    let ns = duration.nanos();
    let round = |unit: u64| SimDuration::from_nanos((ns + unit / 2) / unit * unit);
    match ns {
        0..10_000_000 => round(100_000).to_string(),
        10_000_000..1_000_000_000 => round(1_000_000).to_string(),
        _ => round(10_000_000).to_string(),
    }
}

fn percent(share: f64) -> String {
    let tenths = (share * 1000.0 + 0.5) as u32;
    match tenths % 10 {
        0 => format!("{} %", tenths / 10),
        rest => format!("{}.{rest} %", tenths / 10),
    }
}

fn status(status: StatusCode) -> String {
    match status {
        StatusCode::Http(status) => status.0.to_string(),
        StatusCode::ConnectionFailed => "with a broken connection".to_owned(),
    }
}

/// What happened, in one link or two.
pub(super) fn about(place: &Place, event: Event) -> Vec<Link> {
    let at = event.at.short();
    let callee = place.callee();
    let (text, tone) = match event.kind {
        Kind::Rejected => (format!("rejected at {at} without a call"), Tone::Failure),
        Kind::Breaker => return breaker_moved(place, event),
        Kind::TimedOut => (timed_out(place, event), Tone::Failure),
        Kind::Answered | Kind::AnsweredLate | Kind::Responded if event.status().is_success() => {
            let nth = if place.attempt > 1 {
                format!(", attempt {}", place.attempt)
            } else {
                String::new()
            };
            (format!("{callee} answered {} at {at}{nth}", status(event.status())), Tone::Ok)
        }
        Kind::Answered | Kind::AnsweredLate | Kind::Responded => {
            (format!("{callee} answered {} at {at}", status(event.status())), Tone::Failure)
        }
        Kind::Queued => (
            format!("all workers of {callee} busy at {at}, {} waiting", event.payload),
            Tone::Waiting,
        ),
        Kind::QueueFull => {
            (format!("the queue of {callee} was full: {} waiting", event.payload), Tone::Waiting)
        }
        Kind::Started => {
            let work = short(event.duration());
            (format!("{callee} began at {at}: {work} of work"), Tone::Request)
        }
        Kind::Verdict => (verdict(place.run, event, &at), Tone::Replay),
        Kind::RequestLost => (format!("the request was lost on its way at {at}"), Tone::Failure),
        Kind::ResponseLost => (format!("the response was lost on its way at {at}"), Tone::Failure),
        Kind::WorkLost => (format!("{callee} lost its work at {at}"), Tone::Failure),
        Kind::BackedOff => {
            let wait = short(event.duration());
            (format!("waited {wait} before attempt {}", place.attempt + 1), Tone::Waiting)
        }
        Kind::Sent => {
            (format!("sent to {callee} at {at}, attempt {}", place.attempt), Tone::Request)
        }
        Kind::Arrived => {
            let client = place.run.log().request(event.subject).client;
            (format!("client {client} began the request at {at}"), Tone::Request)
        }
        Kind::Charged => (format!("charged at {at}"), Tone::Ok),
        Kind::FaultEnded => (format!("a fault was over at {at}"), Tone::Ok),
        Kind::Intervention => (intervention(place, event, &at), Tone::Root),
    };
    vec![Link { event: Some(event.id), at: event.at, text, tone }]
}

fn verdict(run: &Run, event: Event, at: &str) -> String {
    let key = key(run, event.subject);
    match event.verdict() {
        Verdict::Replayed => format!("{key} was used before: stored answer replayed at {at}"),
        Verdict::InProgress => format!("{key} was still being worked on at {at}"),
        Verdict::Mismatch => format!("{key} came with another body at {at}"),
        Verdict::Missing => format!("a key is required, and none came at {at}"),
        Verdict::Conflict => format!("another request had written the row meanwhile, at {at}"),
        Verdict::Refused => format!("a method or path that is not known came at {at}"),
    }
}

/// The key that goes with an attempt, by its name.
fn key(run: &Run, span: SpanId) -> String {
    let log = run.log();
    let mut row = log.span(span);
    while !row.by_client {
        row = log.span(row.parent);
    }
    let key = ids::key(run, row.parent, row.attempt);
    key.map_or_else(|| "the key".to_owned(), |key| named(&key))
}

/// `key abc-123`; of a long one no more than tells it from others.
fn named(key: &str) -> String {
    let cut: String = key.chars().take(LONGEST_KEY).collect();
    let more = if cut.len() < key.len() { "…" } else { "" };
    format!("key {cut}{more}")
}

/// A timeout, and what it was too short for.
fn timed_out(place: &Place, event: Event) -> String {
    let timeout = short(event.duration());
    let log = place.run.log();
    let Some(waited) = event.cause().map(|cause| log.event(cause)) else {
        return format!("{timeout} timeout");
    };
    let callee = Place::of(place.run, waited);
    let callee = callee.callee();
    match waited.kind {
        Kind::Started if waited.duration() > event.duration() => {
            format!("{timeout} timeout < {} service time", short(waited.duration()))
        }
        Kind::Started => {
            let work = short(waited.duration());
            format!("{timeout} timeout < way, queue and {work} service time")
        }
        Kind::Queued => format!("{timeout} timeout < wait for a worker of {callee}"),
        Kind::RequestLost => format!("{timeout} timeout, nothing came back"),
        Kind::ResponseLost => format!("{timeout} timeout, nothing came back"),
        Kind::BackedOff => format!("{timeout} timeout < the retries behind it"),
        _ => format!("{timeout} timeout < the answer's way"),
    }
}

fn breaker_moved(place: &Place, event: Event) -> Vec<Link> {
    let (to, reason, calls, failed) = unpack_transition(event.payload);
    let link = |text: String, tone| Link { event: Some(event.id), at: event.at, text, tone };
    let at = event.at.short();
    let state = match to {
        State::Closed => format!("breaker closed since {at}"),
        State::Open => format!("breaker open since {at}"),
        State::HalfOpen => format!("breaker half-open since {at}, one probe at a time"),
        State::ForcedOpen => format!("breaker held open since {at}"),
        State::Disabled => format!("breaker held closed since {at}"),
        State::MetricsOnly => format!("breaker only counting since {at}"),
    };
    let tone = if to.refuses() { Tone::Failure } else { Tone::Probe };
    let settings = place.edge.as_ref().map(|edge| &edge.policy.breaker);
    let limit =
        |rate: Option<f64>| rate.map_or_else(String::new, |r| format!(" (limit {})", percent(r)));
    let because = match reason {
        Reason::FailureRate => {
            let rate = settings.and_then(|settings| settings.trip.failure_rate);
            format!("{} failed{}", of_calls(failed, calls), limit(rate))
        }
        Reason::SlowRate => {
            let rate = settings.and_then(|settings| settings.slow).map(|slow| slow.rate);
            format!("{} were slow{}", of_calls(failed, calls), limit(rate))
        }
        Reason::Failures => format!("{} calls failed in a row", at_least(failed)),
        Reason::WaitOver => {
            let wait = settings.map(|s| s.open.wait_ms.0.to_string()).unwrap_or_default();
            format!("it had been open for {wait}")
        }
        Reason::ProbesSucceeded => "the probe came back in time".to_owned(),
        Reason::ProbeFailed => "its probe failed".to_owned(),
        Reason::ProbeSlow => "its probe was slow".to_owned(),
        Reason::HalfOpenTimedOut => "it had been half-open for too long".to_owned(),
        Reason::Crashed => {
            let owner =
                place.edge.as_ref().map_or("its owner", |e| place.scenario.node_name(e.from));
            format!("{owner} crashed and lost its memory")
        }
        Reason::ByHand => return vec![link(state, tone)],
    };
    vec![link(state, tone), link(because, Tone::Probe)]
}

/// A count of a transition, which knows of so many and no more.
fn at_least(count: u32) -> String {
    if count >= MANY { format!("at least {count}") } else { count.to_string() }
}

fn of_calls(bad: u32, calls: u32) -> String {
    match calls {
        0..MANY => format!("{bad} of the last {calls} calls"),
        _ => format!("{} of {} calls", at_least(bad), at_least(calls)),
    }
}

fn intervention(place: &Place, event: Event, at: &str) -> String {
    let interventions = &place.run.experiment().interventions;
    let Some(done) = interventions.get(event.subject as usize) else { return String::new() };
    match &done.change {
        Change::Fault(fault) => {
            let target = match fault.target {
                Target::Node(node) => place.scenario.node_name(node).to_owned(),
                Target::Edge(edge) => place.scenario.edge_name(edge),
            };
            format!("fault “{}” on {target} since {at}", fault.kind.label())
        }
        Change::Breaker { edge, action } => {
            let (edge, done) = (place.scenario.edge_name(*edge), action.done());
            format!("the breaker {edge} was {done} by hand at {at}")
        }
        Change::Send(hand) => {
            let key = hand.key.as_deref().filter(|key| !key.is_empty());
            let with = key
                .map_or_else(|| "without a key".to_owned(), |key| format!("with {}", named(key)));
            format!("{} {} was sent by hand {with} at {at}", hand.method, hand.path)
        }
        Change::Burst(_) => format!("everyone sent at once at {at}"),
        Change::SetBreaker { edge, settings } => {
            let line = place.scenario.edge_name(*edge);
            format!("the breaker {line} was set {} at {at}", like(settings))
        }
        Change::Set { knob, value } => {
            let spec = knob.spec();
            format!("“{}” was set to {} at {at}", spec.label, spec.unit.show(*value))
        }
    }
}

/// What a chain without a further cause rests on: a limit, or chance.
pub(super) fn root(place: &Place, event: Event) -> Option<Link> {
    let edge = place.edge.as_ref();
    let service = edge.and_then(|edge| place.scenario.service(edge.to));
    let text = match event.kind {
        Kind::TimedOut | Kind::Started | Kind::Queued => {
            let usual = short(service?.time.scale());
            format!("by chance: {} usually takes {usual}, sometimes more", place.callee())
        }
        Kind::RequestLost => {
            format!("by chance: {} of requests are lost here", percent(edge?.network.lose_requests))
        }
        Kind::ResponseLost => {
            format!(
                "by chance: {} of responses are lost here",
                percent(edge?.network.lose_responses)
            )
        }
        Kind::Arrived => "by chance: requests arrive at random".to_owned(),
        Kind::Verdict if event.verdict() != Verdict::Refused => {
            "the key is what tells a retry from a new request".to_owned()
        }
        Kind::Sent => "nothing has come back yet".to_owned(),
        _ => return None,
    };
    Some(Link { event: None, at: event.at, text, tone: Tone::Root })
}

/// Why a closed breaker has not opened.
pub(super) fn not_opened(settings: &breaker::Settings, counts: Counts) -> String {
    if let Some(limit) = settings.trip.failures {
        return format!("{} of {limit} failures in a row", counts.failures);
    }
    let least = settings.window.min_calls;
    if counts.calls < least {
        return format!("{} of the minimum {least} calls so far", counts.calls);
    }
    let limit = settings.trip.failure_rate.map_or_else(|| "none".to_owned(), percent);
    format!("{} of the last {} calls failed, the limit is {limit}", counts.failures, counts.calls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_may_be_larger_says_so() {
        assert_eq!(of_calls(6_000, 10_000), "6000 of the last 10000 calls");
        assert_eq!(of_calls(9_000, MANY), "9000 of at least 16383 calls");
        assert_eq!(of_calls(MANY, MANY), "at least 16383 of at least 16383 calls");
    }
}
