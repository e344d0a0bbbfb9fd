//! The log as a table: what stands behind a number, and what happened to whatever is selected.

use half_open::log::{Event, Kind, RequestId};
use half_open::run::{Run, Scene, ids};
use half_open_view::numbers::short;
use half_open_view::roll::Roll;
use yew::prelude::*;

use super::{Subject, jump, textual, why};
use crate::controls::{Button, disclosure as disclosed};
use crate::markup::html;
use crate::store::{Action, Selection, Store};
use crate::words;

/// How many events a table has at most.
const ROWS: usize = 50;

/// A table in the place of the rest of the panel.
pub(super) fn page(store: &Store, scene: &Scene, roll: Roll) -> Html {
    let back = Button::new("Back").view(store.send(Action::List(None)));
    html! {
        <>
            <header class="closable">
                <div>
                    <h2>{ title(store, roll) }</h2>
                    <p class="soft">{ extent(scene, roll) }</p>
                </div>
                { back }
            </header>
            { why::of_number(store, scene, roll) }
            { table(store, scene, roll) }
        </>
    }
}

/// How much of all there is is listed: `50 of 412 up to 8.000 s, the latest first`.
fn extent(scene: &Scene, roll: Roll) -> String {
    let counted = roll.total(scene).map_or_else(String::new, |all| {
        if all > ROWS as u32 { format!("{ROWS} of {all} ") } else { format!("{all} ") }
    });
    format!("{counted}up to {}, the latest first", scene.at)
}

/// What happened to the subject of the panel, out of the way.
pub(super) fn disclosure(store: &Store, subject: Subject) -> Html {
    let roll = match subject {
        Subject::Edge(id) => Roll::Edge(id),
        Subject::Node(id) => Roll::Node(id),
        Subject::Client(id) => Roll::Client(id),
        Subject::Request(id) => Roll::Request(id),
        Subject::Events(_) | Subject::Found => return Html::default(),
    };
    let store = store.clone();
    disclosed("Events", move || store.scene(|scene| table(&store, scene, roll)))
}

fn title(store: &Store, roll: Roll) -> String {
    match roll {
        Roll::Everything => "Events".into(),
        Roll::Finished | Roll::Latency => "Finished requests".into(),
        Roll::Degraded => "Requests with a degraded answer".into(),
        Roll::Failed(loss) => format!("Requests that {}", loss.words()),
        Roll::Sent(id) => format!("Calls over {}", store.scenario.edge_name(id)),
        Roll::Again(id) => format!("Tried again over {}", store.scenario.edge_name(id)),
        Roll::Attempts => "Attempts".into(),
        Roll::Charges => "Charges".into(),
        Roll::Edge(id) => store.scenario.edge_name(id),
        Roll::Node(id) => store.scenario.node_name(id).into(),
        Roll::Client(id) => store.scenario.client_name(id),
        Roll::Request(id) => format!("request {}", ids::short_id(&store.state.run, id)),
    }
}

fn table(store: &Store, scene: &Scene, roll: Roll) -> Html {
    let run = &store.state.run;
    let events = roll.latest(run, scene.events, ROWS);
    if events.is_empty() {
        return html! { <p class="soft">{ "Nothing has happened yet." }</p> };
    }
    // What the latency is counted from.
    let timed = matches!(roll, Roll::Finished | Roll::Latency | Roll::Failed(_) | Roll::Degraded);
    html! {
        <table class="events">
            <thead><tr><th>{ "time" }</th><th>{ "what happened" }</th>
                if timed { <th class="took">{ "took" }</th> }
                <th>{ "ID" }</th></tr></thead>
            <tbody>{ for events.into_iter().map(|event| row(store, run, event, timed)) }</tbody>
        </table>
    }
}

fn row(store: &Store, run: &Run, event: Event, timed: bool) -> Html {
    let id = request_of(run, &event);
    let began = id.filter(|_| timed).and_then(|id| run.index().requests.get(id as usize));
    let took = began.map(|row| short(event.at.since(run.log().at(row.first))));
    // The ID that whoever was called has seen.
    let seen =
        |id| event.span().map_or_else(|| ids::short_id(run, id), |s| ids::short_id_of(run, s));
    let request = id.map(|id| jump(store, seen(id), Selection::Request(id), event.at));
    let show = store.show(Selection::Event(event.id), event.at);
    html! {
        <tr key={event.id}>
            <td class="mono">{ event.at.to_string() }</td>
            <td>{ textual("textual", words::event(run, event), show) }</td>
            if let Some(took) = took { <td class="mono took">{ took }</td> }
            <td>{ request }</td>
        </tr>
    }
}

fn request_of(run: &Run, event: &Event) -> Option<RequestId> {
    match event.kind {
        Kind::Arrived => Some(event.subject),
        _ => event.span().map(|span| run.log().request_of(span)),
    }
}
