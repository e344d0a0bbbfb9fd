//! Clients who wait for their answers, and rates that change.

use half_open::log::Kind;
use half_open::random::Distribution;
use half_open::scenario::{Arrivals, Clients, Shape, ShapeKind};
use half_open::time::SimDuration;

use super::evidence::agree;
use super::system::{ENDLESS, MANY, MU, WORK, chain, once, run, service};

/// How many requests arrived in each of these stretches of seconds.
fn arrived<const N: usize>(
    clients: Clients,
    workers: u32,
    stretches: [(u64, u64); N],
    seed: u64,
) -> [f64; N] {
    let time = Distribution::Exponential { mean: WORK };
    let mut scenario = chain(clients, vec![(once(), service(workers, ENDLESS, time))]);
    let end = stretches.iter().map(|(_, to)| *to).max().unwrap_or_default();
    scenario.horizon = SimDuration::from_secs(end);
    let run = run(&scenario, seed);
    let log = run.log();
    let times: Vec<f64> = log
        .events_from(0)
        .filter(|event| event.kind == Kind::Arrived)
        .map(|event| event.at.seconds())
        .collect();
    stretches.map(|(from, to)| {
        let within = (from as f64)..(to as f64);
        times.iter().filter(|at| within.contains(at)).count() as f64
    })
}

/// M/M/1//N, the machine repair model: N clients think for Z on average, and then wait for a worker
/// that needs S. The worker is idle for a share `p₀ = 1 / Σ N!/(N−k)!·(S/Z)ᵏ`; what goes through is
/// `X = (1 − p₀)/S`, and by the interactive response time law an answer takes `R = N/X − Z`.
///
/// Kleinrock, *Queueing Systems I*, 1975, section 3.8; Denning and Buzen, *The Operational Analysis
/// of Queueing Network Models*, 1978.
#[test]
fn in_a_closed_loop_as_much_goes_through_as_machines_are_repaired() {
    const FROM: u64 = 10;
    const TO: u64 = 110;
    for (count, thinks) in [(1, 0.02), (5, 0.1), (10, 0.1), (20, 0.1), (100, 0.5)] {
        let term = |k: u32| (0..k).map(|j| f64::from(count - j) / (MU * thinks)).product::<f64>();
        let idle = 1.0 / (0..=count).map(term).sum::<f64>();
        let through = MU * (1.0 - idle);
        let rate = f64::from(count) / thinks;
        let clients = Clients { arrivals: Arrivals::Closed, ..Clients::poisson(count, rate) };
        let setting = format!("closed loop of {count}, {thinks} s to think");
        agree(&setting, [("through, per second", through)], |seed| {
            let [arrived] = arrived(clients.clone(), 1, [(FROM, TO)], seed);
            [arrived / (TO - FROM) as f64]
        });
    }
}

/// A Poisson process whose rate changes: in a stretch arrive as many as the rate is in it, all
/// together (its integral).
///
/// Kingman, *Poisson Processes*, 1993; Lewis and Shedler, *Simulation of nonhomogeneous Poisson
/// processes by thinning*, 1979.
#[test]
fn where_the_rate_changes_as_many_arrive_as_its_area() {
    const RATE: f64 = 60.0;
    let (begins, lasts) = (SimDuration::from_secs(5), SimDuration::from_secs(10));
    let before_in_and_after = [(0, 5), (5, 15), (15, 20)];
    let expect = [
        (ShapeKind::Ramp, [5.0, 10.0 * 2.5, 20.0]),
        (ShapeKind::Spike, [5.0, 40.0, 5.0]),
        (ShapeKind::Daily, [5.0 * 2.5, 10.0 * 2.5, 5.0 * 2.5]),
    ];
    for (kind, areas) in expect {
        let shape = Shape { kind, times: 4.0, begins, lasts };
        let clients = Clients { shape, ..Clients::poisson(100, RATE) };
        let [before, within, after] = areas.map(|area| area * RATE);
        let laws = [("before", before), ("in it", within), ("after it", after)];
        agree(&format!("{kind:?}: to four times the rate"), laws, |seed| {
            arrived(clients.clone(), MANY, before_in_and_after, seed)
        });
    }
}
