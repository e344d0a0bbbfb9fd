//! The state of a simulated system, and the order in which things happen to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::arrivals::Source;
use super::attempt::{Attempt, Call};
use super::cancel::Farewell;
use super::faults::ActiveFault;
use super::guard::Pass;
use super::hedge::Group;
use super::intervene::{first_breaker, own_of};
use super::plan::Plan;
use super::queue::Queue;
use super::service::Station;
use super::slab::{Handle, Slab};
use super::stack::{Holder, Outer};
use super::task::{Sim, Task};
use crate::log::{EventId, Log, NONE};
use crate::policy::breaker::{Breaker, Each};
use crate::policy::budget::Budget;
use crate::policy::bulkhead::Bulkhead;
use crate::policy::fallback::Answers;
use crate::policy::hedge::Latencies;
use crate::policy::idempotency::KeyId;
use crate::policy::throttle::limit::Limiter;
use crate::random::Draws;
use crate::scenario::knob::EdgeKnob;
use crate::scenario::{CallPolicy, Change, Edge, EdgeId, Experiment, Intervention, Knob, Role};
use crate::time::SimTime;

/// A line between two nodes: what guards it, and what last moved its breakers.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) breaker: Breaker,
    /// The transition into the present state.
    pub(super) moved: EventId,
    /// Those of its clients, where each has had its own.
    pub(super) own: Option<Box<Each<Option<EventId>>>>,
    pub(super) budget: Budget,
    /// How long its latest calls took, where hedges wait for a percentile of that.
    pub(super) latencies: Latencies,
    pub(super) limiter: Limiter,
    pub(super) bulkhead: Bulkhead<Holder>,
    /// Whether those that wait for a place are just being let in.
    pub(super) filling: bool,
    /// The good answers that came over it, where its caller falls back on them.
    pub(super) answers: Answers,
    /// How many calls are under way for which it was picked.
    pub(super) picked: u32,
}

impl Line {
    /// The breaker that is asked for an attempt: that of its client, where each has its own.
    pub(super) fn breaker_of(&mut self, client: Option<u16>) -> &mut Breaker {
        match (&mut self.own, client) {
            (Some(own), Some(client)) => &mut own.of_mut(client.into()).breaker,
            _ => &mut self.breaker,
        }
    }

    /// The transition of that breaker into its present state.
    pub(super) fn moved_by(&self, client: Option<u16>) -> EventId {
        match (&self.own, client) {
            (Some(own), Some(client)) => own.of(client.into()).with.unwrap_or(NONE),
            _ => self.moved,
        }
    }

    /// That breaker has changed its state.
    pub(super) fn note_moved(&mut self, client: Option<u16>, event: EventId) {
        match (&mut self.own, client) {
            (Some(own), Some(client)) => own.of_mut(client.into()).with = Some(event),
            _ => self.moved = event,
        }
    }
}

/// Everything that is true at one instant of a run.
#[derive(Clone, Debug)]
pub struct World {
    pub(super) draws: Draws,
    pub(super) now: SimTime,
    pub(super) horizon: SimTime,
    pub(super) plan: Arc<Plan>,
    pub(super) queue: Queue<Task>,
    pub(super) calls: Slab<Call>,
    pub(super) attempts: Slab<Attempt>,
    /// What services are about to hear of callers that have gone.
    pub(super) farewells: Slab<Farewell>,
    /// What guards gave to attempts, which are moved often, and mostly have nothing.
    pub(super) passes: Slab<Pass>,
    /// What guards gave to calls, for all of their attempts: only where they stand outside a retry.
    pub(super) outer: BTreeMap<Handle<Call>, Outer>,
    /// The copies of attempts that are hedged.
    pub(super) groups: Slab<Group>,
    pub(super) sources: Vec<Source>,
    pub(super) stations: Vec<Station>,
    pub(super) lines: Vec<Line>,
    pub(super) faults: Vec<ActiveFault>,
    pub(super) next_key: KeyId,
    pub(super) named_keys: Vec<(String, KeyId)>,
    pub(super) applied: usize,
    /// How many interventions have sent requests: their keys must not depend on what else was
    /// done.
    pub(super) hands: u32,
}

impl World {
    /// The system before anything happened, and the empty log that belongs to it.
    #[must_use]
    pub fn new(experiment: &Experiment) -> (Self, Log) {
        let scenario = &experiment.scenario;
        let plan = Arc::new(Plan::new(scenario.clone()));
        let client_edges = (0u8..64)
            .zip(&scenario.edges)
            .filter(|(_, edge)| scenario.clients(edge.from).is_some())
            .fold(0, |bits, (id, _)| bits | 1 << id);
        let draws = Draws::new(experiment.seed);
        let line = |(edge, policy): (EdgeId, &CallPolicy)| {
            let breaker = first_breaker(policy, &draws, edge);
            let own = own_of(policy, &breaker);
            Line {
                own,
                breaker,
                moved: NONE,
                budget: Budget::default(),
                latencies: Latencies::default(),
                limiter: Limiter::default(),
                answers: Answers::default(),
                bulkhead: Bulkhead::default(),
                filling: false,
                picked: 0,
            }
        };
        let edges = (0u8..).zip(&scenario.edges).map(|(id, edge)| (id, &edge.policy));
        let lines = edges.map(line).collect();
        let mut world = Self {
            draws,
            now: SimTime::ZERO,
            horizon: SimTime::ZERO + scenario.horizon,
            queue: Queue::new(scenario.edges.len()),
            calls: Slab::default(),
            attempts: Slab::default(),
            farewells: Slab::default(),
            passes: Slab::default(),
            outer: BTreeMap::new(),
            groups: Slab::default(),
            sources: vec![Source::default(); scenario.nodes.len()],
            stations: vec![Station::default(); scenario.nodes.len()],
            lines,
            faults: Vec::new(),
            next_key: 0,
            named_keys: Vec::new(),
            applied: 0,
            hands: 0,
            plan: plan.clone(),
        };
        let mut log = Log::new(client_edges);
        let mut sim = Sim { world: &mut world, scenario, plan: &plan, log: &mut log };
        for (node, spec) in (0u8..).zip(&scenario.nodes) {
            if matches!(spec.role, Role::Clients(_)) {
                sim.begin_load(node);
            }
        }
        (world, log)
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// How many interventions have taken effect.
    #[must_use]
    pub fn applied(&self) -> usize {
        self.applied
    }

    /// About how many bytes it holds: not to the byte, but the same on every machine, because runs
    /// are stopped by it.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let keys = self.stations.iter().map(|station| station.keys.bytes()).sum::<usize>();
        let each = |(line, edge): (&Line, &Edge)| {
            line.own.as_ref().map_or(0, |own| own.bytes(&edge.policy.breaker))
        };
        let breakers = self.lines.iter().zip(&self.plan.scenario.edges).map(each);
        self.own_bytes() + keys + breakers.sum::<usize>()
    }

    /// How many of them it does not share with `other`, which it was cloned from or will be.
    #[must_use]
    pub fn bytes_beside(&self, other: &Self) -> usize {
        let pairs = self.stations.iter().zip(&other.stations);
        let keys = pairs.map(|(mine, theirs)| mine.keys.bytes_beside(&theirs.keys));
        let pairs = self.lines.iter().zip(&other.lines).zip(&self.plan.scenario.edges);
        let breakers = pairs.map(|((mine, theirs), edge)| match (&mine.own, &theirs.own) {
            (Some(mine), Some(theirs)) => mine.bytes_beside(theirs, &edge.policy.breaker),
            (Some(mine), None) => mine.bytes(&edge.policy.breaker),
            (None, _) => 0,
        });
        self.own_bytes() + keys.sum::<usize>() + breakers.sum::<usize>()
    }

    /// What every clone has for itself.
    fn own_bytes(&self) -> usize {
        const CALL: usize = 80;
        const ATTEMPT: usize = 136;
        const TASK: usize = 32;
        const WAITING: usize = 8;
        const THINKER: usize = 24;
        const OUTER: usize = size_of::<Outer>() + 8;
        const ANSWER: usize = 16;
        let waiting: usize = self.stations.iter().map(|station| station.waiting()).sum();
        let held =
            |line: &Line| line.bulkhead.in_flight() + line.bulkhead.waiting() + line.limiter.len();
        let held: usize = self.lines.iter().map(held).sum();
        let answers: usize = self.lines.iter().map(|line| line.answers.len()).sum();
        let kept = self.stations.iter().filter_map(|station| station.kept.as_ref());
        let kept: usize = kept.map(|kept| kept.bytes()).sum();
        kept + answers * ANSWER
            + self.calls.slots() * CALL
            + self.attempts.slots() * ATTEMPT
            + self.queue.len() * TASK
            + (waiting + held) * WAITING
            + self.outer.len() * OUTER
            + self.sources.iter().map(|source| source.thinkers.len()).sum::<usize>() * THINKER
            + self.named_keys.iter().map(|(name, _)| name.len()).sum::<usize>()
    }
}

/// Whether there is ever a breaker for each client, so that requests have to tell whose they are.
pub(crate) fn tells_clients(experiment: &Experiment) -> bool {
    let own = |edge: &Edge| !edge.policy.breaker_scope.is_shared();
    let switches = |done: &Intervention| {
        matches!(done.change, Change::Set { knob: Knob::Edge(_, EdgeKnob::BreakerScope), .. })
    };
    experiment.scenario.edges.iter().any(own) || experiment.interventions.iter().any(switches)
}

#[cfg(test)]
impl World {
    /// The breaker on a line.
    pub(crate) fn breaker(&self, edge: crate::scenario::EdgeId) -> &Breaker {
        &self.lines[usize::from(edge)].breaker
    }

    /// The breaker that a client has for itself on a line, if each has had one.
    pub(crate) fn own_breaker(
        &self,
        edge: crate::scenario::EdgeId,
        client: u32,
    ) -> Option<&Breaker> {
        self.lines[usize::from(edge)].own.as_ref().map(|own| &own.of(client).breaker)
    }

    /// The scenario as it stands now.
    pub(crate) fn scenario(&self) -> &crate::scenario::Scenario {
        &self.plan.scenario
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Kind;
    use crate::scenario::knob::ClientsKnob;
    use crate::scenario::{Fault, FaultKind, Target, library};
    use crate::time::SimDuration;

    #[test]
    fn an_answer_in_the_last_nanosecond_of_patience_is_in_time() {
        let ms = |ms| crate::random::Distribution::Constant(SimDuration::from_millis(ms));
        let mut experiment = library::payments();
        let to_ledger = &mut experiment.scenario.edges[2];
        to_ledger.network.latency = ms(4);
        to_ledger.policy.timeout.per_attempt = Some(SimDuration::from_millis(4 + 5 + 4));
        let Role::Service(ledger) = &mut experiment.scenario.nodes[3].role else { return };
        ledger.time = ms(5);
        let (mut world, mut log) = World::new(&experiment);
        while world.advance(&mut log, &experiment.interventions, u32::MAX) {}
        let of = |kind| {
            let over_it = |e: &crate::log::Event| e.kind == kind && log.span(e.subject).edge == 2;
            log.events_from(0).filter(over_it).count()
        };
        assert!(of(Kind::Answered) > 1_000, "answers: {}", of(Kind::Answered));
        assert_eq!(of(Kind::TimedOut), 0);
    }

    #[test]
    fn nothing_is_kept_of_what_is_over() {
        for experiment in [library::payments(), library::panels(), crashing_panels()] {
            leaves_nothing(experiment);
        }
    }

    fn crashing_panels() -> Experiment {
        let mut experiment = library::panels();
        for second in 3..40 {
            let kind = FaultKind::Crash { keep_state: second % 2 == 0 };
            let lasts = Some(SimDuration::from_millis(100));
            let change = Change::Fault(Fault { target: Target::Node(1), kind, lasts });
            experiment.insert(Intervention { at: SimTime::from_millis(second * 1_000), change });
        }
        experiment
    }

    fn leaves_nothing(mut experiment: Experiment) {
        let knob = Knob::Clients(0, ClientsKnob::Rate);
        let at = SimTime::from_millis(50_000);
        experiment.insert(Intervention { at, change: Change::Set { knob, value: 0.0 } });
        let (mut world, mut log) = World::new(&experiment);
        while world.advance(&mut log, &experiment.interventions, u32::MAX) {}
        let left = [world.calls.len(), world.attempts.len(), world.passes.len(), world.outer.len()];
        assert_eq!(left, [0; 4], "calls, attempts and passes");
        assert_eq!((world.farewells.len(), world.groups.len()), (0, 0));
    }
}
