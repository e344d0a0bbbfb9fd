//! A slider with a name and a value that can also be typed.

use half_open::scenario::knob::Spec;
use half_open_view::scale::{nearest, stops};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::markup::html;

use super::field::Field;

/// A named value between two limits. Dragging stops at round values; any value within the limits
/// can be typed, with its unit. An idle one has no effect at present. `turn` gets a new value, and
/// whether the slider was let go.
pub(crate) fn slider(spec: &Spec, value: f64, idle: bool, turn: &Callback<(f64, bool)>) -> Html {
    let stops = stops(spec);
    let place = nearest(&stops, value);
    let last = stops.len().saturating_sub(1);
    let filled = format!("{}%", place * 100 / last.max(1));
    let slide = {
        let turn = turn.clone();
        Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            if let Some(value) = stops.get(input.value_as_number() as usize) {
                turn.emit((*value, event.type_() == "change"));
            }
        })
    };
    let field = Field {
        name: spec.label.to_string(),
        beside: true,
        unit: spec.unit,
        limits: (spec.min, spec.max),
        value,
    };
    html! {
        <div class={if idle { "slider idle" } else { "slider" }}>
            <label>
                <span>{ spec.label }</span>
                <span class="slide">
                    <svg class="rail" aria-hidden="true">
                        <line x2="100%" y1="9" y2="9" />
                        <line class="filled" x2={filled} y1="9" y2="9" />
                    </svg>
                    <input type="range" min="0" max={last.to_string()} value={place.to_string()}
                        aria-valuetext={spec.unit.show(value)}
                        oninput={slide.reform(|event: InputEvent| event.into())} onchange={slide} />
                </span>
            </label>
            { field.view(turn.reform(|value| (value, true))) }
        </div>
    }
}
