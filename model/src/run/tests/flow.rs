//! What is counted in stretches is what a scene has at each moment, and what the log holds.

use super::super::flow::{Counts, Gauge, Outcome};
use super::*;
use crate::log::Verdict;
use crate::scenario::NodeId;

/// How much there is of everything at one moment, in the order in which a scene has it.
fn levels(scene: &Scene) -> Vec<(Gauge, u32)> {
    let mut levels = vec![(Gauge::Requests, scene.totals.requests - scene.totals.finished())];
    for edge in 0..scene.lines.len() as EdgeId {
        let waits = |flight: &&Flight| {
            flight.edge == edge && flight.given_up.is_none() && flight.phase != Phase::Held
        };
        let count = scene.flights.iter().map(|(_, flight)| flight).filter(waits).count();
        levels.push((Gauge::Line(edge), count as u32));
    }
    for (node, station) in scene.stations.iter().enumerate() {
        levels.push((Gauge::Queue(node as NodeId), station.queue.len() as u32));
    }
    levels
}

#[test]
fn levels_are_those_of_a_scene_at_every_moment() {
    let (mut queued, mut called) = (0, 0);
    for n in 0..60 {
        let run = Run::new(generated(n), Limits::default());
        let (log, experiment) = (run.log(), run.experiment());
        let mut scene = Scene::new(experiment);
        let flow = run.flow();
        // Columns so narrow that each is walked to, event by event, from a bucket far from the start.
        let bucket = run.index().bucket.nanos();
        let step = flow.step((bucket / 3).max(1));
        let middle = run.end().nanos() / step / 2;
        let columns = flow.columns(&run, step, middle, middle + 400);
        let mut most = Vec::new();
        let mut next = 0;
        for column in 0..columns.counts.len() {
            let end = columns.begin(column + 1);
            while next < log.len() && log.at(next) < columns.begin(column) {
                scene.apply(experiment, log, log.event(next));
                next += 1;
            }
            let mut here = levels(&scene);
            while next < log.len() && log.at(next) < end {
                scene.apply(experiment, log, log.event(next));
                next += 1;
                for (level, now) in here.iter_mut().zip(levels(&scene)) {
                    level.1 = level.1.max(now.1);
                }
            }
            most.push(here);
        }
        for (column, expected) in most.iter().enumerate() {
            for (gauge, expected) in expected {
                assert_eq!(
                    columns.most(*gauge).get(column),
                    Some(expected),
                    "{gauge:?} in column {column} of {n}"
                );
                queued += u32::from(matches!(gauge, Gauge::Queue(_)) && *expected > 0);
                called += u32::from(matches!(gauge, Gauge::Line(_)) && *expected > 0);
            }
        }
    }
    assert!(queued > 100 && called > 1_000, "{queued} and {called}");
}

#[test]
fn wide_columns_hold_what_narrow_ones_hold_together() {
    for n in 0..40 {
        let run = Run::new(generated(n), Limits::default());
        let flow = run.flow();
        let bucket = run.index().bucket.nanos();
        let wide = flow.columns(&run, 6 * bucket, 3, 90);
        let narrow = flow.columns(&run, bucket, 18, 540);
        let finest = flow.columns(&run, bucket / 2 + bucket % 2, 0, 1);
        assert!(finest.counts.len() <= 1);
        for (column, counts) in wide.counts.iter().enumerate() {
            let part = 6 * column..(6 * column + 6).min(narrow.counts.len());
            let begun: u32 = narrow.counts[part.clone()].iter().map(|counts| counts.begun).sum();
            assert_eq!(counts.begun, begun);
            let most = narrow.most(Gauge::Requests)[part].iter().max();
            assert_eq!(wide.most(Gauge::Requests).get(column), most);
        }
    }
}

/// Counts slowly, request by request and event by event.
fn counted(run: &Run, from: SimTime, to: SimTime) -> Counts {
    let (log, mut counts) = (run.log(), Counts::default());
    for event in log.events_from(0).filter(|event| (from..=to).contains(&event.at)) {
        match event.kind {
            Kind::Arrived => counts.begun += 1,
            Kind::Sent => {
                counts.sent += 1;
                counts.again += u32::from(log.span(event.subject).attempt > 1);
            }
            Kind::Rejected => counts.refused += 1,
            Kind::Charged => counts.charges += 1,
            _ => {}
        }
    }
    for (request, row) in run.index().rows() {
        let Some(over) = row.over.filter(|over| (from..=to).contains(over)) else { continue };
        let of_it = |event: &Event| {
            event.span().is_some_and(|span| log.request_of(span) == request) && event.at <= over
        };
        let events = (row.first..=row.last).map(|id| log.event(id)).filter(of_it);
        let is_end = |event: &Event| event.is_last() && log.span(event.subject).by_client;
        let before: Vec<Event> = events.clone().take_while(|event| !is_end(event)).collect();
        let end = events.clone().find(is_end).expect("it has one");
        let replayed = before
            .iter()
            .any(|event| event.kind == Kind::Verdict && event.verdict() == Verdict::Replayed);
        let for_last = |event: &Event| {
            let mut span = event.subject;
            while !log.span(span).by_client {
                span = log.span(span).parent;
            }
            span == end.subject
        };
        let mut all = before.iter().chain([&end]);
        let rejected = all.any(|event| event.kind == Kind::Rejected && for_last(event));
        let outcome = match row.succeeded {
            true if row.degraded => Outcome::Degraded,
            true if replayed => Outcome::Replayed,
            true => Outcome::Ok,
            false if rejected => Outcome::Rejected,
            false => Outcome::Failed,
        };
        counts.ended[outcome as usize] += 1;
    }
    counts
}

#[test]
fn any_stretch_of_time_has_the_numbers_that_a_slow_count_has() {
    let mut all = [0; 5];
    // Replays are rare, but there is one where a response gets lost.
    for (n, experiment) in (0..80).map(generated).chain([library::payments()]).enumerate() {
        let run = Run::new(experiment, Limits::default());
        let end = run.end().nanos();
        for (from, to) in [(0, end), (end / 3, end / 2), (end / 7, end / 7 + 999), (end, end)] {
            let (from, to) = (SimTime::from_nanos(from), SimTime::from_nanos(to));
            let counts = run.flow().counts(&run, from, to);
            assert_eq!(counts, counted(&run, from, to), "{from} to {to} of {n}");
            assert_eq!(run.flow().sent(&run, from, to).iter().sum::<u32>(), counts.sent);
            let ended = run.flow().ended(&run, from, to);
            assert_eq!(ended.len() as u32, counts.finished());
            all.iter_mut().zip(counts.ended).for_each(|(all, count)| *all += count);
        }
    }
    assert!(all.iter().all(|count| *count > 0), "{all:?}");
}

#[test]
fn nobody_wants_anything_while_it_is_idle() {
    let mut seen = 0;
    for n in 0..60 {
        let run = Run::new(generated(n), Limits::default());
        for (from, to) in run.flow().idle(&run) {
            seen += 1;
            assert!(from < to && to <= run.end());
            let inside = run.log().events_from(0).filter(|event| event.at > from && event.at < to);
            assert_eq!(inside.count(), 0);
            let mut open = run.index().requests.iter().filter(|row| {
                run.log().at(row.first) <= from && row.over.is_none_or(|over| over > from)
            });
            assert!(open.next().is_none());
        }
    }
    assert!(seen > 10);
}

#[test]
fn a_run_that_has_come_further_counts_on() {
    let mut recorder = Recorder::new(library::payments(), Limits::default());
    assert!(recorder.advance(5_000));
    let part = recorder.so_far();
    let known = part.flow().taken();
    assert!(known > 0);
    assert!(recorder.advance(7_000));
    let more = recorder.so_far();
    more.flow_on_from(&part);
    let anew = Run::clone(&recorder.so_far());
    let end = more.end();
    assert_eq!(
        more.flow().columns(&more, 1_000_000_000, 0, 60),
        anew.flow().columns(&anew, 1_000_000_000, 0, 60)
    );
    let all = |run: &Run| run.flow().counts(run, SimTime::ZERO, end);
    assert_eq!(all(&more), all(&anew));
    // Of another experiment nothing is taken over.
    let other = Run::new(library::payments(), Limits::default());
    other.flow_on_from(&part);
    assert_eq!(other.flow().taken(), other.log().len());
}
