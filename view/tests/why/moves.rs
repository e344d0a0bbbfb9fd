//! What is said of the moves of breakers, and of the calls they had seen.

use half_open::log::{Event, Kind, unpack_transition};
use half_open::policy::breaker::{
    Cmp, DecideKind, Denominator, LateResults, OnClose, Reason, State, WindowKind,
};
use half_open::policy::stack::Layer;
use half_open::scenario::Scenario;
use half_open_view::explain::{Link, MARKS, Mark};

use crate::facts::{Verdicts, duration, holes, moment, nanos, number, same, set, share, want};
use crate::record::{Record, outcome};
pub(crate) fn breaker(record: &Record, event: Event, link: &Link) -> Verdicts {
    let moved = record.find(event.id).ok_or("no such move")?;
    let (to, reason, ..) = unpack_transition(event.payload);
    let edge = &record.at(event.id).edges[usize::from(event.breaker().0)];
    let settings = &edge.policy.breaker;
    let (text, counts) = (link.text.as_str(), moved.counts);
    if let Some(h) = holes("it waits {} more of {}", text) {
        return want(nanos(h[0])? <= nanos(h[1])? + 1e8, || "more than all of it".into());
    }
    let who = |client: u16| {
        let scenario = record.at(event.id);
        format!(" of {}", scenario.client_name(scenario.client(edge.from, client.into())))
    };
    let whose = format!("breaker{} ", event.breaker().1.map_or_else(String::new, who));
    let state = text.strip_prefix(&whose).and_then(|state| holes("{} since {}", state));
    if let Some(h) = state {
        let (state, at) = (h[0], h[1]);
        let (at, probes) = at.split_once(", ").map_or((at, None), |(at, p)| (at, Some(p)));
        same("state", state, to.words())?;
        if let Some(probes) = probes {
            let said = probes.split(' ').next().unwrap_or_default();
            let said = if said == "one" { "1" } else { said };
            let set = settings.half_open.permitted.map_or("every".into(), |n| n.to_string());
            same("probes", said.to_owned(), set)?;
        }
        return moment(at, event.at);
    }
    let elapsed = || Ok::<_, String>(event.at.since(moved.before.ok_or("it had not moved")?.at));
    let cause = event.cause().map(|cause| record.run.log().event(cause)).ok_or("no cause")?;
    if let Some(h) = holes("it had been open for {}, and waits {}", text) {
        same("reason", reason, Reason::WaitOver)?;
        duration(h[0], elapsed()?)?;
        let wait = settings.open.wait(moved.openings - 1);
        let jitter = settings.open.jitter;
        let Some((least, most)) = h[1].split_once(" to ") else {
            return set(h[1], wait);
        };
        want(jitter > 0.0, || "there is no jitter".into())?;
        set(least, wait)?;
        return set(most, wait.scaled(1.0 + jitter));
    }
    if let Some(h) = holes("it had been half-open for {} (limit {})", text) {
        same("reason", reason, Reason::HalfOpenTimedOut)?;
        duration(h[0], elapsed()?)?;
        return set(h[1], settings.half_open.max_wait_ms.ok_or("no limit")?.0);
    }
    if let Some(h) = holes("{} crashed and lost its memory", text) {
        same("reason", reason, Reason::Crashed)?;
        return same("owner", h[0], record.at(event.id).node_name(edge.from));
    }
    let attempt = record.attempts.get(cause.subject as usize);
    let sent = attempt.and_then(|a| a.first(Kind::Sent));
    let stack = edge.policy.stack;
    let late = attempt
        .and_then(|_| record.breaker_passed(cause.subject, &stack))
        .zip(moved.before)
        .is_some_and(|(passed, before)| passed.id < before.id);
    let which =
        |said: &str| same("probe", said, if late { "a call from before" } else { "its probe" });
    if let Some(h) = holes("{} took {} (limit {})", text).filter(|_| reason == Reason::ProbeSlow) {
        let sent = sent.ok_or("never sent")?;
        which(h[0])?;
        duration(h[1], cause.at.since(sent.at))?;
        return set(h[2], settings.slow.ok_or("slow is nothing")?.threshold_ms.0);
    }
    for (word, wanted, good) in [
        ("succeeded", Reason::ProbesSucceeded, counts.calls - counts.failures.min(counts.calls)),
        ("failed", Reason::ProbeFailed, counts.failures),
    ] {
        if reason != wanted {
            continue;
        }
        if let Some(h) = holes(&format!("{{}} of {{}} probes {word}"), text) {
            same("probes", number(h[1])?, counts.calls)?;
            return same("count", number(h[0])?, good);
        }
        if let Some(h) = holes(&format!("{{}} {word}"), text) {
            return which(h[0]);
        }
    }
    window(record, event, link)
}

/// The window that a breaker saw: its arithmetic, its limit, and its marks.
fn window(record: &Record, event: Event, link: &Link) -> Verdicts {
    let moved = record.find(event.id).ok_or("no such move")?;
    let (_, reason, ..) = unpack_transition(event.payload);
    let settings = &record.at(event.id).edges[usize::from(event.breaker().0)].policy.breaker;
    let (text, counts) = (link.text.as_str(), moved.counts);
    let (said, limit) = holes("{} (limit {})", text).map(|h| (h[0], h[1])).ok_or("no limit")?;
    let bad = if reason == Reason::SlowRate { counts.slow } else { counts.failures };
    let cmp = |cmp: Cmp| {
        let over = limit.strip_prefix("over ");
        same("comparison", over.is_some(), cmp == Cmp::Above)?;
        Ok::<_, String>(over.unwrap_or(limit))
    };
    let said = match reason {
        Reason::Failures => {
            same("limit", number(limit)?, settings.trip.failures.unwrap_or_default())?;
            want(bad >= number(limit)?, || "below its limit".into())?;
            let row = said.strip_suffix(" calls failed in a row");
            if let Some(row) = row {
                same("window", settings.window.kind, WindowKind::Consecutive)?;
                same("failures", number(row)?, bad)?;
                return marks(record, event, link);
            }
            if said == "1 call failed" {
                same("failures", 1, bad)?;
                return marks(record, event, link);
            }
            said.strip_suffix(" failed").ok_or("no failures")?
        }
        Reason::FailureRate => {
            let decided = moved.from == State::HalfOpen
                && matches!(
                    settings.half_open.decide.kind,
                    DecideKind::Rate | DecideKind::RateAtExecutions
                );
            let probes = said.contains("probes");
            want(!probes || decided, || "no probes decided".into())?;
            let rate =
                settings.half_open.decide.rate.filter(|_| probes).or(settings.trip.failure_rate);
            share(cmp(settings.trip.rate_cmp)?, rate.ok_or("no limit is set")?)?;
            said.strip_suffix(" failed").ok_or("no failures")?
        }
        Reason::SlowRate => {
            let slow = settings.slow.ok_or("slow is nothing")?;
            share(cmp(slow.rate_cmp)?, slow.rate)?;
            let (said, than) = said.split_once(" took ").ok_or("no time")?;
            let than = match slow.cmp {
                Cmp::Above => than.strip_prefix("over "),
                Cmp::AtLeast => than.strip_suffix(" or more"),
            };
            set(than.ok_or("no threshold")?, slow.threshold_ms.0)?;
            said
        }
        _ => return Err("nobody knows why it moved".into()),
    };
    let forms = [
        "{} of the last {} calls",
        "{} of {} calls let through",
        "{} of {} calls asked for",
        "{} of {} probes",
        "{} of {} calls",
    ];
    let h = forms.iter().find_map(|form| holes(form, said)).ok_or("no count")?;
    same("bad", number(h[0])?, bad)?;
    same("calls", if h[1] == "no" { 0 } else { number(h[1])? }, counts.calls)?;
    marks(record, event, link)
}

/// Every mark is a call of this line, and together they are what was counted.
fn marks(record: &Record, event: Event, link: &Link) -> Verdicts {
    let log = record.run.log();
    let moved = record.find(event.id).ok_or("no such move")?;
    let policy = &record.at(event.id).edges[usize::from(event.breaker().0)].policy;
    let (settings, stack) = (&policy.breaker, &policy.stack);
    let shown = &link.marks;
    want(shown.windows(2).all(|pair| pair[0].event != pair[1].event), || "twice".into())?;
    for mark in shown {
        let end = log.event(mark.event);
        want(end.id < event.id && end.at == mark.at, || format!("{mark:?} is not before"))?;
        let (line, client) = event.breaker();
        same("line", record.edge(end.subject), line)?;
        let caller = log.client_of(log.request_of(end.subject));
        want(client.is_none() || client == caller, || "of another client".into())?;
        let Some(failed) = mark.failed else { continue };
        let logged = half_open::policy::breaker::mark(outcome(end));
        same("failed", failed, logged == half_open::policy::breaker::Mark::Failure)?;
        let sent = match stack.is_per_call(Layer::Breaker) {
            true => record.breaker_passed(end.subject, stack),
            false => record.attempts[end.subject as usize].first(Kind::Sent),
        };
        let sent = sent.ok_or("never sent")?;
        let slow =
            settings.slow.is_some_and(|s| s.cmp.holds(end.at.since(sent.at), s.threshold_ms.0));
        same("slow", mark.slow, slow)?;
    }
    let counts = moved.counts;
    // A result that comes after its call has left such a window is counted without it.
    let loose = match settings.denominator {
        Denominator::Completed => false,
        Denominator::Admitted => {
            settings.late_results != LateResults::Drop || settings.on_close == OnClose::Keep
        }
        Denominator::Fires => true,
    };
    if counts.calls as usize > MARKS || loose {
        return want(shown.len() <= MARKS, || "too many marks".into());
    }
    // What a visitor set meanwhile, perhaps there and back, was counted by other rules.
    let same_rules = moved.before.map_or(0, |before| before.id);
    let sent = |mark: &Mark| {
        log.event(mark.event)
            .span()
            .and_then(|span| record.breaker_passed(span, stack).map(|passed| passed.id))
    };
    let begun = shown.iter().map(|mark| sent(mark).unwrap_or(mark.event));
    let same_rules = begun.chain([same_rules]).min().unwrap_or(0);
    let rules = |scenario: &Scenario| {
        let policy = &scenario.edges[usize::from(event.breaker().0)].policy;
        policy.breaker == *settings && policy.stack == *stack
    };
    // A window that was kept while the breaker closed goes back further than what is shown.
    let kept = settings.on_close == OnClose::Keep;
    let since_when = if kept { 0 } else { same_rules };
    let same_order =
        |scenario: &Scenario| scenario.edges[usize::from(event.breaker().0)].policy.stack == *stack;
    if !record.between(since_when, event.id).all(same_order) {
        return Ok(());
    }
    if !record.between(same_rules, event.id).all(rules) {
        return Ok(());
    }
    same("marks", shown.len() as u32, counts.calls).map_err(|e| format!("{e}\n{settings:?}"))?;
    same(
        "failed marks",
        shown.iter().filter(|mark| mark.failed == Some(true)).count() as u32,
        counts.failures,
    )
    .map_err(|e| format!("{e}\n{settings:?}"))?;
    if settings.slow.is_some() && settings.window.kind != WindowKind::Consecutive {
        same("slow marks", shown.iter().filter(|mark| mark.slow).count() as u32, counts.slow)?;
    }
    Ok(())
}
