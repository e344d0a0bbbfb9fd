//! What each kind of event does to a scene.

use std::sync::Arc;

use super::breakers::Whole;
use super::ledger::{KeyRow, KeyState, push_recent, remember_key};
use super::scene::{
    Backoff, ClientScene, Doing, Flight, Loss, Operation, Phase, Scene, Trace, TraceKind,
};
use crate::log::{Event, Kind, Log, Refusal, RequestId, Span, SpanId, StatusCode, Verdict};
use crate::policy::outcome::Outcome;
use crate::policy::stack::Layer;
use crate::scenario::{Change, EdgeId, Experiment, FaultKind, Knob, NodeId, Target};
use crate::sim::retune;
use crate::time::{SimDuration, SimTime};

impl Scene {
    /// Takes the next event in.
    pub(super) fn apply(&mut self, experiment: &Experiment, log: &Log, event: Event) {
        self.at = event.at;
        self.events = event.id + 1;
        match event.kind {
            Kind::Intervention => self.intervene(experiment, event),
            Kind::FaultEnded => self.faults.retain(|(_, _, index)| *index != event.subject),
            Kind::Arrived => self.arrived(log, event),
            Kind::Sent => self.sent(log, event),
            Kind::Held => self.begin_flight(log, event, &log.span(event.subject)),
            Kind::Duplicated => self.duplicated(log, event),
            Kind::Hedged => self.lines[usize::from(log.span(event.subject).edge)].hedged += 1,
            Kind::Overtaken => self.overtaken(event),
            Kind::FellBack => self.fell_back(log, event),
            Kind::Picked => self.lines[usize::from(event.picked().edge)].picked += 1,
            Kind::Rejected => self.rejected(log, event),
            Kind::RequestLost => self.lost(event, TraceKind::RequestLost),
            Kind::ResponseLost => {
                self.lost(event, TraceKind::ResponseLost);
                self.spend(event);
            }
            Kind::Queued => self.queued(event),
            Kind::QueueFull | Kind::Shed => self.trace(event, TraceKind::TurnedAway),
            Kind::Started => self.started(log, event),
            Kind::Verdict => self.verdict(log, event),
            Kind::Charged => self.ledger.charge(event.at, event.id, event.payload),
            Kind::WorkLost => {
                self.stopped(event);
                self.trace(event, TraceKind::TurnedAway);
            }
            Kind::Cancelled => self.cancelled(event),
            Kind::Responded => self.responded(event),
            Kind::Answered => self.answered(log, event),
            Kind::AnsweredLate => self.far_side_done(event.subject),
            Kind::TimedOut => self.timed_out(log, event),
            Kind::BackedOff => self.backed_off(log, event),
            Kind::Breaker => self.breaker_moved(event),
            Kind::Denied if event.is_denied_by_timeout() => {}
            Kind::Denied if event.wait_denied().is_some() => {
                self.lines[usize::from(log.span(event.subject).edge)].layers.late += 1;
            }
            Kind::Denied => self.lines[usize::from(log.span(event.subject).edge)].denied += 1,
        }
    }

    fn intervene(&mut self, experiment: &Experiment, event: Event) {
        let Some(intervention) = experiment.interventions.get(event.subject as usize) else {
            return;
        };
        match &intervention.change {
            Change::Set { .. } | Change::SetBreaker { .. } => {
                self.settings_changed(&intervention.change)
            }
            Change::Breaker { edge, action } => self.work_breaker(*edge, *action),
            Change::Fault(fault) | Change::Struck(fault) => {
                self.faults.push((*fault, event.id, event.subject));
                match (fault.kind, fault.target) {
                    (FaultKind::Crash { keep_state: false }, Target::Node(node)) => {
                        self.forget(node);
                    }
                    (FaultKind::ForgetKeys, Target::Node(node)) => self.forget_keys(node),
                    _ => {}
                }
            }
            Change::Send(_) | Change::Burst(_) | Change::Chaos(_) | Change::Drop { .. } => {}
        }
    }

    fn settings_changed(&mut self, change: &Change) {
        let old = self.scenario.clone();
        if change.apply(Arc::make_mut(&mut self.scenario)).is_err() {
            return;
        }
        match *change {
            Change::Set { knob: Knob::Edge(edge, _), .. } | Change::SetBreaker { edge, .. } => {
                let index = usize::from(edge);
                let (before, after) =
                    (&old.edges[index].policy, &self.scenario.edges[index].policy);
                let line = &mut self.lines[index];
                if retune(&mut line.breaker, &mut line.own, (before, after), self.at) {
                    line.moved = None;
                }
            }
            Change::Set { knob: Knob::Clients(node, _), .. } => {
                let idle = ClientScene { under_way: 0, doing: Doing::Nothing };
                let count = self.scenario.clients(node).map_or(0, |clients| clients.count);
                let place = self.scenario.populations().position(|other| other == node);
                if let Some(clients) = place.and_then(|place| self.clients.get_mut(place)) {
                    clients.resize((count as usize).max(clients.len()), idle);
                }
            }
            _ => {}
        }
    }

    /// A service lost its memory: its keys, and the state of its breakers.
    fn forget(&mut self, node: NodeId) {
        self.forget_keys(node);
        let edges: Vec<EdgeId> = self.scenario.calls_of(node).collect();
        for edge in edges {
            let now = self.at;
            if let Some((breaker, settings)) = self.breaker(edge, None) {
                let _ = breaker.crash(settings, now);
            }
        }
    }

    fn forget_keys(&mut self, node: NodeId) {
        self.keys.retain(|row| row.node != node);
    }

    fn arrived(&mut self, log: &Log, event: Event) {
        let client = log.request(event.subject).client;
        self.totals.requests += 1;
        self.operations.insert(event.subject, Operation { began: event.at, client });
        if let Some(client) = self.client_mut(client) {
            client.under_way = client.under_way.saturating_add(1);
            client.doing = Doing::InFlight { since: event.at };
        }
    }

    fn sent(&mut self, log: &Log, event: Event) {
        let span = log.span(event.subject);
        match self.flights.get(event.subject).map(|flight| flight.asked) {
            None => self.begin_flight(log, event, &span),
            Some(true) => {}
            Some(false) => {
                let permit = self.ask_breaker(log, event, &span);
                if let Some(flight) = self.flights.get_mut(event.subject) {
                    flight.probe = permit.is_some_and(|permit| permit.is_probe());
                    flight.permit = permit;
                }
            }
        }
        if let Some(whole) = self.wholes.get_mut(&Whole::of(&span)) {
            whole.sent = true;
        }
        let line = &mut self.lines[usize::from(span.edge)];
        line.sent += 1;
        line.again += u32::from(span.attempt > 1);
        self.count_passed(&span, None);
        let Some(flight) = self.flights.get_mut(event.subject) else { return };
        (flight.phase, flight.far_side_done) = (Phase::Outbound, false);
        (flight.sent, flight.since, flight.until) =
            (event.at, event.at, event.at + event.duration());
    }

    /// An attempt is made, and has passed what is outside the place where it is now.
    fn begin_flight(&mut self, log: &Log, event: Event, span: &Span) {
        let request = log.request_of(event.subject);
        let index = usize::from(span.edge);
        let stack = &self.scenario.edges[index].policy.stack;
        let asked = event.kind == Kind::Sent || stack.is_outside(Layer::Breaker, Layer::Bulkhead);
        let permit = if asked { self.ask_breaker(log, event, span) } else { None };
        let whole = self.wholes.get(&Whole::of(span)).map(|whole| whole.permit);
        let probe = permit.or(whole).is_some_and(|permit| permit.is_probe());
        let flight = Flight { probe, asked, permit, ..Flight::begun(event, span, request) };
        self.flights.insert(event.subject, flight);
        self.count_made(span);
        self.backoff_over(span.parent, span.edge, span.by_client, request);
    }

    /// A second one of a request is on its way, for which nobody waits.
    fn duplicated(&mut self, log: &Log, event: Event) {
        let flight = Flight {
            phase: Phase::Outbound,
            until: event.at + event.duration(),
            given_up: Some(event.at),
            far_side_done: false,
            ..Flight::begun(event, &log.span(event.subject), log.request_of(event.subject))
        };
        self.flights.insert(event.subject, flight);
    }

    /// A new attempt was made, so nobody waits for it any more.
    fn backoff_over(&mut self, parent: SpanId, edge: EdgeId, by_client: bool, request: RequestId) {
        if by_client {
            self.client_does(request, Doing::InFlight { since: self.at });
        } else {
            self.backoffs.retain(|backoff| (backoff.parent, backoff.edge) != (parent, edge));
        }
    }

    fn client_does(&mut self, request: RequestId, doing: Doing) {
        let client = self.operations.get(request).map(|operation| operation.client);
        if let Some(client) = client.and_then(|client| self.client_mut(client)) {
            client.doing = doing;
        }
    }

    fn rejected(&mut self, log: &Log, event: Event) {
        let span = log.span(event.subject);
        let request = log.request_of(event.subject);
        let index = usize::from(span.edge);
        let stack = self.scenario.edges[index].policy.stack;
        let client = self.who_asks(log, span.edge, event.subject);
        let line = &mut self.lines[index];
        let by_breaker = u32::from(event.refusal() == Refusal::Breaker);
        line.rejected += 1;
        match (&mut line.own, client) {
            (Some(own), Some(client)) if by_breaker > 0 => {
                own.of_mut(client.into()).with.rejected_since += by_breaker;
            }
            (Some(_), Some(_)) => {}
            _ => line.rejected_since += by_breaker,
        }
        // It may have waited for a place in the bulkhead, further out.
        let held = self.flights.remove(event.subject);
        if held.is_none() {
            self.count_made(&span);
        }
        self.count_passed(&span, Some(event.refusal().layer()));
        let asked = held.as_ref().is_some_and(|held| held.asked);
        let asks = !asked && !stack.is_outside(event.refusal().layer(), Layer::Breaker);
        // The breaker counts who asks. Whom it lets through comes back, if somebody else refuses.
        let permit =
            if asks { self.ask_breaker(log, event, &span) } else { held.and_then(|h| h.permit) };
        if let Some(permit) = permit {
            self.lines[index].breaker_of(permit.client()).release(permit);
        }
        if event.is_last() {
            self.call_over(log, event, Outcome::Rejected);
        }
        self.backoff_over(span.parent, span.edge, span.by_client, request);
        self.note_trace(event.at, span.edge, event.subject, TraceKind::Rejected);
        if span.by_client && event.is_last() {
            self.operation_over(request, event);
        }
    }

    fn note_trace(&mut self, at: SimTime, edge: EdgeId, span: SpanId, kind: TraceKind) {
        push_recent(&mut self.traces, Trace { at, edge, span, kind });
    }

    fn trace(&mut self, event: Event, kind: TraceKind) {
        if let Some(edge) = self.flights.get(event.subject).map(|flight| flight.edge) {
            self.note_trace(event.at, edge, event.subject, kind);
        }
    }

    fn lost(&mut self, event: Event, kind: TraceKind) {
        self.trace(event, kind);
        if let Some(flight) = self.flights.get_mut(event.subject) {
            flight.phase = Phase::Lost;
            (flight.since, flight.until) = (event.at, SimTime::MAX);
        }
        self.far_side_done(event.subject);
    }

    /// A fault that strikes only once is over when it has.
    fn spend(&mut self, event: Event) {
        let Some(cause) = event.cause() else { return };
        self.faults.retain(|(fault, began, _)| !fault.kind.strikes_once() || *began != cause);
    }

    fn station_of(&mut self, edge: EdgeId) -> &mut super::station::Station {
        let node = self.scenario.edges[usize::from(edge)].to;
        &mut self.stations[usize::from(node)]
    }

    fn queued(&mut self, event: Event) {
        let Some(flight) = self.flights.get_mut(event.subject) else { return };
        flight.phase = Phase::Queued;
        flight.delivered = event.at;
        (flight.since, flight.until) = (event.at, SimTime::MAX);
        let edge = flight.edge;
        self.station_of(edge).queue.push_back(event.subject);
        self.let_in(event, edge);
    }

    /// A request has come that was let in, where that is limited.
    fn let_in(&mut self, event: Event, edge: EdgeId) {
        let node = self.scenario.edges[usize::from(edge)].to;
        let Some(service) = self.scenario.service(node) else { return };
        self.stations[usize::from(node)].let_in(&service.shed, event.subject, event.at);
    }

    /// A request is at its service no more; the one that `worked` was finished.
    fn let_out(&mut self, event: Event, edge: EdgeId, worked: bool) {
        let node = self.scenario.edges[usize::from(edge)].to;
        let Some(service) = self.scenario.service(node) else { return };
        self.stations[usize::from(node)].let_out(&service.shed, event.subject, event.at, worked);
    }

    fn started(&mut self, log: &Log, event: Event) {
        let Some(flight) = self.flights.get_mut(event.subject) else { return };
        if flight.phase == Phase::Outbound {
            flight.delivered = event.at;
        }
        let was = std::mem::replace(&mut flight.phase, Phase::Working);
        flight.worked = Some(event.at);
        flight.started = true;
        (flight.since, flight.until) = (event.at, event.at + event.duration());
        let (span, edge) = (event.subject, flight.edge);
        let station = self.station_of(edge);
        station.fetched += 1;
        station.take_worker(span, was == Phase::Queued);
        if was == Phase::Outbound {
            self.let_in(event, edge);
        }
        let node = self.scenario.edges[usize::from(edge)].to;
        let keeps = self.scenario.service(node).is_some_and(|service| service.idempotency.enabled);
        if keeps {
            let row = KeyRow {
                node,
                span,
                first: event.id,
                at: event.at,
                state: KeyState::InProgress,
                replays: 0,
                refused: 0,
                by_hand: log.request(log.request_of(span)).by_hand(),
            };
            remember_key(&mut self.keys, row);
        }
    }

    fn verdict(&mut self, log: &Log, event: Event) {
        let verdict = event.verdict();
        if verdict.is_after_work() {
            return;
        }
        if verdict == Verdict::Replayed {
            self.totals.replays += 1;
            self.ledger.replay(event.at, event.id, log.request_of(event.subject));
        }
        if let Some(flight) = self.flights.get_mut(event.subject) {
            if flight.phase == Phase::Outbound {
                flight.delivered = event.at;
            }
            // A worker has a look at it, if only a short one: it was not turned away.
            flight.worked = Some(event.at);
            let was = std::mem::replace(&mut flight.phase, Phase::Working);
            (flight.since, flight.until) = (event.at, SimTime::MAX);
            let edge = flight.edge;
            self.station_of(edge).take_worker(event.subject, was == Phase::Queued);
            if was == Phase::Outbound {
                self.let_in(event, edge);
            }
            match verdict {
                Verdict::Cached => self.station_of(edge).cached += 1,
                Verdict::Joined => self.station_of(edge).joined += 1,
                _ => {}
            }
        }
        let Some(first) = event.cause() else { return };
        let place = self.keys.iter().rposition(|row| row.first == first);
        let Some(mut row) = place.and_then(|place| self.keys.remove(place)) else { return };
        match verdict {
            Verdict::Replayed => row.replays += 1,
            Verdict::InProgress | Verdict::Mismatch => row.refused += 1,
            Verdict::Missing
            | Verdict::Refused
            | Verdict::Conflict
            | Verdict::Expired
            | Verdict::ExpiredAtWork
            | Verdict::Cached
            | Verdict::Joined => {}
        }
        // What was asked for last is the latest again.
        self.keys.push_back(row);
    }

    /// A service does no more for a request.
    fn stopped(&mut self, event: Event) {
        let Some(flight) = self.flights.get(event.subject) else { return };
        let edge = flight.edge;
        let station = self.station_of(edge);
        station.leave_worker(event.subject);
        station.leave_queue(event.subject);
        self.let_out(event, edge, false);
        self.key_over(event.subject, KeyState::Freed);
        self.backoffs.retain(|backoff| backoff.parent != event.subject);
        let orphans: Vec<SpanId> = self
            .flights
            .iter()
            .filter(|(_, flight)| flight.parent == Some(event.subject))
            .map(|(span, _)| span)
            .collect();
        self.abandon_calls(event.subject);
        for span in orphans {
            let Some(flight) = self.flights.get_mut(span) else { continue };
            let (edge, permit, gone) = (flight.edge, flight.permit.take(), flight.far_side_done);
            flight.given_up = flight.given_up.or(Some(event.at));
            if let Some(permit) = permit {
                self.lines[usize::from(edge)].breaker_of(permit.client()).release(permit);
            }
            if gone {
                self.flights.remove(span);
            }
        }
    }

    /// The work that was done since its caller had gone was for nobody; it is over.
    fn cancelled(&mut self, event: Event) {
        self.stopped(event);
        let Some(flight) = self.flights.get(event.subject) else { return };
        let (edge, worked) = (flight.edge, flight.worked.zip(flight.given_up));
        if let Some((began, given_up)) = worked {
            self.station_of(edge).orphan_work += event.at.since(began.max(given_up));
        }
        self.far_side_done(event.subject);
    }

    fn key_over(&mut self, span: SpanId, state: KeyState) {
        let mine = |row: &&mut KeyRow| row.span == span && row.state == KeyState::InProgress;
        if let Some(row) = self.keys.iter_mut().rev().find(mine) {
            row.state = state;
        }
    }

    fn responded(&mut self, event: Event) {
        let Some(flight) = self.flights.get_mut(event.subject) else { return };
        // An answer about the request itself, such as 404, takes a worker but no time.
        let about_itself = matches!(event.status(), StatusCode::Http(status) if status.0 < 500);
        let turned_away = flight.worked.is_none() && !about_itself;
        let took = event.at.since(flight.delivered);
        let orphaned = match (flight.worked, flight.given_up) {
            (Some(began), Some(given_up)) => event.at.since(began.max(given_up)),
            _ => SimDuration::ZERO,
        };
        let started = flight.started;
        let was = std::mem::replace(&mut flight.phase, Phase::Inbound);
        flight.answer = event.status();
        (flight.since, flight.until) = (event.at, event.at + event.duration());
        let edge = flight.edge;
        let node = self.scenario.edges[usize::from(edge)].to;
        let station = &mut self.stations[usize::from(node)];
        // Most who are turned away have been in neither place, and the queue may be long.
        match was {
            Phase::Queued => station.leave_queue(event.subject),
            _ => station.leave_worker(event.subject),
        }
        station.handled += 1;
        station.orphan_work += orphaned;
        if station.limiter.is_some()
            && let Some(service) = self.scenario.service(node)
        {
            station.let_out(&service.shed, event.subject, event.at, started);
        }
        if turned_away {
            station.rejected += 1;
        } else {
            station.note_latency(took);
        }
        let state = match event.status() {
            StatusCode::Http(status) if self.keeps(node, status.is_success()) => {
                KeyState::Stored(status)
            }
            _ => KeyState::Freed,
        };
        self.key_over(event.subject, state);
    }

    fn keeps(&self, node: NodeId, success: bool) -> bool {
        use crate::policy::idempotency::StoreWhat;
        let stores = |service: &crate::scenario::Service| service.idempotency.store;
        success || self.scenario.service(node).map(stores) == Some(StoreWhat::Started)
    }

    fn answered(&mut self, log: &Log, event: Event) {
        let Some(flight) = self.flights.remove(event.subject) else { return };
        let outcome = event.outcome();
        self.settle(&flight, event.at, outcome);
        self.count_end(flight.edge, event);
        if event.is_last() {
            self.call_over(log, event, outcome);
        }
        let success = event.status().is_success();
        if !success {
            self.lines[usize::from(flight.edge)].failed = Some(event.id);
            self.note_trace(event.at, flight.edge, event.subject, TraceKind::Failed);
        }
        if flight.parent.is_none() && event.is_last() {
            self.operation_over(flight.request, event);
        }
    }

    fn timed_out(&mut self, log: &Log, event: Event) {
        let Some(flight) = self.flights.get(event.subject).copied() else { return };
        self.settle(&flight, event.at, Outcome::TimedOut);
        self.count_end(flight.edge, event);
        if event.is_last() {
            self.call_over(log, event, Outcome::TimedOut);
        }
        let line = &mut self.lines[usize::from(flight.edge)];
        line.timed_out = Some(event.at);
        line.failed = Some(event.id);
        self.note_trace(event.at, flight.edge, event.subject, TraceKind::TimedOut);
        if flight.far_side_done {
            self.flights.remove(event.subject);
        } else if let Some(flight) = self.flights.get_mut(event.subject) {
            flight.given_up = Some(event.at);
            flight.permit = None;
        }
        if flight.parent.is_none() && event.is_last() {
            self.operation_over(flight.request, event);
        }
    }

    /// Another copy was answered first.
    fn overtaken(&mut self, event: Event) {
        let Some(flight) = self.flights.get_mut(event.subject) else { return };
        flight.given_up = Some(event.at);
        let (edge, permit, gone) = (flight.edge, flight.permit.take(), flight.far_side_done);
        if let Some(permit) = permit {
            self.lines[usize::from(edge)].breaker_of(permit.client()).release(permit);
        }
        if gone {
            self.flights.remove(event.subject);
        }
    }

    /// A call had failed, and its caller goes on without it.
    fn fell_back(&mut self, log: &Log, event: Event) {
        let span = log.span(event.subject);
        self.lines[usize::from(span.edge)].fell_back += 1;
        if let Some(end) = event.cause().map(|cause| log.event(cause)) {
            self.call_over(log, event, end.outcome());
        }
        if span.by_client && event.is_last() {
            self.operation_over(log.request_of(event.subject), event);
        }
    }

    fn far_side_done(&mut self, span: SpanId) {
        let Some(flight) = self.flights.get_mut(span) else { return };
        flight.far_side_done = true;
        if flight.given_up.is_some() {
            self.flights.remove(span);
        }
    }

    fn operation_over(&mut self, request: RequestId, end: Event) {
        let Some(operation) = self.operations.remove(request) else { return };
        let at = self.at;
        let loss = Loss::of(&end);
        let degraded = loss.is_none() && end.status().is_degraded();
        if degraded {
            self.totals.degraded += 1;
            self.totals.degraded_last = Some(end.id);
        }
        self.totals.succeeded += u32::from(loss.is_none() && !degraded);
        if let Some(loss) = loss {
            self.totals.failed += 1;
            self.totals.lost[loss as usize] += 1;
            self.totals.failed_at = Some(at);
        }
        self.totals.latency.add(at.since(operation.began));
        if let Some(client) = self.client_mut(operation.client) {
            client.under_way = client.under_way.saturating_sub(1);
            client.doing = match client.under_way {
                0 if degraded => Doing::Degraded { at },
                0 if loss.is_none() => Doing::Succeeded { at },
                0 => Doing::Failed { at },
                _ => Doing::InFlight { since: at },
            };
        }
    }

    fn backed_off(&mut self, log: &Log, event: Event) {
        let span = log.span(event.subject);
        let (since, until) = (event.at, event.at + event.duration());
        let request = log.request_of(event.subject);
        if span.by_client {
            self.client_does(request, Doing::Waiting { since, until });
        } else {
            let (edge, parent) = (span.edge, span.parent);
            self.backoffs.push(Backoff { edge, parent, request, since, until });
        }
    }
}
