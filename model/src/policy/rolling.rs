//! Counters that forget.

use crate::time::{SimDuration, SimTime};

/// `KINDS` counters over the last `span` of time, in `SLICES` steps of equal length. The newest slice
/// is not full yet, so what is counted is forgotten after between `SLICES - 1` and `SLICES` of them.
/// After an idle time of any length everything old leaves in one step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Rolling<const SLICES: usize, const KINDS: usize> {
    slices: [[u32; KINDS]; SLICES],
    /// The length of a slice, in nanoseconds.
    length: u64,
    /// The number of the newest slice since time zero.
    newest: u64,
}

impl<const SLICES: usize, const KINDS: usize> Rolling<SLICES, KINDS> {
    /// Nothing counted.
    pub(super) const fn new() -> Self {
        Self { slices: [[0; KINDS]; SLICES], length: 0, newest: 0 }
    }

    /// Counts one of a kind.
    pub(super) fn count(&mut self, span: SimDuration, now: SimTime, kind: usize) {
        self.roll(span, now);
        if let Some(counter) = self.slice(self.newest).and_then(|slice| slice.get_mut(kind)) {
            *counter = counter.saturating_add(1);
        }
    }

    /// What is remembered of each kind.
    pub(super) fn sums(&mut self, span: SimDuration, now: SimTime) -> [u64; KINDS] {
        self.roll(span, now);
        let mut sums = [0; KINDS];
        for slice in &self.slices {
            for (sum, &count) in sums.iter_mut().zip(slice) {
                *sum += u64::from(count);
            }
        }
        sums
    }

    /// Lets go of what is too old. With another span than before, what is remembered counts as if it
    /// had happened just now.
    fn roll(&mut self, span: SimDuration, now: SimTime) {
        let length = (span.nanos() / SLICES as u64).max(1);
        let newest = now.nanos() / length;
        if length != self.length {
            let kept = self.slices.into_iter().fold([0u32; KINDS], |mut kept, slice| {
                kept.iter_mut().zip(slice).for_each(|(sum, n)| *sum = sum.saturating_add(n));
                kept
            });
            *self = Self { length, newest, ..Self::new() };
            if let Some(slice) = self.slice(newest) {
                *slice = kept;
            }
        }
        let passed = newest.saturating_sub(self.newest).min(SLICES as u64);
        for step in 1..=passed {
            if let Some(slice) = self.slice(self.newest + step) {
                *slice = [0; KINDS];
            }
        }
        self.newest = self.newest.max(newest);
    }

    fn slice(&mut self, number: u64) -> Option<&mut [u32; KINDS]> {
        let place = number.checked_rem(SLICES as u64)?;
        self.slices.get_mut(place as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SPAN: SimDuration = SimDuration::from_secs(10);

    fn at(ms: u64) -> SimTime {
        SimTime::from_millis(ms)
    }

    #[test]
    fn what_is_older_than_the_span_is_forgotten_slice_by_slice() {
        let mut rolling = Rolling::<10, 2>::new();
        rolling.count(SPAN, at(0), 0);
        rolling.count(SPAN, at(1_500), 1);
        assert_eq!(rolling.sums(SPAN, at(9_999)), [1, 1]);
        assert_eq!(rolling.sums(SPAN, at(10_000)), [0, 1]);
        assert_eq!(rolling.sums(SPAN, at(11_000)), [0, 0]);
    }

    /// The trap of cockatiel: one slice per event would leave something of it.
    #[test]
    fn a_long_idle_time_forgets_everything_at_once() {
        let mut rolling = Rolling::<10, 1>::new();
        for second in 0..10 {
            rolling.count(SPAN, at(second * 1_000), 0);
        }
        assert_eq!(rolling.sums(SPAN, at(3_600_000)), [0]);
    }

    #[test]
    fn another_span_keeps_what_is_remembered_for_one_span_more() {
        let mut rolling = Rolling::<10, 1>::new();
        rolling.count(SPAN, at(0), 0);
        rolling.count(SPAN, at(9_000), 0);
        let short = SimDuration::from_secs(1);
        assert_eq!(rolling.sums(short, at(9_500)), [2]);
        assert_eq!(rolling.sums(short, at(10_500)), [0]);
    }

    proptest! {
        #[test]
        fn nothing_younger_is_forgotten_and_nothing_older_is_kept(
            span in 1u64..5_000,
            gaps in prop::collection::vec(0u64..2_000, 1..60),
        ) {
            let mut rolling = Rolling::<10, 1>::new();
            let span = SimDuration::from_nanos(span * 10);
            let (mut now, mut times) = (0, Vec::new());
            for gap in gaps {
                now += gap;
                times.push(now);
                rolling.count(span, SimTime::from_nanos(now), 0);
                let [sum] = rolling.sums(span, SimTime::from_nanos(now));
                let younger = |age| times.iter().filter(|&&t| now - t < age).count() as u64;
                prop_assert!(younger(span.nanos() / 10 * 9) <= sum && sum <= younger(span.nanos()));
            }
        }
    }
}
