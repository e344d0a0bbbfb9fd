//! Systems to draw on: each runs, is at ease, and has something to see.

use half_open::run::{Limits, Run, Seeker};
use half_open::scenario::{Change, library};
use half_open::time::SimTime;

#[test]
fn every_template_is_at_ease_and_something_is_going_on() {
    assert!(library::templates().count() >= 5);
    for (name, title) in library::templates() {
        assert!(library::find(name).is_none(), "{name} is a scenario, too");
        let experiment = library::template(name).expect("it has a name");
        assert_eq!(experiment.validate(), Ok(()), "{name}");
        assert_eq!(experiment.scenario.title, title);
        let count = experiment.scenario.nodes.len() as u8;
        let run = Run::new(experiment, Limits::default());
        let mut seeker = Seeker::new();
        let scene = seeker.seek(&run, run.end());
        let success = f64::from(scene.totals.succeeded + scene.totals.degraded)
            / f64::from(scene.totals.finished());
        assert!(success > 0.97, "{name}: {success} are answered");
        let mut busy = vec![false; count.into()];
        for ms in (1_000..20_000).step_by(50) {
            let scene = seeker.seek(&run, SimTime::from_millis(ms));
            for (busy, station) in busy.iter_mut().zip(&scene.stations) {
                *busy |= station.busy() > 0;
            }
        }
        assert!(busy[1..].iter().all(|busy| *busy), "{name}: {busy:?}");
    }
}

#[test]
fn what_knobs_and_deeds_a_template_names_there_are() {
    for (name, _) in library::templates() {
        let experiment = library::template(name).expect("it has a name");
        let faults =
            |done: &half_open::scenario::Intervention| matches!(done.change, Change::Fault(_));
        assert!(experiment.interventions.iter().all(faults), "{name}");
        let parallel = experiment.scenario.nodes.len() > 5;
        let at_once = experiment.scenario.service(1).is_some_and(|first| first.parallel);
        assert!(!parallel || at_once, "{name}: its first service calls at once");
        if name == "fan-out" {
            let optional =
                |edge: &half_open::scenario::Edge| edge.need == half_open::scenario::Need::Optional;
            assert_eq!(experiment.scenario.edges.iter().filter(|edge| optional(edge)).count(), 6);
        }
    }
}
