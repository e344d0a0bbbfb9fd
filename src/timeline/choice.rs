//! Which tracks are shown, in which order, and which stay in sight; and whether idle time is.

use half_open_view::tracks::Place;
use yew::prelude::*;

use crate::icons;
use crate::markup::html;
use crate::store::{Action, Arrange, Store};

/// Two buttons, and the menu of one of them.
pub(super) fn view(store: &Store) -> Html {
    let arrange = |how| store.send(Action::Arrange(how));
    let tracks = &store.state.tracks;
    html! {
        <>
            <div class="choose" role="group" aria-label="Tracks">
                <button type="button" class="which" popovertarget="tracks"
                    title="Which tracks are shown, and in which order">{ "tracks" }</button>
                <button type="button" aria-pressed={tracks.collapse.to_string()}
                    title="Leave out time in which nothing happens"
                    onclick={arrange(Arrange::Collapse(!tracks.collapse))}>{ "skip idle" }</button>
            </div>
            <section id="tracks" popover="auto" aria-labelledby="tracks-title">
                <h2 id="tracks-title">{ "Tracks" }</h2>
                <ul>
                    { for (0..tracks.order.len()).map(|place| row(store, place)) }
                </ul>
                <p class="soft">{ "Pinned tracks stay at the top while others scroll." }</p>
                <button type="button" onclick={arrange(Arrange::Reset)}>
                    { "as at first" }
                </button>
            </section>
        </>
    }
}

fn row(store: &Store, index: usize) -> Html {
    let order = &store.state.tracks.order;
    let Place { kind, shown, pinned } = order[index];
    let arrange = |how| store.send(Action::Arrange(how));
    let onchange =
        store.dispatch.reform(move |_: Event| Action::Arrange(Arrange::Show(kind, !shown)));
    let name = kind.name();
    html! {
        <li key={name}>
            <label>
                <input type="checkbox" checked={shown} {onchange} />
                <span>{ name }</span>
            </label>
            <button type="button" aria-pressed={pinned.to_string()}
                aria-label={format!("Pin {name}")} onclick={arrange(Arrange::Pin(kind, !pinned))}>
                { "pin" }
            </button>
            <button type="button" aria-label={format!("Move {name} up")}
                aria-disabled={(index == 0).then_some("true")}
                onclick={arrange(Arrange::Shift(kind, -1))}>{ icons::up() }</button>
            <button type="button" aria-label={format!("Move {name} down")}
                aria-disabled={(index + 1 == order.len()).then_some("true")}
                onclick={arrange(Arrange::Shift(kind, 1))}>{ icons::down() }</button>
        </li>
    }
}
