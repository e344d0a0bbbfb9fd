//! Why things are as they are: the chain of causes behind what is selected.

use half_open::explain::{Link, Tone, Why, why_breaker, why_event, why_request};
use half_open::log::RequestId;
use half_open::run::Scene;
use half_open::scenario::EdgeId;
use yew::prelude::*;

use super::show;
use crate::controls::Section;
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

fn of_event(store: &Store) -> Option<Why> {
    let Selection::Event(id) = store.state.selection else { return None };
    Some(why_event(&store.state.run, id))
}

fn chain(store: &Store, Why { question, links }: Why, roomy: bool) -> Html {
    html! {
        <Section title={question}>
            <ol class={classes!("why", roomy.then_some("roomy"))}>{ for links.iter().map(|link| row(store, link)) }</ol>
        </Section>
    }
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
        Some(event) => html! {
            <button type="button" class="textual ink"
                onclick={show(store, Selection::Event(event), link.at)}>{ text }</button>
        },
        None => html! { <span>{ text }</span> },
    };
    html! { <li class={tone}>{ sentence }</li> }
}
