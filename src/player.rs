//! The only clock: one callback per frame, and none while nothing moves.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use yew::Callback;

use crate::browser;
use crate::store::Hub;

/// What the browser calls before it paints.
type Frame = Closure<dyn FnMut(f64)>;

/// Calls [`Hub::frame`] as often as it is needed.
pub(crate) struct Player {
    hub: Weak<Hub>,
    frame: RefCell<Option<Frame>>,
    requested: Cell<Option<i32>>,
}

impl Player {
    /// A player of this page. The browser calls no frames while the page is hidden.
    #[must_use]
    pub(crate) fn start(hub: &Rc<Hub>) -> Rc<Self> {
        let player = Rc::new(Self {
            hub: Rc::downgrade(hub),
            frame: RefCell::default(),
            requested: Cell::new(None),
        });
        let weak = Rc::downgrade(&player);
        *player.frame.borrow_mut() = Some(Closure::new(move |now| {
            if let Some(player) = weak.upgrade() {
                player.frame(now);
            }
        }));
        let weak = Rc::downgrade(&player);
        hub.on_wake(Callback::from(move |()| {
            if let Some(player) = weak.upgrade() {
                player.request();
            }
        }));
        player.request();
        player
    }

    fn frame(&self, now: f64) {
        self.requested.set(None);
        if self.hub.upgrade().is_some_and(|hub| hub.frame(now)) {
            self.request();
        }
    }

    fn request(&self) {
        if self.requested.get().is_some() {
            return;
        }
        let frame = self.frame.borrow();
        let (Some(window), Some(frame)) = (browser::window(), frame.as_ref()) else { return };
        let request = window.request_animation_frame(frame.as_ref().unchecked_ref());
        self.requested.set(request.ok());
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        if let (Some(id), Some(window)) = (self.requested.take(), browser::window()) {
            // Nothing is lost if the frame has been called already.
            let _ = window.cancel_animation_frame(id);
        }
    }
}
