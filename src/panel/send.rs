//! Requests sent by hand: a form, and what became of each.

use half_open::run::Scene;
use half_open::scenario::{Change, HandRequest, Intervention, Node, NodeId, Service};
use half_open_view::waterfall::{Outcome, Waterfall};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{json, jump, textual};
use crate::controls::{Button, Tone, section, toggle};
use crate::markup::html;
use crate::store::{Action, DraftPart, Selection, Store};

pub(super) fn view(store: &Store, scene: &Scene, client: u32) -> Html {
    let sent = (0u32..).zip(&store.state.experiment.interventions);
    let rows = sent.filter_map(|(index, done)| match &done.change {
        Change::Send(hand) => Some(row(store, scene, index, done, hand)),
        _ => None,
    });
    let sent = html! { <ol class="sent" aria-label="Requests sent by hand">{ for rows }</ol> };
    let composer = composer(store, client);
    section("Send a request", Html::from_iter([composer, sent, watch(store)]))
}

/// Where to see what a request leaves behind.
fn watch(store: &Store) -> Html {
    let scenario = &store.scenario;
    let find = |wanted: fn(&Service) -> bool| {
        let mut nodes = (0..=NodeId::MAX).zip(&scenario.nodes);
        nodes.find(|(id, _)| scenario.service(*id).is_some_and(wanted))
    };
    let keeps_keys = find(|service| service.idempotency.enabled);
    let charges = find(|service| service.charges);
    let (Some(keys), Some(charges)) = (keeps_keys, charges) else { return Html::default() };
    let place = |label: &str, (id, node): (NodeId, &Node)| {
        jump(store, format!("{label} at {}", node.name), Selection::Node(id), store.state.t)
    };
    html! {
        <p class="watch soft">
            { "See the " }{ place("key table", keys) }{ " and the " }{ place("charges", charges) }
        </p>
    }
}

/// A request in the making: the one of the essay, to begin with.
fn composer(store: &Store, client: u32) -> Html {
    let draft = &store.state.draft;
    let field = |part| {
        store.dispatch.reform(move |event: InputEvent| {
            // An area has its value where an input has it.
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            Action::Draft(part, text)
        })
    };
    let drop = store.dispatch.reform(Action::DraftDrop);
    let send = {
        let (draft, dispatch) = (draft.clone(), store.dispatch.clone());
        Callback::from(move |_| {
            let key = draft.key.clone().filter(|key| !key.is_empty());
            let hand = HandRequest { client, key, ..(*draft).clone() };
            dispatch.emit(Action::Do(Change::Send(hand)));
            dispatch.emit(Action::DraftDrop(false));
        })
    };
    // It is sent as it is: nobody reads it on the other side.
    let warning = json::wrong_at(&draft.body).map(|at| {
        format!("This looks like JSON, but is none from character {at} on. It is sent as it is.")
    });
    // Keys that steer the page are letters here.
    let typing = |event: KeyboardEvent| event.stop_propagation();
    html! {
        <form class="composer" onkeydown={typing} onsubmit={|event: SubmitEvent| event.prevent_default()}>
            <input class="mono" aria-label="Method" size="6" spellcheck="false" value={draft.method.clone()}
                oninput={field(DraftPart::Method)} />
            <input class="mono" aria-label="Path" spellcheck="false" value={draft.path.clone()}
                oninput={field(DraftPart::Path)} />
            <label class="mono">
                <span>{ "Idempotency-Key:" }</span>
                <input spellcheck="false" value={draft.key.clone().unwrap_or_default()}
                    oninput={field(DraftPart::Key)} />
            </label>
            <textarea class="mono" aria-label="Body" rows="2" spellcheck="false"
                aria-describedby={warning.as_ref().map(|_| "body-problem")}
                value={draft.body.clone()} oninput={field(DraftPart::Body)} />
            if let Some(warning) = warning {
                <p id="body-problem" class="problem" role="status">{ warning }</p>
            }
            <div>
                { toggle("Drop its response", draft.lose_response, drop) }
                { Button::new("Send").view(send) }
            </div>
        </form>
    }
}

/// A request that was sent, how it stands, and what can still be done about it.
fn row(store: &Store, scene: &Scene, index: u32, done: &Intervention, hand: &HandRequest) -> Html {
    let once_more = HandRequest { lose_response: false, ..hand.clone() };
    let again = store.send(Action::Do(Change::Send(once_more)));
    let drop = {
        let hand = hand.clone();
        store.dispatch.reform(move |lose_response| Action::Edit {
            index: index as usize,
            change: Change::Send(HandRequest { lose_response, ..hand.clone() }),
            done: true,
        })
    };
    let (class, words, selection) = standing(store, scene, index);
    let what = format!("{} {} ", hand.method, hand.key.as_deref().unwrap_or("no key"));
    html! {
        <li class={class}>
            <div>
                { jump(store, done.at.to_string(), Selection::Intervention(index), done.at) }
                { textual("textual ink", what, store.show(selection, done.at)) }
                <span class="outcome">{ words }</span>
            </div>
            <div>
                { toggle("Drop its response", hand.lose_response, drop) }
                { Button { tone: Tone::Text, ..Button::new("Send again") }.view(again) }
            </div>
        </li>
    }
}

/// What became of the request of an intervention so far.
fn standing(store: &Store, scene: &Scene, index: u32) -> (&'static str, String, Selection) {
    let run = &store.state.run;
    let log = run.log();
    let began_here = |first| {
        let arrived = log.event(first);
        arrived.cause().is_some_and(|cause| log.event(cause).subject == index)
    };
    let mut by_hand = run.index().rows().filter(|(_, row)| row.by_hand);
    let Some((id, _)) = by_hand.find(|(_, row)| began_here(row.first)) else {
        return ("", "not sent".into(), Selection::Intervention(index));
    };
    let waterfall = Waterfall::of(run, id);
    let last = waterfall.as_ref().and_then(|waterfall| waterfall.latest_attempt(scene.at));
    let Some(last) = last else { return ("", "not yet".into(), Selection::Request(id)) };
    let outcome = last.outcome(scene.at);
    let (words, class) = (outcome.words().to_owned(), outcome.name());
    let replayed = last.replayed(scene.at);
    let words = match (&outcome, replayed) {
        (Outcome::Ok(status), true) => format!("{status} ↺ replayed"),
        _ => words,
    };
    (if replayed { "replayed" } else { class }, words, Selection::Request(id))
}
