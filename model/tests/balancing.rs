//! A service that calls one of its callees: who gets how much, and what happens when one of them fails at once.

use half_open::log::{Event, Kind};
use half_open::policy::balance::By;
use half_open::run::{Limits, Run, Seeker};
use half_open::scenario::knob::{EdgeKnob, Knob, ServiceKnob};
use half_open::scenario::{Change, Intervention};
use half_open::scenario::{Edit, Experiment, Fault, FaultKind, Role, Service, Target, library};
use half_open::time::{SimDuration, SimTime};

const BALANCER: u8 = 1;
const LINES: [u8; 3] = [1, 2, 3];
const SINK: u8 = 3;

fn sinkhole(by: By, breakers: bool) -> Experiment {
    let mut experiment = library::find("sinkhole").expect("it is built in");
    balance(&mut experiment).by = by;
    for line in LINES {
        experiment.scenario.edges[usize::from(line)].policy.breaker_enabled = breakers;
    }
    experiment
}

fn service(experiment: &mut Experiment, node: u8) -> &mut Service {
    match &mut experiment.scenario.nodes[usize::from(node)].role {
        Role::Service(service) => service,
        Role::Clients(_) => panic!("a service"),
    }
}

fn balance(experiment: &mut Experiment) -> &mut half_open::policy::balance::Settings {
    &mut service(experiment, BALANCER).balance
}

fn played(experiment: Experiment) -> Run {
    assert_eq!(experiment.validate(), Ok(()));
    Run::new(experiment, Limits::default())
}

fn at(ms: u64) -> SimTime {
    SimTime::from_millis(ms)
}

fn picks(run: &Run, from: u64, to: u64) -> impl Iterator<Item = Event> + '_ {
    let picked =
        move |event: &Event| event.kind == Kind::Picked && (at(from)..at(to)).contains(&event.at);
    run.log().events_from(0).filter(picked)
}

/// Which share of what was picked between two moments went over each line.
fn shares(run: &Run, from: u64, to: u64) -> [f64; 3] {
    let edges: Vec<u8> = picks(run, from, to).map(|event| event.picked().edge).collect();
    LINES.map(|line| edges.iter().filter(|edge| **edge == line).count() as f64 / edges.len() as f64)
}

/// The share of the requests that began between two moments and failed.
fn failed(run: &Run, from: u64, to: u64) -> f64 {
    let began =
        |row: &half_open::run::RequestRow| (at(from)..at(to)).contains(&run.log().at(row.first));
    let rows: Vec<_> = run.index().rows().filter(|(_, row)| began(row)).collect();
    rows.iter().filter(|(_, row)| !row.succeeded).count() as f64 / rows.len() as f64
}

fn about(found: f64, wanted: f64, by: f64) {
    assert!((found - wanted).abs() < by, "{found}, not about {wanted}");
}

fn all_about(found: [f64; 3], wanted: f64, by: f64) {
    found.iter().for_each(|found| about(*found, wanted, by));
}

/// Before one of them fails.
#[test]
fn equal_instances_get_a_third_each_whatever_the_law() {
    for by in By::ALL {
        let run = played(sinkhole(by, false));
        let off = if by == By::RoundRobin { 0.001 } else { 0.03 };
        all_about(shares(&run, 0, 9_900), 1.0 / 3.0, off);
        assert_eq!(failed(&run, 0, 9_900), 0.0);
    }
}

/// One of three fails at once, from 10 s to 30 s.
#[test]
fn what_fails_at_once_has_the_least_in_flight_and_gets_nearly_everything() {
    let least = played(sinkhole(By::LeastInFlight, false));
    let lost = failed(&least, 10_100, 29_900);
    assert!(lost > 0.9, "{lost}");
    assert!(shares(&least, 10_100, 29_900)[2] > 0.9);
    assert!(failed(&least, 30_100, 58_000) < 0.001, "it is over");

    for by in [By::RoundRobin, By::Random] {
        about(failed(&played(sinkhole(by, false)), 10_100, 29_900), 1.0 / 3.0, 0.02);
    }
    // It wins whenever it is one of the two, which it is in two of three draws.
    let two = failed(&played(sinkhole(By::TwoChoices, false)), 10_100, 29_900);
    about(two, 2.0 / 3.0, 0.05);
}

#[test]
fn with_a_breaker_on_each_line_it_is_passed_over() {
    for by in By::ALL {
        let run = played(sinkhole(by, true));
        let lost = failed(&run, 10_100, 29_900);
        assert!(lost < 0.01, "{by:?}: {lost}");
        assert!(shares(&run, 10_500, 29_900)[2] < 0.01);
        let passed = picks(&run, 10_500, 11_500).filter(|event| event.picked().passed_over == 1);
        assert!(passed.count() > 200);
        // Nothing but probes is sent there, and nothing refused.
        let over = |event: &Event| {
            event.kind == Kind::Rejected && run.log().span(event.subject).edge == SINK
        };
        assert_eq!(run.log().events_from(0).filter(over).count(), 0);
        // It comes back.
        all_about(shares(&run, 33_000, 60_000), 1.0 / 3.0, 0.03);
    }
}

#[test]
fn when_all_breakers_are_open_one_of_them_refuses() {
    let mut experiment = sinkhole(By::LeastInFlight, true);
    for line in [1, 2] {
        let kind = FaultKind::FailFast;
        let lasts = Some(SimDuration::from_secs(20));
        let fault = Fault { target: Target::Node(line + 1), kind, lasts };
        experiment.insert(Intervention { at: at(10_000), change: Change::Fault(fault) });
    }
    let run = played(experiment);
    assert!(failed(&run, 10_100, 29_900) > 0.99);
    all_about(shares(&run, 10_500, 29_900), 1.0 / 3.0, 0.05);
    assert!(failed(&run, 33_000, 58_000) < 0.001);
}

#[test]
fn what_is_counted_is_what_is_under_way() {
    // Whatever ends a call: an answer, a timeout, a crash of the balancer, a caller that has gone.
    let mut experiment = sinkhole(By::LeastInFlight, true);
    service(&mut experiment, BALANCER).cancels = true;
    experiment.scenario.edges[0].policy.timeout.per_attempt = Some(SimDuration::from_millis(300));
    experiment.scenario.edges[1].policy.timeout.per_attempt = Some(SimDuration::from_millis(150));
    let kind = FaultKind::Crash { keep_state: false };
    let lasts = Some(SimDuration::from_millis(200));
    let crash = Change::Fault(Fault { target: Target::Node(BALANCER), kind, lasts });
    experiment.insert(Intervention { at: at(5_000), change: crash });
    let knob = Knob::Clients(0, half_open::scenario::knob::ClientsKnob::Rate);
    for (ms, value) in [(40_000, 0.0), (50_000, 5.0)] {
        experiment.insert(Intervention { at: at(ms), change: Change::Set { knob, value } });
    }
    let run = played(experiment);
    let first = picks(&run, 50_000, 60_000).next().expect("somebody came");
    assert_eq!(first.picked().in_flight, 0, "nothing is left of what was");
    assert!(picks(&run, 0, 40_000).any(|event| event.picked().in_flight > 5));
}

#[test]
fn one_is_called_for_each_request_and_the_picture_counts_it() {
    let run = played(sinkhole(By::RoundRobin, false));
    let mut seeker = Seeker::new();
    let scene = seeker.seek(&run, at(9_000));
    let picked = picks(&run, 0, 9_000).count() as u32;
    let lines = LINES.map(|line| scene.lines[usize::from(line)].picked);
    assert_eq!(lines.iter().sum::<u32>(), picked);
    assert!(lines.iter().max().expect("three") - lines.iter().min().expect("three") <= 1);
    assert!(scene.lines[0].sent.abs_diff(picked) < 10, "{} for {picked}", scene.lines[0].sent);
}

#[test]
fn laws_can_be_changed_while_it_runs_and_a_knob_tells_all_three_orders() {
    let mut experiment = sinkhole(By::LeastInFlight, false);
    let law = Knob::Service(BALANCER, ServiceKnob::Balance);
    let change = Change::Set { knob: law, value: 0.0 };
    experiment.insert(Intervention { at: at(20_000), change });
    let run = played(experiment);
    assert!(failed(&run, 12_000, 19_900) > 0.9);
    about(failed(&run, 20_100, 29_900), 1.0 / 3.0, 0.02);

    let mut scenario = sinkhole(By::Random, false).scenario;
    let calls = Knob::Service(BALANCER, ServiceKnob::Parallel);
    let mut seen = |value| {
        calls.set(&mut scenario, value).expect("in range");
        assert_eq!(calls.get(&scenario), Some(value));
        let service = scenario.service(BALANCER).expect("a service");
        (service.parallel, service.balance.on, service.balance.by)
    };
    assert_eq!(seen(0.0), (false, false, By::Random));
    assert_eq!(seen(1.0), (true, false, By::Random));
    assert_eq!(seen(2.0), (false, true, By::Random));
}

#[test]
fn who_is_left_with_one_callee_balances_nothing_and_both_at_once_is_refused() {
    let mut experiment = sinkhole(By::Random, false);
    experiment.interventions.clear();
    for line in [3, 2] {
        experiment = experiment.edited(&Edit::RemoveCall(line)).expect("it can go").0;
    }
    let left = experiment.scenario.service(BALANCER).expect("a service").balance;
    assert!(left.is_default(), "{left:?}");

    let mut experiment = sinkhole(By::Random, false);
    service(&mut experiment, BALANCER).parallel = true;
    let problem = experiment.validate().expect_err("both").to_string();
    assert_eq!(problem, "nodes[1].balance cannot be on where all calls are made at once");
    let mut experiment = sinkhole(By::Random, false);
    service(&mut experiment, 2).balance.on = true;
    let problem = experiment.validate().expect_err("nobody to call").to_string();
    assert_eq!(problem, "nodes[2].balance needs two calls to choose from");
}

#[test]
fn an_instance_that_can_be_done_without_leaves_its_requests_degraded() {
    let mut experiment = sinkhole(By::RoundRobin, false);
    let need = Knob::Edge(SINK, EdgeKnob::Need);
    need.set(&mut experiment.scenario, 1.0).expect("in range");
    let run = played(experiment);
    assert!(failed(&run, 10_100, 29_900) < 0.001);
}
