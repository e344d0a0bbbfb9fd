//! The key store against the simplest thing that could be right.

use std::collections::BTreeMap;

use half_open::policy::idempotency::{KeyId, Settings, Store, StoreWhat, Verdict};
use half_open::policy::outcome::Status;
use half_open::time::{SimDuration, SimTime};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Op {
    Begin {
        key: Option<KeyId>,
        fingerprint: u64,
    },
    /// Ends the execution with this number, counted from the oldest, if it has not ended.
    Finish {
        which: usize,
        status: Status,
    },
    Abandon {
        which: usize,
    },
    Forget,
}

fn ops() -> impl Strategy<Value = Vec<(u64, Op)>> {
    // Keys on both sides of a chunk's end, few enough to collide.
    let key = proptest::option::weighted(0.9, proptest::sample::select(&[0, 1, 255, 256, 900][..]));
    let status = proptest::sample::select(&[Status::CREATED, Status::INTERNAL, Status(404)][..]);
    let op = prop_oneof![
        6 => (key, 0..3u64).prop_map(|(key, f)| Op::Begin { key, fingerprint: f / 2 }),
        4 => (0..8usize, status).prop_map(|(which, status)| Op::Finish { which, status }),
        1 => (0..8usize).prop_map(|which| Op::Abandon { which }),
        1 => Just(Op::Forget),
    ];
    proptest::collection::vec((0..40u64, op), 1..120)
}

fn settings() -> impl Strategy<Value = Settings> {
    let limits = (1..200u64, proptest::option::of(1..200u64));
    (any::<[bool; 4]>(), limits).prop_map(|([enabled, required, fingerprint, all], (ttl, lock))| {
        Settings {
            enabled,
            required,
            fingerprint,
            store: if all { StoreWhat::Started } else { StoreWhat::Success },
            ttl: SimDuration::from_millis(ttl),
            lock_timeout: lock.map(SimDuration::from_millis),
            ..Settings::default()
        }
    })
}

/// What is known about one key: who holds it and since when, the payload, and the answer.
type Naive = BTreeMap<KeyId, (u32, u64, u64, Option<Status>)>;

fn naive_begin(
    known: &mut Naive,
    settings: &Settings,
    ms: u64,
    key: Option<KeyId>,
    payload: u64,
    me: u32,
) -> Verdict {
    let millis = |d: SimDuration| d.nanos() / 1_000_000;
    if !settings.enabled {
        return Verdict::Unprotected;
    }
    let Some(key) = key else {
        return if settings.required { Verdict::Missing } else { Verdict::Unprotected };
    };
    // Only whoever asks for a key finds out that it has expired: a slow worker whose lock has timed
    // out may still store its answer if nobody came in between.
    known.retain(|&k, (_, since, _, answer)| match answer {
        _ if k != key => true,
        Some(_) => ms < *since + millis(settings.ttl),
        None => settings.lock_timeout.is_none_or(|limit| ms < *since + millis(limit)),
    });
    match known.get(&key) {
        None => {
            known.insert(key, (me, ms, payload, None));
            Verdict::First
        }
        Some(&(by, _, first, _)) if settings.fingerprint && first != payload => {
            Verdict::Mismatch { by }
        }
        Some(&(by, _, _, None)) => Verdict::InProgress { by },
        Some(&(by, _, _, Some(status))) => Verdict::Replay { status, by },
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn the_store_does_what_a_map_would(settings in settings(), ops in ops()) {
        let mut store = Store::new();
        let mut known = Naive::new();
        let mut running: Vec<(KeyId, u32)> = Vec::new();
        let (mut ms, mut me) = (0, 0);
        for (pause, op) in ops {
            ms += pause;
            me += 1;
            let checkpoint = (store.clone(), format!("{store:?}"));
            match op {
                Op::Begin { key, fingerprint } => {
                    let now = SimTime::from_millis(ms);
                    let seen = store.begin(&settings, now, key, fingerprint, me);
                    let wanted = naive_begin(&mut known, &settings, ms, key, fingerprint, me);
                    prop_assert_eq!(seen, wanted);
                    if let (Verdict::First, Some(key)) = (seen, key) {
                        running.push((key, me));
                    }
                }
                Op::Finish { which, status } if which < running.len() => {
                    let (key, by) = running.remove(which);
                    store.finish(&settings, key, status, by);
                    let held = known.get(&key).is_some_and(|k| k.0 == by && k.3.is_none());
                    let kept = settings.store == StoreWhat::Started || status.is_success();
                    if held && !kept {
                        known.remove(&key);
                    } else if held && let Some(entry) = known.get_mut(&key) {
                        entry.3 = Some(status);
                    }
                }
                Op::Abandon { which } if which < running.len() => {
                    let (key, by) = running.remove(which);
                    store.abandon(key, by);
                    known.retain(|&k, entry| k != key || entry.0 != by || entry.3.is_some());
                }
                Op::Forget => {
                    store.forget();
                    known.clear();
                }
                Op::Finish { .. } | Op::Abandon { .. } => {}
            }
            prop_assert_eq!(format!("{:?}", checkpoint.0), checkpoint.1, "a clone changed");
        }
    }

    /// What it is all for: with one key for the operation, and whatever is lost, it has one effect.
    #[test]
    fn one_key_has_at_most_one_success_while_it_is_remembered(
        ops in proptest::collection::vec((0..40u64, any::<[bool; 2]>()), 1..60),
    ) {
        let settings = Settings::default();
        let mut store = Store::new();
        let (mut ms, mut effects, mut running) = (0, 0, None);
        for (me, (pause, [ends, works])) in (0..).zip(ops) {
            ms += pause;
            if store.begin(&settings, SimTime::from_millis(ms), Some(0), 7, me) == Verdict::First {
                prop_assert_eq!(running.replace(me), None, "two at once");
            }
            if ends && let Some(by) = running.take() {
                effects += u32::from(works);
                let status = if works { Status::CREATED } else { Status::UNAVAILABLE };
                store.finish(&settings, 0, status, by);
            }
        }
        prop_assert!(effects <= 1);
    }
}

/// A million keys at every one of 64 checkpoints have to fit.
#[test]
fn clones_share_what_nobody_writes() {
    let settings = Settings::default();
    let mut store = Store::new();
    for key in 0..100_000 {
        let _ = store.begin(&settings, SimTime::ZERO, Some(key), 0, key);
    }
    let copy = store.clone();
    let same = |key| {
        let address = |s: &Store| s.entry(key).map(std::ptr::from_ref);
        address(&store) == address(&copy)
    };
    assert!((0..100_000).all(same));
    store.abandon(0, 0);
    let shared = (0..100_000).filter(|&key| {
        let address = |s: &Store| s.entry(key).map(std::ptr::from_ref);
        address(&store) == address(&copy)
    });
    assert!(shared.count() >= 99_000);
}
