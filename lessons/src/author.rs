//! A lesson as its author writes it.

use half_open::log::Kind;
use half_open::run::{Limits, Run};
use half_open::scenario::{Experiment, Scenario, library};
use half_open::time::{SimDuration, SimTime};
use half_open_files::settings;
use half_open_view::lesson::{Beat, Code, Figure, Lesson, Place, Question, Task};
use half_open_view::link::{self, FileIntervention, Range, Selection, ViewState};
use serde::Deserialize;

/// A file of `lessons/`. What each field means stands in `lessons/README.md`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    number: u8,
    name: String,
    title: String,
    about: String,
    scenario: String,
    seed: Option<u64>,
    until: Option<SimDuration>,
    #[serde(default)]
    set: Vec<String>,
    happens: Option<Vec<FileIntervention>>,
    beats: Vec<FileBeat>,
    #[serde(default)]
    code: Vec<FileCode>,
    #[serde(default)]
    remember: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileCode {
    library: String,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileBeat {
    name: String,
    says: String,
    #[serde(default)]
    mark: String,
    from: SimTime,
    to: SimTime,
    #[serde(default)]
    select: String,
    #[serde(default)]
    look: Vec<String>,
    #[serde(default)]
    offers: Vec<String>,
    #[serde(default)]
    afresh: bool,
    #[serde(default)]
    set: Vec<String>,
    #[serde(default)]
    happens: Vec<FileIntervention>,
    claims: Vec<String>,
    question: Option<FileQuestion>,
    task: Option<FileTask>,
    note: String,
    ask: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileQuestion {
    asks: String,
    #[serde(default)]
    answer: String,
    #[serde(default)]
    things: String,
    #[serde(default)]
    between: (String, String),
    #[serde(default)]
    choices: Vec<FileChoice>,
    reveals: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileChoice {
    says: String,
    r#if: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTask {
    says: String,
    goals: Vec<String>,
    #[serde(default)]
    set: Vec<String>,
    #[serde(default)]
    happens: Vec<FileIntervention>,
    done: String,
    #[serde(default)]
    seeds: u32,
    #[serde(default)]
    most: u32,
}

/// A lesson, and what its author claims of each beat.
#[derive(Clone, Debug)]
pub struct Authored {
    /// What the page gets.
    pub lesson: Lesson,
    /// For each beat, what must be so in its run.
    pub claims: Vec<Vec<String>>,
}

/// Reads a lesson. Whether it is true is for [`check`](crate::check()) to say.
///
/// # Errors
/// Sentences about what is wrong in it.
pub fn read(text: &str) -> Result<Authored, Vec<String>> {
    let file: File = toml::from_str(text).map_err(|error| vec![error.to_string()])?;
    let begin = file.begin().map_err(|problem| vec![problem])?;
    let (mut now, mut problems) = (begin.clone(), Vec::new());
    let mut lesson = Lesson {
        number: file.number,
        name: file.name,
        language: String::new(),
        title: file.title,
        about: file.about,
        beats: Vec::new(),
        code: file
            .code
            .into_iter()
            .map(|FileCode { library, text }| Code { library, text })
            .collect(),
        remember: file.remember,
        next: None,
        words: Vec::new(),
    };
    let mut claims = Vec::new();
    for beat in file.beats {
        if beat.afresh {
            now = begin.clone();
        }
        let name = beat.name.clone();
        claims.push(beat.claims.clone());
        match beat.read(&mut now) {
            Ok(beat) => lesson.beats.push(beat),
            Err(problem) => problems.push(format!("beat “{name}”: {problem}")),
        }
    }
    if problems.is_empty() { Ok(Authored { lesson, claims }) } else { Err(problems) }
}

impl File {
    /// The experiment before its first beat.
    fn begin(&self) -> Result<Experiment, String> {
        let mut experiment = library::find(&self.scenario)
            .ok_or_else(|| format!("there is no built-in scenario “{}”", self.scenario))?;
        experiment.seed = self.seed.unwrap_or(experiment.seed);
        if let Some(until) = self.until {
            experiment.scenario.horizon = until;
            experiment.interventions.retain(|done| done.at <= SimTime::ZERO + until);
        }
        if self.happens.is_some() {
            experiment.interventions.clear();
        }
        change(&mut experiment, &self.set, self.happens.clone().unwrap_or_default())?;
        Ok(experiment)
    }
}

/// A word, and a run in which it is seen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTerm {
    term: String,
    says: String,
    scenario: String,
    #[serde(default)]
    set: Vec<String>,
    from: SimTime,
    to: SimTime,
    #[serde(default)]
    look: Vec<String>,
    claims: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileGlossary {
    terms: Vec<FileTerm>,
}

/// A word of the glossary.
#[derive(Clone, Debug)]
pub struct Term {
    /// The word.
    pub term: String,
    /// A run in which it is seen, from when to when, what to look at, and what it means.
    pub beat: Beat,
    /// What must be so in that run.
    pub claims: Vec<String>,
}

/// Reads the glossary. Whether it is true is for [`check`](crate::check()) to say.
///
/// # Errors
/// Sentences about what is wrong in it.
pub(crate) fn glossary(text: &str) -> Result<Vec<Term>, Vec<String>> {
    let file: FileGlossary = toml::from_str(text).map_err(|error| vec![error.to_string()])?;
    let read = |of: FileTerm| {
        let wrong = |problem: String| vec![format!("“{}”: {problem}", of.term)];
        let mut experiment = library::find(&of.scenario)
            .ok_or_else(|| wrong(format!("there is no built-in scenario “{}”", of.scenario)))?;
        change(&mut experiment, &of.set, Vec::new()).map_err(wrong)?;
        let view = view(experiment.scenario.horizon, of.from, of.to, Selection::Nothing);
        let beat = Beat {
            says: of.says,
            link: link::encode(&link::State { view, ..link::State::new(experiment) }),
            until: of.to,
            look: of.look,
            ..Beat::default()
        };
        Ok(Term { term: of.term, beat, claims: of.claims })
    };
    file.terms.into_iter().map(read).collect()
}

/// Turns knobs from the start, and has things happen.
fn change(
    experiment: &mut Experiment,
    set: &[String],
    happens: Vec<FileIntervention>,
) -> Result<(), String> {
    settings::turn(experiment, set).map_err(|problem| problem.to_string())?;
    for intervention in happens {
        let meant =
            intervention.meant(&experiment.scenario).map_err(|problem| problem.to_string())?;
        experiment.insert(meant);
    }
    experiment.settle_chaos();
    experiment.validate().map_err(|problem| problem.to_string())
}

impl FileBeat {
    /// What it is in the experiment that the beats before have left, which it changes.
    fn read(self, now: &mut Experiment) -> Result<Beat, String> {
        change(now, &self.set, self.happens)?;
        let scenario = &now.scenario;
        let selection = selection(&self.select, now, self.to)
            .ok_or_else(|| format!("select: there is no “{}”", self.select))?;
        let view = view(scenario.horizon, self.from, self.to, selection);
        let link = |experiment: &Experiment| {
            link::encode(&link::State { view, ..link::State::new(experiment.clone()) })
        };
        let task = self.task.map(|FileTask { says, goals, set, happens, done, seeds, most }| {
            let mut shown = now.clone();
            change(&mut shown, &set, happens)?;
            Ok::<_, String>(Task { says, goals, shown: link(&shown), done, seeds, most })
        });
        let whole = Range { from: self.from, to: self.to };
        let question = self.question.map(|question| question.read(scenario, whole));
        Ok(Beat {
            name: self.name,
            says: self.says,
            mark: self.mark,
            link: link(now),
            until: self.to,
            look: self.look,
            offers: self.offers,
            question: question.transpose()?,
            task: task.transpose()?,
            note: self.note,
            ask: self.ask,
        })
    }
}

/// What the panel shows: a node, a call, `client 7`, or `request of client 7`, the last that it has begun
/// by the end of the beat.
fn selection(select: &str, experiment: &Experiment, to: SimTime) -> Option<Selection> {
    match Place::find(&experiment.scenario, select) {
        Some(Place::Node(node)) => return Some(Selection::Node(node)),
        Some(Place::Edge(edge)) => return Some(Selection::Edge(edge)),
        None if select.is_empty() => return Some(Selection::Nothing),
        None => {}
    }
    if let Some(client) = select.strip_prefix("client ") {
        return client.parse().ok().map(Selection::Client);
    }
    let client: u32 = select.strip_prefix("request of client ")?.parse().ok()?;
    let run = Run::new(experiment.clone(), Limits::default());
    let log = run.log();
    let begun = (0..log.count_until(to)).rev().map(|id| log.event(id));
    let mut requests = begun.filter(|event| event.kind == Kind::Arrived).map(|event| event.subject);
    let last = requests.find(|request| log.request(*request).client == client);
    last.map(Selection::Request)
}

/// Where a timeline looks that shows a part of a run: from the start, or else from shortly before.
fn view(horizon: SimDuration, from: SimTime, to: SimTime, selection: Selection) -> ViewState {
    let first = ViewState { at: from, selection, ..ViewState::first(horizon) };
    if to <= first.to {
        return first;
    }
    let lead = SimDuration::from_secs(2);
    let begin = SimTime::ZERO + (from.since(SimTime::ZERO) - lead);
    let width = first.to.since(first.from).max(to.since(begin) + lead);
    ViewState { from: begin, to: begin + width, ..first }
}

impl FileQuestion {
    fn read(self, scenario: &Scenario, whole: Range) -> Result<Question, String> {
        let Self { asks, answer, things, between, choices, reveals } = self;
        let between = if choices.is_empty() {
            let unit = Figure::read(&answer, scenario, whole)?.unit();
            (unit.read(&between.0)?, unit.read(&between.1)?)
        } else {
            (0.0, 0.0)
        };
        let choices = choices.into_iter().map(|FileChoice { says, r#if }| (says, r#if)).collect();
        Ok(Question { asks, answer, things, between, choices, reveals })
    }
}
