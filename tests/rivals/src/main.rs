//! Runs the contestants that are native programs: lines of words for `cargo xtask bench`.
//!
//! `half-open-rivals agree | time | scaling | alternatives`

mod alternatives;
#[cfg(feature = "nexosim")]
mod nexosim;
mod scaling;
mod stopwatch;

use std::error::Error;
use std::hint::black_box;

use half_open::run::Run;
// Where the engine's queue looks for it.
use half_open::time;
use half_open_rivals::bare::{Packed, Plain};
use half_open_rivals::workload::{Outcome, REQUESTS, SEED, Workload};
use half_open_rivals::{bare, ours};
use stopwatch::seconds;

/// How often each contestant runs before the next program has its turn.
const ROUNDS: u32 = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["agree"] => agree(),
        ["time"] => time(),
        ["scaling"] => scaling::all(),
        ["scaling", how, requests] => scaling::one(how, requests.parse()?),
        ["alternatives"] => {
            alternatives::measure();
            Ok(())
        }
        _ => Err("Say one of: agree, time, scaling, alternatives.".into()),
    }
}

/// Somebody who simulates the workloads.
struct Contestant {
    name: &'static str,
    simulate: fn(Workload) -> Result<Outcome, Box<dyn Error>>,
    /// What is timed, if that is less than what it takes to know the outcome; returns how many
    /// requests there were.
    timed: fn(Workload) -> Result<u32, Box<dyn Error>>,
}

fn experiment(workload: Workload) -> half_open::scenario::Experiment {
    ours::experiment(workload, ours::Pace::usual(workload), REQUESTS)
}

fn contestants() -> Vec<Contestant> {
    vec![
        Contestant {
            name: "heap_loop",
            simulate: |workload| Ok(bare::simulate::<Plain>(workload, REQUESTS, SEED)),
            timed: |workload| Ok(bare::simulate::<Plain>(workload, REQUESTS, SEED).finished),
        },
        Contestant {
            name: "packed_loop",
            simulate: |workload| Ok(bare::simulate::<Packed>(workload, REQUESTS, SEED)),
            timed: |workload| Ok(bare::simulate::<Packed>(workload, REQUESTS, SEED).finished),
        },
        Contestant {
            name: "log_off",
            simulate: |workload| {
                Ok(ours::outcome_of_tally(&Run::tally(&experiment(workload), u32::MAX)))
            },
            timed: |workload| Ok(Run::tally(&experiment(workload), u32::MAX).requests),
        },
        Contestant {
            name: "log_on",
            simulate: |workload| {
                Ok(ours::outcome_of_run(&ours::recorded(experiment(workload)).finish()))
            },
            timed: |workload| {
                black_box(ours::recorded(experiment(workload)));
                Ok(REQUESTS)
            },
        },
        Contestant {
            name: "log_indexed",
            simulate: |workload| {
                Ok(ours::outcome_of_run(&Run::new(experiment(workload), ours::ALL)))
            },
            timed: |workload| Ok(Run::new(experiment(workload), ours::ALL).log().length().requests),
        },
        #[cfg(feature = "nexosim")]
        Contestant {
            name: "nexosim",
            simulate: |workload| Ok(nexosim::simulate(workload, REQUESTS)?),
            timed: |workload| Ok(nexosim::simulate(workload, REQUESTS)?.finished),
        },
    ]
}

/// What each comes to.
fn agree() -> Result<(), Box<dyn Error>> {
    for workload in Workload::ALL {
        for contestant in contestants() {
            let numbers = (contestant.simulate)(workload)?.numbers();
            let numbers: Vec<String> = numbers.iter().map(f64::to_string).collect();
            println!("agree {} {} {}", workload.name(), contestant.name, numbers.join(" "));
        }
    }
    let run = ours::recorded(experiment(Workload::Retries)).finish();
    println!("event_bytes {:.3}", run.log().bytes() as f64 / f64::from(run.log().len()));
    Ok(())
}

/// Requests per second of processor time, by turns.
fn time() -> Result<(), Box<dyn Error>> {
    for _ in 0..ROUNDS {
        for workload in Workload::ALL {
            for contestant in contestants() {
                let (seconds, requests) = seconds(|| (contestant.timed)(workload));
                let rate = f64::from(requests?) / seconds;
                println!("time {} {} {rate:.0}", workload.name(), contestant.name);
            }
        }
    }
    Ok(())
}
