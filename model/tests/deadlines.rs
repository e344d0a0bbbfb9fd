//! What a deadline ends, over one line and over several, in experiments of every kind.

#[allow(unreachable_pub, dead_code, reason = "a library shows it; here it is a module of a test")]
#[path = "../../tests/determinism/src/generated.rs"]
mod generated;

use generated::generated;
use half_open::log::{Event, Kind, SpanId, Verdict};
use half_open::policy::deadline::Deadline;
use half_open::random::Distribution;
use half_open::run::{Limits, Run};
use half_open::scenario::knob::{EdgeKnob, ServiceKnob};
use half_open::scenario::{Change, Experiment, Knob, Role, library};
use half_open::time::{SimDuration, SimTime};

const MS: f64 = 1e6;

fn ms(ms: u64) -> SimDuration {
    SimDuration::from_millis(ms)
}

/// One request each second: 10 ms to `web`, 1 ms of work, 10 ms to `stock`, and 50 ms of work there.
fn steady(set: &[(Knob, f64)]) -> Experiment {
    let mut experiment = library::find("deadline_propagation").expect("built in");
    experiment.interventions.clear();
    let scenario = &mut experiment.scenario;
    scenario.horizon = SimDuration::from_secs(10);
    if let Role::Clients(clients) = &mut scenario.nodes[0].role {
        (clients.rate, clients.count) = (1.0, 1);
        clients.arrivals = half_open::scenario::Arrivals::Constant;
    }
    for (node, work) in [(1, 1), (2, 50)] {
        if let Role::Service(service) = &mut scenario.nodes[node].role {
            service.time = Distribution::Constant(ms(work));
        }
    }
    for edge in &mut scenario.edges {
        edge.network.latency = Distribution::Constant(ms(10));
        edge.policy.deadline.propagate = true;
    }
    for (knob, value) in set {
        knob.set(scenario, *value).expect("in range");
    }
    experiment
}

fn played(experiment: Experiment) -> Run {
    assert_eq!(experiment.validate(), Ok(()));
    Run::new(experiment, Limits::default())
}

/// What happened to the first request, by line, in milliseconds since it began.
fn first(run: &Run) -> Vec<(u8, Kind, u64)> {
    let log = run.log();
    let began = log.at(run.index().requests.get(0).expect("there is one").first);
    let mine = log.events_from(0).filter(|e| e.span().is_some_and(|s| log.request_of(s) == 0));
    mine.map(|e| (log.span(e.subject).edge, e.kind, e.at.since(began).nanos() / 1_000_000))
        .collect()
}

const DEADLINE: EdgeKnob = EdgeKnob::Deadline;

fn has(run: &Run, event: (u8, Kind, u64)) -> bool {
    first(run).contains(&event)
}

#[test]
fn what_is_told_is_what_remains_so_the_callee_has_it_later_by_the_way() {
    // 60 ms at the client are over at 70 ms for `web`, and at 80 ms for `stock`.
    let run = played(steady(&[(Knob::Edge(0, DEADLINE), 60.0 * MS)]));
    assert!(has(&run, (0, Kind::TimedOut, 60)), "{:?}", first(&run));
    assert!(has(&run, (1, Kind::TimedOut, 70)), "{:?}", first(&run));
    let ends = run.log().events_from(0).filter(|event| event.kind == Kind::TimedOut);
    assert!(ends.into_iter().all(|event| event.is_deadline() && event.is_last()));
}

#[test]
fn of_its_own_deadline_and_that_of_its_caller_the_earlier_counts() {
    let both = [(Knob::Edge(0, DEADLINE), 60.0 * MS), (Knob::Edge(1, DEADLINE), 30.0 * MS)];
    // `web` calls at 11 ms.
    assert!(has(&played(steady(&both)), (1, Kind::TimedOut, 41)));
    let longer = [both[0], (Knob::Edge(1, DEADLINE), 500.0 * MS)];
    assert!(has(&played(steady(&longer)), (1, Kind::TimedOut, 70)));
    let deaf = [longer[0], longer[1], (Knob::Edge(1, EdgeKnob::PassDeadline), 0.0)];
    let deaf = played(steady(&deaf));
    assert!(!first(&deaf).iter().any(|(line, kind, _)| (*line, *kind) == (1, Kind::TimedOut)));
}

#[test]
fn what_comes_to_its_service_too_late_is_dropped() {
    let slow = steady(&[
        (Knob::Edge(0, DEADLINE), 60.0 * MS),
        (Knob::Service(2, ServiceKnob::Workers), 1.0),
        (Knob::Service(2, ServiceKnob::Time), 300.0 * MS),
        (Knob::Clients(0, half_open::scenario::knob::ClientsKnob::Rate), 20.0),
    ]);
    let run = played(slow);
    let log = run.log();
    let dropped =
        log.events_from(0).filter(|e| e.kind == Kind::Verdict && e.verdict() == Verdict::Expired);
    let dropped: Vec<Event> = dropped.collect();
    assert!(dropped.len() > 100, "{}", dropped.len());
    for event in dropped {
        let answer = log.event(event.id + 1);
        assert_eq!(
            (answer.kind, answer.subject, answer.at),
            (Kind::Responded, event.subject, event.at)
        );
        assert_eq!(answer.status().http(), Some(504));
    }
}

#[test]
fn a_service_makes_no_calls_for_who_has_gone() {
    // `web` works until 110 ms, and its client has gone at 60.
    let set =
        [(Knob::Edge(0, DEADLINE), 60.0 * MS), (Knob::Service(1, ServiceKnob::Time), 100.0 * MS)];
    let run = played(steady(&set));
    assert!(has(&run, (0, Kind::Verdict, 110)) && has(&run, (0, Kind::Responded, 110)));
    assert!(!first(&run).iter().any(|(line, ..)| *line == 1), "{:?}", first(&run));
    let deaf = played(steady(&[set[0], set[1], (Knob::Edge(1, EdgeKnob::PassDeadline), 0.0)]));
    assert!(has(&deaf, (1, Kind::Answered, 180)), "{:?}", first(&deaf));
}

#[test]
fn no_retry_is_begun_whose_wait_would_end_at_the_deadline_or_after_it() {
    let set = |deadline: f64| {
        let mut experiment = steady(&[
            (Knob::Edge(0, DEADLINE), deadline * MS),
            (Knob::Edge(0, EdgeKnob::Timeout), 30.0 * MS),
            (Knob::Edge(0, EdgeKnob::Attempts), 3.0),
            (Knob::Edge(0, EdgeKnob::Backoff), 1.0),
            (Knob::Edge(0, EdgeKnob::Base), 20.0 * MS),
        ]);
        experiment.scenario.edges[0].policy.retry.on.timeouts = true;
        played(experiment)
    };
    let short = set(50.0);
    assert!(has(&short, (0, Kind::TimedOut, 30)) && has(&short, (0, Kind::Denied, 30)));
    let denied = short.log().events_from(0).find(|e| e.kind == Kind::Denied).expect("one");
    assert_eq!(denied.wait_denied(), Some(ms(20)));
    let longer = set(51.0);
    assert!(has(&longer, (0, Kind::Sent, 50)) && has(&longer, (0, Kind::TimedOut, 51)));
}

#[test]
fn a_deadline_is_that_of_the_call_as_it_began() {
    let mut experiment = steady(&[(Knob::Edge(0, DEADLINE), 60.0 * MS)]);
    let change = Change::Set { knob: Knob::Edge(0, DEADLINE), value: 10.0 * MS };
    let at = SimTime::from_millis(1_020);
    experiment.insert(half_open::scenario::Intervention { at, change });
    let run = played(experiment);
    assert!(has(&run, (0, Kind::TimedOut, 60)), "{:?}", first(&run));
}

/// The deadline of the call that an attempt belongs to, and the one of which its service was told, from
/// the log and the settings alone.
fn deadlines(run: &Run, events: &[Vec<Event>], span: SpanId) -> [Option<Deadline>; 2] {
    let log = run.log();
    let row = log.span(span);
    let call = |span: SpanId| {
        let row = log.span(span);
        (row.parent, row.edge, row.by_client)
    };
    let first = (0..=span).find(|other| call(*other) == call(span)).unwrap_or(span);
    let began = events[first as usize][0].at;
    let settings = |at| {
        let value =
            |knob| run.experiment().value_at(Knob::Edge(row.edge, knob), at).expect("is there");
        half_open::policy::deadline::Settings {
            per_operation: Some(value(DEADLINE))
                .filter(|d| *d > 0.0)
                .map(SimDuration::from_nanos_f64),
            propagate: value(EdgeKnob::PassDeadline) > 0.0,
        }
    };
    let inherited = if row.by_client { None } else { deadlines(run, events, row.parent)[1] };
    let of_call = settings(began).deadline(began, inherited);
    let sent = events[span as usize].iter().find(|event| event.kind == Kind::Sent);
    let told = sent.and_then(|sent| {
        let passed_on = of_call.filter(|_| settings(sent.at).propagate)?;
        Some(Deadline::received(sent.at + sent.duration(), passed_on.0.since(sent.at)))
    });
    [of_call, told]
}

#[test]
fn nothing_is_begun_after_its_deadline_whatever_the_settings() {
    // What travels is in the log to a millionth.
    let after = |at: SimTime, deadline: Deadline| {
        at.nanos() > deadline.0.nanos() + 10_000 + at.nanos() / 1_000_000
    };
    let mut met = [0; 4];
    for n in 0..60 {
        let run = Run::new(generated(n), Limits::default());
        let log = run.log();
        let mut events: Vec<Vec<Event>> = Vec::new();
        for event in log.events_from(0) {
            let Some(span) = event.span() else { continue };
            if events.len() <= span as usize {
                events.resize(span as usize + 1, Vec::new());
            }
            events[span as usize].push(event);
        }
        // Looking for the first attempt of each call takes long, and a part of a run is as good as all.
        for span in 0..events.len().min(1_500) as SpanId {
            let [of_call, told] = deadlines(&run, &events, span);
            for event in &events[span as usize] {
                let (late, unheard) = (
                    of_call.is_some_and(|deadline| after(event.at, deadline)),
                    told.is_some_and(|deadline| after(event.at, deadline)),
                );
                match event.kind {
                    Kind::Sent | Kind::Answered | Kind::TimedOut | Kind::BackedOff => {
                        assert!(!late, "case {n}: {event:?} {of_call:?}")
                    }
                    Kind::Started => assert!(!unheard, "case {n}: {event:?} {told:?}"),
                    _ => {}
                }
                met[0] += u32::from(event.is_deadline());
                met[1] += u32::from(event.wait_denied().is_some());
                met[2] +=
                    u32::from(event.kind == Kind::Verdict && event.verdict() == Verdict::Expired);
                met[3] += u32::from(
                    event.kind == Kind::Verdict && event.verdict() == Verdict::ExpiredAtWork,
                );
            }
        }
    }
    assert!(met.iter().all(|times| *times > 5), "{met:?}");
}
