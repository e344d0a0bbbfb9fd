//! What became of one request so far: its attempts over every hop, in the order in which they were
//! made.

use half_open::log::{Event, EventId, Kind, RequestId, SpanId, StatusCode, Verdict};
use half_open::run::Run;
use half_open::scenario::EdgeId;
use half_open::time::SimTime;
use half_open_view::numbers::short;

/// One attempt at one call.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Attempt {
    /// Its row in the log.
    pub(super) span: SpanId,
    /// Its line.
    pub(super) edge: EdgeId,
    /// 1 for the first at its call.
    pub(super) number: u8,
    /// Whether a client made it.
    pub(super) by_client: bool,
    /// When it began.
    pub(super) from: SimTime,
    /// When its caller had an outcome.
    pub(super) to: Option<SimTime>,
    /// The event that says so, or the latest one.
    pub(super) event: EventId,
    /// How it stands.
    pub(super) outcome: Outcome,
    /// What else is worth knowing: `charged`, `↺ replayed`.
    pub(super) notes: Vec<String>,
}

/// How an attempt stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    /// Nobody knows yet.
    InFlight,
    /// It worked.
    Ok(String),
    /// It did not.
    Failed(String),
}

impl Outcome {
    /// What to read, and the class that colours it.
    pub(super) fn shown(&self) -> (&str, &'static str) {
        match self {
            Self::InFlight => ("in flight", "in-flight"),
            Self::Ok(text) => (text, "ok"),
            Self::Failed(text) => (text, "failed"),
        }
    }
}

/// The attempts of a request, as far as the first `until` events tell.
pub(super) fn of(run: &Run, request: RequestId, until: EventId) -> Vec<Attempt> {
    let log = run.log();
    let Some(row) = run.index().requests.get(request as usize) else { return Vec::new() };
    let mut attempts = Vec::new();
    for id in row.first..until.min(row.last.saturating_add(1)) {
        let event = log.event(id);
        let mine = event.span().is_some_and(|span| log.request_of(span) == request);
        if mine {
            take(run, &mut attempts, event);
        }
    }
    attempts
}

fn take(run: &Run, attempts: &mut Vec<Attempt>, event: Event) {
    if matches!(event.kind, Kind::Sent | Kind::Rejected) {
        let span = run.log().span(event.subject);
        attempts.push(Attempt {
            span: event.subject,
            edge: span.edge,
            number: span.attempt,
            by_client: span.by_client,
            from: event.at,
            to: None,
            event: event.id,
            outcome: Outcome::InFlight,
            notes: Vec::new(),
        });
    }
    let Some(attempt) = attempts.iter_mut().rfind(|attempt| attempt.span == event.subject) else {
        return;
    };
    let mut settle = |outcome| {
        attempt.to = Some(event.at);
        attempt.event = event.id;
        attempt.outcome = outcome;
    };
    match event.kind {
        Kind::Rejected => settle(Outcome::Failed("rejected by its breaker".into())),
        Kind::TimedOut => {
            settle(Outcome::Failed(format!("timed out after {}", short(event.duration()))));
        }
        Kind::Answered => settle(match event.status() {
            StatusCode::Http(status) if status.is_success() => Outcome::Ok(status.0.to_string()),
            StatusCode::Http(status) => Outcome::Failed(status.to_string()),
            StatusCode::ConnectionFailed => Outcome::Failed("connection failed".into()),
        }),
        _ => attempt.notes.extend(note(event)),
    }
}

fn note(event: Event) -> Option<String> {
    let words = match event.kind {
        Kind::RequestLost | Kind::ResponseLost | Kind::QueueFull | Kind::WorkLost => {
            event.kind.name()
        }
        Kind::Charged => "charged",
        Kind::AnsweredLate => "answered too late",
        Kind::Verdict => match event.verdict() {
            Verdict::Replayed => "↺ replayed",
            Verdict::InProgress => "key in progress",
            Verdict::Mismatch => "key of another body",
            Verdict::Missing => "key missing",
            Verdict::Conflict => "written meanwhile by another",
            Verdict::Refused => "method or path not known",
        },
        Kind::BackedOff => return Some(format!("waits {}", short(event.duration()))),
        _ => return None,
    };
    Some(words.into())
}

#[cfg(test)]
mod tests {
    use half_open::run::Limits;
    use half_open::scenario::{Change, HandRequest, Intervention, library};
    use half_open::time::SimDuration;

    use super::*;

    #[test]
    fn a_lost_response_is_tried_again_and_replayed() {
        let mut experiment = library::payments();
        experiment.interventions.clear();
        experiment.scenario.horizon = SimDuration::from_secs(8);
        let hand = HandRequest { lose_response: true, ..HandRequest::default() };
        let at = SimTime::from_millis(1_000);
        experiment.insert(Intervention { at, change: Change::Send(hand) });
        let run = Run::new(experiment, Limits::default());
        let (id, _) = run.index().rows().find(|(_, row)| row.by_hand).expect("it was sent");
        let attempts = of(&run, id, run.log().len());
        let by_client: Vec<_> = attempts.iter().filter(|a| a.by_client).collect();
        assert_eq!(by_client.len(), 2);
        assert!(matches!(&by_client[0].outcome, Outcome::Failed(why) if why.starts_with("timed")));
        assert!(by_client[0].notes.iter().any(|note| note == "response lost"));
        assert_eq!(by_client[1].outcome, Outcome::Ok("201".into()));
        assert_eq!(by_client[1].notes, ["↺ replayed"]);
        let early = of(&run, id, by_client[0].event);
        assert!(early.iter().all(|a| a.span != by_client[1].span));
        assert_eq!(early[0].outcome, Outcome::InFlight);
    }
}
