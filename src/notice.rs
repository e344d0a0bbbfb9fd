//! A sentence at the bottom of the page, until it has been read.

use yew::prelude::*;

use crate::icons;
use crate::markup::html;
use crate::store::{Action, Store};

/// The sentence, read out as it appears.
pub(crate) fn view(store: &Store) -> Html {
    html! {
        <div class="notice" role="status">
            if let Some(sentence) = &store.state.notice {
                <p>{ sentence.to_string() }</p>
                { icons::close_button(store.send(Action::Unsay)) }
            }
        </div>
    }
}
