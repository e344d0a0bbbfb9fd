//! Distributions made ready for many draws.

use std::sync::Arc;

use super::curve::{Curve, Shape};
use super::{Distribution, unit};
use crate::time::SimDuration;

/// The curves that samplers share: there are as many as there are different shapes.
#[derive(Clone, Debug, Default)]
pub struct Curves(Vec<Arc<Curve>>);

impl Curves {
    fn of(&mut self, shape: Shape) -> Arc<Curve> {
        if let Some(known) = self.0.iter().find(|curve| curve.shape == shape) {
            return known.clone();
        }
        let curve = Arc::new(Curve::new(shape));
        self.0.push(curve.clone());
        curve
    }
}

/// Draws durations from a [`Distribution`].
#[derive(Clone, Debug)]
pub struct Sampler {
    least: SimDuration,
    /// Where a curve begins, in nanoseconds.
    from: f64,
    /// Nanoseconds.
    scale: f64,
    curve: Line,
}

#[derive(Clone, Debug)]
enum Line {
    Flat,
    Straight,
    Curved(Arc<Curve>),
}

impl Sampler {
    /// Draws from `distribution`.
    #[must_use]
    pub fn new(distribution: &Distribution, curves: &mut Curves) -> Self {
        let none = SimDuration::ZERO;
        let mut from = none;
        let (least, scale, curve) = match *distribution {
            Distribution::Constant(d) => (d, none, Line::Flat),
            Distribution::Uniform { min, max } => (min, max - min, Line::Straight),
            Distribution::Exponential { mean } => {
                (none, mean, Line::Curved(curves.of(Shape::Exponential)))
            }
            Distribution::LogNormal { median, sigma: 0.0 } => (median, none, Line::Flat),
            Distribution::LogNormal { median, sigma } => {
                (none, median, Line::Curved(curves.of(Shape::LogNormal(sigma))))
            }
            Distribution::Normal { mean, deviation } => {
                from = mean;
                (none, deviation, Line::Curved(curves.of(Shape::Normal)))
            }
        };
        Self { least, from: from.nanos() as f64, scale: scale.nanos() as f64, curve }
    }

    /// The duration that these 64 random bits stand for. Monotone in the bits, so that two
    /// settings under the same draws are ordered as their parameters are.
    #[must_use]
    pub fn sample(&self, bits: u64) -> SimDuration {
        self.sample_with(|| bits)
    }

    /// The same, with bits that are only drawn if they decide anything.
    #[must_use]
    #[inline]
    pub fn sample_with(&self, bits: impl FnOnce() -> u64) -> SimDuration {
        match &self.curve {
            Line::Flat => self.least,
            Line::Straight => self.least + SimDuration::from_nanos_f64(self.scale * unit(bits())),
            Line::Curved(curve) => {
                SimDuration::from_nanos_f64(self.from + self.scale * curve.at(bits()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Stream, draw};

    fn sampler(distribution: Distribution) -> Sampler {
        Sampler::new(&distribution, &mut Curves::default())
    }

    #[test]
    fn samples_have_the_mean_they_say() {
        let n = 200_000u64;
        let ms = SimDuration::from_millis;
        for d in [
            Distribution::Constant(ms(3)),
            Distribution::Uniform { min: ms(10), max: ms(30) },
            Distribution::Exponential { mean: ms(20) },
            Distribution::LogNormal { median: ms(20), sigma: 0.5 },
            Distribution::LogNormal { median: ms(20), sigma: 0.0 },
            Distribution::Normal { mean: ms(10), deviation: ms(2) },
        ] {
            let sampler = sampler(d);
            let draws = (0..n).map(|i| draw(7, Stream::Service, i, 0));
            let sum: f64 = draws.map(|bits| sampler.sample(bits).millis()).sum();
            let (mean, want) = (sum / n as f64, d.mean().millis());
            assert!((mean / want - 1.0).abs() < 0.01, "{d:?}: {mean} instead of {want}");
        }
    }

    /// The published quantiles of the standard distributions at 0.5, 0.9, 0.99 and 0.9999.
    #[test]
    fn samples_have_the_quantiles_of_their_distribution() {
        let second = SimDuration::from_secs(1);
        let exponential = sampler(Distribution::Exponential { mean: second });
        let log_normal = sampler(Distribution::LogNormal { median: second, sigma: 1.0 });
        let at = |sampler: &Sampler, p: f64| {
            sampler.sample(((p * (1u64 << 53) as f64) as u64) << 11).nanos() as f64 / 1e9
        };
        for (p, wait, z) in [
            (0.5, std::f64::consts::LN_2, 0.0),
            (0.9, std::f64::consts::LN_10, 1.281_551_565_544_6),
            (0.99, 4.605_170_185_988_09, 2.326_347_874_040_84),
            (0.9999, 9.210_340_371_976_18, 3.719_016_485_455_68),
        ] {
            assert!((at(&exponential, p) - wait).abs() < 3e-5, "{p}");
            assert!((libm::log(at(&log_normal, p)) - z).abs() < 3e-5, "{p}");
        }
    }

    #[test]
    fn a_greater_draw_is_a_longer_duration() {
        let second = SimDuration::from_secs(1);
        let step = u64::MAX / 50_000;
        for d in [
            Distribution::Uniform { min: second, max: SimDuration::from_secs(2) },
            Distribution::Exponential { mean: second },
            Distribution::LogNormal { median: second, sigma: 0.7 },
            Distribution::Normal { mean: second, deviation: second },
        ] {
            let sampler = sampler(d);
            let samples: Vec<_> = (0..50_000).map(|i| sampler.sample(i * step)).collect();
            assert!(samples.is_sorted(), "{d:?}");
        }
    }

    #[test]
    fn equal_shapes_are_drawn_once() {
        let mut curves = Curves::default();
        for (ms, sigma) in [(1, 0.3), (2, 0.3), (3, 0.4)] {
            let median = SimDuration::from_millis(ms);
            let _ = Sampler::new(&Distribution::LogNormal { median, sigma }, &mut curves);
        }
        assert_eq!(curves.0.len(), 2);
    }
}
