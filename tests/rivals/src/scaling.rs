//! How time and memory grow with the number of requests.

use std::error::Error;

use half_open::run::{Limits, Run};
use half_open_rivals::ours::{Pace, experiment};
use half_open_rivals::workload::Workload;

use crate::stopwatch::seconds;

/// At the usual rate a run of ten million requests falls for good sooner or later, and it would be
/// longer than a day, which is the longest run there is.
const PACE: Pace = Pace { rate: 80.0, hurry: 10.0 };

/// How many requests, about; written down only as far as the usual limits of a run reach.
const SIZES: [u32; 9] =
    [1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000];
/// A short run is repeated until about so many requests have been simulated.
const ENOUGH: u32 = 300_000;
/// The best of so many is what counts.
const ROUNDS: u32 = 3;

/// What a run of one size takes.
#[derive(Clone, Copy)]
struct Cost {
    requests: f64,
    ms: f64,
    mb: f64,
}

/// Prints a table, each size measured in a process of its own, so that what it holds can be told.
pub(crate) fn all() -> Result<(), Box<dyn Error>> {
    let Pace { rate, hurry } = PACE;
    println!("The retries at {rate} per second, because at the usual rate so long a run falls for");
    println!("good sooner or later, and {hurry} times as fast, because a run lasts a day at most.");
    println!(
        "Written down as far as the usual limits of a run allow (5,000,000 events, 512 MiB).\n"
    );
    println!("| requests | counted: ms | MB | written down: ms | MB |");
    println!("| ---: | ---: | ---: | ---: | ---: |");
    let (mut off, mut on) = (Vec::new(), Vec::new());
    for requests in SIZES {
        let costs = (ask("off", requests)?, ask("on", requests)?);
        off.extend(costs.0);
        on.extend(costs.1);
        let cells = |cost: Option<Cost>| {
            cost.map_or_else(|| "| |".into(), |Cost { ms, mb, .. }| format!("{ms:.2} | {mb:.1} |"))
        };
        println!("| {requests} | {} {}", cells(costs.0), cells(costs.1));
    }
    let counted = (exponent(&off, |cost| cost.ms), exponent(&off, |cost| cost.mb));
    let written = (exponent(&on, |cost| cost.ms), exponent(&on, |cost| cost.mb));
    let (ms, mb) = counted;
    println!("| **exponent** | **{ms:.2}** | {mb:.2} | **{:.2}** | {:.2} |", written.0, written.1);
    Ok(())
}

/// What another process of this program measures; none if the run was stopped by its limits.
fn ask(how: &str, requests: u32) -> Result<Option<Cost>, Box<dyn Error>> {
    let mut program = std::process::Command::new(std::env::current_exe()?);
    let output = program.args(["scaling", how, &requests.to_string()]).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let words = String::from_utf8(output.stdout)?;
    let numbers: Vec<f64> = words.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    Ok(match numbers[..] {
        [requests, ms, mb] => Some(Cost { requests, ms, mb }),
        _ => None,
    })
}

/// The slope of a line through the logarithms: 1 if twice as many take twice as much.
fn exponent(costs: &[Cost], of: impl Fn(&Cost) -> f64) -> f64 {
    let points: Vec<(f64, f64)> = costs
        .iter()
        .map(|cost| (cost.requests.ln(), of(cost).ln()))
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .collect();
    let mean =
        |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / points.len() as f64;
    let (middle_x, middle_y) = (mean(|(x, _)| *x), mean(|(_, y)| *y));
    let (mut along, mut across) = (0.0, 0.0);
    for (x, y) in &points {
        along += (x - middle_x) * (y - middle_y);
        across += (x - middle_x) * (x - middle_x);
    }
    along / across
}

/// Prints how many requests a run of this size has, the milliseconds that it takes, and the
/// megabytes that it needs at its peak; nothing if limits stop it.
pub(crate) fn one(how: &str, requests: u32) -> Result<(), Box<dyn Error>> {
    let experiment = experiment(Workload::Retries, PACE, requests);
    experiment.validate()?;
    let before = peak_mb();
    let run = || -> Option<u32> {
        if how == "off" {
            return Some(Run::tally(&experiment, u32::MAX).requests);
        }
        let run = Run::new(experiment.clone(), Limits::default());
        run.stopped().is_none().then(|| run.log().length().requests)
    };
    let Some(simulated) = run() else { return Ok(()) };
    let mb = peak_mb() - before;
    let times = (ENOUGH / requests).max(1);
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let (time, _) = seconds(|| (0..times).filter_map(|_| run()).count());
        best = best.min(time / f64::from(times));
    }
    println!("{simulated} {:.4} {mb:.3}", best * 1e3);
    Ok(())
}

/// The most that this process has held, as far as Linux tells.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) * 1024.0 / 1e6
}
