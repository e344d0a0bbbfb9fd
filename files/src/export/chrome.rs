//! Chrome's trace events, for Perfetto: a process for each node, with its requests, workers, queue
//! and breakers as threads, on none of which two slices overlap; flows from an attempt to the work
//! on it; counters. Times are microseconds since the start of the run.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io::{self, Write};

use half_open::log::{Event, EventId, Kind, unpack_transition};
use half_open::run::ids;
use half_open::scenario::{Change, EdgeId, Fault, NodeId, Target};
use half_open::time::SimTime;
use serde::Serialize;
use serde_json::{Value, json};

use super::facts::{Attempt, End, Facts, Outcome};
use super::lanes::Lanes;
use super::spans::SCOPE;
use super::{Pieces, json as write_json, words};

/// How many events of the log make a piece.
const PIECE: u32 = 512;

pub(super) struct Chrome {
    next: EventId,
    /// Whether anything was written.
    begun: bool,
    tracks: BTreeMap<(NodeId, What), Track>,
    /// Until when the latest inner slice of each thread lasts.
    inner: Vec<SimTime>,
    /// The thread of each request, and of the work on each attempt, once it has one.
    requests: Vec<Option<Thread>>,
    works: Vec<Option<Thread>>,
    /// What is counted at each node.
    counts: BTreeMap<(NodeId, Gauge), i32>,
    /// What will be over, and when.
    ending: BinaryHeap<Reverse<(SimTime, NodeId, Gauge)>>,
}

/// What a thread shows. They are sorted in this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Fault,
    Breaker(EdgeId),
    Request,
    Worker,
    Queue,
    /// Attempts that overlap with others of the same caller.
    Call,
}

/// Threads that show the same, and who is on which.
#[derive(Default)]
struct Track {
    lanes: Lanes,
    threads: Vec<Thread>,
}

#[derive(Clone, Copy)]
struct Thread {
    pid: u32,
    tid: u32,
}

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gauge {
    InFlight,
    Waiting,
    Working,
}

impl Gauge {
    const fn name(self) -> &'static str {
        match self {
            Self::InFlight => "in flight",
            Self::Waiting => "waiting",
            Self::Working => "working",
        }
    }
}

/// A trace event.
#[derive(Serialize)]
struct Written<'a> {
    ph: &'static str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'a str>,
    pid: u32,
    tid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<f64>,
    /// An arrow leaves one slice and comes to the other that names the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    bind_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow_out: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow_in: Option<bool>,
    /// How far an instant reaches: `t` for its thread, `p` for its process.
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'static str>,
    #[serde(skip_serializing_if = "Value::is_null")]
    args: Value,
}

impl<'a> Written<'a> {
    const fn new(ph: &'static str, name: &'a str, thread: Thread) -> Self {
        let Thread { pid, tid } = thread;
        let args = Value::Null;
        Self {
            ph,
            name,
            cat: None,
            pid,
            tid,
            ts: None,
            dur: None,
            bind_id: None,
            flow_out: None,
            flow_in: None,
            s: None,
            args,
        }
    }

    /// A slice, or an instant where it takes no time.
    fn slice(name: &'a str, cat: &'a str, thread: Thread, from: SimTime, until: SimTime) -> Self {
        if from == until {
            return Self::instant(name, cat, "t", thread).at(from);
        }
        let dur = Some(until.since(from).nanos() as f64 / 1e3);
        Self { cat: Some(cat), dur, ..Self::new("X", name, thread) }.at(from)
    }

    fn instant(name: &'a str, cat: &'a str, reach: &'static str, thread: Thread) -> Self {
        Self { s: Some(reach), cat: Some(cat), ..Self::new("i", name, thread) }
    }

    fn at(self, at: SimTime) -> Self {
        Self { ts: Some(micros(at)), ..self }
    }

    fn with(self, args: Value) -> Self {
        Self { args, ..self }
    }
}

/// Exact: a day has fewer nanoseconds than a double has whole numbers.
fn micros(at: SimTime) -> f64 {
    at.nanos() as f64 / 1e3
}

impl Pieces for Chrome {
    fn write(&mut self, facts: &Facts, out: &mut dyn Write) -> io::Result<bool> {
        if !self.begun {
            self.begin(facts, out)?;
        }
        let log = facts.run.log();
        let end = self.next.saturating_add(PIECE).min(log.len());
        for event in (self.next..end).map(|id| log.event(id)) {
            self.count_until(event.at, out)?;
            self.take(facts, event, out)?;
        }
        self.next = end;
        if end < log.len() {
            return Ok(true);
        }
        self.count_until(facts.run.end(), out)?;
        writeln!(out, "\n]}}")?;
        Ok(false)
    }
}

impl Chrome {
    pub(super) fn new(facts: &Facts) -> Self {
        let length = facts.run.log().length();
        Self {
            next: 0,
            begun: false,
            tracks: BTreeMap::new(),
            inner: Vec::new(),
            requests: vec![None; length.requests as usize],
            works: vec![None; length.spans as usize],
            counts: BTreeMap::new(),
            ending: BinaryHeap::new(),
        }
    }

    fn begin(&mut self, facts: &Facts, out: &mut dyn Write) -> io::Result<()> {
        let (scenario, experiment) = (facts.scenario(), facts.run.experiment());
        let about = json!({
            "generator": format!("{} {}", SCOPE.0, SCOPE.1),
            "scenario": scenario.name,
            "seed": experiment.seed,
        });
        write!(out, "{{\"displayTimeUnit\":\"ms\",\"otherData\":{about},\"traceEvents\":[")?;
        for (node, place) in (0u8..).zip(&scenario.nodes) {
            let process = Thread { pid: pid(node), tid: 0 };
            let name = Written::new("M", "process_name", process);
            self.emit(out, name.with(json!({ "name": place.name })))?;
            let order = Written::new("M", "process_sort_index", process);
            self.emit(out, order.with(json!({ "sort_index": node })))?;
        }
        for bar in &facts.run.index().bars {
            let change = experiment.interventions.get(bar.intervention).map(|i| &i.change);
            let Some(fault) = change.and_then(Change::fault) else { continue };
            let node = struck(facts, fault);
            let thread = self.thread(facts, (node, What::Fault), (bar.from, bar.to), out)?;
            let label = fault_label(facts, fault);
            self.emit(out, Written::slice(&label, "fault", thread, bar.from, bar.to))?;
        }
        for (edge, bands) in (0u8..).zip(&facts.run.index().bands) {
            let ends = bands.iter().skip(1).map(|band| band.from).chain([facts.run.end()]);
            for (band, end) in bands.iter().zip(ends) {
                let Some(state) = band.state.filter(|_| band.from < end) else { continue };
                let track = (facts.ends(edge).0, What::Breaker(edge));
                let thread = self.thread(facts, track, (band.from, end), out)?;
                self.emit(out, Written::slice(state.name(), "breaker", thread, band.from, end))?;
            }
        }
        // Of breakers that clients have for themselves there are too many for a track each.
        for (edge, steps) in (0u8..).zip(&facts.run.index().crowds) {
            let name = format!("breakers {}", facts.scenario().edge_name(edge));
            let process = Thread { pid: pid(facts.ends(edge).0), tid: 0 };
            for step in steps {
                let crowd = step.crowd.unwrap_or_default();
                let value = json!({ "open": crowd.open, "half_open": crowd.half_open });
                self.emit(out, Written::new("C", &name, process).at(step.from).with(value))?;
            }
        }
        Ok(())
    }

    fn emit(&mut self, out: &mut dyn Write, event: Written) -> io::Result<()> {
        write!(out, "{}", if self.begun { ",\n" } else { "\n" })?;
        self.begun = true;
        write_json(out, &event)
    }

    /// A thread of a track that nothing is on for so long.
    fn thread(
        &mut self,
        facts: &Facts,
        place: (NodeId, What),
        (from, until): (SimTime, SimTime),
        out: &mut dyn Write,
    ) -> io::Result<Thread> {
        let track = self.tracks.entry(place).or_default();
        let lane = track.lanes.take(from, until);
        if let Some(thread) = track.threads.get(lane) {
            return Ok(*thread);
        }
        let (node, what) = place;
        self.inner.push(SimTime::ZERO);
        // Of no two processes the same, and never that of a process.
        let tid = facts.scenario().nodes.len() as u32 + self.inner.len() as u32;
        let thread = Thread { pid: pid(node), tid };
        track.threads.push(thread);
        let number = lane + 1;
        let name = match what {
            What::Fault => format!("fault {number}"),
            What::Breaker(edge) => format!("breaker {}", facts.scenario().edge_name(edge)),
            What::Request => format!("request {number}"),
            What::Worker => format!("worker {number}"),
            What::Queue => format!("queue {number}"),
            What::Call => format!("call {number}"),
        };
        let named = Written::new("M", "thread_name", thread);
        self.emit(out, named.with(json!({ "name": name })))?;
        let order = Written::new("M", "thread_sort_index", thread);
        self.emit(out, order.with(json!({ "sort_index": what.rank() + number as u64 })))?;
        Ok(thread)
    }

    fn take(&mut self, facts: &Facts, event: Event, out: &mut dyn Write) -> io::Result<()> {
        match event.kind {
            Kind::Intervention | Kind::FaultEnded => self.fault(facts, event, out),
            Kind::Breaker => self.breaker(facts, event, out),
            Kind::Arrived => self.request(facts, event, out),
            Kind::Held | Kind::Sent | Kind::Duplicated | Kind::Rejected => {
                self.attempt(facts, event, out)
            }
            Kind::Queued | Kind::QueueFull | Kind::Started | Kind::Verdict | Kind::Responded => {
                self.service(facts, event, out)
            }
            // What else happens to an attempt is said where its slices begin.
            Kind::RequestLost
            | Kind::ResponseLost
            | Kind::Charged
            | Kind::Shed
            | Kind::WorkLost
            | Kind::Cancelled
            | Kind::Hedged
            | Kind::Overtaken
            | Kind::FellBack
            | Kind::Picked
            | Kind::Answered
            | Kind::AnsweredLate
            | Kind::TimedOut
            | Kind::BackedOff
            | Kind::Denied => Ok(()),
        }
    }

    fn fault(&mut self, facts: &Facts, event: Event, out: &mut dyn Write) -> io::Result<()> {
        let intervention = facts.run.experiment().interventions.get(event.subject as usize);
        let change = intervention.map(|i| &i.change);
        let Some(fault) = change.and_then(Change::fault) else { return Ok(()) };
        let process = Thread { pid: pid(struck(facts, fault)), tid: 0 };
        let verb = if event.kind == Kind::Intervention { "begins" } else { "is over" };
        let name = format!("{} {verb}", fault_label(facts, fault));
        let instant = Written::instant(&name, "fault", "p", process);
        self.emit(out, instant.at(event.at))
    }

    fn breaker(&mut self, facts: &Facts, event: Event, out: &mut dyn Write) -> io::Result<()> {
        let (edge, _) = event.breaker();
        let track = self.tracks.get(&(facts.ends(edge).0, What::Breaker(edge)));
        let Some(thread) = track.and_then(|track| track.threads.first().copied()) else {
            return Ok(());
        };
        let (to, reason, calls, bad) = unpack_transition(event.payload);
        let instant = Written::instant(to.name(), "breaker", "t", thread);
        let args = json!({ "reason": reason.name(), "calls": calls, "failures": bad });
        self.emit(out, instant.at(event.at).with(args))
    }

    fn request(&mut self, facts: &Facts, event: Event, out: &mut dyn Write) -> io::Result<()> {
        let (run, request) = (&facts.run, event.subject);
        let row = run.index().requests[request as usize];
        let edge = ids::first_edge(run, request);
        let node = facts.ends(edge).0;
        let until = row.over.unwrap_or_else(|| run.end());
        let cat = match (row.over, row.succeeded) {
            (None, _) => "request,unfinished",
            _ if row.degraded => "request,degraded",
            (_, true) => "request,succeeded",
            (_, false) => "request,failed",
        };
        let thread = self.thread(facts, (node, What::Request), (event.at, until), out)?;
        self.requests[request as usize] = Some(thread);
        let who = run.log().request(request);
        let trace = ids::trace_id(run.experiment().seed, who, edge);
        let args = json!({
            "request": ids::short_id(run, request),
            "client": who.client,
            "charged": row.charges,
            "trace": format!("{trace:032x}"),
        });
        self.emit(out, Written::slice("request", cat, thread, event.at, until).with(args))?;
        self.count(node, Gauge::InFlight, (event.at, until), out)
    }

    fn attempt(&mut self, facts: &Facts, event: Event, out: &mut dyn Write) -> io::Result<()> {
        let Some(attempt) = facts.attempt(event.subject) else { return Ok(()) };
        // One that was held back began with that.
        if attempt.held.is_some() && event.kind == Kind::Sent {
            return Ok(());
        }
        let row = attempt.row;
        let (from, to) = facts.ends(row.edge);
        let parent = row.parent as usize;
        let (outer, outer_end) = if row.by_client {
            let over = facts.run.index().requests[parent].over;
            (self.requests[parent], over)
        } else {
            let outer = facts.attempt(row.parent).and_then(|attempt| attempt.work);
            (self.works[parent], outer.map(|work| work.over))
        };
        let outer_end = outer_end.unwrap_or_else(|| facts.run.end());
        let waits = attempt.backoff.map(|wait| (attempt.over + wait).min(outer_end));
        let until = waits.unwrap_or(attempt.over);
        let inner = |thread: &Thread| self.inner[thread_index(facts, *thread)] <= attempt.began;
        let thread = match outer.filter(inner) {
            Some(thread) => thread,
            None => self.thread(facts, (from, What::Call), (attempt.began, until), out)?,
        };
        self.inner[thread_index(facts, thread)] = until;
        let name = format!("attempt at {}", facts.scenario().node_name(to));
        let cat = format!("attempt,{}", words::outcome(attempt.outcome));
        let slice = Written::slice(&name, &cat, thread, attempt.began, attempt.over);
        let leaves = arrow(&attempt);
        let slice = Written { flow_out: leaves.as_ref().map(|_| true), bind_id: leaves, ..slice };
        self.emit(out, slice.with(about(&attempt)))?;
        if let Some(until) = waits {
            self.emit(out, Written::slice("backoff", "backoff", thread, attempt.over, until))?;
        }
        Ok(())
    }

    fn service(&mut self, facts: &Facts, event: Event, out: &mut dyn Write) -> io::Result<()> {
        let Some(attempt) = facts.attempt(event.subject) else { return Ok(()) };
        let Some(work) = attempt.work else { return Ok(()) };
        let node = facts.ends(attempt.row.edge).1;
        if event.kind == Kind::Queued {
            let until = work.began.unwrap_or(work.over);
            let thread = self.thread(facts, (node, What::Queue), (event.at, until), out)?;
            self.emit(out, Written::slice("waiting", "queue", thread, event.at, until))?;
            return self.count(node, Gauge::Waiting, (event.at, until), out);
        }
        let place = event.subject as usize;
        let Some(began) = work.began else {
            if event.kind == Kind::Responded {
                let name = match work.shed {
                    Some(_) => "shed",
                    None if work.queue_full => "queue full",
                    None => "refused",
                };
                let process = Thread { pid: pid(node), tid: 0 };
                let instant = Written::instant(name, "queue", "p", process);
                self.emit(out, instant.at(event.at))?;
            }
            return Ok(());
        };
        if self.works[place].is_some() {
            return Ok(());
        }
        let thread = self.thread(facts, (node, What::Worker), (began, work.over), out)?;
        self.works[place] = Some(thread);
        let cat = match work.end {
            End::Responded(status) if status.is_success() => "work,succeeded",
            End::Responded(_) => "work,failed",
            End::Lost => "work,lost",
            End::Unfinished => "work,unfinished",
        };
        let verdict = work.verdict.map(|(_, verdict, _)| words::verdict(verdict));
        let orphaned = (attempt.over < work.over).then(|| work.over.since(attempt.over).millis());
        let args = json!({ "verdict": verdict, "orphaned_ms": orphaned, "charged": work.charged.map(|_| true) });
        let slice = Written::slice("work", cat, thread, began, work.over);
        let comes = arrow(&attempt);
        let slice = Written { flow_in: comes.as_ref().map(|_| true), bind_id: comes, ..slice };
        self.emit(out, slice.with(without_nulls(args)))?;
        self.count(node, Gauge::Working, (began, work.over), out)
    }

    /// One more for so long.
    fn count(
        &mut self,
        node: NodeId,
        gauge: Gauge,
        (from, until): (SimTime, SimTime),
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if until > from {
            self.ending.push(Reverse((until, node, gauge)));
            self.step(node, gauge, from, 1, out)?;
        }
        Ok(())
    }

    /// Counts what is over by then.
    fn count_until(&mut self, at: SimTime, out: &mut dyn Write) -> io::Result<()> {
        while let Some(Reverse((end, node, gauge))) = self.ending.peek().copied()
            && end <= at
        {
            self.ending.pop();
            self.step(node, gauge, end, -1, out)?;
        }
        Ok(())
    }

    fn step(
        &mut self,
        node: NodeId,
        gauge: Gauge,
        at: SimTime,
        by: i32,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let count = self.counts.entry((node, gauge)).or_default();
        *count += by;
        let value = json!({ "requests": *count });
        let process = Thread { pid: pid(node), tid: 0 };
        self.emit(out, Written::new("C", gauge.name(), process).at(at).with(value))
    }
}

impl What {
    /// Where its threads stand among those of their process.
    fn rank(self) -> u64 {
        const ROOM: u64 = 1_000_000;
        match self {
            Self::Fault => 0,
            Self::Breaker(edge) => ROOM + u64::from(edge),
            Self::Request => 2 * ROOM,
            Self::Worker => 3 * ROOM,
            Self::Queue => 4 * ROOM,
            Self::Call => 5 * ROOM,
        }
    }
}

/// Perfetto has a process 0 of its own.
fn pid(node: NodeId) -> u32 {
    u32::from(node) + 1
}

fn thread_index(facts: &Facts, thread: Thread) -> usize {
    thread.tid as usize - facts.scenario().nodes.len() - 1
}

/// The arrow from an attempt to the work on it, if both last long enough to be seen.
fn arrow(attempt: &Attempt) -> Option<String> {
    let work = attempt.work?;
    let is_seen = attempt.began < attempt.over && work.began? < work.over;
    is_seen.then(|| format!("{:#x}", attempt.span))
}

fn about(attempt: &Attempt) -> Value {
    let status = match attempt.outcome {
        Outcome::Answered(half_open::log::StatusCode::Http(status)) => Some(status.0),
        _ => None,
    };
    without_nulls(json!({
        "attempt": attempt.number,
        "status": status,
        "lost": attempt.lost.map(|(_, leg)| words::leg(leg)),
        "probe": attempt.probe.then_some(true),
    }))
}

fn without_nulls(mut args: Value) -> Value {
    if let Value::Object(fields) = &mut args {
        fields.retain(|_, value| !value.is_null());
    }
    args
}

/// Whose process shows a fault: a line belongs to its caller.
fn struck(facts: &Facts, fault: &Fault) -> NodeId {
    match fault.target {
        Target::Node(node) => node,
        Target::Edge(edge) => facts.ends(edge).0,
    }
}

fn fault_label(facts: &Facts, fault: &Fault) -> String {
    let place = match fault.target {
        Target::Node(node) => facts.scenario().node_name(node).to_owned(),
        Target::Edge(edge) => facts.scenario().edge_name(edge),
    };
    format!("{place}: {}", fault.kind.label())
}
