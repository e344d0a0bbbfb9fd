//! One of a few.

use web_sys::HtmlInputElement;
use yew::prelude::*;

/// What a group of choices needs.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct SegmentedProps {
    /// What is chosen; also tells the groups of a page apart.
    pub label: AttrValue,
    /// Whether the label is seen, or only read out.
    #[prop_or_default]
    pub labelled: bool,
    /// Each choice: its value, its name, and what it is in full.
    pub options: Vec<(f64, &'static str, &'static str)>,
    /// The present choice.
    pub value: f64,
    /// Called with a new choice.
    pub choose: Callback<f64>,
}

/// A row of which one is pressed.
#[component]
pub(crate) fn Segmented(props: &SegmentedProps) -> Html {
    let SegmentedProps { label, labelled, options, value, choose } = props;
    let option = |(this, name, full): &(f64, &'static str, &'static str)| {
        let (this, choose) = (*this, choose.clone());
        html! {
            <label title={(name != full).then_some(*full)}>
                <input type="radio" name={label.clone()} checked={this == *value}
                    onchange={move |_| choose.emit(this)} />
                <span>{ *name }</span>
            </label>
        }
    };
    html! {
        <fieldset class="segmented">
            <legend class={(!labelled).then_some("unseen")}>{ label.clone() }</legend>
            <div>{ for options.iter().map(option) }</div>
        </fieldset>
    }
}

/// What a switch needs.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ToggleProps {
    /// What is switched.
    pub label: AttrValue,
    /// Whether it is on.
    pub on: bool,
    /// Called with the new position.
    pub switch: Callback<bool>,
}

/// On or off.
#[component]
pub(crate) fn Toggle(ToggleProps { label, on, switch }: &ToggleProps) -> Html {
    let switch = switch.clone();
    let onchange = move |event: Event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        switch.emit(input.checked());
    };
    html! {
        <label class="toggle">
            <span>{ label.clone() }</span>
            <input type="checkbox" role="switch" checked={*on} {onchange} />
        </label>
    }
}
