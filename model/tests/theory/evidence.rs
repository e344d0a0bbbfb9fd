//! When a measurement agrees with a law.
//!
//! A seed gives one number for each law: a mean over one run. Runs of different seeds are
//! independent, however much the requests within a run depend on each other, so the spread of
//! those numbers gives the standard error of their mean (independent replications; Law,
//! *Simulation Modeling and Analysis*, 2015, section 9.5).

use std::ops::Range;

use half_open::random::nest;
use half_open::scenario::validate::MAX_SEED;

/// How many runs a law is held against.
const RUNS: u64 = 60;
/// By how many standard errors a mean may miss its law.
const MISS: f64 = 3.0;
/// How large the standard error may be, as a share of what the law says: a vaguer mean would
/// agree with anything.
const VAGUE: f64 = 0.1;

/// Measures what laws say on every seed, prints how they compare, and panics where they disagree.
/// A law is a few words and the number it gives.
#[track_caller]
pub(crate) fn agree<const N: usize>(
    setting: &str,
    laws: [(&str, f64); N],
    measure: impl Fn(u64) -> [f64; N],
) {
    agree_with_figures(setting, laws.map(|(law, wanted)| (law, wanted, 0.0)), measure);
}

/// The same for figures that were rounded, each by no more than its third part.
#[track_caller]
pub(crate) fn agree_with_figures<const N: usize>(
    setting: &str,
    figures: [(&str, f64, f64); N],
    measure: impl Fn(u64) -> [f64; N],
) {
    let runs: Vec<[f64; N]> = seeds(setting).map(measure).collect();
    let mut wrong = Vec::new();
    for (index, (law, wanted, rounded_by)) in figures.into_iter().enumerate() {
        let values: Vec<f64> = runs.iter().map(|run| run[index]).collect();
        let comparison = Comparison::of(&values, wanted, rounded_by);
        let line = format!("{setting:<36} {law:<36} {}", comparison.in_words());
        println!("{line}");
        if !comparison.agrees() {
            wrong.push(line);
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// A setting's own seeds. They follow from its name, so nobody goes looking for lucky ones; and as
/// no other setting has them, it does not share its luck. Under the same seeds all settings would
/// see the same arrivals, and a hundred comparisons would be one.
fn seeds(setting: &str) -> Range<u64> {
    let name = setting.bytes().fold(0, |name, letter| nest(name, u64::from(letter)));
    let first = name % (MAX_SEED - RUNS);
    first..first + RUNS
}

/// What was measured on independent runs, and what it should be.
struct Comparison {
    wanted: f64,
    rounded_by: f64,
    mean: f64,
    /// The standard error of the mean.
    error: f64,
}

impl Comparison {
    fn of(values: &[f64], wanted: f64, rounded_by: f64) -> Self {
        let mean = mean(values);
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let n = values.len() as f64;
        Self { wanted, rounded_by, mean, error: (squares / (n - 1.0) / n).sqrt() }
    }

    /// By how many standard errors the law is missed.
    fn z(&self) -> f64 {
        (self.mean - self.wanted) / self.error
    }

    fn agrees(&self) -> bool {
        let missed_by = (self.mean - self.wanted).abs();
        missed_by <= MISS * self.error + self.rounded_by && self.error <= VAGUE * self.wanted
    }

    fn in_words(&self) -> String {
        let Self { wanted, mean, error, .. } = self;
        let vagueness = 100.0 * error / wanted;
        format!(
            "law {wanted:>10.6}  measured {mean:>10.6}  z {:>+5.2}  error {vagueness:>5.2} %",
            self.z()
        )
    }
}

/// The average.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The share of these for which something holds.
pub(crate) fn share<T>(of: &[T], holds: impl Fn(&T) -> bool) -> f64 {
    of.iter().filter(|one| holds(one)).count() as f64 / of.len() as f64
}

/// The whole numbers from 1 to 10: their mean is 5.5, its standard error 0.957.
#[test]
fn a_mean_agrees_with_what_is_near_and_with_nothing_if_it_is_vague() {
    let values: Vec<f64> = (1..=10).map(f64::from).collect();
    let error = Comparison::of(&values, 5.5, 0.0).error;
    assert!((error - 0.957_427).abs() < 1e-6, "{error}");
    let far_from_zero: Vec<f64> = values.iter().map(|value| value + 100.0).collect();
    let agrees_with = |wanted, by| Comparison::of(&far_from_zero, 100.0 + wanted, by).agrees();
    let agrees = |wanted| agrees_with(wanted, 0.0);
    assert!(agrees(5.5) && agrees(5.5 - 2.9 * error) && agrees(5.5 + 2.9 * error));
    assert!(!agrees(5.5 - 3.1 * error) && !agrees(5.5 + 3.1 * error));
    assert!(agrees_with(5.5 - 3.1 * error, 0.2 * error), "a figure that was rounded");
    assert!(!Comparison::of(&values, 5.5, 0.0).agrees(), "too vague");
}
