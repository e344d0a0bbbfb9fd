//! The words in which a breaker is asked and answers.

use serde::{Deserialize, Serialize};

use crate::policy::outcome::Outcome;
use crate::time::SimTime;

/// What a breaker is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Calls pass and are counted.
    #[default]
    Closed,
    /// Calls are refused until the wait is over.
    Open,
    /// A few calls pass, to see whether the callee is back.
    HalfOpen,
    /// Held open by hand: calls are refused until somebody says otherwise.
    ForcedOpen,
    /// Held closed by hand: calls pass and nothing is counted.
    Disabled,
    /// Calls pass and are counted, but it never opens.
    MetricsOnly,
}

impl State {
    /// The name in files and logs, such as `half_open`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
            Self::ForcedOpen => "forced_open",
            Self::Disabled => "disabled",
            Self::MetricsOnly => "metrics_only",
        }
    }

    /// The state in words: `held open`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
            Self::ForcedOpen => "held open",
            Self::Disabled => "held closed",
            Self::MetricsOnly => "only counting",
        }
    }

    /// Whether this state refuses every call.
    #[must_use]
    pub const fn refuses(self) -> bool {
        matches!(self, Self::Open | Self::ForcedOpen)
    }
}

/// What a result says about the callee.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// It works.
    Success,
    /// It does not.
    Failure,
    /// Nothing.
    Ignored,
}

/// How the default classification marks an outcome: timeouts, connection failures and 5xx are
/// failures; 4xx is the caller's mistake, so the callee works; a refusal by the breaker itself says
/// nothing.
#[must_use]
pub const fn mark(outcome: Outcome) -> Mark {
    match outcome {
        Outcome::TimedOut | Outcome::ConnectionFailed => Mark::Failure,
        Outcome::Answered(status) if status.is_server_error() => Mark::Failure,
        Outcome::Answered(_) => Mark::Success,
        Outcome::Rejected => Mark::Ignored,
    }
}

/// Leave to make one call. It remembers when it was given, so that a call that is still in flight
/// across a transition is settled right. To be settled or released exactly once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Permit {
    pub(super) at: SimTime,
    pub(super) generation: u32,
    pub(super) window: u32,
    pub(super) client: Option<u16>,
    pub(super) probe: bool,
    pub(super) counted: bool,
}

impl Permit {
    /// The same, from the breaker that is this client's own.
    #[must_use]
    pub const fn of_client(self, client: Option<u16>) -> Self {
        Self { client, ..self }
    }

    /// The client whose own breaker gave it.
    #[must_use]
    pub const fn client(&self) -> Option<u16> {
        self.client
    }

    /// Whether this call probes a half-open breaker.
    #[must_use]
    pub const fn is_probe(&self) -> bool {
        self.probe
    }
}

/// Why a call was refused.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The breaker is open.
    Open,
    /// The breaker is half-open and has no permit left.
    HalfOpenFull,
    /// The breaker is held open by hand.
    ForcedOpen,
}

/// What can be done to a breaker by hand.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Trip it.
    Open,
    /// Close it.
    Close,
    /// Hold it open.
    ForceOpen,
    /// Hold it closed.
    Disable,
    /// Let it count without ever opening.
    MetricsOnly,
    /// Close it and forget everything it counted, also if it is closed already.
    Reset,
    /// Let it probe.
    HalfOpen,
}

impl Action {
    /// What it does to the breaker, in the past: `tripped`.
    #[must_use]
    pub const fn done(self) -> &'static str {
        match self {
            Self::Open => "tripped",
            Self::Close => "closed",
            Self::ForceOpen => "held open",
            Self::Disable => "held closed",
            Self::MetricsOnly => "left to count only",
            Self::Reset => "reset",
            Self::HalfOpen => "half-opened",
        }
    }

    /// The state it leads to.
    #[must_use]
    pub const fn target(self) -> State {
        match self {
            Self::Open => State::Open,
            Self::Close | Self::Reset => State::Closed,
            Self::ForceOpen => State::ForcedOpen,
            Self::Disable => State::Disabled,
            Self::MetricsOnly => State::MetricsOnly,
            Self::HalfOpen => State::HalfOpen,
        }
    }
}

/// Why a breaker changed its state.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Too large a fraction of calls failed.
    FailureRate,
    /// Too many calls failed.
    Failures,
    /// Too large a fraction of calls was slow.
    SlowRate,
    /// It had been open for long enough.
    WaitOver,
    /// The probes came back well.
    ProbesSucceeded,
    /// A probe failed, or too many did.
    ProbeFailed,
    /// A probe succeeded, but slowly.
    ProbeSlow,
    /// It had been half-open for too long.
    HalfOpenTimedOut,
    /// Somebody did it.
    ByHand,
    /// Its owner crashed and lost its memory.
    Crashed,
}

impl Reason {
    /// The name in files and logs, such as `failure_rate`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FailureRate => "failure_rate",
            Self::Failures => "failures",
            Self::SlowRate => "slow_rate",
            Self::WaitOver => "wait_over",
            Self::ProbesSucceeded => "probes_succeeded",
            Self::ProbeFailed => "probe_failed",
            Self::ProbeSlow => "probe_slow",
            Self::HalfOpenTimedOut => "half_open_timed_out",
            Self::ByHand => "by_hand",
            Self::Crashed => "crashed",
        }
    }

    /// The end of a sentence that begins “It opened because …”.
    #[must_use]
    pub const fn because(self) -> &'static str {
        match self {
            Self::FailureRate => "too large a fraction of calls failed",
            Self::Failures => "too many calls failed",
            Self::SlowRate => "too large a fraction of calls was slow",
            Self::WaitOver => "its wait was over",
            Self::ProbesSucceeded => "its probes succeeded",
            Self::ProbeFailed => "a probe failed",
            Self::ProbeSlow => "a probe was slow",
            Self::HalfOpenTimedOut => "it had been half-open for too long",
            Self::ByHand => "somebody did it by hand",
            Self::Crashed => "its owner crashed and lost its memory",
        }
    }
}

/// What was counted. `failures` and `slow` are independent: a call can be both.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Counts {
    /// Calls; what counts as one is [`Denominator`](super::Denominator)'s to say.
    pub calls: u32,
    /// Those that failed.
    pub failures: u32,
    /// Those that were slow.
    pub slow: u32,
}

impl Counts {
    /// The fraction that failed; none without calls.
    #[must_use]
    pub fn failure_rate(&self) -> Option<f64> {
        (self.calls > 0).then(|| f64::from(self.failures) / f64::from(self.calls))
    }

    /// The fraction that was slow; none without calls.
    #[must_use]
    pub fn slow_rate(&self) -> Option<f64> {
        (self.calls > 0).then(|| f64::from(self.slow) / f64::from(self.calls))
    }
}

/// A change of state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Transition {
    /// From which state.
    pub from: State,
    /// To which.
    pub to: State,
    /// Why.
    pub reason: Reason,
    /// What had been counted in the old state when it was decided.
    pub counts: Counts,
}

/// The answer to a call that wants to pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Leave to call, or why not.
    pub permit: Result<Permit, Refusal>,
    /// The change of state that asking brought about, which happened before the answer.
    pub transition: Option<Transition>,
}

/// One piece of a window, for drawing: a call of a count window, a bucket of a time window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cell {
    /// When the piece begins; calls of a count window keep no time.
    pub start: Option<SimTime>,
    /// What it holds.
    pub counts: Counts,
}
