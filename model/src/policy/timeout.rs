//! How long the caller of one attempt waits for the answer.
//!
//! A timeout ends the waiting, not the work: the callee does not notice unless it is told. One
//! second is what resilience4j's `TimeLimiter` waits by default.

use serde::{Deserialize, Serialize};

use super::{LONGEST, Problem, SHORTEST, duration_within};
use crate::time::{SimDuration, SimTime};

/// When an attempt is given up.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Settings {
    /// The longest wait for one attempt's answer, 1 µs to 24 h; none waits for ever.
    pub per_attempt: Option<SimDuration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { per_attempt: Some(SimDuration::from_secs(1)) }
    }
}

impl Settings {
    /// Whether every parameter is in its range.
    ///
    /// # Errors
    /// The first parameter that is not.
    pub fn validate(&self) -> Result<(), Problem> {
        self.per_attempt.map_or(Ok(()), |d| duration_within("per_attempt", d, SHORTEST, LONGEST))
    }

    /// The instant at which an attempt that started at `start` times out, if it ever does.
    #[must_use]
    pub fn due(&self, start: SimTime) -> Option<SimTime> {
        self.per_attempt.map(|d| start + d)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_times_out_after_a_second_unless_told_otherwise() {
        let due = Settings::default().due(SimTime::from_millis(500));
        assert_eq!(due, Some(SimTime::from_millis(1500)));
        assert_eq!(Settings { per_attempt: None }.due(SimTime::ZERO), None);
    }

    #[test]
    fn a_timeout_of_nothing_is_refused() {
        let none = Settings { per_attempt: Some(SimDuration::ZERO) };
        let problem = none.validate().expect_err("zero");
        assert_eq!(problem.to_string(), "per_attempt must be between 1 µs and 24 h, not 0 s");
        assert_eq!(Settings { per_attempt: None }.validate(), Ok(()));
    }
}
