//! Something for the visitor to do, and whether it is done.

use half_open_view::lesson::Task;
use yew::prelude::*;

use crate::markup::html;
use crate::store::{Action, Store, Tour, Turn};

pub(super) fn view(store: &Store, tour: &Tour, task: &Task) -> Html {
    let done = is_done(store, tour, task);
    let word = |key| tour.lesson.word(key).to_owned();
    html! {
        <div class={if done { "card task done" } else { "card task" }} role="group"
            aria-label={task.says.clone()}>
            <p class="asks">
                <span class="tick" aria-hidden="true">{ if done { "✓" } else { "○" } }</span>
                { &task.says }
            </p>
            <div class="asked">
                if store.state.is_off_the_path() {
                    <button type="button" class="pill"
                        onclick={store.send(Action::Tour(Turn::Return))}>{ word("undo") }</button>
                }
                if !done {
                    <button type="button" class="pill"
                        onclick={store.send(Action::Tour(Turn::Show))}>{ word("show") }</button>
                }
            </div>
            <p class="reveals">if done { { &task.done } }</p>
        </div>
    }
}

/// Whether the run that is shown has reached all goals.
pub(super) fn is_done(store: &Store, tour: &Tour, task: &Task) -> bool {
    let run = &store.state.run;
    **run.experiment() == *store.state.experiment && task.is_done(run, tour.range)
}
