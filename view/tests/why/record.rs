//! What a log says, folded once more and without the code that explains it.

use std::collections::BTreeMap;

use half_open::log::{Event, EventId, Kind, RequestId, SpanId, StatusCode, unpack_transition};
use half_open::policy::breaker::{self, Breaker, Counts, Permit, State};
use half_open::policy::outcome::Outcome;
use half_open::policy::stack::{Layer, Stack};
use half_open::random::{Draws, Stream, nest};
use half_open::run::{Run, ids};
use half_open::scenario::{
    Change, Clients, EdgeId, Fault, FaultKind, NodeId, POPULATION, Scenario, Target,
};
use half_open::time::SimTime;

/// What happened to one attempt.
#[derive(Clone, Default)]
pub(crate) struct Attempt {
    pub(crate) events: Vec<Event>,
}

impl Attempt {
    pub(crate) fn first(&self, kind: Kind) -> Option<Event> {
        self.events.iter().copied().find(|event| event.kind == kind)
    }

    /// When it was made, unless it was refused at once.
    pub(crate) fn passed(&self) -> Option<Event> {
        self.first(Kind::Held).or_else(|| self.first(Kind::Sent))
    }

    /// Whether something of this kind had happened when the log had so many events.
    pub(crate) fn had(&self, kinds: &[Kind], before: EventId) -> bool {
        self.events.iter().any(|event| kinds.contains(&event.kind) && event.id < before)
    }
}

/// A transition, with what its breaker had counted.
pub(crate) struct Move {
    pub(crate) event: Event,
    pub(crate) before: Option<Event>,
    pub(crate) from: State,
    pub(crate) counts: Counts,
    /// How often it had opened since it was closed last, this time included.
    pub(crate) openings: u32,
}

/// A run, by its parts.
pub(crate) struct Record<'a> {
    pub(crate) run: &'a Run,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) moves: Vec<Move>,
    /// What a service had under way over the line that it picked, and over the one with the least.
    pub(crate) picks: BTreeMap<EventId, (u32, u32)>,
    /// The lines that were picked for requests whose calls are not over.
    open: BTreeMap<SpanId, EdgeId>,
    /// The scenario from each event on that changed it.
    scenarios: Vec<(EventId, Scenario)>,
}

/// What breakers have given, and who has asked them.
struct Permits {
    permits: Vec<Option<Permit>>,
    asked: Vec<bool>,
    /// To whole calls: since when, and whether an attempt was sent.
    calls: BTreeMap<(bool, u32, EdgeId), (Permit, SimTime, bool)>,
}

/// More clients than any experiment has that is read here.
const CLIENTS: usize = 1_000;

/// The breaker that all share, and behind it that of each client.
struct Line {
    breaker: Breaker,
    moved: Option<Event>,
    openings: u32,
    counts: Counts,
}

impl<'a> Record<'a> {
    /// Who began a request: a number, and where there are several populations, of which.
    pub(crate) fn client(&self, request: RequestId) -> String {
        let scenario = &self.run.experiment().scenario;
        let home = scenario.edge(ids::first_edge(self.run, request)).map(|edge| edge.from);
        let number = self.run.log().request(request).client % POPULATION;
        match home.filter(|home| Some(*home) != scenario.populations().next()) {
            Some(home) => format!("{number} of {}", scenario.node_name(home)),
            None => number.to_string(),
        }
    }

    /// When an attempt, or the call it belongs to, had passed its breaker in a stack like this.
    pub(crate) fn breaker_passed(&self, span: SpanId, stack: &Stack) -> Option<Event> {
        let log = self.run.log();
        let mine = log.span(span);
        let first = (0..=span).find(|other| {
            let other = log.span(*other);
            (other.parent, other.edge) == (mine.parent, mine.edge)
        });
        let span = if stack.is_per_call(Layer::Breaker) { first? } else { span };
        let attempt = &self.attempts[span as usize];
        match stack.is_outside(Layer::Breaker, Layer::Bulkhead) {
            true => attempt.passed(),
            false => attempt.first(Kind::Sent),
        }
        .or_else(|| {
            let refused = attempt.first(Kind::Rejected)?;
            stack.is_outside(Layer::Breaker, refused.refusal().layer()).then_some(refused)
        })
    }

    /// The events from which on the scenario was another one.
    pub(crate) fn scenarios(&self) -> impl Iterator<Item = EventId> + '_ {
        self.scenarios.iter().map(|(from, _)| from + 1)
    }

    pub(crate) fn of(run: &'a Run) -> Self {
        let (log, first) = (run.log(), run.experiment().scenario.clone());
        let draws = Draws::new(run.experiment().seed);
        let line = |id: u8, client: usize, edge: &half_open::scenario::Edge| Line {
            breaker: Breaker::new(&edge.policy.breaker, SimTime::ZERO).with_luck({
                let shared = draws.draw(Stream::BreakerWait, id.into(), 0);
                if client == 0 { shared } else { nest(shared, client as u64) }
            }),
            moved: None,
            openings: 0,
            counts: Counts::default(),
        };
        let all = |(id, edge)| (0..=CLIENTS).map(|client| line(id, client, edge)).collect();
        let mut lines: Vec<Vec<Line>> = (0u8..).zip(&first.edges).map(all).collect();
        let spans = log.length().spans as usize;
        let mut held = Permits {
            permits: vec![None; spans],
            asked: vec![false; spans],
            calls: BTreeMap::new(),
        };
        let mut record = Self {
            run,
            attempts: vec![Attempt::default(); log.length().spans as usize],
            moves: Vec::new(),
            picks: BTreeMap::new(),
            open: BTreeMap::new(),
            scenarios: vec![(0, first)],
        };
        for event in log.events_from(0) {
            if let Some(span) = event.span() {
                record.attempts[span as usize].events.push(event);
            }
            record.picked(event);
            record.take(&mut lines, &mut held, event);
            record.call_over(&mut lines, &mut held, event);
        }
        record
    }

    /// Counts what is under way over lines that were picked.
    fn picked(&mut self, event: Event) {
        let log = self.run.log();
        match event.kind {
            Kind::Picked => {
                let edge = event.picked().edge;
                let under_way =
                    |edge| self.open.values().filter(|open| **open == edge).count() as u32;
                let (node, _) = self.callee(event.subject);
                let scenario = self.at(event.id);
                let own = |edge: &EdgeId| scenario.falls_back_on(*edge).is_none();
                let least =
                    scenario.calls_of(node).filter(own).map(under_way).min().expect("one at least");
                self.picks.insert(event.id, (under_way(edge), least));
                self.open.insert(event.subject, edge);
            }
            Kind::WorkLost | Kind::Cancelled => {
                self.open.remove(&event.subject);
            }
            Kind::FellBack | Kind::Answered | Kind::TimedOut | Kind::Rejected
                if (event.kind == Kind::FellBack || event.is_last())
                    && !log.span(event.subject).by_client =>
            {
                self.open.remove(&log.span(event.subject).parent);
            }
            _ => {}
        }
    }

    /// What a breaker gave to whole calls, it has back with their last attempts, or with who waited for them.
    fn call_over(&self, lines: &mut [Vec<Line>], held: &mut Permits, event: Event) {
        let log = self.run.log();
        let scenario = &self.scenarios.last().expect("one at least").1;
        if matches!(event.kind, Kind::WorkLost | Kind::Cancelled) {
            held.calls.retain(|(by_client, parent, edge), (permit, ..)| {
                let over = !by_client && *parent == event.subject;
                if over {
                    lines[usize::from(*edge)][0].breaker.release(*permit);
                }
                !over
            });
        }
        // Where its caller falls back on something, that says that it is over.
        let end = match event.kind {
            Kind::FellBack => log.event(event.cause().expect("something failed")),
            Kind::Answered | Kind::TimedOut | Kind::Rejected if event.is_last() => event,
            _ => return,
        };
        let row = log.span(event.subject);
        let Some((permit, passed, sent)) =
            held.calls.remove(&(row.by_client, row.parent, row.edge))
        else {
            return;
        };
        let (policy, line) = with(scenario, lines, (row.edge, permit.client()));
        if !policy.honours(&permit) {
        } else if sent && end.kind != Kind::Rejected {
            let (mark, took) = (breaker::mark(outcome(end)), event.at.since(passed));
            let moved = line.breaker.settle(&policy.breaker, permit, event.at, mark, took);
            line.counts = moved.map_or(line.counts, |moved| moved.counts);
        } else {
            line.breaker.release(permit);
        }
    }

    fn take(&mut self, lines: &mut [Vec<Line>], held: &mut Permits, event: Event) {
        let log = self.run.log();
        let scenario = self.scenarios.last().expect("one at least").1.clone();
        let edge = event.span().map_or((0, None), |span| {
            let edge = log.span(span).edge;
            let shared = scenario.edges[usize::from(edge)].policy.breaker_scope.is_shared();
            (edge, log.client_of(log.request_of(span)).filter(|_| !shared))
        });
        let span = event.subject as usize;
        match event.kind {
            Kind::Held | Kind::Sent | Kind::Rejected => {
                let (policy, line) = with(&scenario, lines, edge);
                let row = log.span(event.subject);
                let call = (row.by_client, row.parent, row.edge);
                let place = |layer| policy.stack.place(layer);
                let (breaker, per_call) =
                    (place(Layer::Breaker), policy.stack.is_per_call(Layer::Breaker));
                // How far it has come with this event, and had come before.
                let reached = match event.kind {
                    Kind::Held => place(Layer::Bulkhead),
                    Kind::Sent => usize::MAX,
                    _ => place(event.refusal().layer()),
                };
                let was_asked = std::mem::replace(&mut held.asked[span], breaker <= reached);
                let first = row.attempt == 1 && !row.copy;
                let by_breaker =
                    event.kind == Kind::Rejected && event.refusal().name() == "breaker";
                if policy.breaker_enabled
                    && breaker <= reached
                    && !was_asked
                    && (first || !per_call)
                {
                    let answer = line.breaker.acquire(&policy.breaker, event.at);
                    assert_eq!(answer.permit.is_err(), by_breaker, "{event:?}");
                    match answer.permit.ok().map(|permit| permit.of_client(edge.1)) {
                        Some(permit) if per_call => {
                            held.calls.insert(call, (permit, event.at, false));
                        }
                        permit => held.permits[span] = permit,
                    }
                }
                if event.kind == Kind::Sent
                    && let Some((_, _, sent)) = held.calls.get_mut(&call)
                {
                    *sent = true;
                }
                if event.kind == Kind::Rejected
                    && let Some(permit) = held.permits[span].take()
                {
                    line.breaker.release(permit);
                }
            }
            Kind::Overtaken => {
                if let Some(permit) = held.permits[span].take() {
                    let (_, line) = with(&scenario, lines, (edge.0, permit.client()));
                    line.breaker.release(permit);
                }
            }
            Kind::Answered | Kind::TimedOut => {
                let (policy, line) = with(&scenario, lines, edge);
                let sent = self.attempts[span].first(Kind::Sent);
                let permit = held.permits[span].take().filter(|permit| policy.honours(permit));
                if let (None, Some(permit)) = (sent, permit) {
                    line.breaker.release(permit);
                }
                if let (Some(sent), Some(permit)) = (sent, permit) {
                    let (mark, took) = (breaker::mark(outcome(event)), event.at.since(sent.at));
                    let moved = line.breaker.settle(&policy.breaker, permit, event.at, mark, took);
                    line.counts = moved.map_or(line.counts, |moved| moved.counts);
                }
            }
            Kind::WorkLost | Kind::Cancelled => {
                for (inner, permit) in held.permits.iter_mut().enumerate() {
                    let row = log.span(inner as SpanId);
                    if !row.by_client
                        && row.parent == event.subject
                        && let Some(permit) = permit.take()
                    {
                        lines[usize::from(row.edge)][0].breaker.release(permit);
                    }
                }
            }
            Kind::Intervention => self.deed(lines, event, scenario),
            Kind::Breaker => {
                let (policy, line) = with(&scenario, lines, event.breaker());
                if line.breaker.due(&policy.breaker).is_some_and(|due| due <= event.at) {
                    let moved = line.breaker.tick(&policy.breaker, event.at);
                    line.counts = moved.map_or(line.counts, |moved| moved.counts);
                }
                let (to, ..) = unpack_transition(event.payload);
                line.openings = match to {
                    State::Open => line.openings + 1,
                    State::Closed | State::Disabled | State::MetricsOnly => 0,
                    _ => line.openings,
                };
                let from = line.moved.map_or(State::Closed, |e| unpack_transition(e.payload).0);
                let before = line.moved.replace(event);
                let (counts, openings) = (line.counts, line.openings);
                self.moves.push(Move { event, before, from, counts, openings });
            }
            _ => {}
        }
    }

    fn deed(&mut self, lines: &mut [Vec<Line>], event: Event, mut scenario: Scenario) {
        match &self.run.experiment().interventions[event.subject as usize].change {
            change @ (Change::Set { .. } | Change::SetBreaker { .. }) => {
                let old = scenario.clone();
                if change.apply(&mut scenario).is_err() {
                    return;
                }
                for (lines, (old, new)) in
                    lines.iter_mut().zip(old.edges.iter().zip(&scenario.edges))
                {
                    let (old, new) = (&old.policy, &new.policy);
                    for line in lines {
                        if (old.breaker_enabled, old.breaker_scope)
                            != (new.breaker_enabled, new.breaker_scope)
                        {
                            line.breaker.replace(&new.breaker, event.at);
                            (line.moved, line.openings) = (None, 0);
                        } else if old.breaker != new.breaker {
                            line.breaker.reconfigure(&old.breaker, &new.breaker, event.at);
                        }
                    }
                }
                self.scenarios.push((event.id + 1, scenario));
            }
            Change::Breaker { edge, action } => {
                let line = &scenario.edges[usize::from(*edge)];
                let own = |clients: &Clients| (0..clients.count as u16).map(Some).collect();
                let shared = line.policy.breaker_scope.is_shared();
                let clients = scenario.clients(line.from).filter(|_| !shared);
                for client in clients.map_or_else(|| vec![None], own) {
                    let (policy, line) = with(&scenario, lines, (*edge, client));
                    if policy.breaker_enabled {
                        let _ = line.breaker.control(&policy.breaker, event.at, *action);
                    }
                }
            }
            Change::Fault(fault) | Change::Struck(fault)
                if fault.kind == (FaultKind::Crash { keep_state: false }) =>
            {
                let Target::Node(node) = fault.target else { return };
                for edge in scenario.calls_of(node) {
                    let (policy, line) = with(&scenario, lines, (edge, None));
                    if policy.breaker_enabled {
                        let _ = line.breaker.crash(&policy.breaker, event.at);
                    }
                }
            }
            _ => {}
        }
    }

    /// The scenario as an event found it.
    pub(crate) fn at(&self, event: EventId) -> &Scenario {
        let place = self.scenarios.partition_point(|(from, _)| *from <= event);
        &self.scenarios[place - 1].1
    }

    /// Every scenario there was from one event to another.
    pub(crate) fn between(&self, from: EventId, to: EventId) -> impl Iterator<Item = &Scenario> {
        let place = |event| self.scenarios.partition_point(|(from, _)| *from <= event);
        self.scenarios[place(from) - 1..place(to)].iter().map(|(_, scenario)| scenario)
    }

    /// Every scenario there was at an instant.
    pub(crate) fn during(&self, at: SimTime) -> Vec<&Scenario> {
        let log = self.run.log();
        let until = log.count_until(at);
        let mut first = until;
        while first > 0 && log.at(first - 1) == at {
            first -= 1;
        }
        (first..=until).map(|event| self.at(event)).collect()
    }

    pub(crate) fn edge(&self, span: SpanId) -> EdgeId {
        self.run.log().span(span).edge
    }

    /// The service that an attempt was for, and its name.
    pub(crate) fn callee(&self, span: SpanId) -> (NodeId, &str) {
        let scenario = &self.run.experiment().scenario;
        let node = scenario.edges[usize::from(self.edge(span))].to;
        (node, scenario.node_name(node))
    }

    /// The attempt and all those made for it, however deep.
    pub(crate) fn tree(&self, span: SpanId) -> Vec<SpanId> {
        let log = self.run.log();
        let mut tree = vec![span];
        for inner in span + 1..log.length().spans {
            let row = log.span(inner);
            if !row.by_client && tree.contains(&row.parent) {
                tree.push(inner);
            }
            // Attempts of later requests are no part of it.
            if self.attempts[inner as usize].events.first().is_some_and(|first| {
                self.attempts[span as usize].events.last().is_some_and(|last| first.at > last.at)
            }) {
                break;
            }
        }
        tree
    }

    pub(crate) fn find(&self, event: EventId) -> Option<&Move> {
        self.moves.iter().find(|moved| moved.event.id == event)
    }

    /// Whether a service hangs, or a line loses something, at an instant.
    pub(crate) fn faulty(&self, at: SimTime, wanted: impl Fn(&Fault) -> bool) -> bool {
        self.run.index().bars.iter().any(|bar| {
            let change = &self.run.experiment().interventions[bar.intervention].change;
            change.fault().is_some_and(&wanted) && bar.from <= at && at <= bar.to
        })
    }
}

fn with<'s, 'l>(
    scenario: &'s Scenario,
    lines: &'l mut [Vec<Line>],
    (edge, client): (EdgeId, Option<u16>),
) -> (&'s half_open::scenario::CallPolicy, &'l mut Line) {
    let edge = usize::from(edge);
    let place = client.map_or(0, |client| usize::from(client) + 1);
    (&scenario.edges[edge].policy, &mut lines[edge][place])
}

pub(crate) fn outcome(event: Event) -> Outcome {
    match (event.kind, event.status()) {
        (Kind::TimedOut, _) => Outcome::TimedOut,
        (_, StatusCode::Http(status)) => Outcome::Answered(status),
        (_, StatusCode::ConnectionFailed) => Outcome::ConnectionFailed,
    }
}
