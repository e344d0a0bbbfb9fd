//! Keeping answers for a while, and asking only once for what many want at the same time.
//!
//! An entry is kept for its time to live. Whoever asks for one that is not there has to fetch it; with a
//! [single flight](Settings::single_flight) all others who ask meanwhile wait for that one (Go's
//! `singleflight`, Nginx's `proxy_cache_lock`). Without it everybody
//! fetches: a stampede. A [jitter](Settings::jitter) of the time to live keeps entries that were fetched
//! together from running out together (RFC 9111 leaves freshness to the origin; *Caching challenges and
//! strategies*, Amazon Builders' Library).
//!
//! ```
//! use half_open::policy::cache::{Cache, Settings, Verdict};
//! use half_open::policy::outcome::Status;
//! use half_open::time::{SimDuration, SimTime};
//!
//! let ttl = SimDuration::from_secs(10);
//! let settings = Settings { ttl, single_flight: true, ..Settings::default() };
//! let (mut cache, at) = (Cache::<&str>::default(), SimTime::from_millis);
//! // The first has to fetch it, the second waits for that.
//! assert_eq!(cache.ask(&settings, at(0), 7, 1, "alice"), Verdict::Miss);
//! assert_eq!(cache.ask(&settings, at(5), 7, 2, "bob"), Verdict::Joined { by: 1 });
//! assert_eq!(cache.land(&settings, at(50), 1, Some((Status::OK, 3)), 0.0), ["bob"]);
//! let hit = Verdict::Hit { status: Status::OK, by: 3 };
//! assert_eq!(cache.ask(&settings, at(60), 7, 4, "carol"), hit);
//! assert_eq!(cache.ask(&settings, at(10_050), 7, 5, "dave"), Verdict::Miss);
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::outcome::Status;
use super::{LONGEST, Problem, count_within, duration_within, number_within};
use crate::time::{SimDuration, SimTime};

/// What a service keeps.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How long, up to 24 h; 0: nothing.
    pub ttl: SimDuration,
    /// How many different things it is asked for, each as often as the others, 1 to 1,000. There is room
    /// for all of them.
    pub keys: u32,
    /// Whether who asks for what somebody fetches waits for that.
    pub single_flight: bool,
    /// By which share of the time to live an entry may run out earlier, 0 to 1.
    pub jitter: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { ttl: SimDuration::ZERO, keys: 1, single_flight: false, jitter: 0.0 }
    }
}

impl Settings {
    /// Whether this is what a service has that was told nothing.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether anything is kept.
    #[inline]
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.ttl.nanos() > 0
    }

    /// Whether every parameter is in its range.
    ///
    /// # Errors
    /// The first parameter that is not.
    pub fn validate(&self) -> Result<(), Problem> {
        duration_within("ttl", self.ttl, SimDuration::ZERO, LONGEST)?;
        count_within("keys", self.keys, 1, 1_000)?;
        number_within("jitter", self.jitter, 0.0, 1.0)
    }
}

/// What to do with somebody who asks. `by` is the opaque tag of another one, for explaining.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Answer this, which `by` stored.
    Hit {
        /// What was stored.
        status: Status,
        /// By whom.
        by: u32,
    },
    /// Let them fetch it, then call [`Cache::land`].
    Miss,
    /// Let them wait: `by` is fetching it.
    Joined {
        /// Who.
        by: u32,
    },
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    status: Status,
    by: u32,
    until: SimTime,
}

/// Somebody who fetches something, and who waits for that.
#[derive(Clone, Debug)]
struct Fetch<W> {
    key: u32,
    waiting: Vec<W>,
}

/// What a service has kept, and what is being fetched.
#[derive(Clone, Debug)]
pub struct Cache<W> {
    entries: BTreeMap<u32, Entry>,
    /// By the tag of who does it.
    fetches: BTreeMap<u32, Fetch<W>>,
    /// By key: the tag of the one that others wait for.
    flights: BTreeMap<u32, u32>,
}

impl<W> Default for Cache<W> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), fetches: BTreeMap::new(), flights: BTreeMap::new() }
    }
}

impl<W> Cache<W> {
    /// Somebody asks for something, who is known by this tag from then on. At the age of its time to live
    /// an entry is not there any more.
    pub fn ask(
        &mut self,
        settings: &Settings,
        now: SimTime,
        key: u32,
        tag: u32,
        who: W,
    ) -> Verdict {
        if let Some(entry) = self.entries.get(&key).filter(|entry| now < entry.until) {
            return Verdict::Hit { status: entry.status, by: entry.by };
        }
        if settings.single_flight {
            let by = *self.flights.entry(key).or_insert(tag);
            if let Some(fetch) = self.fetches.get_mut(&by) {
                fetch.waiting.push(who);
                return Verdict::Joined { by };
            }
        }
        self.fetches.insert(tag, Fetch { key, waiting: Vec::new() });
        Verdict::Miss
    }

    /// Who was to fetch something has an answer that can be kept, or none; returns who waited for it.
    /// `luck`, from 0 to 1, is how much of the jitter is taken off its time.
    pub fn land(
        &mut self,
        settings: &Settings,
        now: SimTime,
        tag: u32,
        answer: Option<(Status, u32)>,
        luck: f64,
    ) -> Vec<W> {
        let Some(Fetch { key, waiting }) = self.fetches.remove(&tag) else { return Vec::new() };
        if self.flights.get(&key) == Some(&tag) {
            self.flights.remove(&key);
        }
        if let Some((status, by)) = answer.filter(|_| settings.is_on()) {
            let until = now + settings.ttl.scaled(1.0 - settings.jitter * luck);
            self.entries.insert(key, Entry { status, by, until });
        }
        waiting
    }

    /// Who waits for what somebody fetches.
    #[must_use]
    pub fn who_waits(&self, tag: u32) -> &[W] {
        self.fetches.get(&tag).map_or(&[], |fetch| &fetch.waiting)
    }

    /// Forgets all answers. What is being fetched is still waited for.
    pub fn flush(&mut self) {
        self.entries.clear();
    }

    /// Forgets what is being fetched: nobody is there any more.
    pub fn ground(&mut self) {
        self.fetches.clear();
        self.flights.clear();
    }

    /// About how many bytes it holds: not to the byte, but the same on every machine.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let waiting = self.fetches.values().map(|fetch| fetch.waiting.len()).sum::<usize>();
        (self.entries.len() + self.fetches.len()) * 48 + waiting * 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SETTINGS: Settings =
        Settings { ttl: SimDuration::from_millis(100), keys: 8, single_flight: true, jitter: 0.0 };
    const MS: fn(u64) -> SimTime = SimTime::from_millis;

    /// Fetches a key at some time, all at once.
    fn fetched(cache: &mut Cache<u32>, settings: &Settings, at: u64, key: u32, luck: f64) {
        assert_eq!(cache.ask(settings, MS(at), key, 1, 1), Verdict::Miss);
        assert!(cache.land(settings, MS(at), 1, Some((Status::OK, 1)), luck).is_empty());
    }

    #[test]
    fn an_entry_is_there_until_its_time_to_live_is_over() {
        let mut cache = Cache::<u32>::default();
        fetched(&mut cache, &SETTINGS, 0, 3, 0.7);
        let hit = Verdict::Hit { status: Status::OK, by: 1 };
        assert_eq!(cache.ask(&SETTINGS, MS(99), 3, 2, 2), hit);
        assert_eq!(cache.ask(&SETTINGS, MS(99), 4, 3, 3), Verdict::Miss, "another key");
        assert_eq!(cache.ask(&SETTINGS, MS(100), 3, 4, 4), Verdict::Miss);
        let jitter = Settings { jitter: 0.5, ..SETTINGS };
        fetched(&mut cache, &jitter, 200, 5, 0.4);
        assert_eq!(cache.ask(&jitter, MS(279), 5, 6, 6), hit);
        assert_eq!(cache.ask(&jitter, MS(280), 5, 7, 7), Verdict::Miss, "four tenths of a half");
    }

    #[test]
    fn a_flush_forgets_answers_and_not_who_waits() {
        let mut cache = Cache::<u32>::default();
        fetched(&mut cache, &SETTINGS, 0, 3, 0.0);
        assert_eq!(cache.ask(&SETTINGS, MS(1), 4, 2, 2), Verdict::Miss);
        assert_eq!(cache.ask(&SETTINGS, MS(2), 4, 3, 3), Verdict::Joined { by: 2 });
        cache.flush();
        assert_eq!(cache.ask(&SETTINGS, MS(3), 3, 4, 4), Verdict::Miss);
        assert_eq!(cache.land(&SETTINGS, MS(4), 2, None, 0.0), [3]);
        assert!(cache.land(&SETTINGS, MS(4), 2, None, 0.0).is_empty(), "only once");
        assert_eq!(cache.ask(&SETTINGS, MS(5), 4, 5, 5), Verdict::Miss, "nothing was kept");
    }

    #[test]
    fn without_a_single_flight_everybody_fetches() {
        let (mut cache, alone) =
            (Cache::<u32>::default(), Settings { single_flight: false, ..SETTINGS });
        assert_eq!([1, 2, 3].map(|tag| cache.ask(&alone, MS(0), 4, tag, tag)), [Verdict::Miss; 3]);
        // Who comes once there is one begins one.
        assert_eq!(cache.ask(&SETTINGS, MS(1), 4, 4, 4), Verdict::Miss);
        assert_eq!(cache.ask(&SETTINGS, MS(2), 4, 5, 5), Verdict::Joined { by: 4 });
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        let problem = Settings { keys: 0, ..SETTINGS }.validate().expect_err("no keys").to_string();
        assert_eq!(problem, "keys must be between 1 and 1000, not 0");
    }

    proptest! {
        #[test]
        fn one_at_a_time_fetches_a_key_and_nobody_waits_for_ever(
            steps in prop::collection::vec((0u32..4, 0u64..60, any::<bool>()), 1..200),
        ) {
            let (mut cache, mut now, mut tag) = (Cache::<u32>::default(), 0, 0);
            let mut fetching = BTreeMap::<u32, u32>::new();
            let mut waiting = 0;
            for (key, gap, lands) in steps {
                now += gap;
                if lands {
                    let Some(by) = fetching.remove(&key) else { continue };
                    let answer = Some((Status::OK, by));
                    waiting -= cache.land(&SETTINGS, MS(now), by, answer, 0.0).len();
                    continue;
                }
                tag += 1;
                match cache.ask(&SETTINGS, MS(now), key, tag, tag) {
                    Verdict::Miss => prop_assert!(fetching.insert(key, tag).is_none()),
                    Verdict::Joined { by } => {
                        prop_assert_eq!(fetching.get(&key), Some(&by));
                        waiting += 1;
                    }
                    Verdict::Hit { .. } => prop_assert!(!fetching.contains_key(&key)),
                }
            }
            for by in fetching.into_values() {
                waiting -= cache.land(&SETTINGS, MS(now), by, None, 0.0).len();
            }
            prop_assert_eq!(waiting, 0);
        }
    }
}
