//! Why something did not happen to a request: another attempt, a replay, a second charge.

use super::sentence::{Place, about, answered, key, short};
use super::walk::Step;
use super::{Link, Root, Tone, Why, chain};
use half_open::log::{Event, Kind, RequestId, StatusCode, Verdict};
use half_open::policy::idempotency::StoreWhat;
use half_open::policy::outcome::Outcome;
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
    let place = Place::of(run, end);
    let retry = &place.edge.as_ref()?.policy.retry;
    let (outcome, what) = match (end.kind, end.status()) {
        (Kind::TimedOut, _) => (Outcome::TimedOut, "a timeout".to_owned()),
        (Kind::Rejected, _) => (Outcome::Rejected, "a refusal by its breaker".to_owned()),
        (_, StatusCode::ConnectionFailed) => {
            (Outcome::ConnectionFailed, "a broken connection".to_owned())
        }
        (_, StatusCode::Http(status)) => {
            (Outcome::Answered(status), format!("what was {}", answered(end.status())))
        }
    };
    // A conflict says when to come back, unless it is a stored answer.
    let replayed = events.iter().any(|event| {
        event.kind == Kind::Verdict
            && event.subject == end.subject
            && event.verdict() == Verdict::Replayed
    });
    let asked = Some(SimDuration::ZERO).filter(|_| !replayed);
    let text = if retry.on.covers(outcome, asked) {
        let most = retry.max_attempts;
        match (place.attempt, most) {
            (_, 1) => "one attempt is all there is".to_owned(),
            (u8::MAX, _) => format!("all of its {most} attempts were made"),
            (nth, _) => format!("attempt {nth} was the last of {most}"),
        }
    } else {
        format!("{what} is not tried again")
    };
    Some(limit(end, text))
}

/// Why work was done a second time that a service could have remembered.
fn not_replayed(run: &Run, events: &[Event]) -> Option<Vec<Link>> {
    let log = run.log();
    let by_client =
        |event: &&Event| event.kind == Kind::Started && log.span(event.subject).by_client;
    let mut starts = events.iter().rev().filter(by_client);
    let (again, first) = (*starts.next()?, *starts.next()?);
    let place = Place::of(run, again);
    let node = place.edge.as_ref()?.to;
    let callee = place.callee();
    let keys = &place.scenario.service(node)?.idempotency;
    if !keys.enabled {
        return Some(limit(again, format!("{callee} does not look at keys")));
    }
    match (events.first()?.payload, key(run, again.subject).as_str()) {
        (1, _) => return Some(limit(again, "each attempt had a key of its own".into())),
        (_, "the key") => return Some(limit(again, "it came without a key".into())),
        _ => {}
    }
    if let Some(forgot) = forgotten(run, node, first, again) {
        let text = format!("{callee} forgot its keys at {}", forgot.at.short());
        let link = Link::new(Some(forgot.id), forgot.at, text, Tone::Failure);
        return Some([vec![link], chain::from(run, forgot)].concat());
    }
    let of_first = |kind| events.iter().find(|e| e.kind == kind && e.subject == first.subject);
    if let Some(lost) = of_first(Kind::WorkLost).filter(|lost| lost.id < again.id) {
        return Some(chain::from(run, *lost));
    }
    let age = again.at.since(first.at);
    let answer = of_first(Kind::Responded).filter(|answer| answer.id < again.id);
    let text = match (answer, keys.lock_timeout) {
        (Some(answer), _) => {
            let stores = Place::of(run, *answer).scenario.service(node)?.idempotency.store;
            if stores == StoreWhat::Success && !answer.status().is_success() {
                format!(
                    "attempt {} was {}, and only 2xx is kept",
                    log.span(first.subject).attempt,
                    answered(answer.status())
                )
            } else if age >= keys.ttl {
                format!("the answer was {} old, and is kept for {}", short(age), keys.ttl)
            } else {
                return None;
            }
        }
        (None, Some(lock)) if age >= lock => {
            format!("the key was in use for {}, and is locked for {lock}", short(age))
        }
        (None, _) => return None,
    };
    Some(limit(again, text))
}

/// The beginning of a crash between two events in which a service forgot its keys.
fn forgotten(run: &Run, node: NodeId, first: Event, again: Event) -> Option<Event> {
    let deeds = &run.experiment().interventions;
    let between = (first.id..again.id).rev().map(|id| run.log().event(id));
    let mut deeds_between = between.filter(|event| event.kind == Kind::Intervention);
    deeds_between.find(|event| {
        let change = deeds.get(event.subject as usize).map(|deed| &deed.change);
        let lost = FaultKind::Crash { keep_state: false };
        matches!(change, Some(Change::Fault(Fault { kind, target, .. }))
            if *kind == lost && *target == Target::Node(node))
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
    let said = |event| about(&Place::of(run, event), &Step { event, told: true, slow: false });
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
