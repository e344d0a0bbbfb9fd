//! What fits into the 32 bits of a payload.

use crate::policy::breaker::{Counts, Reason, State};
use crate::time::SimDuration;

/// Where a breaker can move, and why.
const MOVES: [(State, Reason); 16] = [
    (State::Open, Reason::FailureRate),
    (State::Open, Reason::Failures),
    (State::Open, Reason::SlowRate),
    (State::Open, Reason::ProbeFailed),
    (State::Open, Reason::ProbeSlow),
    (State::Open, Reason::HalfOpenTimedOut),
    (State::Open, Reason::ByHand),
    (State::HalfOpen, Reason::WaitOver),
    (State::HalfOpen, Reason::ByHand),
    (State::Closed, Reason::ProbesSucceeded),
    (State::Closed, Reason::HalfOpenTimedOut),
    (State::Closed, Reason::ByHand),
    (State::Closed, Reason::Crashed),
    (State::ForcedOpen, Reason::ByHand),
    (State::Disabled, Reason::ByHand),
    (State::MetricsOnly, Reason::ByHand),
];

/// The bits of each of a transition's two counts.
const COUNT_BITS: u32 = 14;
/// What a transition says of this many calls or more: enough for the largest count window, while
/// a window of time can hold any number.
pub const MANY: u32 = (1 << COUNT_BITS) - 1;

/// The bits left for a duration beside a status.
const DURATION_BITS: u32 = 28;
const MANTISSA_BITS: u32 = 25;

/// A duration in 28 bits, for drawing and explaining: exact to the nanosecond up to 33 ms, to
/// 8 ns up to 268 ms, and so on in steps of eight, up to 19 hours.
#[must_use]
pub fn pack_duration(duration: SimDuration) -> u32 {
    let bits = u64::BITS - duration.nanos().leading_zeros();
    let exponent = bits.saturating_sub(MANTISSA_BITS).div_ceil(3);
    if exponent >= 8 {
        return (1 << DURATION_BITS) - 1;
    }
    exponent << MANTISSA_BITS | (duration.nanos() >> (3 * exponent)) as u32
}

pub(super) const fn unpack_duration(packed: u32) -> SimDuration {
    let packed = packed & ((1 << DURATION_BITS) - 1);
    let (exponent, mantissa) = (packed >> MANTISSA_BITS, packed & ((1 << MANTISSA_BITS) - 1));
    SimDuration::from_nanos((mantissa as u64) << (3 * exponent))
}

/// The four bits above a packed duration.
pub(super) const fn with_code(code: u8, duration: u32) -> u32 {
    (code as u32) << DURATION_BITS | duration
}

/// What is below them.
pub(super) const fn below_code(payload: u32) -> u32 {
    payload & ((1 << DURATION_BITS) - 1)
}

pub(super) const fn code_of(payload: u32) -> u8 {
    (payload >> DURATION_BITS) as u8
}

/// A breaker's transition: where to and why (4 bits), calls and those that counted against it
/// (14 bits each; [`MANY`] stands for more, too).
#[must_use]
pub fn pack_transition(to: State, reason: Reason, counts: Counts) -> u32 {
    let bad = if reason == Reason::SlowRate { counts.slow } else { counts.failures };
    let place = MOVES.iter().position(|known| *known == (to, reason));
    debug_assert!(place.is_some(), "{to:?} {reason:?}");
    let code = place.unwrap_or_default() as u32;
    code << (2 * COUNT_BITS) | counts.calls.min(MANY) << COUNT_BITS | bad.min(MANY)
}

/// The reverse of [`pack_transition`]: to, reason, calls, and those that counted against it.
#[must_use]
pub fn unpack_transition(payload: u32) -> (State, Reason, u32, u32) {
    let (to, reason) = MOVES[(payload >> (2 * COUNT_BITS)) as usize % MOVES.len()];
    (to, reason, payload >> COUNT_BITS & MANY, payload & MANY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_packed_duration_is_within_a_millionth(ns in 0u64..60_000_000_000_000) {
            let back = unpack_duration(pack_duration(SimDuration::from_nanos(ns))).nanos();
            prop_assert!(back <= ns && ns - back <= ns / 1_000_000);
            if ns < 1 << 25 {
                prop_assert_eq!(back, ns);
            }
        }
    }

    #[test]
    fn transitions_keep_their_arithmetic() {
        let counts = Counts { calls: 10_000, failures: 6_001, slow: 9_999 };
        for (to, reason) in MOVES {
            let bad = if reason == Reason::SlowRate { counts.slow } else { counts.failures };
            let back = unpack_transition(pack_transition(to, reason, counts));
            assert_eq!(back, (to, reason, counts.calls, bad));
        }
        let counts = Counts { calls: 1_000_000, failures: 20_000, slow: 0 };
        let back = unpack_transition(pack_transition(State::Open, Reason::FailureRate, counts));
        assert_eq!(back, (State::Open, Reason::FailureRate, MANY, MANY));
    }
}
