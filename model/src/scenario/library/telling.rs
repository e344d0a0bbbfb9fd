//! Where each scenario shows best what it is about: a moment, and what to look at closely there.

use crate::scenario::Target::{self, Edge, Node};
use crate::time::SimTime;

/// Names, moments in milliseconds, and what to look at.
const MOMENTS: [(&str, u64, Option<Target>); 29] = [
    ("payments", 6_446, Some(Edge(1))),
    ("panels", 8_000, Some(Node(1))),
    ("metastable", 30_000, Some(Node(1))),
    ("contention", 150, Some(Node(1))),
    ("hedged", 16_802, Some(Edge(0))),
    ("failover_overload", 22_000, Some(Node(2))),
    ("no_timeout", 7_000, Some(Node(1))),
    ("double_charge", 8_000, Some(Node(1))),
    ("lost_response", 8_000, Some(Node(1))),
    ("crash_between", 12_002, Some(Node(1))),
    ("retry_storm", 8_000, Some(Edge(0))),
    ("amplification", 7_000, Some(Edge(2))),
    ("herd", 1_503, Some(Edge(0))),
    ("capped_jitter", 3_005, Some(Edge(0))),
    ("jitter_saved", 3_650, Some(Edge(0))),
    ("cascade", 9_000, Some(Node(1))),
    ("breaker_saves", 9_000, Some(Edge(2))),
    ("bulkhead", 9_000, Some(Edge(2))),
    ("flapping", 9_440, Some(Edge(1))),
    ("long_timeout", 8_000, Some(Node(2))),
    ("unbounded_queue", 25_000, Some(Node(1))),
    ("goodput_collapse", 20_000, Some(Node(1))),
    ("cache_stampede", 10_300, Some(Node(1))),
    ("half_open_stampede", 10_080, Some(Edge(0))),
    ("deadline_propagation", 15_000, Some(Node(2))),
    ("tail_at_scale", 18_620, Some(Edge(7))),
    ("sinkhole", 15_000, Some(Edge(3))),
    ("hedges_melt", 20_000, Some(Edge(0))),
    ("correlation_lost", 5_500, Some(Node(2))),
];

/// The moment that says most about the built-in experiment of this name, and what to look at closely
/// there.
#[must_use]
pub fn telling(name: &str) -> Option<(SimTime, Option<Target>)> {
    let found = MOMENTS.iter().find(|(known, ..)| *known == name);
    found.map(|(_, at, target)| (SimTime::from_millis(*at), *target))
}
