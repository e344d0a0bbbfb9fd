//! One sentence for what is going on.

use super::draw::Role;
use crate::run::{Run, Scene};

/// A sentence or two, with a phrase to underline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Story {
    /// What comes before the phrase.
    pub before: String,
    /// The phrase.
    pub phrase: String,
    /// What comes after it.
    pub after: String,
    /// What the line under the phrase stands for.
    pub role: Role,
}

/// What is going on at the scene's instant. It depends on states, not on counts that change with
/// every frame, so that it can be read while time passes.
#[must_use]
pub fn sentence(run: &Run, scene: &Scene) -> Story {
    let _ = (run, scene);
    Story { before: String::new(), phrase: "All is calm".into(), after: ".".into(), role: Role::Ok }
}
