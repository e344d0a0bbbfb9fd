//! What a visitor does, carried out.

use std::sync::Arc;

use super::arrivals::Who;
use super::task::Sim;
use crate::log::{EventId, Kind, NONE};
use crate::policy::breaker::{Action, Breaker, Settings, Transition};
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
                if retune(&mut line.breaker, &before.policy, &after.policy, self.world.now) {
                    line.moved = NONE;
                }
                self.plan_breaker(edge);
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
        how: impl FnOnce(&mut Breaker, &Settings) -> Option<Transition>,
    ) {
        let scenario = self.scenario;
        let Some(spec) = scenario.edges.get(usize::from(edge)) else { return };
        // Where the breaker is switched off, there is nothing to work.
        if !spec.policy.breaker_enabled {
            return;
        }
        let line = &mut self.world.lines[usize::from(edge)];
        if let Some(transition) = how(&mut line.breaker, &spec.policy.breaker) {
            self.note_transition(edge, transition, cause);
        }
    }
}

/// Adapts a breaker to a policy that was changed; returns whether it is a new one.
pub(crate) fn retune(
    breaker: &mut Breaker,
    before: &CallPolicy,
    after: &CallPolicy,
    now: SimTime,
) -> bool {
    if before.breaker_enabled != after.breaker_enabled {
        breaker.replace(&after.breaker, now);
        return true;
    }
    breaker.reconfigure(&before.breaker, &after.breaker, now);
    false
}
