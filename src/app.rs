//! The page as a whole: who holds the state, and what lies where.

use std::rc::Rc;

use half_open::run::{Limits, Run};
use half_open::scenario::library;
use half_open::time::SimTime;
use yew::prelude::*;

use crate::address::{self, Address};
use crate::browser::{self, Listener};
use crate::help::Help;
use crate::narrator::Narrator;
use crate::notice::Notice;
use crate::panel::Panel;
use crate::player::Player;
use crate::stage::Stage;
use crate::store::{Action, Hub, State};
use crate::theme::Theme;
use crate::timeline::Timeline;
use crate::topbar::TopBar;
use crate::transport::Transport;
use crate::{files, keyboard, memory};

/// Where a first visitor comes in: shortly before the bank becomes slow.
const FIRST_MOMENT: SimTime = SimTime::from_millis(3_000);

/// What everything drawn on a canvas needs.
#[derive(Clone)]
pub(crate) struct Desk {
    /// The state.
    pub hub: Rc<Hub>,
    /// Colours and fonts.
    pub theme: Rc<Theme>,
}

impl PartialEq for Desk {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.hub, &other.hub)
    }
}

/// The page.
pub(crate) struct App {
    desk: Desk,
    dispatch: Callback<Action>,
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
        Self { desk: Desk { hub, theme }, dispatch, _player: player, _listeners: listeners }
    }

    fn view(&self, _: &Context<Self>) -> Html {
        let store = self.desk.hub.store(&self.dispatch);
        let state = &store.state;
        let desk = &self.desk;
        html! {
            <div class={classes!("page", state.panel_open.then_some("panel-open"))}>
                <TopBar store={store.clone()} />
                <main>
                    <Stage desk={desk.clone()} store={store.clone()} />
                    <Transport store={store.clone()} />
                    <Timeline desk={desk.clone()} store={store.clone()} />
                </main>
                <aside id="side" aria-label="Settings">
                    <Panel store={store.clone()} />
                </aside>
                <Notice sentence={state.notice.clone()} dispatch={self.dispatch.clone()} />
                <Narrator store={store.clone()} />
                <Help open={state.help_open} dispatch={self.dispatch.clone()} />
            </div>
        }
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
