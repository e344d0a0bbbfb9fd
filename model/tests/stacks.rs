//! What the order of a call's layers decides: the same policies with the same settings, and only their places
//! differ.

use half_open::log::{Event, Kind, unpack_transition};
use half_open::policy::breaker::{Action, State};
use half_open::policy::stack::Stack;
use half_open::run::{Limits, Metrics, Run};
use half_open::scenario::knob::{ClientsKnob, EdgeKnob, ServiceKnob};
use half_open::scenario::{Change, Experiment, Intervention, Knob, library};
use half_open::time::{SimDuration, SimTime};

const MS: f64 = 1e6;
/// The call of `api` to `bank`.
const BANK: u8 = 1;

fn order(text: &str) -> Stack {
    text.parse().expect("an order")
}

fn payments(stack: Stack, set: &[(EdgeKnob, f64)]) -> Experiment {
    let mut experiment = library::payments();
    for (knob, value) in [(EdgeKnob::Stack, f64::from(stack.number()))].iter().chain(set) {
        Knob::Edge(BANK, *knob).set(&mut experiment.scenario, *value).expect("in range");
    }
    assert_eq!(experiment.validate(), Ok(()));
    experiment
}

/// The same with nothing done to it, and this share of the bank's work failing.
fn failing(stack: Stack, share: f64, set: &[(EdgeKnob, f64)]) -> Run {
    let mut experiment = payments(stack, set);
    experiment.interventions.clear();
    let errors = Knob::Service(2, ServiceKnob::ErrorRate);
    errors.set(&mut experiment.scenario, share).expect("in range");
    played(experiment)
}

fn played(experiment: Experiment) -> Run {
    Run::new(experiment, Limits::default())
}

fn over(run: &Run, kind: Kind) -> impl Iterator<Item = Event> + '_ {
    let log = run.log();
    log.events_from(0).filter(move |event| match event.kind {
        Kind::Breaker => kind == Kind::Breaker && event.subject == u32::from(BANK),
        _ => event.kind == kind && event.span().is_some_and(|s| log.span(s).edge == BANK),
    })
}

fn moves(run: &Run, to: State) -> Vec<SimTime> {
    let moves = over(run, Kind::Breaker).filter(|e| unpack_transition(e.payload).0 == to);
    moves.map(|event| event.at).collect()
}

fn sent(run: &Run, from: SimTime, until: SimTime) -> usize {
    over(run, Kind::Sent).filter(|event| (from..=until).contains(&event.at)).count()
}

#[test]
fn while_nothing_fails_nobody_can_tell_the_order() {
    let calm = |stack| {
        let mut experiment = payments(stack, &[(EdgeKnob::Timeout, 5_000.0 * MS)]);
        experiment.interventions.clear();
        experiment.scenario.horizon = SimDuration::from_secs(10);
        played(experiment).log().hash()
    };
    let usual = calm(Stack::default());
    for stack in (0..Stack::COUNT).map(Stack::numbered) {
        assert_eq!(calm(stack), usual, "{stack}");
    }
}

/// The bank is slow from 4 s to 9 s, and every attempt times out.
#[test]
fn a_breaker_outside_the_retry_sees_one_failure_in_three_and_probes_with_three_attempts() {
    let inside = played(payments(Stack::default(), &[]));
    let outside = played(payments(order("breaker > retry > rate limit > bulkhead > timeout"), &[]));
    let slow = SimTime::from_millis(4_000);
    let until_open = |run: &Run| {
        let opened = moves(run, State::Open)[0];
        (opened.since(slow).nanos() / 1_000_000, sent(run, slow, opened))
    };
    let ((soon, few), (late, many)) = (until_open(&inside), until_open(&outside));
    assert!(soon < 700, "it opens with the fifth timeout in a row: {soon} ms");
    assert!(late > soon + 900, "the fifth call fails two timeouts and two waits later: {late} ms");
    assert!(many > 2 * few, "{few} attempts before it opens, and {many}");
    // What it lets through as its probe is a whole call.
    let probes = |run: &Run| {
        let begun = moves(run, State::HalfOpen)[0];
        let over = moves(run, State::Open).into_iter().find(|at| *at > begun).expect("it fails");
        sent(run, begun, over)
    };
    assert_eq!((probes(&inside), probes(&outside)), (1, 3));
}

/// Three requests of ten never arrive, all the time.
#[test]
fn a_timeout_outside_the_retry_ends_the_call_that_another_attempt_would_have_saved() {
    let lossy = |stack| {
        let loss = [(EdgeKnob::LoseRequests, 0.3), (EdgeKnob::Breaker, 0.0)];
        let mut experiment = payments(stack, &loss);
        experiment.interventions.clear();
        // Its clients try once.
        Knob::Edge(0, EdgeKnob::Attempts).set(&mut experiment.scenario, 1.0).expect("in range");
        played(experiment)
    };
    let inside = lossy(Stack::default());
    let outside = lossy(order("timeout > retry > breaker > rate limit > bulkhead"));
    let share = |run: &Run| {
        let metrics = Metrics::of(run);
        f64::from(metrics.succeeded) / f64::from(metrics.succeeded + metrics.failed)
    };
    // 1 − 0.3³, and 1 − 0.3.
    assert!((share(&inside) - 0.973).abs() < 0.01, "{}", share(&inside));
    assert!((share(&outside) - 0.7).abs() < 0.02, "{}", share(&outside));
    assert_eq!(over(&outside, Kind::BackedOff).count(), 0, "there was no time for any");
    let waits = over(&outside, Kind::TimedOut).all(|event| event.is_last());
    assert!(waits, "each was the last");
}

/// Where the timeout is one for all, a quick failure can still be tried again within it.
#[test]
fn within_a_timeout_for_all_attempts_there_is_one_when_there_is_time_for_it() {
    let stack = order("timeout > retry > breaker > rate limit > bulkhead");
    let within = |timeout: f64| {
        let set = [(EdgeKnob::Breaker, 0.0), (EdgeKnob::Jitter, 0.0), (EdgeKnob::Timeout, timeout)];
        failing(stack, 0.5, &set)
    };
    let (short, long) = (within(300.0 * MS), within(5_000.0 * MS));
    let attempts = |run: &Run| {
        let log = run.log();
        over(run, Kind::Sent).map(|event| log.span(event.subject).attempt).max()
    };
    assert_eq!(attempts(&long), Some(3));
    let denied = over(&short, Kind::Denied).filter(Event::is_denied_by_timeout).count();
    assert!(denied > 100, "{denied} waits of 200 ms would have been too long");
    assert_eq!(over(&long, Kind::Denied).count(), 0);
    // Whatever ends, ends within it.
    let log = short.log();
    let began: Vec<_> =
        over(&short, Kind::Sent).filter(|e| log.span(e.subject).attempt == 1).collect();
    for end in over(&short, Kind::TimedOut) {
        let mine = log.span(end.subject).parent;
        let first = began.iter().find(|e| log.span(e.subject).parent == mine).expect("a first one");
        let took = end.at.since(first.at);
        assert!(took <= SimDuration::from_millis(300), "{took}");
    }
}

/// Half of all work fails at once: three attempts a call, mostly.
#[test]
fn a_rate_limit_outside_the_retry_counts_calls_and_lets_every_retry_through() {
    let limited = |stack| {
        let set = [
            (EdgeKnob::Breaker, 0.0),
            (EdgeKnob::RateLimit, 1.0),
            (EdgeKnob::Permits, 30.0),
            (EdgeKnob::Per, 1_000.0 * MS),
            (EdgeKnob::Burst, 1.0),
            (EdgeKnob::Timeout, 5_000.0 * MS),
        ];
        let run = failing(stack, 0.5, &set);
        over(&run, Kind::Sent).count() as f64 / 60.0
    };
    let inside = limited(Stack::default());
    let outside = limited(order("rate limit > retry > breaker > bulkhead > timeout"));
    assert!(inside < 30.5, "{inside} attempts a second");
    assert!(outside > 40.0, "{outside} attempts a second");
}

/// A place is held during the waits between attempts, too.
#[test]
fn a_bulkhead_outside_the_retry_is_full_of_calls_that_wait_to_try_again() {
    let crowded = |stack| {
        let set = [
            (EdgeKnob::Breaker, 0.0),
            (EdgeKnob::InFlight, 8.0),
            (EdgeKnob::Base, 500.0 * MS),
            (EdgeKnob::Timeout, 5_000.0 * MS),
        ];
        let run = failing(stack, 0.3, &set);
        (over(&run, Kind::Rejected).count(), run)
    };
    let (inside, _) = crowded(Stack::default());
    let (outside, run) = crowded(order("bulkhead > retry > breaker > rate limit > timeout"));
    assert!(outside > 3 * inside, "{inside} rejected, and {outside}");
    let log = run.log();
    let nth = over(&run, Kind::Rejected).map(|event| log.span(event.subject).attempt).max();
    assert_eq!(nth, Some(1), "who is in stays in");
}

#[test]
fn whoever_leaves_a_bulkhead_only_to_be_refused_by_a_breaker_makes_room_for_the_next() {
    let set = [(EdgeKnob::InFlight, 4.0), (EdgeKnob::Waiting, 10_000.0)];
    let run = played(payments(order("retry > bulkhead > breaker > rate limit > timeout"), &set));
    let log = run.log();
    let held: Vec<u32> = over(&run, Kind::Held).map(|event| event.subject).collect();
    let refused = over(&run, Kind::Rejected).filter(|event| held.contains(&event.subject));
    let refused = refused.count();
    assert!(refused > 10, "{refused} waited for nothing");
    let opened = moves(&run, State::Open)[0];
    let still = over(&run, Kind::Held).filter(|event| event.at < opened).filter(|event| {
        let gone = |e: &Event| e.subject == event.subject && e.kind != Kind::Held;
        !log.events_from(event.id).any(|e| e.span().is_some() && gone(&e))
    });
    assert_eq!(still.count(), 0, "nobody waits for ever");
}

/// The third of the classic mistakes: what nobody ends goes on for as long as it takes.
#[test]
fn without_a_deadline_a_call_takes_as_long_as_all_its_attempts_and_waits() {
    let longest = |deadline: f64| {
        let set = [(EdgeKnob::Breaker, 0.0), (EdgeKnob::Deadline, deadline)];
        let run = played(payments(Stack::default(), &set));
        let log = run.log();
        let began = |end: &Event| {
            let mine = log.span(end.subject).parent;
            over(&run, Kind::Sent).find(|e| log.span(e.subject).parent == mine).expect("sent").at
        };
        let ends = over(&run, Kind::TimedOut).filter(Event::is_last).take(40);
        ends.map(|end| end.at.since(began(&end)).nanos() / 1_000_000).max().expect("some")
    };
    let (without, with) = (longest(0.0), longest(500.0 * MS));
    assert!(without > 1_100, "three timeouts of 300 ms and two waits: {without} ms");
    assert!(with <= 500, "{with} ms");
}

/// Each of them leaves its place to the next, which is refused as well: one after another, and not one
/// inside the other, for which no memory would be enough.
#[test]
fn ten_thousand_who_wait_are_refused_at_the_same_instant() {
    let mut experiment = library::payments();
    experiment.interventions.clear();
    let order = order("retry > bulkhead > breaker > rate limit > timeout");
    let set = [
        (Knob::Clients(0, ClientsKnob::Rate), 0.0),
        (Knob::Clients(0, ClientsKnob::Count), 10_000.0),
        (Knob::Edge(0, EdgeKnob::Stack), f64::from(order.number())),
        (Knob::Edge(0, EdgeKnob::Attempts), 1.0),
        (Knob::Edge(0, EdgeKnob::Breaker), 1.0),
        (Knob::Edge(0, EdgeKnob::InFlight), 1.0),
        (Knob::Edge(0, EdgeKnob::Waiting), 10_000.0),
    ];
    for (knob, value) in set {
        knob.set(&mut experiment.scenario, value).expect("in range");
    }
    let open = Change::Breaker { edge: 0, action: Action::ForceOpen };
    for (ms, change) in [(1_000, Change::Burst(0)), (1_001, open)] {
        experiment.insert(Intervention { at: SimTime::from_millis(ms), change });
    }
    let run = played(experiment);
    let refused = |event: &Event| event.kind == Kind::Rejected;
    let at: Vec<SimTime> = run.log().events_from(0).filter(refused).map(|e| e.at).collect();
    assert_eq!(at.len(), 9_999);
    assert!(at.iter().all(|at| *at == run.log().event(run.log().len() - 1).at), "at once");
}
