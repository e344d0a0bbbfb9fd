//! A sentence for each kind of event, with the numbers of its moment.

use super::walk::{Step, own};
use super::{Link, Root, Tone, breaker};
use crate::diagram::like;
use half_open::log::{
    Event, Fallback, Kind, Picked, Refusal, Shedding, SpanId, StatusCode, Verdict,
};
use half_open::policy::balance::By;
use half_open::policy::bulkhead;
use half_open::policy::stack::Layer;
use half_open::policy::throttle::limit;
use half_open::run::{Run, ids, missing};
use half_open::scenario::{Change, Edge, Fault, FaultKind, Scenario, Target};
use half_open::time::SimDuration;

/// How many characters of a key are named.
const LONGEST_KEY: usize = 24;
/// What an attempt without a name for its key carries.
pub(super) const NO_KEY: &str = "the key";
/// The number of every attempt from this one on.
const UNCOUNTED: u8 = u8::MAX;

/// Where and when an event happened: the knobs as they stood, and the line it was about.
pub(super) struct Place<'a> {
    pub(super) run: &'a Run,
    pub(super) scenario: Scenario,
    pub(super) edge: Option<Edge>,
    pub(super) attempt: u8,
}

impl<'a> Place<'a> {
    pub(super) fn of(run: &'a Run, event: &Event) -> Self {
        let scenario = scenario_before(run, event);
        let span = event.span().map(|span| run.log().span(span));
        let edge = match (event.kind, span) {
            (Kind::Breaker, _) => scenario.edge(event.subject as u8).cloned(),
            (_, Some(span)) => scenario.edge(span.edge).cloned(),
            _ => None,
        };
        Self { run, scenario, edge, attempt: span.map_or(1, |span| span.attempt) }
    }

    pub(super) fn callee(&self) -> &str {
        self.edge.as_ref().map_or("the service", |edge| self.scenario.node_name(edge.to))
    }
}

/// The scenario as an event found it: what a visitor does comes after everything else of its
/// instant, but for what it brings about.
fn scenario_before(run: &Run, event: &Event) -> Scenario {
    let log = run.log();
    let deeds = &run.experiment().interventions;
    let same = (0..event.id).rev().map(|id| log.event(id)).take_while(|e| e.at == event.at);
    let latest = same.into_iter().find(|e| e.kind == Kind::Intervention);
    let done = match latest {
        Some(latest) => latest.subject as usize + 1,
        None => deeds.partition_point(|deed| deed.at < event.at),
    };
    let mut scenario = run.experiment().scenario.clone();
    for deed in deeds.iter().take(done) {
        // An unusable setting was refused when the experiment was read.
        let _ = deed.change.apply(&mut scenario);
    }
    scenario
}

/// A duration with no more digits than are read at a glance.
pub(super) fn short(duration: SimDuration) -> String {
    let ns = duration.nanos();
    let round = |unit: u64| SimDuration::from_nanos((ns + unit / 2) / unit * unit);
    match ns {
        0..10_000_000 => round(100_000).to_string(),
        10_000_000..1_000_000_000 => round(1_000_000).to_string(),
        _ => round(10_000_000).to_string(),
    }
}

pub(super) fn percent(share: f64) -> String {
    let tenths = (share * 1000.0 + 0.5) as u32;
    match tenths % 10 {
        0 => format!("{} %", tenths / 10),
        rest => format!("{}.{rest} %", tenths / 10),
    }
}

/// `answered 503`.
pub(super) fn answered(status: StatusCode) -> String {
    match status {
        StatusCode::Http(status) => format!("answered {}", status.0),
        StatusCode::ConnectionFailed => "answered with a broken connection".to_owned(),
    }
}

/// What happened, in one link or two.
pub(super) fn about(place: &Place, step: &Step) -> Vec<Link> {
    let event = step.event;
    let at = event.at.short();
    let callee = place.callee();
    let (text, tone) = match event.kind {
        Kind::Rejected => (rejected(place, event, &at), Tone::Failure),
        Kind::Held => (held(place, event, &at), Tone::Waiting),
        Kind::Hedged => (hedged(place, event, &at), Tone::Request),
        Kind::Duplicated => {
            let text = format!("the request to {callee} was doubled on its way at {at}");
            (text, Tone::Failure)
        }
        Kind::Overtaken => (format!("another copy was answered first, at {at}"), Tone::Ok),
        Kind::FellBack => (fell_back(place, event, &at), Tone::Replay),
        Kind::Breaker => return breaker::moved(place, event),
        Kind::TimedOut => (timed_out(place, event), Tone::Failure),
        Kind::Answered | Kind::AnsweredLate | Kind::Responded => {
            let tone = if event.status().is_success() { Tone::Ok } else { Tone::Failure };
            (an_answer(place, step, &at), tone)
        }
        Kind::Queued => {
            let cause = event.cause().map(|cause| place.run.log().event(cause));
            let gone = |kind| matches!(kind, FaultKind::FewerWorkers(_));
            let text = match cause.is_some_and(|cause| is_fault(place, cause, gone)) {
                true => format!("no worker of {callee} is left for it at {at}"),
                false => format!("all workers of {callee} busy at {at}"),
            };
            (format!("{text}, {} waiting", event.payload), Tone::Waiting)
        }
        Kind::QueueFull => {
            let room = event.payload;
            (format!("the queue of {callee} was full at {at}: it holds {room}"), Tone::Waiting)
        }
        Kind::Shed => (shed(place, event, &at), Tone::Waiting),
        Kind::Started => {
            let work = short(event.duration());
            (format!("{callee} began at {at}: {work} of work"), Tone::Request)
        }
        Kind::Verdict => (verdict(place, event, &at), Tone::Replay),
        Kind::RequestLost => (format!("the request was lost on its way at {at}"), Tone::Failure),
        Kind::ResponseLost => (format!("the response was lost on its way at {at}"), Tone::Failure),
        Kind::Cancelled => (format!("{callee} stopped at {at}: nobody waited"), Tone::Waiting),
        Kind::WorkLost => {
            let charged = own(place.run, &event, Kind::Charged).is_some();
            let after = if charged { ", when it had charged and not recorded it" } else { "" };
            (format!("{callee} lost its work at {at}{after}"), Tone::Failure)
        }
        Kind::BackedOff => (backed_off(place, event), Tone::Waiting),
        Kind::Sent => {
            let (nth, way) = (nth(place.attempt), short(event.duration()));
            (format!("sent to {callee} at {at}{nth}, {way} on its way"), Tone::Request)
        }
        Kind::Picked => (picked(place, event, &at), Tone::Request),
        Kind::Arrived => {
            let client = place.run.log().request(event.subject).client;
            let client = place.scenario.client_name(client);
            (format!("{client} began the request at {at}"), Tone::Request)
        }
        Kind::Charged if step.slow => {
            let callee = place.edge.as_ref().and_then(|edge| place.scenario.service(edge.to));
            let wait = callee.map_or(SimDuration::ZERO, |callee| callee.record_after);
            (format!("charged at {at}, and recorded {} later", short(wait)), Tone::Waiting)
        }
        Kind::Charged => (format!("charged at {at}"), Tone::Ok),
        Kind::Denied if event.wait_denied().is_some() => (no_time(event), Tone::Waiting),
        Kind::Denied => (format!("the retry budget was spent at {at}"), Tone::Waiting),
        Kind::FaultEnded => (format!("{} was over at {at}", deed(place, event)), Tone::Ok),
        Kind::Intervention => {
            let fault = change(place, event).and_then(Change::fault).is_some();
            let word = if fault { "since" } else { "at" };
            let root = if fault { Root::Fault } else { Root::Deed };
            (format!("{} {word} {at}", deed(place, event)), Tone::Root(root))
        }
    };
    vec![Link::new(Some(event.id), event.at, text, tone)]
}

/// Whom a service chose, and by what.
fn picked(place: &Place, event: Event, at: &str) -> String {
    let Picked { edge, in_flight, passed_over } = event.picked();
    let service = place.edge.as_ref().and_then(|edge| place.scenario.service(edge.to));
    let by = match service.map_or(By::default(), |service| service.balance.by) {
        By::RoundRobin => ", by turn".to_owned(),
        By::Random => ", at random".to_owned(),
        By::LeastInFlight => format!(": {in_flight} in flight there, the fewest"),
        By::TwoChoices => format!(": {in_flight} in flight there, the less loaded of two"),
    };
    let instance = place.scenario.edge(edge).map_or("", |edge| place.scenario.node_name(edge.to));
    let passed = match passed_over {
        0 => String::new(),
        _ => format!(", and passed over {passed_over} whose breaker is open"),
    };
    format!("{} picked {instance} at {at}{by}{passed}", place.callee())
}

/// Who let nothing through.
fn rejected(place: &Place, event: Event, at: &str) -> String {
    let (line, limit) = bulkhead(place, event);
    match event.refusal() {
        Refusal::Breaker => format!("rejected at {at} without a call"),
        Refusal::RateLimit { wait } => limited(place, &line, at, wait),
        Refusal::Bulkhead { in_flight, waiting } => {
            let (most, room) = (limit.max_in_flight, limit.max_waiting);
            format!(
                "rejected at {at} by the bulkhead {line}: {in_flight} in flight (limit {most}), \
                 {waiting} waiting (limit {room})"
            )
        }
    }
}

/// What was counted, and when the next one may go.
fn limited(place: &Place, line: &str, at: &str, wait: SimDuration) -> String {
    let limit = place.edge.as_ref().map(|edge| edge.policy.rate_limit).unwrap_or_default();
    let limit::Settings { permits, per, burst, .. } = limit;
    let counted = match limit.kind {
        limit::Kind::SlidingWindow => format!("{permits} went within {per}"),
        _ => format!("no token is left of {burst}, {permits} come in {per}"),
    };
    format!("rejected at {at} by the rate limit {line}: {counted}, the next in {}", short(wait))
}

/// A copy, and what it did not wait for.
fn hedged(place: &Place, event: Event, at: &str) -> String {
    let (callee, waited) = (place.callee(), event.duration());
    match waited {
        SimDuration::ZERO => format!("a copy for {callee} at {at}, together with the first"),
        _ => format!("a copy for {callee} at {at}: no answer for {}", short(waited)),
    }
}

/// What stands in for an answer.
fn fell_back(place: &Place, event: Event, at: &str) -> String {
    let callee = place.callee();
    match event.fallback() {
        Fallback::Static => format!("a static answer in place of {callee} at {at}"),
        Fallback::Stale { age } => {
            format!("the last good answer of {callee} again at {at}, {} old", short(age))
        }
        Fallback::Call(other) => {
            let other = place.scenario.edge(other).map_or("", |e| place.scenario.node_name(e.to));
            format!("{other} was asked in place of {callee} at {at}")
        }
    }
}

fn held(place: &Place, event: Event, at: &str) -> String {
    let ((line, limit), waiting) = (bulkhead(place, event), event.payload);
    let most = limit.max_in_flight;
    format!("no place in the bulkhead {line} at {at} (limit {most} in flight), {waiting} waiting")
}

/// The line that an event happened on, and how much of it may be used at once.
fn bulkhead(place: &Place, event: Event) -> (String, bulkhead::Settings) {
    let limit = place.edge.as_ref().map(|edge| edge.policy.bulkhead).unwrap_or_default();
    (place.scenario.edge_name(place.run.log().span(event.subject).edge), limit)
}

/// What was too much.
fn shed(place: &Place, event: Event, at: &str) -> String {
    let queued = own(place.run, &event, Kind::Queued);
    let waited = queued.map_or_else(String::new, |queued| short(event.at.since(queued.at)));
    let callee = place.callee();
    match event.shedding() {
        Shedding::Waited => format!("{callee} shed it at {at}, after a wait of {waited}"),
        Shedding::Standing => {
            format!("{callee} shed it at {at}, after a wait of {waited} in a standing queue")
        }
        Shedding::Length(longest) => {
            format!("{callee} shed it at {at}: {longest} waited already")
        }
        Shedding::Limit(limit) => {
            format!("{callee} shed it at {at}: it lets {limit} in at once")
        }
    }
}

/// `, attempt 2`.
fn nth(attempt: u8) -> String {
    match attempt {
        UNCOUNTED => format!(", attempt {UNCOUNTED} or later"),
        _ => format!(", attempt {attempt}"),
    }
}

fn an_answer(place: &Place, step: &Step, at: &str) -> String {
    let event = step.event;
    let callee = place.callee();
    let said = match lacking(place.run, &event) {
        Some(part) => format!("{} without {part}", answered(event.status())),
        None => answered(event.status()),
    };
    match event.kind {
        Kind::Responded => return format!("{callee} {said} at {at}, and the answer left"),
        Kind::AnsweredLate if own(place.run, &event, Kind::Duplicated).is_some() => {
            return format!("{callee} {said} at {at}, and nobody waited for it");
        }
        Kind::AnsweredLate => return format!("{callee} {said} at {at}, too late"),
        _ => {}
    }
    let sent = own(place.run, &event, Kind::Sent).filter(|_| step.slow);
    let took =
        sent.map_or_else(String::new, |s| format!(", after {}", short(event.at.since(s.at))));
    let again = event.status().is_success() && place.attempt > 1;
    let nth = if again { nth(place.attempt) } else { String::new() };
    format!("{callee} {said} at {at}{nth}{took}")
}

/// The part that a degraded answer had to do without.
fn lacking(run: &Run, answer: &Event) -> Option<String> {
    let missing = missing(run, answer)?;
    let name = run.experiment().scenario.node_name(missing.node);
    Some(if missing.in_part { format!("a part of {name}") } else { name.to_owned() })
}

fn backed_off(place: &Place, event: Event) -> String {
    let wait = short(event.duration());
    let most = place.edge.as_ref().map_or(1, |edge| edge.policy.retry.max_attempts);
    match place.attempt {
        UNCOUNTED => format!("a wait of {wait} before the next of {most} attempts"),
        attempt => format!("a wait of {wait} before attempt {} of {most}", attempt + 1),
    }
}

/// A retry that would have begun too late.
pub(super) fn no_time(denied: Event) -> String {
    let wait = denied.wait_denied().map_or_else(String::new, short);
    let what = if denied.is_denied_by_timeout() { "timeout for all attempts" } else { "deadline" };
    format!("a wait of {wait} would have ended after the {what}")
}

fn verdict(place: &Place, event: Event, at: &str) -> String {
    let key = key(place.run, event.subject);
    let callee = place.callee();
    let before = event.cause().map_or(event.at, |cause| place.run.log().at(cause)).short();
    match event.verdict() {
        Verdict::Replayed => {
            format!("{key} was used before, at {before}: stored answer replayed at {at}")
        }
        Verdict::InProgress => {
            format!("{key} was in use since {before}, and its work not done at {at}")
        }
        Verdict::Mismatch => format!("{key} came with another body at {at} than at {before}"),
        Verdict::Missing => format!("no key came at {at}, and {callee} requires one"),
        Verdict::Conflict => {
            format!("another request had written the row at {before}, before {at}")
        }
        Verdict::Expired => format!("its deadline had passed when {callee} came to it at {at}"),
        Verdict::ExpiredAtWork => {
            format!("its deadline had passed at {at}, and {callee} made no more calls for it")
        }
        Verdict::Cached => format!("{callee} had the answer at {at}, kept since {before}"),
        Verdict::Joined => {
            format!("{callee} was fetching the same since {before}: it waited for that at {at}")
        }
        Verdict::Refused => format!("a method or path that is not known came at {at}"),
    }
}

/// The key that goes with an attempt, by its name.
pub(super) fn key(run: &Run, span: SpanId) -> String {
    let log = run.log();
    let mut row = log.span(span);
    while !row.by_client {
        row = log.span(row.parent);
    }
    let key = ids::key(run, row.parent, row.attempt);
    key.map_or_else(|| NO_KEY.to_owned(), |key| named(&key))
}

/// `key abc-123`; of a long one no more than tells it from others.
fn named(key: &str) -> String {
    let cut: String = key.chars().take(LONGEST_KEY).collect();
    let more = if cut.len() < key.len() { "…" } else { "" };
    format!("key {cut}{more}")
}

/// A timeout, and what it was too short for.
fn timed_out(place: &Place, event: Event) -> String {
    let what = ran_out(place.run, event);
    let timeout = format!("{} {what}", short(event.duration()));
    let log = place.run.log();
    let Some(waited) = event.cause().map(|cause| log.event(cause)) else {
        return timeout;
    };
    let callee = Place::of(place.run, &waited);
    let callee = callee.callee();
    let own = waited.subject == event.subject;
    match waited.kind {
        Kind::Started if waited.duration() > event.duration() => {
            let whose = if own { String::new() } else { format!(" of {callee}") };
            format!("{timeout} < {} service time{whose}", short(waited.duration()))
        }
        Kind::Started => format!("{timeout}, {callee} was still at work"),
        Kind::Verdict if waited.verdict() == Verdict::Joined => {
            format!("{timeout} < wait for what {callee} was fetching for another")
        }
        Kind::Queued => format!("{timeout} < wait for a worker of {callee}"),
        Kind::Held => format!("{timeout} < wait for a place in a bulkhead before {callee}"),
        Kind::Charged => format!("{timeout}, {callee} had charged and not recorded it"),
        Kind::BackedOff => format!("{timeout} < the retries behind it"),
        Kind::Sent => format!("{timeout}, a request was still on its way to {callee}"),
        Kind::Responded => format!("{timeout}, an answer of {callee} was still on its way"),
        Kind::Intervention
            if is_fault(place, waited, |kind| matches!(kind, FaultKind::Delay(_))) =>
        {
            format!("{timeout}, a message was held up on its way")
        }
        _ => format!("{timeout}, nothing came back"),
    }
}

/// What an attempt had too little of.
fn ran_out(run: &Run, event: Event) -> &'static str {
    if event.is_deadline() {
        return "left until the deadline";
    }
    let stack = |begun: Event| Place::of(run, &begun).edge.map(|edge| edge.policy.stack);
    let held = own(run, &event, Kind::Held);
    let begun = own(run, &event, Kind::Sent).or(held).and_then(stack).unwrap_or_default();
    let waited = held.and_then(stack).unwrap_or_default();
    if begun.is_per_call(Layer::Timeout) || waited.is_per_call(Layer::Timeout) {
        "left of the timeout for all attempts"
    } else if held.is_some()
        && [begun, waited].iter().any(|stack| stack.is_outside(Layer::Timeout, Layer::Bulkhead))
    {
        "left of the timeout"
    } else {
        "timeout"
    }
}

/// Whether an event began a fault of some kind.
fn is_fault(place: &Place, event: Event, of: impl Fn(FaultKind) -> bool) -> bool {
    event.kind == Kind::Intervention
        && change(place, event).and_then(Change::fault).is_some_and(|fault| of(fault.kind))
}

fn change<'a>(place: &Place<'a>, event: Event) -> Option<&'a Change> {
    let done = place.run.experiment().interventions.get(event.subject as usize)?;
    Some(&done.change)
}

/// What was done: `the breaker api → bank was tripped by hand`.
fn deed(place: &Place, event: Event) -> String {
    match change(place, event) {
        None => String::new(),
        Some(Change::Fault(fault)) => fault_of(&place.scenario, fault),
        Some(Change::Struck(fault)) => format!("chaos: {}", fault_of(&place.scenario, fault)),
        Some(Change::Chaos(_)) => "chaos began".to_owned(),
        Some(Change::Drop { edge, .. }) => {
            format!("a message {} was dropped by hand", place.scenario.edge_name(*edge))
        }
        Some(Change::Breaker { edge, action }) => {
            let (edge, done) = (place.scenario.edge_name(*edge), action.done());
            format!("the breaker {edge} was {done} by hand")
        }
        Some(Change::Send(hand)) => {
            let key = hand.key.as_deref().filter(|key| !key.is_empty());
            let with = key
                .map_or_else(|| "without a key".to_owned(), |key| format!("with {}", named(key)));
            let lost = if hand.lose_response { ", its first answer to be lost," } else { "" };
            format!("{} {} was sent by hand {with}{lost}", hand.method, hand.path)
        }
        Some(Change::Burst(_)) => "everyone sent at once".to_owned(),
        Some(Change::SetBreaker { edge, settings }) => {
            let line = place.scenario.edge_name(*edge);
            format!("the breaker {line} was set {}", like(settings))
        }
        Some(Change::Set { knob, value }) => {
            let spec = knob.spec();
            format!("“{}” was set to {}", spec.label, spec.unit.show(*value))
        }
    }
}

/// `fault “slow ×7” on bank`.
fn fault_of(scenario: &Scenario, fault: &Fault) -> String {
    let target = match fault.target {
        Target::Node(node) => scenario.node_name(node).to_owned(),
        Target::Edge(edge) => scenario.edge_name(edge),
    };
    format!("fault “{}” on {target}", fault.kind.label())
}
