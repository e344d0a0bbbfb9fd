//! A cache before a database: what it spares it, what happens when it is empty, and what mends that.

use half_open::log::{Event, Kind, Verdict};
use half_open::run::{Limits, Run, Seeker};
use half_open::scenario::knob::{Knob, ServiceKnob};
use half_open::scenario::{Experiment, Role, library};
use half_open::time::{SimDuration, SimTime};

const API: u8 = 1;

fn played(change: impl FnOnce(&mut Experiment)) -> Run {
    let mut experiment = library::find("cache_stampede").expect("it is built in");
    change(&mut experiment);
    assert_eq!(experiment.validate(), Ok(()));
    Run::new(experiment, Limits::default())
}

fn set(experiment: &mut Experiment, knob: ServiceKnob, value: f64) {
    let knob = Knob::Service(API, knob);
    knob.set(&mut experiment.scenario, value).expect("in range");
}

fn at(ms: u64) -> SimTime {
    SimTime::from_millis(ms)
}

/// The share of the requests that began between two moments and succeeded.
fn success(run: &Run, from: u64, to: u64) -> f64 {
    let began = |row: &half_open::run::RequestRow| {
        let began = run.log().at(row.first);
        at(from) <= began && began < at(to)
    };
    let rows: Vec<_> = run.index().rows().filter(|(_, row)| began(row)).collect();
    rows.iter().filter(|(_, row)| row.succeeded).count() as f64 / rows.len() as f64
}

/// Calls of the database.
fn fetches(run: &Run, from: u64, to: u64) -> usize {
    let sent = |event: &Event| {
        event.kind == Kind::Sent
            && run.log().span(event.subject).edge == 1
            && (at(from)..at(to)).contains(&event.at)
    };
    run.log().events_from(0).filter(sent).count()
}

fn verdicts(run: &Run, verdict: Verdict) -> impl Iterator<Item = Event> + '_ {
    let it = move |event: &Event| event.kind == Kind::Verdict && event.verdict() == verdict;
    run.log().events_from(0).filter(it)
}

/// The database does 25 a second, and is asked for forty things.
#[test]
fn a_flushed_cache_knocks_the_database_over_for_good_and_one_fetch_for_all_mends_it() {
    let alone = played(|_| {});
    assert_eq!(success(&alone, 7_000, 10_000), 1.0);
    // Twenty seconds and more after the flush.
    let late = success(&alone, 30_000, 55_000);
    assert!(late < 0.6, "{late}");
    assert!(fetches(&alone, 30_000, 55_000) > 2_000, "{}", fetches(&alone, 30_000, 55_000));
    let one = played(|experiment| set(experiment, ServiceKnob::SingleFlight, 1.0));
    assert!(success(&one, 10_000, 15_000) > 0.95 && success(&one, 15_000, 55_000) > 0.99);
    let few = fetches(&one, 10_000, 60_000);
    assert!((40..80).contains(&few), "{few}");
    assert!(verdicts(&one, Verdict::Joined).count() > 200);
}

#[test]
fn what_is_kept_is_answered_at_once_and_without_a_call() {
    let run = played(|experiment| experiment.interventions.truncate(1));
    let log = run.log();
    let hits: Vec<_> = verdicts(&run, Verdict::Cached).collect();
    assert!(hits.len() > 10_000, "{}", hits.len());
    for hit in hits {
        let answer = log.event(hit.id + 1);
        assert_eq!(
            (answer.kind, answer.subject, answer.at),
            (Kind::Responded, hit.subject, hit.at)
        );
        let kept = log.event(hit.cause().expect("what was kept"));
        assert!(kept.kind == Kind::Responded && kept.status().is_success());
        assert!(hit.at < kept.at + SimDuration::from_secs(60));
    }
    // Never more than one for each thing, but for those that came while it was fetched at first.
    assert!(fetches(&run, 5_000, 60_000) < 20, "{}", fetches(&run, 5_000, 60_000));
}

/// Entries that were fetched together run out together, unless their times differ.
#[test]
fn jitter_spreads_what_runs_out() {
    let busiest = |jitter: f64| {
        let run = played(|experiment| {
            set(experiment, ServiceKnob::SingleFlight, 1.0);
            set(experiment, ServiceKnob::CacheFor, 20e9);
            set(experiment, ServiceKnob::CacheJitter, jitter);
        });
        (20..58).map(|second| fetches(&run, second * 1_000, second * 1_000 + 2_000)).max()
    };
    let (together, spread) = (busiest(0.0), busiest(0.8));
    assert!(together > Some(35) && spread < Some(20), "{together:?} and {spread:?}");
}

#[test]
fn what_others_wait_for_is_fetched_on_when_who_asked_first_has_gone() {
    let run = played(|experiment| {
        set(experiment, ServiceKnob::SingleFlight, 1.0);
        set(experiment, ServiceKnob::Cancels, 1.0);
        set(experiment, ServiceKnob::CacheKeys, 1.0);
        set(experiment, ServiceKnob::CacheFor, 1e9);
        // Clients wait for less than a fetch mostly takes.
        experiment.scenario.edges[0].policy.timeout.per_attempt =
            Some(SimDuration::from_millis(300));
    });
    let log = run.log();
    let late =
        |event: &Event| event.kind == Kind::AnsweredLate && log.span(event.subject).edge == 0;
    assert!(log.events_from(0).filter(late).count() > 5);
    // Whoever comes while there is an answer has it, and who has waited in vain has been stopped.
    assert!(success(&run, 30_000, 55_000) > 0.6, "{}", success(&run, 30_000, 55_000));
    let mut seeker = Seeker::new();
    let busy = seeker.seek(&run, at(58_000)).stations[usize::from(API)].busy();
    assert!(busy < 150, "{busy}: more than came in 300 ms");
}

#[test]
fn who_looks_at_keys_keeps_no_answers() {
    let run = played(|experiment| {
        if let Role::Service(api) = &mut experiment.scenario.nodes[1].role {
            api.idempotency.enabled = true;
        }
    });
    assert_eq!(verdicts(&run, Verdict::Cached).count(), 0);
}
