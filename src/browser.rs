//! The few things the page asks of its browser, with the cases in which it has no answer.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    AddEventListenerOptions, Document, Element, Event, EventTarget, HtmlElement, Window,
};

/// The window.
#[must_use]
pub(crate) fn window() -> Option<Window> {
    web_sys::window()
}

/// The document.
#[must_use]
pub(crate) fn document() -> Option<Document> {
    window()?.document()
}

/// The first element of the page that fits a selector.
#[must_use]
pub(crate) fn find(selector: &str) -> Option<Element> {
    document()?.query_selector(selector).ok()?
}

/// Moves the focus to the first element that fits a selector, if there is one that can have it.
pub(crate) fn focus(selector: &str) {
    if let Some(element) = find(selector) {
        // Nothing is lost where it cannot have it.
        let _ = element.unchecked_into::<HtmlElement>().focus();
    }
}

/// Clicks an element of the page.
pub(crate) fn click(id: &str) {
    let element = document().and_then(|document| document.get_element_by_id(id));
    if let Some(element) = element {
        element.unchecked_into::<HtmlElement>().click();
    }
}

/// Milliseconds since the page was opened.
#[must_use]
pub(crate) fn now() -> f64 {
    window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now())
}

/// How many pixels of the screen a pixel of the page has.
#[must_use]
pub(crate) fn pixel_ratio() -> f64 {
    window().map_or(1.0, |window| window.device_pixel_ratio())
}

/// How many times as large as its own pixels an element is shown, by the style sheet.
#[must_use]
pub(crate) fn enlarged(element: &Element) -> f64 {
    let zoom = js_sys::Reflect::get(element, &"currentCSSZoom".into());
    zoom.ok().and_then(|zoom| zoom.as_f64()).unwrap_or(1.0)
}

/// Reads custom properties of the page: `paper` gives the value of `--paper`.
pub(crate) fn custom_properties() -> impl Fn(&str) -> String {
    let root = document().and_then(|document| document.document_element());
    let style = root.and_then(|root| window()?.get_computed_style(&root).ok()?);
    move |name| {
        let value = style.as_ref().and_then(|s| s.get_property_value(&format!("--{name}")).ok());
        value.unwrap_or_default().trim().to_owned()
    }
}

/// Whether the visitor asked for less motion.
#[must_use]
pub(crate) fn prefers_less_motion() -> bool {
    matches("(prefers-reduced-motion: reduce)")
}

/// Whether a media query holds.
#[must_use]
pub(crate) fn matches(query: &str) -> bool {
    window().and_then(|w| w.match_media(query).ok()?).is_some_and(|media| media.matches())
}

/// Calls back when everything that waits for the page has had its turn.
pub(crate) fn soon(act: impl FnOnce() + 'static) {
    let act = Closure::once_into_js(act);
    let called = window().map(|w| w.set_timeout_with_callback(act.unchecked_ref()));
    debug_assert!(called.is_some_and(|called| called.is_ok()), "a window has a timer");
}

/// Calls back when a media query begins or ceases to hold.
pub(crate) fn on_media(query: &str, mut act: impl FnMut(bool) + 'static) -> Option<Listener> {
    let media = window()?.match_media(query).ok()??;
    let target = media.clone();
    Some(Listener::new(&target, &["change"], move |_: Event| act(media.matches())))
}

/// Calls one of two functions when a promise is kept or broken.
pub(crate) fn wait_for(
    promise: &JsValue,
    kept: impl FnOnce(JsValue) + 'static,
    broken: impl FnOnce(JsValue) + 'static,
) {
    let (kept, broken) = (Closure::once_into_js(kept), Closure::once_into_js(broken));
    let then = js_sys::Reflect::get(promise, &"then".into()).unwrap_or_default();
    if let Some(then) = then.dyn_ref::<js_sys::Function>() {
        let called = then.call2(promise, &kept, &broken);
        debug_assert!(called.is_ok(), "a promise can be waited for");
    }
}

/// A listener that is removed when it is dropped.
pub(crate) struct Listener {
    target: EventTarget,
    names: &'static [&'static str],
    closure: Closure<dyn FnMut(JsValue)>,
}

impl Listener {
    /// Listens to events of these names, all of which are of one type.
    #[must_use]
    pub(crate) fn new<E: JsCast>(
        target: &EventTarget,
        names: &'static [&'static str],
        mut act: impl FnMut(E) + 'static,
    ) -> Self {
        Self::add(target, names, Box::new(move |event| act(event.unchecked_into())))
    }

    fn add(
        target: &EventTarget,
        names: &'static [&'static str],
        act: Box<dyn FnMut(JsValue)>,
    ) -> Self {
        let closure = Closure::wrap(act);
        // Wheel and touch listeners are passive by default; ours may prevent what would follow.
        let options = AddEventListenerOptions::new();
        options.set_passive(false);
        for name in names {
            let added = target.add_event_listener_with_callback_and_add_event_listener_options(
                name,
                closure.as_ref().unchecked_ref(),
                &options,
            );
            debug_assert!(added.is_ok(), "listeners can always be added");
        }
        Self { target: target.clone(), names, closure }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        for name in self.names {
            let function = self.closure.as_ref().unchecked_ref();
            // Nothing is lost if it was gone already.
            let _ = self.target.remove_event_listener_with_callback(name, function);
        }
    }
}
