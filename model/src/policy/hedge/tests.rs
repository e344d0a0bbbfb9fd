//! What follows what, after gRPC's proposal A6 and the libraries.

use proptest::prelude::*;

use super::*;
use crate::policy::outcome::Status;

const OK: Outcome = Outcome::Answered(Status::OK);
const BUSY: Outcome = Outcome::Answered(Status::UNAVAILABLE);
const WRONG: Outcome = Outcome::Answered(Status::BAD_REQUEST);

fn at(ms: u64) -> SimTime {
    SimTime::from_millis(ms)
}

fn ms(ms: u64) -> SimDuration {
    SimDuration::from_millis(ms)
}

/// The example of A6: four attempts, half a second apart.
fn a6() -> Settings {
    Settings::grpc(4, ms(500))
}

/// A request under way.
struct Bench {
    settings: Settings,
    hedge: Hedge,
    permits: bool,
}

impl Bench {
    fn new(settings: Settings) -> (Self, Vec<u32>) {
        assert_eq!(settings.validate(), Ok(()));
        let (hedge, todo) = Hedge::begin(&settings, at(0), || true);
        assert_eq!((todo.cancel, todo.done), (Copies::default(), None));
        (Self { settings, hedge, permits: true }, todo.send.iter().collect())
    }

    /// What is sent when the next copy is due, and when that was.
    fn wait(&mut self) -> Option<(SimTime, Vec<u32>)> {
        let due = self.hedge.due()?;
        let early = SimTime::from_nanos(due.nanos().saturating_sub(1));
        assert_eq!(self.hedge.tick(&self.settings, early, || true), Todo::default());
        let todo = self.hedge.tick(&self.settings, due, || self.permits);
        Some((due, todo.send.iter().collect()))
    }

    fn settle(&mut self, now: u64, copy: u32, outcome: Outcome) -> Todo {
        self.pushed_back(now, copy, outcome, None)
    }

    fn pushed_back(
        &mut self,
        now: u64,
        copy: u32,
        outcome: Outcome,
        pushback: Option<Pushback>,
    ) -> Todo {
        let permits = self.permits;
        self.hedge.settle(&self.settings, at(now), copy, outcome, pushback, || permits)
    }
}

fn sends(copies: &[u32]) -> Todo {
    Todo { send: set(copies), ..Todo::default() }
}

fn ends(outcome: Outcome, cancel: &[u32]) -> Todo {
    Todo { cancel: set(cancel), done: Some(outcome), ..Todo::default() }
}

fn set(copies: &[u32]) -> Copies {
    let mut set = Copies::default();
    copies.iter().for_each(|&copy| set.insert(copy));
    set
}

#[test]
fn without_an_answer_a_copy_follows_every_delay() {
    let (mut bench, first) = Bench::new(a6());
    assert_eq!(first, [1]);
    assert_eq!(bench.wait(), Some((at(500), vec![2])));
    assert_eq!(bench.wait(), Some((at(1_000), vec![3])));
    assert_eq!(bench.wait(), Some((at(1_500), vec![4])));
    assert_eq!(bench.wait(), None);
    assert_eq!(bench.hedge.under_way().len(), 4);
}

#[test]
fn a_delay_of_zero_sends_all_at_once() {
    let (mut bench, first) = Bench::new(Settings::grpc(4, SimDuration::ZERO));
    assert_eq!(first, [1, 2, 3, 4]);
    assert_eq!(bench.wait(), None);
    assert_eq!(bench.settle(10, 3, OK), ends(OK, &[1, 2, 4]));
}

#[test]
fn the_first_success_cancels_the_others() {
    let (mut bench, _) = Bench::new(a6());
    bench.wait();
    assert_eq!(bench.settle(600, 2, OK), ends(OK, &[1]));
    assert_eq!(bench.hedge.due(), None);
    assert_eq!(bench.settle(601, 1, OK), Todo::default(), "who was cancelled never wins");
}

#[test]
fn a_fatal_failure_cancels_all() {
    let (mut bench, _) = Bench::new(a6());
    bench.wait();
    assert_eq!(bench.settle(600, 1, WRONG), ends(WRONG, &[2]));
    assert_eq!(bench.hedge.due(), None);
}

#[test]
fn after_another_failure_the_next_copy_follows_at_once_and_then_the_delay_again() {
    let (mut bench, _) = Bench::new(a6());
    assert_eq!(bench.settle(100, 1, BUSY), sends(&[2]));
    assert_eq!(bench.wait(), Some((at(600), vec![3])));
    assert_eq!(bench.settle(700, 3, BUSY), sends(&[4]));
    assert_eq!(bench.hedge.due(), None);
}

#[test]
fn when_all_fail_there_is_no_further_retry() {
    let (mut bench, _) = Bench::new(Settings::grpc(2, ms(500)));
    assert_eq!(bench.settle(100, 1, BUSY), sends(&[2]));
    assert_eq!(bench.settle(200, 2, Outcome::TimedOut), ends(Outcome::TimedOut, &[]));
}

#[test]
fn pushback_says_when_the_next_copy_follows() {
    let (mut bench, _) = Bench::new(a6());
    let later = Some(Pushback::After(ms(2_000)));
    assert_eq!(bench.pushed_back(100, 1, BUSY, later), Todo::default());
    assert_eq!(bench.wait(), Some((at(2_100), vec![2])));
    assert_eq!(bench.wait(), Some((at(2_600), vec![3])), "then the delay again");
    let now = Some(Pushback::After(SimDuration::ZERO));
    assert_eq!(bench.pushed_back(2_650, 2, BUSY, now), Todo::default());
    assert_eq!(bench.wait(), Some((at(2_650), vec![4])));
    assert_eq!(bench.pushed_back(2_700, 3, BUSY, later), Todo::default());
    assert_eq!(bench.hedge.due(), None, "all attempts were made");
}

#[test]
fn pushback_can_end_the_hedging_but_not_what_is_under_way() {
    let (mut bench, _) = Bench::new(a6());
    bench.wait();
    assert_eq!(bench.pushed_back(600, 1, BUSY, Some(Pushback::Stop)), Todo::default());
    assert_eq!(bench.hedge.due(), None);
    let later = Some(Pushback::After(ms(1)));
    assert_eq!(bench.pushed_back(700, 2, BUSY, later), ends(BUSY, &[]), "stopped is stopped");
}

#[test]
fn pushback_is_a_number_of_milliseconds_or_an_end() {
    assert_eq!(Pushback::parse("0"), Pushback::After(SimDuration::ZERO));
    assert_eq!(Pushback::parse("1500"), Pushback::After(ms(1_500)));
    for text in ["-1", "", "soon", "1.5", "2147483648"] {
        assert_eq!(Pushback::parse(text), Pushback::Stop, "{text}");
    }
}

#[test]
fn pushback_is_ignored_where_nobody_asked_to_honour_it() {
    let deaf = Settings { honour_pushback: false, ..a6() };
    let (mut bench, _) = Bench::new(deaf);
    assert_eq!(bench.pushed_back(100, 1, BUSY, Some(Pushback::Stop)), sends(&[2]));
}

/// A6: throttled, only the first copy is sent; later ones are cancelled for good.
#[test]
fn without_a_permit_there_is_only_the_first_copy() {
    let all_at_once = Settings::grpc(4, SimDuration::ZERO);
    let (hedge, todo) = Hedge::begin(&all_at_once, at(0), || false);
    assert_eq!((todo.send, hedge.due()), (set(&[1]), None));

    let (mut bench, _) = Bench::new(a6());
    bench.permits = false;
    assert_eq!(bench.wait(), Some((at(500), vec![])));
    bench.permits = true;
    assert_eq!(bench.hedge.due(), None);
    assert_eq!(bench.settle(600, 1, BUSY), ends(BUSY, &[]));
}

#[test]
fn without_a_permit_the_failure_is_the_outcome() {
    let (mut bench, _) = Bench::new(a6());
    bench.permits = false;
    assert_eq!(bench.settle(100, 1, BUSY), ends(BUSY, &[]));

    let (mut bench, _) = Bench::new(a6());
    assert_eq!(bench.pushed_back(100, 1, BUSY, Some(Pushback::After(ms(9)))), Todo::default());
    let todo = bench.hedge.tick(&bench.settings, at(109), || false);
    assert_eq!(todo, ends(BUSY, &[]));
}

#[test]
fn without_a_delay_a_copy_follows_only_a_failure() {
    let polly = Settings { delay: None, max_attempts: 3, ..Settings::polly() };
    let (mut bench, first) = Bench::new(polly);
    assert_eq!((first, bench.hedge.due()), (vec![1], None));
    assert_eq!(bench.settle(100, 1, BUSY), sends(&[2]));
    assert_eq!(bench.hedge.due(), None);
}

/// Polly takes the first task that has completed, failsafe-go the latest result.
#[test]
fn the_failure_that_is_reported_differs() {
    for (report, outcome) in [(Report::First, BUSY), (Report::Latest, Outcome::TimedOut)] {
        let (mut bench, _) = Bench::new(Settings { report, ..Settings::grpc(3, ms(10)) });
        bench.wait();
        bench.wait();
        assert_eq!(bench.settle(50, 2, Outcome::ConnectionFailed), Todo::default());
        assert_eq!(bench.settle(60, 1, BUSY), Todo::default());
        assert_eq!(bench.settle(70, 3, Outcome::TimedOut), ends(outcome, &[]));
    }
}

/// tower and failsafe-go: the first result of any kind is the result.
#[test]
fn where_no_failure_is_worth_waiting_the_first_result_counts() {
    let (mut bench, _) = Bench::new(Settings::failsafe_go(ms(10)));
    bench.wait();
    assert_eq!(bench.settle(20, 2, BUSY), ends(BUSY, &[1]));
}

/// failsafe-go with `CancelIf`: a failure does not hurry the next copy, even if nothing is under way.
#[test]
fn a_failure_need_not_hurry_the_next_copy() {
    let non_fatal = crate::policy::retry::RetryOn::default();
    let patient = Settings { non_fatal, ..Settings::failsafe_go(ms(10)) };
    let (mut bench, _) = Bench::new(patient);
    assert_eq!(bench.settle(2, 1, BUSY), Todo::default());
    assert_eq!(bench.wait(), Some((at(10), vec![2])));
    assert_eq!(bench.settle(12, 2, BUSY), ends(BUSY, &[]));
}

/// tower: nothing is hedged before there are enough latencies.
#[test]
fn a_percentile_is_the_delay_once_it_is_known() {
    let percentile = Percentile { percentile: 0.5, size: 10, min_calls: 2 };
    let settings = Settings::tower(percentile);
    let mut latencies = Latencies::default();
    latencies.record(&percentile, ms(30));
    let (hedge, _) = Hedge::begin(&settings.resolved(&latencies), at(0), || true);
    assert_eq!(hedge.due(), None);
    latencies.record(&percentile, ms(70));
    let (hedge, _) = Hedge::begin(&settings.resolved(&latencies), at(0), || true);
    assert_eq!(hedge.due(), Some(at(30)));
    assert_eq!(a6().resolved(&latencies), a6());
}

#[test]
fn who_leaves_cancels_what_is_under_way() {
    let (mut bench, _) = Bench::new(a6());
    bench.wait();
    assert_eq!(bench.hedge.cancel(), set(&[1, 2]));
    assert_eq!(bench.hedge.due(), None);
    assert_eq!(bench.settle(600, 1, OK), Todo::default());
}

fn settings() -> impl Strategy<Value = Settings> {
    let delay =
        prop::sample::select(vec![None, Some(SimDuration::ZERO), Some(ms(5)), Some(ms(50))]);
    (0u32..20, delay, any::<[bool; 4]>()).prop_map(|(max_attempts, delay, [a, b, c, d])| Settings {
        max_attempts,
        delay,
        on_failure: if a { OnFailure::AtOnce } else { OnFailure::AtDelay },
        honour_pushback: b,
        report: if c { Report::First } else { Report::Latest },
        non_fatal: if d { a6().non_fatal } else { Settings::failsafe_go(ms(5)).non_fatal },
        ..Settings::default()
    })
}

proptest! {
    #[test]
    fn no_sequence_of_answers_breaks_a_hedge(
        settings in settings(),
        steps in prop::collection::vec(
            (0u8..3, 0u64..20, 0u32..14, 0usize..4, 0usize..4, any::<bool>()), 0..80,
        ),
    ) {
        let outcomes = [OK, BUSY, WRONG, Outcome::TimedOut];
        let pushbacks = [None, None, Some(Pushback::Stop), Some(Pushback::After(ms(3)))];
        let (mut hedge, todo) = Hedge::begin(&settings, at(0), || true);
        let (mut now, mut asked) = (0, 0);
        let (mut sent, mut under_way, mut done) = (todo.send.len(), todo.send, false);
        for (step, gap, copy, outcome, pushback, permit) in steps {
            now += gap;
            let mut ask = || {
                asked += u32::from(permit);
                permit
            };
            let (outcome, before) = (outcomes[outcome], under_way);
            let todo = if step == 0 {
                hedge.tick(&settings, at(now), &mut ask)
            } else {
                under_way.remove(copy);
                hedge.settle(&settings, at(now), copy, outcome, pushbacks[pushback], &mut ask)
            };
            if step > 0 && !before.contains(copy) {
                prop_assert_eq!(todo, Todo::default(), "it was not under way");
            }
            for copy in todo.send.iter() {
                sent += 1;
                prop_assert_eq!(copy, sent, "every copy is sent once, in order");
                under_way.insert(copy);
            }
            for copy in todo.cancel.iter() {
                prop_assert!(under_way.remove(copy), "only what is under way is cancelled");
            }
            prop_assert!(!(done && todo != Todo::default()), "what is over is over");
            done |= todo.done.is_some();
            prop_assert_eq!(hedge.under_way(), under_way);
            prop_assert!(sent <= settings.max_attempts.clamp(1, 11));
            if settings.delay != Some(SimDuration::ZERO) {
                prop_assert!(sent <= 1 + asked, "a permit for every copy but the first");
            }
            let goes_on = !under_way.is_empty() || hedge.due().is_some();
            prop_assert_eq!(goes_on, !done, "it comes to an end, and then it is over");
        }
    }
}
