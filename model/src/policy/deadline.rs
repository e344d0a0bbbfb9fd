//! Until when an operation is worth anything, and how that travels.
//!
//! A timeout is a duration and begins anew with every attempt; a deadline is an instant, and covers
//! the operation with all its attempts and waits. The callee gets what is left of it, so that nobody
//! works on an answer that nobody waits for. The rules are gRPC's (*Deadlines*,
//! grpc.io/docs/guides/deadlines): a callee may shorten the deadline that it inherited, never extend
//! it, and without a setting there is none.
//!
//! Between machines a deadline travels as what remains of it, because their clocks differ: the
//! `grpc-timeout` header, see [`grpc_timeout`] and [`parse_grpc_timeout`].
//!
//! ```
//! use half_open::policy::deadline::{self, Settings};
//! use half_open::time::{SimDuration, SimTime};
//!
//! let limit = Some(SimDuration::from_secs(2));
//! let settings = Settings { per_operation: limit, ..Settings::default() };
//! let deadline = settings.deadline(SimTime::ZERO, None).expect("a limit");
//! let left = deadline.remaining(SimTime::from_millis(500)).expect("not yet over");
//! assert_eq!(deadline::grpc_timeout(left), "1500000u");
//! ```

use serde::{Deserialize, Serialize};

use super::{LONGEST, Problem, SHORTEST, duration_within};
use crate::time::{SimDuration, SimTime};

/// How long an operation may take, and whether callees are told.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Settings {
    /// The longest that an operation may take, all attempts and waits included: 1 µs to 24 h. None
    /// sets no limit of its own, as gRPC does unless it is told.
    pub per_operation: Option<SimDuration>,
    /// Whether a callee gets what remains, and an inherited deadline counts. gRPC always does that.
    pub propagate: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { per_operation: None, propagate: true }
    }
}

impl Settings {
    /// Whether they are those that nobody has touched.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether every parameter is in its range.
    ///
    /// # Errors
    /// The first parameter that is not.
    pub fn validate(&self) -> Result<(), Problem> {
        let limit = self.per_operation;
        limit.map_or(Ok(()), |d| duration_within("per_operation", d, SHORTEST, LONGEST))
    }

    /// The deadline of an operation that starts at `start` on behalf of one with the deadline
    /// `inherited`: the earlier of its own and that.
    #[must_use]
    pub fn deadline(&self, start: SimTime, inherited: Option<Deadline>) -> Option<Deadline> {
        let own = self.per_operation.map(|d| Deadline(start + d));
        let inherited = inherited.filter(|_| self.propagate);
        [own, inherited].into_iter().flatten().min()
    }
}

/// The instant at which an operation has failed, whatever is still under way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Deadline(pub SimTime);

impl Deadline {
    /// Whether it is over: at the instant itself it is. Work that arrives then is not begun.
    #[must_use]
    pub fn has_passed(self, now: SimTime) -> bool {
        now >= self.0
    }

    /// What is left of it, to be handed to a callee; none if it is over.
    #[must_use]
    pub fn remaining(self, now: SimTime) -> Option<SimDuration> {
        (!self.has_passed(now)).then(|| self.0.since(now))
    }

    /// The earlier of this deadline and the end of one attempt, as
    /// [`timeout`](super::timeout::Settings::due) gives it.
    #[must_use]
    pub fn or_earlier(self, attempt_due: Option<SimTime>) -> SimTime {
        attempt_due.map_or(self.0, |due| due.min(self.0))
    }

    /// The deadline of a callee that learns at `now` that `left` remains. Later than the caller's by
    /// as long as the message travelled.
    #[must_use]
    pub fn received(now: SimTime, left: SimDuration) -> Self {
        Self(now + left)
    }
}

/// The units of the `grpc-timeout` header with their nanoseconds, the smallest first.
const UNITS: [(char, u64); 6] = [
    ('n', 1),
    ('u', 1_000),
    ('m', 1_000_000),
    ('S', 1_000_000_000),
    ('M', 60 * 1_000_000_000),
    ('H', 3_600 * 1_000_000_000),
];

/// The most digits a value may have.
const DIGITS: usize = 8;
/// The largest value with so many digits.
const LARGEST: u64 = 99_999_999;

/// The value of a `grpc-timeout` header (gRPC over HTTP/2, `Timeout`): the smallest unit in which at
/// most eight digits are enough, rounded up, so that the callee never has less than it was given.
/// Nothing left is `0n`, as in grpc-go, although the grammar asks for a positive number.
#[must_use]
pub fn grpc_timeout(left: SimDuration) -> String {
    let written = UNITS.iter().find_map(|&(unit, nanos)| {
        let value = left.nanos().div_ceil(nanos);
        (value <= LARGEST).then(|| format!("{value}{unit}"))
    });
    // Eight digits of hours are more than any duration.
    written.unwrap_or_else(|| format!("{LARGEST}H"))
}

/// Why a text is not a `grpc-timeout`.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TimeoutError {
    /// There is no unit at the end.
    #[error("“{0}” has no unit; a grpc-timeout ends with H, M, S, m, u or n")]
    Unit(String),
    /// What stands before the unit is not a number.
    #[error("“{0}” is not a grpc-timeout; write one to eight digits and a unit, as in “300m”")]
    Digits(String),
}

/// Reads a `grpc-timeout` header: one to eight digits and a unit. What is longer than any duration
/// is [`SimDuration::MAX`].
///
/// # Errors
/// A sentence that quotes the text, up to 40 characters of it.
pub fn parse_grpc_timeout(text: &str) -> Result<SimDuration, TimeoutError> {
    let quoted = || text.chars().take(40).collect();
    let unit = UNITS.iter().find_map(|&(unit, nanos)| Some((text.strip_suffix(unit)?, nanos)));
    let (digits, nanos) = unit.ok_or_else(|| TimeoutError::Unit(quoted()))?;
    let fits = digits.len() <= DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
    let value: Option<u64> = digits.parse().ok().filter(|_| fits);
    let value = value.ok_or_else(|| TimeoutError::Digits(quoted()))?;
    Ok(SimDuration::from_nanos(value.saturating_mul(nanos)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: u64) -> SimTime {
        SimTime::from_millis(ms)
    }

    fn limit(ms: u64) -> Settings {
        Settings { per_operation: Some(SimDuration::from_millis(ms)), propagate: true }
    }

    #[test]
    fn without_a_setting_there_is_no_deadline() {
        assert_eq!(Settings::default().deadline(at(5), None), None);
    }

    #[test]
    fn the_earlier_of_own_and_inherited_counts() {
        let inherited = Some(Deadline(at(1_000)));
        assert_eq!(limit(300).deadline(at(500), inherited), Some(Deadline(at(800))));
        assert_eq!(limit(700).deadline(at(500), inherited), inherited);
        assert_eq!(Settings::default().deadline(at(500), inherited), inherited);
        let deaf = Settings { propagate: false, ..limit(700) };
        assert_eq!(deaf.deadline(at(500), inherited), Some(Deadline(at(1_200))));
    }

    #[test]
    fn a_deadline_is_over_at_its_instant() {
        let deadline = Deadline(at(100));
        let left = SimDuration::from_nanos(1);
        assert_eq!(deadline.remaining(SimTime::from_nanos(99_999_999)), Some(left));
        assert_eq!(deadline.remaining(at(100)), None);
        assert!(deadline.has_passed(at(100)) && !deadline.has_passed(at(99)));
    }

    #[test]
    fn an_attempt_ends_with_the_operation() {
        let deadline = Deadline(at(100));
        assert_eq!(deadline.or_earlier(None), at(100));
        assert_eq!(deadline.or_earlier(Some(at(40))), at(40));
        assert_eq!(deadline.or_earlier(Some(at(400))), at(100));
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        let problem = limit(0).validate().expect_err("nothing");
        assert_eq!(problem.to_string(), "per_operation must be between 1 µs and 24 h, not 0 s");
        assert_eq!(Settings::default().validate(), Ok(()));
        assert!(serde_json::from_str::<Settings>(r#"{"per_attempt":"1 s"}"#).is_err());
    }

    /// grpc-go 1.x, `EncodeDuration`, observed: the smallest unit that fits, rounded up.
    #[test]
    fn a_header_has_the_smallest_unit_that_fits() {
        let shown = |ns| grpc_timeout(SimDuration::from_nanos(ns));
        assert_eq!(shown(0), "0n");
        assert_eq!(shown(99_999_999), "99999999n");
        assert_eq!(shown(100_000_000), "100000u");
        assert_eq!(shown(100_000_001), "100001u");
        assert_eq!(shown(99_999_999_000), "99999999u");
        assert_eq!(shown(99_999_999_001), "100000m");
        assert_eq!(shown(99_999_999_000_001), "100000S");
        assert_eq!(shown(99_999_999_000_000_001), "1666667M");
        assert_eq!(shown(u64::MAX), "5124096H");
    }

    #[test]
    fn every_unit_is_read() {
        for (text, ns) in
            [("7n", 7), ("7u", 7_000), ("7m", 7_000_000), ("7S", 7_000_000_000), ("00000007n", 7)]
        {
            assert_eq!(parse_grpc_timeout(text), Ok(SimDuration::from_nanos(ns)), "{text}");
        }
        assert_eq!(parse_grpc_timeout("2M"), parse_grpc_timeout("120S"));
        assert_eq!(parse_grpc_timeout("2H"), parse_grpc_timeout("120M"));
        assert_eq!(parse_grpc_timeout("99999999H"), Ok(SimDuration::MAX));
    }

    #[test]
    fn what_is_not_a_header_is_refused_with_a_sentence() {
        for text in ["n", "-1n", "+1n", "1.5S", "123456789n", " 1n", "1 n", "٣n"] {
            let error = parse_grpc_timeout(text).expect_err(text);
            assert_eq!(error, TimeoutError::Digits(text.into()));
        }
        for text in ["", "100", "1s", "1h", "1n "] {
            assert_eq!(parse_grpc_timeout(text), Err(TimeoutError::Unit(text.into())));
        }
        let error = parse_grpc_timeout("1s").expect_err("no such unit").to_string();
        assert_eq!(error, "“1s” has no unit; a grpc-timeout ends with H, M, S, m, u or n");
    }

    proptest! {
        #[test]
        fn a_callee_never_has_less_than_it_was_given(ns: u64, shift in 0u32..64) {
            let left = SimDuration::from_nanos(ns >> shift);
            let text = grpc_timeout(left);
            let read = parse_grpc_timeout(&text);
            prop_assert!(read.as_ref().is_ok_and(|&d| d >= left), "{} for {}", text, left);
            // And at most one unit more: a millionth of it from the second header unit on.
            let more = read.map_or(0, |d| (d - left).nanos());
            prop_assert!(more <= left.nanos() / 100_000 || more < 1_000, "{} for {}", text, left);
        }

        #[test]
        fn no_text_breaks_the_reader(text in ".{0,12}|[0-9]{0,10}[HMSmun]?") {
            if let Ok(read) = parse_grpc_timeout(&text) {
                prop_assert!(text.len() <= 9 && read <= SimDuration::MAX);
            }
        }

        #[test]
        fn a_callee_can_only_shorten_what_it_inherits(start: u64, own: u64, inherited: u64) {
            let settings = Settings {
                per_operation: Some(SimDuration::from_nanos(own)),
                propagate: true,
            };
            let inherited = Deadline(SimTime::from_nanos(inherited));
            let deadline = settings.deadline(SimTime::from_nanos(start), Some(inherited));
            prop_assert!(deadline.is_some_and(|d| d <= inherited));
        }
    }
}
