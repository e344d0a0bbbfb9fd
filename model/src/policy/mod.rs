//! What a caller does about callees that fail, as pure state machines.
//!
//! Nothing in here has a clock, a queue or a random number generator: the time, the outcome and the
//! draw are handed in, and a decision comes back. The simulator uses the policies that way, and so
//! can anything else that has the time of day; [`SimTime`](crate::time::SimTime) is nanoseconds
//! since whenever you like.
//!
//! | policy | the question it answers |
//! |---|---|
//! | [`backoff`] | how long to wait before the next attempt |
//! | [`retry`] | whether there is one |
//! | [`budget`] | how much may be retried in all |
//! | [`hedge`] | whether to ask twice before there is an answer |
//! | [`timeout`] | how long to wait for an answer |
//! | [`deadline`] | how long the whole is worth anything |
//! | [`breaker`] | whether to call at all |
//! | [`throttle`] | how much to call |
//! | [`fallback`] | what to answer once all that has failed |
//! | [`bulkhead`] | how much of the caller one callee may take |
//! | [`stack`] | in which order all of these are asked |
//! | [`shed`] | whom a service turns away before it is full |
//! | [`balance`] | which of several callees to call |
//! | [`cache`] | whether the answer is there, or about to be |
//! | [`idempotency`] | whether a request was here before |
//! | [`traceparent`] | which trace a request belongs to |
//!
//! `docs/policies.md` says which library, book or standard each of them follows.
//!
//! All are of one shape. `Settings` are plain data with defaults, read from files and links;
//! `Settings::validate` finds what is out of range and says so in a sentence, see [`Problem`]. The
//! state is separate, small, and cheap to clone, so that a run can be continued from any moment. The
//! settings come along with every question: a knob can be moved at any time.
//!
//! # Waiting between attempts
//!
//! ```
//! use half_open::policy::backoff::{Kind, Settings};
//! use half_open::time::SimDuration;
//!
//! let settings = Settings { kind: Kind::Full, ..Settings::default() };
//! // Your generator goes here: one number from [0, 1) for each wait.
//! let waits: Vec<SimDuration> = settings.delays(|_| 0.5).take(3).collect();
//! assert_eq!(waits, [50, 100, 200].map(SimDuration::from_millis));
//! ```
//!
//! # Not calling what is down
//!
//! Ask before the call, and tell the breaker how it went:
//!
//! ```
//! use half_open::policy::breaker::{self, Breaker, Refusal, Settings, State};
//! use half_open::policy::outcome::Outcome;
//! use half_open::time::{SimDuration, SimTime};
//!
//! let settings = Settings::default();
//! let mut breaker = Breaker::new(&settings, SimTime::ZERO);
//! let took = SimDuration::from_millis(100);
//!
//! // Five calls time out, one after another.
//! for n in 0..5 {
//!     let start = SimTime::from_millis(n * 100);
//!     let permit = breaker.acquire(&settings, start).permit.expect("closed");
//!     let mark = breaker::mark(Outcome::TimedOut);
//!     breaker.settle(&settings, permit, start + took, mark, took);
//! }
//! assert_eq!(breaker.state(), State::Open);
//!
//! // Nothing is called for two seconds. Then one call finds out whether it works again.
//! let refused = breaker.acquire(&settings, SimTime::from_millis(600)).permit;
//! assert_eq!(refused, Err(Refusal::Open));
//! let probe = breaker.acquire(&settings, SimTime::from_millis(2_500)).permit;
//! assert!(probe.is_ok_and(|permit| permit.is_probe()));
//! assert_eq!(breaker.state(), State::HalfOpen);
//! ```

pub mod backoff;
pub mod balance;
pub mod breaker;
pub mod budget;
pub mod bulkhead;
pub mod cache;
pub mod deadline;
pub mod fallback;
pub mod hedge;
pub mod idempotency;
pub mod outcome;
pub mod retry;
mod rolling;
pub mod shed;
pub mod stack;
pub mod throttle;
pub mod timeout;
pub mod traceparent;

use std::fmt::Display;

use crate::decimal;
use crate::time::SimDuration;

/// The shortest duration a setting may have, unless nothing at all is allowed: 1 µs.
const SHORTEST: SimDuration = SimDuration::from_micros(1);
/// The longest duration a setting may have: 24 h.
const LONGEST: SimDuration = SimDuration::from_secs(24 * 3600);

/// A setting outside its range. Prints as a sentence: “base must be between 1 µs and 24 h, not
/// 0 s”.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{field} {message}")]
pub struct Problem {
    /// Which setting: a dotted path such as `window.size`.
    pub field: String,
    /// The rest of the sentence, which `field` begins.
    pub message: String,
}

impl Problem {
    /// A problem with `field`; `message` continues a sentence that begins with its name.
    #[must_use]
    #[cold]
    #[inline(never)]
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }

    /// The same problem seen from outside: its field lies within `outer`.
    #[must_use]
    #[cold]
    #[inline(never)]
    pub fn within(self, outer: &str) -> Self {
        Self { field: format!("{outer}.{}", self.field), ..self }
    }
}

/// A duration as sentences put it: whole hours as hours, and several whole days as days.
fn spoken(d: SimDuration) -> String {
    let hour = SimDuration::from_secs(3600).nanos();
    let (hours, rest) = (d.nanos() / hour, d.nanos() % hour);
    match hours {
        _ if hours == 0 || rest > 0 => d.to_string(),
        _ if hours > 24 && hours.is_multiple_of(24) => format!("{} days", hours / 24),
        _ => format!("{hours} h"),
    }
}

fn duration_within(
    field: &str,
    value: SimDuration,
    min: SimDuration,
    max: SimDuration,
) -> Result<(), Problem> {
    within(field, &value, &min, &max, |d| spoken(*d))
}

fn count_within(field: &str, value: u32, min: u32, max: u32) -> Result<(), Problem> {
    within(field, &value, &min, &max, ToString::to_string)
}

fn number_within(field: &str, value: f64, min: f64, max: f64) -> Result<(), Problem> {
    within(field, &value, &min, &max, |number| decimal::show(*number))
}

fn within<T: PartialOrd, S: Display>(
    field: &str,
    value: &T,
    min: &T,
    max: &T,
    show: impl Fn(&T) -> S,
) -> Result<(), Problem> {
    // Written so that NaN is outside.
    if min <= value && value <= max {
        return Ok(());
    }
    let message = format!("must be between {} and {}, not {}", show(min), show(max), show(value));
    Err(Problem::new(field, message))
}
