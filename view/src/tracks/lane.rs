//! One request on the time axis: its attempts, its waits, and how each ended.

use super::{Sheet, TrackSpot, Tracks};
use crate::draw::{DrawList, Paint, Role, Shape};
use crate::measure::SMALL;
use half_open::log::{Event, EventId, Kind, NONE, RequestId, Verdict};
use half_open::policy::breaker::State;
use half_open::run::{RequestRow, Run};
use half_open::time::SimTime;

/// Half the height of a bar, and of a bar behind others.
pub(super) const HALF: f32 = 4.5;
const THIN: f32 = 1.5;
/// An attempt that took no time can still be seen.
const NARROWEST: f32 = 3.0;
/// While so many things happen to others, nobody looks for the attempts of one.
const MOST: u32 = 60_000;

/// A request's attempts, with what is needed to paint them as they were known at some moment.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Lane {
    y: f32,
    attempts: Vec<Attempt>,
    /// When a breaker first refused one.
    refused: Option<SimTime>,
    /// How visible it is.
    alpha: f32,
}

/// An attempt, from its sending to its outcome.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Attempt {
    span: u32,
    edge: u8,
    pub(super) by_client: bool,
    pub(super) from: SimTime,
    pub(super) to: SimTime,
    /// How it is painted once it is over, and until then.
    pub(super) role: Role,
    pending: Role,
    /// Whether its caller gave up.
    cut: bool,
    /// Whether its answer lacked a part.
    degraded: bool,
    /// The event that ended it, or began it.
    event: EventId,
}

impl Attempt {
    /// How it is painted at an instant: nobody knows its outcome before it is there.
    fn known(&self, at: SimTime) -> Role {
        if self.to > at { self.pending } else { self.role }
    }

    /// Whether it is more than a part of the bar of its client's attempt.
    fn stands_out(&self, at: SimTime) -> bool {
        let plain = matches!(self.known(at), Role::Ok | Role::Request);
        !self.by_client && self.from <= at && !plain
    }
}

#[cfg(test)]
impl Lane {
    /// The middle of it.
    pub(super) fn y(&self) -> f32 {
        self.y
    }
}

impl Lane {
    fn trouble(&self, at: SimTime) -> bool {
        let refused = self.refused.is_some_and(|refused| refused <= at);
        refused || self.attempts.iter().any(|attempt| attempt.stands_out(at))
    }
}

impl Tracks {
    /// What is under way at an instant, painted over bars that show how it will end.
    #[must_use]
    pub fn under_way(&self, at: SimTime) -> DrawList {
        let mut list = DrawList::default();
        for lane in &self.lanes {
            let trouble = lane.trouble(at);
            for attempt in lane.attempts.iter().filter(|a| a.from <= at && a.to > at) {
                if !attempt.by_client && !trouble {
                    continue;
                }
                let Some((x, w)) = self.plot.stretch(attempt.from, at) else { continue };
                let half = if attempt.by_client && trouble { THIN } else { HALF };
                let shape = bar(x, lane.y, w, half);
                if half < HALF || lane.alpha < 1.0 {
                    list.add(Role::Paper, Paint::Fill, 1.0, shape);
                }
                list.add(attempt.pending, Paint::Fill, opacity(half) * lane.alpha, shape);
            }
        }
        list
    }
}

/// The attempts of a request, and what else there is to mark.
pub(super) fn attempts(run: &Run, request: RequestId) -> (Vec<Attempt>, Vec<Event>) {
    let (log, index) = (run.log(), run.index());
    let row = &index.requests[request as usize];
    if row.last - row.first > MOST {
        return (vec![in_one(run, row)], Vec::new());
    }
    let mut attempts: Vec<Attempt> = Vec::new();
    let mut others = Vec::new();
    for id in row.first..=row.last {
        let event = log.event(id);
        let Some(span) = event.span() else { continue };
        if log.request_of(span) != request {
            continue;
        }
        match event.kind {
            Kind::Sent if attempts.iter().any(|attempt| attempt.span == span) => {}
            Kind::Held | Kind::Sent => {
                let call = log.span(span);
                let band = index.band_at(usize::from(call.edge), event.at);
                let shared = band.and_then(|band| band.state);
                let own = || {
                    let client = log.client_of(request).filter(|_| row.probe && call.by_client);
                    index.state_before(log, (call.edge, Some(client?)), event.id)
                };
                let probing = shared.or_else(own) == Some(State::HalfOpen);
                let role = if probing { Role::Probe } else { Role::Request };
                let attempt = Attempt {
                    span,
                    edge: call.edge,
                    by_client: call.by_client,
                    from: event.at,
                    to: run.end(),
                    role,
                    pending: role,
                    cut: false,
                    degraded: false,
                    event: id,
                };
                let place = attempts.partition_point(|a| (a.edge, a.span) < (call.edge, span));
                attempts.insert(place, attempt);
            }
            Kind::Answered | Kind::TimedOut | Kind::Overtaken => {
                let Some(attempt) = attempts.iter_mut().find(|a| a.span == span) else {
                    continue;
                };
                attempt.to = event.at;
                attempt.event = id;
                attempt.cut = event.kind != Kind::Answered;
                let good = event.kind == Kind::Answered && event.status().is_success();
                attempt.degraded = good && event.status().is_degraded();
                attempt.role = match (good, attempt.role) {
                    (false, role) if event.kind == Kind::Overtaken => role,
                    (true, Role::Request) => Role::Ok,
                    (true, role) => role,
                    (false, _) => Role::Failure,
                };
            }
            Kind::Verdict if event.verdict() == Verdict::Replayed => {
                if let Some(attempt) = attempts.iter_mut().find(|a| a.span == span) {
                    attempt.role = Role::Replay;
                }
                others.push(event);
            }
            Kind::Rejected | Kind::BackedOff | Kind::RequestLost | Kind::ResponseLost => {
                others.push(event);
            }
            _ => {}
        }
    }
    (attempts, others)
}

/// A request as one bar, however many attempts it took.
fn in_one(run: &Run, row: &RequestRow) -> Attempt {
    let role = match row.over {
        None => Role::Request,
        Some(_) if row.replayed => Role::Replay,
        Some(_) if row.succeeded => Role::Ok,
        Some(_) => Role::Failure,
    };
    Attempt {
        span: NONE,
        edge: 0,
        by_client: true,
        from: run.log().event(row.first).at,
        to: row.over.unwrap_or(run.end()),
        role,
        pending: Role::Request,
        cut: false,
        degraded: row.degraded,
        event: row.last,
    }
}

pub(super) fn bar(x: f32, y: f32, w: f32, half: f32) -> Shape {
    Shape::Rect { x, y: y - half, w, h: 2.0 * half, r: half.min(2.0) }
}

const fn opacity(half: f32) -> f32 {
    if half < HALF { 0.45 } else { 1.0 }
}

impl Sheet<'_> {
    pub(super) fn lane(&mut self, request: RequestId, y: f32) {
        let (attempts, others) = attempts(self.run, request);
        self.ghost_lane(request, &attempts, &others, y);
        let refused = others.iter().find(|event| event.kind == Kind::Rejected);
        let refused = refused.map(|event| event.at);
        let lane = Lane { y, attempts, refused, alpha: self.alpha };
        let end = self.run.end();
        let trouble = lane.trouble(end);
        for attempt in &lane.attempts {
            if !attempt.by_client && !attempt.stands_out(end) {
                continue;
            }
            let half = if attempt.by_client && trouble { THIN } else { HALF };
            self.bar(attempt, y, half);
        }
        for event in others {
            self.mark(&event, y);
        }
        self.lanes.push(lane);
    }

    fn bar(&mut self, attempt: &Attempt, y: f32, half: f32) {
        let Some((x, w)) = self.stretch(attempt.from, attempt.to) else { return };
        let w = w.max(NARROWEST);
        let (alpha, shape) = (opacity(half) * self.alpha, bar(x, y, w, half));
        if attempt.degraded {
            // Half of a bar, as the answer is half of one.
            self.list.add(attempt.role, Paint::Stroke(1.2), alpha, shape);
            let lower = bar(x, y + half / 2.0, w, half / 2.0);
            self.list.add(attempt.role, Paint::Fill, alpha, lower);
        } else {
            self.list.add(attempt.role, Paint::Fill, alpha, shape);
        }
        let end = self.x(attempt.to);
        if attempt.cut && end <= self.right() {
            let tick = Shape::Segment { x1: end, y1: y - 6.5, x2: end, y2: y + 6.5 };
            self.add(Role::Failure, Paint::Stroke(2.0), tick);
        }
        self.spot(TrackSpot::LaneMark { event: attempt.event }, x, y - 7.0, w, 14.0);
    }

    fn mark(&mut self, event: &Event, y: f32) {
        let x = self.x(event.at);
        if event.kind == Kind::BackedOff {
            if let Some((x, w)) = self.stretch(event.at, event.at + event.duration()) {
                let wait = Shape::Segment { x1: x, y1: y, x2: x + w, y2: y };
                self.add(Role::Waiting, Paint::Dotted(2.0), wait);
                self.spot(TrackSpot::LaneMark { event: event.id }, x, y - 6.0, w, 12.0);
            }
            return;
        }
        if !(self.plot.x..=self.right()).contains(&x) {
            return;
        }
        match event.kind {
            Kind::Rejected => {
                let never_sent = Shape::Diamond { x, y, r: 5.5 };
                self.add(Role::Paper, Paint::Fill, never_sent);
                self.add(Role::Failure, Paint::Stroke(1.7), never_sent);
            }
            Kind::Verdict => {
                let style = SMALL.size(12.0).role(Role::Replay);
                if x + 22.0 < self.right() {
                    self.write(style, (x + 8.0, y + 4.5), "↺");
                    let sign = self.list.texts.last_mut();
                    sign.into_iter().for_each(|sign| sign.alpha = self.alpha);
                }
            }
            _ => {
                for (dx, dy) in [(3.5, 3.5), (3.5, -3.5)] {
                    let cross = Shape::Segment { x1: x - dx, y1: y - dy, x2: x + dx, y2: y + dy };
                    self.add(Role::Failure, Paint::Stroke(1.7), cross);
                }
            }
        }
        self.spot(TrackSpot::LaneMark { event: event.id }, x - 6.0, y - 7.0, 12.0, 14.0);
    }
}
