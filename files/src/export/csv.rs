//! A row for each request, as CSV (RFC 4180).

use std::io::{self, Write};

use half_open::log::{RequestId, StatusCode};
use half_open::run::ids;
use half_open::time::{SimDuration, SimTime};

use super::facts::{Attempt, Facts, Outcome};
use super::words;
use super::{Batches, Pieces};

const HEADER: &str = "request,client,began_ms,ended_ms,latency_ms,outcome,status,attempts,waits,\
                      waited_ms,rejected,replayed,charged,key,method,path,by_hand,trace_id";

#[derive(Default)]
pub(super) struct Csv {
    batches: Batches,
    begun: bool,
}

impl Pieces for Csv {
    fn write(&mut self, facts: &Facts, out: &mut dyn Write) -> io::Result<bool> {
        if !self.begun {
            write!(out, "{HEADER}\r\n")?;
            self.begun = true;
        }
        let Some(requests) = self.batches.next(facts) else { return Ok(false) };
        for request in requests {
            row(facts, request, out)?;
        }
        Ok(true)
    }
}

fn row(facts: &Facts, request: RequestId, out: &mut dyn Write) -> io::Result<()> {
    let (run, row) = (&facts.run, facts.run.index().requests[request as usize]);
    let (seed, who) = (run.experiment().seed, run.log().request(request));
    let calls: Vec<Attempt> =
        facts.attempts(request).filter(|attempt| attempt.row.by_client).collect();
    let began = run.log().at(row.first);
    let last = calls.last().filter(|_| row.over.is_some()).map(|last| last.outcome);
    let outcome = match (row.succeeded, last) {
        _ if row.degraded => "degraded",
        (true, _) => "succeeded",
        // An answer that is an error; which one is said beside it.
        (false, Some(Outcome::Answered(StatusCode::Http(_)))) => "failed",
        (false, Some(outcome)) => words::outcome(outcome),
        (false, None) => "unfinished",
    };
    let status = match last {
        Some(Outcome::Answered(StatusCode::Http(status))) => status.0.to_string(),
        _ => String::new(),
    };
    let waits = || calls.iter().filter_map(|attempt| attempt.backoff);
    let waited = waits().fold(SimDuration::ZERO, |sum, wait| sum + wait);
    let hand = facts.by_hand(request);
    let latency = |over: SimTime| over.since(began);
    let edge = calls.first().map_or(0, |first| first.row.edge);
    let cells = [
        ids::short_id(run, request),
        who.client.to_string(),
        ms(began.since(SimTime::ZERO)),
        row.over.map(|over| ms(over.since(SimTime::ZERO))).unwrap_or_default(),
        row.over.map(|over| ms(latency(over))).unwrap_or_default(),
        outcome.into(),
        status,
        calls.len().to_string(),
        waits().count().to_string(),
        ms(waited),
        row.rejected.to_string(),
        row.replayed.to_string(),
        row.charges.to_string(),
        text(&ids::key(run, request, 1).unwrap_or_default()),
        text(hand.map_or("POST", |hand| &hand.method)),
        text(hand.map_or("/api/payments", |hand| &hand.path)),
        row.by_hand.to_string(),
        format!("{:032x}", ids::trace_id(seed, who, edge)),
    ];
    write!(out, "{}\r\n", cells.join(","))
}

/// Milliseconds, exact to the nanosecond.
fn ms(duration: SimDuration) -> String {
    duration.millis().to_string()
}

/// A cell with a text from outside: in quotation marks where it has to be, and with an apostrophe
/// where a spreadsheet would take it for a formula (OWASP, *CSV Injection*).
fn text(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let safe = if formula { format!("'{text}") } else { text.to_owned() };
    if safe.contains([',', '"', '\r', '\n']) || safe.trim() != safe {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn cells_are_quoted_where_they_must_be_and_are_never_formulas() {
        let cases = [
            ("abc-123", "abc-123"),
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-2", "'-2"),
            ("+2,3", "\"'+2,3\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("\r\n=1", "\"'\r\n=1\""),
            (" padded", "\" padded\""),
            ("", ""),
        ];
        for (given, cell) in cases {
            assert_eq!(text(given), cell);
        }
    }
}
