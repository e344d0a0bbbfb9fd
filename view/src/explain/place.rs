//! Why a place is as it is: what keeps it from going on, or else what failed there last.

use super::{Link, Root, Tone, Why, chain};
use half_open::log::{Event, Kind};
use half_open::run::{Flight, Run, Scene, ids};
use half_open::scenario::{EdgeId, NodeId};
use half_open::time::{SimDuration, SimTime};

/// Why the last attempt that failed over a line did.
#[must_use]
pub fn why_line(run: &Run, scene: &Scene, edge: EdgeId) -> Why {
    failure(run, scene, |line| line == edge)
}

/// What keeps all workers of a service busy; where some are free, and for clients, why the last
/// attempt that failed there did.
#[must_use]
pub fn why_node(run: &Run, scene: &Scene, node: NodeId) -> Why {
    let clients = scene.scenario.clients(node).is_some();
    stuck(run, scene, node).unwrap_or_else(|| {
        failure(run, scene, |line| {
            let edge = scene.scenario.edge(line);
            edge.is_some_and(|edge| if clients { edge.from == node } else { edge.to == node })
        })
    })
}

/// The last failure over some lines. What a breaker refused never got there.
fn failure(run: &Run, scene: &Scene, among: impl Fn(EdgeId) -> bool) -> Why {
    let lines = (0u8..).zip(&scene.lines).filter(|(id, _)| among(*id));
    let Some(last) = lines.filter_map(|(_, line)| line.failed).max() else {
        let text = "no attempt has failed so far".to_owned();
        let link = Link::new(None, scene.at, text, Tone::Ok);
        return Why { question: "What failed here last?".into(), links: vec![link] };
    };
    let event = run.log().event(last);
    let span = run.log().span(event.subject);
    let request = ids::short_id(run, run.log().request_of(event.subject));
    let how = if event.kind == Kind::TimedOut { "timed out" } else { "failed" };
    let text = format!("request {request}, attempt {} {how} at {}", span.attempt, event.at.short());
    let mut links = vec![Link::new(Some(last), event.at, text, Tone::Failure)];
    links.extend(chain::from(run, event));
    Why { question: "What failed here last?".into(), links }
}

/// What a service without a free worker waits for, with the story of the worker that has waited
/// longest.
fn stuck(run: &Run, scene: &Scene, node: NodeId) -> Option<Why> {
    let workers = scene.scenario.service(node)?.workers;
    let station = scene.stations.get(usize::from(node))?;
    let busy = station.busy();
    if busy < workers as usize {
        return None;
    }
    let held = station.workers.iter().flatten().filter_map(|span| scene.flight(*span));
    let longest = held.min_by_key(|flight| (flight.since, flight.span))?;
    let calls: Vec<String> = scene
        .scenario
        .calls_of(node)
        .map(|call| (call, waiting(scene, call)))
        .filter(|(_, count)| *count > 0)
        .filter_map(|(call, count)| Some((scene.scenario.edge(call)?.to, count)))
        .map(|(to, count)| format!("{count} waiting for {}", scene.scenario.node_name(to)))
        .collect();
    let calls = if calls.is_empty() { String::new() } else { format!(": {}", calls.join(", ")) };
    let text = format!("{busy} of {workers} busy{calls}");
    let mut links = vec![Link::new(None, scene.at, text, Tone::Waiting)];
    if let Some(event) = innermost(run, scene, longest) {
        links.extend(chain::from(run, event));
    }
    Some(Why { question: "What keeps its workers busy?".into(), links })
}

/// How many callers wait for an answer over a line, or to try it again.
fn waiting(scene: &Scene, edge: EdgeId) -> usize {
    let open = scene.flights().filter(|flight| flight.edge == edge && flight.given_up.is_none());
    open.count() + scene.backoffs.iter().filter(|backoff| backoff.edge == edge).count()
}

/// How long a look at what comes and goes is.
const LOOK: SimDuration = SimDuration::from_secs(1);

/// Why those who wait for a worker of a service go on waiting, if somebody does.
#[must_use]
pub fn why_queue(run: &Run, scene: &Scene, node: NodeId) -> Option<Why> {
    let workers = scene.scenario.service(node)?.workers;
    scene.stations.get(usize::from(node)).filter(|station| !station.queue.is_empty())?;
    let log = run.log();
    let since = SimTime::ZERO + (scene.at.since(SimTime::ZERO) - LOOK);
    let here = |event: &Event| {
        let line = event.span().and_then(|span| scene.scenario.edge(log.span(span).edge));
        line.is_some_and(|line| line.to == node)
    };
    let (mut came, mut began) = (0, 0);
    for event in (log.count_until(since)..scene.events).map(|id| log.event(id)).filter(here) {
        came += u32::from(event.kind == Kind::Queued);
        began += u32::from(event.kind == Kind::Started);
    }
    let text = format!("{came} came to wait in the last second, {began} had their turn");
    let flow = Link::new(None, scene.at, text, Tone::Waiting);
    let text = format!("{workers} are worked on at once");
    let limit = Link::new(None, scene.at, text, Tone::Root(Root::Limit));
    Some(Why { question: "Why does its queue not drain?".into(), links: vec![flow, limit] })
}

/// The latest news of an attempt: where the call is that it waits for, however deep.
pub(super) fn innermost(run: &Run, scene: &Scene, flight: &Flight) -> Option<Event> {
    let open = |outer: &Flight| {
        let mut inner = scene.flights().filter(|inner| inner.given_up.is_none());
        inner.find(|inner| inner.parent == Some(outer.span))
    };
    let mut flight = flight;
    while let Some(inner) = open(flight) {
        flight = inner;
    }
    let mut backoffs = scene.backoffs.iter();
    match backoffs.find(|backoff| backoff.parent == flight.span) {
        Some(backoff) => news(run, backoff.since, |event| {
            event.kind == Kind::BackedOff && run.log().span(event.subject).parent == flight.span
        }),
        None => news(run, flight.since, |event| event.span() == Some(flight.span)),
    }
}

/// The last event of an instant that is about something.
fn news(run: &Run, at: SimTime, about: impl Fn(&Event) -> bool) -> Option<Event> {
    let log = run.log();
    let events = (0..log.count_until(at)).rev().map(|id| log.event(id));
    events.take_while(|event| event.at == at).find(about)
}

#[cfg(test)]
mod tests {
    use super::*;
    use half_open::run::{Limits, Seeker};
    use half_open::scenario::{Experiment, Knob, library};

    const API: NodeId = 1;
    const TO_BANK: EdgeId = 1;

    fn payments(change: impl Fn(&mut Experiment)) -> Run {
        let mut experiment = library::payments();
        change(&mut experiment);
        Run::new(experiment, Limits::default())
    }

    /// The api waits for the bank far longer than the bank is well.
    fn patient() -> Run {
        payments(|experiment| {
            let knob = Knob::find(&experiment.scenario, "api-bank.timeout").expect("a knob");
            knob.set(&mut experiment.scenario, 3e9).expect("a timeout");
        })
    }

    fn texts(why: &Why) -> Vec<&str> {
        why.links.iter().map(|link| link.text.as_str()).collect()
    }

    #[test]
    fn a_service_without_a_free_worker_says_whom_it_waits_for_and_why() {
        let run = patient();
        let why = why_node(&run, Seeker::new().seek(&run, SimTime::from_millis(6_600)), API);
        assert_eq!(why.question, "What keeps its workers busy?");
        let texts = texts(&why);
        assert_eq!(texts[0], "20 of 20 busy: 20 waiting for bank");
        assert!(texts[1].starts_with("bank began at "), "{texts:?}");
        assert_eq!(texts.last(), Some(&"fault “slow ×7” on bank since 4.00 s"));
    }

    #[test]
    fn a_line_says_what_failed_there_last_and_before_that_nothing() {
        let run = payments(|_| {});
        let mut seeker = Seeker::new();
        let why = why_line(&run, seeker.seek(&run, SimTime::from_millis(1_000)), TO_BANK);
        assert_eq!(texts(&why), ["no attempt has failed so far"]);
        let scene = seeker.seek(&run, SimTime::from_millis(6_000));
        let why = why_line(&run, scene, TO_BANK);
        let last = why.links[0].event.expect("an event");
        let later = run.log().events_from(last + 1).take_while(|event| event.id < scene.events);
        let failed = later.filter(|event| event.kind == Kind::TimedOut);
        assert_eq!(failed.filter(|e| run.log().span(e.subject).edge == TO_BANK).count(), 0);
        let texts = texts(&why);
        assert!(texts[0].contains(", attempt 1 timed out at "), "{texts:?}");
        assert!(texts[1].starts_with("300 ms timeout < "), "{texts:?}");
        assert_eq!(texts.last(), Some(&"fault “slow ×7” on bank since 4.00 s"));
    }

    #[test]
    fn a_free_service_and_clients_say_what_failed_between_them() {
        let run = payments(|_| {});
        let mut seeker = Seeker::new();
        let scene = seeker.seek(&run, SimTime::from_millis(6_000));
        let between = texts(&why_line(&run, scene, 0)).join("; ");
        assert!(between.contains("failed at ") || between.contains("timed out at "), "{between}");
        assert_eq!(texts(&why_node(&run, scene, 0)).join("; "), between);
        assert_eq!(texts(&why_node(&run, scene, API)).join("; "), between);
    }

    #[test]
    fn what_a_place_says_has_happened_by_then() {
        for run in [patient(), payments(|_| {})] {
            let mut seeker = Seeker::new();
            for at in (0..16_000).step_by(50).map(SimTime::from_millis) {
                let scene = seeker.seek(&run, at);
                let nodes = (0..4).map(|node| why_node(&run, scene, node));
                for why in nodes.chain((0..3).map(|edge| why_line(&run, scene, edge))) {
                    assert!(!why.links.is_empty() && why.links.len() <= 9, "{why:?}");
                    assert!(why.links.windows(2).all(|pair| pair[0].at >= pair[1].at), "{why:?}");
                    assert!(
                        why.links.iter().filter_map(|link| link.event).all(|e| e < scene.events)
                    );
                }
            }
        }
    }
}
