//! The rate of a population over time, as pieces of straight lines.
//!
//! Requests of a changing rate arrive as those of a steady one do, on a clock that runs as fast as
//! the rate is (the time change of a Poisson process: Lewis and Shedler, 1979): the same draws, so
//! that two shapes are compared under the same luck.

use crate::scenario::{Shape, ShapeKind};
use crate::time::{SimDuration, SimTime};

/// Into how many straight pieces a day is divided.
const HOURS: u32 = 24;

/// A stretch of nanoseconds, and how many times the rate it is at both of its ends.
#[derive(Clone, Copy, Debug)]
struct Piece {
    from: f64,
    to: f64,
    begins: f64,
    ends: f64,
}

#[derive(Clone, Debug)]
pub(super) struct Profile {
    /// In order, without gaps.
    pieces: Vec<Piece>,
    /// How long it takes until it begins again; none: the last piece has no end.
    period: Option<f64>,
}

impl Piece {
    fn at(&self, t: f64) -> f64 {
        if self.begins == self.ends {
            return self.begins;
        }
        self.begins + (self.ends - self.begins) * ((t - self.from) / (self.to - self.from))
    }

    /// How far its clock goes from `t` to its end.
    fn rest(&self, t: f64) -> f64 {
        (self.at(t) + self.ends) / 2.0 * (self.to - t)
    }

    /// When its clock has gone so far from `t`.
    fn after(&self, t: f64, goes: f64) -> f64 {
        let speed = self.at(t);
        let grows = if self.begins == self.ends {
            0.0
        } else {
            (self.ends - self.begins) / (self.to - self.from)
        };
        let root = libm::sqrt((speed * speed + 2.0 * grows * goes).max(0.0));
        t + 2.0 * goes / (speed + root)
    }
}

impl Profile {
    /// None: it is once the rate at all times.
    pub(super) fn new(shape: &Shape) -> Option<Self> {
        let (begins, lasts) = (shape.begins.nanos() as f64, shape.lasts.nanos() as f64);
        let (ends, times) = (begins + lasts, shape.times);
        let piece = |from, to, begins, ends| Piece { from, to, begins, ends };
        let (pieces, period) = match shape.kind {
            ShapeKind::Steady => return None,
            ShapeKind::Ramp => {
                let after = piece(ends, f64::INFINITY, times, times);
                (vec![piece(0.0, begins, 1.0, 1.0), piece(begins, ends, 1.0, times), after], None)
            }
            ShapeKind::Spike => {
                let after = piece(ends, f64::INFINITY, 1.0, 1.0);
                (vec![piece(0.0, begins, 1.0, 1.0), piece(begins, ends, times, times), after], None)
            }
            ShapeKind::Daily => {
                let place = |hour| f64::from(hour) / f64::from(HOURS);
                let height = |hour: u32| {
                    // The distance from noon, which is an hour that is nobody's neighbour.
                    let wave = libm::cos(place(hour % HOURS) * std::f64::consts::TAU);
                    1.0 + (times - 1.0) * (1.0 - wave) / 2.0
                };
                let hour =
                    |h| piece(lasts * place(h), lasts * place(h + 1), height(h), height(h + 1));
                ((0..HOURS).map(hour).collect(), Some(lasts))
            }
        };
        let begins_late = |piece: &Piece| piece.to > piece.from;
        Some(Self { pieces: pieces.into_iter().filter(begins_late).collect(), period })
    }

    /// How many times the rate it is at an instant.
    pub(super) fn times(&self, at: SimTime) -> f64 {
        let (t, _) = self.within(at);
        self.pieces.iter().find(|piece| t < piece.to).map_or(1.0, |piece| piece.at(t))
    }

    /// Where in its period an instant is, and when that period began.
    fn within(&self, at: SimTime) -> (f64, f64) {
        let t = at.nanos() as f64;
        let began = self.period.map_or(0.0, |period| libm::floor(t / period) * period);
        (t - began, began)
    }

    /// How long it takes from an instant until the clock has gone so far.
    #[inline(never)]
    pub(super) fn stretch(&self, now: SimTime, goes: SimDuration) -> SimDuration {
        let (mut t, mut began) = self.within(now);
        let start = t + began;
        let mut left = goes.nanos() as f64;
        loop {
            for piece in &self.pieces {
                if t >= piece.to {
                    continue;
                }
                t = t.max(piece.from);
                let rest = if piece.to.is_finite() { piece.rest(t) } else { f64::INFINITY };
                if left <= rest && left > 0.0 && piece.begins.max(piece.ends) > 0.0 {
                    return SimDuration::from_nanos_f64(began + piece.after(t, left) - start);
                }
                if left <= 0.0 {
                    return SimDuration::from_nanos_f64(began + t - start);
                }
                left -= rest;
                t = piece.to;
            }
            let Some(period) = self.period else { return SimDuration::MAX };
            // Whole periods are passed over at once.
            let whole: f64 = self.pieces.iter().map(|piece| piece.rest(piece.from)).sum();
            let passed =
                if whole > 0.0 { libm::floor(left / whole) } else { return SimDuration::MAX };
            left -= passed * whole;
            (t, began) = (0.0, began + period * (1.0 + passed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ms(ms: u64) -> SimDuration {
        SimDuration::from_millis(ms)
    }

    fn profile(kind: ShapeKind, times: f64) -> Profile {
        let shape = Shape { kind, times, begins: ms(1_000), lasts: ms(2_000) };
        Profile::new(&shape).expect("not steady")
    }

    fn at(ms: u64) -> SimTime {
        SimTime::from_millis(ms)
    }

    #[test]
    fn a_ramp_grows_and_stays_and_a_spike_is_over() {
        let (ramp, spike) = (profile(ShapeKind::Ramp, 5.0), profile(ShapeKind::Spike, 5.0));
        let seen = |profile: &Profile| {
            [0, 999, 1_000, 2_000, 2_999, 3_000, 9_000].map(|t| profile.times(at(t)))
        };
        assert_eq!(seen(&ramp), [1.0, 1.0, 1.0, 3.0, 4.998, 5.0, 5.0]);
        assert_eq!(seen(&spike), [1.0, 1.0, 5.0, 5.0, 5.0, 1.0, 1.0]);
    }

    #[test]
    fn a_day_is_least_at_its_beginning_and_most_in_its_middle_and_comes_again() {
        let day = profile(ShapeKind::Daily, 3.0);
        assert_eq!(
            [0, 1_000, 2_000, 3_000, 7_000].map(|t| day.times(at(t))),
            [1.0, 3.0, 1.0, 3.0, 3.0]
        );
    }

    #[test]
    fn where_nothing_arrives_the_next_one_comes_afterwards_or_never() {
        let pause = profile(ShapeKind::Spike, 0.0);
        assert_eq!(pause.stretch(at(500), ms(600)), ms(2_600), "500 before, and 100 after it");
        assert_eq!(profile(ShapeKind::Ramp, 0.0).stretch(at(4_000), ms(1)), SimDuration::MAX);
    }

    proptest! {
        /// The clock of a shape is additive: two steps are as far as one of their sum.
        #[test]
        fn two_gaps_are_as_long_as_one_of_both(
            kind in prop::sample::select(ShapeKind::ALL[1..].to_vec()),
            times in 0.0..20.0_f64,
            now in 0_u64..20_000,
            (first, second) in (1_u64..5_000, 1_u64..5_000),
        ) {
            let profile = profile(kind, times);
            let one = profile.stretch(at(now), ms(first + second));
            let step = profile.stretch(at(now), ms(first));
            if one < SimDuration::MAX {
                let two = step + profile.stretch(at(now) + step, ms(second));
                prop_assert!(one.nanos().abs_diff(two.nanos()) < 1_000, "{one} and {two}");
            }
        }

        /// However often a day comes again, looking for the next arrival takes no longer.
        #[test]
        fn many_days_are_passed_over(gap in 1_u64..1_000_000_000) {
            let day = profile(ShapeKind::Daily, 3.0);
            let (whole, took) = (ms(gap).nanos() as f64, day.stretch(at(0), ms(gap)).nanos() as f64);
            prop_assert!((took / whole - 0.5).abs() < 2e9 / whole, "{took} of {whole}");
        }
    }
}
