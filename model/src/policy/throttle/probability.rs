//! Turning away calls by chance: *adaptive throttling* (*Site Reliability Engineering*, 2016, chapter
//! 21, equation 21-1).
//!
//! A client counts its requests and those that were accepted. Once it has made more than `k` times as
//! many as were accepted, it turns away a new one with the probability
//!
//! ```text
//! max(0, (requests - k · accepts) / (requests + 1))
//! ```
//!
//! The requests that it turned away count too, so while the callee accepts `a` a second, about `k · a`
//! a second are sent, whatever is asked for.
//!
//! ```
//! use half_open::policy::throttle::probability::{Settings, Throttle};
//! use half_open::time::SimTime;
//!
//! let (settings, now) = (Settings::GOOGLE_SRE, SimTime::ZERO);
//! let mut throttle = Throttle::default();
//! // Your generator goes here: a number from [0, 1), asked for only where chance decides.
//! assert!(throttle.admit(&settings, now, || 0.4));
//! throttle.settle(&settings, now, false);
//! assert_eq!(throttle.probability(&settings, now), 0.5);
//! assert!(!throttle.admit(&settings, now, || 0.4));
//! ```

use serde::{Deserialize, Serialize};

use crate::policy::rolling::Rolling;
use crate::policy::{Problem, count_within, duration_within, number_within};
use crate::time::{SimDuration, SimTime};

/// When calls are turned away.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Settings {
    /// How many requests are made for each that is accepted: 1 to 100. With 2 the callee refuses as
    /// many as it accepts, with 1.1 one for every ten.
    pub k: f64,
    /// Over how long a time is counted: 1 s to 1 h, in twenty steps.
    pub window: SimDuration,
    /// The most that the probability can be: 0 to 1. Below 1, something always gets through to find
    /// out whether the callee is back; at 1, the formula itself sees to that, more slowly.
    pub max_probability: f64,
    /// How many requests have to be counted before any is turned away, up to 100,000.
    pub min_requests: u32,
    /// Which requests are counted.
    pub count: Count,
}

/// Which requests a throttle counts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// All that somebody wanted to make, when they wanted it, also those that were turned away
    /// (Google).
    #[default]
    Asked,
    /// Those that came back, when they came back (failsafe-go). What is turned away is not counted,
    /// so the probability stays lower, and calls under way are not seen.
    Settled,
}

impl Default for Settings {
    fn default() -> Self {
        Self::GOOGLE_SRE
    }
}

impl Settings {
    /// Google's: `k` = 2 over two minutes.
    pub const GOOGLE_SRE: Self = Self {
        k: 2.0,
        window: SimDuration::from_secs(120),
        max_probability: 1.0,
        min_requests: 0,
        count: Count::Asked,
    };
    /// failsafe-go's `AdaptiveThrottler`: nine of ten should succeed over one minute, and at most
    /// nine of ten are turned away. Its success rate is `1 / k`.
    pub const FAILSAFE_GO: Self = Self {
        k: 1.0 / 0.9,
        window: SimDuration::from_secs(60),
        max_probability: 0.9,
        min_requests: 0,
        count: Count::Settled,
    };

    /// Whether every parameter is in its range.
    ///
    /// # Errors
    /// The first parameter that is not.
    pub fn validate(&self) -> Result<(), Problem> {
        number_within("k", self.k, 1.0, 100.0)?;
        let seconds = SimDuration::from_secs;
        duration_within("window", self.window, seconds(1), seconds(3_600))?;
        number_within("max_probability", self.max_probability, 0.0, 1.0)?;
        count_within("min_requests", self.min_requests, 0, 100_000)
    }
}

/// The kinds of what is counted.
const REQUEST: usize = 0;
const ACCEPT: usize = 1;

/// One throttle: small, and cheap to clone. It keeps no settings; they come with every question.
///
/// Questions come in the order of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Throttle {
    counts: Rolling<20, 2>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { counts: Rolling::new() }
    }
}

impl Throttle {
    /// Whether a request may be made; one that may not is final for its caller. `u` draws a number
    /// from `[0, 1)`, if chance decides.
    pub fn admit(&mut self, settings: &Settings, now: SimTime, u: impl FnOnce() -> f64) -> bool {
        let probability = self.probability(settings, now);
        if settings.count == Count::Asked {
            self.counts.count(settings.window, now, REQUEST);
        }
        probability <= 0.0 || u() >= probability
    }

    /// A request that was made has come back: accepted, or refused because the callee has too much
    /// to do. An error of another kind is accepted work too.
    pub fn settle(&mut self, settings: &Settings, now: SimTime, accepted: bool) {
        if settings.count == Count::Settled {
            self.counts.count(settings.window, now, REQUEST);
        }
        if accepted {
            self.counts.count(settings.window, now, ACCEPT);
        }
    }

    /// The probability with which a request would be turned away now: 0 to 1.
    #[must_use]
    pub fn probability(&self, settings: &Settings, now: SimTime) -> f64 {
        let mut counts = self.counts;
        let [requests, accepts] = counts.sums(settings.window, now);
        if requests < u64::from(settings.min_requests) {
            return 0.0;
        }
        let excess = requests as f64 - settings.k * accepts as f64;
        (excess / (requests as f64 + 1.0)).max(0.0).min(settings.max_probability)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Stream, draw, unit};
    use proptest::prelude::*;

    fn at(ms: u64) -> SimTime {
        SimTime::from_millis(ms)
    }

    /// A throttle that has seen so many requests come back, the first of them accepted.
    fn after(settings: &Settings, requests: u32, accepts: u32) -> Throttle {
        let mut throttle = Throttle::default();
        for n in 0..requests {
            throttle.admit(settings, at(0), || 1.0);
            throttle.settle(settings, at(0), n < accepts);
        }
        throttle
    }

    #[test]
    fn nothing_is_turned_away_until_half_was_refused() {
        let settings = Settings::GOOGLE_SRE;
        let probability =
            |requests, accepts| after(&settings, requests, accepts).probability(&settings, at(0));
        assert_eq!(probability(0, 0), 0.0);
        assert_eq!(probability(100, 50), 0.0);
        assert_eq!(probability(100, 49), 2.0 / 101.0);
        assert_eq!(probability(99, 0), 0.99);
    }

    /// failsafe-go, `TestComputeRejectionRate`.
    #[test]
    fn the_rates_of_failsafe_go_are_met() {
        let probability = |executions, successes, most| {
            let settings = Settings { max_probability: most, ..Settings::FAILSAFE_GO };
            after(&settings, executions, successes).probability(&settings, at(0))
        };
        assert_eq!(probability(100, 95, 0.8), 0.0);
        assert!((probability(120, 90, 0.8) - 20.0 / 121.0).abs() < 1e-12);
        assert!((0.7..0.8).contains(&probability(200, 50, 0.8)));
        assert_eq!(probability(1_000, 10, 0.8), 0.8);
        assert_eq!(probability(1, 0, 0.9), 0.5);
    }

    #[test]
    fn requests_that_were_turned_away_count_only_for_google() {
        for (settings, probability) in
            [(Settings::GOOGLE_SRE, 11.0 / 12.0), (Settings::FAILSAFE_GO, 0.5)]
        {
            let mut throttle = after(&settings, 1, 0);
            for _ in 0..10 {
                assert!(!throttle.admit(&settings, at(0), || 0.0));
            }
            assert_eq!(throttle.probability(&settings, at(0)), probability);
        }
    }

    #[test]
    fn few_requests_prove_nothing() {
        let settings = Settings { min_requests: 10, ..Settings::GOOGLE_SRE };
        assert_eq!(after(&settings, 9, 0).probability(&settings, at(0)), 0.0);
        assert!(after(&settings, 10, 0).probability(&settings, at(0)) > 0.9);
    }

    #[test]
    fn refusals_are_forgotten_after_two_minutes() {
        let settings = Settings::GOOGLE_SRE;
        let throttle = after(&settings, 50, 0);
        assert!(throttle.probability(&settings, at(119_999)) > 0.9);
        assert_eq!(throttle.probability(&settings, at(120_000)), 0.0);
    }

    #[test]
    fn chance_is_asked_only_where_it_decides() {
        let settings = Settings::GOOGLE_SRE;
        assert!(Throttle::default().admit(&settings, at(0), || unreachable!("nothing to decide")));
    }

    /// The book: the client sends `k` times as much as is accepted, whatever is asked of it.
    #[test]
    fn what_is_sent_is_k_times_what_is_accepted() {
        for k in [1.1, 2.0, 4.0] {
            let settings = Settings { k, ..Settings::GOOGLE_SRE };
            let mut throttle = Throttle::default();
            let (mut sent, mut accepted, mut in_this_second) = (0u32, 0u32, 0);
            // 1,000 are asked for each second, of which the callee accepts 100. The start is
            // forgotten after two windows.
            for n in 0..600_000 {
                if n % 1_000 == 0 {
                    in_this_second = 0;
                }
                let u = unit(draw(7, Stream::Error, n, 0));
                if throttle.admit(&settings, at(n), || u) {
                    let accepts = in_this_second < 100;
                    throttle.settle(&settings, at(n), accepts);
                    in_this_second += u32::from(accepts);
                    accepted += u32::from(accepts && n >= 240_000);
                    sent += u32::from(n >= 240_000);
                }
            }
            let ratio = f64::from(sent) / f64::from(accepted);
            assert!((ratio / k - 1.0).abs() < 0.02, "{ratio} for {k}");
        }
    }

    #[test]
    fn presets_are_valid_and_what_is_not_is_named() {
        assert_eq!(Settings::GOOGLE_SRE.validate(), Ok(()));
        assert_eq!(Settings::FAILSAFE_GO.validate(), Ok(()));
        let problem = Settings { k: 0.5, ..Settings::default() }.validate().expect_err("k");
        assert_eq!(problem.to_string(), "k must be between 1 and 100, not 0.5");
        assert!(serde_json::from_str::<Settings>(r#"{"K":2}"#).is_err());
        let read: Settings = serde_json::from_str(r#"{"count":"settled"}"#).expect("valid");
        assert_eq!(read, Settings { count: Count::Settled, ..Settings::default() });
    }

    proptest! {
        #[test]
        fn a_probability_is_between_none_and_the_most(
            steps in prop::collection::vec((0u8..3, 0u64..60_000, 0.0f64..1.0), 0..200),
            k in 1.0f64..4.0,
            max_probability in 0.0f64..=1.0,
            settled: bool,
        ) {
            let count = if settled { Count::Settled } else { Count::Asked };
            let settings = Settings { k, max_probability, count, ..Settings::default() };
            let (mut throttle, mut now) = (Throttle::default(), 0);
            for (step, gap, u) in steps {
                now += gap;
                match step {
                    0 => {
                        let probability = throttle.probability(&settings, at(now));
                        let admitted = throttle.admit(&settings, at(now), || u);
                        prop_assert_eq!(admitted, u >= probability);
                    }
                    _ => throttle.settle(&settings, at(now), step == 1),
                }
                let probability = throttle.probability(&settings, at(now));
                prop_assert!((0.0..=max_probability).contains(&probability), "{}", probability);
            }
        }
    }
}
