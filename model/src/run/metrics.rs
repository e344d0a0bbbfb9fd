//! A whole run in numbers, each counted from the log.

use std::collections::BTreeMap;

use super::{Phase, Run, Scene};
use crate::log::{Event, Kind, unpack_transition};
use crate::policy::breaker::{Reason, State};
use crate::scenario::knob::EdgeKnob;
use crate::scenario::{Change, EdgeId, Experiment, Knob};
use crate::time::{SimDuration, SimTime};

/// A whole run in numbers.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Operations begun, succeeded, failed for good, and not finished by the end.
    pub requests: u32,
    /// Operations that succeeded.
    pub succeeded: u32,
    /// Operations with an answer that lacks a part.
    pub degraded: u32,
    /// Operations that failed for good.
    pub failed: u32,
    /// Operations without an outcome at the end.
    pub in_flight: u32,
    /// Attempts sent, over all lines.
    pub attempts: u32,
    /// Attempts at the busiest line per operation.
    pub amplification: f64,
    /// How long each finished operation took, sorted.
    pub latencies: Vec<SimDuration>,
    /// How often somebody was charged.
    pub charges: u32,
    /// How many operations led to a charge.
    pub orders: u32,
    /// Worker time spent for callers that had given up.
    pub orphan_work: SimDuration,
    /// By node; those of clients are all zero.
    pub services: Vec<ServiceMetrics>,
    /// Every move of a breaker.
    pub transitions: Vec<Move>,
}

/// A breaker has changed its state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Move {
    /// When.
    pub at: SimTime,
    /// On which line.
    pub edge: EdgeId,
    /// Of which of its callers, where each has its own.
    pub client: Option<u16>,
    /// What it was.
    pub from: State,
    /// What it is.
    pub to: State,
    /// Why.
    pub reason: Reason,
}

/// A service in numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServiceMetrics {
    /// Requests it let go of.
    pub handled: u32,
    /// Those it turned away.
    pub rejected: u32,
    /// The share of its workers' time that was spent working, 0 to 1.
    pub utilisation: f64,
    /// How long those who got a worker had waited for it, on average.
    pub mean_wait: SimDuration,
    /// How many waited, on average over time.
    pub mean_queue: f64,
    /// How many waited at most.
    pub max_queue: u32,
}

#[derive(Clone, Copy, Default)]
struct Sums {
    busy: f64,
    capacity: f64,
    queued: f64,
    waited: f64,
    started: u32,
    max_queue: u32,
}

impl Metrics {
    /// Counts a run.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        let (log, experiment) = (run.log(), run.experiment());
        let mut scene = Scene::new(experiment);
        let mut sums = vec![Sums::default(); scene.stations.len()];
        let mut latencies = Vec::new();
        let mut transitions = Vec::new();
        let mut states = BTreeMap::new();
        let mut finished = 0;
        for event in log.events_from(0) {
            add_time(&mut sums, &scene, event.at);
            let (mut node, mut began) = (None, event.at);
            match event.kind {
                Kind::Started => {
                    let flight = scene.flight(event.subject).copied();
                    if let Some(flight) = flight {
                        let to = usize::from(scene.scenario.edges[usize::from(flight.edge)].to);
                        sums[to].started += 1;
                        if flight.phase == Phase::Queued {
                            sums[to].waited += event.at.since(flight.since).seconds();
                        }
                    }
                }
                Kind::Queued => {
                    let edge = log.span(event.subject).edge;
                    node = Some(usize::from(scene.scenario.edges[usize::from(edge)].to));
                }
                Kind::Breaker => {
                    let (to, reason, ..) = unpack_transition(event.payload);
                    let whose @ (edge, client) = event.breaker();
                    let from = states.insert(whose, to).unwrap_or_default();
                    transitions.push(Move { at: event.at, edge, client, from, to, reason });
                }
                _ if event.is_last() => {
                    let request = log.request_of(event.subject);
                    let operation = scene.operations.get(request);
                    began = operation.map_or(event.at, |operation| operation.began);
                }
                _ => {}
            }
            scene.apply(experiment, log, event);
            if let Some(edge) = switched(experiment, event) {
                // Breakers that are switched on or off are new ones, which nobody writes down.
                let line = &scene.lines[usize::from(edge)];
                for ((_, client), state) in states.iter_mut().filter(|(whose, _)| whose.0 == edge) {
                    *state = line.state_of(*client);
                }
            }
            if let Some(node) = node {
                let waiting = scene.stations[node].queue.len() as u32;
                sums[node].max_queue = sums[node].max_queue.max(waiting);
            }
            let now_finished = scene.totals.finished();
            if now_finished > finished {
                finished = now_finished;
                latencies.push(event.at.since(began));
            }
        }
        add_time(&mut sums, &scene, run.end());
        latencies.sort_unstable();
        let seconds = run.end().seconds();
        let services = sums.iter().zip(&scene.stations).map(|(sum, station)| ServiceMetrics {
            handled: station.handled,
            rejected: station.rejected,
            utilisation: if sum.capacity > 0.0 { sum.busy / sum.capacity } else { 0.0 },
            mean_wait: SimDuration::from_nanos_f64(
                sum.waited * 1e9 / f64::from(sum.started.max(1)),
            ),
            mean_queue: if seconds > 0.0 { sum.queued / seconds } else { 0.0 },
            max_queue: sum.max_queue,
        });
        Self {
            requests: scene.totals.requests,
            succeeded: scene.totals.succeeded,
            degraded: scene.totals.degraded,
            failed: scene.totals.failed,
            in_flight: scene.totals.requests - finished,
            attempts: scene.lines.iter().map(|line| line.sent).sum(),
            amplification: scene.amplification().unwrap_or(1.0),
            latencies,
            charges: scene.ledger.charges,
            orders: scene.ledger.orders,
            orphan_work: orphan_work(&scene, run.end()),
            services: services.collect(),
            transitions,
        }
    }

    /// The latency that a share `q` of finished operations does not exceed; zero if there are
    /// none.
    #[must_use]
    pub fn quantile(&self, q: f64) -> SimDuration {
        let rank = libm::ceil(q * self.latencies.len() as f64) as usize;
        let index = rank.max(1).min(self.latencies.len().max(1)) - 1;
        self.latencies.get(index).copied().unwrap_or_default()
    }

    /// The average latency of finished operations.
    #[must_use]
    pub fn mean(&self) -> SimDuration {
        let sum: f64 = self.latencies.iter().map(|latency| latency.nanos() as f64).sum();
        SimDuration::from_nanos_f64(sum / (self.latencies.len().max(1)) as f64)
    }
}

/// The line whose breaker this event switches on or off.
fn switched(experiment: &Experiment, event: Event) -> Option<EdgeId> {
    let index = (event.kind == Kind::Intervention).then_some(event.subject as usize)?;
    match experiment.interventions.get(index)?.change {
        Change::Set {
            knob: Knob::Edge(edge, EdgeKnob::Breaker | EdgeKnob::BreakerScope), ..
        } => Some(edge),
        _ => None,
    }
}

/// How long workers have worked for callers that had given up, up to the end.
pub(super) fn orphan_work(scene: &Scene, end: SimTime) -> SimDuration {
    let done = scene.stations.iter().map(|station| station.orphan_work);
    done.chain(still_orphaned(scene, end)).fold(SimDuration::ZERO, |all, more| all + more)
}

/// The work for callers that had given up which is not finished at the end.
fn still_orphaned(scene: &Scene, end: SimTime) -> impl Iterator<Item = SimDuration> {
    let working = scene.flights().filter(|flight| flight.phase == Phase::Working);
    working.filter_map(move |flight| Some(end.since(flight.worked?.max(flight.given_up?))))
}

/// Adds what was true since the scene's instant.
fn add_time(sums: &mut [Sums], scene: &Scene, until: SimTime) {
    let dt = until.since(scene.at).seconds();
    if dt == 0.0 {
        return;
    }
    for (node, (sum, station)) in (0u8..).zip(sums.iter_mut().zip(&scene.stations)) {
        let Some(service) = scene.scenario.service(node) else { continue };
        sum.busy += dt * station.busy() as f64;
        // A worker that was taken away finishes what it is at.
        sum.capacity += dt * f64::from(service.workers).max(station.busy() as f64);
        sum.queued += dt * station.queue.len() as f64;
    }
}
