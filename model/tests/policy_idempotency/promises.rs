//! What holds for every stream of requests.

use half_open::policy::idempotency::{Commit, Crash, Preset, Profile, Request, Server, Settings};
use half_open::policy::outcome::Status;
use half_open::time::{SimDuration, SimTime};
use proptest::prelude::*;

const KEYS: [&str; 3] = ["a", "b", "c"];

/// A request, and how long after the one before it comes.
#[derive(Clone, Debug)]
struct Sent {
    pause: u64,
    operation: usize,
    processing: u64,
    status: Status,
    lost: [bool; 2],
    rejected: bool,
    crash: Option<Crash>,
}

impl Sent {
    /// One key for each operation, and the operation's own payload with it.
    fn request(&self) -> Request<'static> {
        Request {
            key: Some(KEYS[self.operation]),
            payload: KEYS[self.operation],
            processing: SimDuration::from_millis(self.processing),
            handler_status: self.status,
            request_lost: self.lost[0],
            response_lost: self.lost[1],
            rejected: self.rejected,
            crash: self.crash,
            ..Request::post("/payments")
        }
    }
}

fn stream(crashes: &'static [Option<Crash>]) -> impl Strategy<Value = Vec<Sent>> {
    let statuses = &[Status::CREATED, Status::INTERNAL, Status(402)][..];
    let fate = (
        any::<[bool; 2]>(),
        proptest::bool::weighted(0.1),
        proptest::sample::select(crashes),
        proptest::sample::select(statuses),
    );
    let sent = (0..80u64, 0..KEYS.len(), 0..100u64, fate);
    let sent = sent.prop_map(|(pause, operation, processing, fate)| Sent {
        pause,
        operation,
        processing,
        lost: fate.0,
        rejected: fate.1,
        crash: fate.2,
        status: fate.3,
    });
    proptest::collection::vec(sent, 1..80)
}

/// Side effects for each key.
fn effects(server: &mut Server, stream: &[Sent]) -> [u64; KEYS.len()] {
    let (mut ms, mut before, mut effects) = (0, 0, [0; KEYS.len()]);
    for sent in stream {
        ms += sent.pause;
        let total = server.handle(SimTime::from_millis(ms), &sent.request()).side_effects;
        effects[sent.operation] += total - before;
        before = total;
    }
    effects
}

fn profile(preset: Preset, commit: Commit, lock_ms: Option<u64>) -> Profile {
    let profile = preset.profile();
    let lock_timeout = lock_ms.map(SimDuration::from_millis);
    let settings = Settings { lock_timeout, ..profile.settings };
    Profile { settings, commit, ..profile }
}

fn preset() -> impl Strategy<Value = Preset> {
    proptest::sample::select(&Preset::ALL[..])
}

const ANY_CRASH: &[Option<Crash>] =
    &[None, None, Some(Crash::BeforeEffect), Some(Crash::AfterEffect)];
const EARLY_CRASH: &[Option<Crash>] = &[None, None, Some(Crash::BeforeEffect)];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn one_transaction_does_every_operation_at_most_once(
        preset in preset(),
        lock in proptest::option::of(1..200u64),
        stream in stream(ANY_CRASH),
    ) {
        let mut server = Server::new(profile(preset, Commit::WithEffect, lock));
        let effects = effects(&mut server, &stream);
        prop_assert!(effects.iter().all(|&n| n <= 1), "{effects:?}");
    }

    /// In two steps it takes more luck: nobody dies between them, and no work outlasts its lock.
    #[test]
    fn two_steps_do_every_operation_at_most_once_while_nothing_happens_in_between(
        preset in preset(),
        lock in proptest::option::of(100..200u64),
        stream in stream(EARLY_CRASH),
    ) {
        let mut server = Server::new(profile(preset, Commit::AfterEffect, lock));
        let effects = effects(&mut server, &stream);
        prop_assert!(effects.iter().all(|&n| n <= 1), "{effects:?}");
    }

    /// Otherwise a server would fill its memory with keys that nobody remembers.
    #[test]
    fn what_is_forgotten_takes_no_memory(
        preset in preset(),
        with_effect in any::<bool>(),
        lock in 1..200u64,
        stream in stream(ANY_CRASH),
    ) {
        let commit = if with_effect { Commit::WithEffect } else { Commit::AfterEffect };
        let mut server = Server::new(profile(preset, commit, Some(lock)));
        effects(&mut server, &stream);
        let much_later = server.now() + SimDuration::from_secs(31 * 86_400);
        server.handle(much_later, &Request::post("/"));
        prop_assert_eq!(server.remembered(), 0);
    }
}

/// The promise above is not an empty one.
#[test]
fn two_steps_can_do_an_operation_twice() {
    let mut server = Server::new(profile(Preset::Ietf, Commit::AfterEffect, Some(100)));
    let sent = Sent {
        pause: 100,
        operation: 0,
        processing: 50,
        status: Status::CREATED,
        lost: [false; 2],
        rejected: false,
        crash: None,
    };
    let dies = Sent { crash: Some(Crash::AfterEffect), ..sent.clone() };
    assert_eq!(effects(&mut server, &[dies, sent]), [2, 0, 0]);
}

#[test]
fn a_hundred_thousand_keys_one_after_another_need_the_room_of_a_few() {
    let mut profile = Preset::Ietf.profile();
    profile.settings.ttl = SimDuration::from_millis(10);
    let mut server = Server::new(profile);
    for n in 0..100_000u64 {
        let key = n.to_string();
        server.handle(SimTime::from_millis(n), &Request { key: Some(&key), ..Request::post("/") });
        assert!(server.remembered() <= 10);
    }
    assert!(server.bytes() < 10_000, "{}", server.bytes());
}
