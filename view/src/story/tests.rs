//! What is told, and when.

use super::*;
use half_open::policy::breaker::Action;
use half_open::run::{Limits, Seeker};
use half_open::scenario::knob::{ClientsKnob, Knob};
use half_open::scenario::{Change, Experiment, Fault, FaultKind, Intervention, Target, library};
use half_open::time::SimTime;

#[test]
fn a_second_charge_is_told_by_what_let_it_happen() {
    let twice_in = |experiment: Experiment| {
        let run = Run::new(experiment, Limits::default());
        let mut seeker = Seeker::new();
        let all = (0..18_000)
            .step_by(50)
            .map(|ms| sentence(&run, seeker.seek(&run, SimTime::from_millis(ms))));
        let told = all.filter(|told| told.phrase == "charged twice").map(|told| told.before);
        told.collect::<std::collections::BTreeSet<String>>()
    };
    let twice = |name: &str| twice_in(library::find(name).expect("built in"));
    let crash = "A crash came before the key was recorded: ".to_owned();
    assert_eq!(twice("crash_between"), [crash.clone()].into());
    let new_keys = twice("double_charge");
    assert!(!new_keys.is_empty() && !new_keys.contains(&crash), "{new_keys:?}");
    // The ledger looks at no keys.
    let mut doubled = library::payments();
    let fault = Fault { target: Target::Edge(2), kind: FaultKind::Duplicate(0.2), lasts: None };
    doubled.interventions = vec![Intervention { at: SimTime::ZERO, change: Change::Fault(fault) }];
    let second = "Nothing told the second arrival of a request from a new one: ".to_owned();
    assert_eq!(twice_in(doubled), [second].into());
}

#[test]
fn the_story_of_a_slow_bank_is_told_in_order_and_does_not_flicker() {
    let run = Run::new(library::payments(), Limits::default());
    let mut seeker = Seeker::new();
    let mut told: Vec<String> = Vec::new();
    for ms in (0..15_000).step_by(10) {
        let phrase = sentence(&run, seeker.seek(&run, SimTime::from_millis(ms))).phrase;
        if told.last() != Some(&phrase) {
            told.push(phrase);
        }
    }
    let expected = [
        "All is well",
        "slow ×7",
        "fail fast",
        "one probe",
        "fail fast",
        "one probe",
        "fail fast",
        "one probe",
        "traffic flows again",
        "Requests have just failed",
        "All is well",
        "about to lose a response",
        "All is well",
        "the stored answer",
    ];
    assert_eq!(told, expected);
}

fn told(experiment: &Experiment, ms: impl IntoIterator<Item = u64>) -> Vec<String> {
    let run = Run::new(experiment.clone(), Limits::default());
    let mut seeker = Seeker::new();
    let tell = |ms| {
        let story = sentence(&run, seeker.seek(&run, SimTime::from_millis(ms)));
        story.before + &story.phrase + &story.after
    };
    let mut told: Vec<String> = ms.into_iter().map(tell).collect();
    told.dedup();
    told
}

#[test]
fn a_service_that_works_for_nobody_is_said_to() {
    let told = told(&library::metastable(), [20_000, 50_000]);
    let expected = "api works for callers that have given up";
    assert!(told.iter().all(|told| told.starts_with(expected)), "{told:?}");
    let told = self::told(&library::panels(), [6_000]);
    assert!(told[0].contains("degradation, not failure: page does without reviews"), "{told:?}");
}

#[test]
fn only_who_tries_again_is_said_to() {
    let told = |experiment: &Experiment, ms| told(experiment, [ms]).concat();
    let again = told(&library::metastable(), 20_000);
    assert!(again.contains(": they try again, and"), "{again}");
    let once = told(&library::failover_overload(), 22_000);
    assert!(once.starts_with("west works for callers that have given up: others come"), "{once}");
}

#[test]
fn clients_that_compete_for_a_row_are_not_well() {
    let told = told(&library::contention(), (0..20_000).step_by(50));
    assert_eq!(told[0], "Clients compete for row: one wins, the others wait and try again.");
    assert!(told.last().is_some_and(|told| told.ends_with("All is well.")), "{told:?}");
    assert_eq!(told.len(), 2, "{told:?}");
}

#[test]
fn the_story_counts_the_probes_that_are_let_through() {
    let mut experiment = library::payments();
    for edge in &mut experiment.scenario.edges {
        edge.policy.breaker.half_open.permitted = Some(3);
    }
    let told = told(&experiment, (4_000..9_000).step_by(10));
    assert!(told.iter().any(|told| told.starts_with("The breaker lets 3 probes through.")));
}

#[test]
fn a_breaker_that_nobody_calls_waits_for_the_next_call() {
    let mut experiment = library::payments();
    let at = SimTime::from_millis(1_000);
    let rate = Knob::Clients(0, ClientsKnob::Rate);
    let trip = Change::Breaker { edge: 1, action: Action::Open };
    experiment.interventions = vec![
        Intervention { at, change: Change::Set { knob: rate, value: 0.1 } },
        Intervention { at, change: trip },
    ];
    assert_eq!(
        told(&experiment, [2_900, 3_299, 3_300]),
        [
            "You tripped the breaker: calls fail fast, without reaching bank.",
            "The breaker has waited long enough: the next call is a probe of bank.",
        ]
    );
}

#[test]
fn a_response_is_called_lost_only_if_it_was() {
    let payments = library::payments();
    let replayed = told(&payments, (14_000..15_000).step_by(10));
    let lost = "The response was lost, but the retry carries the same key: the stored answer";
    assert!(replayed.iter().any(|told| told.starts_with(lost)), "{replayed:?}");

    let mut hasty = payments;
    hasty.interventions = vec![];
    let clients = &mut hasty.scenario.edges[0].policy;
    clients.timeout.per_attempt = Some(SimDuration::from_millis(60));
    let told = told(&hasty, (0..3_000).step_by(10));
    assert!(told.iter().any(|told| told.starts_with("The same key once more: ")), "{told:?}");
    assert!(!told.iter().any(|told| told.contains("lost")), "{told:?}");
}

#[test]
fn one_client_calls() {
    let mut experiment = library::payments();
    let change = Change::Set { knob: Knob::Clients(0, ClientsKnob::Count), value: 1.0 };
    experiment.interventions = vec![Intervention { at: SimTime::ZERO, change }];
    let told = told(&experiment, [2_000]);
    assert_eq!(told, ["1 client calls api, which needs bank and ledger. All is well."]);
}

#[test]
fn a_service_that_calls_nobody_needs_nobody() {
    let mut experiment = library::payments();
    experiment.scenario.nodes.truncate(2);
    experiment.scenario.edges.truncate(1);
    experiment.interventions = vec![];
    assert_eq!(told(&experiment, [2_000]), ["100 clients call api. All is well."]);
}

#[test]
fn a_timeout_is_told_only_once_there_was_one() {
    let mut experiment = library::payments();
    let clause = |ms: u64, experiment: &Experiment| told(experiment, [ms]).remove(0);
    let takes_longer = "bank is slow ×7: what is asked of it takes longer.";
    assert_eq!(clause(4_008, &experiment), takes_longer);
    let later = told(&experiment, (4_000..4_360).step_by(5));
    assert_eq!(
        later.last().map(String::as_str),
        Some("bank is slow ×7: calls run into their timeout.")
    );
    for edge in &mut experiment.scenario.edges {
        edge.policy.timeout.per_attempt = Some(SimDuration::from_secs(50));
        edge.policy.breaker_enabled = false;
    }
    let patient = told(&experiment, (4_000..12_000).step_by(50));
    assert!(!patient.iter().any(|told| told.contains("timeout")), "{patient:?}");
}

#[test]
fn too_many_clients_are_no_slow_dependency() {
    let mut experiment = library::payments();
    experiment.interventions = vec![];
    experiment.scenario.horizon = SimDuration::from_secs(3);
    for (knob, value) in [(ClientsKnob::Count, 1_000.0), (ClientsKnob::Rate, 2_000.0)] {
        let set = Knob::Clients(0, knob).set(&mut experiment.scenario, value);
        assert!(set.is_ok());
    }
    let told = told(&experiment, (0..3_000).step_by(20));
    assert!(told.len() > 1, "{told:?}");
    assert!(!told.iter().any(|told| told.contains("slow dependency")), "{told:?}");
}

#[test]
fn nothing_is_well_where_requests_have_just_failed() {
    let mut experiment = library::payments();
    experiment.interventions = vec![];
    for edge in &mut experiment.scenario.edges {
        edge.policy.retry.max_attempts = 1;
        edge.policy.breaker_enabled = false;
        edge.network.lose_requests = 0.1;
    }
    let run = Run::new(experiment, Limits::default());
    let mut seeker = Seeker::new();
    let mut failures = 0;
    for ms in (0..10_000).step_by(50) {
        let scene = seeker.seek(&run, SimTime::from_millis(ms));
        let phrase = sentence(&run, scene).phrase;
        let recent = scene.totals.failed_at.is_some_and(|at| scene.at.since(at) < NEWS);
        assert_eq!(phrase == "Requests have just failed", recent, "{phrase} at {ms} ms");
        failures += u32::from(recent);
    }
    assert!(failures > 10);
}

/// What is told of a scenario that comes with the page, at a moment in milliseconds.
fn told_of(name: &str, ms: u64) -> String {
    told(&library::find(name).expect("built in"), [ms]).concat()
}

#[test]
fn a_herd_is_told_from_one_that_jitter_has_scattered() {
    let herd = "Most clients wait before they try again: they all come back at once.";
    assert_eq!(told_of("herd", 1_300), herd);
    assert_eq!(told_of("capped_jitter", 4_000), herd);
    let scattered = "Most clients wait before they try again: they come back one by one.";
    let saved = told(&library::find("jitter_saved").expect("built in"), (1_500..4_000).step_by(20));
    assert!(saved.iter().any(|told| told == scattered), "{saved:?}");
    assert!(!saved.iter().any(|told| told == herd), "{saved:?}");
}

#[test]
fn what_a_fault_leads_to_is_told_with_it() {
    let amplified = told_of("amplification", 7_000);
    assert!(amplified.ends_with(": each layer tries again, up to 27 calls for one request."));
    let one_layer = told_of("retry_storm", 8_000);
    assert_eq!(one_layer, "api fails 50 % of its work: that is answered 500.");
    let sinkhole = told_of("sinkhole", 15_000);
    assert!(sinkhole.ends_with("it looks idle, and balancer sends it more than anybody else."));
    let mut by_turn = library::find("sinkhole").expect("built in");
    for node in &mut by_turn.scenario.nodes {
        if let half_open::scenario::Role::Service(service) = &mut node.role {
            service.balance.by = half_open::policy::balance::By::RoundRobin;
        }
    }
    let by_turn = told(&by_turn, [15_000]).concat();
    assert!(by_turn.ends_with("failing fast: everything is answered 503 at once."), "{by_turn}");
}

#[test]
fn work_for_nobody_is_told_wherever_it_is_done() {
    for (name, ms, service) in [
        ("unbounded_queue", 14_000, "api"),
        ("deadline_propagation", 15_000, "web"),
        ("hedges_melt", 20_000, "api"),
    ] {
        let told = told_of(name, ms);
        assert!(
            told.starts_with(&format!("{service} works for callers that have given up")),
            "{told}"
        );
    }
}

#[test]
fn what_a_system_is_about_is_told_while_nothing_is_broken() {
    let of = |name| told_of(name, 2_000);
    assert!(
        of("tail_at_scale").starts_with("page asks 12 services at once and waits for the slowest")
    );
    assert!(of("hedged").contains("the first answer counts"));
    assert!(of("correlation_lost").starts_with("orders passes no traceparent on"));
}
