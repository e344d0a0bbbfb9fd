//! Changing a run in the middle gives what simulating it anew gives, and a scene is the same
//! however one came to it. Everything the page does while a slider moves rests on this.

#[allow(unreachable_pub, reason = "a library shows it; here it is a module of a test")]
#[path = "../../tests/determinism/src/generated.rs"]
mod generated;

use generated::{changed, generated};
use half_open::log::Event;
use half_open::run::{Limits, Recorder, Run, Seeker};
use half_open::scenario::{Experiment, library};
use half_open::time::SimTime;
use proptest::prelude::*;

fn run(experiment: &Experiment) -> Run {
    Run::new(experiment.clone(), Limits::default())
}

/// Says which event is the first to differ, and what came before it.
fn assert_same(got: &Run, wanted: &Run, what: &str) -> Result<(), TestCaseError> {
    let pairs = got.log().events_from(0).zip(wanted.log().events_from(0));
    if let Some((a, b)) = pairs.into_iter().find(|(a, b)| a != b) {
        let before: Vec<Event> =
            wanted.log().events_from(a.id.saturating_sub(3)).take(3.min(a.id as usize)).collect();
        let deed = &wanted.experiment().interventions;
        return Err(TestCaseError::fail(format!(
            "{what}: {a:?} instead of {b:?}, after {before:#?}; {deed:#?}"
        )));
    }
    prop_assert_eq!(got.log().length(), wanted.log().length(), "{}", what);
    prop_assert_eq!(got.log().hash(), wanted.log().hash(), "{}", what);
    prop_assert_eq!(got.end(), wanted.end(), "{}", what);
    prop_assert_eq!(got.stopped(), wanted.stopped(), "{}", what);
    let (got, wanted) = (format!("{:?}", got.index()), format!("{:?}", wanted.index()));
    prop_assert_eq!(got, wanted, "{}", what);
    Ok(())
}

/// The scene of an instant as a seeker finds it that has seen nothing else.
fn fresh_scene(run: &Run, at: SimTime) -> String {
    format!("{:?}", Seeker::new().seek(run, at))
}

/// Instants worth looking at: of events, between them, and the ends.
fn instants(run: &Run, places: &[prop::sample::Index]) -> Vec<SimTime> {
    let of_place = |place: &prop::sample::Index| {
        let at = run.log().at(place.index(run.log().len() as usize) as u32);
        if place.index(3) == 0 { SimTime::from_nanos(at.nanos() + 1) } else { at }
    };
    let some = if run.log().is_empty() { &[] } else { places };
    some.iter().map(of_place).chain([SimTime::ZERO, run.end()]).collect()
}

fn places() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    prop::collection::vec(any::<prop::sample::Index>(), 1..12)
}

#[test]
fn where_nodes_are_drawn_changes_nothing_that_happens() {
    for before in [library::payments(), generated(1), generated(2)] {
        let mut after = before.clone();
        let mut columns = after.scenario.columns();
        columns.reverse();
        after.scenario.arrange(&columns);
        assert_ne!(before, after);
        let first = run(&before);
        let mut recorder = Recorder::continuing(&first, after.clone(), Limits::default());
        let (all, known) = (first.log().len(), first.shared_with(&after));
        assert!(known > all / 2 || all < 10_000, "{known} of {all} are not computed again");
        while recorder.advance(10_000) {}
        let continued = recorder.finish();
        assert_same(&continued, &first, "continued").expect("the same");
        assert_same(&run(&after), &first, "anew").expect("the same");
        assert_eq!(**continued.experiment(), after);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn continuing_from_the_middle_is_simulating_anew(
        n in 0u32..100_000, edits in prop::collection::vec((1u32..5, any::<u32>()), 1..4),
    ) {
        let mut now = generated(n);
        let mut forked = run(&now);
        for (edits, salt) in edits {
            now = changed(&now, edits, salt);
            prop_assert_eq!(now.validate(), Ok(()));
            forked = forked.with(now.clone(), Limits::default());
            assert_same(&forked, &run(&now), &format!("case {n}, change {edits} {salt}"))?;
        }
        let back = forked.with(generated(n), Limits::default());
        assert_same(&back, &run(&generated(n)), &format!("case {n}, and back"))?;
    }

    #[test]
    fn a_run_made_in_slices_is_the_same_run(n in 0u32..100_000, slice in 1u32..5_000) {
        let mut recorder = Recorder::new(generated(n), Limits::default());
        while recorder.advance(slice) {}
        assert_same(&recorder.finish(), &run(&generated(n)), &format!("case {n}"))?;
    }

    #[test]
    fn a_run_cut_short_is_cut_short_at_the_same_place(
        n in 0u32..100_000, salt in any::<u32>(), events in 100u32..20_000, kib in 1usize..2_000,
    ) {
        let limits = Limits { events, bytes: kib << 10 };
        let (a, b) = (generated(n), changed(&generated(n), 2, salt));
        let forked = Run::new(a, limits).with(b.clone(), limits);
        assert_same(&forked, &Run::new(b, limits), &format!("case {n}"))?;
    }

    #[test]
    fn a_scene_is_the_same_from_everywhere(n in 0u32..100_000, salt in any::<u32>(), places in places()) {
        let first = run(&generated(n));
        let mut instants = instants(&first, &places);
        let mut seeker = Seeker::new();
        for at in &instants {
            prop_assert_eq!(format!("{:?}", seeker.seek(&first, *at)), fresh_scene(&first, *at));
        }
        while seeker.prepare(&first, 700) {}
        instants.sort();
        let backward = instants.iter().rev();
        for at in instants.iter().chain(backward) {
            prop_assert_eq!(format!("{:?}", seeker.seek(&first, *at)), fresh_scene(&first, *at));
        }
        let forked = first.with(changed(&generated(n), 2, salt), Limits::default());
        for run in [&forked, &first, &forked] {
            for at in &instants {
                let got = format!("{:?}", seeker.seek(run, *at));
                prop_assert_eq!(got, fresh_scene(run, *at));
            }
        }
    }
}
