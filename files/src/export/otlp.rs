//! OTLP's JSON (`opentelemetry-proto`, `TracesData`): IDs in hexadecimal, 64-bit numbers as texts,
//! enumerations as numbers. Every line but the first and the last is a part that could stand alone:
//! the spans of one service for some requests.

use std::io::{self, Write};

use serde::Serialize;

use super::facts::Facts;
use super::spans::{self, Attribute, Context, Happening, SCOPE, Span, Value, unix_nanos};
use super::{Batches, Pieces, json};

#[derive(Default)]
pub(super) struct Otlp {
    batches: Batches,
    /// How many parts were written.
    parts: u32,
    begun: bool,
}

impl Pieces for Otlp {
    fn write(&mut self, facts: &Facts, out: &mut dyn Write) -> io::Result<bool> {
        if !self.begun {
            write!(out, "{{\"resourceSpans\":[")?;
            self.begun = true;
        }
        let Some(requests) = self.batches.next(facts) else {
            writeln!(out, "\n]}}")?;
            return Ok(false);
        };
        let spans: Vec<Span> = requests.flat_map(|request| facts.spans(request)).collect();
        for node in 0..facts.scenario().nodes.len() as u8 {
            let spans: Vec<_> =
                spans.iter().filter(|span| span.node == node).map(written).collect();
            if spans.is_empty() {
                continue;
            }
            write!(out, "{}", if self.parts == 0 { "\n" } else { ",\n" })?;
            self.parts += 1;
            let scope = Scope { name: SCOPE.0, version: SCOPE.1 };
            let resource = facts.resource(node);
            let resource = Resource { attributes: attributes(&resource) };
            json(out, &ResourceSpans { resource, scope_spans: [ScopeSpans { scope, spans }] })?;
        }
        Ok(true)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans<'a> {
    resource: Resource<'a>,
    scope_spans: [ScopeSpans<'a>; 1],
}

#[derive(Serialize)]
struct Resource<'a> {
    attributes: Vec<KeyValue<'a>>,
}

#[derive(Serialize)]
struct ScopeSpans<'a> {
    scope: Scope,
    spans: Vec<Written<'a>>,
}

#[derive(Serialize)]
struct Scope {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    trace_id: String,
    span_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_span_id: Option<String>,
    name: &'a str,
    kind: u8,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
    attributes: Vec<KeyValue<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<Event<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    time_unix_nano: String,
    name: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<KeyValue<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Link {
    trace_id: String,
    span_id: String,
}

#[derive(Serialize)]
struct Status<'a> {
    message: &'a str,
    code: u8,
}

/// `STATUS_CODE_ERROR`.
const ERROR: u8 = 2;

#[derive(Serialize)]
struct KeyValue<'a> {
    key: &'static str,
    value: AnyValue<'a>,
}

#[derive(Serialize)]
enum AnyValue<'a> {
    #[serde(rename = "stringValue")]
    Text(&'a str),
    #[serde(rename = "boolValue")]
    Flag(bool),
    #[serde(rename = "intValue")]
    Whole(String),
    #[serde(rename = "doubleValue")]
    Number(f64),
    #[serde(rename = "arrayValue")]
    List(Values<'a>),
}

#[derive(Serialize)]
struct Values<'a> {
    values: Vec<AnyValue<'a>>,
}

fn written(span: &Span) -> Written<'_> {
    let (trace_id, span_id) = hex(span.context);
    Written {
        trace_id,
        span_id,
        parent_span_id: span.parent.map(|id| format!("{id:016x}")),
        name: &span.name,
        kind: span.kind as u8,
        start_time_unix_nano: unix_nanos(span.began).to_string(),
        end_time_unix_nano: unix_nanos(span.over).to_string(),
        attributes: attributes(&span.attributes),
        events: span.events.iter().map(event).collect(),
        links: span.links.iter().map(|to| link(*to)).collect(),
        status: span.error.as_deref().map(|message| Status { message, code: ERROR }),
    }
}

fn hex(context: Context) -> (String, String) {
    (format!("{:032x}", context.trace), format!("{:016x}", context.span))
}

fn link(to: Context) -> Link {
    let (trace_id, span_id) = hex(to);
    Link { trace_id, span_id }
}

fn event(happening: &Happening) -> Event<'_> {
    Event {
        time_unix_nano: unix_nanos(happening.at).to_string(),
        name: happening.name,
        attributes: attributes(&happening.attributes),
    }
}

fn attributes(all: &[Attribute]) -> Vec<KeyValue<'_>> {
    all.iter().map(|(key, value)| KeyValue { key, value: any(value) }).collect()
}

fn any(value: &spans::Value) -> AnyValue<'_> {
    match value {
        Value::Text(text) => AnyValue::Text(text),
        Value::Whole(number) => AnyValue::Whole(number.to_string()),
        Value::Number(number) => AnyValue::Number(*number),
        Value::Flag(flag) => AnyValue::Flag(*flag),
        Value::Texts(texts) => {
            let values = texts.iter().map(|text| AnyValue::Text(text)).collect();
            AnyValue::List(Values { values })
        }
    }
}
