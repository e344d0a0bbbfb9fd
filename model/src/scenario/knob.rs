//! Everything a visitor can turn: one list, from which sliders, `--set`, ranges and interventions
//! are made.

use serde::{Deserialize, Serialize};

pub use super::unit::Unit;
use super::{Arrivals, Edge, EdgeId, Need, NodeId, Scenario};
use crate::decimal;
use crate::policy::breaker::{Denominator, LateResults, Millis, WindowKind};
use crate::policy::idempotency::{KeyStrategy, StoreWhat};
use crate::policy::{Problem, backoff};
use crate::random::Distribution;
use crate::time::SimDuration;

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
    /// Whether what the breaker rejects is tried again.
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
    /// Whether it makes its calls at once.
    Parallel,
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
}

/// What there is to know about a knob.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spec {
    /// The last part of its path, as in `--set api-bank.timeout=300ms`.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What its number means.
    pub unit: Unit,
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
}

const US: f64 = 1e3;
const MS: f64 = 1e6;
const DAY: f64 = 86_400e9;

const OFF_ON: Unit = Unit::Choice(&[("off", "off"), ("on", "on")]);

impl EdgeKnob {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 23] = [
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
                | Self::Probes
                | Self::Successes
                | Self::LateResults
        )
    }

    const fn spec(self) -> Spec {
        const BACKOFFS: Unit = Unit::Choice(&{
            let mut names = [("", ""); backoff::Kind::ALL.len()];
            let mut place = 0;
            while place < names.len() {
                let kind = backoff::Kind::ALL[place];
                names[place] = (kind.name(), kind.label());
                place += 1;
            }
            names
        });
        const WINDOWS: Unit =
            Unit::Choice(&[("consecutive", "in a row"), ("count", "last N"), ("time", "last T")]);
        const LATE: Unit = Unit::Choice(&[("drop", "drop"), ("current_state", "count")]);
        const KEYS: Unit = Unit::Choice(&[
            ("per_operation", "one per operation"),
            ("per_attempt", "one per attempt"),
            ("none", "none"),
        ]);
        const NEEDS: Unit = Unit::Choice(&[("required", "required"), ("optional", "optional")]);
        match self {
            Self::Timeout => {
                spec("timeout", "per attempt", Unit::Duration(Some("for ever")), 0.0, DAY)
            }
            Self::Attempts => spec("attempts", "attempts", Unit::Count, 1.0, 1_000.0),
            Self::Backoff => spec("backoff", "backoff", BACKOFFS, 0.0, 7.0),
            Self::Base => spec("base", "base", Unit::Duration(None), US, DAY),
            Self::Cap => spec("cap", "cap", Unit::Duration(None), US, DAY),
            Self::Jitter => spec("jitter", "jitter", Unit::Duration(None), 0.0, DAY),
            Self::RetryRejections => {
                spec("retry_rejections", "retry what the breaker rejects", OFF_ON, 0.0, 1.0)
            }
            Self::Breaker => spec("breaker", "circuit breaker", OFF_ON, 0.0, 1.0),
            Self::Window => spec("window", "window", WINDOWS, 0.0, 2.0),
            Self::WindowSize => spec("window_size", "last calls", Unit::Count, 1.0, 10_000.0),
            Self::WindowDuration => spec("window_duration", "last", Unit::Duration(None), MS, DAY),
            Self::MinCalls => spec("min_calls", "minimum calls", Unit::Count, 0.0, 10_000.0),
            Self::Failures => spec("failures", "failures in a row", Unit::Count, 1.0, 10_000.0),
            Self::FailureRate => spec("failure_rate", "failure rate", Unit::Share, 0.0, 1.0),
            Self::OpenWait => spec("open_wait", "stays open", Unit::Duration(None), US, DAY),
            Self::Probes => spec("probes", "probes at once", Unit::Count, 1.0, 10_000.0),
            Self::Successes => spec("successes", "successes to close", Unit::Count, 1.0, 10_000.0),
            Self::LateResults => spec("late_results", "late results", LATE, 0.0, 1.0),
            Self::Keys => spec("keys", "idempotency keys", KEYS, 0.0, 2.0),
            Self::Latency => spec("latency", "latency, one way", Unit::Duration(None), US, DAY),
            Self::LoseRequests => spec("lose_requests", "requests lost", Unit::Share, 0.0, 1.0),
            Self::LoseResponses => spec("lose_responses", "responses lost", Unit::Share, 0.0, 1.0),
            Self::Need => spec("need", "the caller needs it", NEEDS, 0.0, 1.0),
        }
    }
}

impl ServiceKnob {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 11] = [
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
    ];

    const fn spec(self) -> Spec {
        const ORDERS: Unit =
            Unit::Choice(&[("in_turn", "one after another"), ("at_once", "all at once")]);
        const WHAT: Unit = Unit::Choice(&[("started", "all"), ("success", "successes")]);
        match self {
            Self::Workers => spec("workers", "workers", Unit::Count, 1.0, 1000.0),
            Self::Queue => spec("queue", "queue", Unit::Count, 0.0, 100_000.0),
            Self::Time => spec("time", "service time", Unit::Duration(None), US, DAY),
            Self::Spread => spec("spread", "spread (sigma)", Unit::Number, 0.0, 3.0),
            Self::ErrorRate => spec("error_rate", "errors", Unit::Share, 0.0, 1.0),
            Self::KeepKeys => spec("keep_keys", "idempotency keys", OFF_ON, 0.0, 1.0),
            Self::RequireKey => spec("require_key", "key required", OFF_ON, 0.0, 1.0),
            Self::KeepWhat => spec("keep_what", "keeps", WHAT, 0.0, 1.0),
            Self::KeepFor => spec("keep_for", "keeps for", Unit::Duration(None), US, DAY),
            Self::Propagate => spec("propagate", "passes traceparent on", OFF_ON, 0.0, 1.0),
            Self::Parallel => spec("calls", "its calls", ORDERS, 0.0, 1.0),
        }
    }
}

impl ClientsKnob {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Count, Self::Rate, Self::Arrivals];

    const fn spec(self) -> Spec {
        const GAPS: Unit = Unit::Choice(&[("poisson", "Poisson"), ("constant", "constant")]);
        match self {
            Self::Count => spec("count", "clients", Unit::Count, 1.0, 10_000.0),
            Self::Rate => spec("rate", "requests", Unit::Rate, 0.0, 100_000.0),
            Self::Arrivals => spec("arrivals", "arrivals", GAPS, 0.0, 1.0),
        }
    }
}

const fn spec(name: &'static str, label: &'static str, unit: Unit, min: f64, max: f64) -> Spec {
    Spec { name, label, unit, min, max }
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

    /// Its value, if the scenario has such a knob.
    #[must_use]
    pub fn get(self, scenario: &Scenario) -> Option<f64> {
        let flag = |on: bool| f64::from(u8::from(on));
        let time = |d: SimDuration| d.nanos() as f64;
        Some(match self {
            Self::Edge(edge, knob) => {
                let Edge { from, network, policy, need, .. } = scenario.edge(edge)?;
                let (retry, breaker) = (&policy.retry, &policy.breaker);
                match knob {
                    EdgeKnob::Timeout => policy.timeout.per_attempt.map_or(0.0, time),
                    EdgeKnob::Attempts => f64::from(retry.max_attempts),
                    EdgeKnob::Backoff => {
                        let kind = retry.backoff.kind;
                        backoff::Kind::ALL.iter().position(|k| *k == kind)? as f64
                    }
                    EdgeKnob::Base => time(retry.backoff.base),
                    EdgeKnob::Cap => time(retry.backoff.cap),
                    EdgeKnob::Jitter => time(retry.backoff.jitter),
                    EdgeKnob::RetryRejections => flag(retry.on.rejections),
                    EdgeKnob::Breaker => flag(policy.breaker_enabled),
                    EdgeKnob::Window => match breaker.window.kind {
                        WindowKind::Consecutive => 0.0,
                        WindowKind::Time => 2.0,
                        _ => 1.0,
                    },
                    EdgeKnob::WindowSize => f64::from(breaker.window.size),
                    EdgeKnob::WindowDuration => time(breaker.window.duration_ms.0),
                    EdgeKnob::MinCalls => f64::from(breaker.window.min_calls),
                    EdgeKnob::Failures => f64::from(breaker.trip.failures.unwrap_or(5)),
                    EdgeKnob::FailureRate => breaker.trip.failure_rate.unwrap_or(0.5),
                    EdgeKnob::OpenWait => time(breaker.open.wait_ms.0),
                    EdgeKnob::Probes => f64::from(breaker.half_open.permitted.unwrap_or(1)),
                    EdgeKnob::Successes => f64::from(breaker.half_open.decide.successes),
                    EdgeKnob::LateResults => {
                        flag(breaker.late_results == LateResults::CurrentState)
                    }
                    EdgeKnob::Keys => match policy.keys {
                        KeyStrategy::PerOperation => 0.0,
                        KeyStrategy::PerAttempt => 1.0,
                        KeyStrategy::None => 2.0,
                    },
                    EdgeKnob::Latency => time(network.latency.scale()),
                    EdgeKnob::LoseRequests => network.lose_requests,
                    EdgeKnob::LoseResponses => network.lose_responses,
                    // Clients need what they call.
                    EdgeKnob::Need => {
                        scenario.service(*from)?;
                        flag(*need == Need::Optional)
                    }
                }
            }
            Self::Service(node, knob) => {
                let service = scenario.service(node)?;
                let keys = &service.idempotency;
                match knob {
                    ServiceKnob::Workers => f64::from(service.workers),
                    ServiceKnob::Queue => f64::from(service.queue),
                    ServiceKnob::Time => time(service.time.scale()),
                    ServiceKnob::Spread => match service.time {
                        Distribution::LogNormal { sigma, .. } => sigma,
                        _ => return None,
                    },
                    ServiceKnob::ErrorRate => service.error_rate,
                    ServiceKnob::KeepKeys => flag(keys.enabled),
                    ServiceKnob::RequireKey => flag(keys.required),
                    ServiceKnob::KeepWhat => flag(keys.store == StoreWhat::Success),
                    ServiceKnob::KeepFor => time(keys.ttl),
                    // Who calls nobody has nobody to pass it on to.
                    ServiceKnob::Propagate => {
                        scenario.calls_of(node).next()?;
                        flag(service.propagate)
                    }
                    // One call has no order.
                    ServiceKnob::Parallel => {
                        scenario.calls_of(node).nth(1)?;
                        flag(service.parallel)
                    }
                }
            }
            Self::Clients(node, knob) => {
                let clients = scenario.clients(node)?;
                match knob {
                    ClientsKnob::Count => f64::from(clients.count),
                    ClientsKnob::Rate => clients.rate,
                    ClientsKnob::Arrivals => flag(clients.arrivals == Arrivals::Constant),
                }
            }
        })
    }

    /// Turns it.
    ///
    /// # Errors
    /// If the scenario has no such knob, or the value is outside its range: the scenario is as it
    /// was.
    pub fn set(self, scenario: &mut Scenario, value: f64) -> Result<(), Problem> {
        let path = self.path(scenario);
        let unknown = || Problem::new(&path, "is not part of this scenario");
        let Some(before) = self.get(scenario) else { return Err(unknown()) };
        self.check(scenario, value)?;
        if before == value {
            return Ok(());
        }
        let on = value != 0.0;
        let time = SimDuration::from_nanos_f64(value);
        let count = value as u32;
        match self {
            Self::Edge(edge, knob) => {
                let edge = scenario.edges.get_mut(usize::from(edge)).ok_or_else(unknown)?;
                let (policy, network) = (&mut edge.policy, &mut edge.network);
                let (retry, breaker) = (&mut policy.retry, &mut policy.breaker);
                match knob {
                    EdgeKnob::Timeout => policy.timeout.per_attempt = on.then_some(time),
                    EdgeKnob::Attempts => retry.max_attempts = count,
                    EdgeKnob::Backoff => {
                        retry.backoff.kind = backoff::Kind::ALL[count as usize];
                    }
                    EdgeKnob::Base => retry.backoff.base = time,
                    EdgeKnob::Cap => retry.backoff.cap = time,
                    EdgeKnob::Jitter => retry.backoff.jitter = time,
                    EdgeKnob::RetryRejections => retry.on.rejections = on,
                    EdgeKnob::Breaker => policy.breaker_enabled = on,
                    EdgeKnob::Window => {
                        breaker.window.kind =
                            [WindowKind::Consecutive, WindowKind::Count, WindowKind::Time]
                                [count as usize];
                        // Failures in a row are counted, the other windows judge a rate.
                        let in_a_row = breaker.window.kind == WindowKind::Consecutive;
                        breaker.trip.failures = in_a_row.then_some(5);
                        // What the new window cannot count does not matter any more.
                        if in_a_row {
                            breaker.slow = None;
                        }
                        if breaker.window.kind != WindowKind::Time {
                            breaker.denominator = Denominator::Completed;
                        }
                    }
                    EdgeKnob::WindowSize => breaker.window.size = count,
                    EdgeKnob::WindowDuration => breaker.window.duration_ms = Millis(time),
                    EdgeKnob::MinCalls => breaker.window.min_calls = count,
                    EdgeKnob::Failures => {
                        if breaker.window.kind == WindowKind::Consecutive {
                            breaker.trip.failures = Some(count);
                        }
                    }
                    EdgeKnob::FailureRate => breaker.trip.failure_rate = Some(value),
                    EdgeKnob::OpenWait => {
                        // The same wait every time.
                        breaker.open.wait_ms = Millis(time);
                        breaker.open.schedule_ms.clear();
                        breaker.open.exponential = None;
                    }
                    EdgeKnob::Probes => breaker.half_open.permitted = Some(count),
                    EdgeKnob::Successes => breaker.half_open.decide.successes = count,
                    EdgeKnob::LateResults => {
                        breaker.late_results =
                            if on { LateResults::CurrentState } else { LateResults::Drop };
                    }
                    EdgeKnob::Keys => {
                        policy.keys =
                            [KeyStrategy::PerOperation, KeyStrategy::PerAttempt, KeyStrategy::None]
                                [count as usize];
                    }
                    EdgeKnob::Latency => network.latency = network.latency.with_scale(time),
                    EdgeKnob::LoseRequests => network.lose_requests = value,
                    EdgeKnob::LoseResponses => network.lose_responses = value,
                    EdgeKnob::Need => {
                        edge.need = if on { Need::Optional } else { Need::Required };
                    }
                }
            }
            Self::Service(node, knob) => {
                let node = scenario.nodes.get_mut(usize::from(node)).ok_or_else(unknown)?;
                let super::Role::Service(service) = &mut node.role else { return Err(unknown()) };
                let keys = &mut service.idempotency;
                match knob {
                    ServiceKnob::Workers => service.workers = count,
                    ServiceKnob::Queue => service.queue = count,
                    ServiceKnob::Time => service.time = service.time.with_scale(time),
                    ServiceKnob::Spread => {
                        if let Distribution::LogNormal { sigma, .. } = &mut service.time {
                            *sigma = value;
                        }
                    }
                    ServiceKnob::ErrorRate => service.error_rate = value,
                    ServiceKnob::KeepKeys => keys.enabled = on,
                    ServiceKnob::RequireKey => keys.required = on,
                    ServiceKnob::KeepWhat => {
                        keys.store = if on { StoreWhat::Success } else { StoreWhat::Started };
                    }
                    ServiceKnob::KeepFor => keys.ttl = time,
                    ServiceKnob::Propagate => service.propagate = on,
                    ServiceKnob::Parallel => service.parallel = on,
                }
            }
            Self::Clients(node, knob) => {
                let node = scenario.nodes.get_mut(usize::from(node)).ok_or_else(unknown)?;
                let super::Role::Clients(clients) = &mut node.role else { return Err(unknown()) };
                match knob {
                    ClientsKnob::Count => clients.count = count,
                    ClientsKnob::Rate => clients.rate = value,
                    ClientsKnob::Arrivals => {
                        clients.arrivals = if on { Arrivals::Constant } else { Arrivals::Poisson };
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether a value is within the knob's range.
    ///
    /// # Errors
    /// A sentence with the knob's path, the value and the range.
    pub fn check(self, scenario: &Scenario, value: f64) -> Result<(), Problem> {
        let Spec { unit, min, max, .. } = self.spec();
        let whole = matches!(unit, Unit::Count | Unit::Choice(_) | Unit::Duration(_));
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
