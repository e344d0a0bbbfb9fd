//! Chaos: a schedule of faults that nobody wrote down, and that comes back exactly from its seed
//! (the idea of Netflix's Chaos Monkey; Basiri and others, *Chaos Engineering*, IEEE Software 2016).
//!
//! Every place draws for itself, so that more intensity only adds faults, and a wider blast radius
//! leaves those alone that were there before.

use serde::{Deserialize, Serialize};

use super::{Change, Experiment, Fault, FaultKind, Intervention, NodeId, Scenario, Target};
use crate::decimal;
use crate::policy::Problem;
use crate::random::{self, Stream};
use crate::time::{SimDuration, SimTime};

/// How many faults a minute strike one place, at most: one in each [`SLOT`].
pub const MOST_PER_MINUTE: f64 = 12.0;
/// In each of these a place is struck at most once.
const SLOT: SimDuration = SimDuration::from_secs(5);
/// How many faults one experiment's chaos may hold; what would come later is left out.
pub const MOST_FAULTS: usize = 1_000;
/// The longest chaos; one that does not say is over after as long.
pub const LONGEST: SimDuration = SimDuration::from_secs(3_600);
/// How long one of its faults may last on average.
pub const EACH_LASTS: (SimDuration, SimDuration) =
    (SimDuration::from_millis(10), SimDuration::from_secs(60));

/// Everything that chaos can do, in the order of the bits of [`Chaos::kinds`], with the largest
/// size it takes; the smallest is a fifth of that.
pub const KINDS: [FaultKind; 15] = [
    FaultKind::Slow(10.0),
    FaultKind::Errors(0.8),
    FaultKind::FailFast,
    FaultKind::Hang,
    FaultKind::Crash { keep_state: true },
    FaultKind::Crash { keep_state: false },
    FaultKind::FewerWorkers(0.9),
    FaultKind::ForgetKeys,
    FaultKind::LoseRequests(0.5),
    FaultKind::LoseResponses(0.5),
    FaultKind::LoseNextResponse,
    FaultKind::Partition,
    FaultKind::Delay(SimDuration::from_secs(1)),
    FaultKind::FlushCache,
    FaultKind::Duplicate(0.5),
];

/// A seeded schedule of faults.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chaos {
    /// Decides when, where and what. It is its own, so that other runs can have the same chaos.
    pub seed: u32,
    /// How many faults a minute strike each place on average, 0 to [`MOST_PER_MINUTE`].
    pub intensity: f64,
    /// How long a fault lasts on average, 10 ms to 1 min; a single one between half and half as much
    /// again.
    pub each_lasts: SimDuration,
    /// The blast radius: bit *n* for the service that is node *n*, and the lines that lead to it.
    pub services: u64,
    /// What may happen: a bit for each of [`KINDS`].
    pub kinds: u32,
    /// How long it goes on, up to an hour; absent: to the end of the run.
    pub lasts: Option<SimDuration>,
}

impl Chaos {
    /// Everything that can happen.
    pub const ALL_KINDS: u32 = (1 << KINDS.len()) - 1;

    /// Everything may happen to these services, four times a minute for two seconds.
    #[must_use]
    pub const fn on(services: u64, seed: u32) -> Self {
        Self {
            seed,
            intensity: 4.0,
            each_lasts: SimDuration::from_secs(2),
            services,
            kinds: Self::ALL_KINDS,
            lasts: None,
        }
    }

    /// Whether it may strike this service and the lines that lead to it.
    #[must_use]
    pub const fn reaches(&self, service: NodeId) -> bool {
        service < 64 && self.services >> service & 1 == 1
    }

    /// A few words for a menu or a bar: `chaos, 4 a minute at each place`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("chaos, {} a minute at each place", decimal::rounded(self.intensity, 1))
    }

    /// Checks its numbers.
    ///
    /// # Errors
    /// A sentence about what is wrong.
    pub fn validate(&self) -> Result<(), Problem> {
        if !(0.0..=MOST_PER_MINUTE).contains(&self.intensity) {
            let message = format!("must be between 0 and {MOST_PER_MINUTE} faults a minute");
            return Err(Problem::new("chaos.intensity", message));
        }
        if !(EACH_LASTS.0..=EACH_LASTS.1).contains(&self.each_lasts) {
            let message = format!(
                "must be between {} and {}, not {}",
                EACH_LASTS.0, EACH_LASTS.1, self.each_lasts
            );
            return Err(Problem::new("chaos.each_lasts", message));
        }
        if self.lasts.is_some_and(|lasts| lasts == SimDuration::ZERO || lasts > LONGEST) {
            return Err(Problem::new("chaos.lasts", "must be between 1 ns and 1 h"));
        }
        if self.kinds > Self::ALL_KINDS {
            return Err(Problem::new("chaos.kinds", "has one that is not known"));
        }
        Ok(())
    }

    /// The faults of chaos that begins now, in order of time.
    #[must_use]
    pub fn schedule(&self, begins: SimTime, scenario: &Scenario) -> Vec<Intervention> {
        let end = SimTime::ZERO + scenario.horizon;
        let end = end.min(begins + self.lasts.unwrap_or(LONGEST).min(LONGEST));
        let slots = end.since(begins).nanos().div_ceil(SLOT.nanos());
        let nodes = (0..).zip(&scenario.nodes).map(|(id, _)| Target::Node(id));
        let edges = (0..).zip(&scenario.edges).map(|(id, _)| Target::Edge(id));
        let mut all = Vec::new();
        for place in nodes.chain(edges) {
            let (service, entity) = match place {
                Target::Node(id) => (id, u64::from(id)),
                Target::Edge(id) => (scenario.edges[usize::from(id)].to, 256 + u64::from(id)),
            };
            if !self.reaches(service) || scenario.service(service).is_none() {
                continue;
            }
            for slot in 0..slots {
                let bits = random::draw(u64::from(self.seed), Stream::Chaos, entity, slot);
                if !random::chance(bits, self.intensity / MOST_PER_MINUTE) {
                    continue;
                }
                let Some(kind) = self.kind(bits, place, scenario) else { continue };
                let at = begins + SLOT.scaled(slot as f64 + part(bits, 1));
                let lasts = Some(self.each_lasts.scaled(0.5 + part(bits, 2)));
                let kind = kind.size().map_or(kind, |most| {
                    kind.with_size(smallest(kind) + (most - smallest(kind)) * part(bits, 3))
                });
                let change = Change::Struck(Fault { target: place, kind, lasts });
                if at < end {
                    all.push(Intervention { at, change });
                }
            }
        }
        all.sort_by_key(|struck| struck.at);
        all.truncate(MOST_FAULTS);
        all
    }

    /// What happens, of everything that may: the one with the highest draw, so that allowing one
    /// more leaves most of the others as they were.
    fn kind(&self, bits: u64, place: Target, scenario: &Scenario) -> Option<FaultKind> {
        let fits = |kind: &FaultKind| match place {
            // Where nothing is kept there is nothing to forget.
            Target::Node(id) if *kind == FaultKind::ForgetKeys => {
                scenario.service(id).is_some_and(|service| service.idempotency.enabled)
            }
            Target::Node(id) if *kind == FaultKind::FlushCache => {
                scenario.service(id).is_some_and(|service| service.cache.is_on())
            }
            Target::Node(_) => kind.strikes_service(),
            Target::Edge(_) => !kind.strikes_service(),
        };
        let allowed = (0u64..).zip(KINDS).filter(|(bit, _)| self.kinds >> bit & 1 == 1);
        let fitting = allowed.filter(|(_, kind)| fits(kind));
        fitting.max_by_key(|(bit, _)| random::nest(bits, 16 + bit)).map(|(_, kind)| kind)
    }
}

/// A number in `[0, 1)` from a draw's bits, another one for each `n`.
fn part(bits: u64, n: u64) -> f64 {
    random::unit(random::nest(bits, n))
}

fn smallest(kind: FaultKind) -> f64 {
    let least = kind.size_range().map_or(0.0, |(min, _)| min);
    kind.size().map_or(0.0, |most| (most / 5.0).max(least))
}

impl Experiment {
    /// Writes the faults of its chaos anew into what is done, each in its place: whoever changes
    /// chaos, its time, or the system ends with this.
    pub fn settle_chaos(&mut self) {
        self.forget_chaos();
        let chaos = |done: &Intervention| match done.change {
            Change::Chaos(chaos) => Some((done.at, chaos)),
            _ => None,
        };
        let all: Vec<(SimTime, Chaos)> = self.interventions.iter().filter_map(chaos).collect();
        for (at, chaos) in all {
            self.interventions.extend(chaos.schedule(at, &self.scenario));
        }
        // A stable order: what was done by hand comes first at its instant.
        self.interventions.sort_by_key(|done| done.at);
    }

    /// Takes the faults of its chaos out of what is done: they follow from it.
    pub fn forget_chaos(&mut self) {
        self.interventions.retain(|done| !matches!(done.change, Change::Struck(_)));
    }

    /// The chaos by which a fault of it came about, by its index: the latest of those that could
    /// have brought it.
    #[must_use]
    pub fn chaos_of(&self, struck: usize) -> Option<usize> {
        let fault = self.interventions.get(struck)?;
        let brings = |done: &Intervention| match done.change {
            Change::Chaos(chaos) => chaos.schedule(done.at, &self.scenario).contains(fault),
            _ => false,
        };
        self.interventions[..struck].iter().rposition(brings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::library;

    const ALL: u64 = u64::MAX;

    fn struck(chaos: Chaos) -> Vec<Intervention> {
        chaos.schedule(SimTime::from_millis(3_000), &library::payments().scenario)
    }

    #[test]
    fn more_intensity_only_adds_faults() {
        let mild = struck(Chaos { intensity: 2.0, ..Chaos::on(ALL, 7) });
        let wild = struck(Chaos { intensity: 9.0, ..Chaos::on(ALL, 7) });
        assert!(mild.iter().all(|fault| wild.contains(fault)));
        assert!(wild.len() > 2 * mild.len() && mild.len() > 3, "{} {}", mild.len(), wild.len());
        assert_eq!(struck(Chaos { intensity: 0.0, ..Chaos::on(ALL, 7) }), []);
    }

    #[test]
    fn a_narrower_blast_radius_only_takes_faults_away() {
        let all = struck(Chaos::on(ALL, 7));
        let bank = struck(Chaos::on(1 << 2, 7));
        let reached = |done: &&Intervention| match &done.change {
            Change::Struck(fault) => {
                matches!(fault.target, Target::Node(2) | Target::Edge(1))
            }
            _ => false,
        };
        let expected: Vec<Intervention> = all.iter().filter(reached).cloned().collect();
        assert_eq!(bank, expected);
        assert!(!bank.is_empty() && bank.len() < all.len());
    }

    #[test]
    fn only_what_is_allowed_happens_as_often_as_before() {
        let all = struck(Chaos { intensity: 12.0, ..Chaos::on(1 << 2, 7) });
        let slow = struck(Chaos { intensity: 12.0, kinds: 0b1, ..Chaos::on(1 << 2, 7) });
        let on_node = |all: &[Intervention]| {
            let here = |done: &&Intervention| matches!(done.change, Change::Struck(fault) if fault.target == Target::Node(2));
            all.iter().filter(here).count()
        };
        assert_eq!(on_node(&slow), on_node(&all));
        let is_slow = |done: &Intervention| matches!(done.change, Change::Struck(fault) if matches!(fault.kind, FaultKind::Slow(k) if (2.0..10.0).contains(&k)));
        assert!(slow.iter().all(is_slow));
    }

    #[test]
    fn the_intensity_is_a_mean_over_seeds() {
        let count = |seed| struck(Chaos { intensity: 6.0, ..Chaos::on(1 << 2, seed) }).len();
        let mean = (0..200).map(count).sum::<usize>() as f64 / 200.0;
        // Two places for 57 s, six a minute: 11.4; the last slot of 5 s is cut after 2 s.
        assert!((mean - 11.4).abs() < 0.5, "{mean}");
    }

    #[test]
    fn faults_begin_within_chaos_and_the_run() {
        let lasts = Some(SimDuration::from_secs(12));
        let all = struck(Chaos { intensity: 12.0, lasts, ..Chaos::on(ALL, 1) });
        let times = (SimTime::from_millis(3_000), SimTime::from_millis(15_000));
        assert!(all.iter().all(|done| (times.0..times.1).contains(&done.at)));
        assert!(all.is_sorted_by_key(|done| done.at) && all.len() > 10);
    }

    #[test]
    fn settling_twice_is_settling_once() {
        let mut experiment = library::payments();
        let at = SimTime::from_millis(3_000);
        experiment.insert(Intervention { at, change: Change::Chaos(Chaos::on(ALL, 3)) });
        let bare = experiment.clone();
        experiment.settle_chaos();
        let settled = experiment.clone();
        assert!(settled.interventions.len() > bare.interventions.len());
        assert_eq!(settled.validate(), Ok(()));
        let brought = |done: &Intervention| matches!(done.change, Change::Struck(_));
        for index in 0..settled.interventions.len() {
            let by = settled.chaos_of(index).map(|by| &settled.interventions[by].change);
            let is_chaos = matches!(by, Some(Change::Chaos(_)));
            assert_eq!(is_chaos, brought(&settled.interventions[index]));
        }
        experiment.settle_chaos();
        assert_eq!(experiment, settled);
        experiment.forget_chaos();
        assert_eq!(experiment, bare);
    }
}
