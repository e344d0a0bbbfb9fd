//! Recorded calls for those who have none: a bank that is slow for half a minute.

use std::fmt::Write;

use half_open::random::{Stream, draw, unit};

/// How long the record is, and when the bank is slow, in milliseconds.
const LENGTH: u64 = 180_100;
const SLOW: std::ops::Range<u64> = 60_000..88_000;
/// When whoever made the calls gives up.
const TIMEOUT: u64 = 1_000;
/// The mean time between two calls, in milliseconds.
const GAP: f64 = 80.0;

/// The example as CSV: the same every time.
#[must_use]
pub fn example() -> String {
    let mut text = String::from("timestamp,duration,outcome\n");
    let (mut at, mut call) = (0, 0);
    while at < LENGTH {
        let luck = |stream| unit(draw(20_260_301, stream, call, 0));
        let error = luck(Stream::Error);
        let (took, failed) = if SLOW.contains(&at) {
            let took = 650.0 + 4_000.0 * luck(Stream::Service);
            ((took as u64).min(TIMEOUT), took >= TIMEOUT as f64)
        } else {
            ((40.0 + 80.0 * luck(Stream::Service).powi(3)) as u64, error < 0.012)
        };
        let outcome = if failed { "failure" } else { "success" };
        let (minute, second, ms) = (13 + at / 60_000, at / 1_000 % 60, at % 1_000);
        // Memory takes everything.
        let written =
            writeln!(text, "2026-03-01T02:{minute:02}:{second:02}.{ms:03}Z,{took},{outcome}");
        debug_assert!(written.is_ok());
        at += (GAP * (0.25 + 1.5 * luck(Stream::Arrival))) as u64;
        call += 1;
    }
    text
}
