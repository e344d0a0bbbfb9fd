//! Keys that work anywhere on the page, unless somebody is typing.

use std::rc::Rc;

use half_open::scenario::Edit;
use half_open::time::SimTime;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};
use yew::Callback;

use crate::browser::{self, Listener};
use crate::store::{Action, Deed, End, Guess, Hub, Seek, Selection, Show, State, Stroke, Turn};

/// Controls that use these keys themselves.
const TYPING: &str = "input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, \
                      select, [contenteditable]";
const SLIDING: &str = "input[type=range], input[type=radio], select, textarea";
const PRESSING: &str = "button, a, summary, input:not([type=range]), [role=button]";

/// Keys that mean the same while somebody presents.
const SHARED: [&str; 10] = [" ", "ArrowRight", "ArrowLeft", "Home", "End", "+", "=", "-", "−", "0"];

/// Listens to keys.
#[must_use]
pub(crate) fn listen(hub: &Rc<Hub>, dispatch: &Callback<Action>) -> Option<Listener> {
    let (hub, dispatch) = (hub.clone(), dispatch.clone());
    let document = browser::document()?;
    Some(Listener::new(&document, &["keydown"], move |event: KeyboardEvent| {
        if event.default_prevented() {
            return;
        }
        let on = |selector: &str| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            target.is_some_and(|target| target.closest(selector).is_ok_and(|near| near.is_some()))
        };
        let pressed = Pressed {
            key: event.key(),
            command: event.ctrl_key() || event.meta_key(),
            shift: event.shift_key(),
            alt: event.alt_key(),
            typing: on(TYPING),
            sliding: on(SLIDING),
            pressing: on(PRESSING),
            dialog: on("dialog"),
            popover: browser::find(":popover-open").is_some(),
        };
        if let Some(action) = pressed.meaning(&hub.state()) {
            event.prevent_default();
            dispatch.emit(action);
        }
    }))
}

/// A key, and what it was pressed on.
struct Pressed {
    key: String,
    command: bool,
    shift: bool,
    alt: bool,
    typing: bool,
    sliding: bool,
    pressing: bool,
    dialog: bool,
    popover: bool,
}

impl Pressed {
    fn meaning(&self, state: &State) -> Option<Action> {
        if self.typing || self.alt || self.dialog {
            return None;
        }
        if self.command {
            return match self.key.to_ascii_lowercase().as_str() {
                "z" if self.shift => Some(Action::Redo),
                "z" => Some(Action::Undo),
                "y" => Some(Action::Redo),
                _ => None,
            };
        }
        if state.present.is_some() {
            let meaning = self.while_presenting(state);
            if meaning.is_some() || !SHARED.contains(&self.key.as_str()) {
                return meaning;
            }
        }
        let by_arrows = |by: i32| {
            let action = if self.shift { Action::StepRequest(by) } else { Action::StepEvent(by) };
            (!self.sliding).then_some(action)
        };
        let middle = || {
            let view = state.viewport;
            state.t.clamp(view.from, view.to)
        };
        let pair = state.forks.pair();
        let make = |edit| Action::Draw(Stroke::Make(edit));
        let drawing = state.drawing.as_ref();
        match self.key.as_str() {
            " " => (!self.pressing).then_some(Action::Toggle),
            "ArrowRight" => by_arrows(1),
            "ArrowLeft" => by_arrows(-1),
            "." => Some(Action::StepEvent(1)),
            "PageDown" if !self.sliding && state.tour.is_some() => Some(Action::Tour(Turn::Next)),
            "PageUp" if !self.sliding && state.tour.is_some() => Some(Action::Tour(Turn::Back)),
            "PageDown" if !self.sliding => Some(Action::StepEvent(1)),
            "PageUp" if !self.sliding => Some(Action::StepEvent(-1)),
            "Home" if !self.sliding => Some(Action::Seek(SimTime::ZERO)),
            "End" if !self.sliding => Some(Action::Seek(state.end())),
            "+" | "=" => Some(Action::Zoom(middle(), 1.5)),
            "-" | "−" => Some(Action::Zoom(middle(), 1.0 / 1.5)),
            "0" => Some(Action::Fit),
            "[" => Some(Action::BrushEnd(End::First)),
            "]" => Some(Action::BrushEnd(End::Last)),
            "Delete" | "Backspace" => match (state.aim(), &state.drawing) {
                (Selection::Intervention(index), _) => Some(Action::Remove(index as usize)),
                (Selection::Node(node), Some(_)) => Some(make(Edit::RemoveNode(node))),
                (Selection::Edge(edge), Some(_)) => Some(make(Edit::RemoveCall(edge))),
                _ => None,
            },
            // The browser closes it.
            "Escape" if self.popover => None,
            "Escape" if state.notice.is_some() => Some(Action::Unsay),
            "/" => Some(Action::Find(Seek::Open)),
            "Escape" if state.find.open => Some(Action::Find(Seek::Close)),
            "Escape" if state.progress.is_some() => Some(Action::Cancel),
            "Escape"
                if drawing
                    .is_some_and(|drawing| drawing.call.is_some() || drawing.held.is_some()) =>
            {
                Some(Action::Draw(Stroke::Drop))
            }
            "Escape" if drawing.is_some() => Some(Action::Draw(Stroke::End)),
            "e" | "E" if drawing.is_some() => Some(Action::Draw(Stroke::End)),
            "e" | "E" => Some(Action::Draw(Stroke::Begin)),
            "Escape" if state.list.is_some() => Some(Action::List(None)),
            "Escape" if state.brush.is_some() => Some(Action::Brush(None)),
            "Escape" if pair.is_some() => Some(Action::SideBySide(false)),
            "Escape" if state.forks.ghost().is_some() => Some(Action::Dismiss),
            "Escape" if state.selection != Selection::Nothing => {
                Some(Action::Select(Selection::Nothing))
            }
            "Escape" if state.panel_open => Some(Action::Panel(false)),
            "Escape" if state.table_open => Some(Action::Table(false)),
            "b" | "B" => Some(Action::SideBySide(pair.is_none())),
            "x" | "X" => pair.map(|side| Action::Activate(side.other())),
            "g" | "G" => Some(Action::Gallery(Some("".into()))),
            "l" | "L" => Some(Action::Table(!state.table_open)),
            "p" | "P" => Some(Action::Present(Show::Begin)),
            "?" => Some(Action::Help(true)),
            _ => None,
        }
    }

    /// What keys mean for a room; others are those of `static/present.js`.
    fn while_presenting(&self, state: &State) -> Option<Action> {
        let zoomed = state.present.as_ref().is_some_and(|present| present.zoom.is_some());
        let chooses = |place: usize| {
            let tour = state.tour.as_ref().filter(|tour| tour.asks())?;
            let choices = &tour.beat()?.question.as_ref()?.choices;
            let guess = Turn::Guess(Guess::Of(place as f64));
            (place < choices.len()).then_some(Action::Tour(guess))
        };
        let key = self.key.to_lowercase();
        let show = match key.as_str() {
            "pagedown" => Show::On,
            "pageup" => Show::Back,
            "arrowright" if zoomed && !self.sliding => Show::Beside(1),
            "arrowleft" if zoomed && !self.sliding => Show::Beside(-1),
            "z" => Show::Closer,
            "escape" if self.popover => return None,
            "escape" if state.notice.is_some() => return Some(Action::Unsay),
            "escape" if zoomed => Show::Closer,
            "escape" if state.progress.is_some() => return Some(Action::Cancel),
            "escape" | "p" => Show::End,
            "u" => return Some(Action::Undo),
            key => match (key.parse::<usize>(), Deed::ALL.iter().find(|deed| deed.key() == key)) {
                (Ok(place @ 1..=9), _) => return chooses(place - 1),
                (_, Some(deed)) => Show::Do(*deed),
                _ => return None,
            },
        };
        Some(Action::Present(show))
    }
}

#[cfg(test)]
mod tests {
    use half_open::run::{Limits, Run};
    use half_open::scenario::library;

    use super::*;
    use crate::store::{Forks, Present, Side};

    fn pressed(key: &str) -> Pressed {
        Pressed {
            key: key.into(),
            command: false,
            shift: false,
            alt: false,
            typing: false,
            sliding: false,
            pressing: false,
            dialog: false,
            popover: false,
        }
    }

    fn state() -> State {
        State::new(Run::new(library::payments(), Limits::default()))
    }

    #[test]
    fn arrows_step_events_and_with_shift_requests() {
        let state = state();
        assert_eq!(pressed("ArrowRight").meaning(&state), Some(Action::StepEvent(1)));
        let shifted = Pressed { shift: true, ..pressed("ArrowLeft") };
        assert_eq!(shifted.meaning(&state), Some(Action::StepRequest(-1)));
    }

    #[test]
    fn controls_keep_their_own_keys() {
        let state = state();
        let typing = Pressed { typing: true, ..pressed("?") };
        assert_eq!(typing.meaning(&state), None);
        let sliding = Pressed { sliding: true, ..pressed("ArrowRight") };
        assert_eq!(sliding.meaning(&state), None);
        let pressing = Pressed { pressing: true, ..pressed(" ") };
        assert_eq!(pressing.meaning(&state), None);
    }

    #[test]
    fn escape_ends_what_is_on_top_first() {
        let mut state = State {
            notice: Some("A sentence.".into()),
            progress: Some((SimTime::ZERO, SimTime::from_millis(60_000))),
            selection: Selection::Node(1),
            panel_open: true,
            ..state()
        };
        let mut means = Vec::new();
        for _ in 0..4 {
            let action = pressed("Escape").meaning(&state).expect("there is something to end");
            match &action {
                Action::Unsay => state.notice = None,
                Action::Cancel => state.progress = None,
                Action::Select(_) => state.selection = Selection::Nothing,
                _ => state.panel_open = false,
            }
            means.push(action);
        }
        let nothing = Action::Select(Selection::Nothing);
        assert_eq!(means, [Action::Unsay, Action::Cancel, nothing, Action::Panel(false)]);
        assert_eq!(pressed("Escape").meaning(&state), None);
    }

    #[test]
    fn a_pair_is_opened_crossed_and_closed_before_its_ghost_goes() {
        let mut state = state();
        assert_eq!(pressed("x").meaning(&state), None, "there is no other side");
        let forks =
            |state: &mut State, change: fn(&mut Forks)| change(Rc::make_mut(&mut state.forks));
        assert_eq!(pressed("b").meaning(&state), Some(Action::SideBySide(true)));
        forks(&mut state, Forks::open_pair);
        assert_eq!(pressed("x").meaning(&state), Some(Action::Activate(Side::A)));
        assert_eq!(pressed("b").meaning(&state), Some(Action::SideBySide(false)));
        assert_eq!(pressed("Escape").meaning(&state), Some(Action::SideBySide(false)));
        forks(&mut state, Forks::close_pair);
        assert_eq!(pressed("Escape").meaning(&state), None);
    }

    #[test]
    fn while_somebody_presents_keys_are_those_of_a_talk() {
        let mut state = state();
        assert_eq!(pressed("p").meaning(&state), Some(Action::Present(Show::Begin)));
        assert_eq!(pressed("PageDown").meaning(&state), Some(Action::StepEvent(1)));
        state.present = Some(Present::default());
        let show = |key: &str, state: &State| match pressed(key).meaning(state) {
            Some(Action::Present(show)) => Some(show),
            _ => None,
        };
        assert_eq!(show("PageDown", &state), Some(Show::On));
        assert_eq!(show("PageUp", &state), Some(Show::Back));
        let sliding = Pressed { sliding: true, ..pressed("PageDown") };
        assert_eq!(
            sliding.meaning(&state),
            Some(Action::Present(Show::On)),
            "wherever the focus is"
        );
        assert_eq!(show("D", &state), Some(Show::Do(Deed::Slow)));
        assert_eq!(pressed(" ").meaning(&state), Some(Action::Toggle));
        for other in ["e", "g", "/", "x", "l", "b"] {
            assert_eq!(pressed(other).meaning(&state), None, "{other} is not for a room");
        }
        assert_eq!(pressed("ArrowRight").meaning(&state), Some(Action::StepEvent(1)));
        state.present = Some(Present { zoom: Some(1) });
        assert_eq!(show("ArrowRight", &state), Some(Show::Beside(1)));
        assert_eq!(show("Escape", &state), Some(Show::Closer), "what is on top first");
        state.present = Some(Present::default());
        assert_eq!(show("Escape", &state), Some(Show::End));
    }

    #[test]
    fn undo_and_redo_have_their_usual_keys() {
        let state = state();
        let command = |key, shift| Pressed { command: true, shift, ..pressed(key) };
        assert_eq!(command("z", false).meaning(&state), Some(Action::Undo));
        assert_eq!(command("Z", true).meaning(&state), Some(Action::Redo));
        assert_eq!(command("y", false).meaning(&state), Some(Action::Redo));
    }
}
