//! What a visitor does, carried out.

use std::sync::Arc;

use super::arrivals::Who;
use super::task::Sim;
use crate::log::{EventId, Kind, NONE};
use crate::policy::breaker::{Action, Breaker, Each, Scope, Settings, Transition};
use crate::random::{Draws, Stream};
use crate::scenario::{CallPolicy, Change, EdgeId, Knob, NodeId, Role, Scenario};
use crate::time::SimTime;

impl Sim<'_> {
    pub(super) fn intervene(&mut self, index: u32, change: &Change) {
        let event = self.log.push(self.world.now, Kind::Intervention, index, 0, NONE);
        match change {
            Change::Set { .. } | Change::SetBreaker { .. } => self.change_settings(change),
            Change::Breaker { edge, action } => self.work_breaker(*edge, *action, event),
            Change::Fault(fault) | Change::Struck(fault) => self.begin_fault(index, *fault, event),
            // What it does follows, fault by fault.
            Change::Chaos(_) => {}
            Change::Drop { request, edge } => self.drop_message(*request, *edge, event),
            Change::Send(hand) => {
                if let Some(node) = self.first_clients() {
                    let key = self.hand_key();
                    self.begin_hand_request(node, key, hand, event);
                }
            }
            Change::Burst(node) => {
                let count = self.scenario.clients(*node).map_or(0, |clients| clients.count);
                let first = self.hand_key();
                for client in 0..count {
                    let key = first | client;
                    self.begin_request(*node, Who::This(client), key, event);
                }
            }
        }
    }

    fn first_clients(&self) -> Option<NodeId> {
        let clients = |node: &crate::scenario::Node| matches!(node.role, Role::Clients(_));
        self.scenario.nodes.iter().position(clients).map(|index| index as NodeId)
    }

    fn change_settings(&mut self, change: &Change) {
        // A value outside its range was refused when the experiment was read.
        let mut scenario = self.scenario.clone();
        if change.apply(&mut scenario).is_err() {
            return;
        }
        let plan = Arc::new(self.plan.changed(scenario));
        self.world.plan = plan.clone();
        let now = &plan.scenario;
        Sim { world: self.world, scenario: now, plan: &plan, log: self.log }
            .adapt(self.scenario, change);
    }

    /// Settings were changed; `before` is how things stood.
    fn adapt(&mut self, before: &Scenario, change: &Change) {
        match *change {
            Change::Set { knob: Knob::Edge(edge, _), .. } | Change::SetBreaker { edge, .. } => {
                let index = usize::from(edge);
                let (Some(before), Some(after)) =
                    (before.edges.get(index), self.scenario.edges.get(index))
                else {
                    return;
                };
                let line = &mut self.world.lines[index];
                let policies = (&before.policy, &after.policy);
                if retune(&mut line.breaker, &mut line.own, policies, self.world.now) {
                    line.moved = NONE;
                }
                self.plan_breakers(edge);
                self.fill_bulkhead(edge);
            }
            Change::Set { knob: Knob::Service(node, _), .. } => self.fill_workers(node),
            Change::Set { knob: Knob::Clients(node, _), .. } => {
                if let Some(before) = before.clients(node) {
                    self.change_clients(node, before);
                }
            }
            _ => {}
        }
    }

    fn work_breaker(&mut self, edge: EdgeId, action: Action, cause: EventId) {
        let now = self.world.now;
        self.move_breaker(edge, cause, |breaker, settings| breaker.control(settings, now, action));
    }

    /// A caller that lost its memory starts with a closed breaker.
    pub(super) fn reset_breaker(&mut self, edge: EdgeId, cause: EventId) {
        let now = self.world.now;
        self.move_breaker(edge, cause, |breaker, settings| breaker.crash(settings, now));
    }

    fn move_breaker(
        &mut self,
        edge: EdgeId,
        cause: EventId,
        how: impl Fn(&mut Breaker, &Settings) -> Option<Transition>,
    ) {
        let scenario = self.scenario;
        let Some(spec) = scenario.edges.get(usize::from(edge)) else { return };
        // Where the breaker is switched off, there is nothing to work.
        if !spec.policy.breaker_enabled {
            return;
        }
        let clients = match spec.policy.breaker_scope {
            Scope::Caller => None,
            Scope::Client => scenario.clients(spec.from),
        };
        let all = clients.map_or(0..1, |clients| 0..clients.count);
        for client in all {
            let client = clients.map(|_| client as u16);
            let line = &mut self.world.lines[usize::from(edge)];
            if let Some(transition) = how(line.breaker_of(client), &spec.policy.breaker) {
                self.note_transition((edge, client), transition, cause);
            }
        }
    }
}

/// The breakers of each client, where they have some.
pub(crate) fn own_of<T: Clone + Default>(
    policy: &CallPolicy,
    shared: &Breaker,
) -> Option<Box<Each<T>>> {
    let own = || Box::new(Each::new(shared.clone()));
    (!policy.breaker_scope.is_shared()).then(own)
}

/// The breaker of a line at the start.
pub(crate) fn first_breaker(policy: &CallPolicy, draws: &Draws, edge: EdgeId) -> Breaker {
    let luck = draws.draw(Stream::BreakerWait, edge.into(), 0);
    Breaker::new(&policy.breaker, SimTime::ZERO).with_luck(luck)
}

/// Adapts the breakers of a line to a policy that was changed; returns whether they are new ones.
pub(crate) fn retune<T: Clone + Default>(
    breaker: &mut Breaker,
    own: &mut Option<Box<Each<T>>>,
    (before, after): (&CallPolicy, &CallPolicy),
    now: SimTime,
) -> bool {
    let kind = |policy: &CallPolicy| (policy.breaker_enabled, policy.breaker_scope);
    if kind(before) == kind(after) {
        breaker.reconfigure(&before.breaker, &after.breaker, now);
        if let Some(own) = own {
            own.reconfigure(&before.breaker, &after.breaker, now);
        }
        return false;
    }
    breaker.replace(&after.breaker, now);
    match own {
        Some(own) => own.replace(&after.breaker, now),
        None if after.breaker_scope.is_shared() => {}
        None => *own = Some(Box::new(Each::new(breaker.clone()))),
    }
    true
}
