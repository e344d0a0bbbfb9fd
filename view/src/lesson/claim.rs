//! A claim about a run: a figure, and what it must be.

use half_open::run::Run;
use half_open::scenario::Scenario;

use super::figure::Figure;
use crate::link::Range;

/// A figure, and what it must be.
#[derive(Clone, PartialEq, Debug)]
pub struct Claim {
    /// What is measured.
    pub figure: Figure,
    how: How,
    /// What it is compared with, in the unit of the figure.
    pub than: f64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum How {
    AtMost,
    AtLeast,
    Not,
    Less,
    More,
    Equal,
}

/// Those of two characters come first: the others are their beginnings.
const SIGNS: [(&str, How); 6] = [
    ("<=", How::AtMost),
    (">=", How::AtLeast),
    ("!=", How::Not),
    ("<", How::Less),
    (">", How::More),
    ("=", How::Equal),
];

impl Claim {
    /// Reads a claim. Where it does not say when, `whole` is meant.
    ///
    /// # Errors
    /// A sentence about what is wrong in it.
    pub fn read(text: &str, scenario: &Scenario, whole: Range) -> Result<Self, String> {
        let signs = SIGNS.iter().filter_map(|(sign, how)| Some((text.rfind(sign)?, sign, *how)));
        // The one that begins first: `<=` holds `=`, too.
        let Some((place, sign, how)) = signs.min_by_key(|(place, ..)| *place) else {
            return Err(format!("“{text}” compares nothing: it needs one of = != < <= > >=."));
        };
        let figure = Figure::read(&text[..place], scenario, whole)?;
        let than = figure.unit().read(&text[place + sign.len()..])?;
        Ok(Self { figure, how, than })
    }

    /// Whether a run bears it out; one in which there is nothing to measure does not.
    #[must_use]
    pub fn holds(&self, run: &Run) -> bool {
        self.figure.of(run).is_some_and(|found| match self.how {
            How::AtMost => found <= self.than,
            How::AtLeast => found >= self.than,
            How::Not => found != self.than,
            How::Less => found < self.than,
            How::More => found > self.than,
            How::Equal => found == self.than,
        })
    }

    /// What the figure is in a run, as people read it.
    #[must_use]
    pub fn found(&self, run: &Run) -> String {
        let show = |value| self.figure.unit().show(value);
        self.figure.of(run).map_or_else(|| "nothing to measure".into(), show)
    }
}
