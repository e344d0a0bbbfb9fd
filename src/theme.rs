//! The colours and fonts of the style sheet, as canvases need them.

use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;

use half_open_paint::Palette;

use crate::browser::{self, Listener};
use crate::store::{Action, Hub};

/// Follows what the operating system says about light, dark, and motion.
pub(crate) struct Theme {
    palette: RefCell<Palette>,
    version: Cell<u32>,
    listeners: RefCell<Vec<Listener>>,
}

impl Theme {
    /// Reads the style sheet now, and whenever the theme changes.
    #[must_use]
    pub(crate) fn follow(hub: &Rc<Hub>) -> Rc<Self> {
        let theme = Rc::new(Self {
            palette: RefCell::new(Palette::read(browser::custom_properties())),
            version: Cell::new(0),
            listeners: RefCell::default(),
        });
        let (weak, waking) = (Rc::downgrade(&theme), hub.clone());
        let dark = browser::on_media("(prefers-color-scheme: dark)", move |_| {
            if let Some(theme) = weak.upgrade() {
                *theme.palette.borrow_mut() = Palette::read(browser::custom_properties());
                theme.version.set(theme.version.get() + 1);
                waking.wake();
            }
        });
        let calming = hub.clone();
        let calm = browser::on_media("(prefers-reduced-motion: reduce)", move |less| {
            calming.dispatch(Action::LessMotion(less));
        });
        hub.dispatch(Action::LessMotion(browser::prefers_less_motion()));
        theme.listeners.borrow_mut().extend([dark, calm].into_iter().flatten());
        theme
    }

    /// The colours and fonts.
    #[must_use]
    pub(crate) fn palette(&self) -> Ref<'_, Palette> {
        self.palette.borrow()
    }

    /// Changes with the theme.
    #[must_use]
    pub(crate) fn version(&self) -> u32 {
        self.version.get()
    }
}
