//! Changes to experiments: from one value to another. What is given back is not checked as a whole;
//! [`Experiment::validate`] does that.

use half_open::policy::Problem;
use half_open::scenario::chaos::LONGEST;
use half_open::scenario::knob::ClientsKnob;
use half_open::scenario::{Arrivals, Change, EdgeId, Experiment, Intervention, Knob, Role};
use half_open::time::{SimDuration, SimTime};

/// The shortest fault that can be grabbed again.
const SHORTEST_FAULT: SimDuration = SimDuration::from_millis(1);

/// Turns a knob at a moment. An earlier turn of the same knob at the same moment is replaced, and
/// a turn that would change nothing is left out.
///
/// # Errors
/// If there is no such knob, or it is turned too far.
pub fn turn_at(
    mut experiment: Experiment,
    at: SimTime,
    knob: Knob,
    value: f64,
) -> Result<Experiment, Problem> {
    experiment.interventions.retain(|i| !(i.at == at && turns(i, knob)));
    let mut now = experiment.scenario_at(at);
    if knob.get(&now) != Some(value) {
        knob.set(&mut now, value)?;
        experiment.insert(Intervention { at, change: Change::Set { knob, value } });
    }
    Ok(experiment)
}

/// Turns a knob for the whole run: no later turn of the same knob remains, and a breaker that is
/// given other settings later has it turned there too.
///
/// # Errors
/// If there is no such knob, or it is turned too far.
pub fn turn_from_start(
    mut experiment: Experiment,
    knob: Knob,
    value: f64,
) -> Result<Experiment, Problem> {
    knob.set(&mut experiment.scenario, value)?;
    experiment.interventions.retain(|i| !turns(i, knob));
    for intervention in &mut experiment.interventions {
        if let Change::SetBreaker { edge, settings } = &mut intervention.change
            && matches!(knob, Knob::Edge(of, part) if of == *edge && part.is_of_breaker())
        {
            let mut later = experiment.scenario.clone();
            if let Some(line) = later.edges.get_mut(usize::from(*edge)) {
                line.policy.breaker.clone_from(settings);
            }
            knob.set(&mut later, value)?;
            if let Some(line) = later.edge(*edge) {
                settings.as_mut().clone_from(&line.policy.breaker);
            }
        }
    }
    Ok(experiment)
}

/// Whether an intervention changes how a breaker is set.
fn sets(intervention: &Intervention, line: EdgeId) -> bool {
    match intervention.change {
        Change::SetBreaker { edge, .. } => edge == line,
        Change::Set { knob: Knob::Edge(edge, knob), .. } => edge == line && knob.is_of_breaker(),
        _ => false,
    }
}

fn turns(intervention: &Intervention, knob: Knob) -> bool {
    matches!(intervention.change, Change::Set { knob: other, .. } if other == knob)
}

/// Gives a breaker other settings for the whole run, whatever else was set later.
#[must_use]
pub fn set_from_start(
    mut experiment: Experiment,
    line: EdgeId,
    change: &Change,
) -> Option<Experiment> {
    change.apply(&mut experiment.scenario).ok()?;
    experiment.interventions.retain(|i| !sets(i, line));
    Some(experiment)
}

/// Makes a change at a moment; returns its index. What was set on a breaker at that moment gives way
/// to other settings.
#[must_use]
pub fn make(mut experiment: Experiment, at: SimTime, change: Change) -> (Experiment, usize) {
    if let Change::SetBreaker { edge, .. } = change {
        experiment.interventions.retain(|i| i.at != at || !sets(i, edge));
    }
    let index = experiment.insert(Intervention { at, change });
    (experiment, index)
}

/// Moves an intervention; returns its new index.
#[must_use]
pub fn moved(mut experiment: Experiment, index: usize, at: SimTime) -> Option<(Experiment, usize)> {
    if index >= experiment.interventions.len() {
        return None;
    }
    let mut intervention = experiment.interventions.remove(index);
    if matches!(intervention.change, Change::Chaos(_)) {
        // What it does goes where it goes.
        experiment.settle_chaos();
    }
    intervention.at = at.min(SimTime::ZERO + experiment.scenario.horizon);
    let index = experiment.insert(intervention);
    Some((experiment, index))
}

/// Changes how long a fault or chaos lasts.
#[must_use]
pub fn stretched(
    mut experiment: Experiment,
    index: usize,
    lasts: Option<SimDuration>,
) -> Option<Experiment> {
    match &mut experiment.interventions.get_mut(index)?.change {
        Change::Fault(fault) => fault.lasts = lasts.map(|lasts| lasts.max(SHORTEST_FAULT)),
        Change::Chaos(chaos) => {
            chaos.lasts = lasts.map(|lasts| lasts.clamp(SHORTEST_FAULT, LONGEST))
        }
        _ => return None,
    }
    Some(experiment)
}

/// Ends a fault at a moment; one that had not begun before is taken away.
#[must_use]
pub fn healed(mut experiment: Experiment, index: usize, at: SimTime) -> Option<Experiment> {
    let intervention = experiment.interventions.get_mut(index)?;
    let lasts = at.since(intervention.at);
    match &mut intervention.change {
        Change::Fault(_) if lasts == SimDuration::ZERO => {
            experiment.interventions.remove(index);
        }
        Change::Fault(fault) => fault.lasts = Some(lasts),
        _ => return None,
    }
    Some(experiment)
}

/// Has the first clients send requests at these times, whatever else was set of when they do.
#[must_use]
pub fn recorded(mut experiment: Experiment, micros: Vec<u64>) -> Option<Experiment> {
    let mut nodes = (0..).zip(&mut experiment.scenario.nodes);
    let (id, clients) = nodes.find_map(|(id, node)| match &mut node.role {
        Role::Clients(clients) => Some((id, clients)),
        Role::Service(_) => None,
    })?;
    clients.recorded = micros.into();
    clients.arrivals = Arrivals::Recorded;
    experiment.interventions.retain(|i| !turns(i, Knob::Clients(id, ClientsKnob::Arrivals)));
    Some(experiment)
}

/// Puts another change in the place of one.
#[must_use]
pub fn replaced(mut experiment: Experiment, index: usize, change: Change) -> Option<Experiment> {
    experiment.interventions.get_mut(index)?.change = change;
    Some(experiment)
}

/// Takes an intervention away.
#[must_use]
pub fn removed(mut experiment: Experiment, index: usize) -> Option<Experiment> {
    if index >= experiment.interventions.len() {
        return None;
    }
    experiment.interventions.remove(index);
    Some(experiment)
}

#[cfg(test)]
mod tests {
    use half_open::scenario::knob::EdgeKnob;
    use half_open::scenario::library;

    use super::*;

    const KNOB: Knob = Knob::Edge(1, EdgeKnob::Timeout);

    fn ms(ms: u64) -> f64 {
        SimDuration::from_millis(ms).nanos() as f64
    }

    #[test]
    fn turning_twice_at_one_moment_is_one_turn() {
        let at = SimTime::from_millis(7_000);
        let before = library::payments();
        let once = turn_at(before.clone(), at, KNOB, ms(500)).expect("in range");
        let twice = turn_at(once, at, KNOB, ms(600)).expect("in range");
        assert_eq!(twice.interventions.len(), before.interventions.len() + 1);
        assert_eq!(KNOB.get(&twice.scenario_at(at)), Some(ms(600)));
        let back = turn_at(twice, at, KNOB, ms(300)).expect("in range");
        assert_eq!(back, before);
    }

    #[test]
    fn turning_from_the_start_forgets_later_turns() {
        let at = SimTime::from_millis(7_000);
        let turned = turn_at(library::payments(), at, KNOB, ms(500)).expect("in range");
        let turned = turn_from_start(turned, KNOB, ms(200)).expect("in range");
        assert_eq!(turned.interventions, library::payments().interventions);
        assert_eq!(KNOB.get(&turned.scenario), Some(ms(200)));
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        let refused = turn_at(library::payments(), SimTime::ZERO, KNOB, -1.0);
        assert!(refused.is_err());
    }

    #[test]
    fn a_moved_fault_keeps_the_order_of_time() {
        let before = library::payments();
        let (after, index) = moved(before, 0, SimTime::from_millis(20_000)).expect("it is there");
        assert_eq!(index, 1);
        assert_eq!(after.validate(), Ok(()));
        let (after, index) = moved(after, 1, SimTime::MAX).expect("it is there");
        assert_eq!((index, after.validate()), (1, Ok(())));
    }

    #[test]
    fn healing_ends_a_fault_or_undoes_it() {
        let before = library::payments();
        let later = healed(before.clone(), 0, SimTime::from_millis(6_000)).expect("a fault");
        let Change::Fault(fault) = &later.interventions[0].change else { panic!("a fault") };
        assert_eq!(fault.lasts, Some(SimDuration::from_secs(2)));
        let gone = healed(before, 0, SimTime::from_millis(4_000)).expect("a fault");
        assert_eq!(gone.interventions.len(), 1);
    }
}
