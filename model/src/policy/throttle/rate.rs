//! Making calls wait for a rate that the callee can bear: the *adaptive* retry mode of the AWS SDKs
//! (botocore, `retries/adaptive.py` and `throttling.py`; aws-sdk-go-v2,
//! `aws/retry/adaptive_ratelimit.go`).
//!
//! Nothing happens until the callee says *slow down* for the first time. Then calls wait for tokens,
//! which come at a rate that follows CUBIC, the rule by which TCP shares a line (RFC 9438): down to
//! `beta` of what it was, then up again, slowly near the rate that was too much and ever faster
//! beyond it,
//!
//! ```text
//! scale · (t - k)³ + w    with k = ∛(w · (1 - beta) / scale)
//! ```
//!
//! where `w` is the rate in calls a second that was too much, and `t` the seconds since then. It never
//! exceeds `headroom` times what is really called, so a client that calls rarely does not save up a
//! permission to flood.

use serde::{Deserialize, Serialize};

use crate::policy::{Problem, duration_within, number_within};
use crate::time::{SimDuration, SimTime};

const SECOND: f64 = 1e9;

/// How a rate is found.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Settings {
    /// What remains of the rate after a *slow down*: 0 to 1.
    pub beta: f64,
    /// How fast the rate grows, in calls a second per second cubed: 0.001 to 100.
    pub scale: f64,
    /// How often the present rate of calls is measured: 1 ms to 60 s.
    pub interval: SimDuration,
    /// How much the newest measurement weighs against all before: 0 to 1.
    pub smoothing: f64,
    /// How many times the measured rate is allowed at most: 1 to 100.
    pub headroom: f64,
    /// The least rate that is allowed, in calls a second: 0.001 to 1,000.
    pub min_rate: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self::AWS_ADAPTIVE
    }
}

impl Settings {
    /// The constants of the AWS SDKs. They cannot be changed there.
    pub const AWS_ADAPTIVE: Self = Self {
        beta: 0.7,
        scale: 0.4,
        interval: SimDuration::from_millis(500),
        smoothing: 0.8,
        headroom: 2.0,
        min_rate: 0.5,
    };

    /// Whether every parameter is in its range.
    ///
    /// # Errors
    /// The first parameter that is not.
    pub fn validate(&self) -> Result<(), Problem> {
        number_within("beta", self.beta, 0.0, 1.0)?;
        number_within("scale", self.scale, 0.001, 100.0)?;
        let shortest = SimDuration::from_millis(1);
        duration_within("interval", self.interval, shortest, SimDuration::from_secs(60))?;
        number_within("smoothing", self.smoothing, 0.0, 1.0)?;
        number_within("headroom", self.headroom, 1.0, 100.0)?;
        number_within("min_rate", self.min_rate, 0.001, 1_000.0)
    }

    /// The start of the measurement interval that `now` lies in. The SDKs begin their first one with
    /// a whole second; here it begins like all others.
    fn interval_of(&self, now: SimTime) -> SimTime {
        let length = self.interval.nanos().max(1);
        SimTime::from_nanos(now.nanos() / length * length)
    }

    /// The rate that CUBIC allows so long after `max_rate` was too much.
    fn cubic(&self, max_rate: f64, since: SimDuration) -> f64 {
        let k = libm::cbrt(max_rate * (1.0 - self.beta) / self.scale);
        let d = since.nanos() as f64 / SECOND - k;
        self.scale * d * d * d + max_rate
    }
}

/// One limiter of a client's calls: small, and cheap to clone. It keeps no settings; they come with
/// every question.
///
/// Questions come in the order of time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Limiter {
    /// Whether the callee has ever said *slow down*.
    limits: bool,
    /// The rate that was too much.
    max_rate: f64,
    throttled_at: SimTime,
    /// Calls that came back in the present interval of measurement.
    counted: u32,
    interval: SimTime,
    measured: f64,
    rate: f64,
    capacity: f64,
    tokens: f64,
    filled_at: SimTime,
}

impl Limiter {
    /// A limiter that does not limit yet.
    #[must_use]
    pub fn new(settings: &Settings, now: SimTime) -> Self {
        Self {
            limits: false,
            max_rate: 0.0,
            throttled_at: now,
            counted: 0,
            interval: settings.interval_of(now),
            measured: 0.0,
            rate: 0.0,
            capacity: 0.0,
            tokens: 0.0,
            filled_at: now,
        }
    }

    /// Asks whether an attempt may go out now.
    ///
    /// # Errors
    /// How long to wait before asking again. Somebody else may be faster then, and the rate may have
    /// changed. Nothing is taken for one that waits.
    pub fn acquire(&mut self, now: SimTime) -> Result<(), SimDuration> {
        if !self.limits {
            return Ok(());
        }
        self.fill(now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        // Rounded up: a nanosecond too early would be in vain.
        let nanos = libm::ceil((1.0 - self.tokens) / self.rate * SECOND);
        let wait = SimDuration::from_nanos_f64(nanos);
        Err(wait.max(SimDuration::from_nanos(1)))
    }

    /// An attempt has come back: `throttled` if the callee said *slow down* (429), whether it
    /// succeeded or not if not.
    pub fn settle(&mut self, settings: &Settings, now: SimTime, throttled: bool) {
        self.measure(settings, now);
        let rate = if throttled {
            // The rate that was allowed matters only if there was one.
            let most = if self.limits { self.rate } else { f64::INFINITY };
            self.max_rate = self.measured.min(most);
            self.throttled_at = now;
            self.limits = true;
            self.max_rate * settings.beta
        } else {
            settings.cubic(self.max_rate, now.since(self.throttled_at))
        };
        // What came until now came at the old rate.
        self.fill(now);
        let rate = rate.min(settings.headroom * self.measured);
        self.rate = rate.max(settings.min_rate);
        self.capacity = rate.max(1.0);
        self.tokens = self.tokens.min(self.capacity);
    }

    /// The rate that is allowed, in calls a second; none while nothing is limited.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        self.limits.then_some(self.rate)
    }

    /// The rate at which calls come back, in calls a second.
    #[must_use]
    pub const fn measured_rate(&self) -> f64 {
        self.measured
    }

    fn measure(&mut self, settings: &Settings, now: SimTime) {
        self.counted = self.counted.saturating_add(1);
        let interval = settings.interval_of(now);
        if interval > self.interval {
            let seconds = interval.since(self.interval).nanos() as f64 / SECOND;
            let newest = f64::from(self.counted) / seconds;
            let old = self.measured * (1.0 - settings.smoothing);
            self.measured = newest * settings.smoothing + old;
            self.counted = 0;
            self.interval = interval;
        }
    }

    fn fill(&mut self, now: SimTime) {
        let seconds = now.since(self.filled_at).nanos() as f64 / SECOND;
        self.tokens = (self.tokens + seconds * self.rate).min(self.capacity);
        self.filled_at = self.filled_at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AWS: Settings = Settings::AWS_ADAPTIVE;

    fn at(ms: u64) -> SimTime {
        SimTime::from_millis(ms)
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    /// A limiter that heard *slow down* at two seconds, after ten calls a second.
    fn limiting() -> Limiter {
        let mut limiter = Limiter::new(&AWS, at(0));
        for n in 1..=20 {
            limiter.settle(&AWS, at(n * 100), n == 20);
        }
        limiter
    }

    /// aws-sdk-go-v2, `TestAdaptiveRateLimit_cubic`: 10 a second were too much at 5 s.
    #[test]
    fn the_rate_grows_as_the_cube_of_time() {
        let rates = [
            (0, 7.0),
            (1, 9.648_936_009_66),
            (2, 10.000_030_849_917_364),
            (3, 10.453_284_520_772_092),
            (4, 13.408_697_022_224_185),
            (5, 21.266_268_354_273_64),
            (6, 36.425_998_516_920_465),
        ];
        for (seconds, rate) in rates {
            let cubic = AWS.cubic(10.0, SimDuration::from_secs(seconds));
            assert!(close(cubic, rate), "{cubic} after {seconds} s");
        }
    }

    /// aws-sdk-go-v2, `TestAdaptiveRateLimit_Update`: every 200 ms an answer; the measured rate and
    /// the allowed one.
    #[test]
    fn answers_give_the_rates_of_the_aws_sdk() {
        let rates = [
            (false, 0.0, 0.5),
            (false, 0.0, 0.5),
            (false, 4.8, 0.5),
            (false, 4.8, 0.5),
            (false, 4.16, 0.5),
            (false, 4.16, 0.6912),
            (false, 4.16, 1.0976),
            (false, 5.632, 1.6384),
            (false, 5.632, 2.3328),
            (true, 4.3264, 3.028_48),
            (false, 4.3264, 3.486_639_173_470_259_8),
            (false, 4.3264, 3.821_874_416_040_255_4),
            (false, 5.665_28, 4.053_385_727_709_987),
            (false, 5.665_28, 4.200_373_108_479_455),
            (false, 4.333_056, 4.282_036_558_348_658),
            (true, 4.333_056, 2.997_425_590_844_06),
            (false, 4.333_056, 3.452_226_394_386_346_3),
        ];
        let mut limiter = Limiter::new(&AWS, at(0));
        for (n, (throttled, measured, allowed)) in (1..).zip(rates) {
            limiter.settle(&AWS, at(n * 200), throttled);
            assert!(close(limiter.measured_rate(), measured), "{} at {n}", limiter.measured);
            assert!(close(limiter.rate, allowed), "{} at {n}", limiter.rate);
            assert_eq!(limiter.rate().is_some(), n >= 10);
        }
    }

    #[test]
    fn nothing_waits_before_the_first_slow_down() {
        let mut limiter = Limiter::new(&AWS, at(0));
        for n in 0..1_000 {
            assert_eq!(limiter.acquire(at(n)), Ok(()));
            limiter.settle(&AWS, at(n), false);
        }
        assert_eq!(limiter.rate(), None);
    }

    #[test]
    fn who_waits_as_long_as_it_is_told_may_go() {
        let mut limiter = limiting();
        let mut now = at(2_000);
        for _ in 0..50 {
            if let Err(wait) = limiter.acquire(now) {
                now = now + wait;
                assert_eq!(limiter.acquire(now), Ok(()), "at {now}");
            }
        }
        let rate = limiter.rate().expect("limits");
        let least = 49.0 / rate - 1.0;
        let took = now.since(at(2_000)).seconds();
        assert!((least..=least + 1.0).contains(&took), "50 calls took {took} s");
    }

    #[test]
    fn a_slow_down_costs_three_tenths_of_the_rate() {
        let limiter = limiting();
        assert!(close(limiter.rate, limiter.measured * 0.7), "{limiter:?}");
    }

    #[test]
    fn the_least_rate_stays_whatever_happens() {
        let mut limiter = limiting();
        for n in 0..100 {
            limiter.settle(&AWS, at(2_000 + n), true);
        }
        assert_eq!(limiter.rate(), Some(0.5));
        assert_eq!(limiter.acquire(at(4_100)), Ok(()), "one call in two seconds");
        let wait = limiter.acquire(at(4_100)).expect_err("no second one");
        assert!(wait <= SimDuration::from_secs(2), "{wait}");
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        assert_eq!(Settings::default().validate(), Ok(()));
        let problem = Settings { min_rate: 0.0, ..AWS }.validate().expect_err("stands still");
        assert_eq!(problem.to_string(), "min_rate must be between 0.001 and 1000, not 0");
        assert!(serde_json::from_str::<Settings>(r#"{"gamma":1}"#).is_err());
        let read: Settings = serde_json::from_str(r#"{"interval":"1 s"}"#).expect("valid");
        assert_eq!(read, Settings { interval: SimDuration::from_secs(1), ..AWS });
    }

    proptest! {
        /// Law: between two answers, no more goes out than there were tokens and came at the rate.
        #[test]
        fn no_more_goes_out_than_the_rate_allows(
            steps in prop::collection::vec((0u8..6, 0u64..3_000), 0..300),
        ) {
            let (mut limiter, mut now) = (Limiter::new(&AWS, at(0)), 0);
            let (mut since, mut tokens, mut went) = (0, 0.0, 0.0);
            for (step, gap) in steps {
                now += gap;
                if step > 1 {
                    if limiter.acquire(at(now)).is_ok() && limiter.rate().is_some() {
                        went += 1.0;
                        let came = limiter.rate * (now - since) as f64 / 1_000.0;
                        prop_assert!(went <= tokens + came + 1e-6, "{} of {}", went, tokens + came);
                    }
                } else {
                    limiter.settle(&AWS, at(now), step == 0);
                    (since, tokens, went) = (now, limiter.tokens, 0.0);
                    let most = (2.0 * limiter.measured).max(0.5);
                    prop_assert!((0.5..=most).contains(&limiter.rate), "{:?}", limiter);
                }
                prop_assert!((0.0..=limiter.capacity).contains(&limiter.tokens), "{:?}", limiter);
            }
        }

        /// Time may stand still, jump or run backwards; the numbers stay numbers.
        #[test]
        fn no_sequence_of_questions_breaks_a_limiter(
            steps in prop::collection::vec((0u8..3, any::<u64>()), 0..100),
        ) {
            let mut limiter = Limiter::new(&AWS, at(0));
            for (step, ns) in steps {
                let now = SimTime::from_nanos(ns);
                match step {
                    0 => {
                        let _ = limiter.acquire(now);
                    }
                    _ => limiter.settle(&AWS, now, step == 1),
                }
                prop_assert!(limiter.rate.is_finite() && limiter.tokens >= 0.0, "{:?}", limiter);
            }
        }
    }
}
