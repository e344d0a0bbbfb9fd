//! Gives a moment away: as a link, as a part of another page, as pictures and as files.

use half_open::scenario::{Knob, library};
use half_open::time::SimTime;
use half_open_view::link;
use half_open_view::tracks::TrackKind;
use js_sys::{Array, JsString};
use wasm_bindgen::{JsCast, JsValue};
use yew::Callback;

use crate::store::{Action, Selection, State};
use crate::{address, browser, files};

const COPIED: &str = "The link to this moment is on the clipboard.";
const FAILED: &str = "The link could not be copied, but the address bar holds it.";
/// The most settings that are offered for a part of another page.
const MOST_KNOBS: usize = 12;

/// Offers what can be given away; where that cannot be fetched, the link is copied.
pub(crate) fn open(state: &State, dispatch: &Callback<Action>) {
    let Some(address) = address::link(state) else {
        return dispatch.emit(Action::Say(FAILED.into()));
    };
    dispatch.emit(Action::Pause);
    let text = |text: &str| JsValue::from(JsString::from(text));
    let experiment = &*state.experiment;
    let built_in = library::find(&experiment.scenario.name);
    let name = match built_in.is_some_and(|built_in| built_in == *experiment) {
        true => experiment.scenario.name.as_str(),
        false => "",
    };
    let knobs = knobs(state).into_iter().map(|knob| {
        let (path, label) = (knob.path(&experiment.scenario), knob.spec().label);
        Array::of2(&text(&path), &text(if path.ends_with(".timeout") { "timeout" } else { label }))
    });
    let given = [
        text(&address),
        text(&link::encode(&state.place())),
        text(name),
        text(&state.t.since(SimTime::ZERO).to_string().replace(' ', "")),
        text(&experiment.scenario.title),
        knobs.collect::<Array>().into(),
        TrackKind::ALL.iter().map(|kind| text(kind.name())).collect::<Array>().into(),
    ];
    let (shown, instead) = (state.clone(), dispatch.clone());
    let more = dispatch.clone();
    let asked = files::ask("share", &Array::from_iter(given));
    browser::wait_for(
        &asked,
        move |next: JsValue| match next.as_string().as_deref() {
            Some("export") => files::export(&shown, &more),
            Some("save") => files::save(&shown.place(), &more),
            _ => {}
        },
        move |_| copy_link(&address, &instead),
    );
}

/// The settings that suit a part of another page: those of what is looked at.
fn knobs(state: &State) -> Vec<Knob> {
    let scenario = &state.experiment.scenario;
    let guarded = scenario.edges.iter().position(|edge| edge.policy.breaker_enabled);
    let line = guarded.unwrap_or_default();
    let belongs = |knob: &Knob| match (*knob, state.selection) {
        (Knob::Service(of, _) | Knob::Clients(of, _), Selection::Node(node)) => of == node,
        (_, Selection::Node(_)) => false,
        (Knob::Edge(of, _), Selection::Edge(edge)) => of == edge,
        (Knob::Edge(of, _), _) => usize::from(of) == line,
        _ => false,
    };
    Knob::all(scenario).into_iter().filter(belongs).take(MOST_KNOBS).collect()
}

/// Copies a link to what is shown, and says so.
fn copy_link(address: &str, dispatch: &Callback<Action>) {
    let (good, bad) = (dispatch.clone(), dispatch.clone());
    let fail = move |_| bad.emit(Action::Say(FAILED.into()));
    // Browsers offer no clipboard to pages that came over an insecure connection.
    let navigator = browser::window().map_or(JsValue::NULL, |window| window.navigator().into());
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into()).unwrap_or_default();
    let Ok(clipboard) = clipboard.dyn_into::<web_sys::Clipboard>() else {
        return fail(JsValue::NULL);
    };
    let copied = clipboard.write_text(address).into();
    browser::wait_for(&copied, move |_| good.emit(Action::Say(COPIED.into())), fail);
}
