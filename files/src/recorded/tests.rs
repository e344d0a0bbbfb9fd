//! Recorded calls, as they are read and replayed.

use half_open::policy::breaker::{Mark, Preset, State, Transition};
use half_open::time::SimTime;

use super::*;

/// Writes down what it is told, in short; can take so many answers.
struct Notes {
    lines: Vec<String>,
    patience: usize,
}

impl Witness for Notes {
    type Error = &'static str;

    fn began(&mut self, at: SimTime) -> Result<(), Self::Error> {
        self.lines.push(format!("{at} begins"));
        Ok(())
    }

    fn changed(
        &mut self,
        at: SimTime,
        change: &Transition,
        line: Option<u64>,
    ) -> Result<(), Self::Error> {
        let by = line.map_or_else(|| "itself".to_owned(), |line| line.to_string());
        self.lines.push(format!("{at} {} by {by}", change.to.words()));
        Ok(())
    }

    fn answered(&mut self, at: SimTime, call: &Answered) -> Result<(), Self::Error> {
        self.patience = self.patience.checked_sub(1).ok_or("enough")?;
        self.lines.push(format!("{at} {:?} to {}", call.permitted, call.line));
        Ok(())
    }
}

fn replay(preset: Preset, rows: &str, patience: usize) -> Result<(Notes, Summary), &'static str> {
    let text = format!("timestamp,duration,outcome\n{rows}");
    let mut calls = Calls::open(text.as_bytes()).expect("a header");
    let mut replay = Replay::new(preset.settings(), Notes { lines: Vec::new(), patience });
    while let Some(call) = calls.next_call().expect("a call") {
        replay.take(call)?;
    }
    replay.finish()
}

fn noted(preset: Preset, rows: &str) -> (Vec<String>, Summary) {
    let (notes, summary) = replay(preset, rows, usize::MAX).expect("patience");
    (notes.lines, summary)
}

/// The failure is known when the call is over, and at that instant before the next call asks.
#[test]
fn a_result_counts_when_it_is_there() {
    let (notes, summary) = noted(
        Preset::FailsafeGo,
        "1000,100,failure\n1050,10,success\n1100,10,success\n1101,5,ignored\n",
    );
    assert_eq!(
        notes,
        [
            "1.000 s begins",
            "1.000 s Yes to 2",
            "1.050 s Yes to 3",
            "1.100 s open by 2",
            "1.100 s No to 4",
            "1.101 s No to 5",
        ]
    );
    let counts = (summary.permitted, summary.rejected_successes, summary.rejected_ignored);
    assert_eq!((counts, summary.state), ((2, 1, 1), State::Open));
}

#[test]
fn what_is_under_way_at_the_end_still_ends() {
    let (notes, summary) = noted(Preset::FailsafeGo, "0,300,failure\n10,20,success\n");
    assert_eq!(notes.last().map(String::as_str), Some("0.300 s open by 2"));
    assert_eq!((summary.opened, summary.open_ms.0.nanos()), (1, 0));
}

/// cockatiel: while the probe of line 7 is out, line 8 waits for it.
#[test]
fn a_call_that_waits_is_answered_again() {
    let mut rows = "0,1,failure\n".repeat(5);
    rows += "10001,50,success\n10010,7,success\n";
    let (notes, summary) = noted(Preset::Cockatiel, &rows);
    assert_eq!(
        notes[7..],
        [
            "10.001 s half-open by 7",
            "10.001 s Yes to 7",
            "10.010 s Waiting to 8",
            "10.051 s closed by 7",
            "10.051 s Yes to 8",
        ]
    );
    assert_eq!((summary.permitted, summary.waiting), (7, 0));
    // If the probe fails, so does who waits for it.
    let (_, summary) =
        noted(Preset::Cockatiel, &rows.replace("10001,50,success", "10001,50,failure"));
    assert_eq!((summary.rejected, summary.state), (1, State::Open));
}

#[test]
fn a_witness_that_has_had_enough_ends_the_replay() {
    assert_eq!(replay(Preset::Polly, "0,1,success\n1,1,success\n", 1).err(), Some("enough"));
}

#[test]
fn a_reader_says_which_row_is_wrong_and_how_many_were_kept() {
    let text = "outcome,timestamp,duration\nsuccess,0,1 s\n\nfailure,1,2\nfailure,0,2\n";
    let mut calls = Calls::open(text.as_bytes()).expect("a header");
    let first = calls.next_call().expect("a call").expect("a call");
    assert_eq!((first.line, first.took.seconds(), first.mark), (2, 1.0, Mark::Success));
    assert_eq!(calls.next_call().expect("a call").map(|call| call.line), Some(4));
    let said = calls.next_call().expect_err("it is earlier");
    assert!(
        said.starts_with("line 5: timestamp must not be earlier than that of line 4"),
        "{said}"
    );
    assert!(said.ends_with("the 2 calls before it were replayed"), "{said}");
}
