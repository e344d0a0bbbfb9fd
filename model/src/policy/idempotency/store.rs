//! What a service knows about its keys, and what it says to a request that comes with one.

use std::sync::Arc;

use super::{Settings, StoreWhat};
use crate::policy::outcome::Status;
use crate::time::SimTime;

/// An interned key. Ids are handed out densely from 0.
pub type KeyId = u32;

/// What a service knows about one key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Whether the answer is there yet.
    pub state: EntryState,
    /// A hash of the payload that came with the key.
    pub fingerprint: u64,
    /// When the key was first used.
    pub at: SimTime,
    /// Who used it first: an opaque tag of the asker, for explaining.
    pub by: u32,
    /// How often the stored answer was replayed.
    pub replays: u32,
}

/// Whether a key's answer is there yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EntryState {
    /// Somebody is working on it.
    InProgress,
    /// This was the answer.
    Stored(Status),
}

/// What to do with a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Execute it, then call [`Store::finish`] or [`Store::abandon`].
    First,
    /// Execute it: it carries no key and needs none, or keys are not looked at.
    Unprotected,
    /// Answer 400: it needs a key and has none.
    Missing,
    /// Answer 409 with `Retry-After`: `by` is still working on it.
    InProgress {
        /// Who.
        by: u32,
    },
    /// Answer 422: `by` used this key with another payload.
    Mismatch {
        /// Who.
        by: u32,
    },
    /// Answer what `by` was answered, without executing.
    Replay {
        /// The stored status.
        status: Status,
        /// Who was answered first.
        by: u32,
    },
}

/// Keys in one chunk. A store is cloned at every checkpoint, so untouched chunks are shared; 256
/// entries are 8 KiB to copy when one is written.
const CHUNK: usize = 256;

/// About what an entry takes in memory.
const ENTRY_BYTES: usize = 32;

type Chunk = [Option<Entry>; CHUNK];

/// A service's memory of keys. Cloning shares everything until it is written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Store {
    chunks: Vec<Option<Arc<Chunk>>>,
}

impl Store {
    /// A store that remembers nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Decides about a request that arrives `now`. `fingerprint` is a hash of its payload, `by` an
    /// opaque tag of whoever asks.
    ///
    /// Another payload is reported before work in progress: the draft leaves the order open, and a
    /// wrong request stays wrong however often it is retried.
    #[must_use = "the verdict says whether to execute"]
    pub fn begin(
        &mut self,
        settings: &Settings,
        now: SimTime,
        key: Option<KeyId>,
        fingerprint: u64,
        by: u32,
    ) -> Verdict {
        if !settings.enabled {
            return Verdict::Unprotected;
        }
        let Some(key) = key else {
            return if settings.required { Verdict::Missing } else { Verdict::Unprotected };
        };
        let known = self.entry(key).copied().filter(|entry| entry.holds(settings, now));
        let Some(entry) = known else {
            let state = EntryState::InProgress;
            *self.slot(key) = Some(Entry { state, fingerprint, at: now, by, replays: 0 });
            return Verdict::First;
        };
        if settings.fingerprint && entry.fingerprint != fingerprint {
            return Verdict::Mismatch { by: entry.by };
        }
        match entry.state {
            EntryState::InProgress => Verdict::InProgress { by: entry.by },
            EntryState::Stored(status) => {
                let replays = entry.replays.saturating_add(1);
                *self.slot(key) = Some(Entry { replays, ..entry });
                Verdict::Replay { status, by: entry.by }
            }
        }
    }

    /// Notes the answer to a request that was [`Verdict::First`]. Does nothing if the key is no
    /// longer `by`'s: it was forgotten, or taken over after the lock timeout.
    pub fn finish(&mut self, settings: &Settings, key: KeyId, status: Status, by: u32) {
        let Some(entry) = self.held(key, by) else { return };
        let keep = settings.store == StoreWhat::Started || status.is_success();
        let state = EntryState::Stored(status);
        *self.slot(key) = keep.then_some(Entry { state, ..entry });
    }

    /// Frees a key that `by` was working on: the worker crashed and what it did was rolled back. A
    /// worker that dies without this leaves the key locked until the lock timeout.
    pub fn abandon(&mut self, key: KeyId, by: u32) {
        if self.held(key, by).is_some() {
            *self.slot(key) = None;
        }
    }

    /// Forgets a key that `by` was the last to take, answered or not: whoever sweeps out what has
    /// expired knows who took it. Does nothing if somebody else has it by now.
    pub fn drop_key(&mut self, key: KeyId, by: u32) {
        if self.entry(key).is_some_and(|entry| entry.by == by) {
            *self.slot(key) = None;
        }
    }

    /// Forgets every key, as a service does that kept them in memory and restarts.
    pub fn forget(&mut self) {
        self.chunks.clear();
    }

    /// About how many bytes it holds: not to the byte, but the same on every machine.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.chunks.len() * CHUNK * ENTRY_BYTES
    }

    /// How many of them are not shared with `other`, an earlier or a later clone.
    #[must_use]
    pub fn bytes_beside(&self, other: &Self) -> usize {
        let shared =
            |(mine, theirs): &(&Option<Arc<Chunk>>, &Option<Arc<Chunk>>)| match (mine, theirs) {
                (Some(mine), Some(theirs)) => Arc::ptr_eq(mine, theirs),
                (mine, _) => mine.is_none(),
            };
        let shared = self.chunks.iter().zip(&other.chunks).filter(shared).count();
        (self.chunks.len() - shared) * CHUNK * ENTRY_BYTES
    }

    /// What is remembered about a key, whether or not it has expired.
    #[must_use]
    pub fn entry(&self, key: KeyId) -> Option<&Entry> {
        let key = key as usize;
        self.chunks.get(key / CHUNK)?.as_ref()?[key % CHUNK].as_ref()
    }

    fn held(&self, key: KeyId, by: u32) -> Option<Entry> {
        let mine = |entry: &Entry| entry.state == EntryState::InProgress && entry.by == by;
        self.entry(key).copied().filter(mine)
    }

    fn slot(&mut self, key: KeyId) -> &mut Option<Entry> {
        let key = key as usize;
        if self.chunks.len() <= key / CHUNK {
            self.chunks.resize(key / CHUNK + 1, None);
        }
        let chunk = self.chunks[key / CHUNK].get_or_insert_with(|| Arc::new([None; CHUNK]));
        &mut Arc::make_mut(chunk)[key % CHUNK]
    }
}

impl Entry {
    /// Whether the entry still counts: finished ones until their time to live is over, those in
    /// progress until the lock times out.
    fn holds(&self, settings: &Settings, now: SimTime) -> bool {
        let age = now.since(self.at);
        match self.state {
            EntryState::InProgress => settings.lock_timeout.is_none_or(|limit| age < limit),
            EntryState::Stored(_) => age < settings.ttl,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SimDuration;

    const KEY: KeyId = 300;

    fn at(ms: u64) -> SimTime {
        SimTime::from_millis(ms)
    }

    #[test]
    fn a_lost_response_is_replayed_instead_of_charged_again() {
        let (settings, mut store) = (Settings::default(), Store::new());
        assert_eq!(store.begin(&settings, at(0), Some(KEY), 7, 1), Verdict::First);
        assert_eq!(store.begin(&settings, at(5), Some(KEY), 7, 2), Verdict::InProgress { by: 1 });
        store.finish(&settings, KEY, Status::CREATED, 1);
        let replay = Verdict::Replay { status: Status::CREATED, by: 1 };
        assert_eq!(store.begin(&settings, at(9), Some(KEY), 7, 3), replay);
        assert_eq!(store.entry(KEY).map(|e| e.replays), Some(1));
    }

    #[test]
    fn another_payload_is_a_mismatch_before_and_after_the_answer() {
        let (settings, mut store) = (Settings::default(), Store::new());
        let _ = store.begin(&settings, at(0), Some(KEY), 7, 1);
        let mismatch = Verdict::Mismatch { by: 1 };
        assert_eq!(store.begin(&settings, at(1), Some(KEY), 8, 2), mismatch);
        store.finish(&settings, KEY, Status::OK, 1);
        assert_eq!(store.begin(&settings, at(2), Some(KEY), 8, 2), mismatch);
        let blind = Settings { fingerprint: false, ..settings };
        let replay = Verdict::Replay { status: Status::OK, by: 1 };
        assert_eq!(store.begin(&blind, at(3), Some(KEY), 8, 2), replay);
    }

    #[test]
    fn a_missing_key_is_refused_only_where_it_is_required() {
        let mut store = Store::new();
        let strict = Settings { required: true, ..Settings::default() };
        assert_eq!(store.begin(&strict, at(0), None, 7, 1), Verdict::Missing);
        let lax = Settings::default();
        assert_eq!(store.begin(&lax, at(0), None, 7, 1), Verdict::Unprotected);
        let off = Settings { enabled: false, ..strict };
        assert_eq!(store.begin(&off, at(0), Some(KEY), 7, 1), Verdict::Unprotected);
        assert_eq!(store.begin(&off, at(0), Some(KEY), 7, 2), Verdict::Unprotected);
    }

    /// Stripe's two answers to the same question.
    #[test]
    fn an_error_is_replayed_or_run_again() {
        for (store_what, again) in [
            (StoreWhat::Started, Verdict::Replay { status: Status::INTERNAL, by: 1 }),
            (StoreWhat::Success, Verdict::First),
        ] {
            let (mut store, settings) =
                (Store::new(), Settings { store: store_what, ..Settings::default() });
            let _ = store.begin(&settings, at(0), Some(KEY), 7, 1);
            store.finish(&settings, KEY, Status::INTERNAL, 1);
            assert_eq!(store.begin(&settings, at(1), Some(KEY), 7, 2), again);
        }
    }

    #[test]
    fn a_key_is_forgotten_at_the_age_of_its_time_to_live() {
        let settings = Settings { ttl: SimDuration::from_millis(100), ..Settings::default() };
        let mut store = Store::new();
        let _ = store.begin(&settings, at(0), Some(KEY), 7, 1);
        store.finish(&settings, KEY, Status::OK, 1);
        let replay = Verdict::Replay { status: Status::OK, by: 1 };
        assert_eq!(store.begin(&settings, at(99), Some(KEY), 7, 2), replay);
        assert_eq!(store.begin(&settings, at(100), Some(KEY), 7, 2), Verdict::First);
    }

    #[test]
    fn a_dead_worker_locks_its_key_until_the_lock_times_out() {
        let forever = Settings::default();
        let limit = Some(SimDuration::from_millis(100));
        let limited = Settings { lock_timeout: limit, ..forever };
        let mut store = Store::new();
        let _ = store.begin(&limited, at(0), Some(KEY), 7, 1);
        let day = SimTime::ZERO + forever.ttl;
        assert_eq!(store.begin(&forever, day, Some(KEY), 7, 2), Verdict::InProgress { by: 1 });
        assert_eq!(store.begin(&limited, at(99), Some(KEY), 7, 2), Verdict::InProgress { by: 1 });
        assert_eq!(store.begin(&limited, at(100), Some(KEY), 7, 2), Verdict::First);
        // The first worker was only slow. The key is no longer its own.
        store.finish(&limited, KEY, Status::OK, 1);
        store.abandon(KEY, 1);
        assert_eq!(store.begin(&limited, at(101), Some(KEY), 7, 3), Verdict::InProgress { by: 2 });
    }

    #[test]
    fn only_the_last_who_took_a_key_has_it_swept_out() {
        let (settings, mut store) = (Settings::default(), Store::new());
        let _ = store.begin(&settings, at(0), Some(KEY), 7, 1);
        store.finish(&settings, KEY, Status::OK, 1);
        store.drop_key(KEY, 2);
        assert!(store.entry(KEY).is_some());
        store.drop_key(KEY, 1);
        assert_eq!(store.entry(KEY), None);
    }

    #[test]
    fn a_clone_does_not_see_what_happens_later() {
        let (settings, mut store) = (Settings::default(), Store::new());
        let _ = store.begin(&settings, at(0), Some(KEY), 7, 1);
        let before = store.clone();
        store.finish(&settings, KEY, Status::OK, 1);
        assert_eq!(before.entry(KEY).map(|e| e.state), Some(EntryState::InProgress));
        assert_ne!(before, store);
    }
}
