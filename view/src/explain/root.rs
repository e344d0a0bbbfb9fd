//! What a chain without a further cause rests on: a limit, or chance.

use super::sentence::{Place, percent, short};
use super::walk::{Step, own};
use super::{Link, Root, Tone};
use half_open::log::{Event, Kind};
use half_open::random::Distribution;
use half_open::run::Run;
use half_open::scenario::Arrivals;

/// The last link of a chain that ends with this step, unless the step is its own.
pub(super) fn of(run: &Run, step: &Step) -> Option<Link> {
    // A loss is decided when a message leaves.
    let event = match step.event.kind {
        Kind::Intervention => return None,
        Kind::RequestLost => own(run, &step.event, Kind::Sent)?,
        Kind::ResponseLost => own(run, &step.event, Kind::Responded)?,
        Kind::Arrived => begun(run, step.event).unwrap_or(step.event),
        _ => step.event,
    };
    let place = Place::of(run, &event);
    let (text, root) = said(&place, step.event.kind, event)?;
    Some(Link::new(None, step.event.at, text, Tone::Root(root)))
}

fn said(place: &Place, kind: Kind, event: Event) -> Option<(String, Root)> {
    if kind == Kind::Arrived && event.kind == kind {
        // The run was stopped before it went on.
        return Some(("a request of the workload".to_owned(), Root::Limit));
    }
    let edge = place.edge.as_ref()?;
    let service = place.scenario.service(edge.to)?;
    let callee = place.callee();
    Some(match kind {
        Kind::RequestLost => share(edge.network.lose_requests, "of requests are lost here"),
        Kind::ResponseLost => share(edge.network.lose_responses, "of responses are lost here"),
        Kind::Responded if !event.status().is_success() => {
            share(service.error_rate, &format!("of the work of {callee} is answered 500"))
        }
        Kind::Sent | Kind::Responded => {
            let name = place.scenario.edge_name(place.run.log().span(event.subject).edge);
            drawn(edge.network.latency, &format!("the way {name} takes"))
        }
        Kind::Arrived => match place.scenario.clients(edge.from)?.arrivals {
            Arrivals::Poisson => ("by chance: requests arrive at random".to_owned(), Root::Chance),
            Arrivals::Constant => ("requests arrive at equal intervals".to_owned(), Root::Limit),
            Arrivals::Recorded => ("requests arrive as they were recorded".to_owned(), Root::Limit),
            Arrivals::Closed => {
                ("by chance: a client thinks before its next request".to_owned(), Root::Chance)
            }
        },
        Kind::Verdict => (format!("{callee} takes no request without a key"), Root::Limit),
        _ => drawn(service.time, &format!("{callee} takes")),
    })
}

/// The first thing that happened to a request after it began.
fn begun(run: &Run, arrived: Event) -> Option<Event> {
    let log = run.log();
    let mut same = log.events_from(arrived.id + 1).take_while(|event| event.at == arrived.at);
    same.find(|event| event.span().is_some_and(|span| log.request_of(span) == arrived.subject))
}

fn share(share: f64, what: &str) -> (String, Root) {
    if share >= 1.0 {
        return (format!("100 % {what}"), Root::Limit);
    }
    (format!("by chance: {} {what}", percent(share)), Root::Chance)
}

/// What a time is drawn from.
fn drawn(from: Distribution, what: &str) -> (String, Root) {
    let scale = short(from.scale());
    match from {
        Distribution::Constant(_) => (format!("{what} {scale}, always"), Root::Limit),
        Distribution::Uniform { min, .. } => {
            (format!("by chance: {what} {} to {scale}", short(min)), Root::Chance)
        }
        _ => (format!("by chance: {what} {scale} usually, sometimes more"), Root::Chance),
    }
}
