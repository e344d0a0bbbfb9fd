//! The page as a whole: who holds the state, and what lies where.

use std::cell::RefCell;
use std::rc::Rc;

use half_open::run::{Limits, Run};
use half_open::scenario::library;
use half_open::time::SimTime;
use yew::prelude::*;

use crate::address::{self, Address};
use crate::browser::{self, Listener};
use crate::desk::Desk;
use crate::narrator::Narrator;
use crate::player::Player;
use crate::store::{Action, Hub, State};
use crate::theme::Theme;
use crate::{
    files, help, icons, keyboard, memory, notice, panel, stage, timeline, topbar, transport,
};

/// Where a first visitor comes in: shortly before the bank becomes slow.
const FIRST_MOMENT: SimTime = SimTime::from_millis(3_000);

/// Elements of the page that are more than HTML.
#[derive(Default)]
struct Elements {
    stage: NodeRef,
    ground: NodeRef,
    top: NodeRef,
    help: NodeRef,
}

/// The page: one component, because everything on it shows one state.
pub(crate) struct App {
    desk: Desk,
    dispatch: Callback<Action>,
    elements: Elements,
    narrator: RefCell<Narrator>,
    _player: Rc<Player>,
    _listeners: Vec<Listener>,
}

impl Component for App {
    /// Something changed.
    type Message = ();
    type Properties = ();

    fn create(context: &Context<Self>) -> Self {
        let (state, unread) = first_state();
        let hub = Rc::new(Hub::new(state, browser::now));
        hub.on_render(context.link().callback(|()| ()));
        let dispatch = {
            let hub = hub.clone();
            Callback::from(move |action| hub.dispatch(action))
        };
        let theme = Theme::follow(&hub);
        let player = Player::start(&hub);
        Address::follow(&hub, unread);
        let mut listeners = files::accept_drops(&dispatch);
        listeners.extend(keyboard::listen(&hub, &dispatch));
        listeners.extend(memory::keep(&hub));
        Self {
            desk: Desk { hub, theme },
            dispatch,
            elements: Elements::default(),
            narrator: RefCell::default(),
            _player: player,
            _listeners: listeners,
        }
    }

    fn view(&self, _: &Context<Self>) -> Html {
        let Elements { stage, ground, top, help } = &self.elements;
        let store = &self.desk.hub.store(&self.dispatch);
        html! {
            <div class={if store.state.panel_open { "page panel-open" } else { "page" }}>
                { topbar::view(store) }
                <main>
                    { stage::view(store, stage) }
                    { transport::view(store) }
                    { timeline::view(store, ground, top) }
                </main>
                <div class="shade" onclick={store.send(Action::Panel(false))} />
                <aside id="side" aria-label="Settings">
                    <div class="shut">{ icons::close_button(store.send(Action::Panel(false))) }</div>
                    { panel::view(store) }
                </aside>
                { notice::view(store) }
                { self.narrator.borrow_mut().view(store) }
                { help::view(store, help) }
            </div>
        }
    }

    fn rendered(&mut self, _: &Context<Self>, first: bool) {
        let Elements { stage, ground, top, help } = &self.elements;
        if first {
            let attached = stage::Picture::attach(stage, &self.desk)
                .and(timeline::Picture::attach(ground, top, &self.desk));
            debug_assert!(attached.is_some(), "a browser can draw on a canvas");
        }
        help::show(help, self.desk.hub.state().help_open);
    }
}

/// What the address asks for, or the beginning of the first scenario; and whether there is an
/// address that could not be read.
fn first_state() -> (State, bool) {
    match address::read() {
        Some(Ok(place)) => {
            let mut state = State::restored(place);
            memory::recall(&mut state);
            (state, false)
        }
        Some(Err(error)) => {
            let mut state = first_visit();
            let instead = "Here is the first scenario instead.";
            state.notice = Some(address::apology(&error, instead).into());
            (state, true)
        }
        None => (first_visit(), false),
    }
}

fn first_visit() -> State {
    let mut state = State::new(Run::new(library::payments(), Limits::default()));
    state.t = FIRST_MOMENT;
    state.playing = true;
    state
}
