//! Lessons are fetched when somebody wants them; see `static/start.js`.

use std::rc::Rc;

use half_open_view::lesson::Lesson;
use wasm_bindgen::JsValue;

use crate::{browser, files};

/// Fetches a lesson by its name, and gives it or a sentence about why not.
pub(crate) fn fetch(name: &str, then: impl FnOnce(Result<Rc<Lesson>, String>) + 'static) {
    // One of two functions is called, and both need what is to be done then.
    let then = Rc::new(std::cell::Cell::new(Some(then)));
    let (good, bad) = (then.clone(), then);
    let name = name.to_owned();
    let missing = format!("The lesson “{name}” could not be fetched.");
    let asked = files::ask("lesson", &name.into());
    let kept = move |text: JsValue| {
        let lesson = Lesson::read(&text.as_string().unwrap_or_default());
        if let Some(then) = good.take() {
            then(lesson.map(Rc::new).map_err(|_| "This lesson cannot be read.".into()));
        }
    };
    browser::wait_for(&asked, kept, move |_| {
        if let Some(then) = bad.take() {
            then(Err(missing));
        }
    });
}
