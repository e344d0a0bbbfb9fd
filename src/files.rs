//! Saving to a file and opening one. What a file says is checked before anything changes.

use half_open::link::{self, File, FileHeader, MAX_FILE};
use js_sys::{Array, JSON, JsString};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, DragEvent, Event, HtmlAnchorElement, Url};
use yew::Callback;

use crate::browser::{self, Listener};
use crate::json;
use crate::store::Action;

/// What is longer than this many characters is not read to the end anyway.
const LONGEST_REASON: usize = 300;

/// Offers an experiment, and the place in it, as a file.
pub(crate) fn save(place: &link::State, dispatch: &Callback<Action>) {
    let name = format!("{}.half-open.json", place.experiment.scenario.name);
    let saved = text_of(place).and_then(|text| {
        offer(&name, &text).ok_or_else(|| "the browser offered no way to do so".to_owned())
    });
    dispatch.emit(Action::Say(match saved {
        Ok(()) => format!("Saved as {name}."),
        Err(reason) => format!("The experiment could not be saved: {reason}."),
    }));
}

fn text_of(place: &link::State) -> Result<String, String> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    let value = File::from(place).serialize(&serializer).map_err(|error| error.to_string())?;
    let text = JSON::stringify_with_replacer_and_space(&value, &JsValue::NULL, &2.into());
    text.map(String::from).map_err(|error| message(&error))
}

fn offer(name: &str, text: &str) -> Option<()> {
    let kind = BlobPropertyBag::new();
    kind.set_type("application/json");
    let parts = Array::of1(&JsString::from(text));
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
    let bad_name = name.clone();
    let read = move |text: JsValue| {
        let text = text.as_string().unwrap_or_default();
        match place_of(&text) {
            Ok(place) => {
                let title = place.experiment.scenario.title.clone();
                good.emit(Action::Restore(Box::new(place)));
                good.emit(Action::Say(format!("Opened “{title}” from {name}.")));
            }
            Err(reason) => good.emit(Action::Say(refusal(&name, &reason))),
        }
    };
    browser::wait_for(&file.text().into(), read, move |error| {
        bad.emit(Action::Say(refusal(&bad_name, &message(&error))));
    });
}

/// Reads a file; the error is a sentence.
fn place_of(text: &str) -> Result<link::State, String> {
    let value =
        JSON::parse(text).map_err(|error| format!("It is not JSON: {}.", message(&error)))?;
    let header: Result<FileHeader, _> = json::read(&value);
    let header = header.map_err(|_| "It is not a file of Half-Open.".to_owned())?;
    header.check().map_err(|error| error.to_string())?;
    let file: File = json::read(&value).map_err(|error| format!("{error}."))?;
    link::read_file_value(file).map_err(|error| error.to_string())
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

fn message(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => "an unknown reason".into(),
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
