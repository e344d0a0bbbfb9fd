//! Recorded arrivals as CSV: one column of times, for clients to send requests by.

use half_open::scenario::workload::MOST_RECORDED;
use half_open::time::SimTime;

use crate::recorded::{RowProblem, Rows, timestamp};
use crate::short;

/// The column.
const COLUMN: &str = "arrival";

/// Whether a text begins like recorded arrivals: its first line names the column.
pub(crate) fn might_be_arrivals(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let header = text.lines().next().unwrap_or_default().to_ascii_lowercase();
    let named = |name: &str| name.trim().trim_matches('"') == COLUMN;
    !text.starts_with(['{', '[']) && header.split(',').any(named)
}

/// When they were, in microseconds after the first.
///
/// # Errors
/// What is wrong in which line.
pub(crate) fn read(text: &str) -> Result<Vec<u64>, String> {
    let mut rows = Rows::new(text.as_bytes());
    let header = next(&mut rows)?.unwrap_or_default();
    let place = header.iter().position(|name| name.eq_ignore_ascii_case(COLUMN));
    let place = place.ok_or("The first line must name the column arrival.")?;
    let mut times: Vec<SimTime> = Vec::new();
    while let Some(fields) = next(&mut rows)? {
        let bad = |what: String| wrong(rows.line(), &what);
        let field = fields.get(place).map(String::as_str).unwrap_or_default();
        let at = timestamp(field).ok_or_else(|| {
            bad(format!(
                "arrival must be a number of milliseconds or a date such as \
                 2026-03-01T12:00:00.250Z, not {}",
                short(field)
            ))
        })?;
        if times.last().is_some_and(|before| at < *before) {
            return Err(bad("arrival must not be earlier than the one before it".into()));
        }
        if times.len() == MOST_RECORDED {
            return Err(bad(format!("there are more than {MOST_RECORDED} arrivals")));
        }
        times.push(at);
    }
    let Some(first) = times.first().copied() else {
        return Err("There is no arrival in it, only the first line.".into());
    };
    Ok(times.iter().map(|at| at.since(first).nanos() / 1_000).collect())
}

fn next(rows: &mut Rows<&[u8]>) -> Result<Option<Vec<String>>, String> {
    rows.next_row().map_err(|problem| match problem {
        RowProblem::Unreadable(message) => format!("It {message}."),
        RowProblem::Bad(what) => wrong(rows.line(), what),
    })
}

fn wrong(line: u64, what: &str) -> String {
    format!("Line {line}: {what}; nothing was taken over.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_from_the_first() {
        assert_eq!(read("arrival\n100\n100.5\n\n1100\n"), Ok(vec![0, 500, 1_000_000]));
        let dates = "path,Arrival\n/a,2026-03-01T12:00:00Z\n/b,2026-03-01T12:00:01.25Z\n";
        assert_eq!(read(dates), Ok(vec![0, 1_250_000]));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let said = |text: &str| read(text).expect_err("it is wrong");
        assert!(said("arrival\n1\nsoon\n").starts_with("Line 3: arrival must be a number of"));
        assert!(said("arrival\n5\n1\n").starts_with("Line 3: arrival must not be earlier than"));
        assert!(said("arrival\n").contains("no arrival in it"));
        let open = "Line 2: a quotation mark is not closed in its line; nothing was taken over.";
        assert_eq!(said("arrival\n\"5\n"), open);
        let many = format!("arrival\n{}", "1\n".repeat(MOST_RECORDED + 1));
        assert!(said(&many).contains("more than 20000 arrivals"));
    }

    #[test]
    fn only_a_column_of_that_name_makes_them_arrivals() {
        assert!(might_be_arrivals("\u{feff}path,\"Arrival\"\n"));
        assert!(!might_be_arrivals("timestamp,duration,outcome\n"));
        assert!(!might_be_arrivals("Dear diary, on his arrival\n"));
        assert!(!might_be_arrivals("{\"arrival\": 1}"));
    }
}
