//! Chaos on purpose: what can be broken, and for how long.

use serde::{Deserialize, Serialize};

use super::{EdgeId, NodeId};
use crate::decimal;
use crate::time::SimDuration;

/// Something that is broken for a while.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Where.
    pub target: Target,
    /// What.
    pub kind: FaultKind,
    /// How long; absent: until the end of the run.
    pub lasts: Option<SimDuration>,
}

/// Where a fault strikes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A service.
    Node(NodeId),
    /// A line between two nodes.
    Edge(EdgeId),
}

/// What is broken.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// A service takes this many times as long, 1 to 1,000, for work begun meanwhile.
    Slow(f64),
    /// This share of a service's finished work is answered `500`, 0 to 1.
    Errors(f64),
    /// A service answers `503` without doing any work.
    FailFast,
    /// A service accepts work and finishes none of it until the fault is over.
    Hang,
    /// A service loses what it is doing and refuses connections until it is back. Stored
    /// idempotency keys and breaker states survive only if `keep_state`.
    Crash {
        /// Whether its memory survives.
        keep_state: bool,
    },
    /// This share of the requests on a line is lost, 0 to 1.
    LoseRequests(f64),
    /// This share of the responses on a line is lost, 0 to 1.
    LoseResponses(f64),
    /// The next response on a line is lost, and only that; none, if none comes while it lasts.
    LoseNextResponse,
    /// Nothing gets through a line, either way; what is on its way when it begins is lost, too.
    Partition,
    /// This share of the requests on a line arrives twice, 0 to 1: the second one as much later as a message takes.
    Duplicate(f64),
    /// What is sent over a line meanwhile takes this much longer, either way, up to a minute.
    Delay(SimDuration),
    /// This share of a service's workers is gone, 0 to 1; who is at work is not interrupted.
    FewerWorkers(f64),
    /// A service loses the idempotency keys that it has stored, once.
    ForgetKeys,
    /// A service loses the answers that it has in its cache, once.
    FlushCache,
}

impl FaultKind {
    /// Whether this can strike a service (true) or a line (false).
    #[must_use]
    pub const fn strikes_service(&self) -> bool {
        matches!(
            self,
            Self::Slow(_)
                | Self::Errors(_)
                | Self::FailFast
                | Self::Hang
                | Self::Crash { .. }
                | Self::FewerWorkers(_)
                | Self::ForgetKeys
                | Self::FlushCache
        )
    }

    /// Whether it is over as soon as it has struck.
    #[must_use]
    pub const fn strikes_once(&self) -> bool {
        matches!(self, Self::LoseNextResponse | Self::ForgetKeys | Self::FlushCache)
    }

    /// What everything that can strike any service is, with sizes worth starting from.
    pub const ON_SERVICES: [Self; 8] = [
        Self::Slow(7.0),
        Self::Errors(0.5),
        Self::FailFast,
        Self::Hang,
        Self::Crash { keep_state: true },
        Self::Crash { keep_state: false },
        Self::FewerWorkers(0.5),
        Self::ForgetKeys,
    ];

    /// The same for lines.
    pub const ON_LINES: [Self; 6] = [
        Self::LoseNextResponse,
        Self::LoseRequests(0.2),
        Self::LoseResponses(0.2),
        Self::Duplicate(0.2),
        Self::Partition,
        Self::Delay(SimDuration::from_millis(300)),
    ];

    /// What it is called, whatever its size, in one word as files have it: `lose_requests`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Slow(_) => "slow",
            Self::Errors(_) => "errors",
            Self::FailFast => "fail_fast",
            Self::Hang => "hang",
            Self::Crash { keep_state: true } => "crash_keeping_state",
            Self::Crash { keep_state: false } => "crash_losing_state",
            Self::LoseRequests(_) => "lose_requests",
            Self::LoseResponses(_) => "lose_responses",
            Self::LoseNextResponse => "lose_next_response",
            Self::Duplicate(_) => "duplicate",
            Self::Partition => "partition",
            Self::Delay(_) => "delay",
            Self::FewerWorkers(_) => "fewer_workers",
            Self::ForgetKeys => "forget_keys",
            Self::FlushCache => "flush_cache",
        }
    }

    /// The size, where the fault has one: a factor, a share, or nanoseconds.
    #[must_use]
    pub const fn size(&self) -> Option<f64> {
        match *self {
            Self::Slow(k) => Some(k),
            Self::Errors(p)
            | Self::LoseRequests(p)
            | Self::LoseResponses(p)
            | Self::Duplicate(p)
            | Self::FewerWorkers(p) => Some(p),
            Self::Delay(by) => Some(by.nanos() as f64),
            _ => None,
        }
    }

    /// The same fault with another size; nothing changes where the fault has none.
    #[must_use]
    pub fn with_size(self, size: f64) -> Self {
        match self {
            Self::Slow(_) => Self::Slow(size),
            Self::Errors(_) => Self::Errors(size),
            Self::LoseRequests(_) => Self::LoseRequests(size),
            Self::LoseResponses(_) => Self::LoseResponses(size),
            Self::Duplicate(_) => Self::Duplicate(size),
            Self::FewerWorkers(_) => Self::FewerWorkers(size),
            Self::Delay(_) => Self::Delay(SimDuration::from_nanos_f64(size)),
            other => other,
        }
    }

    /// The smallest and largest size, where the fault has one.
    #[must_use]
    pub const fn size_range(&self) -> Option<(f64, f64)> {
        match self {
            Self::Slow(_) => Some((1.0, 1000.0)),
            Self::Errors(_)
            | Self::LoseRequests(_)
            | Self::LoseResponses(_)
            | Self::Duplicate(_)
            | Self::FewerWorkers(_) => Some((0.0, 1.0)),
            Self::Delay(_) => Some((0.0, 60e9)),
            _ => None,
        }
    }

    /// A few words for a menu or a bar: `slow ×7`.
    #[must_use]
    pub fn label(&self) -> String {
        let tenths = |n: f64| decimal::show((n + 0.5) as u32 as f64 / 10.0);
        let percent = |p: f64| format!("{} %", tenths(p * 1000.0));
        match *self {
            Self::Slow(k) => format!("slow ×{}", tenths(k * 10.0)),
            Self::Errors(p) => format!("errors {}", percent(p)),
            Self::FailFast => "fail fast".into(),
            Self::Hang => "hang".into(),
            Self::Crash { keep_state: true } => "crash, state kept".into(),
            Self::Crash { keep_state: false } => "crash, state lost".into(),
            Self::LoseRequests(p) => format!("lose requests {}", percent(p)),
            Self::LoseResponses(p) => format!("lose responses {}", percent(p)),
            Self::LoseNextResponse => "lose next response".into(),
            Self::Duplicate(p) => format!("duplicate {}", percent(p)),
            Self::Partition => "partition".into(),
            Self::Delay(by) => format!("+{by}"),
            Self::FewerWorkers(p) => format!("workers −{}", percent(p)),
            Self::ForgetKeys => "forget keys".into(),
            Self::FlushCache => "flush the cache".into(),
        }
    }
}
