//! Backoff stays within its promises for every number of attempts.

use half_open::policy::backoff::{Kind, Settings};
use half_open::policy::outcome::Outcome;
use half_open::policy::retry::{self, Decision};
use half_open::time::SimDuration;
use proptest::prelude::*;

fn kinds() -> impl Strategy<Value = Kind> {
    proptest::sample::select(&Kind::ALL[..])
}

/// Everything that can be written down, in range or not.
fn durations() -> impl Strategy<Value = SimDuration> {
    let any = prop_oneof![Just(0), Just(1), 0..86_400_000_000_000u64, any::<u64>()];
    any.prop_map(SimDuration::from_nanos)
}

fn settings() -> impl Strategy<Value = Settings> {
    (kinds(), durations(), durations(), durations())
        .prop_map(|(kind, base, cap, jitter)| Settings { kind, base, cap, jitter })
}

fn attempts() -> impl Strategy<Value = u32> {
    let edges = proptest::sample::select(&[0, 1, 2, 31, 63, 64, 65, 1000, u32::MAX][..]);
    prop_oneof![edges, 0..70u32, any::<u32>()]
}

/// Draws, the largest that can occur among them.
fn draws() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(1.0 - f64::EPSILON / 2.0), 0.0..1.0]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_wait_is_within_its_range_and_the_range_within_the_cap(
        settings in settings(), n in attempts(), draws in proptest::collection::vec(draws(), 8),
    ) {
        let (min, max) = settings.range(n);
        prop_assert!(min <= max);
        match settings.kind {
            Kind::None => prop_assert_eq!(max, SimDuration::ZERO),
            Kind::Constant => prop_assert_eq!(max, settings.base),
            Kind::CapFirst => prop_assert!(max <= settings.cap + settings.jitter),
            _ => prop_assert!(max <= settings.cap),
        }
        // Decorrelated jitter needs the waits before, the others do not look at them.
        let before = n.min(7) as usize;
        let walk = settings.delays(|i| draws[i as usize % 8]);
        let previous = walk.take(before).last().unwrap_or(settings.base);
        let n = if settings.kind == Kind::Decorrelated { before as u32 } else { n };
        let (min, max) = settings.range(n);
        let wait = settings.wait(n, previous, draws[before]);
        prop_assert!(min <= wait && wait <= max, "{min} <= {wait} <= {max}");
    }

    #[test]
    fn a_larger_draw_never_waits_less(
        settings in settings(), n in attempts(), previous in durations(), a in draws(), b in draws(),
    ) {
        let wait = |u: f64| settings.wait(n, previous, u);
        prop_assert!(wait(a.min(b)) <= wait(a.max(b)));
    }

    #[test]
    fn clipped_means_that_every_draw_waits_exactly_the_cap(
        base in durations(), cap in durations(), jitter in durations(), n in attempts(), u in draws(),
    ) {
        let essay = Settings { kind: Kind::Essay, base, cap, jitter };
        if essay.clipped(n) {
            prop_assert!(jitter > SimDuration::ZERO, "there is nothing to clip");
            prop_assert_eq!(essay.wait(n, SimDuration::ZERO, u), cap);
        } else if jitter > SimDuration::ZERO {
            prop_assert!(essay.wait(n, SimDuration::ZERO, 0.0) < cap);
        } else {
            let plain = Settings { kind: Kind::Exponential, ..essay };
            let (mine, theirs) = (essay.wait(n, cap, u), plain.wait(n, cap, u));
            prop_assert_eq!(mine, theirs, "without jitter the two are one");
        }
    }

    #[test]
    fn a_retry_gives_up_after_exactly_as_many_attempts_as_allowed(
        backoff in settings(), max_attempts in 1..=100u32, u in draws(),
    ) {
        let settings = retry::Settings { max_attempts, backoff, ..Default::default() };
        let mut state = retry::State::default();
        let mut attempts = 1;
        while let Decision::RetryAfter(wait) = state.step(&settings, Outcome::TimedOut, None, || u) {
            let (min, max) = backoff.range(attempts - 1);
            prop_assert!(min <= wait && wait <= max, "{min} <= {wait} <= {max}");
            attempts += 1;
        }
        prop_assert_eq!(attempts, max_attempts);
    }
}

/// The traps of *Exponential Backoff And Jitter* written by hand: 2ⁿ for large n, and zero.
#[test]
fn the_edges_give_the_cap_or_nothing() {
    for n in [63, 64, 1000, u32::MAX] {
        let settings = Settings { kind: Kind::Exponential, ..Settings::default() };
        assert_eq!(settings.wait(n, SimDuration::ZERO, 0.5), settings.cap, "{n}");
        let zero = Settings { base: SimDuration::ZERO, ..settings };
        assert_eq!(zero.wait(n, SimDuration::ZERO, 0.5), SimDuration::ZERO, "{n}");
    }
}

/// 100 clients that failed together: the essay's formula brings them back in one instant.
#[test]
fn only_the_essay_brings_the_herd_back_together() {
    let instants = |kind| {
        let settings = Settings { kind, ..Settings::default() };
        let waits = (0..100).map(|i| settings.wait(6, settings.cap, f64::from(i) / 100.0));
        waits.collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!(instants(Kind::Essay), 1);
    assert_eq!(instants(Kind::CapFirst), 100);
    assert_eq!(instants(Kind::Full), 100);
}
