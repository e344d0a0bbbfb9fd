//! From an event back along its causes.

use super::sentence::{self, Place};
use super::{LONGEST, Link, Tone};
use half_open::log::{Event, Kind, Verdict};
use half_open::run::{RequestRow, Run};

/// The chain that ends with this event. The last link is where it began.
pub(super) fn from(run: &Run, event: Event) -> Vec<Link> {
    let mut links = Vec::new();
    let mut next = Some(event);
    while let Some(event) = next {
        let place = Place::of(run, event);
        links.extend(sentence::about(&place, event));
        next = before(run, event);
        if links.len() >= LONGEST {
            break;
        }
        if next.is_none()
            && let Some(root) = sentence::root(&place, event)
        {
            links.push(root);
        }
    }
    links.truncate(LONGEST);
    // A chain that was cut, or ends in an intervention, ends in what it rests on.
    if let [_, .., last] = links.as_mut_slice() {
        last.tone = Tone::Root;
    }
    links
}

/// That somebody sent this request by hand, if somebody did.
pub(super) fn by_hand(run: &Run, request: &RequestRow) -> Option<Link> {
    let log = run.log();
    let sent = log.event(log.event(request.first).cause().filter(|_| request.by_hand)?);
    sentence::about(&Place::of(run, sent), sent).pop()
}

/// The event that the explanation goes on with, if there is one.
fn before(run: &Run, event: Event) -> Option<Event> {
    let log = run.log();
    let cause = event.cause().map(|cause| log.event(cause));
    match event.kind {
        // A response says what its service concluded, from what it went through.
        Kind::Answered | Kind::AnsweredLate if event.status().is_success() => {
            let responded = cause?;
            let why = responded.cause().map(|cause| log.event(cause))?;
            match why.kind {
                Kind::Verdict => Some(why),
                _ => retried(run, event),
            }
        }
        Kind::Answered | Kind::AnsweredLate => {
            cause.and_then(|responded| responded.cause()).map(|cause| log.event(cause))
        }
        // What the caller waited for is part of the sentence.
        Kind::TimedOut => match cause {
            Some(waited) if waited.kind == Kind::Started => {
                let slowed = waited.cause().map(|cause| log.event(cause))?;
                matches!(slowed.kind, Kind::Intervention | Kind::Queued).then_some(slowed)
            }
            other => other.filter(|event| event.kind != Kind::Sent),
        },
        Kind::Started => cause.filter(|e| matches!(e.kind, Kind::Intervention | Kind::Queued)),
        Kind::RequestLost | Kind::ResponseLost => {
            cause.filter(|event| event.kind == Kind::Intervention)
        }
        // The key's story: what became of the first answer.
        Kind::Verdict if event.verdict() == Verdict::Replayed => lost_answer(run, cause?, event),
        Kind::Verdict => None,
        Kind::Sent => cause.filter(|event| matches!(event.kind, Kind::BackedOff | Kind::Arrived)),
        Kind::Intervention => None,
        _ => cause,
    }
}

/// Why this attempt was not the first.
fn retried(run: &Run, event: Event) -> Option<Event> {
    let log = run.log();
    let row = run.index().requests.get(log.request_of(event.subject) as usize)?;
    let sent = (row.first..event.id).rev().map(|id| log.event(id));
    let sent = sent.filter(|e| e.kind == Kind::Sent).find(|e| e.subject == event.subject)?;
    let cause = log.event(sent.cause()?);
    (cause.kind == Kind::BackedOff).then_some(cause)
}

/// How the answer to the first request under a key was lost before the verdict, if it was.
fn lost_answer(run: &Run, started: Event, verdict: Event) -> Option<Event> {
    let log = run.log();
    let row = run.index().requests.get(log.request_of(started.subject) as usize)?;
    let mine = |event: &Event| event.subject == started.subject;
    let after = (started.id..verdict.id.min(row.last.saturating_add(1))).map(|id| log.event(id));
    after.filter(|event| event.kind == Kind::ResponseLost).find(mine).or(Some(started))
}
