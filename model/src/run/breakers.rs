//! What the breakers of a scene are asked, and what they hear: that is not in the log, but follows from it.

use super::scene::{Flight, News, Phase, Scene};
use crate::log::{Event, Log, Span, SpanId};
use crate::policy::breaker::{self, Action, Breaker, Crowd, Each, Own, Permit, Settings};
use crate::policy::outcome::Outcome;
use crate::policy::stack::Layer;
use crate::scenario::EdgeId;
use crate::time::SimTime;

/// A call that may have several attempts, by who waits for it and its line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Whole {
    pub(super) by_client: bool,
    /// The request, if a client waits; otherwise the span.
    pub(super) parent: u32,
    pub(super) edge: EdgeId,
}

impl Whole {
    /// The call that an attempt belongs to.
    pub(super) const fn of(span: &Span) -> Self {
        Self { by_client: span.by_client, parent: span.parent, edge: span.edge }
    }
}

/// What a breaker outside the retry gave to a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallPermit {
    pub(super) permit: Permit,
    pub(super) passed: SimTime,
    /// Whether an attempt was ever sent.
    pub(super) sent: bool,
}

impl Scene {
    /// A breaker of a line and its settings, unless it is switched off.
    pub(super) fn breaker(
        &mut self,
        edge: EdgeId,
        client: Option<u16>,
    ) -> Option<(&mut Breaker, &Settings)> {
        let index = usize::from(edge);
        let policy = &self.scenario.edges.get(index)?.policy;
        let breaker = self.lines.get_mut(index)?.breaker_of(client);
        policy.breaker_enabled.then_some((breaker, &policy.breaker))
    }

    pub(super) fn work_breaker(&mut self, edge: EdgeId, action: Action) {
        let now = self.at;
        let clients = self.crowd(edge).map(|(clients, _)| clients);
        for client in 0..clients.unwrap_or(1) {
            if let Some((breaker, settings)) = self.breaker(edge, clients.map(|_| client as u16)) {
                // The transition itself is one of the next events of the log.
                let _ = breaker.control(settings, now, action);
            }
        }
    }

    /// The client whose own breaker is asked for an attempt, where each has one.
    pub(super) fn who_asks(&self, log: &Log, edge: EdgeId, span: SpanId) -> Option<u16> {
        let shared = self.scenario.edges[usize::from(edge)].policy.breaker_scope.is_shared();
        if shared { None } else { log.client_of(log.request_of(span)) }
    }

    /// An attempt asks the breaker of its line, if it is there to be asked; what it gives to the whole call is kept
    /// with that.
    pub(super) fn ask_breaker(&mut self, log: &Log, event: Event, span: &Span) -> Option<Permit> {
        let index = usize::from(span.edge);
        let policy = &self.scenario.edges[index].policy;
        let per_call = policy.stack.is_per_call(Layer::Breaker);
        if !policy.breaker_enabled || per_call && (span.attempt > 1 || span.copy) {
            return None;
        }
        let client = self.who_asks(log, span.edge, event.subject);
        let breaker = self.lines[index].breaker_of(client);
        let permit = breaker.acquire(&policy.breaker, event.at).permit.ok()?.of_client(client);
        if !per_call {
            return Some(permit);
        }
        let whole = CallPermit { permit, passed: event.at, sent: false };
        self.wholes.insert(Whole::of(span), whole);
        None
    }

    /// A call is over: its breaker hears of it, if it was asked for all of it.
    pub(super) fn call_over(&mut self, log: &Log, event: Event, outcome: Outcome) {
        // Mostly no breaker stands outside a retry.
        if self.wholes.is_empty() {
            return;
        }
        let span = log.span(event.subject);
        let Some(whole) = self.wholes.remove(&Whole::of(&span)) else { return };
        let CallPermit { permit, passed, sent } = whole;
        if !self.scenario.edges[usize::from(span.edge)].policy.honours(&permit) {
            return;
        }
        let Some((breaker, settings)) = self.breaker(span.edge, permit.client()) else { return };
        if sent && outcome != Outcome::Rejected {
            let took = event.at.since(passed);
            let _ = breaker.settle(settings, permit, event.at, breaker::mark(outcome), took);
        } else {
            breaker.release(permit);
        }
    }

    /// A service stopped that had made these calls: nobody wants to know how they end.
    pub(super) fn abandon_calls(&mut self, parent: SpanId) {
        let whole = Whole { by_client: false, parent, edge: 0 };
        let calls = whole..=Whole { edge: EdgeId::MAX, ..whole };
        while let Some((whole, kept)) = self.wholes.range(calls.clone()).next() {
            let (whole, permit) = (*whole, kept.permit);
            self.wholes.remove(&whole);
            self.lines[usize::from(whole.edge)].breaker_of(permit.client()).release(permit);
        }
    }

    pub(super) fn settle(&mut self, flight: &Flight, at: SimTime, outcome: Outcome) {
        let policy = &self.scenario.edges[usize::from(flight.edge)].policy;
        let Some(permit) = flight.permit.filter(|permit| policy.honours(permit)) else { return };
        if flight.phase == Phase::Held {
            if let Some((breaker, _)) = self.breaker(flight.edge, permit.client()) {
                breaker.release(permit);
            }
            return;
        }
        let took = at.since(flight.sent);
        let mark = breaker::mark(outcome);
        if let Some((breaker, settings)) = self.breaker(flight.edge, permit.client()) {
            // The transition, if there is one, is the next event of the log.
            let _ = breaker.settle(settings, permit, at, mark, took);
        }
    }

    pub(super) fn breaker_moved(&mut self, event: Event) {
        let (edge, client) = event.breaker();
        let settings = &self.scenario.edges[usize::from(edge)].policy.breaker;
        let line = &mut self.lines[usize::from(edge)];
        // Moves that no call made: the end of a wait, where it needs none.
        let breaker = line.breaker_of(client);
        if breaker.due(settings).is_some_and(|due| due <= event.at) {
            let _ = breaker.tick(settings, event.at);
        }
        match (&mut line.own, client) {
            (Some(own), Some(client)) => {
                let moved = Some(event.id);
                own.of_mut(client.into()).with = News { moved, rejected_since: 0 };
            }
            _ => (line.moved, line.rejected_since) = (Some(event.id), 0),
        }
    }

    /// The breaker that a client has for itself on a line, where each has one.
    #[must_use]
    pub fn own_breaker(&self, edge: EdgeId, client: u16) -> Option<&Own<News>> {
        self.own_breakers(edge).map(|own| own.of(client.into()))
    }

    /// How many clients have a breaker on a line for themselves, and of how many it is not closed; none:
    /// they share one, or there is none.
    #[must_use]
    pub fn crowd(&self, edge: EdgeId) -> Option<(u32, Crowd)> {
        let own = self.own_breakers(edge)?;
        let clients = self.scenario.clients(self.scenario.edge(edge)?.from)?;
        Some((clients.count, own.crowd(clients.count)))
    }

    fn own_breakers(&self, edge: EdgeId) -> Option<&Each<News>> {
        let policy = &self.scenario.edge(edge)?.policy;
        let each_has_one = policy.breaker_enabled && !policy.breaker_scope.is_shared();
        self.lines.get(usize::from(edge))?.own.as_deref().filter(|_| each_has_one)
    }
}
