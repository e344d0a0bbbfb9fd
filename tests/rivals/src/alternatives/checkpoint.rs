//! What it costs to remember a run's middle.

use half_open::scenario::{Experiment, library};
use half_open::sim::World;
use half_open_rivals::ours::{Pace, experiment};
use half_open_rivals::workload::Workload;

use super::best_of_rounds;
use crate::stopwatch::seconds;

/// How far the runs are simulated.
const EVENTS: u32 = 30_000;
/// Events between two checkpoints of a short run.
const SPACING: u32 = 1_024;
const TIMES: u32 = 200;

/// Prints bytes and microseconds per checkpoint.
pub(super) fn measure() {
    println!("**A checkpoint** is a clone of the system's state, every {SPACING} events at first;");
    println!("without any, a turn of a knob would simulate the run from its start.\n");
    println!("| run | bytes | µs | share of simulating {SPACING} events |");
    println!("| --- | ---: | ---: | ---: |");
    let retries = experiment(Workload::Retries, Pace::usual(Workload::Retries), EVENTS);
    for (name, experiment) in [("payments", library::payments()), ("retries", retries)] {
        let (world, simulating) = simulated(&experiment);
        let [cloning] = best_of_rounds::<1>(|_| {
            let (time, _) = seconds(|| (0..TIMES).map(|_| world.clone().bytes()).sum::<usize>());
            time / f64::from(TIMES)
        });
        let share = cloning / (simulating / f64::from(EVENTS) * f64::from(SPACING)) * 100.0;
        println!("| {name} | {} | {:.1} | {share:.1} % |", world.bytes(), cloning * 1e6);
    }
    println!();
}

/// The system after so many events, and how many seconds it takes to get there.
fn simulated(experiment: &Experiment) -> (World, f64) {
    let run = || {
        let (mut world, mut log) = World::new(experiment);
        while log.len() < EVENTS && world.advance(&mut log, &experiment.interventions, EVENTS) {}
        world
    };
    let [best] = best_of_rounds::<1>(|_| seconds(run).0);
    (run(), best)
}
