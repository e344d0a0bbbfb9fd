//! The stack of a call, to be put into another order: by pulling a layer to another place, or with the arrow keys.

use half_open::policy::stack::{Layer, Stack};
use half_open::run::Scene;
use half_open::scenario::knob::EdgeKnob;
use half_open::scenario::{EdgeId, Knob};
use half_open_view::numbers::grouped;
use half_open_view::stack::{Part, Row, remarks, rows};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use crate::controls::{own, section};
use crate::markup::html;
use crate::store::{Action, Store};

/// What a deadline is that is put back: one second, in nanoseconds.
const SECOND: f64 = 1e9;

pub(super) fn view(store: &Store, scene: &Scene, id: EdgeId) -> Html {
    let (Some(edge), Some(line)) = (store.scenario.edge(id), scene.lines.get(usize::from(id)))
    else {
        return Html::default();
    };
    let policy = &edge.policy;
    let composer = Composer {
        dispatch: store.dispatch.clone(),
        id,
        stack: policy.stack,
        deadline: store.knob(Knob::Edge(id, EdgeKnob::Deadline)).unwrap_or_default(),
        rows: rows(policy, line),
    };
    let told = remarks(policy);
    let inside = html! {
        <>
            { own(move |pulled: &Option<Pulled>, pull: Callback<Option<Pulled>>| composer.view(*pulled, &pull)) }
            <div>{ for told.into_iter().map(|text| html! { <p class="soft">{ text }</p> }) }</div>
        </>
    };
    section("Stack", inside)
}

/// A layer that is being pulled, and the value of its knob before that.
#[derive(Clone, Copy)]
struct Pulled {
    part: Part,
    from: f64,
}

#[derive(Clone)]
struct Composer {
    dispatch: Callback<Action>,
    id: EdgeId,
    stack: Stack,
    /// In nanoseconds; 0: there is none.
    deadline: f64,
    rows: Vec<Row>,
}

impl Composer {
    fn view(&self, pulled: Option<Pulled>, pull: &Callback<Option<Pulled>>) -> Html {
        let moved = |pulled: Pulled, done: bool| {
            let (composer, pull) = (self.clone(), pull.clone());
            Callback::from(move |event: PointerEvent| {
                composer.pulled(&event, pulled, done);
                if done {
                    pull.emit(None);
                }
            })
        };
        let onpointermove = pulled.map(|pulled| moved(pulled, false));
        let let_go = pulled.map(|pulled| moved(pulled, true));
        html! {
            <ol class="stack" {onpointermove} onpointerup={let_go.clone()} onpointercancel={let_go}>
                <li aria-hidden="true"><span /><span /><span>{ "through" }</span><span>{ "stopped" }</span></li>
                { for self.rows.iter().enumerate().map(|(place, row)| self.row(place, row, pulled, pull)) }
            </ol>
        }
    }

    /// The pointer that pulls a layer is over some row, or lets it go there.
    fn pulled(&self, event: &PointerEvent, pulled: Pulled, done: bool) {
        // The list has the pointer, wherever that is.
        let list: Element = event.target_unchecked_into();
        let list = list.closest("ol").ok().flatten();
        let to = list.and_then(|list| place_at(&list, f64::from(event.client_y())));
        let now = self.value(pulled.part);
        let value = to.map_or(now, |to| self.moved(pulled.part, to, pulled.from));
        // What was only touched stays as it was.
        if value != now || done && now != pulled.from {
            self.turn(pulled.part, value, done);
        }
    }

    fn turn(&self, part: Part, value: f64, done: bool) {
        let knob = match part {
            Part::Deadline => EdgeKnob::Deadline,
            Part::Layer(_) => EdgeKnob::Stack,
        };
        self.dispatch.emit(Action::Turn { knob: Knob::Edge(self.id, knob), value, done });
    }

    /// The value of the knob that says where a layer is.
    fn value(&self, part: Part) -> f64 {
        match part {
            Part::Deadline => self.deadline,
            Part::Layer(_) => f64::from(self.stack.number()),
        }
    }

    /// The same with the layer in this row; `from` is what it was before it was pulled.
    fn moved(&self, part: Part, to: usize, from: f64) -> f64 {
        let is_in = self.deadline > 0.0;
        match part {
            // At the top it is in the stack, and below everything it is not.
            Part::Deadline => match if is_in { to < Layer::ALL.len() } else { to == 0 } {
                false => 0.0,
                true if is_in => self.deadline,
                true if from > 0.0 => from,
                true => SECOND,
            },
            Part::Layer(layer) => {
                let place = to.saturating_sub(usize::from(is_in));
                f64::from(self.stack.moved(layer, place).number())
            }
        }
    }

    fn row(
        &self,
        place: usize,
        row: &Row,
        pulled: Option<Pulled>,
        pull: &Callback<Option<Pulled>>,
    ) -> Html {
        let is_pulled = pulled.is_some_and(|pulled| pulled.part == row.part);
        let number = |n: Option<u32>| n.map_or_else(String::new, grouped);
        let class = classes!((!row.on).then_some("off"), is_pulled.then_some("pulled"));
        html! {
            <li {class} data-place={place.to_string()}>
                { self.grip(place, row, pull) }
                <span>
                    { &row.name }
                    if let Some(more) = row.more.as_ref() { <small>{ format!(" {more}") }</small> }
                </span>
                <span class="value">{ number(row.passed) }</span>
                <span class="value">{ number(row.stopped) }</span>
            </li>
        }
    }

    /// What a layer is pulled by.
    fn grip(&self, place: usize, row: &Row, pull: &Callback<Option<Pulled>>) -> Html {
        let (part, last) = (row.part, self.rows.len() - 1);
        let from = self.value(part);
        let onpointerdown = pull.reform(move |event: PointerEvent| {
            let grip: Element = event.target_unchecked_into();
            if let Ok(Some(list)) = grip.closest("ol") {
                let _ = list.set_pointer_capture(event.pointer_id());
            }
            Some(Pulled { part, from })
        });
        let composer = self.clone();
        let to = self.neighbours(part, place);
        let onkeydown = Callback::from(move |event: KeyboardEvent| {
            let to = match event.key().as_str() {
                "ArrowUp" => to[0],
                "ArrowDown" => to[1],
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            let Some(to) = to else { return };
            composer.turn(part, composer.moved(part, to, from), true);
            // What is in that row next is this layer.
            focus(&event.target_unchecked_into(), to);
        });
        let label =
            format!("{}, {} of {}: move with the arrow keys", row.name, place + 1, last + 1);
        html! {
            <button type="button" aria-label={label} {onpointerdown} {onkeydown}>
                { "⠿" }
            </button>
        }
    }

    /// Where a layer goes from its place, up and down.
    fn neighbours(&self, part: Part, place: usize) -> [Option<usize>; 2] {
        let last = Layer::ALL.len();
        match part {
            Part::Deadline if self.deadline > 0.0 => [None, Some(last)],
            Part::Deadline => [Some(0), None],
            Part::Layer(_) => {
                let first = usize::from(self.deadline > 0.0);
                let up = place.checked_sub(1).filter(|to| *to >= first);
                [up, Some(place + 1).filter(|to| *to < first + last)]
            }
        }
    }
}

/// The place of the row at this height.
fn place_at(list: &Element, y: f64) -> Option<usize> {
    let rows = list.children();
    let row = (0..rows.length()).filter_map(|index| rows.item(index)).find(|row| {
        let bounds = row.get_bounding_client_rect();
        (bounds.top()..bounds.bottom()).contains(&y)
    });
    row?.get_attribute("data-place")?.parse().ok()
}

/// Moves the focus to the grip of a row.
fn focus(grip: &Element, place: usize) {
    let list = grip.closest("ol").ok().flatten();
    let to = list.and_then(|list| {
        list.query_selector(&format!("[data-place='{place}'] button")).ok().flatten()
    });
    if let Some(to) = to {
        // Nothing is lost where it cannot have it.
        let _ = to.unchecked_into::<HtmlElement>().focus();
    }
}
