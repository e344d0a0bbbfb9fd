//! What stands outside the retry of a call: it is asked once, and hears how the call ended.

use super::attempt::{Attempt, Call};
use super::guard::Given;
use super::slab::Handle;
use super::task::Sim;
use super::world::World;
use crate::log::EventId;
use crate::policy::breaker;
use crate::policy::deadline::Deadline;
use crate::policy::outcome::Outcome;
use crate::policy::stack::Layer;
use crate::scenario::CallPolicy;
use crate::time::{SimDuration, SimTime};

/// Who has a place in a bulkhead, or waits for one.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Holder {
    /// One attempt.
    Attempt(Handle<Attempt>),
    /// A call, for all of its attempts.
    Call(Handle<Call>),
}

/// What a call was given for all of its attempts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outer {
    pub(super) given: Given,
    /// When its breaker let it through.
    pub(super) passed: SimTime,
    /// When it had its place in the bulkhead, if it had to wait for that.
    pub(super) entered: Option<SimTime>,
    /// Whether an attempt of it was ever sent.
    pub(super) sent: bool,
    /// Whether it is refused as a whole, so that nothing is tried again.
    pub(super) refused: bool,
}

/// When a timeout outside the retry ends everything, if there is one.
pub(super) fn whole(policy: &CallPolicy, call: &Call, outer: Option<&Outer>) -> Option<Deadline> {
    let stack = &policy.stack;
    if !stack.is_per_call(Layer::Timeout) {
        return None;
    }
    let inside = stack.is_outside(Layer::Bulkhead, Layer::Timeout);
    let entered = outer.and_then(|outer| outer.entered).filter(|_| inside);
    policy.timeout.due(entered.unwrap_or(call.began)).map(Deadline)
}

impl Sim<'_> {
    /// How long an attempt is waited for that is sent now, where layers have another order than usual.
    #[inline(never)]
    pub(super) fn patience(&self, handle: Handle<Attempt>) -> Option<SimDuration> {
        let World { attempts, calls, passes, outer, now, .. } = &*self.world;
        let attempt = attempts.get(handle)?;
        let policy = &self.scenario.edges[usize::from(attempt.edge)].policy;
        let call = calls.get(attempt.call)?;
        let whole = whole(policy, call, outer.get(&attempt.call));
        let pass = attempt.pass.and_then(|pass| passes.get(pass));
        let own = match whole {
            Some(whole) => Some(whole.0),
            None if policy.stack.is_per_call(Layer::Timeout) => None,
            None if policy.stack.is_outside(Layer::Timeout, Layer::Bulkhead) => {
                policy.timeout.due(pass.map_or(*now, |pass| pass.made))
            }
            None => policy.timeout.due(*now),
        };
        let until = call.deadline.get().map(|deadline| deadline.0);
        let first = own.into_iter().chain(until).min();
        first.map(|first| first.since(*now))
    }

    /// Until when an attempt may wait for a place, if not for as long as it takes.
    pub(super) fn holding_ends(&self, handle: Handle<Attempt>) -> Option<SimTime> {
        let world = &*self.world;
        let attempt = world.attempts.get(handle)?;
        let policy = &self.scenario.edges[usize::from(attempt.edge)].policy;
        let call = world.calls.get(attempt.call)?;
        let outside = policy.stack.is_outside(Layer::Timeout, Layer::Bulkhead);
        let own = if policy.stack.is_per_call(Layer::Timeout) {
            whole(policy, call, world.outer.get(&attempt.call)).map(|whole| whole.0)
        } else {
            policy.timeout.due(world.now)
        };
        let until = call.deadline.get().map(|deadline| deadline.0);
        own.filter(|_| outside).into_iter().chain(until).min()
    }

    /// A call is over, like this, or nobody wants its outcome: what it was given goes back.
    #[inline(never)]
    pub(super) fn leave_stack(&mut self, handle: Handle<Call>, end: Option<(Outcome, EventId)>) {
        let Some(outer) = self.world.outer.remove(&handle) else { return };
        let Some(edge) = self.world.calls.get(handle).map(|call| call.edge) else { return };
        let policy = &self.scenario.edges[usize::from(edge)].policy;
        let now = self.world.now;
        let line = &mut self.world.lines[usize::from(edge)];
        if outer.given.place {
            line.bulkhead.leave(Holder::Call(handle));
        }
        match (outer.given.permit, end) {
            // What was refused further in says nothing of the callee.
            (Some(permit), Some((outcome, event)))
                if outer.sent && outcome != Outcome::Rejected && policy.honours(&permit) =>
            {
                let (mark, took) = (breaker::mark(outcome), now.since(outer.passed));
                let (client, breaker) = (permit.client(), line.breaker_of(permit.client()));
                let moved = breaker.settle(&policy.breaker, permit, now, mark, took);
                if let Some(transition) = moved {
                    self.note_transition((edge, client), transition, event);
                }
            }
            (Some(permit), None) => line.breaker_of(permit.client()).release(permit),
            (Some(permit), _) if policy.honours(&permit) => {
                line.breaker_of(permit.client()).release(permit);
            }
            _ => {}
        }
    }
}
