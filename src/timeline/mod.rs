//! What happened along one time axis: looked at, scrubbed, zoomed, and where faults are moved.

mod drag;
mod picture;

use std::rc::Rc;

use half_open::view::tracks::TrackKind;
use yew::prelude::*;

use crate::app::Desk;
use crate::store::{Action, Store, View};
use crate::transport::clock;
use picture::Picture;

/// How much closer one press of a button gets.
const CLOSER: f64 = 2.0;

/// What the timeline needs.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct TimelineProps {
    /// For the canvases.
    pub desk: Desk,
    /// The page.
    pub store: Store,
}

/// The tracks, on two canvases: what changes with the run, and what changes with the moment.
#[component]
pub(crate) fn Timeline(TimelineProps { desk, store }: &TimelineProps) -> Html {
    let (ground, top) = (use_node_ref(), use_node_ref());
    let picture = use_mut_ref(|| None::<Rc<Picture>>);
    {
        let (ground, top) = (ground.clone(), top.clone());
        let (picture, desk, dispatch) = (picture.clone(), desk.clone(), store.dispatch.clone());
        use_effect_with((), move |()| {
            let made = ground.cast().zip(top.cast());
            let made =
                made.and_then(|(ground, top)| Picture::new(ground, top, desk.clone(), dispatch));
            let view: Option<Rc<dyn View>> = made.clone().map(|made| made as Rc<dyn View>);
            if let Some(view) = &view {
                desk.hub.attach(view.clone());
            }
            *picture.borrow_mut() = made;
            move || {
                if let Some(view) = &view {
                    desk.hub.detach(view);
                }
            }
        });
    }
    let on = |act: fn(&Picture, &PointerEvent)| {
        let picture = picture.clone();
        move |event: PointerEvent| {
            if let Some(picture) = &*picture.borrow() {
                act(picture, &event);
            }
        }
    };
    let ondblclick = {
        let picture = picture.clone();
        move |event: MouseEvent| {
            if let Some(picture) = &*picture.borrow() {
                picture.pressed_twice(&event);
            }
        }
    };
    let state = &store.state;
    let send = |action: Action| store.dispatch.reform(move |_: MouseEvent| action.clone());
    let seconds = |t: half_open::time::SimTime| (t.nanos() / 1_000_000).to_string();
    html! {
        <section class="timeline" aria-label="Timeline">
            <TrackChoice track={state.track} dispatch={store.dispatch.clone()} />
            <div class="tracks">
                <canvas ref={ground} aria-hidden="true" />
                <canvas ref={top} tabindex="0" role="slider" aria-label="Moment"
                    aria-valuemin="0" aria-valuemax={seconds(state.end())}
                    aria-valuenow={seconds(state.t)} aria-valuetext={clock(state.t)}
                    onpointerdown={on(Picture::pressed)} onpointermove={on(Picture::moved)}
                    onpointerup={on(Picture::released)} onpointercancel={on(Picture::cancelled)}
                    onpointerleave={on(Picture::left)} {ondblclick} />
                <div class="zoom" role="group" aria-label="Time axis">
                    <button type="button" aria-label="Show more time" title="Show more time (−)"
                        onclick={send(Action::Zoom(state.t, 1.0 / CLOSER))}>{ "−" }</button>
                    <button type="button" aria-label="Show less time" title="Show less time (+)"
                        onclick={send(Action::Zoom(state.t, CLOSER))}>{ "+" }</button>
                    <button type="button" title="Show the whole run, or a part of it (0)"
                        onclick={send(Action::Fit)}>{ "fit" }</button>
                </div>
            </div>
        </section>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct TrackChoiceProps {
    track: TrackKind,
    dispatch: Callback<Action>,
}

/// Which track is shown where there is room for one.
#[component]
fn TrackChoice(TrackChoiceProps { track, dispatch }: &TrackChoiceProps) -> Html {
    let choice = |(kind, name): (TrackKind, &'static str)| {
        let onchange = dispatch.reform(move |_: Event| Action::Track(kind));
        html! {
            <label>
                <input type="radio" name="track" checked={kind == *track} {onchange} />
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
            ].into_iter().map(choice) }
        </fieldset>
    }
}
