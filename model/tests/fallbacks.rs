//! What callers answer with once a call has failed for good, and what that is counted as.

use half_open::log::{Event, Fallback, Kind, StatusCode};
use half_open::policy::fallback::Kind as To;
use half_open::policy::outcome::Status;
use half_open::random::Distribution;
use half_open::run::{Limits, Metrics, Run, Seeker, missing};
use half_open::scenario::knob::{ClientsKnob, EdgeKnob, ServiceKnob};
use half_open::scenario::{
    Arrivals, Change, Edit, Experiment, Fault, FaultKind, Intervention, Knob, Need, Role, Target,
    library,
};
use half_open::time::{SimDuration, SimTime};

const GATEWAY: u8 = 1;
const EAST: u8 = 2;
const TO_GATEWAY: u8 = 0;
const TO_EAST: u8 = 1;
const TO_WEST: u8 = 2;

/// A request each 100 ms for a gateway that asks east, and after that west; everything takes 10 ms, every
/// way 1 ms.
fn regions(change: impl FnOnce(&mut Experiment)) -> Run {
    let mut experiment = library::template("one-service").expect("there is one");
    for edit in [
        Edit::Rename(GATEWAY, "gateway".into()),
        Edit::AddService(GATEWAY),
        Edit::Rename(EAST, "east".into()),
        Edit::AddService(GATEWAY),
        Edit::Rename(EAST + 1, "west".into()),
    ] {
        experiment = experiment.edited(&edit).expect("it can be drawn").0;
    }
    let scenario = &mut experiment.scenario;
    scenario.horizon = SimDuration::from_secs(10);
    for node in &mut scenario.nodes {
        match &mut node.role {
            Role::Service(service) => {
                service.time = Distribution::Constant(SimDuration::from_millis(10));
            }
            Role::Clients(clients) => {
                (clients.arrivals, clients.rate) = (Arrivals::Constant, 10.0);
            }
        }
    }
    for edge in &mut scenario.edges {
        edge.network.latency = Distribution::Constant(SimDuration::from_millis(1));
        edge.policy.timeout.per_attempt = Some(SimDuration::from_millis(50));
        edge.policy.retry.max_attempts = 1;
        edge.policy.breaker_enabled = false;
    }
    change(&mut experiment);
    assert_eq!(experiment.validate(), Ok(()));
    Run::new(experiment, Limits::default())
}

fn to(experiment: &mut Experiment, edge: u8, kind: To) {
    experiment.scenario.edges[usize::from(edge)].policy.fallback.kind = kind;
}

fn breaks(experiment: &mut Experiment, ms: u64, target: Target, kind: FaultKind) {
    let change = Change::Fault(Fault { target, kind, lasts: None });
    experiment.insert(Intervention { at: SimTime::from_millis(ms), change });
}

fn count(run: &Run, kind: Kind, edge: u8) -> usize {
    let over_it = |e: &Event| e.kind == kind && run.log().span(e.subject).edge == edge;
    run.log().events_from(0).filter(over_it).count()
}

/// Everything that ends an operation is counted once, in every count there is.
fn balanced(run: &Run) -> Metrics {
    let metrics = Metrics::of(run);
    let all = metrics.succeeded + metrics.degraded + metrics.failed + metrics.in_flight;
    assert_eq!(all, metrics.requests);
    let log = run.log();
    let ends = log.events_from(0).filter(|e| e.is_last() && log.span(e.subject).by_client);
    assert_eq!(ends.count() as u32, metrics.requests - metrics.in_flight);
    let rows = run.index().rows().filter(|(_, row)| row.degraded).count() as u32;
    assert_eq!(rows, metrics.degraded);
    let tally = Run::tally(run.experiment(), u32::MAX);
    assert_eq!((tally.succeeded, tally.degraded), (metrics.succeeded, metrics.degraded));
    assert_eq!(tally.latencies.len(), metrics.latencies.len());
    metrics
}

#[test]
fn a_static_answer_makes_an_operation_degraded_and_never_a_success() {
    let down = |e: &mut Experiment| breaks(e, 5_050, Target::Node(EAST), FaultKind::FailFast);
    let without = balanced(&regions(|e| down(e)));
    assert_eq!((without.degraded, without.failed), (0, 49));
    let run = regions(|e| {
        down(e);
        to(e, TO_GATEWAY, To::Static);
    });
    let with = balanced(&run);
    assert_eq!((with.succeeded, with.degraded, with.failed), (without.succeeded, 49, 0));
    let fell = run.log().events_from(0).find(|e| e.kind == Kind::FellBack).expect("it does");
    assert_eq!((fell.fallback(), fell.is_last()), (Fallback::Static, true));
    assert_eq!(fell.status(), StatusCode::Http(Status::DEGRADED));
    let end = run.log().event(fell.cause().expect("an attempt has failed"));
    assert_eq!((end.kind, end.subject, end.is_last()), (Kind::Answered, fell.subject, false));
    assert_eq!(end.status(), StatusCode::Http(Status::BAD_GATEWAY));
}

#[test]
fn a_fallback_comes_after_all_retries_and_before_a_caller_does_without() {
    let run = regions(|e| {
        e.scenario.edges[usize::from(TO_GATEWAY)].policy.timeout.per_attempt = None;
        e.scenario.edges[usize::from(TO_EAST)].policy.retry.max_attempts = 3;
        e.scenario.edges[usize::from(TO_EAST)].need = Need::Optional;
        to(e, TO_EAST, To::Static);
        breaks(e, 0, Target::Node(EAST), FaultKind::FailFast);
    });
    let metrics = balanced(&run);
    assert_eq!((metrics.succeeded, metrics.failed), (0, 0));
    let fell = count(&run, Kind::FellBack, TO_EAST);
    // Some are under way at the end.
    let (waits, rest) = (count(&run, Kind::BackedOff, TO_EAST), metrics.in_flight as usize);
    assert!((2 * fell..=2 * (fell + rest)).contains(&waits), "{waits} for {fell}");
    let log = run.log();
    // It is the gateway's answer that is degraded, because of that.
    let answers = log.events_from(0).filter(|e| e.kind == Kind::Responded);
    let mut answers = answers.filter(|e| log.span(e.subject).edge == TO_GATEWAY).peekable();
    assert!(answers.peek().is_some());
    for answer in answers {
        let cause = log.event(answer.cause().expect("it has one"));
        assert_eq!(cause.kind, Kind::FellBack);
        assert_eq!(answer.status(), StatusCode::Http(Status::DEGRADED));
        assert_eq!(missing(&run, &answer).map(|missing| missing.node), Some(EAST));
    }
}

#[test]
fn the_last_good_answer_needs_one_that_has_come() {
    let from = |ms| {
        regions(|e| {
            to(e, TO_GATEWAY, To::Stale);
            breaks(e, ms, Target::Edge(TO_GATEWAY), FaultKind::Partition);
        })
    };
    let never = balanced(&from(0));
    assert_eq!((never.succeeded, never.degraded), (0, 0));
    assert!(never.failed > 90, "{}", never.failed);
    let run = from(5_050);
    let later = balanced(&run);
    assert_eq!((later.failed, later.degraded), (0, 49));
    let ages: Vec<SimDuration> = run
        .log()
        .events_from(0)
        .filter_map(|e| match e.fallback() {
            Fallback::Stale { age } if e.kind == Kind::FellBack => Some(age),
            _ => None,
        })
        .collect();
    // The last one that came back had been asked for at 5 s, and took 36 ms; nobody knows after 50 ms.
    let hundred = |n: u64| SimDuration::from_millis(n * 100 + 50 - 36);
    assert_eq!(ages[..3], [1, 2, 3].map(hundred));
}

#[test]
fn what_is_kept_under_different_keys_is_not_mistaken_for_one_another() {
    let fell = |keys: f64| {
        let run = regions(|e| {
            to(e, TO_EAST, To::Stale);
            for (knob, value) in [(ServiceKnob::CacheFor, 1e6), (ServiceKnob::CacheKeys, keys)] {
                Knob::Service(EAST, knob).set(&mut e.scenario, value).expect("in range");
            }
            breaks(e, 5_050, Target::Node(EAST), FaultKind::FailFast);
        });
        (count(&run, Kind::FellBack, TO_EAST), Metrics::of(&run).failed)
    };
    assert_eq!(fell(1.0), (49, 0));
    // Fifty answers to a thousand questions are rarely those that are asked for.
    let (fell, failed) = fell(1_000.0);
    assert!(fell < 10 && failed > 39, "{fell} and {failed}");
}

#[test]
fn who_loses_its_memory_has_no_good_answer_any_more() {
    let failed = |keep_state| {
        let run = regions(|e| {
            to(e, TO_EAST, To::Stale);
            breaks(e, 5_050, Target::Node(EAST), FaultKind::FailFast);
            let kind = FaultKind::Crash { keep_state };
            let lasts = Some(SimDuration::from_millis(1));
            let fault = Fault { target: Target::Node(GATEWAY), kind, lasts };
            let change = Change::Fault(fault);
            e.insert(Intervention { at: SimTime::from_millis(7_050), change });
        });
        Metrics::of(&run).failed
    };
    assert_eq!((failed(true), failed(false)), (0, 29));
}

#[test]
fn another_service_is_asked_only_where_the_first_has_failed() {
    let run = regions(|e| {
        to(e, TO_EAST, To::Other);
        breaks(e, 5_050, Target::Node(EAST), FaultKind::FailFast);
    });
    let metrics = balanced(&run);
    assert_eq!((metrics.degraded, metrics.failed), (49, 0));
    assert_eq!(count(&run, Kind::Sent, TO_WEST), 49);
    let log = run.log();
    for sent in log.events_from(0).filter(|e| e.kind == Kind::Sent) {
        if log.span(sent.subject).edge == TO_WEST {
            let fell = log.event(sent.cause().expect("it has one"));
            assert_eq!((fell.kind, fell.fallback()), (Kind::FellBack, Fallback::Call(TO_WEST)));
            assert_eq!((fell.at, fell.is_last()), (sent.at, false));
        }
    }
    let mut seeker = Seeker::new();
    let lines = &seeker.seek(&run, run.end()).lines;
    assert_eq!(lines[usize::from(TO_EAST)].fell_back, 49);
}

#[test]
fn where_the_other_one_fails_as_well_the_call_has_failed_as_it_would_have() {
    let both_down = |need: Need, then: To| {
        let run = regions(|e| {
            to(e, TO_EAST, To::Other);
            to(e, TO_WEST, then);
            e.scenario.edges[usize::from(TO_EAST)].need = need;
            breaks(e, 0, Target::Node(EAST), FaultKind::FailFast);
            breaks(e, 0, Target::Node(EAST + 1), FaultKind::FailFast);
        });
        let metrics = balanced(&run);
        (metrics.degraded > 0, metrics.failed > 0)
    };
    assert_eq!(both_down(Need::Required, To::Off), (false, true));
    assert_eq!(both_down(Need::Optional, To::Off), (true, false));
    assert_eq!(both_down(Need::Required, To::Static), (true, false));
}

#[test]
fn nobody_is_asked_for_a_caller_whose_deadline_has_passed() {
    let asked = |deadline| {
        let run = regions(|e| {
            to(e, TO_EAST, To::Other);
            let policy = &mut e.scenario.edges[usize::from(TO_GATEWAY)].policy;
            policy.deadline.per_operation = Some(SimDuration::from_millis(deadline));
            policy.deadline.propagate = true;
            breaks(e, 0, Target::Edge(TO_EAST), FaultKind::Partition);
        });
        count(&run, Kind::Sent, TO_WEST)
    };
    assert_eq!(asked(40), 0);
    assert!(asked(100) > 90);
}

#[test]
fn a_fallback_that_makes_no_sense_is_refused_in_a_sentence() {
    let refused = |change: fn(&mut Experiment)| {
        let mut experiment = regions(|_| {}).experiment().as_ref().clone();
        change(&mut experiment);
        experiment.validate().expect_err("it should be refused").to_string()
    };
    assert_eq!(
        refused(|e| to(e, TO_GATEWAY, To::Other)),
        "edges[0].fallback cannot be another service: clients calls only one"
    );
    assert_eq!(
        refused(|e| {
            to(e, TO_EAST, To::Other);
            e.scenario.edges[1].policy.fallback.call = 1;
        }),
        "edges[1].fallback must be another one of the 2 calls of gateway, not call 1"
    );
    assert_eq!(
        refused(|e| {
            to(e, TO_EAST, To::Other);
            to(e, TO_WEST, To::Other);
        }),
        "edges[1].fallback cannot be west: calls would fall back on one another in a circle"
    );
    assert_eq!(
        refused(|e| {
            *e = e.edited(&Edit::AddService(GATEWAY)).expect("it can be drawn").0;
            to(e, TO_EAST, To::Other);
            to(e, 3, To::Other);
            e.scenario.edges[3].policy.fallback.call = 2;
        }),
        "edges[1].fallback cannot be west: another call falls back on it already"
    );
}

#[test]
fn a_drawn_system_keeps_its_fallbacks() {
    let mut experiment = regions(|e| to(e, TO_EAST, To::Other)).experiment().as_ref().clone();
    experiment = experiment.edited(&Edit::AddService(GATEWAY)).expect("it can be drawn").0;
    to(&mut experiment, 3, To::Other);
    experiment.scenario.edges[3].policy.fallback.call = 1;
    assert_eq!(experiment.validate(), Ok(()));
    assert_eq!(experiment.scenario.in_place_of(TO_WEST), 3);
    // East is gone, and whoever fell back on it does so no more.
    let (after, places) = experiment.edited(&Edit::RemoveCall(TO_EAST)).expect("it can go");
    let last = places.edge(3).expect("it stays");
    assert_eq!(after.scenario.edges[usize::from(last)].policy.fallback.kind, To::Off);
    // The place of a fallback among the calls is another one, its service the same.
    let (after, _) = experiment.edited(&Edit::RemoveCall(TO_EAST)).expect("it can go");
    let mut after = after;
    to(&mut after, 2, To::Other);
    after.scenario.edges[2].policy.fallback.call = 1;
    assert_eq!(after.scenario.fallback_of(2), Some(1));
    let more = after.edited(&Edit::AddService(GATEWAY)).expect("it can be drawn").0;
    assert_eq!(more.scenario.fallback_of(2), Some(1));
}

#[test]
fn a_fallback_can_be_switched_on_while_calls_are_under_way() {
    let run = regions(|e| {
        Knob::Clients(0, ClientsKnob::Rate).set(&mut e.scenario, 100.0).expect("in range");
        breaks(e, 1_000, Target::Node(EAST), FaultKind::FailFast);
        for (ms, value) in [(2_000, 3.0), (3_000, 0.0), (4_000, 1.0), (5_000, 3.0), (6_000, 2.0)] {
            let change = Change::Set { knob: Knob::Edge(TO_EAST, EdgeKnob::Fallback), value };
            e.insert(Intervention { at: SimTime::from_millis(ms), change });
        }
    });
    let metrics = balanced(&run);
    // Whoever begins to look back to the last good answer has none of before.
    assert_eq!((metrics.degraded, metrics.failed), (300, 600));
}
