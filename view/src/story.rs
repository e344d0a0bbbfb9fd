//! One sentence for what is going on.

mod calm;
mod crowd;
mod faults;
mod queues;
mod receipts;

use super::draw::Role;
use super::herd::TOGETHER;
use half_open::log::{EventId, unpack_transition};
use half_open::policy::breaker::{Breaker, Reason, Settings, State};
use half_open::run::{Doing, Run, Scene, missing};
use half_open::time::{SimDuration, SimTime};

/// A sentence or two, with a phrase to underline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Story {
    /// What comes before the phrase.
    pub before: String,
    /// The phrase.
    pub phrase: String,
    /// What comes after it.
    pub after: String,
    /// What the line under the phrase stands for.
    pub role: Role,
}

/// How long the news of a replay, a double charge or a recovery is told, in virtual time.
const NEWS: SimDuration = SimDuration::from_millis(1_200);

/// How long a breaker that may probe has nothing to probe with before that is told.
const IDLE: SimDuration = SimDuration::from_millis(300);

/// How many make a herd, or work for nobody, before that is told: one or two come and go.
const MANY: usize = 3;

/// What is going on at the scene's instant. It depends on states, not on counts that change with
/// every frame, so that it can be read while time passes.
#[must_use]
pub fn sentence(run: &Run, scene: &Scene) -> Story {
    crowd::told(scene)
        .or_else(|| by_breakers(run, scene))
        .or_else(|| receipts::told(run, scene))
        .or_else(|| by_missing_parts(run, scene))
        .or_else(|| queues::told(scene))
        .or_else(|| faults::told(run, scene))
        .or_else(|| recovered(run, scene))
        .or_else(|| by_failures(scene))
        .or_else(|| by_contest(scene))
        .or_else(|| by_waits(scene))
        .unwrap_or_else(|| calm::told(scene))
}

fn story(before: &str, phrase: &str, after: &str, role: Role) -> Story {
    Story { before: before.into(), phrase: phrase.into(), after: after.into(), role }
}

/// A breaker that is not closed is the news, whatever else there is.
fn by_breakers(run: &Run, scene: &Scene) -> Option<Story> {
    for (edge, line) in scene.scenario.edges.iter().zip(&scene.lines) {
        if !edge.policy.breaker_enabled {
            continue;
        }
        let to = scene.scenario.node_name(edge.to);
        let told = match line.breaker.state() {
            State::Closed | State::MetricsOnly => continue,
            State::HalfOpen => story(
                "The breaker lets ",
                &probes(edge.policy.breaker.half_open.permitted),
                &format!(
                    " through. If {to} answers in time, traffic flows again; if not, it waits \
                     another {}.",
                    line.breaker.next_wait(&edge.policy.breaker)
                ),
                Role::Probe,
            ),
            State::Open if waited(&line.breaker, &edge.policy.breaker, scene.at) => story(
                "The breaker has waited long enough: ",
                "the next call",
                &format!(" is a probe of {to}."),
                Role::Probe,
            ),
            State::Open => {
                let by_hand =
                    line.moved.map(|event| unpack_transition(run.log().event(event).payload));
                let why = match by_hand {
                    Some((_, Reason::ByHand, ..)) => "You tripped the breaker: calls ",
                    Some((_, Reason::ProbeFailed, ..)) => "The probe failed. Calls ",
                    Some((_, Reason::ProbeSlow, ..)) => "The probe was slow. Calls ",
                    Some((_, Reason::HalfOpenTimedOut, ..)) => "The probe took too long. Calls ",
                    Some((_, Reason::SlowRate, ..)) => {
                        "Too many calls were slow: the breaker is open, and calls "
                    }
                    _ => "Too many calls failed: the breaker is open, and calls ",
                };
                story(why, "fail fast", &format!(", without reaching {to}."), Role::Failure)
            }
            State::ForcedOpen => story(
                "The breaker is ",
                "held open",
                ": no call gets through until you let go.",
                Role::Failure,
            ),
            State::Disabled => story(
                "The breaker is ",
                "held closed",
                ": it counts nothing and protects nobody.",
                Role::Ok,
            ),
        };
        return Some(told);
    }
    None
}

/// Whether an open breaker has had nothing to wait for but a call, for so long that it is worth
/// telling: where calls are many, the next is there at once.
fn waited(breaker: &Breaker, settings: &Settings, now: SimTime) -> bool {
    breaker.open_until(settings).is_some_and(|until| until + IDLE <= now)
}

/// How many probes a half-open breaker lets through.
fn probes(permitted: Option<u32>) -> String {
    match permitted {
        Some(1) => "one probe".into(),
        Some(some) => format!("{some} probes"),
        None => "probes".into(),
    }
}

/// Somebody has just got an answer without a part.
fn by_missing_parts(run: &Run, scene: &Scene) -> Option<Story> {
    let answer = run.log().event(scene.totals.degraded_last?);
    if scene.at.since(answer.at) >= NEWS {
        return None;
    }
    let edge = run.log().span(answer.subject).edge;
    let server = scene.scenario.node_name(scene.scenario.edge(edge)?.to).to_owned();
    let part = missing(run, &answer).map(|missing| scene.scenario.node_name(missing.node));
    let after = match part {
        Some(part) => format!(": {server} does without {part}, and answers."),
        None => format!(": {server} does without a part, and answers."),
    };
    Some(story("Partial failure is ", "degradation, not failure", &after, Role::Ok))
}

/// A breaker has just closed by itself.
fn recovered(run: &Run, scene: &Scene) -> Option<Story> {
    let just = |event: &EventId| {
        let event = run.log().event(*event);
        let (to, reason, ..) = unpack_transition(event.payload);
        let by_itself = !matches!(reason, Reason::ByHand | Reason::Crashed);
        to == State::Closed && by_itself && scene.at.since(event.at) < NEWS
    };
    scene.lines.iter().filter_map(|line| line.moved).find(just)?;
    Some(story("The probe came back in time: ", "traffic flows again", ".", Role::Ok))
}

/// Nothing is broken and nothing full, and yet somebody has just failed.
fn by_failures(scene: &Scene) -> Option<Story> {
    scene.totals.failed_at.filter(|at| scene.at.since(*at) < NEWS)?;
    let after = ": whoever had sent them was told so, or gave up.";
    Some(story("", "Requests have just failed", after, Role::Failure))
}

/// Several clients want to write a row that only one of them can at a time.
fn by_contest(scene: &Scene) -> Option<Story> {
    let busy = scene.clients.iter().flatten().filter(|client| client.under_way > 0).count();
    for edge in &scene.scenario.edges {
        let versioned = scene.scenario.service(edge.to).is_some_and(|service| service.versioned);
        if !versioned || scene.scenario.clients(edge.from).is_none() || busy < 2 {
            continue;
        }
        let row = scene.scenario.node_name(edge.to);
        let before = format!("Clients compete for {row}: ");
        return Some(story(&before, "one wins", ", the others wait and try again.", Role::Waiting));
    }
    None
}

/// Most clients wait for their next attempt: a herd, or one that jitter has scattered.
fn by_waits(scene: &Scene) -> Option<Story> {
    let clients = || scene.clients.iter().flatten();
    let waits = || {
        clients().filter_map(|client| match client.doing {
            Doing::Waiting { until, .. } => Some(until),
            _ => None,
        })
    };
    let waiting = waits().count();
    if waiting < MANY || waiting * 2 < clients().count() {
        return None;
    }
    let next = waits().min()?;
    let together = waits().filter(|until| *until < next + TOGETHER).count();
    let before = "Most clients wait before they try again: they ";
    Some(if together * 2 > waiting {
        story(before, "all come back at once", ".", Role::Failure)
    } else {
        story(before, "come back one by one", ".", Role::Waiting)
    })
}

#[cfg(test)]
mod tests;
