//! What a scene folds from the log is what the engine had.

#[allow(unreachable_pub, dead_code, reason = "a library shows it; here it is a module of a test")]
#[path = "../../../tests/determinism/src/generated.rs"]
mod generated;

mod flow;

use std::collections::BTreeMap;

use generated::generated;

use super::breakers::Whole;
use super::*;
use crate::log::{Event, Kind, Refusal, unpack_transition};
use crate::policy::breaker::State;
use crate::policy::stack::Layer;
use crate::scenario::knob::EdgeKnob;
use crate::scenario::{Change, EdgeId, HandRequest, Intervention, Knob, library};
use crate::time::SimTime;

/// By line and, where each has its own, client.
type States = BTreeMap<(EdgeId, Option<u16>), State>;

/// The states of the breakers as the log tells them, without any machine.
fn tell(states: &mut States, run: &Run, before: &Scene, event: Event) {
    match event.kind {
        Kind::Breaker => {
            states.insert(event.breaker(), unpack_transition(event.payload).0);
        }
        Kind::Intervention => {
            let change = &run.experiment().interventions[event.subject as usize].change;
            // A breaker that is switched on or off is a new one.
            if let Change::Set { knob: knob @ Knob::Edge(edge, kind), value } = change
                && matches!(kind, EdgeKnob::Breaker | EdgeKnob::BreakerScope)
                && knob.get(&before.scenario) != Some(*value)
            {
                for (_, state) in states.iter_mut().filter(|(whose, _)| whose.0 == *edge) {
                    *state = State::Closed;
                }
            }
        }
        _ => {}
    }
}

/// The breaker that was asked with this event.
fn asks(run: &Run, scene: &Scene, event: Event) -> Option<(EdgeId, Option<u16>)> {
    let asks = match event.kind {
        Kind::Sent | Kind::Held => true,
        Kind::Rejected => event.refusal() == Refusal::Breaker,
        _ => false,
    };
    let (log, scenario) = (run.log(), &scene.scenario);
    asks.then(|| {
        let edge = log.span(event.subject).edge;
        let shared = scenario.edges[usize::from(edge)].policy.breaker_scope.is_shared();
        (edge, log.client_of(log.request_of(event.subject)).filter(|_| !shared))
    })
}

/// A result and the transition it brings about are two events of one instant; so are a transition
/// and the call that brings it about. In between, the log and the scene are allowed to differ.
#[test]
fn the_folded_breaker_is_the_one_in_the_log() {
    let (mut transitions, mut own) = (0, 0);
    for n in 0..400 {
        let run = Run::new(generated(n), Limits::default());
        let (log, experiment) = (run.log(), run.experiment());
        let mut scene = Scene::new(experiment);
        let lines = 0..scene.lines.len() as EdgeId;
        let mut states: States = lines.map(|edge| ((edge, None), State::Closed)).collect();
        let mut held = Vec::new();
        for event in log.events_from(0) {
            tell(&mut states, &run, &scene, event);
            scene.apply(experiment, log, event);
            transitions += u32::from(event.kind == Kind::Breaker);
            let asked = asks(&run, &scene, event);
            own += u32::from(event.kind == Kind::Breaker && event.breaker().1.is_some());
            let over = event.id + 1 == log.len() || log.at(event.id + 1) > event.at;
            for (whose, state) in &states {
                let folded = scene.lines[usize::from(whose.0)].state_of(whose.1);
                let binding = over || asked == Some(*whose);
                assert!(
                    folded == *state || !binding,
                    "case {n}, line {whose:?}: {folded:?} instead of {state:?} after {event:?}"
                );
            }
            held.extend((event.kind == Kind::Held).then_some(event.subject));
            if let (Some((edge, client)), Kind::Sent, false) =
                (asked, event.kind, held.contains(&event.subject))
            {
                let policy = &scene.scenario.edges[usize::from(edge)].policy;
                let guarded = policy.breaker_enabled;
                let permit = scene.flight(event.subject).and_then(|flight| flight.permit);
                // One that a breaker let through with its whole call has none of its own.
                let span = log.span(event.subject);
                let whole = scene.wholes.get(&Whole::of(&span)).map(|whole| whole.permit);
                let again = span.attempt > 1 || span.copy;
                let per_call = policy.stack.is_per_call(Layer::Breaker);
                if per_call && again {
                    continue;
                }
                let permit = if per_call { whole } else { permit };
                assert_eq!(permit.is_some(), guarded, "case {n}: sent without a permit, {event:?}");
                assert_eq!(permit.and_then(|permit| permit.client()), client.filter(|_| guarded));
            }
        }
    }
    assert!(transitions > 5_000, "only {transitions} transitions were compared");
    assert!(own > 500, "only {own} transitions of clients' own breakers were compared");
}

/// Not only the state: everything a breaker remembers, and everything else both know.
#[test]
fn at_the_end_the_scene_has_what_the_world_has() {
    for n in 0..400 {
        let mut recorder = Recorder::new(generated(n), Limits::default());
        while recorder.advance(1_000) {}
        let world = recorder.world().clone();
        let run = recorder.finish();
        let mut seeker = Seeker::new();
        let scene = seeker.seek(&run, run.end());
        for (edge, line) in (0..).zip(&scene.lines) {
            let edge: EdgeId = edge;
            assert_eq!(&line.breaker, world.breaker(edge), "case {n}, line {edge}");
            for client in 0..70 {
                let own = line.own.as_ref().map(|own| &own.of(client).breaker);
                assert_eq!(own, world.own_breaker(edge, client), "case {n}, client {client}");
            }
        }
        for (node, station) in (0u8..).zip(&scene.stations) {
            let (busy, waiting) = world.load(node);
            assert_eq!(
                (station.busy(), station.queue.len()),
                (busy, waiting),
                "case {n}, node {node}"
            );
        }
        assert_eq!(*scene.scenario, *world.scenario(), "case {n}");
    }
}

#[test]
fn a_transition_leads_somewhere_else() {
    for n in 0..400 {
        let metrics = Metrics::of(&Run::new(generated(n), Limits::default()));
        for moved in metrics.transitions {
            assert_ne!(moved.from, moved.to, "case {n}: {moved:?}");
        }
    }
}

#[test]
fn the_key_of_a_request_sent_by_hand_stays_in_the_table_and_counts_its_replays() {
    let mut experiment = library::payments();
    let at = SimTime::from_millis(1_000);
    let hand = HandRequest { lose_response: true, ..HandRequest::default() };
    experiment.insert(Intervention { at, change: Change::Send(hand) });
    let run = Run::new(experiment, Limits::default());
    let mut seeker = Seeker::new();
    let scene = seeker.seek(&run, SimTime::from_millis(30_000));
    let rows: Vec<_> = scene.keys.iter().filter(|row| row.by_hand).collect();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].replays, rows[0].refused), (1, 0));
}

/// A hundred thousand requests a second, each lost, and clients that wait for ever.
fn patient_crowd() -> crate::scenario::Experiment {
    let mut experiment = library::payments();
    for (path, value) in [
        ("clients.rate", 100_000.0),
        ("clients-api.lose_requests", 1.0),
        ("clients-api.timeout", 0.0),
    ] {
        let knob = Knob::find(&experiment.scenario, path).expect("a knob");
        knob.set(&mut experiment.scenario, value).expect("a value in range");
    }
    experiment
}

#[test]
fn what_a_run_holds_is_bounded_with_everything_it_keeps_to_be_changed() {
    let limits = Limits { bytes: 16 << 20, ..Limits::default() };
    let mut recorder = Recorder::new(patient_crowd(), limits);
    let mut counts = Vec::new();
    while recorder.advance(10_000) {
        let (bytes, count) = recorder.kept();
        assert!(bytes <= 4 << 20, "{bytes} bytes of checkpoints");
        counts.push(count);
    }
    assert!(counts.iter().any(|count| *count > 3), "{counts:?}");
    let world = recorder.world().bytes();
    let run = recorder.finish();
    assert_eq!(run.stopped(), Some(limits));
    let all = run.log().bytes() + world;
    assert!((11 << 20..13 << 20).contains(&all), "{all} bytes");
}

#[test]
fn a_fork_stops_for_want_of_room_where_the_run_would_have() {
    let limits = Limits { bytes: 8 << 20, ..Limits::default() };
    let run = Run::new(patient_crowd(), limits);
    let mut changed = patient_crowd();
    let knob = Knob::Edge(0, EdgeKnob::LoseRequests);
    let at = SimTime::from_nanos(run.end().nanos() / 2);
    changed.insert(Intervention { at, change: Change::Set { knob, value: 0.5 } });
    let (fork, anew) = (run.with(changed.clone(), limits), Run::new(changed, limits));
    assert_eq!((fork.end(), fork.stopped()), (anew.end(), anew.stopped()));
    assert_eq!(fork.hash(), anew.hash());
    assert!(fork.stopped().is_some());
}

#[test]
fn a_tally_counts_what_a_log_would_hold() {
    for n in 0..40 {
        let experiment = generated(n);
        let run = Run::new(experiment.clone(), Limits::default());
        let tally = Run::tally(&experiment, u32::MAX);
        for kind in Kind::ALL {
            let logged = run.log().events_from(0).filter(|event| event.kind == kind).count();
            assert_eq!(tally.count(kind) as usize, logged, "case {n}: {}", kind.name());
        }
        let length = run.log().length();
        let rows = (tally.events, tally.spans, tally.requests);
        assert_eq!(rows, (length.events, length.spans, length.requests), "case {n}");
        let metrics = Metrics::of(&run);
        assert_eq!(tally.succeeded, metrics.succeeded, "case {n}");
        let mut latencies = tally.latencies.clone();
        latencies.sort_unstable();
        assert_eq!(latencies, metrics.latencies, "case {n}");
        assert_eq!(tally.mean_latency(), metrics.mean(), "case {n}");
    }
}

/// The change is made in the middle of a run of a minute: what came before is held once.
#[test]
fn a_fork_in_the_middle_adds_little_more_than_half_of_what_the_run_holds() {
    let run = Run::new(library::payments(), Limits::default());
    let all = run.bytes();
    assert!(all > run.log().bytes() && all < 3 * run.log().bytes(), "{all} bytes");
    for (path, value) in [
        ("api-bank.timeout", 800e6),
        ("clients-api.attempts", 1.0),
        ("bank.workers", 20.0),
        ("api-bank.breaker", 0.0),
    ] {
        let mut changed = library::payments();
        let knob = Knob::find(&changed.scenario, path).expect("a knob");
        let at = SimTime::from_millis(30_000);
        changed.insert(Intervention { at, change: Change::Set { knob, value } });
        let fork = run.with(changed.clone(), Limits::default());
        let added = fork.bytes_beside(&run);
        assert!(added * 100 <= all * 55, "{path}: {added} bytes are added to {all}");
        assert!(added * 3 > all, "{path}: {added} bytes are not half of {all}");
        let anew = Run::new(changed, Limits::default());
        assert_eq!(anew.bytes_beside(&run), anew.bytes(), "{path}: it shares nothing");
        assert_eq!(fork.hash(), anew.hash(), "{path}");
    }
}

/// Whether two runs look the same at a glance, or where they do not.
fn same_at_a_glance(one: &Run, other: &Run) -> Result<(), String> {
    let (one, other) = (one.index(), other.index());
    let differs = one.requests.iter().zip(other.requests.iter()).position(|(a, b)| a != b);
    if let Some(request) = differs {
        return Err(format!("{:?} or {:?}", one.requests[request], other.requests[request]));
    }
    for (name, same) in [
        ("requests", one.requests.len() == other.requests.len()),
        ("bands", one.bands == other.bands),
        ("crowds", one.crowds == other.crowds),
        ("bars", one.bars == other.bars),
    ] {
        if !same {
            return Err(format!("the {name} are others"));
        }
    }
    Ok(())
}

/// A run in slices of this many events, and what could be seen of it meanwhile.
fn in_slices(mut recorder: Recorder, events: u32) -> (Run, Vec<Run>) {
    let mut seen = Vec::new();
    while recorder.advance(events) {
        if recorder.known() > SimTime::ZERO {
            seen.push(recorder.so_far());
        }
    }
    (recorder.finish(), seen)
}

#[test]
fn a_run_that_is_looked_at_while_it_is_made_is_the_run_made_in_one_go() {
    let mut looks = 0;
    for n in 0..60 {
        let run = Run::new(generated(n), Limits::default());
        let slice = 200 + 61 * n;
        let (sliced, seen) = in_slices(Recorder::new(generated(n), Limits::default()), slice);
        assert_eq!(sliced.hash(), run.hash(), "case {n}");
        assert_eq!(same_at_a_glance(&sliced, &run), Ok(()), "case {n}");
        assert!(sliced.is_whole() && sliced.end() == run.end(), "case {n}");
        looks += seen.len();
        for part in seen {
            assert!(!part.is_whole() && part.end() < run.end(), "case {n}");
            let (log, whole) = (part.log(), run.log());
            let until = log.count_until(part.end());
            assert_eq!(until, whole.count_until(part.end()), "case {n}: all of it is known");
            let same = log.events_from(0).eq(whole.events_from(0).take(log.len() as usize));
            assert!(same, "case {n}: what is known does not change");
            let (mut early, mut late) = (Seeker::new(), Seeker::new());
            let then = format!("{:?}", early.seek(&part, part.end()));
            assert_eq!(then, format!("{:?}", late.seek(&run, part.end())), "case {n}");
        }
    }
    assert!(looks > 100, "only {looks} looks");
}

#[test]
fn a_changed_copy_is_at_a_glance_what_it_would_be_anew() {
    let mut different = 0;
    for n in 0..120 {
        let run = Run::new(generated(n), Limits::default());
        let (_, seen) = in_slices(Recorder::new(generated(n), Limits::default()), 2_000);
        let mut changed = generated(n);
        let at = SimTime::from_nanos(run.end().nanos() / 4 * u64::from(1 + n % 3));
        let knob = Knob::Edge(0, EdgeKnob::LoseResponses);
        changed.insert(Intervention { at, change: Change::Set { knob, value: 0.4 } });
        let anew = Run::new(changed.clone(), Limits::default());
        for from in seen.iter().chain([&run]) {
            let fork = from.with(changed.clone(), Limits::default());
            assert_eq!(fork.hash(), anew.hash(), "case {n}");
            assert_eq!(same_at_a_glance(&fork, &anew), Ok(()), "case {n}");
            // And what would be anew without the change is had back as well.
            let back = fork.with(generated(n), Limits::default());
            assert_eq!(same_at_a_glance(&back, &run), Ok(()), "case {n}");
        }
        different += u32::from(same_at_a_glance(&anew, &run).is_err());
    }
    assert!(different > 60, "only {different} changes changed anything");
}
