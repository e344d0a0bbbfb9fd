//! Everything that is true at one instant, as a picture needs it: a fold over the log.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::breakers::{CallPermit, Whole};
use super::histogram::Histogram;
use super::layers::Layers;
use super::ledger::{KeyRow, Ledger};
use super::station::Station;
use super::window::Window;
use crate::log::{Event, EventId, Kind, Refusal, RequestId, Span, SpanId, StatusCode};
use crate::policy::breaker::{Breaker, Each, Permit, State};
use crate::random::Draws;
use crate::scenario::{EdgeId, Experiment, Fault, NodeId, POPULATION, Scenario};
use crate::sim::{first_breaker, own_of};
use crate::time::{SimDuration, SimTime};

/// The state of a run just after everything up to and including one instant.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The instant.
    pub at: SimTime,
    /// How many events had happened by then.
    pub events: u32,
    /// The scenario, with its knobs as they stood then.
    pub scenario: Arc<Scenario>,
    /// Every client, by population.
    pub clients: Vec<Vec<ClientScene>>,
    /// By node; those of clients are empty.
    pub stations: Vec<Station>,
    /// By edge.
    pub lines: Vec<Line>,
    /// Attempts that failed a moment ago, oldest first.
    pub traces: VecDeque<Trace>,
    /// Callers inside services that wait before they try again.
    pub backoffs: Vec<Backoff>,
    /// What is broken: the fault, the event that began it, and its intervention.
    pub faults: Vec<(Fault, EventId, u32)>,
    /// The latest idempotency keys, by their last use, oldest first.
    pub keys: VecDeque<KeyRow>,
    /// Charges against orders.
    pub ledger: Ledger,
    /// What was counted so far.
    pub totals: Totals,
    pub(super) flights: Window<Flight>,
    pub(super) operations: Window<Operation>,
    /// What breakers outside a retry gave to calls that are not over.
    pub(super) wholes: BTreeMap<Whole, CallPermit>,
}

/// What a client is seen doing. With several requests under way, the latest news counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClientScene {
    /// How many requests it has under way.
    pub under_way: u16,
    /// The latest news.
    pub doing: Doing,
}

/// The latest news of a client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Doing {
    /// It has not sent anything yet.
    Nothing,
    /// It waits for an answer.
    InFlight {
        /// Since when.
        since: SimTime,
    },
    /// It waits before it tries again.
    Waiting {
        /// Since when.
        since: SimTime,
        /// Until when.
        until: SimTime,
    },
    /// Its request succeeded.
    Succeeded {
        /// When.
        at: SimTime,
    },
    /// Its request has an answer that lacks a part.
    Degraded {
        /// When.
        at: SimTime,
    },
    /// Its request failed for good.
    Failed {
        /// When.
        at: SimTime,
    },
}

/// An attempt that is not over on both sides.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Flight {
    /// The attempt.
    pub span: SpanId,
    /// What it is for.
    pub request: RequestId,
    /// Its line.
    pub edge: EdgeId,
    /// 1 for the first attempt at its call.
    pub attempt: u8,
    /// The span in whose service it was made; none if a client made it.
    pub parent: Option<SpanId>,
    /// Where it is.
    pub phase: Phase,
    /// Since when it is there.
    pub since: SimTime,
    /// Until when it will be, unless something happens to it.
    pub until: SimTime,
    /// When it left its caller; as long as it has not, when it was made.
    pub sent: SimTime,
    /// Whether it is a breaker's probe.
    pub probe: bool,
    /// When its caller gave up, if it did: what is still done for it is orphan work.
    pub given_up: Option<SimTime>,
    /// What comes back, once it does.
    pub answer: StatusCode,
    pub(super) delivered: SimTime,
    pub(super) worked: Option<SimTime>,
    /// Whether it was more than looked at.
    pub(super) started: bool,
    pub(super) far_side_done: bool,
    pub(super) permit: Option<Permit>,
    /// Whether it has come past the breaker, if it waits for a place further in.
    pub(super) asked: bool,
}

impl Flight {
    /// An attempt that this event is the first of: it has not left yet.
    pub(super) fn begun(event: Event, span: &Span, request: RequestId) -> Self {
        Self {
            span: event.subject,
            request,
            edge: span.edge,
            attempt: span.attempt,
            parent: (!span.by_client).then_some(span.parent),
            phase: Phase::Held,
            since: event.at,
            until: SimTime::MAX,
            sent: event.at,
            probe: false,
            asked: false,
            given_up: None,
            answer: StatusCode::ConnectionFailed,
            delivered: event.at,
            worked: None,
            started: false,
            far_side_done: true,
            permit: None,
        }
    }
}

/// Where an attempt is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// Not sent yet: waiting for a place in the bulkhead of its line.
    Held,
    /// On its way to the service.
    Outbound,
    /// Waiting for a worker.
    Queued,
    /// With a worker: the service's own work, then the calls it makes.
    Working,
    /// On its way back.
    Inbound,
    /// Nowhere: lost, and its caller does not know.
    Lost,
}

/// A failure that has just happened.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Trace {
    /// When.
    pub at: SimTime,
    /// Where.
    pub edge: EdgeId,
    /// Which attempt.
    pub span: SpanId,
    /// How.
    pub kind: TraceKind,
}

/// How an attempt failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TraceKind {
    /// It was refused before it was sent.
    Rejected,
    /// Its caller gave up.
    TimedOut,
    /// The request was lost on its way.
    RequestLost,
    /// The response was lost on its way back.
    ResponseLost,
    /// It was answered with an error.
    Failed,
    /// The service turned it away.
    TurnedAway,
}

/// A caller inside a service that waits before it tries again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Backoff {
    /// The line it will use.
    pub edge: EdgeId,
    /// The span in whose service it waits.
    pub parent: SpanId,
    /// What it is for.
    pub request: RequestId,
    /// Since when.
    pub since: SimTime,
    /// Until when.
    pub until: SimTime,
}

/// A line between two nodes.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// The breaker, its window and its state: the same machine the engine ran, fed from the log.
    pub breaker: Breaker,
    /// The transition into its present state.
    pub moved: Option<EventId>,
    /// The breakers of its clients, where each has had its own.
    pub own: Option<Box<Each<News>>>,
    /// Attempts sent.
    pub sent: u32,
    /// Those of them that were not the first at their call.
    pub again: u32,
    /// How many requests a service chose this one of its lines for.
    pub picked: u32,
    /// Copies that were made because there was no answer for long enough.
    pub hedged: u32,
    /// Calls that had failed for good and whose caller fell back on something.
    pub fell_back: u32,
    /// Attempts that were refused before they were sent.
    pub rejected: u32,
    /// Those that the breaker refused since its last transition.
    pub rejected_since: u32,
    /// When a caller last gave up on an attempt.
    pub timed_out: Option<SimTime>,
    /// How many calls failed for good because the retry budget was spent.
    pub denied: u32,
    /// The end of the last attempt that was sent and failed for its caller.
    pub failed: Option<EventId>,
    /// What its layers have let through, and stopped.
    pub layers: Layers,
}

/// What is known of a client's own breaker.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct News {
    /// The transition into its present state.
    pub moved: Option<EventId>,
    /// How many attempts it has refused since.
    pub rejected_since: u32,
}

impl Line {
    /// The breaker that is asked for an attempt: that of its client, where each has its own.
    pub(super) fn breaker_of(&mut self, client: Option<u16>) -> &mut Breaker {
        match (&mut self.own, client) {
            (Some(own), Some(client)) => &mut own.of_mut(client.into()).breaker,
            _ => &mut self.breaker,
        }
    }

    /// What the breaker is that is asked for an attempt of this client.
    #[must_use]
    pub fn state_of(&self, client: Option<u16>) -> State {
        match (&self.own, client) {
            (Some(own), Some(client)) => own.of(client.into()).breaker.state(),
            _ => self.breaker.state(),
        }
    }
}

/// What was counted since the start.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Operations that clients began.
    pub requests: u32,
    /// Operations that succeeded.
    pub succeeded: u32,
    /// Operations with an answer that lacks a part.
    pub degraded: u32,
    /// The latest such answer.
    pub degraded_last: Option<EventId>,
    /// Operations that failed for good.
    pub failed: u32,
    /// These by the way they did, in the order of [`Loss::ALL`].
    pub lost: [u32; Loss::ALL.len()],
    /// When the last of these did.
    pub failed_at: Option<SimTime>,
    /// Answers that were replayed from an idempotency store.
    pub replays: u32,
    /// How long finished operations took, seen by their clients.
    pub latency: Histogram,
}

impl Totals {
    /// Operations that are over.
    #[must_use]
    pub fn finished(&self) -> u32 {
        self.succeeded + self.degraded + self.failed
    }

    /// The share of finished operations that succeeded; none if none is finished. What is degraded
    /// is neither a success nor a failure.
    #[must_use]
    pub fn success(&self) -> Option<f64> {
        let finished = self.finished();
        (finished > 0).then(|| f64::from(self.succeeded) / f64::from(finished))
    }
}

/// How an operation failed for good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loss {
    /// Its last attempt timed out.
    TimedOut,
    /// Its deadline passed.
    Late,
    /// Its breaker refused.
    Rejected,
    /// Its bulkhead was full.
    Full,
    /// Its rate limit was reached.
    Limited,
    /// It was answered with an error.
    Answered,
    /// Its connection broke.
    Disconnected,
}

impl Loss {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::TimedOut,
        Self::Late,
        Self::Rejected,
        Self::Full,
        Self::Limited,
        Self::Answered,
        Self::Disconnected,
    ];

    /// What became of such operations: `timed out`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::TimedOut => "timed out",
            Self::Late => "exceeded their deadline",
            Self::Rejected => "were rejected by a breaker",
            Self::Full => "were rejected by a full bulkhead",
            Self::Limited => "were rejected by a rate limit",
            Self::Answered => "were answered with an error",
            Self::Disconnected => "lost their connection",
        }
    }

    /// How an operation failed that ended with this event; none: it has an answer.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        match (event.kind, event.status()) {
            (Kind::TimedOut, _) if event.is_deadline() => Some(Self::Late),
            (Kind::TimedOut, _) => Some(Self::TimedOut),
            (Kind::Rejected, _) => Some(match event.refusal() {
                Refusal::Breaker => Self::Rejected,
                Refusal::Bulkhead { .. } => Self::Full,
                Refusal::RateLimit { .. } => Self::Limited,
            }),
            (_, StatusCode::ConnectionFailed) => Some(Self::Disconnected),
            (_, status) => (!status.is_success()).then_some(Self::Answered),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Operation {
    pub(super) began: SimTime,
    pub(super) client: u32,
}

impl Scene {
    /// Before anything happened.
    #[must_use]
    pub(super) fn new(experiment: &Experiment) -> Self {
        let scenario = &experiment.scenario;
        let idle = ClientScene { under_way: 0, doing: Doing::Nothing };
        let clients = scenario.populations().filter_map(|node| scenario.clients(node));
        let draws = Draws::new(experiment.seed);
        let line = |(id, edge): (EdgeId, &crate::scenario::Edge)| {
            let breaker = first_breaker(&edge.policy, &draws, id);
            let own = own_of(&edge.policy, &breaker);
            Line {
                own,
                breaker,
                moved: None,
                sent: 0,
                again: 0,
                picked: 0,
                hedged: 0,
                fell_back: 0,
                rejected: 0,
                rejected_since: 0,
                denied: 0,
                timed_out: None,
                failed: None,
                layers: Layers::default(),
            }
        };
        Self {
            at: SimTime::ZERO,
            events: 0,
            clients: clients.map(|clients| vec![idle; clients.count as usize]).collect(),
            stations: vec![Station::default(); scenario.nodes.len()],
            lines: (0u8..).zip(&scenario.edges).map(line).collect(),
            traces: VecDeque::new(),
            backoffs: Vec::new(),
            faults: Vec::new(),
            keys: VecDeque::new(),
            ledger: Ledger::default(),
            totals: Totals::default(),
            flights: Window::default(),
            operations: Window::default(),
            wholes: BTreeMap::new(),
            scenario: Arc::new(scenario.clone()),
        }
    }

    /// About how many bytes a copy takes.
    pub(super) fn bytes(&self) -> usize {
        // What a breaker remembers of a call takes less than this.
        const CALL: usize = 2;
        let own =
            self.lines.iter().zip(&self.scenario.edges).map(|(line, edge)| {
                line.own.as_ref().map_or(0, |own| own.bytes(&edge.policy.breaker))
            });
        let windows = self.scenario.edges.iter().map(|edge| edge.policy.breaker.window.size);
        size_of::<Self>()
            + own.sum::<usize>()
            + self.clients.iter().map(Vec::len).sum::<usize>() * size_of::<ClientScene>()
            + self.stations.iter().map(Station::bytes).sum::<usize>()
            + self.lines.len() * size_of::<Line>()
            + windows.map(|size| size as usize * CALL).sum::<usize>()
            + self.traces.len() * size_of::<Trace>()
            + self.backoffs.len() * size_of::<Backoff>()
            + self.faults.len() * size_of::<(Fault, EventId, u32)>()
            + self.keys.len() * size_of::<KeyRow>()
            + self.ledger.bytes()
            + self.totals.latency.bytes()
            + self.flights.bytes()
            + self.operations.bytes()
            + self.wholes.len() * size_of::<(Whole, CallPermit)>()
    }

    /// Every attempt that is not over, in the order in which they were made.
    pub fn flights(&self) -> impl Iterator<Item = &Flight> {
        self.flights.iter().map(|(_, flight)| flight)
    }

    /// One attempt, unless it is over.
    #[must_use]
    pub fn flight(&self, span: SpanId) -> Option<&Flight> {
        self.flights.get(span)
    }

    /// For how many attempts over a line a caller waits: those that were sent, and those that were not yet,
    /// because they wait for a place in its bulkhead.
    #[must_use]
    pub fn under_way(&self, edge: EdgeId) -> (usize, usize) {
        let here = |flight: &&Flight| flight.edge == edge && flight.given_up.is_none();
        let all = self.flights().filter(here).count();
        let held = self.flights().filter(here).filter(|flight| flight.phase == Phase::Held).count();
        (all - held, held)
    }

    /// How many attempts reached for the busiest line per operation: 1 without retries.
    #[must_use]
    pub fn amplification(&self) -> Option<f64> {
        let most = self.lines.iter().map(|line| line.sent).max()?;
        let requests = self.totals.requests;
        (requests > 0).then(|| f64::from(most.max(requests)) / f64::from(requests))
    }

    /// The clients of a node; none if it is a service.
    #[must_use]
    pub fn clients_of(&self, node: NodeId) -> &[ClientScene] {
        let place = self.scenario.populations().position(|population| population == node);
        place.and_then(|place| self.clients.get(place)).map_or(&[], Vec::as_slice)
    }

    /// A client, as [`Scenario::client`] tells it from others.
    #[must_use]
    pub fn client(&self, client: u32) -> Option<&ClientScene> {
        let population = self.clients.get((client / POPULATION) as usize)?;
        population.get((client % POPULATION) as usize)
    }

    pub(super) fn client_mut(&mut self, client: u32) -> Option<&mut ClientScene> {
        let population = self.clients.get_mut((client / POPULATION) as usize)?;
        population.get_mut((client % POPULATION) as usize)
    }

    /// How many clients of a node wait before they try again.
    #[must_use]
    pub fn clients_waiting(&self, node: NodeId) -> usize {
        let waits = |client: &&ClientScene| matches!(client.doing, Doing::Waiting { until, .. } if until > self.at);
        self.clients_of(node).iter().filter(waits).count()
    }

    /// How long a breaker will stay open, if it is.
    #[must_use]
    pub fn open_for(&self, edge: EdgeId) -> Option<SimDuration> {
        let index = usize::from(edge);
        let settings = &self.scenario.edges.get(index)?.policy.breaker;
        let until = self.lines.get(index)?.breaker.open_until(settings)?;
        Some(until.since(self.at))
    }
}
