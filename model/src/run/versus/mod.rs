//! Two settings under the same luck, seed after seed: what one buys, and how sure that is.
//!
//! Draws are keyed, so both see the same arrivals, the same work and the same faults; what differs
//! is what the settings do (common random numbers: Law, *Simulation Modeling and Analysis*, 2015,
//! section 11.2). The interval is that of the paired differences.

mod estimate;
mod outcome;

pub use estimate::Sample;
pub use outcome::{Measure, Outcome};

use super::{Limits, Run};
use crate::scenario::Experiment;
use crate::scenario::validate::MAX_SEED;

/// A comparison in the making: one seed after another, so that nobody has to wait for all of them.
#[derive(Clone, Debug)]
pub struct Versus {
    sides: [Experiment; 2],
    limits: Limits,
    rounds: u32,
    held: u32,
    rows: [Row; Measure::ALL.len()],
}

/// What is known about a measure.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Row {
    /// On each side, over the seeds on which it is known there.
    pub sides: [Sample; 2],
    /// The second less the first, over the seeds on which both are known.
    pub difference: Sample,
}

impl Row {
    fn add(&mut self, values: [Option<f64>; 2]) {
        for (side, value) in self.sides.iter_mut().zip(values) {
            value.into_iter().for_each(|value| side.push(value));
        }
        if let [Some(first), Some(second)] = values {
            self.difference.push(second - first);
        }
    }
}

impl Versus {
    /// Compares the second experiment with the first under `rounds` seeds, from that of the first
    /// on; the seed of the second does not matter.
    #[must_use]
    pub fn new(sides: [Experiment; 2], rounds: u32, limits: Limits) -> Self {
        Self { sides, limits, rounds, held: 0, rows: Default::default() }
    }

    /// Runs both under the next seed; returns whether there is one more.
    pub fn step(&mut self) -> bool {
        if self.held >= self.rounds {
            return false;
        }
        let seed = self.sides[0].seed.wrapping_add(u64::from(self.held)) % (MAX_SEED + 1);
        let outcomes = self.sides.each_ref().map(|experiment| {
            let experiment = Experiment { seed, ..experiment.clone() };
            Outcome::of(&Run::new(experiment, self.limits))
        });
        for (row, measure) in self.rows.iter_mut().zip(Measure::ALL) {
            row.add(outcomes.each_ref().map(|outcome| outcome.get(measure)));
        }
        self.held += 1;
        self.held < self.rounds
    }

    /// Under how many seeds both have run, and under how many they shall.
    #[must_use]
    pub const fn progress(&self) -> (u32, u32) {
        (self.held, self.rounds)
    }

    /// What is known of a measure so far.
    #[must_use]
    pub fn row(&self, measure: Measure) -> &Row {
        &self.rows[measure as usize]
    }
}
