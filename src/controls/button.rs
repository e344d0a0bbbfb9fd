//! Something to press.

use yew::prelude::*;

use crate::markup::html;

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

/// Something to press.
#[derive(Default)]
pub(crate) struct Button {
    /// What it says.
    pub label: AttrValue,
    /// What it does, in full, where the label is short.
    pub title: Option<AttrValue>,
    /// Whether it is held down, for buttons that stay.
    pub pressed: Option<bool>,
    /// How it looks.
    pub tone: Tone,
    /// Whether it does nothing at present; it keeps the focus, which may be there.
    pub disabled: bool,
}

impl Button {
    /// A button like any other.
    pub(crate) fn new(label: &'static str) -> Self {
        Self { label: label.into(), ..Self::default() }
    }

    /// The button, and what to do when it is pressed.
    pub(crate) fn view(self, press: Callback<MouseEvent>) -> Html {
        let class = match self.tone {
            Tone::Plain => "button",
            Tone::Failure => "button failure",
            Tone::Fault => "button fault",
            Tone::Text => "textual",
        };
        html! {
            <button type="button" {class} title={self.title}
                aria-disabled={self.disabled.then_some("true")}
                aria-pressed={self.pressed.map(|on| if on { "true" } else { "false" })}
                onclick={(!self.disabled).then_some(press)}>
                { self.label }
            </button>
        }
    }
}
