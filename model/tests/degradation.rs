//! Partial failure: what a service makes of calls that fail, and of several calls at once.

use half_open::log::{Kind, StatusCode};
use half_open::policy::outcome::Status;
use half_open::random::Distribution;
use half_open::run::{Limits, Metrics, Run};
use half_open::scenario::{
    Change, Experiment, Fault, FaultKind, Intervention, Need, Role, Target, library,
};
use half_open::time::{SimDuration, SimTime};

const PAGE: u8 = 1;
const REVIEWS: u8 = 3;

fn panels(change: impl FnOnce(&mut Experiment)) -> Run {
    let mut experiment = library::panels();
    experiment.scenario.horizon = SimDuration::from_secs(16);
    change(&mut experiment);
    assert_eq!(experiment.validate(), Ok(()));
    Run::new(experiment, Limits::default())
}

fn fault(at: u64, target: Target, kind: FaultKind, lasts: Option<u64>) -> Intervention {
    let lasts = lasts.map(SimDuration::from_millis);
    Intervention {
        at: SimTime::from_millis(at),
        change: Change::Fault(Fault { target, kind, lasts }),
    }
}

/// What clients were answered between two moments.
fn answers(run: &Run, from: u64, to: u64) -> Vec<StatusCode> {
    let log = run.log();
    let within = SimTime::from_millis(from)..SimTime::from_millis(to);
    let ends = log.events_from(0).filter(|event| event.is_last() && within.contains(&event.at));
    let by_client = ends.filter(|event| log.span(event.subject).by_client);
    by_client.filter(|event| event.kind == Kind::Answered).map(|event| event.status()).collect()
}

fn share(answers: &[StatusCode], status: Status) -> f64 {
    let equal = answers.iter().filter(|answer| **answer == StatusCode::Http(status)).count();
    equal as f64 / answers.len() as f64
}

#[test]
fn without_an_optional_part_the_answer_is_degraded_and_without_a_required_one_there_is_none() {
    let run = panels(|_| {});
    // What begins in the last moments before the fault ends in it.
    let slow = answers(&run, 5_000, 8_000);
    assert!(share(&slow, Status::DEGRADED) > 0.95, "{}", share(&slow, Status::DEGRADED));
    let calm = answers(&run, 9_500, 11_000);
    assert!(share(&calm, Status::CREATED) > 0.95, "{}", share(&calm, Status::CREATED));
    let needed = panels(|e| {
        e.scenario.edges[2].need = Need::Required;
        e.scenario.edges[0].policy.retry.max_attempts = 1;
    });
    let slow = answers(&needed, 5_000, 8_000);
    let errors = share(&slow, Status::GATEWAY_TIMEOUT) + share(&slow, Status::BAD_GATEWAY);
    assert!(errors > 0.95, "{errors}");
}

#[test]
fn degraded_is_neither_success_nor_failure() {
    let metrics = Metrics::of(&panels(|_| {}));
    assert!(metrics.degraded > 200, "{}", metrics.degraded);
    let all = metrics.succeeded + metrics.degraded + metrics.failed + metrics.in_flight;
    assert_eq!(all, metrics.requests);
    assert_eq!(metrics.failed, 0);
}

#[test]
fn a_part_that_lacks_something_makes_the_whole_lack_it() {
    // The page stands behind a shop, which needs it.
    let run = panels(|e| {
        let mut shop = e.scenario.nodes[usize::from(PAGE)].clone();
        shop.name = "shop".into();
        let mut way = e.scenario.edges[1].clone();
        e.scenario.nodes.push(shop);
        e.scenario.edges[0].to = 8;
        (way.from, way.to) = (8, PAGE);
        way.policy.timeout.per_attempt = None;
        e.scenario.edges.push(way);
    });
    let slow = answers(&run, 5_000, 8_000);
    assert!(share(&slow, Status::DEGRADED) > 0.95);
}

fn constant(e: &mut Experiment) {
    let ms = |ms| Distribution::Constant(SimDuration::from_millis(ms));
    for node in &mut e.scenario.nodes {
        if let Role::Service(service) = &mut node.role {
            service.time = ms(10);
            service.workers = 1_000;
        }
    }
    e.scenario.edges.iter_mut().for_each(|edge| edge.network.latency = ms(1));
    e.interventions.clear();
}

#[test]
fn calls_made_at_once_take_as_long_as_the_longest_and_calls_in_turn_as_long_as_all() {
    let took = |at_once| {
        let run = panels(|e| {
            constant(e);
            let Role::Service(page) = &mut e.scenario.nodes[usize::from(PAGE)].role else { return };
            page.parallel = at_once;
        });
        Metrics::of(&run).quantile(0.5).millis()
    };
    // Two milliseconds on the way to the page, ten of its own, twelve for each panel.
    assert_eq!(took(true), 24.0);
    assert_eq!(took(false), 84.0);
}

#[test]
fn the_first_required_failure_is_the_answer_and_everything_is_waited_for() {
    let run = panels(|e| {
        constant(e);
        e.scenario.edges[0].policy.retry.max_attempts = 1;
        e.scenario.edges[1].policy.retry.max_attempts = 1;
        e.interventions = vec![
            fault(0, Target::Node(2), FaultKind::FailFast, None),
            fault(0, Target::Node(REVIEWS), FaultKind::Hang, None),
        ];
    });
    let answers = answers(&run, 0, 15_000);
    assert_eq!(share(&answers, Status::BAD_GATEWAY), 1.0);
    // The patience with the panel that hangs, and the ways.
    assert_eq!(Metrics::of(&run).quantile(0.5).millis(), 262.0);
}

#[test]
fn a_page_that_crashes_lets_go_of_all_its_calls() {
    let run = panels(|e| {
        e.interventions = (1..15)
            .map(|second| {
                let kind = FaultKind::Crash { keep_state: second % 2 == 0 };
                fault(second * 1_000, Target::Node(PAGE), kind, Some(300))
            })
            .collect();
        e.interventions.push(fault(15_000, Target::Edge(0), FaultKind::Partition, None));
    });
    let log = run.log();
    let lost = log.events_from(0).filter(|event| event.kind == Kind::WorkLost).count();
    assert!(lost > 20, "{lost}");
    // Nobody is answered for work that was lost.
    for event in log.events_from(0).filter(|event| event.kind == Kind::WorkLost) {
        let row = log.span(event.subject);
        assert!(row.by_client);
        let again = log
            .events_from(event.id + 1)
            .find(|other| other.kind == Kind::Responded && other.subject == event.subject);
        assert_eq!(again.map(|other| other.status()), Some(StatusCode::ConnectionFailed));
    }
}

#[test]
fn what_a_hanging_page_heard_meanwhile_counts_once() {
    let run = panels(|e| {
        constant(e);
        e.scenario.edges[0].policy.timeout.per_attempt = None;
        e.interventions = vec![fault(4_000, Target::Node(PAGE), FaultKind::Hang, Some(3_000))];
    });
    let log = run.log();
    let mut answered = vec![0u8; log.length().spans as usize];
    for event in log.events_from(0).filter(|event| event.kind == Kind::Responded) {
        answered[event.subject as usize] += 1;
    }
    assert!(answered.iter().all(|times| *times <= 1));
    let metrics = Metrics::of(&run);
    assert_eq!((metrics.failed, metrics.degraded), (0, 0));
    assert!(metrics.in_flight < 10, "{}", metrics.in_flight);
}
