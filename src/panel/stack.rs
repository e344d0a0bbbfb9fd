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
        store: store.clone(),
        id,
        stack: policy.stack,
        rows: rows(policy, line),
        deadline: policy.deadline.per_operation.is_some(),
    };
    let told = remarks(policy);
    let inside = html! {
        <>
            { own(move |pulled: &Option<Part>, pull: Callback<Option<Part>>| composer.view(*pulled, &pull)) }
            <div>{ for told.into_iter().map(|text| html! { <p class="soft">{ text }</p> }) }</div>
        </>
    };
    section("Stack", inside)
}

struct Composer {
    store: Store,
    id: EdgeId,
    stack: Stack,
    rows: Vec<Row>,
    deadline: bool,
}

/// A layer on its way to a place, and whether it is let go there.
struct Move {
    part: Part,
    to: usize,
    done: bool,
}

impl Composer {
    fn view(&self, pulled: Option<Part>, pull: &Callback<Option<Part>>) -> Html {
        let mover = self.mover();
        let moved = {
            let mover = mover.clone();
            move |event: &PointerEvent, done| {
                // It has the pointer, wherever that is.
                let list: Element = event.target()?.dyn_into().ok()?;
                let list = list.closest("ol").ok()??;
                let to = place_at(&list, f64::from(event.client_y()))?;
                mover(Move { part: pulled?, to, done });
                Some(())
            }
        };
        let onpointermove = pulled.map(|_| {
            let moved = moved.clone();
            Callback::from(move |event: PointerEvent| {
                moved(&event, false);
            })
        });
        let let_go = pulled.map(|_| {
            let pull = pull.clone();
            Callback::from(move |event: PointerEvent| {
                moved(&event, true);
                pull.emit(None);
            })
        });
        html! {
            <ol class="stack" {onpointermove} onpointerup={let_go.clone()} onpointercancel={let_go}>
                <li aria-hidden="true"><span /><span /><span>{ "through" }</span><span>{ "stopped" }</span></li>
                { for self.rows.iter().enumerate().map(|(place, row)| self.row(place, row, pulled, pull, &mover)) }
            </ol>
        }
    }

    fn row(
        &self,
        place: usize,
        row: &Row,
        pulled: Option<Part>,
        pull: &Callback<Option<Part>>,
        mover: &(impl Fn(Move) + Clone + 'static),
    ) -> Html {
        let number = |n: Option<u32>| n.map_or_else(String::new, grouped);
        let class =
            classes!((!row.on).then_some("off"), (pulled == Some(row.part)).then_some("pulled"));
        html! {
            <li {class} data-place={place.to_string()}>
                { self.grip(place, row, pull, mover) }
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
    fn grip(
        &self,
        place: usize,
        row: &Row,
        pull: &Callback<Option<Part>>,
        mover: &(impl Fn(Move) + Clone + 'static),
    ) -> Html {
        let (part, last) = (row.part, self.rows.len() - 1);
        let onpointerdown = pull.reform(move |event: PointerEvent| {
            let grip: Element = event.target_unchecked_into();
            if let Ok(Some(list)) = grip.closest("ol") {
                let _ = list.set_pointer_capture(event.pointer_id());
            }
            Some(part)
        });
        let mover = mover.clone();
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
            mover(Move { part, to, done: true });
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

    /// Carries a move out.
    fn mover(&self) -> impl Fn(Move) + Clone + 'static {
        let (dispatch, id, stack, deadline) =
            (self.store.dispatch.clone(), self.id, self.stack, self.deadline);
        move |Move { part, to, done }| {
            let turn = |knob, value| {
                dispatch.emit(Action::Turn { knob: Knob::Edge(id, knob), value, done });
            };
            let first = usize::from(deadline);
            match part {
                // At the top it is in the stack, and below everything it is not.
                Part::Deadline => {
                    let wanted = if deadline { to < Layer::ALL.len() } else { to == 0 };
                    if wanted != deadline {
                        turn(EdgeKnob::Deadline, if wanted { SECOND } else { 0.0 });
                    }
                }
                Part::Layer(layer) => {
                    let after = stack.moved(layer, to.saturating_sub(first));
                    if after != stack || done {
                        turn(EdgeKnob::Stack, f64::from(after.number()));
                    }
                }
            }
        }
    }

    /// Where a layer goes from its place, up and down.
    fn neighbours(&self, part: Part, place: usize) -> [Option<usize>; 2] {
        let last = Layer::ALL.len();
        match part {
            Part::Deadline if self.deadline => [None, Some(last)],
            Part::Deadline => [Some(0), None],
            Part::Layer(_) => {
                let first = usize::from(self.deadline);
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
