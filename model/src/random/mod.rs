//! Randomness by key, not by turn.
//!
//! Every draw is `draw(seed, stream, entity, n)`: the service time of request 812's second attempt
//! does not depend on what was drawn before it. Changing a timeout therefore changes nothing but
//! what the timeout changes, and two settings can be compared under the same luck (common random
//! numbers; Law & Kelton, *Simulation Modeling and Analysis*).

mod curve;
mod distribution;
mod exp;
mod normal;
mod sampler;

pub use distribution::Distribution;
pub use sampler::{Curves, Sampler};

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
    /// When and where chaos strikes, and how.
    Chaos,
    /// What a request asks a cache for.
    CacheKey,
    /// How much earlier than others an entry of a cache runs out.
    CacheTime,
    /// Which of several instances gets a request.
    Balance,
    /// Whether a request arrives twice.
    Duplicate,
    /// How much longer than others a breaker stays open.
    BreakerWait,
}

impl Stream {
    const LAST: Self = Self::BreakerWait;
}

/// 64 random bits for this key. The same on every machine.
///
/// Three rounds of the `splitmix64` finaliser (Steele, Lea, Flood 2014; constants by Stafford),
/// one for each word of the key.
#[must_use]
pub const fn draw(seed: u64, stream: Stream, entity: u64, n: u64) -> u64 {
    continued(begun(seed, stream as u64), entity, n)
}

const fn begun(seed: u64, stream: u64) -> u64 {
    mix(seed ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

const fn continued(begun: u64, entity: u64, n: u64) -> u64 {
    let nested = mix(begun ^ entity.wrapping_mul(0xd1b5_4a32_d192_ed03));
    mix(nested.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

/// All streams of one seed, for whoever draws often: the seed's part of the work is done.
#[derive(Clone, Debug)]
pub struct Draws {
    begun: [u64; Stream::LAST as usize + 1],
}

impl Draws {
    /// The streams of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { begun: std::array::from_fn(|stream| begun(seed, stream as u64)) }
    }

    /// The same bits as [`draw`] gives.
    #[must_use]
    pub fn draw(&self, stream: Stream, entity: u64, n: u64) -> u64 {
        continued(self.begun[stream as usize], entity, n)
    }
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
}
