//! Every event of the log on a line of its own.

use std::io::{self, Write};

use half_open::log::{Event, EventId, Fallback, Kind, StatusCode, unpack_transition};
use half_open::run::Run;
use serde::Serialize;

use super::facts::Facts;
use super::words;
use super::{Pieces, json};
use crate::number::Ms;

/// An event. What does not apply to its kind is left out.
#[derive(Default, Serialize)]
struct Row {
    id: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    t_ms: Option<Ms>,
    kind: String,
    /// The event that made it happen.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    intervention: Option<u32>,
    /// An HTTP status; null: the connection broke.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Option<u16>>,
    /// On the way, at work, until the next attempt, or since the answer that somebody falls back on.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<Ms>,
    /// How many waited, with this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<u32>,
    /// Whether neither another attempt follows nor a fallback.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// How many events make a piece.
const PIECE: u32 = 1_024;

#[derive(Default)]
pub(super) struct JsonLines {
    next: EventId,
}

impl Pieces for JsonLines {
    fn write(&mut self, facts: &Facts, out: &mut dyn Write) -> io::Result<bool> {
        let run = &facts.run;
        let end = self.next.saturating_add(PIECE).min(run.log().len());
        for event in (self.next..end).map(|id| run.log().event(id)) {
            json(out, &row(run, event))?;
            writeln!(out)?;
        }
        self.next = end;
        Ok(end < run.log().len())
    }
}

fn row(run: &Run, event: Event) -> Row {
    let (log, scenario) = (run.log(), &run.experiment().scenario);
    let mut row = Row {
        id: event.id,
        t_ms: Some(event.at.into()),
        kind: event.kind.name().replace(' ', "_"),
        cause: event.cause(),
        ..Row::default()
    };
    if let Some(span) = event.span() {
        let call = log.span(span);
        row.span = Some(span);
        row.request = Some(log.request_of(span));
        row.on = Some(words::line(scenario, call.edge));
        row.attempt = Some(call.attempt);
    }
    match event.kind {
        Kind::Intervention | Kind::FaultEnded => row.intervention = Some(event.subject),
        Kind::Arrived => {
            row.request = Some(event.subject);
            row.client = Some(log.request(event.subject).client);
        }
        Kind::Sent | Kind::Started | Kind::BackedOff | Kind::Hedged | Kind::Duplicated => {
            row.duration_ms = Some(Ms(event.duration()))
        }
        Kind::TimedOut => {
            row.duration_ms = Some(Ms(event.duration()));
            row.last = Some(event.is_last());
        }
        Kind::Rejected => {
            row.last = Some(event.is_last());
            row.reason = Some(words::refusal(event.refusal()));
        }
        Kind::FellBack => {
            let fallback = event.fallback();
            row.reason = Some(words::fallback(fallback));
            row.last = Some(event.is_last());
            if let Fallback::Stale { age } = fallback {
                row.duration_ms = Some(Ms(age));
            }
        }
        Kind::Responded => {
            row.status = Some(status(event));
            row.duration_ms = Some(Ms(event.duration()));
        }
        Kind::Answered => {
            row.status = Some(status(event));
            row.last = Some(event.is_last());
        }
        Kind::AnsweredLate => row.status = Some(status(event)),
        Kind::Picked => row.on = Some(words::line(scenario, event.picked().edge)),
        Kind::Held | Kind::Queued | Kind::QueueFull => row.waiting = Some(event.payload),
        Kind::Shed => row.reason = Some(words::shedding(event.shedding())),
        Kind::Verdict => row.verdict = Some(words::verdict(event.verdict())),
        Kind::Breaker => {
            let (to, reason, ..) = unpack_transition(event.payload);
            let (edge, client) = event.breaker();
            row.on = Some(words::line(scenario, edge));
            let who = client.zip(scenario.edge(edge));
            row.client = who.map(|(client, edge)| scenario.client(edge.from, client.into()));
            (row.to, row.reason) = (Some(to.name()), Some(reason.name()));
        }
        Kind::Charged
        | Kind::WorkLost
        | Kind::Overtaken
        | Kind::Cancelled
        | Kind::RequestLost
        | Kind::ResponseLost => {}
        Kind::Denied => {
            row.reason = Some(match event.wait_denied() {
                None => "retry_budget",
                Some(_) if event.is_denied_by_timeout() => "timeout",
                Some(_) => "deadline",
            });
        }
    }
    row
}

fn status(event: Event) -> Option<u16> {
    match event.status() {
        StatusCode::Http(status) => Some(status.0),
        StatusCode::ConnectionFailed => None,
    }
}
