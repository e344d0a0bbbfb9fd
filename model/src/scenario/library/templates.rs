//! Systems to draw on: shapes that many have in production, each at ease with its load and with a little
//! going on. Unlike the scenarios with names of their own they may change.

use super::recipe::Deed::Break;
use super::recipe::Recipe;
use crate::scenario::FaultKind::{Errors, FailFast, Slow};
use crate::scenario::Target::Node;
use crate::scenario::knob::{EdgeKnob, Knob, ServiceKnob};

const MS: f64 = 1e6;

const fn optional(edge: u8) -> (Knob, f64) {
    (Knob::Edge(edge, EdgeKnob::Need), 1.0)
}

const fn at_once(service: u8) -> (Knob, f64) {
    (Knob::Service(service, ServiceKnob::Parallel), 1.0)
}

pub(super) const ALL: [Recipe; 7] = [
    Recipe {
        name: "one-service",
        title: "One service",
        sentence: "Clients call one service: as little as there can be.",
        rate: 40.0,
        services: &[("service", 4, 50)],
        calls: &[],
        set: &[],
        deeds: &[],
    },
    Recipe {
        name: "chain",
        title: "A chain",
        sentence: "Each service needs the next one, so the time of the last one is the time of all.",
        rate: 30.0,
        services: &[("web", 24, 8), ("api", 20, 12), ("core", 16, 20), ("store", 8, 60)],
        calls: &[(1, 2), (2, 3), (3, 4)],
        set: &[],
        deeds: &[(5_000, Break(Node(4), Slow(2.0), 3_000))],
    },
    Recipe {
        name: "fan-out",
        title: "A page of six panels",
        sentence: "A page asks six services at once, and leaves out what does not answer.",
        rate: 25.0,
        services: &[
            ("page", 40, 5),
            ("account", 6, 30),
            ("cart", 6, 40),
            ("search", 8, 60),
            ("offers", 8, 80),
            ("reviews", 8, 90),
            ("stock", 6, 50),
        ],
        calls: &[(1, 2), (1, 3), (1, 4), (1, 5), (1, 6), (1, 7)],
        set: &[
            at_once(1),
            optional(1),
            optional(2),
            optional(3),
            optional(4),
            optional(5),
            optional(6),
            (Knob::Edge(5, EdgeKnob::Timeout), 400.0 * MS),
        ],
        deeds: &[(5_000, Break(Node(6), Errors(0.4), 4_000))],
    },
    Recipe {
        name: "diamond",
        title: "A diamond",
        sentence: "Two services that one needs need the same third one: what is slow there is met twice.",
        rate: 30.0,
        services: &[("api", 24, 6), ("prices", 10, 25), ("stock", 10, 25), ("store", 8, 50)],
        calls: &[(1, 2), (1, 3), (2, 4), (3, 4)],
        set: &[at_once(1)],
        deeds: &[(5_000, Break(Node(4), Slow(1.5), 3_000))],
    },
    Recipe {
        name: "two-regions",
        title: "Two regions, one to fall back on",
        sentence: "A gateway calls the region in the east, and the one in the west only where that fails: \
                   late, and degraded, but answered.",
        rate: 40.0,
        services: &[("gateway", 30, 4), ("east", 8, 80), ("west", 8, 80)],
        calls: &[(1, 2), (1, 3)],
        set: &[(Knob::Edge(1, EdgeKnob::Fallback), 3.0)],
        deeds: &[(5_000, Break(Node(2), FailFast, 4_000))],
    },
    Recipe {
        name: "shared-database",
        title: "One database for all",
        sentence: "Three services share a database: when one of them asks too much of it, all of them wait.",
        rate: 30.0,
        services: &[
            ("gateway", 30, 4),
            ("orders", 10, 15),
            ("users", 10, 10),
            ("catalogue", 10, 20),
            ("database", 10, 60),
        ],
        calls: &[(1, 2), (1, 3), (1, 4), (2, 5), (3, 5), (4, 5)],
        set: &[at_once(1)],
        deeds: &[(5_000, Break(Node(5), Slow(1.4), 3_000))],
    },
    Recipe {
        name: "balancer",
        title: "Three instances behind a balancer",
        sentence: "Each request goes to one of three instances, the one with the least in flight: what is \
                   slow gets less.",
        rate: 60.0,
        services: &[("balancer", 60, 2), ("first", 6, 50), ("second", 6, 50), ("third", 6, 50)],
        calls: &[(1, 2), (1, 3), (1, 4)],
        set: &[
            (Knob::Service(1, ServiceKnob::Parallel), 2.0),
            (Knob::Service(1, ServiceKnob::Balance), 2.0),
        ],
        deeds: &[(5_000, Break(Node(4), Slow(3.0), 3_000))],
    },
];
