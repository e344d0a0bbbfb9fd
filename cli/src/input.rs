//! What is given: files, names, settings.

use std::fs;
use std::io::Read;
use std::path::Path;

use half_open::link::{self, MAX_FILE};
use half_open::policy::Problem;
use half_open::scenario::{Experiment, Knob, library};
use half_open::time::{SimDuration, SimTime};

use crate::output::{Failure, Result};

/// The experiment that a name, a file or a link stands for.
pub(crate) fn experiment(source: &str) -> Result<Experiment> {
    if let Some(built_in) = library::find(source) {
        return Ok(built_in);
    }
    if let Some((_, link)) = source.split_once("#s=") {
        let state = link::decode(link).map_err(|error| Failure::unusable("the link", error))?;
        return Ok(state.experiment);
    }
    let path = Path::new(source);
    if !path.exists() {
        let names: Vec<String> = library::all().into_iter().map(|e| e.scenario.name).collect();
        return Err(Failure::Unusable(format!(
            "{} is neither a file nor a built-in scenario ({}).",
            short(source),
            names.join(", ")
        )));
    }
    let text = text_of(path)?;
    let state =
        half_open_files::read(&text).map_err(|error| Failure::unusable(path.display(), error))?;
    Ok(state.experiment)
}

/// Everything in a file, unless it is too much.
pub(crate) fn text_of(path: &Path) -> Result<String> {
    let unreadable = |error| Failure::unusable(path.display(), format!("cannot be read: {error}"));
    let file = fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > MAX_FILE {
        return Err(Failure::unusable(
            path.display(),
            "is larger than 1 MiB, the most that is read",
        ));
    }
    String::from_utf8(bytes)
        .map_err(|_| Failure::unusable(path.display(), "is not text, so it cannot be JSON"))
}

/// Turns the knobs that `--set path=value` names.
pub(crate) fn turn(experiment: &mut Experiment, settings: &[String]) -> Result {
    for setting in settings {
        set(experiment, setting).map_err(|problem| Failure::unusable("--set", problem))?;
    }
    Ok(())
}

fn set(experiment: &mut Experiment, setting: &str) -> std::result::Result<(), Problem> {
    let Some((path, value)) = setting.split_once('=') else {
        let message = "must be a path and a value, as in api-bank.timeout=300ms";
        return Err(Problem::new(&short(setting), message));
    };
    let scenario = &mut experiment.scenario;
    let knob = Knob::find(scenario, path.trim())?;
    let read = knob.spec().unit.read(value);
    let value = read.map_err(|message| Problem::new(path.trim(), message))?;
    knob.set(scenario, value)
}

/// Ends the run there, and forgets what would have been done later.
pub(crate) fn end_at(experiment: &mut Experiment, until: SimDuration) {
    experiment.scenario.horizon = until;
    experiment.interventions.retain(|i| i.at <= SimTime::ZERO + until);
}

/// A duration of the command line.
pub(crate) fn duration(text: &str) -> std::result::Result<SimDuration, String> {
    text.parse().map_err(|error: half_open::time::DurationError| error.to_string())
}

pub(crate) fn short(text: &str) -> String {
    format!("“{}”", text.chars().take(60).collect::<String>())
}
