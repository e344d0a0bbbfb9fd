//! What a run came to: the measures by which two settings are compared.

use super::super::metrics::orphan_work;
use super::super::{Bar, Metrics, Run, Scene};
use crate::scenario::Change;
use crate::time::{SimDuration, SimTime};

/// How much time has to go well until it counts as going well again.
const STEP: SimDuration = SimDuration::from_secs(1);
/// Which share of the operations that finish within [`STEP`] has to succeed.
const WELL: f64 = 0.95;

/// Something that can be said of a run in one number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Measure {
    /// The share of finished operations that succeeded, 0 to 1.
    Success,
    /// The share of finished operations with an answer that lacks a part, 0 to 1: better than none, and not
    /// what was wanted.
    Degraded,
    /// Successful operations per second.
    Goodput,
    /// What half of the finished operations did not exceed, in milliseconds.
    P50,
    /// What 95 of 100 finished operations did not exceed, in milliseconds.
    P95,
    /// What 99 of 100 finished operations did not exceed, in milliseconds.
    P99,
    /// Attempts sent, over all lines.
    Attempts,
    /// Attempts over the busiest line per operation.
    Amplification,
    /// Seconds that workers spent for callers that had given up.
    OrphanWork,
    /// Whole seconds from the end of a fault until it went well again, the longest of the run: in
    /// every second until the next fault, 95 of 100 operations that finish succeed. Unknown without
    /// a fault that ended, and where it never went well again.
    Recovery,
    /// How often somebody was charged.
    Charges,
    /// How many operations led to a charge.
    Orders,
    /// Charges beyond one for an order.
    ChargedAgain,
}

impl Measure {
    /// All of them, in the order in which they are read.
    pub const ALL: [Self; 13] = [
        Self::Success,
        Self::Degraded,
        Self::Goodput,
        Self::P50,
        Self::P95,
        Self::P99,
        Self::Attempts,
        Self::Amplification,
        Self::OrphanWork,
        Self::Recovery,
        Self::Charges,
        Self::Orders,
        Self::ChargedAgain,
    ];

    /// The name in files: `orphan_work_s`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Degraded => "degraded",
            Self::Goodput => "goodput_per_s",
            Self::P50 => "p50_ms",
            Self::P95 => "p95_ms",
            Self::P99 => "p99_ms",
            Self::Attempts => "attempts",
            Self::Amplification => "amplification",
            Self::OrphanWork => "orphan_work_s",
            Self::Recovery => "recovery_s",
            Self::Charges => "charges",
            Self::Orders => "orders",
            Self::ChargedAgain => "charged_again",
        }
    }

    /// Whether more of it is better; none: that depends.
    #[must_use]
    pub const fn more_is_better(self) -> Option<bool> {
        match self {
            Self::Success | Self::Goodput => Some(true),
            Self::Degraded | Self::Charges | Self::Orders => None,
            _ => Some(false),
        }
    }
}

/// What a run came to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Outcome([Option<f64>; Measure::ALL.len()]);

impl Outcome {
    /// Measures a run.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        let metrics = Metrics::of(run);
        let finished = metrics.requests - metrics.in_flight;
        let quantile = |q| (finished > 0).then(|| metrics.quantile(q).millis());
        let seconds = run.end().seconds();
        Self(Measure::ALL.map(|measure| match measure {
            Measure::Success => share(metrics.succeeded, finished),
            Measure::Degraded => share(metrics.degraded, finished),
            Measure::Goodput => (seconds > 0.0).then(|| f64::from(metrics.succeeded) / seconds),
            Measure::P50 => quantile(0.5),
            Measure::P95 => quantile(0.95),
            Measure::P99 => quantile(0.99),
            Measure::Attempts => Some(f64::from(metrics.attempts)),
            Measure::Amplification => Some(metrics.amplification),
            Measure::OrphanWork => Some(metrics.orphan_work.seconds()),
            Measure::Recovery => recovery(run).map(SimDuration::seconds),
            Measure::Charges => Some(f64::from(metrics.charges)),
            Measure::Orders => Some(f64::from(metrics.orders)),
            Measure::ChargedAgain => Some(f64::from(metrics.charges - metrics.orders)),
        }))
    }

    /// The same from the scene at its end, without a second look at every event. Latencies are
    /// those of a histogram: to within 0.8 %.
    #[must_use]
    pub fn at_the_end(run: &Run, scene: &Scene) -> Self {
        let (totals, ledger) = (&scene.totals, &scene.ledger);
        let quantile = |q| totals.latency.quantile(q).map(SimDuration::millis);
        let seconds = run.end().seconds();
        Self(Measure::ALL.map(|measure| match measure {
            Measure::Success => totals.success(),
            Measure::Degraded => share(totals.degraded, totals.finished()),
            Measure::Goodput => (seconds > 0.0).then(|| f64::from(totals.succeeded) / seconds),
            Measure::P50 => quantile(0.5),
            Measure::P95 => quantile(0.95),
            Measure::P99 => quantile(0.99),
            Measure::Attempts => Some(f64::from(scene.lines.iter().map(|l| l.sent).sum::<u32>())),
            Measure::Amplification => Some(scene.amplification().unwrap_or(1.0)),
            Measure::OrphanWork => Some(orphan_work(scene, run.end()).seconds()),
            Measure::Recovery => recovery(run).map(SimDuration::seconds),
            Measure::Charges => Some(f64::from(ledger.charges)),
            Measure::Orders => Some(f64::from(ledger.orders)),
            Measure::ChargedAgain => Some(f64::from(ledger.charges - ledger.orders)),
        }))
    }

    /// One number of it, if it is known.
    #[must_use]
    pub fn get(&self, measure: Measure) -> Option<f64> {
        self.0[measure as usize]
    }
}

/// What share of so many these are; none if there are none.
fn share(part: u32, of: u32) -> Option<f64> {
    (of > 0).then(|| f64::from(part) / f64::from(of))
}

/// The longest that it took to go well again after a fault, as far as another one let it; none where
/// it never did, and without a fault that ended.
fn recovery(run: &Run) -> Option<SimDuration> {
    let interventions = &run.experiment().interventions;
    let is_fault = |bar: &&Bar| {
        let begun = interventions.get(bar.intervention).map(|i| &i.change);
        begun.and_then(Change::fault).is_some()
    };
    let bars: Vec<&Bar> = run.index().bars.iter().filter(is_fault).collect();
    let broken_at = |t| bars.iter().any(|bar| bar.from <= t && t < bar.to);
    let ends = bars.iter().map(|bar| bar.to);
    let mut slowest = None;
    for healed in ends.filter(|healed| *healed < run.end() && !broken_at(*healed)) {
        let next = bars.iter().map(|bar| bar.from).filter(|from| *from > healed).min();
        match calm_after(run, healed, next.unwrap_or(run.end())) {
            Some(took) => slowest = slowest.max(Some(took)),
            // The next fault came too early to tell.
            None if next.is_some() => {}
            None => return None,
        }
    }
    slowest
}

/// How long after `healed` every second until `until` went well; none, if the last one did not.
fn calm_after(run: &Run, healed: SimTime, until: SimTime) -> Option<SimDuration> {
    let steps = until.since(healed).nanos().div_ceil(STEP.nanos()).max(1);
    let mut counts = vec![(0u32, 0u32); steps as usize];
    let log = run.log();
    let mut finished = log.events_from(log.count_until(healed));
    let ended = finished.by_ref().take_while(|event| event.at < until);
    for event in ended.filter(|event| event.is_last() && log.span(event.subject).by_client) {
        let (finished, succeeded) =
            &mut counts[(event.at.since(healed).nanos() / STEP.nanos()) as usize];
        *finished += 1;
        let status = event.status();
        let ok = event.gives_answer() && !status.is_degraded();
        *succeeded += u32::from(ok);
    }
    let bad =
        |(finished, succeeded): &(u32, u32)| f64::from(*succeeded) < WELL * f64::from(*finished);
    let calm = counts.iter().rposition(bad).map_or(0, |last| last + 1);
    let well = counts[calm..].iter().any(|(finished, _)| *finished > 0);
    well.then(|| SimDuration::from_nanos(calm as u64 * STEP.nanos()))
}
