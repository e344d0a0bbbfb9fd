//! Polly 8: `CircuitBreakerStrategyOptions`, `CircuitStateController`, `RollingHealthMetrics`, and
//! pollydocs.org.

use half_open::policy::breaker::{Preset, Settings};

use crate::script::{play, with};

fn polly() -> Settings {
    Preset::Polly.settings()
}

fn small() -> Settings {
    with(polly(), r#"{"window":{"min_calls":2},"trip":{"failure_rate":0.5}}"#)
}

#[test]
fn a_tenth_of_a_hundred_calls_is_the_limit() {
    play(&polly(), "0 call s*89 f*10 => closed\n 0 call f => open");
    play(&polly(), "0 call s*90 f*9 => closed\n 0 call f => open");
    play(&polly(), "0 call s*91 f*9 => closed");
}

/// Only a handled failure is judged: the success that completes the sample does not trip.
#[test]
fn a_success_cannot_trip() {
    play(&polly(), "0 call f*99 s*3 => closed\n 0 call f => open");
}

/// A window begins with the first event after the one before it, and leaves when it began 30 s ago.
#[test]
fn windows_begin_with_events() {
    play(
        &polly(),
        "1500 call f => closed
        4499 call f => closed
        4500 call f => closed
        31499 look => closed [3 calls, 3 failed, 0 slow]
        31500 look => closed [1 calls, 1 failed, 0 slow]
        34499 look => closed [1 calls, 1 failed, 0 slow]
        34500 look => closed [0 calls, 0 failed, 0 slow]",
    );
}

#[test]
fn at_the_end_of_the_break_one_call_is_let_through() {
    play(
        &small(),
        "0 call f f => open
        4999.999 call s => no open
        5000 begin a => half_open
        5000 begin b => no half_open",
    );
}

/// The current version has no way out of a probe that never returns; the one before it let another
/// probe through every break duration.
#[test]
fn a_probe_that_never_returns_blocks_for_ever() {
    play(&small(), "0 call f f => open\n 5000 begin a => half_open\n 9e9 begin b => no half_open");
    let seven = with(small(), r#"{"half_open":{"reprobe_after_ms":5000}}"#);
    play(
        &seven,
        "0 call f f => open
        5000 begin a => half_open
        9999 begin b => no half_open
        10000 begin b => half_open
        10000 begin c => no half_open",
    );
}

#[test]
fn the_probe_decides_alone() {
    play(
        &small(),
        "0 call f f => open
        5000 begin a => half_open
        5100 end a f => open
        10099 call s => no open -- five seconds from the failure of the probe
        10100 call s => closed [0 calls, 0 failed, 0 slow]",
    );
}

/// What is not handled is a success, for the sample and for the probe.
#[test]
fn what_is_not_handled_is_a_success() {
    play(&small(), "0 call f => closed\n 0 call i => closed [2 calls, 1 failed, 0 slow]");
    play(&small(), "0 call f f => open\n 5000 call i => closed");
}

/// A result that arrives in the open state changes nothing, not even the time.
#[test]
fn a_late_result_changes_nothing_in_an_open_breaker() {
    play(
        &small(),
        "0 begin a b => closed
        0 call f f => open
        4000 end a f => open
        4500 end b s => open
        5000 begin p => half_open",
    );
}

#[test]
fn a_late_result_decides_for_the_probe() {
    play(
        &small(),
        "0 begin old => closed
        0 call f f => open
        5000 begin p => half_open
        5001 end old s => closed
        5002 end p f => closed [1 calls, 1 failed, 0 slow]",
    );
    play(
        &small(),
        "0 begin old => closed
        0 call f f => open
        5000 begin p => half_open
        5001 end old f => open
        5002 end p s => open",
    );
}

/// `BreakDurationGenerator` sees 0 1 2 3 4 failed recoveries, and after closing 0 1 2.
#[test]
fn the_break_follows_the_failed_recoveries() {
    let settings = with(small(), r#"{"open":{"schedule_ms":[10,20,30,40,50]}}"#);
    play(
        &settings,
        "0 call f f => open
        9 call s => no open\n 10 call f => open
        29 call s => no open\n 30 call f => open
        59 call s => no open\n 60 call f => open
        99 call s => no open\n 100 call f => open
        149 call s => no open\n 150 call s => closed
        150 call f f => open
        159 call s => no open\n 160 call f => open
        179 call s => no open\n 180 call f => open
        209 call s => no open\n 210 call s => closed",
    );
}

#[test]
fn it_is_isolated_until_it_is_closed() {
    play(
        &small(),
        "0 begin a b => closed
        0 hand force_open => forced_open
        9e9 call s => no forced_open
        9e9 end a f => forced_open
        9e9 end b s => forced_open
        9e9 hand close => closed [0 calls, 0 failed, 0 slow]",
    );
}
