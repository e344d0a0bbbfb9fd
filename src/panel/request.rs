//! One request: its correlation ID, and its attempts over each hop.

use half_open::log::RequestId;
use half_open::run::{Scene, ids};
use yew::prelude::*;

use super::attempts::{self, Attempt};
use super::{jump, why};
use crate::controls::section;
use crate::markup::html;
use crate::store::{Selection, Store};

pub(super) fn view(store: &Store, scene: &Scene, id: RequestId) -> Html {
    let run = &store.state.run;
    let Some(row) = run.index().requests.get(id as usize) else { return Html::default() };
    let request = run.log().request(id);
    let began = run.log().at(row.first);
    let attempts = attempts::of(run, id, scene.events);
    let parent = attempts.iter().rfind(|attempt| attempt.by_client);
    let traceparent = parent.map_or_else(
        || "not sent yet".to_owned(),
        |attempt| ids::traceparent(run.experiment().seed, run.log(), attempt.span),
    );
    let all = attempts::of(run, id, run.log().len());
    let later = all.iter().skip(attempts.len());
    let correlation = html! {
        <dl class="headers">
            <dt>{ "traceparent" }</dt><dd class="mono">{ traceparent }</dd>
            <dt>{ "Idempotency-Key" }</dt>
            <dd class="mono">{ ids::key_label(run, id, parent.map_or(1, |a| a.number)) }</dd>
        </dl>
    };
    let attempts = html! {
        <ol class="attempts">
            { for attempts.iter().map(|attempt| line(store, attempt, false)) }
            { for later.map(|attempt| line(store, attempt, true)) }
        </ol>
    };
    html! {
        <>
            <header>
                <h2>{ "request " }<span class="mono">{ ids::short_id(run, id) }</span></h2>
                <p class="soft">
                    { jump(store, format!("client {}", request.client), Selection::Client(request.client), began) }
                    { if began > store.state.t { " will begin at " } else { " since " } }{ began.to_string() }
                </p>
            </header>
            { section("Correlation", correlation) }
            { section("Attempts", attempts) }
            { why::of_request(store, id) }
        </>
    }
}

/// An attempt; what has yet to come is pale, as on the timeline.
fn line(store: &Store, attempt: &Attempt, later: bool) -> Html {
    let (words, class) = attempt.outcome.shown();
    let edge = store.scenario.edge_name(attempt.edge);
    let at = attempt.to.unwrap_or(attempt.from);
    html! {
        <li class={classes!(class, (!attempt.by_client).then_some("inner"), later.then_some("later"))}>
            <button type="button" class="row" onclick={store.show(Selection::Event(attempt.event), at)}>
                <span class="mono">{ attempt.from.to_string() }</span>
                <span>{ edge }{ " " }<span class="soft">{ format!("#{}", attempt.number) }</span></span>
                <span class="outcome">
                    if later { <span class="unseen">{ "later: " }</span> }
                    { words }
                </span>
                if !attempt.notes.is_empty() { <span class="notes">{ attempt.notes.join(", ") }</span> }
            </button>
        </li>
    }
}
