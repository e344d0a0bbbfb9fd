//! A part of a run in numbers: what began, what ended, and what it took.

use half_open::run::{Histogram, Run};
use half_open::time::{SimDuration, SimTime};

use crate::link::Range;
use crate::numbers::{Numbers, short};

/// A part of a run in numbers, both its ends included.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Stretch {
    /// Which part.
    pub range: Range,
    /// Requests that began in it.
    pub requests: u32,
    /// Requests that ended in it.
    pub finished: u32,
    /// Those of them that succeeded.
    pub succeeded: u32,
    /// Those that got an answer which lacks a part.
    pub degraded: u32,
    /// What 50, 95 and 99 of 100 requests that ended in it did not exceed, to within 0.8 %; none if
    /// none ended.
    pub latency: [Option<SimDuration>; 3],
    /// Attempts sent, over all lines.
    pub attempts: u32,
    /// Those of them that were not the first at their call.
    pub retries: u32,
    /// Attempts that a breaker refused.
    pub rejected: u32,
    /// How often somebody was charged.
    pub charges: u32,
    /// Attempts over the busiest line per request; none if none began.
    pub amplification: Option<f64>,
}

impl Stretch {
    /// Counts a part of a run.
    #[must_use]
    pub fn of(run: &Run, range: Range) -> Self {
        let Range { from, to } = range;
        let flow = run.flow();
        let counts = flow.counts(run, from, to);
        let mut latency = Histogram::default();
        let rows = &run.index().requests;
        for row in flow.ended(run, from, to).iter().filter_map(|id| rows.get(*id as usize)) {
            if let Some(over) = row.over {
                latency.add(over.since(run.log().at(row.first)));
            }
        }
        let quantile = |share| latency.quantile(share).filter(|_| latency.count() > 0);
        let busiest = flow.sent(run, from, to).into_iter().max().unwrap_or(0);
        let begun = f64::from(counts.begun);
        Self {
            range,
            requests: counts.begun,
            finished: counts.finished(),
            succeeded: counts.succeeded(),
            degraded: counts.degraded(),
            latency: [quantile(0.5), quantile(0.95), quantile(0.99)],
            attempts: counts.sent,
            retries: counts.again,
            rejected: counts.refused,
            charges: counts.charges,
            amplification: (counts.begun > 0).then(|| f64::from(busiest) / begun),
        }
    }

    /// `4.00 s to 7.21 s · 3.2 s`.
    #[must_use]
    pub fn title(&self) -> String {
        let Range { from, to } = self.range;
        format!("{} to {} · {}", from.short(), to.short(), short(to.since(from)))
    }

    /// Names and values.
    pub fn numbers(&self) -> impl Iterator<Item = (&'static str, String)> {
        let success = f64::from(self.succeeded) / f64::from(self.finished.max(1));
        let known = Numbers {
            success: (self.finished > 0).then_some(success),
            amplification: self.amplification,
            ..Numbers::default()
        };
        let took = |latency: Option<SimDuration>| latency.map_or_else(|| "–".into(), short);
        let [p50, p95, p99] = self.latency.map(took);
        let all = [
            ("requests", self.requests.to_string()),
            ("success", known.success_text()),
            ("goodput", self.goodput()),
            ("p50", p50),
            ("p95", p95),
            ("p99", p99),
            ("attempts", self.attempts.to_string()),
            ("amplification", known.amplification_text()),
            ("retries", self.retries.to_string()),
            ("rejected", self.rejected.to_string()),
            ("charges", self.charges.to_string()),
        ];
        all.into_iter()
    }

    /// How many requests succeeded per second: `12.5 /s`.
    fn goodput(&self) -> String {
        let nanos = self.range.to.since(self.range.from).nanos();
        if nanos == 0 {
            return "–".into();
        }
        let tenths = u128::from(self.succeeded) * 10_000_000_000 / u128::from(nanos);
        if tenths < 1_000 {
            format!("{}.{} /s", tenths / 10, tenths % 10)
        } else {
            format!("{} /s", tenths / 10)
        }
    }

    /// All of it in one sentence, to be read out.
    #[must_use]
    pub fn sentence(&self) -> String {
        let numbers: Vec<String> =
            self.numbers().map(|(name, value)| format!("{name} {value}")).collect();
        format!("Marked {}: {}.", self.title(), numbers.join(", "))
    }

    /// The words with which the log lists it.
    #[must_use]
    pub fn query(&self) -> String {
        let seconds = |t: SimTime| {
            let digits = format!("{}.{:09}", t.nanos() / 1_000_000_000, t.nanos() % 1_000_000_000);
            format!("{}s", digits.trim_end_matches('0').trim_end_matches('.'))
        };
        format!("{}..{}", seconds(self.range.from), seconds(self.range.to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use half_open::run::{Limits, Seeker};
    use half_open::scenario::library;

    fn marked(run: &Run, from: u64, to: u64) -> Stretch {
        Stretch::of(run, Range { from: SimTime::from_millis(from), to: SimTime::from_millis(to) })
    }

    #[test]
    fn the_numbers_of_all_of_it_are_those_at_its_end() {
        let run = Run::new(library::payments(), Limits::default());
        let all = marked(&run, 0, 60_000);
        let mut seeker = Seeker::new();
        let scene = seeker.seek(&run, run.end());
        let numbers = Numbers::of(scene);
        let value = |name: &str| {
            all.numbers().find(|(other, _)| *other == name).map(|(_, value)| value).expect(name)
        };
        assert_eq!(value("requests"), scene.totals.requests.to_string());
        assert_eq!(value("success"), numbers.success_text());
        assert_eq!(value("p99"), numbers.p99_text());
        assert_eq!(value("amplification"), numbers.amplification_text());
        assert_eq!(value("charges"), scene.ledger.charges.to_string());
        let rejected = scene.lines.iter().map(|line| line.rejected).sum::<u32>();
        assert_eq!(value("rejected"), rejected.to_string());
        assert_eq!(all.title(), "0.00 s to 60.00 s · 60.0 s");
    }

    #[test]
    fn two_halves_have_what_the_whole_has() {
        let run = Run::new(library::payments(), Limits::default());
        let end = SimTime::from_nanos(SimTime::from_millis(7_300).nanos() - 1);
        let first = Stretch::of(&run, Range { from: SimTime::from_millis(2_000), to: end });
        let (second, all) = (marked(&run, 7_300, 11_000), marked(&run, 2_000, 11_000));
        assert!(first.rejected > 0 && second.rejected > 0);
        for count in [
            |s: &Stretch| s.requests,
            |s: &Stretch| s.finished,
            |s: &Stretch| s.succeeded,
            |s: &Stretch| s.attempts,
            |s: &Stretch| s.retries,
            |s: &Stretch| s.rejected,
            |s: &Stretch| s.charges,
        ] {
            assert_eq!(count(&first) + count(&second), count(&all));
        }
    }

    #[test]
    fn nothing_has_no_numbers_and_its_log_can_be_asked_for() {
        let run = Run::new(library::payments(), Limits::default());
        let nothing = marked(&run, 0, 0);
        let values: Vec<String> = nothing.numbers().map(|(_, value)| value).collect();
        assert_eq!(values, ["0", "–", "–", "–", "–", "–", "0", "–", "0", "0", "0"]);
        assert_eq!(marked(&run, 4_000, 7_250).query(), "4s..7.25s");
        let scenario = &run.experiment().scenario;
        assert!(crate::query::read(&marked(&run, 4_000, 7_250).query(), scenario).is_ok());
    }
}
