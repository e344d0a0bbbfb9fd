//! One request: its correlation ID, and its waterfall over every hop.

use half_open::log::RequestId;
use half_open::run::ids;
use half_open_view::waterfall::Waterfall;
use yew::prelude::*;

use super::{jump, waterfall, why};
use crate::controls::section;
use crate::markup::html;
use crate::store::{Selection, Store};

pub(super) fn view(store: &Store, id: RequestId) -> Html {
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
                    { jump(store, format!("client {}", request.client), Selection::Client(request.client), began) }
                    { if began > t { " will begin at " } else { " since " } }{ began.to_string() }
                </p>
            </header>
            { section("Correlation", correlation) }
            { waterfall::view(store, id, &waterfall) }
            { why::of_request(store, id) }
        </>
    }
}
