//! Recorded calls as CSV, read one line at a time.

use std::io::{self, BufRead, Read};

use half_open::policy::breaker::Mark;
use half_open::time::{SimDuration, SimTime};

use super::time;
use crate::short;

/// The columns, in whatever order; there may be others.
const COLUMNS: [&str; 3] = ["timestamp", "duration", "outcome"];
/// The longest line. A file without line ends is no list of calls.
const LONGEST_LINE: u64 = 64 * 1024;

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
    reader: R,
    line: u64,
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
        let mut calls = Self { reader, line: 0, places: [0; 3], before: None, calls: 0 };
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
        Ok(Call { line: self.line, began, took, mark })
    }

    /// The fields of the next line that is not empty.
    fn row(&mut self) -> Result<Option<Vec<String>>, String> {
        loop {
            let mut bytes = Vec::new();
            let mut line = (&mut self.reader).take(LONGEST_LINE + 1);
            let read = line.read_until(b'\n', &mut bytes);
            if read.map_err(|error| cannot_be_read(&error))? == 0 {
                return Ok(None);
            }
            self.line += 1;
            if bytes.len() as u64 > LONGEST_LINE {
                return Err(self.bad("a line must not be longer than 64 KiB"));
            }
            let text = String::from_utf8(bytes);
            let text = text.map_err(|_| self.bad("it is not text, so it cannot be CSV"))?;
            let text = text.trim_start_matches('\u{feff}').trim();
            if !text.is_empty() {
                return Ok(Some(split(text).map_err(|what| self.bad(what))?));
            }
        }
    }

    /// A row that cannot be used, and what is kept.
    fn bad(&self, what: &str) -> String {
        let kept = match self.calls {
            0 => "nothing was replayed".to_owned(),
            1 => "the call before it was replayed".to_owned(),
            n => format!("the {n} calls before it were replayed"),
        };
        format!("line {}: {what}; {kept}", self.line)
    }
}

/// The rows of a text that are not empty, with their lines, the first one included.
pub(crate) fn rows(text: &[u8]) -> impl Iterator<Item = Result<(u64, Vec<String>), String>> {
    let mut calls = Calls { reader: text, line: 0, places: [0; 3], before: None, calls: 0 };
    std::iter::from_fn(move || Some(calls.row().transpose()?.map(|row| (calls.line, row))))
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

fn cannot_be_read(error: &io::Error) -> String {
    format!("cannot be read: {error}")
}

/// The fields of a line; those in quotation marks may have commas, and doubled quotation marks.
fn split(line: &str) -> Result<Vec<String>, &'static str> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        let last = fields.len() - 1;
        let field = &mut fields[last];
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.trim().is_empty() => {
                field.clear();
                quoted = true;
            }
            ',' if !quoted => fields.push(String::new()),
            c => field.push(c),
        }
    }
    if quoted {
        return Err("a quotation mark is not closed in its line");
    }
    Ok(fields.iter().map(|field| field.trim().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_stand_between_fields_or_in_quotation_marks() {
        let fields = |line| split(line).expect("fields");
        assert_eq!(fields("1, 2,,x"), ["1", "2", "", "x"]);
        assert_eq!(fields(r#"1,"GET /a,b", "say ""no""",2"#), ["1", "GET /a,b", "say \"no\"", "2"]);
        assert!(split("1,\"2,3").is_err());
    }
}
