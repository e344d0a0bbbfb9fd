//! The names under which requests, attempts and keys are shown: from the seed, so that they stay
//! the same whatever else happens in a run.

use super::Run;
use crate::log::{Log, Request, RequestId, SpanId};
use crate::policy::traceparent::Traceparent;
use crate::random::{self, Stream};
use crate::scenario::Change;

/// The 128-bit trace ID of a request (W3C Trace Context, 3.2.2.3); never zero.
#[must_use]
pub fn trace_id(seed: u64, request: Request) -> u128 {
    let word = |n| u128::from(random::draw(seed, Stream::Trace, u64::from(request.key), n));
    (word(0) << 64 | word(1)).max(1)
}

/// The 64-bit ID of a span (W3C Trace Context, 3.2.2.4); never zero.
#[must_use]
pub fn span_id(seed: u64, log: &Log, span: SpanId) -> u64 {
    random::draw(seed, Stream::Trace, entity(log, span), 2).max(1)
}

/// What makes a span this one, without the number of its row: the request and the way to it.
fn entity(log: &Log, span: SpanId) -> u64 {
    let row = log.span(span);
    let parent = match row.by_client {
        true => u64::from(log.request(row.parent).key),
        false => entity(log, row.parent),
    };
    random::nest(parent, u64::from(row.edge) << 8 | u64::from(row.attempt))
}

/// The trace under which an attempt is seen where it arrives.
#[must_use]
pub fn trace_of(run: &Run, span: SpanId) -> u128 {
    let log = run.log();
    trace_id(run.experiment().seed, log.request(log.request_of(span)))
}

/// The `traceparent` header that goes with an attempt.
#[must_use]
pub fn traceparent(seed: u64, log: &Log, span: SpanId) -> String {
    let request = log.request(log.request_of(span));
    Traceparent::root(trace_id(seed, request), span_id(seed, log, span), true).to_string()
}

/// The first four digits of a request's trace ID: `7f3a`.
#[must_use]
pub fn short_id(run: &Run, request: RequestId) -> String {
    let id = trace_id(run.experiment().seed, run.log().request(request));
    format!("{:04x}", id >> 112)
}

/// The `Idempotency-Key` that goes with an attempt (1 for the first) of a client's operation, if one
/// does: what was typed, or eight digits.
#[must_use]
pub fn key(run: &Run, request: RequestId, attempt: u8) -> Option<String> {
    let arrived = run.log().event(run.index().requests.get(request as usize)?.first);
    let drawn = |n| {
        let key = u64::from(run.log().request(request).key);
        format!("{:08x}", random::draw(run.experiment().seed, Stream::Key, key, n) >> 32)
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
    use crate::log::Kind;
    use crate::policy::idempotency::KeyStrategy;
    use crate::scenario::{Experiment, HandRequest, Intervention, library};
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
        let text = traceparent(42, run.log(), sent.subject);
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
