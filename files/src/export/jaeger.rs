//! The JSON of Jaeger's query service, which its page opens from a file: a list of traces, times in
//! microseconds. A line for each trace.

use std::collections::BTreeMap;
use std::io::{self, Write};

use half_open::scenario::NodeId;
use half_open::time::SimTime;
use serde::Serialize;

use super::facts::Facts;
use super::spans::{Attribute, Context, Happening, SCOPE, Span, Value, unix_nanos};
use super::{Batches, Pieces, json};

#[derive(Default)]
pub(super) struct Jaeger {
    batches: Batches,
    traces: u32,
    begun: bool,
}

impl Pieces for Jaeger {
    fn write(&mut self, facts: &Facts, out: &mut dyn Write) -> io::Result<bool> {
        if !self.begun {
            write!(out, "{{\"data\":[")?;
            self.begun = true;
        }
        let Some(requests) = self.batches.next(facts) else {
            writeln!(out, "\n]}}")?;
            return Ok(false);
        };
        for request in requests {
            let spans = facts.spans(request);
            // A request is one trace, unless a service on its way begins others.
            let mut traces: Vec<u128> = spans.iter().map(|span| span.context.trace).collect();
            traces.sort_unstable();
            traces.dedup();
            for trace in traces {
                write!(out, "{}", if self.traces == 0 { "\n" } else { ",\n" })?;
                self.traces += 1;
                json(out, &of(facts, &spans, trace))?;
            }
        }
        Ok(true)
    }
}

#[derive(Serialize)]
struct Trace<'a> {
    #[serde(rename = "traceID")]
    id: String,
    spans: Vec<Written<'a>>,
    processes: BTreeMap<String, Process>,
    warnings: Option<()>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Process {
    service_name: String,
    tags: Vec<Tag>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    #[serde(rename = "traceID")]
    trace: String,
    #[serde(rename = "spanID")]
    span: String,
    operation_name: &'a str,
    references: Vec<Reference>,
    start_time: u64,
    duration: u64,
    tags: Vec<Tag>,
    logs: Vec<Log>,
    #[serde(rename = "processID")]
    process: String,
    warnings: Option<()>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    ref_type: &'static str,
    #[serde(rename = "traceID")]
    trace: String,
    #[serde(rename = "spanID")]
    span: String,
}

#[derive(Serialize)]
struct Log {
    timestamp: u64,
    fields: Vec<Tag>,
}

#[derive(Serialize)]
struct Tag {
    key: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    value: serde_json::Value,
}

fn of<'a>(facts: &Facts, spans: &'a [Span], trace: u128) -> Trace<'a> {
    let mine = || spans.iter().filter(move |span| span.context.trace == trace);
    let process = |node: NodeId| {
        let tags = facts.resource(node);
        let tags = tags.iter().filter(|(key, _)| *key != "service.name").map(tag).collect();
        let service_name = facts.scenario().node_name(node).to_owned();
        (process_id(node), Process { service_name, tags })
    };
    Trace {
        id: format!("{trace:032x}"),
        spans: mine().map(written).collect(),
        processes: mine().map(|span| process(span.node)).collect(),
        warnings: None,
    }
}

fn process_id(node: NodeId) -> String {
    format!("p{node}")
}

fn written(span: &Span) -> Written<'_> {
    let parent = span.parent.map(|span_id| Context { span: span_id, ..span.context });
    let child_of = parent.map(|parent| reference("CHILD_OF", parent));
    let follows = span.links.iter().map(|link| reference("FOLLOWS_FROM", *link));
    let mut tags: Vec<Tag> = span.attributes.iter().map(tag).collect();
    tags.push(text("span.kind", span.kind.name()));
    tags.push(text("otel.library.name", SCOPE.0));
    tags.push(text("otel.library.version", SCOPE.1));
    if let Some(error) = &span.error {
        tags.push(Tag { key: "error", kind: "bool", value: true.into() });
        tags.push(text("otel.status_code", "ERROR"));
        tags.push(text("otel.status_description", error));
    }
    let start_time = micros(span.began);
    Written {
        trace: format!("{:032x}", span.context.trace),
        span: format!("{:016x}", span.context.span),
        operation_name: &span.name,
        references: child_of.into_iter().chain(follows).collect(),
        start_time,
        // So that what lies within another span in nanoseconds does so in microseconds, too.
        duration: micros(span.over) - start_time,
        tags,
        logs: span.events.iter().map(log).collect(),
        process: process_id(span.node),
        warnings: None,
    }
}

fn reference(ref_type: &'static str, to: Context) -> Reference {
    let (trace, span) = (format!("{:032x}", to.trace), format!("{:016x}", to.span));
    Reference { ref_type, trace, span }
}

fn log(happening: &Happening) -> Log {
    let name = text("event", happening.name);
    let fields = std::iter::once(name).chain(happening.attributes.iter().map(tag)).collect();
    Log { timestamp: micros(happening.at), fields }
}

const fn micros(at: SimTime) -> u64 {
    unix_nanos(at) / 1_000
}

fn text(key: &'static str, value: &str) -> Tag {
    Tag { key, kind: "string", value: value.into() }
}

fn tag((key, value): &Attribute) -> Tag {
    let (kind, value) = match value {
        Value::Text(text) => ("string", text.as_str().into()),
        Value::Whole(number) => ("int64", (*number).into()),
        Value::Number(number) => ("float64", (*number).into()),
        Value::Flag(flag) => ("bool", (*flag).into()),
        // A list is a text here, as Jaeger writes it.
        Value::Texts(texts) => {
            ("string", serde_json::Value::from(texts.clone()).to_string().into())
        }
    };
    Tag { key, kind, value }
}
