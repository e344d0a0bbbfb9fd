//! One sentence for what is going on.

mod crowd;

use super::draw::Role;
use super::numbers::population;
use half_open::log::{Event, EventId, Kind, unpack_transition};
use half_open::policy::breaker::{Breaker, Reason, Settings, State};
use half_open::run::{Phase, Receipt, Run, Scene, Station, missing};
use half_open::scenario::{EdgeId, FaultKind, NodeId, Target};
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

/// What is going on at the scene's instant. It depends on states, not on counts that change with
/// every frame, so that it can be read while time passes.
#[must_use]
pub fn sentence(run: &Run, scene: &Scene) -> Story {
    crowd::told(scene)
        .or_else(|| by_breakers(run, scene))
        .or_else(|| by_receipts(run, scene))
        .or_else(|| by_missing_parts(run, scene))
        .or_else(|| by_queues(scene))
        .or_else(|| by_faults(run, scene))
        .or_else(|| recovered(run, scene))
        .or_else(|| by_failures(scene))
        .or_else(|| by_contest(scene))
        .unwrap_or_else(|| calm(scene))
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

/// Somebody was charged twice, or was not because of a key.
fn by_receipts(run: &Run, scene: &Scene) -> Option<Story> {
    let fresh = |receipt: &&Receipt| scene.at.since(receipt.at) < NEWS;
    let news = scene.ledger.receipts.iter().rev().take_while(fresh);
    let news = news.filter(|receipt| receipt.double || receipt.replay).last()?;
    let before = match (news.double, lost(run, news)) {
        (true, _) if unrecorded(run, news) => "A crash came before the key was recorded: ",
        (true, _) if doubled(run, news) => {
            "Nothing told the second arrival of a request from a new one: "
        }
        (false, _) if doubled(run, news) => "What arrived twice had the same key: ",
        (true, true) => "The response was lost, and nothing told the retry from a new request: ",
        (true, false) => "Nothing told the retry from a new request: ",
        (false, true) => "The response was lost, but the retry carries the same key: ",
        (false, false) => "The same key once more: ",
    };
    Some(if news.double {
        story(before, "charged twice", ".", Role::Failure)
    } else {
        let after = " comes back, and nobody is charged twice.";
        story(before, "the stored answer", after, Role::Replay)
    })
}

/// Whether an answer to the client's request was lost before this happened: a retry may also follow
/// an answer that came too late.
fn lost(run: &Run, receipt: &Receipt) -> bool {
    let log = run.log();
    let Some(row) = run.index().requests.get(receipt.request as usize) else { return false };
    let events = (row.first..receipt.event).map(|id| log.event(id));
    events.filter(|event| event.kind == Kind::ResponseLost).any(|event| {
        log.span(event.subject).by_client && log.request_of(event.subject) == receipt.request
    })
}

/// Whether a service had charged for this request before and lost its work before it recorded that.
fn unrecorded(run: &Run, receipt: &Receipt) -> bool {
    let mut charged = Vec::new();
    so_far(run, receipt).any(|event| {
        if event.kind == Kind::Charged {
            charged.push(event.subject);
        }
        event.kind == Kind::WorkLost && charged.contains(&event.subject)
    })
}

/// Whether this, or what was charged for the request before, was done for one that was doubled on its way.
fn doubled(run: &Run, receipt: &Receipt) -> bool {
    let log = run.log();
    let mut seconds = Vec::new();
    so_far(run, receipt).chain([log.event(receipt.event)]).any(|event| {
        let row = log.span(event.subject);
        let within = |span| seconds.contains(&span);
        if event.kind == Kind::Duplicated
            || !row.by_client && within(row.parent) && !within(event.subject)
        {
            seconds.push(event.subject);
        }
        let tells = event.kind == Kind::Charged || event.id == receipt.event;
        tells && seconds.contains(&event.subject)
    })
}

/// What had happened to attempts of a request before this.
fn so_far(run: &Run, receipt: &Receipt) -> impl Iterator<Item = Event> {
    let (log, request) = (run.log(), receipt.request);
    let first = run.index().requests.get(request as usize).map_or(receipt.event, |row| row.first);
    let events = (first..receipt.event).map(|id| log.event(id));
    events.filter(move |event| event.span().is_some_and(|span| log.request_of(span) == request))
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

/// A service with no worker to spare, and many who wait for one.
fn by_queues(scene: &Scene) -> Option<Story> {
    for (node, station) in (0u8..).zip(&scene.stations) {
        let Some(service) = scene.scenario.service(node) else { continue };
        if station.queue.is_empty() || station.queue.len() * 4 < service.queue as usize {
            continue;
        }
        let name = scene.scenario.node_name(node);
        let stuck = scene.scenario.calls_of(node).find(|edge| most_wait(scene, station, *edge));
        let Some((id, edge)) = stuck.and_then(|id| Some((id, scene.scenario.edge(id)?))) else {
            if orphans(scene, node) * 2 > station.busy() {
                let before = format!("{name} works for callers that ");
                let again = scene.scenario.edges.iter().any(|e| e.policy.retry.max_attempts > 1);
                let who = if again { "they try again" } else { "others come all the time" };
                let after = format!(": {who}, and it stays as busy as it is.");
                return Some(story(&before, "have given up", &after, Role::Failure));
            }
            return Some(story(
                &format!("{name} has no worker to spare: "),
                "requests wait in its queue",
                ", and the longer it gets, the longer each takes.",
                Role::Waiting,
            ));
        };
        let at_fault = scene.faults.iter().any(|(fault, ..)| {
            fault.target == Target::Node(edge.to) || fault.target == Target::Edge(id)
        });
        let after = match at_fault {
            true => ", and one slow dependency takes everything down.",
            false => ": it cannot keep up with what is asked of it.",
        };
        let before =
            format!("The workers of {name} wait for {}: ", scene.scenario.node_name(edge.to));
        return Some(story(&before, "the queue fills", after, Role::Waiting));
    }
    None
}

/// How many workers do something that nobody waits for any more.
fn orphans(scene: &Scene, node: NodeId) -> usize {
    let here = |edge: EdgeId| scene.scenario.edge(edge).is_some_and(|edge| edge.to == node);
    let working = scene.flights().filter(|f| f.phase == Phase::Working && here(f.edge));
    working.filter(|flight| flight.given_up.is_some()).count()
}

/// Whether most busy workers wait for an answer over this line, or before it tries again there.
fn most_wait(scene: &Scene, station: &Station, edge: EdgeId) -> bool {
    let called = scene.flights().filter(|f| f.edge == edge && f.given_up.is_none());
    let again = scene.backoffs.iter().filter(|backoff| backoff.edge == edge);
    let waiting = called.filter_map(|f| f.parent).chain(again.map(|backoff| backoff.parent));
    let waiting = waiting.filter(|span| station.workers.contains(&Some(*span))).count();
    waiting * 2 > station.busy()
}

/// What is broken while no breaker has noticed.
fn by_faults(run: &Run, scene: &Scene) -> Option<Story> {
    let (fault, began, _) = scene.faults.last()?;
    let place = match fault.target {
        Target::Node(node) => scene.scenario.node_name(node).to_owned(),
        Target::Edge(edge) => scene.scenario.edge_name(edge),
    };
    let began = run.log().at(*began);
    let mut lines = scene.scenario.edges.iter().zip(&scene.lines);
    let timed_out = lines.any(|(edge, line)| {
        fault.target == Target::Node(edge.to) && line.timed_out.is_some_and(|at| at >= began)
    });
    let (phrase, after) = match fault.kind {
        FaultKind::Slow(_) if timed_out => (fault.kind.label(), ": calls run into their timeout."),
        FaultKind::Slow(_) => (fault.kind.label(), ": what is asked of it takes longer."),
        FaultKind::Errors(_) => (fault.kind.label(), ": some of the work is answered 500."),
        FaultKind::FailFast => ("failing fast".into(), ": everything is answered 503 at once."),
        FaultKind::Hang => ("hanging".into(), ": work begins and does not end."),
        FaultKind::Crash { .. } => ("down".into(), ": connections are refused."),
        FaultKind::LoseRequests(_) => ("losing requests".into(), ": callers wait in vain."),
        FaultKind::LoseResponses(_) => {
            ("losing responses".into(), ": the work is done, and nobody learns of it.")
        }
        FaultKind::LoseNextResponse => {
            ("about to lose a response".into(), ": the work will be done, and the caller not told.")
        }
        FaultKind::Duplicate(_) => {
            ("delivering twice".into(), ": who has no keys does the work again.")
        }
        FaultKind::Partition => ("cut".into(), ": nothing gets through, either way."),
        FaultKind::Delay(by) => (format!("{by} slower"), ": every message on it arrives late."),
        FaultKind::FewerWorkers(_) => {
            ("short of workers".into(), ": what it cannot take up waits.")
        }
        FaultKind::FlushCache => {
            ("without what it had kept".into(), ": everything has to be fetched again.")
        }
        FaultKind::ForgetKeys => {
            ("without its keys".into(), ": a retry may do again what was done.")
        }
    };
    Some(story(&format!("{place} is "), &phrase, after, Role::Failure))
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

fn calm(scene: &Scene) -> Story {
    let scenario = &scene.scenario;
    let clients = (0u8..).zip(&scenario.nodes).find_map(|(id, node)| {
        scenario.clients(id).map(|clients| {
            let call = if clients.count == 1 { "calls" } else { "call" };
            format!("{} {call}", population(clients.count, &node.name))
        })
    });
    let entry = scenario.edges.first().map_or("", |edge| scenario.node_name(edge.to));
    let needs: Vec<&str> = scenario
        .edges
        .first()
        .into_iter()
        .flat_map(|edge| scenario.calls_of(edge.to))
        .filter_map(|call| scenario.edge(call))
        .map(|edge| scenario.node_name(edge.to))
        .collect();
    let clients = clients.unwrap_or_else(|| "Clients call".into());
    let needs = match needs.len() {
        0..=3 => needs.join(" and "),
        many => format!("{many} services"),
    };
    let before = match needs {
        nothing if nothing.is_empty() => format!("{clients} {entry}. "),
        needs => format!("{clients} {entry}, which needs {needs}. "),
    };
    story(&before, "All is well", ".", Role::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;
    use half_open::policy::breaker::Action;
    use half_open::run::{Limits, Seeker};
    use half_open::scenario::knob::{ClientsKnob, Knob};
    use half_open::scenario::{Change, Experiment, Fault, Intervention, library};

    #[test]
    fn a_second_charge_is_told_by_what_let_it_happen() {
        let twice_in = |experiment: Experiment| {
            let run = Run::new(experiment, Limits::default());
            let mut seeker = Seeker::new();
            let all = (0..18_000)
                .step_by(50)
                .map(|ms| sentence(&run, seeker.seek(&run, SimTime::from_millis(ms))));
            let told = all.filter(|told| told.phrase == "charged twice").map(|told| told.before);
            told.collect::<std::collections::BTreeSet<String>>()
        };
        let twice = |name: &str| twice_in(library::find(name).expect("built in"));
        let crash = "A crash came before the key was recorded: ".to_owned();
        assert_eq!(twice("crash_between"), [crash.clone()].into());
        let new_keys = twice("double_charge");
        assert!(!new_keys.is_empty() && !new_keys.contains(&crash), "{new_keys:?}");
        // The ledger looks at no keys.
        let mut doubled = library::payments();
        let fault = Fault { target: Target::Edge(2), kind: FaultKind::Duplicate(0.2), lasts: None };
        doubled.interventions =
            vec![Intervention { at: SimTime::ZERO, change: Change::Fault(fault) }];
        let second = "Nothing told the second arrival of a request from a new one: ".to_owned();
        assert_eq!(twice_in(doubled), [second].into());
    }

    #[test]
    fn the_story_of_a_slow_bank_is_told_in_order_and_does_not_flicker() {
        let run = Run::new(library::payments(), Limits::default());
        let mut seeker = Seeker::new();
        let mut told: Vec<String> = Vec::new();
        for ms in (0..15_000).step_by(10) {
            let phrase = sentence(&run, seeker.seek(&run, SimTime::from_millis(ms))).phrase;
            if told.last() != Some(&phrase) {
                told.push(phrase);
            }
        }
        let expected = [
            "All is well",
            "slow ×7",
            "fail fast",
            "one probe",
            "fail fast",
            "one probe",
            "fail fast",
            "one probe",
            "traffic flows again",
            "Requests have just failed",
            "All is well",
            "about to lose a response",
            "All is well",
            "the stored answer",
        ];
        assert_eq!(told, expected);
    }

    fn told(experiment: &Experiment, ms: impl IntoIterator<Item = u64>) -> Vec<String> {
        let run = Run::new(experiment.clone(), Limits::default());
        let mut seeker = Seeker::new();
        let tell = |ms| {
            let story = sentence(&run, seeker.seek(&run, SimTime::from_millis(ms)));
            story.before + &story.phrase + &story.after
        };
        let mut told: Vec<String> = ms.into_iter().map(tell).collect();
        told.dedup();
        told
    }

    #[test]
    fn a_service_that_works_for_nobody_is_said_to() {
        let told = told(&library::metastable(), [20_000, 50_000]);
        let expected = "api works for callers that have given up";
        assert!(told.iter().all(|told| told.starts_with(expected)), "{told:?}");
        let told = self::told(&library::panels(), [6_000]);
        assert!(
            told[0].contains("degradation, not failure: page does without reviews"),
            "{told:?}"
        );
    }

    #[test]
    fn only_who_tries_again_is_said_to() {
        let told = |experiment: &Experiment, ms| told(experiment, [ms]).concat();
        let again = told(&library::metastable(), 20_000);
        assert!(again.contains(": they try again, and"), "{again}");
        let once = told(&library::failover_overload(), 22_000);
        assert!(
            once.starts_with("west works for callers that have given up: others come"),
            "{once}"
        );
    }

    #[test]
    fn clients_that_compete_for_a_row_are_not_well() {
        let told = told(&library::contention(), (0..20_000).step_by(50));
        assert_eq!(told[0], "Clients compete for row: one wins, the others wait and try again.");
        assert!(told.last().is_some_and(|told| told.ends_with("All is well.")), "{told:?}");
        assert_eq!(told.len(), 2, "{told:?}");
    }

    #[test]
    fn the_story_counts_the_probes_that_are_let_through() {
        let mut experiment = library::payments();
        for edge in &mut experiment.scenario.edges {
            edge.policy.breaker.half_open.permitted = Some(3);
        }
        let told = told(&experiment, (4_000..9_000).step_by(10));
        assert!(told.iter().any(|told| told.starts_with("The breaker lets 3 probes through.")));
    }

    #[test]
    fn a_breaker_that_nobody_calls_waits_for_the_next_call() {
        let mut experiment = library::payments();
        let at = SimTime::from_millis(1_000);
        let rate = Knob::Clients(0, ClientsKnob::Rate);
        let trip = Change::Breaker { edge: 1, action: Action::Open };
        experiment.interventions = vec![
            Intervention { at, change: Change::Set { knob: rate, value: 0.1 } },
            Intervention { at, change: trip },
        ];
        assert_eq!(
            told(&experiment, [2_900, 3_299, 3_300]),
            [
                "You tripped the breaker: calls fail fast, without reaching bank.",
                "The breaker has waited long enough: the next call is a probe of bank.",
            ]
        );
    }

    #[test]
    fn a_response_is_called_lost_only_if_it_was() {
        let payments = library::payments();
        let replayed = told(&payments, (14_000..15_000).step_by(10));
        let lost = "The response was lost, but the retry carries the same key: the stored answer";
        assert!(replayed.iter().any(|told| told.starts_with(lost)), "{replayed:?}");

        let mut hasty = payments;
        hasty.interventions = vec![];
        let clients = &mut hasty.scenario.edges[0].policy;
        clients.timeout.per_attempt = Some(SimDuration::from_millis(60));
        let told = told(&hasty, (0..3_000).step_by(10));
        assert!(told.iter().any(|told| told.starts_with("The same key once more: ")), "{told:?}");
        assert!(!told.iter().any(|told| told.contains("lost")), "{told:?}");
    }

    #[test]
    fn one_client_calls() {
        let mut experiment = library::payments();
        let change = Change::Set { knob: Knob::Clients(0, ClientsKnob::Count), value: 1.0 };
        experiment.interventions = vec![Intervention { at: SimTime::ZERO, change }];
        let told = told(&experiment, [2_000]);
        assert_eq!(told, ["1 client calls api, which needs bank and ledger. All is well."]);
    }

    #[test]
    fn a_service_that_calls_nobody_needs_nobody() {
        let mut experiment = library::payments();
        experiment.scenario.nodes.truncate(2);
        experiment.scenario.edges.truncate(1);
        experiment.interventions = vec![];
        assert_eq!(told(&experiment, [2_000]), ["100 clients call api. All is well."]);
    }

    #[test]
    fn a_timeout_is_told_only_once_there_was_one() {
        let mut experiment = library::payments();
        let clause = |ms: u64, experiment: &Experiment| told(experiment, [ms]).remove(0);
        let takes_longer = "bank is slow ×7: what is asked of it takes longer.";
        assert_eq!(clause(4_008, &experiment), takes_longer);
        let later = told(&experiment, (4_000..4_360).step_by(5));
        assert_eq!(
            later.last().map(String::as_str),
            Some("bank is slow ×7: calls run into their timeout.")
        );
        for edge in &mut experiment.scenario.edges {
            edge.policy.timeout.per_attempt = Some(SimDuration::from_secs(50));
            edge.policy.breaker_enabled = false;
        }
        let patient = told(&experiment, (4_000..12_000).step_by(50));
        assert!(!patient.iter().any(|told| told.contains("timeout")), "{patient:?}");
    }

    #[test]
    fn too_many_clients_are_no_slow_dependency() {
        let mut experiment = library::payments();
        experiment.interventions = vec![];
        experiment.scenario.horizon = SimDuration::from_secs(3);
        for (knob, value) in [(ClientsKnob::Count, 1_000.0), (ClientsKnob::Rate, 2_000.0)] {
            let set = Knob::Clients(0, knob).set(&mut experiment.scenario, value);
            assert!(set.is_ok());
        }
        let told = told(&experiment, (0..3_000).step_by(20));
        assert!(told.len() > 1, "{told:?}");
        assert!(!told.iter().any(|told| told.contains("slow dependency")), "{told:?}");
    }

    #[test]
    fn nothing_is_well_where_requests_have_just_failed() {
        let mut experiment = library::payments();
        experiment.interventions = vec![];
        for edge in &mut experiment.scenario.edges {
            edge.policy.retry.max_attempts = 1;
            edge.policy.breaker_enabled = false;
            edge.network.lose_requests = 0.1;
        }
        let run = Run::new(experiment, Limits::default());
        let mut seeker = Seeker::new();
        let mut failures = 0;
        for ms in (0..10_000).step_by(50) {
            let scene = seeker.seek(&run, SimTime::from_millis(ms));
            let phrase = sentence(&run, scene).phrase;
            let recent = scene.totals.failed_at.is_some_and(|at| scene.at.since(at) < NEWS);
            assert_eq!(phrase == "Requests have just failed", recent, "{phrase} at {ms} ms");
            failures += u32::from(recent);
        }
        assert!(failures > 10);
    }
}
