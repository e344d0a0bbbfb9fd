//! Who sends requests, and when.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::policy::Problem;
use crate::time::{SimDuration, SimTime};

/// A population of individuals: client 37's retry is client 37's.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clients {
    /// How many, 1 to 10,000.
    pub count: u32,
    /// Requests per second of all of them together, 0 to 100,000. In a closed loop that is what they
    /// would send if answers took no time: each of them thinks for `count / rate` on average.
    pub rate: f64,
    /// What a client's next request waits for.
    pub arrivals: Arrivals,
    /// How the rate changes in the course of a run.
    #[serde(default, skip_serializing_if = "Shape::is_default")]
    pub shape: Shape,
    /// When requests arrive that were recorded elsewhere; nobody at other arrivals.
    #[serde(default, skip_serializing_if = "Recorded::is_empty")]
    pub recorded: Recorded,
}

/// The most arrivals that can be recorded: what a link has room for.
pub const MOST_RECORDED: usize = 20_000;

/// When requests arrived, in microseconds from the start of the run, in order. Cloning shares it.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<u64>", into = "Vec<u64>")]
pub struct Recorded(Arc<[u64]>);

impl Recorded {
    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// When each of them arrived, in microseconds.
    #[must_use]
    pub fn micros(&self) -> &[u64] {
        &self.0
    }

    /// The first that arrives at or after an instant: its number, as an index.
    #[must_use]
    pub fn first_from(&self, at: SimTime) -> usize {
        self.0.partition_point(|micros| SimDuration::from_micros(*micros) < at.since(SimTime::ZERO))
    }

    /// When one of them arrives.
    #[must_use]
    pub fn at(&self, index: usize) -> Option<SimTime> {
        self.0.get(index).map(|micros| SimTime::ZERO + SimDuration::from_micros(*micros))
    }

    /// Whether there are not too many, and all are in order and within a day.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn validate(&self) -> Result<(), Problem> {
        let (count, last) = (self.0.len(), self.0.last().copied().unwrap_or_default());
        let problem = |message: String| Err(Problem::new("recorded", message));
        if count > MOST_RECORDED {
            return problem(format!("may hold at most {MOST_RECORDED} arrivals, not {count}"));
        }
        if !self.0.is_sorted() {
            return problem("must be in order of time".into());
        }
        if last > A_DAY {
            return problem("must arrive within a day".into());
        }
        Ok(())
    }
}

/// In microseconds.
const A_DAY: u64 = 86_400_000_000;

impl From<Vec<u64>> for Recorded {
    fn from(micros: Vec<u64>) -> Self {
        Self(micros.into())
    }
}

impl From<Recorded> for Vec<u64> {
    fn from(recorded: Recorded) -> Self {
        recorded.0.to_vec()
    }
}

impl Clients {
    /// So many, who send so many requests per second at random, at all times.
    #[must_use]
    pub fn poisson(count: u32, rate: f64) -> Self {
        Self {
            count,
            rate,
            arrivals: Arrivals::Poisson,
            shape: Shape::default(),
            recorded: Recorded::default(),
        }
    }

    /// How long each of them thinks on average in a closed loop; none at a rate of 0.
    #[must_use]
    pub fn think_time(&self) -> Option<SimDuration> {
        let thinks = SimDuration::from_nanos_f64(f64::from(self.count) * 1e9 / self.rate);
        (self.rate > 0.0).then_some(thinks)
    }
}

/// What the next request waits for. In an open loop, nobody waits for an answer before the next
/// request arrives (Schroeder, Wierman, Harchol-Balter, *Open Versus Closed*, NSDI 2006).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrivals {
    /// Open loop, independent of each other: exponential gaps.
    Poisson,
    /// Open loop, like a metronome.
    Constant,
    /// Closed loop: a client has one request under way, and once that is over it thinks, for a time
    /// that is exponential.
    Closed,
    /// Open loop, as it was [recorded](Clients::recorded).
    Recorded,
}

impl Arrivals {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Poisson, Self::Constant, Self::Closed, Self::Recorded];
}

/// How the rate changes in the course of a run: it is multiplied.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Shape {
    /// Which way.
    pub kind: ShapeKind,
    /// How many times the rate it comes to, 0 to 100.
    pub times: f64,
    /// When that begins, up to a day.
    pub begins: SimDuration,
    /// How long it lasts, a millisecond to a day.
    pub lasts: SimDuration,
}

/// Which way the rate changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShapeKind {
    /// Not at all.
    #[default]
    Steady,
    /// From once to so many times the rate, and it stays there.
    Ramp,
    /// At once to so many times the rate, and back again.
    Spike,
    /// To and fro like a day of so many seconds: at night once, at noon so many times the rate.
    Daily,
}

impl ShapeKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Steady, Self::Ramp, Self::Spike, Self::Daily];
}

impl Default for Shape {
    fn default() -> Self {
        let (begins, lasts) = (SimDuration::from_secs(5), SimDuration::from_secs(10));
        Self { kind: ShapeKind::Steady, times: 4.0, begins, lasts }
    }
}

impl Shape {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
