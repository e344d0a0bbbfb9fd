//! Where in a scenario the value of each knob is.

use super::{ClientsKnob, EdgeKnob, Knob, ServiceKnob};
use crate::policy::breaker::{Denominator, LateResults, Millis, Scope, WindowKind};
use crate::policy::idempotency::{KeyStrategy, StoreWhat};
use crate::policy::stack::Stack;
use crate::policy::throttle::limit;
use crate::policy::{Problem, backoff, balance, budget, fallback, hedge, shed};
use crate::random::Distribution;
use crate::scenario::{Arrivals, Edge, Need, Order, Role, Scenario, ShapeKind};
use crate::time::SimDuration;

impl Knob {
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
                    EdgeKnob::OpenJitter => breaker.open.jitter,
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
                    // Somebody's own law is none of those that can be chosen.
                    EdgeKnob::Budget => {
                        let mut presets = budget::Settings::PRESETS.iter();
                        match policy.budget {
                            budget::Settings::None => 0.0,
                            law => presets.position(|(_, known)| *known == law)? as f64 + 1.0,
                        }
                    }
                    EdgeKnob::Deadline => policy.deadline.per_operation.map_or(0.0, time),
                    EdgeKnob::PassDeadline => flag(policy.deadline.propagate),
                    EdgeKnob::InFlight => f64::from(policy.bulkhead.max_in_flight),
                    EdgeKnob::Waiting => f64::from(policy.bulkhead.max_waiting),
                    EdgeKnob::RateLimit => f64::from(policy.rate_limit.kind as u8),
                    EdgeKnob::Permits => f64::from(policy.rate_limit.permits),
                    EdgeKnob::Per => time(policy.rate_limit.per),
                    EdgeKnob::Burst => f64::from(policy.rate_limit.burst),
                    EdgeKnob::Copies => f64::from(policy.hedge.max_attempts),
                    EdgeKnob::HedgeAfter => f64::from(policy.hedge.after as u8),
                    EdgeKnob::HedgeDelay => time(policy.hedge.delay),
                    EdgeKnob::HedgePercentile => policy.hedge.percentile,
                    EdgeKnob::Stack => f64::from(policy.stack.number()),
                    EdgeKnob::Fallback => f64::from(policy.fallback.kind as u8),
                    // Who makes one call has no other one.
                    EdgeKnob::FallbackCall => {
                        scenario.calls_of(*from).nth(1)?;
                        f64::from(policy.fallback.call)
                    }
                    // A service is one caller.
                    EdgeKnob::BreakerScope => {
                        scenario.clients(*from)?;
                        flag(policy.breaker_scope == Scope::Client)
                    }
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
                    ServiceKnob::Charges => flag(service.charges),
                    ServiceKnob::Order => {
                        Order::ALL.iter().position(|order| *order == service.order)? as f64
                    }
                    ServiceKnob::LifoAbove => f64::from(service.lifo_above),
                    ServiceKnob::Shed => {
                        shed::By::ALL.iter().position(|by| *by == service.shed.by)? as f64
                    }
                    ServiceKnob::Target => time(service.shed.codel.target),
                    ServiceKnob::Interval => time(service.shed.codel.interval),
                    ServiceKnob::RecordAfter => time(service.record_after),
                    ServiceKnob::Cancels => flag(service.cancels),
                    ServiceKnob::CacheFor => time(service.cache.ttl),
                    ServiceKnob::CacheKeys => f64::from(service.cache.keys),
                    ServiceKnob::SingleFlight => flag(service.cache.single_flight),
                    ServiceKnob::CacheJitter => service.cache.jitter,
                    ServiceKnob::Longest => f64::from(service.shed.longest),
                    ServiceKnob::Slow => time(service.shed.slow),
                    ServiceKnob::Tolerance => service.shed.tolerance,
                    ServiceKnob::LimitLeast => f64::from(service.shed.limits.least),
                    ServiceKnob::LimitMost => f64::from(service.shed.limits.most),
                    // One call has no order.
                    ServiceKnob::Parallel => {
                        scenario.calls_of(node).nth(1)?;
                        if service.balance.on { 2.0 } else { flag(service.parallel) }
                    }
                    ServiceKnob::Balance => {
                        scenario.calls_of(node).nth(1)?;
                        let by = service.balance.by;
                        balance::By::ALL.iter().position(|known| *known == by)? as f64
                    }
                }
            }
            Self::Clients(node, knob) => {
                let clients = scenario.clients(node)?;
                match knob {
                    ClientsKnob::Count => f64::from(clients.count),
                    ClientsKnob::Rate => clients.rate,
                    ClientsKnob::Arrivals => f64::from(clients.arrivals as u8),
                    ClientsKnob::Shape => f64::from(clients.shape.kind as u8),
                    ClientsKnob::Times => clients.shape.times,
                    ClientsKnob::Begins => time(clients.shape.begins),
                    ClientsKnob::Lasts => time(clients.shape.lasts),
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
                    EdgeKnob::OpenJitter => breaker.open.jitter = value,
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
                    EdgeKnob::Budget => {
                        let preset = (count as usize).checked_sub(1);
                        let law = preset.and_then(|n| budget::Settings::PRESETS.get(n));
                        policy.budget = law.map_or(budget::Settings::None, |(_, law)| *law);
                    }
                    EdgeKnob::Deadline => policy.deadline.per_operation = on.then_some(time),
                    EdgeKnob::PassDeadline => policy.deadline.propagate = on,
                    EdgeKnob::InFlight => policy.bulkhead.max_in_flight = count,
                    EdgeKnob::Waiting => policy.bulkhead.max_waiting = count,
                    EdgeKnob::RateLimit => {
                        policy.rate_limit.kind = limit::Kind::ALL[count as usize];
                    }
                    EdgeKnob::Permits => policy.rate_limit.permits = count,
                    EdgeKnob::Per => policy.rate_limit.per = time,
                    EdgeKnob::Burst => policy.rate_limit.burst = count,
                    EdgeKnob::Copies => policy.hedge.max_attempts = count,
                    EdgeKnob::HedgeAfter => {
                        policy.hedge.after = hedge::After::ALL[count as usize];
                    }
                    EdgeKnob::HedgeDelay => policy.hedge.delay = time,
                    EdgeKnob::HedgePercentile => policy.hedge.percentile = value,
                    EdgeKnob::Stack => policy.stack = Stack::numbered(count),
                    EdgeKnob::Fallback => {
                        policy.fallback.kind = fallback::Kind::ALL[count as usize];
                    }
                    EdgeKnob::FallbackCall => policy.fallback.call = count,
                    EdgeKnob::BreakerScope => {
                        policy.breaker_scope = if on { Scope::Client } else { Scope::Caller };
                    }
                    EdgeKnob::Need => {
                        edge.need = if on { Need::Optional } else { Need::Required };
                    }
                }
            }
            Self::Service(node, knob) => {
                let node = scenario.nodes.get_mut(usize::from(node)).ok_or_else(unknown)?;
                let Role::Service(service) = &mut node.role else { return Err(unknown()) };
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
                    ServiceKnob::Parallel => {
                        (service.parallel, service.balance.on) = (count == 1, count == 2);
                    }
                    ServiceKnob::Balance => {
                        service.balance.by = balance::By::ALL[count as usize];
                    }
                    ServiceKnob::Charges => service.charges = on,
                    ServiceKnob::Order => service.order = Order::ALL[count as usize],
                    ServiceKnob::LifoAbove => service.lifo_above = count,
                    ServiceKnob::Shed => service.shed.by = shed::By::ALL[count as usize],
                    ServiceKnob::Target => service.shed.codel.target = time,
                    ServiceKnob::Interval => service.shed.codel.interval = time,
                    ServiceKnob::RecordAfter => service.record_after = time,
                    ServiceKnob::Cancels => service.cancels = on,
                    ServiceKnob::CacheFor => service.cache.ttl = time,
                    ServiceKnob::CacheKeys => service.cache.keys = count,
                    ServiceKnob::SingleFlight => service.cache.single_flight = on,
                    ServiceKnob::CacheJitter => service.cache.jitter = value,
                    ServiceKnob::Longest => service.shed.longest = count,
                    ServiceKnob::Slow => service.shed.slow = time,
                    ServiceKnob::Tolerance => service.shed.tolerance = value,
                    ServiceKnob::LimitLeast => service.shed.limits.least = count,
                    ServiceKnob::LimitMost => service.shed.limits.most = count,
                }
            }
            Self::Clients(node, knob) => {
                let node = scenario.nodes.get_mut(usize::from(node)).ok_or_else(unknown)?;
                let Role::Clients(clients) = &mut node.role else { return Err(unknown()) };
                match knob {
                    ClientsKnob::Count => clients.count = count,
                    ClientsKnob::Rate => clients.rate = value,
                    ClientsKnob::Arrivals => clients.arrivals = Arrivals::ALL[count as usize],
                    ClientsKnob::Shape => clients.shape.kind = ShapeKind::ALL[count as usize],
                    ClientsKnob::Times => clients.shape.times = value,
                    ClientsKnob::Begins => clients.shape.begins = time,
                    ClientsKnob::Lasts => clients.shape.lasts = time,
                }
            }
        }
        Ok(())
    }
}
