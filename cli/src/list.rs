//! `half-open list`

use std::io::{self, Write};

use clap::ValueEnum;
use half_open::policy::breaker::{Preset, Settings};
use half_open::scenario::library;
use serde::Serialize;

use crate::output::{self, Result};
use half_open_files::number::Ms;
use half_open_lessons::{CHALLENGES, FILES};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// What to list.
    #[arg(default_value = "scenarios")]
    what: What,
    /// Print a JSON array.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    Scenarios,
    Lessons,
    Challenges,
    Presets,
}

#[derive(Serialize)]
struct Row {
    name: String,
    title: String,
    sentence: String,
    seed: u64,
    until_ms: Ms,
    services: usize,
}

/// A lesson or a challenge, with the names of its steps.
#[derive(Serialize)]
struct LessonRow {
    name: String,
    title: String,
    sentence: String,
    beats: Vec<String>,
}

/// A breaker that behaves like that of a library.
#[derive(Serialize)]
struct PresetRow {
    name: &'static str,
    title: &'static str,
    sentence: &'static str,
    source: &'static str,
    settings: Settings,
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    match arguments.what {
        What::Scenarios => scenarios(arguments.json),
        What::Lessons => lessons(&FILES, arguments.json),
        What::Challenges => lessons(&CHALLENGES, arguments.json),
        What::Presets => presets(arguments.json),
    }
}

fn presets(json: bool) -> Result {
    let rows = Preset::ALL.map(|preset| PresetRow {
        name: preset.name(),
        title: preset.label(),
        sentence: preset.sentence(),
        source: preset.source(),
        settings: preset.settings(),
    });
    print(rows, json, |row| [row.name, row.title, row.sentence])
}

fn lessons(files: &[(&str, &str)], json: bool) -> Result {
    // Their claims were checked when the page was built.
    let all = files.iter().filter_map(|(_, text)| half_open_lessons::read(text).ok());
    let rows = all.map(|authored| {
        let lesson = authored.lesson;
        LessonRow {
            name: lesson.name,
            title: lesson.title,
            sentence: lesson.about,
            beats: lesson.beats.into_iter().map(|beat| beat.name).collect(),
        }
    });
    print(rows, json, |row| [&row.name, &row.title, &row.sentence])
}

fn scenarios(json: bool) -> Result {
    let rows = library::all().into_iter().map(|experiment| {
        let scenario = experiment.scenario;
        let nodes = 0..=u8::MAX;
        Row {
            services: nodes.filter(|node| scenario.service(*node).is_some()).count(),
            name: scenario.name,
            title: scenario.title,
            sentence: scenario.sentence,
            seed: experiment.seed,
            until_ms: Ms(scenario.horizon),
        }
    });
    print(rows, json, |row| [&row.name, &row.title, &row.sentence])
}

/// Prints rows as JSON, or of each its name, its title and its sentence.
fn print<R: Serialize>(
    rows: impl IntoIterator<Item = R>,
    json: bool,
    told: impl Fn(&R) -> [&str; 3],
) -> Result {
    let rows: Vec<R> = rows.into_iter().collect();
    let mut out = io::stdout().lock();
    if json {
        return output::json(&mut out, &rows);
    }
    for [name, title, sentence] in rows.iter().map(told) {
        writeln!(out, "{name}\n    {title}. {sentence}")?;
    }
    Ok(())
}
