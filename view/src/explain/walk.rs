//! From an event back along its causes, step by step.

use super::window;
use half_open::log::{Event, Kind, Refusal, SpanId, StatusCode, Verdict, unpack_transition};
use half_open::policy::breaker::Reason;
use half_open::policy::stack::{Layer, Stack};
use half_open::run::Run;
use half_open::scenario::knob::EdgeKnob;
use half_open::scenario::{Change, EdgeId, FaultKind, Intervention, Knob, NodeId, Target};
use half_open::time::{SimDuration, SimTime};

/// One step on the way back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) event: Event,
    /// Whether there is a sentence about it: some are part of the one before.
    pub(super) told: bool,
    /// Whether it matters how long it took, not how it came about.
    pub(super) slow: bool,
}

impl Step {
    const fn told(event: Event) -> Self {
        Self { event, told: true, slow: false }
    }

    const fn silent(event: Event) -> Self {
        Self { event, told: false, slow: false }
    }

    pub(super) const fn slow(self) -> Self {
        Self { slow: true, ..self }
    }
}

/// The way from an event to where its story begins.
pub(super) fn back(run: &Run, first: Step) -> Vec<Step> {
    let mut steps = vec![first];
    let mut now = first;
    while let Some(next) = before(run, &now, &steps) {
        // Causes come first: whatever a log says, this ends.
        if next.event.id >= now.event.id {
            break;
        }
        steps.extend(picked(run, &now.event, &next.event).map(Step::told));
        steps.push(next);
        now = next;
    }
    steps
}

/// The step to the event that the explanation goes on with, if there is one.
fn before(run: &Run, step: &Step, steps: &[Step]) -> Option<Step> {
    let log = run.log();
    let event = step.event;
    let cause = event.cause().map(|cause| log.event(cause));
    match event.kind {
        Kind::Answered | Kind::AnsweredLate => {
            let responded = own(run, &event, Kind::Responded)?;
            Some(Step { slow: step.slow, ..Step::silent(responded) })
        }
        Kind::Responded => responded(run, step, cause?),
        Kind::TimedOut => timed_out(cause?),
        Kind::Started if step.slow => {
            let why = cause?;
            matches!(why.kind, Kind::Intervention | Kind::Queued).then_some(Step::told(why))
        }
        Kind::Verdict if event.verdict().is_expired() => {
            let why = cause?;
            Some(if why.kind == Kind::Started { Step::told(why).slow() } else { Step::told(why) })
        }
        // Why the other one takes so long.
        Kind::Verdict if event.verdict() == Verdict::Joined => {
            cause.map(|why| Step::silent(why).slow())
        }
        Kind::Started | Kind::Charged | Kind::Verdict if asks_for_nothing(run, event) => None,
        Kind::Started | Kind::Charged | Kind::Verdict => origin(run, event),
        Kind::RequestLost | Kind::ResponseLost => {
            cause.filter(|event| event.kind == Kind::Intervention).map(Step::told)
        }
        Kind::Sent => {
            let timed_out =
                steps.iter().rev().nth(1).is_some_and(|s| s.event.kind == Kind::TimedOut);
            if step.slow
                && let Some(held) = own(run, &event, Kind::Held)
            {
                return Some(Step::told(held));
            }
            let why = cause.filter(|_| !timed_out)?;
            match why.kind {
                Kind::BackedOff | Kind::Hedged | Kind::FellBack => Some(Step::told(why)),
                _ if step.slow => None,
                Kind::Answered => Some(Step::silent(why)),
                _ => Some(Step::told(why)),
            }
        }
        Kind::Queued | Kind::QueueFull | Kind::Shed | Kind::Held => busy(run, &event, cause?),
        Kind::Rejected => match (event.refusal(), cause?) {
            (Refusal::Bulkhead { .. }, held) => busy(run, &event, held),
            (Refusal::RateLimit { .. }, why) if why.kind == Kind::Answered => {
                Some(Step::silent(why))
            }
            (_, why) => Some(Step::told(why)),
        },
        // That came about by what its service had done before.
        Kind::Picked => cause.map(Step::silent),
        Kind::Breaker => moved(run, event, cause),
        Kind::Arrived
        | Kind::BackedOff
        | Kind::Denied
        | Kind::FaultEnded
        | Kind::WorkLost
        | Kind::Cancelled
        | Kind::Hedged
        | Kind::Duplicated
        | Kind::Overtaken
        | Kind::FellBack => cause.map(Step::told),
        Kind::Intervention => None,
    }
}

/// What those do whose place somebody wants.
fn busy(run: &Run, event: &Event, held: Event) -> Option<Step> {
    let held = hung(run, held, event.at).unwrap_or(held);
    Some(Step::told(held).slow())
}

/// When an attempt, or the call that it ended, had passed its breaker: as it was sent, or held back further in
/// before that.
pub(super) fn passed(run: &Run, event: &Event, stack: &Stack) -> Option<Event> {
    let held = stack.is_outside(Layer::Breaker, Layer::Bulkhead)
        && has_bulkhead(run, run.log().span(event.subject).edge);
    let first = match stack.is_per_call(Layer::Breaker) {
        true => first_of_call(run, event)?,
        false => *event,
    };
    // Whatever comes after it, it comes before.
    let after = Event { id: event.id, ..first };
    let refused = || {
        // Refused further in, which is not the end of a call.
        let refused = own(run, &after, Kind::Rejected)?;
        stack.is_outside(Layer::Breaker, refused.refusal().layer()).then_some(refused)
    };
    // Where nobody is ever held back, nobody looks for it: that would be all of a long request.
    let held = if held { own(run, &after, Kind::Held) } else { None };
    held.or_else(|| own(run, &after, Kind::Sent)).or_else(refused)
}

/// Whether there is a bulkhead on a line at any time.
fn has_bulkhead(run: &Run, edge: EdgeId) -> bool {
    let experiment = run.experiment();
    let built = experiment.scenario.edge(edge).is_some_and(|edge| edge.policy.bulkhead.is_on());
    let knob = Knob::Edge(edge, EdgeKnob::InFlight);
    let turned =
        |done: &Intervention| matches!(done.change, Change::Set { knob: k, .. } if k == knob);
    built || experiment.interventions.iter().any(turned)
}

/// The first event of the first attempt at the call that an attempt belongs to.
fn first_of_call(run: &Run, event: &Event) -> Option<Event> {
    let log = run.log();
    let mine = log.span(event.subject);
    let first = run.index().requests.get(log.request_of(event.subject) as usize)?.first;
    let mut events = (first..=event.id).map(|id| log.event(id));
    events.find(|event| {
        let span = event.span().map(|span| log.span(span));
        span.is_some_and(|span| (span.parent, span.edge) == (mine.parent, mine.edge))
    })
}

/// Why it hit this request that something is broken, or a breaker open: another service chose to call there.
fn picked(run: &Run, event: &Event, root: &Event) -> Option<Event> {
    if !matches!(root.kind, Kind::Intervention | Kind::Breaker) {
        return None;
    }
    let call = run.log().span(event.span()?);
    let caller = Event { subject: call.parent, ..*event };
    let pick = own(run, &caller, Kind::Picked).filter(|_| !call.by_client)?;
    (pick.id > root.id && pick.picked().edge == call.edge).then_some(pick)
}

/// Whether a request was refused only because nobody had set its caller to send a key.
fn asks_for_nothing(run: &Run, event: Event) -> bool {
    let log = run.log();
    let by_hand = || {
        log.span(event.subject).by_client && log.request(log.request_of(event.subject)).by_hand()
    };
    event.kind == Kind::Verdict && event.verdict() == Verdict::Missing && !by_hand()
}

/// A response says what its service concluded, from what it went through.
fn responded(run: &Run, step: &Step, why: Event) -> Option<Step> {
    let status = step.event.status();
    let about_itself = matches!(status, StatusCode::Http(status) if matches!(status.0, 404 | 405));
    match why.kind {
        Kind::Verdict => Some(Step::told(why)),
        _ if status.is_degraded() && !step.slow => Some(Step::told(why)),
        _ if status.is_success() && step.slow => longest(run, step.event),
        _ if status.is_success() || about_itself => origin(run, step.event),
        // Its own errors are drawn.
        Kind::Started => None,
        _ => Some(Step::told(why)),
    }
}

/// What a caller waited for that gave up.
fn timed_out(waited: Event) -> Option<Step> {
    Some(match waited.kind {
        Kind::Started | Kind::Sent => Step::silent(waited).slow(),
        Kind::Charged => Step::silent(waited),
        Kind::Responded => Step::told(waited).slow(),
        _ => Step::told(waited),
    })
}

/// What moved a breaker.
fn moved(run: &Run, event: Event, cause: Option<Event>) -> Option<Step> {
    let (_, reason, ..) = unpack_transition(event.payload);
    match reason {
        Reason::FailureRate | Reason::Failures | Reason::SlowRate => {
            let slow = reason == Reason::SlowRate;
            let marks = window::seen(run, event).marks;
            let bad =
                |mark: &&super::Mark| if slow { mark.slow } else { mark.failed == Some(true) };
            let bad = marks.iter().rev().find(bad).map(|mark| run.log().event(mark.event));
            Some(Step { slow, ..Step::told(bad.or(cause)?) })
        }
        Reason::ProbeSlow => Some(Step::told(cause?).slow()),
        Reason::ProbesSucceeded => window::previous(run, event).or(cause).map(Step::told),
        _ => cause.map(Step::told),
    }
}

/// The event of this kind that happened to the same span before.
pub(super) fn own(run: &Run, event: &Event, kind: Kind) -> Option<Event> {
    let log = run.log();
    let first = run.index().requests.get(log.request_of(event.subject) as usize)?.first;
    let events = (first..event.id).rev().map(|id| log.event(id));
    events.filter(|e| e.kind == kind).find(|e| e.subject == event.subject)
}

/// Why the attempt was made that this happened to.
fn origin(run: &Run, event: Event) -> Option<Step> {
    let Some(sent) = own(run, &event, Kind::Sent) else {
        // Nobody made it, it was doubled.
        return own(run, &event, Kind::Duplicated).map(Step::told);
    };
    let why = run.log().event(sent.cause()?);
    // That an earlier call went well is how it came about, but explains nothing.
    Some(if why.kind == Kind::Answered { Step::silent(why) } else { Step::told(why) })
}

/// What most of the time went into that a successful attempt took.
fn longest(run: &Run, responded: Event) -> Option<Step> {
    let log = run.log();
    let sent = own(run, &responded, Kind::Sent);
    let sent = sent.or_else(|| own(run, &responded, Kind::Duplicated))?;
    let span = responded.subject;
    let mut most = (responded.duration(), None);
    let mut known = sent.duration();
    let mut part = |length: SimDuration, event: Event, known: &mut SimDuration| {
        *known += length;
        if length > most.0 {
            most = (length, Some(event));
        }
    };
    let mut nothing = SimDuration::ZERO;
    part(sent.duration(), sent, &mut nothing);
    let mut queued = None;
    let mut calls: Vec<(SpanId, SimTime)> = Vec::new();
    for event in (sent.id + 1..responded.id).map(|id| log.event(id)) {
        let Some(of) = event.span() else { continue };
        let inner = || Some(log.span(of)).is_some_and(|row| !row.by_client && row.parent == span);
        match event.kind {
            Kind::Queued if of == span => queued = Some(event),
            Kind::Started if of == span => {
                if let Some(queued) = queued {
                    part(event.at.since(queued.at), queued, &mut known);
                }
                part(event.duration(), event, &mut known);
            }
            Kind::Held if inner() => calls.push((of, event.at)),
            Kind::Sent if inner() && !calls.iter().any(|(call, _)| *call == of) => {
                calls.push((of, event.at));
            }
            Kind::Verdict if of == span && event.verdict() == Verdict::Joined => {
                part(responded.at.since(event.at), event, &mut known);
            }
            Kind::Charged if of == span => part(responded.at.since(event.at), event, &mut known),
            Kind::Answered | Kind::TimedOut => {
                if let Some((_, since)) = calls.iter().find(|(call, _)| *call == of) {
                    part(event.at.since(*since), event, &mut known);
                }
            }
            Kind::BackedOff if inner() => part(event.duration(), event, &mut known),
            _ => {}
        }
    }
    // What nothing else accounts for, it hung.
    let rest = responded.at.since(sent.at) - known;
    let node = run.experiment().scenario.edge(log.span(span).edge)?.to;
    if rest > most.0
        && let Some(hang) = hang(run, node, sent.at, responded.at)
    {
        return Some(Step::told(hang));
    }
    // Nothing took longer than the way back.
    let event = most.1?;
    let slow = !matches!(event.kind, Kind::TimedOut | Kind::BackedOff);
    Some(Step { slow, ..Step::told(event) })
}

/// The fault that keeps a worker which is done with what it began.
fn hung(run: &Run, held: Event, at: SimTime) -> Option<Event> {
    let done = match held.kind {
        Kind::Started => held.at + held.duration() <= at,
        Kind::Answered | Kind::TimedOut | Kind::Rejected | Kind::FellBack => true,
        Kind::Verdict | Kind::Charged => true,
        _ => false,
    };
    let span = held.span().filter(|_| done)?;
    let row = run.log().span(span);
    // The outcome of a call is news to the service that made it.
    let edge = run.experiment().scenario.edge(row.edge)?;
    let node = match held.kind {
        Kind::Started | Kind::Verdict | Kind::Charged => edge.to,
        _ => edge.from,
    };
    hang(run, node, at, at)
}

/// The beginning of a fault by which a service hung at some time between two.
fn hang(run: &Run, node: NodeId, from: SimTime, to: SimTime) -> Option<Event> {
    let log = run.log();
    let hangs = |index: usize| {
        let change = run.experiment().interventions.get(index).map(|done| &done.change);
        let wanted = Target::Node(node);
        let fault = change.and_then(Change::fault);
        fault.is_some_and(|fault| (fault.kind, fault.target) == (FaultKind::Hang, wanted))
    };
    let mut bars = run.index().bars.iter();
    let bar = bars.find(|bar| bar.from <= to && bar.to >= from && hangs(bar.intervention))?;
    let events = (0..log.count_until(bar.from)).rev().map(|id| log.event(id));
    events.take_while(|event| event.at == bar.from).find(|event| {
        event.kind == Kind::Intervention && event.subject as usize == bar.intervention
    })
}
