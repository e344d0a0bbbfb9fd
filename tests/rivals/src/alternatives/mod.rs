//! What the engine could have been made of instead: tables for `BENCHMARKS.md`.

mod checkpoint;
mod draws;
mod log;
mod queue;

/// The best of so many is what counts.
const ROUNDS: u32 = 5;

/// Measures all of them, by turns where they are compared.
pub(crate) fn measure() {
    queue::measure();
    draws::measure();
    log::measure();
    checkpoint::measure();
}

/// The least of what several rounds give for each of these.
fn best_of_rounds<const N: usize>(mut one: impl FnMut(usize) -> f64) -> [f64; N] {
    let mut best = [f64::INFINITY; N];
    for _ in 0..ROUNDS {
        for (which, best) in best.iter_mut().enumerate() {
            *best = best.min(one(which));
        }
    }
    best
}
