//! The top of the page: what is simulated, and what can be done with all of it.

use half_open::scenario::library;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::markup::html;
use crate::store::{Action, Seek, Store};
use crate::{browser, editor, files, gallery, icons, present, share};

/// The input that opens files.
const CHOOSER: &str = "chooser";

/// Mark, name, scenario; seed, undo, files, link.
pub(crate) fn view(store: &Store) -> Html {
    let state = &store.state;
    let send = |action| store.send(action);
    let roll = store.dispatch.reform(|_: MouseEvent| Action::Seed(fresh_seed()));
    let seed = state.experiment.seed.to_string();
    let save = {
        let store = store.clone();
        Callback::from(move |_: MouseEvent| files::save(&store.state.place(), &store.dispatch))
    };
    let export = {
        let store = store.clone();
        Callback::from(move |_: MouseEvent| files::export(&store.state, &store.dispatch))
    };
    let open = |_: MouseEvent| browser::click(CHOOSER);
    let compare = {
        let store = store.clone();
        Callback::from(move |_: MouseEvent| files::versus(&store.state, &store.dispatch))
    };
    let chosen = {
        let dispatch = store.dispatch.clone();
        Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            if let Some(file) = input.files().and_then(|files| files.get(0)) {
                files::open(&file, &dispatch);
            }
            // The same file may be chosen again.
            input.set_value("");
        })
    };
    let copy = {
        let store = store.clone();
        Callback::from(move |_: MouseEvent| share::open(&store.state, &store.dispatch))
    };
    html! {
        <header class="top">
            <h1>{ icons::mark() }<span>{ "Half-Open" }</span></h1>
            { lessons(store, "pill two begin") }
            { scenarios(store) }
            { gallery::button(store, "pill broad") }
            { editor::button(store) }
            <nav aria-label="Experiment">
                <button type="button" class="pill mono" onclick={roll}
                    title={format!("Seed {seed}: the luck of this run. Press for another one.")}
                    aria-label={format!("Seed {seed}, roll another")}>
                    <span class="wide">{ "seed " }</span><span>{ short_seed(&seed) }</span>
                    { icons::die() }
                </button>
                <span class="pair">
                    <button type="button" class="pill round" onclick={send(Action::Undo)}
                        aria-disabled={(!state.history.can_undo()).then_some("true")} aria-label="Undo"
                        title="Undo (Ctrl+Z)">{ icons::undo() }</button>
                    <button type="button" class="pill round" onclick={send(Action::Redo)}
                        aria-disabled={(!state.history.can_redo()).then_some("true")} aria-label="Redo"
                        title="Redo (Ctrl+Shift+Z)">{ icons::redo() }</button>
                </span>
                <button type="button" class="pill round narrow" popovertarget="more"
                    aria-label="More">{ icons::more() }</button>
                <div id="more" popover="auto">
                { lessons(store, "pill slim") }
                { gallery::button(store, "pill slim") }
                <button type="button" class="pill" id="search" onclick={send(Action::Find(Seek::Open))}
                    title="Search requests (/)">{ "Search" }</button>
                <button type="button" class="pill" onclick={open}>{ "Open" }</button>
                <input type="file" class="unseen" id={CHOOSER} accept=".json,.csv" tabindex="-1"
                    aria-label="Open a file" aria-hidden="true" onchange={chosen} />
                <button type="button" class="pill" onclick={compare}
                    title="What a change bought, over many seeds; or what two breakers would have \
                           done with recorded calls">{ "Compare" }</button>
                <button type="button" class="pill" onclick={save}>{ "Save" }</button>
                <button type="button" class="pill" onclick={export}>{ "Export" }</button>
                <button type="button" class="pill" onclick={send(Action::StartAgain)}>
                    { "Start again" }
                </button>
                <button type="button" class="pill" onclick={send(Action::Help(true))}
                    title="Keys (?)">{ "Keys" }</button>
                { present::button(store) }
                </div>
                <button type="button" class="pill strong" onclick={copy}>{ "Share" }</button>
                <button type="button" class="pill round drawer" aria-label="Settings"
                    aria-expanded={state.panel_open.to_string()} aria-controls="side"
                    onclick={send(Action::Panel(!state.panel_open))}>{ icons::panel() }</button>
            </nav>
        </header>
    }
}

/// The list of lessons; where the page is narrow it is in the menu.
fn lessons(store: &Store, class: &'static str) -> Html {
    let show = {
        let store = store.clone();
        Callback::from(move |_: MouseEvent| files::lessons(&store.state, &store.dispatch))
    };
    html! {
        <button type="button" {class} onclick={show} aria-label="Lessons">
            { icons::book() }<span>{ "Lessons" }</span>
        </button>
    }
}

/// What is simulated: one of those that come with the page, or somebody's own.
fn scenarios(store: &Store) -> Html {
    let scenario = &store.state.experiment.scenario;
    let known = library::names().any(|(name, _)| name == scenario.name);
    let onchange = {
        let dispatch = store.dispatch.clone();
        move |event: Event| {
            let select: HtmlSelectElement = event.target_unchecked_into();
            if let Some(experiment) = library::find(&select.value()) {
                dispatch.emit(Action::Load(Box::new(experiment)));
            }
        }
    };
    let own = html! { <option selected=true value="">{ scenario.title.clone() }</option> };
    let option = |(name, title): (&'static str, &'static str)| {
        html! { <option selected={name == scenario.name} value={name}>{ title }</option> }
    };
    html! {
        <select class="pill title" aria-label="Scenario" {onchange}>
            { if known { Html::default() } else { own } }
            { for library::names().map(option) }
        </select>
    }
}

/// A seed that is easy to say and to type.
fn fresh_seed() -> u64 {
    (js_sys::Math::random() * 100_000.0) as u64
}

/// The end of a long seed is enough to tell it from others.
fn short_seed(seed: &str) -> String {
    match seed.len() {
        0..=6 => seed.to_owned(),
        length => format!("…{}", &seed[length - 5..]),
    }
}
