//! Randomness by key, not by turn.
//!
//! Every draw is `draw(seed, stream, entity, n)`: the service time of request 812's second attempt
//! does not depend on what was drawn before it. Changing a timeout therefore changes nothing but
//! what the timeout changes, and two settings can be compared under the same luck (common random
//! numbers; Law & Kelton, *Simulation Modeling and Analysis*).

use serde::{Deserialize, Serialize};

use crate::time::SimDuration;

/// What a draw is for. Draws of different streams are independent of each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Stream {
    /// The gap before the next arrival.
    Arrival = 1,
    /// Which client an arrival belongs to.
    Client,
    /// How long a service works on a request.
    Service,
    /// Whether a service answers with an error.
    Error,
    /// How long a request travels.
    RequestLatency,
    /// How long a response travels.
    ResponseLatency,
    /// Whether a request is lost on the way.
    RequestLoss,
    /// Whether a response is lost on the way.
    ResponseLoss,
    /// The jitter of a backoff.
    Backoff,
    /// Correlation and span IDs.
    Trace,
    /// Idempotency keys, as shown.
    Key,
}

/// 64 random bits for this key. The same on every machine.
///
/// Three rounds of the `splitmix64` finaliser (Steele, Lea, Flood 2014; constants by Stafford),
/// one for each word of the key.
#[must_use]
pub fn draw(seed: u64, stream: Stream, entity: u64, n: u64) -> u64 {
    let a = mix(seed ^ (stream as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let b = mix(a ^ entity.wrapping_mul(0xd1b5_4a32_d192_ed03));
    mix(b.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

const fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Folds `part` into `key`: how nested entities (a request, its attempt, a hop's attempt) get one
/// key.
#[must_use]
pub const fn nest(key: u64, part: u64) -> u64 {
    mix(key ^ part.wrapping_mul(0xd1b5_4a32_d192_ed03))
}

/// A number in `[0, 1)` from 64 random bits.
#[must_use]
pub fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// True with probability `p`.
#[must_use]
pub fn chance(bits: u64, p: f64) -> bool {
    unit(bits) < p
}

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
            Self::Exponential { mean } => mean.scaled(-libm::log(1.0 - unit(bits))),
            Self::LogNormal { median, sigma } => {
                if sigma == 0.0 {
                    return median;
                }
                median.scaled(libm::exp(sigma * standard_normal(bits)))
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
            Self::LogNormal { median, sigma } => median.scaled(libm::exp(sigma * sigma / 2.0)),
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

/// A standard normal variate: the inverse of the distribution function at a uniform draw
/// (Wichura, *Algorithm AS 241*, 1988; PPND16, relative error about 1e-16).
#[must_use]
pub fn standard_normal(bits: u64) -> f64 {
    // The middle of one of 2^53 cells, so neither 0 nor 1.
    let p = ((bits >> 11) as f64 + 0.5) * (1.0 / (1u64 << 53) as f64);
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * ratio(r, &CENTRE_NUM, &CENTRE_DEN);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = libm::sqrt(-libm::log(tail));
    let x = if r <= 5.0 {
        ratio(r - 1.6, &MIDDLE_NUM, &MIDDLE_DEN)
    } else {
        ratio(r - 5.0, &FAR_NUM, &FAR_DEN)
    };
    if q < 0.0 { -x } else { x }
}

/// The quotient of two polynomials. By Estrin's scheme, whose steps do not wait for each other as
/// those of Horner's do.
fn ratio(x: f64, num: &[f64; 8], den: &[f64; 8]) -> f64 {
    let (x2, x4) = (x * x, (x * x) * (x * x));
    let at = |c: &[f64; 8]| {
        let low = (c[0] + c[1] * x) + (c[2] + c[3] * x) * x2;
        let high = (c[4] + c[5] * x) + (c[6] + c[7] * x) * x2;
        low + high * x4
    };
    at(num) / at(den)
}

#[rustfmt::skip]
const CENTRE_NUM: [f64; 8] = [3.387_132_872_796_366_5, 1.331_416_678_917_843_8e2,
    1.971_590_950_306_551_3e3, 1.373_169_376_550_946e4, 4.592_195_393_154_987e4,
    6.726_577_092_700_87e4, 3.343_057_558_358_813e4, 2.509_080_928_730_122_7e3];
#[rustfmt::skip]
const CENTRE_DEN: [f64; 8] = [1.0, 4.231_333_070_160_091e1, 6.871_870_074_920_579e2,
    5.394_196_021_424_751e3, 2.121_379_430_158_659_7e4, 3.930_789_580_009_271e4,
    2.872_908_573_572_194_3e4, 5.226_495_278_852_545e3];
#[rustfmt::skip]
const MIDDLE_NUM: [f64; 8] = [1.423_437_110_749_683_5, 4.630_337_846_156_546,
    5.769_497_221_460_691, 3.647_848_324_763_204_5, 1.270_458_252_452_368_4,
    2.417_807_251_774_506e-1, 2.272_384_498_926_918_4e-2, 7.745_450_142_783_414e-4];
#[rustfmt::skip]
const MIDDLE_DEN: [f64; 8] = [1.0, 2.053_191_626_637_759, 1.676_384_830_183_803_8,
    6.897_673_349_851e-1, 1.481_039_764_274_800_8e-1, 1.519_866_656_361_645_7e-2,
    5.475_938_084_995_345e-4, 1.050_750_071_644_416_9e-9];
#[rustfmt::skip]
const FAR_NUM: [f64; 8] = [6.657_904_643_501_103, 5.463_784_911_164_114,
    1.784_826_539_917_291_3, 2.965_605_718_285_048_7e-1, 2.653_218_952_657_612_4e-2,
    1.242_660_947_388_078_4e-3, 2.711_555_568_743_487_6e-5, 2.010_334_399_292_288_1e-7];
#[rustfmt::skip]
const FAR_DEN: [f64; 8] = [1.0, 5.998_322_065_558_88e-1, 1.369_298_809_227_358e-1,
    1.487_536_129_085_061_5e-2, 7.868_691_311_456_133e-4, 1.846_318_317_510_054_7e-5,
    1.421_511_758_316_446e-7, 2.044_263_103_389_939_8e-15];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_its_whole_key_and_on_nothing_else() {
        let x = draw(42, Stream::Service, 812, 2);
        assert_eq!(x, draw(42, Stream::Service, 812, 2));
        for other in [
            draw(43, Stream::Service, 812, 2),
            draw(42, Stream::Error, 812, 2),
            draw(42, Stream::Service, 813, 2),
            draw(42, Stream::Service, 812, 3),
        ] {
            assert_ne!(x, other);
        }
    }

    #[test]
    fn neighbouring_keys_give_uniform_numbers() {
        let n = 100_000u64;
        let mean = (0..n).map(|i| unit(draw(1, Stream::Backoff, i, 0))).sum::<f64>() / n as f64;
        // Standard error of the mean of n uniforms: sqrt(1/12n) = 0.0009.
        assert!((mean - 0.5).abs() < 0.004, "{mean}");
    }

    #[test]
    fn normal_quantiles_match_the_published_ones() {
        let at = |p: f64| standard_normal(((p * (1u64 << 53) as f64) as u64) << 11);
        assert!((at(0.975) - 1.959_963_984_540_054).abs() < 1e-12);
        assert!((at(0.5)).abs() < 1e-12);
        assert!((at(1e-9) + 5.997_807_015_007_7).abs() < 1e-6);
    }

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
}
