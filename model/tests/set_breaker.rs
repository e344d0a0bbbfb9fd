//! A breaker that is given other settings while it runs.

use half_open::log::{Kind, unpack_transition};
use half_open::policy::breaker::{Action, Denominator, Preset, Reason, State};
use half_open::run::{Limits, Run, Seeker};
use half_open::scenario::{Change, Experiment, Fault, FaultKind, Intervention, Target, library};
use half_open::time::{SimDuration, SimTime};

const TO_BANK: u8 = 1;

fn at(ms: u64) -> SimTime {
    SimTime::from_millis(ms)
}

/// Payments for twenty seconds, and the bank fails at once from the second on that is told.
fn failing_from(second: u64) -> Experiment {
    let mut experiment = library::payments();
    experiment.scenario.horizon = SimDuration::from_secs(20);
    let (target, kind) = (Target::Node(2), FaultKind::FailFast);
    let change = Change::Fault(Fault { target, kind, lasts: None });
    experiment.interventions = vec![Intervention { at: at(second * 1_000), change }];
    experiment
}

fn set(experiment: &mut Experiment, ms: u64, preset: Preset) {
    let settings = Box::new(preset.in_scenario());
    let change = Change::SetBreaker { edge: TO_BANK, settings };
    experiment.insert(Intervention { at: at(ms), change });
}

/// When the breaker changed its state, to what, why, and how many failures it had counted.
fn moves(experiment: &Experiment) -> Vec<(SimTime, State, Reason, u32)> {
    assert_eq!(experiment.validate(), Ok(()));
    let run = Run::new(experiment.clone(), Limits::default());
    let moves = run.log().events_from(0).filter(|event| event.kind == Kind::Breaker);
    moves
        .map(|event| {
            let (to, reason, _, bad) = unpack_transition(event.payload);
            (event.at, to, reason, bad)
        })
        .collect()
}

#[test]
fn it_opens_by_its_new_rules() {
    for (preset, reason, failures) in [
        (Preset::Gobreaker, Reason::Failures, 6),
        (Preset::Linkerd, Reason::Failures, 7),
        (Preset::FailsafeGo, Reason::Failures, 1),
        (Preset::Opossum, Reason::FailureRate, 1),
    ] {
        let mut experiment = failing_from(5);
        set(&mut experiment, 4_000, preset);
        let first = moves(&experiment)[0];
        assert!(first.0 > at(5_000), "{}", preset.name());
        assert_eq!((first.1, first.2), (State::Open, reason), "{}", preset.name());
        assert!(first.3 >= failures, "{}: {} failures", preset.name(), first.3);
    }
}

#[test]
fn what_is_open_stays_open_for_as_long_as_the_new_settings_say() {
    let mut experiment = failing_from(19);
    let trip = Change::Breaker { edge: TO_BANK, action: Action::Open };
    experiment.insert(Intervention { at: at(1_000), change: trip });
    let own = moves(&experiment)[1];
    assert_eq!((own.1, own.0.since(at(3_000)).millis() < 100.0), (State::HalfOpen, true));
    set(&mut experiment, 2_000, Preset::Polly);
    let polly = moves(&experiment)[1];
    assert_eq!(polly.1, State::HalfOpen);
    assert!(polly.0 >= at(6_000) && polly.0 < at(6_100), "{}", polly.0);
}

/// How many calls the window of the breaker holds.
fn counted(run: &Run, ms: u64) -> u32 {
    let mut seeker = Seeker::new();
    let scene = seeker.seek(run, at(ms));
    let settings = &scene.scenario.edges[usize::from(TO_BANK)].policy.breaker;
    scene.lines[usize::from(TO_BANK)].breaker.counts(settings, scene.at).calls
}

#[test]
fn what_it_has_counted_is_forgotten_where_the_new_window_is_of_another_kind() {
    let mut experiment = failing_from(19);
    set(&mut experiment, 3_000, Preset::Resilience4j);
    set(&mut experiment, 4_000, Preset::Polly);
    let run = Run::new(experiment, Limits::default());
    let counted = |ms| counted(&run, ms);
    let own = counted(2_999);
    assert_eq!(own, 10);
    assert!(counted(3_999) > own, "a larger window of calls keeps what the smaller one held");
    assert!(counted(4_010) < own, "a window of time begins empty");
}

/// Otherwise more of its calls could have failed than there were.
#[test]
fn what_it_has_counted_is_forgotten_where_other_things_are_counted_from_now_on() {
    let mut experiment = failing_from(19);
    set(&mut experiment, 3_000, Preset::Opossum);
    let mut settings = Box::new(Preset::Opossum.in_scenario());
    settings.denominator = Denominator::Completed;
    let change = Change::SetBreaker { edge: TO_BANK, settings };
    experiment.insert(Intervention { at: at(4_000), change });
    let run = Run::new(experiment, Limits::default());
    let counted = |ms| counted(&run, ms);
    let asked = counted(3_999);
    assert!(asked > 20, "{asked}");
    assert!(counted(4_010) < 5, "calls that were asked for are no results");
}

#[test]
fn every_preset_can_take_the_place_of_every_other_and_the_picture_agrees_with_the_engine() {
    for first in Preset::ALL {
        for second in Preset::ALL {
            let mut experiment = failing_from(3);
            experiment.scenario.horizon = SimDuration::from_secs(9);
            set(&mut experiment, 2_000, first);
            set(&mut experiment, 6_000, second);
            let run = Run::new(experiment, Limits::default());
            let scene = Seeker::new().seek(&run, at(9_000)).clone();
            let last = run.log().events_from(0).filter(|event| event.kind == Kind::Breaker).last();
            let state = last.map_or(State::Closed, |event| unpack_transition(event.payload).0);
            let seen = scene.lines[usize::from(TO_BANK)].breaker.state();
            assert_eq!(seen, state, "{} and then {}", first.name(), second.name());
        }
    }
}
