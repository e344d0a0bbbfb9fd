//! Whether to try again, and when.
//!
//! Attempts are counted as in gRPC's retry design (A6): the first one included. What is worth
//! retrying follows the usual libraries: timeouts, connection failures, 5xx and 429, never any
//! other 4xx, because sending the same wrong request again stays wrong.

use serde::{Deserialize, Serialize};

use super::outcome::{Outcome, Status};
use super::{Problem, backoff, count_within};
use crate::time::SimDuration;

/// When a retry policy retries.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Settings {
    /// Attempts in all, the first included: 1 to 1,000. One means no retries.
    pub max_attempts: u32,
    /// How long to wait in between.
    pub backoff: backoff::Settings,
    /// What is retried.
    pub on: RetryOn,
    /// Whether a `Retry-After` on the answer lengthens the wait. It is a minimum (RFC 9110,
    /// section 10.2.3): the longer of it and the backoff is waited.
    pub honour_retry_after: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            backoff: backoff::Settings::default(),
            on: RetryOn::default(),
            honour_retry_after: true,
        }
    }
}

/// The outcomes that are retried.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct RetryOn {
    /// No answer in time. The callee may have done the work: retry only what is idempotent.
    pub timeouts: bool,
    /// No connection, or it broke.
    pub connection_failures: bool,
    /// 500 to 599.
    pub server_errors: bool,
    /// 429, slow down.
    pub too_many_requests: bool,
    /// 409 carrying `Retry-After`: the same request is still being worked on and may be sent again
    /// unchanged (IETF draft *The Idempotency-Key HTTP Header Field*).
    pub in_progress: bool,
    /// Refusals by the caller's own circuit breaker, rate limit or bulkhead. Retrying those in vain
    /// is what a breaker spares its callee, so this is off unless asked for.
    pub rejections: bool,
}

impl Default for RetryOn {
    fn default() -> Self {
        Self {
            timeouts: true,
            connection_failures: true,
            server_errors: true,
            too_many_requests: true,
            in_progress: true,
            rejections: false,
        }
    }
}

impl RetryOn {
    /// Whether this outcome is worth another attempt.
    #[must_use]
    pub fn covers(&self, outcome: Outcome, retry_after: Option<SimDuration>) -> bool {
        match outcome {
            Outcome::TimedOut => self.timeouts,
            Outcome::ConnectionFailed => self.connection_failures,
            Outcome::Rejected => self.rejections,
            Outcome::Answered(Status::TOO_MANY) => self.too_many_requests,
            Outcome::Answered(Status::CONFLICT) => self.in_progress && retry_after.is_some(),
            Outcome::Answered(status) => self.server_errors && status.is_server_error(),
        }
    }
}

impl Settings {
    /// Whether every parameter is in its range.
    ///
    /// # Errors
    /// The first parameter that is not.
    pub fn validate(&self) -> Result<(), Problem> {
        count_within("max_attempts", self.max_attempts, 1, 1_000)?;
        self.backoff.validate().map_err(|p| p.within("backoff"))
    }
}

/// Where one operation stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct State {
    /// Attempts that have ended.
    pub attempts: u32,
    /// The latest wait by backoff; decorrelated jitter grows from it.
    pub previous: SimDuration,
}

/// What to do after an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// It succeeded.
    Done,
    /// Try again after this long.
    RetryAfter(SimDuration),
    /// The last outcome is final.
    GiveUp(GiveUp),
}

/// Why there is no further attempt.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GiveUp {
    /// Another attempt would not help, or might harm.
    NotRetryable,
    /// That was the last attempt allowed.
    AttemptsExhausted,
    /// The [budget](super::budget) that it shares is spent; to be decided by who asks that.
    BudgetSpent,
    /// The wait would have ended after the [deadline](super::deadline); to be decided by who has one.
    DeadlineNear,
}

impl State {
    /// Decides after an attempt; to be called once for each that ended. `retry_after` is what the
    /// answer asked for, `u` draws a number from `[0, 1)` for the jitter, if there is a wait.
    #[must_use = "the decision says what to do next"]
    pub fn step(
        &mut self,
        settings: &Settings,
        outcome: Outcome,
        retry_after: Option<SimDuration>,
        u: impl FnOnce() -> f64,
    ) -> Decision {
        let n = self.attempts;
        self.attempts = self.attempts.saturating_add(1);
        if matches!(outcome, Outcome::Answered(status) if status.0 < 400) {
            return Decision::Done;
        }
        if !settings.on.covers(outcome, retry_after) {
            return Decision::GiveUp(GiveUp::NotRetryable);
        }
        if self.attempts >= settings.max_attempts {
            return Decision::GiveUp(GiveUp::AttemptsExhausted);
        }
        self.previous = settings.backoff.wait(n, self.previous, u());
        let asked = retry_after.filter(|_| settings.honour_retry_after);
        Decision::RetryAfter(self.previous.max(asked.unwrap_or(SimDuration::ZERO)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: SimDuration = SimDuration::from_secs(1);

    fn first(settings: &Settings, outcome: Outcome, retry_after: Option<SimDuration>) -> Decision {
        State::default().step(settings, outcome, retry_after, || 0.5)
    }

    fn retries(outcome: Outcome) -> bool {
        matches!(first(&Settings::default(), outcome, None), Decision::RetryAfter(_))
    }

    #[test]
    fn attempts_include_the_first() {
        let settings = Settings::default();
        let mut state = State::default();
        let ms = SimDuration::from_millis;
        let decisions = [0; 3].map(|_| state.step(&settings, Outcome::TimedOut, None, || 0.0));
        assert_eq!(
            decisions,
            [
                Decision::RetryAfter(ms(100)),
                Decision::RetryAfter(ms(200)),
                Decision::GiveUp(GiveUp::AttemptsExhausted)
            ]
        );
        assert_eq!(state.attempts, 3);
    }

    #[test]
    fn only_what_may_get_better_is_retried() {
        assert!(retries(Outcome::ConnectionFailed));
        assert!(!retries(Outcome::Rejected));
        for status in 100..600 {
            let wanted = status == 429 || status >= 500;
            assert_eq!(retries(Outcome::Answered(Status(status))), wanted, "{status}");
        }
    }

    #[test]
    fn a_success_is_done_even_on_the_last_attempt() {
        let once = Settings { max_attempts: 1, ..Settings::default() };
        assert_eq!(first(&once, Outcome::Answered(Status::CREATED), None), Decision::Done);
        let exhausted = Decision::GiveUp(GiveUp::AttemptsExhausted);
        assert_eq!(first(&once, Outcome::TimedOut, None), exhausted);
        let hopeless = Decision::GiveUp(GiveUp::NotRetryable);
        assert_eq!(first(&once, Outcome::Answered(Status::BAD_REQUEST), None), hopeless);
    }

    /// IETF draft: a 409 for work in progress may be retried unchanged; any other conflict stays.
    #[test]
    fn a_conflict_is_retried_only_if_it_says_when() {
        let conflict = Outcome::Answered(Status::CONFLICT);
        let settings = Settings::default();
        assert_eq!(first(&settings, conflict, Some(SECOND)), Decision::RetryAfter(SECOND));
        assert_eq!(first(&settings, conflict, None), Decision::GiveUp(GiveUp::NotRetryable));
    }

    #[test]
    fn retry_after_is_a_minimum() {
        let settings = Settings::default();
        let busy = Outcome::Answered(Status::UNAVAILABLE);
        assert_eq!(first(&settings, busy, Some(SECOND)), Decision::RetryAfter(SECOND));
        let own = SimDuration::from_millis(150);
        let soon = Some(SimDuration::from_millis(1));
        assert_eq!(first(&settings, busy, soon), Decision::RetryAfter(own));
        let deaf = Settings { honour_retry_after: false, ..settings };
        assert_eq!(first(&deaf, busy, Some(SECOND)), Decision::RetryAfter(own));
    }

    #[test]
    fn decorrelated_jitter_starts_from_the_base() {
        let kind = backoff::Kind::Decorrelated;
        let backoff = backoff::Settings { kind, ..Default::default() };
        let settings = Settings { backoff, ..Settings::default() };
        let mut state = State::default();
        let waits = [0; 2].map(|_| state.step(&settings, Outcome::TimedOut, None, || 0.5));
        assert_eq!(waits, [200, 350].map(SimDuration::from_millis).map(Decision::RetryAfter));
    }

    #[test]
    fn problems_inside_the_backoff_are_found_by_their_path() {
        let backoff = backoff::Settings { cap: SimDuration::ZERO, ..Default::default() };
        let problem = Settings { backoff, ..Settings::default() }.validate().expect_err("no cap");
        assert_eq!(problem.field, "backoff.cap");
        let none = Settings { max_attempts: 0, ..Settings::default() };
        let problem = none.validate().expect_err("no attempts");
        assert_eq!(problem.to_string(), "max_attempts must be between 1 and 1000, not 0");
    }
}
