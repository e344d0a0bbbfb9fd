//! Finding requests by what somebody types: the beginning of a correlation ID, a status, an outcome, a
//! service, or several of these.
//!
//! A search goes through the log once, in pieces, and remembers of each request what it has met so
//! far: a million requests take a byte each, and no frame.

use half_open::log::{Event, EventId, Kind, RequestId, Verdict};
use half_open::run::{Run, ids};
use half_open::scenario::{NodeId, Scenario};
use half_open::time::SimTime;

/// No more conditions than bits, of which the last one says that a request was charged.
const MOST: usize = 7;
const CHARGED: u8 = 1 << MOST;

/// What outcomes are called, which events tell of them, and what else must hold. A second word that
/// belongs to the one before it wants nothing more.
const OUTCOMES: [(&str, &[Kind], Test); 10] = [
    ("timed", &[Kind::TimedOut], Test::Any),
    ("timeout", &[Kind::TimedOut], Test::Any),
    ("out", &[], Test::Any),
    ("rejected", &[Kind::Rejected], Test::Any),
    ("replayed", &[Kind::Verdict], Test::Replayed),
    ("charged", &[Kind::Charged], Test::Any),
    ("twice", &[Kind::Charged], Test::Twice),
    ("lost", &[Kind::RequestLost, Kind::ResponseLost, Kind::WorkLost], Test::Any),
    ("failed", ENDS, Test::Ends(false)),
    ("succeeded", ENDS, Test::Ends(true)),
];
const ENDS: &[Kind] = &[Kind::Answered, Kind::TimedOut, Kind::Rejected];

/// Something that has to happen to a request: one of these events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Want {
    kinds: &'static [Kind],
    test: Test,
}

/// What must hold of the event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Test {
    /// Nothing but where it happens.
    Any,
    /// The trace ID begins with these digits, so many bits.
    Id(u128, u32),
    /// It happens at this service.
    At(NodeId),
    /// It is an answer with this status.
    Status(u16),
    /// It is a stored answer.
    Replayed,
    /// It is not the first of its kind.
    Twice,
    /// It is a good end, or a bad one: of a call at the services that are named, or else of all of it.
    Ends(bool),
}

/// A search under way.
#[derive(Clone, PartialEq, Debug)]
pub struct Search {
    wants: Vec<Want>,
    /// Where it has to happen; anywhere, if it is empty.
    services: Vec<NodeId>,
    next: EventId,
    /// What each request has met so far.
    met: Vec<u8>,
    found: Vec<(RequestId, EventId)>,
}

impl Search {
    /// Begins a search for what a text means; none if it means nothing yet.
    ///
    /// # Errors
    /// A sentence that says which word is not understood, and what there is.
    pub fn new(run: &Run, text: &str) -> Result<Option<Self>, String> {
        let text = text.to_ascii_lowercase();
        let mut wants = Vec::new();
        for word in text.split_ascii_whitespace() {
            if wants.len() == MOST {
                return Err(format!("At most {MOST} words are looked for at once."));
            }
            wants.extend(read(run, word)?);
        }
        if wants.is_empty() {
            return Ok(None);
        }
        let service = |want: &Want| match want.test {
            Test::At(node) => Some(node),
            _ => None,
        };
        let services = wants.iter().filter_map(service).collect();
        let met = vec![0; run.log().length().requests as usize];
        Ok(Some(Self { wants, services, next: 0, met, found: Vec::new() }))
    }

    /// Looks at so many more events of the run; returns whether there are more.
    pub fn step(&mut self, run: &Run, events: u32) -> bool {
        let log = run.log();
        let until = self.next.saturating_add(events).min(log.len());
        for event in (self.next..until).map(|id| log.event(id)) {
            let mut new = if event.kind == Kind::Charged { CHARGED } else { 0 };
            for (bit, want) in self.wants.iter().enumerate() {
                if want.kinds.contains(&event.kind) && self.meets(run, want.test, &event) {
                    new |= 1 << bit;
                }
            }
            if new != 0 {
                self.note(run, &event, new);
            }
        }
        self.next = until;
        until < log.len()
    }

    fn note(&mut self, run: &Run, event: &Event, mut new: u8) {
        let request = event.span().map_or(event.subject, |span| run.log().request_of(span));
        let Some(met) = self.met.get_mut(request as usize) else { return };
        // The first charge is not the second one.
        let twice = self.wants.iter().position(|want| want.test == Test::Twice);
        if let Some(twice) = twice.filter(|_| *met & CHARGED == 0) {
            new &= !(1 << twice);
        }
        let all = (1u8 << self.wants.len()) - 1;
        let before = *met & all;
        *met |= new;
        if before != all && *met & all == all {
            self.found.push((request, event.id));
        }
    }

    fn meets(&self, run: &Run, test: Test, event: &Event) -> bool {
        let log = run.log();
        let call = event.span().map(|span| log.span(span));
        let edge = call.and_then(|call| run.experiment().scenario.edge(call.edge));
        let to = edge.map(|edge| edge.to);
        let anywhere = self.services.is_empty();
        let here = anywhere || to.is_some_and(|to| self.services.contains(&to));
        match test {
            Test::Any => here,
            Test::Id(digits, bits) => {
                let id = match event.span() {
                    Some(span) => ids::trace_of(run, span),
                    None => ids::trace_of_request(run, event.subject),
                };
                id >> (128 - bits) == digits
            }
            Test::At(node) => to == Some(node),
            Test::Status(status) => event.status().http() == Some(status) && here,
            Test::Replayed => event.verdict() == Verdict::Replayed && here,
            Test::Twice => true,
            Test::Ends(well) => {
                let good = event.kind == Kind::Answered && event.status().is_success();
                let whole = event.is_last() && call.is_some_and(|call| call.by_client);
                good == well && if anywhere { whole } else { here }
            }
        }
    }

    /// How much of the run it has seen, 0 to 1.
    #[must_use]
    pub fn progress(&self, run: &Run) -> f64 {
        f64::from(self.next) / f64::from(run.log().len().max(1))
    }

    /// How many requests were found so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.found.len()
    }

    /// Those nearest to a moment, the nearest first, each with the event that made it fit.
    #[must_use]
    pub fn nearest(&self, run: &Run, at: SimTime, most: usize) -> Vec<(RequestId, EventId)> {
        let when = |place: usize| self.found.get(place).map(|(_, event)| run.log().at(*event));
        let away = |then: SimTime| then.since(at).max(at.since(then));
        let mut after = self.found.partition_point(|(_, event)| run.log().at(*event) <= at);
        let mut before = after;
        let mut nearest = Vec::new();
        while nearest.len() < most {
            let earlier = before.checked_sub(1).and_then(when).map(away);
            let later = when(after).map(away);
            let place = match (earlier, later) {
                (None, None) => break,
                (Some(earlier), Some(later)) if later < earlier => after,
                (None, Some(_)) => after,
                _ => before - 1,
            };
            if place == after {
                after += 1
            } else {
                before -= 1
            }
            nearest.push(self.found[place]);
        }
        nearest
    }
}

/// What a word asks for.
fn read(run: &Run, word: &str) -> Result<Option<Want>, String> {
    let scenario = &run.experiment().scenario;
    let services =
        || (0..=NodeId::MAX).zip(&scenario.nodes).filter(|(id, _)| scenario.service(*id).is_some());
    let hex = word.len() <= 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let named = |name: &str| if hex { name == word } else { name.starts_with(word) };
    let want = |kinds, test| Ok(Some(Want { kinds, test }));
    if let Some((node, _)) = services().find(|(_, node)| named(&node.name.to_ascii_lowercase())) {
        return want(&[Kind::Sent, Kind::Rejected], Test::At(node));
    }
    if let Some((_, kinds, test)) = OUTCOMES.iter().find(|(name, ..)| named(name)) {
        return Ok(Some(Want { kinds, test: *test }).filter(|want| !want.kinds.is_empty()));
    }
    if let Some(status) = word.parse().ok().filter(|status| (100..600).contains(status)) {
        return want(&[Kind::Answered, Kind::AnsweredLate], Test::Status(status));
    }
    match u128::from_str_radix(word, 16) {
        Ok(digits) if hex => {
            // Where a trace has fallen apart, its parts have IDs of their own.
            let whole = ids::passed_on_always(run.experiment());
            let kinds = if whole { &[Kind::Arrived][..] } else { &[Kind::Arrived, Kind::Sent] };
            want(kinds, Test::Id(digits, 4 * word.len() as u32))
        }
        _ => Err(format!("“{word}” is not understood. {}", hint(scenario))),
    }
}

/// What can be looked for.
#[must_use]
pub fn hint(scenario: &Scenario) -> String {
    let services = scenario.nodes.iter().zip(0..).filter(|(_, id)| scenario.service(*id).is_some());
    let names: Vec<&str> = services.map(|(node, _)| node.name.as_str()).collect();
    format!(
        "Type the beginning of a correlation ID, a status such as 503, an outcome (timed out, rejected, \
         replayed, lost, charged twice, failed, succeeded), a service ({}), or several of these.",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use half_open::run::Limits;
    use half_open::scenario::knob::ServiceKnob;
    use half_open::scenario::{Experiment, Knob, library};
    use half_open::time::SimDuration;
    use std::collections::BTreeSet;

    fn played(change: impl FnOnce(&mut Experiment)) -> Run {
        let mut experiment = library::payments();
        experiment.scenario.horizon = SimDuration::from_secs(16);
        change(&mut experiment);
        Run::new(experiment, Limits::default())
    }

    fn search(run: &Run, text: &str) -> Search {
        let mut search = Search::new(run, text).expect(text).expect(text);
        while search.step(run, 777) {}
        search
    }

    fn found(run: &Run, text: &str) -> BTreeSet<RequestId> {
        search(run, text).found.into_iter().map(|(request, _)| request).collect()
    }

    /// The requests of which this holds for one of their events.
    fn expected(run: &Run, holds: impl Fn(&Event, NodeId) -> bool) -> BTreeSet<RequestId> {
        let log = run.log();
        let to = |span| run.experiment().scenario.edges[usize::from(log.span(span).edge)].to;
        let events = log.events_from(0).filter_map(|event| Some((event, event.span()?)));
        let mine = events.filter(|(event, span)| holds(event, to(*span)));
        mine.map(|(_, span)| log.request_of(span)).collect()
    }

    #[test]
    fn requests_are_found_by_what_happened_to_them_and_where() {
        let run = played(|_| {});
        let is = |kind: Kind| move |event: &Event, _: NodeId| event.kind == kind;
        let cases: [(&str, BTreeSet<RequestId>); 6] = [
            ("timed out", expected(&run, is(Kind::TimedOut))),
            ("rejected", expected(&run, is(Kind::Rejected))),
            (
                "bank",
                expected(&run, |e, to| to == 2 && matches!(e.kind, Kind::Sent | Kind::Rejected)),
            ),
            ("bank timed out", expected(&run, |e, to| to == 2 && e.kind == Kind::TimedOut)),
            (
                "API 503",
                expected(&run, |e, to| {
                    to == 1 && e.kind == Kind::Answered && e.status().http() == Some(503)
                }),
            ),
            ("lost", expected(&run, is(Kind::ResponseLost))),
        ];
        for (text, expected) in cases {
            assert!(!expected.is_empty(), "{text}");
            assert_eq!(found(&run, text), expected, "{text}");
        }
        let failed: BTreeSet<_> = found(&run, "failed");
        let rows = run.index().rows().filter(|(_, row)| row.over.is_some() && !row.succeeded);
        assert_eq!(failed, rows.map(|(id, _)| id).collect());
        let both = found(&run, "rejected timed");
        let (rejected, timed) = (found(&run, "rejected"), found(&run, "timed"));
        assert_eq!(both, rejected.intersection(&timed).copied().collect());
        assert!(!both.is_empty() && both.len() < rejected.len());
    }

    #[test]
    fn a_correlation_id_is_found_by_its_first_digits_also_behind_a_broken_trace() {
        let run = played(|_| {});
        let all: Vec<String> = (0..run.log().length().requests)
            .map(|id| format!("{:032x}", ids::trace_of_request(&run, id)))
            .collect();
        for digits in [1, 2, 4, 31, 32] {
            let prefix = &all[237][..digits];
            let fits = (0u32..).zip(&all).filter(|(_, id)| id.starts_with(prefix));
            let fits: BTreeSet<_> = fits.map(|(id, _)| id).collect();
            assert_eq!(found(&run, &prefix.to_uppercase()), fits, "{prefix}");
        }
        let broken = played(|e| {
            Knob::Service(1, ServiceKnob::Propagate).set(&mut e.scenario, 0.0).expect("api has it");
        });
        let log = broken.log();
        let call =
            log.events_from(0).find(|e| e.kind == Kind::Sent && log.span(e.subject).edge == 1);
        let call = call.expect("api calls bank");
        let id = format!("{:032x}", ids::trace_of(&broken, call.subject));
        assert_eq!(found(&broken, &id), BTreeSet::from([log.request_of(call.subject)]));
    }

    #[test]
    fn charged_twice_is_found_at_the_second_charge() {
        use half_open::policy::idempotency::KeyStrategy;
        let run = played(|e| e.scenario.edges[0].policy.keys = KeyStrategy::PerAttempt);
        let twice = search(&run, "charged twice");
        let rows = run.index().rows().filter(|(_, row)| row.charges > 1);
        let rows: BTreeSet<_> = rows.map(|(id, _)| id).collect();
        assert!(!rows.is_empty());
        assert_eq!(twice.found.iter().map(|(id, _)| *id).collect::<BTreeSet<_>>(), rows);
        for (request, event) in twice.found {
            let event = run.log().event(event);
            assert_eq!((event.kind, event.payload), (Kind::Charged, request));
            let charges = run.log().events_from(0).take_while(|other| other.id <= event.id);
            let mine = charges.filter(|e| e.kind == Kind::Charged && e.payload == request);
            assert_eq!(mine.count(), 2);
        }
        let run = played(|_| {});
        assert!(found(&run, "charged twice").is_empty());
        assert!(!found(&run, "replayed").is_empty());
    }

    #[test]
    fn the_nearest_come_first() {
        let run = played(|_| {});
        let search = search(&run, "bank");
        let at = SimTime::from_millis(5_000);
        let away = |event: EventId| {
            let then = run.log().at(event);
            then.since(at).max(at.since(then))
        };
        let nearest = search.nearest(&run, at, 40);
        assert!(nearest.windows(2).all(|pair| away(pair[0].1) <= away(pair[1].1)));
        let last = away(nearest[39].1);
        let nearer = search.found.iter().filter(|(_, event)| away(*event) < last).count();
        assert!(nearer <= 39, "{nearer}");
        assert_eq!(search.nearest(&run, at, usize::MAX).len(), search.count());
    }

    #[test]
    fn what_is_not_understood_is_said_with_what_there_is() {
        let run = played(|_| {});
        let said = Search::new(&run, "bank teapot").expect_err("there is none");
        assert!(said.starts_with("“teapot” is not understood."), "{said}");
        assert!(said.contains("(api, bank, ledger)"), "{said}");
        assert_eq!(Search::new(&run, "  "), Ok(None));
        assert!(Search::new(&run, "1 2 3 4 5 6 7 8").is_err());
        assert!(found(&run, "418").is_empty());
    }

    #[test]
    fn a_search_in_pieces_finds_the_same() {
        let run = played(|_| {});
        let mut at_once = Search::new(&run, "503").expect("a status").expect("a word");
        assert!(!at_once.step(&run, u32::MAX));
        assert_eq!(at_once, search(&run, "503"));
        assert!(at_once.progress(&run) >= 1.0);
    }
}
