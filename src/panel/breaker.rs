//! The circuit breaker: its state diagram, its window in brackets, and what can be done to it.

use half_open::log::{EventId, unpack_transition};
use half_open::policy::breaker::{
    Action as ByHand, Breaker, Counts, Crowd, Preset, Settings, State,
};
use half_open::run::Scene;
use half_open::scenario::knob::EdgeKnob;
use half_open::scenario::{Change, EdgeId, Knob, POPULATION};
use half_open::time::SimTime;
use half_open_view::diagram::{Diagram, Since, diagram};
use half_open_view::link::{preset_of, preset_settings};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::{knobs, px};
use crate::controls::{Button, Tone, section};
use crate::markup::html;
use crate::store::{Action, Store};

const TITLE: &str = "Circuit breaker";

pub(super) fn view(store: &Store, scene: &Scene, id: EdgeId) -> Html {
    let (Some(edge), Some(line)) = (store.scenario.edge(id), scene.lines.get(usize::from(id)))
    else {
        return Html::default();
    };
    if !edge.policy.breaker_enabled {
        return section(TITLE, knobs::knob(store, Knob::Edge(id, EdgeKnob::Breaker)));
    }
    let settings = &edge.policy.breaker;
    let (shown, state) = match scene.crowd(id) {
        Some((clients, crowd)) => of_all(settings, clients, crowd),
        None => {
            let moved = (line.moved, line.rejected_since);
            let diagram = of_one(store, scene, &line.breaker, settings, moved);
            (figure(&diagram), diagram.state)
        }
    };
    let parts = [
        shown,
        buttons(store, id, state),
        knobs::wanted(store, Knob::Edge(id, EdgeKnob::BreakerScope)).unwrap_or_default(),
        behaviour(store, id, settings),
        knobs::knob(store, Knob::Edge(id, EdgeKnob::OpenJitter)),
    ];
    section(TITLE, Html::from_iter(parts))
}

/// How many of the breakers that clients have are in which state, and what they are set to; the state
/// that all of them are in, or else one of which nothing is said.
fn of_all(settings: &Settings, clients: u32, crowd: Crowd) -> (Html, State) {
    let limits =
        diagram(&Breaker::new(settings, SimTime::ZERO), settings, Since::default(), SimTime::ZERO);
    let closed = clients.saturating_sub(crowd.not_closed());
    let shown = html! {
        <>
            { super::readings(&[
                ("closed", "Clients whose own breaker lets calls through", closed.to_string()),
                ("open", "Clients whose own breaker fails fast", crowd.open.to_string()),
                ("half-open", "Clients whose own breaker probes", crowd.half_open.to_string()),
            ]) }
            <p class="soft below">
                { format!(
                    "Each opens at {}, stays open for {}, and closes after {}. Select a client to see its own.",
                    limits.opens, limits.stays, limits.closes
                ) }
            </p>
        </>
    };
    let state = match crowd.open {
        0 if crowd.half_open == 0 => State::Closed,
        all if all == clients => State::Open,
        _ => State::HalfOpen,
    };
    (shown, state)
}

/// A client's own breaker.
pub(super) fn of_client(store: &Store, scene: &Scene, client: u32) -> Html {
    let home = store.scenario.populations().nth((client / POPULATION) as usize);
    let line = home.and_then(|home| store.scenario.calls_of(home).next());
    let own = line.and_then(|line| {
        let settings = &store.scenario.edge(line)?.policy.breaker;
        let own = scene.own_breaker(line, (client % POPULATION) as u16)?;
        let moved = (own.with.moved, own.with.rejected_since);
        Some(figure(&of_one(store, scene, &own.breaker, settings, moved)))
    });
    own.map_or_else(Html::default, |own| section(TITLE, own))
}

fn of_one(
    store: &Store,
    scene: &Scene,
    breaker: &Breaker,
    settings: &Settings,
    (moved, refused): (Option<EventId>, u32),
) -> Diagram {
    let log = store.state.run.log();
    let moved = moved.map(|event| unpack_transition(log.event(event).payload));
    diagram(breaker, settings, Since { refused, moved }, scene.at)
}

/// Which library the breaker behaves like.
fn behaviour(store: &Store, id: EdgeId, settings: &Settings) -> Html {
    let preset = preset_of(settings);
    html! {
        <div class="behaves">
            { presets(id, preset, "Behaves like".into(), store.dispatch.reform(Action::Do)) }
            if preset.is_some_and(Preset::holds_calls) {
                <p class="soft">{ "It would let calls wait for its probe; here they are rejected." }</p>
            }
        </div>
    }
}

/// The libraries to choose from. Settings that none of them has are there while they are in force.
pub(super) fn presets(
    edge: EdgeId,
    chosen: Option<Preset>,
    label: String,
    choose: Callback<Change>,
) -> Html {
    let onchange = move |event: Event| {
        let select: HtmlSelectElement = event.target_unchecked_into();
        // What is no preset is above them.
        let others = select.length() as usize - Preset::ALL.len();
        let place = (select.selected_index() as usize).checked_sub(others);
        if let Some(preset) = place.and_then(|place| Preset::ALL.get(place)) {
            let settings = Box::new(preset_settings(*preset));
            choose.emit(Change::SetBreaker { edge, settings });
        }
    };
    let option = |preset: Preset| {
        html! { <option selected={chosen == Some(preset)}>{ preset.label() }</option> }
    };
    html! {
        <label class="preset">
            <span>{ label }</span>
            <select {onchange}>
                if chosen.is_none() { <option selected=true>{ "settings of its own" }</option> }
                { for Preset::ALL.into_iter().map(option) }
            </select>
        </label>
    }
}

fn buttons(store: &Store, edge: EdgeId, state: State) -> Html {
    let act = |action| store.send(Action::Do(Change::Breaker { edge, action }));
    let hold = |label, held: bool, action| {
        let title = held.then_some("Release it: it closes, and counts again".into());
        let button = Button { title, pressed: Some(held), ..Button::new(label) };
        button.view(act(if held { ByHand::Close } else { action }))
    };
    let trip = Button { tone: Tone::Failure, disabled: state.refuses(), ..Button::new("Trip") };
    let close = Button { disabled: state == State::Closed, ..Button::new("Close") };
    html! {
        <div class="buttons">
            { trip.view(act(ByHand::Open)) }
            { close.view(act(ByHand::Close)) }
            { hold("Hold open", state == State::ForcedOpen, ByHand::ForceOpen) }
            { hold("Hold closed", state == State::Disabled, ByHand::Disable) }
        </div>
    }
}

/// The three states in a circle, the limits on the arcs between them, the window in the middle.
fn figure(diagram: &Diagram) -> Html {
    let words = match diagram.state {
        State::Closed => "closed",
        State::Open => "open",
        State::HalfOpen => "half-open",
        State::ForcedOpen => "held open",
        State::Disabled => "held closed",
        State::MetricsOnly => "only counting",
    };
    let name = format!(
        "The breaker is {words}. It opens at {}, stays open for {}, and closes after {}.",
        diagram.opens, diagram.stays, diagram.closes
    );
    let held = matches!(diagram.state, State::ForcedOpen | State::Disabled);
    let place = match diagram.state {
        State::Open | State::ForcedOpen => State::Open,
        State::HalfOpen => State::HalfOpen,
        State::Closed | State::Disabled | State::MetricsOnly => State::Closed,
    };
    let pill = |state: State, class, x: f64, y: f64| {
        let now = state == place;
        let label = if now && held { words } else { class };
        let half = 42.5;
        html! {
            <g class={classes!("pill", class, now.then_some("now"))}>
                <rect x={px(x - half)} y={px(y)} width="85" height="36" rx="18" />
                <text x={px(x)} y={px(y + 22.5)} text-anchor="middle">{ label }</text>
            </g>
        }
    };
    html! {
        <figure class="diagram">
            <svg viewBox="0 0 307 142" role="img" aria-label={name}>
                <ellipse class="circle" cx="153.500" cy="66" rx="90" ry="49" />
                <path class="arrow" d="M150 13l7 4l-7 4zM238.500 84l-8 1l5 7zM73 92l5 -7l-8 -1z" />
                { pill(State::Closed, "closed", 54.5, 18.0) }
                { pill(State::Open, "open", 252.5, 18.0) }
                { pill(State::HalfOpen, "half-open", 153.5, 98.0) }
                <g class={classes!("limits", held.then_some("idle"))}>
                    <text x="153.500" y="9" text-anchor="middle">{ &diagram.opens }</text>
                    <text x="256" y="100" text-anchor="middle">{ &diagram.stays }</text>
                    <text x="54.500" y="100" text-anchor="middle">{ &diagram.closes }</text>
                </g>
                { window(&diagram.pieces) }
            </svg>
            <figcaption><span>{ &diagram.sum }</span><span>{ &diagram.then }</span></figcaption>
        </figure>
    }
}

/// How wide the window may become.
const ROOM: f64 = 124.0;

fn window(pieces: &[Counts]) -> Html {
    let pitch = (ROOM / pieces.len().max(1) as f64).min(11.8);
    let width = pitch * pieces.len() as f64;
    let left = 153.5 - width / 2.0;
    let (a, b) = (px(left - 3.0), px(left + width + 3.0));
    let brackets = format!("M{a} 60h-3v13h3M{b} 60h3v13h-3");
    let piece = |(place, counts): (usize, &Counts)| {
        let (x, w) = (left + pitch * place as f64 + 1.0, (pitch - 2.0).max(1.0));
        mark(x, w, counts)
    };
    html! {
        <g class="window">
            <path class="brackets" d={brackets} />
            { for pieces.iter().enumerate().map(piece) }
        </g>
    }
}

/// A call: a square for a success, a diamond for a failure, an empty place for none. Several
/// calls: a column, failures on top.
fn mark(x: f64, w: f64, counts: &Counts) -> Html {
    let side = w.min(9.0);
    let block = |class: &'static str, y: f64, h: f64| {
        html! {
            <rect {class} x={px(x)} y={px(y)} width={px(w)}
                height={px(h)} rx="1.5" />
        }
    };
    match (counts.calls, counts.failures) {
        (0, 0) => block("none", 66.5 - side / 2.0, side),
        (1, 0) => block("success", 66.5 - side / 2.0, side),
        (1, 1) => {
            let (middle, r) = (x + w / 2.0, side / 2.0 + 0.8);
            let d =
                format!("M{} {}l{s} {s}l-{s} {s}l-{s} -{s}z", px(middle), px(66.5 - r), s = px(r));
            html! { <path class="failure" {d} /> }
        }
        (calls, failures) => {
            let bad = 13.0 * f64::from(failures.min(calls)) / f64::from(calls.max(1));
            html! {
                <>
                    if bad < 13.0 { { block("success", 60.0 + bad, 13.0 - bad) } }
                    if bad > 0.0 { { block("failure", 60.0, bad) } }
                </>
            }
        }
    }
}
