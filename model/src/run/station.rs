//! A service at one instant.

use std::collections::VecDeque;

use crate::log::SpanId;
use crate::policy::shed::Settings;
use crate::policy::shed::limiter::{self, Limiter};
use crate::time::{SimDuration, SimTime};

/// How many of the last answers a service's own percentile looks at.
const RECENT: usize = 100;

/// A service at one instant.
#[derive(Clone, Debug, Default)]
pub struct Station {
    /// The worker cells; each holds the span it works on. Grows to the most ever busy.
    pub workers: Vec<Option<SpanId>>,
    /// Who waits, longest first.
    pub queue: VecDeque<SpanId>,
    /// How many requests it has let go of, rejected ones included.
    pub handled: u32,
    /// How many it turned away: queue full, failing fast, crashed.
    pub rejected: u32,
    /// Worker time spent for callers that had given up.
    pub orphan_work: SimDuration,
    /// How many requests were answered from its cache.
    pub cached: u32,
    /// How many waited for the answer to another one.
    pub joined: u32,
    /// How many it worked on.
    pub fetched: u32,
    /// What limits how many are inside, where something ever did.
    pub(super) limiter: Option<Limiter<SpanId>>,
    recent: VecDeque<SimDuration>,
}

impl Station {
    /// How many workers are busy.
    #[must_use]
    pub fn busy(&self) -> usize {
        self.workers.iter().filter(|worker| worker.is_some()).count()
    }

    /// The 99th percentile of its last hundred answers, from arrival to response.
    #[must_use]
    pub fn p99(&self) -> Option<SimDuration> {
        let mut sorted = Vec::with_capacity(self.recent.len());
        for time in &self.recent {
            sorted.insert(sorted.partition_point(|other| other < time), *time);
        }
        let rank = (sorted.len() * 99).div_ceil(100);
        sorted.get(rank.checked_sub(1)?).copied()
    }

    /// How many may be inside at present, if load is shed by that.
    #[must_use]
    pub fn limit(&self, settings: &Settings) -> Option<u32> {
        settings.law()?;
        Some(match &self.limiter {
            Some(limiter) => limiter.limit(&settings.limits),
            None => Limiter::<SpanId>::default().limit(&settings.limits),
        })
    }

    /// Somebody is let in, where that is limited.
    pub(super) fn let_in(&mut self, settings: &Settings, span: SpanId, now: SimTime) {
        if settings.law().is_some() {
            self.limiter.get_or_insert_default().enter(span, now);
        }
    }

    /// Somebody is inside no more.
    pub(super) fn let_out(
        &mut self,
        settings: &Settings,
        span: SpanId,
        now: SimTime,
        worked: bool,
    ) {
        let Some(limiter) = &mut self.limiter else { return };
        let (law, worked) = settings.law().map_or((limiter::UNUSED, false), |law| (law, worked));
        limiter.leave(law, &settings.limits, &span, now, worked);
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.workers.len() * size_of::<Option<SpanId>>()
            + self.queue.len() * size_of::<SpanId>()
            + self.recent.len() * size_of::<SimDuration>()
    }

    /// A worker begins with it; it may have been queued before.
    pub(super) fn take_worker(&mut self, span: SpanId, queued: bool) {
        if queued {
            self.leave_queue(span);
        }
        match self.workers.iter_mut().find(|worker| worker.is_none()) {
            Some(worker) => *worker = Some(span),
            None => self.workers.push(Some(span)),
        }
    }

    pub(super) fn leave_worker(&mut self, span: SpanId) {
        if let Some(worker) = self.workers.iter_mut().find(|worker| **worker == Some(span)) {
            *worker = None;
        }
    }

    pub(super) fn leave_queue(&mut self, span: SpanId) {
        // Who came first is next, or who came last.
        if self.queue.front() == Some(&span) {
            self.queue.pop_front();
        } else if self.queue.back() == Some(&span) {
            self.queue.pop_back();
        } else {
            self.queue.retain(|waiting| *waiting != span);
        }
    }

    pub(super) fn note_latency(&mut self, took: SimDuration) {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(took);
    }
}
