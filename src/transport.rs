//! The clock, what moves it, and four numbers.

use half_open::run::Scene;
use half_open_view::numbers::Numbers;
pub(crate) use half_open_view::numbers::clock;
use half_open_view::roll::Roll;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::forks;
use crate::icons;
use crate::markup::html;
use crate::store::{Action, SPEEDS, Store};

/// Play, steps, speed and numbers.
pub(crate) fn view(store: &Store) -> Html {
    let state = &store.state;
    let playing = state.playing;
    html! {
        <section class="transport" aria-label="Time">
            <button type="button" class="play" onclick={store.send(Action::Toggle)}
                aria-label={if playing { "Pause" } else { "Play" }}
                title={if playing { "Pause (Space)" } else { "Play (Space)" }}>
                { if playing { icons::pause() } else { icons::play() } }
            </button>
            <span class="clock" role="timer" aria-live="off" aria-label="Simulated time">
                { clock(state.t) }
            </span>
            { stepper(store, "event", "←", Action::StepEvent, Roll::Everything) }
            { stepper(store, "request", "Shift ←", Action::StepRequest, Roll::Finished) }
            { speed(store) }
            { store.scene(|scene| numbers(store, scene)) }
            { forks::view(store) }
        </section>
    }
}

/// Back and forth by one of something.
fn stepper(
    store: &Store,
    name: &'static str,
    keys: &'static str,
    by: fn(i32) -> Action,
    roll: Roll,
) -> Html {
    let step = |count| store.send(by(count));
    let list = store.send(Action::List(Some(roll)));
    let title = |word: &str, arrow: &str| format!("{word} {name} ({})", keys.replace('←', arrow));
    html! {
        <div class="stepper" role="group" aria-label={format!("Step by {name}")}>
            <button type="button" onclick={step(-1)} aria-label={format!("Previous {name}")}
                title={title("Previous", "←")}>{ icons::back() }</button>
            <button type="button" class="all" onclick={list} title={format!("List every {name}")}>
                { name }
            </button>
            <button type="button" onclick={step(1)} aria-label={format!("Next {name}")}
                title={title("Next", "→")}>{ icons::forth() }</button>
        </div>
    }
}

/// How fast time passes.
fn speed(store: &Store) -> Html {
    let speed = store.state.speed;
    let oninput = store.dispatch.reform(|event: InputEvent| {
        let input: HtmlInputElement = event.target_unchecked_into();
        Action::SetSpeed(input.value_as_number() as usize)
    });
    let name = SPEEDS[speed].1;
    html! {
        <label class="speed" title="How fast time passes">
            <span>{ "speed" }</span>
            <input type="range" class="slider" min="0" max={(SPEEDS.len() - 1).to_string()}
                step="1" value={speed.to_string()} aria-valuetext={name} {oninput} />
            <output>{ name }</output>
        </label>
    }
}

/// Counted since the start of the run, up to the moment that is shown.
/// Each opens the events it counts.
fn numbers(store: &Store, scene: &Scene) -> Html {
    let numbers = Numbers::of(scene);
    let ghost = store.ghost_scene(Numbers::of);
    let mut beside = ghost.map(|ghost| numbers.beside(&ghost)).unwrap_or_default().into_iter();
    let mut number = |name: &'static str, title: &'static str, value: String, roll: Roll| {
        let alarm = roll == Roll::Charges && numbers.double_charged();
        let list = store.send(Action::List(Some(roll)));
        html! {
            <div title={title}>
                <dt>{ name }</dt>
                <dd class={alarm.then_some("alarm")}>
                    <button type="button" onclick={list}>{ value }</button>
                </dd>
                <dd class="versus" title="Beside what would have been">{ beside.next() }</dd>
            </div>
        }
    };
    html! {
        <dl class="numbers">
            { number("success", "Share of finished requests that succeeded",
                numbers.success_text(), Roll::Finished) }
            { number("p99", "99 of 100 finished requests took no longer",
                numbers.p99_text(), Roll::Latency) }
            { number("amplification", "Calls over the busiest line for each request",
                numbers.amplification_text(), Roll::Attempts) }
            { match numbers.degraded_text() {
                _ if numbers.goodput.is_some() => number("goodput", "Requests that succeeded, per second",
                    numbers.goodput_text().unwrap_or_default(), Roll::Finished),
                Some(degraded) => number("degraded", "Share of finished requests with an answer that lacks a part",
                    degraded, Roll::Degraded),
                None => number("charges / orders", "Must be equal: nobody is charged twice",
                    numbers.charges_text(), Roll::Charges),
            } }
        </dl>
    }
}
