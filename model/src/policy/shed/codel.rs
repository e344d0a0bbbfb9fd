//! Controlled delay, as servers use it (Maurer, *Fail at Scale*, ACM Queue 2015): a queue that was
//! empty a moment ago is a burst, and may be waited in; one that has not been empty for a while is
//! overload, and whoever waits in it for long only makes others late.
//!
//! ```text
//! if the queue was not empty in the last interval: wait for at most the target
//! else: wait for at most the interval
//! ```
//!
//! The original, *Controlling Queue Delay* (ACM Queue 2012, RFC 8289), drops packets one by one, ever
//! faster, because their senders slow down. Requests do not, so here everyone has the same limit.
//!
//! ```
//! use half_open::policy::shed::codel::{Codel, Settings};
//! use half_open::time::SimTime;
//!
//! let (settings, ms) = (Settings::default(), SimTime::from_millis);
//! let mut codel = Codel::default();
//! // The first to wait, and one more soon after: a burst.
//! codel.queued(ms(0), true);
//! assert_eq!(codel.patience(&settings, ms(50)).limit, settings.interval);
//! // Somebody has been waiting ever since.
//! let patience = codel.patience(&settings, ms(150));
//! assert!(patience.standing && patience.limit == settings.target);
//! ```

use serde::{Deserialize, Serialize};

use crate::policy::{LONGEST, Problem, SHORTEST, duration_within};
use crate::time::{SimDuration, SimTime};

/// How long a request may wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// In a standing queue: 1 µs to 24 h.
    pub target: SimDuration,
    /// In any other; a queue that was not empty for longer is standing: 1 µs to 24 h.
    pub interval: SimDuration,
}

impl Default for Settings {
    /// *Fail at Scale*: 5 ms and 100 ms, which need no tuning from service to service.
    fn default() -> Self {
        Self { target: SimDuration::from_millis(5), interval: SimDuration::from_millis(100) }
    }
}

impl Settings {
    /// Whether every parameter is in its range.
    ///
    /// # Errors
    /// The first parameter that is not.
    pub fn validate(&self) -> Result<(), Problem> {
        duration_within("target", self.target, SHORTEST, LONGEST)?;
        duration_within("interval", self.interval, SHORTEST, LONGEST)
    }
}

/// How long somebody may wait who comes now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Patience {
    /// Who waits longer is shed.
    pub limit: SimDuration,
    /// Whether the queue is a standing one.
    pub standing: bool,
}

/// What there is to remember of one queue. The settings come with every question.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Codel {
    /// When the queue was last empty, while it is not.
    empty: SimTime,
}

impl Codel {
    /// Somebody begins to wait; `first`: nobody else does.
    pub fn queued(&mut self, now: SimTime, first: bool) {
        if first {
            self.empty = now;
        }
    }

    /// How long somebody may wait who has just begun to.
    #[must_use]
    pub fn patience(&self, settings: &Settings, now: SimTime) -> Patience {
        let standing = now.since(self.empty) > settings.interval;
        let limit = if standing { settings.target } else { settings.interval };
        Patience { limit, standing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MS: fn(u64) -> SimTime = SimTime::from_millis;

    #[test]
    fn a_queue_is_standing_only_after_more_than_an_interval() {
        let (settings, mut codel) = (Settings::default(), Codel::default());
        codel.queued(MS(1_000), true);
        codel.queued(MS(1_050), false);
        assert!(!codel.patience(&settings, MS(1_100)).standing);
        let just_after = SimTime::from_nanos(MS(1_100).nanos() + 1);
        assert!(codel.patience(&settings, just_after).standing);
        // It was empty in between.
        codel.queued(MS(2_000), true);
        assert!(!codel.patience(&settings, MS(2_100)).standing);
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        let problem = Settings { target: SimDuration::ZERO, ..Settings::default() }.validate();
        let problem = problem.expect_err("no target").to_string();
        assert_eq!(problem, "target must be between 1 µs and 24 h, not 0 s");
    }

    proptest! {
        /// The rule of the paper, word by word, over any queue.
        #[test]
        fn who_comes_may_wait_for_the_target_if_nobody_saw_the_queue_empty_for_an_interval(
            steps in prop::collection::vec((0u64..60, any::<bool>()), 1..60),
        ) {
            let (settings, mut codel) = (Settings::default(), Codel::default());
            let (mut now, mut last_empty) = (0, 0);
            for (gap, empty) in steps {
                now += gap;
                if empty {
                    last_empty = now;
                }
                codel.queued(MS(now), empty);
                let patience = codel.patience(&settings, MS(now));
                let expected = if last_empty + 100 < now { 5 } else { 100 };
                prop_assert_eq!(patience.limit, SimDuration::from_millis(expected));
            }
        }
    }
}
