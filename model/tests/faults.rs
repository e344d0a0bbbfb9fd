//! What can be broken, one behaviour a test, on the payments scenario.

use half_open::log::{Event, Kind};
use half_open::run::{Limits, Metrics, Run};
use half_open::scenario::{
    Change, Chaos, Experiment, Fault, FaultKind, Intervention, Knob, Target, library,
};
use half_open::time::{SimDuration, SimTime};

const BANK: Target = Target::Node(2);
const TO_BANK: Target = Target::Edge(1);

/// Ten seconds of the payments scenario with one thing done to it.
fn with(millis: u64, change: Change) -> Experiment {
    let mut experiment = library::payments();
    experiment.interventions.clear();
    experiment.scenario.horizon = SimDuration::from_secs(10);
    experiment.insert(Intervention { at: SimTime::from_millis(millis), change });
    experiment
}

fn broken(target: Target, kind: FaultKind) -> Experiment {
    let lasts = Some(SimDuration::from_secs(3));
    with(3_000, Change::Fault(Fault { target, kind, lasts }))
}

fn run(mut experiment: Experiment) -> Run {
    experiment.settle_chaos();
    assert_eq!(experiment.validate(), Ok(()));
    Run::new(experiment, Limits::default())
}

fn events(run: &Run, kind: Kind) -> Vec<Event> {
    run.log().events_from(0).filter(|event| event.kind == kind).collect()
}

fn within(event: &Event, from: u64, to: u64) -> bool {
    (SimTime::from_millis(from)..SimTime::from_millis(to)).contains(&event.at)
}

#[test]
fn a_delayed_line_takes_longer_either_way_and_is_blamed_for_timeouts() {
    let by = SimDuration::from_millis(300);
    let run = run(broken(TO_BANK, FaultKind::Delay(by)));
    let transits = |kind, from, to| {
        let on_line = |event: &Event| run.log().span(event.subject).edge == 1;
        let there = events(&run, kind).into_iter().filter(on_line);
        there.filter(|event| within(event, from, to)).map(|event| event.duration()).collect()
    };
    for kind in [Kind::Sent, Kind::Responded] {
        let during: Vec<SimDuration> = transits(kind, 3_001, 6_000);
        let before: Vec<SimDuration> = transits(kind, 0, 3_000);
        assert!(during.len() > 10 && during.iter().all(|transit| *transit >= by), "{kind:?}");
        assert!(before.iter().all(|transit| *transit < by), "{kind:?}");
    }
    let began = events(&run, Kind::Intervention)[0].id;
    let timed_out = events(&run, Kind::TimedOut);
    let blamed = timed_out.iter().filter(|event| event.cause == began).count();
    assert!(blamed > 10 && blamed * 10 > timed_out.len() * 9, "{blamed} of {}", timed_out.len());
}

#[test]
fn with_fewer_workers_fewer_work_and_all_come_back() {
    let run = run(broken(BANK, FaultKind::FewerWorkers(0.8)));
    let all = run.experiment().scenario.service(2).expect("a service").workers as usize;
    let mut most = [0; 3];
    let mut seeker = half_open::run::Seeker::default();
    for ms in (0..10_000).step_by(50) {
        let scene = seeker.seek(&run, SimTime::from_millis(ms));
        let part = match ms {
            0..3_000 => 0,
            // Who was at work is not interrupted.
            4_000..6_000 => 1,
            6_000.. => 2,
            _ => continue,
        };
        most[part] = most[part].max(scene.stations[2].busy());
    }
    assert_eq!(most[1], all / 5, "while a fifth is left");
    assert!(most[2] > all / 5, "after that");
    // Who waits because of it can say so.
    let began = events(&run, Kind::Intervention)[0].id;
    assert!(events(&run, Kind::Queued).iter().any(|event| event.cause == began));
}

#[test]
fn without_any_worker_nothing_begins() {
    let run = run(broken(BANK, FaultKind::FewerWorkers(1.0)));
    let at_bank = |event: &Event| run.log().span(event.subject).edge == 1;
    let started = events(&run, Kind::Started).into_iter().filter(at_bank);
    let times: Vec<Event> = started.collect();
    assert!(!times.iter().any(|event| within(event, 3_000, 6_000)));
    assert!(times.iter().any(|event| within(event, 6_000, 10_000)));
}

#[test]
fn forgotten_keys_let_a_retry_charge_again() {
    // The response is lost, so that the same key comes again; in between the keys are forgotten.
    let mut experiment = with(
        3_000,
        Change::Send(half_open::scenario::HandRequest {
            lose_response: true,
            ..half_open::scenario::HandRequest::default()
        }),
    );
    let charges = |experiment: &Experiment| {
        let run = run(experiment.clone());
        let by_hand = (0..).find(|id| run.log().request(*id).by_hand()).expect("it was sent");
        events(&run, Kind::Charged).iter().filter(|event| event.payload == by_hand).count()
    };
    assert_eq!(charges(&experiment), 1);
    let charged = {
        let run = run(experiment.clone());
        let charged = events(&run, Kind::Charged).into_iter();
        let by_hand = (0..).find(|id| run.log().request(*id).by_hand()).expect("it was sent");
        charged.filter(|event| event.payload == by_hand).map(|event| event.at).next()
    };
    let keeper = (0u8..)
        .zip(&experiment.scenario.nodes)
        .find(|(id, _)| {
            experiment.scenario.service(*id).is_some_and(|service| service.idempotency.enabled)
        })
        .map(|(id, _)| Target::Node(id))
        .expect("somebody keeps keys");
    let fault = Fault { target: keeper, kind: FaultKind::ForgetKeys, lasts: None };
    let at = charged.expect("a charge") + SimDuration::from_millis(100);
    experiment.insert(Intervention { at, change: Change::Fault(fault) });
    assert_eq!(charges(&experiment), 2);
    let run = run(experiment);
    let ended = events(&run, Kind::FaultEnded);
    assert_eq!(ended.iter().map(|event| event.at).collect::<Vec<_>>(), [at], "it strikes once");
}

#[test]
fn a_dropped_message_is_lost_where_it_is_and_nothing_else() {
    let plain = run(with(9_000, Change::Burst(0)));
    let response = events(&plain, Kind::Responded)
        .into_iter()
        .find(|event| within(event, 3_000, 4_000) && plain.log().span(event.subject).edge == 0)
        .expect("an answer to a client");
    let request = plain.log().request_of(response.subject);
    let half_way = response.at + response.duration().scaled(0.5);
    let dropped = run(with(
        half_way.since(SimTime::ZERO).nanos() / 1_000_000,
        Change::Drop { request, edge: 0 },
    ));
    let lost = events(&dropped, Kind::ResponseLost);
    let began = events(&dropped, Kind::Intervention)[0];
    assert_eq!(lost.iter().map(|e| (e.at, e.cause)).collect::<Vec<_>>(), [(began.at, began.id)]);
    assert_eq!(dropped.log().request_of(lost[0].subject), request);
    assert!(events(&dropped, Kind::RequestLost).is_empty());
    // Its caller does not hear of it, and asks again.
    let again = events(&dropped, Kind::Sent).into_iter().filter(|event| {
        dropped.log().request_of(event.subject) == request
            && dropped.log().span(event.subject).edge == 0
    });
    assert_eq!(again.count(), 2);
    assert_eq!(Metrics::of(&dropped).charges, Metrics::of(&dropped).orders);
}

#[test]
fn a_dropped_request_never_comes_though_its_caller_waits() {
    let plain = run(with(9_000, Change::Burst(0)));
    let sent = events(&plain, Kind::Sent)
        .into_iter()
        .find(|event| within(event, 3_000, 4_000) && plain.log().span(event.subject).edge == 0)
        .expect("a request of a client");
    let request = plain.log().request_of(sent.subject);
    let half_way = sent.at + sent.duration().scaled(0.5);
    let drop = Change::Drop { request, edge: 0 };
    let mut experiment = with(9_000, drop.clone());
    experiment.interventions = vec![Intervention { at: half_way, change: drop }];
    let dropped = run(experiment);
    let lost = events(&dropped, Kind::RequestLost);
    assert_eq!(lost.iter().map(|event| event.at).collect::<Vec<_>>(), [half_way]);
    let came = |event: &Event| event.subject == lost[0].subject && event.span().is_some();
    let after = dropped.log().events_from(lost[0].id + 1).filter(came).map(|event| event.kind);
    assert_eq!(after.collect::<Vec<_>>(), [Kind::TimedOut, Kind::BackedOff]);
}

#[test]
fn dropping_what_is_not_on_its_way_does_nothing() {
    let plain = run(with(
        9_000,
        Change::Breaker { edge: 1, action: half_open::policy::breaker::Action::Reset },
    ));
    let nothing = run(with(9_000, Change::Drop { request: 3, edge: 0 }));
    assert_eq!(events(&nothing, Kind::RequestLost).len(), events(&plain, Kind::RequestLost).len());
    assert_eq!(nothing.log().len(), plain.log().len());
}

#[test]
fn chaos_is_the_same_every_time_and_another_with_another_seed() {
    let chaos =
        |seed| with(1_000, Change::Chaos(Chaos { intensity: 12.0, ..Chaos::on(u64::MAX, seed) }));
    let [a, again, b] = [1, 1, 2].map(|seed| run(chaos(seed)));
    assert_eq!(a.hash(), again.hash());
    assert_ne!(a.hash(), b.hash());
    assert!(events(&a, Kind::FaultEnded).len() > 5);
    // What it does is told like any other fault.
    let by_fault = |event: &Event| {
        let cause = event.cause().map(|cause| a.log().event(cause).kind);
        event.kind != Kind::FaultEnded && cause == Some(Kind::Intervention)
    };
    assert!(a.log().events_from(0).filter(by_fault).count() > 10);
}

#[test]
fn a_knob_does_not_change_what_chaos_does() {
    let mut other = with(1_000, Change::Chaos(Chaos::on(u64::MAX, 1)));
    let knob = Knob::find(&other.scenario, "api-bank.timeout").expect("a knob");
    knob.set(&mut other.scenario, 500e6).expect("in range");
    let faults = |run: &Run| {
        events(run, Kind::Intervention).iter().map(|event| event.at).collect::<Vec<_>>()
    };
    let plain = run(with(1_000, Change::Chaos(Chaos::on(u64::MAX, 1))));
    assert_eq!(faults(&run(other)), faults(&plain));
}
