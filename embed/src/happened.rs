//! What happened since the page was told last.

use half_open::log::{Event, EventId, Kind, unpack_transition};
use half_open::run::Run;
use half_open::scenario::Target;

use crate::deed::line;
use crate::json::{Object, list};

/// The most outcomes that are told at once; of what is rarer there is no most.
const MOST_OUTCOMES: usize = 64;

/// Transitions of breakers, beginnings and ends of faults, and what became of requests, from an event on up to
/// another, as a JSON list.
pub(crate) fn between(run: &Run, first: EventId, last: EventId) -> String {
    let mut outcomes = 0;
    let events = run.log().events_from(first).take_while(|event| event.id < last);
    list(events.filter_map(|event| {
        let told = told(run, event)?;
        outcomes += usize::from(event.kind != Kind::Breaker && event.span().is_some());
        (event.span().is_none() || outcomes <= MOST_OUTCOMES).then_some(told)
    }))
}

fn told(run: &Run, event: Event) -> Option<String> {
    let scenario = &run.experiment().scenario;
    let what = |what: &str| Object::new().text("what", what).number("t", event.at.seconds());
    match event.kind {
        Kind::Breaker => {
            let (state, reason, ..) = unpack_transition(event.payload);
            let (edge, client) = event.breaker();
            let told = what("breaker")
                .text("line", &line(scenario, edge))
                .text("state", state.name())
                .text("because", reason.because());
            Some(match client {
                Some(client) => told.number("client", client.into()).done(),
                None => told.done(),
            })
        }
        Kind::Intervention | Kind::FaultEnded => {
            let done = run.experiment().interventions.get(event.subject as usize)?;
            let fault = done.change.fault()?;
            let place = match fault.target {
                Target::Node(node) => scenario.node_name(node).to_owned(),
                Target::Edge(edge) => line(scenario, edge),
            };
            let over = event.kind == Kind::FaultEnded;
            let told = what("fault").text("target", &place).text("kind", fault.kind.name());
            Some(told.flag("over", over).done())
        }
        _ => {
            let span = run.log().span(event.span()?);
            if !(event.is_last() && span.by_client) {
                return None;
            }
            let row = run.index().requests.get(span.parent as usize)?;
            let outcome = match (row.succeeded, row.degraded) {
                (true, true) => "degraded",
                (true, false) => "ok",
                (false, _) => "failed",
            };
            let took = event.at.since(run.log().at(row.first));
            let told = what("outcome").number("request", span.parent.into());
            Some(told.text("outcome", outcome).number("took", took.seconds()).done())
        }
    }
}

#[cfg(test)]
mod tests {
    use half_open::run::Limits;
    use half_open::scenario::library;
    use half_open::time::SimTime;
    use serde_json::Value;

    use super::*;

    fn events(from: u64, to: u64) -> Vec<Value> {
        let run = Run::new(library::payments(), Limits::default());
        let until = |ms| run.log().count_until(SimTime::from_millis(ms));
        let told = between(&run, until(from), until(to));
        serde_json::from_str(&told).expect("JSON")
    }

    #[test]
    fn transitions_faults_and_outcomes_are_told_once_and_in_order() {
        let all = events(3_900, 5_000);
        let of = |what: &str| all.iter().filter(|event| event["what"] == what).collect::<Vec<_>>();
        let faults = of("fault");
        assert_eq!((&faults[0]["target"], &faults[0]["kind"]), (&"bank".into(), &"slow".into()));
        assert_eq!((&faults[0]["t"], &faults[0]["over"]), (&4.into(), &false.into()));
        let breakers = of("breaker");
        assert_eq!(
            (&breakers[0]["line"], &breakers[0]["state"]),
            (&"api-bank".into(), &"open".into())
        );
        assert!(of("outcome").len() > 20);
        let times: Vec<f64> = all.iter().filter_map(|event| event["t"].as_f64()).collect();
        assert!(times.is_sorted() && times[0] > 3.9 && times[times.len() - 1] <= 5.0);
        let halves = events(3_900, 4_300).len() + events(4_300, 5_000).len();
        assert_eq!(halves, all.len());
    }

    #[test]
    fn of_very_many_outcomes_some_are_left_out_and_of_nothing_else() {
        let all = events(0, 60_000);
        let outcomes = all.iter().filter(|event| event["what"] == "outcome").count();
        assert_eq!(outcomes, MOST_OUTCOMES);
        assert!(all.iter().filter(|event| event["what"] == "breaker").count() > 2);
        assert_eq!(
            all.iter().filter(|event| event["what"] == "fault" && event["over"] == true).count(),
            1
        );
    }
}
