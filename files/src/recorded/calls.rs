//! Recorded calls as CSV, read one line at a time.

use std::io::BufRead;

use half_open::policy::breaker::Mark;
use half_open::time::{SimDuration, SimTime};

use super::rows::{RowProblem, Rows};
use super::time;
use crate::short;

/// The columns, in whatever order; there may be others.
const COLUMNS: [&str; 3] = ["timestamp", "duration", "outcome"];

/// One call, as it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Call {
    /// In which line it stands.
    pub line: u64,
    /// When it began.
    pub began: SimTime,
    /// How long it took.
    pub took: SimDuration,
    /// What came of it.
    pub mark: Mark,
}

/// A file or stream of calls, in the order in which they began. What is wrong in it is said in half
/// a sentence: the name of the file comes before it.
pub struct Calls<R> {
    rows: Rows<R>,
    /// At which place of a row each of the [`COLUMNS`] stands.
    places: [usize; 3],
    /// When the call before began, and in which line that is.
    before: Option<(SimTime, u64)>,
    calls: u64,
}

impl<R: BufRead> Calls<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// What is missing in it, or why nothing can be read.
    pub fn open(reader: R) -> Result<Self, String> {
        let mut calls = Self { rows: Rows::new(reader), places: [0; 3], before: None, calls: 0 };
        let header = calls.row()?.unwrap_or_default();
        let header: Vec<String> = header.iter().map(|name| name.to_ascii_lowercase()).collect();
        for (place, column) in calls.places.iter_mut().zip(COLUMNS) {
            let found = header.iter().position(|name| name == column);
            *place = found.ok_or_else(|| {
                let all = short(&header.join(","));
                format!(
                    "the first line must name the columns timestamp, duration and outcome; \
                     {column} is missing in {all}"
                )
            })?;
        }
        Ok(calls)
    }

    /// The next call; nothing at the end.
    ///
    /// # Errors
    /// What is wrong with which line, and what was kept; or why nothing can be read.
    pub fn next_call(&mut self) -> Result<Option<Call>, String> {
        let Some(fields) = self.row()? else { return Ok(None) };
        let call = self.call(&fields).map_err(|what| self.bad(&what))?;
        self.before = Some((call.began, call.line));
        self.calls += 1;
        Ok(Some(call))
    }

    fn call(&self, fields: &[String]) -> Result<Call, String> {
        let field = |n: usize| {
            let found = fields.get(self.places[n]).map(String::as_str);
            found.ok_or_else(|| format!("{} is missing in a row of {}", COLUMNS[n], fields.len()))
        };
        let (timestamp, duration, outcome) = (field(0)?, field(1)?, field(2)?);
        let began = time::timestamp(timestamp).ok_or_else(|| {
            format!(
                "timestamp must be a number of milliseconds or a date such as \
                 2026-03-01T12:00:00.250Z, from 1970 to 2499, not {}",
                short(timestamp)
            )
        })?;
        if let Some((before, line)) = self.before
            && began < before
        {
            return Err(format!(
                "timestamp must not be earlier than that of line {line}: rows come in the order in \
                 which calls began"
            ));
        }
        let took = time::duration(duration).ok_or_else(|| {
            format!(
                "duration must be a number of milliseconds from 0 to a year, or say its unit as in \
                 “1.5 s”, not {}",
                short(duration)
            )
        })?;
        let mark = match outcome.to_ascii_lowercase().as_str() {
            "success" => Mark::Success,
            "failure" => Mark::Failure,
            "ignored" => Mark::Ignored,
            _ => {
                let message = "outcome must be success, failure or ignored, not";
                return Err(format!("{message} {}", short(outcome)));
            }
        };
        Ok(Call { line: self.rows.line(), began, took, mark })
    }

    fn row(&mut self) -> Result<Option<Vec<String>>, String> {
        self.rows.next_row().map_err(|problem| match problem {
            RowProblem::Unreadable(message) => message,
            RowProblem::Bad(what) => self.bad(what),
        })
    }

    /// A row that cannot be used, and what is kept.
    fn bad(&self, what: &str) -> String {
        let kept = match self.calls {
            0 => "nothing was replayed".to_owned(),
            1 => "the call before it was replayed".to_owned(),
            n => format!("the {n} calls before it were replayed"),
        };
        format!("line {}: {what}; {kept}", self.rows.line())
    }
}

/// Whether a text begins like recorded calls, perhaps with a mistake: its first line names one of
/// the columns, and it is no JSON.
#[must_use]
pub fn might_be_calls(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let header: String = text.chars().take_while(|c| *c != '\n').take(200).collect();
    let header = header.to_ascii_lowercase();
    !text.starts_with(['{', '[']) && COLUMNS.iter().any(|column| header.contains(column))
}
