//! What became of every attempt, on both of its sides: gathered once from the events of the log, so
//! that each format only writes it down.

use half_open::log::{
    Event, EventId, Fallback, Kind, Refusal, RequestId, Shedding, Span, SpanId, StatusCode, Verdict,
};
use half_open::policy::breaker::State;
use half_open::run::Run;
use half_open::scenario::{Change, HandRequest, NodeId, Scenario};
use half_open::time::{SimDuration, SimTime};

/// A run, with its events sorted by span and its spans by request.
pub(super) struct Facts {
    pub(super) run: Run,
    events: Groups,
    spans: Groups,
}

/// An attempt, as its caller saw it, and the work on it.
pub(super) struct Attempt {
    pub(super) span: SpanId,
    pub(super) row: Span,
    /// 1 for the first at its call.
    pub(super) number: u32,
    /// When it was sent, held back or refused.
    pub(super) began: SimTime,
    /// When it was sent, if it was.
    pub(super) sent: Option<SimTime>,
    /// When it began to wait for a place in the bulkhead of its line, if it did.
    pub(super) held: Option<SimTime>,
    /// How its caller's wait ended, and when; where it did not, at the end of the run.
    pub(super) outcome: Outcome,
    pub(super) over: SimTime,
    /// Whether it was a breaker's probe.
    pub(super) probe: bool,
    /// What was lost on its way, and when.
    pub(super) lost: Option<(SimTime, Leg)>,
    /// When the answer came that nobody waited for any more.
    pub(super) late: Option<SimTime>,
    /// How long its caller waited after it before trying again.
    pub(super) backoff: Option<SimDuration>,
    /// What its caller fell back on after it.
    pub(super) fallback: Option<Fallback>,
    /// The moves that it made breakers make.
    pub(super) moves: Vec<Event>,
    /// What the service did, if the request came to it.
    pub(super) work: Option<Work>,
}

/// How an attempt ended for its caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    /// With this status, or a broken connection.
    Answered(StatusCode),
    TimedOut,
    /// By the deadline of its call.
    DeadlineExceeded,
    /// By its own caller, unsent.
    Rejected(Refusal),
    /// Another copy was answered first.
    Overtaken,
    /// Nobody waited for it: it was doubled on its way.
    Duplicate,
    /// Its caller was gone: the service that made it had crashed.
    Abandoned,
    /// Not within the run.
    Unfinished,
}

/// A direction of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Leg {
    Request,
    Response,
}

/// What a service did with a request.
#[derive(Clone, Copy)]
pub(super) struct Work {
    pub(super) arrived: SimTime,
    /// How many waited with it, if it had to wait for a worker.
    pub(super) queued: Option<u32>,
    /// Whether there was no room to wait.
    pub(super) queue_full: bool,
    /// Why it was turned away although there was room, and when.
    pub(super) shed: Option<(SimTime, Shedding)>,
    /// When a worker took it.
    pub(super) began: Option<SimTime>,
    /// What was concluded from its key, when, and from which event.
    pub(super) verdict: Option<(SimTime, Verdict, Option<EventId>)>,
    pub(super) charged: Option<SimTime>,
    /// When the service let go of it; where it did not, the end of the run.
    pub(super) over: SimTime,
    pub(super) end: End,
}

/// How work ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    Responded(StatusCode),
    /// The service crashed.
    Lost,
    /// Not within the run.
    Unfinished,
}

impl Facts {
    pub(super) fn of(run: Run) -> Self {
        let log = run.log();
        let length = log.length();
        let mut owners: Vec<RequestId> = Vec::with_capacity(length.spans as usize);
        for span in (0..length.spans).map(|id| log.span(id)) {
            let owner = if span.by_client { span.parent } else { owners[span.parent as usize] };
            owners.push(owner);
        }
        let spans = Groups::of(length.requests, || (0..).zip(&owners).map(|(id, of)| (*of, id)));
        let events = Groups::of(length.spans, || {
            log.events_from(0).filter_map(|event| {
                // A move belongs to the attempt that caused it.
                let cause = || log.event(event.cause()?).span();
                let moved = (event.kind == Kind::Breaker).then(cause).flatten();
                Some((event.span().or(moved)?, event.id))
            })
        });
        Self { run, events, spans }
    }

    /// The attempts made for a request, those inside a service after the one they serve.
    pub(super) fn attempts(&self, request: RequestId) -> impl Iterator<Item = Attempt> {
        self.spans.get(request).iter().filter_map(|span| self.attempt(*span))
    }

    fn events(&self, span: SpanId) -> impl Iterator<Item = Event> {
        self.events.get(span).iter().map(|id| self.run.log().event(*id))
    }

    /// Everything about an attempt; none if the run ended before it was even sent.
    pub(super) fn attempt(&self, span: SpanId) -> Option<Attempt> {
        let row = self.run.log().span(span);
        let mut attempt = Attempt {
            span,
            row,
            number: self.number(span, row),
            began: self.events(span).next()?.at,
            sent: None,
            held: None,
            fallback: None,
            outcome: Outcome::Unfinished,
            over: self.run.end(),
            probe: false,
            lost: None,
            late: None,
            backoff: None,
            moves: Vec::new(),
            work: None,
        };
        for event in self.events(span) {
            attempt.take(event, self.run.end());
        }
        if let Some(sent) = self.events(span).find(|event| event.kind == Kind::Sent) {
            attempt.probe = self.state_at(row.edge, sent) == Some(State::HalfOpen);
        }
        if attempt.outcome == Outcome::Unfinished && !row.by_client {
            let stop = |event: &Event| matches!(event.kind, Kind::WorkLost | Kind::Cancelled);
            let crash = self.events(row.parent).find(stop);
            if let Some(crash) = crash {
                (attempt.outcome, attempt.over) = (Outcome::Abandoned, crash.at);
            }
        }
        Some(attempt)
    }

    /// The log numbers no more attempts than fit into a byte; what comes after is counted.
    fn number(&self, span: SpanId, row: Span) -> u32 {
        if row.attempt < u8::MAX {
            return row.attempt.into();
        }
        let log = self.run.log();
        let all = self.spans.get(log.request_of(span)).iter().take_while(|id| **id <= span);
        let same = |other: &Span| {
            (other.parent, other.edge, other.by_client) == (row.parent, row.edge, row.by_client)
        };
        all.filter(|id| same(&log.span(**id))).count() as u32
    }

    /// The state of a breaker just before an event.
    fn state_at(&self, edge: u8, event: Event) -> Option<State> {
        let (index, log) = (self.run.index(), self.run.log());
        let own = || {
            let span = event.span().filter(|span| log.span(*span).by_client)?;
            let client = log.client_of(log.request_of(span));
            index.state_before(log, (edge, Some(client?)), event.id)
        };
        index.state_before(log, (edge, None), event.id).or_else(own)
    }

    pub(super) fn scenario(&self) -> &Scenario {
        &self.run.experiment().scenario
    }

    /// Who makes an attempt, and who is asked.
    pub(super) fn ends(&self, edge: u8) -> (NodeId, NodeId) {
        self.scenario().edge(edge).map_or((0, 0), |edge| (edge.from, edge.to))
    }

    /// What somebody typed, if somebody did.
    pub(super) fn by_hand(&self, request: RequestId) -> Option<&HandRequest> {
        let log = self.run.log();
        let arrived = log.event(self.run.index().requests.get(request as usize)?.first);
        let sent = log.event(arrived.cause()?);
        match &self.run.experiment().interventions.get(sent.subject as usize)?.change {
            Change::Send(hand) if sent.kind == Kind::Intervention => Some(hand),
            _ => None,
        }
    }
}

impl Attempt {
    fn take(&mut self, event: Event, end: SimTime) {
        let at = event.at;
        match event.kind {
            Kind::Sent => self.sent = Some(at),
            Kind::Denied | Kind::Hedged | Kind::Picked => {}
            Kind::FellBack => self.fallback = Some(event.fallback()),
            Kind::Duplicated => {
                self.sent = Some(at);
                self.settle(Outcome::Duplicate, at);
            }
            Kind::Overtaken => self.settle(Outcome::Overtaken, at),
            Kind::Rejected => self.settle(Outcome::Rejected(event.refusal()), at),
            Kind::Held => self.held = Some(at),
            Kind::TimedOut if event.is_deadline() => self.settle(Outcome::DeadlineExceeded, at),
            Kind::TimedOut => self.settle(Outcome::TimedOut, at),
            Kind::Answered => self.settle(Outcome::Answered(event.status()), at),
            Kind::AnsweredLate => self.late = Some(at),
            Kind::BackedOff => self.backoff = Some(event.duration()),
            Kind::RequestLost => self.lost = Some((at, Leg::Request)),
            Kind::ResponseLost => self.lost = Some((at, Leg::Response)),
            Kind::Breaker => self.moves.push(event),
            Kind::Queued => self.work(at, end).queued = Some(event.payload),
            Kind::QueueFull => self.work(at, end).queue_full = true,
            Kind::Shed => self.work(at, end).shed = Some((at, event.shedding())),
            Kind::Started => self.work(at, end).began = Some(at),
            Kind::Verdict => {
                let work = self.work(at, end);
                work.began = work.began.or(Some(at));
                work.verdict = Some((at, event.verdict(), event.cause()));
            }
            Kind::Charged => self.work(at, end).charged = Some(at),
            Kind::WorkLost | Kind::Cancelled => {
                let work = self.work(at, end);
                (work.over, work.end) = (at, End::Lost);
            }
            Kind::Responded => self.responded(event, end),
            // These happen to no attempt.
            Kind::Intervention | Kind::FaultEnded | Kind::Arrived => {}
        }
    }

    fn settle(&mut self, outcome: Outcome, at: SimTime) {
        (self.outcome, self.over) = (outcome, at);
    }

    fn responded(&mut self, event: Event, end: SimTime) {
        let status = event.status();
        let refused = status == StatusCode::ConnectionFailed;
        // A service that is down does no work. One that crashed has lost it by now.
        if refused && self.work.is_none_or(|work| work.end == End::Lost) {
            return;
        }
        let work = self.work(event.at, end);
        (work.over, work.end) = (event.at, End::Responded(status));
        // An answer about the request itself, such as 404, takes a worker but no time.
        if matches!(status, StatusCode::Http(status) if status.0 < 500) {
            work.began = work.began.or(Some(event.at));
        }
    }

    fn work(&mut self, arrived: SimTime, end: SimTime) -> &mut Work {
        self.work.get_or_insert(Work {
            arrived,
            queued: None,
            queue_full: false,
            shed: None,
            began: None,
            verdict: None,
            charged: None,
            over: end,
            end: End::Unfinished,
        })
    }
}

/// Numbers sorted into groups, in two allocations.
struct Groups {
    /// Where each group ends.
    ends: Vec<u32>,
    items: Vec<u32>,
}

impl Groups {
    /// Sorts items into this many groups. In each they keep their order.
    fn of<I: Iterator<Item = (u32, u32)>>(groups: u32, pairs: impl Fn() -> I) -> Self {
        let mut ends = vec![0; groups as usize];
        for (group, _) in pairs() {
            ends[group as usize] += 1;
        }
        let mut begins = 0;
        for end in &mut ends {
            (begins, *end) = (begins + *end, begins);
        }
        let mut items = vec![0; begins as usize];
        for (group, item) in pairs() {
            let place = &mut ends[group as usize];
            items[*place as usize] = item;
            *place += 1;
        }
        Self { ends, items }
    }

    fn get(&self, group: u32) -> &[u32] {
        let group = group as usize;
        let begin = group.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.items[begin as usize..self.ends[group] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::Groups;

    #[test]
    fn groups_keep_their_order_and_may_be_empty() {
        let groups = Groups::of(4, || [(2, 7), (0, 5), (2, 6), (3, 1)].into_iter());
        assert_eq!(
            (0..4).map(|g| groups.get(g)).collect::<Vec<_>>(),
            [&[5][..], &[], &[7, 6], &[1]]
        );
    }
}
