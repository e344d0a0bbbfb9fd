//! The sentence of a beat, and the way on and back.

use half_open_view::lesson::{Lesson, parts};
use yew::prelude::*;

use super::{guess, task};
use crate::markup::html;
use crate::store::{Action, Store, Tour, Turn};

/// What is told, in the place of what the run itself would tell.
pub(crate) fn view(store: &Store, tour: &Tour) -> Html {
    let lesson = &tour.lesson;
    let beat = tour.beat();
    let says = beat.map_or_else(
        || html! { <p class="story">{ &lesson.title }</p> },
        |beat| {
            let [before, phrase, after] = parts(&beat.says).map(str::to_owned);
            html! {
                <p class="story">{ before }<em class={beat.mark.clone()}>{ phrase }</em>{ after }</p>
            }
        },
    );
    html! {
        <div class="tour" role="region" aria-label={lesson.title.clone()} lang={language(lesson)}>
            { says }
            { steps(store, tour) }
            { beat.and_then(|beat| beat.question.as_ref()).map(|question| {
                guess::view(store, tour, question)
            }) }
            { beat.and_then(|beat| beat.task.as_ref()).map(|task| task::view(store, tour, task)) }
        </div>
    }
}

/// In which language a lesson is, where that is not the language of the page.
pub(crate) fn language(lesson: &Lesson) -> Option<String> {
    (!lesson.language.is_empty()).then(|| lesson.language.clone())
}

/// Back, on, and where this is.
fn steps(store: &Store, tour: &Tour) -> Html {
    let lesson = &tour.lesson;
    let word = |key| lesson.word(key).to_owned();
    let turn = |turn| store.send(Action::Tour(turn));
    let count = lesson.beats.len();
    // A challenge leads nowhere.
    let alone = lesson.challenge().is_some();
    // As long as something moves, it is what matters; then the way on is.
    let moves = store.state.beat_moves();
    let ready = !moves && !tour.asks();
    let off = store.state.is_off_the_path() && tour.beat().is_some_and(|beat| beat.task.is_none());
    let place = word("step")
        .replace("{n}", &(tour.beat + 1).min(count).to_string())
        .replace("{of}", &count.to_string());
    html! {
        <div class="steps">
            if !alone {
                <button type="button" class="pill" onclick={turn(Turn::Back)}
                    aria-disabled={(tour.beat == 0).then_some("true")}>{ word("back") }</button>
            }
            if tour.beat < count && (moves || !alone) {
                <button type="button" class={if ready { "pill strong" } else { "pill" }} id="continue"
                    onclick={turn(Turn::Next)}>{ word(if moves { "skip" } else { "continue" }) }</button>
            }
            if !alone { <span class="soft">{ place }</span> }
            if off {
                <button type="button" class="pill" onclick={turn(Turn::Return)}>
                    { word("return") }
                </button>
            }
            <button type="button" class="pill round leave" onclick={turn(Turn::Leave)}
                aria-label={word("leave")} title={word("leave")}>{ "✕" }</button>
        </div>
    }
}
