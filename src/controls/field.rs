//! A value to type, with its unit.

use half_open::scenario::knob::Unit;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// What a field needs.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct FieldProps {
    /// What is typed; begins the sentence that says why it cannot be.
    pub name: AttrValue,
    /// What the number means.
    pub unit: Unit,
    /// The smallest and the largest value.
    pub limits: (f64, f64),
    /// The present value.
    pub value: f64,
    /// Called with a new value.
    pub give: Callback<f64>,
}

/// A value to type. What cannot be read stays there, with a sentence that says why.
#[component]
pub(crate) fn Field(FieldProps { name, unit, limits, value, give }: &FieldProps) -> Html {
    let draft = use_state(|| None::<String>);
    let problem = use_state(|| None::<String>);
    let typing = {
        let draft = draft.clone();
        move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            draft.set(Some(input.value()));
        }
    };
    let typed = {
        let (draft, problem, give) = (draft.clone(), problem.clone(), give.clone());
        let (name, unit, limits) = (name.clone(), *unit, *limits);
        move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            match read(&name, unit, limits, &input.value()) {
                Ok(value) => {
                    draft.set(None);
                    problem.set(None);
                    give.emit(value);
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
    let shown = draft.as_ref().cloned().unwrap_or_else(|| unit.show(*value));
    html! {
        <>
            <input type="text" class="value" autocomplete="off" spellcheck="false"
                aria-label={name.clone()} aria-invalid={problem.as_ref().map(|_| "true")}
                value={shown} oninput={typing} onchange={typed} onkeydown={leave} />
            if let Some(sentence) = &*problem {
                <p class="problem" role="alert">{ sentence }</p>
            }
        </>
    }
}

/// The value that a text stands for, if it is within the limits.
fn read(name: &str, unit: Unit, (min, max): (f64, f64), text: &str) -> Result<f64, String> {
    let value = unit.read(text).map_err(|rest| format!("“{name}” {rest}."))?;
    if unit == Unit::Count && value != value.floor() {
        return Err(format!("“{name}” must be a whole number."));
    }
    if (min..=max).contains(&value) {
        return Ok(value);
    }
    Err(format!("“{name}” must be between {} and {}.", unit.show(min), unit.show(max)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_values_have_units_and_limits() {
        let timeout = |text| read("timeout", Unit::Duration(Some("for ever")), (0.0, 1e12), text);
        assert_eq!(timeout(" 300 ms"), Ok(3e8));
        assert_eq!(timeout("for ever"), Ok(0.0));
        let problem = timeout("300").expect_err("no unit");
        assert!(problem.starts_with("“timeout” cannot be read"), "{problem}");
        let attempts = |text| read("attempts", Unit::Count, (1.0, 100.0), text);
        assert_eq!(attempts("2.5"), Err("“attempts” must be a whole number.".into()));
        assert_eq!(attempts("0"), Err("“attempts” must be between 1 and 100.".into()));
    }
}
