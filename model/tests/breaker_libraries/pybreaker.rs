//! pybreaker 1.4: README and `CircuitBreakerState`. Threads take turns there, because a lock is
//! held during a call, so no result is ever late.

use half_open::policy::breaker::{Preset, Settings};

use crate::script::{play, with};

fn pybreaker() -> Settings {
    Preset::Pybreaker.settings()
}

#[test]
fn the_fifth_failure_in_a_row_opens() {
    play(&pybreaker(), "0 call f*4 s f*4 => closed\n 0 call f => open");
}

#[test]
fn at_the_end_of_the_timeout_the_next_call_is_a_probe() {
    play(
        &pybreaker(),
        "0 call f*5 => open
        59999.999 call s => no open
        60000 look => open -- nothing happens by itself
        60000 call s => closed [0 calls, 0 failed, 0 slow]",
    );
}

#[test]
fn a_failed_probe_opens_for_the_whole_timeout_again() {
    play(
        &pybreaker(),
        "0 call f*5 => open
        70000 call f => open
        129999 call s => no open
        130000 call s => closed",
    );
}

/// Half-open is a state in which calls run, however many.
#[test]
fn there_is_no_limit_to_probes() {
    play(&pybreaker(), "0 call f*5 => open\n 60000 begin a b c d e => half_open");
}

#[test]
fn a_success_threshold_asks_for_several_probes() {
    let three = with(pybreaker(), r#"{"half_open":{"decide":{"successes":3}}}"#);
    play(&three, "0 call f*5 => open\n 60000 call s s => half_open\n 60000 call s => closed");
    play(&three, "0 call f*5 => open\n 60000 call s s => half_open\n 60000 call f => open");
}

/// `exclude`: a business error is a success, and ends a row of failures.
#[test]
fn an_excluded_exception_is_a_success() {
    play(&pybreaker(), "0 call f*4 i f*4 => closed\n 0 call f => open\n 60000 call i => closed");
}

#[test]
fn by_hand_it_opens_half_opens_and_closes() {
    play(
        &pybreaker(),
        "0 hand open => open
        1 call s => no open
        2 hand half_open => half_open
        3 hand close => closed [0 calls, 0 failed, 0 slow]",
    );
}
