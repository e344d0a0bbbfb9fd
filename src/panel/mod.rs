//! The side panel: whatever is selected, the knobs that matter to it, and why things are as they
//! are.

mod backoff;
mod breaker;
mod chaos;
mod clients;
mod contest;
mod done;
mod edge;
mod events;
mod fallback;
mod faults;
mod find;
mod json;
mod keys;
mod knobs;
mod pair;
mod request;
mod run;
mod send;
mod service;
mod stack;
mod waterfall;
mod why;

use half_open::decimal;
use half_open::log::{EventId, Kind, RequestId};
use half_open::scenario::{Change, Edge, EdgeId, Knob, NodeId, Target};
use half_open::time::SimTime;
use half_open_view::roll::Roll;
use yew::prelude::*;

pub(crate) use find::{Seen, follow_focus};
pub(crate) use knobs::offered;
pub(crate) use pair::Board;

use crate::markup::html;
use crate::store::{Selection, Store};
use crate::tour;

/// What the panel is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Subject {
    Edge(EdgeId),
    Node(NodeId),
    Client(u32),
    Request(RequestId),
    Events(Roll),
    Found,
}

/// The side panel.
pub(crate) fn view(store: &Store, board: &Board) -> Html {
    let subject = subject(store);
    let body = store.scene(|scene| match subject {
        Subject::Edge(id) => edge::view(store, scene, id),
        Subject::Node(id) if store.scenario.clients(id).is_some() => {
            clients::view(store, scene, id)
        }
        Subject::Node(id) => service::view(store, scene, id),
        Subject::Client(id) => clients::one(store, scene, id),
        Subject::Request(id) => request::view(store, scene, id),
        Subject::Events(roll) => events::page(store, scene, roll),
        Subject::Found => find::page(store),
    });
    // From one request to the next what is open stays open.
    let key = match subject {
        Subject::Request(_) => "Request".into(),
        _ => format!("{subject:?}"),
    };
    html! {
        <div class="panel" key={key}>
            { pair::view(store, board) }
            { tour::offers(store, body) }
            { events::disclosure(store, subject) }
            { done::view(store) }
            { run::view(store) }
        </div>
    }
}

/// What is selected, or the line worth looking at if nothing is.
fn subject(store: &Store) -> Subject {
    if store.state.find.open {
        return Subject::Found;
    }
    if let Some(roll) = store.state.list {
        return Subject::Events(roll);
    }
    let selected = match store.state.selection {
        Selection::Nothing => None,
        Selection::Edge(id) => Some(Subject::Edge(id)),
        Selection::Node(id) => Some(Subject::Node(id)),
        Selection::Client(id) => Some(Subject::Client(id)),
        Selection::Request(id) => Some(Subject::Request(id)),
        Selection::Event(id) => of_event(store, id),
        Selection::Intervention(index) => of_intervention(store, index),
    };
    selected.unwrap_or_else(|| first(store))
}

/// What an event happened to.
fn of_event(store: &Store, id: EventId) -> Option<Subject> {
    let log = store.state.run.log();
    let event = (id < log.len()).then(|| log.event(id))?;
    match (event.kind, event.span()) {
        (Kind::Intervention | Kind::FaultEnded, _) => of_intervention(store, event.subject),
        (Kind::Breaker, _) => {
            let (edge, client) = event.breaker();
            let who = client.zip(store.scenario.edge(edge));
            let of_client = |(client, edge): (u16, &Edge)| {
                Subject::Client(store.scenario.client(edge.from, client.into()))
            };
            Some(who.map_or(Subject::Edge(edge), of_client))
        }
        (Kind::Arrived, _) => Some(Subject::Request(event.subject)),
        (_, span) => span.map(|span| Subject::Request(log.request_of(span))),
    }
}

/// What was changed.
fn of_intervention(store: &Store, index: u32) -> Option<Subject> {
    let intervention = store.state.experiment.interventions.get(index as usize)?;
    Some(match &intervention.change {
        Change::Set { knob: Knob::Edge(id, _), .. }
        | Change::Breaker { edge: id, .. }
        | Change::SetBreaker { edge: id, .. } => Subject::Edge(*id),
        Change::Set { knob: Knob::Service(id, _) | Knob::Clients(id, _), .. }
        | Change::Burst(id) => Subject::Node(*id),
        Change::Drop { edge, .. } => Subject::Edge(*edge),
        Change::Chaos(chaos) => {
            let reached = (0..64)
                .find(|node| chaos.reaches(*node) && store.scenario.service(*node).is_some());
            reached.map_or_else(|| first(store), Subject::Node)
        }
        Change::Fault(fault) | Change::Struck(fault) => match fault.target {
            Target::Edge(id) => Subject::Edge(id),
            Target::Node(id) => Subject::Node(id),
        },
        Change::Send(hand) => Subject::Client(hand.client),
    })
}

/// The first line with a breaker, or else the first line.
fn first(store: &Store) -> Subject {
    let guarded = store.scenario.edges.iter().position(|edge| edge.policy.breaker_enabled);
    Subject::Edge(guarded.unwrap_or_default() as EdgeId)
}

/// A word that selects something and looks at the moment that goes with it.
fn jump(store: &Store, label: String, selection: Selection, at: SimTime) -> Html {
    textual("textual mono", label, store.show(selection, at))
}

/// Words that can be pressed.
fn textual(class: &'static str, label: impl Into<AttrValue>, press: Callback<MouseEvent>) -> Html {
    html! { <button type="button" {class} onclick={press}>{ label.into() }</button> }
}

/// A place in a picture, to a hundredth of a pixel.
fn px(place: f64) -> String {
    decimal::rounded(place, 2)
}

/// Numbers with their names, and what those mean in full.
fn readings(rows: &[(&'static str, &'static str, String)]) -> Html {
    let row = |(name, full, value): &(&'static str, &'static str, String)| {
        html! { <div title={*full}><dt>{ *name }</dt><dd class="mono">{ value }</dd></div> }
    };
    html! { <dl class="readings">{ for rows.iter().map(row) }</dl> }
}
