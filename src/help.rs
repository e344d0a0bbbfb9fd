//! The list of keys.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

use crate::icons;
use crate::store::Action;

const KEYS: [(&str, &str); 12] = [
    ("Space", "play, pause"),
    ("← →", "previous, next event"),
    ("Shift ← →", "previous, next request"),
    ("Page up, Page down or .", "the same for clickers, one event"),
    ("Home, End", "start, end of the run"),
    ("+ −", "show less, more time"),
    ("0", "show the whole run, or a part of it"),
    ("Ctrl Z", "undo"),
    ("Ctrl Shift Z, Ctrl Y", "redo"),
    ("Delete", "remove the selected change"),
    ("Esc", "select nothing"),
    ("?", "this list"),
];

/// What the list needs.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct HelpProps {
    /// Whether it is open.
    pub open: bool,
    /// Where to say that it was closed.
    pub dispatch: Callback<Action>,
}

/// A dialog with the keys.
#[component]
pub(crate) fn Help(HelpProps { open, dispatch }: &HelpProps) -> Html {
    let dialog = use_node_ref();
    {
        let dialog = dialog.clone();
        use_effect_with(*open, move |open| {
            let Some(dialog) = dialog.cast::<HtmlDialogElement>() else { return };
            if *open && !dialog.open() {
                // Refused only if it is open already.
                let _ = dialog.show_modal();
            } else if !open && dialog.open() {
                dialog.close();
            }
        });
    }
    let closed = dispatch.reform(|_: Event| Action::Help(false));
    let close = dispatch.reform(|_: MouseEvent| Action::Help(false));
    html! {
        <dialog ref={dialog} class="help" aria-labelledby="help-title" onclose={closed}>
            <h2 id="help-title">{ "Keys" }</h2>
            <button type="button" class="pill round" aria-label="Close" onclick={close}>
                { icons::close() }
            </button>
            <dl>
                { for KEYS.iter().map(|(keys, what)| html! {
                    <div><dt><kbd>{ *keys }</kbd></dt><dd>{ *what }</dd></div>
                }) }
            </dl>
            <p class="soft">
                { "Click a service, a line or a client to look closer; drag faults on the time \
                   axis; scroll there to zoom." }
            </p>
        </dialog>
    }
}
