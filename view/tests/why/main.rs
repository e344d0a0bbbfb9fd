//! Whatever happened can be explained, and every sentence of it agrees with the log.

#[allow(unreachable_pub, dead_code, reason = "a library shows it; here it is a module of a test")]
#[path = "../../../tests/determinism/src/generated.rs"]
mod generated;

mod deeds;
mod facts;
mod guards;
mod limits;
mod moves;
mod record;

use generated::generated;
use half_open::log::{Event, EventId, Kind};
use half_open::policy::breaker::{Action, Preset};
use half_open::random::Distribution;
use half_open::run::{Limits, Run, Seeker};
use half_open::scenario::{
    Change, Experiment, Fault, FaultKind, Intervention, Role, Target, library,
};
use half_open::time::{SimDuration, SimTime};
use half_open_view::explain::{
    Link, Tone, Why, why_breaker, why_event, why_line, why_node, why_not, why_not_yet, why_queue,
    why_request,
};
use proptest::prelude::*;
use record::Record;

/// How many of a run's events are asked about.
const ASKED: u32 = 400;
/// How many links a chain has at most.
const LONGEST: usize = 8;

/// A chain that is not empty, ends in a root, never goes forward in time, names nothing that came
/// later than `until`, and says nothing that the log does not.
fn sound(why: &Why, until: EventId) {
    let chain = &why.links;
    assert!((1..=LONGEST + 1).contains(&chain.len()), "{why:#?}");
    assert!(chain.windows(2).all(|pair| pair[0].at >= pair[1].at), "goes forward: {why:#?}");
    let later = |link: &&Link| link.event.is_some_and(|event| event >= until);
    assert_eq!(chain.iter().find(later), None, "{why:#?}");
    for link in chain {
        assert!(!link.text.is_empty() && !link.text.ends_with('.'), "{why:#?}");
    }
    let last = chain.last().expect("it is not empty");
    assert!(matches!(last.tone, Tone::Root(_)), "ends in no root: {why:#?}");
}

fn agrees(record: &Record, why: &Why, skipped: usize) {
    for (place, link) in why.links.iter().enumerate().skip(skipped) {
        let before = place.checked_sub(1).map(|place| &why.links[place]);
        if let Err(problem) = facts::check(record, link, before) {
            panic!("“{}”: {problem}\n{link:?}\nin {why:#?}", link.text);
        }
    }
}

fn explained(record: &Record, why: &Why, until: EventId) {
    sound(why, until);
    agrees(record, why, 0);
}

/// The generated experiment of this number, its breakers perhaps those of a library, and things
/// done at the very instants at which something else happens.
fn experiment(number: u32, preset: Option<usize>) -> Experiment {
    let mut experiment = generated(number);
    if let Some(preset) = preset {
        for (place, edge) in experiment.scenario.edges.iter_mut().enumerate() {
            edge.policy.breaker_enabled = true;
            edge.policy.breaker = Preset::ALL[(preset + place) % Preset::ALL.len()].settings();
        }
    }
    for edge in &mut experiment.scenario.edges {
        let decide = &mut edge.policy.breaker.half_open.decide;
        decide.rate = decide.rate.or(Some(f64::from(number % 10) / 10.0));
    }
    let usable = |experiment: &Experiment| experiment.validate().is_ok();
    if !usable(&experiment) {
        return generated(number);
    }
    let run = Run::new(experiment.clone(), Limits::default());
    let mut coincident = experiment.clone();
    let deeds = std::mem::take(&mut coincident.interventions);
    for (place, mut deed) in (1u32..).zip(deeds) {
        // Some knobs are turned at the very instant of an event.
        if matches!(deed.change, Change::Set { .. }) && !run.log().is_empty() {
            let event = number.wrapping_mul(place) % run.log().len();
            deed.at = run.log().at(event);
        }
        coincident.insert(deed);
    }
    if usable(&coincident) { coincident } else { experiment }
}

fn asks_about_everything(experiment: Experiment) {
    let run = Run::new(experiment, Limits::default());
    let (log, record) = (run.log(), Record::of(&run));
    // Every transition; of what went wrong, enough.
    let wrong = |event: &Event| match event.kind {
        Kind::Answered | Kind::AnsweredLate | Kind::Responded => {
            !event.status().is_success() || event.status().is_degraded()
        }
        Kind::Rejected | Kind::TimedOut | Kind::QueueFull | Kind::Queued | Kind::BackedOff => true,
        Kind::RequestLost | Kind::ResponseLost | Kind::WorkLost | Kind::Verdict => true,
        Kind::Cancelled => true,
        Kind::FellBack => true,
        Kind::Denied
        | Kind::Shed
        | Kind::Held
        | Kind::Hedged
        | Kind::Overtaken
        | Kind::Duplicated => true,
        _ => false,
    };
    let all = log.events_from(0).filter(wrong).count() as u32;
    let some = log.events_from(0).filter(wrong).step_by((all / ASKED).max(1) as usize);
    let moves = log.events_from(0).filter(|event| event.kind == Kind::Breaker).take(200);
    let others = log.events_from(0).step_by((log.len() / ASKED).max(1) as usize);
    let setting = |event: &Event| {
        let change = || &run.experiment().interventions[event.subject as usize].change;
        matches!(event.kind, Kind::Intervention | Kind::FaultEnded)
            && matches!(change(), Change::Set { .. } | Change::SetBreaker { .. })
    };
    for event in some.chain(moves).chain(others).filter(|event| !setting(event)) {
        explained(&record, &why_event(&run, event.id), event.id + 1);
    }
    let mut seeker = Seeker::new();
    let end = run.end().nanos();
    for at in (1..=12).map(|part| SimTime::from_nanos(end / 12 * part)) {
        let scene = seeker.seek(&run, at);
        for edge in 0..scene.scenario.edges.len() as u8 {
            places(&record, &why_line(&run, scene, edge), scene.events);
            let own = [0, 1, 7].map(|client| (edge, Some(client)));
            let whose = own.into_iter().chain([(edge, None)]);
            let whys = |of| [why_breaker(&run, scene, of), why_not_yet(&run, scene, of)];
            for why in whose.flat_map(whys) {
                why.iter().for_each(|why| places(&record, why, scene.events));
            }
        }
        for node in 0..scene.scenario.nodes.len() as u8 {
            places(&record, &why_node(&run, scene, node), scene.events);
            why_queue(&run, scene, node).iter().for_each(|why| places(&record, why, scene.events));
        }
        let rows = run.index().rows().take_while(|(_, row)| log.at(row.first) <= at);
        let rows: Vec<_> = rows.map(|(request, _)| request).collect();
        for request in rows.iter().rev().take(15).chain(rows.iter().step_by(17)) {
            explained(&record, &why_request(&run, *request, at), scene.events);
            for why in why_not(&run, *request, at) {
                explained(&record, &why, scene.events);
            }
        }
    }
}

/// What is said of a place begins with what is seen there at the moment, which other tests count.
fn places(record: &Record, why: &Why, until: EventId) {
    let seen = why.links.iter().take_while(|link| link.event.is_none()).count();
    assert!(seen <= 2, "{why:#?}");
    if why.links.len() > 1 {
        sound(why, until);
    }
    agrees(record, why, seen);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_outcome_leads_back_to_a_root_and_every_sentence_agrees_with_the_log(
        number in 0u32..1 << 30,
        preset in prop::option::of(0..Preset::ALL.len()),
    ) {
        asks_about_everything(experiment(number, preset));
    }
}

#[test]
fn the_built_in_experiments_agree_with_their_logs() {
    for mut experiment in library::all() {
        experiment.scenario.horizon = SimDuration::from_secs(16);
        asks_about_everything(experiment);
    }
}

#[test]
fn what_closed_a_breaker_with_its_owner_is_that_it_lost_its_memory() {
    for keep_state in [true, false] {
        let mut experiment = library::payments();
        let mut at = |second: u64, change| {
            experiment.insert(Intervention { at: SimTime::from_millis(second * 1_000), change });
        };
        let lasts = Some(SimDuration::from_millis(100));
        at(1, Change::Breaker { edge: 1, action: Action::Open });
        let kind = FaultKind::Crash { keep_state };
        at(2, Change::Fault(Fault { target: Target::Node(1), kind, lasts }));
        experiment.scenario.horizon = SimDuration::from_secs(3);
        let run = Run::new(experiment, Limits::default());
        let moves = run.log().events_from(0).filter(|event| event.kind == Kind::Breaker);
        let why = why_event(&run, moves.last().expect("it moved").id);
        let crashed = why.links.iter().any(|link| link.text == "api crashed and lost its memory");
        assert_eq!(crashed, !keep_state, "{why:?}");
    }
}

/// Everybody waits for a service that hangs, and those behind them for a worker.
#[test]
fn who_waits_for_a_worker_of_a_service_that_hangs_waits_for_that() {
    let mut experiment = library::payments();
    experiment.interventions.clear();
    let kind = FaultKind::Hang;
    let change = Change::Fault(Fault { target: Target::Node(2), kind, lasts: None });
    experiment.insert(Intervention { at: SimTime::from_millis(1_000), change });
    experiment.scenario.edges[1].policy.breaker_enabled = false;
    experiment.scenario.horizon = SimDuration::from_secs(4);
    let run = Run::new(experiment, Limits::default());
    let to_bank = |event: &Event| run.log().span(event.subject).edge == 1;
    let queued = run.log().events_from(0).filter(|event| event.kind == Kind::Queued);
    let queued: Vec<_> = queued.filter(|e| e.at.seconds() > 1.5).filter(to_bank).collect();
    assert!(queued.len() > 3, "{queued:?}");
    for event in queued {
        let why = why_event(&run, event.id);
        let last = why.links.last().map(|link| link.text.as_str());
        assert_eq!(last, Some("fault “hang” on bank since 1.00 s"), "{why:#?}");
    }
}

/// A response is on its way back when its caller's patience ends.
#[test]
fn a_loss_is_the_doing_of_its_fault_also_if_nobody_waits_any_more() {
    let mut experiment = library::payments();
    experiment.interventions.clear();
    experiment.scenario.edges.truncate(1);
    let Role::Service(api) = &mut experiment.scenario.nodes[1].role else { panic!("a service") };
    api.time = Distribution::Constant(SimDuration::from_millis(10));
    let line = &mut experiment.scenario.edges[0];
    line.network.latency = Distribution::Constant(SimDuration::from_millis(100));
    line.policy.timeout.per_attempt = Some(SimDuration::from_millis(150));
    let kind = FaultKind::LoseNextResponse;
    let change = Change::Fault(Fault { target: Target::Edge(0), kind, lasts: None });
    experiment.insert(Intervention { at: SimTime::from_millis(500), change });
    let run = Run::new(experiment, Limits::default());
    let lost = run.log().events_from(0).find(|event| event.kind == Kind::ResponseLost);
    let lost = lost.expect("a response is lost");
    assert_eq!(run.index().bars[0].to, lost.at, "the fault is over when it has struck");
    let why = why_event(&run, lost.id);
    let last = why.links.last().map(|link| link.text.as_str());
    assert_eq!(last, Some("fault “lose next response” on clients → api since 0.50 s"));
}

/// What is broken is why it failed; what it was picked by is why it came there.
#[test]
fn who_fell_into_a_sinkhole_was_sent_there_because_it_had_the_least_in_flight() {
    let run = Run::new(library::find("sinkhole").expect("it is built in"), Limits::default());
    let log = run.log();
    let failed = |event: &Event| {
        event.kind == Kind::Answered && event.is_last() && !event.status().is_success()
    };
    let by_client = |event: &Event| log.span(event.subject).by_client;
    let failed = log
        .events_from(0)
        .filter(failed)
        .find(|event| by_client(event) && event.at.seconds() > 12.0);
    let why = why_event(&run, failed.expect("many do").id);
    let said = why.links.iter().any(|link| {
        link.text.starts_with("balancer picked third at ")
            && link.text.ends_with(" in flight there, the fewest")
    });
    assert!(said, "{why:#?}");
    let last = why.links.last().expect("there is a root");
    assert_eq!(last.text, "fault “fail fast” on third since 10.00 s");
}

/// Nobody tried again, and nothing crashed.
#[test]
fn a_second_charge_of_what_arrived_twice_is_the_doing_of_the_fault() {
    let mut experiment = library::payments();
    experiment.interventions.clear();
    let kind = FaultKind::Duplicate(0.5);
    let change = Change::Fault(Fault { target: Target::Edge(2), kind, lasts: None });
    experiment.insert(Intervention { at: SimTime::from_millis(1_000), change });
    experiment.scenario.horizon = SimDuration::from_secs(3);
    let run = Run::new(experiment, Limits::default());
    let again = |event: &Event| event.kind == Kind::Charged && run.log().span(event.subject).copy;
    let charged = run.log().events_from(0).find(again).expect("half of them are");
    let why = why_event(&run, charged.id);
    let texts: Vec<&str> = why.links.iter().map(|link| link.text.as_str()).collect();
    assert!(texts[0].starts_with("charged at 1."), "{texts:?}");
    assert!(
        texts[1].starts_with("the request to ledger was doubled on its way at 1."),
        "{texts:?}"
    );
    assert_eq!(texts[2..], ["fault “duplicate 50 %” on api → ledger since 1.00 s"]);
}
