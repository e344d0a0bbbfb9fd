//! One request on the time axis: its attempts, its waits, and how each ended.

use super::{Sheet, TrackSpot};
use crate::log::{Event, EventId, Kind, RequestId, Verdict};
use crate::policy::breaker::State;
use crate::time::SimTime;
use crate::view::draw::{Paint, Role, Shape};
use crate::view::measure::SMALL;

/// Half the height of a bar, and of a bar behind others.
const HALF: f32 = 4.5;
const THIN: f32 = 1.5;
/// An attempt that took no time can still be seen.
const NARROWEST: f32 = 3.0;

/// An attempt, from its sending to its outcome.
struct Attempt {
    span: u32,
    edge: u8,
    by_client: bool,
    from: SimTime,
    to: SimTime,
    role: Role,
    /// Whether its caller gave up.
    cut: bool,
    /// The event that ended it, or began it.
    event: EventId,
}

impl Sheet<'_> {
    pub(super) fn lane(&mut self, request: RequestId, y: f32) {
        let (attempts, others) = self.attempts(request);
        let inner_trouble = attempts.iter().any(|a| !a.by_client && a.role != Role::Ok)
            || others.iter().any(|e| e.kind == Kind::Rejected);
        for attempt in &attempts {
            // What went well inside is part of the bar of its client's attempt.
            if !attempt.by_client && attempt.role == Role::Ok {
                continue;
            }
            let half = if attempt.by_client && inner_trouble { THIN } else { HALF };
            self.bar(attempt, y, half);
        }
        for event in others {
            self.mark(&event, y);
        }
    }

    /// The attempts of a request, and what else there is to mark.
    fn attempts(&self, request: RequestId) -> (Vec<Attempt>, Vec<Event>) {
        let (log, index) = (self.run.log(), self.run.index());
        let row = &index.requests[request as usize];
        let mut attempts: Vec<Attempt> = Vec::new();
        let mut others = Vec::new();
        for id in row.first..=row.last {
            let event = log.event(id);
            let Some(span) = event.span() else { continue };
            if log.request_of(span) != request {
                continue;
            }
            match event.kind {
                Kind::Sent => {
                    let call = log.span(span);
                    let probing = index
                        .band_at(usize::from(call.edge), event.at)
                        .is_some_and(|band| band.state == Some(State::HalfOpen));
                    attempts.push(Attempt {
                        span,
                        edge: call.edge,
                        by_client: call.by_client,
                        from: event.at,
                        to: self.run.end(),
                        role: if probing { Role::Probe } else { Role::Request },
                        cut: false,
                        event: id,
                    });
                }
                Kind::Answered | Kind::TimedOut => {
                    let Some(attempt) = attempts.iter_mut().find(|a| a.span == span) else {
                        continue;
                    };
                    attempt.to = event.at;
                    attempt.event = id;
                    attempt.cut = event.kind == Kind::TimedOut;
                    let good = event.kind == Kind::Answered && event.status().is_success();
                    attempt.role = match (good, attempt.role) {
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
        attempts.sort_by_key(|attempt| (attempt.edge, attempt.span));
        (attempts, others)
    }

    fn bar(&mut self, attempt: &Attempt, y: f32, half: f32) {
        let Some((x, w)) = self.stretch(attempt.from, attempt.to) else { return };
        let w = w.max(NARROWEST);
        let bar = Shape::Rect { x, y: y - half, w, h: 2.0 * half, r: half.min(2.0) };
        let alpha = if half < HALF { 0.45 } else { 1.0 };
        self.list.add(attempt.role, Paint::Fill, alpha, bar);
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
