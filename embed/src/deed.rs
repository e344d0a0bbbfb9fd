//! What can be done to a run from outside, in words. What cannot be done is said in a sentence.

use half_open::decimal;
use half_open::policy::breaker::Action;
use half_open::run::Scene;
use half_open::scenario::{
    Change, EdgeId, Experiment, Fault, FaultKind, Knob, NodeId, Scenario, Target,
};
use half_open::time::{SimDuration, SimTime};
use half_open_view::change;
use half_open_view::link::Selection;

use crate::asked::{self, short};

/// Every fault there is, with a size worth starting from.
fn faults() -> impl Iterator<Item = FaultKind> {
    let services = FaultKind::ON_SERVICES.into_iter();
    services.chain(FaultKind::ON_LINES).chain([FaultKind::FlushCache])
}

/// Turns a knob that is named by its path, or by its name alone, to a value with its unit.
pub(crate) fn set(
    experiment: &Experiment,
    focus: Selection,
    at: SimTime,
    path: &str,
    value: &str,
) -> Result<Experiment, String> {
    let knob = asked::find(&experiment.scenario, focus, path)?;
    let value =
        knob.spec().unit.read(value).map_err(|rest| format!("“{}” {rest}.", short(path)))?;
    turn(experiment.clone(), at, knob, value)
}

/// Turns a knob to a number in its unit.
pub(crate) fn turn(
    experiment: Experiment,
    at: SimTime,
    knob: Knob,
    value: f64,
) -> Result<Experiment, String> {
    knob.check(&experiment.scenario, value).map_err(sentence)?;
    checked(change::turn_at(experiment, at, knob, value).map_err(sentence)?)
}

/// Works a breaker by hand: that of this line, or the first that there is.
pub(crate) fn work(
    scene: &Scene,
    experiment: Experiment,
    line: &str,
    action: &str,
) -> Result<Experiment, String> {
    let scenario = &scene.scenario;
    let mut guarded = (0u8..).zip(&scenario.edges).filter(|(_, edge)| edge.policy.breaker_enabled);
    let edge = match line {
        "" => guarded.next().map(|(edge, _)| edge).ok_or("There is no breaker here.")?,
        line => {
            let edge = edge(scenario, line).ok_or_else(|| unknown(scenario, line))?;
            let mut guards = guarded.map(|(edge, _)| edge);
            guards.find(|other| *other == edge).ok_or_else(|| format!("{line} has no breaker."))?
        }
    };
    let actions = [
        ("open", Action::Open),
        ("close", Action::Close),
        ("force_open", Action::ForceOpen),
        ("disable", Action::Disable),
        ("half_open", Action::HalfOpen),
        ("reset", Action::Reset),
    ];
    let named = |(name, _): &&(&str, Action)| *name == action || action.is_empty();
    let (_, action) = actions.iter().find(named).ok_or_else(|| {
        let names = actions.map(|(name, _)| name).join(", ");
        format!("A breaker cannot be told to “{}”; it can to {names}.", short(action))
    })?;
    let done = Change::Breaker { edge, action: *action };
    checked(change::make(experiment, scene.at, done).0)
}

/// Breaks something: a service by its name, or a line as in `api-bank`.
pub(crate) fn strike(
    scene: &Scene,
    experiment: Experiment,
    kind: &str,
    target: &str,
    size: Option<f64>,
    lasts: &str,
) -> Result<Experiment, String> {
    let scenario = &scene.scenario;
    let kind = faults().find(|known| known.name() == kind).ok_or_else(|| {
        let names: Vec<&str> = faults().map(|known| known.name()).collect();
        format!("There is no fault “{}”; there are {}.", short(kind), names.join(", "))
    })?;
    let kind = match (size, kind.size_range()) {
        (None, _) => kind,
        (Some(size), Some((least, most))) if (least..=most).contains(&size) => kind.with_size(size),
        (Some(_), Some((least, most))) => {
            let name = kind.name();
            let (least, most) = (decimal::show(least), decimal::show(most));
            return Err(format!("The size of “{name}” must be between {least} and {most}."));
        }
        (Some(_), None) => return Err(format!("“{}” has no size.", kind.name())),
    };
    let target = self::target(scenario, target).ok_or_else(|| unknown(scenario, target))?;
    if kind.strikes_service() != matches!(target, Target::Node(_)) {
        let of = if kind.strikes_service() { "a service" } else { "a line, as in api-bank" };
        return Err(format!("“{}” strikes {of}.", kind.name()));
    }
    let lasts = match lasts {
        "" => None,
        lasts => Some(
            lasts
                .parse::<SimDuration>()
                .map_err(|error| format!("“lasts” cannot be read: {error}."))?,
        ),
    };
    let fault = Change::Fault(Fault { target, kind, lasts });
    checked(change::make(experiment, scene.at, fault).0)
}

/// Ends what is broken at a place, or everywhere.
pub(crate) fn heal(
    scene: &Scene,
    mut experiment: Experiment,
    place: &str,
) -> Result<Experiment, String> {
    let scenario = &scene.scenario;
    let only = match place {
        "" => None,
        place => Some(target(scenario, place).ok_or_else(|| unknown(scenario, place))?),
    };
    let broken = scene.faults.iter().filter(|(fault, ..)| only.is_none_or(|t| t == fault.target));
    let mut broken: Vec<u32> = broken.map(|(.., intervention)| *intervention).collect();
    // From the last to the first, so that what is taken away moves none of the others.
    broken.sort_unstable_by(|a, b| b.cmp(a));
    for index in broken {
        // What chaos has struck ends by itself.
        if let Some(healed) = change::healed(experiment.clone(), index as usize, scene.at) {
            experiment = healed;
        }
    }
    checked(experiment)
}

/// What a knob does together with others, and how much there may be of everything, is looked at too.
fn checked(experiment: Experiment) -> Result<Experiment, String> {
    experiment.validate().map_err(sentence)?;
    Ok(experiment)
}

fn sentence(problem: impl std::fmt::Display) -> String {
    format!("{problem}.")
}

fn target(scenario: &Scenario, name: &str) -> Option<Target> {
    let edge = || edge(scenario, name).map(Target::Edge);
    node(scenario, name).map(Target::Node).or_else(edge)
}

fn node(scenario: &Scenario, name: &str) -> Option<NodeId> {
    let mut nodes = (0u8..).zip(&scenario.nodes);
    let found = nodes.find(|(id, node)| node.name == name && scenario.service(*id).is_some());
    found.map(|(id, _)| id)
}

fn edge(scenario: &Scenario, name: &str) -> Option<EdgeId> {
    (0u8..).take(scenario.edges.len()).find(|edge| line(scenario, *edge) == name)
}

/// The name of a line as paths have it: `api-bank`.
pub(crate) fn line(scenario: &Scenario, edge: EdgeId) -> String {
    let name = |node| scenario.node_name(node);
    scenario
        .edge(edge)
        .map_or_else(String::new, |edge| [name(edge.from), "-", name(edge.to)].concat())
}

fn unknown(scenario: &Scenario, name: &str) -> String {
    let ids = (0u8..).take(scenario.nodes.len());
    let services = ids.filter(|id| scenario.service(*id).is_some());
    let services = services.map(|id| scenario.node_name(id).to_owned());
    let lines = (0u8..).take(scenario.edges.len()).map(|edge| line(scenario, edge));
    let all: Vec<String> = services.chain(lines).collect();
    format!("There is no “{}” here; there are {}.", short(name), all.join(", "))
}
