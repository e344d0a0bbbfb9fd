//! What a chain without a further cause rests on: a limit, or chance.

use super::sentence::{Place, percent, short};
use super::walk::{Step, own};
use super::{Link, Root, Tone};
use half_open::log::{Event, Kind, RequestId};
use half_open::random::Distribution;
use half_open::run::Run;
use half_open::scenario::{Arrivals, Clients};

/// The last link of a chain that ends with this step, unless the step is its own.
pub(super) fn of(run: &Run, step: &Step) -> Option<Link> {
    let event = step.event;
    let (text, root) = match event.kind {
        Kind::Intervention => return None,
        Kind::Sent => way(run, event)?,
        Kind::Responded if event.status().is_success() => way(run, event)?,
        Kind::Responded => {
            let place = Place::of(run, event);
            let service = place.scenario.service(place.edge.as_ref()?.to)?;
            share(service.error_rate, &format!("of the work of {} is answered 500", place.callee()))
        }
        Kind::RequestLost => lost(run, event, Kind::Sent)?,
        Kind::ResponseLost => lost(run, event, Kind::Responded)?,
        Kind::Arrived => arrival(run, event)?,
        Kind::Verdict => {
            let place = Place::of(run, event);
            (format!("{} takes no request without a key", place.callee()), Root::Limit)
        }
        _ => {
            let place = Place::of(run, event);
            let time = place.scenario.service(place.edge.as_ref()?.to)?.time;
            drawn(time, &format!("{} takes", place.callee()))
        }
    };
    Some(Link::new(None, event.at, text, Tone::Root(root)))
}

/// How long a message is on its way.
fn way(run: &Run, event: Event) -> Option<(String, Root)> {
    let place = Place::of(run, event);
    let edge = place.edge.as_ref()?;
    let name = place.scenario.edge_name(run.log().span(event.subject).edge);
    Some(drawn(edge.network.latency, &format!("the way {name} takes")))
}

/// What a message that was lost by itself had to fear when it left.
fn lost(run: &Run, event: Event, left: Kind) -> Option<(String, Root)> {
    let place = Place::of(run, own(run, event, left)?);
    let network = &place.edge.as_ref()?.network;
    Some(match left {
        Kind::Sent => share(network.lose_requests, "of requests are lost here"),
        _ => share(network.lose_responses, "of responses are lost here"),
    })
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

fn arrival(run: &Run, event: Event) -> Option<(String, Root)> {
    let clients = population(run, event)?;
    Some(match clients.arrivals {
        Arrivals::Poisson => ("by chance: requests arrive at random".to_owned(), Root::Chance),
        Arrivals::Constant => ("requests arrive at equal intervals".to_owned(), Root::Limit),
    })
}

/// Who began a request, as they were set then.
fn population(run: &Run, arrived: Event) -> Option<Clients> {
    let log = run.log();
    let request: RequestId = arrived.subject;
    let mut same = log.events_from(arrived.id + 1).take_while(|event| event.at == arrived.at);
    let mine = |event: &Event| event.span().is_some_and(|span| log.request_of(span) == request);
    let first = same.find(mine)?;
    let place = Place::of(run, first);
    place.scenario.clients(place.edge.as_ref()?.from).cloned()
}
