//! failsafe-go 0.9: package `circuitbreaker`, failsafe-go.dev.

use half_open::policy::breaker::{Preset, Settings};

use crate::script::{play, with};

fn plain() -> Settings {
    Preset::FailsafeGo.settings()
}

fn rate() -> Settings {
    Preset::FailsafeGoRate.settings()
}

/// Without a success threshold the failure threshold is mirrored.
fn two_of_three() -> Settings {
    with(
        plain(),
        r#"{"window":{"size":3},"trip":{"failures":2},
            "half_open":{"permitted":3,"decide":{"failures":2,"capacity":3}}}"#,
    )
}

#[test]
fn by_default_one_failure_opens_for_a_minute_and_one_success_closes() {
    play(
        &plain(),
        "0 call f => open
        59999.999 call s => no open
        60000 call s => closed",
    );
}

/// n of the last m, also while there are fewer than m.
#[test]
fn a_number_of_failures_needs_no_minimum() {
    play(&two_of_three(), "0 call f f => open");
    play(&two_of_three(), "0 call f s s f => closed\n 0 call s f => open");
}

/// Every result is looked at; that shows where the minimum of executions comes last.
#[test]
fn a_success_can_trip() {
    play(&rate(), "0 call f*4 => closed\n 0 call s => open");
}

#[test]
fn a_fifth_of_five_calls_is_the_limit() {
    play(&rate(), "0 call s*4 => closed\n 0 call f => open");
    play(&rate(), "0 call s*5 f => closed [6 calls, 1 failed, 0 slow]");
}

/// Ten slices of six seconds, at multiples of their length.
#[test]
fn slices_are_aligned_with_the_epoch() {
    play(
        &rate(),
        "5999 call f => closed
        59999 look => closed [1 calls, 1 failed, 0 slow]
        60000 look => closed [0 calls, 0 failed, 0 slow]",
    );
}

/// 199 of 400 are 0.4975, and are compared as 0.50.
#[test]
fn rates_are_rounded_to_two_decimals() {
    let half = with(rate(), r#"{"trip":{"failure_rate":0.5},"window":{"min_calls":400}}"#);
    play(&half, "0 call f*199 s*200 => closed\n 0 call s => open");
    play(&half, "0 call f*197 s*203 => closed [400 calls, 197 failed, 0 slow]");
}

#[test]
fn half_open_mirrors_the_failure_threshold() {
    play(
        &two_of_three(),
        "0 call f f => open\n 60000 call s => half_open\n 60000 call s => closed",
    );
    play(
        &two_of_three(),
        "0 call f f => open\n 60000 call f s => half_open\n 60000 call f => open",
    );
}

#[test]
fn a_success_threshold_reopens_when_it_is_out_of_reach() {
    let settings = with(
        plain(),
        r#"{"half_open":{"permitted":3,
            "decide":{"kind":"ratio","successes":2,"capacity":3}}}"#,
    );
    play(&settings, "0 call f => open\n 60000 call f s => half_open\n 60000 call s => closed");
    play(&settings, "0 call f => open\n 60000 call f => half_open\n 60000 call f => open");
}

#[test]
fn with_a_rate_five_probes_decide() {
    play(&rate(), "0 call f*5 => open\n 60000 call s*4 => half_open\n 60000 call s => closed");
    play(&rate(), "0 call f*5 => open\n 60000 call f s*3 => half_open\n 60000 call s => open");
}

/// A permit is one of calls in flight, and every result gives it back.
#[test]
fn permits_come_back_with_results() {
    play(
        &two_of_three(),
        "0 call f f => open
        60000 begin a b c => half_open
        60000 begin d => no half_open
        60001 end a f => half_open
        60001 begin d => half_open
        60001 begin e => no half_open",
    );
}

/// Whatever call it belongs to.
#[test]
fn a_late_result_counts_and_gives_a_permit_that_it_never_took() {
    let script = "0 begin old => closed
        0 call f f => open
        60000 begin a b c => half_open
        60001 end old f => half_open [1 calls, 1 failed, 0 slow]
        60001 begin d => half_open
        60001 begin e => no half_open
        60002 end a f => open";
    play(&two_of_three(), script);
    let bounded = with(two_of_three(), r#"{"half_open":{"permit_accounting":"in_flight"}}"#);
    play(&bounded, &script.replace("begin d => half", "begin d => no half"));
}

#[test]
fn what_is_no_failure_is_a_success() {
    play(
        &two_of_three(),
        "0 call f i i => closed [3 calls, 1 failed, 0 slow]\n 0 call f => closed",
    );
    play(&plain(), "0 call f => open\n 60000 call i => closed");
}

#[test]
fn by_hand_it_opens_half_opens_and_closes() {
    play(
        &two_of_three(),
        "0 hand open => open
        1 hand half_open => half_open
        2 hand close => closed [0 calls, 0 failed, 0 slow]",
    );
}
