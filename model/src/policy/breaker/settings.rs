//! What a breaker can be set to: a superset of resilience4j, Polly, gobreaker, failsafe-go,
//! cockatiel, opossum, Linkerd and the small Python breakers. What is absent in a file has its
//! default.

use serde::{Deserialize, Serialize};

use super::millis::Millis;
use super::recovery::{HalfOpen, Open};

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
    /// Calls asked for, refused ones included (opossum). A result belongs to the bucket in which it
    /// arrives: if its call has left the window and no other is there, any failure is more than any
    /// rate, unless [`Window::min_calls`] asks for calls. Not for consecutive and count windows.
    Fires,
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
    /// failure can reopen a half-open breaker. They never touch the permits of probes, unless
    /// [`PermitAccounting`](super::PermitAccounting) says so.
    CurrentState,
    /// They count nowhere (gobreaker).
    #[default]
    Drop,
    /// They count where their call was admitted (cockatiel). The window goes on while the breaker is
    /// open or half-open: results of calls that it admitted while closed, and of its probes, go into
    /// it. A late failure opens a half-open breaker if the window asks for that, and a late success
    /// closes none. Results of probes count nowhere once their half-open period is over.
    AdmittingState,
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
