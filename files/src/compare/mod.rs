//! Two breakers and the same recorded calls: what each would have done with them, as pictures and
//! as sentences. The page shows both; the numbers are those of `half-open replay`.

mod axis;
mod example;
mod picture;
mod side;

use std::io::Cursor;

use half_open::policy::breaker::{Mark, Preset};
use half_open::time::SimTime;
use serde::Serialize;

use crate::number::grouped;
use crate::recorded::{Call, Calls, Summary, date};
use axis::Axis;
use side::Side;

pub use example::example;
pub use picture::Theme;

/// Recorded calls, and the breakers that are asked about them. Reading and replaying are done in
/// slices: a page has other things to do.
pub struct Comparison {
    /// What has not been read yet.
    rest: Option<Calls<Cursor<Vec<u8>>>>,
    calls: Vec<Call>,
    /// When the last of them ended.
    end: SimTime,
    /// The row that could not be used: what is wrong with it.
    problem: Option<String>,
    sides: [Side; 2],
}

/// Everything there is to see and to read.
#[derive(Serialize, Debug)]
pub struct Told {
    /// The calls themselves.
    pub load: Load,
    /// What is wrong in the file, and what of it is shown all the same.
    pub problem: Option<String>,
    /// What the breakers would have done, the upper one first.
    pub breakers: Vec<Verdict>,
}

/// Calls over time.
#[derive(Serialize, Debug)]
pub struct Load {
    /// An SVG with the time axis.
    pub picture: String,
    /// What the picture shows, for those who do not see it.
    pub described: String,
    /// How many calls there were.
    pub sentence: String,
    /// What a bar of the picture stands for.
    pub scale: String,
    /// What can be said of the calls that did not fail.
    pub good: &'static str,
}

/// What one breaker would have done.
#[derive(Serialize, Debug)]
pub struct Verdict {
    /// The name of the preset.
    pub preset: &'static str,
    /// When it opens, and what closes it.
    pub about: &'static str,
    /// An SVG: its states, and below them the calls that it would have rejected.
    pub picture: String,
    /// What the picture shows, for those who do not see it.
    pub described: String,
    /// The numbers, in a sentence.
    pub sentence: String,
    /// Changes of its state: when, from what to what, why, and which call it was.
    pub changes: Vec<[String; 4]>,
    /// How many more there were.
    pub more: usize,
    /// The numbers themselves.
    #[serde(skip)]
    pub summary: Summary,
}

/// A name and a label for every breaker that can be asked.
#[must_use]
pub fn presets() -> Vec<[&'static str; 2]> {
    Preset::ALL.map(|preset| [preset.name(), preset.label()]).to_vec()
}

impl Comparison {
    /// Reads the first line of a list of calls.
    ///
    /// # Errors
    /// A sentence, if there is a column missing.
    pub fn open(bytes: Vec<u8>) -> Result<Self, String> {
        Ok(Self {
            rest: Some(Calls::open(Cursor::new(bytes)).map_err(|what| sentence(&what))?),
            calls: Vec::new(),
            end: SimTime::ZERO,
            problem: None,
            sides: [Preset::Resilience4j, Preset::Polly].map(Side::new),
        })
    }

    /// Reads up to so many rows; returns whether there are more.
    ///
    /// # Errors
    /// A sentence, if there is no call that could be shown.
    pub fn read(&mut self, most: u32) -> Result<bool, String> {
        for _ in 0..most {
            let Some(rest) = &mut self.rest else { return Ok(false) };
            match rest.next_call() {
                Ok(Some(call)) => {
                    self.end = self.end.max(call.began + call.took);
                    self.calls.push(call);
                    continue;
                }
                Ok(None) => {}
                Err(what) => self.problem = Some(sentence(&what)),
            }
            self.rest = None;
            if self.calls.is_empty() {
                let nothing = || "There is no call in it.".to_owned();
                return Err(self.problem.take().unwrap_or_else(nothing));
            }
        }
        Ok(self.rest.is_some())
    }

    /// Asks another breaker, the upper one (0) or the lower one (1).
    ///
    /// # Errors
    /// A sentence, if there is none of that name.
    pub fn choose(&mut self, side: usize, preset: &str) -> Result<(), String> {
        let unknown = || format!("There is no preset {}.", crate::short(preset));
        let preset = Preset::find(preset).ok_or_else(unknown)?;
        let side = self.sides.get_mut(side).ok_or_else(unknown)?;
        if side.preset != preset {
            *side = Side::new(preset);
        }
        Ok(())
    }

    /// Replays up to so many calls; returns whether there are more.
    pub fn replay(&mut self, most: usize) -> bool {
        let waiting = self.sides.iter_mut().find(|side| !side.is_done());
        if let Some(side) = waiting {
            side.replay(&self.calls, most);
        }
        self.sides.iter().any(|side| !side.is_done())
    }

    /// What has been replayed, in pictures of this width, in pixels.
    #[must_use]
    pub fn told(&self, width: f64, theme: &Theme) -> Told {
        let begin = self.calls.first().map_or(SimTime::ZERO, |call| call.began);
        let axis = Axis::new(begin, self.end, width);
        let calls = self.calls.iter().map(|call| (call.began, call.mark == Mark::Failure));
        let load = axis.columns(calls);
        let failures = self.calls.iter().filter(|call| call.mark == Mark::Failure).count();
        let (total, failed) = (grouped(self.calls.len() as u64), grouped(failures as u64));
        let (bar, most) = (axis.bar(), load.most());
        let noun = if self.calls.len() == 1 { "call" } else { "calls" };
        let since = date(begin).map(|date| format!(" from {date}")).unwrap_or_default();
        let long = axis.length();
        let sentence = format!("{total} {noun} in {long}{since}, of which {failed} failed.");
        let ignored = self.calls.iter().any(|call| call.mark == Mark::Ignored);
        let worst = match load.worst() {
            Some((column, failed)) => format!(" Most failed around {column}: {failed} in {bar}."),
            None => String::new(),
        };
        Told {
            load: Load {
                picture: picture::load(&axis, &load, theme),
                described: format!("Calls over time. {sentence}{worst}"),
                sentence,
                scale: format!("A bar is {bar}; the highest has {}.", grouped(most)),
                good: if ignored { "succeeded, or ignored" } else { "succeeded" },
            },
            problem: self.problem.clone(),
            breakers: self.sides.iter().map(|side| side.told(&axis, most, theme)).collect(),
        }
    }
}

/// Half a sentence as a whole one.
fn sentence(what: &str) -> String {
    let mut rest = what.chars();
    let first = rest.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(rest).chain(['.']).collect()
}

#[cfg(test)]
mod tests;
