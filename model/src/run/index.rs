//! A run at a glance: what tracks and tables show without walking the log.

use super::shared::Shared;
use crate::log::{Event, EventId, Kind, Log, RequestId, Verdict, unpack_transition};
use crate::policy::breaker::State;
use crate::scenario::{Change, Experiment, Fault, FaultKind};
use crate::time::{SimDuration, SimTime};

/// Into how many buckets arrivals are counted.
const BUCKETS: u64 = 6_000;

/// A run at a glance.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// By edge: the states of its breaker, one after another; empty where there never was one.
    pub bands: Vec<Vec<Band>>,
    /// When each fault began and ended, in the order in which they were begun.
    pub bars: Vec<Bar>,
    /// How long a bucket of arrivals is.
    pub bucket: SimDuration,
    /// Requests that began in each bucket.
    pub fresh: Shared<u16>,
    /// Attempts after the first, over any line, in each bucket.
    pub retries: Shared<u16>,
    /// Every request, by its number.
    pub requests: Shared<RequestRow>,
}

/// A stretch of time that a breaker spent in one state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Band {
    /// Since when. It lasts until the next one begins.
    pub from: SimTime,
    /// The state; none: the breaker was switched off.
    pub state: Option<State>,
    /// The transition; none at the start.
    pub event: Option<EventId>,
}

/// A stretch of time during which something was broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bar {
    /// The intervention that began it.
    pub intervention: usize,
    /// Since when.
    pub from: SimTime,
    /// Until when.
    pub to: SimTime,
}

/// A request at a glance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RequestRow {
    /// The event with which it began.
    pub first: EventId,
    /// The event that was the last news of it, late answers included.
    pub last: EventId,
    /// When its client had its outcome; none: not within the run.
    pub over: Option<SimTime>,
    /// Whether that was a success.
    pub succeeded: bool,
    /// Whether any attempt was a second one, at any line.
    pub retried: bool,
    /// Whether a breaker refused an attempt.
    pub rejected: bool,
    /// Whether one of its attempts was a breaker's probe.
    pub probe: bool,
    /// Whether it was answered from an idempotency store.
    pub replayed: bool,
    /// How often it was charged.
    pub charges: u8,
    /// Whether somebody sent it by hand.
    pub by_hand: bool,
}

impl Index {
    /// The index of a log. What it has in common with one that is `known` is held together with it.
    pub(super) fn of(
        experiment: &Experiment,
        log: &Log,
        end: SimTime,
        known: Option<&Self>,
    ) -> Self {
        let horizon = experiment.scenario.horizon.nanos();
        let bucket = (horizon.div_ceil(BUCKETS)).max(1);
        let buckets = horizon.div_ceil(bucket) as usize + 1;
        let band = |edge: &crate::scenario::Edge| match edge.policy.breaker_enabled {
            true => vec![Band { from: SimTime::ZERO, state: Some(State::Closed), event: None }],
            false => Vec::new(),
        };
        let mut draft = Draft {
            bands: experiment.scenario.edges.iter().map(band).collect(),
            bars: Vec::new(),
            bucket: SimDuration::from_nanos(bucket),
            fresh: vec![0; buckets],
            retries: vec![0; buckets],
            requests: Vec::with_capacity(log.length().requests as usize),
        };
        let owners = owners(log);
        for event in log.events_from(0) {
            draft.take(experiment, log, &owners, event, end);
        }
        let Draft { bands, bars, bucket, fresh, retries, requests } = draft;
        Self {
            bands,
            bars,
            bucket,
            fresh: Shared::of(&fresh, known.map(|known| &known.fresh)),
            retries: Shared::of(&retries, known.map(|known| &known.retries)),
            requests: Shared::of(&requests, known.map(|known| &known.requests)),
        }
    }

    /// The request rows with their numbers.
    pub fn rows(&self) -> impl Iterator<Item = (RequestId, &RequestRow)> {
        (0u32..).zip(self.requests.iter())
    }

    /// Where its parts are held, and how many bytes each takes.
    pub(super) fn blocks(&self) -> Vec<(usize, usize)> {
        let small = self.bands.iter().map(|bands| bands.capacity() * size_of::<Band>());
        let small = small.sum::<usize>() + self.bars.capacity() * size_of::<Bar>();
        let own = (std::ptr::from_ref(self).addr(), small);
        let counts = self.fresh.blocks().chain(self.retries.blocks());
        counts.chain(self.requests.blocks()).chain([own]).collect()
    }

    /// The state of a breaker at an instant, with the transition into it.
    #[must_use]
    pub fn band_at(&self, edge: usize, at: SimTime) -> Option<&Band> {
        let bands = self.bands.get(edge)?;
        let next = bands.partition_point(|band| band.from <= at);
        bands.get(next.checked_sub(1)?)
    }
}

/// An index in the making.
struct Draft {
    bands: Vec<Vec<Band>>,
    bars: Vec<Bar>,
    bucket: SimDuration,
    fresh: Vec<u16>,
    retries: Vec<u16>,
    requests: Vec<RequestRow>,
}

impl Draft {
    fn take(
        &mut self,
        experiment: &Experiment,
        log: &Log,
        owners: &[RequestId],
        event: Event,
        end: SimTime,
    ) {
        let bucket = (event.at.nanos() / self.bucket.nanos().max(1)) as usize;
        match event.kind {
            Kind::Intervention => self.intervention(experiment, event, end),
            Kind::FaultEnded => self.end_bar(event.subject as usize, event.at),
            Kind::Breaker => {
                let (state, ..) = unpack_transition(event.payload);
                let band = Band { from: event.at, state: Some(state), event: Some(event.id) };
                self.bands[event.subject as usize].push(band);
            }
            Kind::Arrived => {
                count(&mut self.fresh, bucket);
                self.requests.push(RequestRow {
                    first: event.id,
                    last: event.id,
                    over: None,
                    succeeded: false,
                    retried: false,
                    rejected: false,
                    probe: false,
                    replayed: false,
                    charges: 0,
                    by_hand: log.request(event.subject).by_hand(),
                });
            }
            _ => {
                let request = owners[event.subject as usize];
                self.span_event(experiment, log, event, request, bucket);
            }
        }
    }

    fn span_event(
        &mut self,
        experiment: &Experiment,
        log: &Log,
        event: Event,
        request: RequestId,
        bucket: usize,
    ) {
        if event.kind == Kind::ResponseLost
            && let Some(cause) = event.cause()
            && log.event(cause).kind == Kind::Intervention
        {
            self.struck(experiment, log.event(cause).subject as usize, event.at);
        }
        let Some(row) = self.requests.get_mut(request as usize) else { return };
        row.last = event.id;
        match event.kind {
            Kind::Sent => {
                let span = log.span(event.subject);
                let band = self.bands[usize::from(span.edge)].last();
                row.probe |= band.and_then(|band| band.state) == Some(State::HalfOpen);
                if span.attempt > 1 {
                    row.retried = true;
                    count(&mut self.retries, bucket);
                }
            }
            Kind::Rejected => row.rejected = true,
            Kind::Charged => row.charges = row.charges.saturating_add(1),
            Kind::Verdict => row.replayed |= event.verdict() == Verdict::Replayed,
            _ => {}
        }
        if event.is_last() && log.span(event.subject).by_client {
            row.over = Some(event.at);
            row.succeeded = event.kind == Kind::Answered && event.status().is_success();
        }
    }

    fn intervention(&mut self, experiment: &Experiment, event: Event, end: SimTime) {
        let index = event.subject as usize;
        let Some(intervention) = experiment.interventions.get(index) else { return };
        match &intervention.change {
            Change::Fault(_) => {
                self.bars.push(Bar { intervention: index, from: event.at, to: end });
            }
            Change::SetBreaker { .. } => {
                self.bars.push(Bar { intervention: index, from: event.at, to: event.at });
            }
            Change::Set { knob, value } => {
                use crate::scenario::knob::EdgeKnob;
                if let crate::scenario::Knob::Edge(edge, EdgeKnob::Breaker) = knob {
                    let state = (*value != 0.0).then_some(State::Closed);
                    let bands = &mut self.bands[usize::from(*edge)];
                    // Switching on what is on changes nothing.
                    if bands.last().is_some_and(|band| band.state.is_some()) != state.is_some() {
                        bands.push(Band { from: event.at, state, event: None });
                    }
                }
            }
            _ => {}
        }
    }

    fn end_bar(&mut self, intervention: usize, at: SimTime) {
        if let Some(bar) = self.bars.iter_mut().find(|bar| bar.intervention == intervention) {
            bar.to = at;
        }
    }

    /// A fault that strikes only once is over when it has.
    fn struck(&mut self, experiment: &Experiment, intervention: usize, at: SimTime) {
        let change = experiment.interventions.get(intervention).map(|i| &i.change);
        if let Some(Change::Fault(Fault { kind: FaultKind::LoseNextResponse, .. })) = change {
            self.end_bar(intervention, at);
        }
    }
}

/// The request of every span. A span comes after the one in whose service it was made.
fn owners(log: &Log) -> Vec<RequestId> {
    let spans = log.length().spans;
    let mut owners: Vec<RequestId> = Vec::with_capacity(spans as usize);
    for span in (0..spans).map(|id| log.span(id)) {
        owners.push(if span.by_client { span.parent } else { owners[span.parent as usize] });
    }
    owners
}

fn count(buckets: &mut [u16], bucket: usize) {
    if let Some(bucket) = buckets.get_mut(bucket) {
        *bucket = bucket.saturating_add(1);
    }
}
