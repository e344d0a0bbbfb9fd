//! JSON lines: a step in, an answer out, so that any other implementation can be compared with this
//! one step by step.

use std::io::{self, BufRead, Write};

use half_open::policy::breaker::{Action, Mark, Settings, State};
use half_open::time::{SimDuration, SimTime};
use half_open_files::recorded::{Bench, Permitted};
use serde::{Deserialize, Serialize};

use crate::output::{self, Failure, Result};

/// A line that is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    t_ms: f64,
    op: Op,
    #[serde(default)]
    id: Option<serde_json::Value>,
    #[serde(default)]
    outcome: Option<Mark>,
    #[serde(default)]
    duration_ms: Option<f64>,
    #[serde(default)]
    action: Option<Deed>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Op {
    /// Asks, and if permitted finishes at the same instant.
    Call,
    /// Asks.
    Begin,
    /// Finishes what began.
    End,
    /// Cancels what began.
    Release,
    /// Looks.
    Observe,
    /// Works the breaker by hand.
    Control,
}

/// What can be done by hand, in the words of the libraries too.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Deed {
    #[serde(alias = "isolate")]
    ForceOpen,
    #[serde(alias = "unisolate")]
    Close,
    Disable,
    MetricsOnly,
    Reset,
    Open,
    HalfOpen,
}

impl Deed {
    const fn action(self) -> Action {
        match self {
            Self::ForceOpen => Action::ForceOpen,
            Self::Close => Action::Close,
            Self::Disable => Action::Disable,
            Self::MetricsOnly => Action::MetricsOnly,
            Self::Reset => Action::Reset,
            Self::Open => Action::Open,
            Self::HalfOpen => Action::HalfOpen,
        }
    }
}

/// A line that is written.
#[derive(Serialize)]
struct Answer {
    permitted: Option<Permitted>,
    state: State,
}

/// Answers every step of standard input.
pub(super) fn run(settings: &Settings) -> Result {
    let mut bench = Bench::new(settings.clone(), SimTime::ZERO);
    let mut out = io::stdout().lock();
    for (number, line) in (1u64..).zip(io::stdin().lock().lines()) {
        let place = format!("standard input: line {number}");
        let line = line.map_err(|error| Failure::unusable(&place, error))?;
        if line.trim().is_empty() {
            continue;
        }
        let step = serde_json::from_str(&line).map_err(|error| {
            let message = error.to_string();
            Failure::unusable(&place, message.split(" at line ").next().unwrap_or(&message))
        })?;
        let permitted = take(&mut bench, &step).map_err(|what| Failure::unusable(&place, what))?;
        bench.news.clear();
        output::json(&mut out, &Answer { permitted, state: bench.breaker.state() })?;
        out.flush()?;
    }
    Ok(())
}

fn take(bench: &mut Bench<String>, step: &Step) -> std::result::Result<Option<Permitted>, String> {
    let now = SimTime::ZERO + millis("t_ms", step.t_ms)?;
    if now < bench.now {
        return Err(format!(
            "t_ms must not be earlier than {}, the time of the step before it, and is {}",
            bench.now.since(SimTime::ZERO),
            step.t_ms
        ));
    }
    let id = || match &step.id {
        Some(id) => Ok(id.to_string()),
        None => Err("id is missing, which tells calls in flight apart".to_owned()),
    };
    let took = step.duration_ms.map(|ms| millis("duration_ms", ms)).transpose()?;
    // At the same instant, results come before timers and timers before calls.
    bench.pass(now, !matches!(step.op, Op::End | Op::Release));
    match step.op {
        Op::Call => {
            let ends = (outcome(step)?, took.unwrap_or_default());
            let id = step.id.as_ref().map(ToString::to_string).unwrap_or_default();
            Ok(Some(bench.ask(id, Some(ends))))
        }
        Op::Begin => {
            let id = id()?;
            if bench.knows(&id) {
                return Err(format!("id {id} has begun already and has not ended"));
            }
            Ok(Some(bench.ask(id, None)))
        }
        Op::End => {
            let (mark, id) = (outcome(step)?, id()?);
            let ended = bench.end(&id, mark, took);
            ended.then_some(None).ok_or_else(|| format!("id {id} is not in flight"))
        }
        Op::Release => {
            let id = id()?;
            let released = bench.release(&id);
            released.then_some(None).ok_or_else(|| format!("id {id} is not in flight"))
        }
        Op::Observe => {
            bench.observe();
            Ok(None)
        }
        Op::Control => {
            let deed = step.action.ok_or("action is missing, which says what was done")?;
            bench.control(deed.action());
            Ok(None)
        }
    }
}

fn outcome(step: &Step) -> std::result::Result<Mark, String> {
    let missing = "outcome is missing: success, failure or ignored";
    step.outcome.ok_or_else(|| missing.to_owned())
}

/// A field in milliseconds, up to a year: more than any breaker waits.
fn millis(field: &str, ms: f64) -> std::result::Result<SimDuration, String> {
    const LONGEST_MS: f64 = 366.0 * 86_400_000.0;
    if (0.0..=LONGEST_MS).contains(&ms) {
        return Ok(SimDuration::from_nanos_f64(ms * 1e6));
    }
    Err(format!("{field} must be between 0 and {LONGEST_MS}, not {ms}"))
}
