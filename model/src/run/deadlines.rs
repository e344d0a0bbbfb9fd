//! Until when calls are worth anything, from the log and the settings.

use super::Run;
use crate::log::Event;
use crate::policy::deadline::{Deadline, Settings};
use crate::scenario::knob::EdgeKnob;
use crate::scenario::{EdgeId, Knob};
use crate::time::{SimDuration, SimTime};

impl Run {
    /// The deadline of a call over a line, which began then for one that was told `inherited`.
    #[must_use]
    pub fn deadline(
        &self,
        edge: EdgeId,
        began: SimTime,
        inherited: Option<SimTime>,
    ) -> Option<SimTime> {
        let own = self.deadline_settings(edge, began);
        own.deadline(began, inherited.map(Deadline)).map(|deadline| deadline.0)
    }

    /// What a service is told of a deadline by a request that was sent to it over a line.
    #[must_use]
    pub fn deadline_told(&self, edge: EdgeId, sent: &Event, deadline: SimTime) -> Option<SimTime> {
        let passed_on = self.deadline_settings(edge, sent.at).propagate;
        let left = deadline.since(sent.at);
        passed_on.then(|| Deadline::received(sent.at + sent.duration(), left).0)
    }

    fn deadline_settings(&self, edge: EdgeId, at: SimTime) -> Settings {
        let value = |knob| self.experiment().value_at(Knob::Edge(edge, knob), at);
        let limit = value(EdgeKnob::Deadline).filter(|nanos| *nanos > 0.0);
        Settings {
            per_operation: limit.map(SimDuration::from_nanos_f64),
            propagate: value(EdgeKnob::PassDeadline).is_none_or(|on| on != 0.0),
        }
    }
}
