//! Whether a lesson is true: whatever it names exists, and its runs bear out what it claims.

use half_open::run::{Limits, Run};
use half_open::scenario::{Knob, Scenario};
use half_open_view::draw::Role;
use half_open_view::lesson::{Beat, Changes, Claim, Figure, Lesson, Place, Question, Task, parts};
use half_open_view::link::{self, Range};

use crate::author::{Authored, Term};

/// How many beats a lesson has.
const BEATS: std::ops::RangeInclusive<usize> = 4..=8;
/// How many characters a visitor reads at once.
const LONGEST: usize = 240;

/// Everything in a lesson that is not so, in sentences.
#[must_use]
pub fn check(authored: &Authored) -> Vec<String> {
    let Authored { lesson, claims } = authored;
    let mut problems = form(lesson);
    for (beat, claims) in lesson.beats.iter().zip(claims) {
        let found = about(beat, claims);
        problems
            .extend(found.into_iter().map(|problem| format!("beat “{}”: {problem}", beat.name)));
    }
    problems
}

/// Everything about a word of the glossary that is not so, in sentences.
#[must_use]
pub(crate) fn check_term(of: &Term) -> Vec<String> {
    let (state, whole) = match (of.beat.place(), of.beat.range()) {
        (Ok(state), Ok(whole)) => (state, whole),
        (Err(error), _) | (_, Err(error)) => return vec![error.to_string()],
    };
    let run = Run::new(state.experiment, Limits::default());
    let mut problems = places(&of.beat, &run.experiment().scenario);
    if whole.to <= whole.from || whole.to > run.end() {
        problems.push(format!("{}..{} is no part of its run", whole.from, whole.to));
    }
    if of.claims.is_empty() {
        problems.push("it claims nothing".into());
    }
    problems.extend(of.claims.iter().filter_map(|claim| unmet(claim, &run, whole)));
    problems
}

/// What a lesson consists of.
fn form(lesson: &Lesson) -> Vec<String> {
    let mut problems = Vec::new();
    let mut need = |so: bool, what: &str| {
        if !so {
            problems.push(what.to_owned());
        }
    };
    if lesson.challenge().is_none() {
        need(BEATS.contains(&lesson.beats.len()), "it needs 4 to 8 beats");
        need(lesson.code.len() == 3, "it needs the words of three libraries");
        need(lesson.remember.len() == 3, "it needs three sentences to remember");
    }
    let mut names: Vec<&str> = lesson.beats.iter().map(|beat| beat.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    need(names.len() == lesson.beats.len(), "no two beats may have the same name");
    let plain = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    };
    let all_plain = names.into_iter().all(plain) && plain(&lesson.name);
    need(all_plain, "names stand in links: lower-case letters and “-” only");
    problems
}

fn about(beat: &Beat, claims: &[String]) -> Vec<String> {
    let (state, whole) = match (beat.place(), beat.range()) {
        (Ok(state), Ok(whole)) => (state, whole),
        (Err(error), _) | (_, Err(error)) => return vec![error.to_string()],
    };
    let run = Run::new(state.experiment, Limits::default());
    let mut problems = Vec::new();
    if whole.to < whole.from || whole.to > run.end() {
        problems.push(format!("{}..{} is no part of its run", whole.from, whole.to));
    }
    if claims.is_empty() {
        problems.push("it claims nothing".into());
    }
    problems.extend(words(beat));
    problems.extend(places(beat, &run.experiment().scenario));
    problems.extend(claims.iter().filter_map(|claim| unmet(claim, &run, whole)));
    problems.extend(beat.question.iter().flat_map(|question| asked(question, &run, whole)));
    problems.extend(beat.task.iter().flat_map(|task| tried(task, &beat.offers, &run, whole)));
    problems
}

/// What is said can be read at a glance, and has one phrase to underline.
pub(crate) fn sentence(says: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let [_, phrase, _] = parts(says);
    if phrase.is_empty() || says.matches('*').count() != 2 {
        problems.push("“says” must have one phrase between two *".into());
    }
    if says.chars().count() > LONGEST {
        problems.push(format!("“says” has more than {LONGEST} characters"));
    }
    problems
}

/// A step has something to say, to mark, and to ask.
fn words(beat: &Beat) -> Vec<String> {
    let mut problems = sentence(&beat.says);
    if !Role::ALL.iter().any(|role| role.name() == beat.mark) {
        problems.push(format!("“mark”: there is nothing that looks like “{}”", beat.mark));
    }
    if beat.note.is_empty() || beat.ask.is_empty() {
        problems.push("whoever presents it needs a “note” and something to “ask”".into());
    }
    problems
}

fn places(beat: &Beat, scenario: &Scenario) -> Vec<String> {
    let unknown = beat.look.iter().filter(|name| Place::find(scenario, name).is_none());
    let looks = unknown.map(|name| format!("“look”: there is no “{name}”"));
    let offers = beat.offers.iter().filter_map(|path| Knob::find(scenario, path).err());
    looks.chain(offers.map(|problem| format!("“offers”: {problem}"))).collect()
}

/// What is wrong about a claim.
fn unmet(claim: &str, run: &Run, whole: Range) -> Option<String> {
    match Claim::read(claim, &run.experiment().scenario, whole) {
        Err(problem) => Some(format!("“{claim}”: {problem}")),
        Ok(read) if read.holds(run) => None,
        Ok(read) => Some(format!("“{claim}” is not so: it is {}", read.found(run))),
    }
}

fn asked(question: &Question, run: &Run, whole: Range) -> Vec<String> {
    let scenario = &run.experiment().scenario;
    let mut problems = Vec::new();
    if !question.choices.is_empty() {
        let mut right = 0;
        for (says, claim) in &question.choices {
            match Claim::read(claim, scenario, whole) {
                Err(problem) => problems.push(format!("choice “{says}”: {problem}")),
                Ok(claim) => right += u32::from(claim.holds(run)),
            }
        }
        if right != 1 {
            problems.push(format!("one choice must be right, and {right} are"));
        }
        return problems;
    }
    match Figure::read(&question.answer, scenario, whole) {
        Err(problem) => problems.push(format!("answer: {problem}")),
        Ok(figure) => {
            let (least, most) = question.between;
            if !figure.of(run).is_some_and(|answer| least <= answer && answer <= most) {
                let found = figure.of(run).map_or_else(String::new, |a| figure.unit().show(a));
                problems.push(format!("the answer {found} must be among what can be guessed"));
            }
        }
    }
    problems
}

/// A task is not done before somebody does it, and what is shown does it.
fn tried(task: &Task, offers: &[String], run: &Run, whole: Range) -> Vec<String> {
    let mut problems: Vec<String> = Vec::new();
    if task.is_done(run, whole) {
        problems.push("its task is done before anything was changed".into());
    }
    match link::decode(&task.shown) {
        Err(error) => problems.push(error.to_string()),
        Ok(state) => {
            let shown = Run::new(state.experiment, Limits::default());
            if task.seeds > 0 {
                let changes = Changes::of(run.experiment(), shown.experiment(), offers);
                if changes.more || changes.settings.len() > task.most as usize {
                    let settings = changes.settings.join(", ");
                    problems.push(format!("what is shown changes more than it may: {settings}"));
                }
            }
            let goals = task.goals.iter().filter_map(|goal| unmet(goal, &shown, whole));
            problems
                .extend(goals.map(|problem| format!("what is shown does not do it: {problem}")));
        }
    }
    problems
}
