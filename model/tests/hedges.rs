//! When copies are made, which answer counts, and what becomes of the others.

use half_open::log::{Event, Kind};
use half_open::random::Distribution;
use half_open::run::{Limits, Metrics, Run};
use half_open::scenario::knob::{ClientsKnob, EdgeKnob, ServiceKnob};
use half_open::scenario::{
    Arrivals, Change, Experiment, Fault, FaultKind, Intervention, Knob, Role, Target, library,
};
use half_open::time::{SimDuration, SimTime};

const MS: f64 = 1e6;

/// A request each second, of 100 ms of work, 10 ms away from its client; a copy follows after 50 ms.
fn steady(set: &[(Knob, f64)]) -> Experiment {
    let mut experiment = library::find("hedges_melt").expect("built in");
    experiment.interventions.clear();
    let scenario = &mut experiment.scenario;
    scenario.horizon = SimDuration::from_secs(10);
    let all = [
        (Knob::Clients(0, ClientsKnob::Rate), 1.0),
        edge(EdgeKnob::Copies, 2.0),
        edge(EdgeKnob::HedgeDelay, 50.0 * MS),
    ];
    for (knob, value) in all.iter().chain(set) {
        knob.set(scenario, *value).expect("in range");
    }
    if let Role::Clients(clients) = &mut scenario.nodes[0].role {
        clients.arrivals = Arrivals::Constant;
    }
    if let Role::Service(service) = &mut scenario.nodes[1].role {
        service.time = Distribution::Constant(SimDuration::from_millis(100));
    }
    scenario.edges[0].network.latency = Distribution::Constant(SimDuration::from_millis(10));
    experiment
}

const fn edge(knob: EdgeKnob, value: f64) -> (Knob, f64) {
    (Knob::Edge(0, knob), value)
}

fn played(experiment: Experiment) -> Run {
    assert_eq!(experiment.validate(), Ok(()));
    Run::new(experiment, Limits::default())
}

/// What happened to the first request, in milliseconds since it began.
fn first(run: &Run) -> Vec<(Kind, u64)> {
    let log = run.log();
    let began = log.at(run.index().requests.get(0).expect("there is one").first);
    let mine = log.events_from(0).filter(|e| e.span().is_some_and(|s| log.request_of(s) == 0));
    let seen = mine.filter(|e| !matches!(e.kind, Kind::Started | Kind::Responded));
    seen.map(|e| (e.kind, e.at.since(began).nanos() / 1_000_000)).collect()
}

fn events(run: &Run, kind: Kind) -> Vec<Event> {
    run.log().events_from(0).filter(|event| event.kind == kind).collect()
}

fn broken(experiment: &mut Experiment, ms: u64, kind: FaultKind) {
    let at = SimTime::from_millis(ms);
    let change = Change::Fault(Fault { target: Target::Edge(0), kind, lasts: None });
    experiment.insert(Intervention { at, change });
}

#[test]
fn the_first_answer_wins_and_the_other_copy_works_for_nobody() {
    let run = played(steady(&[]));
    assert_eq!(
        first(&run),
        [
            (Kind::Sent, 0),
            (Kind::Hedged, 50),
            (Kind::Sent, 50),
            (Kind::Answered, 120),
            (Kind::Overtaken, 120),
            (Kind::AnsweredLate, 170),
        ]
    );
    let metrics = Metrics::of(&run);
    // Each of the later copies works for 40 ms after it has been overtaken: from 120 to 160.
    assert_eq!(metrics.orphan_work.millis().round(), 40.0 * f64::from(metrics.succeeded));
    let overtaken = events(&run, Kind::Overtaken);
    assert!(overtaken.iter().all(|event| run.log().span(event.subject).copy));
}

#[test]
fn a_copy_overtakes_the_first_where_that_is_lost() {
    let mut experiment = steady(&[]);
    let at = run_start(&experiment);
    broken(&mut experiment, at + 5, FaultKind::LoseNextResponse);
    let run = played(experiment);
    let events = first(&run);
    assert!(events.contains(&(Kind::Answered, 170)), "{events:?}");
    assert!(events.contains(&(Kind::Overtaken, 170)), "{events:?}");
}

/// When the first request begins.
fn run_start(experiment: &Experiment) -> u64 {
    let run = played(experiment.clone());
    run.log().at(run.index().requests.get(0).expect("there is one").first).nanos() / 1_000_000
}

#[test]
fn a_failure_sends_the_next_copy_at_once_and_only_when_all_have_failed_the_attempt_has() {
    let errors = [(Knob::Service(1, ServiceKnob::ErrorRate), 1.0)];
    let run = played(steady(&[errors[0], edge(EdgeKnob::HedgeDelay, 500.0 * MS)]));
    let expected = [
        (Kind::Sent, 0),
        (Kind::Answered, 120),
        (Kind::Hedged, 120),
        (Kind::Sent, 120),
        (Kind::Answered, 240),
    ];
    assert_eq!(first(&run), expected);
    let ends: Vec<bool> = events(&run, Kind::Answered).iter().map(|e| e.is_last()).collect();
    assert_eq!(ends[..2], [false, true], "the first failure decides nothing");
}

#[test]
fn three_copies_follow_one_another_and_all_go_at_once_without_a_delay() {
    let run = played(steady(&[edge(EdgeKnob::Copies, 4.0), edge(EdgeKnob::HedgeDelay, 30.0 * MS)]));
    let at = |run: &Run, kind| -> Vec<u64> {
        first(run).iter().filter(|(k, _)| *k == kind).map(|(_, ms)| *ms).collect()
    };
    assert_eq!(at(&run, Kind::Sent), [0, 30, 60, 90]);
    assert_eq!(at(&run, Kind::Overtaken), [120; 3]);
    let run = played(steady(&[edge(EdgeKnob::Copies, 3.0), edge(EdgeKnob::HedgeDelay, 0.0)]));
    assert_eq!(at(&run, Kind::Sent), [0; 3]);
}

#[test]
fn each_copy_has_its_own_timeout_and_the_deadline_ends_all_of_them() {
    let run = played(steady(&[edge(EdgeKnob::Timeout, 80.0 * MS)]));
    let ends: Vec<_> = first(&run).into_iter().filter(|(k, _)| *k == Kind::TimedOut).collect();
    assert_eq!(ends, [(Kind::TimedOut, 80), (Kind::TimedOut, 130)]);
    let run = played(steady(&[edge(EdgeKnob::Deadline, 90.0 * MS)]));
    let ends: Vec<_> = first(&run).into_iter().filter(|(k, _)| *k == Kind::TimedOut).collect();
    assert_eq!(ends, [(Kind::TimedOut, 90); 2]);
    assert!(events(&run, Kind::TimedOut).iter().all(Event::is_deadline));
    assert_eq!((Metrics::of(&run).failed > 8, Metrics::of(&run).succeeded), (true, 0));
}

#[test]
fn a_service_that_hears_of_it_stops_the_copy_that_was_overtaken() {
    let run = played(steady(&[(Knob::Service(1, ServiceKnob::Cancels), 1.0)]));
    assert!(first(&run).contains(&(Kind::Cancelled, 130)), "{:?}", first(&run));
    assert!(events(&run, Kind::AnsweredLate).is_empty());
}

#[test]
fn a_copy_asks_the_bulkhead_like_any_other_attempt_and_ends_nothing_if_that_is_full() {
    let run = played(steady(&[edge(EdgeKnob::InFlight, 1.0)]));
    let expected =
        [(Kind::Sent, 0), (Kind::Hedged, 50), (Kind::Rejected, 50), (Kind::Answered, 120)];
    assert_eq!(first(&run), expected);
    let metrics = Metrics::of(&run);
    assert_eq!((metrics.failed, metrics.succeeded > 5), (0, true));
    // One that waits for a place goes with the one that has it.
    let waits = played(steady(&[edge(EdgeKnob::InFlight, 1.0), edge(EdgeKnob::Waiting, 1.0)]));
    let expected = [
        (Kind::Sent, 0),
        (Kind::Hedged, 50),
        (Kind::Held, 50),
        (Kind::Answered, 120),
        (Kind::Sent, 120),
    ];
    let seen = first(&waits);
    assert!(seen.starts_with(&expected[..4]), "{seen:?}");
    assert!(!seen.contains(&expected[4]), "a copy was sent that nobody wants: {seen:?}");
}

#[test]
fn copies_have_names_of_their_own() {
    let run = played(steady(&[edge(EdgeKnob::Copies, 3.0)]));
    let seed = run.experiment().seed;
    let spans = 0..run.log().length().spans;
    let mut ids: Vec<u64> =
        spans.map(|span| half_open::run::ids::span_id(seed, run.log(), span)).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}
