//! Copies the address of what is on the page.

use wasm_bindgen::{JsCast, JsValue};
use yew::Callback;

use crate::browser;
use crate::store::{Action, State};

const COPIED: &str = "The link to this moment is on the clipboard.";
const FAILED: &str = "The link could not be copied, but the address bar holds it.";

/// Copies a link to what is shown, and says so.
pub(crate) fn copy_link(state: &State, dispatch: &Callback<Action>) {
    let (good, bad) = (dispatch.clone(), dispatch.clone());
    let fail = move |_| bad.emit(Action::Say(FAILED.into()));
    let Some(address) = crate::address::link(state) else { return fail(JsValue::NULL) };
    // Browsers offer no clipboard to pages that came over an insecure connection.
    let navigator = browser::window().map_or(JsValue::NULL, |window| window.navigator().into());
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into()).unwrap_or_default();
    let Ok(clipboard) = clipboard.dyn_into::<web_sys::Clipboard>() else {
        return fail(JsValue::NULL);
    };
    let copied = clipboard.write_text(&address).into();
    browser::wait_for(&copied, move |_| good.emit(Action::Say(COPIED.into())), fail);
}
