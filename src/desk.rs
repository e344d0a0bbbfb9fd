//! What is drawn from, and with which colours.

use std::rc::Rc;

use crate::store::Hub;
use crate::theme::Theme;

/// What everything drawn on a canvas needs.
#[derive(Clone)]
pub(crate) struct Desk {
    /// The state.
    pub hub: Rc<Hub>,
    /// Colours and fonts.
    pub theme: Rc<Theme>,
}
