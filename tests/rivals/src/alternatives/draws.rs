//! Where random numbers come from.

use std::hint::black_box;

use half_open::random::{Curves, Distribution, Draws, Sampler, Stream, unit};
use half_open::time::SimDuration;
use half_open_rivals::bare::Luck;
use half_open_rivals::workload::SEED;

use super::best_of_rounds;
use crate::stopwatch::seconds;

const TIMES: u64 = 2_000_000;
const MEAN: f64 = 50e6;
const SIGMA: f64 = 0.4;

/// Nanoseconds per draw.
fn per_draw(mut draw: impl FnMut(u64) -> u64) -> f64 {
    let (time, _) = seconds(|| (0..TIMES).fold(0u64, |sum, n| sum.wrapping_add(draw(n))));
    time * 1e9 / TIMES as f64
}

/// Prints nanoseconds for each way to draw.
pub(super) fn measure() {
    const NAMES: [&str; 7] = [
        "bits in turn (xorshift)",
        "**bits by key**",
        "**exponential by key, looked up**",
        "exponential by key, computed: `libm::log`",
        "exponential by key, computed: the machine's `ln`, other bits elsewhere",
        "**log-normal by key, looked up**",
        "log-normal by key, computed: Box and Muller with `libm`",
    ];
    let draws = Draws::new(SEED);
    let mut curves = Curves::default();
    let scale = SimDuration::from_nanos_f64(MEAN);
    let exponential = Sampler::new(&Distribution::Exponential { mean: scale }, &mut curves);
    let log_normal =
        Sampler::new(&Distribution::LogNormal { median: scale, sigma: SIGMA }, &mut curves);
    let keyed = |n| draws.draw(Stream::Service, n, 0);
    let open = |bits: u64| 1.0 - unit(bits);
    let best = best_of_rounds::<{ NAMES.len() }>(|which| match which {
        0 => {
            let mut luck = Luck::new(SEED);
            per_draw(|_| luck.bits())
        }
        1 => per_draw(keyed),
        2 => per_draw(|n| exponential.sample(keyed(n)).nanos()),
        3 => per_draw(|n| (-MEAN * libm::log(open(keyed(n)))) as u64),
        4 => per_draw(|n| (-MEAN * open(keyed(n)).ln()) as u64),
        5 => per_draw(|n| log_normal.sample(keyed(n)).nanos()),
        _ => per_draw(|n| {
            let turn = std::f64::consts::TAU * unit(draws.draw(Stream::Service, n, 1));
            let normal = libm::sqrt(-2.0 * libm::log(open(keyed(n)))) * libm::cos(turn);
            (MEAN * libm::exp(SIGMA * normal)) as u64
        }),
    });
    black_box(&curves);
    println!("**Random numbers.** Nanoseconds per draw; in bold what the engine does.\n");
    println!("| draw | ns |\n| --- | ---: |");
    for (name, best) in NAMES.iter().zip(best) {
        println!("| {name} | {best:.1} |");
    }
    println!();
}
