//! gobreaker 2: `v2/gobreaker.go`, `v2/counter.go`, README.

use half_open::policy::breaker::{Preset, Settings};

use crate::script::{play, with};

fn gobreaker() -> Settings {
    Preset::Gobreaker.settings()
}

fn ratio() -> Settings {
    Preset::GobreakerRatio.settings()
}

/// The default `ReadyToTrip` asks for *more than* five.
#[test]
fn the_sixth_failure_in_a_row_opens() {
    play(&gobreaker(), "0 call f*5 s f*5 => closed\n 0 call f => open");
}

/// The expiry has to lie before now.
#[test]
fn at_the_end_of_the_timeout_it_still_refuses() {
    play(
        &gobreaker(),
        "0 call f*6 => open
        60000 call s => no open
        60000.000001 begin a => half_open",
    );
}

/// `State()` and every result work out the current state first.
#[test]
fn a_look_or_a_late_result_makes_it_half_open() {
    play(&gobreaker(), "0 call f*6 => open\n 60000 look => open\n 60001 look => half_open");
    play(
        &gobreaker(),
        "0 begin a b => closed
        0 call f*6 => open
        60000 end a s => open
        60001 end b f => half_open -- and counts nowhere
        60001 call s => closed",
    );
}

#[test]
fn max_requests_limits_the_probes_of_a_period_and_closes_it() {
    play(
        &gobreaker(),
        "0 call f*6 => open
        60001 begin a => half_open
        60001 begin b => no half_open
        60002 end a s => closed",
    );
    let three = with(gobreaker(), r#"{"half_open":{"permitted":3,"decide":{"successes":3}}}"#);
    play(
        &three,
        "0 call f*6 => open
        60001 begin a b c => half_open
        60001 begin d => no half_open
        60002 end a s => half_open
        60002 begin d => no half_open
        60003 end b s => half_open
        60004 end c s => closed",
    );
    play(
        &three,
        "0 call f*6 => open
        60001 begin a b => half_open
        60002 end a s => half_open
        60003 end b f => open",
    );
}

/// `IsExcluded`: the request is taken back from the valid ones.
#[test]
fn an_excluded_probe_gives_its_permit_back() {
    play(
        &gobreaker(),
        "0 call f*6 => open
        60001 begin a => half_open
        60002 end a i => half_open
        60002 begin b => half_open
        60002 begin c => no half_open",
    );
}

#[test]
fn an_excluded_call_does_not_end_a_row_of_failures() {
    play(&gobreaker(), "0 call f*5 i => closed\n 0 call f => open");
}

/// The generation number: what was admitted before a change of state counts nowhere.
#[test]
fn results_of_an_older_generation_are_dropped() {
    play(
        &gobreaker(),
        "0 begin a b => closed
        0 call f*6 => open
        60001 begin p => half_open
        60002 end a f => half_open
        60003 end b s => half_open
        60004 end p s => closed [0 calls, 0 failed, 0 slow]",
    );
    play(
        &gobreaker(),
        "0 begin a b c d e f => closed
        0 call f*6 => open
        60001 call s => closed
        60002 end a f => closed [0 calls, 0 failed, 0 slow]",
    );
}

/// `Requests` grows when a call is admitted; the ratio is one of those in flight too.
#[test]
fn the_ratio_is_one_of_admitted_calls() {
    play(
        &ratio(),
        "0 begin a b c d e => closed [5 calls, 0 failed, 0 slow]
        1 end a f => closed
        1 end b f => closed [5 calls, 2 failed, 0 slow]
        1 end c f => open",
    );
    play(&ratio(), "0 call f f => closed\n 0 call f => open");
    play(&ratio(), "0 call s s f f => closed [4 calls, 2 failed, 0 slow]\n 0 call f => open");
}

/// `ReadyToTrip` is asked after failures only.
#[test]
fn a_success_cannot_trip() {
    play(&ratio(), "0 call f f s => closed [3 calls, 2 failed, 0 slow]");
}

/// `Interval`: strict, and the event that ends one begins the next, its generation new.
#[test]
fn an_interval_clears_the_counts_and_drops_what_was_under_way() {
    let interval = with(ratio(), r#"{"window":{"kind":"tumbling","duration_ms":1000}}"#);
    play(
        &interval,
        "0 begin a => closed
        0 call s f => closed
        1000 look => closed [3 calls, 1 failed, 0 slow]
        1500 begin b => closed [1 calls, 0 failed, 0 slow]
        1501 end a f => closed [1 calls, 0 failed, 0 slow]
        2500 look => closed [1 calls, 0 failed, 0 slow]
        2501 look => closed [0 calls, 0 failed, 0 slow]",
    );
}

/// Every result works out the current interval first, also one that counts nowhere.
#[test]
fn an_excluded_result_can_begin_an_interval() {
    let interval = with(ratio(), r#"{"window":{"kind":"tumbling","duration_ms":1000}}"#);
    play(
        &interval,
        "0 begin a => closed
        1500 end a i => closed
        2500 begin b => closed [1 calls, 0 failed, 0 slow]
        2501 begin c => closed [1 calls, 0 failed, 0 slow]",
    );
}

/// `BucketPeriod`: a result goes to the bucket of its admission, as long as that is there.
#[test]
fn a_rolling_result_belongs_to_the_bucket_of_its_admission() {
    let rolling = with(
        ratio(),
        r#"{"window":{"kind":"time","duration_ms":3000,"buckets":3,"anchor":"start"}}"#,
    );
    play(
        &rolling,
        "500 begin a b => closed
        1500 end a f => closed [2 calls, 1 failed, 0 slow]
        2999 look => closed [2 calls, 1 failed, 0 slow]
        3000 end b f => closed [0 calls, 0 failed, 0 slow]",
    );
}
