//! Whatever happened can be explained.

#[allow(unreachable_pub, dead_code, reason = "a library shows it; here it is a module of a test")]
#[path = "../../tests/determinism/src/generated.rs"]
mod generated;

use generated::generated;
use half_open::log::Kind;
use half_open::policy::breaker::Action;
use half_open::run::{Limits, Run};
use half_open::scenario::{Change, Fault, FaultKind, Intervention, Target, library};
use half_open::time::{SimDuration, SimTime};
use half_open_view::explain::{Tone, why_event};

/// How many of a run's events are asked about.
const ASKED: u32 = 400;

#[test]
fn every_event_has_a_chain_that_goes_back_in_time_and_never_names_what_came_later() {
    for number in 0..200 {
        let run = Run::new(generated(number), Limits::default());
        let log = run.log();
        let step = (log.len() / ASKED).max(1) as usize;
        for event in log.events_from(0).step_by(step) {
            let why = why_event(&run, event.id);
            let chain = &why.links;
            assert!((1..=8).contains(&chain.len()), "{number}, {event:?}: {why:?}");
            assert!(chain.windows(2).all(|pair| pair[0].at >= pair[1].at), "{number}: {why:?}");
            assert!(chain.iter().all(|link| link.at <= event.at), "{number}: {why:?}");
            let known = chain.iter().filter_map(|link| link.event);
            assert!(known.into_iter().all(|id| id <= event.id), "{number}: {why:?}");
            assert!(chain.iter().all(|link| !link.text.is_empty() && !link.text.ends_with('.')));
        }
    }
}

#[test]
fn what_went_wrong_leads_back_to_a_root() {
    for number in 0..200 {
        let run = Run::new(generated(number), Limits::default());
        let wrong = |kind| matches!(kind, Kind::Rejected | Kind::TimedOut | Kind::QueueFull);
        for event in run.log().events_from(0).filter(|event| wrong(event.kind)).take(50) {
            let why = why_event(&run, event.id);
            let last = why.links.last().map(|link| link.tone);
            assert!(
                why.links.len() == 8 || last == Some(Tone::Root),
                "{number}, {event:?}: {why:?}"
            );
        }
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
