use super::*;
use half_open::log::Event;
use half_open::run::Limits;
use half_open::scenario::Knob;
use half_open::scenario::knob::ServiceKnob;
use half_open::scenario::{Change, Experiment, HandRequest, Intervention, library};

fn played(change: impl FnOnce(&mut Experiment)) -> Run {
    let mut experiment = library::payments();
    experiment.scenario.horizon = SimDuration::from_secs(16);
    change(&mut experiment);
    Run::new(experiment, Limits::default())
}

/// Payments with one request whose first response is lost.
fn lost() -> (Run, RequestId) {
    let run = played(|experiment| {
        experiment.interventions.clear();
        let hand = HandRequest { lose_response: true, ..HandRequest::default() };
        let at = SimTime::from_millis(1_000);
        experiment.insert(Intervention { at, change: Change::Send(hand) });
    });
    let (id, _) = run.index().rows().find(|(_, row)| row.by_hand).expect("it was sent");
    (run, id)
}

fn all(run: &Run) -> impl Iterator<Item = Waterfall> {
    run.index().rows().filter_map(|(id, _)| Waterfall::of(run, id))
}

fn spent(row: &Row) -> Vec<Spent> {
    row.stretches.iter().map(|stretch| stretch.spent).collect()
}

#[test]
fn a_lost_response_is_tried_again_and_replayed() {
    let (run, id) = lost();
    let waterfall = Waterfall::of(&run, id).expect("it is there");
    let rows: Vec<&Row> = waterfall.rows().collect();
    let names = rows.iter().map(|row| row.name(&run.experiment().scenario));
    let names: Vec<_> = names.collect();
    let calls = ["clients → api", "api → bank", "api → ledger", "clients → api"];
    assert_eq!(names, [&["the whole request"], &calls[..]].concat());
    let depths: Vec<_> = rows.iter().map(|row| row.depth).collect();
    assert_eq!(depths, [0, 1, 2, 2, 1]);
    let [operation, first, bank, ledger, second] = &rows[..] else { panic!("five") };
    let end = run.end();
    assert_eq!(first.outcome(end), Outcome::Failed("timed out after 2.0 s".into()));
    let notes = first.notes(end);
    assert!(notes[0] == "response lost" && notes[1].starts_with("waits "), "{notes:?}");
    assert_eq!(spent(first), [Spent::Way, Spent::Work, Spent::Wait, Spent::Back(true)]);
    assert_eq!(spent(second), [Spent::Backoff, Spent::Way, Spent::Back(true)]);
    assert_eq!(spent(bank), [Spent::Way, Spent::Work, Spent::Back(true)]);
    assert_eq!(ledger.notes(end), ["charged"]);
    assert_eq!(second.outcome(end), Outcome::Ok("201".into()));
    assert_eq!((second.notes(end), second.replayed(end)), (vec!["↺ replayed".into()], true));
    assert!(matches!(operation.outcome(end), Outcome::Ok(text) if text.starts_with("succeeded")));
    let early = bank.from();
    assert_eq!(first.outcome(early), Outcome::InFlight);
    assert_eq!(second.outcome(early), Outcome::Later);
    let failed = first.end().expect("it timed out").at;
    assert_eq!(second.outcome(failed), Outcome::Waiting);
    assert!(first.notes(early).is_empty());
}

#[test]
fn the_time_of_every_attempt_is_accounted_for_without_gaps() {
    let run = played(|_| {});
    let mut met = [0; 6];
    for waterfall in all(&run) {
        assert!(waterfall.rows().all(|row| !row.events.is_empty()));
        for row in waterfall.rows() {
            for pair in row.stretches.windows(2) {
                assert!(pair[0].from < pair[0].to && pair[0].to <= pair[1].from, "{row:?}");
            }
            let lost = |event: &Event| matches!(event.kind, Kind::RequestLost | Kind::ResponseLost);
            let on_its_way: u64 = row
                .stretches
                .iter()
                .filter(|s| !s.in_vain && s.spent != Spent::Backoff)
                .map(|s| s.to.since(s.from).nanos())
                .sum();
            if let (Some(_), Some(end)) = (row.span, row.end())
                && !row.events.iter().any(lost)
            {
                assert_eq!(on_its_way, end.at.since(row.from()).nanos(), "{row:?}");
            }
            for stretch in &row.stretches {
                assert!((0.0..=100.0).contains(&waterfall.place(stretch.from)));
                assert!((0.0..=100.0).contains(&waterfall.place(stretch.to)));
                met[match stretch.spent {
                    Spent::Way => 0,
                    Spent::Queue => 1,
                    Spent::Work => 2,
                    Spent::Wait => 3,
                    Spent::Back(_) => 4,
                    Spent::Backoff => 5,
                }] += 1;
            }
        }
    }
    assert!(met.iter().all(|met| *met > 10), "{met:?}");
}

#[test]
fn what_is_done_for_a_caller_that_gave_up_is_in_vain() {
    let run = played(|_| {});
    let vain = |row: &Row| row.stretches.iter().any(|stretch| stretch.in_vain);
    let rows: Vec<Row> =
        all(&run).flat_map(|waterfall| waterfall.rows().cloned().collect::<Vec<_>>()).collect();
    assert!(rows.iter().any(vain));
    for row in rows.iter().filter(|row| row.span.is_some()) {
        let Some(gave_up) = row.end().filter(|end| end.kind == Kind::TimedOut) else {
            assert!(!vain(row));
            continue;
        };
        for stretch in &row.stretches {
            assert_eq!(stretch.in_vain, stretch.from >= gave_up.at, "{row:?}");
        }
    }
}

#[test]
fn the_remaining_time_shrinks_to_nothing_when_the_caller_gives_up() {
    let run = played(|_| {});
    let mut cut_off = 0;
    for row in all(&run).flat_map(|waterfall| waterfall.rows().cloned().collect::<Vec<_>>()) {
        let Some(end) = row.end().filter(|end| end.kind == Kind::TimedOut) else { continue };
        if row.span.is_none() {
            continue;
        }
        assert_eq!(row.patience, Some(end.at));
        let before = SimTime::from_nanos(end.at.nanos() - 1_000_000);
        assert_eq!(row.left(before), Some(SimDuration::from_millis(1)));
        assert_eq!((row.left(end.at), row.left(SimTime::ZERO)), (None, None));
        cut_off += 1;
    }
    assert!(cut_off > 5, "{cut_off}");
}

#[test]
fn amplification_is_calls_for_each_attempt_before_them() {
    let (run, id) = lost();
    let waterfall = Waterfall::of(&run, id).expect("it is there");
    let rows: Vec<&Row> = waterfall.rows().collect();
    let scenario = &run.experiment().scenario;
    let words = |at| -> Vec<String> {
        waterfall.hops(scenario, at).iter().map(|hop| hop.words(scenario)).collect()
    };
    let all = [
        "1 request → 2 calls at api, ×2",
        "2 attempts → 1 call at bank, ×0.5",
        "2 attempts → 1 call at ledger, ×0.5",
    ];
    assert_eq!(words(run.end()), all);
    assert_eq!(words(rows[1].from()), ["1 request → 1 call at api, ×1"]);
    let run = played(|_| {});
    let refused = all_hops(&run).find(|words| words.contains("rejected")).expect("a refusal");
    assert!(refused.contains(" at bank, ×"), "{refused}");
}

fn all_hops(run: &Run) -> impl Iterator<Item = String> {
    let scenario = run.experiment().scenario.clone();
    let end = run.end();
    all(run).flat_map(move |waterfall| {
        let hops = waterfall.hops(&scenario, end);
        hops.iter().map(|hop| hop.words(&scenario)).collect::<Vec<_>>()
    })
}

#[test]
fn without_propagation_the_calls_of_a_service_are_orphans_at_the_end() {
    let whole = played(|_| {});
    let broken = played(|experiment| {
        let knob = Knob::Service(1, ServiceKnob::Propagate);
        knob.set(&mut experiment.scenario, 0.0).expect("api has it");
    });
    assert!(all(&whole).all(|waterfall| waterfall.broken_at.is_empty()));
    let mut orphans = 0;
    for (waterfall, before) in all(&broken).zip(all(&whole)) {
        let rows: Vec<&Row> = waterfall.rows().collect();
        assert_eq!(rows.len(), before.rows().count());
        let first = rows.iter().position(|row| row.orphan.is_some());
        let Some(first) = first else { continue };
        assert_eq!(waterfall.broken_at, [1]);
        let (known, unknown) = rows.split_at(first);
        let refused = |row: &&Row| row.events[0].kind == Kind::Rejected;
        assert!(known.iter().all(|row| row.by_client || refused(row)));
        assert!(known.iter().any(|row| row.cut));
        assert!(unknown.iter().all(|row| row.orphan.is_some() && row.depth == 0));
        let names = unknown.iter().map(|row| row.name(&broken.experiment().scenario));
        assert!(names.clone().all(|name| name == "bank" || name == "ledger"));
        let mut ids: Vec<_> = unknown.iter().map(|row| row.orphan.clone()).collect();
        ids.sort();
        ids.dedup();
        orphans += ids.len();
    }
    assert!(orphans > 100, "{orphans}");
}
