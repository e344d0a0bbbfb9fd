//! When a call is hedged, in the few numbers that a caller sets.

use serde::{Deserialize, Serialize};

use super::settings::MOST;
use super::{Percentile, Report, Settings};
use crate::policy::retry::RetryOn;
use crate::policy::{LONGEST, Problem, count_within, duration_within, number_within};
use crate::time::SimDuration;

/// After what the next copy goes out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum After {
    /// A delay that is given.
    #[default]
    Delay,
    /// A percentile of the latencies of the calls before.
    Percentile,
}

impl After {
    /// Both, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Delay, Self::Percentile];
}

/// The hedging of a call, in the terms of gRPC's proposal A6.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Call {
    /// Copies in all, the first included: 1 to 11. One means no hedging.
    pub max_attempts: u32,
    /// After what the next one goes out.
    pub after: After,
    /// The delay, up to 24 h; zero sends all at once.
    pub delay: SimDuration,
    /// The percentile of the latest 100 calls, 0 to 1: at 0.95, one call in twenty is hedged. It takes
    /// twenty calls until there is one.
    pub percentile: f64,
}

impl Default for Call {
    fn default() -> Self {
        Self {
            max_attempts: 1,
            after: After::Delay,
            delay: SimDuration::from_millis(100),
            percentile: 0.95,
        }
    }
}

impl Call {
    /// Whether there is ever a second copy.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.max_attempts > 1
    }

    /// Whether this is what a call has that was told nothing.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The same for the machine: what the callee says about when to come back is heard, a copy that is
    /// refused by its own caller ends nothing, and of several failures the latest counts.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let percentile = Percentile { percentile: self.percentile, ..Percentile::default() };
        Settings {
            max_attempts: self.max_attempts,
            delay: Some(self.delay),
            percentile: (self.after == After::Percentile).then_some(percentile),
            non_fatal: RetryOn { rejections: true, ..RetryOn::default() },
            honour_pushback: true,
            report: Report::Latest,
            ..Settings::default()
        }
    }

    /// Whether every parameter is in its range.
    ///
    /// # Errors
    /// The first parameter that is not.
    pub fn validate(&self) -> Result<(), Problem> {
        count_within("max_attempts", self.max_attempts, 1, MOST)?;
        duration_within("delay", self.delay, SimDuration::ZERO, LONGEST)?;
        number_within("percentile", self.percentile, 0.0, 1.0)
    }
}
