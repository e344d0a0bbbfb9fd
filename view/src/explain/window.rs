//! The calls that a breaker had seen when it moved.

use super::Mark;
use super::sentence::Place;
use super::walk::{own, passed};
use half_open::log::{Event, EventId, Kind, StatusCode, unpack_transition};
use half_open::policy::breaker::{Denominator, LateResults, OnClose, Settings, State, WindowKind};
use half_open::policy::stack::{Layer, Stack};
use half_open::run::Run;
use half_open::scenario::knob::EdgeKnob;
use half_open::scenario::{Change, EdgeId, Knob};
use half_open::time::SimTime;

/// How many calls of a window are shown, the latest ones.
pub const MARKS: usize = 40;

/// What a breaker looked at when it moved.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The latest of its calls, oldest first.
    pub(super) marks: Vec<Mark>,
    /// Whether it was half-open and looked at its probes.
    pub(super) probes: bool,
}

/// The transition before this one, if there is one since the breaker was switched on.
pub(super) fn previous(run: &Run, event: Event) -> Option<Event> {
    let (edge, client) = event.breaker();
    let bands = run.index().bands_of(run.log(), edge, client);
    let same = bands.partition_point(|band| band.from < event.at);
    let here = bands[same..].iter().position(|band| band.event == Some(event.id))? + same;
    bands[here.checked_sub(1)?].event.map(|id| run.log().event(id))
}

/// Whether a call was sent before its breaker moved.
pub(super) fn sent_before(run: &Run, end: Event, moved: Event) -> bool {
    let place = Place::of(run, &moved);
    let stack = place.edge.map(|edge| edge.policy.stack).unwrap_or_default();
    passed(run, &end, &stack).is_some_and(|passed| passed.id < moved.id)
}

/// What counted when this transition was decided.
pub(super) fn seen(run: &Run, event: Event) -> Seen {
    let place = Place::of(run, &event);
    let Some(edge) = place.edge.as_ref() else { return Seen::default() };
    let settings = &edge.policy.breaker;
    let before = previous(run, event);
    let half_open = before.is_some_and(|e| unpack_transition(e.payload).0 == State::HalfOpen);
    let cause = event.cause().map(|cause| run.log().event(cause));
    // A late failure that counts where its call was admitted, which was a closed breaker.
    let by_admission = settings.late_results == LateResults::AdmittingState
        && cause.zip(before).is_some_and(|(cause, before)| sent_before(run, cause, before));
    let probes = half_open && !by_admission;
    let (_, _, calls, _) = unpack_transition(event.payload);
    let stack = edge.policy.stack;
    let look = Look { run, event, settings, stack, probes, wanted: MARKS.min(calls as usize) };
    Seen { marks: if look.counts_admissions() { look.admitted() } else { look.ended() }, probes }
}

struct Look<'a> {
    run: &'a Run,
    event: Event,
    settings: &'a Settings,
    stack: Stack,
    probes: bool,
    wanted: usize,
}

/// A call that ended, and what is not known of it yet.
struct Ended {
    end: Event,
    /// How often the breaker had moved between this and what is explained.
    moves: u32,
    mark: Mark,
    counts: Option<bool>,
}

impl Look<'_> {
    fn counts_admissions(&self) -> bool {
        let kind = self.settings.window.kind;
        !self.probes
            && self.settings.denominator != Denominator::Completed
            && !matches!(kind, WindowKind::Consecutive | WindowKind::Count)
    }

    /// The events before it, the latest first.
    fn back(&self) -> impl Iterator<Item = Event> {
        let log = self.run.log();
        (0..self.event.id).rev().map(|id| log.event(id))
    }

    fn edge(&self) -> EdgeId {
        self.event.breaker().0
    }

    fn is_here(&self, event: &Event) -> bool {
        match event.kind {
            Kind::Breaker => event.subject == self.event.subject,
            _ => event.span().is_some_and(|span| {
                let log = self.run.log();
                let (edge, client) = self.event.breaker();
                let asks = |client| log.client_of(log.request_of(span)) == Some(client);
                log.span(span).edge == edge && client.is_none_or(asks)
            }),
        }
    }

    /// Whether the window held nothing from before this.
    fn begins_with(&self, event: &Event) -> bool {
        match event.kind {
            Kind::Breaker if event.subject != self.event.subject => false,
            Kind::Breaker if self.probes => true,
            Kind::Breaker => {
                let closed = matches!(
                    unpack_transition(event.payload).0,
                    State::Closed | State::Disabled | State::MetricsOnly
                );
                closed && self.settings.on_close != OnClose::Keep
            }
            Kind::Intervention => self.switches(event),
            _ => false,
        }
    }

    /// Whether this put another breaker in its place; switching on what is on does not.
    fn switches(&self, event: &Event) -> bool {
        let done = self.run.experiment().interventions.get(event.subject as usize);
        let Some(Change::Set { knob: knob @ Knob::Edge(edge, kind), value }) =
            done.map(|done| &done.change)
        else {
            return false;
        };
        let is_switch = matches!(kind, EdgeKnob::Breaker | EdgeKnob::BreakerScope);
        let before = Place::of(self.run, event);
        is_switch && *edge == self.edge() && knob.get(&before.scenario) != Some(*value)
    }

    /// What the breaker was when this happened; none: switched off.
    fn state(&self, event: Event) -> Option<State> {
        let run = self.run;
        run.index().state_before(run.log(), self.event.breaker(), event.id)
    }

    /// Whether a breaker that was held, and counted nothing, saw this.
    fn held(&self, event: Event) -> bool {
        matches!(self.state(event), Some(State::ForcedOpen | State::Disabled))
    }

    fn mark(&self, end: Event, sent: Option<SimTime>) -> Mark {
        let failed = match end.status() {
            _ if end.kind == Kind::TimedOut => true,
            StatusCode::Http(status) => status.is_server_error(),
            StatusCode::ConnectionFailed => true,
        };
        let slow = self.settings.slow.zip(sent);
        let slow = slow
            .is_some_and(|(slow, sent)| slow.cmp.holds(end.at.since(sent), slow.threshold_ms.0));
        Mark { event: end.id, at: end.at, failed: Some(failed), slow }
    }

    /// Whether a result counts whose call was sent in an earlier state.
    fn late_counts(&self) -> bool {
        match self.settings.late_results {
            LateResults::Drop => false,
            LateResults::CurrentState => true,
            LateResults::AdmittingState => !self.probes,
        }
    }

    /// The latest calls that had ended and counted.
    fn ended(&self) -> Vec<Mark> {
        let mut ended: Vec<Ended> = Vec::new();
        let (mut moves, mut known, mut counted, mut unheard) = (0, 0, 0, None);
        for event in self.back() {
            if self.begins_with(&event) {
                if let Some((end, mark)) = self.kept_probe(event) {
                    ended.push(Ended { end, moves, mark, counts: Some(true) });
                }
                break;
            }
            if !self.is_here(&event) {
                continue;
            }
            match event.kind {
                Kind::Breaker => {
                    moves += 1;
                    // A result that showed an open breaker the time was not counted itself.
                    let (to, ..) = unpack_transition(event.payload);
                    unheard = event.cause().filter(|_| to == State::HalfOpen);
                }
                Kind::Answered | Kind::TimedOut
                    if unheard != Some(event.id) && !self.held(event) && self.is_end(&event) =>
                {
                    let mark = self.mark(event, None);
                    ended.push(Ended { end: event, moves, mark, counts: None });
                }
                Kind::Sent | Kind::Held | Kind::Rejected => {
                    let mut calls = ended.iter_mut().skip(known);
                    if let Some(call) = calls.find(|call| self.is_same(&call.end, &event)) {
                        if self.is_passing(&event) {
                            call.counts = Some(call.moves == moves || self.late_counts());
                        }
                        call.mark = self.mark(call.end, self.left(&call.end));
                    }
                }
                _ => {}
            }
            while let Some(counts) = ended.get(known).and_then(|call| call.counts) {
                counted += usize::from(counts);
                known += 1;
            }
            if counted >= self.wanted {
                break;
            }
        }
        let mut marks: Vec<Mark> = Vec::new();
        for mut call in ended {
            // It was sent in an earlier state, or when there was no breaker to ask.
            if call.counts.is_none()
                && let Some(passed) = passed(self.run, &call.end, &self.stack)
            {
                call.counts = Some(self.late_counts() && self.state(passed).is_some());
                call.mark = self.mark(call.end, self.left(&call.end));
            }
            if call.counts == Some(true) && marks.len() < self.wanted {
                marks.push(call.mark);
            }
        }
        marks.reverse();
        marks
    }

    /// The probe that closed a breaker, where the window begins with it.
    fn kept_probe(&self, closed: Event) -> Option<(Event, Mark)> {
        let keeps = self.settings.on_close == OnClose::ClearThenRecordProbe && !self.probes;
        if closed.kind != Kind::Breaker || !keeps {
            return None;
        }
        let end = self.run.log().event(closed.cause()?);
        matches!(end.kind, Kind::Answered | Kind::TimedOut).then_some(())?;
        Some((end, self.mark(end, self.left(&end))))
    }

    /// Whether the breaker sees calls, and not their attempts.
    fn is_per_call(&self) -> bool {
        self.stack.is_per_call(Layer::Breaker)
    }

    /// Since when what has ended is timed: since it was sent or, a whole call, since it had passed.
    fn left(&self, end: &Event) -> Option<SimTime> {
        let since = match self.is_per_call() {
            true => passed(self.run, end, &self.stack),
            false => own(self.run, end, Kind::Sent),
        };
        since.map(|since| since.at)
    }

    /// Whether the breaker heard of the end of an attempt: of what was never sent it does not, and of
    /// a call only once it is over.
    fn is_end(&self, end: &Event) -> bool {
        match self.is_per_call() {
            true => self.is_over(end) && (end.kind == Kind::Answered || self.left(end).is_some()),
            false => end.kind == Kind::Answered || own(self.run, end, Kind::Sent).is_some(),
        }
    }

    /// Whether a call was over with this end of an attempt: where its caller falls back on something, that comes
    /// after it.
    fn is_over(&self, end: &Event) -> bool {
        let log = self.run.log();
        let same = (end.id + 1..log.len()).map(|id| log.event(id));
        let mut same = same.take_while(|event| event.at == end.at);
        end.is_last()
            || same.any(|event| event.kind == Kind::FellBack && event.cause() == Some(end.id))
    }

    /// Whether two events are of what the breaker sees as one.
    fn is_same(&self, one: &Event, other: &Event) -> bool {
        let parent = |event: &Event| self.run.log().span(event.subject).parent;
        match self.is_per_call() {
            true => parent(one) == parent(other),
            false => one.subject == other.subject,
        }
    }

    /// Whether the breaker was asked with this: by one that was held back further in before it was
    /// sent, and by the first attempt of a call, if it is asked once per call.
    fn is_passing(&self, event: &Event) -> bool {
        let span = self.run.log().span(event.subject);
        if self.is_per_call() && (span.attempt > 1 || span.copy) {
            return false;
        }
        match event.kind {
            Kind::Rejected => {
                self.is_per_call()
                    && own(self.run, event, Kind::Held).is_none()
                    && self.stack.is_outside(Layer::Breaker, event.refusal().layer())
            }
            Kind::Held => self.stack.is_outside(Layer::Breaker, Layer::Bulkhead),
            _ if self.stack.is_outside(Layer::Bulkhead, Layer::Breaker) => true,
            _ => own(self.run, event, Kind::Held).is_none(),
        }
    }

    /// The latest calls that were let through or, where that counts, asked for.
    fn admitted(&self) -> Vec<Mark> {
        let mut ends: Vec<(Event, u32)> = Vec::new();
        let (mut marks, mut moves, mut unsent) = (Vec::new(), 0, Vec::new());
        // What was made by who then stopped, nobody wants the outcome of: it gave its permit back.
        let mut stopped = Vec::new();
        for event in self.back() {
            if marks.len() >= self.wanted {
                break;
            }
            if self.begins_with(&event) {
                marks.extend(self.kept_probe(event).map(|(_, mark)| mark));
                break;
            }
            if matches!(event.kind, Kind::WorkLost | Kind::Cancelled) {
                stopped.push(event.subject);
            }
            if !self.is_here(&event) {
                continue;
            }
            let open = Mark { event: event.id, at: event.at, failed: None, slow: false };
            match event.kind {
                Kind::Answered | Kind::TimedOut if self.is_end(&event) => {
                    ends.push((event, moves));
                }
                Kind::TimedOut | Kind::Overtaken | Kind::Rejected
                    if !self.is_per_call()
                        || self.is_over(&event) && event.kind != Kind::Overtaken =>
                {
                    unsent.push(event);
                    if event.kind == Kind::Rejected
                        && self.settings.denominator == Denominator::Fires
                    {
                        marks.push(open);
                    }
                }
                Kind::Breaker => moves += 1,
                Kind::Held | Kind::Sent if unsent.iter().any(|end| self.is_same(end, &event)) => {}
                Kind::Sent | Kind::Held | Kind::Rejected if self.is_passing(&event) => {
                    let place = ends.iter().position(|(end, _)| self.is_same(end, &event));
                    let end = place.map(|place| ends.swap_remove(place));
                    let row = self.run.log().span(event.subject);
                    if end.is_none() && !row.by_client && stopped.contains(&row.parent) {
                        continue;
                    }
                    let end = end.filter(|(_, then)| *then == moves || self.late_counts());
                    marks.push(end.map_or(open, |(end, _)| self.mark(end, self.left(&end))));
                }
                _ => {}
            }
        }
        marks.reverse();
        marks
    }
}

/// How often a breaker had opened in a row when it opened with this event.
pub(super) fn openings(run: &Run, opened: EventId) -> u32 {
    let (edge, client) = run.log().event(opened).breaker();
    let bands = run.index().bands_of(run.log(), edge, client);
    let at = run.log().at(opened);
    let until = bands.partition_point(|band| band.from <= at);
    let states =
        bands[..until].iter().rev().skip_while(|band| band.event.is_some_and(|e| e > opened));
    states
        .take_while(|band| {
            !matches!(band.state, None | Some(State::Closed | State::Disabled | State::MetricsOnly))
        })
        .filter(|band| band.state == Some(State::Open))
        .count() as u32
}
