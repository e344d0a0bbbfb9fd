//! The same contest for more and more clients, under one backoff formula after another: the two
//! pictures of *Exponential Backoff And Jitter* (AWS Architecture Blog, 2015).

use crate::log::{Kind, Log};
use crate::policy::backoff;
use crate::scenario::{Change, EdgeId, Experiment, Intervention, NodeId, Role};
use crate::sim::{World, tells_clients};
use crate::time::{SimDuration, SimTime};

/// The formulas that the article compares.
pub const FORMULAS: [backoff::Kind; 5] = [
    backoff::Kind::None,
    backoff::Kind::Exponential,
    backoff::Kind::Equal,
    backoff::Kind::Full,
    backoff::Kind::Decorrelated,
];
/// How many clients there are.
pub const CLIENTS: [u32; 10] = [10, 30, 50, 70, 90, 110, 130, 150, 170, 190];
/// No contest has more events: a formula that never ends it must not hold up the picture.
const MOST_EVENTS: u32 = 1_000_000;

/// A picture in the making: one run after another, so that nobody has to wait for all of them.
#[derive(Debug)]
pub struct Sweep {
    experiment: Experiment,
    clients: NodeId,
    edge: EdgeId,
    rounds: u64,
    next: usize,
    /// The contest that is being held, as far as it has come.
    under_way: Option<Box<(World, Log)>>,
    sums: [[Point; CLIENTS.len()]; FORMULAS.len()],
}

/// What a contest took, on average.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Point {
    /// Calls that were sent, over all clients.
    pub calls: f64,
    /// Milliseconds until the last client was done.
    pub ms: f64,
}

impl Sweep {
    /// Each contest takes place under `rounds` seeds. None: nobody competes here, because no
    /// clients call a service that guards a row.
    #[must_use]
    pub fn new(experiment: &Experiment, rounds: u64) -> Option<Self> {
        let scenario = &experiment.scenario;
        let versioned = |node| scenario.service(node).is_some_and(|service| service.versioned);
        let place = scenario
            .edges
            .iter()
            .position(|edge| versioned(edge.to) && scenario.clients(edge.from).is_some())?;
        let clients = scenario.edges[place].from;
        let everybody = Intervention { at: SimTime::ZERO, change: Change::Burst(clients) };
        Some(Self {
            experiment: Experiment { interventions: vec![everybody], ..experiment.clone() },
            clients,
            edge: place as EdgeId,
            rounds: rounds.max(1),
            next: 0,
            under_way: None,
            sums: Default::default(),
        })
    }

    /// Goes on with the next contest, for about so many events; returns whether there is more to do.
    pub fn advance(&mut self, events: u32) -> bool {
        let Some((formula, clients, round)) = self.place() else { return false };
        if self.under_way.is_none() {
            let contest = self.contest(FORMULAS[formula], CLIENTS[clients], round);
            let (world, mut log) = World::new(&contest);
            log.only_count(tells_clients(&contest));
            self.under_way = Some(Box::new((world, log)));
        }
        let Some((world, log)) = self.under_way.as_deref_mut() else { return false };
        let until = log.len().saturating_add(events).min(MOST_EVENTS);
        let more = world.advance(log, &self.experiment.interventions, until);
        if more && log.len() < MOST_EVENTS {
            return true;
        }
        let held = self.under_way.take();
        let tally = held.and_then(|held| held.1.into_tally()).unwrap_or_default();
        let last = tally.latencies.iter().max().copied().unwrap_or_default();
        let sum = &mut self.sums[formula][clients];
        sum.calls += f64::from(tally.count(Kind::Sent));
        sum.ms += last.millis();
        self.next += 1;
        self.place().is_some()
    }

    /// How much of it is done, 0 to 1.
    #[must_use]
    pub fn progress(&self) -> f64 {
        self.next as f64 / (FORMULAS.len() * CLIENTS.len()) as f64 / self.rounds as f64
    }

    /// What is known of a formula: a point for each of [`CLIENTS`], as far as it has come.
    pub fn line(&self, formula: usize) -> impl Iterator<Item = Point> + '_ {
        let sums = self.sums.get(formula).into_iter().flatten().enumerate();
        sums.filter_map(move |(clients, sum)| {
            let held = self.held(formula, clients) as f64;
            (held > 0.0).then(|| Point { calls: sum.calls / held, ms: sum.ms / held })
        })
    }

    /// Formula, clients and round of the next contest: every point has its first round before any
    /// has its second.
    fn place(&self) -> Option<(usize, usize, u64)> {
        let per_round = FORMULAS.len() * CLIENTS.len();
        let (round, place) = ((self.next / per_round) as u64, self.next % per_round);
        (round < self.rounds).then_some((place % FORMULAS.len(), place / FORMULAS.len(), round))
    }

    fn held(&self, formula: usize, clients: usize) -> usize {
        let per_round = FORMULAS.len() * CLIENTS.len();
        let place = clients * FORMULAS.len() + formula;
        self.next / per_round + usize::from(self.next % per_round > place)
    }

    fn contest(&self, formula: backoff::Kind, clients: u32, round: u64) -> Experiment {
        let mut experiment = self.experiment.clone();
        experiment.seed = experiment.seed.wrapping_add(round);
        let scenario = &mut experiment.scenario;
        scenario.horizon = SimDuration::from_secs(3_600);
        if let Some(node) = scenario.nodes.get_mut(usize::from(self.clients))
            && let Role::Clients(population) = &mut node.role
        {
            (population.count, population.rate) = (clients, 0.0);
        }
        if let Some(edge) = scenario.edges.get_mut(usize::from(self.edge)) {
            let backoff = &mut edge.policy.retry.backoff;
            backoff.kind = formula;
            if formula == backoff::Kind::Decorrelated {
                // The first exponential wait of the article is twice its base, from which
                // decorrelated jitter grows.
                backoff.base = backoff.base.scaled(0.5);
            }
        }
        experiment
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::library;

    #[test]
    fn jitter_saves_calls_and_plain_exponential_waits_cost_time() {
        let mut sweep = Sweep::new(&library::contention(), 1).expect("a contest");
        while sweep.advance(u32::MAX) {}
        assert_eq!(sweep.progress(), 1.0);
        let last = |formula: usize| sweep.line(formula).last().expect("a point");
        let [none, exponential, equal, full, decorrelated] = [0, 1, 2, 3, 4].map(last);
        for jittered in [equal, full, decorrelated] {
            assert!(jittered.calls < 0.4 * none.calls, "{jittered:?} {none:?}");
            assert!(jittered.ms < 0.2 * exponential.ms, "{jittered:?} {exponential:?}");
        }
        assert!(exponential.calls > 0.5 * none.calls);
    }

    #[test]
    fn every_point_is_there_after_the_first_round_and_is_an_average_later() {
        let mut sweep = Sweep::new(&library::contention(), 2).expect("a contest");
        let points = |sweep: &Sweep| (0..5).map(|n| sweep.line(n).count()).sum::<usize>();
        for held in 0..=50 {
            assert_eq!(points(&sweep), held.min(50));
            sweep.advance(u32::MAX);
        }
        let first: Vec<Point> = sweep.line(3).collect();
        while sweep.advance(u32::MAX) {}
        let both: Vec<Point> = sweep.line(3).collect();
        assert_ne!(first, both);
        assert!(both.iter().zip(&first).all(|(both, first)| both.calls < 2.0 * first.calls));
    }

    #[test]
    fn a_contest_in_slices_is_the_contest_in_one_go() {
        let mut sweep = Sweep::new(&library::contention(), 1).expect("a contest");
        let mut sliced = Sweep::new(&library::contention(), 1).expect("a contest");
        while sweep.advance(u32::MAX) {}
        let slices =
            std::iter::repeat_with(|| sliced.advance(700)).take_while(|more| *more).count();
        assert!(slices > 60, "{slices} slices");
        assert!((0..5).all(|n| sliced.line(n).eq(sweep.line(n))));
    }

    #[test]
    fn where_nobody_competes_there_is_no_contest() {
        assert!(Sweep::new(&library::payments(), 1).is_none());
    }
}
