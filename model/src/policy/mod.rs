//! The policies, as pure state machines.

pub mod backoff;
pub mod breaker;
pub mod idempotency;
pub mod outcome;
pub mod retry;
pub mod timeout;

use std::fmt::Display;

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
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }

    /// The same problem seen from outside: its field lies within `outer`.
    #[must_use]
    pub fn within(self, outer: &str) -> Self {
        Self { field: format!("{outer}.{}", self.field), ..self }
    }
}

/// A duration as sentences put it: whole hours as hours.
fn spoken(d: SimDuration) -> String {
    let hour = SimDuration::from_secs(3600).nanos();
    if d.nanos() >= hour && d.nanos().is_multiple_of(hour) {
        format!("{} h", d.nanos() / hour)
    } else {
        d.to_string()
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
    within(field, &value, &min, &max, ToString::to_string)
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
