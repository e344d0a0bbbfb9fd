//! The calls a breaker remembers.

use std::collections::VecDeque;

use super::settings::{Anchor, Denominator, Settings, Window, WindowKind};
use super::types::{Cell, Counts};
use crate::time::{SimDuration, SimTime};

/// One result, as a window keeps it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Sample {
    pub(super) failed: bool,
    pub(super) slow: bool,
}

impl Sample {
    /// Whether it speaks against the callee.
    pub(super) const fn bad(self) -> bool {
        self.failed || self.slow
    }

    fn counts(self) -> Counts {
        Counts { calls: 1, failures: u32::from(self.failed), slow: u32::from(self.slow) }
    }
}

impl Counts {
    pub(super) fn add(&mut self, more: Self) {
        self.calls = self.calls.saturating_add(more.calls);
        self.failures = self.failures.saturating_add(more.failures);
        self.slow = self.slow.saturating_add(more.slow);
    }

    fn remove(&mut self, less: Self) {
        self.calls = self.calls.saturating_sub(less.calls);
        self.failures = self.failures.saturating_sub(less.failures);
        self.slow = self.slow.saturating_sub(less.slow);
    }

    pub(super) fn note(&mut self, sample: Sample) {
        self.add(sample.counts());
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Bucket {
    start: SimTime,
    counts: Counts,
}

/// What a window holds: single calls for a count window, and buckets for all others (a single one,
/// beginning at `origin`, for those without a clock).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Samples {
    calls: VecDeque<Sample>,
    in_calls: Counts,
    buckets: VecDeque<Bucket>,
    /// When the window was last cleared.
    origin: SimTime,
    /// When the breaker was made.
    made: SimTime,
    /// Which window this is: it changes when the contents do not carry over.
    pub(super) id: u32,
}

impl Samples {
    pub(super) fn new(window: &Window, now: SimTime) -> Self {
        let size = if window.kind == WindowKind::Count { window.size.min(10_000) } else { 0 };
        Self {
            // One more, because the newest call comes before the oldest goes.
            calls: VecDeque::with_capacity(size as usize + 1),
            in_calls: Counts::default(),
            buckets: VecDeque::new(),
            origin: now,
            made: now,
            id: 0,
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self, now: SimTime) {
        self.calls.clear();
        self.in_calls = Counts::default();
        self.buckets.clear();
        self.origin = now;
        self.id = self.id.wrapping_add(1);
    }

    /// Lets go of what is too old, however long ago anything happened.
    pub(super) fn roll(&mut self, window: &Window, now: SimTime) {
        if !self.covers(window, now) {
            self.origin = now;
            self.buckets.clear();
        }
        while self.buckets.front().is_some_and(|b| !self.lives(window, now, b.start)) {
            self.buckets.pop_front();
        }
    }

    /// Counts a call that ended with `sample`.
    pub(super) fn record(&mut self, window: &Window, now: SimTime, sample: Sample) {
        match window.kind {
            WindowKind::Count => {
                self.calls.push_back(sample);
                self.in_calls.note(sample);
                self.shorten(window.size);
            }
            WindowKind::Consecutive if !sample.failed => self.buckets.clear(),
            _ => self.bucket(window, now).note(sample),
        }
    }

    /// Counts a call that has not ended, or never will.
    pub(super) fn admit(&mut self, window: &Window, now: SimTime) {
        let counts = self.bucket(window, now);
        counts.calls = counts.calls.saturating_add(1);
    }

    /// Marks a call that [`admit`](Self::admit) counted at `at`, if it is still remembered.
    pub(super) fn mark_admitted(&mut self, at: SimTime, sample: Sample) {
        if let Some(counts) = self.bucket_of(at) {
            counts.add(Counts { calls: 0, ..sample.counts() });
        }
    }

    /// Marks now a call that was counted at another time.
    pub(super) fn mark_now(&mut self, window: &Window, now: SimTime, sample: Sample) {
        self.bucket(window, now).add(Counts { calls: 0, ..sample.counts() });
    }

    /// Takes back what [`admit`](Self::admit) counted at `at`.
    pub(super) fn take_back(&mut self, at: SimTime) {
        if let Some(counts) = self.bucket_of(at) {
            counts.calls = counts.calls.saturating_sub(1);
        }
    }

    /// What is remembered at `now`.
    pub(super) fn counts(&self, window: &Window, now: SimTime) -> Counts {
        let mut sum = self.in_calls;
        self.living(window, now).for_each(|b| sum.add(b.counts));
        sum
    }

    /// The same piece by piece, the newest last.
    pub(super) fn cells(&self, window: Window, now: SimTime) -> impl Iterator<Item = Cell> {
        let calls = self.calls.iter().map(|s| Cell { start: None, counts: s.counts() });
        let buckets = self.buckets.iter().filter(move |b| self.lives(&window, now, b.start));
        calls.chain(buckets.map(|b| Cell { start: Some(b.start), counts: b.counts }))
    }

    /// Carries what is remembered over to another window: a count window keeps its newest calls, a
    /// time window sorts its buckets anew, and another kind of window begins empty.
    pub(super) fn reshape(&mut self, old: &Window, new: &Window, now: SimTime) {
        let shape = |w: &Window| (w.duration_ms, w.buckets, w.anchor);
        if old.kind != new.kind {
            self.clear(now);
        } else if new.kind == WindowKind::Count {
            self.shorten(new.size);
        } else if new.kind == WindowKind::Time && shape(old) != shape(new) {
            self.roll(old, now);
            // Calls in flight cannot tell any more to which bucket they belong.
            self.id = self.id.wrapping_add(1);
            for bucket in std::mem::take(&mut self.buckets) {
                let start = self.start_of(new, bucket.start);
                self.bucket_at(start).add(bucket.counts);
            }
            self.roll(new, now);
        }
    }

    fn shorten(&mut self, size: u32) {
        while self.calls.len() > size as usize {
            if let Some(oldest) = self.calls.pop_front() {
                self.in_calls.remove(oldest.counts());
            }
        }
    }

    fn living(&self, window: &Window, now: SimTime) -> impl Iterator<Item = &Bucket> {
        self.buckets.iter().filter(move |b| self.lives(window, now, b.start))
    }

    /// The bucket that events at `now` belong to.
    fn bucket(&mut self, window: &Window, now: SimTime) -> &mut Counts {
        self.roll(window, now);
        let start =
            if window.kind == WindowKind::Time { self.start_of(window, now) } else { self.origin };
        self.bucket_at(start)
    }

    fn bucket_at(&mut self, start: SimTime) -> &mut Counts {
        if self.buckets.back().is_none_or(|newest| newest.start < start) {
            self.buckets.push_back(Bucket { start, counts: Counts::default() });
        }
        let newest = self.buckets.len() - 1;
        &mut self.buckets[newest].counts
    }

    /// The bucket that was current at `at`.
    fn bucket_of(&mut self, at: SimTime) -> Option<&mut Counts> {
        self.buckets.iter_mut().rev().find(|b| b.start <= at).map(|b| &mut b.counts)
    }

    /// Where a time window's bucket begins that events at `at` belong to.
    fn start_of(&self, window: &Window, at: SimTime) -> SimTime {
        let base = match window.anchor {
            Anchor::Epoch => SimTime::ZERO,
            Anchor::Start => self.origin,
            Anchor::Timer => self.made,
            Anchor::FirstEvent => {
                let newest = self.buckets.back().map(|b| b.start);
                return newest.filter(|&s| at.since(s) < bucket_length(window)).unwrap_or(at);
            }
        };
        let length = bucket_length(window).nanos();
        base + SimDuration::from_nanos(at.since(base).nanos() / length * length)
    }

    /// Whether a bucket that began at `start` still counts at `now`.
    fn lives(&self, window: &Window, now: SimTime, start: SimTime) -> bool {
        match (window.kind, window.anchor) {
            (WindowKind::Time, Anchor::FirstEvent) => now.since(start) < window.duration_ms.0,
            (WindowKind::Time, _) => {
                let span = bucket_length(window).nanos().saturating_mul(window.buckets.into());
                self.start_of(window, now).since(start).nanos() < span
            }
            _ => self.covers(window, now),
        }
    }

    /// Whether `now` still belongs to the window that began at `origin`.
    fn covers(&self, window: &Window, now: SimTime) -> bool {
        window.kind != WindowKind::Tumbling || now.since(self.origin) <= window.duration_ms.0
    }
}

/// The length of one bucket of a time window.
fn bucket_length(window: &Window) -> SimDuration {
    let length = window.duration_ms.0.nanos() / u64::from(window.buckets.max(1));
    SimDuration::from_nanos(length.max(1))
}

/// Whether calls are counted when they are admitted: only windows in which a result can find its
/// call again can do that.
pub(super) fn counts_admissions(settings: &Settings) -> bool {
    let kind = settings.window.kind;
    settings.denominator != Denominator::Completed
        && !matches!(kind, WindowKind::Consecutive | WindowKind::Count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::breaker::{Breaker, Mark, Millis};

    #[test]
    fn nothing_is_kept_that_does_not_count() {
        let window = Window { kind: WindowKind::Time, ..Window::default() };
        let mut samples = Samples::new(&window, SimTime::ZERO);
        let sample = Sample { failed: true, slow: false };
        for second in [0, 1, 2, 3, 100] {
            samples.record(&window, SimTime::from_millis(second * 1000), sample);
        }
        assert_eq!(samples.buckets.len(), 1);
    }

    /// Buckets of 5 ms become buckets of 4 ms while two calls are in flight.
    #[test]
    fn a_failure_never_lands_in_the_bucket_of_another_call() {
        let with = |buckets| {
            let kind = WindowKind::Time;
            let window =
                Window { kind, duration_ms: Millis::new(100), buckets, ..Window::default() };
            Settings { window, denominator: Denominator::Admitted, ..Settings::default() }
        };
        let (old, new, now) = (with(20), with(25), SimTime::from_millis(6));
        let mut breaker = Breaker::new(&old, SimTime::ZERO);
        let permits = [4, 5].map(|ms| breaker.acquire(&old, SimTime::from_millis(ms)).permit);
        breaker.reconfigure(&old, &new, now);
        for permit in permits {
            breaker.settle(&new, permit.expect("closed"), now, Mark::Failure, SimDuration::ZERO);
        }
        assert!(breaker.window(&new, now).all(|cell| cell.counts.failures <= cell.counts.calls));
    }
}
