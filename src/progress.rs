//! How far a run has come that takes long to compute, and the way out of it.

use half_open::run::Recorder;
use half_open::time::SimTime;
use yew::prelude::*;

use crate::browser;
use crate::markup::html;
use crate::store::{Action, Store};

/// How the sentence begins, where there is room.
const SIMULATING: &str = "Simulating ";

/// A sentence, a bar and a button, once there is something to wait for.
pub(crate) fn view(store: &Store) -> Html {
    let Some((known, end)) = store.state.progress else { return Html::default() };
    let sentence = sentence(known, end);
    let wide = |words: &'static str| html! { <span class="wide">{ words }</span> };
    let out = if store.state.has_way_back {
        html! { <>{ "Cancel" }</> }
    } else {
        html! { <>{ wide("Open the ") }{ "first scenario" }{ wide(" instead") }</> }
    };
    html! {
        <section class="progress" aria-label="Simulating">
            <span>{ wide(SIMULATING) }{ sentence[SIMULATING.len()..].to_owned() }</span>
            <progress aria-label="Simulation" aria-valuetext={sentence}
                value={seconds(known)} max={seconds(end)} />
            <button type="button" class="pill" onclick={store.send(Action::Cancel)}>{ out }</button>
        </section>
    }
}

/// Simulated time, in whole seconds.
fn seconds(t: SimTime) -> String {
    (t.nanos() / 1_000_000_000).to_string()
}

/// Simulated time, of all there is to simulate.
fn sentence(known: SimTime, end: SimTime) -> String {
    let clock = |t: SimTime| {
        let seconds = t.nanos() / 1_000_000_000;
        format!("{}:{:02}", seconds / 60, seconds % 60)
    };
    format!("{SIMULATING}{} of {} …", clock(known), clock(end))
}

/// Says it before there is a page; `index.html` has ready what is seen then.
pub(crate) fn say_at_start(recorder: &Recorder) {
    let find = |id| browser::document()?.get_element_by_id(id);
    let end = SimTime::ZERO + recorder.experiment().scenario.horizon;
    let sentence = sentence(recorder.known(), end);
    // What cannot be changed stays as it is.
    if let Some(status) = find("start-status") {
        status.set_text_content(Some(&sentence));
        // It changes too often to be read out each time; the bar can be asked.
        let _ = status.remove_attribute("role");
    }
    if let Some(bar) = find("start-bar") {
        for (name, value) in [("max", seconds(end)), ("value", seconds(recorder.known()))] {
            let _ = bar.set_attribute(name, &value);
        }
        let _ = bar.set_attribute("aria-valuetext", &sentence);
    }
    if let Some(all) = find("start-wait") {
        let _ = all.remove_attribute("hidden");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_in_minutes_and_seconds() {
        let at = SimTime::from_millis;
        assert_eq!(sentence(at(750_900), at(3_600_000)), "Simulating 12:30 of 60:00 …");
    }
}
