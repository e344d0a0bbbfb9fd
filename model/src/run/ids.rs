//! The names under which requests, attempts and keys are shown: from the seed, so that they stay
//! the same whatever else happens in a run.

use super::{RequestRow, Run};
use crate::log::{Event, Kind, Log, Request, RequestId, Span, SpanId};
use crate::policy::traceparent::Traceparent;
use crate::random::{self, Stream};
use crate::scenario::knob::ServiceKnob;
use crate::scenario::{Change, EdgeId, Experiment, Intervention, Knob, Node, Role};

/// The 128-bit trace ID of a request that its client sends over this line (W3C Trace Context,
/// 3.2.2.3); never zero.
#[must_use]
pub fn trace_id(seed: u64, request: Request, edge: EdgeId) -> u128 {
    let word = |n| u128::from(random::draw(seed, Stream::Trace, operation(request, edge), n));
    (word(0) << 64 | word(1)).max(1)
}

/// The 64-bit ID of a client's operation, the span above its attempts; never zero.
#[must_use]
pub fn operation_id(seed: u64, request: Request, edge: EdgeId) -> u64 {
    random::draw(seed, Stream::Trace, operation(request, edge), 2).max(1)
}

/// What makes an operation this one. Populations count their arrivals each for itself, and each has
/// a line of its own.
fn operation(request: Request, edge: EdgeId) -> u64 {
    let key = u64::from(request.key);
    if edge == 0 { key } else { random::nest(u64::from(edge), key) }
}

/// The line over which a request leaves its client.
#[must_use]
pub fn first_edge(run: &Run, request: RequestId) -> EdgeId {
    let log = run.log();
    let attempt = |span: &Span| span.by_client && span.parent == request;
    // The first attempt is made in the instant of the arrival.
    let first = run.index().requests.get(request as usize).map_or(log.len(), |row| row.first);
    let mut spans = log.events_from(first).filter_map(|event| Some(log.span(event.span()?)));
    spans.find(attempt).map_or(0, |span| span.edge)
}

/// The 64-bit ID of a span (W3C Trace Context, 3.2.2.4); never zero.
#[must_use]
pub fn span_id(seed: u64, log: &Log, span: SpanId) -> u64 {
    random::draw(seed, Stream::Trace, entity(log, span), 2).max(1)
}

/// The 64-bit ID of the work that a service does for an attempt, the span below it; never zero.
#[must_use]
pub fn work_id(seed: u64, log: &Log, span: SpanId) -> u64 {
    random::draw(seed, Stream::Trace, entity(log, span), 3).max(1)
}

/// What makes a span this one: the request and the way to it, without the number of its row, but
/// for attempts of which the log no longer tells the number.
fn entity(log: &Log, span: SpanId) -> u64 {
    let row = log.span(span);
    let parent = match row.by_client {
        true => u64::from(log.request(row.parent).key),
        false => entity(log, row.parent),
    };
    let entity = random::nest(parent, u64::from(row.edge) << 8 | u64::from(row.attempt));
    match (row.copy, row.attempt) {
        // What is done for the first one is told by line and attempt, which are no such number.
        (true, _) => random::nest(entity, 1 << 32 | u64::from(span)),
        (_, u8::MAX) => random::nest(entity, u64::from(span)),
        _ => entity,
    }
}

/// The `traceparent` header that goes with an attempt; none if the service that makes it does not
/// pass on what it was given.
#[must_use]
pub fn traceparent(run: &Run, span: SpanId) -> Option<String> {
    let trace = trace_of(run, span);
    let passed_on = root_of(run, span) != Some(span);
    let header = || Traceparent::root(trace, span_id(run.experiment().seed, run.log(), span), true);
    passed_on.then(|| header().to_string())
}

/// The trace under which an attempt is seen where it arrives: the request's, unless a service on the
/// way did not pass `traceparent` on. Whoever gets none begins a trace (W3C Trace Context, 4.3).
#[must_use]
pub fn trace_of(run: &Run, span: SpanId) -> u128 {
    let (seed, log) = (run.experiment().seed, run.log());
    match root_of(run, span) {
        None => {
            let mut first = log.span(span);
            while !first.by_client {
                first = log.span(first.parent);
            }
            trace_id(seed, log.request(first.parent), first.edge)
        }
        Some(root) => {
            let entity = entity(log, root);
            let word = |n| u128::from(random::draw(seed, Stream::Trace, entity, n));
            (word(4) << 64 | word(5)).max(1)
        }
    }
}

/// The attempt with which the trace of an attempt begins; none if that is the client's operation, as
/// it should be.
#[must_use]
pub fn root_of(run: &Run, span: SpanId) -> Option<SpanId> {
    if passed_on_always(run.experiment()) {
        return None;
    }
    let mut span = span;
    loop {
        let row = run.log().span(span);
        if row.by_client {
            return None;
        }
        if !passed_on(run, span, row.edge) {
            return Some(span);
        }
        span = row.parent;
    }
}

/// Whether the service that made an attempt passed on what it was given. What was refused
/// never left it.
fn passed_on(run: &Run, span: SpanId, edge: EdgeId) -> bool {
    let log = run.log();
    let row = run.index().requests.get(log.request_of(span) as usize);
    let mine = |event: &Event| event.span() == Some(span);
    let begun = |row: &RequestRow| {
        let mut events = log.events_from(row.first).filter(mine);
        events.find(|event| event.kind != Kind::Hedged)
    };
    let sent = row
        .and_then(begun)
        .filter(|e| matches!(e.kind, Kind::Sent | Kind::Held | Kind::Duplicated));
    let caller = run.experiment().scenario.edge(edge).map(|edge| edge.from);
    let (Some(caller), Some(sent)) = (caller, sent) else { return true };
    let knob = Knob::Service(caller, ServiceKnob::Propagate);
    run.experiment().value_at(knob, sent.at) != Some(0.0)
}

/// Whether no service ever fails to pass `traceparent` on: there is one trace for each request.
#[must_use]
pub fn passed_on_always(experiment: &Experiment) -> bool {
    let mut nodes = experiment.scenario.nodes.iter();
    let never = |node: &Node| matches!(&node.role, Role::Service(service) if !service.propagate);
    let turned = |intervention: &Intervention| {
        matches!(
            intervention.change,
            Change::Set { knob: Knob::Service(_, ServiceKnob::Propagate), .. }
        )
    };
    !nodes.any(never) && !experiment.interventions.iter().any(turned)
}

/// The trace that a request begins at its client.
#[must_use]
pub fn trace_of_request(run: &Run, request: RequestId) -> u128 {
    let edge = first_edge(run, request);
    trace_id(run.experiment().seed, run.log().request(request), edge)
}

/// The first four digits of a request's trace ID: `7f3a`.
#[must_use]
pub fn short_id(run: &Run, request: RequestId) -> String {
    short(trace_of_request(run, request))
}

/// The first four digits of the ID under which an attempt is seen where it arrives.
#[must_use]
pub fn short_id_of(run: &Run, span: SpanId) -> String {
    short(trace_of(run, span))
}

/// The first four digits of a trace ID: `7f3a`.
#[must_use]
pub fn short(trace: u128) -> String {
    format!("{:04x}", trace >> 112)
}

/// The `Idempotency-Key` that goes with an attempt (1 for the first) of a client's operation, if one
/// does: what was typed, or eight digits.
#[must_use]
pub fn key(run: &Run, request: RequestId, attempt: u8) -> Option<String> {
    let arrived = run.log().event(run.index().requests.get(request as usize)?.first);
    let drawn = |n| {
        let entity = operation(run.log().request(request), first_edge(run, request));
        format!("{:08x}", random::draw(run.experiment().seed, Stream::Key, entity, n) >> 32)
    };
    match arrived.payload {
        0 => Some(drawn(0)),
        1 => Some(drawn(u64::from(attempt))),
        3 => typed(run, request),
        _ => None,
    }
}

/// The same to be read: `no key` where there is none.
#[must_use]
pub fn key_label(run: &Run, request: RequestId, attempt: u8) -> String {
    key(run, request, attempt).unwrap_or_else(|| "no key".into())
}

/// The key that somebody typed.
fn typed(run: &Run, request: RequestId) -> Option<String> {
    let arrived = run.log().event(run.index().requests.get(request as usize)?.first);
    let sent = run.log().event(arrived.cause()?);
    match &run.experiment().interventions.get(sent.subject as usize)?.change {
        Change::Send(hand) => hand.key.clone().filter(|key| !key.is_empty()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Limits;
    use super::*;
    use crate::policy::breaker::Action;
    use crate::policy::{backoff, idempotency::KeyStrategy};
    use crate::scenario::{Edge, HandRequest, Service, library};
    use crate::time::{SimDuration, SimTime};

    fn short(change: impl Fn(&mut Experiment)) -> Run {
        let mut experiment = library::payments();
        experiment.scenario.horizon = SimDuration::from_secs(2);
        experiment.interventions.clear();
        change(&mut experiment);
        Run::new(experiment, Limits::default())
    }

    fn send(at: u64, hand: HandRequest) -> Intervention {
        Intervention { at: SimTime::from_millis(at), change: Change::Send(hand) }
    }

    fn by_hand(run: &Run) -> RequestId {
        let mut rows = run.index().rows();
        rows.find(|(_, row)| row.by_hand).expect("somebody sent one").0
    }

    #[test]
    fn a_traceparent_has_the_form_of_the_standard() {
        let run = short(|_| {});
        let sent = run.log().events_from(0).find(|e| e.kind == Kind::Sent).expect("traffic");
        let text = traceparent(&run, sent.subject).expect("a client begins a trace");
        let parts: Vec<_> = text.split('-').collect();
        assert_eq!(parts.iter().map(|p| p.len()).collect::<Vec<_>>(), [2, 32, 16, 2]);
        assert_eq!((parts[0], parts[3]), ("00", "01"));
        assert!(parts[1].starts_with(&short_id(&run, run.log().request_of(sent.subject))));
    }

    #[test]
    fn the_spans_of_a_run_have_ids_of_their_own() {
        let run = short(|_| {});
        let spans = run.log().length().spans;
        let mut ids: Vec<_> = (0..spans).map(|span| span_id(42, run.log(), span)).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), spans as usize);
    }

    #[test]
    fn ids_differ_between_populations_and_beyond_the_attempts_that_are_numbered() {
        let run = short(|e| {
            let clients = Node { name: "others".into(), ..e.scenario.nodes[0].clone() };
            e.scenario.nodes.push(clients);
            e.scenario.edges.push(Edge { from: 4, ..e.scenario.edges[0].clone() });
            // Nobody ever succeeds, and everybody tries for ever.
            e.scenario.edges[0].policy.timeout.per_attempt = Some(SimDuration::from_millis(1));
            e.scenario.edges[0].policy.retry.max_attempts = 1_000;
            e.scenario.edges[0].policy.retry.backoff.kind = backoff::Kind::None;
        });
        let all =
            |ids: &mut dyn Iterator<Item = u128>| ids.collect::<std::collections::BTreeSet<_>>();
        let (seed, log) = (run.experiment().seed, run.log());
        let edges: Vec<_> = (0..log.length().requests).map(|id| first_edge(&run, id)).collect();
        assert!(edges.contains(&0) && edges.contains(&3));
        let traces = all(&mut (0u32..).zip(&edges).flat_map(|(id, edge)| {
            let request = log.request(id);
            let operation = operation_id(seed, request, *edge);
            [trace_id(seed, request, *edge), u128::from(operation)]
        }));
        assert_eq!(traces.len(), 2 * edges.len());
        let spans = log.length().spans;
        assert!((0..spans).filter(|span| log.span(*span).attempt == u8::MAX).count() > 10);
        let ids = all(&mut (0..spans)
            .flat_map(|span| [span_id(seed, log, span), work_id(seed, log, span)].map(u128::from)));
        assert_eq!(ids.len(), 2 * spans as usize);
    }

    #[test]
    fn ids_do_not_depend_on_what_else_happens() {
        let hand = HandRequest::default();
        let alone = short(|e| e.interventions.push(send(900, hand.clone())));
        let busy = short(|e| {
            e.interventions.push(Intervention {
                at: SimTime::from_millis(100),
                change: Change::Set {
                    knob: crate::scenario::Knob::Clients(
                        0,
                        crate::scenario::knob::ClientsKnob::Rate,
                    ),
                    value: 500.0,
                },
            });
            e.interventions.push(send(900, hand.clone()));
        });
        assert_ne!(by_hand(&alone), by_hand(&busy));
        assert_eq!(short_id(&alone, by_hand(&alone)), short_id(&busy, by_hand(&busy)));
    }

    /// The calls over a line, and what its breaker refused.
    fn over(run: &Run, edge: u8, kind: Kind) -> Vec<Event> {
        let events = run.log().events_from(0).filter(|event| event.kind == kind);
        events.filter(|event| run.log().span(event.subject).edge == edge).collect()
    }

    #[test]
    fn where_traceparent_is_not_passed_on_every_call_begins_a_trace() {
        let whole = short(|_| {});
        let knob = Knob::Service(1, ServiceKnob::Propagate);
        let broken = short(|e| knob.set(&mut e.scenario, 0.0).expect("api has this knob"));
        assert_eq!(whole.hash(), broken.hash(), "nothing else happens");
        let calls = over(&broken, 1, Kind::Sent);
        assert!(calls.len() > 50);
        let mut ids: Vec<_> = calls.iter().map(|sent| trace_of(&broken, sent.subject)).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), calls.len(), "a trace for each call");
        for span in calls.into_iter().map(|sent| sent.subject) {
            let request = whole.log().request(whole.log().request_of(span));
            let id = trace_id(42, request, 0);
            assert_eq!(trace_of(&whole, span), id);
            assert_ne!(trace_of(&broken, span), id);
            assert_eq!((root_of(&whole, span), root_of(&broken, span)), (None, Some(span)));
            assert!(
                traceparent(&whole, span).is_some_and(|text| text.contains(&format!("{id:032x}")))
            );
            assert_eq!(traceparent(&broken, span), None);
        }
        for span in over(&broken, 0, Kind::Sent).into_iter().map(|sent| sent.subject) {
            assert_eq!(root_of(&broken, span), None);
            assert_eq!(traceparent(&broken, span), traceparent(&whole, span));
        }
    }

    #[test]
    fn a_trace_falls_apart_from_the_moment_on_at_which_propagation_is_switched_off() {
        let at = SimTime::from_millis(1_000);
        let off = Change::Set { knob: Knob::Service(1, ServiceKnob::Propagate), value: 0.0 };
        let run = short(|e| e.interventions = vec![Intervention { at, change: off.clone() }]);
        let (mut before, mut after) = (0, 0);
        for sent in over(&run, 1, Kind::Sent) {
            let whole = root_of(&run, sent.subject).is_none();
            assert_eq!(whole, sent.at <= at, "{}", sent.at);
            if whole { before += 1 } else { after += 1 }
        }
        assert!(before > 20 && after > 20, "{before} and {after}");
    }

    #[test]
    fn what_a_breaker_refuses_never_leaves_its_service_and_is_no_orphan() {
        let run = short(|e| {
            e.scenario.nodes[1].role = match e.scenario.nodes[1].role.clone() {
                Role::Service(api) => Role::Service(Service { propagate: false, ..api }),
                clients => clients,
            };
            let change = Change::Breaker { edge: 1, action: Action::ForceOpen };
            e.interventions.push(Intervention { at: SimTime::ZERO, change });
        });
        let refused = over(&run, 1, Kind::Rejected);
        assert!(refused.len() > 20);
        assert!(refused.iter().all(|event| root_of(&run, event.subject).is_none()));
    }

    #[test]
    fn keys_are_shown_as_they_are_sent() {
        let run = short(|e| e.interventions.push(send(900, HandRequest::default())));
        assert_eq!(key_label(&run, by_hand(&run), 1), "abc-123");
        let same = key_label(&run, 0, 1);
        assert_eq!(same, key_label(&run, 0, 2));
        assert_eq!(same.len(), 8);
        let fresh = short(|e| e.scenario.edges[0].policy.keys = KeyStrategy::PerAttempt);
        assert_ne!(key_label(&fresh, 0, 1), key_label(&fresh, 0, 2));
        let bare = short(|e| e.scenario.edges[0].policy.keys = KeyStrategy::None);
        assert_eq!((key(&bare, 0, 1), key_label(&bare, 0, 1)), (None, "no key".into()));
        let hand = HandRequest { key: None, ..HandRequest::default() };
        let run = short(|e| e.interventions.push(send(900, hand.clone())));
        assert_eq!(key_label(&run, by_hand(&run), 1), "no key");
    }
}
