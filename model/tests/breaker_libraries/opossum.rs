//! opossum 9: `lib/circuit.js`, `lib/status.js`, README. Its own timeout and capacity are other
//! policies here.

use half_open::policy::breaker::{Preset, Settings};

use crate::script::{play, with};

fn opossum() -> Settings {
    Preset::Opossum.settings()
}

/// `volumeThreshold` is 0 by default.
#[test]
fn the_first_failure_opens() {
    play(&opossum(), "0 call f => open");
    play(&opossum(), "0 call s => closed\n 0 call f => closed\n 0 call f => open");
}

/// Half is not more than half.
#[test]
fn the_threshold_has_to_be_exceeded() {
    play(&opossum(), "0 call s s f f => closed [4 calls, 2 failed, 0 slow]\n 0 call f => open");
}

#[test]
fn a_volume_threshold_is_the_least_number_of_calls_asked_for() {
    let settings = with(opossum(), r#"{"window":{"min_calls":5}}"#);
    play(&settings, "0 call f*4 => closed\n 0 call f => open");
}

#[test]
fn a_success_cannot_trip() {
    let settings = with(opossum(), r#"{"window":{"min_calls":3}}"#);
    play(&settings, "0 call f f s => closed [3 calls, 2 failed, 0 slow]");
}

/// The rate is one of calls asked for: those in flight, and those refused.
#[test]
fn calls_in_flight_and_refused_calls_count() {
    play(
        &opossum(),
        "0 begin a b c d => closed
        1 end a f => closed
        1 end b f => closed [4 calls, 2 failed, 0 slow]
        1 end c f => open
        2 call s*3 => no open [7 calls, 3 failed, 0 slow]",
    );
}

/// The window is turned by a timer that was started with the breaker.
#[test]
fn ten_buckets_of_a_second_are_turned_by_a_timer() {
    play(
        &opossum(),
        "999 call s => closed
        9999 look => closed [1 calls, 0 failed, 0 slow]
        10000 look => closed [0 calls, 0 failed, 0 slow]",
    );
}

/// Any failure is infinitely many of no calls: a call that outlives the window opens the breaker.
#[test]
fn a_failure_of_a_call_that_has_left_the_window_opens() {
    play(&opossum(), "500 begin a => closed\n 10500 end a f => open [0 calls, 1 failed, 0 slow]");
    let volume = with(opossum(), r#"{"window":{"min_calls":1}}"#);
    play(&volume, "500 begin a => closed\n 10500 end a f => closed [0 calls, 1 failed, 0 slow]");
}

#[test]
fn it_becomes_half_open_by_itself_after_thirty_seconds() {
    play(&opossum(), "0 call f => open\n 29999 look => open\n 30000 look => half_open");
}

#[test]
fn one_call_decides_and_others_are_refused() {
    play(
        &opossum(),
        "0 call f => open
        30000 begin a => half_open
        30000 begin b => no half_open
        30001 end a f => open
        60000 call s => no open
        60001 call s => closed",
    );
}

/// The first result decides, whatever call it belongs to.
#[test]
fn a_late_result_decides_for_the_probe() {
    play(
        &opossum(),
        "0 begin old => closed
        0 call f => closed
        0 call f => open
        30000 begin p => half_open
        30001 end old s => closed",
    );
    play(
        &opossum(),
        "0 begin old => closed
        0 call f => closed
        0 call f => open
        30000 begin p => half_open
        30001 end old f => open",
    );
}

/// `errorFilter`: the error is the caller's own, and the call a success.
#[test]
fn a_filtered_error_is_a_success() {
    play(&opossum(), "0 call i => closed [1 calls, 0 failed, 0 slow]");
    play(&opossum(), "0 call f => open\n 30000 call i => closed");
}

/// Closing does not clear the window: what failed before is still there.
#[test]
fn one_failure_after_recovery_can_reopen() {
    let quick = with(opossum(), r#"{"open":{"wait_ms":1000}}"#);
    play(
        &quick,
        "0 call s f => closed
        0 call f => open
        1000 call s => closed [4 calls, 2 failed, 0 slow]
        1000 call f => open",
    );
    let cleared = with(quick, r#"{"on_close":"clear"}"#);
    play(
        &cleared,
        "0 call s f => closed
        0 call f => open
        1000 call s => closed [0 calls, 0 failed, 0 slow]",
    );
}

#[test]
fn by_hand_it_opens_for_the_same_thirty_seconds() {
    play(&opossum(), "0 hand open => open\n 30000 look => half_open");
    play(&opossum(), "0 call f => open\n 1 hand close => closed [1 calls, 1 failed, 0 slow]");
}
