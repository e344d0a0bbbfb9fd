//! How long things take.

use serde::{Deserialize, Serialize};

use super::exp::exp;
use super::normal;
use super::quantile::Quantile;
use super::unit;
use crate::time::SimDuration;

static NORMAL: Quantile = Quantile::new(normal::quantile);
static EXPONENTIAL: Quantile = Quantile::new(|p| -libm::log(1.0 - p));

/// A distribution of durations.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Distribution {
    /// Always the same.
    Constant(SimDuration),
    /// Evenly between two bounds.
    Uniform {
        /// The shortest.
        min: SimDuration,
        /// The longest, not before `min`.
        max: SimDuration,
    },
    /// Memoryless, as in every M/M queue.
    Exponential {
        /// The average.
        mean: SimDuration,
    },
    /// The long right tail that service times have.
    LogNormal {
        /// Half of all draws are shorter.
        median: SimDuration,
        /// Standard deviation of the logarithm: 0 is constant, 1 has a heavy tail.
        sigma: f64,
    },
}

impl Distribution {
    /// The duration that these 64 random bits stand for. Monotone in the bits, so that two
    /// settings under the same draws are ordered as their parameters are.
    #[must_use]
    pub fn sample(&self, bits: u64) -> SimDuration {
        match *self {
            Self::Constant(d) => d,
            Self::Uniform { min, max } => min + (max - min).scaled(unit(bits)),
            Self::Exponential { mean } => mean.scaled(EXPONENTIAL.at(bits)),
            Self::LogNormal { median, sigma } => {
                if sigma == 0.0 {
                    return median;
                }
                median.scaled(exp(sigma * NORMAL.at(bits)))
            }
        }
    }

    /// The average.
    #[must_use]
    pub fn mean(&self) -> SimDuration {
        match *self {
            Self::Constant(d) => d,
            Self::Uniform { min, max } => min + (max - min).scaled(0.5),
            Self::Exponential { mean } => mean,
            Self::LogNormal { median, sigma } => median.scaled(exp(sigma * sigma / 2.0)),
        }
    }

    /// The time that sets the scale: the constant, the mean, the median or the upper bound.
    #[must_use]
    pub const fn scale(&self) -> SimDuration {
        match *self {
            Self::Constant(d) => d,
            Self::Uniform { max, .. } => max,
            Self::Exponential { mean } => mean,
            Self::LogNormal { median, .. } => median,
        }
    }

    /// The same shape with another [`scale`](Self::scale).
    #[must_use]
    pub fn with_scale(self, scale: SimDuration) -> Self {
        match self {
            Self::Constant(_) => Self::Constant(scale),
            Self::Uniform { min, .. } => Self::Uniform { min: min.min(scale), max: scale },
            Self::Exponential { .. } => Self::Exponential { mean: scale },
            Self::LogNormal { sigma, .. } => Self::LogNormal { median: scale, sigma },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Stream, draw};

    #[test]
    fn samples_have_the_mean_they_say() {
        let n = 200_000u64;
        let ms = SimDuration::from_millis;
        for d in [
            Distribution::Uniform { min: ms(10), max: ms(30) },
            Distribution::Exponential { mean: ms(20) },
            Distribution::LogNormal { median: ms(20), sigma: 0.5 },
        ] {
            let sum: f64 = (0..n).map(|i| d.sample(draw(7, Stream::Service, i, 0)).millis()).sum();
            let (mean, want) = (sum / n as f64, d.mean().millis());
            assert!((mean / want - 1.0).abs() < 0.01, "{d:?}: {mean} instead of {want}");
        }
    }

    /// The published quantiles of the standard distributions at 0.5, 0.9, 0.99 and 0.9999.
    #[test]
    fn samples_have_the_quantiles_of_their_distribution() {
        let second = SimDuration::from_secs(1);
        let exponential = Distribution::Exponential { mean: second };
        let log_normal = Distribution::LogNormal { median: second, sigma: 1.0 };
        let at = |d: Distribution, p: f64| {
            d.sample(((p * (1u64 << 53) as f64) as u64) << 11).nanos() as f64 / 1e9
        };
        for (p, wait, z) in [
            (0.5, std::f64::consts::LN_2, 0.0),
            (0.9, std::f64::consts::LN_10, 1.281_551_565_544_6),
            (0.99, 4.605_170_185_988_09, 2.326_347_874_040_84),
            (0.9999, 9.210_340_371_976_18, 3.719_016_485_455_68),
        ] {
            assert!((at(exponential, p) - wait).abs() < 3e-5, "{p}");
            assert!((libm::log(at(log_normal, p)) - z).abs() < 2e-5, "{p}");
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
        ] {
            let samples: Vec<_> = (0..50_000).map(|i| d.sample(i * step)).collect();
            assert!(samples.is_sorted(), "{d:?}");
        }
    }
}
