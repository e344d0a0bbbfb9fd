//! Linkerd 2: the consecutive failure accrual of linkerd2-proxy, and linkerd.io's page about
//! circuit breaking. Jitter is left out: a breaker here draws no numbers.

use half_open::policy::breaker::{Preset, Settings};

use crate::script::{play, with};

fn linkerd() -> Settings {
    Preset::Linkerd.settings()
}

#[test]
fn seven_failures_in_a_row_shut_it() {
    play(&linkerd(), "0 call f*6 s f*6 => closed\n 0 call f => open");
}

/// From one second to a minute, and from the beginning after a success.
#[test]
fn each_failed_probe_doubles_the_penalty() {
    play(
        &linkerd(),
        "0 call f*7 => open
        999 look => open\n 1000 call f => open
        2999 look => open\n 3000 call f => open
        6999 look => open\n 7000 call f => open
        14999 look => open\n 15000 call f => open
        30999 look => open\n 31000 call f => open
        62999 look => open\n 63000 call f => open
        122999 look => open\n 123000 call f => open
        182999 look => open\n 183000 call s => closed
        183000 call f*7 => open
        183999 look => open\n 184000 look => half_open",
    );
}

#[test]
fn probation_admits_one_request_whose_response_decides() {
    play(
        &linkerd(),
        "0 call f*7 => open
        1000 begin a => half_open
        1000 begin b => no half_open -- it waits; who asks says so
        1100 end a s => closed [0 calls, 0 failed, 0 slow]",
    );
}

#[test]
fn responses_are_ignored_while_it_is_shut() {
    play(
        &linkerd(),
        "0 begin a b => closed
        0 call f*7 => open
        500 end a s => open
        600 end b f => open
        1000 look => half_open -- on time, after one second",
    );
}

/// Probation waits for *a* response: a straggler will do.
#[test]
fn a_straggler_decides_for_the_probe() {
    let late = "0 begin old => closed\n 0 call f*7 => open\n 1000 begin p => half_open\n";
    play(&linkerd(), &format!("{late} 1001 end old s => closed"));
    play(&linkerd(), &format!("{late} 1001 end old f => open\n 3000 call s => no open"));
}

/// The newer success rate, apart from the failures in a row: below the threshold, not at it.
#[test]
fn the_success_rate_has_to_fall_below_its_threshold() {
    let settings = with(
        linkerd(),
        r#"{"window":{"kind":"time","duration_ms":10000,"buckets":10,"anchor":"start",
                "min_calls":5},
            "trip":{"failures":null,"failure_rate":0.2,"rate_cmp":">"}}"#,
    );
    play(&settings, "0 call s*4 f => closed [5 calls, 1 failed, 0 slow]\n 0 call f => open");
    play(&settings, "0 call f*4 => closed\n 0 call s => open -- every response is judged");
}
