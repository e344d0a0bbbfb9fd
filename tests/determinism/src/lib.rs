//! The same number for the same case, wherever it is computed.
//!
//! `cargo xtask test --only wasm` computes [`case_hash`] natively, in Node and in Chromium, and
//! names the first case that differs.

mod generated;

pub use generated::{changed, generated};

use half_open::run::{Limits, Run};
use wasm_bindgen::prelude::wasm_bindgen;

/// The log hash of generated case number `n`, and of the same case with something changed in the
/// middle.
#[wasm_bindgen]
#[must_use]
pub fn case_hash(n: u32) -> u64 {
    let experiment = generated(n);
    let other = changed(&experiment, 2, n);
    let run = Run::new(experiment, Limits::default());
    let fork = run.with(other, Limits::default());
    run.log().hash() ^ fork.log().hash().rotate_left(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use half_open::log::Kind;

    #[test]
    fn a_case_repeats_and_cases_differ() {
        assert_eq!(case_hash(3), case_hash(3));
        assert_ne!(case_hash(3), case_hash(4));
    }

    #[test]
    fn every_case_is_valid_and_small() {
        for n in 0..200 {
            let experiment = generated(n);
            assert_eq!(experiment.validate(), Ok(()), "case {n}");
            assert_eq!(changed(&experiment, 3, n).validate(), Ok(()), "case {n}, changed");
            let run = Run::new(experiment, Limits::default());
            assert!(run.log().len() < 200_000, "case {n} has {} events", run.log().len());
        }
    }

    /// What no case does, no case compares.
    #[test]
    fn together_the_cases_do_everything() {
        let mut seen = Kind::ALL.map(|_| 0u32);
        for n in 0..200 {
            let run = Run::new(generated(n), Limits::default());
            for event in run.log().events_from(0) {
                seen[event.kind as usize] += 1;
            }
        }
        for (kind, count) in Kind::ALL.iter().zip(seen) {
            assert!(count >= 20, "“{}” happens only {count} times", kind.name());
        }
    }

    /// Twice the same run: otherwise the first event that differs says where to look.
    #[test]
    fn the_same_experiment_gives_the_same_log() {
        for n in 0..200 {
            let (one, two) = (
                Run::new(generated(n), Limits::default()),
                Run::new(generated(n), Limits::default()),
            );
            let pairs = one.log().events_from(0).zip(two.log().events_from(0));
            if let Some((a, b)) = pairs.into_iter().find(|(a, b)| a != b) {
                panic!("case {n}: once {a:?}, then {b:?}");
            }
            assert_eq!(one.log().hash(), two.log().hash(), "case {n}");
        }
    }
}
