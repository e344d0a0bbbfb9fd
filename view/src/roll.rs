//! Which events of the log stand behind a number or a part of the system.

use half_open::log::{Event, EventId, Kind, RequestId, Verdict};
use half_open::run::{Loss, Run, Scene};
use half_open::scenario::{EdgeId, NodeId};

/// How many events are looked at before a list ends early: rare ones in a large run.
const LOOKED_AT: usize = 300_000;

/// What is listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Roll {
    /// Everything that happened.
    Everything,
    /// How operations ended: behind their success.
    Finished,
    /// The same: behind their latency.
    Latency,
    /// Operations that failed for good in this way.
    Failed(Loss),
    /// The ends of operations with an answer that lacks a part.
    Degraded,
    /// Every attempt over every line, sent or rejected: behind the amplification.
    Attempts,
    /// Calls that were sent over a line.
    Sent(EdgeId),
    /// Those of them that were not the first attempt.
    Again(EdgeId),
    /// Charges, and answers replayed instead.
    Charges,
    /// What happened on a line.
    Edge(EdgeId),
    /// What happened to a service, or what a population did.
    Node(NodeId),
    /// What one client went through.
    Client(u32),
    /// What became of one request.
    Request(RequestId),
}

impl Roll {
    /// Whether an event is listed.
    #[must_use]
    pub fn holds(self, run: &Run, event: &Event) -> bool {
        let log = run.log();
        let span = event.span().map(|id| log.span(id));
        let request = || match event.kind {
            Kind::Arrived => Some(event.subject),
            _ => event.span().map(|span| log.request_of(span)),
        };
        match self {
            Self::Everything => true,
            Self::Finished | Self::Latency => {
                event.is_last() && span.is_some_and(|span| span.by_client)
            }
            Self::Failed(loss) => Self::Finished.holds(run, event) && Loss::of(event) == Some(loss),
            Self::Degraded => {
                let answered = event.gives_answer() && event.status().is_degraded();
                answered && Self::Finished.holds(run, event)
            }
            Self::Sent(edge) => {
                event.kind == Kind::Sent && span.is_some_and(|span| span.edge == edge)
            }
            Self::Again(edge) => {
                Self::Sent(edge).holds(run, event) && span.is_some_and(|span| span.attempt > 1)
            }
            Self::Attempts => matches!(event.kind, Kind::Sent | Kind::Rejected),
            Self::Charges => {
                event.kind == Kind::Charged
                    || (event.kind == Kind::Verdict && event.verdict() == Verdict::Replayed)
            }
            Self::Edge(edge) => match event.kind {
                Kind::Breaker => event.breaker().0 == edge,
                _ => span.is_some_and(|span| span.edge == edge),
            },
            Self::Node(node) => span.is_some_and(|span| {
                let line = run.experiment().scenario.edge(span.edge);
                line.is_some_and(|line| line.to == node || (line.from == node && span.by_client))
            }),
            Self::Client(client) if event.kind == Kind::Breaker => {
                let (edge, own) = event.breaker();
                let scenario = &run.experiment().scenario;
                let who = own.zip(scenario.edge(edge));
                who.is_some_and(|(own, edge)| scenario.client(edge.from, own.into()) == client)
            }
            Self::Client(client) => {
                request().is_some_and(|request| log.request(request).client == client)
            }
            Self::Request(id) => request() == Some(id),
        }
    }

    /// How many there are by the scene's instant, where that is counted anyway.
    #[must_use]
    pub fn total(self, scene: &Scene) -> Option<u32> {
        Some(match self {
            Self::Everything => scene.events,
            Self::Finished | Self::Latency => scene.totals.finished(),
            Self::Failed(loss) => scene.totals.lost[loss as usize],
            Self::Degraded => scene.totals.degraded,
            Self::Sent(edge) => scene.lines.get(usize::from(edge))?.sent,
            Self::Again(edge) => scene.lines.get(usize::from(edge))?.again,
            Self::Attempts => scene.lines.iter().map(|line| line.sent + line.rejected).sum(),
            Self::Charges => scene.ledger.charges + scene.totals.replays,
            Self::Edge(_) | Self::Node(_) | Self::Client(_) | Self::Request(_) => return None,
        })
    }

    /// The latest of them among the first `until` events of the log, latest first.
    #[must_use]
    pub fn latest(self, run: &Run, until: EventId, count: usize) -> Vec<Event> {
        self.latest_of(run, until, count, |_| true)
    }

    /// The same of those that are wanted.
    pub(crate) fn latest_of(
        self,
        run: &Run,
        until: EventId,
        count: usize,
        wanted: fn(&Event) -> bool,
    ) -> Vec<Event> {
        let log = run.log();
        let (first, until) = match self {
            // Nothing of it lies outside of its row.
            Self::Request(id) => match run.index().requests.get(id as usize) {
                Some(row) => (row.first, until.min(row.last.saturating_add(1))),
                None => return Vec::new(),
            },
            _ => (0, until.min(log.len())),
        };
        (first..until)
            .rev()
            .take(LOOKED_AT)
            .map(|id| log.event(id))
            .filter(|event| wanted(event) && self.holds(run, event))
            .take(count)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use half_open::run::{Limits, Seeker};
    use half_open::scenario::library;
    use half_open::time::SimTime;

    fn payments() -> Run {
        let mut experiment = library::payments();
        experiment.scenario.horizon = half_open::time::SimDuration::from_secs(16);
        Run::new(experiment, Limits::default())
    }

    #[test]
    fn every_number_equals_the_length_of_its_list() {
        let run = payments();
        let mut seeker = Seeker::new();
        for ms in [500, 4_200, 7_000, 16_000] {
            let scene = seeker.seek(&run, SimTime::from_millis(ms));
            let count = |roll: Roll| roll.latest(&run, scene.events, usize::MAX).len() as u32;
            assert_eq!(count(Roll::Everything), scene.events);
            assert_eq!(count(Roll::Finished), scene.totals.finished());
            assert_eq!(count(Roll::Degraded), scene.totals.degraded);
            let mut rolls = vec![Roll::Everything, Roll::Finished, Roll::Attempts, Roll::Charges];
            rolls.extend(Loss::ALL.map(Roll::Failed));
            rolls.extend((0..3).flat_map(|edge| [Roll::Sent(edge), Roll::Again(edge)]));
            for roll in rolls {
                assert_eq!(roll.total(scene), Some(count(roll)), "{roll:?} at {ms} ms");
            }
            let lost: u32 = Loss::ALL.map(|loss| count(Roll::Failed(loss))).iter().sum();
            assert_eq!(lost, scene.totals.failed);
            let charges = Roll::Charges.latest(&run, scene.events, usize::MAX);
            let charged = charges.iter().filter(|event| event.kind == Kind::Charged).count();
            assert_eq!(charged as u32, scene.ledger.charges);
        }
    }

    #[test]
    fn what_happened_to_a_request_is_part_of_what_happened_to_its_client() {
        let run = payments();
        let client = run.log().request(40).client;
        let all = Roll::Client(client).latest(&run, run.log().len(), usize::MAX);
        let mine = Roll::Request(40).latest(&run, run.log().len(), usize::MAX);
        assert!(mine.len() > 4 && mine.iter().all(|event| all.contains(event)));
        assert!(mine.windows(2).all(|pair| pair[0].id > pair[1].id), "latest first");
    }

    #[test]
    fn the_list_of_a_line_has_its_breaker_and_no_other_line() {
        let run = payments();
        let events = Roll::Edge(1).latest(&run, run.log().len(), usize::MAX);
        assert!(events.iter().any(|event| event.kind == Kind::Breaker));
        assert!(events.iter().filter_map(Event::span).all(|span| run.log().span(span).edge == 1));
    }
}
