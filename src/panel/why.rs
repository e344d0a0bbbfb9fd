//! Why things are as they are: the chain of causes behind what is selected.

use half_open::log::RequestId;
use half_open::run::Scene;
use half_open::scenario::{EdgeId, NodeId};
use half_open_view::explain::{
    Link, Tone, Why, why_breaker, why_event, why_line, why_node, why_request,
};
use yew::prelude::*;

use super::textual;
use crate::controls::section;
use crate::markup::html;
use crate::store::{Selection, Store};

/// The chain behind the selected event, or behind what became of the request.
pub(super) fn of_request(store: &Store, id: RequestId) -> Html {
    let run = &store.state.run;
    chain(store, of_event(store).unwrap_or_else(|| why_request(run, id, store.state.t)), false)
}

/// The chain behind the selected event, or behind the state of the line's breaker.
pub(super) fn of_breaker(store: &Store, scene: &Scene, id: EdgeId) -> Html {
    let breaker = || why_breaker(&store.state.run, scene, id);
    of_event(store).or_else(breaker).map(|why| chain(store, why, true)).unwrap_or_default()
}

/// The chain behind the last failure over a line.
pub(super) fn of_line(store: &Store, scene: &Scene, id: EdgeId) -> Html {
    chain(store, why_line(&store.state.run, scene, id), true)
}

/// The chain behind what a node waits for, or behind what failed there last.
pub(super) fn of_node(store: &Store, scene: &Scene, id: NodeId) -> Html {
    chain(store, why_node(&store.state.run, scene, id), true)
}

fn of_event(store: &Store) -> Option<Why> {
    let Selection::Event(id) = store.state.selection else { return None };
    let run = &store.state.run;
    // What has not happened yet is not asked about.
    let happened = id < run.log().count_until(store.state.t);
    happened.then(|| why_event(run, id))
}

fn chain(store: &Store, Why { question, links }: Why, roomy: bool) -> Html {
    let class = if roomy { "why roomy" } else { "why" };
    let rows = links.iter().map(|link| row(store, link));
    section(question, html! { <ol {class}>{ for rows }</ol> })
}

fn row(store: &Store, link: &Link) -> Html {
    let tone = match link.tone {
        Tone::Failure => "failure",
        Tone::Waiting => "waiting",
        Tone::Probe => "probe",
        Tone::Ok => "success",
        Tone::Request => "request",
        Tone::Replay => "replay",
        Tone::Root => "root",
    };
    let text = link.text.clone();
    let sentence = match link.event {
        Some(event) => textual("textual ink", text, store.show(Selection::Event(event), link.at)),
        None => html! { <span>{ text }</span> },
    };
    html! { <li class={tone}>{ sentence }</li> }
}
