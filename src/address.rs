//! The address bar always holds what is shown: it can be copied, kept, reloaded and gone back
//! from.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;

use half_open::run::Seeker;
use half_open::scenario::Experiment;
use half_open::time::SimTime;
use half_open_view::link::{self, LinkError};
use half_open_view::tracks::Viewport;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Event;

use crate::browser::{self, Listener};
use crate::present;
use crate::store::{Action, BranchId, Hub, Range, Selection, Show, Side, State, View};
use crate::tour::{self, Way};

/// What stands before a link.
const MARK: &str = "s=";
/// Milliseconds between two changes of the address: browsers allow only so many.
const PAUSE: f64 = 400.0;

/// What an address asks for.
pub(crate) enum Asked {
    /// An experiment, and a place in it.
    Place(Box<link::State>),
    /// A step of a lesson, and what somebody made of it.
    Lesson(Way, Option<Box<link::State>>),
}

/// What the address asks for.
///
/// # Errors
/// The reason why it cannot be had.
pub(crate) fn read() -> Option<Result<Asked, LinkError>> {
    let hash = browser::window()?.location().hash().ok()?;
    let hash = hash.strip_prefix('#')?;
    let hash = hash.strip_suffix(present::MARK).unwrap_or(hash);
    let place = |text: &str| text.strip_prefix(MARK).map(|link| link::decode(link).map(Box::new));
    match Way::read(hash) {
        None => place(hash).map(|place| place.map(Asked::Place)),
        Some((way, rest)) => {
            let rest = rest.and_then(place).transpose();
            Some(rest.map(|place| Asked::Lesson(way, place)))
        }
    }
}

/// Whether the address asks for what it holds to be presented.
#[must_use]
pub(crate) fn presents() -> bool {
    let hash = browser::window().and_then(|window| window.location().hash().ok());
    hash.is_some_and(|hash| hash.ends_with(present::MARK))
}

/// A sentence about an address that cannot be read.
#[must_use]
pub(crate) fn apology(error: &LinkError, kept: &str) -> String {
    format!("{error} {kept}")
}

/// The address of what is shown.
#[must_use]
pub(crate) fn link(state: &State) -> Option<String> {
    let address = browser::window()?.location().href().ok()?;
    let page = address.split('#').next().unwrap_or_default();
    Some(format!("{page}{}", place(state)))
}

fn place(state: &State) -> String {
    match &state.tour {
        Some(tour) => Way::of(tour).hash(tour, state),
        None => format!("#{MARK}{}", link::encode(&state.place())),
    }
}

/// The place, and whether it is presented: that belongs to this window and to nobody else's.
fn hash(state: &State) -> String {
    let present = if state.present.is_some() { present::MARK } else { "" };
    format!("{}{present}", place(state))
}

/// What the address stands for.
#[derive(Clone)]
struct Written {
    experiment: Arc<Experiment>,
    ghost: Option<BranchId>,
    pair: Option<Side>,
    selection: Selection,
    t: SimTime,
    viewport: Viewport,
    brush: Option<Range>,
    way: Option<Way>,
    presents: bool,
}

impl Written {
    fn of(state: &State) -> Self {
        Self {
            experiment: state.experiment.clone(),
            ghost: state.forks.ghost().map(|ghost| ghost.id),
            pair: state.forks.pair(),
            selection: state.selection,
            t: state.t,
            viewport: state.viewport,
            brush: state.brush,
            way: state.tour.as_deref().map(Way::of),
            presents: state.present.is_some(),
        }
    }

    /// Whether this is another place, which Back should leave, and not only another moment.
    fn leads_elsewhere(&self, other: &Self) -> bool {
        let same = Arc::ptr_eq(&self.experiment, &other.experiment);
        !same
            || (self.selection, self.pair) != (other.selection, other.pair)
            || self.way != other.way
    }
}

/// Keeps the address up to date, and follows it when somebody goes back or forward.
pub(crate) struct Address {
    me: Weak<Self>,
    hub: Weak<Hub>,
    written: RefCell<Option<Written>>,
    /// What was shown a frame ago.
    seen: RefCell<Option<State>>,
    at: Cell<f64>,
    /// The next change comes from the address itself.
    following: Cell<bool>,
    /// What the address holds cannot be read: it stays in the history.
    keep: Cell<bool>,
    later: Closure<dyn FnMut()>,
    waiting: Cell<bool>,
    listeners: RefCell<Vec<Listener>>,
}

impl Address {
    /// Begins to follow the state; `keep` if what the address holds is not what is shown.
    pub(crate) fn follow(hub: &Rc<Hub>, keep: bool) {
        let waking = Rc::downgrade(hub);
        let later = Closure::new(move || {
            if let Some(hub) = waking.upgrade() {
                hub.wake();
            }
        });
        let address = Rc::new_cyclic(|me| Self {
            me: me.clone(),
            hub: Rc::downgrade(hub),
            written: RefCell::default(),
            seen: RefCell::default(),
            at: Cell::new(f64::NEG_INFINITY),
            following: Cell::new(false),
            keep: Cell::new(keep),
            later,
            waiting: Cell::new(false),
            listeners: RefCell::default(),
        });
        if let Some(window) = browser::window() {
            let (moved, leaving) = (Rc::downgrade(&address), Rc::downgrade(&address));
            let moved = Listener::new(&window, &["popstate"], move |_: Event| {
                if let Some(address) = moved.upgrade() {
                    address.moved();
                }
            });
            let leaving = Listener::new(&window, &["pagehide"], move |_: Event| {
                if let Some(address) = leaving.upgrade() {
                    address.leave();
                }
            });
            address.listeners.borrow_mut().extend([moved, leaving]);
        }
        hub.attach(address);
    }

    /// Somebody went back or forward, or typed.
    fn moved(&self) {
        let Some(hub) = self.hub.upgrade() else { return };
        if presents() {
            hub.dispatch(Action::Present(Show::Begin));
        }
        match read() {
            Some(Ok(Asked::Place(place))) => {
                self.following.set(true);
                hub.dispatch(Action::Restore(place));
            }
            Some(Ok(Asked::Lesson(way, place))) => self.go_to(&hub, way, place),
            Some(Err(error)) => {
                // That place in the history is from now on the one of what is still here.
                write(&hash(&hub.state()), false);
                let kept = "What you had is still here.";
                hub.dispatch(Action::Say(apology(&error, kept)));
            }
            None => self.keep.set(true),
        }
    }

    /// Goes to a step of a lesson, which may have to be fetched first.
    fn go_to(&self, hub: &Rc<Hub>, way: Way, place: Option<Box<link::State>>) {
        let known = hub.state().tour.as_ref().map(|tour| tour.lesson.clone());
        if let Some(lesson) = known.filter(|lesson| way.is_in(lesson)) {
            self.following.set(true);
            hub.dispatch(way.turn(lesson, place));
            return;
        }
        let (me, hub) = (self.me.clone(), hub.clone());
        tour::fetch(&way.clone(), move |lesson| match lesson {
            Ok(lesson) => {
                if let Some(address) = me.upgrade() {
                    address.following.set(true);
                }
                hub.dispatch(way.turn(lesson, place));
            }
            Err(reason) => {
                write(&hash(&hub.state()), false);
                hub.dispatch(Action::Say(format!("{reason} What you had is still here.")));
            }
        });
    }

    /// The page goes away: the last moment counts.
    fn leave(&self) {
        if let Some(hub) = self.hub.upgrade()
            && !self.keep.get()
        {
            write(&hash(&hub.state()), false);
        }
    }

    /// Asks for another look after a while.
    fn look_again(&self) {
        if self.waiting.replace(true) {
            return;
        }
        if let Some(window) = browser::window() {
            let function = self.later.as_ref().unchecked_ref();
            let wait = PAUSE as i32;
            let asked = window
                .set_timeout_with_callback_and_timeout_and_arguments_0(function, wait)
                .is_ok();
            self.waiting.set(asked);
        }
    }
}

impl View for Address {
    fn show(&self, state: &State, _: &RefCell<Seeker>, now: f64) {
        if state.gesture.is_some() || state.computing {
            return;
        }
        let seen = self.seen.replace(Some(state.clone()));
        let next = Written::of(state);
        let (elsewhere, same) = match &*self.written.borrow() {
            Some(before) => (
                before.leads_elsewhere(&next),
                !before.leads_elsewhere(&next)
                    && before.ghost == next.ghost
                    && before.t == next.t
                    && before.viewport == next.viewport
                    && before.brush == next.brush
                    && before.presents == next.presents,
            ),
            None => (false, false),
        };
        if same {
            return;
        }
        let following = self.following.take();
        let first = self.written.borrow().is_none();
        let unread = self.keep.get();
        // An address that could not be read stays until there is something worth more.
        if unread && !first && !elsewhere {
            return;
        }
        if !elsewhere && !first && !following && now - self.at.get() < PAUSE {
            self.look_again();
            return;
        }
        self.waiting.set(false);
        *self.written.borrow_mut() = Some(next);
        if unread && first {
            return;
        }
        self.at.set(now);
        // Back should lead to the very moment that is left now.
        if let Some(seen) = seen.filter(|_| elsewhere && !following && !unread) {
            write(&hash(&seen), false);
        }
        self.keep.set(false);
        write(&hash(state), elsewhere && !following);
    }
}

fn write(hash: &str, push: bool) {
    let history = browser::window().and_then(|window| window.history().ok());
    let Some(history) = history else { return };
    // A browser that has had enough changes for now keeps the address it has.
    let _ = if push {
        history.push_state_with_url(&JsValue::NULL, "", Some(hash))
    } else {
        history.replace_state_with_url(&JsValue::NULL, "", Some(hash))
    };
}
