//! What fits into the 32 bits of a payload.

use crate::policy::breaker::{Counts, Reason, State};
use crate::time::SimDuration;

const STATES: [State; 6] = [
    State::Closed,
    State::Open,
    State::HalfOpen,
    State::ForcedOpen,
    State::Disabled,
    State::MetricsOnly,
];

const REASONS: [Reason; 10] = [
    Reason::FailureRate,
    Reason::Failures,
    Reason::SlowRate,
    Reason::WaitOver,
    Reason::ProbesSucceeded,
    Reason::ProbeFailed,
    Reason::ProbeSlow,
    Reason::HalfOpenTimedOut,
    Reason::ByHand,
    Reason::Crashed,
];

/// The bits left for a duration beside a status.
const DURATION_BITS: u32 = 28;
const MANTISSA_BITS: u32 = 25;

/// A duration in 28 bits, for drawing and explaining: exact to the nanosecond up to 33 ms, to
/// 8 ns up to 268 ms, and so on in steps of eight, up to 19 hours.
#[must_use]
pub fn pack_duration(duration: SimDuration) -> u32 {
    let mut value = duration.nanos();
    let mut exponent = 0;
    while value >> MANTISSA_BITS != 0 {
        value >>= 3;
        exponent += 1;
        if exponent == 8 {
            return (1 << DURATION_BITS) - 1;
        }
    }
    exponent << MANTISSA_BITS | value as u32
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

pub(super) const fn code_of(payload: u32) -> u8 {
    (payload >> DURATION_BITS) as u8
}

/// A breaker's transition: where to and why (a byte), calls and failures it had counted (12 bits
/// each, saturating).
#[must_use]
pub fn pack_transition(to: State, reason: Reason, counts: Counts) -> u32 {
    let small = |n: u32| n.min(0xfff);
    let failed = if reason == Reason::SlowRate { counts.slow } else { counts.failures };
    (to as u32) << 28 | (reason as u32) << 24 | small(counts.calls) << 12 | small(failed)
}

/// The reverse of [`pack_transition`]: to, reason, calls, and those that counted against it.
#[must_use]
pub fn unpack_transition(payload: u32) -> (State, Reason, u32, u32) {
    let state = STATES[(payload >> 28) as usize % STATES.len()];
    let reason = REASONS[(payload >> 24 & 0xf) as usize % REASONS.len()];
    (state, reason, payload >> 12 & 0xfff, payload & 0xfff)
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
        let counts = Counts { calls: 10, failures: 6, slow: 1 };
        let packed = pack_transition(State::Open, Reason::FailureRate, counts);
        assert_eq!(unpack_transition(packed), (State::Open, Reason::FailureRate, 10, 6));
    }
}
