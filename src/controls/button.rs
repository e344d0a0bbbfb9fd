//! Something to press.

use yew::prelude::*;

/// How a button looks.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tone {
    /// Like any other.
    #[default]
    Plain,
    /// It opens or fails something at once.
    Failure,
    /// It breaks something for as long as it is pressed.
    Fault,
    /// A word in a line of text.
    Text,
}

/// What a button needs.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ButtonProps {
    /// What it says.
    pub label: AttrValue,
    /// What it does, in full, where the label is short.
    #[prop_or_default]
    pub title: Option<AttrValue>,
    /// Whether it is held down, for buttons that stay.
    #[prop_or_default]
    pub pressed: Option<bool>,
    /// How it looks.
    #[prop_or_default]
    pub tone: Tone,
    /// Whether it does nothing at present.
    #[prop_or_default]
    pub disabled: bool,
    /// What to do.
    pub press: Callback<()>,
}

/// Something to press.
#[component]
pub(crate) fn Button(props: &ButtonProps) -> Html {
    let class = match props.tone {
        Tone::Plain => "button",
        Tone::Failure => "button failure",
        Tone::Fault => "button fault",
        Tone::Text => "textual",
    };
    html! {
        <button type="button" {class} title={props.title.clone()} disabled={props.disabled}
            aria-pressed={props.pressed.map(|on| if on { "true" } else { "false" })}
            onclick={props.press.reform(|_| ())}>
            { props.label.clone() }
        </button>
    }
}
