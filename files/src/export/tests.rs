use std::collections::{BTreeMap, BTreeSet};

use half_open::policy::breaker::Action;
use half_open::run::{Limits, Metrics, Run, ids};
use half_open::scenario::{Change, Experiment, HandRequest, Intervention, library};
use half_open::time::{SimDuration, SimTime};
use serde_json::Value;

use super::facts::Facts;
use super::spans::{Kind, Span};
use super::{Export, Format, write};

/// How many generated runs have to keep to what is promised, and how many of them as text too.
const CASES: u32 = 60;
const AS_TEXT: usize = 12;

fn run_of(experiment: Experiment) -> Run {
    Run::new(experiment, Limits::default())
}

fn cases() -> impl Iterator<Item = Run> {
    let built_in = library::all().into_iter().map(|mut experiment| {
        experiment.scenario.horizon = SimDuration::from_secs(14);
        run_of(experiment)
    });
    built_in.chain((0..CASES).map(|n| run_of(half_open_determinism::generated(n))))
}

/// Two requests sent by hand: the answer to the first is lost, and it is retried and replayed; the
/// second finds the breaker open.
fn tiny() -> Run {
    let mut experiment = library::payments();
    experiment.scenario.horizon = SimDuration::from_secs(8);
    if let half_open::scenario::Role::Clients(clients) = &mut experiment.scenario.nodes[0].role {
        clients.rate = 0.0;
    }
    let at = |ms, change| Intervention { at: SimTime::from_millis(ms), change };
    let lost = HandRequest { client: 7, lose_response: true, ..HandRequest::default() };
    let key = Some("=1+1,\"two\" – drei".into());
    let refused = HandRequest { key, ..HandRequest::default() };
    experiment.interventions = vec![
        at(100, Change::Send(lost)),
        at(5_000, Change::Breaker { edge: 1, action: Action::ForceOpen }),
        at(6_000, Change::Send(refused)),
    ];
    run_of(experiment)
}

fn text(run: &Run, format: Format) -> String {
    let mut out = Vec::new();
    write(run, format, &mut out).expect("memory takes everything");
    String::from_utf8(out).expect("UTF-8")
}

fn json(run: &Run, format: Format) -> Value {
    serde_json::from_str(&text(run, format)).expect("JSON")
}

/// `HALF_OPEN_UPDATE=1 cargo test -p half-open-files golden` writes down what is written now.
#[test]
fn golden_files_are_written_as_they_were() {
    let run = tiny();
    for format in Format::ALL {
        let name = format!("tests/export/tiny.{}", format.extension());
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(&name);
        let found = text(&run, format);
        if std::env::var_os("HALF_OPEN_UPDATE").is_some() {
            std::fs::write(&file, &found).expect("a place to write");
        }
        assert!(std::fs::read_to_string(&file).expect(&name) == found, "{name} would differ");
    }
}

#[test]
fn equal_runs_give_equal_bytes_however_they_came_about() {
    let experiment = library::payments();
    let mut before = experiment.clone();
    before.interventions.truncate(1);
    let (whole, continued) =
        (run_of(experiment.clone()), run_of(before).with(experiment, Limits::default()));
    for format in Format::ALL {
        assert!(text(&whole, format) == text(&continued, format), "{}", format.name());
    }
}

#[test]
fn files_come_in_pieces_that_are_small() {
    let run = run_of(library::payments());
    for format in Format::ALL {
        let mut export = Export::new(run.clone(), format);
        let mut whole = Vec::new();
        loop {
            let before = whole.len();
            let more = export.next(&mut whole).expect("memory takes everything");
            assert!(whole.len() - before < 1 << 20, "{}", format.name());
            if !more {
                break;
            }
        }
        assert!(whole == text(&run, format).into_bytes(), "{}", format.name());
    }
}

#[test]
fn every_span_has_its_parent_and_lies_where_it_must() {
    for run in cases() {
        let facts = Facts::of(run);
        let requests = facts.run.log().length().requests;
        let spans: Vec<Span> = (0..requests).flat_map(|request| facts.spans(request)).collect();
        let key = |span: &Span| (span.context.trace, span.context.span);
        let known: BTreeMap<_, _> = spans.iter().map(|span| (key(span), span)).collect();
        assert_eq!(known.len(), spans.len(), "IDs are unique");
        let roots = |kind| {
            let begun = spans.iter().filter(move |span| span.parent.is_none() && span.kind == kind);
            begun.count()
        };
        assert_eq!((roots(Kind::Internal), roots(Kind::Client)), (requests as usize, 0));
        let whole = ids::passed_on_always(facts.run.experiment());
        assert!(!whole || roots(Kind::Server) == 0, "only a broken trace has other roots");
        let attempts = spans.iter().filter(|span| span.kind == Kind::Client).count();
        assert_eq!(attempts, facts.run.log().length().spans as usize);
        for span in &spans {
            assert!(span.began <= span.over && span.over <= facts.run.end(), "{}", span.name);
            for event in &span.events {
                assert!((span.began..=span.over).contains(&event.at), "{}", event.name);
            }
            let order = span.events.windows(2).all(|pair| pair[0].at <= pair[1].at);
            assert!(order, "{}", span.name);
            for link in &span.links {
                assert!(known.contains_key(&(link.trace, link.span)));
            }
            let Some(parent) = span.parent else { continue };
            let parent = known[&(span.context.trace, parent)];
            assert!(parent.began <= span.began, "{}", span.name);
            match span.kind {
                // What a caller waits for is over when it is; a service may work on.
                Kind::Client => {
                    assert_ne!(parent.kind, Kind::Client);
                    assert_eq!(parent.node, span.node);
                    assert!(span.over <= parent.over, "{}", span.name);
                }
                Kind::Server => assert_eq!(parent.kind, Kind::Client),
                Kind::Internal => panic!("only operations are internal"),
            }
        }
    }
}

type Ids = (String, String, Option<String>, u64, u64);

fn in_otlp(file: &Value) -> BTreeSet<Ids> {
    let parts = file["resourceSpans"].as_array().expect("parts");
    let spans = parts.iter().flat_map(|part| part["scopeSpans"][0]["spans"].as_array());
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let time = |value: &Value| text(value).parse::<u64>().expect("digits") / 1_000;
    let ids = |span: &Value| {
        let parent = span["parentSpanId"].as_str().map(str::to_owned);
        let times = (time(&span["startTimeUnixNano"]), time(&span["endTimeUnixNano"]));
        (text(&span["traceId"]), text(&span["spanId"]), parent, times.0, times.1)
    };
    spans.flatten().map(ids).collect()
}

fn in_jaeger(file: &Value) -> BTreeSet<Ids> {
    let traces = file["data"].as_array().expect("traces");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let mut found = BTreeSet::new();
    for trace in traces {
        for span in trace["spans"].as_array().expect("spans") {
            assert_eq!(span["traceID"], trace["traceID"]);
            assert!(trace["processes"][span["processID"].as_str().expect("a process")].is_object());
            let references = span["references"].as_array().expect("references");
            let parent = references.iter().find(|reference| reference["refType"] == "CHILD_OF");
            let began = span["startTime"].as_u64().expect("microseconds");
            found.insert((
                text(&span["traceID"]),
                text(&span["spanID"]),
                parent.map(|parent| text(&parent["spanID"])),
                began,
                began + span["duration"].as_u64().expect("microseconds"),
            ));
        }
    }
    found
}

#[test]
fn otlp_and_jaeger_have_the_same_spans() {
    for run in cases().take(AS_TEXT) {
        let (otlp, jaeger) = (json(&run, Format::Otlp), json(&run, Format::Jaeger));
        let spans = in_otlp(&otlp);
        assert_eq!(spans, in_jaeger(&jaeger));
        let log = run.log().length();
        assert!(spans.len() >= (log.spans + log.requests) as usize);
    }
}

#[test]
fn slices_of_a_thread_never_overlap_and_flows_have_two_ends() {
    for run in cases().take(AS_TEXT) {
        let file = json(&run, Format::Chrome);
        let mut threads: BTreeMap<u64, Vec<(u64, u64)>> = BTreeMap::new();
        let mut flows: BTreeMap<String, String> = BTreeMap::new();
        let mut counts: BTreeMap<(u64, String), u64> = BTreeMap::new();
        let nanos = |value: &Value| (value.as_f64().expect("a number") * 1e3).round() as u64;
        for event in file["traceEvents"].as_array().expect("events") {
            if let Some(id) = event["bind_id"].as_str() {
                let end = if event["flow_out"] == true { "out" } else { "in" };
                *flows.entry(id.to_owned()).or_default() += end;
            }
            match event["ph"].as_str().expect("a phase") {
                "X" => {
                    let (from, length) = (nanos(&event["ts"]), nanos(&event["dur"]));
                    let tid = event["tid"].as_u64().expect("a thread");
                    threads.entry(tid).or_default().push((from, from + length));
                }
                "C" => {
                    let place =
                        (event["pid"].as_u64().expect("a process"), event["name"].to_string());
                    // Never below zero, or it would be no u64.
                    counts.insert(place, event["args"]["requests"].as_u64().expect("a count"));
                }
                _ => {}
            }
        }
        assert!(flows.values().all(|ends| ends == "outin"), "{flows:?}");
        assert!(counts.values().all(|count| *count == 0), "{counts:?}");
        for slices in threads.values_mut() {
            // Of those that begin together the longest is the outermost.
            slices.sort_by_key(|(from, until)| (*from, u64::MAX - until));
            let mut open: Vec<u64> = Vec::new();
            for (from, until) in slices {
                open.retain(|end| end > from);
                assert!(open.iter().all(|end| end >= until), "{from} to {until} in {open:?}");
                open.push(*until);
            }
        }
    }
}

#[test]
fn the_rows_of_a_csv_add_up_to_the_report() {
    for run in cases().take(AS_TEXT) {
        let metrics = Metrics::of(&run);
        let file = text(&run, Format::Csv);
        let rows: Vec<&str> = file.split("\r\n").collect();
        let columns: Vec<&str> = rows[0].split(',').collect();
        let column = |name: &str| columns.iter().position(|known| *known == name).expect(name);
        let count = |name: &str, is: &dyn Fn(&str) -> bool| {
            let cells = rows[1..].iter().filter_map(|row| row.split(',').nth(column(name)));
            cells.filter(|cell| is(cell)).count() as u32
        };
        let charges = rows[1..].iter().filter_map(|row| row.split(',').nth(column("charged")));
        assert_eq!(rows.len() as u32, metrics.requests + 2, "a header and a last line end");
        assert_eq!(count("outcome", &|cell| cell == "succeeded"), metrics.succeeded);
        assert_eq!(count("outcome", &|cell| cell == "degraded"), metrics.degraded);
        assert_eq!(count("outcome", &|cell| cell == "unfinished"), metrics.in_flight);
        assert_eq!(count("ended_ms", &|cell| cell.is_empty()), metrics.in_flight);
        assert_eq!(
            charges.filter_map(|cell| cell.parse::<u32>().ok()).sum::<u32>(),
            metrics.charges
        );
    }
}

#[test]
fn every_event_has_a_line() {
    let run = tiny();
    let file = text(&run, Format::Jsonl);
    let lines: Vec<Value> =
        file.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len() as u32, run.log().len());
    for (id, line) in (0u64..).zip(&lines) {
        assert_eq!(line["id"], id);
        assert!(line["cause"].as_u64().is_none_or(|cause| cause < id));
    }
}
