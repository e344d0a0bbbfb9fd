//! What is said of attempts that were not sent, or not at once.

use half_open::log::{Event, Fallback, Kind, Refusal, Shedding, SpanId};
use half_open::policy::balance::By;
use half_open::policy::deadline::Deadline;
use half_open::policy::stack::Layer;
use half_open::policy::throttle::limit;
use half_open::scenario::Scenario;
use half_open::scenario::{Fault, FaultKind, Target};
use half_open::time::SimDuration;

use crate::facts::{Verdicts, duration, edge, holes, kind, moment, number, same, want};
use crate::record::{Attempt, Record};

/// Who has the places of a bulkhead, and who waits for one.
pub(crate) fn refused(record: &Record, event: Event, text: &str) -> Verdicts {
    if event.kind == Kind::Duplicated {
        return duplicated(record, event, text);
    }
    if event.kind == Kind::Hedged || event.kind == Kind::Overtaken {
        return hedged(record, event, text);
    }
    if let Some(h) = holes("rejected at {} without a call", text) {
        same("by", event.refusal(), Refusal::Breaker)?;
        return moment(h[0], event.at);
    }
    if let Refusal::RateLimit { wait } = event.refusal()
        && event.kind == Kind::Rejected
    {
        return limited(record, event, text, wait);
    }
    let (spec, log) = (edge(record, event), record.run.log());
    let (limit, line) = (spec.policy.bulkhead, log.span(event.subject).edge);
    let name = record.run.experiment().scenario.edge_name(line);
    let over_it = || {
        let all = (0..).zip(&record.attempts);
        all.filter(|(span, a)| log.span(*span).edge == line && a.events[0].id < event.id)
    };
    let ended = |a: &Attempt, span: SpanId| {
        let parent = log.span(span);
        let gone = || {
            record.attempts[parent.parent as usize]
                .had(&[Kind::WorkLost, Kind::Cancelled], event.id)
        };
        let ends = [Kind::Answered, Kind::TimedOut, Kind::Rejected, Kind::Overtaken];
        a.had(&ends, event.id) || !parent.by_client && gone()
    };
    let stack = |scenario: &Scenario| scenario.edges[usize::from(line)].policy.stack;
    let now = stack(record.at(event.id));
    // Outside the retry a call has a place, from when its first attempt got past the bulkhead until it is over.
    let per_call = now.is_per_call(Layer::Bulkhead);
    let first = |span: SpanId| log.span(span).attempt == 1 && !log.span(span).copy;
    let over = |span: SpanId| {
        let parent = log.span(span).parent;
        over_it().filter(|(other, _)| log.span(*other).parent == parent).any(|(other, a)| {
            let last = |e: &Event| match e.kind {
                Kind::Answered | Kind::TimedOut | Kind::Rejected => e.is_last(),
                kind => kind == Kind::FellBack,
            };
            a.events.iter().any(|e| e.id < event.id && last(e))
                || !log.span(other).by_client
                    && record.attempts[parent as usize]
                        .had(&[Kind::WorkLost, Kind::Cancelled], event.id)
        })
    };
    let refused_within = |e: &Event| {
        let within = |by: Layer| now.is_outside(Layer::Bulkhead, by);
        e.id < event.id && e.kind == Kind::Rejected && within(e.refusal().layer())
    };
    let inside = over_it().filter(|(span, a)| match per_call {
        false => a.had(&[Kind::Sent], event.id) && !ended(a, *span),
        true => {
            let entered = a.had(&[Kind::Sent], event.id) || a.events.iter().any(refused_within);
            first(*span) && entered && !over(*span)
        }
    });
    let waits = over_it().filter(|(span, a)| {
        a.had(&[Kind::Held], event.id) && !a.had(&[Kind::Sent], event.id) && !ended(a, *span)
    });
    let (inside, waits) = (inside.count() as u32, waits.count() as u32);
    // Who came in while the layers had another order may have its place elsewhere.
    let steady = record.between(0, event.id).all(|scenario| stack(scenario) == now);
    want(inside >= limit.max_in_flight || !steady, || format!("{inside} in flight"))?;
    if let Some(h) =
        holes("no place in the bulkhead {} at {} (limit {} in flight), {} waiting", text)
    {
        kind(event, Kind::Held)?;
        same("line", h[0].to_owned(), name)?;
        moment(h[1], event.at)?;
        same("limit", number(h[2])?, limit.max_in_flight)?;
        return same("waiting", number(h[3])?, waits + 1);
    }
    let h = holes(
        "rejected at {} by the bulkhead {}: {} in flight (limit {}), {} waiting (limit {})",
        text,
    )
    .ok_or("nobody knows this refusal")?;
    moment(h[0], event.at)?;
    same("line", h[1].to_owned(), name)?;
    // One that was sent before there was a bulkhead has no place in it.
    want(number(h[2])? <= inside || !steady, || format!("{inside} in flight"))?;
    same("limit", number(h[3])?, limit.max_in_flight)?;
    same("waiting", number(h[4])?, waits)?;
    same("room", number(h[5])?, limit.max_waiting)
}

/// What stands in for an answer that did not come.
pub(crate) fn fell_back(record: &Record, event: Event, text: &str) -> Verdicts {
    let log = record.run.log();
    let end = log.event(event.cause().ok_or("nothing had failed")?);
    same("attempt", end.subject, event.subject)?;
    same("when", end.at, event.at)?;
    want(!end.gives_answer() && !end.is_last(), || "there was an answer, or an end".into())?;
    let tried = |other: &Event| other.kind == Kind::BackedOff && other.subject == event.subject;
    want(!log.events_from(0).any(|other| tried(&other)), || "it was tried again".into())?;
    let callee = record.callee(event.subject).1;
    if let Some(h) = holes("a static answer in place of {} at {}", text) {
        same("kind", event.fallback(), Fallback::Static)?;
        same("service", h[0], callee)?;
        return moment(h[1], event.at);
    }
    if let Some(h) = holes("the last good answer of {} again at {}, {} old", text) {
        let Fallback::Stale { age } = event.fallback() else { return Err("it is not old".into()) };
        same("service", h[0], callee)?;
        moment(h[1], event.at)?;
        let line = log.span(event.subject).edge;
        let good = |other: &Event| {
            other.kind == Kind::Answered
                && log.span(other.subject).edge == line
                && other.status().is_success()
                && !other.status().is_degraded()
                && event.at.since(other.at).nanos().abs_diff(age.nanos())
                    <= age.nanos() / 100_000 + 1
        };
        want(log.events_from(0).take(event.id as usize).any(|other| good(&other)), || {
            "no such answer had come".into()
        })?;
        return duration(h[2], age);
    }
    let h = holes("{} was asked in place of {} at {}", text).ok_or("what does it fall back on?")?;
    let Fallback::Call(other) = event.fallback() else { return Err("nobody was asked".into()) };
    let scenario = &record.run.experiment().scenario;
    let to = scenario.edge(other).map(|edge| edge.to).ok_or("no such call")?;
    same("other", h[0], scenario.node_name(to))?;
    same("service", h[1], callee)?;
    same("caller", scenario.edges[usize::from(other)].from, edge(record, event).from)?;
    moment(h[2], event.at)
}

/// What a copy was made for, and what became of it.
fn hedged(record: &Record, event: Event, text: &str) -> Verdicts {
    let log = record.run.log();
    let mine = &record.attempts[event.subject as usize];
    let same_call = |other: SpanId| {
        let (mine, other) = (log.span(event.subject), log.span(other));
        (mine.parent, mine.edge, mine.attempt, mine.by_client)
            == (other.parent, other.edge, other.attempt, other.by_client)
    };
    if let Some(h) = holes("another copy was answered first, at {}", text) {
        kind(event, Kind::Overtaken)?;
        moment(h[0], event.at)?;
        let won = (0..).zip(&record.attempts).any(|(span, a)| {
            let answered = a.first(Kind::Answered).is_some_and(|e| e.at == event.at);
            answered && span != event.subject && same_call(span)
        });
        return want(won, || "no other one was".into());
    }
    kind(event, Kind::Hedged)?;
    want(log.span(event.subject).copy && mine.events[0].id == event.id, || "no copy".into())?;
    // A call may be made again as what another one falls back on.
    let first = record.attempts.iter().rfind(|a| {
        let sent = |e: Event| same_call(e.subject) && !log.span(e.subject).copy && e.id < event.id;
        a.first(Kind::Sent).is_some_and(sent)
    });
    let sent = first.and_then(|first| first.first(Kind::Sent)).ok_or("there is no first one")?;
    let callee = record.callee(event.subject).1;
    if let Some(h) = holes("a copy for {} at {}, together with the first", text) {
        same("service", h[0], callee)?;
        same("at", event.at, sent.at)?;
        return moment(h[1], event.at);
    }
    let h = holes("a copy for {} at {}: no answer for {}", text).ok_or("what is it?")?;
    same("service", h[0], callee)?;
    moment(h[1], event.at)?;
    duration(h[2], event.at.since(sent.at))
}

/// What was doubled, by what.
fn duplicated(record: &Record, event: Event, text: &str) -> Verdicts {
    let log = record.run.log();
    let h = holes("the request to {} was doubled on its way at {}", text).ok_or("what is it?")?;
    same("service", h[0], record.callee(event.subject).1)?;
    moment(h[1], event.at)?;
    let mine = log.span(event.subject);
    let first = (0..).zip(&record.attempts).any(|(span, a)| {
        let other = log.span(span);
        (other.parent, other.edge, other.attempt, other.by_client)
            == (mine.parent, mine.edge, mine.attempt, mine.by_client)
            && a.first(Kind::Sent).is_some_and(|sent| sent.at == event.at)
    });
    want(first && mine.copy, || "there is no first one".into())?;
    let line = Target::Edge(mine.edge);
    let doubles =
        |fault: &Fault| matches!(fault.kind, FaultKind::Duplicate(_)) && fault.target == line;
    want(record.faulty(event.at, doubles), || "nothing doubles here".into())
}

/// What a rate limit has counted.
fn limited(record: &Record, event: Event, text: &str, wait: SimDuration) -> Verdicts {
    let log = record.run.log();
    let (limit, line) = (edge(record, event).policy.rate_limit, log.span(event.subject).edge);
    let (said, next) = text.rsplit_once(", the next in ").ok_or("when may the next one go?")?;
    duration(next, wait)?;
    let h = holes("rejected at {} by the rate limit {}: {}", said).ok_or("no rate limit")?;
    moment(h[0], event.at)?;
    same("line", h[1].to_owned(), record.run.experiment().scenario.edge_name(line))?;
    // What passed it was sent, or held back or refused further in.
    let stack = edge(record, event).policy.stack;
    let passes = |e: &Event| match e.kind {
        Kind::Sent => true,
        Kind::Held => stack.is_outside(Layer::RateLimit, Layer::Bulkhead),
        Kind::Rejected => stack.is_outside(Layer::RateLimit, e.refusal().layer()),
        _ => false,
    };
    let passed = record.attempts.iter().filter_map(|a| a.events.iter().find(|e| passes(e)));
    let here = passed.filter(|e| e.id < event.id && log.span(e.subject).edge == line);
    let recent = here.filter(|e| e.at + limit.per > event.at).count() as u32;
    match holes("{} went within {}", h[2]) {
        Some(h) => {
            same("kind", limit.kind, limit::Kind::SlidingWindow)?;
            same("permits", number(h[0])?, limit.permits)?;
            same("period", h[1].to_owned(), limit.per.to_string())?;
            want(recent >= limit.permits, || format!("{recent} went"))
        }
        None => {
            let h =
                holes("no token is left of {}, {} come in {}", h[2]).ok_or("what is counted?")?;
            same("kind", limit.kind, limit::Kind::TokenBucket)?;
            same("burst", number(h[0])?, limit.burst)?;
            same("permits", number(h[1])?, limit.permits)?;
            same("period", h[2].to_owned(), limit.per.to_string())
        }
    }
}

/// The deadline of the call that an attempt belongs to, and the one of which its service was told.
pub(crate) fn deadlines(record: &Record, span: SpanId) -> (Option<Deadline>, Option<Deadline>) {
    let log = record.run.log();
    let row = log.span(span);
    let same_call = |other: &SpanId| {
        let other = log.span(*other);
        (other.parent, other.edge, other.by_client) == (row.parent, row.edge, row.by_client)
    };
    let first = (0..=span).find(same_call).unwrap_or(span);
    let began = record.attempts[first as usize].events[0];
    let inherited = if row.by_client { None } else { deadlines(record, row.parent).1 };
    let of_call = edge(record, began).policy.deadline.deadline(began.at, inherited);
    let mine = &record.attempts[span as usize];
    let left = mine.first(Kind::Sent).or_else(|| mine.first(Kind::Duplicated));
    let told = left.and_then(|sent| {
        let passed_on = of_call.filter(|_| edge(record, sent).policy.deadline.propagate)?;
        Some(Deadline::received(sent.at + sent.duration(), passed_on.0.since(sent.at)))
    });
    (of_call, told)
}

/// A service that let nobody more in: as many as it says are there.
pub(crate) fn shed(
    record: &Record,
    event: Event,
    h: &[&str],
    why: fn(u32) -> Shedding,
) -> Verdicts {
    kind(event, Kind::Shed)?;
    let (node, callee) = record.callee(event.subject);
    same("service", h[0], callee)?;
    moment(h[1], event.at)?;
    let said = number(h[2])?;
    same("why", event.shedding(), why(said))?;
    let at_it = |attempt: &&Attempt| {
        let went = [Kind::Responded, Kind::WorkLost, Kind::Cancelled];
        attempt.had(&[Kind::Queued, Kind::Started, Kind::Verdict], event.id)
            && !attempt.had(&went, event.id)
            && attempt.events[0].span().is_some_and(|span| record.callee(span).0 == node)
    };
    let inside = record.attempts.iter().filter(at_it).count();
    // Who was there before there was a limit is not counted.
    want(inside >= said as usize, || format!("{inside} inside"))
}

/// Whom a service chose, by what, and how much it had under way there.
pub(crate) fn picked(record: &Record, event: Event, text: &str) -> Verdicts {
    let scenario = record.at(event.id);
    let pick = event.picked();
    let (node, name) = record.callee(event.subject);
    let line = scenario.edge(pick.edge).ok_or("no such line")?;
    same("caller", line.from, node)?;
    let balance = scenario.service(node).ok_or("no service")?.balance;
    want(balance.on, || "it makes all its calls".into())?;
    let (text, passed) = match text.split_once(", and passed over ") {
        Some((text, passed)) => {
            let passed = passed.strip_suffix(" whose breaker is open").ok_or("no breaker")?;
            (text, number(passed)?)
        }
        None => (text, 0),
    };
    same("passed over", passed, pick.passed_over.into())?;
    let guarded = |edge: &u8| scenario.edges[usize::from(*edge)].policy.breaker_enabled;
    let breakers = scenario.calls_of(node).filter(guarded).count() as u32;
    want(passed <= breakers, || format!("there are {breakers} breakers"))?;
    let by = match balance.by {
        By::RoundRobin => "{} picked {} at {}, by turn",
        By::Random => "{} picked {} at {}, at random",
        By::LeastInFlight => "{} picked {} at {}: {} in flight there, the fewest",
        By::TwoChoices => "{} picked {} at {}: {} in flight there, the less loaded of two",
    };
    let h = holes(by, text).ok_or("nobody picks like that")?;
    same("balancer", h[0], name)?;
    same("instance", h[1], scenario.node_name(line.to))?;
    moment(h[2], event.at)?;
    let (under_way, fewest) = record.picks[&event.id];
    same("in flight", pick.in_flight, under_way)?;
    if let Some(said) = h.get(3) {
        same("said", number(said)?, under_way)?;
    }
    let least = balance.by != By::LeastInFlight || passed > 0 || under_way == fewest;
    want(least, || format!("there are {fewest} elsewhere"))
}
