//! When copies are sent, as libraries do it.

use serde::{Deserialize, Serialize};

use super::Latencies;
use crate::policy::retry::RetryOn;
use crate::policy::{LONGEST, Problem, count_within, duration_within, number_within};
use crate::time::SimDuration;

/// The most copies there can be: Polly's first and ten more.
pub(super) const MOST: u32 = 11;
/// The most that gRPC sends, however many are asked for.
const MOST_OF_GRPC: u32 = 5;

/// When a request is sent again before there is an answer.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Settings {
    /// Copies in all, the first included: 1 to 11. One means no hedging.
    pub max_attempts: u32,
    /// How long after the latest copy the next one follows, up to 24 h. Zero sends all at once; none
    /// sends the next only after a failure (Polly's infinite delay).
    pub delay: Option<SimDuration>,
    /// Takes the delay from what was measured instead; see [`Settings::resolved`].
    pub percentile: Option<Percentile>,
    /// The failures after which others may still succeed. Any other is final and cancels all.
    pub non_fatal: RetryOn,
    /// What follows on such a failure.
    pub on_failure: OnFailure,
    /// Whether a callee that answers with an error can say when the next copy may come, or that none
    /// may (gRPC's `grpc-retry-pushback-ms`; over HTTP, `Retry-After`).
    pub honour_pushback: bool,
    /// Which failure is reported when all copies failed.
    pub report: Report,
}

/// A delay that follows the latencies of the calls before.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Percentile {
    /// The share of latencies that are no longer than the delay: 0 to 1. At 0.95, one call in twenty
    /// is hedged.
    pub percentile: f64,
    /// Over how many of the latest calls: 1 to 10,000.
    pub size: u32,
    /// How many there have to be before anything is hedged: 1 to 10,000. One asks for at most `size`.
    pub min_calls: u32,
}

impl Default for Percentile {
    fn default() -> Self {
        Self { percentile: 0.95, size: 100, min_calls: 20 }
    }
}

/// What follows when a copy failed and others may still succeed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// The next copy goes out at once (gRPC, Polly).
    #[default]
    AtOnce,
    /// It goes out when its delay is over (failsafe-go).
    AtDelay,
}

/// Which failure is the outcome when all copies failed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// The one that came last (failsafe-go; A6 does not say).
    #[default]
    Latest,
    /// That of the copy sent first (Polly).
    First,
}

/// No failure is worth waiting for another copy.
const NOTHING: RetryOn = RetryOn {
    timeouts: false,
    connection_failures: false,
    server_errors: false,
    too_many_requests: false,
    in_progress: false,
    rejections: false,
};

/// Polly's: two copies, two seconds apart, because only Polly has a default for everything.
impl Default for Settings {
    fn default() -> Self {
        Self {
            max_attempts: 2,
            delay: Some(SimDuration::from_secs(2)),
            percentile: None,
            non_fatal: RetryOn::default(),
            on_failure: OnFailure::AtOnce,
            honour_pushback: false,
            report: Report::First,
        }
    }
}

impl Settings {
    /// A `hedgingPolicy` of gRPC's retry design (proposal A6). More than five attempts are treated
    /// as five.
    #[must_use]
    pub fn grpc(max_attempts: u32, delay: SimDuration) -> Self {
        Self {
            max_attempts: max_attempts.min(MOST_OF_GRPC),
            delay: Some(delay),
            honour_pushback: true,
            report: Report::Latest,
            ..Self::default()
        }
    }

    /// Polly's defaults (v8, `HedgingStrategyOptions`): one more copy after two seconds, or at once
    /// after a failure.
    #[must_use]
    pub fn polly() -> Self {
        Self::default()
    }

    /// tower's `Hedge`: one more copy for whatever is older than a percentile. Whichever answers
    /// first is the answer, also with an error. tower measures over the period before the present
    /// one, here it is over the latest calls.
    #[must_use]
    pub fn tower(percentile: Percentile) -> Self {
        Self {
            delay: None,
            percentile: Some(percentile),
            non_fatal: NOTHING,
            report: Report::Latest,
            ..Self::default()
        }
    }

    /// failsafe-go's `HedgePolicy`: one more copy after a delay; the first result of any kind is the
    /// result, unless told otherwise, and failures do not hurry.
    #[must_use]
    pub fn failsafe_go(delay: SimDuration) -> Self {
        Self {
            delay: Some(delay),
            non_fatal: NOTHING,
            on_failure: OnFailure::AtDelay,
            report: Report::Latest,
            ..Self::default()
        }
    }

    /// Whether every parameter is in its range.
    ///
    /// # Errors
    /// The first parameter that is not, by its dotted path.
    pub fn validate(&self) -> Result<(), Problem> {
        count_within("max_attempts", self.max_attempts, 1, MOST)?;
        if let Some(delay) = self.delay {
            duration_within("delay", delay, SimDuration::ZERO, LONGEST)?;
        }
        let percentile = self.percentile.map_or(Ok(()), |percentile| percentile.validate());
        percentile.map_err(|problem| problem.within("percentile"))
    }

    /// The same settings with the delay that the percentile gives now. With too few latencies there
    /// is none, and nothing is hedged before a failure (tower, failsafe-go).
    #[must_use]
    pub fn resolved(&self, latencies: &Latencies) -> Self {
        match self.percentile {
            None => *self,
            Some(percentile) => Self { delay: latencies.delay(&percentile), ..*self },
        }
    }
}

impl Percentile {
    fn validate(&self) -> Result<(), Problem> {
        number_within("percentile", self.percentile, 0.0, 1.0)?;
        count_within("size", self.size, 1, 10_000)?;
        count_within("min_calls", self.min_calls, 1, 10_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_copies_are_enough_for_grpc() {
        let delay = SimDuration::from_millis(500);
        assert_eq!(Settings::grpc(4, delay).max_attempts, 4);
        assert_eq!(Settings::grpc(99, delay).max_attempts, 5);
    }

    #[test]
    fn presets_are_valid_and_survive_files_and_links() {
        let second = SimDuration::from_secs(1);
        for settings in [
            Settings::grpc(5, SimDuration::ZERO),
            Settings::polly(),
            Settings::tower(Percentile::default()),
            Settings::failsafe_go(second),
        ] {
            assert_eq!(settings.validate(), Ok(()));
            let text = serde_json::to_string(&settings).expect("encodes");
            assert_eq!(serde_json::from_str::<Settings>(&text).ok(), Some(settings), "{text}");
        }
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        for (json, sentence) in [
            (r#"{"max_attempts":12}"#, "max_attempts must be between 1 and 11, not 12"),
            (r#"{"delay":"25 h"}"#, "delay must be between 0 s and 24 h, not 25 h"),
            (
                r#"{"percentile":{"percentile":95}}"#,
                "percentile.percentile must be between 0 and 1, not 95",
            ),
        ] {
            let settings: Settings = serde_json::from_str(json).expect("the shape is right");
            assert_eq!(settings.validate().map_err(|p| p.to_string()), Err(sentence.into()));
        }
        assert!(serde_json::from_str::<Settings>(r#"{"hedges":1}"#).is_err());
        let only_after_failures: Settings =
            serde_json::from_str(r#"{"delay":null}"#).expect("valid");
        assert_eq!(only_after_failures.delay, None);
    }
}
