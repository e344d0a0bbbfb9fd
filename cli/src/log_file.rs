//! `--log FILE`: every event on a line of its own.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;

use half_open::log::{Event, Kind, StatusCode, Verdict, unpack_transition};
use half_open::run::Run;
use serde::Serialize;

use crate::output::{Failure, Result};
use crate::report::line_name;
use half_open_files::number::Ms;

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
    /// On the way, at work, or until the next attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<Ms>,
    /// How many waited, with this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<u32>,
    /// Whether no further attempt follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// Writes the log of a run to a file.
pub(crate) fn write(run: &Run, path: &Path) -> Result {
    let unwritable = |error: io::Error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::NobodyListens,
        _ => Failure::unusable(path.display(), format!("cannot be written: {error}")),
    };
    let mut out = BufWriter::new(File::create(path).map_err(unwritable)?);
    for event in run.log().events_from(0) {
        let line = serde_json::to_writer(&mut out, &row(run, event)).map_err(io::Error::from);
        line.and_then(|()| writeln!(out)).map_err(unwritable)?;
    }
    out.flush().map_err(unwritable)
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
        row.on = Some(line_name(scenario, call.edge));
        row.attempt = Some(call.attempt);
    }
    match event.kind {
        Kind::Intervention | Kind::FaultEnded => row.intervention = Some(event.subject),
        Kind::Arrived => {
            row.request = Some(event.subject);
            row.client = Some(log.request(event.subject).client);
        }
        Kind::Sent | Kind::Started | Kind::BackedOff => {
            row.duration_ms = Some(Ms(event.duration()))
        }
        Kind::TimedOut => {
            row.duration_ms = Some(Ms(event.duration()));
            row.last = Some(event.is_last());
        }
        Kind::Rejected => row.last = Some(event.is_last()),
        Kind::Responded => {
            row.status = Some(status(event));
            row.duration_ms = Some(Ms(event.duration()));
        }
        Kind::Answered => {
            row.status = Some(status(event));
            row.last = Some(event.is_last());
        }
        Kind::AnsweredLate => row.status = Some(status(event)),
        Kind::Queued | Kind::QueueFull => row.waiting = Some(event.payload),
        Kind::Verdict => row.verdict = Some(verdict(event)),
        Kind::Breaker => {
            let (to, reason, ..) = unpack_transition(event.payload);
            row.on = Some(line_name(scenario, event.subject as u8));
            (row.to, row.reason) = (Some(to.name()), Some(reason.name()));
        }
        Kind::Charged | Kind::WorkLost | Kind::RequestLost | Kind::ResponseLost => {}
    }
    row
}

fn status(event: Event) -> Option<u16> {
    match event.status() {
        StatusCode::Http(status) => Some(status.0),
        StatusCode::ConnectionFailed => None,
    }
}

const fn verdict(event: Event) -> &'static str {
    match event.verdict() {
        Verdict::Replayed => "replayed",
        Verdict::InProgress => "in_progress",
        Verdict::Mismatch => "mismatch",
        Verdict::Missing => "missing",
        Verdict::Conflict => "conflict",
        Verdict::Refused => "refused",
    }
}
