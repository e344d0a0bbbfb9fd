//! Why something did not happen to a request: another attempt, a replay, a second charge.

use super::sentence::{NO_KEY, Place, about, answered, key, no_time, short};
use super::walk::Step;
use super::{Link, Root, Tone, Why, chain};
use half_open::log::{Event, Kind, Refusal, RequestId, StatusCode, Verdict};
use half_open::policy::fallback;
use half_open::policy::idempotency::StoreWhat;
use half_open::policy::outcome::Outcome;
use half_open::policy::stack::Layer;
use half_open::run::{RequestRow, Run};
use half_open::scenario::{Change, Fault, FaultKind, NodeId, Target};
use half_open::time::{SimDuration, SimTime};

/// What else can be asked about a request at an instant.
#[must_use]
pub fn why_not(run: &Run, request: RequestId, at: SimTime) -> Vec<Why> {
    let Some(row) = run.index().requests.get(request as usize) else { return Vec::new() };
    let events = mine(run, request, row, at);
    let mut whys = Vec::new();
    let mut add = |question: &str, links: Option<Vec<Link>>| {
        whys.extend(links.map(|links| Why { question: question.into(), links }));
    };
    add("Why was it not tried again?", not_tried_again(run, row, &events));
    add("Why was there no fallback?", no_fallback(run, row, &events));
    add("Why was the stored answer not replayed?", not_replayed(run, &events));
    add("Why was nobody charged twice?", not_charged_twice(run, &events));
    whys
}

/// What happened to a request up to an instant.
fn mine(run: &Run, request: RequestId, row: &RequestRow, at: SimTime) -> Vec<Event> {
    let log = run.log();
    let until = log.count_until(at).min(row.last.saturating_add(1));
    let events = (row.first..until).map(|id| log.event(id));
    let of = |event: &Event| match event.kind {
        Kind::Arrived => event.subject == request,
        _ => event.span().is_some_and(|span| log.request_of(span) == request),
    };
    events.filter(of).collect()
}

fn limit(event: Event, text: String) -> Vec<Link> {
    vec![Link::new(Some(event.id), event.at, text, Tone::Root(Root::Limit))]
}

/// Why its last failure was final.
fn not_tried_again(run: &Run, row: &RequestRow, events: &[Event]) -> Option<Vec<Link>> {
    let by_client = |event: &&Event| event.is_last() && run.log().span(event.subject).by_client;
    let end = *events.iter().rev().find(by_client).filter(|_| !row.succeeded)?;
    let place = Place::of(run, &end);
    let retry = &place.edge.as_ref()?.policy.retry;
    let (outcome, what) = match (end.kind, end.status()) {
        (Kind::TimedOut, _) => (Outcome::TimedOut, "a timeout"),
        (Kind::Rejected, _) => (Outcome::Rejected, refused(&end)),
        (_, StatusCode::ConnectionFailed) => (Outcome::ConnectionFailed, "a broken connection"),
        (_, StatusCode::Http(status)) => (Outcome::Answered(status), ""),
    };
    // A conflict says when to come back, unless it is a stored answer.
    let replayed = events.iter().any(|event| {
        event.kind == Kind::Verdict
            && event.subject == end.subject
            && event.verdict() == Verdict::Replayed
    });
    let asked = Some(SimDuration::ZERO).filter(|_| !replayed);
    let denied = |event: &&Event| event.kind == Kind::Denied && event.subject == end.subject;
    if let Some(denied) = events.iter().find(denied) {
        let by_deadline = denied.wait_denied().is_some();
        let spent = || format!("the retry budget was spent at {}", denied.at.short());
        return Some(limit(*denied, if by_deadline { no_time(*denied) } else { spent() }));
    }
    if end.is_deadline() {
        return Some(limit(end, format!("the deadline had passed at {}", end.at.short())));
    }
    let (stack, most) = (&place.edge.as_ref()?.policy.stack, retry.max_attempts);
    let text = if end.kind == Kind::Rejected && stack.is_per_call(end.refusal().layer()) {
        format!("its {} stands outside the retry", end.refusal().name())
    } else if end.kind == Kind::TimedOut
        && stack.is_per_call(Layer::Timeout)
        && u32::from(place.attempt) < most
        && retry.on.timeouts
    {
        "its timeout is one for all attempts".to_owned()
    } else if retry.on.covers(outcome, asked) {
        match (place.attempt, most) {
            (_, 1) => "one attempt is all there is".to_owned(),
            (u8::MAX, _) => format!("all of its {most} attempts were made"),
            (nth, _) => format!("attempt {nth} was the last of {most}"),
        }
    } else if what.is_empty() {
        format!("what was {} is not tried again", answered(end.status()))
    } else {
        format!("{what} is not tried again")
    };
    Some(limit(end, text))
}

/// Why a caller that falls back on the last good answer had none.
fn no_fallback(run: &Run, row: &RequestRow, events: &[Event]) -> Option<Vec<Link>> {
    let by_client = |event: &&Event| event.is_last() && run.log().span(event.subject).by_client;
    let end = *events.iter().rev().find(by_client).filter(|_| !row.succeeded)?;
    let place = Place::of(run, &end);
    let outcome = match (end.kind, end.status()) {
        (Kind::TimedOut, _) => Outcome::TimedOut,
        (Kind::Rejected, _) => Outcome::Rejected,
        (_, StatusCode::ConnectionFailed) => Outcome::ConnectionFailed,
        (_, StatusCode::Http(status)) => Outcome::Answered(status),
    };
    let stale = place.edge.as_ref()?.policy.fallback.kind == fallback::Kind::Stale;
    let text = format!("no good answer of {} was at hand at {}", place.callee(), end.at.short());
    (stale && fallback::covers(outcome)).then(|| limit(end, text))
}

fn refused(end: &Event) -> &'static str {
    match end.refusal() {
        Refusal::Breaker => "a refusal by its breaker",
        Refusal::Bulkhead { .. } => "a refusal by its bulkhead",
        Refusal::RateLimit { .. } => "a refusal by its rate limit",
    }
}

/// Why work was done a second time that a service could have remembered.
fn not_replayed(run: &Run, events: &[Event]) -> Option<Vec<Link>> {
    let log = run.log();
    let by_client =
        |event: &&Event| event.kind == Kind::Started && log.span(event.subject).by_client;
    let mut starts = events.iter().rev().filter(by_client);
    let (again, first) = (*starts.next()?, *starts.next()?);
    let place = Place::of(run, &again);
    let node = place.edge.as_ref()?.to;
    let callee = place.callee();
    let keys = &place.scenario.service(node)?.idempotency;
    let of_first = |kind: Kind| {
        let mut before = events.iter().take_while(|event| event.id < again.id);
        before.find(|event| event.kind == kind && event.subject == first.subject).copied()
    };
    let (forgot, lost) = (forgotten(run, node, first, again), of_first(Kind::WorkLost));
    let answer = of_first(Kind::Responded);
    let kept = |answer: &Event| {
        let stores = Place::of(run, answer).scenario.service(node).map(|s| s.idempotency.store);
        answer.status().is_success() || stores == Some(StoreWhat::Started)
    };
    let age = again.at.since(first.at);
    let with_keys = events.first()?.payload;
    // Copies of one attempt have one key.
    let nth = |event: &Event| log.span(event.subject).attempt;
    let text = if !keys.enabled {
        format!("{callee} does not look at keys")
    } else if with_keys == 1 && nth(&again) != nth(&first) {
        "each attempt had a key of its own".to_owned()
    } else if with_keys == 2 || key(run, again.subject) == NO_KEY {
        "it came without a key".to_owned()
    } else if let Some(forgot) = forgot {
        let text = format!("{callee} forgot its keys at {}", forgot.at.short());
        let link = Link::new(Some(forgot.id), forgot.at, text, Tone::Failure);
        return Some([vec![link], chain::from(run, forgot)].concat());
    } else if let Some(lost) = lost {
        return Some(chain::from(run, lost));
    } else if let Some(answer) = answer.filter(|answer| !kept(answer)) {
        let (nth, said) = (log.span(first.subject).attempt, answered(answer.status()));
        format!("attempt {nth} was {said}, and only 2xx is kept")
    } else if answer.is_some() && age >= keys.ttl {
        format!("the answer was {} old, and is kept for {}", short(age), keys.ttl)
    } else {
        let lock = keys.lock_timeout.filter(|lock| answer.is_none() && age >= *lock)?;
        format!("the key was in use for {}, and is locked for {lock}", short(age))
    };
    Some(limit(again, text))
}

/// The beginning of a fault between two events by which a service forgot its keys.
fn forgotten(run: &Run, node: NodeId, first: Event, again: Event) -> Option<Event> {
    let deeds = &run.experiment().interventions;
    let between = (first.id..again.id).rev().map(|id| run.log().event(id));
    let mut deeds_between = between.filter(|event| event.kind == Kind::Intervention);
    deeds_between.find(|event| {
        let change = deeds.get(event.subject as usize).map(|deed| &deed.change);
        let loses = |kind| match kind {
            FaultKind::Crash { keep_state } => !keep_state,
            kind => kind == FaultKind::ForgetKeys,
        };
        matches!(change.and_then(Change::fault), Some(Fault { kind, target, .. })
            if loses(*kind) && *target == Target::Node(node))
    })
}

/// What kept a second attempt from another charge.
fn not_charged_twice(run: &Run, events: &[Event]) -> Option<Vec<Link>> {
    let mut charges = events.iter().filter(|event| event.kind == Kind::Charged);
    let (charged, None) = (*charges.next()?, charges.next()) else { return None };
    let held = |event: &&Event| {
        event.kind == Kind::Verdict
            && matches!(event.verdict(), Verdict::Replayed | Verdict::InProgress)
    };
    let verdict = *events.iter().rev().find(held)?;
    let said = |event| about(&Place::of(run, &event), &Step { event, told: true, slow: false });
    let (later, earlier) =
        if verdict.id > charged.id { (verdict, charged) } else { (charged, verdict) };
    let mut links = said(later);
    links.extend(said(earlier));
    let key = key(run, verdict.subject);
    let at = links.last()?.at;
    let text = format!("{key} came with every attempt");
    links.push(Link::new(None, at, text, Tone::Root(Root::Limit)));
    Some(links)
}
