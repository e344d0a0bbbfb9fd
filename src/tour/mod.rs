//! Lessons on the page: what is told, asked and to be done, and the way through it.

mod bar;
mod end;
mod fetch;
mod focus;
mod guess;
mod offers;
mod spoken;
mod task;
mod way;

pub(crate) use bar::{language, view};
pub(crate) use end::view as end;
pub(crate) use fetch::fetch;
pub(crate) use focus::{has_focus, hold_focus};
pub(crate) use offers::{aside, tells, view as offers};
pub(crate) use spoken::spoken;
pub(crate) use way::Way;
