//! Two settings under the same luck: intervals that mean what they say, and what a change buys.

use half_open::policy::fallback;
use half_open::policy::idempotency::KeyStrategy;
use half_open::policy::{backoff, retry, timeout};
use half_open::random::Distribution;
use half_open::run::versus::{Measure, Outcome, Versus};
use half_open::run::{Limits, Run, Seeker};
use half_open::scenario::knob::ClientsKnob;
use half_open::scenario::{
    CallPolicy, Change, Clients, Edge, Experiment, Fault, FaultKind, Intervention, Knob, Need,
    Network, Node, Role, Scenario, Service, Target, library,
};
use half_open::time::{SimDuration, SimTime};

/// A hundred operations in a fifth of a second, on a service that fails one attempt in two, with
/// workers for everybody; then time enough for all of them to end.
fn halves(attempts: u32, seed: u64) -> Experiment {
    let backoff = backoff::Settings { kind: backoff::Kind::None, ..Default::default() };
    let policy = CallPolicy {
        timeout: timeout::Settings { per_attempt: None },
        retry: retry::Settings { max_attempts: attempts, backoff, ..Default::default() },
        keys: KeyStrategy::None,
        ..CallPolicy::default()
    };
    let clients = Clients::poisson(100, 500.0);
    let service = Service {
        workers: 1_000,
        queue: 0,
        time: Distribution::Constant(SimDuration::from_millis(1)),
        error_rate: 0.5,
        ..Service::default()
    };
    let node = |name: &str, role| Node { name: name.into(), role, place: None };
    let stop = Change::Set { knob: Knob::Clients(0, ClientsKnob::Rate), value: 0.0 };
    Experiment {
        scenario: Scenario {
            name: "halves".into(),
            title: "One in two fails".into(),
            sentence: String::new(),
            horizon: SimDuration::from_secs(1),
            nodes: vec![
                node("clients", Role::Clients(clients)),
                node("service", Role::Service(service)),
            ],
            edges: vec![Edge {
                from: 0,
                to: 1,
                network: Network::default(),
                policy,
                need: Need::Required,
            }],
        },
        seed,
        interventions: vec![Intervention { at: SimTime::from_millis(200), change: stop }],
    }
}

fn held(sides: [Experiment; 2], rounds: u32) -> Versus {
    let mut versus = Versus::new(sides, rounds, Limits::default());
    while versus.step() {}
    versus
}

/// With k attempts that each fail with probability p, `1−pᵏ` of the operations succeed: three
/// attempts instead of one save `p−p³` of them (Feller, *An Introduction to Probability Theory I*,
/// 1968, chapter VI). Of 300 intervals of 95 % about 285 contain it; fewer than 273 or more than 296
/// would be three standard errors off.
#[test]
fn intervals_contain_the_difference_that_is_known_as_often_as_they_say() {
    let known = 0.5 - 0.125;
    let contain = (0..300).filter(|n| {
        let versus = held([halves(1, 1_000 * n), halves(3, 0)], 10);
        let difference = versus.row(Measure::Success).difference;
        let (mean, half) = (difference.mean(), difference.half_width());
        let (mean, half) = (mean.expect("ten seeds"), half.expect("ten seeds"));
        (mean - known).abs() <= half
    });
    let contain = contain.count();
    assert!((273..=296).contains(&contain), "{contain} of 300");
}

#[test]
fn the_same_settings_differ_in_nothing_under_any_seed() {
    let versus = held([halves(2, 7), halves(2, 7)], 6);
    for measure in Measure::ALL {
        let difference = versus.row(measure).difference;
        match measure {
            // Nothing was broken, so there was nothing to recover from.
            Measure::Recovery => assert_eq!(difference.count(), 0),
            _ => assert_eq!((difference.count(), difference.mean()), (6, Some(0.0)), "{measure:?}"),
        }
    }
}

/// What both sides share cancels out: the interval is narrower than without pairs.
#[test]
fn the_same_luck_on_both_sides_makes_a_difference_sure_sooner() {
    let versus = held([halves(1, 3), halves(2, 3)], 40);
    let row = versus.row(Measure::Attempts);
    let half = |sample: half_open::run::versus::Sample| sample.half_width().expect("forty seeds");
    let [first, second] = row.sides.map(half);
    let paired = half(row.difference);
    assert!(paired * paired < 0.8 * (first * first + second * second), "{paired} {first} {second}");
}

#[test]
fn the_scene_at_the_end_knows_what_counting_every_event_does() {
    let all = [library::payments(), library::panels(), library::contention(), halves(2, 7)];
    for experiment in all {
        let run = Run::new(experiment, Limits::default());
        let mut seeker = Seeker::new();
        let known = Outcome::at_the_end(&run, seeker.seek(&run, run.end()));
        let counted = Outcome::of(&run);
        for measure in Measure::ALL {
            let (known, counted) = (known.get(measure), counted.get(measure));
            match (measure, known.zip(counted)) {
                (Measure::P50 | Measure::P95 | Measure::P99, Some((known, counted))) => {
                    assert!((known / counted - 1.0).abs() < 0.008, "{known} {counted}");
                }
                _ => assert_eq!(known, counted, "{measure:?}"),
            }
        }
    }
}

fn broken(at: u64, lasts: Option<u64>) -> Run {
    let lasts = lasts.map(SimDuration::from_secs);
    let fault = Fault { target: Target::Node(1), kind: FaultKind::Errors(1.0), lasts };
    let mut experiment = halves(1, 1);
    experiment.scenario.horizon = SimDuration::from_secs(12);
    experiment.interventions =
        vec![Intervention { at: SimTime::from_millis(at), change: Change::Fault(fault) }];
    if let Role::Service(service) = &mut experiment.scenario.nodes[1].role {
        service.error_rate = 0.0;
    }
    Run::new(experiment, Limits::default())
}

#[test]
fn a_system_recovers_when_every_second_goes_well_again() {
    let recovery = |run: &Run| Outcome::of(run).get(Measure::Recovery);
    assert_eq!(recovery(&broken(2_000, Some(3))), Some(0.0));
    assert_eq!(recovery(&broken(2_000, None)), None, "the fault lasts");
    assert_eq!(recovery(&broken(13_000, Some(1))), None, "the fault never came");

    // What waits behind a slow bank goes on failing for a while.
    let mut experiment = library::payments();
    let run = Run::new(experiment.clone(), Limits::default());
    let unhurried = recovery(&run).expect("it recovers");
    assert!((0.0..40.0).contains(&unhurried), "{unhurried}");
    // A service that fails all the time never does.
    experiment.scenario.nodes.iter_mut().for_each(|node| {
        if let Role::Service(service) = &mut node.role {
            service.error_rate = 0.9;
        }
    });
    assert_eq!(recovery(&Run::new(experiment, Limits::default())), None);
}

/// Whoever has something to fall back on fails less, and succeeds no more often.
#[test]
fn a_fallback_makes_degraded_of_what_failed_and_no_success() {
    let with = |mut experiment: Experiment| {
        experiment.scenario.edges[0].policy.fallback.kind = fallback::Kind::Static;
        experiment
    };
    let versus = held([halves(1, 5), with(halves(1, 5))], 5);
    let mean = |measure, side: usize| versus.row(measure).sides[side].mean().expect("five seeds");
    assert_eq!(mean(Measure::Degraded, 0), 0.0);
    let [before, after] = [0, 1].map(|side| mean(Measure::Success, side));
    assert_eq!(before, after);
    assert!((mean(Measure::Degraded, 1) + after - 1.0).abs() < 1e-9);
    assert_eq!(Measure::Degraded.more_is_better(), None, "better than a failure, worse than all");
}

#[test]
fn keys_are_what_saves_a_second_charge() {
    let keyless = |mut experiment: Experiment| {
        experiment.scenario.edges[0].policy.keys = KeyStrategy::None;
        experiment
    };
    let versus = held([keyless(library::payments()), library::payments()], 5);
    let row = versus.row(Measure::ChargedAgain);
    let mean = |side: usize| row.sides[side].mean().expect("five seeds");
    assert!(mean(0) >= 1.0 && mean(1) == 0.0, "{} {}", mean(0), mean(1));
    assert_eq!(versus.progress(), (5, 5));
}
