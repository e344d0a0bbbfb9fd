//! How many attempts a rate limit lets pass, and what becomes of the others.

use half_open::log::{Event, Kind, Refusal};
use half_open::random::Distribution;
use half_open::run::{Limits, Loss, Run, Seeker};
use half_open::scenario::knob::{ClientsKnob, EdgeKnob};
use half_open::scenario::{Arrivals, Change, Experiment, Intervention, Knob, Role, library};
use half_open::time::{SimDuration, SimTime};

const MS: f64 = 1e6;
const BUCKET: f64 = 1.0;
const WINDOW: f64 = 2.0;

/// A request every 10 ms for ten seconds, of which the line lets ten pass in a second.
fn steady(set: &[(EdgeKnob, f64)]) -> Experiment {
    let mut experiment = library::find("double_charge").expect("built in");
    experiment.interventions.clear();
    let scenario = &mut experiment.scenario;
    scenario.horizon = SimDuration::from_secs(10);
    Knob::Clients(0, ClientsKnob::Rate).set(scenario, 100.0).expect("in range");
    if let Role::Clients(clients) = &mut scenario.nodes[0].role {
        clients.arrivals = Arrivals::Constant;
    }
    scenario.edges[0].network.latency = Distribution::Constant(SimDuration::from_millis(1));
    let ten = [
        (EdgeKnob::Attempts, 1.0),
        (EdgeKnob::Permits, 10.0),
        (EdgeKnob::Per, 1_000.0 * MS),
        (EdgeKnob::Burst, 20.0),
    ];
    for (knob, value) in ten.iter().chain(set) {
        Knob::Edge(0, *knob).set(scenario, *value).expect("in range");
    }
    experiment
}

fn played(experiment: Experiment) -> Run {
    assert_eq!(experiment.validate(), Ok(()));
    Run::new(experiment, Limits::default())
}

fn events(run: &Run, kind: Kind) -> Vec<Event> {
    run.log().events_from(0).filter(|event| event.kind == kind).collect()
}

/// How many were sent in each second.
fn sent(run: &Run) -> Vec<usize> {
    let sent = events(run, Kind::Sent);
    let within = |s: u64| sent.iter().filter(move |e| e.at.nanos() / 1_000_000_000 == s).count();
    (0..10).map(within).collect()
}

#[test]
fn a_bucket_lets_its_burst_pass_and_a_window_never_more_than_its_limit() {
    let bucket = played(steady(&[(EdgeKnob::RateLimit, BUCKET)]));
    // The bucket is full at first, and less than half a second later it is empty.
    assert_eq!(sent(&bucket), [29, 10, 10, 10, 10, 10, 10, 10, 10, 10]);
    let window = played(steady(&[(EdgeKnob::RateLimit, WINDOW)]));
    assert_eq!(sent(&window), [10; 10]);
    assert_eq!(sent(&played(steady(&[])))[1..], [100; 9]);
}

#[test]
fn what_is_rejected_says_when_the_next_one_may_go() {
    for kind in [BUCKET, WINDOW] {
        let run = played(steady(&[(EdgeKnob::RateLimit, kind)]));
        let sent = events(&run, Kind::Sent);
        let rejected = events(&run, Kind::Rejected);
        assert!(rejected.len() > 800, "{}", rejected.len());
        for event in rejected.iter().filter(|event| event.at < SimTime::from_millis(8_000)) {
            let Refusal::RateLimit { wait } = event.refusal() else { panic!("{event:?}") };
            let next = sent.iter().find(|sent| sent.at > event.at).expect("there is a next one");
            // Somebody asks every ten milliseconds.
            let late = next.at.since(event.at + wait);
            assert!(next.at >= event.at + wait && late <= SimDuration::from_millis(10), "{late}");
        }
    }
}

#[test]
fn it_is_an_outcome_of_its_own_and_no_failure_of_the_callee() {
    let set = [
        (EdgeKnob::RateLimit, WINDOW),
        (EdgeKnob::Breaker, 1.0),
        (EdgeKnob::Window, 0.0),
        (EdgeKnob::Failures, 1.0),
    ];
    let run = played(steady(&set));
    assert!(events(&run, Kind::Breaker).is_empty(), "the breaker counts nothing of it");
    let mut seeker = Seeker::new();
    let totals = seeker.seek(&run, run.end()).totals.clone();
    let rejected = events(&run, Kind::Rejected).len() as u32;
    assert_eq!(totals.lost[Loss::Limited as usize], rejected);
    assert_eq!(totals.failed, rejected);
}

#[test]
fn every_attempt_counts_and_what_is_rejected_is_tried_again_where_that_is_asked_for() {
    let again = [
        (EdgeKnob::RateLimit, WINDOW),
        (EdgeKnob::Attempts, 4.0),
        (EdgeKnob::RetryRejections, 1.0),
        (EdgeKnob::Base, 200.0 * MS),
        (EdgeKnob::Jitter, 0.0),
    ];
    let run = played(steady(&again));
    assert_eq!(sent(&run), [10; 10], "retries have no limit of their own");
    let tried = events(&run, Kind::BackedOff).len();
    assert!(tried > 1_500, "{tried}");
}

#[test]
fn a_limit_that_is_lifted_lets_everything_pass_from_then_on() {
    let mut experiment = steady(&[(EdgeKnob::RateLimit, WINDOW)]);
    let knob = Knob::Edge(0, EdgeKnob::RateLimit);
    let change = Change::Set { knob, value: 0.0 };
    experiment.insert(Intervention { at: SimTime::from_millis(4_995), change });
    assert_eq!(sent(&played(experiment)), [10, 10, 10, 10, 10, 100, 100, 100, 100, 100]);
}
