//! One breaker, and what it would have done.

use std::convert::Infallible;

use half_open::policy::breaker::{Mark, Preset, State, Transition};
use half_open::time::SimTime;

use super::axis::Axis;
use super::picture::{self, Band, Theme};
use super::{Call, Summary, Verdict};
use crate::number::grouped;
use crate::recorded::{Answered, Permitted, Replay, Witness, because};

/// So many changes are listed; the command line lists them all.
const LISTED: usize = 200;
/// So many states are said of a picture.
const DESCRIBED: usize = 8;

/// A breaker, before and after it was asked.
pub(super) struct Side {
    pub(super) preset: Preset,
    /// How many calls it has been asked about.
    asked: usize,
    replay: Option<Replay<Record>>,
    done: Option<(Record, Summary)>,
}

/// What it did.
#[derive(Default)]
struct Record {
    began: SimTime,
    changes: Vec<(SimTime, Transition, Option<u64>)>,
    /// The calls that it refused, and whether they had failed.
    refused: Vec<(SimTime, bool)>,
}

impl Witness for Record {
    type Error = Infallible;

    fn began(&mut self, at: SimTime) -> Result<(), Infallible> {
        self.began = at;
        Ok(())
    }

    fn changed(
        &mut self,
        at: SimTime,
        change: &Transition,
        line: Option<u64>,
    ) -> Result<(), Infallible> {
        self.changes.push((at, *change, line));
        Ok(())
    }

    fn answered(&mut self, at: SimTime, call: &Answered) -> Result<(), Infallible> {
        if call.permitted == Permitted::No {
            self.refused.push((at, call.mark == Mark::Failure));
        }
        Ok(())
    }
}

impl Side {
    pub(super) fn new(preset: Preset) -> Self {
        let replay = Some(Replay::new(preset.settings(), Record::default()));
        Self { preset, asked: 0, replay, done: None }
    }

    pub(super) fn is_done(&self) -> bool {
        self.done.is_some()
    }

    /// Asks it about up to so many more of these calls.
    pub(super) fn replay(&mut self, calls: &[Call], most: usize) {
        let Some(mut replay) = self.replay.take() else { return };
        let next = &calls[self.asked..calls.len().min(self.asked + most)];
        for &call in next {
            let Ok(()) = replay.take(call);
        }
        self.asked += next.len();
        if self.asked < calls.len() {
            self.replay = Some(replay);
        } else {
            let Ok(done) = replay.finish();
            self.done = Some(done);
        }
    }

    /// What it did, beside a load with so many calls in its highest bar.
    pub(super) fn told(&self, axis: &Axis, most: u64, theme: &Theme) -> Verdict {
        let nothing = (Record::default(), Summary::default());
        let (record, summary) = self.done.as_ref().unwrap_or(&nothing);
        let refused = axis.columns(record.refused.iter().copied());
        let bands = record.bands();
        let probes = self.preset.settings().half_open.permitted;
        let probing = if probes == Some(1) { "one probe" } else { "probing" };
        Verdict {
            preset: self.preset.name(),
            about: self.preset.sentence(),
            picture: picture::breaker(axis, &bands, probing, &refused, most, theme),
            described: self.described(record),
            sentence: sentence(summary),
            changes: record.rows(),
            more: record.changes.len().saturating_sub(LISTED),
            summary: summary.clone(),
        }
    }

    fn described(&self, record: &Record) -> String {
        let mut text = format!("{}: closed", self.preset.label());
        for (at, change, _) in record.changes.iter().take(DESCRIBED) {
            text += &format!("; {} from {}", change.to.words(), record.time(*at));
        }
        let more = record.changes.len().saturating_sub(DESCRIBED);
        if more > 0 {
            text += &format!("; and {} more changes", grouped(more as u64));
        }
        text + "."
    }
}

impl Record {
    /// Its states one after another: from when, and which.
    fn bands(&self) -> Vec<Band> {
        let first = (self.began, State::Closed);
        let later = self.changes.iter().map(|(at, change, _)| (*at, change.to));
        std::iter::once(first).chain(later).collect()
    }

    fn rows(&self) -> Vec<[String; 4]> {
        let row = |(at, change, line): &(SimTime, Transition, Option<u64>)| {
            [
                self.time(*at),
                format!("{} → {}", change.from.words(), change.to.words()),
                because(change),
                line.map_or_else(String::new, |line| line.to_string()),
            ]
        };
        self.changes.iter().take(LISTED).map(row).collect()
    }

    /// Since the first call.
    fn time(&self, at: SimTime) -> String {
        format!("{:.3} s", at.since(self.began).seconds())
    }
}

/// The numbers, in words.
fn sentence(summary: &Summary) -> String {
    let mut text = match summary.opened {
        0 => "It never opened".to_owned(),
        n => {
            let times = if n == 1 { "once".to_owned() } else { format!("{} times", grouped(n)) };
            format!("It opened {times}, was open for {:.3} s", summary.open_ms.0.seconds())
        }
    };
    if summary.opened > 0 || summary.rejected > 0 {
        let calls = if summary.rejected == 1 { "call" } else { "calls" };
        text += &match summary.rejected {
            0 => ", and rejected no call".to_owned(),
            n => format!(
                ", and rejected {} {calls}, of which {} would have succeeded",
                grouped(n),
                grouped(summary.rejected_successes)
            ),
        };
    }
    if summary.waiting > 0 {
        text += &format!("; {} were still waiting for its probe", grouped(summary.waiting));
    }
    format!("{text}. At the end it is {}.", summary.state.words())
}
