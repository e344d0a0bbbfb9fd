//! Whom a service turns away before it has no room left, so that those whom it takes are served in
//! time.
//!
//! * [`codel`]: who has waited too long (*Fail at Scale*, ACM Queue 2015).
//!
//! Who is shed is answered at once; somebody else may have more time, or try elsewhere.

pub mod codel;

use serde::{Deserialize, Serialize};

use super::Problem;

/// By what a service sheds load.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// By nothing: it takes what it has room for.
    #[default]
    Nothing,
    /// By how long a request has waited.
    Codel,
}

impl By {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Nothing, Self::Codel];

    /// Its name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Codel => "codel",
        }
    }

    /// Its name for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Codel => "CoDel",
        }
    }
}

/// How a service sheds load. What belongs to another way than the chosen one stays as it was set.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The way.
    pub by: By,
    /// How long a request may wait.
    pub codel: codel::Settings,
}

impl Settings {
    /// Whether this is what a service has that was told nothing.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether every parameter is in its range.
    ///
    /// # Errors
    /// The first parameter that is not.
    pub fn validate(&self) -> Result<(), Problem> {
        self.codel.validate().map_err(|problem| problem.within("codel"))
    }
}
