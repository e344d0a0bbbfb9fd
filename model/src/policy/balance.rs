//! Which of several instances of one service gets a request: a load balancer.
//!
//! In turn, at random, to the one with the fewest requests in flight, or to the less loaded of two that are
//! drawn: that is nearly as even as looking at all of them (Mitzenmacher, *The Power of Two Choices in
//! Randomized Load Balancing*, 2001). NGINX calls them `round_robin`, `random`, `least_conn` and `random two`,
//! HAProxy `roundrobin`, `random(1)`, `leastconn` and `random(2)`, Envoy `ROUND_ROBIN`, `RANDOM` and
//! `LEAST_REQUEST` (of two that are drawn).
//!
//! An instance that would refuse, because its breaker is open, is passed over as long as another one would
//! not (Finagle's failure accrual, NGINX's `max_fails`, Envoy's outlier detection with a panic threshold of 0 %
//! and no limit to what is ejected). If all would, they are chosen from as if none did.
//!
//! ```
//! use half_open::policy::balance::{Balancer, By, Instance};
//!
//! let mut balancer = Balancer::default();
//! let [idle, busy] = [0, 3].map(|in_flight| Instance { in_flight, refuses: false });
//! // Your generator goes here: one number from [0, 1) for each draw.
//! let mut pick = |by| balancer.pick(by, &[busy, idle, busy], |_| 0.5).map(|pick| pick.place);
//! assert_eq!([(); 4].map(|()| pick(By::RoundRobin)), [0, 1, 2, 0].map(Some));
//! assert_eq!([(); 3].map(|()| pick(By::LeastInFlight)), [1; 3].map(Some));
//! ```

use serde::{Deserialize, Serialize};

/// How an instance is chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// One after another.
    #[default]
    RoundRobin,
    /// Each as likely as the others.
    Random,
    /// The one with the fewest requests in flight; of several the one whose turn it is.
    LeastInFlight,
    /// Of two different ones that are drawn, the one with fewer requests in flight, or the first.
    TwoChoices,
}

impl By {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] =
        [Self::RoundRobin, Self::Random, Self::LeastInFlight, Self::TwoChoices];
}

/// Whether a service calls one of its callees instead of all of them, and which.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Whether it calls only one of them.
    pub on: bool,
    /// How that one is chosen.
    pub by: By,
}

impl Settings {
    /// Whether this is what a service has that was told nothing.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// An instance, as a balancer sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Instance {
    /// How many requests the balancer has in flight there.
    pub in_flight: u32,
    /// Whether it would take none at present.
    pub refuses: bool,
}

/// What was chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pick {
    /// The place of the instance.
    pub place: usize,
    /// How many others were not looked at, because they would have refused.
    pub passed_over: usize,
}

/// Whose turn it is.
#[derive(Clone, Debug, Default)]
pub struct Balancer {
    next: usize,
}

impl Balancer {
    /// Chooses one of these, if there is any; `luck` is the n-th number from `[0, 1)`.
    pub fn pick(
        &mut self,
        by: By,
        instances: &[Instance],
        luck: impl Fn(u64) -> f64,
    ) -> Option<Pick> {
        let count = instances.len();
        let mut passed_over = instances.iter().filter(|instance| instance.refuses).count();
        if passed_over == count {
            passed_over = 0;
        }
        let offered = |place: &usize| passed_over == 0 || !instances[*place].refuses;
        let in_turn = |next: usize| (next..count).chain(0..next.min(count)).filter(offered);
        let draw = |n: u64, of: usize| (luck(n) * of as f64) as usize;
        let place = match by {
            By::RoundRobin => in_turn(self.next).next(),
            By::LeastInFlight => in_turn(self.next).min_by_key(|place| instances[*place].in_flight),
            By::Random => in_turn(0).nth(draw(0, count - passed_over)),
            By::TwoChoices => {
                let all = count - passed_over;
                let first = draw(0, all);
                // The other one is one of the rest.
                let other = draw(1, all.saturating_sub(1));
                let other = if other < first { other } else { other + 1 };
                let (first, other) = (in_turn(0).nth(first), in_turn(0).nth(other));
                first.into_iter().chain(other).min_by_key(|place| instances[*place].in_flight)
            }
        }?;
        self.next = (place + 1) % count;
        Some(Pick { place, passed_over })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Stream, draw, unit};

    fn instances(in_flight: [u32; 3], refuses: [bool; 3]) -> [Instance; 3] {
        std::array::from_fn(|n| Instance { in_flight: in_flight[n], refuses: refuses[n] })
    }

    /// How often each of three is chosen, of so many times.
    fn chosen(by: By, in_flight: [u32; 3], refuses: [bool; 3]) -> [u32; 3] {
        let (mut balancer, mut counts) = (Balancer::default(), [0; 3]);
        let instances = instances(in_flight, refuses);
        for entity in 0..3_000 {
            let luck = |n| unit(draw(7, Stream::Balance, entity, n));
            counts[balancer.pick(by, &instances, luck).expect("three").place] += 1;
        }
        counts
    }

    fn about(counts: [u32; 3], wanted: [u32; 3]) {
        for (count, wanted) in counts.into_iter().zip(wanted) {
            assert!(count.abs_diff(wanted) < 100, "{counts:?}, not {wanted:?}");
        }
    }

    #[test]
    fn equal_instances_get_equal_shares() {
        for by in By::ALL {
            about(chosen(by, [2; 3], [false; 3]), [1_000; 3]);
        }
        assert_eq!(chosen(By::LeastInFlight, [2; 3], [false; 3]), [1_000; 3], "ties by turn");
    }

    #[test]
    fn the_least_loaded_gets_all_or_what_two_choices_show_of_it() {
        let shares = |by| chosen(by, [4, 0, 9], [false; 3]);
        assert_eq!(shares(By::RoundRobin), [1_000; 3]);
        about(shares(By::Random), [1_000; 3]);
        assert_eq!(shares(By::LeastInFlight), [0, 3_000, 0]);
        // The least is one of the two in two of three draws, the most loaded never wins.
        about(shares(By::TwoChoices), [1_000, 2_000, 0]);
    }

    #[test]
    fn who_would_refuse_is_passed_over_unless_all_would() {
        for by in By::ALL {
            about(chosen(by, [2; 3], [false, true, false]), [1_500, 0, 1_500]);
            assert_eq!(chosen(by, [0, 0, 5], [true, true, false]), [0, 0, 3_000]);
            about(chosen(by, [2; 3], [true; 3]), [1_000; 3]);
        }
        let mut balancer = Balancer::default();
        let mut passed = |refuses| {
            let instances = instances([0; 3], refuses);
            balancer.pick(By::RoundRobin, &instances, |_| 0.0).expect("three").passed_over
        };
        assert_eq!([passed([true, false, true]), passed([true; 3]), passed([false; 3])], [2, 0, 0]);
    }

    #[test]
    fn one_is_chosen_from_and_none_is_not() {
        for by in By::ALL {
            let mut balancer = Balancer::default();
            let pick = balancer.pick(by, &[Instance::default()], |_| 0.999);
            assert_eq!(pick, Some(Pick { place: 0, passed_over: 0 }));
            assert_eq!(balancer.pick(by, &[], |_| 0.999), None);
        }
    }
}
