//! Requests that arrive twice: what that costs without keys, and what keys make of it.

use half_open::log::{Event, Kind, Verdict};
use half_open::run::{Limits, Metrics, Run, Seeker};
use half_open::scenario::knob::{EdgeKnob, Knob, ServiceKnob};
use half_open::scenario::{
    Change, Experiment, Fault, FaultKind, Intervention, Role, Target, library,
};
use half_open::time::{SimDuration, SimTime};

const NO_KEYS: f64 = 2.0;

/// Forty payments a second; of those sent between 3 s and 9 s this share arrives twice.
fn doubled(share: f64, keys: f64) -> Experiment {
    let mut experiment = library::find("lost_response").expect("it is built in");
    experiment.interventions.clear();
    let Role::Service(api) = &mut experiment.scenario.nodes[1].role else { panic!("a service") };
    api.workers = 100;
    Knob::Edge(0, EdgeKnob::Keys).set(&mut experiment.scenario, keys).expect("in range");
    if share > 0.0 {
        let kind = FaultKind::Duplicate(share);
        let lasts = Some(SimDuration::from_secs(6));
        let fault = Fault { target: Target::Edge(0), kind, lasts };
        let at = SimTime::from_millis(3_000);
        experiment.insert(Intervention { at, change: Change::Fault(fault) });
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

#[test]
fn without_keys_every_second_arrival_charges_again() {
    let run = played(doubled(0.2, NO_KEYS));
    let seconds = events(&run, Kind::Duplicated).len() as u32;
    // 240 in six seconds.
    assert!((33..=63).contains(&seconds), "{seconds}");
    let metrics = Metrics::of(&run);
    assert_eq!(metrics.charges, metrics.orders + seconds);
    assert_eq!(played(doubled(0.0, NO_KEYS)).index().rows().count(), run.index().rows().count());
}

#[test]
fn with_a_key_it_is_replayed_or_told_that_it_is_in_progress() {
    // Also with one for each attempt: it is the same message, so it is the same key.
    for keys in [0.0, 1.0] {
        let run = played(doubled(0.2, keys));
        let seconds = events(&run, Kind::Duplicated);
        let metrics = Metrics::of(&run);
        assert_eq!(metrics.charges, metrics.orders, "{keys}");
        let of = |verdict| {
            let said = events(&run, Kind::Verdict).into_iter().filter(|e| e.verdict() == verdict);
            said.filter(|e| run.log().span(e.subject).copy).count()
        };
        let (replayed, in_progress) = (of(Verdict::Replayed), of(Verdict::InProgress));
        assert_eq!(replayed + in_progress, seconds.len());
        assert!(in_progress > 30, "{in_progress}: it comes when the first is worked on, mostly");
    }
    // Where work is short, it mostly comes later than that.
    let mut short = doubled(0.2, 0.0);
    Knob::Service(1, ServiceKnob::Time).set(&mut short.scenario, 1e6).expect("in range");
    let run = played(short);
    let replayed =
        events(&run, Kind::Verdict).iter().filter(|e| e.verdict() == Verdict::Replayed).count();
    assert!(replayed > 20, "{replayed}");
}

#[test]
fn nobody_waits_for_it() {
    let (alone, run) = (played(doubled(0.0, NO_KEYS)), played(doubled(1.0, NO_KEYS)));
    let answers = |run: &Run| -> Vec<SimTime> {
        events(run, Kind::Answered).into_iter().map(|event| event.at).collect()
    };
    assert_eq!(answers(&alone), answers(&run), "callers notice nothing");
    let (seconds, late) = (events(&run, Kind::Duplicated), events(&run, Kind::AnsweredLate));
    assert_eq!(seconds.len(), late.len());
    assert!(seconds.iter().all(|second| (3.0..=9.0).contains(&second.at.seconds())));
    // It comes after the first, and no caller made it.
    for second in &seconds {
        let first = run.log().event(second.id - 1);
        assert_eq!((first.kind, first.at), (Kind::Sent, second.at));
        assert!(second.duration() > first.duration());
    }
    let [Metrics { amplification, .. }, busy] = [Metrics::of(&alone), Metrics::of(&run)];
    assert_eq!(amplification, busy.amplification);
    let mut seeker = Seeker::new();
    let scene = seeker.seek(&run, run.end());
    assert!(scene.stations[1].orphan_work > SimDuration::from_secs(3), "all of it is for nobody");
    assert_eq!(scene.flights().filter(|flight| flight.given_up.is_some()).count(), 0);
}

#[test]
fn two_such_faults_strike_for_each_and_a_share_of_nothing_strikes_nobody() {
    let count = |shares: [f64; 2]| {
        let mut experiment = doubled(shares[0], 0.0);
        let kind = FaultKind::Duplicate(shares[1]);
        let lasts = Some(SimDuration::from_secs(6));
        let fault = Fault { target: Target::Edge(0), kind, lasts };
        let at = SimTime::from_millis(3_000);
        experiment.insert(Intervention { at, change: Change::Fault(fault) });
        events(&played(experiment), Kind::Duplicated).len()
    };
    assert_eq!(count([0.0, 0.0]), 0);
    let (one, both) = (count([0.5, 0.0]), count([0.5, 0.5]));
    assert!(both > one + 30, "{one}, then {both}: half, then three quarters of 240");
}
