//! The system at one instant: clients, services, lines, and what is on its way.

use super::draw::{DrawList, Size, Spot};
use super::selection::Selection;
use crate::run::{Run, Scene};

/// What a stage is drawn from. Equal inputs give equal pictures.
#[derive(Clone, Copy, Debug)]
pub struct StageInput<'a> {
    /// The run.
    pub run: &'a Run,
    /// The instant.
    pub scene: &'a Scene,
    /// The canvas.
    pub size: Size,
    /// What is looked at closely; a request dims all others.
    pub selection: &'a Selection,
    /// What the pointer is on.
    pub hover: Option<Selection>,
    /// Whether time stands still and there is leisure for IDs, arrows and remaining timeouts.
    pub detail: bool,
    /// Whether the picture moves in steps, as for less motion: with trails and numbers.
    pub stepped: bool,
}

/// A stage.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Stage {
    /// The picture.
    pub list: DrawList,
    /// What can be pointed at, those on top last.
    pub spots: Vec<Spot<Selection>>,
}

/// Draws the system as it is at the scene's instant.
#[must_use]
pub fn draw(input: &StageInput) -> Stage {
    let _ = input;
    Stage::default()
}

/// The same in words: a sentence for each node and each line.
#[must_use]
pub fn describe(run: &Run, scene: &Scene) -> Vec<String> {
    let _ = (run, scene);
    Vec::new()
}
