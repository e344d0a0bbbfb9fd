//! A breaker, asked step by step.

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

/// Tests run at the same time, each with files of its own.
static FILES: AtomicU32 = AtomicU32::new(0);

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn temporary(name: &str, content: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).expect("a place to write");
    path.to_str().expect("a plain path").to_owned()
}

/// Answers of a breaker with these settings to these steps.
fn replay(settings: &str, steps: &[&str]) -> Output {
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let file = temporary(&format!("breaker-{number}.json"), settings);
    let mut child = Command::new(env!("CARGO_BIN_EXE_half-open"))
        .args(["replay", "--breaker", &file])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut input = child.stdin.take().expect("a pipe");
    // It may have stopped reading at a line that it could not use.
    let _ = input.write_all((steps.join("\n") + "\n").as_bytes());
    drop(input);
    child.wait_with_output().expect("it ends")
}

fn answers(settings: &str, steps: &[&str]) -> Vec<(String, String)> {
    let done = replay(settings, steps);
    assert!(done.status.success(), "{}", text(&done.stderr));
    let answer = |line: &str| {
        let answer: Value = serde_json::from_str(line).expect("JSON");
        let state = answer["state"].as_str().expect("a state").to_owned();
        (answer["permitted"].to_string(), state)
    };
    text(&done.stdout).lines().map(answer).collect()
}

fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    wanted.iter().map(|(permitted, state)| ((*permitted).into(), (*state).into())).collect()
}

#[test]
fn a_breaker_is_asked_step_by_step() {
    let settings =
        r#"{"window":{"kind":"consecutive"},"trip":{"failures":2},"open":{"wait_ms":100}}"#;
    let got = answers(
        settings,
        &[
            r#"{"t_ms":0,"op":"call","id":1,"outcome":"success"}"#,
            r#"{"t_ms":1,"op":"call","id":2,"outcome":"failure"}"#,
            r#"{"t_ms":2,"op":"begin","id":"a"}"#,
            r#"{"t_ms":3,"op":"end","id":"a","outcome":"failure","duration_ms":1}"#,
            r#"{"t_ms":50,"op":"call","id":3,"outcome":"success"}"#,
            r#"{"t_ms":103,"op":"begin","id":4}"#,
            r#"{"t_ms":104,"op":"begin","id":5}"#,
            r#"{"t_ms":105,"op":"observe"}"#,
            r#"{"t_ms":106,"op":"end","id":4,"outcome":"success"}"#,
            r#"{"t_ms":107,"op":"control","action":"isolate"}"#,
            r#"{"t_ms":108,"op":"call","id":6,"outcome":"success"}"#,
            r#"{"t_ms":109,"op":"control","action":"unisolate"}"#,
        ],
    );
    let wanted = [
        ("true", "closed"),
        ("true", "closed"),
        ("true", "closed"),
        ("null", "open"),
        ("false", "open"),
        ("true", "half_open"),
        ("false", "half_open"),
        ("null", "half_open"),
        ("null", "closed"),
        ("null", "forced_open"),
        ("false", "forced_open"),
        ("null", "closed"),
    ];
    assert_eq!(got, pairs(&wanted));
}

#[test]
fn surplus_calls_wait_for_the_verdict_where_the_settings_say_so() {
    let settings = r#"{"window":{"kind":"consecutive"},"trip":{"failures":1},"open":{"wait_ms":10},
        "half_open":{"overflow":"wait"}}"#;
    let tripped = [
        r#"{"t_ms":0,"op":"call","id":1,"outcome":"failure"}"#,
        r#"{"t_ms":10,"op":"begin","id":2}"#,
        r#"{"t_ms":11,"op":"begin","id":3}"#,
    ];
    let yes = [
        r#"{"t_ms":12,"op":"end","id":2,"outcome":"success"}"#,
        r#"{"t_ms":13,"op":"end","id":3,"outcome":"success"}"#,
    ];
    let got = answers(settings, &[&tripped[..], &yes].concat());
    let wanted = [
        ("true", "open"),
        ("true", "half_open"),
        ("\"waiting\"", "half_open"),
        ("null", "closed"),
        ("null", "closed"),
    ];
    assert_eq!(got, pairs(&wanted));
    let no = [
        r#"{"t_ms":12,"op":"end","id":2,"outcome":"failure"}"#,
        r#"{"t_ms":22,"op":"begin","id":3}"#,
    ];
    let got = answers(settings, &[&tripped[..], &no].concat());
    assert_eq!(got[3..], pairs(&[("null", "open"), ("true", "half_open")]));
}

#[test]
fn timers_fire_at_their_own_time() {
    let settings = r#"{"window":{"kind":"consecutive"},"trip":{"failures":1},
        "open":{"wait_ms":10,"auto":true},"half_open":{"max_wait_ms":10}}"#;
    let got = answers(
        settings,
        &[
            r#"{"t_ms":0,"op":"begin","id":1}"#,
            r#"{"t_ms":0,"op":"begin","id":2}"#,
            r#"{"t_ms":0,"op":"end","id":1,"outcome":"failure"}"#,
            r#"{"t_ms":10,"op":"end","id":2,"outcome":"success"}"#,
            r#"{"t_ms":10,"op":"observe"}"#,
            r#"{"t_ms":25,"op":"observe"}"#,
            r#"{"t_ms":35,"op":"observe"}"#,
        ],
    );
    let wanted = [
        ("true", "closed"),
        ("true", "closed"),
        ("null", "open"),
        // Results come before timers.
        ("null", "open"),
        ("null", "half_open"),
        // Open again since 20, and half-open from 30 to 40.
        ("null", "open"),
        ("null", "half_open"),
    ];
    assert_eq!(got, pairs(&wanted));
}

#[test]
fn a_line_that_cannot_be_used_is_named() {
    let said = |steps: &[&str]| {
        let done = replay("{}", steps);
        assert_eq!(done.status.code(), Some(2));
        text(&done.stderr)
    };
    let good = r#"{"t_ms":5,"op":"begin","id":1}"#;
    assert!(said(&[good, "{}"]).contains("line 2: missing field `t_ms`"));
    assert!(said(&[good, good]).contains("line 2: id 1 has begun already"));
    assert!(
        said(&[r#"{"t_ms":1,"op":"end","id":9,"outcome":"success"}"#])
            .contains("id 9 is not in flight")
    );
    let earlier = "t_ms must not be earlier than 5 ms, the time of the step before it, and is 4";
    assert!(said(&[good, r#"{"t_ms":4,"op":"observe"}"#]).contains(earlier));
    assert!(said(&[r#"{"t_ms":-1,"op":"observe"}"#]).contains("t_ms must be between 0 and"));
    let done = replay(r#"{"open":{"wait_ms":-1}}"#, &[]);
    assert_eq!(done.status.code(), Some(2));
    assert!(text(&done.stderr).contains("a number of milliseconds, not negative"));
    let done = replay(r#"{"window":{"size":0}}"#, &[]);
    assert!(text(&done.stderr).contains("window.size must be between 1 and 10000, not 0"));
}
