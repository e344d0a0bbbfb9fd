//! What comes after the last beat: what to remember, and the same policy in the words of libraries.

use half_open_view::lesson::Code;
use yew::prelude::*;

use crate::markup::html;
use crate::store::Tour;

pub(crate) fn view(tour: &Tour) -> Html {
    let lesson = &tour.lesson;
    let word = |key| lesson.word(key).to_owned();
    let code = |Code { library, text }: &Code| {
        html! {
            <figure>
                <figcaption>{ library }</figcaption>
                <pre tabindex="0" role="region" aria-label={library.clone()}><code>{ text }</code></pre>
            </figure>
        }
    };
    html! {
        <div class="tour-end">
            <h2>{ word("remember") }</h2>
            <ol>{ for lesson.remember.iter().map(|sentence| html! { <li>{ sentence }</li> }) }</ol>
            <h2>{ word("code") }</h2>
            <div class="code">{ for lesson.code.iter().map(code) }</div>
        </div>
    }
}
