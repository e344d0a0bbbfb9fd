//! What is told of charges.

use super::{NEWS, Story, story};
use crate::draw::Role;
use half_open::log::{Event, Kind};
use half_open::run::{Receipt, Run, Scene};

/// Somebody was charged twice, or was not because of a key.
pub(super) fn told(run: &Run, scene: &Scene) -> Option<Story> {
    let fresh = |receipt: &&Receipt| scene.at.since(receipt.at) < NEWS;
    let news = scene.ledger.receipts.iter().rev().take_while(fresh);
    let news = news.filter(|receipt| receipt.double || receipt.replay).last()?;
    let before = match (news.double, lost(run, news)) {
        (true, _) if unrecorded(run, news) => "A crash came before the key was recorded: ",
        (true, _) if doubled(run, news) => {
            "Nothing told the second arrival of a request from a new one: "
        }
        (false, _) if doubled(run, news) => "What arrived twice had the same key: ",
        (true, true) => "The response was lost, and nothing told the retry from a new request: ",
        (true, false) => "Nothing told the retry from a new request: ",
        (false, true) => "The response was lost, but the retry carries the same key: ",
        (false, false) => "The same key once more: ",
    };
    Some(if news.double {
        story(before, "charged twice", ".", Role::Failure)
    } else {
        let after = " comes back, and nobody is charged twice.";
        story(before, "the stored answer", after, Role::Replay)
    })
}

/// Whether an answer to the client's request was lost before this happened: a retry may also follow
/// an answer that came too late.
fn lost(run: &Run, receipt: &Receipt) -> bool {
    let log = run.log();
    let Some(row) = run.index().requests.get(receipt.request as usize) else { return false };
    let events = (row.first..receipt.event).map(|id| log.event(id));
    events.filter(|event| event.kind == Kind::ResponseLost).any(|event| {
        log.span(event.subject).by_client && log.request_of(event.subject) == receipt.request
    })
}

/// Whether a service had charged for this request before and lost its work before it recorded that.
fn unrecorded(run: &Run, receipt: &Receipt) -> bool {
    let mut charged = Vec::new();
    so_far(run, receipt).any(|event| {
        if event.kind == Kind::Charged {
            charged.push(event.subject);
        }
        event.kind == Kind::WorkLost && charged.contains(&event.subject)
    })
}

/// Whether this, or what was charged for the request before, was done for one that was doubled on its way.
fn doubled(run: &Run, receipt: &Receipt) -> bool {
    let log = run.log();
    let mut seconds = Vec::new();
    so_far(run, receipt).chain([log.event(receipt.event)]).any(|event| {
        let row = log.span(event.subject);
        let within = |span| seconds.contains(&span);
        if event.kind == Kind::Duplicated
            || !row.by_client && within(row.parent) && !within(event.subject)
        {
            seconds.push(event.subject);
        }
        let tells = event.kind == Kind::Charged || event.id == receipt.event;
        tells && seconds.contains(&event.subject)
    })
}

/// What had happened to attempts of a request before this.
fn so_far(run: &Run, receipt: &Receipt) -> impl Iterator<Item = Event> {
    let (log, request) = (run.log(), receipt.request);
    let first = run.index().requests.get(request as usize).map_or(receipt.event, |row| row.first);
    let events = (first..receipt.event).map(|id| log.event(id));
    events.filter(move |event| event.span().is_some_and(|span| log.request_of(span) == request))
}
