//! How many requests a service lets in at once, found out by how long they take: adaptive concurrency
//! limits, as in Netflix's *concurrency-limits* (*Performance Under Load*, Netflix Technology Blog 2018).
//!
//! * [`Law::Aimd`] (its `AIMDLimit`): who takes longer than a threshold makes the limit a tenth smaller;
//!   everybody else makes it larger by one, if at least half of it is used. The law of TCP.
//! * [`Law::Gradient`] (its `Gradient2Limit`): the limit follows the ratio of how long requests take in
//!   the long run to how long one takes now, plus room for a short queue.
//!
//! ```
//! use half_open::policy::shed::limiter::{Law, Limiter, Settings};
//! use half_open::time::{SimDuration, SimTime};
//!
//! let (settings, ms) = (Settings::default(), SimTime::from_millis);
//! let mut limiter = Limiter::default();
//! assert_eq!(limiter.limit(&settings), 20);
//! for key in 0..20 {
//!     limiter.enter(key, ms(0));
//! }
//! // Somebody was slow, the next one is not.
//! limiter.leave(Law::Aimd { slow: SimDuration::from_millis(100) }, &settings, &0, ms(300), true);
//! assert_eq!(limiter.limit(&settings), 18);
//! ```

use serde::{Deserialize, Serialize};

use crate::policy::Problem;
use crate::time::{SimDuration, SimTime};

/// Where a limit begins.
const FIRST: f64 = 20.0;
/// What is left of a limit after somebody was slow (`backoffRatio`).
const BACKOFF: f64 = 0.9;
/// Room for a short queue (`queueSize`).
const QUEUE: f64 = 4.0;
/// How much of a new limit is taken over at once (`smoothing`).
const SMOOTHING: f64 = 0.2;
/// Over how many requests the long run goes (`longWindow`), and of how many its beginning is the mean.
const LONG: f64 = 600.0;
const WARM_UP: u32 = 10;
/// A long run this many times as long as the last request is over: it shrinks by so much each time.
const PAST: f64 = 2.0;
const FORGET: f64 = 0.95;

/// Between what limits a limit stays.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// It is never smaller: 1 to 10,000. *concurrency-limits* has 20.
    pub least: u32,
    /// It is never larger: 1 to 10,000.
    pub most: u32,
}

impl Default for Settings {
    /// A service of this size needs a smaller one than Netflix's.
    fn default() -> Self {
        Self { least: 2, most: 200 }
    }
}

impl Settings {
    /// Whether every parameter is in its range. A `least` above `most` is taken for `most`.
    ///
    /// # Errors
    /// The first parameter that is not.
    pub fn validate(&self) -> Result<(), Problem> {
        for (name, value) in [("least", self.least), ("most", self.most)] {
            if !(1..=10_000).contains(&value) {
                let message = format!("must be between 1 and 10000, not {value}");
                return Err(Problem::new(name, message));
            }
        }
        Ok(())
    }
}

/// How a limit changes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Law {
    /// By one up, by a tenth down.
    Aimd {
        /// Who takes longer is slow.
        slow: SimDuration,
    },
    /// By how much longer a request takes than usual.
    Gradient {
        /// How many times as long as in the long run a request may take before the limit shrinks, at least
        /// 1. *concurrency-limits* has 1.5.
        tolerance: f64,
    },
}

/// For a limit that is not in force: nothing is learned by it.
pub(crate) const UNUSED: Law = Law::Aimd { slow: SimDuration::ZERO };

/// Somebody who was let in.
#[derive(Clone, Copy, Debug)]
struct Entry<K> {
    key: K,
    at: SimTime,
    /// How many there were then, this one included.
    in_flight: usize,
}

/// What there is to remember of one service. The settings come with every question.
#[derive(Clone, Debug)]
pub struct Limiter<K> {
    limit: f64,
    inside: Vec<Entry<K>>,
    /// How long requests take in the long run, in nanoseconds, and of how many that is the mean as long
    /// as they are few.
    long: f64,
    seen: u32,
}

impl<K> Default for Limiter<K> {
    fn default() -> Self {
        Self { limit: FIRST, inside: Vec::new(), long: 0.0, seen: 0 }
    }
}

impl<K: Copy + PartialEq> Limiter<K> {
    /// How many may be inside at present.
    #[must_use]
    pub fn limit(&self, settings: &Settings) -> u32 {
        within(self.limit, settings) as u32
    }

    /// How many are.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.inside.len()
    }

    /// Whether one more is let in.
    #[must_use]
    pub fn has_room(&self, settings: &Settings) -> bool {
        self.inside.len() < self.limit(settings) as usize
    }

    /// Somebody is let in.
    pub fn enter(&mut self, key: K, now: SimTime) {
        self.inside.push(Entry { key, at: now, in_flight: self.inside.len() + 1 });
    }

    /// Somebody leaves; it `counts` unless it was stopped, or was answered without work. Does nothing for
    /// who is not inside.
    pub fn leave(&mut self, law: Law, settings: &Settings, key: &K, now: SimTime, counts: bool) {
        let Some(place) = self.inside.iter().position(|entry| entry.key == *key) else { return };
        let entry = self.inside.remove(place);
        if counts {
            self.learn(law, settings, now.since(entry.at), entry.in_flight);
        }
    }

    fn learn(&mut self, law: Law, settings: &Settings, took: SimDuration, in_flight: usize) {
        let limit = within(self.limit, settings);
        self.limit = match law {
            Law::Aimd { slow } if took > slow => within(limit * BACKOFF, settings),
            Law::Aimd { .. } if in_flight as f64 * 2.0 >= limit => within(limit + 1.0, settings),
            Law::Aimd { .. } => limit,
            Law::Gradient { tolerance } => {
                // A request that took no time at all says nothing of a slope.
                let now = (took.nanos() as f64).max(1.0);
                let long = self.long_run(now);
                if in_flight as f64 * 2.0 < limit {
                    limit
                } else {
                    let slope = (tolerance * long / now).clamp(0.5, 1.0);
                    let next = limit * slope + QUEUE;
                    within(limit * (1.0 - SMOOTHING) + next * SMOOTHING, settings)
                }
            }
        };
    }

    /// The mean of the long run, with one more.
    fn long_run(&mut self, now: f64) -> f64 {
        if self.seen < WARM_UP {
            self.seen += 1;
            self.long += (now - self.long) / f64::from(self.seen);
        } else {
            let weight = 2.0 / (LONG + 1.0);
            self.long = self.long * (1.0 - weight) + now * weight;
        }
        let long = self.long;
        if long > PAST * now {
            self.long *= FORGET;
        }
        long
    }
}

fn within(limit: f64, settings: &Settings) -> f64 {
    let most = f64::from(settings.most);
    limit.clamp(f64::from(settings.least).min(most), most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MS: fn(u64) -> SimDuration = SimDuration::from_millis;

    /// So many requests at once, again and again, each of which takes so long.
    fn after(law: Law, rounds: u32, many: u32, took: impl Fn(u32) -> SimDuration) -> u32 {
        let (settings, mut limiter) = (Settings::default(), Limiter::default());
        for round in 0..rounds {
            (0..many).for_each(|key| limiter.enter(key, SimTime::ZERO));
            let end = SimTime::ZERO + took(round);
            (0..many).for_each(|key| limiter.leave(law, &settings, &key, end, true));
        }
        limiter.limit(&settings)
    }

    #[test]
    fn a_limit_grows_by_one_and_shrinks_by_a_tenth() {
        let law = Law::Aimd { slow: MS(100) };
        assert_eq!(after(law, 1, 30, |_| MS(100)), 20 + 21, "those above half of it count");
        assert_eq!(after(law, 1, 1, |_| MS(101)), 18);
        assert_eq!(after(law, 100, 1, |_| MS(101)), 2, "it stays above the least");
        assert_eq!(after(law, 100, 200, |_| MS(50)), 200, "and below the most");
    }

    #[test]
    fn what_is_not_used_does_not_grow() {
        for law in [Law::Aimd { slow: MS(100) }, Law::Gradient { tolerance: 1.5 }] {
            assert_eq!(after(law, 100, 9, |_| MS(50)), 20, "{law:?}");
        }
    }

    #[test]
    fn as_long_as_requests_take_as_long_as_usual_there_is_room_for_more() {
        let law = Law::Gradient { tolerance: 1.5 };
        assert!(after(law, 50, 150, |_| MS(50)) > 150);
        // Three times as long is twice what is tolerated, until that is what is usual.
        let slow =
            |rounds| after(law, rounds, 60, |round| if round < 5 { MS(50) } else { MS(150) });
        let limits = [5, 7, 40].map(slow);
        assert!(limits[0] > 100 && limits[1] < 60 && limits[2] > 100, "{limits:?}");
    }

    #[test]
    fn the_long_run_is_forgotten_when_things_are_fast_again() {
        let mut limiter = Limiter::<u32>::default();
        (0..1_000).for_each(|_| _ = limiter.long_run(1e9));
        assert!((limiter.long - 1e9).abs() < 1.0);
        (0..60).for_each(|_| _ = limiter.long_run(1e8));
        assert!(limiter.long < 2.1e8, "{}", limiter.long);
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        let problem = Settings { most: 0, ..Settings::default() }.validate();
        assert_eq!(
            problem.expect_err("none").to_string(),
            "most must be between 1 and 10000, not 0"
        );
    }

    proptest! {
        #[test]
        fn a_limit_stays_within_its_limits_and_nobody_is_counted_twice(
            least in 1u32..50, most in 1u32..300, gradient in any::<bool>(),
            steps in prop::collection::vec((any::<bool>(), 0u64..40, 0u64..500), 1..300),
        ) {
            let settings = Settings { least, most };
            let law = if gradient {
                Law::Gradient { tolerance: 1.5 }
            } else {
                Law::Aimd { slow: MS(100) }
            };
            let (mut limiter, mut now) = (Limiter::default(), SimTime::ZERO);
            let mut inside = std::collections::BTreeSet::new();
            for (enters, key, later) in steps {
                now = now + MS(later);
                if enters && !inside.contains(&key) && limiter.has_room(&settings) {
                    limiter.enter(key, now);
                    inside.insert(key);
                } else if !enters {
                    limiter.leave(law, &settings, &key, now, true);
                    inside.remove(&key);
                }
                prop_assert_eq!(limiter.in_flight(), inside.len());
                let limit = limiter.limit(&settings);
                prop_assert!(limit >= least.min(most) && limit <= most);
            }
        }
    }
}
