//! What holds under any order of events.

use half_open::policy::breaker::{
    Counts, Denominator, LateResults, Mark, PermitAccounting, Settings, State, WindowKind,
};
use half_open::time::SimDuration;
use proptest::prelude::*;

use crate::bench::Bench;
use crate::strategies::{Op, ops, settings};

/// Whether calls of earlier states may give permits to probes, as in two of the libraries.
fn unbounded(settings: &Settings) -> bool {
    use PermitAccounting::{InFlightUnbounded, TotalUnbounded};
    matches!(settings.half_open.permit_accounting, InFlightUnbounded | TotalUnbounded)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn never_more_probes_in_flight_than_permitted(settings in settings(), ops in ops()) {
        prop_assume!(!unbounded(&settings));
        let mut bench = Bench::new(&settings);
        let (mut period, mut probes) = (0, 0);
        for (pause, op) in ops {
            let (before, flying) = (bench.transitions, bench.in_flight.len());
            bench.step(pause, op)?;
            if let Some(permitted) = settings.half_open.permitted {
                prop_assert!(bench.breaker.probes_in_flight() <= permitted);
                // In total: what was admitted in this period, less what came back without a result.
                if bench.transitions != period {
                    (period, probes) = (bench.transitions, 0);
                }
                let admitted = bench.in_flight.len() > flying;
                probes += u32::from(admitted && bench.breaker.state() == State::HalfOpen);
                let free = matches!(op, Op::Release(_) | Op::End(_, Mark::Ignored, _));
                probes = probes.saturating_sub(u32::from(free && before == period));
                let total = settings.half_open.permit_accounting == PermitAccounting::Total;
                prop_assert!(!total || probes <= permitted);
            }
        }
    }

    #[test]
    fn a_late_result_never_counts_when_it_is_dropped(settings in settings(), ops in ops()) {
        let settings = Settings { late_results: LateResults::Drop, ..settings };
        let mut bench = Bench::new(&settings);
        for (pause, op) in ops {
            let late = match op {
                Op::End(i, ..) => bench.in_flight.get(i).is_some_and(|c| c.1 < bench.transitions),
                _ => false,
            };
            bench.now = bench.now + SimDuration::from_millis(pause);
            let (counts, transitions) = (bench.counts(), bench.transitions);
            bench.step(0, op)?;
            // A late result may reveal that the wait is over (gobreaker), but never counts.
            if late && bench.transitions == transitions {
                prop_assert_eq!(bench.counts(), counts);
            } else if late {
                prop_assert!(settings.open.on_observe);
                prop_assert_eq!(bench.counts(), Counts::default());
            }
        }
    }

    #[test]
    fn refused_calls_leave_no_trace_unless_they_are_what_is_counted(
        settings in settings(), ops in ops(),
    ) {
        prop_assume!(settings.denominator != Denominator::Fires);
        let mut bench = Bench::new(&settings);
        for (pause, op) in ops {
            bench.now = bench.now + SimDuration::from_millis(pause);
            let before = bench.breaker.clone();
            let (flying, transitions) = (bench.in_flight.len(), bench.transitions);
            bench.step(0, op)?;
            let refused = matches!(op, Op::Begin) && bench.in_flight.len() == flying;
            if refused && bench.transitions == transitions {
                prop_assert_eq!(&bench.breaker, &before);
            }
        }
    }

    #[test]
    fn the_same_steps_give_the_same_breaker(settings in settings(), ops in ops()) {
        let [mut a, mut b] = [Bench::new(&settings), Bench::new(&settings)];
        for (pause, op) in ops {
            a.step(pause, op)?;
            b.step(pause, op)?;
            // A checkpoint goes on like the original.
            b.breaker = b.breaker.clone();
        }
        prop_assert_eq!(a.breaker, b.breaker);
    }

    #[test]
    fn moving_any_knob_at_any_time_keeps_every_promise(
        knobs in proptest::collection::vec((settings(), ops()), 2..4),
    ) {
        // opossum divides failures that end now by calls that began earlier.
        let mixed = knobs.iter().any(|knob| knob.0.denominator == Denominator::Fires);
        let mut bench = Bench::new(&knobs[0].0);
        for (settings, ops) in knobs {
            let (state, since) = (bench.breaker.state(), bench.breaker.since());
            bench.breaker.reconfigure(&bench.settings, &settings, bench.now);
            prop_assert_eq!((bench.breaker.state(), bench.breaker.since()), (state, since));
            bench.settings = settings;
            for (pause, op) in ops {
                let probes = bench.breaker.probes_in_flight();
                bench.act(pause, op);
                let Bench { breaker, settings, now, .. } = &bench;
                let permitted = if unbounded(settings) { None } else { settings.half_open.permitted };
                let permitted = permitted.unwrap_or(u32::MAX);
                prop_assert!(breaker.probes_in_flight() <= probes.max(permitted));
                let sane = |c: Counts| mixed || c.failures.max(c.slow) <= c.calls;
                prop_assert!(sane(breaker.counts(settings, *now)));
                prop_assert!(breaker.window(settings, *now).all(|cell| sane(cell.counts)));
                let cells = breaker.window(settings, *now).count();
                let most = match settings.window.kind {
                    WindowKind::Count => settings.window.size,
                    WindowKind::Time => settings.window.buckets,
                    _ => 1,
                };
                prop_assert!(cells <= most as usize);
            }
        }
    }
}
