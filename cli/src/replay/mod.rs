//! `half-open replay`: a policy without a simulator. A breaker answers steps one by one, or says what
//! it would have done with calls that were recorded; a service with idempotency keys answers
//! requests.

mod idempotency;
mod outcomes;
mod profile;
mod steps;

use std::path::Path;

use half_open::policy::breaker::{Preset, Settings};

use crate::input;
use crate::output::{Failure, Result};

#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("policy").required(true))]
pub(crate) struct Arguments {
    /// The settings of the breaker as JSON ({} has every default), or the name of a preset, such as
    /// resilience4j; `list presets` names them all.
    #[arg(long, value_name = "SETTINGS.json|PRESET", group = "policy")]
    breaker: Option<String>,
    /// The settings of a service with idempotency keys as JSON, or the name of a profile: ietf,
    /// stripe_v1 or stripe_v2. Standard input has JSON lines, one request each.
    #[arg(long, value_name = "SETTINGS.json|PROFILE", group = "policy")]
    idempotency: Option<String>,
    /// Recorded calls with the columns timestamp, duration and outcome; - is standard input.
    /// Without it, standard input has JSON lines, one step each.
    #[arg(value_name = "OUTCOMES.csv", conflicts_with = "idempotency")]
    outcomes: Option<String>,
    /// Print JSON, one object a line. Answers to steps and requests always are.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    match arguments {
        Arguments { idempotency: Some(source), .. } => idempotency::run(source),
        Arguments { breaker: Some(source), outcomes: Some(calls), json, .. } => {
            outcomes::run(&settings(source)?, calls, *json)
        }
        Arguments { breaker: Some(source), .. } => steps::run(&settings(source)?),
        // One of the two is required, so this is never asked.
        Arguments { .. } => Ok(()),
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
