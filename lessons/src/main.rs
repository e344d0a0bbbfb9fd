//! Checks every lesson and writes what the page fetches: `half-open-lessons DIRECTORY`.
//!
//! trunk runs it with the directory of the page that it builds. If a lesson is not true, there is no
//! page.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use half_open_lessons::{Authored, Term, handout};
use half_open_view::lesson::Lesson;
use serde_json::json;

fn main() -> ExitCode {
    let Some(directory) = env::args().nth(1).or_else(|| env::var("TRUNK_STAGING_DIR").ok()) else {
        eprintln!("Say into which directory the lessons are to be written.");
        return ExitCode::from(2);
    };
    match write(Path::new(&directory)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problems) => {
            problems.iter().for_each(|problem| eprintln!("{problem}"));
            ExitCode::FAILURE
        }
    }
}

fn write(directory: &Path) -> Result<(), Vec<String>> {
    let (lessons, challenges) = (half_open_lessons::all()?, half_open_lessons::challenges()?);
    let every: Vec<&Authored> = lessons.iter().chain(&challenges).collect();
    let translations = half_open_lessons::translations(&every)?;
    let directory = directory.join("lessons");
    let refused = |error: std::io::Error| vec![format!("{}: {error}", directory.display())];
    fs::create_dir_all(&directory).map_err(refused)?;
    let row = |authored: &Authored| {
        let Lesson { name, title, about, beats, .. } = &authored.lesson;
        let beats: Vec<&str> = beats.iter().map(|beat| beat.name.as_str()).collect();
        let there = translations.iter().filter(|(_, lesson)| lesson.name == *name);
        let languages: Vec<&str> = there.map(|(language, _)| *language).collect();
        json!({
            "name": name, "title": title, "about": about, "beats": beats, "languages": languages
        })
    };
    let rows = |all: &[Authored]| all.iter().map(row).collect::<Vec<_>>();
    let index = json!({ "lessons": rows(&lessons), "challenges": rows(&challenges) });
    fs::write(directory.join("index.json"), index.to_string()).map_err(refused)?;
    let term = |of: &Term| {
        let from = of.beat.range().map_or(0.0, |range| range.from.seconds());
        json!({
            "term": of.term, "says": of.beat.says, "link": of.beat.link, "look": of.beat.look,
            "from": from * 1e3, "to": of.beat.until.seconds() * 1e3
        })
    };
    let terms: Vec<_> = half_open_lessons::glossary()?.iter().map(term).collect();
    fs::write(directory.join("glossary.json"), json!(terms).to_string()).map_err(refused)?;
    let put = |directory: &Path, lesson: &Lesson| {
        fs::create_dir_all(directory).map_err(refused)?;
        let file = |ending| directory.join(format!("{}.{ending}", lesson.name));
        fs::write(file("txt"), lesson.write()).map_err(refused)?;
        match lesson.challenge() {
            Some(_) => Ok(()),
            None => fs::write(file("html"), handout::page(lesson)).map_err(refused),
        }
    };
    every.iter().try_for_each(|authored| put(&directory, &authored.lesson))?;
    translations.iter().try_for_each(|(language, lesson)| put(&directory.join(language), lesson))
}
