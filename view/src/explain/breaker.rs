//! Why a breaker is in its state, and why not in another.

use super::sentence::{Place, percent, short};
use super::window::{self, Seen};
use super::{Link, Root, Tone, Why, chain, place, why_event};
use crate::numbers::tenths;
use half_open::log::{Event, EventId, Kind, MANY, unpack_transition};
use half_open::policy::breaker::{
    Breaker, Cmp, Counts, DecideKind, Denominator, EvaluateOn, HalfOpen, PermitAccounting, Reason,
    Settings, State, WindowKind,
};
use half_open::run::{Run, Scene};
use half_open::scenario::{Edge, EdgeId, Scenario};
use half_open::time::SimDuration;

/// What is asked about a transition.
pub(super) fn question(run: &Run, event: Event) -> String {
    let (to, ..) = unpack_transition(event.payload);
    let whose = whose(&run.experiment().scenario, event.breaker());
    format!("Why is the breaker{whose} {}?", to.words())
}

/// ` of client 17`, where each has its own.
#[must_use]
pub fn whose(scenario: &Scenario, (edge, client): (EdgeId, Option<u16>)) -> String {
    let who = client.zip(scenario.edge(edge));
    let name = |(client, edge): (u16, &Edge)| {
        scenario.client_name(scenario.client(edge.from, client.into()))
    };
    who.map_or_else(String::new, |who| format!(" of {}", name(who)))
}

/// What a breaker did, and because of what.
pub(super) fn moved(place: &Place, event: Event) -> Vec<Link> {
    let (to, reason, calls, bad) = unpack_transition(event.payload);
    let Some(edge) = place.edge.as_ref() else { return Vec::new() };
    let settings = &edge.policy.breaker;
    let at = event.at.short();
    let whose = whose(&place.scenario, event.breaker());
    let state = match to {
        State::HalfOpen => {
            let probes = probes(&settings.half_open);
            format!("breaker{whose} half-open since {at}, {probes}")
        }
        _ => format!("breaker{whose} {} since {at}", to.words()),
    };
    let tone = if to.refuses() { Tone::Failure } else { Tone::Probe };
    let mut links = vec![Link::new(Some(event.id), event.at, state, tone)];
    let before = window::previous(place.run, event);
    let elapsed = || before.map_or(SimDuration::ZERO, |before| event.at.since(before.at));
    let cause = event.cause().map(|cause| place.run.log().event(cause));
    let mut marks = Vec::new();
    let because = match reason {
        Reason::FailureRate | Reason::SlowRate | Reason::Failures => {
            let seen = window::seen(place.run, event);
            let said = too_many(settings, reason, (calls, bad), &seen);
            marks = seen.marks;
            said
        }
        Reason::WaitOver => {
            let opened = before.map_or(event.id, |before| before.id);
            let times = window::openings(place.run, opened);
            let wait = settings.open.wait(times.saturating_sub(1));
            let most = wait.scaled(1.0 + settings.open.jitter);
            let to = if most > wait { format!(" to {most}") } else { String::new() };
            format!("it had been open for {}, and waits {wait}{to}", short(elapsed()))
        }
        Reason::ProbesSucceeded | Reason::ProbeFailed | Reason::ProbeSlow => {
            let late = cause
                .zip(before)
                .is_some_and(|(cause, before)| window::sent_before(place.run, cause, before));
            let which = if late { "a call from before" } else { "its probe" };
            match reason {
                Reason::ProbesSucceeded if calls > 1 => {
                    format!("{} of {calls} probes succeeded", calls.saturating_sub(bad))
                }
                Reason::ProbesSucceeded => format!("{which} succeeded"),
                Reason::ProbeFailed if calls > 1 => format!("{bad} of {calls} probes failed"),
                Reason::ProbeFailed => format!("{which} failed"),
                _ => too_slow(place, cause, settings, which),
            }
        }
        Reason::HalfOpenTimedOut => {
            let most = settings.half_open.max_wait_ms.map_or(SimDuration::ZERO, |most| most.0);
            format!("it had been half-open for {} (limit {most})", short(elapsed()))
        }
        Reason::Crashed => {
            format!("{} crashed and lost its memory", place.scenario.node_name(edge.from))
        }
        Reason::ByHand => return links,
    };
    let because = Link::new(Some(event.id), event.at, because, Tone::Probe);
    links.push(Link { marks, ..because });
    links
}

/// How many probes a half-open breaker lets through.
fn probes(half_open: &HalfOpen) -> String {
    use PermitAccounting::{Total, TotalUnbounded};
    let together = match half_open.permit_accounting {
        Total | TotalUnbounded => "in all",
        _ => "at a time",
    };
    match half_open.permitted {
        None => "every call a probe".into(),
        Some(1) => format!("one probe {together}"),
        Some(some) => format!("{some} probes {together}"),
    }
}

/// A count of a transition, which knows of so many and no more.
fn at_least(count: u32) -> String {
    if count >= MANY { format!("at least {count}") } else { count.to_string() }
}

fn over(cmp: Cmp) -> &'static str {
    if cmp == Cmp::Above { "over " } else { "" }
}

/// What a breaker had counted, and the limit that this reached.
fn too_many(settings: &Settings, reason: Reason, (calls, bad): (u32, u32), seen: &Seen) -> String {
    let trip = &settings.trip;
    if reason == Reason::Failures {
        let limit = trip.failures.unwrap_or_default();
        return match (settings.window.kind, bad) {
            (_, 1) => format!("1 call failed (limit {limit})"),
            (WindowKind::Consecutive, _) => {
                format!("{} calls failed in a row (limit {limit})", at_least(bad))
            }
            _ => format!("{} failed (limit {limit})", of_calls(settings, bad, calls, seen)),
        };
    }
    let of = of_calls(settings, bad, calls, seen);
    match (reason, settings.slow) {
        (Reason::SlowRate, Some(slow)) => {
            let (limit, time) = (percent(slow.rate), slow.threshold_ms.0);
            let than = if slow.cmp == Cmp::Above {
                format!("over {time}")
            } else {
                format!("{time} or more")
            };
            format!("{of} took {than} (limit {}{limit})", over(slow.rate_cmp))
        }
        _ => {
            let rate = if seen.probes { settings.half_open.decide.rate } else { None };
            let limit = rate.or(trip.failure_rate).map_or_else(String::new, percent);
            format!("{of} failed (limit {}{limit})", over(trip.rate_cmp))
        }
    }
}

/// `6 of the last 10 calls`.
fn of_calls(settings: &Settings, bad: u32, calls: u32, seen: &Seen) -> String {
    let least = at_least(bad);
    match (settings.denominator, calls) {
        _ if seen.probes => format!("{least} of {calls} probes"),
        (_, 0) => format!("{least} of no calls"),
        (Denominator::Admitted, _) => format!("{least} of {} calls let through", at_least(calls)),
        (Denominator::Fires, _) => format!("{least} of {} calls asked for", at_least(calls)),
        (Denominator::Completed, MANY..) => format!("{least} of {} calls", at_least(calls)),
        (Denominator::Completed, _) => format!("{bad} of the last {calls} calls"),
    }
}

fn too_slow(place: &Place, end: Option<Event>, settings: &Settings, which: &str) -> String {
    let sent = end.and_then(|end| super::walk::own(place.run, &end, Kind::Sent));
    let took = end.zip(sent).map_or(SimDuration::ZERO, |(end, sent)| end.at.since(sent.at));
    let limit = settings.slow.map_or(SimDuration::ZERO, |slow| slow.threshold_ms.0);
    format!("{which} took {} (limit {limit})", short(took))
}

/// Why a breaker is in its state; for a closed one, why it has not opened.
#[must_use]
pub fn why_breaker(run: &Run, scene: &Scene, whose: Whose) -> Option<Why> {
    let (breaker, settings, moved) = guard(scene, whose)?;
    if breaker.state() != State::Closed {
        return moved.map(|event| why_event(run, event));
    }
    let text = not_opened(settings, breaker.counts(settings, scene.at));
    let link = Link::new(None, scene.at, text, Tone::Root(Root::Limit));
    Some(Why { question: "Why is the breaker not open?".into(), links: vec![link] })
}

/// Why a breaker is not in the state that comes next; for a closed one that was open, why it closed.
#[must_use]
pub fn why_not_yet(run: &Run, scene: &Scene, whose: Whose) -> Option<Why> {
    let (breaker, settings, moved) = guard(scene, whose)?;
    let (question, links) = match breaker.state() {
        State::Closed => return moved.map(|event| why_event(run, event)),
        State::Open => {
            let until = breaker.open_until(settings).unwrap_or(scene.at);
            let (left, wait) = (until.since(scene.at), until.since(breaker.since()));
            let text = match left {
                SimDuration::ZERO => format!("its {wait} are over: it waits for the next call"),
                _ => format!("it waits {} more of {wait}", tenths(left)),
            };
            let link = Link::new(moved, scene.at, text, Tone::Root(Root::Limit));
            ("Why is it not half-open yet?", vec![link])
        }
        State::HalfOpen => ("Why is it not closed yet?", not_closed(run, scene, whose)?),
        State::ForcedOpen | State::Disabled | State::MetricsOnly => return None,
    };
    Some(Why { question: question.into(), links })
}

/// The breaker of a line or, where each client has its own, of one of them.
pub type Whose = (EdgeId, Option<u16>);

fn guard(scene: &Scene, (edge, client): Whose) -> Option<(&Breaker, &Settings, Option<EventId>)> {
    let policy = &scene.scenario.edge(edge)?.policy;
    let line = scene.lines.get(usize::from(edge)).filter(|_| policy.breaker_enabled)?;
    match client {
        Some(client) => {
            let own = scene.own_breaker(edge, client)?;
            Some((&own.breaker, &policy.breaker, own.with.moved))
        }
        None if !policy.breaker_scope.is_shared() => None,
        None => Some((&line.breaker, &policy.breaker, line.moved)),
    }
}

/// What a half-open breaker waits for.
fn not_closed(run: &Run, scene: &Scene, whose: Whose) -> Option<Vec<Link>> {
    let (breaker, settings, _) = guard(scene, whose)?;
    let counts = breaker.counts(settings, scene.at);
    let decide = &settings.half_open.decide;
    let text = match decide.kind {
        DecideKind::ConsecutiveSuccess | DecideKind::Ratio => {
            let good = counts.calls.saturating_sub(counts.failures);
            format!("{good} of {} probes have succeeded", decide.successes)
        }
        _ => {
            let needed = settings.probes_needed();
            format!("{} of {needed} probes have come back", counts.calls)
        }
    };
    let mut links = vec![Link::new(None, scene.at, text, Tone::Root(Root::Limit))];
    let (edge, client) = whose;
    let mine = |request| client.is_none() || run.log().client_of(request) == client;
    let probes = scene.flights().filter(|f| f.edge == edge && f.probe && f.given_up.is_none());
    let probes = probes.filter(|f| mine(f.request));
    if let Some(probe) = probes.min_by_key(|flight| flight.span)
        && let Some(event) = place::innermost(run, scene, probe)
    {
        links[0].tone = Tone::Probe;
        links.extend(chain::from(run, event));
    }
    Some(links)
}

/// Why a closed breaker has not opened.
fn not_opened(settings: &Settings, counts: Counts) -> String {
    let trip = &settings.trip;
    if let Some(limit) = trip.failures {
        let row =
            if settings.window.kind == WindowKind::Consecutive { "in a row" } else { "so far" };
        return format!("{} of {limit} failures {row}", counts.failures);
    }
    let least = settings.sample_size();
    let Counts { calls, failures, slow } = counts;
    let (bad, what, limit, cmp) = match (trip.failure_rate, settings.slow) {
        (Some(limit), _) => (failures, "failed", limit, trip.rate_cmp),
        (None, Some(limits)) => (slow, "were slow", limits.rate, limits.rate_cmp),
        (None, None) => return "nothing opens it".into(),
    };
    if calls < least {
        return format!("{calls} of the minimum {least} calls so far");
    }
    let said = format!("{bad} of the last {calls} calls {what}");
    if cmp.holds(f64::from(bad) / f64::from(calls), limit) {
        let next = if trip.evaluate_on == EvaluateOn::Failure { "failure" } else { "result" };
        return format!("{said}, the next {next} opens it");
    }
    format!("{said}, the limit is {}{}", over(cmp), percent(limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_may_be_larger_says_so() {
        let said = |bad, calls| of_calls(&Settings::default(), bad, calls, &Seen::default());
        assert_eq!(said(6_000, 10_000), "6000 of the last 10000 calls");
        assert_eq!(said(9_000, MANY), "9000 of at least 16383 calls");
        assert_eq!(said(MANY, MANY), "at least 16383 of at least 16383 calls");
    }
}
