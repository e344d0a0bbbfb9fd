//! A queue that can be full.

use half_open::random::Distribution;

use super::evidence::{agree, mean, share};
use super::formulas::{erlang_b, in_system};
use super::system::{MU, WORK, chain, clients, once, service, waits, warm_up};

/// What became of the requests that are measured: how long they waited, or that they were turned
/// away.
fn outcomes(
    workers: u32,
    queue: u32,
    load: f64,
    time: Distribution,
    seed: u64,
    count: u32,
) -> Vec<Option<f64>> {
    let rate = f64::from(workers) * load * MU;
    let scenario = chain(clients(rate), vec![(once(), service(workers, queue, time))]);
    // With finite room no start is remembered longer than at a high load with endless room.
    waits(&scenario, seed, warm_up(workers, load.min(0.9)), count)
}

/// M/M/c/K: an arrival is turned away with the probability `p(K)` that all K places are taken
/// (arrivals see time averages), and those who are let in wait for `Wq = Lq / (λ(1−p(K)))` on
/// average (Little's law), `Lq` being the mean of how many wait.
///
/// Kleinrock, *Queueing Systems I*, 1975, chapter 3; Little, *A proof for the queuing formula
/// L = λW*, 1961; Wolff, *Poisson arrivals see time averages*, 1982.
#[test]
fn a_full_queue_turns_away_as_many_as_m_m_c_k() {
    for (workers, room, load) in
        [(1, 4, 0.8), (1, 4, 1.5), (2, 5, 0.9), (5, 10, 0.7), (5, 10, 1.2), (10, 30, 1.0)]
    {
        let erlangs = f64::from(workers) * load;
        let shares = in_system(workers, room, erlangs);
        let full = shares[room as usize];
        let mean_waiting: f64 =
            (workers..=room).map(|n| f64::from(n - workers) * shares[n as usize]).sum();
        let laws = [
            ("P(turned away)", full),
            ("mean wait of those let in (s)", mean_waiting / (erlangs * MU * (1.0 - full))),
        ];
        agree(&format!("M/M/{workers}/{room}, load {load}"), laws, |seed| {
            let time = Distribution::Exponential { mean: WORK };
            let outcomes = outcomes(workers, room - workers, load, time, seed, 8_000);
            let waits: Vec<f64> = outcomes.iter().flatten().copied().collect();
            [share(&outcomes, Option::is_none), mean(&waits)]
        });
    }
}

/// M/G/c/c: without room to wait, as many are turned away as Erlang's first formula says, whatever
/// the distribution of the work: only its mean counts.
///
/// Erlang 1917; Sevast'yanov, *An ergodic theorem for Markov processes and its application to
/// telephone systems with refusals*, 1957; Cooper 1981, chapter 3.
#[test]
fn without_a_queue_as_many_are_turned_away_as_erlang_b_says() {
    let exponential = Distribution::Exponential { mean: WORK };
    let constant = Distribution::Constant(WORK);
    for (name, time, workers, load) in [
        ("M/M/1/1", exponential, 1, 0.5),
        ("M/M/5/5", exponential, 5, 0.8),
        ("M/M/10/10", exponential, 10, 1.0),
        ("M/D/10/10", constant, 10, 1.0),
    ] {
        let laws = [("P(turned away)", erlang_b(workers, f64::from(workers) * load))];
        agree(&format!("{name}, load {load}"), laws, |seed| {
            [share(&outcomes(workers, 0, load, time, seed, 5_000), Option::is_none)]
        });
    }
}
