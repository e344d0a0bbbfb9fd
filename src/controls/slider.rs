//! A slider with a name and a value that can also be typed.

use half_open::scenario::knob::Spec;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::field::Field;
use super::scale::{nearest, stops};

/// What a slider needs.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct SliderProps {
    /// The name, unit and range of its value.
    pub spec: Spec,
    /// The present value.
    pub value: f64,
    /// Whether it has no effect at present.
    #[prop_or_default]
    pub idle: bool,
    /// Called with a new value, and whether the slider was let go.
    pub turn: Callback<(f64, bool)>,
}

/// A named value between two limits. Dragging stops at round values; any value within the limits
/// can be typed, with its unit.
#[component]
pub(crate) fn Slider(SliderProps { spec, value, idle, turn }: &SliderProps) -> Html {
    let stops = stops(spec);
    let place = nearest(&stops, *value);
    let last = stops.len().saturating_sub(1);
    let filled = format!("{}%", place * 100 / last.max(1));
    let slide = |done: bool| {
        let (turn, stops) = (turn.clone(), stops.clone());
        move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            if let Some(value) = stops.get(input.value_as_number() as usize) {
                turn.emit((*value, done));
            }
        }
    };
    let (sliding, slid) = (slide(false), slide(true));
    html! {
        <div class={classes!("slider", idle.then_some("idle"))}>
            <label>
                <span>{ spec.label }</span>
                <span class="slide">
                    <svg class="rail" aria-hidden="true">
                        <line x2="100%" y1="9" y2="9" />
                        <line class="filled" x2={filled} y1="9" y2="9" />
                    </svg>
                    <input type="range" min="0" max={last.to_string()} value={place.to_string()}
                        aria-valuetext={spec.unit.show(*value)}
                        oninput={move |event: InputEvent| sliding(event.into())} onchange={slid} />
                </span>
            </label>
            <Field name={format!("{}, as text", spec.label)} unit={spec.unit}
                limits={(spec.min, spec.max)} value={*value} give={turn.reform(|value| (value, true))} />
        </div>
    }
}
