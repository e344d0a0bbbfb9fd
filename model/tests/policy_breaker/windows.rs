//! What windows hold, counted again from the whole history.

use half_open::policy::breaker::{
    Action, Anchor, Breaker, Cmp, Counts, Denominator, Mark, Millis, Settings, Slow, Trip, Window,
    WindowKind,
};
use half_open::time::{SimDuration, SimTime};
use proptest::prelude::*;

use crate::bench::Bench;
use crate::strategies::{Op, pick, windows};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// A count window that shrinks keeps the newest calls, and grows without losing any.
    #[test]
    fn a_resized_count_window_keeps_the_newest_calls(
        marks in proptest::collection::vec(any::<bool>(), 0..30), sizes in [1..12u32, 1..12u32],
    ) {
        let of = |size| Settings {
            window: Window { size, ..Window::default() },
            trip: Trip { failure_rate: None, ..Trip::default() },
            ..Settings::default()
        };
        let [old, new] = sizes.map(of);
        let mut bench = Bench::new(&old);
        for &failed in &marks {
            bench.step(0, Op::Begin)?;
            bench.step(1, Op::End(0, if failed { Mark::Failure } else { Mark::Success }, 0))?;
        }
        bench.breaker.reconfigure(&old, &new, bench.now);
        let kept = marks.len().min(sizes[0] as usize).min(sizes[1] as usize);
        let newest = &marks[marks.len() - kept..];
        let cells = bench.breaker.window(&new, bench.now);
        let seen: Vec<_> = cells.map(|cell| cell.counts.failures == 1).collect();
        prop_assert_eq!(seen, newest);
    }

    /// Counted again from the whole history, without rings, buckets or running sums.
    #[test]
    fn windows_count_what_a_naive_recount_counts(
        window in windows(),
        denominator in pick(&[Denominator::Completed, Denominator::Admitted]),
        origins in [0..150u64, 0..150u64],
        steps in proptest::collection::vec(
            (prop_oneof![6 => 0..60u64, 2 => pick(&[100, 250]), 1 => 900..9_000u64],
             0..60u64, any::<bool>(), 0..2u64),
            1..60),
    ) {
        let timeless = matches!(window.kind, WindowKind::Consecutive | WindowKind::Count);
        let admitted = !timeless && denominator == Denominator::Admitted;
        let settings = Settings {
            window,
            denominator: if admitted { denominator } else { Denominator::Completed },
            trip: Trip { failure_rate: None, ..Trip::default() },
            slow: (window.kind != WindowKind::Consecutive)
                .then(|| Slow { threshold_ms: Millis::new(100), rate: 1.0, rate_cmp: Cmp::Above, ..Slow::default() }),
            ..Settings::default()
        };
        let made = origins[0];
        let mut ms = made + origins[1];
        let grid = Grid { made, cleared: ms };
        let mut breaker = Breaker::new(&settings, SimTime::from_millis(made));
        breaker.control(&settings, SimTime::from_millis(ms), Action::Reset);
        let mut history = Vec::new();
        for (pause, takes, failed, slow) in steps {
            ms += pause;
            let permit = breaker.acquire(&settings, SimTime::from_millis(ms)).permit;
            let Ok(permit) = permit else { return Err(TestCaseError::fail("refused")) };
            let begun = ms;
            ms += takes;
            let took = SimDuration::from_millis(100 + slow);
            let mark = if failed { Mark::Failure } else { Mark::Success };
            breaker.settle(&settings, permit, SimTime::from_millis(ms), mark, took);
            let slow = settings.slow.is_some() && slow == 1;
            history.push(Call { begun, ended: ms, failed, slow });
            let now = ms + pause;
            let seen = breaker.counts(&settings, SimTime::from_millis(now));
            prop_assert_eq!(seen, recount(&window, grid, admitted, &history, now));
        }
    }
}

struct Call {
    begun: u64,
    ended: u64,
    failed: bool,
    slow: bool,
}

/// When the breaker was made and its window cleared, in ms.
#[derive(Clone, Copy)]
struct Grid {
    made: u64,
    cleared: u64,
}

/// What a window should hold at `now` (ms), from everything that ever happened.
fn recount(window: &Window, grid: Grid, admitted: bool, history: &[Call], now: u64) -> Counts {
    let ns = |ms: u64| ms * 1_000_000;
    let duration = window.duration_ms.0.nanos();
    let length = duration / u64::from(window.buckets);
    // When a call is counted, and the events at which a window without a grid may begin anew.
    let at = |call: &Call| ns(if admitted { call.begun } else { call.ended });
    let events = || {
        let each =
            |c: &Call| if admitted { vec![ns(c.begun), ns(c.ended)] } else { vec![ns(c.ended)] };
        history.iter().flat_map(each).collect::<Vec<_>>()
    };
    let counted: Vec<&Call> = match (window.kind, window.anchor) {
        (WindowKind::Unbounded, _) => history.iter().collect(),
        (WindowKind::Count, _) => history.iter().rev().take(window.size as usize).collect(),
        (WindowKind::Consecutive, _) => history.iter().rev().take_while(|c| c.failed).collect(),
        (WindowKind::Tumbling, _) => {
            let mut start = ns(grid.cleared);
            for event in events() {
                start = if event - start > duration { event } else { start };
            }
            let over = ns(now) - start > duration;
            history.iter().filter(|c| !over && at(c) >= start).collect()
        }
        (WindowKind::Time, Anchor::FirstEvent) => {
            let mut starts: Vec<u64> = Vec::new();
            for event in history.iter().map(at) {
                if starts.last().is_none_or(|&last| event - last >= length) {
                    starts.push(event);
                }
            }
            let begun = |c: &Call| starts.iter().copied().rfind(|&s| s <= at(c)).unwrap_or(0);
            history.iter().filter(|c| ns(now) - begun(c) < duration).collect()
        }
        (WindowKind::Time, anchor) => {
            let base = match anchor {
                Anchor::Start => grid.cleared,
                Anchor::Timer => grid.made,
                _ => 0,
            };
            let bucket = |t: u64| (t - ns(base)) / length;
            let oldest = (bucket(ns(now)) + 1).saturating_sub(window.buckets.into());
            history.iter().filter(|c| bucket(at(c)) >= oldest).collect()
        }
    };
    let count = |which: fn(&Call) -> bool| counted.iter().filter(|c| which(c)).count() as u32;
    Counts { calls: count(|_| true), failures: count(|c| c.failed), slow: count(|c| c.slow) }
}
