//! The gallery: every scenario that comes with the page, with a picture of what it is about.
//!
//! What only runs while it is open is kept in functions of its own, so that a first visit does without it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use half_open::run::{Limits, Recorder, Run, Seeker};
use half_open::scenario::library;
use half_open_view::draw::DrawList;
use half_open_view::gallery::{self, Card, SIZE};
use half_open_view::link;
use wasm_bindgen::JsCast;
use web_sys::{
    CanvasRenderingContext2d, Element, HtmlCanvasElement, HtmlDialogElement, HtmlElement,
    HtmlInputElement,
};
use yew::prelude::*;

use crate::browser::{self, Listener};
use crate::desk::Desk;
use crate::markup::html;
use crate::store::{Action, SLICE, State, Store, View, comes_nearer};
use crate::{icons, transport};

/// How many milliseconds of a frame may be spent on simulating what is to be drawn.
const BUDGET: f64 = 8.0;
/// The style sheet, fetched when the gallery is opened first.
const STYLE: &str = "./gallery.css";
/// What a canvas was painted with, so that nothing is painted twice.
const PAINTED: &str = "data-painted";
/// The button of the menu, and the field with what is looked for.
const MENU: &str = "[popovertarget=more]";
const FIELD: &str = ".gallery input";

/// The button that opens it; where the page is narrow it is in the menu.
pub(crate) fn button(store: &Store, class: &'static str) -> Html {
    html! {
        <button type="button" class={class} onclick={store.send(Action::Gallery(Some("".into())))}
            title="All scenarios, with pictures (G)" aria-label="Gallery">
            { icons::grid() }<span>{ "Gallery" }</span>
        </button>
    }
}

/// The dialog; there is nothing in it while it is closed.
pub(crate) fn view(store: &Store, gallery: &Gallery) -> Html {
    let closed = store.dispatch.reform(|_: Event| Action::Gallery(None));
    let moved = |event: KeyboardEvent| {
        if let Some(next) = beside(&event.key()) {
            event.prevent_default();
            // Nothing is lost where it cannot have the focus.
            let _ = next.unchecked_into::<HtmlElement>().focus();
        }
    };
    html! {
        <dialog ref={&gallery.dialog} class="help gallery" aria-labelledby="gallery-title"
            onclose={closed} onkeydown={moved}>
            if let Some(words) = &store.state.gallery {
                { content(store, words) }
            }
        </dialog>
    }
}

#[inline(never)]
fn content(store: &Store, words: &str) -> Html {
    let cards = gallery::cards(words);
    let searched = store.dispatch.reform(|event: InputEvent| {
        let input: HtmlInputElement = event.target_unchecked_into();
        Action::Gallery(Some(input.value().into()))
    });
    let count = if cards.is_empty() {
        format!("Nothing here is called “{}”.", words.trim())
    } else {
        format!("{} of {}", cards.len(), library::names().count())
    };
    html! {
        <>
            <h2 id="gallery-title">{ "Scenarios" }</h2>
            { icons::close_button(store.send(Action::Gallery(None))) }
            <div class="asked">
                <input type="search" class="pill" placeholder="Find" aria-label="Find a scenario"
                    autocomplete="off" value={words.to_owned()} oninput={searched} />
                <p role="status" class="soft">{ count }</p>
            </div>
            <ul>{ for cards.iter().map(|card| shown(store, card)) }</ul>
        </>
    }
}

/// A picture, a title that is a link to the beginning, a sentence, and a link to the moment.
fn shown(store: &Store, card: &Card) -> Html {
    let Card { name, title, .. } = *card;
    let here = store.state.experiment.scenario.name == name;
    let (id, told) = (format!("card-{name}"), format!("card-{name}-told"));
    let at = card.moment.view.at;
    let clock = transport::clock(at);
    // A tenth tells them apart; the link has it exactly.
    let seconds = clock.strip_suffix(".000").unwrap_or(&clock[..clock.len() - 2]);
    let start = go(store, Action::Load(Box::new(card.start.experiment.clone())));
    let moment = go(store, Action::Restore(Box::new(card.moment.clone())));
    html! {
        <li key={name} class={if here { "here" } else { "" }}>
            <canvas id={format!("picture-{name}")} aria-hidden="true" />
            <h3>
                <a {id} href={address(&card.start)} aria-describedby={told.clone()}
                    aria-current={here.then_some("true")} onclick={start}>{ title }</a>
            </h3>
            <p id={told}>{ &card.sentence }</p>
            <a class="moment mono" href={address(&card.moment)} onclick={moment}
                aria-label={format!("{title}, at {seconds}")}>{ format!("at {seconds}") }</a>
        </li>
    }
}

fn address(place: &link::State) -> String {
    format!("#s={}", link::encode(place))
}

/// Goes there on this page, and puts the gallery away, unless the click was for another tab.
fn go(store: &Store, there: Action) -> Callback<MouseEvent> {
    let dispatch = store.dispatch.clone();
    Callback::from(move |event: MouseEvent| {
        if event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key() {
            return;
        }
        event.prevent_default();
        dispatch.emit(Action::Gallery(None));
        dispatch.emit(there.clone());
        // Where the settings are a drawer, they would hide what there is to see.
        dispatch.emit(Action::Panel(false));
    })
}

/// What an arrow key leads to from where the focus is: another card, or the field above them.
fn beside(key: &str) -> Option<Element> {
    let focused = browser::document()?.active_element()?;
    let link = |card: &Element| card.query_selector("a").ok()?;
    let Some(card) = focused.closest("li").ok()? else {
        let leaves = key == "ArrowDown" && focused.matches(FIELD).unwrap_or_default();
        return browser::find(".gallery li a").filter(|_| leaves);
    };
    let next = Element::next_element_sibling;
    let previous = Element::previous_element_sibling;
    match key {
        "ArrowRight" => link(&next(&card)?),
        "ArrowLeft" => link(&previous(&card)?),
        "ArrowDown" => link(&in_column(&card, next)?),
        "ArrowUp" => match in_column(&card, previous) {
            Some(above) => link(&above),
            None => browser::find(FIELD),
        },
        _ => None,
    }
}

/// The next card that stands right below, or above.
fn in_column(card: &Element, step: fn(&Element) -> Option<Element>) -> Option<Element> {
    let left = |card: &Element| card.get_bounding_client_rect().left();
    let mut cards = std::iter::successors(step(card), step);
    cards.find(|other| left(other) == left(card))
}

/// How far the style sheet has come.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Style {
    #[default]
    Absent,
    OnItsWay,
    Here,
}

/// The dialog on the page.
#[derive(Default)]
pub(crate) struct Gallery {
    dialog: NodeRef,
    style: Rc<Cell<Style>>,
    styled: RefCell<Option<Listener>>,
    scrolled: RefCell<Option<Listener>>,
    /// Whether it was opened from the menu, which has closed meanwhile.
    from_menu: Cell<bool>,
}

impl Gallery {
    /// Has pictures drawn on its cards while it is open.
    pub(crate) fn attach(&self, desk: &Desk) {
        desk.hub.attach(Rc::new(Pictures {
            desk: desk.clone(),
            dialog: self.dialog.clone(),
            drawn: RefCell::default(),
            work: RefCell::default(),
        }));
    }

    /// Opens or closes it, once it is on the page.
    pub(crate) fn show(&self, state: &State, desk: &Desk) {
        let Some(dialog) = self.dialog.cast::<HtmlDialogElement>() else { return };
        match (state.gallery.is_some(), dialog.open()) {
            (true, false) => self.open(&dialog, desk),
            (false, true) => dialog.close(),
            _ => {}
        }
        if state.gallery.is_none() && self.from_menu.take() {
            browser::focus(MENU);
        }
    }

    #[inline(never)]
    fn open(&self, dialog: &HtmlDialogElement, desk: &Desk) {
        match self.style.get() {
            Style::Absent => {
                self.fetch_style(desk);
                return;
            }
            Style::OnItsWay => return,
            Style::Here => {}
        }
        self.from_menu.set(browser::find("#more:popover-open").is_some());
        // Refused only if it is open already.
        let _ = dialog.show_modal();
        // With a finger, a keyboard would come up and cover what there is to see.
        if !browser::matches("(pointer: coarse)") {
            browser::focus(FIELD);
        }
        let hub = desk.hub.clone();
        let list = dialog.query_selector("ul").ok().flatten();
        let listener =
            list.map(|list| Listener::new(&list, &["scroll"], move |_: Event| hub.wake()));
        *self.scrolled.borrow_mut() = listener;
        desk.hub.wake();
    }

    fn fetch_style(&self, desk: &Desk) -> Option<()> {
        let sheet = browser::document()?.create_element("link").ok()?;
        sheet.set_attribute("rel", "stylesheet").ok()?;
        sheet.set_attribute("href", STYLE).ok()?;
        let (style, hub, fetched) = (self.style.clone(), desk.hub.clone(), sheet.clone());
        let listener = Listener::new(&sheet, &["load", "error"], move |event: Event| {
            if event.type_() == "load" {
                style.set(Style::Here);
                // Opens it, unless somebody has closed it meanwhile.
                hub.dispatch(Action::Gallery(hub.state().gallery.clone()));
            } else {
                style.set(Style::Absent);
                fetched.remove();
                hub.dispatch(Action::Gallery(None));
                let sentence = "The gallery could not be fetched: is there a connection?";
                hub.dispatch(Action::Say(sentence.into()));
            }
        });
        *self.styled.borrow_mut() = Some(listener);
        self.style.set(Style::OnItsWay);
        browser::find("head")?.append_child(&sheet).ok().map(|_| ())
    }
}

/// A picture in the making.
struct Work {
    card: Card,
    recorder: Recorder,
    /// What was recorded, and who knows the way to the moment.
    run: Option<(Run, Seeker)>,
}

/// Draws what is in sight, one after another and a slice in each frame.
struct Pictures {
    desk: Desk,
    dialog: NodeRef,
    drawn: RefCell<Vec<(&'static str, DrawList)>>,
    work: RefCell<Option<Work>>,
}

impl View for Pictures {
    fn show(&self, state: &State, _: &RefCell<Seeker>, _: f64) {
        let dialog = self.dialog.cast::<HtmlDialogElement>();
        match dialog.filter(|dialog| state.gallery.is_some() && dialog.open()) {
            Some(dialog) => self.draw(&dialog),
            None => {
                self.work.take();
            }
        }
    }
}

impl Pictures {
    /// Paints what is in sight, as far as it is known, and works on the next.
    #[inline(never)]
    fn draw(&self, dialog: &HtmlDialogElement) {
        let sight = dialog.get_bounding_client_rect();
        let mut missing = None;
        for (name, _) in library::names() {
            let found = dialog.query_selector(&format!("#picture-{name}"));
            let Some(canvas) = found.ok().flatten() else { continue };
            let place = canvas.get_bounding_client_rect();
            if place.bottom() < sight.top() || place.top() > sight.bottom() {
                continue;
            }
            match self.drawn.borrow().iter().find(|(drawn, _)| *drawn == name) {
                Some((_, list)) => {
                    self.paint(canvas.unchecked_ref(), list);
                }
                None => missing = missing.or(Some(name)),
            }
        }
        if let Some(name) = missing {
            self.go_on(name);
            self.desk.hub.wake();
        }
    }

    /// Works on a picture for a part of a frame.
    fn go_on(&self, name: &'static str) {
        let start = browser::now();
        let mut held = self.work.borrow_mut();
        let mut work = held.take().filter(|work| work.card.name == name);
        if work.is_none() {
            work = gallery::card(name).map(|card| Work {
                recorder: Recorder::new(card.start.experiment.clone(), Limits::default()),
                card,
                run: None,
            });
        }
        let Some(mut work) = work else { return };
        let at = work.card.moment.view.at;
        while browser::now() - start < BUDGET {
            if let Some((run, seeker)) = &mut work.run {
                if !comes_nearer(seeker, run, at) {
                    let list = gallery::picture(run, seeker.seek(run, at));
                    self.drawn.borrow_mut().push((name, list));
                    return;
                }
            } else if !work.recorder.advance(SLICE) {
                work.run = Some((work.recorder.so_far(), Seeker::new()));
            }
        }
        *held = Some(work);
    }

    /// Paints a picture as large as its canvas is, unless it shows just that.
    fn paint(&self, canvas: &HtmlCanvasElement, list: &DrawList) -> Option<()> {
        let ratio = browser::pixel_ratio();
        let wide = f64::from(canvas.client_width()) * ratio;
        let painted = format!("{wide} {}", self.desk.theme.version());
        if canvas.get_attribute(PAINTED).is_some_and(|before| before == painted) {
            return None;
        }
        let scale = wide / f64::from(SIZE.w);
        canvas.set_width(wide.round() as u32);
        canvas.set_height((f64::from(SIZE.h) * scale).round() as u32);
        let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        context.scale(scale, scale).ok()?;
        half_open_paint::paint(&context, &self.desk.theme.palette(), SIZE, list);
        canvas.set_attribute(PAINTED, &painted).ok()
    }
}
