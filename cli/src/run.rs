//! `half-open run`

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::time::Instant;

use half_open::run::{Limits, Run};
use half_open::time::SimDuration;

use crate::export::{self, Wanted};
use crate::input;
use crate::output::{self, Failure, Result};
use crate::report::Report;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A file (*.half-open.json), the name of a built-in scenario, or a link.
    #[arg(value_name = "FILE|NAME")]
    source: String,
    /// Roll other dice: a whole number below 2^53.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Turn a knob at the start, such as api-bank.timeout=300ms, or let a breaker behave like a
    /// preset, as api-bank.breaker=polly; may be given many times.
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// End the run at this time, such as 60s.
    #[arg(long, value_name = "DURATION", value_parser = input::duration, allow_hyphen_values = true)]
    until: Option<SimDuration>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Write every event to a file, as JSON lines: short for --export jsonl=FILE.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Write the run for other tools: otlp, jaeger, chrome, csv or jsonl, then = and a file, or - for
    /// standard output instead of the report. May be given many times.
    #[arg(long, value_name = "FORMAT=FILE", value_parser = export::parse)]
    export: Vec<Wanted>,
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    let mut experiment = input::experiment(&arguments.source)?;
    if let Some(seed) = arguments.seed {
        experiment.seed = seed;
    }
    input::turn(&mut experiment, &arguments.set, "--set")?;
    if let Some(until) = arguments.until {
        input::end_at(&mut experiment, until)?;
    }
    let unusable = |problem| Failure::unusable(input::short(&arguments.source), problem);
    experiment.validate().map_err(unusable)?;
    let log = arguments.log.clone().map(Wanted::log);
    let wanted: Vec<Wanted> = arguments.export.iter().cloned().chain(log).collect();
    let printed = wanted.iter().filter(|wanted| wanted.is_standard_output()).count();
    if printed + usize::from(arguments.json) > 1 {
        return Err(Failure::unusable(
            "standard output",
            "can take one thing: an export to “-”, or what --json prints",
        ));
    }
    let files = wanted.iter().map(Wanted::open).collect::<Result<Vec<_>>>()?;

    let start = Instant::now();
    let run = Run::new(experiment, Limits::default());
    let wall = start.elapsed();
    for file in files {
        file.write(&run)?;
    }
    if printed > 0 {
        return Ok(());
    }
    let report = Report::of(&run, wall);
    let mut out = BufWriter::new(io::stdout().lock());
    if arguments.json {
        output::json(&mut out, &report)?;
    } else {
        report.print(&run, &mut out)?;
    }
    Ok(out.flush()?)
}
