//! What is said of settings: limits, and what is drawn from them.

use half_open::log::{Event, Kind, StatusCode};
use half_open::policy::idempotency::StoreWhat;
use half_open::policy::stack::Layer;
use half_open::random::Distribution;
use half_open::run::ids;
use half_open::scenario::{Arrivals, Edge};
use half_open::time::SimTime;
use half_open_view::explain::{Link, Root};

use crate::facts::{
    Verdicts, close, duration, edge, holes, kind, moment, nanos, number, same, service, set, share,
    want,
};
use crate::guards::deadlines;
use crate::record::{Record, outcome};
/// A limit that goes with an event.
pub(crate) fn limit(record: &Record, event: Event, link: &Link) -> Verdicts {
    let text = link.text.as_str();
    if event.kind == Kind::Breaker {
        // The breaker may have been set to something else since it opened.
        let scenarios = record.during(link.at);
        let settings =
            &scenarios[scenarios.len() - 1].edges[usize::from(event.breaker().0)].policy.breaker;
        if let Some(h) = holes("it waits {} more of {}", text) {
            return want(nanos(h[0])? <= nanos(h[1])? + 1e8, || "more than all of it".into());
        }
        return want(
            holes("its {} are over: it waits for the next call", text).is_some()
                && !settings.open.auto,
            || text.into(),
        );
    }
    let retry = &edge(record, event).policy.retry;
    let attempt = u32::from(record.run.log().span(event.subject).attempt);
    if event.kind == Kind::Started {
        return work_again(record, event, text);
    }
    if let Some(h) = holes("a wait of {} would have ended after the {}", text) {
        return no_time(record, event, h[0], h[1]);
    }
    if let Some(h) = holes("no good answer of {} was at hand at {}", text) {
        want(event.is_last() && !event.gives_answer(), || "there was an answer".into())?;
        same("service", h[0], record.callee(event.subject).1)?;
        let stale = edge(record, event).policy.fallback.kind;
        same("fallback", stale, half_open::policy::fallback::Kind::Stale)?;
        return moment(h[1], event.at);
    }
    if let Some(h) = holes("the deadline had passed at {}", text) {
        want(event.is_deadline() && event.is_last(), || "it had not".into())?;
        return moment(h[0], event.at);
    }
    if let Some(h) = holes("the retry budget was spent at {}", text) {
        return spent(record, event, h[0]);
    }
    want(event.is_last(), || "another attempt was made".into())?;
    if text == "one attempt is all there is" {
        return same("attempts", 1, retry.max_attempts);
    }
    if let Some(h) = holes("attempt {} was the last of {}", text) {
        same("attempt", number(h[0])?, attempt)?;
        want(number(h[1])? == retry.max_attempts && attempt >= retry.max_attempts, || {
            "not so".into()
        })?;
        return Ok(());
    }
    let stack = edge(record, event).policy.stack;
    if let Some(h) = holes("its {} stands outside the retry", text) {
        kind(event, Kind::Rejected)?;
        same("layer", h[0], event.refusal().name())?;
        return want(stack.is_per_call(event.refusal().layer()), || "it does not".into());
    }
    if text == "its timeout is one for all attempts" {
        let until = whole(record, event)?;
        return want(event.at >= until || close(event.at, until), || format!("until {until}"));
    }
    let what = text.strip_suffix(" is not tried again").ok_or("nobody knows this limit")?;
    let covered = retry.on.covers(
        if event.kind == Kind::Rejected {
            half_open::policy::outcome::Outcome::Rejected
        } else {
            outcome(event)
        },
        None,
    );
    want(!covered, || "it is".into())?;
    match (event.kind, event.status()) {
        (Kind::TimedOut, _) => same("what", what, "a timeout"),
        (Kind::Rejected, _) => {
            same("what", what, format!("a refusal by its {}", event.refusal().name()).as_str())
        }
        (_, StatusCode::ConnectionFailed) => same("what", what, "a broken connection"),
        (_, StatusCode::Http(status)) => {
            same("what", what.to_owned(), format!("what was answered {}", status.0))
        }
    }
}

/// Whether a call was over with this end of the same attempt, but for what its caller fell back on.
fn ended(record: &Record, end: Event, denied: Event) -> bool {
    let next = denied.id + 1;
    let log = record.run.log();
    let fell = || next < log.len() && log.event(next).kind == Kind::FellBack;
    end.subject == denied.subject && (end.is_last() || fell())
}

/// That a retry was denied: it failed at that instant, would have been tried again, and was not.
pub(crate) fn spent(record: &Record, event: Event, at: &str) -> Verdicts {
    same("kind", event.kind, Kind::Denied)?;
    moment(at, event.at)?;
    let policy = &edge(record, event).policy;
    let end = record.run.log().event(event.cause().ok_or("no outcome")?);
    want(ended(record, end, event), || "it was tried again".into())?;
    same("when", end.at, event.at)?;
    let attempt = u32::from(record.run.log().span(event.subject).attempt);
    want(attempt < policy.retry.max_attempts, || "it was the last".into())?;
    let outcome = match end.kind {
        Kind::Rejected => half_open::policy::outcome::Outcome::Rejected,
        _ => outcome(end),
    };
    let asked = Some(half_open::time::SimDuration::ZERO);
    want(policy.retry.on.covers(outcome, asked), || "nobody would try again".into())?;
    want(!policy.budget.is_none(), || "there is no budget".into())
}

/// That a retry was denied because it would have begun after the deadline of its call.
pub(crate) fn no_time(record: &Record, event: Event, wait: &str, what: &str) -> Verdicts {
    same("kind", event.kind, Kind::Denied)?;
    let denied = event.wait_denied().ok_or("it was the budget")?;
    duration(wait, denied)?;
    let end = record.run.log().event(event.cause().ok_or("no outcome")?);
    want(ended(record, end, event), || "it was tried again".into())?;
    let until = if what == "deadline" {
        deadlines(record, event.subject).0.ok_or("there is no deadline")?.0
    } else {
        same("what", what, "timeout for all attempts")?;
        whole(record, event)?
    };
    want(event.at + denied >= until || close(event.at + denied, until), || "there was time".into())
}

/// When a timeout for all attempts ends that of an event is one of.
pub(crate) fn whole(record: &Record, event: Event) -> Result<SimTime, String> {
    let log = record.run.log();
    let (mine, policy) = (log.span(event.subject), &edge(record, event).policy);
    want(policy.stack.is_per_call(Layer::Timeout), || "it is one for each attempt".into())?;
    let timeout = policy.timeout.per_attempt.ok_or("no timeout was set")?;
    let first = (0..log.length().spans).find(|span| {
        let other = log.span(*span);
        (other.parent, other.edge) == (mine.parent, mine.edge)
    });
    let first = &record.attempts[first.ok_or("it has no attempts")? as usize];
    let held = first.first(Kind::Held).filter(|_| {
        let place = |layer| policy.stack.place(layer);
        place(Layer::Bulkhead) < place(Layer::Timeout) && policy.stack.is_per_call(Layer::Bulkhead)
    });
    let begun = held.and(first.first(Kind::Sent)).or(first.events.first().copied());
    Ok(begun.ok_or("nothing happened to it")?.at + timeout)
}

/// Why work began again that had been done, or begun.
fn work_again(record: &Record, event: Event, text: &str) -> Verdicts {
    let log = record.run.log();
    let keys = service(record, event).idempotency;
    let parent = log.span(event.subject).parent;
    let mut starts: Vec<Event> =
        record.attempts.iter().flat_map(|a| a.first(Kind::Started)).collect();
    starts.retain(|e| {
        log.span(e.subject).by_client && log.span(e.subject).parent == parent && e.id < event.id
    });
    let first = *starts.iter().max_by_key(|e| e.id).ok_or("there was no first one")?;
    let age = event.at.since(first.at);
    if let Some(h) = holes("{} does not look at keys", text) {
        same("service", h[0], record.callee(event.subject).1)?;
        return same("enabled", false, keys.enabled);
    }
    let key = |nth| ids::key(record.run, parent, nth);
    let (now, then) = (log.span(event.subject).attempt, log.span(first.subject).attempt);
    if text == "each attempt had a key of its own" {
        return want(key(now) != key(then) && key(now).is_some(), || "the same key".into());
    }
    if text == "it came without a key" {
        return same("key", None, key(now));
    }
    want(key(now) == key(then), || "other keys".into())?;
    let answer = record.attempts[first.subject as usize].first(Kind::Responded);
    if let Some(h) = holes("attempt {} was answered {}, and only 2xx is kept", text) {
        same("attempt", number(h[0])?, u32::from(then))?;
        let answer = answer.ok_or("no answer")?;
        let status = match answer.status() {
            StatusCode::Http(s) => u32::from(s.0),
            StatusCode::ConnectionFailed => 0,
        };
        if h[1] != "with a broken connection" {
            same("status", number(h[1])?, status)?;
        }
        want(!answer.status().is_success(), || "it was a success".into())?;
        return same("kept", service(record, answer).idempotency.store, StoreWhat::Success);
    }
    if let Some(h) = holes("the answer was {} old, and is kept for {}", text) {
        duration(h[0], age)?;
        want(age >= keys.ttl, || "younger".into())?;
        return set(h[1], keys.ttl);
    }
    let h = holes("the key was in use for {}, and is locked for {}", text)
        .ok_or("nobody knows this reason")?;
    duration(h[0], age)?;
    set(h[1], keys.lock_timeout.ok_or("for ever")?)
}

/// What a chain rests on beside the log: the settings of that instant.
pub(crate) fn begun(record: &Record, link: &Link, before: Option<&Link>, root: Root) -> Verdicts {
    let scenarios = record.during(link.at);
    let edges: Vec<&Edge> = scenarios.iter().flat_map(|s| &s.edges).collect();
    let some = |holds: bool| want(holds, || format!("{root:?}: no setting says so"));
    let name = |edge: &Edge| record.run.experiment().scenario.node_name(edge.to);
    let text = link.text.as_str();
    let (text, chance) = text.strip_prefix("by chance: ").map_or((text, false), |t| (t, true));
    same("root", root, if chance { Root::Chance } else { Root::Limit })?;
    let dist = |said: &str, d: Distribution| -> bool {
        match d {
            Distribution::Constant(d) => {
                holes("{}, always", said).is_some_and(|h| duration(h[0], d).is_ok()) && !chance
            }
            Distribution::Uniform { min, max } => holes("{} to {}", said)
                .is_some_and(|h| duration(h[0], min).is_ok() && duration(h[1], max).is_ok()),
            other => holes("{} usually, sometimes more", said)
                .is_some_and(|h| duration(h[0], other.scale()).is_ok()),
        }
    };
    if let Some(h) = holes("the way {} takes {}", text) {
        return some(scenarios.iter().any(|s| {
            (0u8..)
                .zip(&s.edges)
                .any(|(id, e)| s.edge_name(id) == h[0] && dist(h[1], e.network.latency))
        }));
    }
    if let Some(h) = holes("{} takes {}", text)
        && !text.ends_with("a key")
    {
        return some(scenarios.iter().any(|s| {
            edges.iter().any(|e| {
                name(e) == h[0] && s.service(e.to).is_some_and(|service| dist(h[1], service.time))
            })
        }));
    }
    for (what, kind) in [("requests", Kind::RequestLost), ("responses", Kind::ResponseLost)] {
        if let Some(h) = holes(&format!("{{}} of {what} are lost here"), text) {
            return lost(record, before, kind, h[0]);
        }
    }
    if let Some(h) = holes("{} of the work of {} is answered 500", text) {
        return some(scenarios.iter().any(|s| {
            edges.iter().any(|e| {
                name(e) == h[1]
                    && s.service(e.to).is_some_and(|service| {
                        service.error_rate > 0.0 && share(h[0], service.error_rate).is_ok()
                    })
            })
        }));
    }
    let arrivals = |wanted| {
        scenarios.iter().flat_map(|s| &s.nodes).any(|node| matches!(&node.role, half_open::scenario::Role::Clients(c) if c.arrivals == wanted))
    };
    match text {
        "requests arrive at random" => return some(arrivals(Arrivals::Poisson)),
        "requests arrive at equal intervals" => return some(arrivals(Arrivals::Constant)),
        "requests arrive as they were recorded" => return some(arrivals(Arrivals::Recorded)),
        "a client thinks before its next request" => return some(arrivals(Arrivals::Closed)),
        _ => {}
    }
    if let Some(h) = holes("{} takes no request without a key", text) {
        return some(scenarios.iter().any(|s| {
            edges.iter().any(|e| {
                name(e) == h[0]
                    && s.service(e.to).is_some_and(|service| service.idempotency.required)
            })
        }));
    }
    if holes("key {} came with every attempt", text).is_some() {
        return Ok(());
    }
    Err("nobody knows what it rests on".into())
}

/// A loss is decided when a message leaves.
fn lost(record: &Record, before: Option<&Link>, wanted: Kind, said: &str) -> Verdicts {
    let event = before.and_then(|link| link.event).ok_or("nothing was lost")?;
    let event = record.run.log().event(event);
    kind(event, wanted)?;
    let left = if wanted == Kind::RequestLost { Kind::Sent } else { Kind::Responded };
    let left = record.attempts[event.subject as usize].first(left).ok_or("it never left")?;
    let network = &edge(record, left).network;
    let set =
        if wanted == Kind::RequestLost { network.lose_requests } else { network.lose_responses };
    want(set > 0.0, || "nothing is lost here by itself".into())?;
    share(said, set)
}
