//! What each layer of a call's stack let through, and what it stopped.

use super::scene::Scene;
use crate::log::{Event, Kind, Span};
use crate::policy::stack::Layer;
use crate::scenario::{CallPolicy, EdgeId};

/// What the layers of one line have done since the start, each counted where it stood then.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Layers {
    /// Calls.
    pub calls: u32,
    /// Attempts that were not the first at their call.
    pub retries: u32,
    /// What a guard let through; of a timeout: what ended in time.
    passed: [u32; Layer::ALL.len()],
    /// What a guard refused; of a timeout: what took too long.
    stopped: [u32; Layer::ALL.len()],
    /// Calls that ended because of their deadline, or were not tried again because of it.
    pub late: u32,
}

impl Layers {
    /// How often a layer let something through: a call, if it stands outside the retry, or an attempt.
    #[must_use]
    pub const fn passed(&self, layer: Layer) -> u32 {
        self.passed[layer as usize]
    }

    /// How often it did not.
    #[must_use]
    pub const fn stopped(&self, layer: Layer) -> u32 {
        self.stopped[layer as usize]
    }
}

/// Whether a layer that may refuse is there at all.
fn is_on(policy: &CallPolicy, layer: Layer) -> bool {
    match layer {
        Layer::Breaker => policy.breaker_enabled,
        Layer::RateLimit => policy.rate_limit.is_on(),
        Layer::Bulkhead => policy.bulkhead.is_on(),
        Layer::Retry | Layer::Timeout => false,
    }
}

impl Scene {
    fn layers(&mut self, edge: EdgeId) -> (&mut Layers, &CallPolicy) {
        let index = usize::from(edge);
        (&mut self.lines[index].layers, &self.scenario.edges[index].policy)
    }

    /// An attempt was made.
    pub(super) fn count_made(&mut self, span: &Span) {
        let (layers, _) = self.layers(span.edge);
        layers.calls += u32::from(span.attempt == 1 && !span.copy);
        layers.retries += u32::from(span.attempt > 1 && !span.copy);
    }

    /// It came as far as this layer, which refused it; none: it was sent.
    pub(super) fn count_passed(&mut self, span: &Span, refused: Option<Layer>) {
        let (layers, policy) = self.layers(span.edge);
        let again = span.attempt > 1 || span.copy;
        let mut per_call = true;
        for layer in policy.stack.layers() {
            per_call &= *layer != Layer::Retry;
            if Some(*layer) == refused {
                layers.stopped[*layer as usize] += 1;
                return;
            }
            let asked = is_on(policy, *layer) && !(per_call && again);
            layers.passed[*layer as usize] += u32::from(asked);
        }
    }

    /// An attempt over a line ended for its caller.
    pub(super) fn count_end(&mut self, edge: EdgeId, end: Event) {
        let (layers, policy) = self.layers(edge);
        let timed_out = end.kind == Kind::TimedOut;
        let limited = policy.timeout.per_attempt.is_some();
        layers.late += u32::from(end.is_deadline());
        layers.stopped[Layer::Timeout as usize] += u32::from(timed_out && !end.is_deadline());
        layers.passed[Layer::Timeout as usize] += u32::from(!timed_out && limited);
    }
}
