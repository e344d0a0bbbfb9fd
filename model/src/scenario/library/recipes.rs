//! What goes wrong in distributed systems, one scenario for each; `model/tests/phenomena.rs` holds each
//! to what its title says.

use super::recipe::Deed::{Break, Burst, Set};
use super::recipe::Recipe;
use crate::scenario::FaultKind;
use crate::scenario::FaultKind::{
    Errors, FailFast, FlushCache, Hang, LoseNextResponse, LoseResponses, Slow,
};
use crate::scenario::Target::{Edge, Node};
use crate::scenario::knob::{ClientsKnob, EdgeKnob, Knob, ServiceKnob};

const MS: f64 = 1e6;
/// Down, and nothing that was stored is lost.
const CRASH: FaultKind = FaultKind::Crash { keep_state: true };

const fn edge(id: u8, knob: EdgeKnob) -> Knob {
    Knob::Edge(id, knob)
}

const fn service(id: u8, knob: ServiceKnob) -> Knob {
    Knob::Service(id, knob)
}

const RATE: Knob = Knob::Clients(0, ClientsKnob::Rate);
/// The places of the formulas in [`EdgeKnob::Backoff`].
const NO_WAIT: f64 = 0.0;
const CONSTANT: f64 = 1.0;
const EXPONENTIAL: f64 = 2.0;
const ESSAY: f64 = 3.0;
const CAP_FIRST: f64 = 4.0;
/// The place of one of them in [`ServiceKnob::Parallel`], and of laws in [`ServiceKnob::Balance`].
const ONE: f64 = 2.0;
const LEAST_IN_FLIGHT: f64 = 2.0;
/// The place of closed loops in [`ClientsKnob::Arrivals`].
const CLOSED_LOOP: f64 = 2.0;
/// The places of the strategies in [`EdgeKnob::Keys`].
const PER_ATTEMPT: f64 = 1.0;

/// A herd with as much jitter as there can be, in a place where it counts or does not.
const fn scattered(formula: f64) -> [(Knob, f64); 7] {
    [
        (service(1, ServiceKnob::Queue), 4.0),
        (edge(0, EdgeKnob::Latency), 1.0 * MS),
        (edge(0, EdgeKnob::Attempts), 8.0),
        (edge(0, EdgeKnob::Backoff), formula),
        (edge(0, EdgeKnob::Base), 1_000.0 * MS),
        (edge(0, EdgeKnob::Cap), 1_000.0 * MS),
        (edge(0, EdgeKnob::Jitter), 500.0 * MS),
    ]
}

pub(super) const ALL: [Recipe; 23] = [
    Recipe {
        name: "no_timeout",
        title: "Every call needs a timeout",
        sentence: "The bank hangs for four seconds, and nobody has a limit to their patience: every \
                   worker waits, and then every client. Give the call to the bank a timeout.",
        rate: 40.0,
        services: &[("api", 20, 5), ("bank", 40, 60)],
        calls: &[(1, 2)],
        set: &[(edge(0, EdgeKnob::Timeout), 0.0), (edge(1, EdgeKnob::Timeout), 0.0)],
        deeds: &[(4_000, Break(Node(2), Hang, 4_000))],
    },
    Recipe {
        name: "double_charge",
        title: "Retry, and charge twice",
        sentence: "Responses get lost, clients try again with a new key for each attempt, and pay \
                   twice. Send one key per operation, and nobody does.",
        rate: 40.0,
        services: &[("api", 10, 20)],
        calls: &[],
        set: &[
            (edge(0, EdgeKnob::Timeout), 300.0 * MS),
            (edge(0, EdgeKnob::Attempts), 3.0),
            (edge(0, EdgeKnob::Keys), PER_ATTEMPT),
            (service(1, ServiceKnob::KeepKeys), 1.0),
            (service(1, ServiceKnob::Charges), 1.0),
        ],
        deeds: &[(3_000, Break(Edge(0), LoseResponses(0.2), 6_000))],
    },
    Recipe {
        name: "lost_response",
        title: "The response is lost, the payment is not",
        sentence: "The same losses, with one key per operation: the retry gets the stored answer, and \
                   charges stay equal to orders.",
        rate: 40.0,
        services: &[("api", 10, 20)],
        calls: &[],
        set: &[
            (edge(0, EdgeKnob::Timeout), 300.0 * MS),
            (edge(0, EdgeKnob::Attempts), 3.0),
            (service(1, ServiceKnob::KeepKeys), 1.0),
            (service(1, ServiceKnob::Charges), 1.0),
        ],
        deeds: &[
            (2_000, Break(Edge(0), LoseNextResponse, 0)),
            (3_000, Break(Edge(0), LoseResponses(0.2), 6_000)),
        ],
    },
    Recipe {
        name: "crash_between",
        title: "A crash between the effect and the record",
        sentence: "Every payment has its key, but the key is recorded 40 ms after the charge. When the service \
                   crashes, whoever was in between is charged again by the retry. Record the key with the \
                   effect, as one.",
        rate: 60.0,
        services: &[("payments", 20, 30)],
        calls: &[],
        set: &[
            (edge(0, EdgeKnob::Attempts), 4.0),
            (service(1, ServiceKnob::KeepKeys), 1.0),
            (service(1, ServiceKnob::Charges), 1.0),
            (service(1, ServiceKnob::RecordAfter), 40.0 * MS),
        ],
        deeds: &[
            (4_000, Break(Node(1), CRASH, 300)),
            (8_000, Break(Node(1), CRASH, 300)),
            (12_000, Break(Node(1), CRASH, 300)),
            (16_000, Break(Node(1), CRASH, 300)),
        ],
    },
    Recipe {
        name: "retry_storm",
        title: "A retry storm",
        sentence: "Half of the answers are errors for five seconds, and everybody tries again at once, up \
                   to five times. Wait between attempts, or try fewer times.",
        rate: 100.0,
        services: &[("api", 20, 50)],
        calls: &[],
        set: &[(edge(0, EdgeKnob::Attempts), 5.0), (edge(0, EdgeKnob::Backoff), NO_WAIT)],
        deeds: &[(5_000, Break(Node(1), Errors(0.5), 5_000))],
    },
    Recipe {
        name: "amplification",
        title: "Three layers, three attempts each: 27 calls",
        sentence: "The last of three services fails for five seconds. Each layer tries three times, so one \
                   request becomes 27 calls down there. Retry in one layer only.",
        rate: 10.0,
        services: &[("web", 40, 2), ("orders", 40, 2), ("stock", 40, 2)],
        calls: &[(1, 2), (2, 3)],
        set: &[
            (edge(0, EdgeKnob::Attempts), 3.0),
            (edge(1, EdgeKnob::Attempts), 3.0),
            (edge(2, EdgeKnob::Attempts), 3.0),
            (edge(0, EdgeKnob::Base), 20.0 * MS),
            (edge(1, EdgeKnob::Base), 20.0 * MS),
            (edge(2, EdgeKnob::Base), 20.0 * MS),
            (edge(0, EdgeKnob::Jitter), 20.0 * MS),
            (edge(1, EdgeKnob::Jitter), 20.0 * MS),
            (edge(2, EdgeKnob::Jitter), 20.0 * MS),
            (edge(0, EdgeKnob::Timeout), 5_000.0 * MS),
            (edge(1, EdgeKnob::Timeout), 2_000.0 * MS),
        ],
        deeds: &[(4_000, Break(Node(3), FailFast, 5_000))],
    },
    Recipe {
        name: "herd",
        title: "The thundering herd",
        sentence: "A hundred clients ask at once, most are turned away, and all of those come back \
                   together, again and again. Add jitter, and the herd scatters.",
        rate: 0.0,
        services: &[("api", 5, 40)],
        calls: &[],
        set: &[
            (service(1, ServiceKnob::Queue), 10.0),
            (edge(0, EdgeKnob::Latency), 1.0 * MS),
            (edge(0, EdgeKnob::Attempts), 6.0),
            (edge(0, EdgeKnob::Backoff), EXPONENTIAL),
            (edge(0, EdgeKnob::Base), 500.0 * MS),
            (edge(0, EdgeKnob::Cap), 8_000.0 * MS),
        ],
        deeds: &[(1_000, Burst)],
    },
    Recipe {
        name: "capped_jitter",
        title: "Jitter lost at the cap",
        sentence: "There is jitter, but it is added before the cap cuts every wait to the same length: the \
                   herd comes back as one. Cap first, then add the jitter.",
        rate: 0.0,
        services: &[("api", 2, 60)],
        calls: &[],
        set: &scattered(ESSAY),
        deeds: &[(1_000, Burst)],
    },
    Recipe {
        name: "jitter_saved",
        title: "Jitter saved: cap first",
        sentence: "The same clients, cap and jitter, the other way round: every wait keeps all of its \
                   jitter, and they come back one by one.",
        rate: 0.0,
        services: &[("api", 2, 60)],
        calls: &[],
        set: &scattered(CAP_FIRST),
        deeds: &[(1_000, Burst)],
    },
    Recipe {
        name: "cascade",
        title: "One slow dependency takes everything down",
        sentence: "The database becomes slow. Every worker of the shop waits for it, the queue fills, and \
                   who only wanted to look is turned away, too. A short timeout or a breaker saves it.",
        rate: 60.0,
        services: &[("shop", 20, 5), ("catalogue", 20, 10), ("database", 20, 40)],
        calls: &[(1, 2), (1, 3)],
        set: &[
            (edge(0, EdgeKnob::Timeout), 3_000.0 * MS),
            (edge(2, EdgeKnob::Timeout), 5_000.0 * MS),
        ],
        deeds: &[(4_000, Break(Node(3), Slow(30.0), 8_000))],
    },
    Recipe {
        name: "breaker_saves",
        title: "A breaker saves its caller",
        sentence: "The same slow database behind a circuit breaker and a timeout: the shop fails fast, keeps \
                   its workers, and is well again as soon as the database is.",
        rate: 60.0,
        services: &[("shop", 20, 5), ("catalogue", 20, 10), ("database", 20, 40)],
        calls: &[(1, 2), (1, 3)],
        set: &[
            (edge(0, EdgeKnob::Timeout), 3_000.0 * MS),
            (edge(2, EdgeKnob::Timeout), 300.0 * MS),
            (edge(2, EdgeKnob::Breaker), 1.0),
        ],
        deeds: &[(4_000, Break(Node(3), Slow(30.0), 8_000))],
    },
    Recipe {
        name: "bulkhead",
        title: "A bulkhead contains one bad dependency",
        sentence: "Reviews become slow, and may hold no more than five of the shop's twenty workers: \
                   whoever comes beyond that gets a page without reviews, at once. Take the bulkhead away \
                   (0 in flight), and they hold them all: the shop turns nearly everybody away.",
        rate: 60.0,
        services: &[("shop", 20, 5), ("catalogue", 20, 10), ("reviews", 20, 40)],
        calls: &[(1, 2), (1, 3)],
        set: &[
            (edge(0, EdgeKnob::Timeout), 3_000.0 * MS),
            (edge(2, EdgeKnob::Timeout), 2_000.0 * MS),
            (edge(2, EdgeKnob::Need), 1.0),
            (edge(2, EdgeKnob::InFlight), 5.0),
        ],
        deeds: &[(4_000, Break(Node(3), Slow(50.0), 8_000))],
    },
    Recipe {
        name: "flapping",
        title: "A breaker that flaps",
        sentence: "A third of the calls fail for a while, and the breaker opens after three failures in \
                   five calls and tries again after a quarter of a second: it opens and closes all the time. \
                   Look at more calls, and wait longer.",
        rate: 60.0,
        services: &[("api", 20, 5), ("bank", 20, 20)],
        calls: &[(1, 2)],
        set: &[
            (edge(1, EdgeKnob::Breaker), 1.0),
            (edge(1, EdgeKnob::WindowSize), 5.0),
            (edge(1, EdgeKnob::MinCalls), 5.0),
            (edge(1, EdgeKnob::OpenWait), 250.0 * MS),
        ],
        deeds: &[(3_000, Break(Node(2), Errors(0.35), 12_000))],
    },
    Recipe {
        name: "long_timeout",
        title: "A timeout longer than the caller's",
        sentence: "Clients wait for half a second, the api for two. When the bank is slow, the api works \
                   for clients that have gone. Make the inner timeout shorter than the outer one.",
        rate: 30.0,
        services: &[("api", 60, 5), ("bank", 60, 60)],
        calls: &[(1, 2)],
        set: &[
            (edge(0, EdgeKnob::Timeout), 500.0 * MS),
            (edge(1, EdgeKnob::Timeout), 2_000.0 * MS),
        ],
        deeds: &[(4_000, Break(Node(2), Slow(20.0), 6_000))],
    },
    Recipe {
        name: "unbounded_queue",
        title: "A queue without an end",
        sentence: "For ten seconds more is asked than can be done, and everything waits in a queue that \
                   takes it all: half a minute later answers still come too late. Make the queue short.",
        rate: 80.0,
        services: &[("api", 5, 50)],
        calls: &[],
        set: &[
            (service(1, ServiceKnob::Queue), 100_000.0),
            (edge(0, EdgeKnob::Timeout), 1_000.0 * MS),
        ],
        deeds: &[(5_000, Set(RATE, 160.0)), (15_000, Set(RATE, 80.0))],
    },
    Recipe {
        name: "goodput_collapse",
        title: "Goodput collapses, unless the last come first",
        sentence: "A fifth more is asked than can be done. First come, first served: everybody waits until \
                   it is too late, and all of the work is for nobody. Serve who came last, if only while many \
                   wait, or shed who has waited long (CoDel), and most are served at once.",
        rate: 120.0,
        services: &[("api", 5, 50)],
        calls: &[],
        set: &[(service(1, ServiceKnob::Queue), 200.0), (edge(0, EdgeKnob::Timeout), 500.0 * MS)],
        deeds: &[],
    },
    Recipe {
        name: "cache_stampede",
        title: "A stampede when the cache is flushed",
        sentence: "Nearly all requests are answered from a cache, until it is flushed. Then everybody asks the \
                   database for the same few things at once; what it answers comes too late to be kept, so \
                   everybody goes on asking. Let one fetch for all who want the same.",
        rate: 20.0,
        services: &[("api", 500, 2), ("database", 10, 400)],
        calls: &[(1, 2)],
        set: &[
            (edge(0, EdgeKnob::Timeout), 5_000.0 * MS),
            (service(1, ServiceKnob::CacheFor), 60_000.0 * MS),
            (service(1, ServiceKnob::CacheKeys), 40.0),
        ],
        deeds: &[(5_000, Set(RATE, 300.0)), (10_000, Break(Node(1), FlushCache, 0))],
    },
    Recipe {
        name: "half_open_stampede",
        title: "Half-open, all at once",
        sentence: "Every client has a breaker of its own, and tries again every 50 ms what that rejects. A service \
                   is down for two seconds, just when everybody asks: all breakers open in one moment, and five \
                   seconds later all probe in one, more than it can answer in time; and so on, long after. Let \
                   each stay open for longer by up to 100 %.",
        rate: 60.0,
        services: &[("api", 2, 20)],
        calls: &[],
        set: &[
            (Knob::Clients(0, ClientsKnob::Arrivals), CLOSED_LOOP),
            (service(1, ServiceKnob::Queue), 1_000.0),
            (edge(0, EdgeKnob::Timeout), 150.0 * MS),
            (edge(0, EdgeKnob::Attempts), 1_000.0),
            (edge(0, EdgeKnob::Backoff), CONSTANT),
            (edge(0, EdgeKnob::Base), 50.0 * MS),
            (edge(0, EdgeKnob::RetryRejections), 1.0),
            (edge(0, EdgeKnob::Breaker), 1.0),
            (edge(0, EdgeKnob::BreakerScope), 1.0),
            (edge(0, EdgeKnob::Window), 0.0),
            (edge(0, EdgeKnob::Failures), 2.0),
            (edge(0, EdgeKnob::OpenWait), 5_000.0 * MS),
        ],
        deeds: &[(5_000, Break(Node(1), FailFast, 2_000)), (5_000, Burst)],
    },
    Recipe {
        name: "deadline_propagation",
        title: "Nobody told the services",
        sentence: "Clients have half a second, and the services do not know: for many seconds after stock \
                   was slow, all that it does is for nobody. Pass the deadline on, over both lines: what \
                   is too late is dropped, and the rest is in time.",
        rate: 80.0,
        services: &[("web", 400, 2), ("stock", 5, 50)],
        calls: &[(1, 2)],
        set: &[
            (service(2, ServiceKnob::Queue), 1_000.0),
            (edge(0, EdgeKnob::Deadline), 500.0 * MS),
            (edge(0, EdgeKnob::Timeout), 0.0),
            (edge(1, EdgeKnob::Timeout), 0.0),
            (edge(0, EdgeKnob::PassDeadline), 0.0),
            (edge(1, EdgeKnob::PassDeadline), 0.0),
        ],
        deeds: &[(4_000, Break(Node(2), Slow(4.0), 5_000))],
    },
    Recipe {
        name: "tail_at_scale",
        title: "The tail at scale",
        sentence: "A page needs twelve answers at once, each of them slow only once in a hundred times: the \
                   page is slow once in nine. The more it asks, the more the slowest counts.",
        rate: 20.0,
        services: &[
            ("page", 60, 1),
            ("leaf1", 20, 20),
            ("leaf2", 20, 20),
            ("leaf3", 20, 20),
            ("leaf4", 20, 20),
            ("leaf5", 20, 20),
            ("leaf6", 20, 20),
            ("leaf7", 20, 20),
            ("leaf8", 20, 20),
            ("leaf9", 20, 20),
            ("leaf10", 20, 20),
            ("leaf11", 20, 20),
            ("leaf12", 20, 20),
        ],
        calls: &[
            (1, 2),
            (1, 3),
            (1, 4),
            (1, 5),
            (1, 6),
            (1, 7),
            (1, 8),
            (1, 9),
            (1, 10),
            (1, 11),
            (1, 12),
            (1, 13),
        ],
        set: &[(service(1, ServiceKnob::Parallel), 1.0)],
        deeds: &[],
    },
    Recipe {
        name: "sinkhole",
        title: "A sinkhole behind the load balancer",
        sentence: "Three instances behind a balancer that sends each request to the one with the least in \
                   flight. One begins to fail, which takes it no time: it has the least in flight, and gets \
                   nearly everything. Take turns, and it fails a third; give each line a breaker, and it is \
                   passed over.",
        rate: 300.0,
        services: &[
            ("balancer", 400, 1),
            ("first", 60, 200),
            ("second", 60, 200),
            ("third", 60, 200),
        ],
        calls: &[(1, 2), (1, 3), (1, 4)],
        set: &[
            (service(1, ServiceKnob::Parallel), ONE),
            (service(1, ServiceKnob::Balance), LEAST_IN_FLIGHT),
            (edge(0, EdgeKnob::Timeout), 3_000.0 * MS),
            (edge(1, EdgeKnob::Timeout), 2_000.0 * MS),
            (edge(2, EdgeKnob::Timeout), 2_000.0 * MS),
            (edge(3, EdgeKnob::Timeout), 2_000.0 * MS),
            (edge(1, EdgeKnob::Latency), 1.0 * MS),
            (edge(2, EdgeKnob::Latency), 1.0 * MS),
            (edge(3, EdgeKnob::Latency), 1.0 * MS),
        ],
        deeds: &[(10_000, Break(Node(4), FailFast, 20_000))],
    },
    Recipe {
        name: "hedges_melt",
        title: "Hedges melt the server",
        sentence: "Sixty requests a second are easily served by a service that can do a hundred. At ten \
                   seconds somebody hedges after 20 ms, when most answers take longer: nearly every request is \
                   made twice, and nothing is in time any more. Hedge later (95 % of the answers), or let the \
                   service stop for who has gone.",
        rate: 60.0,
        services: &[("api", 5, 50)],
        calls: &[],
        set: &[
            (service(1, ServiceKnob::Queue), 1_000.0),
            (edge(0, EdgeKnob::HedgeDelay), 20.0 * MS),
        ],
        deeds: &[(10_000, Set(edge(0, EdgeKnob::Copies), 2.0))],
    },
    Recipe {
        name: "correlation_lost",
        title: "The trace that falls apart",
        sentence: "A request goes through three services, and the second passes no traceparent on: what the \
                   third did for it cannot be found. Follow a request, then switch it on.",
        rate: 20.0,
        services: &[("web", 20, 5), ("orders", 20, 10), ("stock", 20, 20)],
        calls: &[(1, 2), (2, 3)],
        set: &[(service(2, ServiceKnob::Propagate), 0.0)],
        deeds: &[(4_000, Break(Node(3), Errors(0.3), 6_000))],
    },
];
