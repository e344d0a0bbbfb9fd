//! Whom a service lets in: by the length of its queue, and by limits that it finds out.

use half_open::log::{Event, Kind, Shedding};
use half_open::policy::shed::By;
use half_open::run::{Limits, Metrics, Run, Seeker};
use half_open::scenario::knob::{Knob, ServiceKnob};
use half_open::scenario::{Experiment, Role, library};
use half_open::time::SimTime;

/// 120 requests a second at a service that can do 100, which sheds load in some way.
fn collapse(by: By) -> Run {
    let mut experiment: Experiment = library::find("goodput_collapse").expect("it is built in");
    let Role::Service(service) = &mut experiment.scenario.nodes[1].role else {
        panic!("a service")
    };
    service.shed.by = by;
    assert_eq!(experiment.validate(), Ok(()));
    Run::new(experiment, Limits::default())
}

fn shed(run: &Run) -> impl Iterator<Item = Event> {
    run.log().events_from(0).filter(|event| event.kind == Kind::Shed)
}

/// The share of requests that succeed from the twentieth second on.
fn success(run: &Run) -> f64 {
    let log = run.log();
    let late = |row: &half_open::run::RequestRow| {
        let at = log.at(row.first);
        at >= SimTime::from_millis(20_000) && at < SimTime::from_millis(55_000)
    };
    let rows: Vec<_> = run.index().rows().filter(|(_, row)| late(row)).collect();
    let good = rows.iter().filter(|(_, row)| row.succeeded).count();
    good as f64 / rows.len() as f64
}

#[test]
fn each_of_them_keeps_goodput_where_nothing_lets_it_collapse() {
    assert!(success(&collapse(By::Nothing)) < 0.02);
    // Ten wait for a hundred milliseconds, and five are at work for fifty.
    for by in [By::Length, By::Aimd, By::Gradient] {
        let run = collapse(by);
        let (good, typical) = (success(&run), Metrics::of(&run).quantile(0.5).millis());
        assert!(good > 0.72 && typical < 300.0, "{by:?}: {good}, {typical} ms");
        assert!(shed(&run).count() > 500);
    }
}

#[test]
fn a_queue_of_ten_is_never_longer_than_ten() {
    let run = collapse(By::Length);
    let waiting = |event: &Event| event.kind == Kind::Queued;
    assert_eq!(run.log().events_from(0).filter(waiting).map(|event| event.payload).max(), Some(10));
    assert!(shed(&run).all(|event| event.shedding() == Shedding::Length(10)));
}

/// What is shown is what was in force: both follow from the same events.
#[test]
fn a_picture_knows_the_limit_that_somebody_was_shed_by() {
    for by in [By::Aimd, By::Gradient] {
        let run = collapse(by);
        let (mut seeker, mut limits) = (Seeker::new(), std::collections::BTreeSet::new());
        for event in shed(&run).step_by(7) {
            let scene = seeker.seek(&run, event.at);
            let service = scene.scenario.service(1).expect("a service");
            let shown = scene.stations[1].limit(&service.shed).expect("there is one");
            assert_eq!(event.shedding(), Shedding::Limit(shown), "{by:?} at {}", event.at);
            limits.insert(shown);
        }
        assert!(limits.len() > 3, "{by:?}: {limits:?}");
    }
}

#[test]
fn a_limit_that_is_switched_on_and_off_holds_nobody_back_for_ever() {
    let mut experiment = library::find("goodput_collapse").expect("it is built in");
    let knob = Knob::Service(1, ServiceKnob::Shed);
    for second in 1..12 {
        let by = [By::Aimd, By::Nothing, By::Gradient, By::Codel][second as usize % 4];
        let value = By::ALL.iter().position(|other| *other == by).expect("one of them") as f64;
        let change = half_open::scenario::Change::Set { knob, value };
        let at = SimTime::from_millis(second * 2_000);
        experiment.insert(half_open::scenario::Intervention { at, change });
    }
    let rate = Knob::find(&experiment.scenario, "clients.rate").expect("a knob");
    let change = half_open::scenario::Change::Set { knob: rate, value: 40.0 };
    let at = SimTime::from_millis(24_500);
    experiment.insert(half_open::scenario::Intervention { at, change });
    assert_eq!(experiment.validate(), Ok(()));
    let run = Run::new(experiment, Limits::default());
    // Less than half of what it can do is asked of it.
    let late = shed(&run).filter(|event| event.at > SimTime::from_millis(30_000)).count();
    assert_eq!(late, 0);
}
