//! What others build on: names, exit codes, sentences.

use std::process::{Command, Output, Stdio};

use half_open::run::{Limits, Run};
use half_open::scenario::library;
use serde_json::Value;

fn half_open(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_half-open")).args(arguments).output().expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn printed(arguments: &[&str]) -> String {
    let done = half_open(arguments);
    assert!(done.status.success(), "{arguments:?}: {}", text(&done.stderr));
    assert!(done.stderr.is_empty(), "{}", text(&done.stderr));
    text(&done.stdout)
}

fn result(arguments: &[&str]) -> Value {
    serde_json::from_str(&printed(arguments)).expect("one JSON value")
}

/// The one sentence with which unusable input is refused.
fn refusal(arguments: &[&str]) -> String {
    let done = half_open(arguments);
    let said = text(&done.stderr);
    assert_eq!(done.status.code(), Some(2), "{arguments:?}: {said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.trim_end().ends_with('.') && said.len() > 20, "{said}");
    said
}

fn temporary(name: &str, content: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).expect("a place to write");
    path.to_str().expect("a plain path").to_owned()
}

#[test]
fn a_run_has_every_name_of_the_contract() {
    let result = result(&["run", "payments", "--until", "10s", "--json"]);
    let names = [
        "log_hash",
        "seed",
        "until_ms",
        "requests",
        "succeeded",
        "degraded",
        "failed",
        "in_flight",
        "attempts",
        "amplification",
        "latency_ms",
        "charges",
        "orders",
        "orphan_work_ms",
        "services",
        "transitions",
        "events",
        "wall_ms",
    ];
    for name in names {
        assert!(result.get(name).is_some(), "{name} is missing");
    }
    for name in ["mean", "p50", "p95", "p99", "max"] {
        assert!(result["latency_ms"][name].is_number(), "latency_ms.{name}");
    }
    let service = ["handled", "rejected", "utilisation", "mean_wait_ms", "mean_queue", "max_queue"];
    for name in service {
        assert!(result["services"]["bank"][name].is_number(), "services.bank.{name}");
    }
    assert_eq!(result["services"].as_object().map(|all| all.len()), Some(3));
    let first = &result["transitions"][0];
    assert_eq!((&first["on"], &first["from"]), (&"api-bank".into(), &"closed".into()));
    assert_eq!((&first["to"], &first["reason"]), (&"open".into(), &"failure_rate".into()));
    assert!(first["t_ms"].as_f64().is_some_and(|t| (4_000.0..5_000.0).contains(&t)));
    assert_eq!((&result["until_ms"], &result["degraded"]), (&10_000.into(), &0.into()));
    let count = |name: &str| result[name].as_u64().expect("a count");
    assert_eq!(count("requests"), count("succeeded") + count("failed") + count("in_flight"));
}

#[test]
fn the_hash_is_that_of_the_library() {
    let run = Run::new(library::payments(), Limits::default());
    let hash = format!("{:016x}", run.log().hash());
    for _ in 0..2 {
        assert_eq!(result(&["run", "payments", "--json"])["log_hash"], hash.as_str());
    }
    let other = result(&["run", "payments", "--seed", "7", "--json"]);
    assert_ne!(other["log_hash"], hash.as_str());
    assert_eq!(other["seed"], 7);
}

#[test]
fn a_file_and_a_link_run_like_the_name() {
    let state = half_open_view::link::State::new(library::payments());
    let json =
        serde_json::to_string(&half_open_view::link::File::from(&state)).expect("plain data");
    let file = temporary("payments.half-open.json", &json);
    let link = format!("https://example.org/#s={}", half_open_view::link::encode(&state));
    let hash = |source: &str| result(&["run", source, "--json"])["log_hash"].clone();
    assert_eq!(hash(&file), hash("payments"));
    assert_eq!(hash(&link), hash("payments"));
}

#[test]
fn settings_are_turned_in_order() {
    let set = |settings: &[&str]| {
        let mut arguments = vec!["run", "payments", "--json"];
        settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
        result(&arguments)
    };
    let patient = set(&["api-bank.timeout=3s"]);
    assert!(patient["services"]["api"]["max_queue"].as_u64() >= Some(64));
    let off = set(&["api-bank.breaker=off", "clients.rate=10/s", "bank.error_rate=5 %"]);
    assert_eq!(off["transitions"].as_array().map(Vec::len), Some(0));
}

#[test]
fn what_is_seen_of_a_trace_changes_nothing_that_happens() {
    let run = |extra: &[&str]| {
        result(&[&["run", "payments", "--until", "2s", "--json"], extra].concat())["log_hash"]
            .clone()
    };
    assert_eq!(run(&["--set", "api.propagate=off"]), run(&[]));
    let said = refusal(&["run", "payments", "--set", "bank.propagate=off"]);
    assert!(said.contains("is not a setting"), "bank calls nobody: {said}");
}

#[test]
fn a_breaker_is_set_to_a_preset_and_then_to_what_is_said_beside_it() {
    let first = |settings: &[&str]| {
        let mut arguments = vec!["run", "payments", "--json", "--until", "10s"];
        settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
        result(&arguments)["transitions"][0].clone()
    };
    assert_eq!(first(&[])["reason"], "failure_rate");
    assert_eq!(first(&["api-bank.breaker=gobreaker"])["reason"], "failures");
    let later = first(&["api-bank.failures=9", "api-bank.breaker=gobreaker"]);
    assert!(later["t_ms"].as_f64() > first(&["api-bank.breaker=gobreaker"])["t_ms"].as_f64());
    let said = refusal(&["run", "payments", "--set", "api-bank.breaker=hystrix"]);
    assert_eq!(
        said,
        "--set: api-bank.breaker must be one of off, on, not “hystrix”, and no preset (see \
         `half-open list presets`).\n"
    );
}

#[test]
fn settings_of_a_window_are_turned_in_any_order() {
    let hash = |settings: &[&str]| {
        let mut arguments = vec!["run", "payments", "--json", "--until", "10s"];
        settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
        result(&arguments)["log_hash"].clone()
    };
    let (failures, window) = ("api-bank.failures=2", "api-bank.window=consecutive");
    assert_eq!(hash(&[failures, window]), hash(&[window, failures]));
    assert_ne!(hash(&[failures, window]), hash(&[window]));
    assert_eq!(hash(&["bank.workers=1", "bank.workers=10"]), hash(&[]));
    let said = refusal(&["run", "payments", "--set", failures]);
    assert!(said.contains("api-bank.failures is only counted by"), "{said}");
    assert!(said.contains("set api-bank.window=consecutive too"), "{said}");
    let said = refusal(&["run", "payments", "--set", "bank.workers=1.0000001"]);
    assert!(said.contains("a whole number between 1 and 1000, not 1.0000001"), "{said}");
    let said = refusal(&["run", "payments", "--set", "api-bank.timeout=1ns"]);
    assert!(said.contains("between 1 µs and 24 h or “for ever”, not 1 ns"), "{said}");
}

#[test]
fn a_title_does_not_paint_the_terminal() {
    let mut experiment = library::payments();
    experiment.scenario.title = "\u{1b}[31mred\u{7}".into();
    let state = half_open_view::link::State::new(experiment);
    let json =
        serde_json::to_string(&half_open_view::link::File::from(&state)).expect("plain data");
    let file = temporary("painted.half-open.json", &json);
    let first = printed(&["run", &file, "--until", "1s"]);
    assert!(first.starts_with("payments:  [31mred \n"), "{first:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_log_that_cannot_be_written_is_called_by_its_name() {
    let said = refusal(&["run", "payments", "--log", "/dev/full"]);
    assert!(said.starts_with("/dev/full: cannot be written"), "{said}");
}

#[test]
fn what_is_unusable_is_refused_with_a_sentence() {
    let said = refusal(&["run", "shop"]);
    let names: Vec<&str> = library::names().map(|(name, _)| name).collect();
    let names = names.join(", ");
    assert_eq!(said, format!("“shop” is neither a file nor a built-in scenario ({names}).\n"));
    let said = refusal(&["run", "payments", "--set", "api-bank.timeout=-1"]);
    assert!(said.contains("api-bank.timeout") && said.contains("300 ms"), "{said}");
    let said = refusal(&["run", "payments", "--set", "bank.workers=2000"]);
    assert!(said.contains("bank.workers must be between 1 and 1000, not 2000"), "{said}");
    let said = refusal(&["run", "payments", "--set", "bank.walls=2"]);
    assert!(said.contains("bank.walls is not a setting; there are bank.workers"), "{said}");
    let said = refusal(&["run", "payments", "--seed", "9007199254740992"]);
    assert!(said.contains("seed must be between 0 and 9007199254740991"), "{said}");
    assert!(refusal(&["run", "payments", "--until", "60"]).contains("as in “300 ms”"));
    assert!(refusal(&["run", "payments", "--until", "25h"]).contains("at most 24 h"));
    assert!(refusal(&["run"]).contains("<FILE|NAME>"));
    assert!(refusal(&[]).contains("run, compare, list, schedule, still, about or replay"));
    assert!(refusal(&["walk"]).contains("walk"));
    assert!(refusal(&["run", "#s=x"]).contains("not a link"));
}

#[test]
fn files_are_refused_with_their_place() {
    let broken = temporary("broken.json", "{\n  \"schema\": \"half-open/1\",\n  \"seed\": true\n}");
    let said = refusal(&["run", &broken]);
    assert!(said.ends_with("seed must be a whole number, not true.\n"), "{said}");
    let broken = temporary("cut.json", "{\n  \"schema\": \"half-open/1\",\n  \"seed\": tru");
    let said = refusal(&["run", &broken]);
    assert!(said.contains("It is not JSON") && said.contains("line 3"), "{said}");
    let newer = temporary("newer.json", "{\"schema\": \"half-open/2\", \"universe\": 1}");
    assert!(refusal(&["run", &newer]).contains("“half-open/2” is not known here"));
    let large = temporary("large.json", &" ".repeat((1 << 20) + 1));
    assert!(refusal(&["run", &large]).contains("larger than 1 MiB"));
    let said = refusal(&["run", env!("CARGO_TARGET_TMPDIR")]);
    assert!(said.contains("cannot be read"), "{said}");
}

#[test]
fn the_log_is_written_event_by_event() {
    let file = temporary("log.jsonl", "");
    let result = result(&["run", "payments", "--until", "5s", "--log", &file, "--json"]);
    let log = std::fs::read_to_string(&file).expect("a file");
    let rows: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Some(rows.len() as u64), result["events"].as_u64());
    for (id, row) in rows.iter().enumerate() {
        assert_eq!(row["id"].as_u64(), Some(id as u64));
        assert!(row["t_ms"].is_number() && row["kind"].is_string());
        assert!(row.get("cause").is_none_or(|cause| cause.as_u64() < Some(id as u64)), "{row}");
    }
    let sent = rows.iter().find(|row| row["kind"] == "sent").expect("something was sent");
    assert_eq!((&sent["on"], &sent["attempt"]), (&"clients-api".into(), &1.into()));
    let opened = rows.iter().find(|row| row["kind"] == "breaker").expect("it opened");
    assert_eq!((&opened["on"], &opened["to"]), (&"api-bank".into(), &"open".into()));
}

#[test]
fn what_is_built_in_is_listed() {
    let listed = result(&["list", "scenarios", "--json"]);
    assert_eq!(listed, result(&["list", "--json"]));
    let rows = listed.as_array().expect("an array");
    assert_eq!(rows.len(), library::all().len());
    for row in rows {
        for name in ["name", "title", "sentence"] {
            assert!(row[name].as_str().is_some_and(|text| !text.is_empty()), "{name}");
        }
    }
    assert!(printed(&["list"]).starts_with("payments\n"));
    for (what, count, steps) in [("lessons", 10, 4), ("challenges", 8, 1)] {
        let listed = result(&["list", what, "--json"]);
        let rows = listed.as_array().expect("an array");
        assert_eq!(rows.len(), count, "{what}");
        for row in rows {
            assert!(row["beats"].as_array().is_some_and(|beats| beats.len() >= steps), "{row}");
        }
    }
    assert!(printed(&["list", "lessons"]).starts_with("timeout\n    Every call needs"));
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

fn schedule(arguments: &[&str]) -> Vec<Value> {
    let all = [&["schedule", "--json", "--samples", "20000"], arguments].concat();
    printed(&all).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn a_schedule_shows_the_trap_and_its_cures() {
    let at_sixth = |backoff: &str| {
        let arguments = ["--backoff", backoff, "--base", "100ms", "--cap", "2s", "--jitter"];
        let rows =
            schedule(&[&arguments[..], &["100ms", "--attempts", "8", "--clients", "100"]].concat());
        assert_eq!(rows.len(), 8);
        rows[5].clone()
    };
    let essay = at_sixth("essay");
    for name in ["min_ms", "mean_ms", "max_ms", "p50_ms", "p99_ms"] {
        assert_eq!(essay[name].as_f64(), Some(2_000.0), "{name}");
    }
    assert_eq!((&essay["attempt"], &essay["peak"]), (&6.into(), &100.into()));
    assert_eq!(essay["at_cap"].as_f64(), Some(1.0));
    let in_buckets = essay["arrivals"].as_array().expect("a histogram");
    assert_eq!(
        (&in_buckets[0]["from_ms"], &in_buckets[0]["clients"]),
        (&2_000.into(), &100.into())
    );
    assert!(at_sixth("cap_first")["peak"].as_u64() < Some(30));
    let full = at_sixth("full");
    assert!(full["peak"].as_u64() < Some(10));
    assert!(full["mean_ms"].as_f64().is_some_and(|mean| (980.0..1_020.0).contains(&mean)));
    let fields = |value: &Value| -> Vec<String> {
        value.as_object().expect("an object").keys().cloned().collect()
    };
    let named = ["attempt", "min_ms", "mean_ms", "max_ms", "p50_ms", "p99_ms", "at_cap"];
    let plain = schedule(&["--attempts", "1"]);
    assert_eq!(sorted(fields(&plain[0])), sorted(named.map(str::to_owned).to_vec()));
    let histogram = [&named[..], &["bucket_ms", "peak", "arrivals"]].concat();
    let histogram = histogram.into_iter().map(str::to_owned).collect();
    assert_eq!(sorted(fields(&full)), sorted(histogram));
    assert_eq!(sorted(fields(&in_buckets[0])), ["clients", "from_ms"]);

    let text = printed(&["schedule", "--samples", "1000", "--clients", "1000", "--attempts", "3"]);
    assert!(text.starts_with("Backoff “jitter, then cap”: base 100 ms, cap 2 s, jitter 100 ms"));
    assert!(text.contains("\n1,000 clients that failed together come back"), "{text}");
    assert_eq!(text.lines().filter(|line| line.contains('│')).count(), 3);

    assert!(refusal(&["schedule", "--backoff", "fibonacci"]).contains("decorrelated"));
    assert!(refusal(&["schedule", "--samples", "1000001"]).contains("1..=1000000"));
    assert!(refusal(&["schedule", "--clients", "10001"]).contains("1..=10000"));
    assert!(refusal(&["schedule", "--cap", "2"]).contains("as in “300 ms”"));
    assert!(refusal(&["schedule", "--jitter", "25h"]).contains("jitter must be"));
    assert!(refusal(&["schedule", "--base", "0"]).contains("base must be between 1 µs and 24 h"));
    assert!(refusal(&["schedule", "--attempts", "0"]).contains("1..=100"));
}

#[test]
fn a_reader_who_leaves_early_is_no_disaster() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_half-open"))
        .args([
            "schedule",
            "--attempts",
            "100",
            "--samples",
            "20000",
            "--clients",
            "10000",
            "--json",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    drop(child.stdout.take());
    let done = child.wait_with_output().expect("it ends");
    assert_eq!(text(&done.stderr), "");
    assert!(done.status.success());
}

#[test]
fn a_comparison_says_what_a_change_bought_and_how_sure_that_is() {
    let change = ["--change", "api-bank.timeout=3s", "--seeds", "6", "--until", "12s"];
    let compared = result(&[&["compare", "payments"], &change[..], &["--json"]].concat());
    assert_eq!((&compared["seeds"], &compared["first_seed"]), (&6.into(), &42.into()));
    let measures = compared["measures"].as_array().expect("a list");
    let names = measures.iter().map(|row| row["measure"].as_str().expect("a name"));
    let wanted = [
        "success",
        "degraded",
        "goodput_per_s",
        "p50_ms",
        "p95_ms",
        "p99_ms",
        "attempts",
        "amplification",
        "orphan_work_s",
        "recovery_s",
        "charges",
        "orders",
        "charged_again",
    ];
    assert!(names.eq(wanted));
    let p99 = &measures[5];
    let number = |name: &str| p99[name].as_f64().expect(name);
    assert!((number("b") - number("a") - number("difference")).abs() < 1e-6, "{p99}");
    assert!(number("difference") > number("half_width"), "{p99}");
    assert_eq!((&p99["verdict"], &p99["known"]), (&"worse".into(), &vec![6, 6].into()));

    let table = printed(&[&["compare", "payments"], &change[..]].concat());
    assert!(table.contains("B  A with api-bank.timeout=3s"), "{table}");
    assert!(table.contains("p99 latency") && table.contains(" ± "), "{table}");
}

#[test]
fn a_comparison_refuses_what_it_cannot_compare() {
    let said = refusal(&["compare", "payments", "--change", "api-bank.timeout=never"]);
    assert!(said.starts_with("--change: api-bank.timeout "), "{said}");
    let said = refusal(&["compare", "payments", "nowhere"]);
    assert!(said.starts_with("“nowhere” is neither a file nor a built-in scenario"), "{said}");
    let said = refusal(&["compare", "payments", "--seeds", "0"]);
    assert!(said.contains("between 1 and 10000, not 0"), "{said}");
}

#[test]
fn a_run_is_exported_in_every_format_at_once_and_to_standard_output() {
    let formats = ["otlp", "jaeger", "chrome", "csv", "jsonl"];
    let files: Vec<String> =
        formats.iter().map(|format| temporary(&format!("export.{format}"), "")).collect();
    let mut arguments = vec!["run", "payments", "--until", "3s", "--json"];
    let wanted: Vec<String> =
        formats.iter().zip(&files).map(|(format, file)| format!("{format}={file}")).collect();
    wanted.iter().for_each(|wanted| arguments.extend(["--export", wanted]));
    let requests = result(&arguments)["requests"].as_u64().expect("a count") as usize;
    let read = |place: usize| std::fs::read_to_string(&files[place]).expect("it was written");
    let names = ["resourceSpans", "data", "traceEvents"];
    for (place, name) in names.iter().enumerate() {
        let file: Value = serde_json::from_str(&read(place)).expect("JSON");
        assert!(file[name].as_array().is_some_and(|all| !all.is_empty()), "{name}");
    }
    assert_eq!(read(3).lines().count(), requests + 1);
    for (format, place) in formats.iter().zip(0..) {
        let to_screen = format!("{format}=-");
        let shown = printed(&["run", "payments", "--until", "3s", "--export", &to_screen]);
        assert!(shown == read(place), "{format}");
    }
}

#[test]
fn an_export_that_cannot_be_is_refused_with_a_sentence() {
    let refused = |export: &str| refusal(&["run", "payments", "--export", export]);
    for wrong in ["zip=run.zip", "OTLP=run.json"] {
        let said = refused(wrong);
        assert!(
            said.contains("is not a format; there are otlp, jaeger, chrome, csv, jsonl"),
            "{said}"
        );
    }
    for wrong in ["otlp", "otlp="] {
        assert!(refused(wrong).contains("write a format and a file, as in otlp=run.json"));
    }
    let said = refused("csv=/there/is/no/such/place.csv");
    assert!(said.starts_with("/there/is/no/such/place.csv: cannot be written"), "{said}");
    let twice = ["run", "payments", "--export", "csv=-", "--export", "otlp=-"];
    for arguments in [&twice[..], &["run", "payments", "--json", "--export", "csv=-"]] {
        assert!(refusal(arguments).starts_with("standard output: can take one thing"));
    }
}

#[test]
fn options_out_of_range_are_named_with_what_is_allowed() {
    for (until, shown) in [("0", "0 s"), ("25h", "90000 s")] {
        let wanted = format!("--until must be more than 0 and at most 24 h, not {shown}.\n");
        assert_eq!(refusal(&["run", "payments", "--until", until]), wanted);
        assert_eq!(refusal(&["compare", "payments", "--until", until]), wanted);
    }
    assert!(refusal(&["run", "payments", "--until", "-5s"]).contains("“-5s” is not a duration"));
    assert!(refusal(&["schedule", "--base", "-5ms"]).contains("“-5ms” is not a duration"));
    assert!(refusal(&["run", "payments", "--seed", "-1"]).contains("'-1' for '--seed <N>'"));
    let said = refusal(&["list", "recipes"]);
    assert!(
        said.contains("there are scenarios, lessons, challenges, presets; --help says more"),
        "{said}"
    );
}

#[test]
fn json_lines_in_the_place_of_recorded_calls_are_told_where_to_go() {
    let steps = temporary("steps.jsonl", "\n{\"t_ms\":0,\"op\":\"observe\"}\n");
    let said = refusal(&["replay", "--breaker", "polly", &steps]);
    assert!(said.contains("has JSON lines, which are read from standard input"), "{said}");
}

#[test]
fn a_still_is_a_picture_of_a_moment_by_itself() {
    let telling = printed(&["still", "payments"]);
    assert!(telling.starts_with("<svg ") && telling.ends_with("</svg>\n"));
    assert!(telling.contains("<title>A slow bank trips the breaker, at 6.45 s</title>"));
    let wide = printed(&["still", "payments", "--at", "3s", "--size", "900x400"]);
    assert!(wide.contains("viewBox=\"0 0 900 400\"") && wide.contains(", at 3.00 s</title>"));
    assert_eq!(wide, printed(&["still", "payments", "--at", "3s", "--size", "900x400"]));
    for wrong in
        [&["--at", "61s"][..], &["--at", "soon"], &["--size", "900"], &["--size", "9x9000"]]
    {
        let said = refusal(&[&["still", "payments"], wrong].concat());
        assert!(said.contains(wrong[0]), "{said}");
    }
}
