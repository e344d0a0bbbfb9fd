//! A value to type, with its unit.

use half_open::scenario::knob::Unit;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::markup::html;

use super::own::own;

/// A microsecond: the shortest duration where nothing at all has a name of its own.
const SHORTEST: f64 = 1e3;

/// A value to type.
pub(crate) struct Field {
    /// What is typed; begins the sentence that says why it cannot be.
    pub name: String,
    /// Whether it is beside a slider of the same name, and must be told from it.
    pub beside: bool,
    /// What the number means.
    pub unit: Unit,
    /// The smallest and the largest value.
    pub limits: (f64, f64),
    /// The present value.
    pub value: f64,
}

/// What was typed and not yet read, and the sentence that says why it cannot be.
#[derive(Clone, Default)]
struct Draft {
    text: Option<String>,
    problem: Option<String>,
}

impl Field {
    /// The field, and what to do with a new value. What cannot be read stays there.
    pub(crate) fn view(self, give: Callback<f64>) -> Html {
        own(move |draft: &Draft, set: Callback<Draft>| self.draw(draft, &set, &give))
    }

    fn draw(&self, draft: &Draft, set: &Callback<Draft>, give: &Callback<f64>) -> Html {
        let Self { name, beside, unit, limits, value } = self;
        let typing = {
            let problem = draft.problem.clone();
            set.reform(move |event: InputEvent| {
                let input: HtmlInputElement = event.target_unchecked_into();
                Draft { text: Some(input.value()), problem: problem.clone() }
            })
        };
        let typed = {
            let (name, unit, limits) = (name.clone(), *unit, *limits);
            let (set, give) = (set.clone(), give.clone());
            move |event: Event| {
                let input: HtmlInputElement = event.target_unchecked_into();
                let text = input.value();
                match read(&name, unit, limits, &text) {
                    Ok(value) => {
                        set.emit(Draft::default());
                        give.emit(value);
                    }
                    Err(sentence) => set.emit(Draft { text: Some(text), problem: Some(sentence) }),
                }
            }
        };
        let leave = {
            let set = set.clone();
            move |event: KeyboardEvent| {
                // Keys that steer the page are letters here.
                event.stop_propagation();
                if event.key() == "Escape" {
                    set.emit(Draft::default());
                }
            }
        };
        let label = if *beside { format!("{name}, as text") } else { name.clone() };
        let shown = draft.text.clone().unwrap_or_else(|| unit.show(*value));
        html! {
            <>
                <input type="text" class="value" autocomplete="off" spellcheck="false"
                    aria-label={label} aria-invalid={draft.problem.as_ref().map(|_| "true")}
                    value={shown} oninput={typing} onchange={typed} onkeydown={leave} />
                if let Some(sentence) = &draft.problem {
                    <p class="problem" role="alert">{ sentence }</p>
                }
            </>
        }
    }
}

/// The value that a text stands for, if it is within the limits.
fn read(name: &str, unit: Unit, (min, max): (f64, f64), text: &str) -> Result<f64, String> {
    // A word that stands for nothing is chosen by its name: nobody who types 0 means “for ever”.
    let word = match unit {
        Unit::Duration(word) => word.filter(|word| text.trim() != *word),
        _ => None,
    };
    let value = unit.read(text).map_err(|rest| format!("“{name}” {rest}."))?;
    if unit == Unit::Count && value != value.floor() {
        return Err(format!("“{name}” must be a whole number."));
    }
    if let Some(word) = word.filter(|_| value < SHORTEST) {
        let (least, most) = (unit.show(SHORTEST), unit.show(max));
        return Err(format!("“{name}” must be between {least} and {most}, or “{word}”."));
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
        let zero = "“timeout” must be between 1 µs and 1000 s, or “for ever”.";
        for nothing in ["0 ms", "0", "0.4 us"] {
            assert_eq!(timeout(nothing), Err(zero.into()));
        }
        let problem = timeout("300").expect_err("no unit");
        assert!(problem.starts_with("“timeout” cannot be read"), "{problem}");
        let attempts = |text| read("attempts", Unit::Count, (1.0, 100.0), text);
        assert_eq!(attempts("2.5"), Err("“attempts” must be a whole number.".into()));
        assert_eq!(attempts("0"), Err("“attempts” must be between 1 and 100.".into()));
    }
}
