//! What more clients cost under each backoff formula, where clients compete for a row: the two
//! pictures of *Exponential Backoff And Jitter*.

use half_open::decimal;
use half_open::run::sweep::{CLIENTS, FORMULAS, Point, Sweep};
use half_open::scenario::EdgeId;
use half_open_view::contest::{Line, chart};
use yew::prelude::*;

use super::px;
use crate::markup::html;
use crate::store::{Action, Store};

/// Where the axes are, and how long.
const LEFT: f64 = 40.0;
const WIDE: f64 = 182.0;
const TOP: f64 = 16.0;
const HIGH: f64 = 96.0;

/// A picture that is made as soon as somebody wants to see it; nothing, where nobody competes.
pub(super) fn view(store: &Store, id: EdgeId) -> Html {
    let versioned = |edge: &half_open::scenario::Edge| {
        store.scenario.service(edge.to).is_some_and(|service| service.versioned)
    };
    if !store.scenario.edge(id).is_some_and(versioned) {
        return Html::default();
    }
    let dispatch = store.dispatch.clone();
    let ontoggle = move |event: Event| {
        let details: web_sys::HtmlElement = event.target_unchecked_into();
        dispatch.emit(Action::Contest(details.has_attribute("open")));
    };
    html! {
        <details open={store.state.contest.is_some()} {ontoggle}>
            <summary>{ "The more clients there are" }</summary>
            { store.state.contest.as_ref().map(|contest| pictures(store, &contest.sweep.borrow(), id)) }
        </details>
    }
}

fn pictures(store: &Store, sweep: &Sweep, id: EdgeId) -> Html {
    let chosen = store.scenario.edge(id).map(|edge| edge.policy.retry.backoff.kind);
    let is_chosen = |line: &Line| chosen == Some(line.formula);
    let calls = chart(sweep, (WIDE, HIGH), |point| point.calls);
    let seconds = chart(sweep, (WIDE, HIGH), |point| point.ms / 1e3);
    let sentence = match sweep.progress() {
        1.0 => FORMULAS.iter().position(|kind| chosen == Some(*kind)).and_then(|n| {
            let Point { calls, ms } = sweep.line(n).last()?;
            let clients = CLIENTS.last()?;
            let (calls, seconds) = (decimal::rounded(calls, 0), decimal::rounded(ms / 1e3, 1));
            Some(format!("{clients} clients need {calls} calls and {seconds} s, as it is set."))
        }),
        done => Some(format!("{} % of the contests are held.", decimal::rounded(done * 100.0, 0))),
    };
    html! {
        <figure class="contest">
            { picture("calls", calls.most, &calls.lines, &is_chosen) }
            { picture("seconds until the last one is done", seconds.most, &seconds.lines, &is_chosen) }
            <figcaption>{ sentence.unwrap_or_default() }</figcaption>
        </figure>
    }
}

fn picture(
    what: &'static str,
    most: f64,
    lines: &[Line],
    is_chosen: &dyn Fn(&Line) -> bool,
) -> Html {
    let floor = TOP + HIGH;
    let clients = CLIENTS.last().copied().unwrap_or_default();
    html! {
        <svg viewBox="0 0 307 128" role="img" aria-label={told(what, most, lines)}>
            <text x={px(LEFT)} y="11">{ what }</text>
            <path class="floor" d={format!("M{} {}V{}H{}", px(LEFT), px(TOP), px(floor), px(LEFT + WIDE))} />
            <text x={px(LEFT - 4.0)} y={px(TOP + 4.0)} text-anchor="end">{ decimal::rounded(most, 0) }</text>
            <text x={px(LEFT - 4.0)} y={px(floor)} text-anchor="end">{ "0" }</text>
            <text x={px(LEFT + WIDE)} y={px(floor + 12.0)} text-anchor="end">
                { format!("{clients} clients") }
            </text>
            { for lines.iter().map(|line| trace(line, is_chosen(line))) }
        </svg>
    }
}

fn trace(line: &Line, chosen: bool) -> Html {
    let places = line.points.iter().map(|(x, y)| format!("{},{}", px(LEFT + x), px(TOP + y)));
    let places = places.collect::<Vec<_>>().join(" ");
    html! {
        <g class={if chosen { "trace chosen" } else { "trace" }}>
            <polyline points={places} />
            <text x={px(LEFT + WIDE + 6.0)} y={px(TOP + line.name + 4.0)}>{ name(line) }</text>
        </g>
    }
}

/// What the article calls it.
fn name(line: &Line) -> &'static str {
    let label = line.formula.label();
    label.strip_suffix(" jitter").unwrap_or(label)
}

/// The ends of the lines, for who cannot see them.
fn told(what: &str, most: f64, lines: &[Line]) -> String {
    let end = |line: &Line| {
        let value = line.points.last().map_or(0.0, |(_, y)| (HIGH - y) / HIGH * most);
        format!("{} {}", line.formula.label(), decimal::rounded(value, 1))
    };
    let ends: Vec<String> = lines.iter().map(end).collect();
    format!("{what}, with the most clients so far: {}", ends.join(", "))
}
