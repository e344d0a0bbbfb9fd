//! The presets in numbers. Where a library has no default, the number is that of its own
//! documentation's first example.

use super::Preset;
use crate::policy::breaker::{
    Anchor, Cmp, Decide, DecideKind, Denominator, EvaluateOn, Exponential, HalfOpen, Ignored,
    IgnoredClosed, IgnoredHalfOpen, LateResults, Millis, OnClose, Open, Overflow, PermitAccounting,
    Settings, Slow, Trip, Window, WindowKind,
};

const AS_SUCCESS: Ignored =
    Ignored { closed: IgnoredClosed::AsSuccess, half_open: IgnoredHalfOpen::AsSuccess };

pub(super) fn settings(preset: Preset) -> Settings {
    match preset {
        Preset::Resilience4j => resilience4j(),
        Preset::Resilience4jTime => {
            let window = Window { buckets: 100, ..time(100_000, Anchor::Epoch, 100) };
            Settings { window, ..resilience4j() }
        }
        Preset::Resilience4jAuto => {
            let plain = resilience4j();
            Settings { open: Open { auto: true, ..plain.open }, ..plain }
        }
        Preset::Polly => polly(),
        Preset::Gobreaker => gobreaker(),
        Preset::GobreakerRatio => Settings {
            window: Window { kind: WindowKind::Unbounded, min_calls: 3, ..Window::default() },
            trip: rate(0.6, Cmp::AtLeast, EvaluateOn::Failure),
            denominator: Denominator::Admitted,
            ..gobreaker()
        },
        Preset::FailsafeGo => failsafe_go(),
        Preset::FailsafeGoRate => failsafe_go_rate(),
        Preset::Cockatiel => cockatiel(),
        Preset::CockatielCount => {
            let window = Window { size: 100, min_calls: 100, ..Window::default() };
            cockatiel_rate(window)
        }
        Preset::CockatielSampling => {
            // No fewer than five failures a second: 5 / 0.2 calls a second for 30 s.
            let window = Window { buckets: 30, ..time(30_000, Anchor::FirstEvent, 750) };
            cockatiel_rate(window)
        }
        Preset::Opossum => opossum(),
        Preset::Linkerd => linkerd(),
        Preset::Pybreaker => pybreaker(),
    }
}

fn resilience4j() -> Settings {
    Settings {
        window: Window { size: 100, min_calls: 100, ..Window::default() },
        trip: rate(0.5, Cmp::AtLeast, EvaluateOn::Any),
        slow: Some(Slow {
            threshold_ms: Millis::new(60_000),
            cmp: Cmp::Above,
            rate: 1.0,
            rate_cmp: Cmp::AtLeast,
        }),
        open: Open { wait_cmp: Cmp::Above, ..open_for(60_000) },
        half_open: HalfOpen {
            permitted: Some(10),
            permit_accounting: PermitAccounting::TotalUnbounded,
            decide: Decide { kind: DecideKind::Rate, ..Decide::default() },
            ..HalfOpen::default()
        },
        late_results: LateResults::CurrentState,
        ..Settings::default()
    }
}

fn polly() -> Settings {
    Settings {
        window: time(30_000, Anchor::FirstEvent, 100),
        trip: rate(0.1, Cmp::AtLeast, EvaluateOn::Failure),
        open: open_for(5_000),
        half_open: one_probe(),
        ignored: AS_SUCCESS,
        late_results: LateResults::CurrentState,
        ..Settings::default()
    }
}

fn gobreaker() -> Settings {
    Settings {
        window: in_a_row(),
        trip: failures(6, EvaluateOn::Failure),
        open: Open { wait_cmp: Cmp::Above, on_observe: true, ..open_for(60_000) },
        half_open: one_probe(),
        late_results: LateResults::Drop,
        ..Settings::default()
    }
}

fn failsafe_go() -> Settings {
    Settings {
        window: Window { size: 1, min_calls: 0, ..Window::default() },
        trip: failures(1, EvaluateOn::Any),
        open: open_for(60_000),
        half_open: HalfOpen {
            permitted: Some(1),
            permit_accounting: PermitAccounting::InFlightUnbounded,
            decide: Decide {
                kind: DecideKind::FailureRatio,
                failures: 1,
                capacity: 1,
                ..Decide::default()
            },
            ..HalfOpen::default()
        },
        ignored: AS_SUCCESS,
        late_results: LateResults::CurrentState,
        ..Settings::default()
    }
}

fn failsafe_go_rate() -> Settings {
    let plain = failsafe_go();
    Settings {
        window: time(60_000, Anchor::Epoch, 5),
        trip: Trip { round_2dp: true, ..rate(0.2, Cmp::AtLeast, EvaluateOn::Any) },
        half_open: HalfOpen {
            permitted: Some(5),
            decide: Decide {
                kind: DecideKind::RateAtExecutions,
                executions: 5,
                ..Decide::default()
            },
            ..plain.half_open
        },
        ..plain
    }
}

fn cockatiel() -> Settings {
    Settings {
        window: in_a_row(),
        trip: failures(5, EvaluateOn::Failure),
        open: open_for(10_000),
        half_open: HalfOpen { overflow: Overflow::Wait, ..one_probe() },
        ignored: Ignored { closed: IgnoredClosed::NotCounted, ..AS_SUCCESS },
        late_results: LateResults::AdmittingState,
        ..Settings::default()
    }
}

fn cockatiel_rate(window: Window) -> Settings {
    Settings {
        window,
        trip: rate(0.2, Cmp::Above, EvaluateOn::Failure),
        on_close: OnClose::ClearThenRecordProbe,
        ..cockatiel()
    }
}

fn opossum() -> Settings {
    Settings {
        window: time(10_000, Anchor::Timer, 0),
        trip: rate(0.5, Cmp::Above, EvaluateOn::Failure),
        denominator: Denominator::Fires,
        open: Open { auto: true, ..open_for(30_000) },
        half_open: one_probe(),
        ignored: AS_SUCCESS,
        late_results: LateResults::CurrentState,
        on_close: OnClose::Keep,
        ..Settings::default()
    }
}

fn linkerd() -> Settings {
    let growing = Exponential {
        initial_ms: Millis::new(1_000),
        multiplier: 2.0,
        max_ms: Millis::new(60_000),
    };
    Settings {
        window: in_a_row(),
        trip: failures(7, EvaluateOn::Any),
        open: Open { exponential: Some(growing), auto: true, ..open_for(1_000) },
        half_open: HalfOpen { overflow: Overflow::Wait, ..one_probe() },
        ignored: AS_SUCCESS,
        late_results: LateResults::CurrentState,
        ..Settings::default()
    }
}

fn pybreaker() -> Settings {
    Settings {
        window: in_a_row(),
        trip: failures(5, EvaluateOn::Failure),
        open: open_for(60_000),
        half_open: HalfOpen { permitted: None, ..one_probe() },
        ignored: AS_SUCCESS,
        late_results: LateResults::CurrentState,
        ..Settings::default()
    }
}

fn in_a_row() -> Window {
    Window { kind: WindowKind::Consecutive, min_calls: 0, ..Window::default() }
}

/// Ten buckets.
fn time(ms: u64, anchor: Anchor, min_calls: u32) -> Window {
    let duration_ms = Millis::new(ms);
    Window { kind: WindowKind::Time, duration_ms, anchor, min_calls, ..Window::default() }
}

fn failures(n: u32, evaluate_on: EvaluateOn) -> Trip {
    Trip { failures: Some(n), failure_rate: None, evaluate_on, ..Trip::default() }
}

fn rate(rate: f64, rate_cmp: Cmp, evaluate_on: EvaluateOn) -> Trip {
    Trip { failure_rate: Some(rate), rate_cmp, evaluate_on, ..Trip::default() }
}

fn open_for(ms: u64) -> Open {
    Open { wait_ms: Millis::new(ms), ..Open::default() }
}

/// The first result decides.
fn one_probe() -> HalfOpen {
    HalfOpen {
        permitted: Some(1),
        permit_accounting: PermitAccounting::Total,
        decide: Decide { kind: DecideKind::ConsecutiveSuccess, successes: 1, ..Decide::default() },
        ..HalfOpen::default()
    }
}
