//! How a breaker is set to recover: how long it stays open, and how it probes.

use serde::{Deserialize, Serialize};

use super::millis::Millis;
use super::settings::Cmp;

/// For how long an open breaker stays open. A `schedule_ms` wins over `exponential`, and that over
/// `wait_ms`. The place in the schedule is the number of openings since the breaker last closed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Open {
    /// The same wait every time, 1 µs to 24 h.
    pub wait_ms: Millis,
    /// One wait after another, the last for all that follow; at most 100.
    pub schedule_ms: Vec<Millis>,
    /// A growing wait.
    pub exponential: Option<Exponential>,
    /// By which share of itself each wait may be longer, 0 to 1, so that those that opened together do not
    /// probe together (what Polly's `BreakDurationGenerator` is mostly used for).
    #[serde(skip_serializing_if = "is_nothing")]
    pub jitter: f64,
    /// How the time since opening is compared with the wait.
    pub wait_cmp: Cmp,
    /// Whether it becomes half-open by itself when the wait is over, instead of at the next call.
    pub auto: bool,
    /// Whether merely looking at it, or a late result, makes it half-open when the wait is over
    /// (gobreaker).
    pub on_observe: bool,
}

impl Default for Open {
    fn default() -> Self {
        Self {
            wait_ms: Millis::new(2_000),
            schedule_ms: Vec::new(),
            exponential: None,
            jitter: 0.0,
            wait_cmp: Cmp::AtLeast,
            auto: false,
            on_observe: false,
        }
    }
}

fn is_nothing(jitter: &f64) -> bool {
    *jitter == 0.0
}

/// `min(initial·multiplierᵏ, max)` for the k-th opening in a row, from 0.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Exponential {
    /// The first wait, 1 µs to 24 h.
    pub initial_ms: Millis,
    /// By how much it grows each time, 1 to 100.
    pub multiplier: f64,
    /// What it never exceeds, 1 µs to 24 h.
    pub max_ms: Millis,
}

impl Default for Exponential {
    fn default() -> Self {
        Self { initial_ms: Millis::new(2_000), multiplier: 2.0, max_ms: Millis::new(60_000) }
    }
}

/// How a half-open breaker probes.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct HalfOpen {
    /// How many probes it admits, 1 to 10,000; none admits every call.
    pub permitted: Option<u32>,
    /// What `permitted` limits.
    pub permit_accounting: PermitAccounting,
    /// What becomes of surplus calls.
    pub overflow: Overflow,
    /// Admits one more probe whenever the latest was admitted this long ago, 1 µs to 24 h: the way
    /// out when a probe never returns (Polly v7).
    pub reprobe_after_ms: Option<Millis>,
    /// How long it may last, 1 µs to 24 h; none is no limit (resilience4j's
    /// `maxWaitDurationInHalfOpenState`).
    pub max_wait_ms: Option<Millis>,
    /// What it becomes after that.
    pub max_wait_to: MaxWaitTo,
    /// When it closes or reopens.
    pub decide: Decide,
}

impl Default for HalfOpen {
    fn default() -> Self {
        Self {
            permitted: Some(1),
            permit_accounting: PermitAccounting::InFlight,
            overflow: Overflow::Reject,
            reprobe_after_ms: None,
            max_wait_ms: None,
            max_wait_to: MaxWaitTo::Open,
            decide: Decide::default(),
        }
    }
}

/// What the number of permitted probes limits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PermitAccounting {
    /// Probes in each half-open period (gobreaker).
    Total,
    /// Probes in flight at once.
    #[default]
    InFlight,
    /// As [`Total`](Self::Total), but a call of an earlier state that is ignored or cancelled gives
    /// a permit back as well, so that there can be more probes than were permitted (resilience4j).
    TotalUnbounded,
    /// As [`InFlight`](Self::InFlight), but a call of an earlier state gives a permit back as well
    /// when it ends, so that there can be more probes than were permitted (failsafe-go).
    InFlightUnbounded,
}

/// What becomes of a call that a half-open breaker has no permit for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overflow {
    /// It fails at once.
    #[default]
    Reject,
    /// It waits for the verdict (cockatiel, Linkerd). The breaker keeps no queue: it refuses with
    /// [`Refusal::HalfOpenFull`](super::Refusal::HalfOpenFull) and the caller asks again after the
    /// next probe has ended.
    Wait,
}

/// What a half-open breaker becomes when it has been so for too long.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaxWaitTo {
    /// Open again.
    #[default]
    Open,
    /// Closed.
    Closed,
}

/// When a half-open breaker closes or reopens. Slow probes count as failed where
/// [`Settings::slow`](super::Settings::slow) is set, except where rates decide: those look at both rates.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Decide {
    /// The rule; the other fields matter to the rules that name them.
    pub kind: DecideKind,
    /// [`DecideKind::Rate`], [`DecideKind::RateAtExecutions`]: the failure rate at which it
    /// reopens, 0 to 1; none uses [`Trip::failure_rate`](super::Trip::failure_rate).
    pub rate: Option<f64>,
    /// [`DecideKind::Rate`]: after how many results, 1 to 10,000; none asks for as many as
    /// [`Window::min_calls`](super::Window::min_calls), but for no more than [`HalfOpen::permitted`].
    pub min_calls: Option<u32>,
    /// [`DecideKind::ConsecutiveSuccess`], [`DecideKind::Ratio`]: how many successes close it, 1
    /// to 10,000.
    pub successes: u32,
    /// [`DecideKind::FailureRatio`]: how many failures reopen it, 1 to 10,000.
    pub failures: u32,
    /// [`DecideKind::Ratio`], [`DecideKind::FailureRatio`]: out of how many probes, up to 10,000.
    pub capacity: u32,
    /// [`DecideKind::RateAtExecutions`]: after how many results, 1 to 10,000.
    pub executions: u32,
}

impl Default for Decide {
    fn default() -> Self {
        Self {
            kind: DecideKind::ConsecutiveSuccess,
            rate: None,
            min_calls: None,
            successes: 1,
            failures: 1,
            capacity: 1,
            executions: 1,
        }
    }
}

/// The rules of [`Decide`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecideKind {
    /// Reopens if a rate is exceeded after `min_calls` results, otherwise closes (resilience4j).
    Rate,
    /// Closes after `successes` in a row; any failure reopens (gobreaker, Polly, cockatiel,
    /// opossum, Linkerd).
    #[default]
    ConsecutiveSuccess,
    /// Closes after `successes` of `capacity`; reopens when that has become impossible
    /// (failsafe-go's success threshold).
    Ratio,
    /// Reopens after `failures` of `capacity`; closes when that has become impossible
    /// (failsafe-go without a success threshold).
    FailureRatio,
    /// Reopens if a rate is exceeded after `executions` results, otherwise closes (failsafe-go with
    /// a failure rate).
    RateAtExecutions,
}
