//! Settings in a line each: `api-bank.timeout = 300 ms`.

use std::collections::BTreeMap;

use half_open::policy::Problem;
use half_open::policy::breaker::Preset;
use half_open::scenario::knob::EdgeKnob;
use half_open::scenario::{EdgeId, Experiment, Knob, Scenario};

use crate::short;

/// Turns the knobs that lines such as `path = value` name, in whatever order they are named; of
/// several values for one knob the last one counts. A breaker can be given the name of a preset: the
/// knobs are turned after that.
///
/// # Errors
/// What is wrong in the first line that cannot be used.
pub fn turn(experiment: &mut Experiment, settings: &[String]) -> Result<(), Problem> {
    let scenario = &mut experiment.scenario;
    let mut values = BTreeMap::new();
    for setting in settings {
        if let Some((edge, preset)) = preset(scenario, setting) {
            let policy = &mut scenario.edges[usize::from(edge)].policy;
            (policy.breaker_enabled, policy.breaker) = (true, preset.in_scenario());
            continue;
        }
        let (knob, value) = read(scenario, setting)?;
        knob.check(scenario, value)?;
        values.insert(knob, value);
    }
    // In the order of the knobs, the kind of a window comes before what it is judged by.
    for (knob, value) in &values {
        knob.set(scenario, *value)?;
    }
    for (knob, value) in values {
        if knob.get(scenario) != Some(value) {
            let line = knob.path(scenario).replace(".failures", ".window");
            let message = format!(
                "is only counted by a window of calls in a row: set {line}=consecutive too"
            );
            return Err(Problem::new(&knob.path(scenario), message));
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

fn read(scenario: &Scenario, setting: &str) -> Result<(Knob, f64), Problem> {
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
