//! Drawing a system on the page: what can be done with the part that is selected, above the stage,
//! and the board over it.

mod board;

use std::rc::Rc;

use half_open::scenario::knob::{EdgeKnob, ServiceKnob};
use half_open::scenario::{EdgeId, Edit, Knob, NodeId, library};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::browser;
use crate::controls::{Button, Tone, own};
use crate::icons;
use crate::markup::html;
use crate::store::{Action, Drawing, Selection, State, Store, Stroke};

/// The button that begins and ends drawing.
const BUTTON: &str = "draw";
/// The field with the name of what is selected.
const NAME: &str = "drawn-name";

/// Begins and ends drawing.
pub(crate) fn button(store: &Store) -> Html {
    let open = store.state.drawing.is_some();
    let stroke = if open { Stroke::End } else { Stroke::Begin };
    html! {
        <button type="button" id={BUTTON} class="pill two" aria-pressed={open.to_string()}
            onclick={store.send(Action::Draw(stroke))}
            title={if open { "Done with drawing (E or Esc)" } else { "Draw the system: add, connect, remove (E)" }}
            aria-label="Draw">
            { icons::pen() }<span>{ "Draw" }</span>
        </button>
    }
}

/// What stands in the place of the story while somebody draws.
pub(crate) fn bar(store: &Store, drawing: &Drawing) -> Html {
    let done = store.send(Action::Draw(Stroke::End));
    html! {
        <div class="drawing">
            <div class="tools" role="group" aria-label="Draw">
                { tools(store) }
                { store.state.experiment.scenario.is_arranged().then(|| press(
                    store,
                    "Lay out by itself",
                    "Every card finds its place by itself",
                    Stroke::LayOut,
                )) }
                <span class="gap" />
                { Button { title: Some("Done with drawing (Esc)".into()), ..Button::new("Done") }.view(done) }
            </div>
            <p class="soft" role="status">
                if drawing.problem.is_none() { { hint(store, drawing) } }
            </p>
            if let Some(problem) = &drawing.problem {
                <p class="problem" role="alert">{ problem.to_string() }</p>
            }
        </div>
    }
}

/// What the last step did, or what can be done next.
fn hint(store: &Store, drawing: &Drawing) -> String {
    let scenario = &store.state.experiment.scenario;
    if let Some((from, _)) = drawing.call {
        return format!("Choose what {} calls; Esc lets go.", scenario.node_name(from));
    }
    if !drawing.said.is_empty() {
        return drawing.said.to_string();
    }
    match store.state.aim() {
        Selection::Node(_) => {
            "Drag the card to move it, and from its + to what it calls, or to where nothing is."
                .into()
        }
        Selection::Edge(_) => "Its timeout, retries and breaker are in the settings.".into(),
        _ => "Select a card or a line, drag a card to move it, or a + to what that card calls."
            .into(),
    }
}

/// What can be done with what is selected.
fn tools(store: &Store) -> Html {
    let scenario = &store.state.experiment.scenario;
    match store.state.aim() {
        Selection::Node(node) if scenario.service(node).is_some() => of_service(store, node),
        Selection::Node(node) if scenario.clients(node).is_some() => of_clients(store, node),
        Selection::Edge(edge) if scenario.edge(edge).is_some() => of_call(store, edge),
        _ => {
            let title = scenario.title.clone();
            row([
                Some(name(store, "System", "title", &title, Stroke::Title)),
                Some(templates(store)),
            ])
        }
    }
}

/// Systems to begin with.
fn templates(store: &Store) -> Html {
    let onchange = {
        let dispatch = store.dispatch.clone();
        move |event: Event| {
            let select: HtmlSelectElement = event.target_unchecked_into();
            if let Some(experiment) = library::template(&select.value()) {
                dispatch.emit(Action::Load(Box::new(experiment)));
            }
            // The same one may be chosen again.
            select.set_selected_index(0);
        }
    };
    html! {
        <select class="button" aria-label="Start from" {onchange}>
            <option>{ "Start from…" }</option>
            { for library::templates().map(|(name, title)| html! { <option value={name}>{ title }</option> }) }
        </select>
    }
}

fn of_service(store: &Store, node: NodeId) -> Html {
    let scenario = &store.state.experiment.scenario;
    let calls = Knob::Service(node, ServiceKnob::Parallel);
    row([
        Some(name_of(store, node)),
        Some(press(
            store,
            "Add service",
            "A new service that it calls (A)",
            Stroke::Make(Edit::AddService(node)),
        )),
        Some(connect(store, node)),
        Some(press(
            store,
            "Add clients",
            "New clients that call it",
            Stroke::Make(Edit::AddClients(node)),
        )),
        calls.get(scenario).map(|now| flip(store, "calls at once", calls, (now, 1.0))),
        calls.get(scenario).map(|now| flip(store, "calls one of them", calls, (now, 2.0))),
        Some(remove(store, Edit::RemoveNode(node))),
    ])
}

fn of_clients(store: &Store, node: NodeId) -> Html {
    let calls = store.state.experiment.scenario.calls_of(node).next().is_some();
    row([
        Some(name_of(store, node)),
        (!calls).then(|| connect(store, node)),
        Some(remove(store, Edit::RemoveNode(node))),
    ])
}

fn of_call(store: &Store, edge: EdgeId) -> Html {
    let scenario = &store.state.experiment.scenario;
    let need = Knob::Edge(edge, EdgeKnob::Need);
    row([
        Some(html! { <b>{ scenario.edge_name(edge) }</b> }),
        need.get(scenario).map(|now| flip(store, "optional", need, (now, 1.0))),
        Some(remove(store, Edit::RemoveCall(edge))),
    ])
}

/// Each in its place, whether the others are there or not: who is on a button stays on it.
fn row<const N: usize>(parts: [Option<Html>; N]) -> Html {
    let parts = parts.into_iter().enumerate();
    let keyed = |(place, part): (usize, Option<Html>)| {
        part.map(|part| html! { <span key={place.to_string()}>{ part }</span> })
    };
    parts.filter_map(keyed).collect()
}

fn connect(store: &Store, node: NodeId) -> Html {
    let title = "Something that is there and that is to be called (C)";
    press(store, "Connect to…", title, Stroke::Call(node, None))
}

fn press(store: &Store, label: &'static str, title: &'static str, stroke: Stroke) -> Html {
    let button = Button { title: Some(title.into()), ..Button::new(label) };
    button.view(store.send(Action::Draw(stroke)))
}

fn remove(store: &Store, edit: Edit) -> Html {
    let button = Button {
        title: Some("Take it away (Delete)".into()),
        tone: Tone::Failure,
        ..Button::new("Remove")
    };
    button.view(store.send(Action::Draw(Stroke::Make(edit))))
}

/// A choice of a knob that is made or not, as a button that stays.
fn flip(store: &Store, label: &'static str, knob: Knob, (now, choice): (f64, f64)) -> Html {
    let on = now == choice;
    let turn = Action::Turn { knob, value: if on { 0.0 } else { choice }, done: true };
    Button { pressed: Some(on), ..Button::new(label) }.view(store.send(turn))
}

fn name_of(store: &Store, node: NodeId) -> Html {
    let old = store.state.experiment.scenario.node_name(node).to_owned();
    name(store, "Name", "name", &old, move |name| Stroke::Make(Edit::Rename(node, name)))
}

/// A name to be written over. What was refused stays there.
fn name(
    store: &Store,
    label: &'static str,
    class: &'static str,
    old: &str,
    stroke: impl Fn(String) -> Stroke + 'static,
) -> Html {
    let old = old.to_owned();
    let key = format!("{:?} {old}", store.state.aim());
    let refused = store.state.drawing.as_ref().is_some_and(|drawing| drawing.problem.is_some());
    let (dispatch, aim, stroke) = (store.dispatch.clone(), store.state.aim(), Rc::new(stroke));
    let field = own(move |text: &Option<String>, set: Callback<Option<String>>| {
        let written = |event: &Event| event.target_unchecked_into::<HtmlInputElement>().value();
        let oninput = set.reform(move |event: InputEvent| Some(written(&event.into())));
        let onchange = {
            let stroke = stroke.clone();
            dispatch.reform(move |event: Event| Action::Draw(stroke(written(&event))))
        };
        let leave = {
            let dispatch = dispatch.clone();
            move |event: KeyboardEvent| {
                if event.key() == "Escape" {
                    // As it was, and back to the board.
                    set.emit(None);
                    dispatch.emit(Action::Select(aim));
                    browser::focus(board::CURRENT);
                }
            }
        };
        html! {
            <input type="text" id={NAME} autocomplete="off" spellcheck="false" aria-label={label}
                value={text.clone().unwrap_or_else(|| old.clone())}
                aria-invalid={refused.then_some("true")} {oninput} {onchange} onkeydown={leave} />
        }
    });
    html! { <label {class} key={key}><span aria-hidden="true">{ label }</span>{ field }</label> }
}

/// The board itself, over the picture of the system.
pub(crate) fn board(store: &Store, drawing: &Drawing) -> Html {
    board::view(store, drawing)
}

/// What of the board decides where the keyboard is.
pub(crate) type Seen = Option<(u32, Selection, Rc<str>)>;

/// What of it is to be seen.
pub(crate) fn seen(state: &State) -> Seen {
    let drawing = state.drawing.as_ref()?;
    Some((drawing.called, drawing.at, drawing.said.clone()))
}

/// Who draws by keyboard stays on the board, also where the part that had it is gone.
pub(crate) fn follow_focus(now: &Seen, before: &Seen) {
    let nowhere = || browser::find("body:focus, :focus").is_none();
    let on_board = || browser::find(".board :focus").is_some();
    let written = || browser::find(&format!("#{NAME}:focus")).is_some();
    match (now, before) {
        (Some((called, at, said)), Some((called_before, at_before, said_before))) => {
            let asked = called != called_before;
            let moved = at != at_before && on_board();
            let drawn = said != said_before && (nowhere() || written());
            if asked || moved || drawn {
                browser::focus(board::CURRENT);
            }
        }
        (Some(_), None) if nowhere() => browser::focus(board::CURRENT),
        (None, Some(_)) if nowhere() => browser::focus(&format!("#{BUTTON}")),
        _ => {}
    }
}

/// Lets somebody write another name for what is selected.
fn write_name() {
    let field = format!("#{NAME}");
    browser::focus(&field);
    if let Some(field) = browser::find(&field) {
        wasm_bindgen::JsCast::unchecked_into::<HtmlInputElement>(field).select();
    }
}
