//! What the breakers of a scene are asked, and what they hear: that is not in the log, but follows from it.

use super::scene::{Flight, Phase, Scene};
use crate::log::{Event, Log, Span, SpanId};
use crate::policy::breaker::{self, Action, Breaker, Permit, Settings};
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
    /// The breaker of a line and its settings, unless it is switched off.
    pub(super) fn breaker(&mut self, edge: EdgeId) -> Option<(&mut Breaker, &Settings)> {
        let index = usize::from(edge);
        let policy = &self.scenario.edges.get(index)?.policy;
        let breaker = &mut self.lines.get_mut(index)?.breaker;
        policy.breaker_enabled.then_some((breaker, &policy.breaker))
    }

    pub(super) fn work_breaker(&mut self, edge: EdgeId, action: Action) {
        let now = self.at;
        if let Some((breaker, settings)) = self.breaker(edge) {
            // The transition itself is the next event of the log.
            let _ = breaker.control(settings, now, action);
        }
    }

    /// An attempt asks the breaker of its line, if it is there to be asked; what it gives to the whole call is kept
    /// with that.
    pub(super) fn ask_breaker(&mut self, log: &Log, event: Event) -> Option<Permit> {
        let span = log.span(event.subject);
        let index = usize::from(span.edge);
        let policy = &self.scenario.edges[index].policy;
        let per_call = policy.stack.is_per_call(Layer::Breaker);
        if !policy.breaker_enabled || per_call && (span.attempt > 1 || span.copy) {
            return None;
        }
        let permit = self.lines[index].breaker.acquire(&policy.breaker, event.at).permit.ok()?;
        if !per_call {
            return Some(permit);
        }
        let whole = CallPermit { permit, passed: event.at, sent: false };
        self.wholes.insert(Whole::of(&span), whole);
        None
    }

    /// A call is over: its breaker hears of it, if it was asked for all of it.
    pub(super) fn call_over(&mut self, log: &Log, event: Event, outcome: Outcome) {
        let span = log.span(event.subject);
        let Some(whole) = self.wholes.remove(&Whole::of(&span)) else { return };
        let CallPermit { permit, passed, sent } = whole;
        let Some((breaker, settings)) = self.breaker(span.edge) else { return };
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
            self.lines[usize::from(whole.edge)].breaker.release(permit);
        }
    }

    pub(super) fn settle(&mut self, flight: &Flight, at: SimTime, outcome: Outcome) {
        let Some(permit) = flight.permit else { return };
        if flight.phase == Phase::Held {
            if let Some((breaker, _)) = self.breaker(flight.edge) {
                breaker.release(permit);
            }
            return;
        }
        let took = at.since(flight.sent);
        let mark = breaker::mark(outcome);
        if let Some((breaker, settings)) = self.breaker(flight.edge) {
            // The transition, if there is one, is the next event of the log.
            let _ = breaker.settle(settings, permit, at, mark, took);
        }
    }

    pub(super) fn breaker_moved(&mut self, event: Event) {
        let index = event.subject as usize;
        let settings = &self.scenario.edges[index].policy.breaker;
        let line = &mut self.lines[index];
        // Moves that no call made: the end of a wait, where it needs none.
        if line.breaker.due(settings).is_some_and(|due| due <= event.at) {
            let _ = line.breaker.tick(settings, event.at);
        }
        line.moved = Some(event.id);
        line.rejected_since = 0;
    }
}
