//! Where each scenario shows best what it is about: a moment, and what to look at closely there.

use self::Telling::{Edge, Node, Request};
use crate::scenario::{EdgeId, NodeId};
use crate::time::SimTime;

/// What to look at closely.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Telling {
    /// A line.
    Edge(EdgeId),
    /// A service.
    Node(NodeId),
    /// A request, by its number in the log.
    Request(u32),
}

/// Names, moments in milliseconds, and what to look at.
const MOMENTS: [(&str, u64, Telling); 29] = [
    ("payments", 6_446, Edge(1)),
    ("panels", 8_000, Node(1)),
    ("metastable", 30_000, Node(1)),
    ("contention", 150, Node(1)),
    ("hedged", 16_802, Edge(0)),
    ("failover_overload", 22_000, Node(3)),
    ("no_timeout", 7_000, Node(1)),
    ("double_charge", 8_000, Node(1)),
    ("lost_response", 8_000, Node(1)),
    ("crash_between", 12_002, Node(1)),
    ("retry_storm", 8_000, Edge(0)),
    ("amplification", 7_000, Edge(2)),
    ("herd", 1_503, Edge(0)),
    ("capped_jitter", 3_005, Edge(0)),
    ("jitter_saved", 3_650, Edge(0)),
    ("cascade", 9_000, Node(1)),
    ("breaker_saves", 9_000, Edge(2)),
    ("bulkhead", 9_000, Edge(2)),
    ("flapping", 9_440, Edge(1)),
    ("long_timeout", 8_000, Node(2)),
    ("unbounded_queue", 25_000, Node(1)),
    ("goodput_collapse", 20_000, Node(1)),
    ("cache_stampede", 10_300, Node(1)),
    ("half_open_stampede", 10_080, Edge(0)),
    ("deadline_propagation", 15_000, Node(2)),
    ("tail_at_scale", 18_620, Edge(7)),
    ("sinkhole", 15_000, Edge(3)),
    ("hedges_melt", 20_000, Edge(0)),
    ("correlation_lost", 5_056, Request(88)),
];

/// The moment that says most about the built-in experiment of this name, and what to look at closely
/// there.
#[must_use]
pub fn telling(name: &str) -> Option<(SimTime, Telling)> {
    let found = MOMENTS.iter().find(|(known, ..)| *known == name);
    found.map(|(_, at, what)| (SimTime::from_millis(*at), *what))
}
