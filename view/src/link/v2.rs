//! Links of version 2: those of version 1, and behind that what the experiment is seen beside, as far
//! as it differs.

use super::v1::{Link, ScenarioRef, Step, Turn, refer, turned, turns};
use super::wire::{Reader, Wire, structures};
use super::{LinkError, State};
use half_open::scenario::{Experiment, Intervention};

struct Ghost {
    /// Which knobs are turned otherwise, or another scenario if that does not tell it.
    set: Vec<Turn>,
    scenario: Option<ScenarioRef>,
    /// None: the same as in the experiment.
    seed: Option<u64>,
    /// How many steps are the same at the beginning and at the end, and those between.
    first: u32,
    last: u32,
    between: Vec<Step>,
}

structures! {
    Ghost { set, scenario, seed, first, last, between }
}

pub(super) fn write(state: &State, ghost: &Experiment) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_to(&mut bytes, state, ghost);
    bytes
}

/// Where something of a later version follows.
pub(super) fn write_to(bytes: &mut Vec<u8>, state: &State, ghost: &Experiment) {
    let experiment = &state.experiment;
    let (all, other) = (&experiment.interventions, &ghost.interventions);
    let first = all.iter().zip(other).take_while(|(a, b)| a == b).count();
    let rest = (&all[first..], &other[first..]);
    let last = rest.0.iter().rev().zip(rest.1.iter().rev()).take_while(|(a, b)| a == b).count();
    let between = &other[first..other.len() - last];
    let set = turns(experiment.scenario.clone(), &ghost.scenario);
    let ghost = Ghost {
        scenario: set.is_none().then(|| refer(&ghost.scenario)),
        set: set.unwrap_or_default(),
        seed: (ghost.seed != experiment.seed).then_some(ghost.seed),
        first: first as u32,
        last: last as u32,
        between: between.iter().map(Step::from).collect(),
    };
    Link::of(state).write(bytes);
    ghost.write(bytes);
}

pub(super) fn read(bytes: &[u8]) -> Result<State, LinkError> {
    read_before(bytes, |_| ()).map(|(state, ())| state)
}

/// Reads what is followed by something of a later version.
pub(super) fn read_before<T>(
    bytes: &[u8],
    rest: impl FnOnce(&mut Reader) -> T,
) -> Result<(State, T), LinkError> {
    let mut reader = Reader::new(bytes);
    let link = Link::read(&mut reader);
    let ghost = Ghost::read(&mut reader);
    let rest = rest(&mut reader);
    if !reader.is_done() {
        return Err(LinkError::Damaged);
    }
    let mut state = link.resolve()?;
    state.ghost = Some(ghost.resolve(&state.experiment)?);
    Ok((state, rest))
}

impl Ghost {
    fn resolve(self, beside: &Experiment) -> Result<Experiment, LinkError> {
        let all = &beside.interventions;
        let (first, last) = (self.first as usize, self.last as usize);
        let rest = all.len().checked_sub(last).filter(|rest| *rest >= first);
        let rest = rest.ok_or(LinkError::Damaged)?;
        let mut interventions = all[..first].to_vec();
        interventions.extend(self.between.into_iter().map(Intervention::from));
        interventions.extend_from_slice(&all[rest..]);
        let scenario = match self.scenario {
            Some(other) => other.resolve()?,
            None => turned(beside.scenario.clone(), self.set)?,
        };
        Ok(Experiment { scenario, seed: self.seed.unwrap_or(beside.seed), interventions })
    }
}
