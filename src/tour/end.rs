//! What comes after the last beat: what to remember, and the same policy in the words of libraries.

use half_open_view::lesson::Code;
use yew::prelude::*;

use super::bar;
use crate::markup::html;
use crate::store::Store;

pub(crate) fn view(store: &Store) -> Html {
    let tour = store.state.tour.as_ref();
    let tour = tour.filter(|tour| tour.beat().is_none() && store.state.drawing.is_none());
    let Some(lesson) = tour.map(|tour| &tour.lesson) else { return Html::default() };
    // The next one may not be translated yet; then it is told in English.
    let language = bar::language(lesson).map_or_else(String::new, |code| format!("&lang={code}"));
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
        <div class="tour-end" lang={bar::language(lesson)}>
            <h2>{ word("remember") }</h2>
            <ol>{ for lesson.remember.iter().map(|sentence| html! { <li>{ sentence }</li> }) }</ol>
            <h2>{ word("code") }</h2>
            <div class="code">{ for lesson.code.iter().map(code) }</div>
            if let Some((name, title)) = &lesson.next {
                <p><a class="pill strong" href={format!("#lesson={name}{language}")}>
                    { format!("{}: {title}", word("next")) }
                </a></p>
            }
        </div>
    }
}
