//! What is left to do when the app has a bug: `static/crash.js` shows it, also when WebAssembly
//! cannot any more.

use wasm_bindgen::JsValue;

/// Tells what broke to the script that shows it. The error itself reaches it from the browser.
pub(crate) fn report_panics() {
    yew::set_custom_panic_hook(Box::new(|panic| {
        let details = JsValue::from(panic.to_string());
        // If even this fails, the script shows what the browser says.
        let _ = js_sys::Reflect::set(&js_sys::global(), &"halfOpenPanic".into(), &details);
    }));
}
