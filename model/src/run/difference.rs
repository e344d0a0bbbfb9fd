//! Where two experiments part.

use crate::scenario::Experiment;
use crate::time::SimTime;

/// What two experiments have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Common {
    /// Not even the beginning.
    Nothing,
    /// The first `interventions`, and everything before `until` (and at `until`, what is not an
    /// intervention).
    Past {
        /// How many interventions are the same.
        interventions: usize,
        /// When the first one differs.
        until: SimTime,
    },
}

/// Compares two experiments.
pub(super) fn common(old: &Experiment, new: &Experiment) -> Common {
    if old.seed != new.seed || !old.scenario.happens_like(&new.scenario) {
        return Common::Nothing;
    }
    let (before, after) = (&old.interventions, &new.interventions);
    let interventions = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let differs = [before, after].into_iter().filter_map(|list| list.get(interventions));
    let until = differs.map(|intervention| intervention.at).min().unwrap_or(SimTime::MAX);
    Common::Past { interventions, until }
}

/// From when on two experiments may go different ways; none if they are the same.
#[must_use]
pub fn parting(old: &Experiment, new: &Experiment) -> Option<SimTime> {
    match common(old, new) {
        Common::Nothing => Some(SimTime::ZERO),
        Common::Past { until, .. } => (until < SimTime::MAX).then_some(until),
    }
}
