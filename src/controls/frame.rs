//! What holds other parts together.

use web_sys::HtmlElement;
use yew::prelude::*;

/// What a section needs.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct SectionProps {
    /// Its heading.
    pub title: AttrValue,
    /// What is in it.
    pub children: Html,
}

/// A part of the panel under a heading.
#[component]
pub(crate) fn Section(SectionProps { title, children }: &SectionProps) -> Html {
    html! { <section><h3>{ title.clone() }</h3>{ children.clone() }</section> }
}

/// What a disclosure needs.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct DisclosureProps {
    /// What it says when it is closed.
    pub title: AttrValue,
    /// Makes what is in it, once it is open.
    pub inside: Callback<(), Html>,
}

/// Something that is out of the way until it is asked for.
#[component]
pub(crate) fn Disclosure(DisclosureProps { title, inside }: &DisclosureProps) -> Html {
    let open = use_state_eq(|| false);
    let ontoggle = {
        let open = open.clone();
        move |event: Event| {
            let details: HtmlElement = event.target_unchecked_into();
            open.set(details.has_attribute("open"));
        }
    };
    html! {
        <details {ontoggle}>
            <summary>{ title.clone() }</summary>
            if *open { { inside.emit(()) } }
        </details>
    }
}

/// What a chip needs.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ChipProps {
    /// What it says.
    pub label: AttrValue,
    /// A class for its state, if it is in a special one.
    #[prop_or_default]
    pub state: &'static str,
}

/// A policy in a row of policies.
#[component]
pub(crate) fn Chip(ChipProps { label, state }: &ChipProps) -> Html {
    html! { <span class={classes!("chip", *state)}>{ label.clone() }</span> }
}
