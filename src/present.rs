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
        <button type="button" class="pill broad" onclick={store.send(Action::Present(Show::Begin))}
            title="Present: full screen, large, one step for each press (P)" aria-label="Present">
            { icons::screen() }<span>{ "Present" }</span>
        </button>
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

/// Names, each with a text.
pub(crate) type Facts = Vec<(&'static str, String)>;

/// Tells `static/present.js` what is shown, or that nobody presents any more.
pub(crate) fn tell(facts: Option<&Facts>, dispatch: &Callback<Action>) {
    let pair = |(name, text): &(&'static str, String)| {
        Array::of2(&JsString::from(*name), &JsString::from(text.as_str()))
    };
    let told =
        facts.map_or(JsValue::NULL, |facts| facts.iter().map(pair).collect::<Array>().into());
    let dispatch = dispatch.clone();
    let failed = move |reason: JsValue| {
        let reason = reason.as_string().unwrap_or_default();
        dispatch.emit(Action::Say(format!("There is only the page itself. {reason}")));
    };
    browser::wait_for(&files::ask("present", &told), |_| (), failed);
}

/// What a room and its speaker are told, if somebody presents.
#[must_use]
pub(crate) fn facts(state: &State) -> Option<Facts> {
    let present = state.present.as_ref()?;
    let scenario = &state.experiment.scenario;
    let title = state.tour.as_ref().map_or(&scenario.title, |tour| &tour.lesson.title);
    let phase = match &state.tour {
        Some(tour) if tour.asks() => "asks",
        _ if state.playing => "moves",
        _ => "rests",
    };
    let offers = deeds(state).into_iter().map(|(deed, whom, mends)| {
        format!("{} {} {whom}", deed.key(), if mends { "mend" } else { "do" })
    });
    let seen = present.zoom.map_or("", |node| scenario.node_name(node));
    let undo = if state.history.can_undo() { "true" } else { "" };
    let mut facts = vec![
        ("title", title.clone()),
        ("about", scenario.sentence.clone()),
        ("phase", phase.into()),
        ("zoom", seen.into()),
        ("undo", undo.into()),
        ("deeds", offers.collect::<Vec<_>>().join("\n")),
    ];
    if let Some(tour) = &state.tour {
        facts.extend([
            ("lesson", tour.lesson.name.clone()),
            ("language", tour.lesson.language.clone()),
            ("beat", tour.beat.to_string()),
            ("of", tour.lesson.beats.len().to_string()),
        ]);
    }
    Some(facts)
}
