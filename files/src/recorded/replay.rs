//! What a breaker would have done with calls that were recorded.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use half_open::policy::breaker::{Counts, Mark, Reason, Settings, State, Transition};
use half_open::time::{SimDuration, SimTime};
use serde::Serialize;

use super::bench::{Bench, News, Permitted};
use super::calls::Call;
use crate::number::Ms;

/// Who is told what happens, in the order in which it happens.
pub trait Witness {
    /// Why it cannot listen any longer.
    type Error;

    /// The first call begins.
    ///
    /// # Errors
    /// If the witness cannot listen any longer; so with the others.
    fn began(&mut self, at: SimTime) -> Result<(), Self::Error>;

    /// The breaker changed its state. `line` is the call that asked, or whose result it was; none
    /// for a timer.
    ///
    /// # Errors
    /// See [`began`](Self::began).
    fn changed(
        &mut self,
        at: SimTime,
        change: &Transition,
        line: Option<u64>,
    ) -> Result<(), Self::Error>;

    /// A call was answered; one that has to wait is answered again.
    ///
    /// # Errors
    /// See [`began`](Self::began).
    fn answered(&mut self, at: SimTime, call: &Answered) -> Result<(), Self::Error>;
}

/// A call, and the answer to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answered {
    /// In which line the call stands.
    pub line: u64,
    /// The answer.
    pub permitted: Permitted,
    /// What had come of the call when it was made.
    pub mark: Mark,
    /// The state of the breaker after the answer.
    pub state: State,
}

/// Why a breaker changed its state, with what it had counted.
#[must_use]
pub fn because(change: &Transition) -> String {
    let Counts { calls, failures, slow } = change.counts;
    let counted = match change.reason {
        Reason::FailureRate => format!(" ({failures} of {calls})"),
        Reason::Failures => format!(" ({failures})"),
        Reason::SlowRate => format!(" ({slow} of {calls})"),
        _ => String::new(),
    };
    format!("{}{counted}", change.reason.because())
}

/// A breaker, and the recorded calls that ask it.
pub struct Replay<W> {
    settings: Settings,
    /// Calls are called by their lines.
    bench: Bench<u64>,
    /// When calls that were let through end.
    ends: BinaryHeap<Reverse<(SimTime, u64)>>,
    /// How those end that were let through, or wait.
    calls: BTreeMap<u64, (Mark, SimDuration)>,
    /// Nothing before the first call.
    began: bool,
    witness: W,
    summary: Summary,
}

impl<W: Witness> Replay<W> {
    /// A breaker that nobody has asked yet.
    #[must_use]
    pub fn new(settings: Settings, witness: W) -> Self {
        Self {
            bench: Bench::new(settings.clone(), SimTime::ZERO),
            settings,
            ends: BinaryHeap::new(),
            calls: BTreeMap::new(),
            began: false,
            witness,
            summary: Summary::default(),
        }
    }

    /// The next call, in the order in which they began, after everything that happens before it.
    ///
    /// # Errors
    /// If the witness cannot listen any longer.
    pub fn take(&mut self, call: Call) -> Result<(), W::Error> {
        if !self.began {
            // A breaker is made when it is first needed.
            self.bench = Bench::new(self.settings.clone(), call.began);
            self.summary.since = call.began;
            self.began = true;
            self.witness.began(call.began)?;
        }
        self.run_to(call.began)?;
        self.summary.calls += 1;
        self.calls.insert(call.line, (call.mark, call.took));
        let permitted = self.bench.ask(call.line, None);
        self.tell(Some(call.line))?;
        self.answered(call.line, permitted)
    }

    /// Everything that ends, or happens by itself, up to then, each at its own time. At the same
    /// instant, results come before timers.
    fn run_to(&mut self, then: SimTime) -> Result<(), W::Error> {
        loop {
            let end = self.ends.peek().map(|&Reverse((at, _))| at).filter(|&at| at <= then);
            let due = self.bench.due().filter(|&due| due <= then);
            if let Some(due) = due.filter(|&due| end.is_none_or(|end| due < end)) {
                self.bench.pass(due, true);
                self.tell(None)?;
            } else if end.is_some()
                && let Some(Reverse((at, line))) = self.ends.pop()
            {
                self.bench.pass(at, false);
                if let Some((mark, took)) = self.calls.remove(&line) {
                    self.bench.end(&line, mark, Some(took));
                }
                self.tell(Some(line))?;
            } else {
                self.bench.pass(then, true);
                return Ok(());
            }
        }
    }

    /// What is still under way ends.
    ///
    /// # Errors
    /// If the witness cannot listen any longer.
    pub fn finish(mut self) -> Result<(W, Summary), W::Error> {
        while let Some(&Reverse((at, _))) = self.ends.peek() {
            self.run_to(at)?;
        }
        let Summary { since, .. } = self.summary;
        self.summary.state_was(self.bench.breaker.state(), self.bench.now.since(since));
        self.summary.waiting = self.bench.waiting() as u64;
        self.summary.state = self.bench.breaker.state();
        Ok((self.witness, self.summary))
    }

    /// Tells what has happened, and does what follows from it. `line` is the call that asked, or
    /// ended.
    fn tell(&mut self, line: Option<u64>) -> Result<(), W::Error> {
        let news = std::mem::take(&mut self.bench.news);
        for (at, news) in news {
            match news {
                News::Changed(change) => {
                    self.summary.changed(at, &change);
                    self.witness.changed(at, &change, line)?;
                }
                News::Decided(line, permitted) => self.answered(line, permitted)?,
            }
        }
        Ok(())
    }

    fn answered(&mut self, line: u64, permitted: Permitted) -> Result<(), W::Error> {
        let now = self.bench.now;
        let ends = self.calls.get(&line).copied();
        if let Some((mark, took)) = ends {
            match permitted {
                Permitted::Yes => {
                    self.summary.permitted += 1;
                    self.ends.push(Reverse((now + took, line)));
                }
                Permitted::No => {
                    self.summary.refused(mark);
                    self.calls.remove(&line);
                }
                Permitted::Waiting => {}
            }
            let state = self.bench.breaker.state();
            self.witness.answered(now, &Answered { line, permitted, mark, state })?;
        }
        Ok(())
    }
}

/// What came of it, in numbers.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Summary {
    /// All calls.
    pub calls: u64,
    /// Those that were let through.
    pub permitted: u64,
    /// Those that were refused.
    pub rejected: u64,
    /// Of the rejected ones, those that had failed when they were made.
    pub rejected_failures: u64,
    /// Those that had succeeded.
    pub rejected_successes: u64,
    /// Those that had said nothing about the callee.
    pub rejected_ignored: u64,
    /// Those that wait for a verdict that did not come.
    pub waiting: u64,
    /// How many times it opened.
    pub opened: u64,
    /// How long it was open in all.
    pub open_ms: Ms,
    /// Its state at the end.
    pub state: State,
    #[serde(skip)]
    since: SimTime,
}

impl Summary {
    fn refused(&mut self, mark: Mark) {
        self.rejected += 1;
        match mark {
            Mark::Failure => self.rejected_failures += 1,
            Mark::Success => self.rejected_successes += 1,
            Mark::Ignored => self.rejected_ignored += 1,
        }
    }

    fn changed(&mut self, at: SimTime, change: &Transition) {
        self.state_was(change.from, at.since(self.since));
        self.since = at;
        self.opened += u64::from(change.to == State::Open);
    }

    fn state_was(&mut self, state: State, so_long: SimDuration) {
        if state == State::Open {
            self.open_ms.0 += so_long;
        }
    }
}
