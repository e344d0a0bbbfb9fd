//! A sentence at the bottom of the page, until it has been read.

use std::rc::Rc;

use yew::prelude::*;

use crate::icons;
use crate::store::Action;

/// What the notice needs.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct NoticeProps {
    /// The sentence.
    pub sentence: Option<Rc<str>>,
    /// Where to say that it has been read.
    pub dispatch: Callback<Action>,
}

/// The sentence, read out as it appears.
#[component]
pub(crate) fn Notice(NoticeProps { sentence, dispatch }: &NoticeProps) -> Html {
    let close = dispatch.reform(|_: MouseEvent| Action::Unsay);
    html! {
        <div class="notice" role="status">
            if let Some(sentence) = sentence {
                <p>{ sentence.to_string() }</p>
                <button type="button" class="pill round" aria-label="Close" onclick={close}>
                    { icons::close() }
                </button>
            }
        </div>
    }
}
