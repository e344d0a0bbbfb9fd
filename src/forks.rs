//! The branches beside the clock: where each leaves the one it came from and how it ends, which one
//! is shown, and what would have been.

use half_open::decimal::show;
use half_open::time::SimTime;
use half_open_view::numbers::Numbers;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, HtmlSelectElement, KeyboardEvent, PointerEvent};
use yew::prelude::*;

use crate::browser;
use crate::icons;
use crate::markup::html;
use crate::pair;
use crate::store::{Action, Branch, BranchId, Forks, Side, State, Store};

/// How high the picture is, and how far its lines are apart at most; the style sheet knows it too.
const HIGH: f64 = 56.0;
const APART: f64 = 14.0;
/// Lines closer than this leave no room for words at their ends; longer names are cut there.
const LEGIBLE: f64 = 12.0;
const LONGEST: usize = 28;
/// The field in which a name is written.
const NAME: &str = "branch-name";
/// A choice that is no branch.
const RENAME: &str = "rename";

/// The whole of it; where there is no room for the picture, a choice takes its place.
pub(crate) fn view(store: &Store) -> Html {
    html! {
        <div class="forks" role="group" aria-label="Branches">
            { picture(store) }
            { choice(store) }
            { legend(store) }
            { pair::button(store) }
        </div>
    }
}

/// Gives the keyboard to the field in which a name is written, or back to its branch.
pub(crate) fn hold(before: Option<BranchId>, now: Option<BranchId>) {
    match (before, now) {
        (before, Some(_)) if before != now => browser::focus(&format!("#{NAME}")),
        (Some(before), None) => focus(before),
        _ => {}
    }
}

fn place(id: BranchId) -> String {
    format!("branch-{id}")
}

fn focus(id: BranchId) {
    browser::focus(&format!("#{}", place(id)));
}

/// How a branch ends, if that is known.
fn outcome(state: &State, branch: &Branch) -> Option<Numbers> {
    let ending = state.run_of(&branch.experiment)?.ending();
    Some(Numbers { success: ending.success, p99: ending.p99, ..Numbers::default() })
}

/// What a branch is called and how it ends, to be read out.
fn told(state: &State, branch: &Branch) -> String {
    let end = outcome(state, branch).map_or_else(String::new, |numbers| {
        format!(", {} success, p99 {}", numbers.success_text(), numbers.p99_text())
    });
    let ghost = state.forks.ghost().is_some_and(|ghost| ghost.id == branch.id);
    let beside = match side_of(state, branch) {
        Some(side) => format!(", side {}", side.name()),
        None if ghost => ", shown as the ghost".into(),
        None => String::new(),
    };
    format!("{}{end}{beside}", branch.name)
}

/// On which side of the pair a branch is, if it is on one.
fn side_of(state: &State, branch: &Branch) -> Option<Side> {
    let on = |side: &Side| state.forks.side(*side).is_some_and(|other| other.id == branch.id);
    Side::BOTH.into_iter().find(on)
}

/// Where the line of a branch is.
fn row(forks: &Forks, id: BranchId) -> f64 {
    let all = forks.all();
    let apart = (HIGH / all.len() as f64).min(APART);
    let place = all.iter().position(|branch| branch.id == id).unwrap_or_default();
    (HIGH - apart * (all.len() - 1) as f64) / 2.0 + apart * place as f64
}

fn share(state: &State, t: SimTime) -> f64 {
    t.nanos() as f64 / state.experiment.scenario.horizon.nanos().max(1) as f64
}

fn picture(store: &Store) -> Html {
    let state = &store.state;
    let forks = &state.forks;
    let mut shown = Vec::new();
    let mut next = forks.branch(forks.here());
    let mut until = SimTime::MAX;
    while let Some(branch) = next {
        shown.push((branch.id, until));
        until = branch.at;
        // Every branch is younger than the one it came from, so this comes to an end.
        next = branch.parent.and_then(|parent| forks.branch(parent));
    }
    let line = |branch: &Branch, until: SimTime, class: &'static str| {
        let y = show(row(forks, branch.id));
        let (from, to) = (share(state, branch.at), share(state, until).min(1.0));
        let parent = branch.parent.filter(|parent| forks.branch(*parent).is_some());
        let from = percent(from);
        html! {
            <>
                { parent.map(|parent| html! {
                    <line {class} x1={from.clone()} x2={from.clone()}
                        y1={show(row(forks, parent))} y2={y.clone()} />
                }) }
                <line {class} x1={from.clone()} x2={percent(to)} y1={y.clone()} y2={y} />
            </>
        }
    };
    let whole = forks.all().iter().map(|branch| {
        let class = if branch.id == forks.here() { "other" } else { class_of(forks, branch.id) };
        line(branch, SimTime::MAX, class)
    });
    let path = shown
        .iter()
        .filter_map(|(id, until)| forks.branch(*id).map(|branch| line(branch, *until, "is")));
    let now = percent(share(state, state.t));
    let y = row(forks, forks.here());
    let (pressed, moved) = (dragged(store), dragged(store));
    html! {
        <svg role="group" aria-label="Branches over the whole run" onpointerdown={pressed}
            onpointermove={moved}>
            <g>{ for whole }{ for path }</g>
            // Those that stay keep the keyboard when another one goes.
            <g>{ for forks.all().iter().map(|branch| dot(store, branch)) }</g>
            <g>{ for forks.all().iter().filter_map(|branch| ending(state, branch)) }</g>
            <line class="now" x1={now.clone()} x2={now} y1={show(y - 7.0)}
                y2={show(y + 7.0)} />
        </svg>
    }
}

fn percent(share: f64) -> String {
    format!("{}%", show((share * 10_000.0).round() / 100.0))
}

fn class_of(forks: &Forks, id: BranchId) -> &'static str {
    match forks.ghost() {
        _ if id == forks.here() => "is",
        Some(ghost) if ghost.id == id => "would",
        _ => "other",
    }
}

/// How a branch ends and what it is called, where there is room for it.
fn ending(state: &State, branch: &Branch) -> Option<Html> {
    let forks = &state.forks;
    let (y, shown) = (row(forks, branch.id), row(forks, forks.here()));
    let room = HIGH / forks.all().len() as f64 >= LEGIBLE;
    let ghost = forks.ghost().is_some_and(|ghost| ghost.id == branch.id);
    let clear = ghost && (y - shown).abs() >= LEGIBLE;
    if !(room || clear || branch.id == forks.here()) {
        return None;
    }
    let end = outcome(state, branch).map_or_else(String::new, |end| end.success_text());
    let mut name: String = branch.name.chars().take(LONGEST).collect();
    if name.len() < branch.name.len() {
        name.push('…');
    }
    if let Some(side) = side_of(state, branch) {
        name = format!("{} · {name}", side.name());
    }
    let y = show(y + 4.5);
    Some(html! {
        <g class={class_of(forks, branch.id)} aria-hidden="true">
            <text class="mono" x="100%" dx="9" y={y.clone()}>{ end }</text>
            <text x="100%" dx="64" {y}>{ name }</text>
        </g>
    })
}

/// Where a branch begins, to be pressed.
fn dot(store: &Store, branch: &Branch) -> Html {
    let state = &store.state;
    let forks = &state.forks;
    let (id, here) = (branch.id, forks.here() == branch.id);
    let (x, y) = (percent(share(state, branch.at)), row(forks, id));
    let class = class_of(forks, id);
    let name = store.send(Action::Naming(Some(id)));
    html! {
        <g key={id.to_string()} id={place(id)} role="button" {class}
            tabindex={if here { "0" } else { "-1" }} aria-current={here.then_some("true")}
            aria-label={told(state, branch)} onclick={store.send(Action::Jump(id))}
            ondblclick={name} onkeydown={keys(store, id)}>
            <title>{ branch.name.to_string() }</title>
            <circle class="room" cx={x.clone()} cy={show(y)} r="11" />
            <circle cx={x} cy={show(y)} r="4" />
        </g>
    }
}

/// Arrows go from branch to branch, and three keys do something to the one that has the keyboard.
fn keys(store: &Store, id: BranchId) -> Callback<KeyboardEvent> {
    let store = store.clone();
    Callback::from(move |event: KeyboardEvent| {
        let forks = &store.state.forks;
        let all = forks.all();
        let place_of = all.iter().position(|branch| branch.id == id).unwrap_or_default();
        let beside = |branch: Option<BranchId>| {
            if let Some(branch) = branch {
                focus(branch);
            }
        };
        let at = |index: usize| all.get(index).map(|branch| branch.id);
        match event.key().as_str() {
            "ArrowUp" => beside(place_of.checked_sub(1).and_then(at)),
            "ArrowDown" => beside(at(place_of + 1)),
            "ArrowLeft" => beside(all.get(place_of).and_then(|branch| branch.parent)),
            "ArrowRight" => {
                let child = all.iter().find(|branch| branch.parent == Some(id));
                beside(child.map(|branch| branch.id));
            }
            "Enter" | " " => store.dispatch.emit(Action::Jump(id)),
            "F2" => store.dispatch.emit(Action::Naming(Some(id))),
            "Delete" | "Backspace" => {
                store.dispatch.emit(Action::Forget(id));
                let next = all.get(place_of).and_then(|branch| branch.parent);
                beside(next.or_else(|| at(place_of + 1)));
            }
            _ => return,
        }
        event.prevent_default();
    })
}

/// Dragging along a line looks at its moments, dragging to another one looks at that branch.
fn dragged(store: &Store) -> Callback<PointerEvent> {
    let store = store.clone();
    Callback::from(move |event: PointerEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(target) = target else { return };
        let Ok(Some(picture)) = target.closest("svg") else { return };
        if event.type_() == "pointerdown" {
            // A dot is pressed like any other button.
            if target.closest("[role=button]").is_ok_and(|button| button.is_some()) {
                return;
            }
            // Without capture the drag ends at the edge of the picture; that is all.
            let _ = picture.set_pointer_capture(event.pointer_id());
            store.dispatch.emit(Action::Pause);
        } else if event.buttons() == 0 || !picture.has_pointer_capture(event.pointer_id()) {
            return;
        }
        let area = picture.get_bounding_client_rect();
        let state = &store.state;
        let part = (f64::from(event.client_x()) - area.x()) / area.width().max(1.0);
        let t = SimTime::ZERO + state.experiment.scenario.horizon.scaled(part.clamp(0.0, 1.0));
        let y = f64::from(event.client_y()) - area.y();
        let lines = state.forks.all().iter().filter(|branch| branch.at <= t);
        let near = |branch: &Branch| (row(&state.forks, branch.id) - y).abs();
        if let Some(branch) = lines.min_by(|a, b| near(a).total_cmp(&near(b))) {
            store.dispatch.emit(Action::Jump(branch.id));
            // What stands at the end of a line is the whole branch.
            if part <= 1.0 {
                store.dispatch.emit(Action::Seek(t));
            }
        }
    })
}

/// What takes the place of the picture where that is too small for a thumb.
fn choice(store: &Store) -> Html {
    let forks = &store.state.forks;
    let here = forks.here();
    let onchange = store.dispatch.reform(move |event: Event| {
        let select: HtmlSelectElement = event.target_unchecked_into();
        let chosen = select.value();
        if let Ok(branch) = chosen.parse() {
            return Action::Jump(branch);
        }
        // What is done to a branch is not a branch: the choice stays on what is shown.
        select.set_value(&here.to_string());
        if chosen == RENAME { Action::Naming(Some(here)) } else { Action::Forget(here) }
    });
    html! {
        <select class="pill" aria-label="Branch" {onchange}>
            { for forks.all().iter().map(|branch| {
                let (id, selected) = (branch.id.to_string(), branch.id == here);
                // Once somebody has chosen, only a new element says what is selected.
                html! {
                    <option key={format!("{id} {selected}")} value={id.clone()} {selected}>
                        { told(&store.state, branch) }
                    </option>
                }
            }) }
            <option key={RENAME} value={RENAME}>{ "Rename…" }</option>
            { (forks.all().len() > 1).then(|| html! {
                <option key="delete" value="delete">{ "Delete" }</option>
            }) }
        </select>
    }
}

/// What can be done to the branch that is shown, and to the ghost.
fn legend(store: &Store) -> Html {
    let forks = &store.state.forks;
    let Some(here) = forks.branch(forks.here()) else { return Html::default() };
    let named = store.state.naming.and_then(|id| forks.branch(id));
    html! {
        <div class="legend">
            <button type="button" class="textual" title="Give this branch another name (F2)"
                aria-label={format!("Rename “{}”", here.name)}
                onclick={store.send(Action::Naming(Some(here.id)))}>{ "rename" }</button>
            if forks.all().len() > 1 {
                <button type="button" class="textual" title="Delete this branch"
                    aria-label={format!("Delete “{}”", here.name)}
                    onclick={store.send(Action::Forget(here.id))}>{ "delete" }</button>
            }
            if let Some(ghost) = forks.ghost().filter(|_| forks.pair().is_none()) {
                <button type="button" class="textual dismiss" onclick={store.send(Action::Dismiss)}
                    title={format!("The ghost is “{}”: put it away (Esc)", ghost.name)}
                    aria-label="Put the ghost away">
                    <i />{ "ghost" }{ icons::cross() }
                </button>
            }
            { named.map(|branch| field(store, branch)) }
        </div>
    }
}

/// Where a name is written.
fn field(store: &Store, branch: &Branch) -> Html {
    let id = branch.id;
    let typed = store.dispatch.reform(move |event: Event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        Action::Rename(id, input.value())
    });
    let dispatch = store.dispatch.clone();
    let leave = move |event: KeyboardEvent| {
        event.stop_propagation();
        if matches!(event.key().as_str(), "Escape" | "Enter") {
            // What was typed until Enter is taken over before the field goes.
            if event.key() == "Enter" {
                let input: HtmlInputElement = event.target_unchecked_into();
                dispatch.emit(Action::Rename(id, input.value()));
            }
            dispatch.emit(Action::Naming(None));
        }
    };
    html! {
        <input type="text" id={NAME} class="value" autocomplete="off" spellcheck="false"
            maxlength="60" aria-label={format!("Name of “{}”", branch.name)}
            value={branch.name.to_string()} onchange={typed} onkeydown={leave} />
    }
}
