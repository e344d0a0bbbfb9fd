//! How the built-in scenarios introduce themselves: with a sentence, and at a moment that shows what they
//! are about.

use half_open::run::flow::Outcome;
use half_open::run::{Limits, Run, Seeker};
use half_open::scenario::library::{self, Telling};
use half_open::time::{SimDuration, SimTime};

/// In these nothing goes wrong; they are about how long it takes.
const CALM: [&str; 2] = ["hedged", "tail_at_scale"];

fn telling(name: &str) -> (SimTime, Telling) {
    library::telling(name).unwrap_or_else(|| panic!("{name} has no telling moment"))
}

#[test]
fn every_scenario_has_a_moment_within_its_run_and_something_to_look_at() {
    for experiment in library::all() {
        let scenario = &experiment.scenario;
        let (at, what) = telling(&scenario.name);
        assert!(at < SimTime::ZERO + scenario.horizon, "{}: {at}", scenario.name);
        let known = match what {
            Telling::Node(node) => scenario.service(node).is_some(),
            Telling::Edge(edge) => scenario.edge(edge).is_some(),
            Telling::Request(request) => {
                let run = Run::new(experiment.clone(), Limits::default());
                Seeker::new().seek(&run, at).flights().any(|flight| flight.request == request)
            }
        };
        assert!(known, "{}: {what:?}", scenario.name);
    }
    assert_eq!(library::telling("nothing"), None);
}

#[test]
fn at_that_moment_something_is_on_its_way_and_goes_wrong_where_it_should() {
    for experiment in library::all() {
        let name = experiment.scenario.name.clone();
        let (at, _) = telling(&name);
        let run = Run::new(experiment, Limits::default());
        let mut seeker = Seeker::new();
        let scene = seeker.seek(&run, at);
        assert!(scene.flights().next().is_some(), "{name}: all is still at {at}");
        let before = at.nanos().saturating_sub(SimDuration::from_secs(1).nanos());
        let counts = run.flow().counts(&run, SimTime::from_nanos(before), at);
        let lacking: u32 = counts.ended[Outcome::Degraded as usize..].iter().sum();
        let wrong = lacking + counts.again + counts.refused;
        let wrong = wrong > 0 || !scene.faults.is_empty();
        assert_eq!(wrong, !CALM.contains(&name.as_str()), "{name} at {at}: {counts:?}");
    }
}

#[test]
fn sentences_are_written_without_runs_of_blanks() {
    for experiment in library::all() {
        let scenario = experiment.scenario;
        for text in [&scenario.title, &scenario.sentence] {
            assert!(!text.contains("  ") && !text.contains('\n'), "{}: {text}", scenario.name);
        }
    }
}
