//! Whom a service turns away before it has no room left, so that those whom it takes are served in
//! time.
//!
//! * [`codel`]: who has waited too long (*Fail at Scale*, ACM Queue 2015).
//! * [`By::Length`]: who comes when too many wait already (*Site Reliability Engineering*, chapter 22).
//! * [`limiter`]: who comes when more are inside than do each other good (Netflix *concurrency-limits*).
//!
//! Who is shed is answered at once; somebody else may have more time, or try elsewhere.

pub mod codel;
pub mod limiter;

use serde::{Deserialize, Serialize};

use super::{LONGEST, Problem, SHORTEST, duration_within};
use crate::decimal;
use crate::time::SimDuration;

/// The longest queue that can be asked for.
const MOST_WAITING: u32 = 100_000;

/// By what a service sheds load.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// By nothing: it takes what it has room for.
    #[default]
    Nothing,
    /// By how long a request has waited.
    Codel,
    /// By how many wait.
    Length,
    /// By how many are inside, up to a limit that grows by one and shrinks by a tenth.
    Aimd,
    /// By how many are inside, up to a limit that follows how long they take.
    Gradient,
}

impl By {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 5] =
        [Self::Nothing, Self::Codel, Self::Length, Self::Aimd, Self::Gradient];

    /// Its name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Codel => "codel",
            Self::Length => "length",
            Self::Aimd => "aimd",
            Self::Gradient => "gradient",
        }
    }

    /// Its name for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Codel => "CoDel",
            Self::Length => "length",
            Self::Aimd => "AIMD",
            Self::Gradient => "gradient",
        }
    }
}

/// How a service sheds load. What belongs to another way than the chosen one stays as it was set.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The way.
    pub by: By,
    /// How long a request may wait.
    pub codel: codel::Settings,
    /// How many may wait, up to 100,000.
    pub longest: u32,
    /// Who takes longer is slow, for AIMD: 1 µs to 24 h.
    pub slow: SimDuration,
    /// How many times as long as usual a request may take, for a gradient: 1 to 10.
    pub tolerance: f64,
    /// Between what limits AIMD and gradient stay.
    pub limits: limiter::Settings,
}

impl Default for Settings {
    /// Nothing is shed. A queue of ten, a fifth of a second (*concurrency-limits* has five), and half as long
    /// again.
    fn default() -> Self {
        Self {
            by: By::Nothing,
            codel: codel::Settings::default(),
            longest: 10,
            slow: SimDuration::from_millis(200),
            tolerance: 1.5,
            limits: limiter::Settings::default(),
        }
    }
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
        self.codel.validate().map_err(|problem| problem.within("codel"))?;
        duration_within("slow", self.slow, SHORTEST, LONGEST)?;
        if !(1.0..=10.0).contains(&self.tolerance) {
            let message =
                format!("must be between 1 and 10, not {}", decimal::show(self.tolerance));
            return Err(Problem::new("tolerance", message));
        }
        if self.longest > MOST_WAITING {
            let message = format!("must be at most {MOST_WAITING}, not {}", self.longest);
            return Err(Problem::new("longest", message));
        }
        self.limits.validate().map_err(|problem| problem.within("limits"))
    }

    /// How the limit changes of how many are let in, if there is one.
    #[must_use]
    pub const fn law(&self) -> Option<limiter::Law> {
        match self.by {
            By::Aimd => Some(limiter::Law::Aimd { slow: self.slow }),
            By::Gradient => Some(limiter::Law::Gradient { tolerance: self.tolerance }),
            By::Nothing | By::Codel | By::Length => None,
        }
    }
}
