//! The list of keys.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

use crate::icons;
use crate::markup::html;
use crate::store::{Action, Store};

const KEYS: [(&str, &str); 26] = [
    ("Space", "play, pause"),
    ("← →", "previous, next event"),
    ("Shift ← →", "previous, next request"),
    ("Page up, Page down or .", "the same for clickers, one event"),
    ("Page up, Page down in a lesson", "the step before, the next one"),
    ("Home, End", "start, end of the run"),
    ("+ −", "show less, more time"),
    ("0", "show the whole run, or a part of it"),
    ("[ ]", "mark from here on, up to here"),
    ("← → on the bar of the whole run", "move what is shown, or one of its ends"),
    ("↑ ↓ on the tracks", "scroll them"),
    ("L", "the log instead of the tracks; ↑ ↓ moves in it"),
    ("B", "two settings side by side, or one again"),
    ("X", "the other side: changes go there"),
    ("P", "present to a room: ? lists its keys then"),
    ("G", "the gallery: all scenarios, with pictures"),
    ("E", "draw the system, or be done with it"),
    ("A, C, F2, Delete on a drawn card", "add a service, connect, rename, remove"),
    ("Alt ← → ↑ ↓ on a drawn card", "move it"),
    ("/", "search requests"),
    ("Ctrl Z", "undo"),
    ("Ctrl Shift Z, Ctrl Y", "redo"),
    ("Delete", "remove the selected change"),
    ("Esc", "cancel what is computed, unmark, put away the pair, the ghost, what is selected"),
    ("Enter, F2, Delete on a branch", "show, rename, delete it"),
    ("?", "this list"),
];

/// A dialog with the keys.
pub(crate) fn view(store: &Store, dialog: &NodeRef) -> Html {
    let closed = store.dispatch.reform(|_: Event| Action::Help(false));
    html! {
        <dialog ref={dialog} class="help" aria-labelledby="help-title" onclose={closed}>
            <h2 id="help-title">{ "Keys" }</h2>
            { icons::close_button(store.send(Action::Help(false))) }
            <dl>
                { for KEYS.iter().map(|(keys, what)| html! {
                    <div><dt><kbd>{ *keys }</kbd></dt><dd>{ *what }</dd></div>
                }) }
            </dl>
            <p class="soft">
                { "Click a service, a line or a client to look closer; drag faults on the time \
                   axis; scroll there to zoom, with Shift to move along; drag with Shift to mark a \
                   part of it and have its numbers." }
            </p>
        </dialog>
    }
}

/// Opens or closes it, once it is on the page.
pub(crate) fn show(dialog: &NodeRef, open: bool) {
    let Some(dialog) = dialog.cast::<HtmlDialogElement>() else { return };
    if open && !dialog.open() {
        // Refused only if it is open already.
        let _ = dialog.show_modal();
    } else if !open && dialog.open() {
        dialog.close();
    }
}
