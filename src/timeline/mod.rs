//! What happened along one time axis: looked at, scrubbed, zoomed, and where faults are moved.

mod choice;
mod drag;
mod log;
mod marked;
mod overview;
mod picture;

use half_open_view::tracks::TrackKind;
use yew::prelude::*;

use crate::desk::Desk;
use crate::markup::html;
use crate::store::{Action, Store};
use crate::transport::clock;
pub(crate) use marked::Marked;

/// Where its pictures are on the page.
#[derive(Default)]
pub(crate) struct Elements {
    ground: NodeRef,
    top: NodeRef,
    overview: overview::Elements,
}

/// Has everything drawn in every frame from now on.
pub(crate) fn attach(elements: &Elements, desk: &Desk) -> Option<()> {
    picture::Picture::attach(&elements.ground, &elements.top, desk)?;
    overview::Picture::attach(&elements.overview, desk)
}

/// How much closer one press of a button gets.
const CLOSER: f64 = 2.0;

/// The tracks, on two canvases: what changes with the run, and what changes with the moment.
pub(crate) fn view(store: &Store, elements: &Elements, marked: &Marked) -> Html {
    let Elements { ground, top, overview } = elements;
    let state = &store.state;
    let send = |action| store.send(action);
    let seconds = |t: half_open::time::SimTime| (t.nanos() / 1_000_000).to_string();
    html! {
        <section class="timeline" aria-label="Timeline">
            { track_choice(store) }
            { overview::view(store, overview) }
            <div class="tracks">
                <canvas ref={ground} aria-hidden="true" />
                <canvas ref={top} tabindex="0" role="slider" aria-label="Moment"
                    aria-valuemin="0" aria-valuemax={seconds(state.end())}
                    aria-valuenow={seconds(state.t)} aria-valuetext={clock(state.t)} />
                <div class="zoom" role="group" aria-label="Time axis">
                    <button type="button" aria-label="Show more time" title="Show more time (−)"
                        onclick={send(Action::Zoom(state.t, 1.0 / CLOSER))}>{ "−" }</button>
                    <button type="button" aria-label="Show less time" title="Show less time (+)"
                        onclick={send(Action::Zoom(state.t, CLOSER))}>{ "+" }</button>
                    <button type="button" title="Show the whole run, or a part of it (0)"
                        onclick={send(Action::Fit)}>{ "fit" }</button>
                    <button type="button" title="Show the log instead of the tracks (L)"
                        aria-pressed={if state.table_open { "true" } else { "false" }}
                        onclick={send(Action::Table(!state.table_open))}>{ "log" }</button>
                </div>
                if state.table_open { { log::view(store) } }
                { marked.view(store) }
            </div>
        </section>
    }
}

/// Which track is shown where there is room for one.
fn track_choice(store: &Store) -> Html {
    let choice = |(kind, name): (TrackKind, &'static str)| {
        let onchange = store.dispatch.reform(move |_: Event| Action::Track(kind));
        html! {
            <label>
                <input type="radio" name="track" checked={kind == store.state.track} {onchange} />
                <span>{ name }</span>
            </label>
        }
    };
    html! {
        <fieldset class="track-choice">
            <legend class="unseen">{ "Track" }</legend>
            { for [
                (TrackKind::Faults, "faults"),
                (TrackKind::Arrivals, "arrivals"),
                (TrackKind::Requests, "requests"),
                (TrackKind::Queues, "queues"),
                (TrackKind::InFlight, "in flight"),
                (TrackKind::Retries, "retries"),
                (TrackKind::Latency, "latency"),
            ].into_iter().map(choice) }
        </fieldset>
    }
}
