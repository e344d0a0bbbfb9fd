//! Reads the facts back out of a sentence, and compares each with the log.

use half_open::log::{Event, Kind, Shedding, StatusCode, Verdict};
use half_open::policy::deadline::Deadline;
use half_open::run::ids;
use half_open::scenario::{Change, Edge, Fault, FaultKind, Need, Scenario, Service, Target};
use half_open::time::{SimDuration, SimTime};
use half_open_view::explain::{Link, Root, Tone};

use crate::deeds::deed;
use crate::guards::{deadlines, fell_back, picked, refused};
use crate::limits::{begun, limit, no_time, spent, whole};
use crate::moves::breaker;
use crate::record::Record;

/// Why a sentence is wrong.
pub(crate) type Verdicts = Result<(), String>;

/// What stands in the gaps of a pattern, if a text has its form.
pub(crate) fn holes<'t>(pattern: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut parts = pattern.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut found = Vec::new();
    let parts: Vec<&str> = parts.collect();
    for (index, part) in parts.iter().enumerate() {
        let end = match (index + 1 == parts.len(), part.is_empty()) {
            (true, true) => rest.len(),
            (true, false) => rest.strip_suffix(part).map(str::len)?,
            (false, _) => rest.find(part)?,
        };
        found.push(&rest[..end]);
        rest = rest.get(end + part.len()..)?;
    }
    rest.is_empty().then_some(found)
}

pub(crate) fn want(holds: bool, what: impl FnOnce() -> String) -> Verdicts {
    if holds { Ok(()) } else { Err(what()) }
}

pub(crate) fn same<T: PartialEq + std::fmt::Debug>(what: &str, said: T, logged: T) -> Verdicts {
    want(said == logged, || format!("{what}: said {said:?}, logged {logged:?}"))
}

pub(crate) fn number(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("“{text}” is no number"))
}

/// A moment, to a hundredth of a second.
pub(crate) fn moment(said: &str, logged: SimTime) -> Verdicts {
    let seconds: f64 = said
        .strip_suffix(" s")
        .and_then(|s| s.parse().ok())
        .ok_or_else(|| format!("“{said}” is no moment"))?;
    want((seconds - logged.seconds()).abs() <= 0.005_001, || format!("said {said}, was {logged}"))
}

pub(crate) fn nanos(said: &str) -> Result<f64, String> {
    let (value, unit) = said.split_once(' ').ok_or_else(|| format!("“{said}” has no unit"))?;
    let value: f64 = value.parse().map_err(|_| format!("“{value}” is no number"))?;
    let unit = match unit {
        _ if said == "0 s" => 0.0,
        "ns" => 1.0,
        "µs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        _ => return Err(format!("“{unit}” is no unit")),
    };
    Ok(value * unit)
}

/// A duration, to half of its last digit.
/// Whether two instants are the same, as far as what travels is known from the log.
pub(crate) fn close(one: SimTime, other: SimTime) -> bool {
    let apart = one.max(other).since(one.min(other));
    apart.nanos() <= 10_000 + other.nanos() / 1_000_000
}

pub(crate) fn duration(said: &str, logged: SimDuration) -> Verdicts {
    let ns = logged.nanos() as f64;
    let room: f64 = match logged.nanos() {
        0..10_000_000 => 0.051e6,
        10_000_000..1_000_000_000 => 0.51e6,
        _ => 5.1e6,
    };
    want((nanos(said)? - ns).abs() <= room.max(ns * 1e-6), || format!("said {said}, was {logged}"))
}

/// A share, to a tenth of a percent.
pub(crate) fn share(said: &str, set: f64) -> Verdicts {
    let value: f64 = said
        .strip_suffix(" %")
        .and_then(|s| s.parse().ok())
        .ok_or_else(|| format!("“{said}” is no share"))?;
    want((value / 100.0 - set).abs() <= 0.000_501, || format!("said {said}, set {set}"))
}

pub(crate) fn set(said: &str, value: SimDuration) -> Verdicts {
    same("setting", said.to_owned(), value.to_string())
}

pub(crate) fn kind(event: Event, wanted: Kind) -> Verdicts {
    same("kind", wanted, event.kind)
}

/// Checks a link: its event, its moment, and everything that its sentence says.
pub(crate) fn check(record: &Record, link: &Link, before: Option<&Link>) -> Verdicts {
    let log = record.run.log();
    if let Some(event) = link.event {
        want(event < log.len(), || format!("no event {event}"))?;
        let event = log.event(event);
        want(event.at <= link.at, || format!("{event:?} is later than its link"))?;
        if holes("… {} before that", &link.text).is_some() {
            return Ok(());
        }
        if matches!(link.tone, Tone::Root(Root::Limit)) {
            return limit(record, event, link);
        }
        return about(record, event, link);
    }
    match link.tone {
        Tone::Root(root) => begun(record, link, before, root),
        _ => Err("an event is missing".into()),
    }
}

fn about(record: &Record, event: Event, link: &Link) -> Verdicts {
    let (log, text) = (record.run.log(), link.text.as_str());
    if event.kind == Kind::Breaker {
        return breaker(record, event, link);
    }
    if event.kind == Kind::Intervention {
        if let Some(h) = holes("{} forgot its keys at {}", text) {
            want(
                matches!(change(record, event).fault(), Some(Fault { kind: FaultKind::Crash { keep_state: false } | FaultKind::ForgetKeys, target: Target::Node(node), .. }) if record.run.experiment().scenario.node_name(*node) == h[0]),
                || "no such crash".into(),
            )?;
            return moment(h[1], event.at);
        }
        return deed(record, event, link);
    }
    let callee = event.span().map_or("", |span| record.callee(span).1);
    let attempt = event.span().map_or(0, |span| u32::from(log.span(span).attempt));
    let own = |wanted| event.span().and_then(|span| record.attempts[span as usize].first(wanted));
    let cause = event.cause().map(|cause| log.event(cause));
    if matches!(
        event.kind,
        Kind::Held | Kind::Rejected | Kind::Hedged | Kind::Overtaken | Kind::Duplicated
    ) {
        return refused(record, event, text);
    }
    if event.kind == Kind::FellBack {
        return fell_back(record, event, text);
    }
    if event.kind == Kind::Picked {
        return picked(record, event, text);
    }
    if let Some(h) = holes("no worker of {} is left for it at {}, {} waiting", text) {
        kind(event, Kind::Queued)?;
        let node = Target::Node(record.callee(event.subject).0);
        let gone = |fault: &Fault| matches!(fault.kind, FaultKind::FewerWorkers(_));
        let fewer = record.faulty(event.at, |fault| gone(fault) && fault.target == node);
        want(fewer, || "all of them are there".into())?;
        same("service", h[0], callee)?;
        same("queue", number(h[2])?, event.payload)?;
        return moment(h[1], event.at);
    }
    if let Some(h) = holes("all workers of {} busy at {}, {} waiting", text) {
        kind(event, Kind::Queued)?;
        let busy = record
            .attempts
            .iter()
            .filter(|a| {
                working(a, event)
                    && a.events[0]
                        .span()
                        .is_some_and(|s| record.callee(s).0 == record.callee(event.subject).0)
            })
            .count();
        let workers = service(record, event).workers as usize;
        want(busy >= workers, || format!("{busy} of {workers} busy"))?;
        same("service", h[0], callee)?;
        same("queue", number(h[2])?, event.payload)?;
        return moment(h[1], event.at);
    }
    if let Some(h) = holes("the queue of {} was full at {}: it holds {}", text) {
        kind(event, Kind::QueueFull)?;
        same("service", h[0], callee)?;
        same("room", number(h[2])?, service(record, event).queue)?;
        return moment(h[1], event.at);
    }
    if let Some(h) = holes("{} shed it at {}: {} waited already", text) {
        return crate::guards::shed(record, event, &h, Shedding::Length);
    }
    if let Some(h) = holes("{} shed it at {}: it lets {} in at once", text) {
        return crate::guards::shed(record, event, &h, Shedding::Limit);
    }
    if let Some(h) = holes("{} shed it at {}, after a wait of {}", text) {
        let (waited, standing) = match h[2].strip_suffix(" in a standing queue") {
            Some(waited) => (waited, true),
            None => (h[2], false),
        };
        kind(event, Kind::Shed)?;
        same("service", h[0], callee)?;
        moment(h[1], event.at)?;
        let queued = own(Kind::Queued).ok_or("it did not wait")?;
        duration(waited, event.at.since(queued.at))?;
        let why = if standing { Shedding::Standing } else { Shedding::Waited };
        same("why", event.shedding(), why)?;
        want(own(Kind::Started).is_none(), || "a worker had it".into())?;
        // As things stood when it came.
        let codel = service(record, queued).shed.codel;
        let limit = if standing { codel.target } else { codel.interval };
        return same("limit", event.at.since(queued.at), limit);
    }
    if let Some(h) = holes("{} began at {}: {} of work", text) {
        kind(event, Kind::Started)?;
        same("service", h[0], callee)?;
        moment(h[1], event.at)?;
        return duration(h[2], event.duration());
    }
    if let Some(h) = holes("a wait of {} before attempt {} of {}", text) {
        kind(event, Kind::BackedOff)?;
        duration(h[0], event.duration())?;
        same("attempt", number(h[1])?, attempt + 1)?;
        same("attempts", number(h[2])?, edge(record, event).policy.retry.max_attempts)?;
        return want(number(h[1])? <= number(h[2])?, || "more than there are".into());
    }
    if let Some(h) = holes("sent to {} at {}, attempt {}, {} on its way", text) {
        kind(event, Kind::Sent)?;
        same("service", h[0], callee)?;
        moment(h[1], event.at)?;
        same("attempt", number(h[2])?, attempt)?;
        return duration(h[3], event.duration());
    }
    if let Some(h) = holes("client {} began the request at {}", text) {
        kind(event, Kind::Arrived)?;
        same("client", h[0], &record.client(event.subject))?;
        return moment(h[1], event.at);
    }
    if let Some(h) = holes("a wait of {} would have ended after the {}", text) {
        return no_time(record, event, h[0], h[1]);
    }
    if let Some(h) = holes("the retry budget was spent at {}", text) {
        return spent(record, event, h[0]);
    }
    if let Some(h) = holes("charged at {}, and recorded {} later", text) {
        kind(event, Kind::Charged)?;
        duration(h[1], service(record, event).record_after)?;
        return moment(h[0], event.at);
    }
    if let Some(h) = holes("charged at {}", text) {
        kind(event, Kind::Charged)?;
        return moment(h[0], event.at);
    }
    if let Some(h) = holes("{} stopped at {}: nobody waited", text) {
        kind(event, Kind::Cancelled)?;
        same("service", h[0], callee)?;
        return moment(h[1], event.at);
    }
    if let Some(h) = holes("{} lost its work at {}", text) {
        let forgotten = h[1].strip_suffix(", when it had charged and not recorded it");
        same("charged", forgotten.is_some(), own(Kind::Charged).is_some())?;
        let h = [h[0], forgotten.unwrap_or(h[1])];
        kind(event, Kind::WorkLost)?;
        same("service", h[0], callee)?;
        return moment(h[1], event.at);
    }
    for (what, wanted) in [("request", Kind::RequestLost), ("response", Kind::ResponseLost)] {
        if let Some(h) = holes(&format!("the {what} was lost on its way at {{}}"), text) {
            kind(event, wanted)?;
            return moment(h[0], event.at);
        }
    }
    if let Some(h) = holes("{} was over at {}", text) {
        kind(event, Kind::FaultEnded)?;
        let fault = h[0].strip_prefix("chaos: ").unwrap_or(h[0]);
        want(fault.starts_with("fault “"), || "no fault".into())?;
        return moment(h[1], event.at);
    }
    if let Some(h) = holes("request {}, attempt {} {} at {}", text) {
        let word = if event.kind == Kind::TimedOut { "timed out" } else { "failed" };
        same("how", h[2], word)?;
        let request = log.request_of(event.subject);
        same("request", h[0].to_owned(), ids::short_id(record.run, request))?;
        same("attempt", number(h[1])?, attempt)?;
        want(!event.status().is_success() || event.kind == Kind::TimedOut, || "it did not".into())?;
        return moment(h[3], event.at);
    }
    if event.kind == Kind::Verdict {
        return key(record, event, text);
    }
    if event.kind == Kind::TimedOut {
        return timeout(record, event, text);
    }
    // Longer sentences first.
    let status = |said: &str| {
        let logged = match event.status() {
            StatusCode::Http(status) => status.0.to_string(),
            StatusCode::ConnectionFailed => "with a broken connection".into(),
        };
        let (said, part) = match said.split_once(" without ") {
            Some((said, part)) => (said, Some(part)),
            None => (said, None),
        };
        part.map_or(Ok(()), |part| lacks(record, event, part))?;
        let whole = own(Kind::Verdict).is_some() || !event.status().is_degraded();
        want(part.is_some() || whole, || "it does not say what is missing".into())?;
        same("status", said.to_owned(), logged)
    };
    if let Some(h) = holes("{} answered {} at {}, and the answer left", text) {
        kind(event, Kind::Responded)?;
        same("service", h[0], callee)?;
        status(h[1])?;
        return moment(h[2], event.at);
    }
    if let Some(h) = holes("{} answered {} at {}, and nobody waited for it", text) {
        kind(event, Kind::AnsweredLate)?;
        want(own(Kind::Duplicated).is_some(), || "somebody did".into())?;
        same("service", h[0], callee)?;
        status(h[1])?;
        return moment(h[2], event.at);
    }
    if let Some(h) = holes("{} answered {} at {}, too late", text) {
        kind(event, Kind::AnsweredLate)?;
        want(own(Kind::TimedOut).is_some() || cause.is_some(), || "it was in time".into())?;
        same("service", h[0], callee)?;
        status(h[1])?;
        return moment(h[2], event.at);
    }
    let (head, took) = text.split_once(", after ").map_or((text, None), |(h, t)| (h, Some(t)));
    let (head, nth) = head.split_once(", attempt ").map_or((head, None), |(h, n)| (h, Some(n)));
    if let Some(h) = holes("{} answered {} at {}", head) {
        kind(event, Kind::Answered)?;
        same("service", h[0], callee)?;
        status(h[1])?;
        if let Some(nth) = nth {
            same("attempt", number(nth)?, attempt)?;
        }
        if let Some(took) = took {
            duration(took, event.at.since(own(Kind::Sent).ok_or("never sent")?.at))?;
        }
        return moment(h[2], event.at);
    }
    Err(format!("nobody knows what this says of {event:?}"))
}

/// Whether a call of this service to that part failed that it can do without, or lacked something.
fn lacks(record: &Record, answer: Event, part: &str) -> Verdicts {
    let log = record.run.log();
    let (part, in_part) = match part.strip_prefix("a part of ") {
        Some(part) => (part, true),
        None => (part, false),
    };
    let inner = (0..log.length().spans).filter(|span| {
        let row = log.span(*span);
        !row.by_client && row.parent == answer.subject && record.callee(*span).1 == part
    });
    let ends = inner.flat_map(|span| record.attempts[span as usize].events.iter());
    let is_end = |end: &&Event| end.is_last() || end.kind == Kind::FellBack;
    let mut ends = ends.filter(|end| is_end(end) && end.id < answer.id);
    let missing = ends.any(|end| match (in_part, end.kind) {
        (true, kind) => kind == Kind::Answered && end.status().is_degraded(),
        (false, Kind::Answered) => !end.status().is_success(),
        (false, _) => true,
    });
    want(missing, || format!("{part} was there"))?;
    let could = |at: u32| {
        let edges = &record.at(at).edges;
        let to = |edge: &&Edge| record.at(at).node_name(edge.to) == part;
        let spared = |e: &Edge| e.need == Need::Optional || e.policy.fallback.is_on();
        edges.iter().filter(to).any(spared)
    };
    let ever = record.scenarios().any(could);
    want(in_part || ever, || format!("{part} is never optional"))
}

pub(crate) fn edge<'r>(record: &'r Record, event: Event) -> &'r Edge {
    &record.at(event.id).edges[usize::from(record.edge(event.subject))]
}

pub(crate) fn service<'r>(record: &'r Record, event: Event) -> &'r Service {
    record.at(event.id).service(edge(record, event).to).expect("calls reach services")
}

pub(crate) fn change<'r>(record: &'r Record, event: Event) -> &'r Change {
    &record.run.experiment().interventions[event.subject as usize].change
}

fn working(attempt: &crate::record::Attempt, at: Event) -> bool {
    let began = attempt.events.iter().any(|e| {
        e.id < at.id && matches!(e.kind, Kind::Started)
            || e.id < at.id && e.kind == Kind::Verdict && !e.verdict().is_after_work()
    });
    began && !attempt.had(&[Kind::Responded], at.id)
}

fn key(record: &Record, event: Event, text: &str) -> Verdicts {
    let log = record.run.log();
    let before = event.cause().map_or(event.at, |cause| log.at(cause));
    let span = log.span(event.subject);
    // Calls between services carry none.
    let known = if span.by_client { ids::key(record.run, span.parent, span.attempt) } else { None };
    let named = |said: &str| {
        let known = known.as_deref().ok_or("there was no key")?;
        let said = said.strip_suffix('…').unwrap_or(said);
        want(known.starts_with(said), || format!("said {said}, was {known}"))
    };
    let callee = record.callee(event.subject).1;
    let (verdict, times) = if let Some(h) =
        holes("key {} was used before, at {}: stored answer replayed at {}", text)
    {
        named(h[0])?;
        (Verdict::Replayed, [h[1], h[2]])
    } else if let Some(h) = holes("key {} was in use since {}, and its work not done at {}", text) {
        named(h[0])?;
        (Verdict::InProgress, [h[1], h[2]])
    } else if let Some(h) = holes("key {} came with another body at {} than at {}", text) {
        named(h[0])?;
        (Verdict::Mismatch, [h[2], h[1]])
    } else if let Some(h) = holes("{} had the answer at {}, kept since {}", text) {
        same("service", h[0], callee)?;
        (Verdict::Cached, [h[2], h[1]])
    } else if let Some(h) =
        holes("{} was fetching the same since {}: it waited for that at {}", text)
    {
        same("service", h[0], callee)?;
        (Verdict::Joined, [h[1], h[2]])
    } else if let Some(h) = holes("another request had written the row at {}, before {}", text) {
        (Verdict::Conflict, [h[0], h[1]])
    } else if let Some(h) = holes("no key came at {}, and {} requires one", text) {
        same("service", h[1], callee)?;
        want(known.is_none() && service(record, event).idempotency.required, || "not so".into())?;
        same("verdict", Verdict::Missing, event.verdict())?;
        return moment(h[0], event.at);
    } else if let Some(h) = holes("its deadline had passed when {} came to it at {}", text) {
        same("verdict", Verdict::Expired, event.verdict())?;
        same("service", h[0], callee)?;
        told_passed(record, event)?;
        return moment(h[1], event.at);
    } else if let Some(h) =
        holes("its deadline had passed at {}, and {} made no more calls for it", text)
    {
        same("verdict", Verdict::ExpiredAtWork, event.verdict())?;
        same("service", h[1], callee)?;
        told_passed(record, event)?;
        return moment(h[0], event.at);
    } else if let Some(h) = holes("a method or path that is not known came at {}", text) {
        same("verdict", Verdict::Refused, event.verdict())?;
        return moment(h[0], event.at);
    } else {
        return Err("nobody knows this verdict".into());
    };
    same("verdict", verdict, event.verdict())?;
    moment(times[0], before)?;
    moment(times[1], event.at)
}

/// That the deadline of which its service was told had passed.
fn told_passed(record: &Record, event: Event) -> Verdicts {
    let (_, told) = deadlines(record, event.subject);
    let passed = |told: Deadline| told.0 <= event.at || close(told.0, event.at);
    want(told.is_some_and(passed), || format!("it was told {told:?}"))
}

fn timeout(record: &Record, event: Event, text: &str) -> Verdicts {
    let by_deadline = text.split_once(" left until the deadline");
    let for_all = text.split_once(" left of the timeout for all attempts");
    let left = for_all.or_else(|| text.split_once(" left of the timeout"));
    let parts = by_deadline.or(left).or_else(|| text.split_once(" timeout"));
    let (said, why) = parts.ok_or("no timeout")?;
    same("deadline", by_deadline.is_some(), event.is_deadline())?;
    let mine = &record.attempts[event.subject as usize];
    let sent = mine.first(Kind::Sent).or_else(|| mine.first(Kind::Held)).ok_or("never sent")?;
    duration(said, event.at.since(sent.at))?;
    let timeout = edge(record, sent).policy.timeout.per_attempt;
    // Whoever waited or was under way when a visitor moved the timeout had the old one, or less than nothing.
    let policy = |scenario: &Scenario| {
        let policy = &scenario.edges[usize::from(record.edge(event.subject))].policy;
        (policy.stack, policy.timeout)
    };
    let now = policy(record.at(event.id));
    let turned = !record.between(0, event.id).all(|scenario| policy(scenario) == now);
    if by_deadline.is_some() {
        let deadline = deadlines(record, event.subject).0.ok_or("there is no deadline")?;
        want(close(deadline.0, event.at), || format!("it was {deadline:?}"))?;
        // While it waits for a place, its timeout does not run.
        let timeout = timeout.filter(|_| sent.kind == Kind::Sent);
        want(timeout.is_none_or(|timeout| sent.at + timeout >= event.at), || "sooner".into())?;
    } else if for_all.is_some() && !turned {
        let until = whole(record, sent)?;
        want(close(until, event.at), || format!("it was {until}"))?;
    } else if left.is_some() {
        let made = mine.events.first().ok_or("never made")?;
        let until = timeout.map(|timeout| made.at + timeout);
        let fits = until.is_some_and(|until| close(until, event.at));
        want(fits || turned, || format!("it was {until:?}"))?;
    } else {
        duration(said, timeout.ok_or("no timeout was set")?)?;
    }
    let tree = record.tree(event.subject);
    let some = |name: Option<&str>, holds: &dyn Fn(&crate::record::Attempt) -> bool| {
        let mut spans =
            tree.iter().filter(|span| name.is_none_or(|n| record.callee(**span).1 == n));
        want(spans.any(|span| holds(&record.attempts[*span as usize])), || "not so".into())
    };
    let before = event.id;
    let over = [Kind::Responded, Kind::RequestLost, Kind::Answered];
    let (name, long) = match holes(" < {} service time of {}", why) {
        Some(h) => (Some(h[1]), Some(h[0])),
        None => {
            (Some(record.callee(event.subject).1), holes(" < {} service time", why).map(|h| h[0]))
        }
    };
    if let Some(work) = long {
        return some(name, &|attempt| {
            let began = attempt.first(Kind::Started).filter(|began| began.id < before);
            began.is_some_and(|began| {
                duration(work, began.duration()).is_ok()
                    && began.duration() > event.at.since(sent.at) - SimDuration::from_nanos(64)
                    && !attempt.had(&over, before)
            })
        });
    }
    if let Some(h) = holes(", {} was still at work", why) {
        return some(Some(h[0]), &|a| a.had(&[Kind::Started], before) && !a.had(&over, before));
    }
    if let Some(h) = holes(", {} had charged and not recorded it", why) {
        return some(Some(h[0]), &|a| a.had(&[Kind::Charged], before) && !a.had(&over, before));
    }
    if let Some(h) = holes(" < wait for what {} was fetching for another", why) {
        return some(Some(h[0]), &|a| a.had(&[Kind::Verdict], before) && !a.had(&over, before));
    }
    if let Some(h) = holes(" < wait for a worker of {}", why) {
        return some(Some(h[0]), &|a| {
            a.had(&[Kind::Queued], before)
                && !a.had(&[Kind::Started, Kind::Verdict, Kind::Responded], before)
        });
    }
    if let Some(h) = holes(" < wait for a place in a bulkhead before {}", why) {
        return some(Some(h[0]), &|a| {
            a.had(&[Kind::Held], before) && !a.had(&[Kind::Sent, Kind::Rejected], before)
        });
    }
    if why == " < the retries behind it" {
        return some(None, &|a| {
            a.events.iter().any(|e| {
                e.kind == Kind::BackedOff && e.id < before && e.at + e.duration() >= event.at
            })
        });
    }
    if let Some(h) = holes(", a request was still on its way to {}", why) {
        return some(Some(h[0]), &|a| {
            a.had(&[Kind::Sent], before)
                && !a.had(
                    &[Kind::Queued, Kind::QueueFull, Kind::Shed, Kind::Started, Kind::Responded],
                    before,
                )
        });
    }
    if let Some(h) = holes(", an answer of {} was still on its way", why) {
        return some(Some(h[0]), &|a| {
            a.had(&[Kind::Responded], before)
                && !a.had(&[Kind::Answered, Kind::ResponseLost], before)
        });
    }
    if why == ", a message was held up on its way" {
        let held_up = tree.iter().any(|span| {
            let edge = Target::Edge(record.run.log().span(*span).edge);
            let delays = |fault: &Fault| matches!(fault.kind, FaultKind::Delay(_));
            record.faulty(event.at, |fault| delays(fault) && fault.target == edge)
        });
        return want(held_up, || "no line is slow".into());
    }
    if why == ", nothing came back" {
        let hangs = tree.iter().any(|span| {
            let node = Target::Node(record.callee(*span).0);
            record.faulty(event.at, |fault| fault.kind == FaultKind::Hang && fault.target == node)
        });
        let lost = [Kind::RequestLost, Kind::ResponseLost];
        return if hangs {
            Ok(())
        } else {
            some(None, &|a| a.had(&lost, u32::MAX) || pending(record, a))
        };
    }
    Err("nobody knows what it waited for".into())
}

/// Whether something that a fault will lose was still on its way at the end of the run.
fn pending(record: &Record, attempt: &crate::record::Attempt) -> bool {
    let last = attempt.events.iter().rev().find(|e| matches!(e.kind, Kind::Sent | Kind::Responded));
    last.is_some_and(|last| last.at + last.duration().scaled(0.5) >= record.run.end())
}
