//! Everything a visitor can turn: one list, from which sliders, `--set`, ranges and interventions
//! are made.

mod spec;
mod value;

use serde::{Deserialize, Serialize};

pub use super::unit::Unit;
pub use spec::Spec;

use super::{EdgeId, NodeId, Scenario};
use crate::decimal;
use crate::policy::Problem;
use spec::US;

/// A number somewhere in a scenario.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Knob {
    /// Of a call and its policies.
    Edge(EdgeId, EdgeKnob),
    /// Of a service.
    Service(NodeId, ServiceKnob),
    /// Of a population of clients.
    Clients(NodeId, ClientsKnob),
}

/// What can be turned on a call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EdgeKnob {
    /// How long one attempt may take; 0 is for ever.
    Timeout,
    /// How many attempts, the first included.
    Attempts,
    /// The backoff formula.
    Backoff,
    /// The backoff's base.
    Base,
    /// The backoff's cap.
    Cap,
    /// The backoff's jitter.
    Jitter,
    /// Whether what a policy of the caller rejects is tried again.
    RetryRejections,
    /// Whether there is a breaker.
    Breaker,
    /// Which calls the breaker looks at.
    Window,
    /// Its last N calls.
    WindowSize,
    /// Its last T.
    WindowDuration,
    /// How many calls it wants before it judges a rate.
    MinCalls,
    /// How many failures open it, where it counts them one after another.
    Failures,
    /// Which share of failures opens it.
    FailureRate,
    /// How long it stays open.
    OpenWait,
    /// How many probes may be in flight.
    Probes,
    /// How many successes in a row close it.
    Successes,
    /// What becomes of late results.
    LateResults,
    /// Which `Idempotency-Key` clients send.
    Keys,
    /// How long a message travels.
    Latency,
    /// The share of requests lost.
    LoseRequests,
    /// The share of responses lost.
    LoseResponses,
    /// What the caller makes of its failure.
    Need,
    /// Whose retry budget it has.
    Budget,
    /// How long the call may take, with all its attempts; 0 is for ever.
    Deadline,
    /// Whether a deadline travels on over it.
    PassDeadline,
    /// How many attempts are under way at once; 0: there is no bulkhead.
    InFlight,
    /// How many may wait for a place.
    Waiting,
    /// By what its rate is limited.
    RateLimit,
    /// How many attempts there may be in a period.
    Permits,
    /// That period.
    Per,
    /// How many tokens are saved up.
    Burst,
    /// How many copies of an attempt there may be, the first included.
    Copies,
    /// After what the next one goes out.
    HedgeAfter,
    /// That delay.
    HedgeDelay,
    /// That percentile.
    HedgePercentile,
    /// In which order its policies stand.
    Stack,
    /// What there is to answer with once the call has failed.
    Fallback,
    /// Which of its caller's calls is made instead; 0 is the next one.
    FallbackCall,
    /// Whose breaker it is.
    BreakerScope,
    /// By which share a breaker may stay open for longer.
    OpenJitter,
}

/// What can be turned on a service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKnob {
    /// How many requests it works on at once.
    Workers,
    /// How many may wait.
    Queue,
    /// How long its work takes.
    Time,
    /// How much that varies.
    Spread,
    /// Which share of its work fails.
    ErrorRate,
    /// Whether it looks at idempotency keys.
    KeepKeys,
    /// Whether it insists on one.
    RequireKey,
    /// Which answers it keeps.
    KeepWhat,
    /// How long it keeps them.
    KeepFor,
    /// Whether it passes `traceparent` on to the services it calls.
    Propagate,
    /// Whether it makes its calls one after another, at once, or only one of them.
    Parallel,
    /// Whether its work charges somebody.
    Charges,
    /// Who of those that wait is next.
    Order,
    /// How many have to wait for an adaptive order to turn.
    LifoAbove,
    /// By what it sheds load.
    Shed,
    /// How long one may wait in a standing queue.
    Target,
    /// How long one may wait in any other.
    Interval,
    /// How long after the effect its key is recorded.
    RecordAfter,
    /// Whether work stops whose caller has gone.
    Cancels,
    /// How many may wait, where load is shed by that.
    Longest,
    /// Who is slow, for AIMD.
    Slow,
    /// How much longer than usual a request may take, for a gradient.
    Tolerance,
    /// The smallest limit of AIMD and gradient.
    LimitLeast,
    /// The largest.
    LimitMost,
    /// How long it keeps its answers; 0 is not at all.
    CacheFor,
    /// How many different things it is asked for.
    CacheKeys,
    /// Whether who asks for what is being fetched waits for that.
    SingleFlight,
    /// By which share of its time an entry may run out earlier.
    CacheJitter,
    /// Which one of them.
    Balance,
}

/// What can be turned on a population.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientsKnob {
    /// How many there are.
    Count,
    /// How many requests they send each second, together.
    Rate,
    /// How the gaps vary.
    Arrivals,
    /// How the rate changes in the course of a run.
    Shape,
    /// How many times the rate it comes to.
    Times,
    /// When it changes.
    Begins,
    /// How long that lasts.
    Lasts,
}

impl EdgeKnob {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 41] = [
        Self::Timeout,
        Self::Attempts,
        Self::Backoff,
        Self::Base,
        Self::Cap,
        Self::Jitter,
        Self::RetryRejections,
        Self::Breaker,
        Self::Window,
        Self::WindowSize,
        Self::WindowDuration,
        Self::MinCalls,
        Self::Failures,
        Self::FailureRate,
        Self::OpenWait,
        Self::Probes,
        Self::Successes,
        Self::LateResults,
        Self::Keys,
        Self::Latency,
        Self::LoseRequests,
        Self::LoseResponses,
        Self::Need,
        Self::Budget,
        Self::Deadline,
        Self::PassDeadline,
        Self::InFlight,
        Self::Waiting,
        Self::RateLimit,
        Self::Permits,
        Self::Per,
        Self::Burst,
        Self::Copies,
        Self::HedgeAfter,
        Self::HedgeDelay,
        Self::HedgePercentile,
        Self::Stack,
        Self::Fallback,
        Self::FallbackCall,
        Self::BreakerScope,
        Self::OpenJitter,
    ];

    /// Whether it is one of the [settings](crate::policy::breaker::Settings) of a breaker.
    #[must_use]
    pub const fn is_of_breaker(self) -> bool {
        matches!(
            self,
            Self::Window
                | Self::WindowSize
                | Self::WindowDuration
                | Self::MinCalls
                | Self::Failures
                | Self::FailureRate
                | Self::OpenWait
                | Self::OpenJitter
                | Self::Probes
                | Self::Successes
                | Self::LateResults
        )
    }
}

impl ServiceKnob {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 29] = [
        Self::Workers,
        Self::Queue,
        Self::Time,
        Self::Spread,
        Self::ErrorRate,
        Self::KeepKeys,
        Self::RequireKey,
        Self::KeepWhat,
        Self::KeepFor,
        Self::Propagate,
        Self::Parallel,
        Self::Charges,
        Self::Order,
        Self::LifoAbove,
        Self::Shed,
        Self::Target,
        Self::Interval,
        Self::RecordAfter,
        Self::Cancels,
        Self::Longest,
        Self::Slow,
        Self::Tolerance,
        Self::LimitLeast,
        Self::LimitMost,
        Self::CacheFor,
        Self::CacheKeys,
        Self::SingleFlight,
        Self::CacheJitter,
        Self::Balance,
    ];
}

impl ClientsKnob {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 7] = [
        Self::Count,
        Self::Rate,
        Self::Arrivals,
        Self::Shape,
        Self::Times,
        Self::Begins,
        Self::Lasts,
    ];
}

impl Knob {
    /// Every knob of a scenario.
    #[must_use]
    pub fn all(scenario: &Scenario) -> Vec<Self> {
        let edges = (0u8..).zip(&scenario.edges).map(|(id, _)| id);
        let nodes = (0u8..).zip(&scenario.nodes).map(|(id, _)| id);
        let of_edges = edges.flat_map(|id| EdgeKnob::ALL.map(|knob| Self::Edge(id, knob)));
        let of_nodes = nodes.flat_map(|id| {
            let services = ServiceKnob::ALL.into_iter().map(move |knob| Self::Service(id, knob));
            let clients = ClientsKnob::ALL.into_iter().map(move |knob| Self::Clients(id, knob));
            services.chain(clients)
        });
        of_edges.chain(of_nodes).filter(|knob| knob.get(scenario).is_some()).collect()
    }

    /// What there is to know about it.
    #[must_use]
    pub const fn spec(self) -> Spec {
        match self {
            Self::Edge(_, knob) => knob.spec(),
            Self::Service(_, knob) => knob.spec(),
            Self::Clients(_, knob) => knob.spec(),
        }
    }

    /// Its path: `api-bank.timeout`, `bank.workers`.
    #[must_use]
    pub fn path(self, scenario: &Scenario) -> String {
        let owner = match self {
            Self::Edge(edge, _) => scenario.edge(edge).map_or_else(String::new, |e| {
                format!("{}-{}", scenario.node_name(e.from), scenario.node_name(e.to))
            }),
            Self::Service(node, _) | Self::Clients(node, _) => scenario.node_name(node).to_owned(),
        };
        format!("{owner}.{}", self.spec().name)
    }

    /// Whether a value is within the knob's range.
    ///
    /// # Errors
    /// A sentence with the knob's path, the value and the range.
    pub fn check(self, scenario: &Scenario, value: f64) -> Result<(), Problem> {
        let Spec { unit, min, max, .. } = self.spec();
        let whole = matches!(unit, Unit::Count | Unit::Choice(_) | Unit::Stack | Unit::Duration(_));
        let in_range = (min..=max).contains(&value);
        let in_pieces = in_range && whole && value != libm::floor(value);
        // No wait at all has a word; any other is as long as other settings have to be.
        let too_short = matches!(unit, Unit::Duration(Some(_))) && value > 0.0 && value < US;
        if in_range && !in_pieces && !too_short {
            return Ok(());
        }
        let (low, high) = (unit.show(min), unit.show(max));
        let message = match unit {
            Unit::Duration(_) if in_pieces => {
                format!("must be a whole number of nanoseconds, not {}", decimal::show(value))
            }
            _ if in_pieces => {
                format!(
                    "must be a whole number between {low} and {high}, not {}",
                    decimal::show(value)
                )
            }
            Unit::Duration(Some(word)) => {
                let (least, found) = (unit.show(US), unit.exact(value));
                format!("must be between {least} and {high} or “{word}”, not {found}")
            }
            // The range of a number that nobody sees.
            Unit::Stack => "must be the order of a call's layers".into(),
            _ => format!("must be between {low} and {high}, not {}", unit.exact(value)),
        };
        Err(Problem::new(&self.path(scenario), message))
    }

    /// The knob with this path.
    ///
    /// # Errors
    /// A sentence that names what there is instead.
    pub fn find(scenario: &Scenario, path: &str) -> Result<Self, Problem> {
        let all = Self::all(scenario);
        if let Some(knob) = all.iter().find(|knob| knob.path(scenario) == path) {
            return Ok(*knob);
        }
        let shown: String = path.chars().take(60).collect();
        let owner = path.split('.').next().unwrap_or_default();
        let owned = |knob: &&Self| knob.path(scenario).split('.').next() == Some(owner);
        let mut near: Vec<String> = all.iter().filter(owned).map(|k| k.path(scenario)).collect();
        if near.is_empty() {
            let owners = all.iter().map(|k| k.path(scenario));
            near = owners.filter_map(|p| p.split('.').next().map(str::to_owned)).collect();
            near.dedup();
        }
        Err(Problem::new(&shown, format!("is not a setting; there are {}", near.join(", "))))
    }
}
