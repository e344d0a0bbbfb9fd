//! What a visitor does, carried out.

use std::sync::Arc;

use super::World;
use crate::log::{EventId, Kind, Log, NONE, Request};
use crate::policy::breaker::{Action, Breaker, Settings, Transition};
use crate::scenario::{CallPolicy, Change, EdgeId, Knob, NodeId, Role, Scenario};
use crate::time::SimTime;

impl World {
    pub(super) fn intervene(&mut self, log: &mut Log, index: u32, change: &Change) {
        let event = log.push(self.now, Kind::Intervention, index, 0, NONE);
        match change {
            Change::Set { knob, value } => self.turn(log, *knob, *value),
            Change::Breaker { edge, action } => self.work_breaker(log, *edge, *action, event),
            Change::Fault(fault) => self.begin_fault(log, index, *fault, event),
            Change::Send(hand) => {
                if let Some(node) = self.first_clients() {
                    let key = self.hand_key();
                    self.begin_hand_request(log, node, key, hand, event);
                }
            }
            Change::Burst(node) => {
                let count = self.scenario.clients(*node).map_or(0, |clients| clients.count);
                let first = self.hand_key();
                for client in 0..count {
                    let key = first | client;
                    self.begin_request(log, *node, Request { client, key }, event);
                }
            }
        }
    }

    fn first_clients(&self) -> Option<NodeId> {
        let clients = |node: &crate::scenario::Node| matches!(node.role, Role::Clients(_));
        self.scenario.nodes.iter().position(clients).map(|index| index as NodeId)
    }

    fn turn(&mut self, log: &mut Log, knob: Knob, value: f64) {
        let old = self.scenario.clone();
        // A value outside its range was refused when the experiment was read.
        if knob.set(Arc::make_mut(&mut self.scenario), value).is_err() {
            return;
        }
        match knob {
            Knob::Edge(edge, _) => {
                let index = usize::from(edge);
                let (Some(before), Some(after)) =
                    (old.edges.get(index), self.scenario.edges.get(index))
                else {
                    return;
                };
                let line = &mut self.lines[index];
                if retune(&mut line.breaker, &before.policy, &after.policy, self.now) {
                    line.moved = NONE;
                }
                self.plan_breaker(edge);
            }
            Knob::Service(node, _) => self.fill_workers(log, node),
            Knob::Clients(node, _) => {
                let rate = |scenario: &Scenario| scenario.clients(node).map(|clients| clients.rate);
                let (before, after) = (rate(&old), rate(&self.scenario));
                if let Some(before) = before
                    && Some(before) != after
                {
                    self.change_rate(node, before);
                }
            }
        }
    }

    fn work_breaker(&mut self, log: &mut Log, edge: EdgeId, action: Action, cause: EventId) {
        let now = self.now;
        self.move_breaker(log, edge, cause, |breaker, settings| {
            breaker.control(settings, now, action)
        });
    }

    /// A caller that lost its memory starts with a closed breaker.
    pub(super) fn reset_breaker(&mut self, log: &mut Log, edge: EdgeId, cause: EventId) {
        let now = self.now;
        self.move_breaker(log, edge, cause, |breaker, settings| breaker.crash(settings, now));
    }

    fn move_breaker(
        &mut self,
        log: &mut Log,
        edge: EdgeId,
        cause: EventId,
        how: impl FnOnce(&mut Breaker, &Settings) -> Option<Transition>,
    ) {
        let scenario = self.scenario.clone();
        let Some(spec) = scenario.edges.get(usize::from(edge)) else { return };
        // Where the breaker is switched off, there is nothing to work.
        if !spec.policy.breaker_enabled {
            return;
        }
        let line = &mut self.lines[usize::from(edge)];
        if let Some(transition) = how(&mut line.breaker, &spec.policy.breaker) {
            self.note_transition(log, edge, transition, cause);
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
