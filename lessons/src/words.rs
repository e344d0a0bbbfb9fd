//! Languages: what a lesson says in each.

use std::collections::BTreeMap;

use half_open_view::lesson::{Lesson, WORDS};
use serde::Deserialize;

/// English is what lessons are written in; the rest of the page in it.
const ENGLISH: &str = include_str!("../words/en.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    page: BTreeMap<String, String>,
}

/// Gives a lesson the words of the page.
///
/// # Errors
/// Which of them are missing, or mean nothing.
pub(crate) fn in_english(lesson: &mut Lesson) -> Result<(), String> {
    let catalogue: Catalogue = toml::from_str(ENGLISH).map_err(|error| error.to_string())?;
    lesson.words = page(catalogue.page)?;
    Ok(())
}

fn page(mut words: BTreeMap<String, String>) -> Result<Vec<(String, String)>, String> {
    let word = |key: &str| {
        let word = words.remove(key).ok_or_else(|| format!("page.{key} is missing"))?;
        Ok((key.to_owned(), word))
    };
    let all = WORDS.into_iter().map(word).collect::<Result<Vec<_>, String>>()?;
    match words.keys().next() {
        None => Ok(all),
        Some(key) => Err(format!("page.{key} is nothing that the page says")),
    }
}
