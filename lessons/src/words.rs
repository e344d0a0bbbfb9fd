//! Languages: what a lesson says in each.
//!
//! Lessons are written in English. A translation is one file of `words/`: what stands on the page, and
//! a table for each lesson that it has, with every text of it. Links, figures and code stay.

use std::collections::BTreeMap;

use half_open_view::lesson::{Lesson, WORDS};
use toml::{Table, Value};

use crate::Authored;
use crate::check::sentence;

/// English is what lessons are written in; the rest of the page in it.
const ENGLISH: &str = include_str!("../words/en.toml");

/// The languages into which lessons are translated: as pages name them, and what is said in them.
const LANGUAGES: [(&str, &str); 1] = [("de", include_str!("../words/de.toml"))];

/// What stands on the page; beside its name in a file, none of the lessons has it.
const PAGE: &str = "page";

/// Gives a lesson the words of the page.
///
/// # Errors
/// Which of them are missing, or mean nothing.
pub(crate) fn in_english(lesson: &mut Lesson) -> Result<(), String> {
    lesson.words = page(&read(ENGLISH)?).map_err(|problems| problems.join("; "))?;
    Ok(())
}

/// A lesson in another language, such as `de`.
///
/// # Errors
/// Every text that is missing, that belongs to nothing, or that cannot be read at a glance.
pub fn translated(lesson: &Lesson, language: &str) -> Result<Lesson, Vec<String>> {
    let found = LANGUAGES.iter().find(|(name, _)| *name == language);
    let (_, text) =
        found.ok_or_else(|| vec![format!("nothing is translated into “{language}”")])?;
    said_in(lesson, language, &read(text).map_err(|problem| vec![problem])?)
}

/// Every lesson that there is in another language, with its language.
///
/// # Errors
/// As for [`translated`], and lessons that do not exist; each begins with the name of the file.
pub fn translations(lessons: &[&Authored]) -> Result<Vec<(&'static str, Lesson)>, Vec<String>> {
    let (mut all, mut problems) = (Vec::new(), Vec::new());
    for (language, text) in LANGUAGES {
        let file = |problem: String| format!("words/{language}.toml: {problem}");
        let tables = read(text).map_err(|problem| vec![file(problem)])?;
        for name in tables.keys().filter(|name| *name != PAGE) {
            match lessons.iter().find(|authored| authored.lesson.name == *name) {
                None => problems.push(file(format!("there is no lesson “{name}”"))),
                Some(authored) => match said_in(&authored.lesson, language, &tables) {
                    Ok(lesson) => all.push((language, lesson)),
                    Err(found) => problems.extend(found.into_iter().map(file)),
                },
            }
        }
    }
    if problems.is_empty() { Ok(all) } else { Err(problems) }
}

fn read(text: &str) -> Result<Table, String> {
    toml::from_str(text).map_err(|error| error.to_string())
}

fn said_in(lesson: &Lesson, language: &str, tables: &Table) -> Result<Lesson, Vec<String>> {
    let (mut said, mut problems) = (lesson.clone(), Vec::new());
    said.language = language.into();
    match page(tables) {
        Ok(words) => {
            problems.extend(words.iter().zip(&lesson.words).filter_map(unfilled));
            said.words = words;
        }
        Err(found) => problems.extend(found),
    }
    let mut words = BTreeMap::new();
    if let Some(table) = tables.get(&lesson.name) {
        gather(&lesson.name, table, &mut words);
    }
    for (path, text) in texts(&mut said) {
        match words.remove(&path) {
            Some(word) => *text = word,
            None => problems.push(format!("{path} is missing")),
        }
    }
    problems.extend(words.keys().map(|path| format!("{path} belongs to nothing")));
    for beat in &said.beats {
        let found = sentence(&beat.says).into_iter();
        let path = format!("{}.beats.{}", lesson.name, beat.name);
        problems.extend(found.map(|problem| format!("{path}: {problem}")));
    }
    if let Some((name, title)) = &mut said.next
        && let Some(Value::String(known)) = tables.get(name.as_str()).and_then(|t| t.get("title"))
    {
        title.clone_from(known);
    }
    if problems.is_empty() { Ok(said) } else { Err(problems) }
}

/// What the page puts into a word has a place in it in every language.
fn unfilled(((key, word), (_, english)): (&(String, String), &(String, String))) -> Option<String> {
    let lost = |slot: &&str| word.contains(*slot) != english.contains(*slot);
    let slot = ["{n}", "{of}"].into_iter().find(lost)?;
    Some(format!("{PAGE}.{key} must have {slot} where English has it, and only there"))
}

/// Everything that a lesson says, each with its path in a file of words.
fn texts(lesson: &mut Lesson) -> Vec<(String, &mut String)> {
    let name = lesson.name.clone();
    let mut all = vec![
        (format!("{name}.title"), &mut lesson.title),
        (format!("{name}.about"), &mut lesson.about),
    ];
    let remember = (1..).zip(&mut lesson.remember);
    all.extend(remember.map(|(n, sentence)| (format!("{name}.remember.{n}"), sentence)));
    for beat in &mut lesson.beats {
        let path = format!("{name}.beats.{}", beat.name);
        all.push((format!("{path}.says"), &mut beat.says));
        all.push((format!("{path}.note"), &mut beat.note));
        all.push((format!("{path}.ask"), &mut beat.ask));
        if let Some(question) = &mut beat.question {
            let path = format!("{path}.question");
            all.push((format!("{path}.asks"), &mut question.asks));
            all.push((format!("{path}.things"), &mut question.things));
            let choices = (1..).zip(&mut question.choices);
            all.extend(choices.map(|(n, (says, _))| (format!("{path}.choices.{n}"), says)));
            all.push((format!("{path}.reveals"), &mut question.reveals));
        }
        if let Some(task) = &mut beat.task {
            let path = format!("{path}.task");
            all.push((format!("{path}.says"), &mut task.says));
            all.push((format!("{path}.done"), &mut task.done));
        }
    }
    // Choices count no things.
    all.retain(|(_, text)| !text.is_empty());
    all
}

/// Every text in a table, by its path; lists count from 1.
fn gather(path: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    match value {
        Value::Table(table) => {
            table.iter().for_each(|(key, value)| gather(&format!("{path}.{key}"), value, into));
        }
        Value::Array(list) => {
            let places = (1..).zip(list);
            places.for_each(|(n, value)| gather(&format!("{path}.{n}"), value, into));
        }
        Value::String(text) => {
            into.insert(path.into(), text.clone());
        }
        _ => {
            into.insert(format!("{path}, which is no text,"), String::new());
        }
    }
}

fn page(tables: &Table) -> Result<Vec<(String, String)>, Vec<String>> {
    let (mut words, mut all, mut problems) = (BTreeMap::new(), Vec::new(), Vec::new());
    if let Some(table) = tables.get(PAGE) {
        gather(PAGE, table, &mut words);
    }
    for key in WORDS {
        match words.remove(&format!("{PAGE}.{key}")) {
            Some(word) => all.push((key.to_owned(), word)),
            None => problems.push(format!("{PAGE}.{key} is missing")),
        }
    }
    problems.extend(words.keys().map(|path| format!("{path} is nothing that the page says")));
    if problems.is_empty() { Ok(all) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GERMAN: &str = LANGUAGES[0].1;

    fn lesson() -> Lesson {
        let mut lesson = crate::read(include_str!("../01-timeout.toml")).expect("a lesson").lesson;
        in_english(&mut lesson).expect("English");
        lesson
    }

    /// What is said of the German words with one thing in them replaced.
    fn said(from: &str, to: &str) -> Vec<String> {
        assert!(GERMAN.contains(from), "{from}");
        let tables = read(&GERMAN.replacen(from, to, 1)).expect("a file of words");
        said_in(&lesson(), "de", &tables).err().unwrap_or_default()
    }

    #[test]
    fn a_translation_says_everything_and_changes_nothing_else() {
        let (english, german) = (lesson(), translated(&lesson(), "de").expect("German"));
        let (mut one, mut other) = (english.clone(), german.clone());
        for ((path, english), (_, german)) in texts(&mut one).iter().zip(texts(&mut other)) {
            assert_ne!(*english, german, "{path}");
        }
        texts(&mut one).into_iter().zip(texts(&mut other)).for_each(|((_, one), (_, other))| {
            other.clone_from(one);
        });
        assert_ne!(one.words, other.words);
        other.words.clone_from(&one.words);
        assert_eq!(std::mem::take(&mut other.language), "de");
        assert_eq!(one, other, "links, claims and code");
        assert_eq!(Lesson::read(&german.write()), Ok(german), "what the page reads");
    }

    #[test]
    fn a_text_that_is_missing_is_named() {
        let missing = said("ask = \"Wer wird es als Erster bemerken?\"\n", "");
        assert_eq!(missing, ["timeout.beats.hang.ask is missing"]);
        assert_eq!(said("undo = \"Wie zuvor\"\n", ""), ["page.undo is missing"]);
        let fewer =
            said("  \"Ein Aufruf ohne Timeout ist das Versprechen, ewig zu warten.\",\n", "");
        assert_eq!(fewer, ["timeout.remember.3 is missing"]);
    }

    #[test]
    fn a_text_that_belongs_to_nothing_is_named() {
        let more = said("[timeout.beats.hang]\n", "[timeout.beats.hang]\nasks = \"Wie?\"\n");
        assert_eq!(more, ["timeout.beats.hang.asks belongs to nothing"]);
        let page = said("[page]\n", "[page]\nup = \"Hinauf\"\n");
        assert_eq!(page, ["page.up is nothing that the page says"]);
        let number = said("[timeout]\n", "[timeout]\nnumber = 1\n");
        assert_eq!(number, ["timeout.number, which is no text, belongs to nothing"]);
    }

    #[test]
    fn sentences_are_as_short_as_in_english_and_underline_one_phrase() {
        let plain = said("*hängt*", "hängt");
        assert_eq!(plain, ["timeout.beats.hang: “says” must have one phrase between two *"]);
        let long = said("*hängt*", &format!("*hängt* {}", "sehr ".repeat(40)));
        assert_eq!(long, ["timeout.beats.hang: “says” has more than 240 characters"]);
    }

    #[test]
    fn what_the_page_counts_has_a_place_in_its_words() {
        let lost = said("Schritt {n} von {of}", "Schritt {n}");
        assert_eq!(lost, ["page.step must have {of} where English has it, and only there"]);
    }

    #[test]
    fn a_language_that_nobody_has_translated_is_named() {
        let none = translated(&lesson(), "la").expect_err("no Latin");
        assert_eq!(none, ["nothing is translated into “la”"]);
        let nothing = translations(&[]).expect_err("no lessons");
        assert_eq!(nothing, ["words/de.toml: there is no lesson “timeout”"]);
    }
}
