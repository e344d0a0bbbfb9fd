//! Whatever happened can be explained.

#[allow(unreachable_pub, dead_code, reason = "a library shows it; here it is a module of a test")]
#[path = "../../tests/determinism/src/generated.rs"]
mod generated;

use generated::generated;
use half_open::explain::{Tone, why_event};
use half_open::log::Kind;
use half_open::run::{Limits, Run};

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
