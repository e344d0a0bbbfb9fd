//! Half-open, as libraries do it.

use super::*;

const T: SimDuration = SimDuration::ZERO;
use Mark::{Failure, Ignored as Nothing, Success};

fn at(ms: u64) -> SimTime {
    SimTime::from_millis(ms)
}

/// A breaker that is half-open at 0.
struct Bench {
    settings: Settings,
    breaker: Breaker,
}

impl Bench {
    fn new(half_open: &str) -> Self {
        Self::json(&format!(r#"{{"half_open":{half_open}}}"#))
    }

    fn json(json: &str) -> Self {
        let settings: Settings = serde_json::from_str(json).expect("settings");
        assert_eq!(settings.validate(), Ok(()));
        let mut breaker = Breaker::new(&settings, at(0));
        breaker.control(&settings, at(0), Action::HalfOpen);
        Self { settings, breaker }
    }

    fn begin(&mut self, ms: u64) -> Result<Permit, Refusal> {
        self.breaker.acquire(&self.settings, at(ms)).permit
    }

    fn admit(&mut self, ms: u64) -> Permit {
        self.begin(ms).expect("a permit")
    }

    fn end(&mut self, permit: Permit, mark: Mark) -> State {
        self.breaker.settle(&self.settings, permit, at(0), mark, T);
        self.breaker.state()
    }

    /// The states after each of these probes, one after another.
    fn states(&mut self, marks: &[Mark]) -> Vec<State> {
        let probe = |&mark| {
            let permit = self.admit(0);
            self.end(permit, mark)
        };
        marks.iter().map(probe).collect()
    }
}

const RATE: &str =
    r#"{"permitted":4,"permit_accounting":"total","decide":{"kind":"rate","min_calls":2}}"#;

/// resilience4j: a minimum of 2 decides after 2 of 4 permitted calls, by rate.
#[test]
fn a_rate_decides_as_soon_as_the_minimum_is_there() {
    use State::{Closed, HalfOpen, Open};
    assert_eq!(Bench::new(RATE).states(&[Failure, Failure]), [HalfOpen, Open]);
    assert_eq!(Bench::new(RATE).states(&[Failure, Success]), [HalfOpen, Open]);
    assert_eq!(Bench::new(RATE).states(&[Success, Success]), [HalfOpen, Closed]);
}

/// resilience4j: the minimum of the window, but no more than the permits.
#[test]
fn the_minimum_of_a_rate_is_that_of_the_window_within_the_permits() {
    let mut bench =
        Bench::new(r#"{"permitted":3,"permit_accounting":"total","decide":{"kind":"rate"}}"#);
    use State::{Closed, HalfOpen};
    assert_eq!(bench.states(&[Success, Failure, Success]), [HalfOpen, HalfOpen, Closed]);
}

/// resilience4j: permits are used up by results, and given back by calls without one.
#[test]
fn total_permits_come_back_only_from_calls_without_a_result() {
    let mut bench = Bench::new(RATE);
    let permits: Vec<_> = (0..4).map(|_| bench.admit(0)).collect();
    bench.end(permits[0], Success);
    assert_eq!(bench.begin(0), Err(Refusal::HalfOpenFull));
    bench.breaker.release(permits[1]);
    bench.admit(0);
    assert_eq!(bench.begin(0), Err(Refusal::HalfOpenFull));
    bench.end(permits[2], Nothing);
    bench.admit(0);
    assert_eq!(bench.begin(0), Err(Refusal::HalfOpenFull));
}

/// failsafe-go: each result gives its permit back.
#[test]
fn permits_in_flight_come_back_with_each_result() {
    let mut bench = Bench::new(r#"{"permitted":2,"decide":{"successes":9}}"#);
    let permits = [bench.admit(0), bench.admit(0)];
    assert_eq!(bench.begin(0), Err(Refusal::HalfOpenFull));
    assert_eq!(bench.breaker.probes_in_flight(), 2);
    bench.end(permits[0], Success);
    bench.admit(0);
    assert_eq!(bench.begin(0), Err(Refusal::HalfOpenFull));
}

/// gobreaker: `MaxRequests` successes in a row close, any failure opens.
#[test]
fn successes_in_a_row_close_and_one_failure_reopens() {
    use State::{Closed, HalfOpen, Open};
    let three = r#"{"decide":{"successes":3}}"#;
    assert_eq!(Bench::new(three).states(&[Success; 3]), [HalfOpen, HalfOpen, Closed]);
    assert_eq!(Bench::new(three).states(&[Success, Failure]), [HalfOpen, Open]);
}

/// failsafe-go: a of b successes close; more than b − a failures open.
#[test]
fn a_ratio_reopens_when_it_cannot_be_reached_any_more() {
    use State::{Closed, HalfOpen, Open};
    let two_of_three = r#"{"decide":{"kind":"ratio","successes":2,"capacity":3}}"#;
    let bench = || Bench::new(two_of_three);
    assert_eq!(bench().states(&[Failure, Success, Success]), [HalfOpen, HalfOpen, Closed]);
    assert_eq!(bench().states(&[Failure, Failure]), [HalfOpen, Open]);
}

/// failsafe-go without a success threshold mirrors the failure threshold.
#[test]
fn a_failure_ratio_closes_when_it_cannot_be_reached_any_more() {
    use State::{Closed, HalfOpen, Open};
    let two_of_three = r#"{"decide":{"kind":"failure_ratio","failures":2,"capacity":3}}"#;
    let bench = || Bench::new(two_of_three);
    assert_eq!(bench().states(&[Failure, Success, Failure]), [HalfOpen, HalfOpen, Open]);
    assert_eq!(bench().states(&[Success, Success]), [HalfOpen, Closed]);
}

#[test]
fn a_rate_at_executions_waits_for_them() {
    use State::{Closed, HalfOpen, Open};
    let at_rate = |rate: &str| {
        let decide = r#""kind":"rate_at_executions","executions":3,"rate""#;
        Bench::new(&format!(r#"{{"decide":{{{decide}:{rate}}}}}"#))
    };
    let marks = [Failure, Success, Success];
    assert_eq!(at_rate("null").states(&marks), [HalfOpen, HalfOpen, Closed]);
    assert_eq!(at_rate("0.3").states(&marks), [HalfOpen, HalfOpen, Open]);
}

/// Polly v7 admits one more probe per break duration; v8 waits for ever.
#[test]
fn a_probe_that_never_returns_is_followed_by_another_if_so_set() {
    let mut patient = Bench::new("{}");
    let mut anew = Bench::new(r#"{"reprobe_after_ms":1000}"#);
    patient.admit(0);
    anew.admit(0);
    assert_eq!(patient.begin(3_600_000), Err(Refusal::HalfOpenFull));
    assert_eq!(anew.begin(999), Err(Refusal::HalfOpenFull));
    anew.admit(1000);
    assert_eq!(anew.begin(1999), Err(Refusal::HalfOpenFull));
}

/// resilience4j's `maxWaitDurationInHalfOpenState`.
#[test]
fn half_open_may_last_only_so_long() {
    for (to, state) in [("open", State::Open), ("closed", State::Closed)] {
        let mut bench = Bench::new(&format!(r#"{{"max_wait_ms":500,"max_wait_to":"{to}"}}"#));
        assert_eq!(bench.breaker.due(&bench.settings), Some(at(500)));
        assert_eq!(bench.breaker.tick(&bench.settings, at(499)), None);
        let transition = bench.breaker.tick(&bench.settings, at(500));
        let seen = transition.map(|t| (t.to, t.reason));
        assert_eq!(seen, Some((state, Reason::HalfOpenTimedOut)));
    }
}

/// resilience4j counts a late failure against the probes; gobreaker knows its generation.
#[test]
fn a_late_failure_reopens_only_where_late_results_count() {
    for (late, state) in [("current_state", State::Open), ("drop", State::HalfOpen)] {
        let mut bench = Bench::json(&format!(r#"{{"late_results":"{late}"}}"#));
        bench.breaker.control(&bench.settings, at(0), Action::Close);
        let permit = bench.admit(0);
        bench.breaker.control(&bench.settings, at(0), Action::HalfOpen);
        bench.admit(0);
        assert_eq!(bench.end(permit, Failure), state);
    }
}

#[test]
fn a_late_result_never_gives_back_the_permit_of_a_probe() {
    let mut bench =
        Bench::json(r#"{"late_results":"current_state","half_open":{"decide":{"successes":9}}}"#);
    let old = bench.admit(0);
    bench.breaker.control(&bench.settings, at(0), Action::Open);
    bench.breaker.control(&bench.settings, at(0), Action::HalfOpen);
    bench.admit(0);
    bench.end(old, Success);
    assert_eq!(bench.begin(0), Err(Refusal::HalfOpenFull));
    bench.breaker.release(old);
    assert_eq!(bench.begin(0), Err(Refusal::HalfOpenFull));
}

/// cockatiel closes on an ignored probe; gobreaker and resilience4j learn nothing from it.
#[test]
fn an_ignored_probe_says_nothing_or_counts_as_success() {
    assert_eq!(Bench::new("{}").states(&[Nothing, Nothing]), [State::HalfOpen; 2]);
    let mut generous = Bench::json(r#"{"ignored":{"half_open":"as_success"}}"#);
    assert_eq!(generous.states(&[Nothing]), [State::Closed]);
}

/// gobreaker becomes half-open when its state is read.
#[test]
fn a_look_changes_the_state_only_if_so_set() {
    for (on_observe, state) in [(true, State::HalfOpen), (false, State::Open)] {
        let mut bench = Bench::json(&format!(r#"{{"open":{{"on_observe":{on_observe}}}}}"#));
        bench.breaker.control(&bench.settings, at(0), Action::Open);
        bench.breaker.observe(&bench.settings, at(1999));
        assert_eq!(bench.breaker.state(), State::Open);
        bench.breaker.observe(&bench.settings, at(2000));
        assert_eq!(bench.breaker.state(), state);
    }
}

#[test]
fn a_slow_probe_reopens_where_slow_calls_count() {
    let mut bench = Bench::json(r#"{"slow":{"threshold_ms":100}}"#);
    let permit = bench.admit(0);
    let slowly = SimDuration::from_millis(101);
    let transition = bench.breaker.settle(&bench.settings, permit, at(101), Success, slowly);
    assert_eq!(transition.map(|t| (t.to, t.reason)), Some((State::Open, Reason::ProbeSlow)));
    bench.breaker.control(&bench.settings, at(101), Action::HalfOpen);
    let permit = bench.admit(101);
    let transition = bench.breaker.settle(&bench.settings, permit, at(202), Failure, slowly);
    assert_eq!(transition.map(|t| (t.to, t.reason)), Some((State::Open, Reason::ProbeFailed)));
}

/// What was handed out and heard under other rules does not keep a half-open breaker from a verdict.
#[test]
fn other_rules_for_probes_begin_the_probing_anew() {
    let mut bench = Bench::new(RATE);
    let permits: Vec<_> = (0..4).map(|_| bench.admit(0)).collect();
    bench.end(permits[0], Success);
    let one = Bench::new(r#"{"permit_accounting":"total","decide":{"successes":1}}"#).settings;
    bench.breaker.reconfigure(&bench.settings, &one, at(5));
    bench.settings = one;
    assert_eq!((bench.breaker.state(), bench.breaker.probes_in_flight()), (State::HalfOpen, 0));
    let probe = bench.admit(5);
    assert_eq!(bench.begin(5), Err(Refusal::HalfOpenFull));
    assert_eq!(bench.end(permits[1], Success), State::HalfOpen, "a late result closes nothing");
    assert_eq!(bench.end(probe, Success), State::Closed);
}

#[test]
fn fewer_permits_than_were_used_leave_one_where_no_probe_is_out() {
    let of = |permitted: u32, successes: u32| {
        let json = format!(
            r#"{{"permitted":{permitted},"permit_accounting":"total","decide":{{"successes":{successes}}}}}"#
        );
        Bench::new(&json)
    };
    for out in [false, true] {
        let mut bench = of(3, 3);
        for _ in 0..2 {
            let permit = bench.admit(0);
            bench.end(permit, Success);
        }
        let pending = out.then(|| bench.admit(0));
        let fewer = of(1, 1).settings;
        bench.breaker.reconfigure(&bench.settings, &fewer, at(0));
        bench.settings = fewer;
        let probe = pending.unwrap_or_else(|| bench.admit(0));
        assert_eq!(bench.end(probe, Success), State::Closed, "{out}");
    }
}
