//! Presenting: a thin bar in the place of the top of the page, and what the speaker's window is told.
//!
//! What only presenters need of their browser is in `static/present.js`: the full screen, the black
//! screen, the pointer, and the second window.

use js_sys::{Array, JsString};
use wasm_bindgen::JsValue;
use yew::prelude::*;

use crate::markup::html;
use crate::store::{Action, Show, State, Store, deeds};
use crate::{browser, files, icons};

/// What stands at the end of the address while somebody presents.
pub(crate) const MARK: &str = "&present";

/// The button that begins it.
pub(crate) fn button(store: &Store) -> Html {
    html! {
        <button type="button" class="pill" onclick={store.send(Action::Present(Show::Begin))}
            title="Full screen, large, one step for each press (P)">{ "Present" }</button>
    }
}

/// What is presented, where this is, and the way out. What has a `data-key` does what that key does.
pub(crate) fn bar(store: &Store) -> Html {
    let state = &store.state;
    let tour = state.tour.as_ref();
    let title = tour.map_or(&state.experiment.scenario.title, |tour| &tour.lesson.title);
    let language = tour.and_then(|tour| crate::tour::language(&tour.lesson));
    let place = tour.map(|tour| {
        let count = tour.lesson.beats.len();
        format!("{} / {count}", (tour.beat + 1).min(count))
    });
    let send = |show| store.send(Action::Present(show));
    let key = |key: &'static str, class: &'static str, name: &'static str, keys: &'static str| {
        html! {
            <button type="button" {class} data-key={key}>
                { name }<kbd>{ keys }</kbd>
            </button>
        }
    };
    html! {
        <header class="top thin">
            <h1>{ icons::mark() }<span lang={language}>{ title }</span></h1>
            <nav aria-label="Presenting">
                <span class="pair">
                    <button type="button" class="pill round" onclick={send(Show::Back)}
                        aria-label="Back" title="Back (Page up)">{ icons::back() }</button>
                    if let Some(place) = place { <span class="mono">{ place }</span> }
                    <button type="button" class="pill round" onclick={send(Show::On)}
                        aria-label="On" title="On (Page down)">{ icons::forth() }</button>
                </span>
                { key("f", "pill windowed", "Full screen", "F") }
                { key("w", "pill", "Speaker’s window", "W") }
                { key("?", "pill", "Keys", "?") }
                <button type="button" class="pill" onclick={send(Show::End)}>
                    { "Leave" }<kbd>{ "Esc" }</kbd>
                </button>
            </nav>
        </header>
    }
}

/// Tells `static/present.js` what is shown, or that nobody presents any more.
pub(crate) fn tell(state: &State, dispatch: &Callback<Action>) {
    let told = match &state.present {
        Some(_) => facts(state).into(),
        None => JsValue::NULL,
    };
    let dispatch = dispatch.clone();
    let failed = move |reason: JsValue| {
        let reason = reason.as_string().unwrap_or_default();
        dispatch.emit(Action::Say(format!("There is only the page itself. {reason}")));
    };
    browser::wait_for(&files::ask("present", &told), |_| (), failed);
}

/// Pairs of a name and a text.
fn facts(state: &State) -> Array {
    let all = Array::new();
    let put = |name: &str, value: &str| {
        all.push(&Array::of2(&JsString::from(name), &JsString::from(value)));
    };
    let scenario = &state.experiment.scenario;
    put("title", &scenario.title);
    put("about", &scenario.sentence);
    if let Some(tour) = &state.tour {
        put("title", &tour.lesson.title);
        put("lesson", &tour.lesson.name);
        put("language", &tour.lesson.language);
        put("beat", &tour.beat.to_string());
        put("of", &tour.lesson.beats.len().to_string());
    }
    let phase = match &state.tour {
        Some(tour) if tour.asks() => "asks",
        _ if state.playing => "moves",
        _ => "rests",
    };
    put("phase", phase);
    let zoom = state.present.as_ref().and_then(|present| present.zoom);
    put("zoom", zoom.map_or("", |node| scenario.node_name(node)));
    put("undo", if state.history.can_undo() { "true" } else { "" });
    let offers = deeds(state).into_iter().map(|(deed, whom, mends)| {
        format!("{} {} {whom}", deed.key(), if mends { "mend" } else { "do" })
    });
    put("deeds", &offers.collect::<Vec<_>>().join("\n"));
    all
}
