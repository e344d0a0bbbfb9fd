//! One of a few.

use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::markup::html;

/// One of a few: its value, its name, and what it is in full.
pub(crate) type Choice = (f64, &'static str, &'static str);

/// A row of choices of which one is pressed. The label also tells the rows of a page apart; it is
/// seen, or only read out.
pub(crate) fn segmented(
    label: &'static str,
    labelled: bool,
    options: &[Choice],
    value: f64,
    choose: &Callback<f64>,
) -> Html {
    let option = |(this, name, full): &Choice| {
        let (this, choose) = (*this, choose.clone());
        html! {
            <label title={(name != full).then_some(*full)}>
                <input type="radio" name={label} checked={this == value}
                    onchange={move |_: Event| choose.emit(this)} />
                <span>{ *name }</span>
            </label>
        }
    };
    html! {
        <fieldset class="segmented">
            <legend class={(!labelled).then_some("unseen")}>{ label }</legend>
            <div>{ for options.iter().map(option) }</div>
        </fieldset>
    }
}

/// Choices that are too many for a row, of which one is in force.
pub(crate) fn menu(
    label: &'static str,
    options: &[Choice],
    value: f64,
    choose: &Callback<f64>,
) -> Html {
    let onchange = choose.reform(|event: Event| {
        f64::from(event.target_unchecked_into::<HtmlSelectElement>().selected_index())
    });
    let option = |(this, name, _): &Choice| {
        html! { <option selected={*this == value}>{ *name }</option> }
    };
    html! {
        <label class="preset">
            <span>{ label }</span>
            <select {onchange}>{ for options.iter().map(option) }</select>
        </label>
    }
}

/// On or off.
pub(crate) fn toggle(label: impl Into<AttrValue>, on: bool, switch: Callback<bool>) -> Html {
    let onchange =
        switch.reform(|event: Event| event.target_unchecked_into::<HtmlInputElement>().checked());
    html! {
        <label class="toggle">
            <span>{ label.into() }</span>
            <input type="checkbox" role="switch" checked={on} {onchange} />
        </label>
    }
}
