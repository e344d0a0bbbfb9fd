//! An outage that outlives its cause, and the retry budgets that end it: *Metastable Failures in
//! Distributed Systems* (Bronson and others, HotOS 2021).

use half_open::log::Kind;
use half_open::policy::budget::Settings;
use half_open::run::{Limits, Metrics, Run};
use half_open::scenario::{Experiment, library};
use half_open::time::SimTime;

/// When the trigger is gone.
const HEALED: u64 = 8_000;

fn run(change: impl FnOnce(&mut Experiment)) -> Run {
    let mut experiment = library::metastable();
    change(&mut experiment);
    assert_eq!(experiment.validate(), Ok(()));
    Run::new(experiment, Limits::default())
}

/// Successes between two moments, of what began in that time.
fn goodput(run: &Run, from: u64, to: u64) -> f64 {
    let within = SimTime::from_millis(from)..SimTime::from_millis(to);
    let began = |row: &half_open::run::RequestRow| within.contains(&run.log().at(row.first));
    let rows = || run.index().rows().filter(|(_, row)| began(row));
    rows().filter(|(_, row)| row.succeeded).count() as f64 / rows().count() as f64
}

fn budget(law: Settings) -> impl FnOnce(&mut Experiment) {
    move |experiment| experiment.scenario.edges[0].policy.budget = law
}

#[test]
fn before_the_trigger_it_is_busy_and_well() {
    for seed in 1..=20 {
        let run = run(|e| {
            e.seed = seed;
            e.interventions.clear();
        });
        assert!(goodput(&run, 0, 50_000) > 0.99, "seed {seed}: {}", goodput(&run, 0, 50_000));
    }
}

#[test]
fn it_stays_down_when_the_trigger_is_gone() {
    for seed in 1..=20 {
        let run = run(|e| e.seed = seed);
        let after = goodput(&run, HEALED, HEALED + 30_000);
        assert!(after < 0.2, "seed {seed}: {after}");
    }
}

#[test]
fn with_a_retry_budget_it_comes_back() {
    for law in [Settings::AWS_STANDARD, Settings::AWS_2026, Settings::GRPC] {
        for seed in 1..=20 {
            let run = run(|e| {
                e.seed = seed;
                budget(law)(e);
            });
            let after = goodput(&run, HEALED + 5_000, HEALED + 35_000);
            assert!(after > 0.95, "{law:?}, seed {seed}: {after}");
        }
    }
}

/// A fifth of what is sent and ten retries a second are enough to keep it slow.
#[test]
fn a_budget_that_always_gives_a_share_does_not_end_it() {
    for seed in 1..=20 {
        let run = run(|e| {
            e.seed = seed;
            budget(Settings::FINAGLE)(e);
        });
        let after = goodput(&run, HEALED + 5_000, HEALED + 35_000);
        assert!((0.2..0.95).contains(&after), "seed {seed}: {after}");
    }
}

#[test]
fn what_a_budget_denies_is_written_down_with_the_failure_that_was_final() {
    let run = run(budget(Settings::GRPC));
    let log = run.log();
    let mut denied = 0;
    for event in log.events_from(0).filter(|event| event.kind == Kind::Denied) {
        let end = log.event(event.cause().expect("a failure"));
        assert!(end.is_last() && end.subject == event.subject && end.at == event.at);
        denied += 1;
    }
    assert!(denied > 100, "{denied}");
    let without = Metrics::of(&self::run(|_| {}));
    let with = Metrics::of(&run);
    assert!(with.amplification < 1.3 && without.amplification > 3.0);
}
