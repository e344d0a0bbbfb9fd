//! A service with idempotency keys, asked request by request. Every directory of
//! `tests/idempotency` is a behaviour: its settings, its requests, and the answers to them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn replay(settings: &str, requests: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_half-open"))
        .args(["replay", "--idempotency", settings])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut input = child.stdin.take().expect("a pipe");
    let requests = requests.to_owned();
    // It answers while it reads, and may stop at a line that it cannot use.
    std::thread::scope(|scope| {
        scope.spawn(move || input.write_all(requests.as_bytes()));
        child.wait_with_output().expect("it ends")
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn cases() -> Vec<PathBuf> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/idempotency");
    let mut cases: Vec<PathBuf> =
        fs::read_dir(all).expect("cases").map(|entry| entry.expect("an entry").path()).collect();
    cases.sort();
    cases
}

fn read(case: &Path, name: &str) -> String {
    fs::read_to_string(case.join(name)).unwrap_or_else(|error| panic!("{case:?} {name}: {error}"))
}

#[test]
fn every_case_is_answered_as_it_should_be() {
    assert!(cases().len() >= 23);
    for case in cases() {
        let settings = case.join("settings.json");
        let done = replay(settings.to_str().expect("a plain path"), &read(&case, "requests.jsonl"));
        assert!(done.status.success(), "{case:?}: {}", text(&done.stderr));
        let (answers, expected) = (text(&done.stdout), read(&case, "expected.jsonl"));
        for (number, (answer, wanted)) in answers.lines().zip(expected.lines()).enumerate() {
            assert_eq!(answer, wanted, "{case:?}, request {}", number + 1);
        }
        assert_eq!(answers.lines().count(), expected.lines().count(), "{case:?}");
    }
}

fn settings_file(name: &str, content: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).expect("a place to write");
    path.to_str().expect("a plain path").to_owned()
}

const GOOD: &str = r#"{"id":1,"t_ms":5,"method":"POST","endpoint":"/p","tenant":"a","key":"k","payload":1,"processing_ms":10,"handler_status":201}"#;

#[test]
fn a_profile_goes_by_its_name_or_by_a_file_that_says_what_is_different() {
    let second =
        GOOD.replace("\"t_ms\":5", "\"t_ms\":20").replace("\"payload\":1", "\"payload\":2");
    let status = |settings: &str| {
        let done = replay(settings, &format!("{GOOD}\n\n{second}\n"));
        let answers = text(&done.stdout);
        let answer: Value = serde_json::from_str(answers.lines().last().expect("two")).unwrap();
        answer["server_status"].as_u64()
    };
    assert_eq!(["ietf", "stripe_v1", "stripe_v2"].map(status), [422, 400, 400].map(Some));
    let file = |content: &str| status(&settings_file("idempotency-profile.json", content));
    assert_eq!(file("{}"), Some(422));
    assert_eq!(file(r#"{"profile":"stripe_v2"}"#), Some(400));
    assert_eq!(file(r#"{"profile":"stripe_v1","mismatch":409}"#), Some(409));
    assert_eq!(file(r#"{"fingerprint":false}"#), Some(201));
    assert_eq!(file(r#"{"ttl_ms":15}"#), Some(201));
    assert_eq!(
        file(r#"{"profile":"stripe_v1","methods":"post_and_delete","store":"success"}"#),
        Some(400)
    );
    assert_eq!(
        file(r#"{"max_key_length":null,"by_tenant":false,"endpoint":"ignored"}"#),
        Some(422)
    );
}

#[test]
fn a_line_that_cannot_be_used_is_named_and_what_was_answered_stands() {
    let said = |lines: &[&str]| {
        let done = replay("ietf", &lines.join("\n"));
        let said = text(&done.stderr);
        assert_eq!(done.status.code(), Some(2), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert_eq!(text(&done.stdout).lines().count(), lines.len() - 1);
        said
    };
    let changed = |from: &str, to: &str| {
        assert!(GOOD.contains(from));
        GOOD.replace(from, to)
    };
    assert_eq!(
        said(&[GOOD, GOOD, &changed("\"t_ms\":5", "\"t_ms\":4.5")]),
        "standard input: line 3: t_ms must not be earlier than 5 ms, the time of the request \
         before it, and is 4.5. The answers to the 2 requests before it stand.\n"
    );
    let end = "Nothing was answered before it.\n";
    for (line, wanted) in [
        ("{}".to_owned(), "line 1: missing field `id`"),
        ("nonsense".to_owned(), "line 1: expected ident"),
        (changed("\"t_ms\":5", "\"t_ms\":-1"), "t_ms must be between 0 and"),
        (changed(":10", ":-1"), "processing_ms must be between 0 and"),
        (changed("201", "99"), "handler_status must be between 200 and 599, not 99"),
        (changed("\"k\"", "7"), "invalid type: integer `7`, expected a string, at column 69"),
        (changed("\"id\":1", "\"id\":1,\"crash\":\"now\""), "before_effect"),
        (changed("\"id\":1", "\"id\":1,\"respons_lost\":true"), "unknown field `respons_lost`"),
    ] {
        let said = said(&[&line]);
        assert!(said.contains(wanted) && said.ends_with(end), "{said}");
    }
    assert!(said(&[GOOD, "{"]).ends_with("The answer to the request before it stands.\n"));
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let said = |content: &str| {
        let done = replay(&settings_file("idempotency-bad.json", content), "");
        assert_eq!(done.status.code(), Some(2));
        text(&done.stderr)
    };
    for (content, wanted) in [
        (r#"{"profile":"stripe"}"#, "profile must be ietf or stripe_v1 or stripe_v2, not “stripe”"),
        (r#"{"ttl_ms":0}"#, "ttl_ms must be between 1 µs and 366 days, not 0 s"),
        (r#"{"ttl_ms":-1}"#, "ttl_ms must be a number of milliseconds, not negative: -1"),
        (r#"{"lock_timeout_ms":1e300}"#, "lock_timeout_ms must be between 1 µs and 24 h"),
        (r#"{"mismatch":500}"#, "mismatch must be between 400 and 499, not 500"),
        (r#"{"key_require":true}"#, "key_require is not known"),
    ] {
        let said = said(content);
        assert!(said.contains(wanted), "{said}");
    }
    let nowhere = text(&replay("nowhere.json", "").stderr);
    assert!(nowhere.contains("neither a file nor a profile (ietf, stripe_v1, stripe_v2)"));
}

#[test]
fn a_long_stream_is_answered_line_by_line() {
    let line = |n: u32| {
        GOOD.replace("\"t_ms\":5", &format!("\"t_ms\":{}", n * 20))
            .replace("\"k\"", &format!("\"k{}\"", n / 2))
    };
    let requests: Vec<String> = (0..20_000).map(line).collect();
    let done = replay("stripe_v1", &requests.join("\n"));
    let last = text(&done.stdout).lines().last().map(str::to_owned).expect("answers");
    assert!(last.ends_with("\"replayed\":true,\"side_effects\":10000}"), "{last}");
}

#[test]
fn one_policy_is_asked_at_a_time() {
    let said = |arguments: &[&str]| {
        let all = [&["replay"], arguments].concat();
        let done = Command::new(env!("CARGO_BIN_EXE_half-open")).args(all).output().expect("runs");
        assert_eq!(done.status.code(), Some(2));
        text(&done.stderr)
    };
    let neither = said(&[]);
    assert!(neither.contains("--breaker") && neither.contains("--idempotency"), "{neither}");
    for with in [&["--breaker", "x"][..], &["outcomes.csv"]] {
        let both = said(&[&["--idempotency", "ietf"], with].concat());
        assert!(both.contains("cannot be used with"), "{both}");
    }
}
