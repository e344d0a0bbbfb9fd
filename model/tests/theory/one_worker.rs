//! One worker and an endless queue.

use half_open::random::Distribution;

use super::evidence::{agree, mean, share};
use super::system::{ENDLESS, MU, WORK, chain, clients, length, once, service, waits, warm_up};

/// How long the requests waited that are measured at this load, in seconds.
fn all_waits(load: f64, time: Distribution, seed: u64, count: u32) -> Vec<f64> {
    let scenario = chain(clients(load * MU), vec![(once(), service(1, ENDLESS, time))]);
    let waits = waits(&scenario, seed, warm_up(1, load), count);
    waits.into_iter().map(|wait| wait.expect("nobody is turned away")).collect()
}

/// M/M/1 at load ρ: a request waits with probability ρ, for `Wq = ρ/(μ−λ)` on average, and longer
/// than t with probability `ρe^{−(μ−λ)t}`. The moments looked at are those after which half and a
/// tenth of those who have to wait are still waiting.
///
/// Kleinrock, *Queueing Systems I*, 1975, chapters 3 and 5; Harchol-Balter, *Performance Modeling
/// and Design of Computer Systems*, 2013, chapter 13.
fn agrees_with_m_m_1(load: f64, count: u32) {
    let gap = MU - load * MU;
    let (half, tenth) = (libm::log(2.0) / gap, libm::log(10.0) / gap);
    let laws = [
        ("mean wait (s)", load / gap),
        ("P(wait)", load),
        ("P(wait > t), half of who wait", load * 0.5),
        ("P(wait > t), a tenth of who wait", load * 0.1),
    ];
    agree(&format!("M/M/1, load {load}"), laws, |seed| {
        let waits = all_waits(load, Distribution::Exponential { mean: WORK }, seed, count);
        [
            mean(&waits),
            share(&waits, |wait| *wait > 0.0),
            share(&waits, |wait| *wait > half),
            share(&waits, |wait| *wait > tenth),
        ]
    });
}

#[test]
fn waiting_for_one_worker_is_m_m_1_at_load_0_1() {
    agrees_with_m_m_1(0.1, 6_000);
}

#[test]
fn waiting_for_one_worker_is_m_m_1_at_load_0_3() {
    agrees_with_m_m_1(0.3, 6_000);
}

#[test]
fn waiting_for_one_worker_is_m_m_1_at_load_0_5() {
    agrees_with_m_m_1(0.5, 6_000);
}

#[test]
fn waiting_for_one_worker_is_m_m_1_at_load_0_7() {
    agrees_with_m_m_1(0.7, 10_000);
}

#[test]
fn waiting_for_one_worker_is_m_m_1_at_load_0_9() {
    agrees_with_m_m_1(0.9, 16_000);
}

#[test]
fn waiting_for_one_worker_is_m_m_1_at_load_0_95() {
    agrees_with_m_m_1(0.95, 30_000);
}

/// M/G/1: `Wq = ρ/(1−ρ) · (1+c²)/2 · E[S]`, where c² is the squared coefficient of variation of
/// the service time; and still a request waits with probability ρ.
///
/// Pollaczek, *Über eine Aufgabe der Wahrscheinlichkeitstheorie*, 1930; Khinchine 1932; Kleinrock
/// 1975, chapter 5; Harchol-Balter 2013, chapter 23.
fn mean_wait(load: f64, squared_variation: f64) -> f64 {
    load / (1.0 - load) * (1.0 + squared_variation) / 2.0 / MU
}

/// M/D/1: half the wait of M/M/1. Within one service time the distribution of the wait is simple:
/// `P(Wq ≤ t) = (1−ρ)e^{λt}`.
///
/// Erlang, *The theory of probabilities and telephone conversations*, 1909; Pollaczek 1930;
/// Khinchine 1932.
#[test]
fn waiting_behind_work_of_constant_length_is_m_d_1() {
    for (load, count) in [(0.3, 5_000), (0.5, 5_000), (0.8, 10_000), (0.9, 15_000)] {
        let half = WORK.seconds() / 2.0;
        let laws = [
            ("mean wait (s)", mean_wait(load, 0.0)),
            ("P(wait)", load),
            ("P(wait > half a service)", 1.0 - (1.0 - load) * libm::exp(load * MU * half)),
        ];
        agree(&format!("M/D/1, load {load}"), laws, |seed| {
            let waits = all_waits(load, Distribution::Constant(WORK), seed, count);
            let longer = |than: f64| share(&waits, |wait| *wait > than);
            [mean(&waits), longer(0.0), longer(half)]
        });
    }
}

/// Log-normal work whose logarithm has the standard deviation σ varies by `c² = e^{σ²} − 1`.
#[test]
fn waiting_behind_log_normal_work_is_m_g_1() {
    for (sigma, load, count) in
        [(0.5, 0.5, 5_000), (0.5, 0.8, 10_000), (1.0, 0.5, 10_000), (1.0, 0.8, 15_000)]
    {
        let variance = sigma * sigma;
        let median = length(WORK.seconds() * libm::exp(-variance / 2.0));
        let laws =
            [("mean wait (s)", mean_wait(load, libm::exp(variance) - 1.0)), ("P(wait)", load)];
        agree(&format!("M/G/1, log-normal σ {sigma}, load {load}"), laws, |seed| {
            let time = Distribution::LogNormal { median, sigma };
            let waits = all_waits(load, time, seed, count);
            [mean(&waits), share(&waits, |wait| *wait > 0.0)]
        });
    }
}
