//! The page as a whole: who holds the state, and what lies where.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use yew::prelude::*;

use crate::address::Address;
use crate::browser::Listener;
use crate::desk::Desk;
use crate::markup::html;
use crate::narrator::Narrator;
use crate::player::Player;
use crate::store::{Action, BranchId, Hub, Side};
use crate::theme::Theme;
use crate::{
    editor, files, forks, gallery, help, icons, keyboard, memory, notice, pair, panel, present,
    progress, stage, timeline, topbar, tour, transport,
};

/// Elements of the page that are more than HTML.
#[derive(Default)]
struct Elements {
    stages: [NodeRef; 2],
    timeline: timeline::Elements,
    help: NodeRef,
}

/// The page: one component, because everything on it shows one state.
pub(crate) struct App {
    desk: Desk,
    dispatch: Callback<Action>,
    elements: Elements,
    narrator: RefCell<Narrator>,
    gallery: gallery::Gallery,
    marked: timeline::Marked,
    /// The branch whose name was written when the page was rendered last.
    naming: Cell<Option<BranchId>>,
    /// Whether the focus was on what a lesson tells when the page was last rendered.
    told: Cell<bool>,
    /// What a room was told last, if somebody presents.
    presented: RefCell<Option<present::Facts>>,
    /// Whether there were two stages when the page was last rendered.
    paired: Cell<bool>,
    board: panel::Board,
    /// What of the drawing board was seen when the page was last rendered.
    drawn: editor::Seen,
    /// What of the search was seen when the page was last rendered.
    found: panel::Seen,
    _player: Rc<Player>,
    _listeners: Vec<Listener>,
}

/// What the page is opened with.
#[derive(Clone, Properties)]
pub(crate) struct Props {
    /// Who holds its state.
    pub hub: Rc<Hub>,
    /// Whether there is an address that could not be read.
    pub unread: bool,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.hub, &other.hub)
    }
}

impl Component for App {
    /// Something changed.
    type Message = ();
    type Properties = Props;

    fn create(context: &Context<Self>) -> Self {
        let Props { hub, unread } = context.props().clone();
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
            gallery: gallery::Gallery::default(),
            marked: timeline::Marked::default(),
            naming: Cell::default(),
            told: Cell::default(),
            presented: RefCell::default(),
            paired: Cell::default(),
            board: panel::Board::default(),
            drawn: None,
            found: panel::Seen::default(),
            _player: player,
            _listeners: listeners,
        }
    }

    fn view(&self, _: &Context<Self>) -> Html {
        let Elements { stages, timeline, help } = &self.elements;
        let store = &self.desk.hub.store(&self.dispatch);
        // Two views may come before what they show is there.
        let told = store.state.tour.is_some() && tour::has_focus();
        self.told.set(self.told.get() || told);
        let panel = if store.state.panel_open { " panel-open" } else { "" };
        let touring = if store.state.tour.is_some() { " touring" } else { "" };
        let presenting = store.state.present.is_some();
        let shown = if presenting { " presenting" } else { "" };
        html! {
            <div class={format!("page{panel}{touring}{shown}")}>
                { if presenting { present::bar(store) } else { topbar::view(store) } }
                <main>
                    { stage::view(store, stages) }
                    { transport::view(store) }
                    { timeline::view(store, timeline, &self.marked) }
                    { tour::end(store) }
                </main>
                <div class="shade" onclick={store.send(Action::Panel(false))} />
                <aside id="side" aria-label="Settings">
                    <div class="shut">{ icons::close_button(store.send(Action::Panel(false))) }</div>
                    { panel::view(store, &self.board) }
                </aside>
                { progress::view(store) }
                { notice::view(store) }
                { self.narrator.borrow_mut().view(store) }
                { gallery::view(store, &self.gallery) }
                { help::view(store, help) }
            </div>
        }
    }

    fn rendered(&mut self, _: &Context<Self>, first: bool) {
        let Elements { stages, timeline, help } = &self.elements;
        if first {
            for (canvas, side) in stages.iter().zip(Side::BOTH) {
                stage::Picture::attach(canvas, side, &self.desk);
            }
            let attached = timeline::attach(timeline, &self.desk);
            debug_assert!(attached.is_some(), "a browser can draw on a canvas");
            self.gallery.attach(&self.desk);
        }
        let state = self.desk.hub.state();
        self.gallery.show(&state, &self.desk);
        help::show(help, state.help_open);
        let facts = present::facts(&state);
        if *self.presented.borrow() != facts {
            present::tell(facts.as_ref(), &self.dispatch);
            *self.presented.borrow_mut() = facts;
        }
        let pair = state.forks.pair().is_some();
        if self.paired.replace(pair) != pair {
            // There is a canvas more to paint on, or one less.
            self.desk.hub.wake();
            pair::hold_focus(pair);
        }
        if self.told.take() {
            tour::hold_focus();
        }
        forks::hold(self.naming.replace(state.naming), state.naming);
        let drawn = editor::seen(&state);
        editor::follow_focus(&drawn, &self.drawn);
        self.drawn = drawn;
        let found = (state.find.opened, state.find.open, state.find.active);
        panel::follow_focus(found, std::mem::replace(&mut self.found, found));
    }
}
