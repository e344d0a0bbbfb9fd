//! What the log is written into.

use half_open::log::{Event, Kind, Length, Log, NONE};
use half_open::time::SimTime;

use super::best_of_rounds;
use crate::stopwatch::seconds;

const EVENTS: u32 = 3_000_000;

fn event(id: u32) -> Event {
    let at = SimTime::from_nanos(u64::from(id) * 1_000);
    Event { id, at, kind: Kind::Sent, subject: id / 6, payload: id, cause: id.wrapping_sub(1) }
}

/// The same in a row, as small as a row can be without packing.
#[derive(Clone, Copy)]
struct Row {
    at: u64,
    subject: u32,
    payload: u32,
    cause: u32,
    kind: Kind,
}

fn columns() -> Log {
    let mut log = Log::new(1);
    for id in 0..EVENTS {
        let Event { at, kind, subject, payload, cause, .. } = event(id);
        log.push(at, kind, subject, payload, cause);
    }
    log
}

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for id in 0..EVENTS {
        let Event { at, kind, subject, payload, cause, .. } = event(id);
        rows.push(Row { at: at.nanos(), subject, payload, cause, kind });
    }
    rows
}

/// Prints nanoseconds and bytes per event.
pub(super) fn measure() {
    let [write_columns, write_rows, read_columns, read_rows, fork_columns, fork_rows] = {
        let (log, row) = (columns(), rows());
        let half = Length { events: EVENTS / 2, ..Length::default() };
        let since = |id: u32| if id == NONE { 0 } else { u64::from(id) };
        best_of_rounds::<6>(|which| {
            let (time, _) = match which {
                0 => seconds(|| u64::from(columns().len())),
                1 => seconds(|| rows().len() as u64),
                2 => seconds(|| {
                    log.events_from(0).map(|e| e.at.nanos() ^ since(e.cause) ^ e.kind as u64).sum()
                }),
                3 => seconds(|| row.iter().map(|r| r.at ^ since(r.cause) ^ r.kind as u64).sum()),
                4 => seconds(|| u64::from(log.prefix(half).len())),
                _ => seconds(|| {
                    let copy = row[..EVENTS as usize / 2].to_vec();
                    copy.last().map_or(0, |last| u64::from(last.subject ^ last.payload))
                }),
            };
            time
        })
    };
    let per_event = |time: f64| time * 1e9 / f64::from(EVENTS);
    let bytes = columns().bytes() as f64 / f64::from(EVENTS);
    println!("**The log.** {EVENTS} events are written, read once, and forked in the middle.\n");
    println!("| log | bytes per event | ns to write | ns to read | µs to fork |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    for (name, bytes, write, read, fork) in [
        (
            "the engine's: columns in shared chunks",
            bytes,
            write_columns,
            read_columns,
            fork_columns,
        ),
        ("`Vec` of rows", size_of::<Row>() as f64, write_rows, read_rows, fork_rows),
    ] {
        let (write, read, fork) = (per_event(write), per_event(read), fork * 1e6);
        println!("| {name} | {bytes:.0} | {write:.1} | {read:.1} | {fork:.0} |");
    }
    println!();
}
