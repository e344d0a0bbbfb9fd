//! Several workers and an endless queue.

use half_open::log::Kind;
use half_open::random::Distribution;
use half_open::run::Metrics;

use super::evidence::{agree, mean, share};
use super::formulas::erlang_c;
use super::system::{
    ENDLESS, MU, WORK, chain, clients, once, run_to_the_end, service, waits, warm_up,
};

/// M/M/c at load ρ = λ/cμ: a request waits with Erlang's probability C, for `Wq = C/(cμ−λ)` on
/// average, and longer than t with probability `Ce^{−(cμ−λ)t}`; t is the moment after which a tenth
/// of those who have to wait are still waiting.
///
/// Erlang, *Solution of some problems in the theory of probabilities of significance in automatic
/// telephone exchanges*, 1917; Cooper, *Introduction to Queueing Theory*, 1981, chapter 3;
/// Harchol-Balter 2013, chapter 14.
fn agrees_with_m_m_c(workers: u32) {
    for (load, count) in [(0.5, 8_000), (0.7, 8_000), (0.9, 14_000)] {
        let erlangs = f64::from(workers) * load;
        let (all, rate) = (f64::from(workers) * MU, erlangs * MU);
        let waiting = erlang_c(workers, erlangs);
        let tenth = libm::log(10.0) / (all - rate);
        let laws = [
            ("mean wait (s)", waiting / (all - rate)),
            ("P(wait)", waiting),
            ("P(wait > t), a tenth of who wait", waiting * 0.1),
        ];
        agree(&format!("M/M/{workers}, load {load}"), laws, |seed| {
            let time = Distribution::Exponential { mean: WORK };
            let scenario = chain(clients(rate), vec![(once(), service(workers, ENDLESS, time))]);
            let waits = waits(&scenario, seed, warm_up(workers, load), count);
            let waits: Vec<f64> =
                waits.into_iter().map(|wait| wait.expect("nobody is turned away")).collect();
            let longer = |than: f64| share(&waits, |wait| *wait > than);
            [mean(&waits), longer(0.0), longer(tenth)]
        });
    }
}

#[test]
fn waiting_for_one_of_two_workers_is_erlang_c() {
    agrees_with_m_m_c(2);
}

#[test]
fn waiting_for_one_of_five_workers_is_erlang_c() {
    agrees_with_m_m_c(5);
}

#[test]
fn waiting_for_one_of_ten_workers_is_erlang_c() {
    agrees_with_m_m_c(10);
}

/// Little's law over a run that begins and ends empty is no matter of luck: the mean number of
/// those who wait is their rate times their mean wait, and the mean number of busy workers the rate
/// times the mean work.
///
/// Little, *A proof for the queuing formula L = λW*, 1961; for a finite time: Stidham, *A last word
/// on L = λW*, 1974.
#[test]
fn what_metrics_say_of_a_queue_obeys_littles_law() {
    let time = Distribution::Exponential { mean: WORK };
    let scenario = chain(clients(2.7 * MU), vec![(once(), service(3, ENDLESS, time))]);
    let run = run_to_the_end(&scenario, 1, 60.0, 5.0);
    let metrics = Metrics::of(&run);
    let rate = f64::from(metrics.requests) / run.end().seconds();
    let started = run.log().events_from(0).filter(|event| event.kind == Kind::Started);
    let work: Vec<f64> = started.map(|event| event.duration().seconds()).collect();
    let queue = metrics.services[1];
    let same = |one: f64, other: f64| (one / other - 1.0).abs() < 1e-5;
    assert!(queue.mean_queue > 1.0, "there is a queue to speak of");
    assert!(same(queue.mean_queue, rate * queue.mean_wait.seconds()), "{queue:?}");
    assert!(same(3.0 * queue.utilisation, rate * mean(&work)), "{queue:?}");
}
