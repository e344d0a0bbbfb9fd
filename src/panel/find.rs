//! A field to search for requests, and those that were found.

use half_open::log::{EventId, Kind, RequestId};
use half_open::run::ids;
use half_open_view::numbers::short;
use half_open_view::query::hint;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, ScrollIntoViewOptions, ScrollLogicalPosition};
use yew::prelude::*;

use crate::browser;
use crate::controls::Button;
use crate::markup::html;
use crate::store::{Action, LISTED, Seek, Store};
use crate::words;

/// The field, as the page knows it.
const FIELD: &str = "#find";

/// The field and the list, in the place of the rest of the panel.
pub(super) fn page(store: &Store) -> Html {
    let find = &store.state.find;
    let found = store.state.found();
    let active = find.active.min(found.len().saturating_sub(1));
    let typing = store.dispatch.reform(|event: InputEvent| {
        Action::Find(Seek::Type(event.target_unchecked_into::<HtmlInputElement>().value()))
    });
    let dispatch = store.dispatch.clone();
    let keys = move |event: KeyboardEvent| {
        let seek = match event.key().as_str() {
            "ArrowDown" => Seek::Step(1),
            "ArrowUp" => Seek::Step(-1),
            "Enter" => Seek::Choose,
            "Escape" => Seek::Close,
            _ => return,
        };
        event.prevent_default();
        dispatch.emit(Action::Find(seek));
    };
    let options =
        found.iter().enumerate().map(|(place, found)| option(store, *found, place, active));
    html! {
        <>
            <header class="closable">
                <h2>{ "Search requests" }</h2>
                { Button::new("Back").view(store.send(Action::Find(Seek::Close))) }
            </header>
            <input id="find" class="mono" role="combobox" aria-label="Search requests" spellcheck="false"
                autocomplete="off" aria-expanded="true" aria-controls="found"
                aria-activedescendant={(!found.is_empty()).then(|| format!("found-{active}"))}
                value={find.text.to_string()} oninput={typing} onkeydown={keys} />
            <p class="soft" role="status">{ sentence(store) }</p>
            <ul id="found" role="listbox" aria-label="Requests">{ for options }</ul>
        </>
    }
}

/// What was found, or why nothing was.
fn sentence(store: &Store) -> String {
    let state = &store.state;
    let search = match state.find.search() {
        Ok(Some(search)) => search,
        Ok(None) => return hint(&store.scenario),
        Err(sentence) => return sentence.to_owned(),
    };
    let progress = (search.progress(&state.run) * 100.0) as u32;
    match search.count() {
        count if progress < 100 => {
            format!("{progress} % of the run searched, {count} found so far.")
        }
        0 => format!("No request of this run fits “{}”.", state.find.text.trim()),
        1 => "1 request.".into(),
        count if count > LISTED => {
            format!("{count} requests; the {LISTED} nearest to {} are listed.", state.t)
        }
        count => format!("{count} requests, the nearest to {} first.", state.t),
    }
}

fn option(store: &Store, found: (RequestId, EventId), place: usize, active: usize) -> Html {
    let run = &store.state.run;
    let (request, event) = (found.0, run.log().event(found.1));
    let row = run.index().requests.get(request as usize);
    let over = row.and_then(|row| Some((row.succeeded, row.over?)));
    // Found by its ID: what became of it.
    let what = match (event.kind, over) {
        (Kind::Arrived, Some((succeeded, over))) => {
            let how = if succeeded { "succeeded" } else { "failed" };
            format!("{how} after {}", short(over.since(event.at)))
        }
        _ => words::event(run, event),
    };
    html! {
        <li id={format!("found-{place}")} role="option" aria-selected={(place == active).to_string()}
            class={(event.at > store.state.t).then_some("later")} onclick={store.send(Action::Find(Seek::Take(found.0, found.1)))}>
            <span class="mono">{ ids::short_id(run, request) }</span>
            <span class="mono">{ event.at.to_string() }</span>
            <span>{ what }</span>
        </li>
    }
}

/// What of a search decides where the focus is: how often it was opened, whether it is open, and which
/// of those found is about to be chosen.
pub(crate) type Seen = (u32, bool, usize);

/// Gives the field the focus when it has just been opened, and gives it back when it is gone; what is
/// about to be chosen is in sight.
pub(crate) fn follow_focus(now: Seen, before: Seen) {
    if now.1 && now.0 != before.0 {
        browser::focus(FIELD);
        if let Some(field) = browser::find(FIELD) {
            field.unchecked_into::<HtmlInputElement>().select();
        }
    } else if !now.1 && before.1 && browser::find(":focus").is_none() {
        let row = browser::find(".falls .fall").is_some();
        browser::focus(if row { ".falls .fall" } else { "#search" });
    }
    if now.1
        && now.2 != before.2
        && let Some(chosen) = browser::find("#found [aria-selected=true]")
    {
        let nearest = ScrollIntoViewOptions::new();
        nearest.set_block(ScrollLogicalPosition::Nearest);
        chosen.scroll_into_view_with_scroll_into_view_options(&nearest);
    }
}
