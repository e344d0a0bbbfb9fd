//! A run in equal stretches of time: how many waited and were under way, what began, how it ended.

use std::ops::Range;

use super::Run;
use crate::log::{Event, EventId, Kind, RequestId, SpanId, Verdict};
use crate::scenario::{EdgeId, NodeId};
use crate::time::SimTime;

/// A gap in the log is told from a pause between two events if it takes this part of a bucket.
const GAPS_PER_BUCKET: u64 = 4;

/// What an event did beyond what its row says, in bits.
const LEFT_QUEUE: u8 = 1;
const CALL_OVER: u8 = 2;
const REQUEST_OVER: u8 = 4;
const OUTCOME: u8 = 3;

/// How a request ended for its client.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Outcome {
    /// It succeeded.
    Ok,
    /// It succeeded, and a service had answered one of its attempts from an idempotency store by
    /// then.
    Replayed,
    /// Its answer lacks a part.
    Degraded,
    /// Its last attempt failed.
    Failed,
    /// The same, because a breaker refused it or a call that was made for it.
    Rejected,
}

impl Outcome {
    /// Every outcome, the best first.
    pub const ALL: [Self; 5] =
        [Self::Ok, Self::Replayed, Self::Degraded, Self::Failed, Self::Rejected];

    /// A word for it: `ok`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Replayed => "replayed",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
        }
    }
}

/// What happened in a stretch of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Requests that began.
    pub begun: u32,
    /// Requests that ended, in the order of [`Outcome::ALL`].
    pub ended: [u32; 5],
    /// Attempts sent, over all lines.
    pub sent: u32,
    /// Those of them that were not the first at their call.
    pub again: u32,
    /// Attempts that a breaker refused.
    pub refused: u32,
    /// How often somebody was charged.
    pub charges: u32,
}

impl Counts {
    fn add(&mut self, other: &Self) {
        self.begun += other.begun;
        for (count, more) in self.ended.iter_mut().zip(other.ended) {
            *count += more;
        }
        self.sent += other.sent;
        self.again += other.again;
        self.refused += other.refused;
        self.charges += other.charges;
    }

    /// How many requests ended.
    #[must_use]
    pub fn finished(&self) -> u32 {
        self.ended.iter().sum()
    }

    /// How many of these succeeded; what is degraded did not.
    #[must_use]
    pub const fn succeeded(&self) -> u32 {
        self.ended[0] + self.ended[1]
    }

    /// How many got an answer that lacks a part.
    #[must_use]
    pub const fn degraded(&self) -> u32 {
        self.ended[2]
    }

    fn event(&mut self, event: &Event, again: bool, flags: u8) {
        match event.kind {
            Kind::Arrived => self.begun += 1,
            Kind::Sent => {
                self.sent += 1;
                self.again += u32::from(again);
            }
            Kind::Rejected => self.refused += 1,
            Kind::Charged => self.charges += 1,
            _ => {}
        }
        if flags & REQUEST_OVER != 0 {
            self.ended[usize::from(flags >> OUTCOME)] += 1;
        }
    }
}

/// Something of which there is more or less.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gauge {
    /// Requests that have begun and not ended.
    Requests,
    /// Attempts over a line for which a caller waits.
    Line(EdgeId),
    /// Those who wait for a worker of a service.
    Queue(NodeId),
}

/// How much there was of something.
#[derive(Clone, Debug, Default)]
struct Level {
    now: u32,
    /// By bucket: the most, and how much was left in the end.
    most: Vec<u32>,
    last: Vec<u32>,
    /// By bucket: how often it grew.
    grown: Vec<u32>,
}

/// A run in equal stretches of time.
#[derive(Clone, Debug)]
pub struct Flow {
    bucket: u64,
    lines: usize,
    /// How many events are in it.
    taken: EventId,
    counts: Vec<Counts>,
    /// All requests, then the lines, then the queues of the nodes.
    levels: Vec<Level>,
    /// By event: what it did.
    flags: Vec<u8>,
    /// Calls that ended because their caller crashed, with the event and the line.
    abandoned: Vec<(EventId, EdgeId)>,
    ended: Vec<RequestId>,
    idle: Vec<(SimTime, SimTime)>,
    queued: Marks,
    calling: Marks,
    replayed: Marks,
    /// Attempts of clients for which a breaker refused something.
    refused: Marks,
}

/// A part of a run in columns of equal length.
#[derive(Clone, PartialEq, Debug)]
pub struct Columns {
    /// How long a column is, in nanoseconds.
    pub step: u64,
    /// Which one is the first: it begins this many steps after the start of the run.
    pub first: u64,
    /// What happened in each.
    pub counts: Vec<Counts>,
    lines: usize,
    most: Vec<Vec<u32>>,
}

impl Columns {
    /// The most there ever was in each column.
    #[must_use]
    pub fn most(&self, of: Gauge) -> &[u32] {
        self.most.get(place(of, self.lines)).map_or(&[], Vec::as_slice)
    }

    /// When a column begins.
    #[must_use]
    pub fn begin(&self, column: usize) -> SimTime {
        SimTime::from_nanos((self.first + column as u64).saturating_mul(self.step))
    }
}

const fn place(of: Gauge, lines: usize) -> usize {
    match of {
        Gauge::Requests => 0,
        Gauge::Line(edge) => 1 + edge as usize,
        Gauge::Queue(node) => 1 + lines + node as usize,
    }
}

/// A set of numbers.
#[derive(Clone, Debug, Default)]
struct Marks(Vec<u64>);

impl Marks {
    fn set(&mut self, number: u32) {
        let place = number as usize / 64;
        if self.0.len() <= place {
            self.0.resize(place + 1, 0);
        }
        self.0[place] |= 1 << (number % 64);
    }

    fn has(&self, number: u32) -> bool {
        self.0.get(number as usize / 64).is_some_and(|bits| bits >> (number % 64) & 1 == 1)
    }

    /// Whether it was there.
    fn take(&mut self, number: u32) -> bool {
        let had = self.has(number);
        if had {
            self.0[number as usize / 64] &= !(1 << (number % 64));
        }
        had
    }

    /// The first one from `number` on.
    fn next(&self, number: u32) -> Option<u32> {
        let mut place = number as usize / 64;
        let mut bits = self.0.get(place)? & (u64::MAX << (number % 64));
        while bits == 0 {
            place += 1;
            bits = *self.0.get(place)?;
        }
        Some(place as u32 * 64 + bits.trailing_zeros())
    }
}

impl Flow {
    /// Of a run, as far as it has come.
    pub(super) fn of(run: &Run) -> Self {
        let scenario = &run.experiment().scenario;
        let lines = scenario.edges.len();
        let mut flow = Self {
            bucket: run.index().bucket.nanos().max(1),
            lines,
            taken: 0,
            counts: Vec::new(),
            levels: vec![Level::default(); 1 + lines + scenario.nodes.len()],
            flags: Vec::new(),
            abandoned: Vec::new(),
            ended: Vec::new(),
            idle: Vec::new(),
            queued: Marks::default(),
            calling: Marks::default(),
            replayed: Marks::default(),
            refused: Marks::default(),
        };
        flow.go_on(run);
        flow
    }

    /// Takes in what a run of the same experiment has more than the one before.
    pub(super) fn go_on(&mut self, run: &Run) {
        let log = run.log();
        let (first, last) = (self.taken, log.len());
        self.flags.reserve_exact((last - first) as usize);
        let mut before = first.checked_sub(1).map_or(SimTime::ZERO, |event| log.at(event));
        log.each(first, last, |event| {
            if self.levels[0].now == 0
                && event.at.since(before).nanos() >= self.bucket / GAPS_PER_BUCKET
            {
                self.idle.push((before, event.at));
            }
            before = event.at;
            self.take(run, &event);
        });
        self.taken = last;
        self.grow((run.end().nanos() / self.bucket) as usize);
    }

    /// How many events are in it.
    pub(super) const fn taken(&self) -> EventId {
        self.taken
    }

    /// Makes room up to a bucket, in which nothing has happened yet.
    fn grow(&mut self, bucket: usize) {
        let count = bucket + 1;
        if self.counts.len() >= count {
            return;
        }
        self.counts.resize(count, Counts::default());
        for level in &mut self.levels {
            level.most.resize(count, level.now);
            level.last.resize(count, level.now);
            level.grown.resize(count, 0);
        }
    }

    fn take(&mut self, run: &Run, event: &Event) {
        let bucket = (event.at.nanos() / self.bucket) as usize;
        self.grow(bucket);
        let log = run.log();
        let mut flags = 0;
        let mut again = false;
        if let Some(span) = event.span() {
            let call = log.span(span);
            if event.kind == Kind::Sent {
                again = call.attempt > 1;
                self.calling.set(span);
            }
            let decided = event.kind != Kind::Verdict || !event.verdict().is_after_work();
            match event.kind {
                Kind::Queued => self.queued.set(span),
                Kind::Started
                | Kind::Verdict
                | Kind::Responded
                | Kind::WorkLost
                | Kind::Cancelled
                    if decided =>
                {
                    flags |= LEFT_QUEUE * u8::from(self.queued.take(span));
                }
                Kind::Answered | Kind::TimedOut | Kind::Overtaken => {
                    flags |= CALL_OVER * u8::from(self.calling.take(span));
                }
                _ => {}
            }
            match event.kind {
                Kind::Verdict if event.verdict() == Verdict::Replayed => {
                    self.replayed.set(log.request_of(span));
                }
                Kind::WorkLost | Kind::Cancelled => self.abandon(run, event.id, span),
                Kind::Rejected => self.refused.set(attempt_of(run, span)),
                _ => {}
            }
            if event.is_last() && call.by_client {
                let outcome = match event.gives_answer() {
                    true if event.status().is_degraded() => Outcome::Degraded,
                    true if self.replayed.has(call.parent) => Outcome::Replayed,
                    true => Outcome::Ok,
                    false if self.refused.has(span) => Outcome::Rejected,
                    false => Outcome::Failed,
                };
                flags |= REQUEST_OVER | (outcome as u8) << OUTCOME;
                self.ended.push(call.parent);
            }
        }
        self.flags.push(flags);
        self.counts[bucket].event(event, again, flags);
        let (levels, lines) = (&mut self.levels, self.lines);
        let since = self.abandoned.partition_point(|(id, _)| *id < event.id);
        changes(run, event, flags, &self.abandoned[since..], |gauge, more| {
            let level = &mut levels[place(gauge, lines)];
            if more {
                level.now += 1;
                level.grown[bucket] += 1;
                level.most[bucket] = level.most[bucket].max(level.now);
            } else {
                level.now = level.now.saturating_sub(1);
            }
            level.last[bucket] = level.now;
        });
    }

    /// Nobody waits any longer for the calls that this span has made.
    fn abandon(&mut self, run: &Run, event: EventId, parent: SpanId) {
        let mut next = self.calling.next(parent + 1);
        while let Some(span) = next {
            let call = run.log().span(span);
            if !call.by_client && call.parent == parent {
                self.calling.take(span);
                self.abandoned.push((event, call.edge));
            }
            next = self.calling.next(span + 1);
        }
    }

    /// The requests that ended between two instants, both included, in the order in which they did.
    #[must_use]
    pub fn ended(&self, run: &Run, from: SimTime, to: SimTime) -> &[RequestId] {
        let rows = &run.index().requests;
        let over = |request: &RequestId| rows.get(*request as usize).and_then(|row| row.over);
        let until = |such: fn(SimTime, SimTime) -> bool, at: SimTime| {
            self.ended.partition_point(|request| over(request).is_some_and(|over| such(over, at)))
        };
        let (first, last) = (until(|a, b| a < b, from), until(|a, b| a <= b, to));
        &self.ended[first..last.max(first)]
    }

    /// The stretches of time in which nobody wanted anything and nothing happened, those that are
    /// long enough to be seen in the whole run.
    pub fn idle(&self, run: &Run) -> impl Iterator<Item = (SimTime, SimTime)> {
        let last = run.log().len().checked_sub(1);
        let last = last.map_or(SimTime::ZERO, |event| run.log().at(event));
        let rest = (last, run.end());
        let rest = Some(rest).filter(|(from, to)| self.levels[0].now == 0 && from < to);
        self.idle.iter().copied().chain(rest)
    }

    /// What happened between two instants, both included.
    #[must_use]
    pub fn counts(&self, run: &Run, from: SimTime, to: SimTime) -> Counts {
        let (buckets, events) = self.spread(run, from, to);
        let mut counts = Counts::default();
        self.counts[buckets].iter().for_each(|bucket| counts.add(bucket));
        for event in events.into_iter().flatten().map(|id| run.log().event(id)) {
            counts.event(&event, is_again(run, &event), self.flags[event.id as usize]);
        }
        counts
    }

    /// How many attempts were sent over each line between two instants, both included.
    #[must_use]
    pub fn sent(&self, run: &Run, from: SimTime, to: SimTime) -> Vec<u32> {
        let (buckets, events) = self.spread(run, from, to);
        let lines = &self.levels[1..=self.lines];
        let whole = lines.iter().map(|line| line.grown[buckets.clone()].iter().sum());
        let mut sent: Vec<u32> = whole.collect();
        for event in events.into_iter().flatten().map(|id| run.log().event(id)) {
            if event.kind == Kind::Sent {
                sent[usize::from(run.log().span(event.subject).edge)] += 1;
            }
        }
        sent
    }

    /// The buckets that lie between two instants, and the events beside these that do as well.
    fn spread(&self, run: &Run, from: SimTime, to: SimTime) -> (Range<usize>, [Range<EventId>; 2]) {
        let until = |nanos: u64| {
            let last = nanos.checked_sub(1).map(SimTime::from_nanos);
            last.map_or(0, |last| run.log().count_until(last).min(self.taken))
        };
        let (from, to) = (from.nanos(), to.nanos().saturating_add(1).max(from.nanos()));
        let known = self.counts.len() as u64;
        let (first, last) = (from.div_ceil(self.bucket).min(known), (to / self.bucket).min(known));
        if first >= last {
            return (0..0, [until(from)..until(to), 0..0]);
        }
        let whole = (until(first * self.bucket), until(last * self.bucket));
        (first as usize..last as usize, [until(from)..whole.0, whole.1..until(to)])
    }

    /// The shortest length of columns that is not shorter than `least` nanoseconds.
    #[must_use]
    pub fn step(&self, least: u64) -> u64 {
        match least.max(1) {
            least if least > self.bucket / 2 => least.div_ceil(self.bucket) * self.bucket,
            least => least,
        }
    }

    /// Columns of a [step](Self::step), as far as the run has come.
    #[must_use]
    pub fn columns(&self, run: &Run, step: u64, first: u64, last: u64) -> Columns {
        let last = last.min(run.end().nanos() / step + 1).max(first);
        let count = (last - first) as usize;
        let mut columns = Columns {
            step,
            first,
            counts: vec![Counts::default(); count],
            lines: self.lines,
            most: vec![vec![0; count]; self.levels.len()],
        };
        if step.is_multiple_of(self.bucket) {
            self.sum_up(&mut columns);
        } else {
            self.walk(run, &mut columns);
        }
        columns
    }

    /// Columns of whole buckets.
    fn sum_up(&self, columns: &mut Columns) {
        let (per_column, known) = ((columns.step / self.bucket) as usize, self.counts.len());
        for column in 0..columns.counts.len() {
            let from = ((columns.first as usize + column) * per_column).min(known);
            let to = (from + per_column).min(known);
            self.counts[from..to].iter().for_each(|bucket| columns.counts[column].add(bucket));
            for (most, level) in columns.most.iter_mut().zip(&self.levels) {
                most[column] = level.most[from..to].iter().copied().max().unwrap_or(0);
            }
        }
    }

    /// Columns that are shorter than a bucket: event by event.
    fn walk(&self, run: &Run, columns: &mut Columns) {
        let (log, step, first) = (run.log(), columns.step, columns.first);
        let begin = first.saturating_mul(step);
        let end = begin.saturating_add(step.saturating_mul(columns.counts.len() as u64));
        // Levels are known at the end of each bucket.
        let bucket = (begin / self.bucket) as usize;
        let before = bucket.checked_sub(1);
        let start = |level: &Level| before.and_then(|before| level.last.get(before)).copied();
        let mut now: Vec<u32> = self.levels.iter().map(|level| start(level).unwrap_or(0)).collect();
        let until = |nanos: u64| {
            let last = nanos.checked_sub(1).map(SimTime::from_nanos);
            last.map_or(0, |last| log.count_until(last).min(self.taken))
        };
        let (from, to) = (until(bucket as u64 * self.bucket), until(end));
        let mut reached = 0;
        let mut lost = self.abandoned.partition_point(|(id, _)| *id < from);
        for event in (from..to).map(|id| log.event(id)) {
            let column = event.at.nanos().checked_sub(begin).map(|since| (since / step) as usize);
            if let Some(column) = column {
                // Nothing has changed since the last event.
                while reached <= column {
                    columns.most.iter_mut().zip(&now).for_each(|(most, now)| most[reached] = *now);
                    reached += 1;
                }
                let flags = self.flags[event.id as usize];
                columns.counts[column].event(&event, is_again(run, &event), flags);
            }
            let abandoned = &self.abandoned[lost..];
            lost += abandoned.iter().take_while(|(id, _)| *id == event.id).count();
            let flags = self.flags[event.id as usize];
            changes(run, &event, flags, abandoned, |gauge, more| {
                let place = place(gauge, self.lines);
                now[place] = if more { now[place] + 1 } else { now[place].saturating_sub(1) };
                if let Some(column) = column {
                    columns.most[place][column] = columns.most[place][column].max(now[place]);
                }
            });
        }
        for column in reached..columns.counts.len() {
            columns.most.iter_mut().zip(&now).for_each(|(most, now)| most[column] = *now);
        }
    }
}

fn is_again(run: &Run, event: &Event) -> bool {
    event.kind == Kind::Sent && run.log().span(event.subject).attempt > 1
}

/// What an event makes more or less of. The calls that it ended by a crash come first in
/// `abandoned`.
fn changes(
    run: &Run,
    event: &Event,
    flags: u8,
    abandoned: &[(EventId, EdgeId)],
    mut change: impl FnMut(Gauge, bool),
) {
    let line = |span: SpanId| run.log().span(span).edge;
    match event.kind {
        Kind::Arrived => change(Gauge::Requests, true),
        Kind::Sent => change(Gauge::Line(line(event.subject)), true),
        Kind::Queued => change(Gauge::Queue(node(run, line(event.subject))), true),
        _ => {}
    }
    if flags & LEFT_QUEUE != 0 {
        change(Gauge::Queue(node(run, line(event.subject))), false);
    }
    if flags & CALL_OVER != 0 {
        change(Gauge::Line(line(event.subject)), false);
    }
    if flags & REQUEST_OVER != 0 {
        change(Gauge::Requests, false);
    }
    for (_, edge) in abandoned.iter().take_while(|(id, _)| *id == event.id) {
        change(Gauge::Line(*edge), false);
    }
}

/// The attempt of a client for which a call was made.
fn attempt_of(run: &Run, mut span: SpanId) -> SpanId {
    loop {
        let call = run.log().span(span);
        if call.by_client {
            return span;
        }
        span = call.parent;
    }
}

/// The service at the far end of a line.
fn node(run: &Run, edge: EdgeId) -> NodeId {
    run.experiment().scenario.edge(edge).map_or(0, |edge| edge.to)
}
