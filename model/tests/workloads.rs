//! What clients want in the course of a run, and what they make of a change of mind.

use half_open::log::{Kind, Request};
use half_open::run::{Limits, Run};
use half_open::scenario::knob::ClientsKnob;
use half_open::scenario::{Arrivals, Change, Experiment, Intervention, Knob, Role, library};
use half_open::time::{SimDuration, SimTime};

const OPEN: f64 = 0.0;
const CLOSED: f64 = 2.0;

/// The payments scenario for twenty seconds, with other clients, whose knobs are turned in time.
fn payments(arrivals: Arrivals, turns: &[(u64, ClientsKnob, f64)]) -> Run {
    let mut experiment = library::payments();
    experiment.scenario.horizon = SimDuration::from_secs(20);
    let Role::Clients(clients) = &mut experiment.scenario.nodes[0].role else { unreachable!() };
    clients.arrivals = arrivals;
    turn(&mut experiment, turns);
    assert_eq!(experiment.validate(), Ok(()));
    Run::new(experiment, Limits::default())
}

fn turn(experiment: &mut Experiment, turns: &[(u64, ClientsKnob, f64)]) {
    for (second, knob, value) in turns {
        let change = Change::Set { knob: Knob::Clients(0, *knob), value: *value };
        experiment.insert(Intervention { at: SimTime::from_millis(second * 1_000), change });
    }
}

/// The requests that began from one second to another.
fn began(run: &Run, from: u64, to: u64) -> Vec<Request> {
    let within = SimTime::from_millis(from * 1_000)..SimTime::from_millis(to * 1_000);
    let arrived = run.log().events_from(0).filter(|event| event.kind == Kind::Arrived);
    let began = arrived.filter(|event| within.contains(&event.at));
    began.map(|event| run.log().request(event.subject)).collect()
}

/// The most requests that one client had under way at once.
fn most_at_once(run: &Run) -> usize {
    let mut most = 0;
    for client in 0..100 {
        let mine = run.index().rows().filter(|(id, _)| run.log().request(*id).client == client);
        let mut steps: Vec<(SimTime, i32)> = mine
            .flat_map(|(_, row)| {
                [(run.log().at(row.first), 1), (row.over.unwrap_or(run.end()), -1)]
            })
            .collect();
        steps.sort();
        let mut now = 0;
        for (_, step) in steps {
            now += step;
            most = most.max(now as usize);
        }
    }
    most
}

#[test]
fn in_a_closed_loop_nobody_has_two_requests_under_way() {
    assert!(most_at_once(&payments(Arrivals::Poisson, &[])) > 1);
    let run = payments(Arrivals::Closed, &[]);
    assert_eq!(most_at_once(&run), 1);
    let requests = began(&run, 0, 20).len();
    assert!((900..1_300).contains(&requests), "{requests}: about sixty a second");
}

/// That is why a closed loop hides an overload: the load gives way.
#[test]
fn a_slow_service_is_asked_less_by_clients_who_wait_for_it() {
    let slow = |arrivals| {
        let mut experiment = library::payments();
        experiment.scenario.horizon = SimDuration::from_secs(20);
        experiment.interventions.clear();
        Knob::Edge(0, half_open::scenario::knob::EdgeKnob::Timeout)
            .set(&mut experiment.scenario, 0.0)
            .expect("for ever");
        let bank = Knob::Service(2, half_open::scenario::knob::ServiceKnob::Time);
        bank.set(&mut experiment.scenario, 900e6).expect("900 ms");
        let Role::Clients(clients) = &mut experiment.scenario.nodes[0].role else { unreachable!() };
        clients.arrivals = arrivals;
        began(&Run::new(experiment, Limits::default()), 10, 20).len()
    };
    let (open, closed) = (slow(Arrivals::Poisson), slow(Arrivals::Closed));
    assert!(closed * 10 < open * 9, "{closed} of {open}");
}

#[test]
fn clients_come_and_go_while_they_wait_for_answers() {
    let run = payments(
        Arrivals::Closed,
        &[(5, ClientsKnob::Count, 10.0), (10, ClientsKnob::Count, 100.0)],
    );
    let who = |from, to| began(&run, from, to).iter().map(|request| request.client).max();
    assert!(who(0, 5) > Some(80));
    assert!(who(6, 10) < Some(10));
    assert!(who(11, 20) > Some(80));
    assert_eq!(most_at_once(&run), 1);
    let keys: Vec<u32> = began(&run, 0, 20).iter().map(|request| request.key).collect();
    let different: std::collections::BTreeSet<&u32> = keys.iter().collect();
    assert_eq!(different.len(), keys.len(), "each request has draws of its own");
}

#[test]
fn a_loop_that_is_opened_and_closed_again_goes_on() {
    let run = payments(
        Arrivals::Poisson,
        &[
            (4, ClientsKnob::Arrivals, CLOSED),
            (8, ClientsKnob::Arrivals, OPEN),
            (12, ClientsKnob::Arrivals, CLOSED),
        ],
    );
    for (from, to) in [(0, 4), (4, 8), (8, 12), (12, 16), (16, 20)] {
        let requests = began(&run, from, to).len();
        assert!((150..330).contains(&requests), "{requests} from {from} s to {to} s");
    }
}

#[test]
fn at_a_rate_of_nothing_nobody_asks_and_a_rate_wakes_everybody() {
    for arrivals in [Arrivals::Poisson, Arrivals::Closed] {
        let run = payments(arrivals, &[(5, ClientsKnob::Rate, 0.0), (10, ClientsKnob::Rate, 60.0)]);
        assert_eq!(began(&run, 5, 10).len(), 0, "{arrivals:?}");
        let after = began(&run, 10, 20).len();
        assert!((450..750).contains(&after), "{arrivals:?}: {after}");
    }
}

/// Touching a slider again and again must not put the next request off for ever.
#[test]
fn who_thinks_long_is_hurried_by_a_higher_rate() {
    let slow: Vec<(u64, ClientsKnob, f64)> =
        (1..10).map(|second| (second, ClientsKnob::Rate, 0.01)).collect();
    let mut turns = slow;
    turns.push((10, ClientsKnob::Rate, 60.0));
    let run = payments(Arrivals::Closed, &turns);
    assert!(began(&run, 2, 10).len() < 3);
    let after = began(&run, 10, 20).len();
    assert!((400..750).contains(&after), "{after}");
}

#[test]
fn a_spike_comes_back_when_it_is_moved() {
    let spike = [(0, ClientsKnob::Shape, 2.0), (0, ClientsKnob::Times, 8.0)];
    let run = payments(Arrivals::Poisson, &spike);
    let per_second = |run: &Run, from, to| began(run, from, to).len() as u64 / (to - from);
    assert!(per_second(&run, 0, 5) < 80 && per_second(&run, 5, 15) > 400);
    let moved = [&spike[..], &[(3, ClientsKnob::Begins, 10e9)]].concat();
    let moved = payments(Arrivals::Poisson, &moved);
    assert!(per_second(&moved, 5, 10) < 80 && per_second(&moved, 10, 20) > 400);
}

/// Draws, IDs and traces are found by the number of a request.
#[test]
fn no_two_requests_are_the_same_when_clients_begin_to_think() {
    let turns = [(5, ClientsKnob::Arrivals, 1.0), (10, ClientsKnob::Arrivals, 0.0)];
    let run = payments(Arrivals::Poisson, &turns);
    let all = run.log().length().requests;
    let numbers: std::collections::BTreeSet<u32> =
        (0..all).map(|id| run.log().request(id).key).collect();
    assert_eq!(numbers.len(), all as usize);
}

/// Recorded arrivals come when they did, to the microsecond, whatever else is set.
#[test]
fn recorded_arrivals_come_when_they_did() {
    let micros: Vec<u64> = (0..500).map(|n| n * n * 37 % 7_000 + n * 20_000).collect();
    let mut experiment = library::payments();
    experiment.interventions.clear();
    let Role::Clients(clients) = &mut experiment.scenario.nodes[0].role else { panic!("clients") };
    clients.recorded = micros.clone().into();
    clients.arrivals = Arrivals::Recorded;
    let arrived = |experiment: &Experiment| {
        assert_eq!(experiment.validate(), Ok(()));
        let run = Run::new(experiment.clone(), Limits::default());
        let all = run.log().events_from(0).filter(|event| event.kind == Kind::Arrived);
        all.map(|event| event.at.nanos() / 1_000).collect::<Vec<u64>>()
    };
    assert_eq!(arrived(&experiment), micros);
    // For a while something else: then those whose time has come.
    for (second, value) in [(2, 0.0), (4, 3.0)] {
        let knob = Knob::Clients(0, ClientsKnob::Arrivals);
        let at = SimTime::from_millis(second * 1_000);
        experiment.insert(Intervention { at, change: Change::Set { knob, value } });
    }
    let late = |all: Vec<u64>| all.into_iter().filter(|at| *at >= 4_000_000).collect::<Vec<u64>>();
    assert_eq!(late(arrived(&experiment)), late(micros));
}

#[test]
fn what_cannot_have_been_recorded_is_refused() {
    let refused = |micros: Vec<u64>| {
        let mut experiment = library::payments();
        if let Role::Clients(clients) = &mut experiment.scenario.nodes[0].role {
            clients.recorded = micros.into();
            clients.arrivals = Arrivals::Recorded;
        }
        experiment.validate().expect_err("it is refused").to_string()
    };
    assert!(refused(vec![]).contains("no arrivals were read from a file"));
    assert!(refused(vec![5, 3]).contains("nodes[0].recorded must be in order of time"));
    assert!(refused(vec![86_400_000_001]).contains("must arrive within a day"));
    assert!(refused(vec![1; 20_001]).contains("may hold at most 20000 arrivals, not 20001"));
}
