//! Who sends requests, and when.

use serde::{Deserialize, Serialize};

/// A population of individuals: client 37's retry is client 37's. Open loop: nobody waits for an
/// answer before the next request arrives.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clients {
    /// How many, 1 to 10,000.
    pub count: u32,
    /// Requests per second of all of them together, 0 to 100,000.
    pub rate: f64,
    /// How the gaps between requests vary.
    pub arrivals: Arrivals,
}

/// How the gaps between requests vary.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrivals {
    /// Independent of each other: exponential gaps.
    Poisson,
    /// Like a metronome.
    Constant,
}
