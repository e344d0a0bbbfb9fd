//! The parameters of a service that looks at keys, as scenarios and links hold them.

use serde::{Deserialize, Serialize};

use crate::policy::{LONGEST, Problem, SHORTEST, duration_within};
use crate::time::SimDuration;

/// The longest that a finished key may be remembered: a year. Stripe's v2 keeps them for 30 days.
const LONGEST_MEMORY: SimDuration = SimDuration::from_secs(366 * 86_400);

/// Which key the client sends.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyStrategy {
    /// One key for the operation, the same on every attempt. Right.
    #[default]
    PerOperation,
    /// A fresh key for each attempt: the classic bug. Protects against nothing.
    PerAttempt,
    /// No key.
    None,
}

/// Which answers are kept under their key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreWhat {
    /// The answer of everything that started, errors too: a stored 500 is replayed until it
    /// expires (the IETF draft, Stripe's v1).
    Started,
    /// Only 2xx; after any other answer the key is free and the next attempt executes again
    /// (Stripe's v2). The default, because a 503 from a moment when a breaker was open must not be
    /// replayed for a day.
    #[default]
    Success,
}

/// What the service does with keys.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Settings {
    /// Whether keys are looked at.
    pub enabled: bool,
    /// Whether a request without a key is refused with 400.
    pub required: bool,
    /// Whether a key that comes back with another payload is refused with 422.
    pub fingerprint: bool,
    /// Which answers are kept.
    pub store: StoreWhat,
    /// How long a finished key is remembered after its first use, 1 µs to 366 days. At that age
    /// exactly it is forgotten, and the operation executes again.
    pub ttl: SimDuration,
    /// The `Retry-After` that a 409 carries, up to 24 h.
    pub retry_after: SimDuration,
    /// How long a key may stay in progress before another attempt may take it over, 1 µs to 24 h:
    /// the way out when the worker that held it died. None means never.
    pub lock_timeout: Option<SimDuration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            required: false,
            fingerprint: true,
            store: StoreWhat::Success,
            ttl: LONGEST,
            retry_after: SimDuration::from_secs(1),
            lock_timeout: None,
        }
    }
}

impl Settings {
    /// Whether every parameter is in its range.
    ///
    /// # Errors
    /// The first parameter that is not.
    pub fn validate(&self) -> Result<(), Problem> {
        duration_within("ttl", self.ttl, SHORTEST, LONGEST_MEMORY)?;
        duration_within("retry_after", self.retry_after, SimDuration::ZERO, LONGEST)?;
        self.lock_timeout.map_or(Ok(()), |d| duration_within("lock_timeout", d, SHORTEST, LONGEST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_named() {
        let problem = Settings { ttl: SimDuration::ZERO, ..Settings::default() }.validate();
        let sentence = problem.expect_err("no ttl").to_string();
        assert_eq!(sentence, "ttl must be between 1 µs and 366 days, not 0 s");
        assert_eq!(Settings::default().validate(), Ok(()));
        let month = Settings { ttl: SimDuration::from_secs(30 * 86_400), ..Settings::default() };
        assert_eq!(month.validate(), Ok(()), "Stripe's v2");
    }
}
