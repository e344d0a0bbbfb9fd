//! What a breaker can be set to: a superset of resilience4j, Polly, gobreaker, failsafe-go,
//! cockatiel, opossum, Linkerd and the small Python breakers. What is absent in a file has its
//! default.

use serde::{Deserialize, Serialize};

use super::millis::Millis;

/// Everything about one circuit breaker.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Settings {
    /// Which calls are looked at.
    pub window: Window,
    /// When it opens.
    pub trip: Trip,
    /// Whether slow calls count, and when there are too many; none ignores how long calls take.
    pub slow: Option<Slow>,
    /// What a rate is a fraction of.
    pub denominator: Denominator,
    /// For how long it stays open.
    pub open: Open,
    /// How it finds out whether the callee is back.
    pub half_open: HalfOpen,
    /// What becomes of outcomes that say nothing about the callee.
    pub ignored: Ignored,
    /// What becomes of results of calls that started before the last transition.
    pub late_results: LateResults,
    /// What closing does to the window.
    pub on_close: OnClose,
}

/// Which calls are looked at.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Window {
    /// The kind of window; the other fields matter to the kinds that name them.
    pub kind: WindowKind,
    /// [`WindowKind::Count`]: how many calls, 1 to 10,000.
    pub size: u32,
    /// [`WindowKind::Time`] and [`WindowKind::Tumbling`]: how long, 1 ms to 24 h.
    pub duration_ms: Millis,
    /// [`WindowKind::Time`]: in how many steps old calls leave, 1 to 1,000.
    pub buckets: u32,
    /// [`WindowKind::Time`]: where buckets begin.
    pub anchor: Anchor,
    /// How many calls the window has to hold before a *rate* is judged, up to 10,000. A count
    /// window holds at most `size`, so no more than that is asked of it (as resilience4j does).
    /// [`Trip::failures`] needs no minimum.
    pub min_calls: u32,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            kind: WindowKind::Count,
            size: 10,
            duration_ms: Millis::new(10_000),
            buckets: 10,
            anchor: Anchor::Epoch,
            min_calls: 5,
        }
    }
}

/// The kinds of windows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowKind {
    /// The failures since the last success (gobreaker's default, cockatiel, Linkerd, pybreaker).
    Consecutive,
    /// The last `size` calls, however old (resilience4j, failsafe-go, cockatiel).
    #[default]
    Count,
    /// The last `duration_ms` in `buckets` (resilience4j, Polly, failsafe-go, opossum). The newest
    /// bucket is usually not full yet, so between `buckets - 1` and `buckets` of them are covered.
    Time,
    /// Everything since the window began; the first event *after* `duration_ms` begins a new one
    /// (gobreaker's `Interval`).
    Tumbling,
    /// Everything since the breaker closed.
    Unbounded,
}

/// Where the buckets of a time window begin.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// At multiples of their length since the start of the run (resilience4j, failsafe-go).
    #[default]
    Epoch,
    /// At multiples of their length since the window was last cleared (gobreaker).
    Start,
    /// With the first event after the previous bucket's end; a bucket leaves when it *began*
    /// `duration_ms` ago (Polly, cockatiel).
    FirstEvent,
    /// At multiples of their length since the breaker was made (opossum).
    Timer,
}

/// When a closed breaker opens.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Trip {
    /// At this many failures in the window, 1 to 10,000. If set, `failure_rate` is not looked at.
    pub failures: Option<u32>,
    /// At this fraction of failures, 0 to 1. None opens for slow calls only, or never.
    pub failure_rate: Option<f64>,
    /// How the failure rate is compared with its threshold.
    pub rate_cmp: Cmp,
    /// After which results it is asked whether to open.
    pub evaluate_on: EvaluateOn,
    /// Whether rates are rounded to two decimals before they are compared (failsafe-go: 199 of 400
    /// reach 0.5).
    pub round_2dp: bool,
}

impl Default for Trip {
    fn default() -> Self {
        Self {
            failures: None,
            failure_rate: Some(0.5),
            rate_cmp: Cmp::AtLeast,
            evaluate_on: EvaluateOn::Any,
            round_2dp: false,
        }
    }
}

/// A comparison with a threshold. Libraries differ, and at the boundary it shows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub enum Cmp {
    /// At the threshold is enough.
    #[default]
    #[serde(rename = ">=")]
    AtLeast,
    /// Only beyond the threshold.
    #[serde(rename = ">")]
    Above,
}

impl Cmp {
    /// Whether `value` has reached (or passed) `threshold`.
    #[must_use]
    pub fn holds<T: PartialOrd>(self, value: T, threshold: T) -> bool {
        match self {
            Self::AtLeast => value >= threshold,
            Self::Above => value > threshold,
        }
    }
}

/// After which results a closed breaker asks itself whether to open.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvaluateOn {
    /// After every result: a success may complete the minimum sample and trip (resilience4j,
    /// failsafe-go, Linkerd).
    #[default]
    Any,
    /// Only after failures and slow calls (Polly, gobreaker, cockatiel, opossum).
    Failure,
}

/// When calls are slow, and when there are too many of them (resilience4j). Slow and failed are
/// independent marks: a call can be both.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Slow {
    /// The duration that divides slow from fast, 1 µs to 24 h.
    pub threshold_ms: Millis,
    /// How a call's duration is compared with it.
    pub cmp: Cmp,
    /// The fraction of slow calls at which the breaker opens, 0 to 1.
    pub rate: f64,
    /// How that rate is compared.
    pub rate_cmp: Cmp,
}

impl Default for Slow {
    fn default() -> Self {
        Self {
            threshold_ms: Millis::new(1_000),
            cmp: Cmp::Above,
            rate: 1.0,
            rate_cmp: Cmp::AtLeast,
        }
    }
}

/// What a rate is a fraction of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Denominator {
    /// Calls with a result.
    #[default]
    Completed,
    /// Calls admitted, those in flight included; a result belongs to the bucket of its admission
    /// (gobreaker). Not for consecutive and count windows.
    Admitted,
    /// Calls asked for, refused ones included (opossum). Not for consecutive and count windows.
    Fires,
}

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
            wait_cmp: Cmp::AtLeast,
            auto: false,
            on_observe: false,
        }
    }
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
    /// Probes in each half-open period (resilience4j, gobreaker).
    Total,
    /// Probes in flight at once (failsafe-go).
    #[default]
    InFlight,
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
/// [`Settings::slow`] is set, except where rates decide: those look at both rates.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Decide {
    /// The rule; the other fields matter to the rules that name them.
    pub kind: DecideKind,
    /// [`DecideKind::Rate`], [`DecideKind::RateAtExecutions`]: the failure rate at which it
    /// reopens, 0 to 1; none uses [`Trip::failure_rate`].
    pub rate: Option<f64>,
    /// [`DecideKind::Rate`]: after how many results, 1 to 10,000; none asks for as many as
    /// [`Window::min_calls`], but for no more than [`HalfOpen::permitted`].
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

/// What becomes of outcomes that say nothing about the callee.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Ignored {
    /// In a closed breaker.
    pub closed: IgnoredClosed,
    /// In a half-open one.
    pub half_open: IgnoredHalfOpen,
}

/// What becomes of ignored outcomes in a closed breaker.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IgnoredClosed {
    /// They leave no trace (resilience4j, gobreaker, cockatiel).
    #[default]
    NotCounted,
    /// They count as successes (Polly, failsafe-go, opossum).
    AsSuccess,
}

/// What becomes of ignored outcomes in a half-open breaker.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IgnoredHalfOpen {
    /// The permit is given back and nothing is learnt (resilience4j, gobreaker).
    #[default]
    ReleasePermit,
    /// They count as successful probes (Polly, failsafe-go, cockatiel, opossum).
    AsSuccess,
}

/// What becomes of results of calls that were admitted before the last transition.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateResults {
    /// They count in the state that the breaker has now (resilience4j, Polly, failsafe-go): a late
    /// failure can reopen a half-open breaker. They never touch the permits of probes.
    CurrentState,
    /// They count nowhere (gobreaker).
    #[default]
    Drop,
}

/// What closing does to the window.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnClose {
    /// It begins empty.
    #[default]
    Clear,
    /// It begins with the probe that closed the breaker (cockatiel).
    ClearThenRecordProbe,
    /// It goes on, and held the probes too while the breaker was not closed: one failure after
    /// recovery can reopen it (opossum).
    Keep,
}
