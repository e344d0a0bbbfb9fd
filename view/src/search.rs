//! Finding requests by what somebody types, in the words of [`query`]: several of these together are one
//! request to which all of that happened, and nothing of what is excluded.
//!
//! A search goes through the log once, in pieces, and remembers of each request what it has met so
//! far: a million requests take a byte each, and no frame.

use half_open::log::{Event, EventId, Kind, RequestId};
use half_open::run::{Run, ids};
use half_open::scenario::{NodeId, POPULATION};
use half_open::time::SimTime;

use crate::query::{self, Term, What};

/// No more conditions than bits, of which the last one says that a request was charged.
const MOST: usize = 7;
const CHARGED: u8 = 1 << MOST;

const ALL: &[Kind] = &Kind::ALL;
const ENDS: &[Kind] = &[Kind::Answered, Kind::TimedOut, Kind::Rejected, Kind::FellBack];

/// A search under way.
#[derive(Clone, PartialEq, Debug)]
pub struct Search {
    /// What has to happen to a request, and then what must not: a bit for each.
    wants: Vec<What>,
    /// Which events may tell of each.
    kinds: Vec<&'static [Kind]>,
    /// The bits of what has to happen.
    needed: u8,
    /// Where it has to happen; anywhere, if it is empty.
    services: Vec<NodeId>,
    next: EventId,
    /// What each request has met so far.
    met: Vec<u8>,
    found: Vec<(RequestId, EventId)>,
    /// How many of those found have met since what must not happen.
    excluded: usize,
}

impl Search {
    /// Begins a search for what a text means, in the words of [`query`]; none if it means nothing yet.
    ///
    /// # Errors
    /// A sentence that says which word is not understood, and what there is.
    pub fn new(run: &Run, text: &str) -> Result<Option<Self>, String> {
        let terms = query::read(text, &run.experiment().scenario)?;
        if terms.is_empty() {
            return Ok(None);
        }
        if let Some(term) = terms.iter().find(|term| kinds(run, term.what).is_empty()) {
            return Err(match term.what {
                What::Kind(kind) => format!("“{}” happens to no request.", kind.name()),
                _ => "A breaker opens for no single request.".into(),
            });
        }
        let (needed, excluded): (Vec<&Term>, Vec<_>) = terms.iter().partition(|term| !term.not);
        let services = needed.iter().filter_map(|term| match term.what {
            What::Node(node) => Some(node),
            _ => None,
        });
        let services = services.collect();
        let mut wants: Vec<What> = needed.iter().map(|term| term.what).collect();
        if wants.is_empty() {
            wants.push(What::Kind(Kind::Arrived));
        }
        let needed = wants.len();
        wants.extend(excluded.iter().map(|term| term.what));
        if wants.len() > MOST {
            return Err(format!("At most {MOST} words are looked for at once."));
        }
        let kinds = wants.iter().map(|what| kinds(run, *what)).collect();
        let needed = (1 << needed) - 1;
        let met = vec![0; run.log().length().requests as usize];
        let found = Vec::new();
        Ok(Some(Self { wants, kinds, needed, services, next: 0, met, found, excluded: 0 }))
    }

    /// Looks at so many more events of the run; returns whether there are more.
    pub fn step(&mut self, run: &Run, events: u32) -> bool {
        let log = run.log();
        let until = self.next.saturating_add(events).min(log.len());
        for event in (self.next..until).map(|id| log.event(id)) {
            let mut new = if event.kind == Kind::Charged { CHARGED } else { 0 };
            for (bit, want) in self.wants.iter().enumerate() {
                if self.kinds[bit].contains(&event.kind) && self.meets(run, *want, &event) {
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
        let twice = self.wants.iter().position(|want| *want == What::Twice);
        if let Some(twice) = twice.filter(|_| *met & CHARGED == 0) {
            new &= !(1 << twice);
        }
        let (before, needed) = (*met, self.needed);
        *met |= new;
        let has_all = |met: u8| met & needed == needed;
        let is_out = |met: u8| has_all(met) && met & !needed & !CHARGED != 0;
        if !has_all(before) && has_all(*met) {
            self.found.push((request, event.id));
        }
        self.excluded += usize::from(!is_out(before) && is_out(*met));
    }

    /// Whether a request has met nothing of what must not happen.
    fn is_in(&self, request: RequestId) -> bool {
        self.met[request as usize] & !self.needed & !CHARGED == 0
    }

    fn meets(&self, run: &Run, what: What, event: &Event) -> bool {
        let log = run.log();
        let scenario = &run.experiment().scenario;
        let call = event.span().map(|span| log.span(span));
        let edge = call.and_then(|call| scenario.edge(call.edge));
        // Who has clients in mind means their calls; nobody calls them.
        let is_at = |node: NodeId| {
            let called = scenario.service(node).is_some();
            edge.is_some_and(|edge| node == if called { edge.to } else { edge.from })
        };
        let anywhere = self.services.is_empty();
        let here = anywhere || self.services.iter().any(|node| is_at(*node));
        match what {
            What::Trace { digits, bits } => {
                let id = match event.span() {
                    Some(span) => ids::trace_of(run, span),
                    None => ids::trace_of_request(run, event.subject),
                };
                id >> (128 - bits) == digits
            }
            What::Client(client) => log.request(event.subject).client % POPULATION == client,
            What::Twice => true,
            What::Between(from, to) => (from..=to).contains(&event.at),
            What::Node(node) => is_at(node),
            What::Status(status) => here && event.status().http() == Some(status),
            What::Kind(Kind::Arrived) => true,
            What::Kind(_) | What::Lost | What::Opened => here,
            What::Refused(by) => here && event.refusal().name() == by,
            What::Retry => here && call.is_some_and(|call| call.attempt > 1),
            What::Late => here && (event.is_deadline() || event.is_expired()),
            What::Verdict(verdict) => here && event.verdict() == verdict,
            What::Failed | What::Succeeded | What::Degraded => {
                let good = event.gives_answer();
                let degraded = good && event.status().is_degraded();
                let is = match what {
                    What::Failed => !good,
                    What::Degraded => degraded,
                    _ => good && !degraded,
                };
                let whole = event.is_last() && call.is_some_and(|call| call.by_client);
                is && if anywhere { whole } else { here }
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
        self.found.len() - self.excluded
    }

    /// Those nearest to a moment, the nearest first, each with the event that made it fit.
    #[must_use]
    pub fn nearest(&self, run: &Run, at: SimTime, most: usize) -> Vec<(RequestId, EventId)> {
        let away = |(_, event): &(RequestId, EventId)| {
            let then = run.log().at(*event);
            then.since(at).max(at.since(then))
        };
        let now = self.found.partition_point(|(_, event)| run.log().at(*event) <= at);
        let is_in = |found: &&(RequestId, EventId)| self.is_in(found.0);
        let mut before = self.found[..now].iter().rev().filter(is_in).peekable();
        let mut after = self.found[now..].iter().filter(is_in).peekable();
        let next = || match (before.peek(), after.peek()) {
            (Some(earlier), Some(later)) if away(later) < away(earlier) => after.next(),
            (None, _) => after.next(),
            _ => before.next(),
        };
        std::iter::from_fn(next).take(most).copied().collect()
    }
}

/// What may happen to a request of what somebody asks for; nothing, if that does not happen to requests.
fn kinds(run: &Run, what: What) -> &'static [Kind] {
    match what {
        // Where a trace has fallen apart, its parts have IDs of their own.
        What::Trace { .. } if !ids::passed_on_always(run.experiment()) => {
            &[Kind::Arrived, Kind::Sent]
        }
        What::Trace { .. } | What::Client(_) | What::Between(..) => &[Kind::Arrived],
        What::Status(_) => &[Kind::Answered, Kind::AnsweredLate],
        What::Lost => &[Kind::RequestLost, Kind::ResponseLost, Kind::WorkLost, Kind::Cancelled],
        What::Failed | What::Succeeded | What::Degraded => ENDS,
        What::Retry => &[Kind::Sent],
        What::Late => &[Kind::TimedOut, Kind::Verdict],
        What::Verdict(_) => &[Kind::Verdict],
        What::Refused(_) => &[Kind::Rejected],
        What::Twice => &[Kind::Charged],
        What::Node(_) => &[Kind::Sent, Kind::Rejected],
        What::Kind(Kind::Intervention | Kind::FaultEnded | Kind::Breaker) | What::Opened => &[],
        What::Kind(kind) => ALL.get(kind as usize..=kind as usize).unwrap_or_default(),
    }
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
        let found = search(run, text);
        let all = found.nearest(run, SimTime::ZERO, usize::MAX);
        all.into_iter().map(|(request, _)| request).collect()
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
        let well: BTreeSet<_> = found(&run, "succeeded");
        assert!(well.is_disjoint(&failed) && !well.is_empty());
        let both = found(&run, "rejected timed");
        let (rejected, timed) = (found(&run, "rejected"), found(&run, "timed"));
        assert_eq!(both, rejected.intersection(&timed).copied().collect());
        assert!(!both.is_empty() && both.len() < rejected.len());
        let retried = run.index().rows().filter(|(_, row)| row.retried).map(|(id, _)| id);
        assert_eq!(found(&run, "retry"), retried.collect());
        let of_17 =
            (0..run.log().length().requests).filter(|id| run.log().request(*id).client == 17);
        assert_eq!(found(&run, "client 17"), of_17.collect());
    }

    #[test]
    fn what_must_not_happen_takes_away_also_what_was_found_before_it_happened() {
        let run = played(|_| {});
        let (timed, rejected) = (found(&run, "timed out"), found(&run, "rejected"));
        let only: BTreeSet<_> = timed.difference(&rejected).copied().collect();
        assert!(!only.is_empty() && only.len() < timed.len());
        let search_only = search(&run, "timed out -rejected");
        assert_eq!(search_only.count(), only.len());
        let listed = search_only.nearest(&run, SimTime::from_millis(9_000), usize::MAX);
        assert_eq!(listed.into_iter().map(|(id, _)| id).collect::<BTreeSet<_>>(), only);
        let all = run.log().length().requests as usize;
        assert_eq!(search(&run, "-rejected").count(), all - rejected.len());
    }

    #[test]
    fn what_happens_to_no_request_is_not_looked_for() {
        let run = played(|_| {});
        let said = Search::new(&run, "bank fault-ended").expect_err("that is no request's");
        assert_eq!(said, "“fault ended” happens to no request.");
        assert!(Search::new(&run, "opened").is_err());
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
        assert!(search.nearest(&run, at, 1)[0].1 < search.nearest(&run, SimTime::MAX, 1)[0].1);
    }

    #[test]
    fn what_is_not_understood_is_said_with_what_there_is() {
        let run = played(|_| {});
        let said = Search::new(&run, "bank teapot").expect_err("there is none");
        assert!(said.starts_with("“teapot” means nothing here."), "{said}");
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
