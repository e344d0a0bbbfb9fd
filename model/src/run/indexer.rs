//! Makes the index of a run while the run is made, event by event.

use super::{Band, Bar, Index, RequestRow, Step};
use crate::log::{
    Event, EventId, Kind, Length, Log, NONE, RequestId, SpanId, Verdict, unpack_transition,
};
use crate::policy::breaker::{Crowd, State};
use crate::scenario::knob::EdgeKnob;
use crate::scenario::{Change, Edge, EdgeId, Experiment, Knob};
use crate::time::{SimDuration, SimTime};

/// Into how many buckets a run is divided.
const BUCKETS: u64 = 6_000;

/// An index in the making.
#[derive(Debug)]
pub(super) struct Indexer {
    index: Index,
    /// How many events are in it.
    taken: EventId,
    /// The requests of the spans from `first_owned` on.
    owners: Vec<RequestId>,
    first_owned: SpanId,
    /// Requests before this one have the charges of events before this one, which may be taken once
    /// more.
    charged: (RequestId, EventId),
    /// By edge: the states of the breakers that clients have for themselves.
    own: Vec<Vec<State>>,
}

impl Indexer {
    /// Of a run in which nothing has happened yet.
    pub(super) fn new(experiment: &Experiment) -> Self {
        let horizon = experiment.scenario.horizon.nanos();
        let bucket = (horizon.div_ceil(BUCKETS)).max(1);
        let edges = &experiment.scenario.edges;
        let first = |edge: &Edge, shared: bool| {
            let policy = &edge.policy;
            policy.breaker_enabled && policy.breaker_scope.is_shared() == shared
        };
        let band = |edge| {
            let band = Band { from: SimTime::ZERO, state: Some(State::Closed), event: None };
            if first(edge, true) { vec![band] } else { Vec::new() }
        };
        let step = |edge| {
            let crowd = Some(Crowd::default());
            let step = Step { from: SimTime::ZERO, crowd, event: None };
            if first(edge, false) { vec![step] } else { Vec::new() }
        };
        let index = Index {
            bands: edges.iter().map(band).collect(),
            crowds: edges.iter().map(step).collect(),
            bucket: SimDuration::from_nanos(bucket),
            ..Index::default()
        };
        let own = vec![Vec::new(); edges.len()];
        Self { index, taken: 0, owners: Vec::new(), first_owned: 0, charged: (0, 0), own }
    }

    /// The index of a run as it was when its log had this length, or a little earlier: what is
    /// missing then is [taken](Self::take) once more.
    pub(super) fn back_to(of: &Index, experiment: &Experiment, log: &Log, length: Length) -> Self {
        let Some(last) = length.events.checked_sub(1) else { return Self::new(experiment) };
        // A request of which something was heard later is begun anew, and so is what is counted.
        let later = of.requests.iter().find(|row| row.last > last).map_or(NONE, |row| row.first);
        let bucket = log.at(later.min(last)).nanos() / of.bucket.nanos().max(1);
        let Some(before) = (bucket * of.bucket.nanos()).checked_sub(1) else {
            return Self::new(experiment);
        };
        let before = SimTime::from_nanos(before);
        let taken = log.count_until(before);
        let mut index = of.clone();
        index.requests.truncate(of.requests.partition_point(|row| row.first < taken));
        for bands in &mut index.bands {
            bands.truncate(bands.partition_point(|band| band.from <= before));
        }
        let mut own = vec![Vec::new(); index.crowds.len()];
        for (steps, states) in index.crowds.iter_mut().zip(&mut own) {
            steps.truncate(steps.partition_point(|step| step.from <= before));
            for step in steps {
                match step.event {
                    Some(event) => {
                        moved(states, log.event(event));
                    }
                    None => states.clear(),
                }
            }
        }
        index.bars.retain(|bar| bar.from <= before);
        for bar in index.bars.iter_mut().filter(|bar| bar.to > before) {
            bar.to = planned_end(experiment, bar);
        }
        let charged = (index.requests.len() as RequestId, length.events);
        Self { index, taken, owners: Vec::new(), first_owned: length.spans, charged, own }
    }

    /// How many events are in it.
    pub(super) const fn taken(&self) -> EventId {
        self.taken
    }

    /// Takes in up to `most` events that it does not hold yet; returns how many.
    pub(super) fn take(&mut self, experiment: &Experiment, log: &Log, most: u32) -> u32 {
        let known = self.first_owned + self.owners.len() as SpanId;
        for span in (known..log.length().spans).map(|id| log.span(id)) {
            let by_client = span.by_client;
            self.owners.push(if by_client { span.parent } else { self.owner(log, span.parent) });
        }
        let first = self.taken;
        self.taken = log.len().min(first.saturating_add(most));
        log.each(first, self.taken, |event| self.event(experiment, log, event));
        self.taken - first
    }

    /// The index of a run that is known up to `end`.
    pub(super) fn until(&self, end: SimTime) -> Index {
        let mut index = self.index.clone();
        for bar in &mut index.bars {
            bar.to = bar.to.min(end);
        }
        index
    }

    /// The request that a span belongs to.
    fn owner(&self, log: &Log, span: SpanId) -> RequestId {
        match span.checked_sub(self.first_owned) {
            Some(place) => self.owners[place as usize],
            None => log.request_of(span),
        }
    }

    fn event(&mut self, experiment: &Experiment, log: &Log, event: Event) {
        match event.kind {
            Kind::Intervention => self.intervention(experiment, event),
            Kind::FaultEnded => self.end_bar(event.subject as usize, event.at),
            Kind::Breaker => {
                let (to, ..) = unpack_transition(event.payload);
                let (edge, client) = event.breaker();
                let edge = usize::from(edge);
                if client.is_none() {
                    let band = Band { from: event.at, state: Some(to), event: Some(event.id) };
                    self.index.bands[edge].push(band);
                    return;
                }
                let before = moved(&mut self.own[edge], event);
                let steps = &mut self.index.crowds[edge];
                let mut crowd = steps.last().and_then(|step| step.crowd).unwrap_or_default();
                crowd.leave(before);
                crowd.enter(to);
                steps.push(Step { from: event.at, crowd: Some(crowd), event: Some(event.id) });
            }
            Kind::Arrived => {
                self.index.requests.push(RequestRow {
                    first: event.id,
                    last: event.id,
                    over: None,
                    succeeded: false,
                    degraded: false,
                    retried: false,
                    rejected: false,
                    probe: false,
                    replayed: false,
                    charges: 0,
                    by_hand: log.request(event.subject).by_hand(),
                });
            }
            _ => {
                let request = self.owner(log, event.subject);
                self.span_event(experiment, log, event, request);
            }
        }
    }

    fn span_event(&mut self, experiment: &Experiment, log: &Log, event: Event, request: RequestId) {
        if event.kind == Kind::ResponseLost
            && let Some(cause) = event.cause()
            && log.event(cause).kind == Kind::Intervention
        {
            self.struck(experiment, log.event(cause).subject as usize, event.at);
        }
        let Some(row) = self.index.requests.get_mut(request) else { return };
        row.last = event.id;
        match event.kind {
            Kind::Sent => {
                let span = log.span(event.subject);
                let edge = usize::from(span.edge);
                let shared = self.index.bands[edge].last().and_then(|band| band.state);
                let own = || {
                    let client = usize::from(log.client_of(request)?);
                    self.own[edge].get(client).copied()
                };
                row.probe |= shared.or_else(own) == Some(State::HalfOpen);
                if span.attempt > 1 {
                    row.retried = true;
                }
            }
            Kind::Rejected => row.rejected = true,
            Kind::Charged if request >= self.charged.0 || event.id >= self.charged.1 => {
                row.charges = row.charges.saturating_add(1);
            }
            Kind::Verdict => row.replayed |= event.verdict() == Verdict::Replayed,
            _ => {}
        }
        if event.is_last() && log.span(event.subject).by_client {
            row.over = Some(event.at);
            row.succeeded = event.gives_answer();
            row.degraded = row.succeeded && event.status().is_degraded();
        }
    }

    fn intervention(&mut self, experiment: &Experiment, event: Event) {
        let index = event.subject as usize;
        let Some(intervention) = experiment.interventions.get(index) else { return };
        match &intervention.change {
            Change::Fault(_) | Change::Struck(_) => {
                let bar = Bar { intervention: index, from: event.at, to: SimTime::MAX };
                self.index.bars.push(bar);
            }
            Change::Chaos(_) => {
                let mut bar = Bar { intervention: index, from: event.at, to: SimTime::MAX };
                bar.to = planned_end(experiment, &bar);
                self.index.bars.push(bar);
            }
            Change::SetBreaker { .. } => {
                let flag = Bar { intervention: index, from: event.at, to: event.at };
                self.index.bars.push(flag);
            }
            Change::Set { knob: Knob::Edge(edge, EdgeKnob::Breaker), value } => {
                let own = self.each_has_one(experiment, *edge, index);
                self.switch(*edge, (*value != 0.0).then_some(own), event.at);
            }
            Change::Set { knob: Knob::Edge(edge, EdgeKnob::BreakerScope), value } => {
                let edge_index = usize::from(*edge);
                let shared = self.index.bands[edge_index].last().map(|band| band.state.is_some());
                let own = self.index.crowds[edge_index].last().map(|step| step.crowd.is_some());
                if shared == Some(true) || own == Some(true) {
                    self.switch(*edge, Some(*value != 0.0), event.at);
                }
            }
            _ => {}
        }
    }

    /// Whether each client has a breaker for itself on a line when it is switched on, by what was done
    /// before this.
    fn each_has_one(&self, experiment: &Experiment, edge: EdgeId, before: usize) -> bool {
        let done = experiment.interventions[..before].iter().rev();
        let scope = done.filter_map(|done| match done.change {
            Change::Set { knob: Knob::Edge(line, EdgeKnob::BreakerScope), value } => {
                (line == edge).then_some(value != 0.0)
            }
            _ => None,
        });
        let first = || {
            let edge = experiment.scenario.edge(edge);
            edge.is_some_and(|edge| !edge.policy.breaker_scope.is_shared())
        };
        scope.into_iter().next().unwrap_or_else(first)
    }

    /// From now on there is one breaker for each client of a line, or one for all, or none. Switching on
    /// what is on changes nothing.
    fn switch(&mut self, edge: EdgeId, own: Option<bool>, at: SimTime) {
        let index = usize::from(edge);
        let state = (own == Some(false)).then_some(State::Closed);
        let bands = &mut self.index.bands[index];
        if bands.last().is_some_and(|band| band.state.is_some()) != state.is_some() {
            bands.push(Band { from: at, state, event: None });
        }
        let crowd = (own == Some(true)).then(Crowd::default);
        let steps = &mut self.index.crowds[index];
        if steps.last().is_some_and(|step| step.crowd.is_some()) != crowd.is_some() {
            steps.push(Step { from: at, crowd, event: None });
            self.own[index].clear();
        }
    }

    fn end_bar(&mut self, intervention: usize, at: SimTime) {
        if let Some(bar) = self.index.bars.iter_mut().find(|bar| bar.intervention == intervention) {
            bar.to = at;
        }
    }

    /// A fault that strikes only once is over when it has.
    fn struck(&mut self, experiment: &Experiment, intervention: usize, at: SimTime) {
        let change = experiment.interventions.get(intervention).map(|i| &i.change);
        if let Some(fault) = change.and_then(Change::fault)
            && fault.kind.strikes_once()
        {
            self.end_bar(intervention, at);
        }
    }
}

/// A client's own breaker has moved: returns what it was before.
fn moved(states: &mut Vec<State>, event: Event) -> State {
    let (to, ..) = unpack_transition(event.payload);
    let client = usize::from(event.breaker().1.unwrap_or_default());
    if states.len() <= client {
        states.resize(client + 1, State::Closed);
    }
    std::mem::replace(&mut states[client], to)
}

/// When something ends that is not written down when it does: chaos is over by itself, in silence.
fn planned_end(experiment: &Experiment, bar: &Bar) -> SimTime {
    let lasts = match experiment.interventions.get(bar.intervention).map(|done| &done.change) {
        Some(Change::Chaos(chaos)) => chaos.lasts,
        _ => None,
    };
    lasts.map_or(SimTime::MAX, |lasts| bar.from + lasts)
}
