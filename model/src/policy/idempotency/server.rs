//! A service that is nothing but its keys: requests in, answers out, and a count of what was done.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Commit, Endpoint, KeyId, Profile, Settings, Store, Verdict};
use crate::policy::outcome::Status;
use crate::random;
use crate::time::{SimDuration, SimTime};

/// A request, what becomes of it, and what happens to it on the way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Request<'a> {
    /// Its method, such as `POST`.
    pub method: &'a str,
    /// Its path.
    pub endpoint: &'a str,
    /// Which client it comes from, as the service knows it: an account, not an address.
    pub tenant: &'a str,
    /// The key that it carries. An empty one is none: a header without a value is one that was not
    /// understood, and such a one is ignored (RFC 8941, section 4.2).
    pub key: Option<&'a str>,
    /// What it asks for. Two payloads are the same if their texts are.
    pub payload: &'a str,
    /// How long its handler works on it.
    pub processing: SimDuration,
    /// What its handler answers. If that is a success (2xx) there is one side effect.
    pub handler_status: Status,
    /// It never arrives. Nothing else happens to it.
    pub request_lost: bool,
    /// Its answer never arrives.
    pub response_lost: bool,
    /// It is turned away before its handler starts, with `handler_status`: a rate limit, a missing
    /// login, a parameter that is not valid. Its key is not looked at.
    pub rejected: bool,
    /// The worker dies on it. Nothing happens if its handler does not start.
    pub crash: Option<Crash>,
}

impl<'a> Request<'a> {
    /// A POST without a key or a payload that is answered 201 at once.
    #[must_use]
    pub const fn post(endpoint: &'a str) -> Self {
        Self {
            method: "POST",
            endpoint,
            tenant: "",
            key: None,
            payload: "",
            processing: SimDuration::ZERO,
            handler_status: Status::CREATED,
            request_lost: false,
            response_lost: false,
            rejected: false,
            crash: None,
        }
    }
}

/// When a worker dies: at the end of its work, before or after its effect. There is no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crash {
    /// Nothing was done.
    BeforeEffect,
    /// It was done, but nobody was told; whether it is remembered depends on [`Commit`].
    AfterEffect,
}

/// What came of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answer {
    /// What the service answered, or will answer when it is done; none if it could not.
    pub status: Option<Status>,
    /// What the client sees of it; none if nothing arrives.
    pub seen: Option<Status>,
    /// Whether its handler started.
    pub executed: bool,
    /// Whether it is the answer of an earlier request.
    pub replayed: bool,
    /// Side effects of this request and all before it, of those still in flight too.
    pub side_effects: u64,
}

/// Where a key is looked up. What does not belong to it is empty.
#[derive(PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Lookup {
    tenant: String,
    method: String,
    endpoint: String,
    key: String,
}

/// What happens later, the earliest first and of those at one instant the first that was planned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Due {
    at: SimTime,
    order: u64,
    key: KeyId,
    by: u32,
    what: Later,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Later {
    /// The answer is there.
    Stores(Status),
    /// The transaction of a dead worker is rolled back.
    RollsBack,
    /// The key is too old, or its lock is.
    Expires,
}

/// A service that answers requests by a [`Profile`]. It keeps what it has
/// to remember, and no more.
#[derive(Clone, Debug)]
pub struct Server {
    profile: Profile,
    store: Store,
    ids: BTreeMap<Arc<Lookup>, KeyId>,
    lookups: Vec<Option<Arc<Lookup>>>,
    unused: Vec<KeyId>,
    dues: BinaryHeap<Reverse<Due>>,
    planned: u64,
    now: SimTime,
    last_tag: u32,
    side_effects: u64,
}

/// What to do with a request that arrived.
enum Decision {
    /// Start the handler, under this key if it has one.
    Execute(Option<Held>),
    Replay(Status),
    Refuse(Status),
}

#[derive(Clone, Copy)]
struct Held {
    key: KeyId,
    by: u32,
}

impl Server {
    /// A service that has seen nothing yet. The profile should be [valid](Profile::validate).
    #[must_use]
    pub fn new(mut profile: Profile) -> Self {
        if profile.commit == Commit::WithEffect {
            // The lock goes with its transaction.
            profile.settings.lock_timeout = None;
        }
        Self {
            profile,
            store: Store::new(),
            ids: BTreeMap::new(),
            lookups: Vec::new(),
            unused: Vec::new(),
            dues: BinaryHeap::new(),
            planned: 0,
            now: SimTime::ZERO,
            last_tag: 0,
            side_effects: 0,
        }
    }

    /// The time of the last request.
    #[must_use]
    pub const fn now(&self) -> SimTime {
        self.now
    }

    /// How many keys are remembered, those in progress included.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.ids.len()
    }

    /// About how many bytes its answers take: what was forgotten makes room for what comes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.store.bytes()
    }

    /// Answers a request that arrives `at`; a time before that of the last request counts as that.
    /// What is done at the same instant is done before it.
    pub fn handle(&mut self, at: SimTime, request: &Request<'_>) -> Answer {
        self.pass(at.max(self.now));
        let mut answer = Answer {
            status: None,
            seen: None,
            executed: false,
            replayed: false,
            side_effects: self.side_effects,
        };
        if request.request_lost {
            return answer;
        }
        match self.decide(request) {
            Decision::Execute(held) => {
                self.execute(request, held);
                answer.executed = true;
                answer.side_effects = self.side_effects;
                answer.status = request.crash.is_none().then_some(request.handler_status);
            }
            Decision::Replay(status) => {
                answer.replayed = true;
                answer.status = Some(status);
            }
            Decision::Refuse(status) => answer.status = Some(status),
        }
        answer.seen = answer.status.filter(|_| !request.response_lost);
        answer
    }

    fn settings(&self) -> &Settings {
        &self.profile.settings
    }

    fn decide(&mut self, request: &Request<'_>) -> Decision {
        if request.rejected {
            return Decision::Refuse(request.handler_status);
        }
        if !self.settings().enabled || !self.profile.methods.include(request.method) {
            return Decision::Execute(None);
        }
        let key = request.key.filter(|key| !key.is_empty());
        let too_long = |most: u32| key.is_some_and(|key| key.chars().count() > most as usize);
        if self.profile.max_key_length.is_some_and(too_long) {
            return Decision::Refuse(Status::BAD_REQUEST);
        }
        let key = key.map(|key| self.id_of(request, key));
        let fingerprint = self.fingerprint(request);
        self.last_tag = self.last_tag.wrapping_add(1);
        let by = self.last_tag;
        match self.store.begin(&self.profile.settings, self.now, key, fingerprint, by) {
            Verdict::First => Decision::Execute(key.map(|key| Held { key, by })),
            Verdict::Unprotected => Decision::Execute(None),
            Verdict::Missing => Decision::Refuse(Status::BAD_REQUEST),
            Verdict::InProgress { .. } => Decision::Refuse(Status::CONFLICT),
            Verdict::Mismatch { .. } => Decision::Refuse(self.profile.mismatch),
            Verdict::Replay { status, .. } => Decision::Replay(status),
        }
    }

    fn execute(&mut self, request: &Request<'_>, held: Option<Held>) {
        let succeeds = request.handler_status.is_success();
        if succeeds && request.crash != Some(Crash::BeforeEffect) {
            self.side_effects += 1;
        }
        let Some(held) = held else { return };
        let done = self.now + request.processing;
        match (self.profile.commit, request.crash) {
            (_, None) | (Commit::WithEffect, Some(Crash::AfterEffect)) => {
                self.plan(done, held, Later::Stores(request.handler_status));
            }
            (Commit::WithEffect, Some(Crash::BeforeEffect)) => {
                self.plan(done, held, Later::RollsBack);
            }
            (Commit::AfterEffect, Some(_)) => {
                if let Some(limit) = self.settings().lock_timeout {
                    self.plan(self.now + limit, held, Later::Expires);
                }
            }
        }
    }

    fn plan(&mut self, at: SimTime, Held { key, by }: Held, what: Later) {
        self.dues.push(Reverse(Due { at, order: self.planned, key, by, what }));
        self.planned += 1;
    }

    /// What happens until `now`, and at it.
    fn pass(&mut self, now: SimTime) {
        while let Some(&Reverse(due)) = self.dues.peek().filter(|due| due.0.at <= now) {
            self.dues.pop();
            let Due { key, by, what, .. } = due;
            match what {
                Later::Stores(status) => {
                    self.store.finish(&self.profile.settings, key, status, by);
                    if let Some(entry) = self.store.entry(key).filter(|entry| entry.by == by) {
                        let expires = entry.at + self.settings().ttl;
                        self.plan(expires, Held { key, by }, Later::Expires);
                    }
                }
                Later::RollsBack => self.store.abandon(key, by),
                Later::Expires => self.store.drop_key(key, by),
            }
            if self.store.entry(key).is_none() {
                self.release(key);
            }
        }
        self.now = now;
    }

    fn id_of(&mut self, request: &Request<'_>, key: &str) -> KeyId {
        let part = |is: bool, text: &str| if is { text.to_owned() } else { String::new() };
        let by_endpoint = self.profile.endpoint == Endpoint::Lookup;
        let lookup = Lookup {
            tenant: part(self.profile.by_tenant, request.tenant),
            method: part(by_endpoint, &request.method.to_ascii_uppercase()),
            endpoint: part(by_endpoint, request.endpoint),
            key: key.to_owned(),
        };
        if let Some(&id) = self.ids.get(&lookup) {
            return id;
        }
        let lookup = Arc::new(lookup);
        let id = self.unused.pop().unwrap_or_else(|| {
            self.lookups.push(None);
            // More keys than that do not fit into memory.
            KeyId::try_from(self.lookups.len() - 1).unwrap_or(KeyId::MAX)
        });
        self.lookups[id as usize] = Some(Arc::clone(&lookup));
        self.ids.insert(lookup, id);
        id
    }

    /// The id of a key that nothing is known about any more can be another's.
    fn release(&mut self, id: KeyId) {
        if let Some(lookup) = self.lookups[id as usize].take() {
            self.ids.remove(&lookup);
            self.unused.push(id);
        }
    }

    /// 64 bits that differ where the requests do, but for one pair in 2⁶⁴.
    fn fingerprint(&self, request: &Request<'_>) -> u64 {
        let payload = hash(0, request.payload);
        if self.profile.endpoint != Endpoint::Fingerprint {
            return payload;
        }
        hash(hash(payload, &request.method.to_ascii_uppercase()), request.endpoint)
    }
}

fn hash(seed: u64, text: &str) -> u64 {
    let word = |bytes: &[u8]| bytes.iter().fold(0, |word, &byte| word << 8 | u64::from(byte));
    let words = text.as_bytes().chunks(8).map(word);
    words.fold(random::nest(seed, text.len() as u64), random::nest)
}
