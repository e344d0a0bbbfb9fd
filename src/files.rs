//! Saving to a file and opening one: an experiment, or recorded calls to ask breakers about. Files are read and written by a Wasm module of their own
//! (`files/`), which is fetched when it is needed first; between it and here go links.

use half_open::scenario::{Experiment, library};
use half_open_view::link::{self, MAX_FILE};
use js_sys::{Array, Function, JsString, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, DragEvent, Event, HtmlAnchorElement, Url};
use yew::Callback;

use crate::browser::{self, Listener};
use crate::store::{Action, Branch, SPEEDS, Side, State};

/// What is longer than this many characters is not read to the end anyway.
const LONGEST_REASON: usize = 300;

/// Offers an experiment, and the place in it, as a file.
pub(crate) fn save(place: &link::State, dispatch: &Callback<Action>) {
    let name = format!("{}.half-open.json", place.experiment.scenario.name);
    let (good, bad) = (dispatch.clone(), dispatch.clone());
    let saved = move |text: JsValue| {
        good.emit(Action::Say(match offer(&name, text.unchecked_into()) {
            Some(()) => format!("Saved as {name}."),
            None => "The browser offered no way to save a file.".into(),
        }));
    };
    browser::wait_for(&ask("save", &link::encode(place).into()), saved, move |error| {
        bad.emit(Action::Say(format!("The experiment was not saved. {}", message(&error))));
    });
}

/// Has the module for files do something; see `static/start.js`.
pub(crate) fn ask(what: &str, input: &JsValue) -> Promise {
    let module = Reflect::get(&js_sys::global(), &"halfOpenFiles".into()).unwrap_or_default();
    let asked = module.unchecked_into::<Function>().call2(&JsValue::NULL, &what.into(), input);
    asked.map_or_else(|error| Promise::reject(&error), JsCast::unchecked_into)
}

fn offer(name: &str, text: JsString) -> Option<()> {
    let kind = BlobPropertyBag::new();
    kind.set_type("application/json");
    let parts = Array::of1(&text);
    let blob = Blob::new_with_str_sequence_and_options(&parts, &kind).ok()?;
    let address = Url::create_object_url_with_blob(&blob).ok()?;
    let link = browser::document()?.create_element("a").ok()?;
    let link = link.dyn_into::<HtmlAnchorElement>().ok()?;
    link.set_href(&address);
    link.set_download(name);
    link.click();
    // The download has its own hold on the bytes by now.
    Url::revoke_object_url(&address).ok()
}

/// Opens a file, or says why not.
pub(crate) fn open(file: &web_sys::File, dispatch: &Callback<Action>) {
    let name = file.name();
    if file.size() > MAX_FILE as f64 {
        dispatch.emit(Action::Say(refusal(&name, "It is larger than 1 MiB.")));
        return;
    }
    let (good, bad) = (dispatch.clone(), dispatch.clone());
    let opened = ask("open", &file.text());
    let refused = name.clone();
    let calls = file.clone();
    let read = move |link: JsValue| match link.as_string().as_deref().unwrap_or_default() {
        "" => compare(&calls, &good),
        list if list.starts_with(ARRIVALS) => arrive(list, &name, &good),
        link => restore(link, &name, &good),
    };
    browser::wait_for(&opened, read, move |reason| {
        bad.emit(Action::Say(refusal(&refused, &message(&reason))));
    });
}

/// How a list of recorded arrivals begins.
const ARRIVALS: &str = "arrivals,";

/// Has clients send requests when they were recorded.
fn arrive(list: &str, name: &str, dispatch: &Callback<Action>) {
    let times = list.split(',').skip(1).filter_map(|micros| micros.parse().ok());
    let times: Vec<u64> = times.collect();
    let count = times.len();
    dispatch.emit(Action::Arrive(times));
    dispatch
        .emit(Action::Say(format!("Clients send the {count} requests of {name}, when they were.")));
}

/// Shows an experiment and the place in it.
fn restore(link: &str, name: &str, dispatch: &Callback<Action>) {
    match link::decode(link) {
        Ok(place) => {
            let title = place.experiment.scenario.title.clone();
            dispatch.emit(Action::Restore(Box::new(place)));
            dispatch.emit(Action::Say(format!("Opened “{title}” from {name}.")));
        }
        Err(error) => dispatch.emit(Action::Say(refusal(name, &error.to_string()))),
    }
}

/// Shows what two breakers would have done with the calls of a file.
fn compare(file: &web_sys::File, dispatch: &Callback<Action>) {
    let name = file.name();
    let bad = dispatch.clone();
    dispatch.emit(Action::Pause);
    browser::wait_for(
        &ask("compare", file),
        |_| (),
        move |reason| {
            bad.emit(Action::Say(refusal(&name, &message(&reason))));
        },
    );
}

/// Shows what a change bought: what is set now beside the ghost, or another branch.
pub(crate) fn versus(state: &State, dispatch: &Callback<Action>) {
    let of = |experiment: &Experiment| link::encode(&link::State::new(experiment.clone()));
    let forks = &state.forks;
    // A is what is compared with: the ghost, unless it is the side that is shown.
    let sides = match forks.pair() {
        Some(_) => Side::BOTH.map(|side| forks.side(side).map(|branch| branch.id)),
        None => [forks.ghost().map(|ghost| ghost.id), Some(forks.here())],
    };
    let [ghost, last] = sides;
    let begun = library::find(&state.experiment.scenario.name);
    let begun = begun.filter(|begun| ghost.is_none() && forks.find(begun).is_none());
    let row = |name: &str, experiment: &Experiment| {
        Array::of2(&JsString::from(name), &JsString::from(of(experiment)))
    };
    // The last one is compared with the first one, unless something else is chosen.
    let settings = Array::new();
    if let Some(begun) = begun {
        settings.push(&row("as it comes", &begun));
    }
    let place = |branch: &Branch| match branch.id {
        id if Some(id) == ghost => 0,
        id => 1 + u8::from(Some(id) == last),
    };
    for turn in 0..3 {
        for branch in forks.all().iter().filter(|branch| place(branch) == turn) {
            settings.push(&row(&branch.name, &branch.experiment));
        }
    }
    if let Some(same) = last.filter(|last| ghost == Some(*last)).and_then(|id| forks.branch(id)) {
        settings.push(&row(&same.name, &same.experiment));
    }
    let bad = dispatch.clone();
    dispatch.emit(Action::Pause);
    browser::wait_for(
        &ask("versus", &settings),
        |_| (),
        move |reason| {
            bad.emit(Action::Say(format!("Nothing was compared. {}", message(&reason))));
        },
    );
}

/// Shows which lessons there are.
pub(crate) fn lessons(state: &State, dispatch: &Callback<Action>) {
    let here = state.tour.as_ref().map_or("", |tour| &tour.lesson.name);
    let bad = dispatch.clone();
    dispatch.emit(Action::Pause);
    browser::wait_for(
        &ask("lessons", &here.into()),
        |_| (),
        move |reason| bad.emit(Action::Say(format!("No lessons. {}", message(&reason)))),
    );
}

/// Has what a link stands for judged by goals, one a line, under many seeds, and shows the verdict.
pub(crate) fn judge(
    link: &str,
    goals: &str,
    seeds: u32,
    changed: usize,
    dispatch: &Callback<Action>,
) {
    let bad = dispatch.clone();
    let asked = Array::of4(&link.into(), &goals.into(), &seeds.into(), &(changed as u32).into());
    dispatch.emit(Action::Pause);
    browser::wait_for(
        &ask("judge", &asked),
        |_| (),
        move |reason| bad.emit(Action::Say(format!("Nothing was judged. {}", message(&reason)))),
    );
}

/// Offers pictures and films of a run, and the run itself for other tools.
pub(crate) fn export(state: &State, dispatch: &Callback<Action>) {
    let speeds: Array = SPEEDS
        .iter()
        .map(|(speed, name)| Array::of2(&(*speed).into(), &JsString::from(*name)))
        .collect();
    let (speed, _) = SPEEDS[state.speed.min(SPEEDS.len() - 1)];
    let asked = Array::of4(
        &link::encode(&state.place()).into(),
        &state.tracks.written().into(),
        &speed.into(),
        &speeds.into(),
    );
    let bad = dispatch.clone();
    browser::wait_for(
        &ask("export", &asked),
        |_| (),
        move |reason| {
            bad.emit(Action::Say(format!("Nothing was exported. {}", message(&reason))));
        },
    );
}

fn refusal(name: &str, reason: &str) -> String {
    let name: String = name.chars().take(60).collect();
    let mut rest = reason.chars();
    let mut reason: String = rest.by_ref().take(LONGEST_REASON).collect();
    if rest.next().is_some() {
        reason.push('…');
    }
    format!("{name} was not opened. {reason} What you had is still here.")
}

/// A sentence of the module, or what the browser says.
fn message(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => error.as_string().unwrap_or_else(|| "Nobody knows why.".into()),
    }
}

/// Opens files that are dropped anywhere on the page.
#[must_use]
pub(crate) fn accept_drops(dispatch: &Callback<Action>) -> Vec<Listener> {
    let Some(document) = browser::document() else { return Vec::new() };
    let dispatch = dispatch.clone();
    vec![
        // Without this the browser would leave the page for the file.
        Listener::new(&document, &["dragover"], |event: Event| event.prevent_default()),
        Listener::new(&document, &["drop"], move |event: DragEvent| {
            event.prevent_default();
            let files = event.data_transfer().and_then(|transfer| transfer.files());
            if let Some(file) = files.and_then(|files| files.get(0)) {
                open(&file, &dispatch);
            }
        }),
    ]
}
