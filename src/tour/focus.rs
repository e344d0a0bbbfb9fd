//! The focus stays in a lesson when the button that had it goes: what was pressed is often answered by
//! something else in its place.

use crate::browser;

/// Whether something of a lesson has the focus.
pub(crate) fn has_focus() -> bool {
    browser::find(".tour :focus").is_some()
}

/// Puts the focus on the way on, or else back, if nothing has it any more.
pub(crate) fn hold_focus() {
    if browser::find("body:not(:has(:focus))").is_none() {
        return;
    }
    match browser::find("#continue") {
        Some(_) => browser::focus("#continue"),
        None => browser::focus(".steps button"),
    }
}
