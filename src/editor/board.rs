//! The board: every card and every line of the system can be pressed, and from every card a line can
//! be drawn to another one.

use half_open::decimal;
use half_open::scenario::{EdgeId, Edit, NodeId, Scenario};
use half_open_view::stage::{Outline, Room, Toward};
use web_sys::Element;
use yew::prelude::*;

use crate::browser;
use crate::markup::html;
use crate::store::{Action, Drawing, Held, Selection, Store, Stroke};

/// What has the keyboard, or gets it.
pub(super) const CURRENT: &str = ".board [tabindex='0']";
/// How many pixels beside a card still hit it.
const NEAR: f32 = 10.0;
/// How large the end is from which a line is drawn, and how much around it can be touched.
const END: f32 = 8.0;
const TOUCH: f32 = 17.0;
/// How far around a card its border is.
const BORDER: f32 = 5.0;
/// How large what is dragged is drawn at most.
const MOST_DRAGGED: f32 = 160.0;

/// All of it, as large as the stage.
pub(super) fn view(store: &Store, drawing: &Drawing) -> Html {
    let size = drawing.size;
    if size.w == 0.0 {
        return Html::default();
    }
    let experiment = &store.state.experiment;
    let columns = store.state.dragged_columns();
    let columns = columns.unwrap_or_else(|| experiment.scenario.columns());
    let outline = Outline::arranged(experiment, columns, size);
    let board = Board { store, drawing, scenario: &experiment.scenario, outline };
    board.draw()
}

struct Board<'a> {
    store: &'a Store,
    drawing: &'a Drawing,
    scenario: &'a Scenario,
    outline: Outline,
}

impl Board<'_> {
    fn draw(&self) -> Html {
        let parts = self.parts();
        let current = parts.iter().find(|part| **part == self.drawing.at).or(parts.first());
        let current = current.copied().unwrap_or_default();
        let dispatch = &self.store.dispatch;
        let away = self.press(Selection::Nothing);
        let dragging = self.drawing.held.filter(|held| held.dragged);
        let drop = dispatch.reform(|_: PointerEvent| Action::Draw(Stroke::Drop));
        let drawn = self.drawing.call.and_then(|(from, to)| Some((from, to?)));
        let moved =
            dispatch.reform(|event: PointerEvent| Action::Draw(Stroke::Stretch(place(&event))));
        let let_go = {
            let outline = self.outline.clone();
            dispatch.reform(move |event: PointerEvent| {
                Action::Draw(Stroke::LetGo(outline.node_at(place(&event), NEAR)))
            })
        };
        let held = {
            let outline = self.outline.clone();
            dispatch.reform(move |event: PointerEvent| {
                let at = place(&event);
                let node = outline.node_at(at, BORDER).filter(|_| event.button() == 0);
                if node.is_some() {
                    keep(&event);
                }
                Action::Draw(Stroke::Hold(node, at))
            })
        };
        let size = self.drawing.size;
        let (w, h) = (px(size.w), px(size.h));
        let class = match (self.drawing.call, dragging) {
            (Some(_), _) => "board choosing",
            (None, Some(_)) => "board dragging",
            (None, None) => "board",
        };
        let calls = (0u8..).take(self.scenario.edges.len()).map(|edge| self.call(edge, current));
        let nodes = (0u8..).take(self.scenario.nodes.len()).map(|node| self.node(node, current));
        html! {
            <svg {class} width={w} height={h}
                role="group" aria-label="The drawing board. Arrow keys move between its parts, Enter selects one, Alt and arrow keys move a card."
                onclick={away} onpointerdown={held} onpointermove={moved} onpointerup={let_go} onpointercancel={drop}>
                { for calls }
                { for nodes }
                { drawn.map(|(from, to)| self.stretched(from, to)) }
                { dragging.map(|held| self.dragged(held)) }
            </svg>
        }
    }

    /// Everything on it, in the order of the arrow keys.
    fn parts(&self) -> Vec<Selection> {
        let nodes = (0u8..).take(self.scenario.nodes.len()).map(Selection::Node);
        let calls = (0u8..).take(self.scenario.edges.len()).map(Selection::Edge);
        nodes.chain(calls).collect()
    }

    /// The line that a pointer is drawing.
    fn stretched(&self, from: NodeId, to: (f32, f32)) -> Html {
        let Some(start) = self.outline.exits.get(usize::from(from)) else { return Html::default() };
        // Like everything on the board it has a key: so the others stay what they are, and a pointer that
        // one of them has captured stays with it.
        html! {
            <g class="stretched" key="stretched">
                <line x1={px(start.0)} y1={px(start.1)} x2={px(to.0)} y2={px(to.1)} />
                <circle cx={px(to.0)} cy={px(to.1)} r="5" />
            </g>
        }
    }

    /// The card under the pointer, on its way to where it will be.
    fn dragged(&self, held: Held) -> Html {
        let room = self.outline.nodes.get(usize::from(held.node)).copied().unwrap_or_default();
        let (w, h) = (room.w.min(MOST_DRAGGED), room.h.min(MOST_DRAGGED));
        html! {
            <g class="stretched" key="dragged">
                <rect x={px(held.to.0 - w / 2.0)} y={px(held.to.1 - h / 2.0)} width={px(w)} height={px(h)} rx="12" />
            </g>
        }
    }

    fn node(&self, node: NodeId, current: Selection) -> Html {
        let what = Selection::Node(node);
        let Some(Room { x, y, w, h }) = self.outline.nodes.get(usize::from(node)).copied() else {
            return Html::default();
        };
        let caller = self.drawing.call.map(|(from, _)| from);
        let onclick = match caller {
            Some(from) => self.stroke(Stroke::Make(Edit::Connect { from, to: node })),
            None => self.press(what),
        };
        let kind = if self.scenario.clients(node).is_some() { "clients" } else { "service" };
        let label = match caller {
            Some(from) if from != node => format!(
                "{}, {kind}: let {} call it",
                self.scenario.node_name(node),
                self.scenario.node_name(from)
            ),
            _ => format!("{}, {kind}{}", self.scenario.node_name(node), self.callees(node)),
        };
        let by = BORDER;
        html! {
            <g role="button" key={format!("node-{node}")} class={self.class(what, caller == Some(node))} tabindex={tab(what == current)}
                aria-label={label} aria-pressed={(self.store.state.aim() == what).to_string()}
                {onclick} onkeydown={self.keys(what)}>
                <rect x={px(x - by)} y={px(y - by)} width={px(w + 2.0 * by)} height={px(h + 2.0 * by)} rx="15" />
                { self.end(node) }
            </g>
        }
    }

    /// From here a line can be drawn; clients draw one and no more.
    fn end(&self, node: NodeId) -> Option<Html> {
        let (x, y) = *self.outline.exits.get(usize::from(node))?;
        let spent =
            self.scenario.clients(node).is_some() && self.scenario.calls_of(node).next().is_some();
        let begin = self.store.dispatch.reform(move |event: PointerEvent| {
            event.stop_propagation();
            keep(&event);
            Action::Draw(Stroke::Call(node, Some(place(&event))))
        });
        let stay = |event: MouseEvent| event.stop_propagation();
        let cross = format!("M{} {}h8m-4 -4v8", px(x - 4.0), px(y));
        (!spent).then(|| {
            html! {
                <g class="end" onpointerdown={begin} onclick={stay}>
                    <circle class="touch" cx={px(x)} cy={px(y)} r={px(TOUCH)} />
                    <circle cx={px(x)} cy={px(y)} r={px(END)} />
                    <path d={cross} />
                </g>
            }
        })
    }

    fn call(&self, edge: EdgeId, current: Selection) -> Html {
        let what = Selection::Edge(edge);
        let Some(way) = self.outline.calls.get(usize::from(edge)) else {
            return Html::default();
        };
        let points: Vec<String> =
            way.iter().map(|(x, y)| format!("{} {}", px(*x), px(*y))).collect();
        let points = points.join(" ");
        let line = |class: &'static str| {
            html! {
                <polyline {class} points={points.clone()} />
            }
        };
        let (caller, callee) = match self.scenario.edge(edge) {
            Some(edge) => (self.scenario.node_name(edge.from), self.scenario.node_name(edge.to)),
            None => ("", ""),
        };
        html! {
            <g role="button" key={format!("call-{edge}")} class={self.class(what, false)} tabindex={tab(what == current)}
                aria-label={format!("the call from {caller} to {callee}")}
                aria-pressed={(self.store.state.aim() == what).to_string()}
                onclick={self.press(what)} onkeydown={self.keys(what)}>
                { line("touch") }
                { line("mark") }
            </g>
        }
    }

    /// Whom a node calls.
    fn callees(&self, node: NodeId) -> String {
        let calls = self.scenario.calls_of(node).filter_map(|edge| self.scenario.edge(edge));
        let names: Vec<&str> = calls.map(|edge| self.scenario.node_name(edge.to)).collect();
        if names.is_empty() { String::new() } else { format!(", calls {}", names.join(", ")) }
    }

    fn class(&self, what: Selection, calls: bool) -> &'static str {
        match (calls, self.store.state.aim() == what) {
            (true, _) => "caller",
            (false, true) => "chosen",
            (false, false) => "",
        }
    }

    fn press(&self, what: Selection) -> Callback<MouseEvent> {
        self.store.dispatch.reform(move |event: MouseEvent| {
            event.stop_propagation();
            Action::Draw(Stroke::Press(what))
        })
    }

    fn stroke(&self, stroke: Stroke) -> Callback<MouseEvent> {
        self.store.dispatch.reform(move |event: MouseEvent| {
            event.stop_propagation();
            Action::Draw(stroke.clone())
        })
    }

    fn keys(&self, what: Selection) -> Callback<KeyboardEvent> {
        let dispatch = self.store.dispatch.clone();
        let parts = self.parts();
        let caller = self.drawing.call.map(|(from, _)| from);
        Callback::from(move |event: KeyboardEvent| {
            if event.ctrl_key() || event.meta_key() {
                return;
            }
            let key = event.key();
            let action = match event.alt_key() {
                true => step(&key, what),
                false => meaning(&key, what, &parts, caller),
            };
            let Some(action) = action else { return };
            event.prevent_default();
            event.stop_propagation();
            dispatch.emit(action);
            if key == "F2" {
                browser::soon(super::write_name);
            }
        })
    }
}

/// What a key means on a part of the board.
fn meaning(
    key: &str,
    what: Selection,
    parts: &[Selection],
    caller: Option<NodeId>,
) -> Option<Action> {
    let node = match what {
        Selection::Node(node) => Some(node),
        _ => None,
    };
    let make = |edit| Action::Draw(Stroke::Make(edit));
    let go = |by: isize| {
        let here = parts.iter().position(|part| *part == what)? as isize;
        let next = (here + by).rem_euclid(parts.len() as isize) as usize;
        Some(Action::Draw(Stroke::At(*parts.get(next)?)))
    };
    match (key, node) {
        ("ArrowRight" | "ArrowDown", _) => go(1),
        ("ArrowLeft" | "ArrowUp", _) => go(-1),
        ("Enter" | " ", to) => Some(match (caller, to) {
            (Some(from), Some(to)) => make(Edit::Connect { from, to }),
            _ => Action::Select(what),
        }),
        ("a" | "A", Some(node)) => Some(make(Edit::AddService(node))),
        ("c" | "C", Some(node)) => Some(Action::Draw(Stroke::Call(node, None))),
        ("F2", Some(_)) => Some(Action::Select(what)),
        ("Delete" | "Backspace", Some(node)) => Some(make(Edit::RemoveNode(node))),
        ("Delete" | "Backspace", None) => match what {
            Selection::Edge(edge) => Some(make(Edit::RemoveCall(edge))),
            _ => None,
        },
        _ => None,
    }
}

/// Where a key moves a card.
fn step(key: &str, what: Selection) -> Option<Action> {
    let Selection::Node(node) = what else { return None };
    let toward = match key {
        "ArrowLeft" => Toward::Left,
        "ArrowRight" => Toward::Right,
        "ArrowUp" => Toward::Up,
        "ArrowDown" => Toward::Down,
        _ => return None,
    };
    Some(Action::Draw(Stroke::Shift(node, toward)))
}

/// Wherever the pointer goes, the board hears of it.
fn keep(event: &PointerEvent) {
    let part: Element = event.target_unchecked_into();
    let _ = part.set_pointer_capture(event.pointer_id());
}

/// Where on the board a pointer is.
fn place(event: &PointerEvent) -> (f32, f32) {
    let board = browser::find(".board").map(|board| board.get_bounding_client_rect());
    let (left, top) = board.map_or((0.0, 0.0), |board| (board.left(), board.top()));
    ((f64::from(event.client_x()) - left) as f32, (f64::from(event.client_y()) - top) as f32)
}

fn tab(current: bool) -> &'static str {
    if current { "0" } else { "-1" }
}

fn px(place: f32) -> String {
    decimal::rounded(place.into(), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_round_and_draw() {
        let parts = [Selection::Node(0), Selection::Node(1), Selection::Edge(0)];
        let means = |key, what, caller| meaning(key, what, &parts, caller);
        let at = |part| Some(Action::Draw(Stroke::At(part)));
        assert_eq!(means("ArrowRight", parts[2], None), at(parts[0]));
        assert_eq!(means("ArrowUp", parts[0], None), at(parts[2]));
        assert_eq!(means("Enter", parts[1], None), Some(Action::Select(parts[1])));
        let make = |edit| Some(Action::Draw(Stroke::Make(edit)));
        let connect = Edit::Connect { from: 0, to: 1 };
        assert_eq!(means("Enter", parts[1], Some(0)), make(connect));
        assert_eq!(means("a", parts[2], None), None, "a line calls nobody");
        assert_eq!(means("Delete", parts[2], None), make(Edit::RemoveCall(0)));
    }
}
