//! Whether a system meets its goals whatever the luck: under one seed after another.

use half_open::run::{Limits, Run};
use half_open::scenario::Experiment;
use half_open::time::SimTime;
use half_open_view::lesson::Claim;
use half_open_view::link::Range;
use serde::Serialize;

/// The most seeds that are run.
const MOST_SEEDS: u32 = 1_000;

/// A system on its way through the seeds.
pub struct Judge {
    experiment: Experiment,
    goals: Vec<(Claim, u32)>,
    first: u64,
    seeds: u32,
    held: u32,
    met: u32,
}

/// What is known so far.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Verdict {
    /// How many seeds were run.
    pub held: u32,
    /// Of how many.
    pub of: u32,
    /// Under how many of them every goal was met.
    pub met: u32,
    /// Under how many each was.
    pub goals: Vec<u32>,
    /// Whether it is met, whatever the luck: under nine seeds in ten. None, as long as that is open.
    pub passed: Option<bool>,
}

impl Judge {
    /// Begins with a seed; there are so many. What goals say of a moment or a part of the run without
    /// telling which is meant of the whole run.
    ///
    /// # Errors
    /// A sentence about a goal that cannot be read, or too many seeds.
    pub fn new(
        experiment: Experiment,
        goals: &[String],
        first: u64,
        seeds: u32,
    ) -> Result<Self, String> {
        if !(1..=MOST_SEEDS).contains(&seeds) {
            return Err(format!(
                "The number of seeds must be between 1 and {MOST_SEEDS}, not {seeds}."
            ));
        }
        let whole = Range { from: SimTime::ZERO, to: SimTime::ZERO + experiment.scenario.horizon };
        let read = |goal: &String| Ok((Claim::read(goal, &experiment.scenario, whole)?, 0));
        let goals = goals.iter().map(read).collect::<Result<Vec<_>, String>>()?;
        Ok(Self { experiment, goals, first, seeds, held: 0, met: 0 })
    }

    /// Runs under the next seed; returns whether there is one more.
    pub fn step(&mut self) -> bool {
        if self.held < self.seeds {
            let seed = self.first + u64::from(self.held);
            let run = Run::new(Experiment { seed, ..self.experiment.clone() }, Limits::default());
            let mut all = true;
            for (goal, met) in &mut self.goals {
                let holds = goal.holds(&run);
                *met += u32::from(holds);
                all &= holds;
            }
            self.held += 1;
            self.met += u32::from(all);
        }
        self.held < self.seeds
    }

    /// What is known so far.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let missed = self.held - self.met;
        let passed = if missed * 10 > self.seeds {
            Some(false)
        } else {
            (self.held == self.seeds).then_some(true)
        };
        let goals = self.goals.iter().map(|(_, met)| *met).collect();
        Verdict { held: self.held, of: self.seeds, met: self.met, goals, passed }
    }
}

#[cfg(test)]
mod tests {
    use half_open::scenario::library;

    use super::*;

    fn judged(goals: &[&str], seeds: u32) -> Verdict {
        let goals: Vec<String> = goals.iter().map(|goal| (*goal).to_owned()).collect();
        let judge = Judge::new(library::payments(), &goals, 1, seeds);
        let mut judge = judge.expect("goals");
        while judge.step() {}
        judge.verdict()
    }

    #[test]
    fn what_always_holds_is_met_and_what_never_does_is_not() {
        let well = judged(&["success in 0 s..4 s >= 99 %", "requests > 100"], 10);
        let expected =
            Verdict { held: 10, of: 10, met: 10, goals: vec![10, 10], passed: Some(true) };
        assert_eq!(well, expected);
        let slow = judged(&["success in 0 s..4 s >= 99 %", "success in 4 s..9 s >= 99 %"], 10);
        let expected = Verdict { met: 0, goals: vec![10, 0], passed: Some(false), ..expected };
        assert_eq!(slow, expected);
    }

    #[test]
    fn luck_alone_does_not_win() {
        // Half of the runs have more requests than the others.
        let some = judged(&["requests in 0 s..10 s >= 600"], 40);
        assert!((8..32).contains(&some.met), "{some:?}");
        assert_eq!(some.passed, Some(false));
    }

    #[test]
    fn a_goal_that_means_nothing_is_named() {
        let said = Judge::new(library::payments(), &["beauty > 1".into()], 1, 10).err();
        assert!(said.is_some_and(|said| said.contains("beauty")));
        assert!(Judge::new(library::payments(), &[], 1, 5_000).is_err());
    }
}
