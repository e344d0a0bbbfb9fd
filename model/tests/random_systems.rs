//! Systems of up to 64 nodes that nobody thought of, with policies, faults and chaos at random: nothing
//! panics, every request is in the books, no service works on more than it can, and nobody is charged
//! twice where keys are kept as they should be.

use half_open::log::{Event, Kind};
use half_open::random::{Stream, draw, unit};
use half_open::run::{Limits, Run, Seeker};
use half_open::scenario::knob::{ClientsKnob, EdgeKnob, ServiceKnob, Spec, Unit};
use half_open::scenario::{
    Change, Chaos, Edit, Experiment, Fault, FaultKind, Intervention, Knob, Target, library,
};
use half_open::time::{SimDuration, SimTime};
use proptest::prelude::*;

const SECONDS: u64 = 3;
const MS: f64 = 1e6;

/// Draws in a row.
struct Dice(u64, u64);

impl Dice {
    fn bits(&mut self) -> u64 {
        self.1 += 1;
        draw(self.0, Stream::Trace, 64, self.1)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.bits() % n.max(1)
    }

    fn fraction(&mut self) -> f64 {
        unit(self.bits())
    }

    fn at(&mut self) -> SimTime {
        SimTime::from_millis(self.below(SECONDS * 1_000))
    }
}

/// So many nodes, each called by one before it, and some more calls across.
fn drawn(dice: &mut Dice, nodes: usize) -> Experiment {
    let mut experiment = library::find("retry_storm").expect("it is built in");
    experiment.interventions.clear();
    experiment.scenario.horizon = SimDuration::from_secs(SECONDS);
    experiment.seed = dice.below(1 << 50);
    for knob in [EdgeKnob::Attempts, EdgeKnob::Backoff] {
        Knob::Edge(0, knob).set(&mut experiment.scenario, 1.0).expect("in range");
    }
    while experiment.scenario.nodes.len() < nodes {
        let count = experiment.scenario.nodes.len() as u64;
        let edit = match dice.below(12) {
            0 => Edit::AddClients(1 + dice.below(count - 1) as u8),
            1 | 2 => Edit::Connect { from: dice.below(count) as u8, to: dice.below(count) as u8 },
            _ => Edit::AddService(1 + dice.below(count - 1) as u8),
        };
        // What cannot be drawn is not; once there are as many calls as may be, that is all.
        match experiment.edited(&edit) {
            Ok((after, _)) => experiment = after,
            Err(_) if experiment.scenario.edges.len() >= 64 => break,
            Err(_) => {}
        }
    }
    experiment
}

/// A value that a person could choose.
fn value(dice: &mut Dice, knob: Knob) -> f64 {
    let Spec { unit, min, max, .. } = knob.spec();
    let value = match (unit, knob) {
        (_, Knob::Clients(_, ClientsKnob::Rate)) => dice.fraction() * 60.0,
        (_, Knob::Clients(_, ClientsKnob::Count)) => 1.0 + dice.below(200) as f64,
        (_, Knob::Edge(_, EdgeKnob::Attempts)) => 1.0 + dice.below(3) as f64,
        (Unit::Duration(_), _) if dice.below(8) == 0 => min,
        (Unit::Duration(_), _) => (1.0 + dice.below(400) as f64) * MS,
        (Unit::Share, _) => dice.fraction() * 0.3,
        (Unit::Choice(names), _) => dice.below(names.len() as u64) as f64,
        (Unit::Stack, _) => dice.below(120) as f64,
        (Unit::Count, _) => min + dice.below(20) as f64,
        (Unit::Rate | Unit::Number, _) => dice.fraction() * 4.0,
    };
    value.clamp(min, max)
}

/// Turns so many knobs of those that may be turned; what does not fit the others stays.
fn turn(dice: &mut Dice, experiment: &mut Experiment, many: usize, may: fn(Knob) -> bool) {
    let knobs: Vec<Knob> =
        Knob::all(&experiment.scenario).into_iter().filter(|k| may(*k)).collect();
    for _ in 0..many {
        let knob = knobs[dice.below(knobs.len() as u64) as usize];
        let mut turned = experiment.scenario.clone();
        let value = value(dice, knob);
        if knob.set(&mut turned, value).is_ok() && turned.validate().is_ok() {
            experiment.scenario = turned;
        }
    }
}

/// Breaks this and that, with and without a plan, and lets go of messages.
fn break_things(dice: &mut Dice, experiment: &mut Experiment, may: fn(FaultKind) -> bool) {
    let (nodes, edges) = (experiment.scenario.nodes.len() as u64, experiment.scenario.edges.len());
    for _ in 0..dice.below(12) {
        let node = dice.below(nodes) as u8;
        let (target, kinds) = match experiment.scenario.service(node) {
            Some(_) => (Target::Node(node), &FaultKind::ON_SERVICES[..]),
            None => (Target::Edge(dice.below(edges as u64) as u8), &FaultKind::ON_LINES[..]),
        };
        let kind = kinds[dice.below(kinds.len() as u64) as usize];
        let lasts = Some(SimDuration::from_millis(1 + dice.below(1_500)));
        let change = match dice.below(5) {
            0 => Change::Drop {
                request: dice.below(60) as u32,
                edge: dice.below(edges as u64) as u8,
            },
            _ => Change::Fault(Fault { target, kind, lasts }),
        };
        let allowed = change.fault().is_none_or(|fault| may(fault.kind));
        if allowed {
            let at = dice.at();
            experiment.insert(Intervention { at, change });
        }
    }
    let mut kinds = dice.bits() as u32 & Chaos::ALL_KINDS;
    for (bit, kind) in half_open::scenario::chaos::KINDS.into_iter().enumerate() {
        kinds &= !(u32::from(!may(kind)) << bit);
    }
    let chaos = Chaos {
        intensity: dice.fraction() * 12.0,
        each_lasts: SimDuration::from_millis(20 + dice.below(800)),
        kinds,
        ..Chaos::on(dice.bits(), dice.bits() as u32)
    };
    let at = dice.at();
    experiment.insert(Intervention { at, change: Change::Chaos(chaos) });
    experiment.settle_chaos();
}

fn run(experiment: Experiment) -> Run {
    assert_eq!(experiment.validate(), Ok(()));
    let limits = Limits { events: 60_000, ..Limits::default() };
    Run::new(experiment, limits)
}

/// Requests that began and ended by then, counted from the log alone.
fn books(run: &Run, until: SimTime) -> (u32, u32) {
    let log = run.log();
    let events = (0..log.count_until(until)).map(|id| log.event(id));
    let (mut born, mut over) = (0, 0);
    for event in events {
        born += u32::from(event.kind == Kind::Arrived);
        let ends = event.is_last() && log.span(event.subject).by_client;
        over += u32::from(ends);
    }
    (born, over)
}

fn of_kind(run: &Run, kind: Kind) -> impl Iterator<Item = Event> {
    run.log().events_from(0).filter(move |event| event.kind == kind)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_is_in_the_books_and_nobody_works_on_more_than_they_can(
        seed in any::<u64>(), nodes in 2usize..=64,
    ) {
        let mut dice = Dice(seed, 0);
        let mut experiment = drawn(&mut dice, nodes);
        turn(&mut dice, &mut experiment, 4 * nodes, |_| true);
        break_things(&mut dice, &mut experiment, |_| true);
        let run = run(experiment);
        let mut seeker = Seeker::new();
        for step in 0..=24u64 {
            let t = SimTime::from_nanos(run.end().nanos() / 24 * step);
            let scene = seeker.seek(&run, t);
            let (born, over) = books(&run, t);
            let totals = &scene.totals;
            prop_assert_eq!((totals.requests, totals.finished()), (born, over), "at {}", t);
            let waiting: u32 = scene
                .clients
                .iter()
                .flatten()
                .map(|client| u32::from(client.under_way))
                .sum();
            prop_assert_eq!(waiting, born - over, "at {}", t);
            for (node, station) in (0u8..).zip(&scene.stations) {
                let Some(service) = scene.scenario.service(node) else { continue };
                prop_assert!(station.busy() <= service.workers as usize, "node {} at {}", node, t);
                prop_assert!(station.queue.len() <= service.queue as usize, "node {} at {}", node, t);
            }
        }
    }

    /// One key for each operation, at a service that records it with the effect and loses nothing of what
    /// it has stored.
    #[test]
    fn there_are_never_more_charges_than_orders_with_atomic_keys(
        seed in any::<u64>(), nodes in 2usize..=24,
    ) {
        let mut dice = Dice(seed, 0);
        let mut experiment = drawn(&mut dice, nodes);
        turn(&mut dice, &mut experiment, 6 * nodes, |knob| !matches!(knob,
            Knob::Edge(0, EdgeKnob::Keys)
                | Knob::Service(1, ServiceKnob::KeepKeys | ServiceKnob::KeepFor
                    | ServiceKnob::KeepWhat | ServiceKnob::RecordAfter)
                | Knob::Service(_, ServiceKnob::Charges)));
        for (knob, value) in [(ServiceKnob::KeepKeys, 1.0), (ServiceKnob::Charges, 1.0)] {
            Knob::Service(1, knob).set(&mut experiment.scenario, value).expect("in range");
        }
        Knob::Edge(0, EdgeKnob::Attempts).set(&mut experiment.scenario, 5.0).expect("in range");
        break_things(&mut dice, &mut experiment, |kind| {
            !matches!(kind, FaultKind::ForgetKeys | FaultKind::Crash { keep_state: false })
        });
        let only_first = experiment.scenario.edges.iter().filter(|edge| edge.to == 1).count() == 1;
        let run = run(experiment);
        let mut orders = std::collections::BTreeSet::new();
        for charge in of_kind(&run, Kind::Charged) {
            let new = orders.insert(charge.payload);
            prop_assert!(new || !only_first, "request {} was charged twice", charge.payload);
        }
    }

    /// The same experiment twice, and once more from the middle.
    #[test]
    fn a_random_system_repeats_and_goes_on_from_anywhere(seed in any::<u64>(), nodes in 2usize..=40) {
        let mut dice = Dice(seed, 0);
        let mut experiment = drawn(&mut dice, nodes);
        turn(&mut dice, &mut experiment, 4 * nodes, |_| true);
        let before = run(experiment.clone());
        break_things(&mut dice, &mut experiment, |_| true);
        let limits = Limits { events: 60_000, ..Limits::default() };
        let whole = run(experiment.clone());
        let continued = before.with(experiment, limits);
        prop_assert_eq!(whole.hash(), continued.hash());
    }
}
