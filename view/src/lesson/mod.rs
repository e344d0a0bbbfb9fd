//! A guided tour through runs: what is said, where to look, what may be tried, and what is claimed.
//!
//! Authors write lessons as TOML (`lessons/`), which is checked and made into the plain text that is
//! read here when the page is built.

mod changes;
mod claim;
mod figure;
mod text;

pub use changes::Changes;
pub use claim::Claim;
pub use figure::{Figure, Unit};

use crate::link::{self, Range};
use half_open::run::Run;
use half_open::scenario::{EdgeId, NodeId, Scenario};
use half_open::time::SimTime;

/// A guided tour.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Lesson {
    /// Its place among all, from 1.
    pub number: u8,
    /// As links have it.
    pub name: String,
    /// The language it is told in, as BCP 47 has it; none is English.
    pub language: String,
    /// What it is called on the page.
    pub title: String,
    /// What it is about, in a sentence.
    pub about: String,
    /// Its steps, in order.
    pub beats: Vec<Beat>,
    /// The same policy in the words of libraries.
    pub code: Vec<Code>,
    /// What to remember of it, in a sentence each.
    pub remember: Vec<String>,
    /// The name and the title of the next one, if there is one.
    pub next: Option<(String, String)>,
    /// What else stands on the page meanwhile, by [`WORDS`].
    pub words: Vec<(String, String)>,
}

/// What stands on the page beside what a lesson says: a translation has them all.
pub const WORDS: [&str; 18] = [
    "back", "skip", "continue", "step", "return", "leave", "guess", "yours", "answer", "show",
    "undo", "all", "remember", "code", "next", "judge", "changed", "more",
];

impl Lesson {
    /// What is to be mended, where it is a challenge: its one step is judged under many seeds.
    #[must_use]
    pub fn challenge(&self) -> Option<&Task> {
        match self.beats.as_slice() {
            [beat] => beat.task.as_ref().filter(|task| task.seeds > 0),
            _ => None,
        }
    }

    /// A word in the language of the lesson.
    #[must_use]
    pub fn word<'a>(&'a self, key: &'a str) -> &'a str {
        self.words.iter().find(|(known, _)| known == key).map_or(key, |(_, word)| word)
    }
}

/// A step of a lesson: one sentence, and what is seen meanwhile.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Beat {
    /// As links have it.
    pub name: String,
    /// What is said; a phrase between two `*` is underlined.
    pub says: String,
    /// What the line under the phrase stands for, by the name of a [`Role`](crate::draw::Role).
    pub mark: String,
    /// Which experiment is seen, from when, and what is selected, as it stands in a link.
    pub link: String,
    /// Up to when time passes by itself; not at all if that is where it begins.
    pub until: SimTime,
    /// Names of nodes and calls to look at: everything else is pale. All, if there are none.
    pub look: Vec<String>,
    /// Paths of the knobs that are offered. All, if there are none.
    pub offers: Vec<String>,
    /// What is asked before time passes.
    pub question: Option<Question>,
    /// What the visitor is asked to do.
    pub task: Option<Task>,
    /// For whoever presents it: what to say.
    pub note: String,
    /// For whoever presents it: what to ask the audience.
    pub ask: String,
}

/// A question whose answer the run gives.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Question {
    /// What is asked.
    pub asks: String,
    /// The figure that answers it, for a number.
    pub answer: String,
    /// What is counted, behind the number: `calls`.
    pub things: String,
    /// The least and the most that can be guessed, in the unit of the answer.
    pub between: (f64, f64),
    /// For a choice: each with the claim that holds if it is right.
    pub choices: Vec<(String, String)>,
    /// What is said once it is answered.
    pub reveals: String,
}

/// Something for the visitor to do.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Task {
    /// What.
    pub says: String,
    /// Claims of which all hold once it is done.
    pub goals: Vec<String>,
    /// One way of doing it, as it stands in a link.
    pub shown: String,
    /// What is said once it is done.
    pub done: String,
    /// Under how many seeds it is judged; if none, by the run that is seen.
    pub seeds: u32,
    /// How many settings may be changed, where it is judged.
    pub most: u32,
}

/// A policy in the words of a library.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Code {
    /// The library.
    pub library: String,
    /// A few lines.
    pub text: String,
}

/// A place in a system.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Clients or a service.
    Node(NodeId),
    /// A call.
    Edge(EdgeId),
}

impl Place {
    /// The node `bank`, or the call `api-bank`.
    #[must_use]
    pub fn find(scenario: &Scenario, name: &str) -> Option<Self> {
        let node = (0..).zip(&scenario.nodes).find(|(_, node)| node.name == name);
        let edge = || {
            (0..).zip(&scenario.edges).find(|(_, edge)| {
                let (from, to) = (scenario.node_name(edge.from), scenario.node_name(edge.to));
                name.strip_prefix(from).and_then(|rest| rest.strip_prefix('-')) == Some(to)
            })
        };
        node.map(|(id, _)| Self::Node(id)).or_else(|| edge().map(|(id, _)| Self::Edge(id)))
    }
}

/// What is said, in front of the phrase that is underlined, the phrase, and behind it.
#[must_use]
pub fn parts(says: &str) -> [&str; 3] {
    let (before, rest) = says.split_once('*').unwrap_or((says, ""));
    let (phrase, after) = rest.split_once('*').unwrap_or((rest, ""));
    [before, phrase, after]
}

impl Beat {
    /// What is seen, and where.
    ///
    /// # Errors
    /// Why the link cannot be read.
    pub fn place(&self) -> Result<link::State, link::LinkError> {
        link::decode(&self.link)
    }

    /// The part of the run in which time passes.
    ///
    /// # Errors
    /// Why the link cannot be read.
    pub fn range(&self) -> Result<Range, link::LinkError> {
        Ok(Range { from: self.place()?.view.at, to: self.until })
    }
}

impl Question {
    /// The answer of a run, for a number.
    #[must_use]
    pub fn answer(&self, run: &Run, whole: Range) -> Option<(f64, Unit)> {
        let figure = Figure::read(&self.answer, &run.experiment().scenario, whole).ok()?;
        Some((figure.of(run)?, figure.unit()))
    }

    /// The choice that a run bears out.
    #[must_use]
    pub fn right(&self, run: &Run, whole: Range) -> Option<usize> {
        let scenario = &run.experiment().scenario;
        self.choices.iter().position(|(_, claim)| {
            Claim::read(claim, scenario, whole).is_ok_and(|claim| claim.holds(run))
        })
    }
}

/// A goal, and how far a run is from it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Goal {
    /// What is to be reached, as people read it.
    pub says: String,
    /// Whether it is.
    pub met: bool,
    /// What the figure is.
    pub found: String,
}

impl Task {
    /// Measures a run by all goals. None is met before the run is known up to where it looks.
    #[must_use]
    pub fn measured(&self, run: &Run, whole: Range) -> Vec<Goal> {
        let goal = |text: &String| {
            let claim = Claim::read(text, &run.experiment().scenario, whole).ok();
            let known = |claim: &Claim| run.is_whole() || claim.figure.until() < run.end();
            let met = claim.as_ref().is_some_and(|claim| known(claim) && claim.holds(run));
            let found = claim.map_or_else(String::new, |claim| claim.found(run));
            let says = text.replace(">=", "≥").replace("<=", "≤").replace('"', "");
            Goal { says, met, found }
        };
        self.goals.iter().map(goal).collect()
    }

    /// Whether a run has reached all goals.
    #[must_use]
    pub fn is_done(&self, run: &Run, whole: Range) -> bool {
        let goals = self.measured(run, whole);
        !goals.is_empty() && goals.iter().all(|goal| goal.met)
    }
}
