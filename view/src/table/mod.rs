//! The log as a table around a moment: the events before it, the one it stands at, and those to come.
//!
//! The table has no place of its own to be scrolled to: it stands where the playhead stands, and
//! moving in it moves the playhead. So it is as long as the log, and never holds more than is seen.

mod filter;
mod line;

pub use filter::{Filter, request, trace};
pub use line::{Level, Line, line};

use half_open::log::{Event, EventId};
use half_open::run::Run;
use half_open::time::SimTime;

/// How many events are looked at, either way, for those that are asked for.
pub const LOOKED_AT: usize = 200_000;

/// What is listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Listing {
    /// Every event.
    #[default]
    Events,
    /// The lines that services wrote.
    Lines,
}

/// The rows around a moment.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Rows {
    /// What happened before, the oldest first.
    pub before: Vec<Event>,
    /// What the moment stands at: the selected event, or else the last one so far.
    pub here: Option<Event>,
    /// What is still to come, the next first.
    pub after: Vec<Event>,
}

/// What is asked of the log.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Question {
    /// What is listed.
    pub listing: Listing,
    /// Which of it.
    pub filter: Filter,
}

impl Question {
    fn holds(&self, run: &Run, event: &Event) -> bool {
        match self.listing {
            Listing::Events => self.filter.holds(run, event, trace),
            Listing::Lines => {
                line::is_written(event.kind) && self.filter.holds(run, event, line::trace)
            }
        }
    }

    /// The rows around `at`, no more than `most` either way. `chosen` is the event that somebody
    /// stands at, where several happened at one instant.
    #[must_use]
    pub fn around(&self, run: &Run, at: SimTime, chosen: Option<EventId>, most: usize) -> Rows {
        let log = run.log();
        let happened = log.count_until(at);
        let chosen = chosen.filter(|id| *id < happened && log.at(*id) == at);
        let next = chosen.map_or(happened, |id| id + 1);
        let mut before: Vec<Event> = self.back(run, next).take(most + 1).collect();
        before.reverse();
        let here = before.pop();
        Rows { before, here, after: self.forth(run, next).take(most).collect() }
    }

    /// The event `by` rows further on, or back; the last one there is, if there are not so many.
    #[must_use]
    pub fn step(&self, run: &Run, at: SimTime, chosen: Option<EventId>, by: i32) -> Option<Event> {
        let most = by.unsigned_abs() as usize;
        let mut rows = self.around(run, at, chosen, most);
        match by {
            ..0 if rows.before.is_empty() => rows.here,
            ..0 => Some(rows.before.swap_remove(0)),
            0 => rows.here,
            1.. => rows.after.pop().or(rows.here),
        }
    }

    fn back<'a>(&'a self, run: &'a Run, before: EventId) -> impl Iterator<Item = Event> + 'a {
        let events = (0..before).rev().take(LOOKED_AT).map(|id| run.log().event(id));
        events.filter(|event| self.holds(run, event))
    }

    fn forth<'a>(&'a self, run: &'a Run, from: EventId) -> impl Iterator<Item = Event> + 'a {
        let events = run.log().events_from(from).take(LOOKED_AT);
        events.filter(|event| self.holds(run, event))
    }
}

#[cfg(test)]
mod tests {
    use half_open::log::Kind;
    use half_open::run::{Limits, ids};
    use half_open::scenario::{Role, library};

    use super::*;

    fn payments() -> Run {
        Run::new(library::payments(), Limits::default())
    }

    fn asked(run: &Run, words: &str) -> Question {
        let filter = Filter::read(words, &run.experiment().scenario).expect(words);
        Question { filter, listing: Listing::Events }
    }

    fn all(run: &Run, words: &str) -> Vec<Event> {
        let question = asked(run, words);
        run.log().events_from(0).filter(|event| question.holds(run, event)).collect()
    }

    #[test]
    fn rows_lie_around_the_moment_in_the_order_of_the_log() {
        let run = payments();
        let at = SimTime::from_millis(5_000);
        let rows = Question::default().around(&run, at, None, 10);
        assert_eq!((rows.before.len(), rows.after.len()), (10, 10));
        let here = rows.here.expect("something has happened");
        let ids = rows.before.iter().chain([&here]).chain(&rows.after).map(|event| event.id);
        assert!(ids.eq(here.id - 10..=here.id + 10));
        assert!(here.at <= at && rows.after[0].at > at);
    }

    #[test]
    fn of_several_events_at_one_instant_the_chosen_one_is_where_one_stands() {
        let run = payments();
        let log = run.log();
        let twins = (1..log.len()).find(|id| log.at(*id) == log.at(id - 1)).expect("they exist");
        let (first, at) = (twins - 1, log.at(twins));
        let rows = Question::default().around(&run, at, Some(first), 3);
        assert_eq!(rows.here.map(|event| event.id), Some(first));
        assert_eq!(rows.after[0].id, twins);
        // What was chosen at another moment does not count.
        let later = Question::default().around(&run, SimTime::from_millis(30_000), Some(first), 3);
        assert!(later.here.is_some_and(|event| event.id > twins));
    }

    #[test]
    fn stepping_goes_through_all_that_is_asked_for_and_stays_at_the_ends() {
        let run = payments();
        let question = asked(&run, "breaker");
        let wanted: Vec<_> = all(&run, "breaker").iter().map(|event| event.id).collect();
        let (mut at, mut chosen, mut seen) = (SimTime::ZERO, None, Vec::new());
        for _ in 0..wanted.len() + 2 {
            let Some(event) = question.step(&run, at, chosen, 1) else { break };
            (at, chosen) = (event.at, Some(event.id));
            seen.push(event.id);
        }
        let last = *wanted.last().expect("transitions");
        assert_eq!(seen[..wanted.len()], wanted);
        assert_eq!(seen[wanted.len()..], [last, last]);
        let first = question.step(&run, at, chosen, -100).expect("a first one");
        assert_eq!(first.id, wanted[0]);
    }

    #[test]
    fn words_select_what_they_mean() {
        let run = payments();
        let log = run.log();
        let opened = all(&run, "opened");
        assert_eq!(opened.len(), 3);
        let slow = all(&run, "timed-out bank");
        assert!(!slow.is_empty());
        assert!(slow.iter().all(|e| e.kind == Kind::TimedOut && log.span(e.subject).edge == 1));
        let unavailable = all(&run, "503");
        assert!(
            unavailable
                .iter()
                .all(|e| matches!(e.kind, Kind::Answered | Kind::AnsweredLate | Kind::Responded))
        );
        let retries = all(&run, "sent retry");
        assert!(retries.iter().all(|e| log.span(e.subject).attempt > 1) && !retries.is_empty());
        assert_eq!(all(&run, "-sent").len() + all(&run, "sent").len(), log.len() as usize);
        assert_eq!(all(&run, "replayed").len(), 1);
    }

    #[test]
    fn an_id_finds_everything_that_happened_to_its_request() {
        let run = payments();
        let request = 17;
        let id = ids::trace_of_request(&run, request);
        let found = all(&run, &format!("{:012x}", id >> 80));
        let wanted: Vec<Event> = run
            .log()
            .events_from(0)
            .filter(|event| super::request(&run, event) == Some(request))
            .collect();
        assert_eq!(found, wanted);
        assert!(found.len() > 5);
    }

    /// Where api passes no `traceparent` on, the bank knows another ID; what api itself writes about
    /// its calls is found by the request's.
    #[test]
    fn an_id_finds_the_lines_that_have_it_where_a_trace_has_fallen_apart() {
        let mut experiment = library::payments();
        if let Role::Service(api) = &mut experiment.scenario.nodes[1].role {
            api.propagate = false;
        }
        let run = Run::new(experiment, Limits::default());
        let id = format!("{:032x}", ids::trace_of_request(&run, 17));
        let question = Question { listing: Listing::Lines, ..asked(&run, &id) };
        let (mut calls, mut works) = (0, 0);
        for event in run.log().events_from(0) {
            let Some(line) = line(&run, event) else { continue };
            let has_it = line.fields.iter().any(|(_, value)| *value == id);
            assert_eq!(question.holds(&run, &event), has_it, "{line:?}");
            calls += u32::from(has_it && line.node == 1 && line.message == "calling");
            works += u32::from(has_it && line.node > 1);
        }
        assert!(calls > 0 && works == 0, "{calls} calls of api, {works} lines below it");
    }

    #[test]
    fn charged_twice_is_the_second_charge() {
        use half_open::policy::idempotency::KeyStrategy;
        let mut experiment = library::payments();
        experiment.scenario.edges[0].policy.keys = KeyStrategy::PerAttempt;
        let run = Run::new(experiment, Limits::default());
        let mut charged = std::collections::BTreeSet::new();
        let again =
            all(&run, "charged").into_iter().filter(|charge| !charged.insert(charge.payload));
        let again: Vec<Event> = again.collect();
        assert!(!again.is_empty());
        assert_eq!(all(&run, "charged twice"), again);
    }

    #[test]
    fn services_write_what_they_see_and_nothing_of_what_is_lost() {
        let run = payments();
        let mut silent = 0;
        for event in run.log().events_from(0) {
            match (event.kind, line(&run, event)) {
                (
                    Kind::RequestLost
                    | Kind::ResponseLost
                    | Kind::WorkLost
                    | Kind::Cancelled
                    | Kind::Intervention
                    | Kind::FaultEnded,
                    line,
                ) => {
                    assert_eq!(line, None);
                    silent += 1;
                }
                (kind, line) => assert!(line.is_some(), "{kind:?}"),
            }
            assert_eq!(super::line::is_written(event.kind), line(&run, event).is_some());
        }
        assert!(silent > 0);
        let timed_out = all(&run, "timed-out bank")[0];
        let text = line(&run, timed_out).expect("api noticed").text(&run);
        assert!(
            text.starts_with("WARN api timed out call=bank attempt=1 timeout_ms=300 trace_id=")
        );
        let question = Question { listing: Listing::Lines, ..Question::default() };
        let rows = question.around(&run, SimTime::from_millis(13_000), None, 200);
        assert!(rows.before.iter().all(|event| line(&run, *event).is_some()));
    }
}
