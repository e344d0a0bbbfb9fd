//! Retry and backoff: the schedule as a picture, and what it does to a hundred clients.

use half_open::policy::backoff::Kind;
use half_open::policy::retry::Settings;
use half_open::scenario::knob::EdgeKnob;
use half_open::scenario::{EdgeId, Knob};
use half_open::time::SimDuration;
use half_open_view::herd::{CLIENTS, Herd, Wait, herd};
use half_open_view::numbers::short;
use yew::prelude::*;

use super::{knobs, px};
use crate::controls::{Button, Choice, disclosure, section, segmented};
use crate::markup::html;
use crate::store::{Action, Store};

/// The formulas that are offered first; another one is shown beside them while it is chosen.
const FIRST: [Kind; 5] = [Kind::None, Kind::Essay, Kind::Full, Kind::Equal, Kind::Decorrelated];

/// A formula: its place in the knob, its name, and what is computed.
fn option(kind: Kind) -> Choice {
    let formula = match kind {
        Kind::None => "no wait at all",
        Kind::Constant => "base",
        Kind::Exponential => "min(base·2ⁿ, cap)",
        Kind::Essay => "min(base·2ⁿ + U(0, jitter), cap)",
        Kind::CapFirst => "min(base·2ⁿ, cap) + U(0, jitter)",
        Kind::Full => "U(0, min(cap, base·2ⁿ))",
        Kind::Equal => "t/2 + U(0, t/2), where t = min(cap, base·2ⁿ)",
        Kind::Decorrelated => "min(cap, U(base, 3·previous))",
    };
    (place(kind), kind.label(), formula)
}

/// The value of the knob that stands for a formula.
fn place(kind: Kind) -> f64 {
    Kind::ALL.iter().position(|k| *k == kind).unwrap_or_default() as f64
}

pub(super) fn view(store: &Store, id: EdgeId) -> Html {
    let Some(edge) = store.scenario.edge(id) else { return Html::default() };
    let of = |knob| Knob::Edge(id, knob);
    let kind = edge.policy.retry.backoff.kind;
    let other = (!FIRST.contains(&kind)).then_some(kind);
    let options: Vec<Choice> = FIRST.into_iter().chain(other).map(option).collect();
    let choose = choose(store, id);
    let once = edge.policy.retry.max_attempts == 1;
    let waits = kind != Kind::None && !once;
    let capped = waits && kind != Kind::Constant;
    let jittered = waits && matches!(kind, Kind::Essay | Kind::CapFirst);
    let parts = [
        segmented("backoff formula", false, &options, place(kind), &choose),
        knobs::knob(store, of(EdgeKnob::Attempts)),
        knobs::named(store, of(EdgeKnob::Base), None, !waits),
        knobs::named(store, of(EdgeKnob::Cap), None, !capped),
        knobs::named(store, of(EdgeKnob::Jitter), None, !jittered),
        knobs::knob(store, of(EdgeKnob::Budget)),
        preview(&edge.policy.retry, store.state.experiment.seed, &choose),
    ];
    section("Retry & backoff", Html::from_iter(parts))
}

fn choose(store: &Store, id: EdgeId) -> Callback<f64> {
    let knob = Knob::Edge(id, EdgeKnob::Backoff);
    store.dispatch.reform(move |value| Action::Turn { knob, value, done: true })
}

/// The schedule and the herd, drawn over the same axis: how long after failing together.
fn preview(retry: &Settings, seed: u64, choose: &Callback<f64>) -> Html {
    let herd = herd(retry, seed);
    let sentence = match herd.last() {
        None => "One attempt: nobody comes back.".to_owned(),
        Some(wait) => format!(
            "{CLIENTS} clients fail together: for attempt {}, {} come back within 10 ms.",
            wait.attempt,
            if wait.peak == CLIENTS { "all".to_owned() } else { format!("at most {}", wait.peak) }
        ),
    };
    let mend = |label, kind: Kind| Button::new(label).view(choose.reform(move |_| place(kind)));
    html! {
        <figure class="herd">
            { picture(&herd, retry.max_attempts) }
            <figcaption>{ sentence }</figcaption>
            { numbers(retry, seed) }
            if let Some((trap, [after, full])) = &herd.trap {
                <div class="trap" role="note">
                    <p>{ trap }</p>
                    <div class="buttons">
                        { mend("Put the jitter after the cap", *after) }
                        { mend("Use full jitter", *full) }
                    </div>
                </div>
            }
        </figure>
    }
}

/// The waits before each attempt, for who wants to read or to hear them.
fn numbers(retry: &Settings, seed: u64) -> Html {
    let retry = *retry;
    disclosure(format!("Waits of {CLIENTS} clients in numbers"), move || {
        let heading = |name: &&'static str| html! { <th scope="col">{ *name }</th> };
        let names = ["for", "min", "median", "mean", "99 %", "max"];
        html! {
            <table class="waits">
                <thead><tr>
                    { for names.iter().map(heading) }
                    <th scope="col"><abbr title="The most clients that come back within 10 ms">{ "peak" }</abbr></th>
                </tr></thead>
                <tbody>{ for herd(&retry, seed).waits.iter().map(row) }</tbody>
            </table>
        }
    })
}

fn row(wait: &Wait) -> Html {
    let waits = [wait.shortest, wait.median, wait.mean, wait.p99, wait.longest];
    let cell = |wait: SimDuration| html! { <td>{ short(wait) }</td> };
    html! {
        <tr class={(!wait.made).then_some("gone")}>
            <th scope="row">{ wait.attempt }</th>
            { for waits.into_iter().map(cell) }
            <td>{ wait.peak }</td>
        </tr>
    }
}

/// Where the axis begins and how long it is.
const LEFT: f64 = 36.0;
const LONG: f64 = 267.0;
/// Where there is room for the name of the cap, beside the name of the axis.
const BESIDE: f64 = 215.0;
/// Rows of the schedule.
const TOP: f64 = 16.0;
const ROW: f64 = 14.0;
/// The arrivals below them.
const FLOOR: f64 = 164.0;
const HIGH: f64 = 38.0;

fn picture(herd: &Herd, attempts: u32) -> Html {
    let span = herd.span.nanos() as f64;
    let x = |nanos: u64| LEFT + LONG * (nanos as f64 / span).min(1.0);
    let shown = herd.waits.iter().filter(|wait| wait.made).count();
    let limit = TOP + ROW * shown as f64;
    let rows = herd.waits.iter().enumerate().map(|(row, wait)| schedule(row, wait, &x));
    let cap = herd.cap.filter(|cap| cap.nanos() as f64 <= span);
    html! {
        <svg viewBox="0 0 307 180" role="img"
            aria-label="How long each retry waits, and how many clients come back together">
            if let Some(cap) = cap {
                <path class="cap" d={format!("M{} {}V{}", px(x(cap.nanos())), px(TOP), px(FLOOR))} />
                <text x={px(x(cap.nanos()).max(BESIDE))} y="11" text-anchor="end">{ format!("cap {cap}") }</text>
            }
            <text x={px(LEFT)} y="11">{ "wait before attempt" }</text>
            { for rows }
            if shown < herd.waits.len() {
                <path class="limit" d={format!("M0 {}H{}", px(limit), px(LEFT + LONG))} />
                <text x={px(LEFT + LONG - 6.0)} y={px(limit + 11.0)} text-anchor="end">
                    { format!("{attempts} {} at most", if attempts == 1 { "attempt" } else { "attempts" }) }
                </text>
            }
            <path class="floor" d={format!("M{} {}h{}", px(LEFT), px(FLOOR), px(LONG))} />
            if let Some(wait) = herd.last() { { arrivals(wait, span) } }
            <text x={px(LEFT)} y="177">{ "0 s" }</text>
            <text x={px(LEFT + LONG)} y="177" text-anchor="end">{ herd.span.to_string() }</text>
        </svg>
    }
}

/// One attempt: the range of its wait as a band, with a tick at the average.
fn schedule(row: usize, wait: &Wait, x: &dyn Fn(u64) -> f64) -> Html {
    let y = TOP + ROW * row as f64;
    let (from, to) = (x(wait.shortest.nanos()), x(wait.longest.nanos()));
    let mean = x(wait.mean.nanos());
    let class = match (wait.made, wait.clipped) {
        (false, _) => "wait beyond",
        (true, true) => "wait clipped",
        (true, false) => "wait",
    };
    html! {
        <g {class}>
            <text x="31" y={px(y + 11.0)} text-anchor="end">{ wait.attempt }</text>
            <rect x={px(from - 0.5)} y={px(y + 3.0)}
                width={px(to - from + 1.0)} height="8" rx="2" />
            <path d={format!("M{} {}v12", px(mean), px(y + 1.0))} />
        </g>
    }
}

/// How many clients come back when, in steps of ten milliseconds, or of a pixel where those are
/// thinner.
fn arrivals(wait: &Wait, span: f64) -> Html {
    let step = half_open_view::herd::TOGETHER.nanos() as f64 / span * LONG;
    let tall = HIGH / f64::from(wait.peak.max(20));
    let mut columns: Vec<(f64, u32)> = Vec::new();
    for (place, count) in wait.arrivals.iter().enumerate().filter(|(_, count)| **count > 0) {
        let x = (place as f64 * step).min(LONG - 2.0);
        match columns.last_mut() {
            Some((last, most)) if x - *last < 1.5 => *most = (*most).max(*count),
            _ => columns.push((x, *count)),
        }
    }
    let (wide, floor) = (px((step - 0.5).max(1.5)), px(FLOOR));
    let bar = |(x, count): &(f64, u32)| {
        let high = px(f64::from(*count) * tall);
        format!("M{} {floor}v-{high}h{wide}v{high}z", px(LEFT + x))
    };
    let d: String = columns.iter().map(bar).collect();
    html! { <path class={classes!("arrivals", (wait.peak == CLIENTS).then_some("all"))} {d} /> }
}
