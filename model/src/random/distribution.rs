//! How long things take.

use serde::{Deserialize, Serialize};

use super::exp::exp;
use crate::time::SimDuration;

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
    /// Symmetric about its mean; what would be less than nothing is nothing.
    Normal {
        /// The average, and the median.
        mean: SimDuration,
        /// The standard deviation.
        deviation: SimDuration,
    },
}

impl Distribution {
    /// The average.
    #[must_use]
    pub fn mean(&self) -> SimDuration {
        match *self {
            Self::Constant(d) => d,
            Self::Uniform { min, max } => min + (max - min).scaled(0.5),
            Self::Exponential { mean } | Self::Normal { mean, .. } => mean,
            Self::LogNormal { median, sigma } => median.scaled(exp(sigma * sigma / 2.0)),
        }
    }

    /// The time that sets the scale: the constant, the mean, the median or the upper bound.
    #[must_use]
    pub const fn scale(&self) -> SimDuration {
        match *self {
            Self::Constant(d) => d,
            Self::Uniform { max, .. } => max,
            Self::Exponential { mean } | Self::Normal { mean, .. } => mean,
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
            Self::Normal { deviation, .. } => Self::Normal { mean: scale, deviation },
        }
    }
}
