//! Who gets into a bulkhead, who waits for a place, and what takes somebody out who waits.

use half_open::log::{Event, Kind, Refusal, Verdict};
use half_open::random::Distribution;
use half_open::run::{Limits, Metrics, Run};
use half_open::scenario::knob::{ClientsKnob, EdgeKnob, ServiceKnob};
use half_open::scenario::{
    Change, Experiment, Fault, FaultKind, Intervention, Knob, Role, Target, library,
};
use half_open::time::{SimDuration, SimTime};

const MS: f64 = 1e6;

/// Ten requests at once, which `web` passes on to `stock`, where each takes 100 ms; messages take 10 ms and
/// `web` no time to speak of.
fn burst(set: &[(EdgeKnob, f64)]) -> Experiment {
    let mut experiment = library::find("deadline_propagation").expect("built in");
    experiment.interventions.clear();
    let scenario = &mut experiment.scenario;
    scenario.horizon = SimDuration::from_secs(5);
    let all = [
        (Knob::Clients(0, ClientsKnob::Rate), 0.0),
        (Knob::Clients(0, ClientsKnob::Count), 10.0),
        (Knob::Edge(0, EdgeKnob::Deadline), 0.0),
        (Knob::Service(2, ServiceKnob::Workers), 100.0),
    ];
    for (knob, value) in all {
        knob.set(scenario, value).expect("in range");
    }
    for (knob, value) in set {
        Knob::Edge(1, *knob).set(scenario, *value).expect("in range");
    }
    for (node, work) in [(1, SimDuration::from_nanos(1_000)), (2, SimDuration::from_millis(100))] {
        if let Role::Service(service) = &mut scenario.nodes[node].role {
            service.time = Distribution::Constant(work);
        }
    }
    for edge in &mut scenario.edges {
        edge.network.latency = Distribution::Constant(SimDuration::from_millis(10));
    }
    deed(&mut experiment, 1_000, Change::Burst(0));
    experiment
}

fn deed(experiment: &mut Experiment, ms: u64, change: Change) {
    experiment.insert(Intervention { at: SimTime::from_millis(ms), change });
}

fn played(experiment: Experiment) -> Run {
    assert_eq!(experiment.validate(), Ok(()));
    Run::new(experiment, Limits::default())
}

/// What happened over the line with the bulkhead, in whole milliseconds since the burst.
fn over(run: &Run, kind: Kind) -> Vec<u64> {
    events(run, kind).map(|e| (e.at.nanos() - 1_000_000_000) / 1_000_000).collect()
}

fn events(run: &Run, kind: Kind) -> impl Iterator<Item = Event> + '_ {
    let log = run.log();
    log.events_from(0).filter(move |e| e.kind == kind && log.span(e.subject).edge == 1)
}

const THREE: (EdgeKnob, f64) = (EdgeKnob::InFlight, 3.0);
const FOUR_MORE: (EdgeKnob, f64) = (EdgeKnob::Waiting, 4.0);

#[test]
fn three_are_under_way_four_wait_in_order_and_three_are_rejected_at_once() {
    let run = played(burst(&[THREE, FOUR_MORE]));
    assert_eq!(over(&run, Kind::Sent), [10, 10, 10, 130, 130, 130, 250]);
    assert_eq!(over(&run, Kind::Held), [10; 4]);
    assert_eq!(over(&run, Kind::Rejected), [10; 3]);
    let full = Refusal::Bulkhead { in_flight: 3, waiting: 4 };
    assert!(events(&run, Kind::Rejected).all(|e| e.refusal() == full && e.is_last()));
    let held: Vec<u32> = events(&run, Kind::Held).map(|event| event.subject).collect();
    let sent: Vec<u32> = events(&run, Kind::Sent).map(|event| event.subject).collect();
    assert_eq!(sent[3..], held, "first come, first served");
    let waiting: Vec<u32> = events(&run, Kind::Held).map(|event| event.payload).collect();
    assert_eq!(waiting, [1, 2, 3, 4]);
    assert_eq!(Metrics::of(&run).succeeded, 7);
}

#[test]
fn the_timeout_of_an_attempt_runs_from_when_it_has_a_place() {
    let run = played(burst(&[THREE, FOUR_MORE, (EdgeKnob::Timeout, 150.0 * MS)]));
    assert!(over(&run, Kind::TimedOut).is_empty(), "each takes 120 ms, however long it waits");
    let run = played(burst(&[THREE, FOUR_MORE, (EdgeKnob::Timeout, 50.0 * MS)]));
    assert_eq!(over(&run, Kind::TimedOut), [60, 60, 60, 110, 110, 110, 160]);
    assert_eq!(over(&run, Kind::Sent), [10, 10, 10, 60, 60, 60, 110]);
}

#[test]
fn a_deadline_takes_who_waits_out_and_its_place_in_the_queue_is_free() {
    let run = played(burst(&[THREE, FOUR_MORE, (EdgeKnob::Deadline, 140.0 * MS)]));
    // The first three need 120 ms. The next three are sent with 20 ms left, and one never is.
    assert_eq!(over(&run, Kind::Sent), [10, 10, 10, 130, 130, 130]);
    assert_eq!(over(&run, Kind::TimedOut), [150; 4]);
    let ends: Vec<Event> = events(&run, Kind::TimedOut).collect();
    assert!(ends.iter().all(|event| event.is_deadline() && event.is_last()));
    let unsent = |event: &&Event| !events(&run, Kind::Sent).any(|s| s.subject == event.subject);
    assert_eq!(ends.iter().filter(unsent).count(), 1);
    // What was sent too late is dropped; what was not sent is not there at all.
    let dropped = events(&run, Kind::Verdict).filter(|e| e.verdict() == Verdict::Expired);
    assert_eq!(dropped.count(), 0);
}

#[test]
fn who_waits_goes_with_a_service_that_crashes() {
    let mut experiment = burst(&[THREE, FOUR_MORE]);
    let crash = FaultKind::Crash { keep_state: true };
    let lasts = Some(SimDuration::from_millis(10));
    deed(
        &mut experiment,
        1_100,
        Change::Fault(Fault { target: Target::Node(1), kind: crash, lasts }),
    );
    deed(&mut experiment, 2_000, Change::Burst(0));
    let run = played(experiment);
    let after = |kind| over(&run, kind).into_iter().filter(|ms| *ms >= 100).collect::<Vec<_>>();
    assert_eq!(after(Kind::Sent), [1010, 1010, 1010, 1130, 1130, 1130, 1250], "all were free");
}

#[test]
fn a_bulkhead_that_grows_or_goes_lets_in_who_waits() {
    for (value, sent) in [(5.0, [60, 60, 130, 130]), (0.0, [60; 4])] {
        let mut experiment = burst(&[THREE, FOUR_MORE]);
        let knob = Knob::Edge(1, EdgeKnob::InFlight);
        deed(&mut experiment, 1_060, Change::Set { knob, value });
        let run = played(experiment);
        assert_eq!(over(&run, Kind::Sent)[3..], sent);
        assert_eq!(Metrics::of(&run).succeeded, 7);
    }
}

#[test]
fn what_a_bulkhead_rejects_its_breaker_does_not_count() {
    let breaker =
        [THREE, (EdgeKnob::Breaker, 1.0), (EdgeKnob::Window, 0.0), (EdgeKnob::Failures, 1.0)];
    let run = played(burst(&breaker));
    assert_eq!(over(&run, Kind::Rejected).len(), 7);
    assert_eq!(run.log().events_from(0).filter(|e| e.kind == Kind::Breaker).count(), 0);
}

#[test]
fn what_is_rejected_is_tried_again_only_where_that_is_asked_for() {
    let again = [(EdgeKnob::Attempts, 2.0), (EdgeKnob::Base, 200.0 * MS), (EdgeKnob::Jitter, 0.0)];
    let with = |more: &[(EdgeKnob, f64)]| played(burst(&[&[THREE], &again[..], more].concat()));
    assert_eq!(over(&with(&[]), Kind::Sent).len(), 3);
    let retried = with(&[(EdgeKnob::RetryRejections, 1.0)]);
    assert_eq!(over(&retried, Kind::Sent), [10, 10, 10, 210, 210, 210]);
}
