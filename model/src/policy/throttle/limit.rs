//! So many calls in so much time, and not one more: what a callee was promised, or what it bills for.
//!
//! * [`Kind::TokenBucket`]: tokens come at a steady rate, as many as the bucket holds are saved up, and each
//!   call takes one: Go's `x/time/rate`, Envoy's local rate limit, .NET's `TokenBucketRateLimiter`. A burst
//!   of its size passes at once.
//! * [`Kind::SlidingWindow`]: no stretch of time of that length has more calls (the sliding window log;
//!   .NET's and Redis' count in segments, which is nearly the same).
//!
//! resilience4j gives its permits out in fixed periods, around whose ends twice as many pass; neither of
//! these does that. Whoever gets none is told how long it takes until there is one.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::policy::{LONGEST, Problem, count_within, duration_within};
use crate::time::{SimDuration, SimTime};

/// The most permits, in a period or saved up.
const MOST: u32 = 10_000;

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Nothing: there is no limit.
    #[default]
    Off,
    /// Tokens that come at a steady rate.
    TokenBucket,
    /// The calls of the latest stretch of time.
    SlidingWindow,
}

impl Kind {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Off, Self::TokenBucket, Self::SlidingWindow];
}

/// How many calls there may be.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What is counted.
    pub kind: Kind,
    /// How many calls in each period: 1 to 10,000.
    pub permits: u32,
    /// The period: 1 ms to 24 h.
    pub per: SimDuration,
    /// How many tokens the bucket holds: 1 to 10,000. It begins full.
    pub burst: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { kind: Kind::Off, permits: 100, per: SimDuration::from_secs(1), burst: 10 }
    }
}

impl Settings {
    /// Whether there is a limit.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        !matches!(self.kind, Kind::Off)
    }

    /// Whether this is what a call has that was told nothing.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether every parameter is in its range.
    ///
    /// # Errors
    /// The first parameter that is not.
    pub fn validate(&self) -> Result<(), Problem> {
        count_within("permits", self.permits, 1, MOST)?;
        duration_within("per", self.per, SimDuration::from_millis(1), LONGEST)?;
        count_within("burst", self.burst, 1, MOST)
    }
}

/// One limiter. It keeps no settings; they come with every question, in the order of time.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Limiter {
    bucket: Option<Bucket>,
    /// When the latest calls went, oldest first; only those of a window.
    went: VecDeque<SimTime>,
}

/// Tokens in pieces: as many make one as the period has nanoseconds, so that nothing is ever rounded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Bucket {
    pieces: u64,
    per: u64,
    filled_at: SimTime,
}

impl Limiter {
    /// Asks whether a call may go now.
    ///
    /// # Errors
    /// How long it takes until one may, if nobody else is faster.
    pub fn acquire(&mut self, settings: &Settings, now: SimTime) -> Result<(), SimDuration> {
        match settings.kind {
            Kind::Off => Ok(()),
            Kind::TokenBucket => self.take_token(settings, now),
            Kind::SlidingWindow => self.enter_window(settings, now),
        }
    }

    fn take_token(&mut self, settings: &Settings, now: SimTime) -> Result<(), SimDuration> {
        let (per, permits) = (settings.per.nanos().max(1), u64::from(settings.permits.max(1)));
        let room = per.saturating_mul(u64::from(settings.burst.max(1)));
        let full = Bucket { pieces: room, per, filled_at: now };
        let bucket = self.bucket.get_or_insert(full);
        if bucket.per != per {
            // As many tokens as before, in pieces of another size.
            let pieces = u128::from(bucket.pieces) * u128::from(per) / u128::from(bucket.per);
            (bucket.pieces, bucket.per) = (u64::try_from(pieces).unwrap_or(room), per);
        }
        let came = now.since(bucket.filled_at).nanos().saturating_mul(permits);
        bucket.pieces = bucket.pieces.saturating_add(came).min(room);
        bucket.filled_at = bucket.filled_at.max(now);
        match bucket.pieces.checked_sub(per) {
            Some(left) => {
                bucket.pieces = left;
                Ok(())
            }
            None => Err(SimDuration::from_nanos((per - bucket.pieces).div_ceil(permits))),
        }
    }

    fn enter_window(&mut self, settings: &Settings, now: SimTime) -> Result<(), SimDuration> {
        while self.went.front().is_some_and(|went| *went + settings.per <= now) {
            self.went.pop_front();
        }
        let most = settings.permits.max(1) as usize;
        if self.went.len() < most {
            self.went.push_back(now);
            return Ok(());
        }
        // Of those there are, all but so many have to leave the window first.
        let last = self.went.get(self.went.len() - most).copied().unwrap_or(now);
        Err((last + settings.per).since(now))
    }

    /// How many instants it remembers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.went.len()
    }

    /// Whether it remembers none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.went.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: u64) -> SimTime {
        SimTime::from_millis(ms)
    }

    fn ms(ms: u64) -> SimDuration {
        SimDuration::from_millis(ms)
    }

    /// Ten in a second.
    fn ten(kind: Kind) -> Settings {
        Settings { kind, permits: 10, per: ms(1_000), burst: 3 }
    }

    #[test]
    fn a_bucket_lets_a_burst_pass_and_then_one_for_each_token() {
        let (settings, mut limiter) = (ten(Kind::TokenBucket), Limiter::default());
        let first = [0; 4].map(|t| limiter.acquire(&settings, at(t)));
        assert_eq!(first, [Ok(()), Ok(()), Ok(()), Err(ms(100))]);
        assert_eq!(limiter.acquire(&settings, at(60)), Err(ms(40)));
        assert_eq!(limiter.acquire(&settings, at(100)), Ok(()), "at the instant itself");
        assert_eq!(limiter.acquire(&settings, at(100)), Err(ms(100)));
        let later = [5_000; 4].map(|t| limiter.acquire(&settings, at(t)));
        assert_eq!(later.iter().filter(|one| one.is_ok()).count(), 3, "no more is saved up");
    }

    #[test]
    fn a_window_has_so_many_and_no_more_wherever_it_begins() {
        let (settings, mut limiter) = (ten(Kind::SlidingWindow), Limiter::default());
        let went = (0..=20).filter(|n| limiter.acquire(&settings, at(n * 50)).is_ok()).count();
        assert_eq!(went, 11, "ten at once, and one when the first has left the window");
        assert_eq!(limiter.acquire(&settings, at(1_020)), Err(ms(30)));
        assert_eq!(limiter.acquire(&settings, at(1_050)), Ok(()));
    }

    #[test]
    fn a_limit_that_is_changed_counts_from_then_on() {
        let (settings, mut limiter) = (ten(Kind::SlidingWindow), Limiter::default());
        for n in 0..10 {
            assert_eq!(limiter.acquire(&settings, at(n)), Ok(()));
        }
        let fewer = Settings { permits: 4, ..settings };
        assert_eq!(limiter.acquire(&fewer, at(10)), Err(ms(996)), "when the seventh has left");
        let (bucket, mut limiter) = (ten(Kind::TokenBucket), Limiter::default());
        assert_eq!(limiter.acquire(&bucket, at(0)), Ok(()));
        let slower = Settings { per: ms(10_000), ..bucket };
        let went = [0; 3].map(|_| limiter.acquire(&slower, at(0)).is_ok());
        assert_eq!(went, [true, true, false], "the tokens are as many as before");
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        assert_eq!(Settings::default().validate(), Ok(()));
        let problem = Settings { burst: 0, ..ten(Kind::TokenBucket) }.validate().expect_err("none");
        assert_eq!(problem.to_string(), "burst must be between 1 and 10000, not 0");
        let read: Settings = serde_json::from_str(r#"{"kind":"sliding_window"}"#).expect("valid");
        assert_eq!(read, Settings { kind: Kind::SlidingWindow, ..Settings::default() });
    }

    proptest! {
        /// Law: no window has more than it may, no bucket gives more than it held and got, and whoever
        /// waits as long as it is told may go, but not sooner.
        #[test]
        fn no_more_goes_out_than_the_limit_allows(
            kind in prop::sample::select(Kind::ALL[1..].to_vec()),
            (permits, per, burst) in (1_u32..6, 1_u64..50, 1_u32..6),
            gaps in prop::collection::vec(0_u64..20, 1..200),
        ) {
            let settings = Settings { kind, permits, per: ms(per), burst };
            let (mut limiter, mut now, mut went) = (Limiter::default(), at(0), Vec::<SimTime>::new());
            for gap in gaps {
                now = now + ms(gap);
                match limiter.acquire(&settings, now) {
                    Ok(()) => went.push(now),
                    Err(wait) => {
                        prop_assert!(wait > SimDuration::ZERO);
                        let at = now + wait;
                        let sooner = SimTime::from_nanos(at.nanos() - 1);
                        prop_assert!(limiter.clone().acquire(&settings, sooner).is_err());
                        prop_assert!(limiter.clone().acquire(&settings, at).is_ok());
                    }
                }
            }
            for (place, first) in went.iter().enumerate() {
                for (count, last) in (1_u64..).zip(&went[place..]) {
                    let long = last.since(*first).nanos();
                    let most = match kind {
                        Kind::SlidingWindow if long < settings.per.nanos() => u64::from(permits),
                        Kind::SlidingWindow => u64::MAX,
                        _ => u64::from(burst) + long * u64::from(permits) / settings.per.nanos(),
                    };
                    prop_assert!(count <= most, "{count} in {long} ns");
                }
            }
        }
    }
}
