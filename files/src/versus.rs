//! What a change bought, as a table: two settings under the same luck, seed after seed.

use half_open::run::Limits;
use half_open::run::versus::{Measure, Row, Sample, Versus};
use half_open::scenario::Experiment;
use half_open_view::versus::{amount, apart, digits, label, unit};
use serde::Serialize;

/// The most seeds under which two settings are compared.
pub const MOST_SEEDS: u32 = 10_000;

/// A comparison as it stands.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Table {
    /// Under how many seeds both sides have run.
    pub held: u32,
    /// Under how many they shall.
    pub of: u32,
    /// What is known, a line for each measure.
    pub lines: Vec<Line>,
}

/// One measure of both sides.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Line {
    /// The measure's name in files.
    pub measure: &'static str,
    /// Its name in words.
    pub label: &'static str,
    /// The mean of the first side.
    pub a: String,
    /// The mean of the second side.
    pub b: String,
    /// The second less the first, with its 95 % interval.
    pub difference: String,
    /// Whether the second is better, and how sure that is.
    pub verdict: Verdict,
}

/// What a difference says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The second side is better.
    Better,
    /// The second side is worse.
    Worse,
    /// The sides differ, which is neither good nor bad in itself.
    Differs,
    /// They were the same under every seed.
    Same,
    /// The interval contains no difference, or there were too few seeds.
    Unsure,
}

impl Verdict {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Differs => "differs",
            Self::Same => "the same",
            Self::Unsure => "too close to call",
        }
    }
}

/// Begins to compare two experiments.
///
/// # Errors
/// A sentence, if there are too many seeds or none.
pub fn begin(sides: [Experiment; 2], seeds: u32) -> Result<Versus, String> {
    if !(1..=MOST_SEEDS).contains(&seeds) {
        return Err(format!(
            "The number of seeds must be between 1 and {MOST_SEEDS}, not {seeds}."
        ));
    }
    Ok(Versus::new(sides, seeds, Limits::default()))
}

/// The table of what is known so far.
#[must_use]
pub fn table(versus: &Versus) -> Table {
    let (held, of) = versus.progress();
    let lines = Measure::ALL.map(|measure| line(measure, versus.row(measure), held)).to_vec();
    Table { held, of, lines }
}

fn line(measure: Measure, row: &Row, held: u32) -> Line {
    let side = |sample: &Sample| {
        let Some(mean) = sample.mean() else { return "–".to_owned() };
        let never = held - sample.count();
        let beside = if never > 0 { format!(", never in {never}") } else { String::new() };
        format!("{}{beside}", amount(measure, mean))
    };
    let [a, b] = row.sides.each_ref().map(side);
    let difference = difference(measure, &row.difference);
    Line {
        measure: measure.name(),
        label: label(measure),
        a,
        b,
        difference,
        verdict: verdict(measure, &row.difference),
    }
}

fn difference(measure: Measure, sample: &Sample) -> String {
    let Some(mean) = sample.mean() else { return "–".to_owned() };
    if verdict(measure, sample) == Verdict::Same {
        return "0".to_owned();
    }
    let (factor, unit) = unit(measure);
    let (mean, half) = (mean * factor, sample.half_width().map(|half| half * factor));
    let unit = apart(unit);
    let digits = digits(half.unwrap_or(mean).max(mean.abs() / 100.0));
    let size = format!("{:.digits$}", mean.abs());
    let is_zero = size.bytes().all(|digit| matches!(digit, b'0' | b'.'));
    let sign = match mean {
        _ if is_zero => "",
        less if less < 0.0 => "−",
        _ => "+",
    };
    let beside = half.map_or_else(String::new, |half| format!(" ± {half:.digits$}"));
    format!("{sign}{size}{beside}{unit}")
}

fn verdict(measure: Measure, sample: &Sample) -> Verdict {
    let (Some(mean), Some(half)) = (sample.mean(), sample.half_width()) else {
        return Verdict::Unsure;
    };
    if mean == 0.0 && half == 0.0 {
        return Verdict::Same;
    }
    if mean.abs() <= half {
        return Verdict::Unsure;
    }
    match measure.more_is_better() {
        None => Verdict::Differs,
        Some(more) if more == (mean > 0.0) => Verdict::Better,
        Some(_) => Verdict::Worse,
    }
}

#[cfg(test)]
mod tests {
    use half_open::policy::idempotency::KeyStrategy;
    use half_open::scenario::library;
    use half_open::time::SimDuration;

    use super::*;

    fn told(change: impl FnOnce(&mut Experiment), seeds: u32) -> Table {
        let mut changed = library::payments();
        change(&mut changed);
        let mut versus = begin([library::payments(), changed], seeds).expect("it can be compared");
        while versus.step() {}
        table(&versus)
    }

    fn find<'t>(table: &'t Table, measure: &str) -> &'t Line {
        table.lines.iter().find(|line| line.measure == measure).expect("it is measured")
    }

    #[test]
    fn a_change_is_called_better_where_it_helps_and_worse_where_it_costs() {
        let table = told(
            |experiment| {
                // Nobody gives up on the slow bank any more, so everybody waits for it.
                let policy = &mut experiment.scenario.edges[1].policy;
                policy.timeout.per_attempt = Some(SimDuration::from_secs(10));
            },
            6,
        );
        assert_eq!((table.held, table.of), (6, 6));
        let p99 = find(&table, "p99_ms");
        assert_eq!(p99.verdict, Verdict::Worse, "{p99:?}");
        assert!(p99.difference.starts_with('+') && p99.difference.contains(" ± "), "{p99:?}");
        assert!(p99.a.ends_with(" ms"), "{p99:?}");
    }

    #[test]
    fn without_a_change_nothing_differs_and_the_table_says_so() {
        let table = told(|_| (), 5);
        for line in &table.lines {
            assert_eq!(line.verdict, Verdict::Same, "{line:?}");
            assert_eq!(line.difference, "0");
            assert_eq!(line.a, line.b);
        }
    }

    #[test]
    fn few_seeds_give_no_interval_and_no_verdict() {
        let table =
            told(|experiment| experiment.scenario.edges[0].policy.keys = KeyStrategy::None, 1);
        let again = find(&table, "charged_again");
        assert_eq!(again.verdict, Verdict::Unsure);
        assert!(again.difference.starts_with('+') && !again.difference.contains('±'), "{again:?}");
    }

    #[test]
    fn the_number_of_seeds_has_limits() {
        for seeds in [0, MOST_SEEDS + 1] {
            let sides = [library::payments(), library::payments()];
            let said = begin(sides, seeds).expect_err("it is refused");
            assert!(said.ends_with(&format!("between 1 and 10000, not {seeds}.")), "{said}");
        }
    }
}
