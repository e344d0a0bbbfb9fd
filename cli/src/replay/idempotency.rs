//! `half-open replay --idempotency`: requests with keys in, answers out, so that any other
//! implementation can be compared with this one request by request.

use std::io::{self, BufRead, Write};

use half_open::policy::idempotency::{Answer, Crash, Request, Server};
use half_open::policy::outcome::Status;
use half_open::time::{SimDuration, SimTime};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::profile;
use crate::output::{self, Failure, Result};
use half_open_files::number::grouped;

/// The last moment that is read, the beginning of the year 2500: nanoseconds do not go on for long.
const LAST_MS: f64 = 16_725_225_600_000.0;
/// A year: longer than any handler works.
const LONGEST_MS: f64 = 366.0 * 86_400_000.0;

/// A line that is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: Value,
    t_ms: f64,
    method: String,
    endpoint: String,
    #[serde(default)]
    tenant: Value,
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    payload: Value,
    processing_ms: f64,
    handler_status: u16,
    #[serde(default)]
    request_lost: bool,
    #[serde(default)]
    response_lost: bool,
    #[serde(default)]
    crash: Option<Crash>,
    #[serde(default)]
    rejected_before_execution: bool,
}

/// A line that is written.
#[derive(Serialize)]
struct Told {
    id: Value,
    server_status: Option<u16>,
    client_sees: Seen,
    executed: bool,
    replayed: bool,
    side_effects: u64,
}

struct Seen(Option<u16>);

impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, s: S) -> std::result::Result<S::Ok, S::Error> {
        match self.0 {
            Some(status) => s.serialize_u16(status),
            None => s.serialize_str("no_response"),
        }
    }
}

/// Answers every request of standard input by the profile that a name or a file stands for.
pub(super) fn run(source: &str) -> Result {
    let mut server = Server::new(profile::read(source)?);
    let mut out = io::stdout().lock();
    let mut answered = 0u64;
    for (number, line) in (1u64..).zip(io::stdin().lock().lines()) {
        let refused = |what: &dyn std::fmt::Display| {
            let place = format!("standard input: line {}", grouped(number));
            let kept = match answered {
                0 => "Nothing was answered before it".to_owned(),
                1 => "The answer to the request before it stands".to_owned(),
                n => format!("The answers to the {} requests before it stand", grouped(n)),
            };
            Failure::unusable(place, format!("{what}. {kept}"))
        };
        let line = line.map_err(|error| refused(&error))?;
        if line.trim().is_empty() {
            continue;
        }
        let line: Line = serde_json::from_str(&line).map_err(|error| {
            refused(&error.to_string().replace(" at line 1 column ", ", at column "))
        })?;
        let told = ask(&mut server, line).map_err(|what| refused(&what))?;
        output::json(&mut out, &told)?;
        out.flush()?;
        answered += 1;
    }
    Ok(())
}

fn ask(server: &mut Server, line: Line) -> std::result::Result<Told, String> {
    let at = SimTime::ZERO + millis("t_ms", line.t_ms, LAST_MS)?;
    if at < server.now() {
        return Err(format!(
            "t_ms must not be earlier than {} ms, the time of the request before it, and is {}",
            server.now().since(SimTime::ZERO).millis(),
            line.t_ms
        ));
    }
    if !(200..=599).contains(&line.handler_status) {
        let status = line.handler_status;
        return Err(format!("handler_status must be between 200 and 599, not {status}"));
    }
    let (tenant, payload) = (as_value(line.tenant), as_value(line.payload));
    let request = Request {
        method: &line.method,
        endpoint: &line.endpoint,
        tenant: &tenant,
        key: line.key.as_deref(),
        payload: &payload,
        processing: millis("processing_ms", line.processing_ms, LONGEST_MS)?,
        handler_status: Status(line.handler_status),
        request_lost: line.request_lost,
        response_lost: line.response_lost,
        rejected: line.rejected_before_execution,
        crash: line.crash,
    };
    let Answer { status, seen, executed, replayed, side_effects } = server.handle(at, &request);
    Ok(Told {
        id: line.id,
        server_status: status.map(|status| status.0),
        client_sees: Seen(seen.map(|status| status.0)),
        executed,
        replayed,
        side_effects,
    })
}

/// A text that is the same for equal values: neither white space nor the order of members counts.
fn as_value(mut value: Value) -> String {
    value.sort_all_objects();
    value.to_string()
}

/// A field in milliseconds, to the nanosecond.
fn millis(field: &str, ms: f64, most: f64) -> std::result::Result<SimDuration, String> {
    if (0.0..=most).contains(&ms) {
        let whole = SimDuration::from_millis(ms.trunc() as u64);
        return Ok(whole + SimDuration::from_nanos_f64(ms.fract() * 1e6));
    }
    Err(format!("{field} must be between 0 and {most}, not {ms}"))
}
