//! What holds other parts together.

use web_sys::HtmlElement;
use yew::prelude::*;

use crate::markup::html;

use super::own::own;

/// A part of the panel under a heading.
pub(crate) fn section(title: impl Into<AttrValue>, children: Html) -> Html {
    html! { <section><h3>{ title.into() }</h3>{ children }</section> }
}

/// Something that is out of the way until it is asked for: only then `inside` makes what is in it.
pub(crate) fn disclosure(title: impl Into<AttrValue>, inside: impl Fn() -> Html + 'static) -> Html {
    let title = title.into();
    own(move |open: &bool, set: Callback<bool>| {
        let ontoggle = set.reform(|event: Event| {
            event.target_unchecked_into::<HtmlElement>().has_attribute("open")
        });
        html! {
            <details {ontoggle}>
                <summary>{ title.clone() }</summary>
                { if *open { inside() } else { Html::default() } }
            </details>
        }
    })
}

/// A policy in a row of policies; the class is for its state, if it is in a special one.
pub(crate) fn chip(label: String, state: &'static str) -> Html {
    html! { <span class={classes!("chip", state)}>{ label }</span> }
}
