//! Where two settings differ, thing by thing, and one of them made like the other in one thing.

use half_open::policy::breaker;
use half_open::scenario::{Change, EdgeId, Experiment, Intervention, Knob, Scenario};
use half_open::time::SimTime;

/// One thing in which two experiments differ.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Difference {
    /// The luck.
    Seed,
    /// A knob, at the start or later.
    Knob(Knob),
    /// All of a breaker, where more than knobs differ.
    Breaker(EdgeId),
    /// Something that is done in only one of them.
    Deed(Box<Intervention>),
}

/// Every difference of two experiments; none at all if they are about different systems.
pub(crate) fn differences(a: &Experiment, b: &Experiment) -> Option<Vec<Difference>> {
    let mut all = Vec::new();
    if a.seed != b.seed {
        all.push(Difference::Seed);
    }
    let breakers: Vec<EdgeId> =
        edges(&a.scenario).filter(|edge| breaker_of(a, *edge) != breaker_of(b, *edge)).collect();
    let of_breaker = |knob: &Knob| matches!(knob, Knob::Edge(edge, part) if part.is_of_breaker() && breakers.contains(edge));
    let knobs = Knob::all(&a.scenario).into_iter();
    all.extend(
        knobs
            .filter(|knob| !of_breaker(knob) && course(a, *knob) != course(b, *knob))
            .map(Difference::Knob),
    );
    all.extend(breakers.iter().copied().map(Difference::Breaker));
    let deeds = |from: &Experiment, other: &Experiment| {
        let own = from.interventions.iter().filter(|done| is_deed(done));
        let own = own.filter(|done| count(from, done) > count(other, done));
        own.cloned().map(|done| Difference::Deed(done.into())).collect::<Vec<_>>()
    };
    let mut done = [deeds(a, b), deeds(b, a)].concat();
    done.dedup();
    all.extend(done);
    let same = all.iter().try_fold(b.clone(), |b, difference| difference.copied(a, b));
    same.filter(|same| same.scenario == a.scenario).map(|_| all)
}

impl Difference {
    /// `to`, with this as it is in `from`.
    pub(crate) fn copied(&self, from: &Experiment, mut to: Experiment) -> Option<Experiment> {
        match self {
            Self::Seed => to.seed = from.seed,
            Self::Knob(knob) => {
                let (first, later) = course(from, *knob);
                knob.set(&mut to.scenario, first?).ok()?;
                to.interventions.retain(|done| turned(done, *knob).is_none());
                for (at, value) in later {
                    to.insert(Intervention { at, change: Change::Set { knob: *knob, value } });
                }
            }
            Self::Breaker(edge) => {
                let breaker = &from.scenario.edge(*edge)?.policy.breaker;
                let line = to.scenario.edges.get_mut(usize::from(*edge))?;
                line.policy.breaker.clone_from(breaker);
                to.interventions.retain(|done| !sets(done, *edge));
                for done in from.interventions.iter().filter(|done| sets(done, *edge)) {
                    to.insert(done.clone());
                }
            }
            Self::Deed(deed) => {
                let (wanted, there) = (count(from, deed), count(&to, deed));
                for _ in there..wanted {
                    to.insert((**deed).clone());
                }
                for _ in wanted..there {
                    let place = to.interventions.iter().position(|done| *done == **deed)?;
                    to.interventions.remove(place);
                }
            }
        }
        to.settle_chaos();
        Some(to)
    }
}

fn edges(scenario: &Scenario) -> impl Iterator<Item = EdgeId> {
    (0..=EdgeId::MAX).take(scenario.edges.len())
}

/// How a knob stands at the start, and to what it is turned when.
pub(crate) fn course(of: &Experiment, knob: Knob) -> (Option<f64>, Vec<(SimTime, f64)>) {
    let later = of.interventions.iter();
    let later = later.filter_map(|done| Some((done.at, turned(done, knob)?))).collect();
    (knob.get(&of.scenario), later)
}

fn turned(done: &Intervention, knob: Knob) -> Option<f64> {
    match done.change {
        Change::Set { knob: other, value } if other == knob => Some(value),
        _ => None,
    }
}

/// What no knob of a breaker tells: its settings but for those of its knobs, and what sets all of it
/// at once later.
fn breaker_of(of: &Experiment, edge: EdgeId) -> (Option<breaker::Settings>, Vec<&Intervention>) {
    let mut scenario = of.scenario.clone();
    let plain = breaker::Settings::default();
    let mut usual = scenario.clone();
    if let Some(line) = usual.edges.get_mut(usize::from(edge)) {
        line.policy.breaker = plain;
    }
    for knob in Knob::all(&of.scenario) {
        if let (Knob::Edge(line, part), Some(value)) = (knob, knob.get(&usual))
            && line == edge
            && part.is_of_breaker()
        {
            // What cannot be set to its usual value differs by more than this knob.
            let _ = knob.set(&mut scenario, value);
        }
    }
    let at_once = |done: &&Intervention| matches!(done.change, Change::SetBreaker { edge: line, .. } if line == edge);
    let settings = scenario.edge(edge).map(|line| line.policy.breaker.clone());
    (settings, of.interventions.iter().filter(at_once).collect())
}

/// Whether it changes how a breaker is set.
fn sets(done: &Intervention, line: EdgeId) -> bool {
    match done.change {
        Change::SetBreaker { edge, .. } => edge == line,
        Change::Set { knob: Knob::Edge(edge, part), .. } => edge == line && part.is_of_breaker(),
        _ => false,
    }
}

fn is_deed(done: &Intervention) -> bool {
    let settings = matches!(done.change, Change::Set { .. } | Change::SetBreaker { .. });
    // What chaos does follows from it.
    !settings && !matches!(done.change, Change::Struck(_))
}

fn count(of: &Experiment, deed: &Intervention) -> usize {
    of.interventions.iter().filter(|done| *done == deed).count()
}

#[cfg(test)]
mod tests {
    use half_open::policy::breaker::Action;
    use half_open::scenario::knob::{EdgeKnob, ServiceKnob};
    use half_open::scenario::library;

    use super::*;

    /// Payments, changed in everything that a difference may be.
    fn changed() -> Experiment {
        let mut experiment = library::payments();
        experiment.seed = 7;
        let workers = Knob::Service(2, ServiceKnob::Workers);
        workers.set(&mut experiment.scenario, 3.0).expect("in range");
        experiment.scenario.edges[0].policy.breaker.trip.failures = Some(300);
        experiment.scenario.edges[0].policy.breaker.slow = Some(breaker::Slow::default());
        experiment.interventions.remove(0);
        let at = SimTime::from_millis(7_000);
        let timeout = Knob::Edge(1, EdgeKnob::Timeout);
        let settings = Box::new(breaker::Settings::default());
        for change in [
            Change::Set { knob: timeout, value: 6e9 },
            Change::Breaker { edge: 1, action: Action::ForceOpen },
            Change::Burst(0),
            Change::Burst(0),
            Change::SetBreaker { edge: 1, settings },
        ] {
            experiment.insert(Intervention { at, change });
        }
        experiment
    }

    #[test]
    fn the_same_twice_differs_in_nothing() {
        assert_eq!(differences(&library::payments(), &library::payments()), Some(Vec::new()));
        assert_eq!(differences(&changed(), &changed()), Some(Vec::new()));
    }

    #[test]
    fn every_difference_is_told_once_and_gone_once_it_is_copied() {
        let (a, b) = (library::payments(), changed());
        for (a, b) in [(&a, &b), (&b, &a)] {
            let mut rest = differences(a, b).expect("the same system");
            assert_eq!(rest.len(), 8, "{rest:?}");
            let mut b = b.clone();
            while let Some(difference) = rest.first() {
                b = difference.copied(a, b).expect("it can be copied");
                assert_eq!(b.validate(), Ok(()));
                let fewer = differences(a, &b).expect("the same system");
                assert_eq!(fewer, rest[1..], "after {difference:?}");
                rest = fewer;
            }
            assert_eq!(b.scenario, a.scenario);
            assert_eq!(b.interventions.len(), a.interventions.len());
        }
    }

    #[test]
    fn other_systems_have_no_list_of_differences() {
        assert_eq!(differences(&library::payments(), &library::contention()), None);
    }
}
