//! What the engine promises, one behaviour a test, on the payments scenario.

use half_open::log::{Event, Kind, StatusCode, Verdict};
use half_open::policy::breaker::{Action, Reason, State};
use half_open::policy::outcome::Status;
use half_open::run::{Limits, Metrics, Run};
use half_open::scenario::{
    Change, Experiment, Fault, FaultKind, HandRequest, Intervention, Knob, Target, library,
};
use half_open::time::{SimDuration, SimTime};

const API: u8 = 1;
const BANK: u8 = 2;
const TO_API: u8 = 0;
const TO_BANK: u8 = 1;

fn ms(ms: u64) -> SimTime {
    SimTime::from_millis(ms)
}

/// The payments scenario with nothing done to it, ten seconds long.
fn quiet() -> Experiment {
    let mut experiment = library::payments();
    experiment.interventions.clear();
    experiment.scenario.horizon = SimDuration::from_secs(10);
    experiment
}

fn set(experiment: &mut Experiment, path: &str, value: f64) {
    let knob = Knob::find(&experiment.scenario, path).expect("a knob");
    knob.set(&mut experiment.scenario, value).expect("a value in range");
}

fn at(experiment: &mut Experiment, millis: u64, change: Change) {
    experiment.insert(Intervention { at: ms(millis), change });
}

fn fault(experiment: &mut Experiment, millis: u64, target: Target, kind: FaultKind, lasts: u64) {
    let lasts = Some(SimDuration::from_millis(lasts));
    at(experiment, millis, Change::Fault(Fault { target, kind, lasts }));
}

fn run(experiment: Experiment) -> Run {
    assert_eq!(experiment.validate(), Ok(()));
    Run::new(experiment, Limits::default())
}

fn events(run: &Run, kind: Kind) -> Vec<Event> {
    run.log().events_from(0).filter(|event| event.kind == kind).collect()
}

fn over(run: &Run, edge: u8, kind: Kind) -> Vec<Event> {
    let on_edge = |event: &Event| run.log().span(event.subject).edge == edge;
    events(run, kind).into_iter().filter(on_edge).collect()
}

fn by_hand(key: Option<&str>, lose_response: bool) -> Change {
    let key = key.map(str::to_owned);
    Change::Send(HandRequest { key, lose_response, ..HandRequest::default() })
}

#[test]
fn without_trouble_everything_succeeds_once() {
    let metrics = Metrics::of(&run(quiet()));
    assert_eq!((metrics.failed, metrics.amplification), (0, 1.0));
    assert_eq!(metrics.charges, metrics.orders);
    assert!(metrics.succeeded > 500);
}

#[test]
fn a_slow_bank_opens_the_breaker_and_its_recovery_closes_it() {
    let metrics = Metrics::of(&run(library::payments()));
    let states: Vec<State> = metrics.transitions.iter().map(|t| t.to).collect();
    assert_eq!(states.first(), Some(&State::Open));
    assert_eq!(states.last(), Some(&State::Closed));
    assert!(states.contains(&State::HalfOpen));
}

#[test]
fn a_rejected_call_never_reaches_the_service() {
    let run = run(library::payments());
    let rejected = over(&run, TO_BANK, Kind::Rejected);
    assert!(rejected.len() > 100);
    for event in run.log().events_from(0).filter(|event| event.span().is_some()) {
        let is_rejected = rejected.iter().any(|other| other.subject == event.subject);
        assert!(!is_rejected || event.kind == Kind::Rejected, "{event:?}");
    }
}

#[test]
fn half_open_lets_one_probe_out_and_rejects_the_second() {
    let mut experiment = quiet();
    at(&mut experiment, 2_000, Change::Breaker { edge: TO_BANK, action: Action::Open });
    let run = run(experiment);
    let moves = events(&run, Kind::Breaker);
    let (half_open, closed) = (moves[1], moves[2]);
    let within = |event: &&Event| (half_open.id..closed.id).contains(&event.id);
    assert_eq!(over(&run, TO_BANK, Kind::Sent).iter().filter(within).count(), 1);
    assert!(over(&run, TO_BANK, Kind::Rejected).iter().filter(within).count() >= 1);
}

#[test]
fn a_breaker_held_open_or_closed_stays_so() {
    let mut open = quiet();
    at(&mut open, 1_000, Change::Breaker { edge: TO_BANK, action: Action::ForceOpen });
    let sent = over(&run(open), TO_BANK, Kind::Sent);
    assert!(sent.iter().all(|event| event.at <= ms(1_000)));
    let mut closed = library::payments();
    at(&mut closed, 1_000, Change::Breaker { edge: TO_BANK, action: Action::Disable });
    assert!(over(&run(closed), TO_BANK, Kind::Rejected).is_empty());
}

#[test]
fn a_lost_response_with_a_key_is_replayed_and_without_one_charged_again() {
    let mut with_key = quiet();
    at(&mut with_key, 3_000, by_hand(Some("abc-123"), true));
    let run_with = run(with_key);
    let metrics = Metrics::of(&run_with);
    assert_eq!(metrics.charges, metrics.orders);
    let verdicts = events(&run_with, Kind::Verdict);
    assert_eq!(verdicts.len(), 1);
    assert_eq!(verdicts[0].verdict(), Verdict::Replayed);

    let mut without = quiet();
    at(&mut without, 3_000, by_hand(None, true));
    let metrics = Metrics::of(&run(without));
    assert_eq!(metrics.charges, metrics.orders + 1);
}

#[test]
fn a_key_for_each_attempt_protects_nobody() {
    let mut experiment = quiet();
    set(&mut experiment, "clients-api.keys", 1.0);
    fault(&mut experiment, 3_000, Target::Edge(TO_API), FaultKind::LoseNextResponse, 1_000);
    let metrics = Metrics::of(&run(experiment));
    assert_eq!(metrics.charges, metrics.orders + 1);
}

#[test]
fn the_same_key_with_another_body_is_a_mismatch() {
    let mut experiment = quiet();
    at(&mut experiment, 3_000, by_hand(Some("k"), false));
    let other = HandRequest { key: Some("k".into()), body: "{}".into(), ..Default::default() };
    at(&mut experiment, 4_000, Change::Send(other));
    let verdicts = events(&run(experiment), Kind::Verdict);
    assert_eq!(verdicts.iter().map(Event::verdict).collect::<Vec<_>>(), [Verdict::Mismatch]);
}

#[test]
fn a_key_in_progress_is_a_conflict_and_the_retry_gets_the_answer() {
    let mut experiment = quiet();
    at(&mut experiment, 3_000, by_hand(Some("k"), false));
    at(&mut experiment, 3_005, by_hand(Some("k"), false));
    let run = run(experiment);
    let verdicts: Vec<_> = events(&run, Kind::Verdict).iter().map(Event::verdict).collect();
    assert_eq!(verdicts, [Verdict::InProgress, Verdict::Replayed]);
}

#[test]
fn a_missing_key_is_refused_where_one_is_required() {
    let mut experiment = quiet();
    set(&mut experiment, "api.require_key", 1.0);
    at(&mut experiment, 3_000, by_hand(None, false));
    let verdicts = events(&run(experiment), Kind::Verdict);
    assert_eq!(verdicts.iter().map(Event::verdict).collect::<Vec<_>>(), [Verdict::Missing]);
}

#[test]
fn a_timeout_above_the_slow_banks_latency_fills_the_queue_at_api() {
    let mut patient = library::payments();
    set(&mut patient, "api-bank.timeout", 3e9);
    set(&mut patient, "api-bank.breaker", 0.0);
    let (calm, cascade) = (Metrics::of(&run(library::payments())), Metrics::of(&run(patient)));
    let queue = |metrics: &Metrics| metrics.services[usize::from(API)].max_queue;
    assert!(queue(&calm) < 20, "{}", queue(&calm));
    assert_eq!(queue(&cascade), 64);
}

/// How many retries of 100 clients that failed together fall into the fullest 10 ms.
fn herd(backoff: &str) -> usize {
    let mut experiment = quiet();
    set(&mut experiment, "clients.rate", 0.0);
    set(&mut experiment, "clients-api.latency", 1e3);
    set(&mut experiment, "clients-api.attempts", 2.0);
    let knob = Knob::find(&experiment.scenario, "clients-api.backoff").expect("a knob");
    let kind = knob.spec().unit.read(backoff).expect("a backoff");
    set(&mut experiment, "clients-api.backoff", kind);
    set(&mut experiment, "clients-api.base", 400e6);
    at(&mut experiment, 900, Change::Burst(0));
    fault(&mut experiment, 500, Target::Node(API), FaultKind::FailFast, 1_000);
    let run = run(experiment);
    let retries = over(&run, TO_API, Kind::Sent);
    let retries: Vec<_> =
        retries.iter().filter(|e| run.log().span(e.subject).attempt > 1).collect();
    assert_eq!(retries.len(), 100);
    let in_bucket = |start: &Event| {
        let until = start.at + SimDuration::from_millis(10);
        retries.iter().filter(|e| (start.at..until).contains(&e.at)).count()
    };
    retries.iter().map(|e| in_bucket(e)).max().unwrap_or(0)
}

#[test]
fn without_jitter_a_hundred_clients_come_back_together() {
    assert_eq!(herd("exponential"), 100);
    assert!(herd("full") < 12, "{}", herd("full"));
}

#[test]
fn a_crash_loses_work_and_refuses_connections_until_it_is_over() {
    let mut experiment = quiet();
    set(&mut experiment, "api-bank.breaker", 0.0);
    fault(&mut experiment, 3_000, Target::Node(BANK), FaultKind::Crash { keep_state: true }, 1_000);
    let run = run(experiment);
    assert!(!over(&run, TO_BANK, Kind::WorkLost).is_empty());
    let started = over(&run, TO_BANK, Kind::Started);
    assert!(!started.iter().any(|e| e.at > ms(3_000) && e.at < ms(4_000)));
    assert!(started.iter().any(|e| e.at > ms(4_000)));
}

#[test]
fn a_crash_that_loses_state_forgets_keys() {
    for (keep_state, charges) in [(true, 1), (false, 2)] {
        let mut experiment = quiet();
        set(&mut experiment, "clients.rate", 0.0);
        at(&mut experiment, 1_000, by_hand(Some("k"), false));
        fault(&mut experiment, 2_000, Target::Node(API), FaultKind::Crash { keep_state }, 100);
        at(&mut experiment, 3_000, by_hand(Some("k"), false));
        assert_eq!(Metrics::of(&run(experiment)).charges, charges);
    }
}

#[test]
fn a_crash_in_the_middle_of_the_work_frees_its_key() {
    let mut experiment = quiet();
    set(&mut experiment, "clients.rate", 0.0);
    at(&mut experiment, 1_000, by_hand(Some("k"), false));
    fault(&mut experiment, 1_060, Target::Node(API), FaultKind::Crash { keep_state: true }, 50);
    let run = run(experiment);
    assert_eq!(over(&run, TO_API, Kind::WorkLost).len(), 1);
    assert!(events(&run, Kind::Verdict).is_empty());
    let metrics = Metrics::of(&run);
    assert_eq!((metrics.succeeded, metrics.charges), (1, 1));
}

#[test]
fn a_caller_that_loses_its_memory_starts_with_a_closed_breaker() {
    for (keep_state, last) in [(true, State::Open), (false, State::Closed)] {
        let mut experiment = quiet();
        set(&mut experiment, "clients.rate", 0.0);
        at(&mut experiment, 1_000, Change::Breaker { edge: TO_BANK, action: Action::Open });
        fault(&mut experiment, 1_500, Target::Node(API), FaultKind::Crash { keep_state }, 100);
        let run = run(experiment);
        let transitions = Metrics::of(&run).transitions;
        let reason = if keep_state { Reason::ByHand } else { Reason::Crashed };
        assert_eq!(transitions.last().map(|t| (t.to, t.reason)), Some((last, reason)));
    }
}

#[test]
fn an_intervention_comes_after_everything_else_of_its_instant() {
    let calm = run(quiet());
    let arrival = events(&calm, Kind::Arrived)[50];
    let mut experiment = quiet();
    let stop = Change::Breaker { edge: TO_BANK, action: Action::ForceOpen };
    experiment.insert(Intervention { at: arrival.at, change: stop });
    let stopped = run(experiment);
    let intervention = events(&stopped, Kind::Intervention)[0];
    assert_eq!(intervention.at, arrival.at);
    assert!(intervention.id > arrival.id);
    assert_eq!(stopped.log().event(arrival.id), arrival);
}

#[test]
fn a_service_that_hangs_finishes_nothing_until_it_is_over() {
    let mut experiment = quiet();
    fault(&mut experiment, 3_000, Target::Node(BANK), FaultKind::Hang, 1_000);
    let responded = over(&run(experiment), TO_BANK, Kind::Responded);
    assert!(
        !responded.iter().any(|e| e.at > ms(3_000) && e.at < ms(4_000) && e.status().is_success())
    );
    assert!(responded.iter().any(|e| e.at == ms(4_000)));
}

#[test]
fn failing_fast_does_no_work() {
    let mut experiment = quiet();
    set(&mut experiment, "api-bank.breaker", 0.0);
    fault(&mut experiment, 3_000, Target::Node(BANK), FaultKind::FailFast, 1_000);
    let run = run(experiment);
    let started = over(&run, TO_BANK, Kind::Started);
    assert!(!started.iter().any(|e| e.at > ms(3_000) && e.at < ms(4_000)));
}

#[test]
fn an_error_rate_is_the_share_of_work_that_fails() {
    let mut experiment = quiet();
    set(&mut experiment, "api-bank.breaker", 0.0);
    fault(&mut experiment, 0, Target::Node(BANK), FaultKind::Errors(0.3), 10_000);
    let responded = over(&run(experiment), TO_BANK, Kind::Responded);
    let failed = responded.iter().filter(|e| !e.status().is_success()).count() as f64;
    let n = responded.len() as f64;
    // Three standard errors of a share of 0.3.
    assert!((failed / n - 0.3).abs() < 3.0 * (0.21 / n).sqrt(), "{failed} of {n}");
}

#[test]
fn a_partition_lets_nothing_through_and_losses_take_their_leg() {
    let mut experiment = quiet();
    set(&mut experiment, "api-bank.latency", 30e6);
    fault(&mut experiment, 2_000, Target::Edge(TO_BANK), FaultKind::Partition, 1_000);
    let cut = run(experiment);
    let started = over(&cut, TO_BANK, Kind::Started);
    assert!(!started.iter().any(|e| e.at > ms(2_000) && e.at < ms(3_000)));
    // What was on its way when it began is lost as well, for the same reason.
    let began = events(&cut, Kind::Intervention)[0].id;
    for (left, lost, arrived) in [
        (Kind::Sent, Kind::RequestLost, Kind::Started),
        (Kind::Responded, Kind::ResponseLost, Kind::Answered),
    ] {
        let (left, lost) = (over(&cut, TO_BANK, left), over(&cut, TO_BANK, lost));
        let on_its_way = |event: &Event| {
            left.iter().any(|before| before.subject == event.subject && before.id < began)
        };
        assert!(lost.iter().any(on_its_way), "{arrived:?}");
        assert!(lost.iter().all(|event| event.cause == began));
        let got = over(&cut, TO_BANK, arrived);
        assert!(!got.iter().any(|e| e.at > ms(2_000) && e.at < ms(3_000)), "{arrived:?}");
    }

    let mut experiment = quiet();
    set(&mut experiment, "api-bank.lose_requests", 0.1);
    let lossy = run(experiment);
    assert!(!over(&lossy, TO_BANK, Kind::RequestLost).is_empty());
    assert!(over(&lossy, TO_BANK, Kind::ResponseLost).is_empty());

    for (kind, takes, spares) in [
        (FaultKind::LoseResponses(0.1), Kind::ResponseLost, Kind::RequestLost),
        (FaultKind::LoseRequests(0.1), Kind::RequestLost, Kind::ResponseLost),
    ] {
        let mut experiment = quiet();
        fault(&mut experiment, 0, Target::Edge(TO_BANK), kind, 10_000);
        let lossy = run(experiment);
        assert!(!over(&lossy, TO_BANK, takes).is_empty());
        assert!(over(&lossy, TO_BANK, spares).is_empty());
    }
}

#[test]
fn a_timeout_changes_nothing_but_what_it_changes() {
    let work = |timeout: f64| {
        let mut experiment = quiet();
        set(&mut experiment, "api-bank.timeout", timeout);
        let run = run(experiment);
        let first = |e: &&Event| run.log().span(e.subject).attempt == 1;
        let arrivals: Vec<_> = events(&run, Kind::Arrived).iter().map(|e| e.at).collect();
        let started = over(&run, TO_API, Kind::Started);
        let work: Vec<_> = started.iter().filter(first).map(Event::duration).collect();
        (arrivals, work)
    };
    assert_eq!(work(300e6), work(5e9));
}

#[test]
fn every_cause_is_an_earlier_event() {
    let run = run(library::payments());
    for event in run.log().events_from(0) {
        assert!(event.cause().is_none_or(|cause| cause < event.id), "{event:?}");
    }
}

#[test]
fn a_long_queue_of_replays_is_answered_without_a_deep_stack() {
    let mut experiment = quiet();
    set(&mut experiment, "clients.rate", 0.0);
    set(&mut experiment, "clients.count", 10_000.0);
    set(&mut experiment, "api.queue", 100_000.0);
    set(&mut experiment, "api.require_key", 1.0);
    set(&mut experiment, "clients-api.keys", 2.0);
    set(&mut experiment, "api.workers", 1.0);
    at(&mut experiment, 100, by_hand(Some("k"), false));
    at(&mut experiment, 100, Change::Burst(0));
    let run = run(experiment);
    let missing = events(&run, Kind::Verdict);
    assert_eq!(missing.iter().filter(|e| e.verdict() == Verdict::Missing).count(), 10_000);
}

#[test]
fn a_run_that_grows_too_long_stops_and_says_where() {
    let limits = Limits { events: 5_000, ..Limits::default() };
    let run = Run::new(library::payments(), limits);
    assert_eq!(run.stopped(), Some(limits));
    assert!(run.end() < ms(60_000) && run.log().len() >= 5_000);
}

/// A hundred calls time out after their breaker was switched off; `again` says whether it is then
/// on once more.
fn switched_off_in_flight(again: bool) -> Run {
    let mut experiment = quiet();
    set(&mut experiment, "clients.rate", 0.0);
    set(&mut experiment, "clients-api.attempts", 1.0);
    set(&mut experiment, "api-bank.attempts", 1.0);
    fault(&mut experiment, 500, Target::Node(BANK), FaultKind::Hang, 5_000);
    at(&mut experiment, 1_000, Change::Burst(0));
    let knob = Knob::find(&experiment.scenario, "api-bank.breaker").expect("a knob");
    at(&mut experiment, 1_150, Change::Set { knob, value: 0.0 });
    if again {
        at(&mut experiment, 1_200, Change::Set { knob, value: 1.0 });
    }
    let run = run(experiment);
    let late = over(&run, TO_BANK, Kind::TimedOut);
    assert!(late.iter().filter(|event| event.at > ms(1_200)).count() >= 20);
    run
}

#[test]
fn a_breaker_that_is_switched_off_does_not_move() {
    let run = switched_off_in_flight(false);
    assert_eq!(events(&run, Kind::Breaker), []);
}

#[test]
fn a_breaker_that_is_switched_on_again_knows_nothing_of_earlier_calls() {
    let run = switched_off_in_flight(true);
    let late = over(&run, TO_BANK, Kind::TimedOut);
    let moved = events(&run, Kind::Breaker);
    let since = over(&run, TO_BANK, Kind::Sent).iter().filter(|e| e.at > ms(1_200)).count();
    assert!(late.len() > since + 5, "{} timed out, {since} of them new", late.len());
    assert!(moved.iter().all(|event| event.at > ms(1_500)), "{moved:?}");
}

/// The page can move a switch before a deed, so such an order is no error.
#[test]
fn there_is_no_working_a_breaker_that_is_switched_off() {
    let mut experiment = quiet();
    let knob = Knob::find(&experiment.scenario, "api-bank.breaker").expect("a knob");
    at(&mut experiment, 1_000, Change::Set { knob, value: 0.0 });
    for action in [Action::Open, Action::ForceOpen, Action::HalfOpen, Action::Disable] {
        at(&mut experiment, 2_000, Change::Breaker { edge: TO_BANK, action });
    }
    let off = run(experiment);
    assert_eq!(events(&off, Kind::Breaker), []);
    assert_eq!(off.index().bands[usize::from(TO_BANK)].last().and_then(|band| band.state), None);
}

fn turned(experiment: &mut Experiment, millis: u64, path: &str, value: f64) {
    let knob = Knob::find(&experiment.scenario, path).expect("a knob");
    at(experiment, millis, Change::Set { knob, value });
}

fn arrivals(experiment: Experiment) -> Vec<SimTime> {
    events(&run(experiment), Kind::Arrived).iter().map(|event| event.at).collect()
}

#[test]
fn a_knob_that_is_turned_to_where_it_is_does_not_change_who_arrives() {
    let undisturbed = arrivals(quiet());
    for (path, value) in [
        ("clients.rate", 60.0),
        ("clients.count", 50.0),
        ("clients.arrivals", 0.0),
        ("bank.workers", 3.0),
    ] {
        let mut experiment = quiet();
        (20..60).for_each(|step| turned(&mut experiment, step * 100, path, value));
        assert_eq!(arrivals(experiment), undisturbed, "{path}");
    }
}

#[test]
fn requests_arrive_while_their_rate_is_dragged() {
    let mut experiment = quiet();
    (0..200).for_each(|step| {
        turned(&mut experiment, 2_000 + step * 5, "clients.rate", 60.0 + step as f64);
    });
    let came = arrivals(experiment);
    let within = |from, to| came.iter().filter(|at| (ms(from)..ms(to)).contains(at)).count();
    assert!((110..210).contains(&within(2_000, 3_000)), "{}", within(2_000, 3_000));

    // Nothing is left of a gap at rate 0, and a metronome goes on in step.
    let mut experiment = quiet();
    set(&mut experiment, "clients.arrivals", 1.0);
    set(&mut experiment, "clients.rate", 1.0);
    turned(&mut experiment, 2_500, "clients.rate", 2.0);
    turned(&mut experiment, 4_000, "clients.rate", 0.0);
    turned(&mut experiment, 6_000, "clients.rate", 0.5);
    assert_eq!(arrivals(experiment), [1_000, 2_000, 2_750, 3_250, 3_750, 8_000, 10_000].map(ms));
}

#[test]
fn work_that_nobody_waits_for_counts_also_if_it_is_never_finished() {
    let mut experiment = quiet();
    set(&mut experiment, "clients.rate", 0.0);
    set(&mut experiment, "clients-api.attempts", 1.0);
    set(&mut experiment, "api-bank.attempts", 1.0);
    at(&mut experiment, 1_000, by_hand(None, false));
    fault(&mut experiment, 1_000, Target::Node(BANK), FaultKind::Hang, 20_000);
    let run = run(experiment);
    let gave_up = over(&run, TO_BANK, Kind::TimedOut)[0].at;
    assert_eq!(Metrics::of(&run).orphan_work, ms(10_000).since(gave_up));
}

#[test]
fn nobody_is_busier_than_all_the_time() {
    let mut experiment = quiet();
    fault(&mut experiment, 1_000, Target::Node(BANK), FaultKind::Hang, 20_000);
    turned(&mut experiment, 2_000, "bank.workers", 1.0);
    let bank = Metrics::of(&run(experiment)).services[usize::from(BANK)];
    assert!((0.8..=1.0).contains(&bank.utilisation), "{}", bank.utilisation);
}

#[test]
fn faults_and_a_services_own_errors_are_independent() {
    let share = |own: f64, faults: u64| {
        let mut experiment = quiet();
        set(&mut experiment, "api-bank.breaker", 0.0);
        set(&mut experiment, "bank.error_rate", own);
        for _ in 0..faults {
            fault(&mut experiment, 0, Target::Node(BANK), FaultKind::Errors(0.5), 10_000);
        }
        let responded = over(&run(experiment), TO_BANK, Kind::Responded);
        let failed = responded.iter().filter(|e| !e.status().is_success()).count();
        failed as f64 / responded.len() as f64
    };
    // About 1000 calls: three standard errors are 0.04.
    for (own, faults, wanted) in [(0.0, 1, 0.5), (0.0, 2, 0.75), (0.5, 1, 0.75), (0.5, 2, 0.875)] {
        let share = share(own, faults);
        assert!((share - wanted).abs() < 0.045, "{share} of {own} and {faults} faults");
    }
}

#[test]
fn a_fault_that_waits_for_a_response_waits_only_while_it_lasts() {
    let mut experiment = quiet();
    set(&mut experiment, "clients.rate", 0.0);
    fault(&mut experiment, 1_000, Target::Edge(TO_API), FaultKind::LoseNextResponse, 500);
    at(&mut experiment, 2_000, by_hand(None, false));
    let unspent = run(experiment);
    assert_eq!(
        events(&unspent, Kind::FaultEnded).iter().map(|e| e.at).collect::<Vec<_>>(),
        [ms(1_500)]
    );
    assert_eq!(events(&unspent, Kind::ResponseLost), []);

    let mut experiment = quiet();
    fault(&mut experiment, 1_000, Target::Edge(TO_API), FaultKind::LoseNextResponse, 5_000);
    let spent = run(experiment);
    assert_eq!(events(&spent, Kind::ResponseLost).len(), 1);
    assert_eq!(events(&spent, Kind::FaultEnded), []);
}

#[test]
fn a_service_that_hangs_answers_nobody_whatever_the_answer_is() {
    let mut experiment = quiet();
    set(&mut experiment, "clients.rate", 0.0);
    set(&mut experiment, "clients-api.timeout", 0.0);
    let send = |key: &str, method: &str| {
        let (key, method) = (Some(key.into()), method.into());
        Change::Send(HandRequest { key, method, ..HandRequest::default() })
    };
    at(&mut experiment, 1_000, send("done", "POST"));
    // One waits for the bank when it begins; then come a replay, a conflict, a wrong method and
    // one with work to do.
    at(&mut experiment, 2_960, send("waits", "POST"));
    fault(&mut experiment, 3_000, Target::Node(API), FaultKind::Hang, 1_000);
    at(&mut experiment, 3_100, send("done", "POST"));
    at(&mut experiment, 3_200, send("waits", "POST"));
    at(&mut experiment, 3_300, send("done", "GET"));
    at(&mut experiment, 3_400, send("new", "POST"));
    let hung = run(experiment.clone());
    let after: Vec<_> = over(&hung, TO_API, Kind::Responded).into_iter().skip(1).collect();
    assert!(after.iter().all(|event| event.at >= ms(4_000)), "{after:?}");
    let at_once = after.iter().filter(|event| event.at == ms(4_000));
    let codes: Vec<_> = at_once.map(|event| event.status()).collect();
    let wanted = [201, 409, 405].map(|code| StatusCode::Http(Status(code)));
    assert_eq!(codes, wanted);
    assert_eq!(Metrics::of(&hung).charges, 3);

    // Who is stuck when the service dies is lost with it.
    fault(&mut experiment, 3_500, Target::Node(API), FaultKind::Crash { keep_state: true }, 2_000);
    let dead = run(experiment);
    assert_eq!(over(&dead, TO_API, Kind::WorkLost).len(), 5);
    let answers = over(&dead, TO_API, Kind::Responded);
    assert!(
        !answers.iter().any(|e| e.at > ms(3_500) && e.at < ms(5_500) && e.status().is_success())
    );
}
