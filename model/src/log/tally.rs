//! A run in counts, for whoever needs no more of it.

use super::event::Kind;
use crate::policy::outcome::Status;
use crate::time::SimDuration;

/// What happened how often. It takes 8 bytes per operation and nothing per event, and the run that
/// is counted is the one that would have been written down.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    counts: [u32; Kind::ALL.len()],
    /// How many events there were.
    pub events: u32,
    /// Attempts, over all lines, those that a breaker refused included.
    pub spans: u32,
    /// Operations begun.
    pub requests: u32,
    /// Operations that succeeded.
    pub succeeded: u32,
    /// Operations with an answer that lacks a part.
    pub degraded: u32,
    /// How long each finished operation took, in the order in which they finished.
    pub latencies: Vec<SimDuration>,
}

impl Tally {
    /// How many events of this kind there were.
    #[must_use]
    pub fn count(&self, kind: Kind) -> u32 {
        self.counts[kind as usize]
    }

    /// The average latency of finished operations.
    #[must_use]
    pub fn mean_latency(&self) -> SimDuration {
        let sum: f64 = self.latencies.iter().map(|latency| latency.nanos() as f64).sum();
        SimDuration::from_nanos_f64(sum / self.latencies.len().max(1) as f64)
    }

    pub(super) fn push(&mut self, kind: Kind) {
        self.counts[kind as usize] += 1;
    }

    pub(super) fn push_span(&mut self) -> u32 {
        next(&mut self.spans)
    }

    pub(super) fn push_request(&mut self) -> u32 {
        next(&mut self.requests)
    }

    pub(super) fn operation_over(&mut self, took: SimDuration, status: Status) {
        self.succeeded += u32::from(status.is_success() && !status.is_degraded());
        self.degraded += u32::from(status.is_degraded());
        self.latencies.push(took);
    }
}

const fn next(count: &mut u32) -> u32 {
    *count += 1;
    *count - 1
}
