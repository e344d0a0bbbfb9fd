//! The same number for the same case, wherever it is computed.
//!
//! `cargo xtask test --only wasm` computes [`case_hash`] natively, in Node and in Chromium, and
//! names the first case that differs.

use half_open::random::{Distribution, Stream, draw};
use half_open::time::SimDuration;
use wasm_bindgen::prelude::wasm_bindgen;

/// A hash of everything that happens in generated case number `n`.
#[wasm_bindgen]
#[must_use]
pub fn case_hash(n: u32) -> u64 {
    let case = u64::from(n);
    let service =
        Distribution::LogNormal { median: SimDuration::from_millis(1 + case), sigma: 0.9 };
    let gap = Distribution::Exponential { mean: SimDuration::from_micros(50 + case) };
    (0..1000).fold(case, |hash, entity| {
        let served = service.sample(draw(case, Stream::Service, entity, 0));
        let arrived = gap.sample(draw(case, Stream::Arrival, entity, 0));
        fold(fold(hash, served.nanos()), arrived.nanos())
    })
}

/// FNV-1a over whole words: order matters, every bit counts.
const fn fold(hash: u64, word: u64) -> u64 {
    (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23)
}

#[cfg(test)]
mod tests {
    use super::case_hash;

    #[test]
    fn a_case_repeats_and_cases_differ() {
        assert_eq!(case_hash(3), case_hash(3));
        assert_ne!(case_hash(3), case_hash(4));
    }
}
