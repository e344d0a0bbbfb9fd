//! What people bring as files: experiments as `name.half-open.json`, to keep, read, write and send
//! around, and recorded calls as CSV, to ask breakers about. And what they take away for other tools.
//!
//! What is wrong in one is said with the field, the value and what is expected there, in the page
//! and on the command line alike.

mod arrivals;
pub mod compare;
pub mod export;
pub mod film;
mod json;
pub mod judge;
pub mod number;
#[cfg(target_family = "wasm")]
pub mod page;
pub mod picture;
pub mod recorded;
pub mod settings;
pub mod still;
pub mod svg;
pub mod versus;

use half_open_view::link::{File, FileHeader, State, read_file_value};
use serde::Serialize;

pub use json::read as read_json;

/// The beginning of a text from outside, in quotation marks.
#[must_use]
pub fn short(text: &str) -> String {
    format!("“{}”", text.chars().take(60).collect::<String>())
}

/// Reads a file. Everything in it is checked.
///
/// # Errors
/// A sentence about the first thing that cannot be read, and where it is.
pub fn read(text: &str) -> Result<State, String> {
    let value = json::parse(text)?;
    // A file of another version is called that, not misread.
    let header: Result<FileHeader, _> = json::from_value(&value);
    let header = header.map_err(|_| "It is not a file of Half-Open.".to_owned())?;
    header.check().map_err(|error| error.to_string())?;
    let file: File = json::from_value(&value)?;
    read_file_value(file).map_err(|error| error.to_string())
}

/// What somebody has given.
#[derive(Debug)]
pub enum Given {
    /// An experiment.
    Experiment(Box<State>),
    /// Recorded calls, or what looks like them.
    Calls,
    /// Recorded arrivals: in microseconds after the first.
    Arrivals(Vec<u64>),
}

/// Finds out what a text is.
///
/// # Errors
/// A sentence about what is wrong in it. Where it is nothing that is known here, the sentence says
/// what is.
pub fn recognise(text: &str) -> Result<Given, String> {
    if arrivals::might_be_arrivals(text) {
        return arrivals::read(text).map(Given::Arrivals);
    }
    if recorded::might_be_calls(text) {
        return Ok(Given::Calls);
    }
    let is_json = text.trim_start().starts_with('{');
    read(text).map(Box::new).map(Given::Experiment).map_err(|reason| {
        if is_json || text.trim().is_empty() {
            return reason;
        }
        "It is not a file of Half-Open: neither an experiment, which is JSON and begins with \
         {\"schema\": \"half-open/1\", nor recorded calls, which are CSV and begin with \
         timestamp,duration,outcome, nor recorded arrivals, with a column arrival."
            .to_owned()
    })
}

/// Writes a file.
#[must_use]
pub fn write(state: &State) -> String {
    let mut text = Vec::new();
    let mut writer = serde_json::Serializer::pretty(&mut text);
    // There is nothing in it that JSON could not hold, and memory takes everything.
    let written = File::from(state).serialize(&mut writer);
    debug_assert!(written.is_ok());
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use half_open::scenario::library;

    use super::*;

    #[test]
    fn what_was_written_is_read_as_it_was() {
        let state = State::new(library::payments());
        assert_eq!(read(&write(&state)), Ok(state));
    }

    #[test]
    fn files_of_other_programs_and_versions_are_called_that() {
        let said = |text| read(text).expect_err("it is no file");
        for text in ["null", "[1, 2, 3]", "\"payments\"", "7"] {
            assert_eq!(said(text), "It is not a file of Half-Open.", "{text}");
        }
        let newer = said(r#"{"schema": "half-open/9", "anything": {}}"#);
        assert!(newer.contains("“half-open/9” is not known here"), "{newer}");
        assert_eq!(said(" \n"), "The file is empty.");
        assert!(said("{\"schema\": ").starts_with("It is not JSON: EOF while parsing"));
    }

    #[test]
    fn experiments_and_recorded_calls_are_told_apart_and_anything_else_hears_of_both() {
        let experiment = write(&State::new(library::payments()));
        assert!(matches!(recognise(&experiment), Ok(Given::Experiment(_))));
        for text in [
            "timestamp,duration,outcome\n0,1,success",
            "\u{feff}\"Outcome\",\"Timestamp\"\r\n",
            "timestamp;duration;outcome",
        ] {
            assert!(matches!(recognise(text), Ok(Given::Calls)), "{text}");
        }
        for text in ["Dear diary,\nthe outcome is open", "[1, 2]", "null", "time,ms\n0,1"] {
            let said = recognise(text).expect_err(text);
            assert!(said.contains("\"half-open/1\"") && said.contains("timestamp,duration"));
            assert!(said.chars().count() < 300, "a notice has room for it");
        }
        assert!(recognise("{\"schema\": ").expect_err("cut").starts_with("It is not JSON"));
        assert_eq!(recognise(" ").expect_err("blank"), "The file is empty.");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let text = write(&State::new(library::payments()));
        let changed = |from: &str, to: &str| {
            assert!(text.contains(from), "{from}");
            read(&text.replacen(from, to, 1)).expect_err("it is wrong")
        };
        let cases = [
            (
                "\"workers\": 20",
                "\"workers\": \"many\"",
                "scenario.nodes[1].role.service.workers must be a whole number, not \"many\".",
            ),
            (
                "\"workers\": 20",
                "\"workers\": 5000000000",
                "scenario.nodes[1].role.service.workers must be a whole number between 0 and \
                 4294967295, not 5000000000.",
            ),
            (
                "\"seed\": 42",
                "\"seed\": -1",
                "seed must be a whole number between 0 and 9007199254740991, not -1.",
            ),
            (
                "\"workers\": 20",
                "\"workers\": 20, \"workers\": 30",
                "the field “workers” is there twice at line 24 column 36.",
            ),
            (
                "\"seed\": 42",
                "\"seed\": 42, \"sead\": 1",
                "sead is not known; there are schema, seed, scenario, interventions, view.",
            ),
            (
                "\"at\": \"4 s\"",
                "\"at\": 4",
                "interventions[0].at must be a duration such as “300 ms”, not 4.",
            ),
            ("\"kind\": \"essay\"", "\"kind\": \"esay\"", "not “esay”."),
            ("\"name\": \"bank\",", "", "scenario.nodes[2].name is missing."),
        ];
        for (from, to, sentence) in cases {
            let said = changed(from, to);
            assert!(said.ends_with(sentence), "{said}");
        }
    }
}
