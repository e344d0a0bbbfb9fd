//! `half-open compare`

use std::io::{self, BufWriter, Write};

use half_open::run::versus::{Measure, Row, Sample, Versus};
use half_open::scenario::Experiment;
use half_open::time::SimDuration;
use half_open_files::versus::{self, Table};
use serde::Serialize;

use crate::input;
use crate::output::{self, Failure, Result, plain};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A: a file (*.half-open.json), the name of a built-in scenario, or a link.
    #[arg(value_name = "A")]
    a: String,
    /// B, likewise; the same as A if it is left out.
    #[arg(value_name = "B")]
    b: Option<String>,
    /// Turn a knob of B at the start, such as api-bank.timeout=3s; may be given many times.
    #[arg(long, value_name = "PATH=VALUE")]
    change: Vec<String>,
    /// Under how many seeds both run, 1 to 10,000.
    #[arg(long, value_name = "N", default_value_t = 100)]
    seeds: u32,
    /// End every run at this time, such as 60s.
    #[arg(long, value_name = "DURATION", value_parser = input::duration, allow_hyphen_values = true)]
    until: Option<SimDuration>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What `--json` prints. Names may be added, never renamed.
#[derive(Serialize)]
struct Report {
    seeds: u32,
    first_seed: u64,
    measures: Vec<Numbers>,
}

/// One measure: the means of both sides, and the second less the first.
#[derive(Serialize)]
struct Numbers {
    measure: &'static str,
    a: Option<f64>,
    b: Option<f64>,
    difference: Option<f64>,
    /// Half the width of its 95 % interval; null for fewer than five seeds.
    half_width: Option<f64>,
    /// Under how many seeds it was known on each side.
    known: [u32; 2],
    verdict: versus::Verdict,
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    let a = experiment(&arguments.a, arguments)?;
    let mut b = experiment(arguments.b.as_ref().unwrap_or(&arguments.a), arguments)?;
    input::turn(&mut b, &arguments.change, "--change")?;
    let first_seed = a.seed;
    let unusable = |problem| Failure::unusable("B", problem);
    b.validate().map_err(unusable)?;
    let mut versus = versus::begin([a, b], arguments.seeds)
        .map_err(|sentence| Failure::Unusable(format!("--seeds: {sentence}")))?;
    while versus.step() {}

    let table = versus::table(&versus);
    let mut out = BufWriter::new(io::stdout().lock());
    if arguments.json {
        let measures = Measure::ALL
            .iter()
            .zip(&table.lines)
            .map(|(measure, line)| numbers(*measure, versus.row(*measure), line.verdict));
        let report = Report { seeds: table.held, first_seed, measures: measures.collect() };
        output::json(&mut out, &report)?;
    } else {
        print(arguments, &versus, &table, &mut out)?;
    }
    Ok(out.flush()?)
}

fn experiment(source: &str, arguments: &Arguments) -> Result<Experiment> {
    let mut experiment = input::experiment(source)?;
    if let Some(until) = arguments.until {
        input::end_at(&mut experiment, until)?;
    }
    let unusable = |problem| Failure::unusable(input::short(source), problem);
    experiment.validate().map_err(unusable)?;
    Ok(experiment)
}

fn numbers(measure: Measure, row: &Row, verdict: versus::Verdict) -> Numbers {
    Numbers {
        measure: measure.name(),
        a: row.sides[0].mean(),
        b: row.sides[1].mean(),
        difference: row.difference.mean(),
        half_width: row.difference.half_width(),
        known: row.sides.each_ref().map(Sample::count),
        verdict,
    }
}

fn print(
    arguments: &Arguments,
    versus: &Versus,
    table: &Table,
    out: &mut impl Write,
) -> io::Result<()> {
    let b = arguments.b.as_deref().unwrap_or("A");
    let changes = match arguments.change.as_slice() {
        [] => String::new(),
        changes => format!(" with {}", changes.join(", ")),
    };
    let (seeds, _) = versus.progress();
    writeln!(out, "A  {}", plain(&arguments.a))?;
    writeln!(out, "B  {}", plain(&format!("{b}{changes}")))?;
    writeln!(out, "{seeds} seeds, the same luck on both sides; differences with 95 % intervals")?;
    writeln!(out)?;
    writeln!(out, "  {:<16}{:>18}{:>18}{:>24}", "", "A", "B", "B − A")?;
    for line in &table.lines {
        let [a, b, difference] = [&line.a, &line.b, &line.difference];
        let verdict = line.verdict.words();
        writeln!(out, "  {:<16}{a:>18}{b:>18}{difference:>24}  {verdict}", line.label)?;
    }
    Ok(())
}
