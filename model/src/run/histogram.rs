//! Durations, counted in buckets that grow with them.

use crate::time::SimDuration;

/// Buckets per doubling: a quantile is right to within 0.8 %.
const PER_OCTAVE_BITS: u32 = 7;
/// Shorter durations than 2^SHORTEST ns (1 µs) share the first bucket.
const SHORTEST: u32 = 10;

/// How many durations fell into each bucket.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Histogram {
    counts: Vec<u32>,
    total: u32,
}

impl Histogram {
    /// Counts a duration.
    pub fn add(&mut self, duration: SimDuration) {
        let bucket = bucket_of(duration.nanos());
        if self.counts.len() <= bucket {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
        self.total += 1;
    }

    /// How many were counted.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.total
    }

    /// How many bytes the buckets take.
    pub(super) fn bytes(&self) -> usize {
        self.counts.len() * size_of::<u32>()
    }

    /// The duration that a share `q` of all does not exceed, to within 0.8 %; none if none was
    /// counted.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<SimDuration> {
        let rank = (libm::ceil(q * f64::from(self.total)) as u32).clamp(1, self.total.max(1));
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return Some(SimDuration::from_nanos(middle_of(bucket)));
            }
        }
        None
    }
}

fn bucket_of(ns: u64) -> usize {
    let ns = ns.max(1 << SHORTEST);
    let octave = 63 - ns.leading_zeros();
    let within = (ns >> (octave - PER_OCTAVE_BITS)) & ((1 << PER_OCTAVE_BITS) - 1);
    (((octave - SHORTEST) as usize) << PER_OCTAVE_BITS) + within as usize
}

fn middle_of(bucket: usize) -> u64 {
    let octave = (bucket >> PER_OCTAVE_BITS) as u32 + SHORTEST;
    let within = (bucket & ((1 << PER_OCTAVE_BITS) - 1)) as u64;
    let width = 1u64 << (octave - PER_OCTAVE_BITS);
    (1u64 << octave) + within * width + width / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_has_no_quantiles() {
        assert_eq!(Histogram::default().quantile(0.99), None);
    }

    proptest! {
        #[test]
        fn quantiles_are_within_one_percent(mut ns in prop::collection::vec(2_000u64..1 << 45, 1..200), q in 0.01f64..1.0) {
            let mut histogram = Histogram::default();
            ns.iter().for_each(|ns| histogram.add(SimDuration::from_nanos(*ns)));
            ns.sort_unstable();
            let rank = ((q * ns.len() as f64).ceil() as usize).clamp(1, ns.len());
            let exact = ns[rank - 1] as f64;
            let got = histogram.quantile(q).map_or(0.0, |d| d.nanos() as f64);
            prop_assert!((got / exact - 1.0).abs() < 0.01, "{} instead of {}", got, exact);
        }
    }
}
