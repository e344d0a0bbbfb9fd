//! resilience4j 2.4: `CircuitBreakerConfig`, `CircuitBreakerStateMachine`, `CircuitBreakerMetrics`
//! and their documentation.

use half_open::policy::breaker::{Preset, Settings};

use crate::script::{play, with};

fn r4j() -> Settings {
    Preset::Resilience4j.settings()
}

/// Ten calls are enough, and two probes.
const SMALL: &str = r#"{"window":{"size":4,"min_calls":4},"half_open":{"permitted":2}}"#;

fn small() -> Settings {
    with(r4j(), SMALL)
}

/// Calls that are under way for a minute are slow; here only what failed is of interest.
fn patient() -> Settings {
    with(small(), r#"{"slow":null}"#)
}

#[test]
fn a_hundred_calls_are_the_least_and_half_of_them_the_limit() {
    play(&r4j(), "0 call s*50 f*49 => closed\n 1 call f => open");
    play(&r4j(), "0 call s*51 f*49 => closed [100 calls, 49 failed, 0 slow]");
}

/// Every recorded result is judged, so the one that completes the sample may be a success.
#[test]
fn a_success_can_trip() {
    play(&r4j(), "0 call f*99 => closed\n 1 call s => open");
}

#[test]
fn the_oldest_call_leaves_a_full_window_whatever_its_age() {
    play(
        &small(),
        "0 call f s s => closed
        86400000 call s => closed [4 calls, 1 failed, 0 slow]
        86400001 call f => closed [4 calls, 1 failed, 0 slow]",
    );
}

/// The closed breaker asks for no more calls than its window holds.
#[test]
fn the_minimum_is_clipped_to_the_window() {
    play(&with(r4j(), r#"{"window":{"size":3}}"#), "0 call f f => closed\n 0 call f => open");
}

/// A call of 0.999 s is gone at 2.000 s from a window of two seconds.
#[test]
fn seconds_are_those_of_the_clock() {
    let settings = with(
        Preset::Resilience4jTime.settings(),
        r#"{"window":{"duration_ms":2000,"buckets":2,"min_calls":2}}"#,
    );
    play(
        &settings,
        "999 call f => closed
        1999 look => closed [1 calls, 1 failed, 0 slow]
        2000 look => closed [0 calls, 0 failed, 0 slow]
        2000 call f => closed -- the other failure does not count any more",
    );
}

#[test]
fn the_time_window_covers_a_hundred_seconds() {
    play(
        &Preset::Resilience4jTime.settings(),
        "0 call f*99 => closed
        99999 look => closed [99 calls, 99 failed, 0 slow]
        100000 call f => closed [1 calls, 1 failed, 0 slow]",
    );
    play(&Preset::Resilience4jTime.settings(), "0 call f*50 => closed\n 99999 call s*50 => open");
}

/// Slow is longer than the threshold, not as long.
#[test]
fn only_more_than_a_minute_is_slow() {
    play(&r4j(), "0 slow 60 s*100 => closed [100 calls, 0 failed, 0 slow]");
    play(&r4j(), "0 slow 60.000001 s*99 => closed\n 0 slow 60.000001 s => open");
    play(&r4j(), "0 slow 61 s*99 => closed\n 0 call s => closed [100 calls, 0 failed, 99 slow]");
}

/// A call can be slow and failed at once, and is both.
#[test]
fn slow_and_failed_are_independent() {
    play(&small(), "0 slow 61 f s => closed [2 calls, 1 failed, 2 slow]");
}

#[test]
fn slow_probes_reopen_by_their_own_rate() {
    let settings = with(small(), r#"{"slow":{"rate":0.5}}"#);
    play(
        &settings,
        "0 call f*4 => open
        60001 slow 61 s => half_open
        60001 call s => open",
    );
    play(&small(), "0 call f*4 => open\n 60001 slow 61 s => half_open\n 60001 call s => closed");
}

/// `now` has to be after the end of the wait.
#[test]
fn at_the_end_of_the_wait_it_still_refuses() {
    play(
        &small(),
        "0 call f*4 => open
        60000 call s => no open
        60000.000001 begin a => half_open",
    );
}

#[test]
fn nothing_happens_by_itself() {
    play(&small(), "0 call f*4 => open\n 3600000 look => open\n 3600000 begin a => half_open");
}

/// The scheduler fires at the end of the wait exactly.
#[test]
fn the_automatic_transition_is_a_timer() {
    let auto = with(Preset::Resilience4jAuto.settings(), SMALL);
    play(
        &auto,
        "0 call f*4 => open
        59999 look => open
        60000 look => half_open
        60000 begin a b => half_open
        60000 begin c => no half_open",
    );
}

/// `waitIntervalFunctionInOpenState`: attempt 1 at the first opening, one more for each failed
/// half-open period, and again 1 after closing.
#[test]
fn the_wait_follows_the_attempts() {
    let settings = with(small(), r#"{"open":{"schedule_ms":[10,20,30]}}"#);
    play(
        &settings,
        "0 call f*4 => open
        10 call s => no open
        11 call f f => open
        31 call s => no open
        32 call f f => open
        62 call s => no open
        63 call s s => closed
        63 call f*4 => open
        73 call s => no open
        74 begin a => half_open",
    );
}

#[test]
fn ten_probes_are_permitted_and_all_of_them_decide() {
    play(
        &r4j(),
        "0 call f*100 => open
        60001 begin a b c d e f g h i j => half_open
        60001 begin k => no half_open
        60002 end a s => half_open
        60002 begin k => no half_open -- a result does not give its permit back
        60003 end b f => half_open
        60003 end c f => half_open
        60003 end d f => half_open
        60003 end e f => half_open
        60003 end f s => half_open
        60003 end g s => half_open
        60003 end h s => half_open
        60003 end i s => half_open [9 calls, 4 failed, 0 slow]
        60004 end j s => closed [0 calls, 0 failed, 0 slow]",
    );
}

/// With a minimum of 2 and 4 permits the verdict is there after 2 results.
#[test]
fn the_minimum_of_the_window_decides_half_open_too() {
    let changes = r#"{"window":{"size":10,"min_calls":2},"half_open":{"permitted":4}}"#;
    let settings = with(r4j(), changes);
    play(&settings, "0 call f f => open\n 60001 call s s => closed");
    play(&settings, "0 call f f => open\n 60001 call s => half_open\n 60001 call f => open");
    play(&settings, "0 call f f => open\n 60001 call f => half_open\n 60001 call s => open");
}

/// Half-open counts calls, also where closed counts seconds.
#[test]
fn probes_are_counted_whatever_their_age() {
    let settings = with(
        Preset::Resilience4jTime.settings(),
        r#"{"window":{"min_calls":2},"half_open":{"permitted":2}}"#,
    );
    play(
        &settings,
        "0 call f f => open
        60001 call s => half_open
        3600000 call s => closed",
    );
}

#[test]
fn only_calls_without_a_result_give_permits_back() {
    play(
        &small(),
        "0 call f*4 => open
        60001 begin a b => half_open
        60001 begin c => no half_open
        60002 release a => half_open
        60002 begin c => half_open
        60002 begin d => no half_open
        60003 end b i => half_open
        60003 begin d => half_open
        60003 begin e => no half_open [0 calls, 0 failed, 0 slow]",
    );
}

/// `releasePermission` knows no upper bound, so that a call from before makes room for one more.
#[test]
fn a_cancelled_call_from_before_makes_room_for_a_third_probe_of_two() {
    let script = "0 begin old older => closed
        0 call f*4 => open
        60001 begin a b => half_open
        60002 release old => half_open
        60002 begin c => half_open
        60002 begin d => no half_open
        60003 end older i => half_open
        60003 begin d => half_open
        60003 begin e => no half_open";
    play(&small(), script);
    let bounded = with(small(), r#"{"half_open":{"permit_accounting":"total"}}"#);
    play(
        &bounded,
        &script
            .replace("begin c => half", "begin c => no half")
            .replace("60003 begin d => half", "60003 begin d => no half"),
    );
}

#[test]
fn a_result_from_before_makes_no_room() {
    play(
        &patient(),
        "0 begin old => closed
        0 call f*4 => open
        60001 begin a b => half_open
        60002 end old s => half_open [1 calls, 0 failed, 0 slow]
        60002 begin c => no half_open",
    );
}

/// Late results count in whichever state is current.
#[test]
fn a_late_failure_can_reopen_and_a_late_success_can_close() {
    play(
        &patient(),
        "0 begin old older => closed
        0 call f*4 => open
        1 end old f => open
        60001 call s => half_open
        60002 end older f => open",
    );
    play(
        &patient(),
        "0 begin old older => closed
        0 call f*4 => open
        60001 begin a => half_open
        60002 end old s => half_open
        60002 end older s => closed
        60003 end a f => closed [1 calls, 1 failed, 0 slow]",
    );
}

#[test]
fn ignored_calls_leave_no_trace() {
    play(&small(), "0 call f f i*20 f => closed [3 calls, 3 failed, 0 slow]\n 0 call f => open");
}

/// `maxWaitDurationInHalfOpenState`, a timer from the beginning of half-open.
#[test]
fn half_open_may_be_limited() {
    let limited = with(small(), r#"{"half_open":{"max_wait_ms":500}}"#);
    play(
        &limited,
        "0 call f*4 => open
        60001 begin a => half_open
        60500 look => half_open
        60501 look => open
        120501 call s => no open
        120502 call s => half_open",
    );
    let to_closed = with(small(), r#"{"half_open":{"max_wait_ms":500,"max_wait_to":"closed"}}"#);
    play(&to_closed, "0 call f*4 => open\n 60001 begin a => half_open\n 60501 look => closed");
    play(
        &small(),
        "0 call f*4 => open\n 60001 begin a b => half_open\n 9e9 begin c => no half_open",
    );
}

/// It counts as one more failed attempt.
#[test]
fn a_half_open_period_that_ran_out_lengthens_the_wait() {
    let settings =
        with(small(), r#"{"open":{"schedule_ms":[10,1000]},"half_open":{"max_wait_ms":100}}"#);
    play(
        &settings,
        "0 call f*4 => open
        11 begin a => half_open
        111 look => open
        1111 call s => no open
        1112 call s => half_open",
    );
}

#[test]
fn by_hand_it_is_held_open_held_closed_or_only_counts() {
    play(
        &small(),
        "0 hand force_open => forced_open
        9e9 call s => no forced_open
        9e9 hand disable => disabled
        9e9 call f*20 => disabled [0 calls, 0 failed, 0 slow]
        9e9 hand metrics_only => metrics_only
        9e9 call f*20 => metrics_only [4 calls, 4 failed, 0 slow]
        9e9 hand reset => closed [0 calls, 0 failed, 0 slow]
        9e9 hand open => open
        9e9 hand half_open => half_open",
    );
}

#[test]
fn late_results_leave_a_breaker_alone_that_is_held() {
    play(
        &small(),
        "0 begin a b => closed
        1 hand disable => disabled
        2 end a f => disabled [0 calls, 0 failed, 0 slow]
        3 hand force_open => forced_open
        4 end b f => forced_open [0 calls, 0 failed, 0 slow]",
    );
}

#[test]
fn reset_clears_a_closed_breaker_too() {
    play(&small(), "0 call f*3 => closed\n 1 hand reset => closed [0 calls, 0 failed, 0 slow]");
}
