//! Work whose caller has gone, where services hear of it and where they do not.

use half_open::log::{Event, Kind};
use half_open::run::{Limits, Metrics, Run, Seeker};
use half_open::scenario::knob::{Knob, ServiceKnob};
use half_open::scenario::{Experiment, Fault, FaultKind, Intervention, Target, library};
use half_open::time::{SimDuration, SimTime};

/// A scenario in which some services stop for who has gone.
fn with(name: &str, listening: &[u8]) -> Experiment {
    let mut experiment = library::find(name).expect("it is built in");
    for node in listening {
        let knob = Knob::Service(*node, ServiceKnob::Cancels);
        knob.set(&mut experiment.scenario, 1.0).expect("in range");
    }
    experiment
}

fn run(experiment: Experiment) -> Run {
    assert_eq!(experiment.validate(), Ok(()));
    Run::new(experiment, Limits::default())
}

fn orphan_work(run: &Run) -> f64 {
    Metrics::of(run).orphan_work.seconds()
}

fn events(run: &Run, kind: Kind) -> Vec<Event> {
    run.log().events_from(0).filter(|event| event.kind == kind).collect()
}

/// Clients wait for half a second, the api for two: everything that is done after that is for nobody.
#[test]
fn orphan_work_is_no_more_than_the_news_takes_on_its_way() {
    let deaf = orphan_work(&run(with("long_timeout", &[])));
    let one = orphan_work(&run(with("long_timeout", &[1])));
    let all = run(with("long_timeout", &[1, 2]));
    assert!(deaf > 100.0, "{deaf} s");
    // The bank is told only if it listens, too: what the api waits no more for, the bank still does.
    assert!(one > deaf * 0.5, "{one} s of {deaf} s");
    let stopped = events(&all, Kind::Cancelled).len() as f64;
    let all = orphan_work(&all);
    // Five milliseconds on the way for each: the median of a log-normal, whose mean is 3 % more.
    assert!(all < stopped * 0.006 && all < deaf * 0.02, "{all} s of {deaf} s, {stopped} stopped");
}

#[test]
fn news_goes_down_the_tree_and_says_why() {
    let run = run(with("long_timeout", &[1, 2]));
    let log = run.log();
    let mut deep = 0;
    for event in events(&run, Kind::Cancelled) {
        let cause = log.event(event.cause().expect("somebody has gone"));
        let row = log.span(event.subject);
        if row.by_client {
            assert_eq!((cause.kind, cause.subject), (Kind::TimedOut, event.subject));
        } else if cause.kind == Kind::Cancelled {
            assert_eq!(cause.subject, row.parent);
            deep += 1;
        }
        let after = log.events_from(event.id + 1);
        let again = |other: &Event| other.subject == event.subject && other.kind.is_of_span();
        assert_eq!(after.filter(again).map(|other| other.kind).next(), None, "it is over");
    }
    assert!(deep > 100, "{deep}");
}

#[test]
fn who_waits_in_a_queue_leaves_it_and_a_worker_takes_the_next_one() {
    let mut experiment = with("unbounded_queue", &[1]);
    let longest = |experiment: &Experiment| {
        let metrics = Metrics::of(&run(experiment.clone()));
        (metrics.services[1].max_queue, metrics.succeeded)
    };
    let (short, served) = longest(&experiment);
    let knob = Knob::Service(1, ServiceKnob::Cancels);
    knob.set(&mut experiment.scenario, 0.0).expect("in range");
    let (long, fewer) = longest(&experiment);
    assert!(long > 400 && short < 200, "{long} and {short} in the queue");
    assert!(f64::from(served) > f64::from(fewer) * 1.5, "{served} after {fewer}");
}

/// An effect that was made stays made, and its key is recorded: the retry is answered from the store.
#[test]
fn a_charge_is_not_taken_back_and_not_made_twice() {
    let mut experiment = with("lost_response", &[1]);
    let set = |experiment: &mut Experiment, knob, value| {
        Knob::Service(1, knob).set(&mut experiment.scenario, value).expect("in range");
    };
    set(&mut experiment, ServiceKnob::RecordAfter, 200e6);
    set(&mut experiment, ServiceKnob::Time, 150e6);
    set(&mut experiment, ServiceKnob::Workers, 40.0);
    let run = run(experiment);
    let metrics = Metrics::of(&run);
    assert_eq!(metrics.charges, metrics.orders);
    assert!(!events(&run, Kind::Cancelled).is_empty());
    let charged: Vec<u32> = events(&run, Kind::Charged).iter().map(|event| event.subject).collect();
    assert!(!events(&run, Kind::Cancelled).iter().any(|event| charged.contains(&event.subject)));
}

#[test]
fn what_hangs_or_is_cut_off_hears_nothing() {
    for (target, kind) in
        [(Target::Node(2), FaultKind::Hang), (Target::Edge(1), FaultKind::Partition)]
    {
        let mut experiment = with("long_timeout", &[1, 2]);
        let lasts = Some(SimDuration::from_secs(5));
        let at = SimTime::from_millis(5_000);
        let change = half_open::scenario::Change::Fault(Fault { target, kind, lasts });
        experiment.insert(Intervention { at, change });
        let run = run(experiment);
        let during = |event: &&Event| {
            run.log().span(event.subject).edge == 1
                && (SimTime::from_millis(5_000)..SimTime::from_millis(10_000)).contains(&event.at)
        };
        assert_eq!(events(&run, Kind::Cancelled).iter().filter(during).count(), 0);
    }
}

#[test]
fn a_scene_knows_of_what_was_stopped_as_the_run_does() {
    let run = run(with("long_timeout", &[1, 2]));
    let mut seeker = Seeker::new();
    for ms in (0..20_000).step_by(500) {
        let scene = seeker.seek(&run, SimTime::from_millis(ms));
        let (api, bank) = (scene.stations[1].busy(), scene.stations[2].busy());
        // Half a second of thirty a second, and their way.
        assert!(api < 40 && bank < 40, "{api} and {bank} at {ms} ms");
    }
}
