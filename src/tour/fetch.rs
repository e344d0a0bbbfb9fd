//! Lessons are fetched when somebody wants them; see `static/start.js`.

use std::rc::Rc;

use half_open_view::lesson::Lesson;
use wasm_bindgen::JsValue;

use super::Way;
use crate::{browser, files};

/// Fetches the lesson that a way leads to, and gives it or a sentence about why not.
pub(crate) fn fetch(way: &Way, then: impl FnOnce(Result<Rc<Lesson>, String>) + 'static) {
    // One of two functions is called, and both need what is to be done then.
    let then = Rc::new(std::cell::Cell::new(Some(then)));
    let (good, bad) = (then.clone(), then);
    let missing = format!("The lesson “{}” could not be fetched.", way.lesson);
    let name = match way.language.as_str() {
        "" => way.lesson.clone(),
        language => format!("{language}/{}", way.lesson),
    };
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
