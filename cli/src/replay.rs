//! `half-open replay`: a breaker without a simulator, to be compared with another implementation
//! step by step.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufRead, Write};
use std::path::PathBuf;

use half_open::policy::breaker::{
    Action, Breaker, Mark, Overflow, Permit, Refusal, Settings, State,
};
use half_open::time::{SimDuration, SimTime};
use serde::{Deserialize, Serialize};

use crate::input;
use crate::output::{self, Failure, Result};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The settings of the breaker, as JSON; {} has every default.
    #[arg(long, value_name = "SETTINGS.json")]
    breaker: PathBuf,
}

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
    permitted: Permitted,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Permitted {
    Yes,
    No,
    Waiting,
    NotAsked,
}

impl Serialize for Permitted {
    fn serialize<S: serde::Serializer>(&self, s: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Yes => s.serialize_bool(true),
            Self::No => s.serialize_bool(false),
            Self::Waiting => s.serialize_str("waiting"),
            Self::NotAsked => s.serialize_none(),
        }
    }
}

/// A call that was permitted and is not over.
struct Flight {
    permit: Permit,
    began: SimTime,
}

/// A call that waits for the verdict on a half-open breaker.
struct Waiting {
    id: String,
    /// How it ends, if it ends as soon as it may begin.
    ends: Option<(Mark, SimDuration)>,
}

struct Bench {
    settings: Settings,
    breaker: Breaker,
    flights: BTreeMap<String, Flight>,
    waiting: VecDeque<Waiting>,
    now: SimTime,
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    let place = arguments.breaker.display().to_string();
    let text = input::text_of(&arguments.breaker)?;
    let settings: Settings =
        half_open_files::read_json(&text).map_err(|error| Failure::unusable(&place, error))?;
    settings.validate().map_err(|problem| Failure::unusable(&place, problem))?;
    let mut bench = Bench {
        breaker: Breaker::new(&settings, SimTime::ZERO),
        settings,
        flights: BTreeMap::new(),
        waiting: VecDeque::new(),
        now: SimTime::ZERO,
    };
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
        let permitted = bench.step(&step).map_err(|what| Failure::unusable(&place, what))?;
        output::json(&mut out, &Answer { permitted, state: bench.breaker.state() })?;
        out.flush()?;
    }
    Ok(())
}

impl Bench {
    fn step(&mut self, step: &Step) -> std::result::Result<Permitted, String> {
        let now = SimTime::ZERO + millis("t_ms", step.t_ms)?;
        if now < self.now {
            return Err(format!("t_ms must not be earlier than {} before it", self.now));
        }
        self.now = now;
        let id = || match &step.id {
            Some(id) => Ok(id.to_string()),
            None => Err("id is missing, which tells calls in flight apart".to_owned()),
        };
        let took = step.duration_ms.map(|ms| millis("duration_ms", ms)).transpose()?;
        // At the same instant, results come before timers and timers before calls.
        self.timers(!matches!(step.op, Op::End | Op::Release));
        match step.op {
            Op::Call => {
                let ends = (outcome(step)?, took.unwrap_or_default());
                let id = step.id.as_ref().map(ToString::to_string).unwrap_or_default();
                Ok(self.ask(id, Some(ends)))
            }
            Op::Begin => {
                let id = id()?;
                let known = self.flights.contains_key(&id)
                    || self.waiting.iter().any(|waiting| waiting.id == id);
                if known {
                    return Err(format!("id {id} has begun already and has not ended"));
                }
                Ok(self.ask(id, None))
            }
            Op::End => {
                let mark = outcome(step)?;
                let Flight { permit, began } = self.landed(&id()?)?;
                let took = took.unwrap_or(now.since(began));
                // The transition shows in the state of the answer.
                let _ = self.breaker.settle(&self.settings, permit, now, mark, took);
                self.ask_again();
                Ok(Permitted::NotAsked)
            }
            Op::Release => {
                let id = id()?;
                if let Some(place) = self.waiting.iter().position(|waiting| waiting.id == id) {
                    self.waiting.remove(place);
                } else {
                    let flight = self.landed(&id)?;
                    self.breaker.release(flight.permit);
                    self.ask_again();
                }
                Ok(Permitted::NotAsked)
            }
            Op::Observe => {
                let _ = self.breaker.observe(&self.settings, now);
                Ok(Permitted::NotAsked)
            }
            Op::Control => {
                let deed = step.action.ok_or("action is missing, which says what was done")?;
                let _ = self.breaker.control(&self.settings, now, deed.action());
                self.ask_again();
                Ok(Permitted::NotAsked)
            }
        }
    }

    /// What happens by itself before the present step, each at its own time.
    fn timers(&mut self, now_too: bool) {
        while let Some(due) = self.breaker.due(&self.settings) {
            if due > self.now || (due == self.now && !now_too) {
                return;
            }
            if self.breaker.tick(&self.settings, due).is_none() {
                return;
            }
            self.ask_again();
        }
    }

    fn landed(&mut self, id: &str) -> std::result::Result<Flight, String> {
        self.flights.remove(id).ok_or_else(|| format!("id {id} is not in flight"))
    }

    fn ask(&mut self, id: String, ends: Option<(Mark, SimDuration)>) -> Permitted {
        match self.breaker.acquire(&self.settings, self.now).permit {
            Ok(permit) => {
                self.admit(id, permit, ends);
                self.ask_again();
                Permitted::Yes
            }
            Err(Refusal::HalfOpenFull) if self.settings.half_open.overflow == Overflow::Wait => {
                self.waiting.push_back(Waiting { id, ends });
                Permitted::Waiting
            }
            Err(_) => Permitted::No,
        }
    }

    fn admit(&mut self, id: String, permit: Permit, ends: Option<(Mark, SimDuration)>) {
        if let Some((mark, took)) = ends {
            let _ = self.breaker.settle(&self.settings, permit, self.now, mark, took);
        } else {
            self.flights.insert(id, Flight { permit, began: self.now });
        }
    }

    /// Those who wait ask again, the longest wait first, until one has to go on waiting.
    fn ask_again(&mut self) {
        while let Some(next) = self.waiting.pop_front() {
            match self.breaker.acquire(&self.settings, self.now).permit {
                Ok(permit) => self.admit(next.id, permit, next.ends),
                Err(Refusal::HalfOpenFull) => {
                    self.waiting.push_front(next);
                    return;
                }
                // Refused for good: the verdict was no.
                Err(_) => {}
            }
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
