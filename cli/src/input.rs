//! What is given: files, names, settings.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use half_open::policy::Problem;
use half_open::policy::breaker::Preset;
use half_open::scenario::knob::EdgeKnob;
use half_open::scenario::validate::MAX_HORIZON;
use half_open::scenario::{EdgeId, Experiment, Knob, Scenario, library};
use half_open::time::{SimDuration, SimTime};
pub(crate) use half_open_files::short;
use half_open_view::link::{self, MAX_FILE};

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
        let names: Vec<&str> = library::names().map(|(name, _)| name).collect();
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

/// Turns the knobs that an option such as `--set path=value` names, in whatever order they are named;
/// of several values for one knob the last one counts. A breaker can be given the name of a preset:
/// the knobs are turned after that.
pub(crate) fn turn(experiment: &mut Experiment, settings: &[String], option: &str) -> Result {
    let scenario = &mut experiment.scenario;
    let mut values = BTreeMap::new();
    let refused = |problem: Problem| Failure::unusable(option, problem);
    for setting in settings {
        if let Some((edge, preset)) = preset(scenario, setting) {
            let policy = &mut scenario.edges[usize::from(edge)].policy;
            (policy.breaker_enabled, policy.breaker) = (true, preset.in_scenario());
            continue;
        }
        let (knob, value) = read(scenario, setting).map_err(refused)?;
        knob.check(scenario, value).map_err(refused)?;
        values.insert(knob, value);
    }
    // In the order of the knobs, the kind of a window comes before what it is judged by.
    for (knob, value) in &values {
        knob.set(scenario, *value).map_err(refused)?;
    }
    for (knob, value) in values {
        if knob.get(scenario) != Some(value) {
            let line = knob.path(scenario).replace(".failures", ".window");
            let message = format!(
                "is only counted by a window of calls in a row: set {line}=consecutive too"
            );
            return Err(refused(Problem::new(&knob.path(scenario), message)));
        }
    }
    Ok(())
}

/// The line and the library of `api-bank.breaker=polly`.
fn preset(scenario: &Scenario, setting: &str) -> Option<(EdgeId, Preset)> {
    let (path, value) = setting.split_once('=')?;
    let Ok(Knob::Edge(edge, EdgeKnob::Breaker)) = Knob::find(scenario, path.trim()) else {
        return None;
    };
    Some((edge, Preset::find(value.trim())?))
}

fn read(scenario: &Scenario, setting: &str) -> std::result::Result<(Knob, f64), Problem> {
    let Some((path, value)) = setting.split_once('=') else {
        let message = "must be a path and a value, as in api-bank.timeout=300ms";
        return Err(Problem::new(&short(setting), message));
    };
    let knob = Knob::find(scenario, path.trim())?;
    let value = knob.spec().unit.read(value).map_err(|message| {
        let more = match knob {
            Knob::Edge(_, EdgeKnob::Breaker) => ", and no preset (see `half-open list presets`)",
            _ => "",
        };
        Problem::new(path.trim(), message + more)
    })?;
    Ok((knob, value))
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
