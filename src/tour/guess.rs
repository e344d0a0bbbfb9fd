//! A question before a beat, and its answer beside what was guessed.

use half_open_view::lesson::{Figure, Question, Unit};
use web_sys::{HtmlInputElement, InputEvent};
use yew::prelude::*;

use crate::markup::html;
use crate::store::{Action, Guess, Store, Tour, Turn};

/// How many steps a slider has between the least and the most.
const STEPS: f64 = 100.0;

pub(super) fn view(store: &Store, tour: &Tour, question: &Question) -> Html {
    let body = match question.choices.is_empty() {
        true => number(store, tour, question),
        false => choices(store, tour, question),
    };
    html! {
        <div class="card" role="group" aria-label={question.asks.clone()}>
            <p class="asks">{ &question.asks }</p>
            { body }
            <p class="reveals">
                if revealed(store, tour) { { &question.reveals } }
            </p>
        </div>
    }
}

/// Whether the answer is told: it was guessed, the run has come that far once, and is the one it is about.
pub(super) fn revealed(store: &Store, tour: &Tour) -> bool {
    let state = &store.state;
    let told = **state.run.experiment() == *state.experiment && !state.is_off_the_path();
    tour.guess.is_some() && !state.hides_future() && told
}

/// In which unit the answer is.
fn unit(store: &Store, tour: &Tour, question: &Question) -> Unit {
    let scenario = &store.state.experiment.scenario;
    Figure::read(&question.answer, scenario, tour.range).map_or(Unit::Count, |figure| figure.unit())
}

fn number(store: &Store, tour: &Tour, question: &Question) -> Html {
    let unit = unit(store, tour, question);
    let (least, most) = question.between;
    let show = |value: f64| format!("{} {}", unit.show(value), question.things).trim().to_owned();
    let Some(guess) = tour.guess else {
        let drag = store.dispatch.reform(|event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            Action::Tour(Turn::Draft(input.value_as_number()))
        });
        // Things are whole.
        let whole = unit == Unit::Count && most - least <= 4.0 * STEPS;
        let step = if whole { 1.0 } else { (most - least) / STEPS };
        return html! {
            <div class="asked">
                <input type="range" class="slider" min={least.to_string()} max={most.to_string()}
                    step={step.to_string()} value={tour.draft.to_string()} oninput={drag}
                    aria-label={tour.lesson.word("yours").to_owned()}
                    aria-valuetext={show(tour.draft)} />
                <output class="mono">{ show(tour.draft) }</output>
                <button type="button" class="pill strong"
                    onclick={store.send(Action::Tour(Turn::Guess(Guess::Of(tour.draft))))}>
                    { tour.lesson.word("guess").to_owned() }
                </button>
            </div>
        };
    };
    let answer = revealed(store, tour).then(|| question.answer(&store.state.run, tour.range));
    let answer = answer.flatten().map(|(answer, _)| answer);
    line(tour, (least, most), guess, answer, show)
}

/// Both on a line between the least and the most.
fn line(
    tour: &Tour,
    (least, most): (f64, f64),
    guess: Guess,
    answer: Option<f64>,
    show: impl Fn(f64) -> String,
) -> Html {
    let share =
        |value: f64| ((value - least) / (most - least).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
    let at = |value: f64| format!("{}%", (share(value) * 1000.0).round() / 10.0);
    // A text stands to the side of its mark where there is room.
    let anchor = |value: f64| match share(value) {
        share if share < 0.2 => "start",
        share if share > 0.8 => "end",
        _ => "middle",
    };
    let [yours, right] = ["yours", "answer"].map(|key| tour.lesson.word(key).to_owned());
    let guess = guess.value();
    let told = [(&yours, guess), (&right, answer)].into_iter();
    let told = told.filter_map(|(name, value)| Some(format!("{name}: {}", show(value?))));
    html! {
        <svg class="guessed" role="img" aria-label={told.collect::<Vec<_>>().join("; ")}>
            <line class="rail" x1="0" x2="100%" y1="30" y2="30" />
            if let Some((guess, answer)) = guess.zip(answer) {
                <line class="apart" x1={at(guess)} x2={at(answer)} y1="30" y2="30" />
            }
            if let Some(guess) = guess {
                <circle class="yours" cx={at(guess)} cy="30" r="6" />
                <text x={at(guess)} y="14" text-anchor={anchor(guess)}>
                    { format!("{yours}: {}", show(guess)) }
                </text>
            }
            if let Some(answer) = answer {
                <circle class="right" cx={at(answer)} cy="30" r="6" />
                <text class="right" x={at(answer)} y="52" text-anchor={anchor(answer)}>
                    { format!("{right}: {}", show(answer)) }
                </text>
            }
        </svg>
    }
}

fn choices(store: &Store, tour: &Tour, question: &Question) -> Html {
    let known = revealed(store, tour).then(|| question.right(&store.state.run, tour.range));
    let right = known.flatten();
    let chosen = tour.guess.and_then(Guess::value).map(|guess| guess as usize);
    let choice = |(place, (says, _)): (usize, &(String, String))| {
        let class = match (right, chosen) {
            (Some(right), _) if right == place => "pill right",
            (_, Some(chosen)) if chosen == place => "pill chosen",
            _ => "pill",
        };
        let press = store.send(Action::Tour(Turn::Guess(Guess::Of(place as f64))));
        let open = tour.guess.is_none();
        html! {
            <button type="button" {class} onclick={if open { press } else { Callback::noop() }}
                aria-pressed={(chosen == Some(place)).to_string()}
                aria-disabled={(!open).then_some("true")}>
                { says }
                if right == Some(place) { { " ✓" } }
            </button>
        }
    };
    html! { <div class="asked choices">{ for question.choices.iter().enumerate().map(choice) }</div> }
}
