//! What is given: files, names, settings.

use std::fs;
use std::io::Read;
use std::path::Path;

use half_open::scenario::validate::MAX_HORIZON;
use half_open::scenario::{Experiment, library};
use half_open::time::{SimDuration, SimTime};
use half_open_files::settings;
pub(crate) use half_open_files::short;
use half_open_view::gallery;
use half_open_view::link::{self, MAX_FILE, State};

use crate::output::{Failure, Result};

/// The experiment that a name, a file or a link stands for.
pub(crate) fn experiment(source: &str) -> Result<Experiment> {
    place(source).map(|place| place.experiment)
}

/// The same with the moment in it: of a name, the one that says most.
pub(crate) fn place(source: &str) -> Result<State> {
    if let Some(card) = gallery::card(source) {
        return Ok(card.moment);
    }
    if let Some((_, link)) = source.split_once("#s=") {
        return link::decode(link).map_err(|error| Failure::unusable("the link", error));
    }
    let path = Path::new(source);
    if !path.exists() {
        let names: Vec<&str> = library::names().map(|(name, _)| name).collect();
        return Err(Failure::Unusable(format!(
            "{} is neither a file nor a built-in scenario ({}).",
            short(source),
            names.join(", ")
        )));
    }
    let text = text_of(path)?;
    half_open_files::read(&text).map_err(|error| Failure::unusable(path.display(), error))
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

/// Turns the knobs that an option such as `--set path=value` names.
pub(crate) fn turn(experiment: &mut Experiment, settings: &[String], option: &str) -> Result {
    settings::turn(experiment, settings).map_err(|problem| Failure::unusable(option, problem))
}

/// Ends the run there, and forgets what would have been done later.
pub(crate) fn end_at(experiment: &mut Experiment, until: SimDuration) -> Result {
    if until == SimDuration::ZERO || until > MAX_HORIZON {
        let what = format!("--until must be more than 0 and at most 24 h, not {until}.");
        return Err(Failure::Unusable(what));
    }
    experiment.scenario.horizon = until;
    experiment.interventions.retain(|i| i.at <= SimTime::ZERO + until);
    Ok(())
}

/// A duration of the command line.
pub(crate) fn duration(text: &str) -> std::result::Result<SimDuration, String> {
    text.parse().map_err(|error: half_open::time::DurationError| error.to_string())
}
