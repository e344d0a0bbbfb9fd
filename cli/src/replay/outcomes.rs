//! What a breaker would have done with calls that were recorded.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};

use half_open::policy::breaker::{Counts, Mark, Reason, Settings, State, Transition};
use half_open::time::SimTime;
use half_open_files::number::{Ms, grouped};
use half_open_files::recorded::{Answered, Calls, Permitted, Replay, Summary, Witness, because};
use serde::Serialize;

use crate::output::{self, Failure, Result, plain};

/// Replays the calls of a file or stream. What is printed before a row that cannot be used stays
/// printed, with its summary.
pub(super) fn run(settings: &Settings, source: &str, json: bool) -> Result {
    let (name, reader) = open(source)?;
    let unusable = |what: String| Failure::unusable(&name, what);
    let mut calls = Calls::open(reader).map_err(unusable)?;
    // Line by line: whoever pipes calls in as they happen sees what follows at once.
    let out = io::stdout().lock();
    let story = Story { out, json, began: None, refused: None, name: name.clone() };
    let mut replay = Replay::new(settings.clone(), story);
    let bad = loop {
        match calls.next_call() {
            Ok(Some(call)) => replay.take(call)?,
            Ok(None) => break None,
            Err(what) => break Some(unusable(what)),
        }
    };
    let (mut story, summary) = replay.finish()?;
    story.end(&summary)?;
    bad.map_or(Ok(()), Err)
}

/// What is read, and what it is called.
fn open(source: &str) -> Result<(String, Box<dyn BufRead>)> {
    if source == "-" {
        return Ok(("standard input".into(), Box::new(io::stdin().lock())));
    }
    let unreadable = |error| Failure::unusable(source, format!("cannot be read: {error}"));
    let mut reader = BufReader::new(File::open(source).map_err(unreadable)?);
    let start = reader.fill_buf().map_err(unreadable)?.trim_ascii_start();
    if start.starts_with(b"{") {
        let what = "has JSON lines, which are read from standard input: write “<” before its name";
        return Err(Failure::unusable(source, what));
    }
    Ok((source.into(), Box::new(reader)))
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

impl<W: Write> Witness for Story<W> {
    type Error = Failure;

    fn began(&mut self, at: SimTime) -> Result {
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
        let line = line.map(|line| format!(", line {line}")).unwrap_or_default();
        let (from, to, because) = (from.words(), to.words(), because(change));
        let at = self.time(at);
        Ok(writeln!(self.out, "{at}  {from} → {to}: {because}{line}")?)
    }

    fn answered(&mut self, at: SimTime, call: &Answered) -> Result {
        let Answered { line, permitted, mark, state } = *call;
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
}

impl<W: Write> Story<W> {
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
