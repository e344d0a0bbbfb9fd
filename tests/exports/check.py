"""Has a collector and OpenTelemetry's own parser read what was exported, and compares what they
understood with each other, with the other files and with the report of the run.

    check.py DIRECTORY    with otlp, jaeger, csv, jsonl and report.json in it
"""

import base64
import csv
import gzip
import http.client
import http.server
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time

import rotel
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status, TracesData

# How long the collector may take, in seconds.
PATIENCE = 60

HEADER = (
    "request,client,began_ms,ended_ms,latency_ms,outcome,status,attempts,waits,waited_ms,"
    "rejected,replayed,charged,key,method,path,by_hand,trace_id"
)


def by_id(message):
    """Every span of a message by its IDs: the service it was in, and all that is said of it."""
    spans = {}
    for part in message.resource_spans:
        named = {at.key: at.value.string_value for at in part.resource.attributes}
        for scope in part.scope_spans:
            assert (scope.scope.name, scope.scope.version != "") == ("half-open", True)
            for span in scope.spans:
                key = (span.trace_id.hex(), span.span_id.hex())
                assert key not in spans, f"{key} is there twice"
                spans[key] = (named["service.name"], span)
    return spans


def parse(text):
    """OTLP's JSON by the parser of protobuf, which wants IDs in base64 where OTLP has them in
    hexadecimal; everything else is the same. It refuses fields that it does not know."""
    document = json.loads(text)

    def recode(holder):
        for name in ("traceId", "spanId", "parentSpanId"):
            if name in holder:
                holder[name] = base64.b64encode(bytes.fromhex(holder[name])).decode()

    for part in document["resourceSpans"]:
        for span in part["scopeSpans"][0]["spans"]:
            recode(span)
            for link in span.get("links", []):
                recode(link)
    return json_format.ParseDict(document, TracesData())


class Sink(http.server.ThreadingHTTPServer):
    """A place for the collector to export to, as OTLP in protobuf over HTTP."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Receiver)
        self.message = ExportTraceServiceRequest()
        self.changed = threading.Condition()

    def wait_for(self, count):
        """Waits for so many spans."""
        with self.changed:
            self.changed.wait_for(lambda: self.count() >= count, PATIENCE)
            return by_id(self.message)

    def count(self):
        return sum(len(s.spans) for r in self.message.resource_spans for s in r.scope_spans)


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        with self.server.changed:
            self.server.message.MergeFrom(ExportTraceServiceRequest.FromString(body))
            self.server.changed.notify_all()
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def collected(body, count):
    """What a collector passes on of what is sent to it: the curl line of docs/exports.md."""
    sink = Sink()
    threading.Thread(target=sink.serve_forever, daemon=True).start()
    agent = pathlib.Path(rotel.__file__).parent / "rotel-agent"
    port = free_port()
    with tempfile.TemporaryDirectory() as scratch:
        process = subprocess.Popen(
            [
                agent, "start",
                "--pid-file", f"{scratch}/pid", "--log-file", f"{scratch}/log",
                "--otlp-http-endpoint", f"127.0.0.1:{port}",
                "--otlp-grpc-endpoint", f"127.0.0.1:{free_port()}",
                "--exporter", "otlp", "--otlp-exporter-protocol", "http",
                "--otlp-exporter-endpoint", f"http://127.0.0.1:{sink.server_port}",
            ],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        try:
            answer = post(port, body, process)
            assert answer.status == 200, (answer.status, answer.read())
            said = json.loads(answer.read())
            assert not said.get("partialSuccess"), said
            return sink.wait_for(count)
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()
            sink.shutdown()
            sink.server_close()


def post(port, body, process):
    """Sends a body as soon as somebody listens."""
    started = time.monotonic()
    while True:
        assert process.poll() is None, f"The collector ended: {process.stdout.read()}"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.connect()
        except ConnectionRefusedError:
            assert time.monotonic() - started < PATIENCE, "The collector does not listen."
            time.sleep(0.05)
            continue
        connection.request("POST", "/v1/traces", body, {"content-type": "application/json"})
        return connection.getresponse()


def as_text(value):
    """A value of an attribute as Jaeger has it."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        texts = [item.string_value for item in value.array_value.values]
        return json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
    return getattr(value, kind)


def check_jaeger(file, spans):
    """Jaeger's file has the same spans, in microseconds."""
    kinds = {"string": str, "int64": int, "float64": (int, float), "bool": bool}
    seen = set()
    for trace in file["data"]:
        for span in trace["spans"]:
            key = (span["traceID"], span["spanID"])
            assert span["traceID"] == trace["traceID"] and key not in seen
            seen.add(key)
            service, other = spans[key]
            assert trace["processes"][span["processID"]]["serviceName"] == service
            begin, end = other.start_time_unix_nano // 1000, other.end_time_unix_nano // 1000
            assert (span["startTime"], span["duration"]) == (begin, end - begin)
            assert span["operationName"] == other.name
            child_of = [r for r in span["references"] if r["refType"] == "CHILD_OF"]
            parents = [bytes.fromhex(r["spanID"]) for r in child_of]
            assert parents == ([other.parent_span_id] if other.parent_span_id else [])
            assert len(span["references"]) == len(parents) + len(other.links)
            tags = {tag["key"]: tag["value"] for tag in span["tags"]}
            assert all(isinstance(tag["value"], kinds[tag["type"]]) for tag in span["tags"])
            assert len(tags) == len(span["tags"]), "no tag is there twice"
            for attribute in other.attributes:
                assert tags[attribute.key] == as_text(attribute.value), attribute.key
            assert tags["span.kind"] == Span.SpanKind.Name(other.kind)[10:].lower()
            assert tags.get("error", False) == (other.status.code == Status.STATUS_CODE_ERROR)
            logs = [(log["timestamp"], log["fields"][0]["value"]) for log in span["logs"]]
            assert logs == [(event.time_unix_nano // 1000, event.name) for event in other.events]
    assert seen == set(spans)


def check_csv(directory, spans, report):
    """The rows are the operations among the spans."""
    text = (directory / "csv").read_bytes().decode()
    assert text.startswith(HEADER + "\r\n") and text.endswith("\r\n")
    with open(directory / "csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, strict=True))
    roots = {trace: span for (trace, _), (_, span) in spans.items() if not span.parent_span_id}
    assert {row["trace_id"] for row in rows} == set(roots)
    assert len(rows) == len(roots) == report["requests"]
    outcomes = [row["outcome"] for row in rows]
    assert outcomes.count("succeeded") == report["succeeded"]
    assert outcomes.count("unfinished") == report["in_flight"]
    assert sum(int(row["charged"]) for row in rows) == report["charges"]
    for row in rows:
        assert None not in row and None not in row.values(), "as many cells as columns"
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())
        root = roots[row["trace_id"]]
        if row["latency_ms"]:
            nanos = root.end_time_unix_nano - root.start_time_unix_nano
            assert abs(float(row["latency_ms"]) * 1e6 - nanos) < 0.5
    return rows


def main(directory):
    read = lambda name: (directory / name).read_text(encoding="utf-8")
    report = json.loads(read("report.json"))
    otlp = read("otlp")
    spans = by_id(parse(otlp))
    passed_on = collected(otlp.encode(), len(spans))
    assert set(passed_on) == set(spans)
    for key, (service, span) in spans.items():
        other = passed_on[key]
        assert other[0] == service
        assert other[1] == span, f"The collector changed {span}\nto {other[1]}"
        assert not span.parent_span_id or (key[0], span.parent_span_id.hex()) in spans

    check_jaeger(json.loads(read("jaeger")), spans)
    rows = check_csv(directory, spans, report)
    attempts = [span for _, span in spans.values() if span.kind == Span.SPAN_KIND_CLIENT]
    sent = [span for span in attempts if all(event.name != "rejected" for event in span.events)]
    assert len(sent) == report["attempts"]
    charged = [e for _, span in spans.values() for e in span.events if e.name == "charged"]
    assert len(charged) == report["charges"]

    events = [json.loads(line) for line in read("jsonl").splitlines()]
    assert len(events) == report["events"]
    print(
        f"  A collector and OpenTelemetry's parser understood {len(spans)} spans alike; Jaeger's "
        f"file has the same, the CSV {len(rows)} requests, and {len(events)} events have a line."
    )


main(pathlib.Path(sys.argv[1]))
