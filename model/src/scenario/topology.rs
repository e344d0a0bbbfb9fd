//! Nodes, the calls between them, and the policies that guard each call.

use serde::{Deserialize, Serialize};

use super::{Cell, Clients, Service};
use crate::policy::idempotency::KeyStrategy;
use crate::policy::stack::Stack;
use crate::policy::throttle::limit;
use crate::policy::{breaker, budget, bulkhead, deadline, fallback, hedge, retry, timeout};
use crate::random::Distribution;
use crate::time::SimDuration;

/// An index into [`Scenario::nodes`](super::Scenario::nodes).
pub type NodeId = u8;
/// An index into [`Scenario::edges`](super::Scenario::edges).
pub type EdgeId = u8;

/// A population of clients or a service.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Unique, short, without spaces, dots or hyphens: `api`.
    pub name: String,
    /// What it does.
    pub role: Role,
    /// Where somebody has put it; none: it finds its place by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Cell>,
}

/// What a node does.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sends requests.
    Clients(Clients),
    /// Answers them.
    Service(Service),
}

/// What a caller makes of a call that has failed for good, after all its attempts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Without it there is no answer: the caller fails, too.
    #[default]
    Required,
    /// The caller answers without it, degraded.
    Optional,
}

/// A call from one node to another.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// The caller.
    pub from: NodeId,
    /// The callee, always a service.
    pub to: NodeId,
    /// What lies between them.
    pub network: Network,
    /// What the caller does to protect itself.
    pub policy: CallPolicy,
    /// What the caller makes of it if all that does not help. Clients need what they call.
    #[serde(default)]
    pub need: Need,
}

/// The way between two nodes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// One way, drawn for requests and responses alike.
    pub latency: Distribution,
    /// The share of requests that never arrive, 0 to 1.
    #[serde(default)]
    pub lose_requests: f64,
    /// The share of responses that never arrive, 0 to 1: the work was done, nobody learns of it.
    #[serde(default)]
    pub lose_responses: f64,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            latency: Distribution::LogNormal { median: SimDuration::from_millis(2), sigma: 0.3 },
            lose_requests: 0.0,
            lose_responses: 0.0,
        }
    }
}

/// What guards a call. The fallback, and then the deadline, is outside everything else; in which order the others stand is told by the
/// [`Stack`], within which copies of an attempt are made right inside the retry, which has the budget.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallPolicy {
    /// In which order the policies below are asked.
    #[serde(skip_serializing_if = "Stack::is_default")]
    pub stack: Stack,
    /// What there is to answer with once all of the following has failed.
    #[serde(skip_serializing_if = "fallback::Settings::is_default")]
    pub fallback: fallback::Settings,
    /// How long the call may take, with all its attempts, and whether the callee is told.
    #[serde(skip_serializing_if = "deadline::Settings::is_default")]
    pub deadline: deadline::Settings,
    /// How long one attempt may take.
    pub timeout: timeout::Settings,
    /// Whether and when to try again.
    pub retry: retry::Settings,
    /// How much is tried again in all.
    #[serde(skip_serializing_if = "budget::Settings::is_none")]
    pub budget: budget::Settings,
    /// Whether the breaker below is there at all.
    pub breaker_enabled: bool,
    /// Whether its caller shares it.
    #[serde(skip_serializing_if = "breaker::Scope::is_shared")]
    pub breaker_scope: breaker::Scope,
    /// When to stop calling.
    pub breaker: breaker::Settings,
    /// When an attempt is made once more before there is an answer.
    #[serde(skip_serializing_if = "hedge::Call::is_default")]
    pub hedge: hedge::Call,
    /// How many attempts there may be in so much time.
    #[serde(skip_serializing_if = "limit::Settings::is_default")]
    pub rate_limit: limit::Settings,
    /// How many attempts are under way at once.
    #[serde(skip_serializing_if = "bulkhead::Settings::is_default")]
    pub bulkhead: bulkhead::Settings,
    /// Which `Idempotency-Key` goes with each attempt; only clients send one.
    pub keys: KeyStrategy,
}

impl CallPolicy {
    /// Whether the breaker that gave this permit is still there.
    #[must_use]
    pub fn honours(&self, permit: &breaker::Permit) -> bool {
        self.breaker_enabled && permit.client().is_none() == self.breaker_scope.is_shared()
    }
}
