//! The laws that a retry budget can have, with the defaults of those who made them.

use serde::{Deserialize, Serialize};

use crate::policy::{Problem, count_within, duration_within, number_within};
use crate::time::SimDuration;

/// The most tokens or retries that any setting speaks of.
const MOST: u32 = 100_000;

/// The law of a budget.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settings {
    /// No budget: every retry goes out.
    #[default]
    None,
    /// Tokens that retries cost and successes give back (AWS SDKs).
    Quota(Quota),
    /// Tokens that failures take and successes give, with no retries below the half (gRPC).
    Throttling(Throttling),
    /// Requests deposit, retries withdraw, both for a while (Finagle, Linkerd, tower).
    Deposits(Deposits),
    /// So many retries under way at once (Envoy, failsafe-go).
    Concurrency(Concurrency),
    /// Retries are a share of what is sent (Google SRE).
    Share(Share),
}

/// A quota of tokens, as in the *standard* retry mode of the AWS SDKs (botocore,
/// `retries/standard.py`). It does not refill with time, only with successes.
///
/// Law: over any time, what retries cost is at most `capacity` and what successes gave back.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Quota {
    /// The tokens at the start, and the most there can be: 1 to 100,000.
    pub capacity: u32,
    /// What a retry costs, up to 100,000.
    pub retry_cost: u32,
    /// What it costs after a timeout, up to 100,000.
    pub timeout_cost: u32,
    /// What it costs after the callee asked to slow down (429), up to 100,000.
    pub throttled_cost: u32,
    /// What a request gives back that succeeded at the first attempt, up to 100,000. One that
    /// succeeded after retries gives back what the last of them cost; one that failed, nothing.
    pub first_refund: u32,
}

impl Default for Quota {
    fn default() -> Self {
        Self { capacity: 500, retry_cost: 5, timeout_cost: 10, throttled_cost: 5, first_refund: 1 }
    }
}

/// `retryThrottling` of gRPC's retry design (proposal A6), with the numbers of its example. Every
/// attempt that failed in a way worth a retry takes one token, every success gives `token_ratio`,
/// and retries go out while there are more than half of `max_tokens`.
///
/// Law: over any time, retries that are asked for as soon as their attempts have failed are at most
/// half of `max_tokens` and `token_ratio` for each success.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Throttling {
    /// The tokens at the start, and the most there can be: 1 to 1,000.
    pub max_tokens: u32,
    /// What a success gives: 0.001 to 1,000. Decimals after the third are ignored, as A6 says.
    pub token_ratio: f64,
}

impl Default for Throttling {
    fn default() -> Self {
        Self { max_tokens: 10, token_ratio: 0.1 }
    }
}

/// Finagle's `RetryBudget`, which Linkerd and tower (`TpsBudget`) took over with its defaults.
///
/// Law: at every retry, the retries of the last `ttl` are at most `ratio` for each deposit of the
/// last `ttl`, and `min_per_second` for each second of it. Over a longer time, the second part is
/// there once for every nine tenths of the `ttl`, because deposits and withdrawals are forgotten in
/// ten steps.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Deposits {
    /// How long deposits and withdrawals count: 1 to 60 s.
    pub ttl: SimDuration,
    /// Retries a second that go out whatever was deposited, up to 100,000.
    pub min_per_second: u32,
    /// Retries for each deposit: 0 to 1,000.
    pub ratio: f64,
    /// When a request makes its deposit.
    pub on: DepositOn,
}

impl Default for Deposits {
    fn default() -> Self {
        Self {
            ttl: SimDuration::from_secs(10),
            min_per_second: 10,
            ratio: 0.2,
            on: DepositOn::Request,
        }
    }
}

/// When a request makes its deposit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DepositOn {
    /// When it begins (Finagle).
    #[default]
    Request,
    /// When it ends with something that is not worth a retry (Linkerd's proxy, tower's example). An
    /// outage then deposits nothing, and only the minimum remains.
    Answer,
}

/// A limit on the retries under way at once: from their permission to their end.
///
/// Law: at every retry, those under way are at most the larger of `min` and `ratio` of what is
/// active; with [`Compare::UpTo`] one more than that.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Concurrency {
    /// Retries under way for each that is active: 0 to 1.
    pub ratio: f64,
    /// Retries that may be under way however little is active, up to 100,000.
    pub min: u32,
    /// What is active.
    pub of: Active,
    /// How the limit is compared.
    pub compare: Compare,
}

impl Default for Concurrency {
    fn default() -> Self {
        Self { ratio: 0.2, min: 3, of: Active::Attempts, compare: Compare::Below }
    }
}

/// What the retries under way are compared with.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Active {
    /// Attempts under way, first ones and retries (Envoy's active and pending requests).
    #[default]
    Attempts,
    /// Requests that have not ended, and retries besides (failsafe-go's executions).
    Requests,
}

/// How many more may go out when the limit is near.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// Only if fewer than the limit, rounded down, are under way (Envoy).
    #[default]
    Below,
    /// Also if exactly the limit is under way (failsafe-go), so that one more than it gets out.
    UpTo,
}

/// Google's two limits (*Site Reliability Engineering*, 2016, chapter 21): so many attempts for each
/// request, and for each client a share of retries in what it sends. The book does not say over
/// what time; here it is that of its adaptive throttling.
///
/// Law: at every retry, the retries of the last `window` are at most one more than `ratio` of its
/// attempts, hence 1.11 attempts for each request with the default.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Share {
    /// Retries go out while they are less than this share of all attempts: 0 to 1.
    pub ratio: f64,
    /// Over how long a time: 1 s to 1 h.
    pub window: SimDuration,
    /// Attempts for each request, the first included: 1 to 100.
    pub max_attempts: u32,
}

impl Default for Share {
    fn default() -> Self {
        Self { ratio: 0.1, window: SimDuration::from_secs(120), max_attempts: 3 }
    }
}

impl Settings {
    /// Whether there is no budget.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// The AWS SDKs' *standard* mode: 500 tokens, 5 for a retry and 10 after a timeout.
    pub const AWS_STANDARD: Self = Self::Quota(Quota {
        capacity: 500,
        retry_cost: 5,
        timeout_cost: 10,
        throttled_cost: 5,
        first_refund: 1,
    });
    /// The same with the costs of 2026 (botocore's version 2.1 of it, which one has to ask for): 14
    /// for a retry, also after a timeout, and 5 after the callee asked to slow down.
    pub const AWS_2026: Self = Self::Quota(Quota {
        capacity: 500,
        retry_cost: 14,
        timeout_cost: 14,
        throttled_cost: 5,
        first_refund: 1,
    });
    /// The example of gRPC's proposal A6; gRPC has no default.
    pub const GRPC: Self = Self::Throttling(Throttling { max_tokens: 10, token_ratio: 0.1 });
    /// Finagle: 20 % and 10 a second over 10 s.
    pub const FINAGLE: Self = Self::Deposits(Deposits {
        ttl: SimDuration::from_secs(10),
        min_per_second: 10,
        ratio: 0.2,
        on: DepositOn::Request,
    });
    /// Linkerd: the numbers of Finagle, deposited when a request ends.
    pub const LINKERD: Self = Self::Deposits(Deposits {
        ttl: SimDuration::from_secs(10),
        min_per_second: 10,
        ratio: 0.2,
        on: DepositOn::Answer,
    });
    /// Envoy's `retry_budget`: 20 % of the active requests, at least 3.
    pub const ENVOY: Self = Self::Concurrency(Concurrency {
        ratio: 0.2,
        min: 3,
        of: Active::Attempts,
        compare: Compare::Below,
    });
    /// failsafe-go's `Budget`: 20 % of the executions, at least 3.
    pub const FAILSAFE_GO: Self = Self::Concurrency(Concurrency {
        ratio: 0.2,
        min: 3,
        of: Active::Requests,
        compare: Compare::UpTo,
    });
    /// Google SRE: a tenth of what is sent, and 3 attempts for each request.
    pub const GOOGLE_SRE: Self =
        Self::Share(Share { ratio: 0.1, window: SimDuration::from_secs(120), max_attempts: 3 });

    /// The presets with their names in files and on the command line.
    pub const PRESETS: [(&str, Self); 8] = [
        ("aws_standard", Self::AWS_STANDARD),
        ("aws_2026", Self::AWS_2026),
        ("grpc", Self::GRPC),
        ("finagle", Self::FINAGLE),
        ("linkerd", Self::LINKERD),
        ("envoy", Self::ENVOY),
        ("failsafe_go", Self::FAILSAFE_GO),
        ("google_sre", Self::GOOGLE_SRE),
    ];

    /// Whether every parameter is in its range.
    ///
    /// # Errors
    /// The first parameter that is not, by its dotted path.
    pub fn validate(&self) -> Result<(), Problem> {
        let (law, checked) = match self {
            Self::None => return Ok(()),
            Self::Quota(quota) => ("quota", quota.validate()),
            Self::Throttling(throttling) => ("throttling", throttling.validate()),
            Self::Deposits(deposits) => ("deposits", deposits.validate()),
            Self::Concurrency(concurrency) => ("concurrency", concurrency.validate()),
            Self::Share(share) => ("share", share.validate()),
        };
        checked.map_err(|problem| problem.within(law))
    }
}

impl Quota {
    fn validate(&self) -> Result<(), Problem> {
        count_within("capacity", self.capacity, 1, MOST)?;
        count_within("retry_cost", self.retry_cost, 0, MOST)?;
        count_within("timeout_cost", self.timeout_cost, 0, MOST)?;
        count_within("throttled_cost", self.throttled_cost, 0, MOST)?;
        count_within("first_refund", self.first_refund, 0, MOST)
    }
}

impl Throttling {
    fn validate(&self) -> Result<(), Problem> {
        count_within("max_tokens", self.max_tokens, 1, 1_000)?;
        number_within("token_ratio", self.token_ratio, 0.001, 1_000.0)
    }
}

impl Deposits {
    fn validate(&self) -> Result<(), Problem> {
        let seconds = SimDuration::from_secs;
        duration_within("ttl", self.ttl, seconds(1), seconds(60))?;
        count_within("min_per_second", self.min_per_second, 0, MOST)?;
        number_within("ratio", self.ratio, 0.0, 1_000.0)
    }
}

impl Concurrency {
    fn validate(&self) -> Result<(), Problem> {
        number_within("ratio", self.ratio, 0.0, 1.0)?;
        count_within("min", self.min, 0, MOST)
    }
}

impl Share {
    fn validate(&self) -> Result<(), Problem> {
        number_within("ratio", self.ratio, 0.0, 1.0)?;
        let seconds = SimDuration::from_secs;
        duration_within("window", self.window, seconds(1), seconds(3_600))?;
        count_within("max_attempts", self.max_attempts, 1, 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_those_of_the_first_to_have_the_law() {
        assert_eq!(Settings::default(), Settings::None);
        assert_eq!(Settings::Quota(Quota::default()), Settings::AWS_STANDARD);
        assert_eq!(Settings::Throttling(Throttling::default()), Settings::GRPC);
        assert_eq!(Settings::Deposits(Deposits::default()), Settings::FINAGLE);
        assert_eq!(Settings::Concurrency(Concurrency::default()), Settings::ENVOY);
        assert_eq!(Settings::Share(Share::default()), Settings::GOOGLE_SRE);
    }

    #[test]
    fn presets_are_valid_and_survive_files() {
        for (name, settings) in Settings::PRESETS {
            assert_eq!(settings.validate(), Ok(()), "{name}");
            let text = serde_json::to_string(&settings).expect("encodes");
            assert_eq!(serde_json::from_str::<Settings>(&text).ok(), Some(settings), "{text}");
        }
    }

    #[test]
    fn what_is_absent_has_its_default_and_what_is_unknown_is_refused() {
        let read = |json| serde_json::from_str::<Settings>(json).ok();
        assert_eq!(read(r#""none""#), Some(Settings::None));
        let small = Quota { capacity: 50, ..Quota::default() };
        assert_eq!(read(r#"{"quota":{"capacity":50}}"#), Some(Settings::Quota(small)));
        assert_eq!(read(r#"{"quota":{"tokens":50}}"#), None);
        assert_eq!(read(r#"{"bucket":{}}"#), None);
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        for (json, sentence) in [
            (r#"{"quota":{"capacity":0}}"#, "quota.capacity must be between 1 and 100000, not 0"),
            (
                r#"{"throttling":{"max_tokens":1001}}"#,
                "throttling.max_tokens must be between 1 and 1000, not 1001",
            ),
            (
                r#"{"throttling":{"token_ratio":0}}"#,
                "throttling.token_ratio must be between 0.001 and 1000, not 0",
            ),
            (
                r#"{"deposits":{"ttl":"100 ms"}}"#,
                "deposits.ttl must be between 1 s and 60 s, not 100 ms",
            ),
            (
                r#"{"concurrency":{"ratio":20}}"#,
                "concurrency.ratio must be between 0 and 1, not 20",
            ),
            (
                r#"{"share":{"max_attempts":0}}"#,
                "share.max_attempts must be between 1 and 100, not 0",
            ),
        ] {
            let settings: Settings = serde_json::from_str(json).expect("the shape is right");
            assert_eq!(settings.validate().map_err(|p| p.to_string()), Err(sentence.into()));
        }
    }
}
