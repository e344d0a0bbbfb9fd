//! Every kind of breaker, and everything that can happen to one.

use half_open::policy::breaker::{
    Action, Anchor, Cmp, Decide, DecideKind, Denominator, EvaluateOn, HalfOpen, Ignored,
    IgnoredClosed, IgnoredHalfOpen, LateResults, Mark, Millis, OnClose, Open, PermitAccounting,
    Settings, Slow, Trip, Window, WindowKind,
};
use proptest::prelude::*;

/// One step of a breaker's life.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    Begin,
    /// Ends the call with this number, counted from the oldest.
    End(usize, Mark, u64),
    Release(usize),
    Control(Action),
    Tick,
    Observe,
}

pub(crate) fn pick<T: Copy + std::fmt::Debug + 'static>(
    from: &'static [T],
) -> impl Strategy<Value = T> {
    proptest::sample::select(from)
}

pub(crate) fn ops() -> impl Strategy<Value = Vec<(u64, Op)>> {
    let mark = || pick(&[Mark::Success, Mark::Failure, Mark::Failure, Mark::Ignored]);
    let action = pick(&[
        Action::Open,
        Action::Close,
        Action::ForceOpen,
        Action::Disable,
        Action::MetricsOnly,
        Action::Reset,
        Action::HalfOpen,
    ]);
    let op = prop_oneof![
        10 => Just(Op::Begin),
        10 => (0..6usize, mark(), 0..300u64).prop_map(|(i, mark, took)| Op::End(i, mark, took)),
        2 => (0..6usize).prop_map(Op::Release),
        1 => action.prop_map(Op::Control),
        1 => Just(Op::Tick),
        1 => Just(Op::Observe),
    ];
    // Mostly short pauses, some on bucket boundaries, a few very long.
    let pause = prop_oneof![6 => 0..30u64, 2 => pick(&[50, 100, 200]), 1 => 500..5_000u64];
    proptest::collection::vec((pause, op), 1..150)
}

pub(crate) fn windows() -> impl Strategy<Value = Window> {
    use WindowKind::{Consecutive, Count, Time, Tumbling, Unbounded};
    let kind = pick(&[Consecutive, Count, Time, Time, Tumbling, Unbounded]);
    let anchor = pick(&[Anchor::Epoch, Anchor::Start, Anchor::FirstEvent, Anchor::Timer]);
    (kind, 1..8u32, pick(&[100, 250, 1000]), 1..11u32, anchor, 0..6u32).prop_map(
        |(kind, size, ms, buckets, anchor, min_calls)| Window {
            kind,
            size,
            duration_ms: Millis::new(ms),
            buckets,
            anchor,
            min_calls,
        },
    )
}

fn trips() -> impl Strategy<Value = Trip> {
    let failures = proptest::option::weighted(0.3, 1..6u32);
    let rate = proptest::option::weighted(0.9, pick(&[0.0, 0.3, 0.5, 1.0]));
    (failures, rate, cmps(), any::<[bool; 2]>()).prop_map(
        |(failures, failure_rate, rate_cmp, [on_failure, round_2dp])| Trip {
            failures,
            failure_rate,
            rate_cmp,
            evaluate_on: if on_failure { EvaluateOn::Failure } else { EvaluateOn::Any },
            round_2dp,
        },
    )
}

fn cmps() -> impl Strategy<Value = Cmp> {
    pick(&[Cmp::AtLeast, Cmp::Above])
}

fn half_opens() -> impl Strategy<Value = HalfOpen> {
    use DecideKind::{ConsecutiveSuccess, FailureRatio, Rate, RateAtExecutions, Ratio};
    let decide = (
        pick(&[Rate, ConsecutiveSuccess, Ratio, FailureRatio, RateAtExecutions]),
        proptest::option::of(1..4u32),
        1..4u32,
    )
        .prop_map(|(kind, min_calls, n)| Decide {
            kind,
            rate: Some(0.5),
            min_calls,
            successes: n,
            failures: n,
            capacity: 4,
            executions: n,
        });
    let accounting = pick(&[
        PermitAccounting::Total,
        PermitAccounting::Total,
        PermitAccounting::InFlight,
        PermitAccounting::InFlight,
        PermitAccounting::TotalUnbounded,
        PermitAccounting::InFlightUnbounded,
    ]);
    let limit = proptest::option::weighted(0.3, pick(&[50, 400]));
    (proptest::option::weighted(0.9, 1..5u32), accounting, limit, decide).prop_map(
        |(permitted, permit_accounting, limit, decide)| HalfOpen {
            permitted,
            permit_accounting,
            max_wait_ms: limit.map(Millis::new),
            decide,
            ..HalfOpen::default()
        },
    )
}

prop_compose! {
    pub(crate) fn settings()(
        window in windows(),
        trip in trips(),
        slow in any::<bool>(),
        denominator in pick(&[
            Denominator::Completed, Denominator::Completed, Denominator::Admitted, Denominator::Fires,
        ]),
        schedule_ms in proptest::collection::vec(pick(&[10, 100]).prop_map(Millis::new), 0..3),
        wait_cmp in cmps(),
        late_results in pick(&[
            LateResults::CurrentState, LateResults::Drop, LateResults::AdmittingState,
        ]),
        [auto, on_observe, closed, half] in any::<[bool; 4]>(),
        jitter in 0.0..=1.0,
        half_open in half_opens(),
        on_close in pick(&[OnClose::Clear, OnClose::ClearThenRecordProbe, OnClose::Keep]),
    ) -> Settings {
        let timeless = matches!(window.kind, WindowKind::Consecutive | WindowKind::Count);
        let slow = slow && window.kind != WindowKind::Consecutive;
        let wait_ms = Millis::new(50);
        Settings {
            window,
            trip,
            slow: slow.then(|| Slow { threshold_ms: Millis::new(100), ..Slow::default() }),
            denominator: if timeless { Denominator::Completed } else { denominator },
            open: Open {
                wait_ms,
                schedule_ms,
                exponential: None,
                jitter,
                wait_cmp,
                auto,
                on_observe,
            },
            half_open,
            ignored: Ignored {
                closed: if closed { IgnoredClosed::AsSuccess } else { IgnoredClosed::NotCounted },
                half_open: if half {
                    IgnoredHalfOpen::AsSuccess
                } else {
                    IgnoredHalfOpen::ReleasePermit
                },
            },
            late_results,
            on_close,
        }
    }
}
