//! Recorded calls, and what a breaker would have done with them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded").join(name)
}

/// What is said about calls from standard input.
fn replay(breaker: &str, arguments: &[&str], calls: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_half-open"))
        .args(["replay", "--breaker", breaker, "-"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut input = child.stdin.take().expect("a pipe");
    let calls = calls.to_vec();
    let writer = std::thread::spawn(move || {
        // It may have stopped reading at a row that it could not use.
        let _ = input.write_all(&calls);
    });
    let done = child.wait_with_output().expect("it ends");
    writer.join().expect("it was written");
    done
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn rows(done: &Output) -> Vec<Value> {
    assert!(done.status.success(), "{}", text(&done.stderr));
    text(&done.stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// With `HALF_OPEN_UPDATE` set, what is said is written anew.
fn assert_golden(calls: &str, breaker: &str, json: bool) {
    let file = recorded(calls);
    let name = if json { format!("{calls}.jsonl") } else { format!("{calls}.txt") };
    let done = Command::new(env!("CARGO_BIN_EXE_half-open"))
        .current_dir(recorded(""))
        .args(["replay", "--breaker", breaker])
        .arg(file.file_name().expect("a name"))
        .args(json.then_some("--json"))
        .output()
        .expect("it runs");
    assert!(done.status.success() && done.stderr.is_empty(), "{}", text(&done.stderr));
    let said = text(&done.stdout);
    if std::env::var_os("HALF_OPEN_UPDATE").is_some() {
        fs::write(recorded(&name), &said).expect("a place to write");
    }
    let wanted = fs::read_to_string(recorded(&name)).unwrap_or_default();
    assert_eq!(said, wanted, "{name}");
}

#[test]
fn calls_that_overlap_are_replayed_as_they_were() {
    assert_golden("overlap.csv", "overlap.json", false);
    assert_golden("overlap.csv", "overlap.json", true);
}

/// cockatiel: the calls that come while the probe is out wait for it.
#[test]
fn calls_may_wait_for_a_verdict() {
    assert_golden("waiting.csv", "cockatiel", false);
    assert_golden("waiting.csv", "cockatiel", true);
}

/// The same calls as steps, halves of calls at their own times, have the same answers.
#[test]
fn recorded_calls_are_answered_like_steps() {
    let mut steps = Vec::new();
    for (line, row) in
        (1u64..).zip(fs::read_to_string(recorded("overlap.csv")).expect("rows").lines())
    {
        let fields: Vec<&str> = row.split(',').collect();
        let (Ok(began), Ok(took)) = (fields[0].parse::<u64>(), fields[1].parse::<u64>()) else {
            continue;
        };
        let mark = fields[2];
        steps.push((began, 1, format!(r#"{{"t_ms":{began},"op":"begin","id":{line}}}"#), line));
        let ended = began + took;
        let end = format!(
            r#"{{"t_ms":{ended},"op":"end","id":{line},"outcome":"{mark}","duration_ms":{took}}}"#
        );
        steps.push((ended, 0, end, line));
    }
    steps.sort_by_key(|(at, order, _, line)| (*at, *order, *line));
    let calls = fs::read(recorded("overlap.csv")).expect("rows");
    let breaker = recorded("overlap.json");
    let breaker = breaker.to_str().expect("a plain path");
    let told = rows(&replay(breaker, &["--json"], &calls));
    let answers: Vec<&Value> =
        told.iter().filter(|row| row.get("permitted").is_some_and(|p| p.is_boolean())).collect();
    let refused: Vec<u64> = answers
        .iter()
        .filter(|row| row["permitted"] == false)
        .map(|row| row["line"].as_u64().expect("a line"))
        .collect();
    // `end` comes only for permitted calls.
    let steps: Vec<_> =
        steps.into_iter().filter(|step| step.1 == 1 || !refused.contains(&step.3)).collect();
    let input: String = steps.iter().map(|step| step.2.clone() + "\n").collect();
    let mut child = Command::new(env!("CARGO_BIN_EXE_half-open"))
        .args(["replay", "--breaker", breaker])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("steps");
    let stepped = rows(&child.wait_with_output().expect("it ends"));
    let begun: Vec<&Value> =
        stepped.iter().zip(&steps).filter(|(_, step)| step.1 == 1).map(|(row, _)| row).collect();
    assert_eq!(begun.len(), answers.len());
    for (step, call) in begun.into_iter().zip(answers) {
        assert_eq!(
            (&step["permitted"], &step["state"]),
            (&call["permitted"], &call["state"]),
            "{call}"
        );
    }
}

#[test]
fn a_preset_stands_for_its_settings() {
    let calls = b"timestamp,duration,outcome\n0,0,failure\n1,0,failure\n2,0,success\n";
    let opened = |breaker: &str| {
        let rows = rows(&replay(breaker, &["--json"], calls));
        rows.last().expect("a summary")["opened"].as_u64()
    };
    assert_eq!((opened("failsafe-go"), opened("resilience4j")), (Some(1), Some(0)));
    let done = replay("hystrix", &[], calls);
    assert_eq!(done.status.code(), Some(2));
    let said = text(&done.stderr);
    assert!(said.starts_with("“hystrix” is neither a file nor a preset (resilience4j, "), "{said}");
}

#[test]
fn presets_answer_steps_too() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_half-open"))
        .args(["replay", "--breaker", "failsafe-go"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let step = br#"{"t_ms":0,"op":"call","outcome":"failure"}"#;
    child.stdin.take().expect("a pipe").write_all(step).expect("a step");
    let done = child.wait_with_output().expect("it ends");
    assert_eq!(text(&done.stdout), "{\"permitted\":true,\"state\":\"open\"}\n");
}

#[test]
fn presets_are_listed_with_their_settings() {
    let list = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_half-open"));
        let done = command.args(["list", "presets"]).args(arguments).output().expect("it runs");
        assert!(done.status.success(), "{}", text(&done.stderr));
        text(&done.stdout)
    };
    let listed: Value = serde_json::from_str(&list(&["--json"])).expect("JSON");
    for row in listed.as_array().expect("an array") {
        for name in ["name", "title", "sentence", "source"] {
            assert!(row[name].as_str().is_some_and(|text| !text.is_empty()), "{name}");
        }
        // What is listed is a file that can be used.
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.json", row["name"]));
        fs::write(&file, row["settings"].to_string()).expect("a place to write");
        let path = file.to_str().expect("a plain path");
        let done = replay(path, &["--json"], b"timestamp,duration,outcome\n0,1,success\n");
        assert_eq!(rows(&done).len(), 2, "{}", row["name"]);
    }
    assert!(list(&[]).starts_with("resilience4j\n    resilience4j 2.4. Opens for 60 s"));
}

#[test]
fn a_row_that_cannot_be_used_is_named_and_what_came_before_it_is_kept() {
    let header = "timestamp,duration,outcome\n";
    let said = |rows: &str| {
        let done = replay("resilience4j", &["--json"], format!("{header}{rows}").as_bytes());
        assert_eq!(done.status.code(), Some(2), "{rows}");
        let said = text(&done.stderr);
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.starts_with("standard input: line ") && said.ends_with(".\n"), "{said}");
        let printed: Vec<Value> = text(&done.stdout)
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        let calls = printed.last().expect("a summary")["calls"].clone();
        assert_eq!(printed.len() as u64, 1 + calls.as_u64().expect("a count"), "{rows}");
        said
    };
    let good = "5,1,success\n";
    let bad = said(&format!("{good}6,1,success\n7,soon,success\n8,1,success\n"));
    assert!(bad.contains("line 4: duration must be a number of milliseconds"), "{bad}");
    assert!(bad.contains("not “soon”; the 2 calls before it were replayed"), "{bad}");
    let bad = said("later,1,success\n");
    assert!(bad.contains("line 2: timestamp must be") && bad.contains("not “later”"), "{bad}");
    assert!(bad.contains("nothing was replayed"), "{bad}");
    let bad = said(&format!("{good}\n4,1,success\n"));
    assert!(bad.contains("line 4: timestamp must not be earlier than that of line 2"), "{bad}");
    assert!(bad.contains("the call before it was replayed"), "{bad}");
    let bad = said("5,1,maybe\n");
    assert!(bad.contains("outcome must be success, failure or ignored, not “maybe”"), "{bad}");
    assert!(said("5,1\n").contains("outcome is missing in a row of 2"), "a short row");
    assert!(said("5,\"1,success\n").contains("quotation mark is not closed"), "an open quotation");
    assert!(said(&"9".repeat(70_000)).contains("must not be longer than 64 KiB"), "a long line");
}

#[test]
fn a_file_that_has_no_calls_is_called_that() {
    let refused = |calls: &[u8]| {
        let done = replay("polly", &[], calls);
        assert_eq!(done.status.code(), Some(2));
        text(&done.stderr)
    };
    let said = refused(b"timestamp,outcome\n0,success\n");
    assert!(said.contains("duration is missing in “timestamp,outcome”"), "{said}");
    assert!(refused(b"").contains("the first line must name the columns"));
    assert!(refused(b"\xff\xfe\n").contains("it is not text"));
    let done = Command::new(env!("CARGO_BIN_EXE_half-open"))
        .args(["replay", "--breaker", "polly", "missing.csv"])
        .output()
        .expect("it runs");
    assert_eq!(done.status.code(), Some(2));
    assert!(text(&done.stderr).starts_with("missing.csv: cannot be read: "));
}

/// A file from a spreadsheet: a byte order mark, carriage returns, capitals.
#[test]
fn other_ways_to_write_the_same_are_read_the_same() {
    let plain = replay(
        "failsafe-go",
        &["--json"],
        b"timestamp,duration,outcome\n0,2,failure\n9,1,success\n",
    );
    let other = "\u{feff}Timestamp,Outcome,Note,Duration\r\n0,FAILURE,,2 ms\r\n9.0,Success,\"a, b\",0.001s\r\n";
    let other = replay("failsafe-go", &["--json"], other.as_bytes());
    assert_eq!(text(&plain.stdout), text(&other.stdout));
    assert!(plain.status.success() && other.status.success());
}

/// What is in flight is kept, not the file.
#[test]
fn a_long_stream_is_read_call_by_call() {
    let mut calls = String::from("timestamp,duration,outcome\n");
    for n in 0..60_000u64 {
        let outcome = if n % 3 == 0 { "failure" } else { "success" };
        calls += &format!("{},{},{outcome}\n", n * 10, n % 200);
    }
    let done = replay("polly", &["--json"], calls.as_bytes());
    let all = rows(&done);
    let summary = all.last().expect("a summary");
    let count = |name: &str| summary[name].as_u64().expect("a count");
    assert_eq!(count("calls"), 60_000);
    assert_eq!(count("calls"), count("permitted") + count("rejected"));
    assert!(count("opened") > 10 && count("rejected") > 1_000, "{summary}");
    let opened = all.iter().filter(|row| row["to"] == "open").count() as u64;
    assert_eq!(opened, count("opened"));
}

/// What happens is said when it happens, not at the end of the stream.
#[test]
fn a_live_stream_is_answered_at_once() {
    use std::io::{BufRead, BufReader};
    let mut child = Command::new(env!("CARGO_BIN_EXE_half-open"))
        .args(["replay", "--breaker", "failsafe-go", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut input = child.stdin.take().expect("a pipe");
    let mut answers = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    input.write_all(b"timestamp,duration,outcome\n0,0,failure\n").expect("a call");
    input.flush().expect("a pipe");
    let answer = answers.next().expect("an answer").expect("text");
    assert_eq!(answer, r#"{"line":2,"t_ms":0,"permitted":true,"state":"closed"}"#);
    drop(input);
    assert!(child.wait().expect("it ends").success());
}
