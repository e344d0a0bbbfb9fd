//! A run in numbers: for programs, and for people.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use half_open::run::{Metrics, Run};
use half_open::time::{SimDuration, SimTime};
use serde::Serialize;

use crate::output::plain;
use half_open_files::export::line_name;
use half_open_files::number::{Ms, grouped};

/// What `--json` prints. Names may be added, never renamed.
#[derive(Serialize)]
pub(crate) struct Report {
    log_hash: String,
    seed: u64,
    until_ms: Ms,
    requests: u32,
    succeeded: u32,
    degraded: u32,
    failed: u32,
    in_flight: u32,
    attempts: u32,
    amplification: f64,
    latency_ms: Latency,
    charges: u32,
    orders: u32,
    orphan_work_ms: Ms,
    services: BTreeMap<String, Service>,
    transitions: Vec<Transition>,
    events: u32,
    wall_ms: f64,
    /// Whether a limit on events or bytes ended the run before its time.
    stopped: bool,
}

/// Of finished operations; null where there are none.
#[derive(Serialize)]
struct Latency {
    mean: Option<Ms>,
    p50: Option<Ms>,
    p95: Option<Ms>,
    p99: Option<Ms>,
    max: Option<Ms>,
}

#[derive(Serialize)]
struct Service {
    handled: u32,
    rejected: u32,
    utilisation: f64,
    mean_wait_ms: Ms,
    mean_queue: f64,
    max_queue: u32,
}

#[derive(Serialize)]
struct Transition {
    t_ms: Ms,
    on: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<u16>,
    from: &'static str,
    to: &'static str,
    reason: &'static str,
}

impl Report {
    pub(crate) fn of(run: &Run, wall: Duration) -> Self {
        let metrics = Metrics::of(run);
        let scenario = &run.experiment().scenario;
        let measured = |value: SimDuration| (!metrics.latencies.is_empty()).then_some(Ms(value));
        let latency_ms = Latency {
            mean: measured(metrics.mean()),
            p50: measured(metrics.quantile(0.5)),
            p95: measured(metrics.quantile(0.95)),
            p99: measured(metrics.quantile(0.99)),
            max: metrics.latencies.last().copied().map(Ms),
        };
        let services = (0u8..).zip(&metrics.services).filter_map(|(node, service)| {
            scenario.service(node)?;
            let numbers = Service {
                handled: service.handled,
                rejected: service.rejected,
                utilisation: service.utilisation,
                mean_wait_ms: Ms(service.mean_wait),
                mean_queue: service.mean_queue,
                max_queue: service.max_queue,
            };
            Some((scenario.node_name(node).to_owned(), numbers))
        });
        let transitions = metrics.transitions.iter().map(|moved| Transition {
            t_ms: moved.at.into(),
            on: line_name(scenario, moved.edge),
            client: moved.client,
            from: moved.from.name(),
            to: moved.to.name(),
            reason: moved.reason.name(),
        });
        Self {
            log_hash: format!("{:016x}", run.log().hash()),
            seed: run.experiment().seed,
            until_ms: run.end().into(),
            requests: metrics.requests,
            succeeded: metrics.succeeded,
            degraded: metrics.degraded,
            failed: metrics.failed,
            in_flight: metrics.in_flight,
            attempts: metrics.attempts,
            amplification: metrics.amplification,
            latency_ms,
            charges: metrics.charges,
            orders: metrics.orders,
            orphan_work_ms: Ms(metrics.orphan_work),
            services: services.collect(),
            transitions: transitions.collect(),
            events: run.log().len(),
            wall_ms: wall.as_secs_f64() * 1e3,
            stopped: run.stopped().is_some(),
        }
    }

    pub(crate) fn print(&self, run: &Run, out: &mut impl Write) -> io::Result<()> {
        let scenario = &run.experiment().scenario;
        writeln!(out, "{}: {}", plain(&scenario.name), plain(&scenario.title))?;
        writeln!(
            out,
            "seed {}, until {}, {} events in {:.0} ms, log hash {}",
            self.seed,
            run.end(),
            grouped(self.events),
            self.wall_ms,
            self.log_hash
        )?;
        if self.stopped {
            writeln!(out, "Stopped before its horizon: it had reached the largest size of a run.")?;
        }
        writeln!(out)?;
        row(out, "requests", self.requests())?;
        let attempts =
            format!("{}, amplification {:.2}", grouped(self.attempts), self.amplification);
        row(out, "attempts", attempts)?;
        row(out, "latency", &self.latency_ms)?;
        let charges = format!("{} for {} orders", grouped(self.charges), grouped(self.orders));
        row(out, "charges", charges)?;
        let orphaned = self.orphan_work_ms.0;
        row(out, "orphan work", format!("{orphaned} of work for callers that had given up"))?;
        writeln!(out)?;
        for (name, service) in &self.services {
            row(out, name, service)?;
        }
        if !self.transitions.is_empty() {
            writeln!(out)?;
        }
        for Transition { t_ms, on, client, from, to, reason } in &self.transitions {
            let at = SimTime::ZERO + t_ms.0;
            let who = client.map_or_else(String::new, |client| format!(", client {client}"));
            writeln!(out, "  {:>12}  {on}{who}: {from} → {to} ({reason})", at.to_string())?;
        }
        writeln!(out, "\nWhat this model leaves out: half-open about")?;
        Ok(())
    }

    fn requests(&self) -> String {
        let degraded = match self.degraded {
            0 => String::new(),
            some => format!(" {} degraded,", grouped(some)),
        };
        format!(
            "{}: {} succeeded,{degraded} {} failed, {} still in flight",
            grouped(self.requests),
            grouped(self.succeeded),
            grouped(self.failed),
            grouped(self.in_flight)
        )
    }
}

impl std::fmt::Display for Latency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.mean, self.p50, self.p95, self.p99, self.max) {
            (Some(mean), Some(p50), Some(p95), Some(p99), Some(max)) => write!(
                f,
                "mean {}, median {}, 95 % {}, 99 % {}, longest {}",
                mean.0, p50.0, p95.0, p99.0, max.0
            ),
            _ => f.write_str("nothing was finished"),
        }
    }
}

impl std::fmt::Display for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} handled, {} turned away, {:.1} % busy, waited {} on average; queue {:.2}, at most {}",
            grouped(self.handled),
            grouped(self.rejected),
            self.utilisation * 100.0,
            self.mean_wait_ms.0,
            self.mean_queue,
            self.max_queue
        )
    }
}

fn row(out: &mut impl Write, name: &str, text: impl std::fmt::Display) -> io::Result<()> {
    writeln!(out, "  {name:<12}{text}")
}
