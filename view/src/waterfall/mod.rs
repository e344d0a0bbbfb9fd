//! One request from end to end, on the run's clock: every attempt at every hop, and what it spent its
//! time on.
//!
//! What is drawn depends on the run and the moment only: rows hold all that happens to an attempt,
//! and say how it stands at a moment.

mod row;
mod spent;
mod until;

pub use row::{Outcome, Row};
pub use spent::{Spent, Stretch};

use super::tracks::Viewport;
use half_open::decimal;
use half_open::log::{Event, Kind, RequestId};
use half_open::run::Run;
use half_open::scenario::{EdgeId, NodeId, Scenario};
use half_open::time::{SimDuration, SimTime};
use row::begun;
use spent::spend;

/// Which share of a request's time is shown before it, and after it.
const MARGIN: f64 = 0.03;

/// A request from end to end.
#[derive(Clone, PartialEq, Debug)]
pub struct Waterfall {
    /// The part of the time axis that is shown.
    pub view: Viewport,
    /// The services that passed no `traceparent` on.
    pub broken_at: Vec<NodeId>,
    operation: Row,
    /// As they were made.
    attempts: Vec<Row>,
    /// As they are shown.
    order: Vec<usize>,
}

/// How often one line was used for a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hop {
    /// The line.
    pub edge: EdgeId,
    /// Calls that were sent over it.
    pub calls: u32,
    /// Calls that its breaker refused.
    pub rejected: u32,
    /// The attempts they were made for; 1 for those of a client.
    pub callers: u32,
}

impl Waterfall {
    /// All that is known of a request, if there is such a one.
    #[must_use]
    pub fn of(run: &Run, request: RequestId) -> Option<Self> {
        let (log, index) = (run.log(), run.index().requests.get(request as usize)?);
        let mut operation = Row::new(None, log.event(index.first));
        let mut attempts: Vec<Row> = Vec::new();
        for event in (index.first..=index.last).map(|id| log.event(id)) {
            let Some(span) = event.span().filter(|span| log.request_of(*span) == request) else {
                continue;
            };
            // Attempts begin in the order of their numbers.
            match attempts.binary_search_by_key(&Some(span), |row| row.span) {
                Ok(place) => {
                    let row = &mut attempts[place];
                    row.patience = row.patience.or_else(|| row::patience(run, row.edge, &event));
                    row.events.push(event);
                }
                Err(_) => attempts.push(begun(run, span, event)),
            }
            if event.is_last() && log.span(span).by_client {
                operation.events.push(event);
                operation.edge = log.span(span).edge;
            }
        }
        let mut calls = vec![Vec::new(); attempts.len()];
        for place in 0..attempts.len() {
            let caller = caller(&attempts, &attempts[place]);
            attempts[place].deadline = until::deadline(run, &attempts, place, caller);
            if let Some(caller) = caller {
                calls[caller].push(place);
            }
        }
        let of_client = attempts.iter().find(|row| row.by_client);
        operation.deadline = of_client.and_then(|row| row.deadline);
        for (place, calls) in calls.iter().enumerate() {
            spend(&mut attempts, place, calls, run.end());
        }
        let from = operation.from();
        let ends = attempts.iter().flat_map(|row| &row.stretches).map(|stretch| stretch.to);
        let to = ends.fold(log.at(index.last), SimTime::max).min(run.end());
        let margin = SimDuration::from_nanos_f64(to.since(from).nanos() as f64 * MARGIN)
            .max(SimDuration::from_millis(1));
        let from = SimTime::from_nanos(from.nanos().saturating_sub(margin.nanos()));
        let mut broken_at = Vec::new();
        for root in attempts.iter().filter(|row| row.depth == 0) {
            let edge = run.experiment().scenario.edge(root.edge);
            broken_at.extend(edge.map(|edge| edge.from).filter(|from| !broken_at.contains(from)));
        }
        let order = in_order(&attempts, &calls);
        let view = Viewport { from, to: to + margin };
        Some(Self { view, operation, attempts, order, broken_at })
    }

    /// The client's operation first, then each of its attempts with all that was done for it. What was
    /// done under another trace ID comes last.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        let attempts = self.order.iter().map(|place| &self.attempts[*place]);
        std::iter::once(&self.operation).chain(attempts)
    }

    /// The services that were called, in the order of the scenario.
    pub fn services(&self, scenario: &Scenario) -> impl Iterator<Item = NodeId> {
        let called = |node: &NodeId| {
            let to = |row: &Row| scenario.edge(row.edge).map(|edge| edge.to);
            self.attempts.iter().any(|row| to(row) == Some(*node))
        };
        (0..scenario.nodes.len() as NodeId).filter(called)
    }

    /// How often each line was used up to a moment, in the order of the lines.
    #[must_use]
    pub fn hops(&self, scenario: &Scenario, at: SimTime) -> Vec<Hop> {
        let over = |edge: EdgeId, kind: Kind| {
            let is = |event: &Event| event.kind == kind && event.at <= at;
            let began = |row: &&Row| row.events.iter().any(is);
            self.attempts.iter().filter(began).filter(|row| row.edge == edge).count() as u32
        };
        let edges = (0..=EdgeId::MAX).zip(&scenario.edges);
        let hops = edges.map(|(id, edge)| {
            let into = (0..=EdgeId::MAX).zip(&scenario.edges).filter(|(_, e)| e.to == edge.from);
            let callers = match scenario.clients(edge.from) {
                Some(_) => 1,
                None => into.map(|(id, _)| over(id, Kind::Sent)).sum(),
            };
            let (calls, rejected) = (over(id, Kind::Sent), over(id, Kind::Rejected));
            Hop { edge: id, calls, rejected, callers }
        });
        hops.filter(|hop| hop.calls + hop.rejected > 0).collect()
    }

    /// The latest attempt that the client has made by then.
    #[must_use]
    pub fn latest_attempt(&self, at: SimTime) -> Option<&Row> {
        self.attempts.iter().rfind(|row| row.by_client && row.from() <= at)
    }

    /// Where an instant is on the time axis, in percent of its width.
    #[must_use]
    pub fn place(&self, at: SimTime) -> f64 {
        let Viewport { from, to } = self.view;
        let span = to.since(from).nanos() as f64;
        (at.nanos() as f64 - from.nanos() as f64) / span * 100.0
    }
}

impl Hop {
    /// `3 attempts → 7 calls at bank, ×2.3`.
    #[must_use]
    pub fn words(&self, scenario: &Scenario) -> String {
        let Self { edge, calls, rejected, callers } = *self;
        let to = scenario.edge(edge).map_or("", |edge| scenario.node_name(edge.to));
        let by_client = scenario.edge(edge).is_some_and(|e| scenario.clients(e.from).is_some());
        let callers_words = counted(callers, if by_client { "request" } else { "attempt" });
        let factor = decimal::rounded(f64::from(calls) / f64::from(callers.max(1)), 1);
        let refused = if rejected > 0 { format!(", {rejected} rejected") } else { String::new() };
        format!("{callers_words} → {} at {to}, ×{factor}{refused}", counted(calls, "call"))
    }
}

fn counted(count: u32, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The place of the attempt for which another one was made.
fn caller(attempts: &[Row], row: &Row) -> Option<usize> {
    let caller = Some(row.caller).filter(|_| !row.by_client)?;
    attempts.binary_search_by_key(&Some(caller), |row| row.span).ok()
}

/// Who was called directly behind who called; what nobody can connect, at the end.
fn in_order(attempts: &[Row], calls: &[Vec<usize>]) -> Vec<usize> {
    let mut order = Vec::with_capacity(attempts.len());
    let is_root = |place: &usize| attempts[*place].depth == 0;
    let clients = (0..attempts.len()).filter(|place| attempts[*place].by_client);
    for root in clients.chain((0..attempts.len()).filter(is_root)) {
        let mut waiting = vec![root];
        while let Some(place) = waiting.pop() {
            order.push(place);
            waiting.extend(calls[place].iter().rev().copied().filter(|call| !is_root(call)));
        }
    }
    order
}

#[cfg(test)]
mod tests;
