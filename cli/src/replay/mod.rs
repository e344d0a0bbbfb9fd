//! `half-open replay`: a breaker without a simulator. It answers steps one by one, or says what it
//! would have done with calls that were recorded.

mod bench;
mod outcomes;
mod recorded;
mod steps;
mod time;

use std::path::Path;

use half_open::policy::breaker::{Preset, Settings};

use crate::input;
use crate::output::{Failure, Result};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The settings of the breaker as JSON ({} has every default), or the name of a preset, such as
    /// resilience4j; `list presets` names them all.
    #[arg(long, value_name = "SETTINGS.json|PRESET")]
    breaker: String,
    /// Recorded calls with the columns timestamp, duration and outcome; - is standard input.
    /// Without it, standard input has JSON lines, one step each.
    #[arg(value_name = "OUTCOMES.csv")]
    outcomes: Option<String>,
    /// Print JSON, one object a line. Answers to steps always are.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    let settings = settings(&arguments.breaker)?;
    match &arguments.outcomes {
        Some(source) => outcomes::run(&settings, source, arguments.json),
        None => steps::run(&settings),
    }
}

/// The settings that a name or a file stands for.
fn settings(source: &str) -> Result<Settings> {
    if let Some(preset) = Preset::find(source) {
        return Ok(preset.settings());
    }
    let path = Path::new(source);
    if !path.exists() {
        return Err(Failure::Unusable(format!(
            "{} is neither a file nor a preset ({}).",
            input::short(source),
            Preset::ALL.map(Preset::name).join(", ")
        )));
    }
    let text = input::text_of(path)?;
    let settings: Settings =
        half_open_files::read_json(&text).map_err(|error| Failure::unusable(source, error))?;
    settings.validate().map_err(|problem| Failure::unusable(source, problem))?;
    Ok(settings)
}
