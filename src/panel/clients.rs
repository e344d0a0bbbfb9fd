//! A population of clients: how many, how fast, under which policy; and requests sent by hand.

use half_open::run::{Doing, Scene, ids};
use half_open::scenario::knob::{ClientsKnob, EdgeKnob};
use half_open::scenario::{Arrivals, Change, EdgeId, Knob, NodeId, ShapeKind};
use half_open_view::numbers::short;
use yew::prelude::*;

use super::{breaker, done, jump, knobs, send, why};
use crate::controls::{Button, section};
use crate::markup::html;
use crate::store::{Action, Selection, Store};

/// How many requests of one client are listed.
const ROWS: usize = 5;

pub(super) fn view(store: &Store, scene: &Scene, id: NodeId) -> Html {
    let Some(clients) = store.scenario.clients(id) else { return Html::default() };
    let knob = |knob| knobs::knob(store, Knob::Clients(id, knob));
    let closed = clients.arrivals == Arrivals::Closed;
    let recorded = clients.arrivals == Arrivals::Recorded;
    let records = format!(
        "{} requests, as they were. Open another CSV file with a column “arrival” for others.",
        clients.recorded.micros().len()
    );
    let thinks = clients.think_time().filter(|_| closed);
    let thinks = thinks.map(|time| {
        format!(
            "After its answer, each thinks for {} on average: that gives this rate.",
            short(time)
        )
    });
    let shape: &[ClientsKnob] = match clients.shape.kind {
        ShapeKind::Steady => &[],
        ShapeKind::Daily => &[ClientsKnob::Times, ClientsKnob::Lasts],
        _ => &[ClientsKnob::Times, ClientsKnob::Begins, ClientsKnob::Lasts],
    };
    let title = format!("{} requests at this instant", clients.count);
    let burst = Button { title: Some(title.into()), ..Button::new("Everyone at once") };
    let load = html! {
        <>
            { knob(ClientsKnob::Count) }
            if !recorded { { knob(ClientsKnob::Rate) } }
            { knob(ClientsKnob::Arrivals) }
            { thinks.map(|thinks| html! { <p class="soft below">{ thinks }</p> }) }
            if recorded {
                <p class="soft below">{ records }</p>
            } else {
                { knob(ClientsKnob::Shape) }
                { for shape.iter().map(|part| knob(*part)) }
            }
            <div class="buttons spaced">
                { burst.view(store.send(Action::Do(Change::Burst(id)))) }
            </div>
        </>
    };
    html! {
        <>
            <header>
                <h2>{ store.scenario.node_name(id) }</h2>
                <p class="soft">{ "each with its own requests, retries and luck" }</p>
            </header>
            { done::selected(store) }
            { super::readings(&[
                ("waiting", "Clients that wait before they try again", scene.clients_waiting(id).to_string()),
                ("requests", "Operations they began", scene.totals.requests.to_string()),
                ("succeeded", "Operations", scene.totals.succeeded.to_string()),
                ("failed", "Operations, for good", scene.totals.failed.to_string()),
            ]) }
            { section("Load", load) }
            { for store.scenario.calls_of(id).map(|edge| policy(store, edge)) }
            { send::view(store, scene, 0) }
            { why::of_node(store, scene, id) }
        </>
    }
}

/// The policy of the line that the clients use.
fn policy(store: &Store, id: EdgeId) -> Html {
    let knob = |knob| knobs::knob(store, Knob::Edge(id, knob));
    let title = format!("{} policy", store.scenario.edge_name(id));
    let more = store.send(Action::Select(Selection::Edge(id)));
    let inside = html! {
        <>
            { knob(EdgeKnob::Timeout) }
            { knob(EdgeKnob::Attempts) }
            { knob(EdgeKnob::Base) }
            { knob(EdgeKnob::Keys) }
            <div class="buttons spaced">{ Button::new("All of this policy").view(more) }</div>
        </>
    };
    section(title, inside)
}

/// One client.
pub(super) fn one(store: &Store, scene: &Scene, client: u32) -> Html {
    let run = &store.state.run;
    let doing = scene.client(client).map_or("gone".to_owned(), |c| match c.doing {
        Doing::Nothing => "nothing yet".into(),
        Doing::InFlight { since } => format!("waits for an answer since {since}"),
        Doing::Waiting { until, .. } => {
            format!("tries again in {}", short(until.since(scene.at)))
        }
        Doing::Succeeded { at } => format!("succeeded at {at}"),
        Doing::Degraded { at } => format!("answered at {at}, degraded"),
        Doing::Failed { at } => format!("failed for good at {at}"),
    });
    let mine: Vec<u32> = (0..scene.totals.requests)
        .rev()
        .filter(|id| run.log().request(*id).client == client)
        .take(ROWS)
        .collect();
    // What it waits for now, or else what became of its latest one.
    let over =
        |id: &&u32| run.index().requests[**id as usize].over.is_some_and(|at| at <= scene.at);
    let asked = mine.iter().find(|id| !over(id)).or(mine.first());
    let line = |id: &u32| {
        let row = run.index().requests[*id as usize];
        let began = run.log().at(row.first);
        let (class, words) = match row.over {
            Some(over) if over <= scene.at && row.succeeded => ("ok", "succeeded"),
            Some(over) if over <= scene.at => ("failed", "failed"),
            _ => ("in-flight", "under way"),
        };
        html! {
            <li {class}>
                { jump(store, ids::short_id(run, *id), Selection::Request(*id), began) }
                <span class="outcome">{ words }</span>
                <span class="mono">{ began.to_string() }</span>
            </li>
        }
    };
    let latest = html! {
        <ol class="receipts">
            { for mine.iter().map(line) }
            { for (mine.len()..ROWS).map(|_| html! { <li aria-hidden="true">{ "\u{a0}" }</li> }) }
        </ol>
    };
    html! {
        <>
            <header>
                <h2>{ store.scenario.client_name(client) }</h2>
                <p class="soft">{ doing }</p>
            </header>
            { breaker::of_client(store, scene, client) }
            { section("Its latest requests", latest) }
            { asked.map(|request| why::of_request(store, *request)) }
            { send::view(store, scene, client) }
        </>
    }
}
