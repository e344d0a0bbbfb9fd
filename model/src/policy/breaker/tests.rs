//! What libraries and their documentation say, step by step.

use super::*;

const T: SimDuration = SimDuration::ZERO;
use Mark::{Failure, Ignored as Nothing, Success};

/// A breaker and its settings; times in milliseconds.
struct Bench {
    settings: Settings,
    breaker: Breaker,
}

fn at(ms: u64) -> SimTime {
    SimTime::from_millis(ms)
}

impl Bench {
    fn new(settings: Settings) -> Self {
        assert_eq!(settings.validate(), Ok(()));
        Self { breaker: Breaker::new(&settings, at(0)), settings }
    }

    fn json(json: &str) -> Self {
        Self::new(serde_json::from_str(json).expect("settings"))
    }

    fn begin(&mut self, ms: u64) -> Result<Permit, Refusal> {
        self.breaker.acquire(&self.settings, at(ms)).permit
    }

    fn admit(&mut self, ms: u64) -> Permit {
        self.begin(ms).expect("a permit")
    }

    fn end(&mut self, permit: Permit, ms: u64, mark: Mark) -> State {
        self.breaker.settle(&self.settings, permit, at(ms), mark, T);
        self.breaker.state()
    }

    /// Calls that are over at once; the state after them.
    fn calls(&mut self, ms: u64, marks: &[Mark]) -> State {
        for &mark in marks {
            let permit = self.admit(ms);
            self.end(permit, ms, mark);
        }
        self.breaker.state()
    }

    fn trip(&mut self, ms: u64) {
        self.breaker.control(&self.settings, at(ms), Action::Open);
    }

    fn counts(&self, ms: u64) -> (u32, u32) {
        let counts = self.breaker.counts(&self.settings, at(ms));
        (counts.calls, counts.failures)
    }

    fn waits(&self) -> u64 {
        let until = self.breaker.open_until(&self.settings).expect("open");
        until.since(self.breaker.since()).nanos() / 1_000_000
    }
}

#[test]
fn by_default_half_of_at_least_five_calls_must_fail() {
    let mut bench = Bench::new(Settings::default());
    assert_eq!(bench.calls(0, &[Failure; 4]), State::Closed);
    // A success completes the sample, and trips (resilience4j).
    assert_eq!(bench.calls(0, &[Success]), State::Open);
    assert_eq!(bench.begin(1999), Err(Refusal::Open));
    assert!(bench.admit(2000).is_probe());
    assert_eq!(bench.begin(2000), Err(Refusal::HalfOpenFull));
}

#[test]
fn a_transition_tells_what_was_counted() {
    let mut bench = Bench::new(Settings::default());
    bench.calls(0, &[Failure, Success, Failure, Success]);
    let permit = bench.admit(7);
    let transition = bench.breaker.settle(&bench.settings, permit, at(8), Failure, T);
    let counts = Counts { calls: 5, failures: 3, slow: 0 };
    let (from, to) = (State::Closed, State::Open);
    assert_eq!(transition, Some(Transition { from, to, reason: Reason::FailureRate, counts }));
    assert_eq!(bench.breaker.since(), at(8));
    let answer = bench.breaker.acquire(&bench.settings, at(2008));
    assert_eq!(
        answer.transition.map(|t| (t.to, t.reason)),
        Some((State::HalfOpen, Reason::WaitOver))
    );
}

#[test]
fn success_trips_only_where_every_result_is_evaluated() {
    let mut bench = Bench::json(r#"{"trip":{"evaluate_on":"failure"}}"#);
    assert_eq!(bench.calls(0, &[Failure, Failure, Failure, Success, Success]), State::Closed);
    assert_eq!(bench.calls(0, &[Failure]), State::Open);
}

#[test]
fn a_strict_threshold_must_be_exceeded() {
    let marks = [Failure, Success, Failure, Success, Success, Failure];
    let mut inclusive = Bench::json(r#"{"window":{"min_calls":6}}"#);
    assert_eq!(inclusive.calls(0, &marks), State::Open);
    let mut strict = Bench::json(r#"{"window":{"min_calls":6},"trip":{"rate_cmp":">"}}"#);
    assert_eq!(strict.calls(0, &marks), State::Closed);
}

#[test]
fn a_strict_wait_is_over_a_moment_later() {
    let mut bench = Bench::json(r#"{"open":{"wait_cmp":">"}}"#);
    bench.trip(0);
    assert_eq!(bench.begin(2000), Err(Refusal::Open));
    assert!(
        bench.breaker.acquire(&bench.settings, SimTime::from_nanos(2_000_000_001)).permit.is_ok()
    );
}

#[test]
fn an_automatic_breaker_becomes_half_open_at_the_wait_exactly() {
    let mut bench = Bench::json(r#"{"open":{"wait_cmp":">","auto":true}}"#);
    bench.trip(0);
    assert_eq!(bench.breaker.due(&bench.settings), Some(at(2000)));
    assert_eq!(bench.breaker.tick(&bench.settings, at(1999)), None);
    assert!(bench.breaker.tick(&bench.settings, at(2000)).is_some());
    assert_eq!(bench.breaker.state(), State::HalfOpen);
}

#[test]
fn asking_does_what_a_timer_would_have_done() {
    let mut bench = Bench::json(r#"{"open":{"wait_cmp":">","auto":true}}"#);
    bench.trip(0);
    assert!(bench.admit(2000).is_probe());
}

#[test]
fn an_open_breaker_still_shows_what_tripped_it() {
    let mut bench = Bench::json(r#"{"late_results":"current_state"}"#);
    let late = bench.admit(0);
    bench.calls(0, &[Failure; 5]);
    bench.end(late, 1, Failure);
    assert_eq!(bench.calls(2000, &[Failure]), State::Open);
    assert_eq!(bench.counts(2000), (5, 5));
}

#[test]
fn a_failed_probe_reopens_and_restarts_the_timer() {
    let mut bench = Bench::new(Settings::default());
    bench.trip(0);
    assert_eq!(bench.calls(2500, &[Failure]), State::Open);
    assert_eq!(bench.breaker.open_until(&bench.settings), Some(at(4500)));
    assert_eq!(bench.calls(4500, &[Success]), State::Closed);
    assert_eq!(bench.counts(4500), (0, 0));
}

/// pybreaker, cockatiel's `ConsecutiveBreaker`, gobreaker's default.
#[test]
fn consecutive_failures_are_those_since_the_last_success() {
    let mut bench = Bench::json(r#"{"window":{"kind":"consecutive"},"trip":{"failures":3}}"#);
    assert_eq!(bench.calls(0, &[Failure, Failure, Success, Failure, Failure]), State::Closed);
    assert_eq!(bench.counts(0), (2, 2));
    assert_eq!(bench.calls(0, &[Failure]), State::Open);
}

/// failsafe-go: n of the last m opens as soon as there are n.
#[test]
fn a_number_of_failures_needs_no_minimum_of_calls() {
    let mut bench = Bench::json(r#"{"window":{"size":3},"trip":{"failures":2}}"#);
    assert_eq!(bench.calls(0, &[Failure, Success, Success, Failure]), State::Closed);
    assert_eq!(bench.calls(0, &[Failure]), State::Open);
}

/// resilience4j: a window that holds three calls cannot be asked for five.
#[test]
fn a_full_count_window_is_sample_enough() {
    let mut bench = Bench::json(r#"{"window":{"size":3,"min_calls":5}}"#);
    assert_eq!(bench.calls(0, &[Failure, Failure]), State::Closed);
    assert_eq!(bench.calls(0, &[Failure]), State::Open);
}

#[test]
fn a_number_of_failures_replaces_the_rate() {
    let mut bench = Bench::json(r#"{"trip":{"failures":8,"failure_rate":0.1}}"#);
    assert_eq!(bench.calls(0, &[Failure; 7]), State::Closed);
    assert_eq!(bench.calls(0, &[Failure]), State::Open);
}

/// failsafe-go rounds 0.4975 to 0.50.
#[test]
fn a_rate_can_be_rounded_before_it_is_compared() {
    for (round, state) in [(true, State::Open), (false, State::Closed)] {
        let mut settings = Settings::default();
        settings.window = Window { size: 400, min_calls: 400, ..settings.window };
        settings.trip.round_2dp = round;
        let mut bench = Bench::new(settings);
        bench.calls(0, &[Failure; 199]);
        assert_eq!(bench.calls(0, &[Success; 201]), state);
    }
}

/// resilience4j: a call of 0.999 s is gone at 2.000 s from two buckets of one second.
#[test]
fn buckets_at_whole_seconds_let_go_at_whole_seconds() {
    let mut bench = Bench::json(
        r#"{"window":{"kind":"time","duration_ms":2000,"buckets":2,"anchor":"epoch"}}"#,
    );
    bench.calls(999, &[Failure]);
    assert_eq!((bench.counts(1999), bench.counts(2000)), ((1, 1), (0, 0)));
}

/// Polly: a bucket begins with its first event and leaves when it began a window ago.
#[test]
fn buckets_may_begin_with_an_event() {
    let mut bench = Bench::json(
        r#"{"window":{"kind":"time","duration_ms":1000,"buckets":10,"anchor":"first_event"}}"#,
    );
    bench.calls(50, &[Failure]);
    bench.calls(149, &[Failure]);
    bench.calls(150, &[Success]);
    assert_eq!((bench.counts(1049), bench.counts(1050)), ((3, 2), (1, 0)));
}

/// The trap: cockatiel's window rotates once per event, so old failures survive a pause.
#[test]
fn a_long_pause_empties_a_time_window_at_once() {
    for anchor in ["epoch", "start", "first_event", "timer"] {
        let json = format!(r#"{{"window":{{"kind":"time","anchor":"{anchor}"}}}}"#);
        let mut bench = Bench::json(&json);
        bench.calls(0, &[Failure; 4]);
        assert_eq!(bench.calls(3_600_000, &[Failure]), State::Closed, "{anchor}");
        assert_eq!(bench.counts(3_600_000), (1, 1), "{anchor}");
        assert_eq!(bench.breaker.window(&bench.settings, at(3_600_000)).count(), 1, "{anchor}");
    }
}

/// gobreaker's `Interval`: strict, and the new one begins with the event that ended the old one.
#[test]
fn a_tumbling_window_ends_after_its_duration() {
    let mut bench = Bench::json(r#"{"window":{"kind":"tumbling","duration_ms":1000}}"#);
    bench.calls(0, &[Failure]);
    bench.calls(1000, &[Failure]);
    assert_eq!(bench.counts(1000), (2, 2));
    bench.calls(1500, &[Failure]);
    assert_eq!(
        (bench.counts(1500), bench.counts(2500), bench.counts(2501)),
        ((1, 1), (1, 1), (0, 0))
    );
}

/// gobreaker divides by the requests it let through, also while they are under way.
#[test]
fn admitted_calls_count_before_they_end() {
    let mut bench = Bench::json(r#"{"window":{"kind":"unbounded"},"denominator":"admitted"}"#);
    let permits: Vec<_> = (0..6).map(|_| bench.admit(0)).collect();
    assert_eq!(bench.counts(0), (6, 0));
    assert_eq!(bench.end(permits[0], 1, Failure), State::Closed);
    bench.breaker.release(permits[5]);
    bench.end(permits[4], 1, Nothing);
    assert_eq!(bench.counts(1), (4, 1));
    bench.settings.window.min_calls = 4;
    assert_eq!(bench.end(permits[1], 2, Failure), State::Open);
}

#[test]
fn a_call_is_not_taken_back_from_a_window_that_never_held_it() {
    let mut bench = Bench::json(r#"{"window":{"kind":"time"},"denominator":"admitted"}"#);
    let old = [bench.admit(30), bench.admit(30)];
    bench.breaker.control(&bench.settings, at(40), Action::Reset);
    bench.admit(50);
    bench.breaker.release(old[0]);
    bench.end(old[1], 60, Failure);
    assert_eq!(bench.counts(60), (1, 0));
}

/// opossum counts a failure when it happens, however long ago its call began.
#[test]
fn fires_and_failures_are_counted_at_their_own_times() {
    let mut bench = Bench::json(
        r#"{"window":{"kind":"time","anchor":"timer"},"denominator":"fires",
            "trip":{"failure_rate":null}}"#,
    );
    let permit = bench.admit(0);
    bench.end(permit, 10_500, Failure);
    assert_eq!(bench.counts(10_500), (0, 1));
}

/// opossum: no minimum, refused calls count, and the window survives closing.
#[test]
fn a_window_that_is_kept_reopens_at_once() {
    let mut bench = Bench::json(
        r#"{"window":{"kind":"time","min_calls":0,"anchor":"timer"},"denominator":"fires",
            "trip":{"rate_cmp":">","evaluate_on":"failure"},"on_close":"keep",
            "late_results":"current_state"}"#,
    );
    assert_eq!(bench.calls(0, &[Failure]), State::Open);
    assert_eq!(bench.begin(10), Err(Refusal::Open));
    assert_eq!(bench.counts(10), (2, 1));
    assert_eq!(bench.calls(2000, &[Success]), State::Closed);
    assert_eq!(bench.counts(2000), (3, 1));
    assert_eq!(bench.calls(2000, &[Failure]), State::Closed);
    assert_eq!(bench.calls(2000, &[Failure]), State::Open);
}

/// cockatiel clears its window on closing and then counts the probe that closed it.
#[test]
fn a_window_may_begin_with_the_probe() {
    let mut bench = Bench::json(r#"{"on_close":"clear_then_record_probe"}"#);
    bench.trip(0);
    bench.calls(2000, &[Success]);
    assert_eq!(bench.counts(2000), (1, 0));
}

#[test]
fn only_calls_beyond_the_threshold_are_slow() {
    let mut bench = Bench::json(r#"{"slow":{"threshold_ms":100,"rate":0.5}}"#);
    for (ms, mark) in [(100, Success), (101, Failure), (100, Failure), (101, Success)] {
        let permit = bench.admit(0);
        bench.breaker.settle(&bench.settings, permit, at(ms), mark, SimDuration::from_millis(ms));
    }
    let counts = bench.breaker.counts(&bench.settings, at(200));
    assert_eq!(counts, Counts { calls: 4, failures: 2, slow: 2 });
    bench.settings.trip.failure_rate = None;
    let permit = bench.admit(200);
    let slowly = SimDuration::from_secs(9);
    let transition = bench.breaker.settle(&bench.settings, permit, at(200), Success, slowly);
    assert_eq!(transition.map(|t| t.reason), Some(Reason::SlowRate));
}

/// Polly's generator sees 0 1 2 3 4 failed recoveries, and after closing 0 1 2.
#[test]
fn the_schedule_starts_over_after_closing() {
    let mut bench = Bench::json(r#"{"open":{"schedule_ms":[1,2,3,4,5]}}"#);
    bench.trip(0);
    let mut seen = vec![bench.waits()];
    for (i, mark) in [Failure, Failure, Failure, Failure, Failure, Success].into_iter().enumerate()
    {
        if bench.calls(1000 * (i as u64 + 1), &[mark]) == State::Open {
            seen.push(bench.waits());
        }
    }
    bench.trip(9000);
    seen.push(bench.waits());
    assert_eq!(seen, [1, 2, 3, 4, 5, 5, 1]);
}

#[test]
fn an_exponential_wait_doubles_up_to_its_maximum() {
    let exponential = Exponential { max_ms: Millis::new(9_000), ..Exponential::default() };
    let open = Open { exponential: Some(exponential), ..Open::default() };
    let waits = [0, 1, 2, 3, u32::MAX].map(|k| open.wait(k).nanos() / 1_000_000);
    assert_eq!(waits, [2_000, 4_000, 8_000, 9_000, 9_000]);
}

#[test]
fn held_states_wait_for_a_hand() {
    let mut bench = Bench::new(Settings::default());
    let hand = |bench: &mut Bench, action| {
        bench.breaker.control(&bench.settings, at(0), action);
        bench.breaker.state()
    };
    assert_eq!(hand(&mut bench, Action::ForceOpen), State::ForcedOpen);
    assert_eq!(bench.begin(86_400_000), Err(Refusal::ForcedOpen));
    assert_eq!(hand(&mut bench, Action::Disable), State::Disabled);
    assert_eq!(bench.calls(0, &[Failure; 20]), State::Disabled);
    assert_eq!(bench.counts(0), (0, 0));
    assert_eq!(hand(&mut bench, Action::MetricsOnly), State::MetricsOnly);
    assert_eq!(bench.calls(0, &[Failure; 20]), State::MetricsOnly);
    assert_eq!(bench.counts(0), (10, 10));
    assert_eq!(hand(&mut bench, Action::Close), State::Closed);
    assert_eq!(bench.counts(0), (0, 0));
    bench.calls(0, &[Failure; 4]);
    assert_eq!(bench.breaker.control(&bench.settings, at(0), Action::Reset), None);
    assert_eq!(bench.counts(0), (0, 0));
}

#[test]
fn default_marks_follow_the_callee_not_the_caller() {
    use crate::policy::outcome::{Outcome, Status};
    for outcome in
        [Outcome::TimedOut, Outcome::ConnectionFailed, Outcome::Answered(Status::INTERNAL)]
    {
        assert_eq!(mark(outcome), Failure);
    }
    for status in [Status::OK, Status::BAD_REQUEST, Status::TOO_MANY] {
        assert_eq!(mark(Outcome::Answered(status)), Success);
    }
    assert_eq!(mark(Outcome::Rejected), Nothing);
}

#[test]
fn jitter_makes_a_wait_longer_by_up_to_its_share() {
    let mut settings = Settings::default();
    settings.open.jitter = 0.5;
    let waits: Vec<u64> = (0..1_000)
        .map(|luck| {
            let mut breaker = Breaker::new(&settings, SimTime::ZERO).with_luck(luck);
            breaker.control(&settings, SimTime::ZERO, Action::Open);
            let until = breaker.open_until(&settings).expect("it is open");
            until.since(SimTime::ZERO).nanos() / 1_000_000
        })
        .collect();
    assert!(waits.iter().all(|ms| (2_000..3_000).contains(ms)));
    let (short, long) = (waits.iter().filter(|ms| **ms < 2_250).count(), waits.iter().max());
    assert!((200..300).contains(&short), "{short} of 1,000 in the first quarter");
    assert!(long > Some(&2_990));
    settings.open.jitter = 1.1;
    let sentence = settings.validate().expect_err("too much").to_string();
    assert!(sentence.starts_with("open.jitter must be between 0 and 1"), "{sentence}");
}

/// The same breaker waits for another time each time, and for the same one if all is the same.
#[test]
fn each_wait_is_drawn_anew() {
    let mut settings = Settings::default();
    settings.open.jitter = 1.0;
    let waits = |luck| {
        let mut breaker = Breaker::new(&settings, SimTime::ZERO).with_luck(luck);
        [1, 2, 3].map(|second| {
            let opens = SimTime::from_millis(second * 1_000);
            breaker.control(&settings, opens, Action::Open);
            let wait = breaker.open_until(&settings).map(|until| until.since(opens));
            breaker.control(&settings, opens, Action::Close);
            wait
        })
    };
    let [a, b, c] = waits(1);
    assert!(a != b && b != c);
    assert_eq!(waits(1), [a, b, c]);
    assert_ne!(waits(2), [a, b, c]);
}
