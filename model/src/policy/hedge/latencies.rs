//! How long the latest calls took.

use std::collections::VecDeque;

use super::Percentile;
use crate::time::SimDuration;

/// The latencies of the latest calls that succeeded, for a delay by percentile.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Latencies {
    /// In the order in which they came.
    recent: VecDeque<SimDuration>,
    /// The same, the shortest first.
    sorted: Vec<SimDuration>,
}

impl Latencies {
    /// A copy succeeded after so long.
    pub fn record(&mut self, percentile: &Percentile, latency: SimDuration) {
        self.recent.push_back(latency);
        let place = self.sorted.partition_point(|&other| other < latency);
        self.sorted.insert(place, latency);
        while self.recent.len() > percentile.size.max(1) as usize {
            let oldest = self.recent.pop_front();
            if let Some(place) = oldest.and_then(|oldest| self.sorted.binary_search(&oldest).ok()) {
                self.sorted.remove(place);
            }
        }
    }

    /// The shortest latency that at least that share of calls does not exceed (nearest rank); none
    /// while there are too few.
    #[must_use]
    pub fn delay(&self, percentile: &Percentile) -> Option<SimDuration> {
        let calls = self.sorted.len();
        if calls < percentile.min_calls.min(percentile.size) as usize {
            return None;
        }
        // `as` saturates; the first rank is 1.
        let rank = libm::ceil(percentile.percentile * calls as f64) as usize;
        self.sorted.get(rank.clamp(1, calls.max(1)) - 1).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ms(ms: u64) -> SimDuration {
        SimDuration::from_millis(ms)
    }

    #[test]
    fn a_delay_is_exceeded_by_the_rest_of_the_calls() {
        let percentile = Percentile { percentile: 0.95, size: 100, min_calls: 1 };
        let mut latencies = Latencies::default();
        for n in (1..=100).rev() {
            latencies.record(&percentile, ms(n));
        }
        assert_eq!(latencies.delay(&percentile), Some(ms(95)));
        assert_eq!(latencies.delay(&Percentile { percentile: 0.0, ..percentile }), Some(ms(1)));
        assert_eq!(latencies.delay(&Percentile { percentile: 1.0, ..percentile }), Some(ms(100)));
    }

    #[test]
    fn too_few_calls_give_no_delay() {
        let percentile = Percentile { min_calls: 3, ..Percentile::default() };
        let mut latencies = Latencies::default();
        for n in 1..=3 {
            assert_eq!(latencies.delay(&percentile), None);
            latencies.record(&percentile, ms(n));
        }
        assert_eq!(latencies.delay(&percentile), Some(ms(3)));
        let impossible = Percentile { size: 2, min_calls: 50, ..percentile };
        assert_eq!(latencies.delay(&impossible), Some(ms(3)), "no more than fit");
    }

    #[test]
    fn only_the_latest_calls_count() {
        let percentile = Percentile { percentile: 1.0, size: 3, min_calls: 1 };
        let mut latencies = Latencies::default();
        for n in [900, 1, 2, 3] {
            latencies.record(&percentile, ms(n));
        }
        assert_eq!(latencies.delay(&percentile), Some(ms(3)));
    }

    proptest! {
        #[test]
        fn sorted_and_recent_are_the_same_calls(
            calls in prop::collection::vec((0u64..20, 1u32..12), 0..100),
            share in 0.0f64..=1.0,
        ) {
            let mut latencies = Latencies::default();
            for (n, size) in calls {
                let percentile = Percentile { percentile: share, size, min_calls: 1 };
                latencies.record(&percentile, ms(n));
                let mut sorted: Vec<_> = latencies.recent.iter().copied().collect();
                sorted.sort_unstable();
                prop_assert_eq!(&sorted, &latencies.sorted);
                prop_assert!(sorted.len() <= size as usize);
                let delay = latencies.delay(&percentile).expect("at least one");
                let within = sorted.iter().filter(|&&latency| latency <= delay).count();
                prop_assert!(within as f64 >= share * sorted.len() as f64 - 1e-9);
            }
        }
    }
}
