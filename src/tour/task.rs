//! Something for the visitor to do, and whether it is done.

use half_open_view::lesson::{Changes, Goal, Task};
use half_open_view::link;
use yew::prelude::*;

use super::offers;
use crate::files;
use crate::markup::html;
use crate::store::{Action, Store, Tour, Turn};

pub(super) fn view(store: &Store, tour: &Tour, task: &Task) -> Html {
    let done = is_done(store, tour, task);
    let judged = task.seeds > 0;
    let word = |key| tour.lesson.word(key).to_owned();
    html! {
        <div class={if done { "card task achieved" } else { "card task" }} role="group"
            aria-label={task.says.clone()}>
            <p class="asks">
                <span class="tick" aria-hidden="true">{ if done { "✓" } else { "○" } }</span>
                { &task.says }
            </p>
            if judged { { goals(store, tour) } }
            <div class="asked">
                if judged { { judge(store, tour, task) } }
                if store.state.is_off_the_path() {
                    <button type="button" class="pill"
                        onclick={store.send(Action::Tour(Turn::Return))}>{ word("undo") }</button>
                }
                if !done || judged {
                    <button type="button" class="pill"
                        onclick={store.send(Action::Tour(Turn::Show))}>{ word("show") }</button>
                }
            </div>
            { offers::beside(store, tour.beat().map_or(&[], |beat| &beat.offers)) }
            <p class="reveals">if done { { &task.done } }</p>
        </div>
    }
}

/// Whether the run that is shown has reached all goals.
pub(super) fn is_done(store: &Store, tour: &Tour, task: &Task) -> bool {
    let run = &store.state.run;
    let allowed = task.seeds == 0 || is_allowed(&changes(store, tour), task);
    let goals = tour.goals(run);
    let reached = !goals.is_empty() && goals.iter().all(|goal| goal.met);
    reached && allowed && **run.experiment() == *store.state.experiment
}

/// What was changed of the system that is to be mended.
fn changes(store: &Store, tour: &Tour) -> Changes {
    let offers = tour.beat().map_or(&[][..], |beat| &beat.offers);
    Changes::of(&tour.of, &store.state.experiment, offers)
}

/// Whether that may be.
fn is_allowed(changes: &Changes, task: &Task) -> bool {
    !changes.more && changes.settings.len() <= task.most as usize
}

/// Each goal, and how far the run that is shown is from it.
fn goals(store: &Store, tour: &Tour) -> Html {
    let goals = tour.goals(&store.state.run);
    let goal = |Goal { says, met, found }: &Goal| {
        html! {
            <li class={if *met { "reached" } else { "missed" }}>
                <span class="tick" aria-hidden="true">{ if *met { "✓" } else { "✗" } }</span>
                { says }
                <span class="mono">{ found }</span>
            </li>
        }
    };
    html! { <ul class="goals">{ for goals.iter().map(goal) }</ul> }
}

/// How many settings were changed, and the way to the judge.
fn judge(store: &Store, tour: &Tour, task: &Task) -> Html {
    let changes = changes(store, tour);
    let (changed, word) = (changes.settings.len(), |key| tour.lesson.word(key));
    let allowed = is_allowed(&changes, task);
    let said = if changes.more {
        word("more").to_owned()
    } else {
        let said = word("changed").replace("{n}", &changed.to_string());
        said.replace("{of}", &task.most.to_string())
    };
    let press = {
        let (store, goals) = (store.clone(), task.goals.join("\n"));
        let seeds = task.seeds;
        Callback::from(move |_: MouseEvent| {
            let link = link::encode(&store.state.place());
            files::judge(&link, &goals, seeds, changed, &store.dispatch);
        })
    };
    html! {
        <>
            <button type="button" class={if allowed { "pill strong" } else { "pill" }}
                onclick={if allowed { press } else { Callback::noop() }}
                aria-disabled={(!allowed).then_some("true")}>
                { word("judge").replace("{n}", &task.seeds.to_string()) }
            </button>
            <span class={if allowed { "soft" } else { "alarm" }}>{ said }</span>
        </>
    }
}
