//! A service: workers, a queue in front of them, and how long the work takes.

use serde::{Deserialize, Serialize};

use crate::policy::{balance, cache, idempotency, shed};
use crate::random::Distribution;
use crate::time::SimDuration;

/// Who of those that wait is next.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// First come, first served.
    #[default]
    Fifo,
    /// Last come, first served: under overload those who came last still have time, and those who have
    /// waited long have mostly gone (*Fail at Scale*, ACM Queue 2015).
    Lifo,
    /// First come, first served, until more wait than [`Service::lifo_above`]; last come, first served,
    /// as long as they do (the same).
    Adaptive,
}

impl Order {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Fifo, Self::Lifo, Self::Adaptive];

    fn is_fifo(&self) -> bool {
        *self == Self::Fifo
    }
}

/// A service. A worker is held from the moment it picks a request up until the response is sent,
/// also while the service waits for the services it calls: that is how one slow dependency takes
/// everything down.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// How many requests are worked on at once, 1 to 1,000.
    pub workers: u32,
    /// How many more may wait; the next one is answered `503` at once.
    pub queue: u32,
    /// Who of them is next.
    #[serde(default, skip_serializing_if = "Order::is_fifo")]
    pub order: Order,
    /// How many have to wait for an adaptive order to turn, up to 100,000.
    #[serde(default = "turning", skip_serializing_if = "is_turning")]
    pub lifo_above: u32,
    /// Whom it turns away although there is room.
    #[serde(default, skip_serializing_if = "shed::Settings::is_default")]
    pub shed: shed::Settings,
    /// Which answers it keeps, and for how long; none where it looks at `Idempotency-Key`s.
    #[serde(default, skip_serializing_if = "cache::Settings::is_default")]
    pub cache: cache::Settings,
    /// How long the service's own work takes.
    pub time: Distribution,
    /// The share of finished work that is answered `500`, 0 to 1.
    #[serde(default)]
    pub error_rate: f64,
    /// What it makes of `Idempotency-Key`s.
    pub idempotency: idempotency::Settings,
    /// How long after the effect of its work the key is recorded, up to a day; 0: with it, as one. A
    /// crash in between forgets that there was an effect.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub record_after: SimDuration,
    /// Whether it stops what it does for a caller that has gone, and tells the services it calls. The
    /// news takes as long as any message.
    #[serde(default, skip_serializing_if = "is_no")]
    pub cancels: bool,
    /// Whether finished work has an effect that must not happen twice: a charge.
    #[serde(default)]
    pub charges: bool,
    /// Whether its work reads one row and, when it is done, writes it back, with the optimistic lock
    /// of a version number: whoever finds the row changed meanwhile writes nothing and is answered
    /// `409`, to try again.
    #[serde(default)]
    pub versioned: bool,
    /// Whether it passes the `traceparent` of a request on to the services it calls; where it does
    /// not, each of its calls begins a trace of its own, that nobody can connect to the request.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub propagate: bool,
    /// Whether it makes all its calls at once and waits for all of them, or one after another.
    #[serde(default, skip_serializing_if = "is_no")]
    pub parallel: bool,
    /// Whether it makes only one of them, and which: a load balancer.
    #[serde(default, skip_serializing_if = "balance::Settings::is_default")]
    pub balance: balance::Settings,
}

/// Where an adaptive order turns that was told nothing.
const TURNING: u32 = 10;

const fn turning() -> u32 {
    TURNING
}

const fn is_turning(above: &u32) -> bool {
    *above == TURNING
}

const fn yes() -> bool {
    true
}

const fn is_yes(on: &bool) -> bool {
    *on
}

fn is_zero(duration: &SimDuration) -> bool {
    *duration == SimDuration::ZERO
}

const fn is_no(on: &bool) -> bool {
    !*on
}

impl Default for Service {
    fn default() -> Self {
        Self {
            workers: 8,
            queue: 64,
            order: Order::Fifo,
            lifo_above: TURNING,
            shed: shed::Settings::default(),
            cache: cache::Settings::default(),
            time: Distribution::LogNormal { median: SimDuration::from_millis(10), sigma: 0.4 },
            error_rate: 0.0,
            idempotency: idempotency::Settings { enabled: false, ..Default::default() },
            record_after: SimDuration::ZERO,
            cancels: false,
            charges: false,
            versioned: false,
            propagate: true,
            parallel: false,
            balance: balance::Settings::default(),
        }
    }
}
