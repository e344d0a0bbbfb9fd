//! One request: its correlation ID, and its waterfall over every hop.

use std::collections::BTreeMap;

use half_open::log::RequestId;
use half_open::run::{Phase, Scene, ids};
use half_open::scenario::{Change, EdgeId};
use half_open_view::waterfall::Waterfall;
use yew::prelude::*;

use super::{jump, waterfall, why};
use crate::controls::{Button, Tone, section};
use crate::markup::html;
use crate::store::{Action, Selection, Store};

pub(super) fn view(store: &Store, scene: &Scene, id: RequestId) -> Html {
    let (run, t) = (&store.state.run, store.state.t);
    let row = run.index().requests.get(id as usize);
    let Some((row, waterfall)) = row.zip(Waterfall::of(run, id)) else { return Html::default() };
    let request = run.log().request(id);
    let began = run.log().at(row.first);
    let sent = waterfall.latest_attempt(t);
    let traceparent = sent.and_then(|attempt| ids::traceparent(run, attempt.span?));
    let correlation = html! {
        <dl class="headers">
            <dt>{ "traceparent" }</dt><dd class="mono">{ traceparent.unwrap_or_else(|| "not sent yet".into()) }</dd>
            <dt>{ "Idempotency-Key" }</dt>
            <dd class="mono">{ ids::key_label(run, id, sent.map_or(1, |attempt| attempt.attempt)) }</dd>
        </dl>
    };
    html! {
        <>
            <header>
                <h2>{ "request " }<span class="mono">{ ids::short_id(run, id) }</span></h2>
                <p class="soft">
                    { jump(store, store.scenario.client_name(request.client), Selection::Client(request.client), began) }
                    { if began > t { " will begin at " } else { " since " } }{ began.to_string() }
                </p>
            </header>
            { section("Correlation", correlation) }
            { on_its_way(store, scene, id) }
            { waterfall::view(store, id, &waterfall) }
            { why::of_request(store, id) }
        </>
    }
}

/// Its messages between two places at present, each of which can be dropped.
fn on_its_way(store: &Store, scene: &Scene, id: RequestId) -> Html {
    let mine = scene.flights().filter(|flight| flight.request == id);
    let mine = mine.filter(|flight| matches!(flight.phase, Phase::Outbound | Phase::Inbound));
    let lines: BTreeMap<EdgeId, Phase> = mine.map(|flight| (flight.edge, flight.phase)).collect();
    if lines.is_empty() {
        return Html::default();
    }
    let button = |(edge, phase): (EdgeId, Phase)| {
        let line = store.scenario.edge_name(edge);
        let what = if phase == Phase::Outbound { "request" } else { "response" };
        let button = Button {
            label: format!("Drop the {what}, {line}").into(),
            tone: Tone::Fault,
            ..Button::default()
        };
        button.view(store.send(Action::Do(Change::Drop { request: id, edge })))
    };
    let all = html! { <div class="buttons wrap">{ for lines.into_iter().map(button) }</div> };
    section("On its way", all)
}
