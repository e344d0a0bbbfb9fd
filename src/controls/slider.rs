//! A slider with a name and a value that can also be typed.

use half_open::scenario::knob::{Spec, Unit};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::scale::{nearest, stops};

/// What a slider needs.
#[derive(Clone, PartialEq, Properties)]
pub struct SliderProps {
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
pub fn Slider(SliderProps { spec, value, idle, turn }: &SliderProps) -> Html {
    let draft = use_state(|| None::<String>);
    let problem = use_state(|| None::<String>);
    let stops = stops(spec);
    let place = nearest(&stops, *value);
    let last = stops.len().saturating_sub(1);
    let filled = format!("{}%", place * 100 / last.max(1));
    let shown = spec.unit.show(*value);

    let slide = |done: bool| {
        let (turn, problem) = (turn.clone(), problem.clone());
        let stops = stops.clone();
        move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            if let Some(value) = stops.get(input.value_as_number() as usize) {
                problem.set(None);
                turn.emit((*value, done));
            }
        }
    };
    let sliding = slide(false);
    let slid = slide(true);
    let typing = {
        let draft = draft.clone();
        move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            draft.set(Some(input.value()));
        }
    };
    let typed = {
        let (draft, problem, turn, spec) = (draft.clone(), problem.clone(), turn.clone(), *spec);
        move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            match read(&spec, &input.value()) {
                Ok(value) => {
                    draft.set(None);
                    problem.set(None);
                    turn.emit((value, true));
                }
                Err(sentence) => problem.set(Some(sentence)),
            }
        }
    };
    let leave = {
        let (draft, problem) = (draft.clone(), problem.clone());
        move |event: KeyboardEvent| {
            // Keys that steer the page are letters here.
            event.stop_propagation();
            if event.key() == "Escape" {
                draft.set(None);
                problem.set(None);
            }
        }
    };
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
                        aria-valuetext={shown.clone()}
                        oninput={move |event: InputEvent| sliding(event.into())} onchange={slid} />
                </span>
            </label>
            <input type="text" class="value" autocomplete="off" spellcheck="false"
                aria-label={format!("{}, as text", spec.label)} aria-invalid={problem.as_ref().map(|_| "true")}
                value={draft.as_ref().cloned().unwrap_or(shown)}
                oninput={typing} onchange={typed} onkeydown={leave} />
            if let Some(sentence) = &*problem {
                <p class="problem" role="alert">{ sentence }</p>
            }
        </div>
    }
}

/// The value a text stands for, if it is one that the knob can take.
fn read(spec: &Spec, text: &str) -> Result<f64, String> {
    let value = spec.unit.read(text).map_err(|rest| format!("“{}” {rest}.", spec.label))?;
    if spec.unit == Unit::Count && value != value.floor() {
        return Err(format!("“{}” must be a whole number.", spec.label));
    }
    if (spec.min..=spec.max).contains(&value) {
        return Ok(value);
    }
    let (min, max) = (spec.unit.show(spec.min), spec.unit.show(spec.max));
    Err(format!("“{}” must be between {min} and {max}.", spec.label))
}

#[cfg(test)]
mod tests {
    use half_open::scenario::Knob;
    use half_open::scenario::knob::EdgeKnob;

    use super::*;

    #[test]
    fn typed_values_have_units_and_limits() {
        let timeout = Knob::Edge(0, EdgeKnob::Timeout).spec();
        assert_eq!(read(&timeout, " 300 ms"), Ok(3e8));
        assert_eq!(read(&timeout, "for ever"), Ok(0.0));
        let problem = read(&timeout, "300").expect_err("no unit");
        assert!(problem.starts_with("“per attempt” cannot be read"), "{problem}");
        let attempts = Knob::Edge(0, EdgeKnob::Attempts).spec();
        assert_eq!(read(&attempts, "2.5"), Err("“attempts” must be a whole number.".into()));
        assert_eq!(read(&attempts, "0"), Err("“attempts” must be between 1 and 100.".into()));
    }
}
