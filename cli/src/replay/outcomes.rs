//! What a breaker would have done with calls that were recorded.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io::{self, Write};

use half_open::policy::breaker::{Counts, Mark, Reason, Settings, State, Transition};
use half_open::time::{SimDuration, SimTime};
use serde::Serialize;

use super::bench::{Bench, News, Permitted};
use super::recorded::{Call, Recorded};
use crate::number::{Ms, grouped};
use crate::output::{self, Result, plain};

/// Replays the calls of a file or stream. What is printed before a row that cannot be used stays
/// printed, with its summary.
pub(super) fn run(settings: &Settings, source: &str, json: bool) -> Result {
    let mut recorded = Recorded::open(source)?;
    // Line by line: whoever pipes calls in as they happen sees what follows at once.
    let out = io::stdout().lock();
    let mut replay = Replay {
        bench: Bench::new(settings, SimTime::ZERO),
        settings,
        ends: BinaryHeap::new(),
        calls: BTreeMap::new(),
        story: Story { out, json, began: None, refused: None, name: recorded.name().into() },
        summary: Summary::default(),
    };
    loop {
        match recorded.next() {
            Ok(Some(call)) => replay.take(call)?,
            Ok(None) => return replay.finish(),
            Err(failure) => {
                replay.finish()?;
                return Err(failure);
            }
        }
    }
}

struct Replay<'a, W: Write> {
    settings: &'a Settings,
    /// Calls are called by their lines.
    bench: Bench<'a, u64>,
    /// When calls that were let through end.
    ends: BinaryHeap<Reverse<(SimTime, u64)>>,
    /// How those end that were let through, or wait.
    calls: BTreeMap<u64, (Mark, SimDuration)>,
    story: Story<W>,
    summary: Summary,
}

impl<W: Write> Replay<'_, W> {
    fn take(&mut self, call: Call) -> Result {
        if self.story.began.is_none() {
            // A breaker is made when it is first needed.
            self.bench = Bench::new(self.settings, call.began);
            self.summary.since = call.began;
            self.story.begin(call.began)?;
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
    fn run_to(&mut self, then: SimTime) -> Result {
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

    fn finish(mut self) -> Result {
        while let Some(&Reverse((at, _))) = self.ends.peek() {
            self.run_to(at)?;
        }
        let Summary { since, .. } = self.summary;
        self.summary.state_was(self.bench.breaker.state(), self.bench.now.since(since));
        self.summary.waiting = self.bench.waiting() as u64;
        self.summary.state = self.bench.breaker.state();
        self.story.end(&self.summary)
    }

    /// Tells what has happened, and does what follows from it. `line` is the call that asked, or
    /// ended.
    fn tell(&mut self, line: Option<u64>) -> Result {
        let news = std::mem::take(&mut self.bench.news);
        for (at, news) in news {
            match news {
                News::Changed(change) => {
                    self.summary.changed(at, &change);
                    self.story.changed(at, &change, line)?;
                }
                News::Decided(line, permitted) => self.answered(line, permitted)?,
            }
        }
        Ok(())
    }

    fn answered(&mut self, line: u64, permitted: Permitted) -> Result {
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
            self.story.answered(now, line, permitted, mark, self.bench.breaker.state())?;
        }
        Ok(())
    }
}

/// What is printed at the end.
#[derive(Default, Serialize)]
struct Summary {
    calls: u64,
    permitted: u64,
    rejected: u64,
    /// Of the rejected ones, those that had failed when they were made.
    rejected_failures: u64,
    rejected_successes: u64,
    rejected_ignored: u64,
    /// Those that wait for a verdict that did not come.
    waiting: u64,
    opened: u64,
    open_ms: Ms,
    state: State,
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

/// The answer to a call; names as in the answers to steps.
#[derive(Serialize)]
struct Answer {
    line: u64,
    t_ms: Ms,
    permitted: Permitted,
    state: State,
}

#[derive(Serialize)]
struct Change {
    t_ms: Ms,
    from: State,
    to: State,
    reason: Reason,
    /// The call that asked, or whose result it was; null for a timer.
    line: Option<u64>,
    calls: u32,
    failures: u32,
    slow: u32,
}

/// Calls refused one after another.
struct Refused {
    first: (SimTime, u64),
    last: (SimTime, u64),
    calls: u64,
    failures: u64,
}

struct Story<W: Write> {
    out: W,
    json: bool,
    name: String,
    /// When the first call began.
    began: Option<SimTime>,
    refused: Option<Refused>,
}

impl<W: Write> Story<W> {
    fn begin(&mut self, at: SimTime) -> Result {
        self.began = Some(at);
        if !self.json {
            let name = plain(&self.name);
            writeln!(
                self.out,
                "{name}: what the breaker would have done; times since the first call"
            )?;
        }
        Ok(())
    }

    fn changed(&mut self, at: SimTime, change: &Transition, line: Option<u64>) -> Result {
        let Transition { from, to, reason, counts } = *change;
        let Counts { calls, failures, slow } = counts;
        if self.json {
            let change = Change { t_ms: at.into(), from, to, reason, line, calls, failures, slow };
            return output::json(&mut self.out, &change);
        }
        self.refusals_over()?;
        let counted = match reason {
            Reason::FailureRate => format!(" ({failures} of {calls})"),
            Reason::Failures => format!(" ({failures})"),
            Reason::SlowRate => format!(" ({slow} of {calls})"),
            _ => String::new(),
        };
        let line = line.map(|line| format!(", line {line}")).unwrap_or_default();
        let (from, to, because) = (from.words(), to.words(), reason.because());
        let at = self.time(at);
        Ok(writeln!(self.out, "{at}  {from} → {to}: {because}{counted}{line}")?)
    }

    fn answered(
        &mut self,
        at: SimTime,
        line: u64,
        permitted: Permitted,
        mark: Mark,
        state: State,
    ) -> Result {
        if self.json {
            let answer = Answer { line, t_ms: at.into(), permitted, state };
            return output::json(&mut self.out, &answer);
        }
        match permitted {
            Permitted::Yes => self.refusals_over(),
            Permitted::Waiting => {
                self.refusals_over()?;
                let at = self.time(at);
                Ok(writeln!(self.out, "{at}  waits for the verdict: line {line}")?)
            }
            Permitted::No => {
                let now = (at, line);
                let refused = self.refused.get_or_insert(Refused {
                    first: now,
                    last: now,
                    calls: 0,
                    failures: 0,
                });
                refused.last = now;
                refused.calls += 1;
                refused.failures += u64::from(mark == Mark::Failure);
                Ok(())
            }
        }
    }

    fn refusals_over(&mut self) -> Result {
        let Some(Refused { first, last, calls, failures }) = self.refused.take() else {
            return Ok(());
        };
        let at = self.time(first.0);
        if calls == 1 {
            let had = if failures == 1 { "failed" } else { "not failed" };
            return Ok(writeln!(self.out, "{at}  rejected line {}, which had {had}", first.1)?);
        }
        let until = self.time(last.0);
        Ok(writeln!(
            self.out,
            "{at}  rejected {} calls until {}, lines {} to {}; {} of them had failed",
            grouped(calls),
            until.trim_start(),
            first.1,
            last.1,
            grouped(failures),
        )?)
    }

    fn end(&mut self, summary: &Summary) -> Result {
        if self.json {
            output::json(&mut self.out, summary)?;
            return Ok(self.out.flush()?);
        }
        self.refusals_over()?;
        let Summary { calls, permitted, rejected, waiting, opened, .. } = *summary;
        write!(self.out, "{} calls: {} let through", grouped(calls), grouped(permitted))?;
        match (rejected, summary.rejected_failures) {
            (0, _) => write!(self.out, ", none rejected")?,
            (n, failures) => {
                let (n, failures) = (grouped(n), grouped(failures));
                write!(self.out, ", {n} rejected, of which {failures} had failed")?;
            }
        }
        if waiting > 0 {
            write!(self.out, ", {} waiting for a verdict", grouped(waiting))?;
        }
        let times = match opened {
            0 => ". It never opened".to_owned(),
            1 => ". It opened once".to_owned(),
            n => format!(". It opened {} times", grouped(n)),
        };
        write!(self.out, "{times}")?;
        if opened > 0 {
            write!(self.out, ", was open for {:.3} s", summary.open_ms.0.seconds())?;
        }
        writeln!(self.out, ", and is {} at the end.", summary.state.words())?;
        Ok(self.out.flush()?)
    }

    /// Since the first call.
    fn time(&self, at: SimTime) -> String {
        let passed = at.since(self.began.unwrap_or_default());
        format!("{:>12.3} s", passed.seconds())
    }
}
