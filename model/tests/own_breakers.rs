//! A breaker for each client instead of one for all.

use half_open::log::{Event, Kind, unpack_transition};
use half_open::policy::breaker::{Action, Crowd, Scope, State, WindowKind};
use half_open::run::{Limits, Run, Seeker};
use half_open::scenario::knob::{ClientsKnob, EdgeKnob};
use half_open::scenario::{
    Change, Experiment, Fault, FaultKind, Intervention, Knob, Target, library,
};
use half_open::time::{SimDuration, SimTime};

const CLIENTS: u32 = 20;
const BREAKER: Knob = Knob::Edge(0, EdgeKnob::BreakerScope);

/// Clients without retries that call a service where nothing goes wrong, each with a breaker that three
/// failures in a row open for two seconds.
fn quiet(scope: Scope) -> Experiment {
    let mut experiment = library::payments();
    experiment.interventions.clear();
    experiment.scenario.horizon = SimDuration::from_secs(20);
    let scenario = &mut experiment.scenario;
    let set = [
        (Knob::Clients(0, ClientsKnob::Count), f64::from(CLIENTS)),
        (Knob::Clients(0, ClientsKnob::Rate), 60.0),
        (Knob::Edge(0, EdgeKnob::Attempts), 1.0),
        (Knob::Edge(0, EdgeKnob::Timeout), 500e6),
        (Knob::Edge(0, EdgeKnob::Breaker), 1.0),
        (Knob::Edge(0, EdgeKnob::Window), 0.0),
        (Knob::Edge(0, EdgeKnob::Failures), 3.0),
        (BREAKER, f64::from(u8::from(scope == Scope::Client))),
    ];
    for (knob, value) in set {
        knob.set(scenario, value).expect("in range");
    }
    experiment
}

fn done(experiment: &mut Experiment, ms: u64, change: Change) {
    experiment.insert(Intervention { at: SimTime::from_millis(ms), change });
}

fn broken(experiment: &mut Experiment, ms: u64) {
    let kind = FaultKind::FailFast;
    let lasts = Some(SimDuration::from_secs(3));
    done(experiment, ms, Change::Fault(Fault { target: Target::Node(1), kind, lasts }));
}

fn played(experiment: Experiment) -> Run {
    assert_eq!(experiment.validate(), Ok(()));
    Run::new(experiment, Limits::default())
}

fn moves(run: &Run) -> impl Iterator<Item = Event> + '_ {
    run.log().events_from(0).filter(|event| event.kind == Kind::Breaker && event.breaker().0 == 0)
}

fn crowd(run: &Run, ms: u64) -> Crowd {
    let (mut seeker, at) = (Seeker::new(), SimTime::from_millis(ms));
    let (clients, crowd) = seeker.seek(run, at).crowd(0).expect("each has one");
    assert_eq!(clients, CLIENTS);
    let steps = &run.index().crowds[0];
    let step = steps[steps.partition_point(|step| step.from <= at) - 1];
    assert_eq!(step.crowd, Some(crowd), "at a glance");
    crowd
}

/// The first requests of one client are lost, whoever else asks.
fn unlucky(scope: Scope, client: u32) -> Run {
    let healthy = played(quiet(scope));
    let mut experiment = quiet(scope);
    let mine = (0..healthy.log().length().requests)
        .filter(|id| healthy.log().request(*id).client == client)
        .take(3);
    for request in mine {
        let at = healthy.log().at(healthy.index().requests[request as usize].first);
        experiment.insert(Intervention { at, change: Change::Drop { request, edge: 0 } });
    }
    played(experiment)
}

#[test]
fn a_client_whose_own_calls_fail_does_not_stop_the_others() {
    let run = unlucky(Scope::Client, 7);
    let opened: Vec<_> =
        moves(&run).filter(|e| unpack_transition(e.payload).0 == State::Open).collect();
    assert_eq!(opened.len(), 1);
    assert_eq!(opened[0].breaker(), (0, Some(7)));
    let log = run.log();
    let refused: Vec<_> = log.events_from(0).filter(|event| event.kind == Kind::Rejected).collect();
    assert!(!refused.is_empty());
    for event in refused {
        assert_eq!(log.request(log.request_of(event.subject)).client, 7);
        let cause = log.event(event.cause().expect("the transition"));
        assert_eq!(cause.breaker(), (0, Some(7)));
    }
}

/// Three in a row are rare where others succeed in between, and one success forgives all.
#[test]
fn who_shares_a_breaker_hears_of_others() {
    let mut experiment = quiet(Scope::Caller);
    experiment.scenario.edges[0].policy.breaker.window.kind = WindowKind::Unbounded;
    assert_eq!(moves(&unlucky(Scope::Caller, 7)).count(), 0);
    broken(&mut experiment, 5_000);
    assert!(moves(&played(experiment)).all(|event| event.breaker() == (0, None)));
}

#[test]
fn the_breaker_of_the_only_client_is_the_one_that_all_would_share() {
    let run = |scope| {
        let mut experiment = quiet(scope);
        Knob::Clients(0, ClientsKnob::Count).set(&mut experiment.scenario, 1.0).expect("in range");
        experiment.scenario.edges[0].policy.breaker.open.auto = true;
        broken(&mut experiment, 5_000);
        done(&mut experiment, 15_000, Change::Breaker { edge: 0, action: Action::Open });
        played(experiment)
    };
    let (shared, own) = (run(Scope::Caller), run(Scope::Client));
    let anybodys = |event: Event| match event.kind {
        Kind::Breaker => Event { subject: event.subject & 0xff, ..event },
        _ => event,
    };
    assert!(moves(&own).count() > 3 && moves(&own).all(|event| event.breaker().1 == Some(0)));
    let own = own.log().events_from(0).map(anybodys);
    assert!(own.eq(shared.log().events_from(0)));
}

#[test]
fn a_hand_works_all_of_them_and_lets_them_go() {
    let mut experiment = quiet(Scope::Client);
    done(&mut experiment, 5_000, Change::Breaker { edge: 0, action: Action::ForceOpen });
    done(&mut experiment, 10_000, Change::Breaker { edge: 0, action: Action::Close });
    let run = played(experiment);
    assert_eq!(crowd(&run, 4_999), Crowd::default());
    assert_eq!(crowd(&run, 9_999), Crowd { open: CLIENTS, half_open: 0 });
    assert_eq!(crowd(&run, 10_000), Crowd::default());
    assert_eq!(moves(&run).count() as u32, 2 * CLIENTS);
    let sent = |from, to| {
        let log = run.log();
        let events =
            log.count_until(SimTime::from_millis(from))..log.count_until(SimTime::from_millis(to));
        let sent = events.map(|id| log.event(id)).filter(|event| event.kind == Kind::Sent);
        sent.filter(|event| log.span(event.subject).edge == 0).count()
    };
    assert_eq!(sent(5_000, 10_000), 0);
    assert!(sent(10_000, 15_000) > 200);
}

/// Also those that were called before each had its own: their retries ask it.
#[test]
fn from_one_for_all_to_one_each_and_back_begins_with_closed_ones() {
    let mut experiment = quiet(Scope::Caller);
    Knob::Edge(0, EdgeKnob::Attempts).set(&mut experiment.scenario, 4.0).expect("in range");
    broken(&mut experiment, 4_000);
    done(&mut experiment, 5_000, Change::Set { knob: BREAKER, value: 1.0 });
    done(&mut experiment, 6_500, Change::Set { knob: BREAKER, value: 0.0 });
    let run = played(experiment.clone());
    assert!(crowd(&run, 6_499).open > 0);
    let bands = &run.index().bands[0];
    let band = |ms| bands[bands.partition_point(|band| band.from <= SimTime::from_millis(ms)) - 1];
    assert_eq!((band(4_900).state, band(5_000).state), (Some(State::Open), None));
    assert_eq!(band(6_500).state, Some(State::Closed));
    let steps = &run.index().crowds[0];
    assert_eq!(steps.last().and_then(|step| step.crowd), None);
    // What is only counted is the same, although no log tells whose calls those are.
    let tally = Run::tally(&experiment, u32::MAX);
    for kind in [Kind::Sent, Kind::Rejected, Kind::Breaker] {
        let written = run.log().events_from(0).filter(|event| event.kind == kind).count();
        assert_eq!(tally.count(kind) as usize, written, "{kind:?}");
    }
    // And so is what is computed from the middle on.
    let mut before = experiment.clone();
    before.interventions.truncate(1);
    let fork = played(before).with(experiment, Limits::default());
    assert_eq!(fork.hash(), run.hash());
}

#[test]
fn each_client_opens_after_failures_of_its_own() {
    let mut experiment = quiet(Scope::Client);
    broken(&mut experiment, 5_000);
    let run = played(experiment);
    let most = (5_000..8_000).step_by(100).map(|ms| crowd(&run, ms).not_closed()).max();
    assert!(most > Some(CLIENTS / 2), "{most:?}");
    assert_eq!(crowd(&run, 19_000), Crowd::default(), "all have recovered");
}

#[test]
fn the_calls_of_a_service_share_its_breaker() {
    let mut experiment = library::payments();
    experiment.scenario.edges[1].policy.breaker_scope = Scope::Client;
    let sentence = experiment.validate().expect_err("bank is called by a service").to_string();
    assert_eq!(
        sentence,
        "edges[1].breaker_scope must be “caller”: only clients have a breaker each"
    );
    assert_eq!(Knob::Edge(1, EdgeKnob::BreakerScope).get(&experiment.scenario), None);
}

/// 10,000 breakers with a window of 100 calls each take a few megabytes, and a copy in the middle of a run
/// takes what has moved since.
#[test]
fn ten_thousand_breakers_are_no_burden() {
    let mut experiment = quiet(Scope::Client);
    let scenario = &mut experiment.scenario;
    scenario.edges[0].policy.breaker.window.kind = WindowKind::Count;
    for (knob, value) in [
        (Knob::Clients(0, ClientsKnob::Count), 10_000.0),
        (Knob::Clients(0, ClientsKnob::Rate), 2_000.0),
        (Knob::Edge(0, EdgeKnob::WindowSize), 100.0),
    ] {
        knob.set(scenario, value).expect("in range");
    }
    let run = |scope| {
        let mut experiment = experiment.clone();
        experiment.scenario.edges[0].policy.breaker_scope = scope;
        played(experiment).bytes()
    };
    let (shared, own) = (run(Scope::Caller), run(Scope::Client));
    assert!(own - shared < 64 << 20, "{} MiB more", (own - shared) >> 20);
}
