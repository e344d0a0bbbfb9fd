//! What a visitor does to a running system. Playing live only appends these.

use serde::{Deserialize, Serialize};

use super::{Chaos, EdgeId, Fault, Knob, NodeId, Scenario};
use crate::policy::{Problem, breaker};
use crate::time::SimTime;

/// A change with the moment it takes effect: after everything else that happens at that instant.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intervention {
    /// When.
    pub at: SimTime,
    /// What.
    pub change: Change,
}

/// What can be done to a running system.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A knob was moved.
    Set {
        /// Which.
        knob: Knob,
        /// To what, in the knob's unit.
        value: f64,
    },
    /// A breaker was worked by hand; nothing happens while it is switched off.
    Breaker {
        /// The line it guards.
        edge: EdgeId,
        /// What was done.
        action: breaker::Action,
    },
    /// Something was broken.
    Fault(Fault),
    /// A request was written and sent by hand.
    Send(HandRequest),
    /// Every client of this node sends a request at the same instant.
    Burst(NodeId),
    /// Everything about a breaker was set at once, as by choosing a
    /// [`Preset`](breaker::Preset). The settings are written out, so that what was chosen stays what
    /// it was when a preset is corrected.
    SetBreaker {
        /// The line it guards.
        edge: EdgeId,
        /// To what.
        settings: Box<breaker::Settings>,
    },
    /// Chaos began; what it does follows it as [`Struck`](Self::Struck).
    Chaos(Chaos),
    /// Something was broken by chaos. Never written down: it
    /// [follows](super::Experiment::settle_chaos) from the chaos.
    Struck(Fault),
    /// What is on its way over a line for a request is lost; nothing, if nothing is.
    Drop {
        /// Which, counted from 0 in the order in which they began.
        request: u32,
        /// The line.
        edge: EdgeId,
    },
}

impl Change {
    /// What was broken, by somebody or by chaos.
    #[must_use]
    pub const fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) | Self::Struck(fault) => Some(fault),
            _ => None,
        }
    }

    /// Changes the settings of a scenario, if that is what it does.
    ///
    /// # Errors
    /// If the scenario has nothing of that kind, or a knob is turned too far: the scenario is as it
    /// was.
    pub fn apply(&self, scenario: &mut Scenario) -> Result<(), Problem> {
        match self {
            Self::Set { knob, value } => knob.set(scenario, *value),
            Self::SetBreaker { edge, settings } => {
                let unknown = || Problem::new("set_breaker.edge", "is not part of this scenario");
                let line = scenario.edges.get_mut(usize::from(*edge)).ok_or_else(unknown)?;
                line.policy.breaker.clone_from(settings);
                Ok(())
            }
            Self::Breaker { .. }
            | Self::Fault(_)
            | Self::Send(_)
            | Self::Burst(_)
            | Self::Chaos(_)
            | Self::Struck(_)
            | Self::Drop { .. } => Ok(()),
        }
    }
}

/// A request somebody typed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandRequest {
    /// Which client sends it.
    pub client: u32,
    /// `POST`, or another method, which charges nobody.
    pub method: String,
    /// `/api/payments`, or another path, which is not found.
    pub path: String,
    /// The `Idempotency-Key` header.
    pub key: Option<String>,
    /// The body; another body under the same key is a mismatch.
    pub body: String,
    /// Whether the response to its first attempt is lost.
    pub lose_response: bool,
}

impl Default for HandRequest {
    /// The essay's example.
    fn default() -> Self {
        Self {
            client: 0,
            method: "POST".into(),
            path: "/api/payments".into(),
            key: Some("abc-123".into()),
            body: r#"{"amount":5000,"currency":"usd"}"#.into(),
            lose_response: false,
        }
    }
}
