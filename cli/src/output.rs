//! What is printed, and what is said if something is wrong.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use serde::Serialize;

/// Why a command ends early.
pub(crate) enum Failure {
    /// Something that was given cannot be used: one sentence that says what, and what is allowed.
    Unusable(String),
    /// The reader at the other end of the pipe has had enough.
    NobodyListens,
}

pub(crate) type Result<T = ()> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn unusable(place: impl Display, what: impl Display) -> Self {
        let sentence = format!("{place}: {what}");
        let end = if sentence.ends_with('.') { "" } else { "." };
        // One line, whatever a message quotes.
        Self::Unusable(plain(&format!("{sentence}{end}")))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::NobodyListens,
            _ => Self::unusable("standard output", format!("cannot be written: {error}")),
        }
    }
}

/// A text from a file as a terminal may have it: nothing in it moves the cursor or the colours.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Writes a value as JSON, and a line end.
pub(crate) fn json(out: &mut impl Write, value: &impl Serialize) -> Result {
    serde_json::to_writer(&mut *out, value).map_err(io::Error::from)?;
    Ok(writeln!(out)?)
}

/// What `clap` has to say, as one sentence.
pub(crate) fn sentence_of(error: &clap::Error) -> String {
    let text = error.to_string();
    let about = text.split("\n\n").next().unwrap_or_default();
    let about = about.strip_prefix("error: ").unwrap_or(about);
    let words: Vec<&str> = about.split_whitespace().collect();
    if words.is_empty() || text.starts_with("Resilience") {
        return "Say what to do: run, compare, list, schedule, still, about or replay; --help says more."
            .into();
    }
    // What it puts into brackets, in the words of the other sentences.
    let about = words.join(" ").replace(" [possible values: ", ": there are ");
    format!("{}; --help says more.", about.trim_end_matches(['.', ']']))
}
