//! The waterfall of a request: who called whom, and what each attempt spent its time on.

use half_open::log::{Event, Kind, RequestId, Verdict};
use half_open::run::ids;
use half_open::scenario::knob::ServiceKnob;
use half_open::scenario::{Knob, NodeId};
use half_open::time::SimTime;
use half_open_view::numbers::short;
use half_open_view::tracks::ticks;
use half_open_view::waterfall::{Row, Spent, Stretch, Waterfall};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::px;
use crate::controls::toggle;
use crate::markup::html;
use crate::store::{Action, Selection, Store};

/// How many attempts are drawn one by one.
const ROWS: usize = 100;
/// About how many moments the axis names.
const TICKS: f32 = 5.0;
/// What is shorter than this many percent of the axis can still be seen.
const NARROWEST: f64 = 0.4;
/// From the top of a row to its bottom, and its middle.
const WHOLE: (&str, &str) = ("0", "100%");
const MIDDLE: (&str, &str) = ("8", "8");
/// What the strokes mean.
const LEGEND: [(&str, &str); 6] = [
    ("way", "on the way"),
    ("queue", "queue"),
    ("work", "work"),
    ("wait", "waits for another"),
    ("backoff", "backoff"),
    ("left", "time left"),
];

pub(super) fn view(store: &Store, id: RequestId, waterfall: &Waterfall) -> Html {
    let (t, scenario) = (store.state.t, &store.scenario);
    let mut rows: Vec<Html> = Vec::new();
    let mut broken = false;
    for row in waterfall.rows().take(ROWS) {
        if row.orphan.is_some() && !broken {
            broken = true;
            rows.push(rift(store, waterfall));
        }
        rows.push(line(store, waterfall, row));
    }
    let more = waterfall.rows().count().saturating_sub(ROWS);
    if more > 0 {
        rows.push(item(format!("and {more} more attempts, see “Events”")));
    }
    let hops = waterfall.hops(scenario, t).into_iter().map(|hop| item(hop.words(scenario)));
    let ticks = ticks(waterfall.view, TICKS).into_iter();
    let named = ticks.map(|(at, text)| (waterfall.place(at), text));
    // A name in a corner would not fit.
    let named = named.filter(|(place, _)| (4.0..95.0).contains(place));
    let axis = named.map(|(place, text)| mark("", place, text));
    let legend = LEGEND.iter().map(|(class, name)| {
        html! {
            <li><svg aria-hidden="true">{ stroke(class, ("0", "22"), MIDDLE) }</svg>{ *name }</li>
        }
    });
    html! {
        <section id="waterfall" popover="auto" aria-labelledby="waterfall-title">
            <header class="closable">
                <h3 id="waterfall-title">
                    { "Waterfall" }
                    <span class="large">{ " of request " }{ ids::short_id(&store.state.run, id) }</span>
                </h3>
                <button type="button" class="textual" popovertarget="waterfall">
                    <span class="small">{ "Enlarge" }</span><span class="large">{ "Close" }</span>
                </button>
            </header>
            <div class="fall" aria-hidden="true"><svg>{ for axis }</svg></div>
            <ol class="falls" onkeydown={arrows}>{ for rows }</ol>
            <ul class="legend soft">{ for legend }</ul>
            <ul aria-label="Amplification">{ for hops }</ul>
            if !broken { { propagation(store, waterfall) } }
        </section>
    }
}

fn item(words: String) -> Html {
    html! { <li>{ words }</li> }
}

/// Whether the services on the way pass on what they were given.
fn propagation(store: &Store, waterfall: &Waterfall) -> Html {
    let switch = |node: NodeId| {
        let knob = Knob::Service(node, ServiceKnob::Propagate);
        let on = store.knob(knob)? != 0.0;
        let label = format!("{} passes traceparent on", store.scenario.node_name(node));
        let turn = move |on| Action::Turn { knob, value: f64::from(u8::from(on)), done: true };
        Some(toggle(label, on, store.dispatch.reform(turn)))
    };
    waterfall.services(&store.scenario).filter_map(switch).collect()
}

/// Where a trace ends for everybody who has only its ID: why, and how to mend it.
fn rift(store: &Store, waterfall: &Waterfall) -> Html {
    let names: Vec<&str> =
        waterfall.broken_at.iter().map(|node| store.scenario.node_name(*node)).collect();
    html! {
        <li class="rift">
            <h4>{ "Orphans: traces that nobody can connect" }</h4>
            <p>
                { format!(
                    "{} did not pass traceparent on: each call below has a trace ID of its own, \
                     and no tool can tell whose it is.",
                    names.join(" and ")
                ) }
            </p>
            { propagation(store, waterfall) }
        </li>
    }
}

/// Moves the focus between rows.
fn arrows(event: KeyboardEvent) {
    let down = match event.key().as_str() {
        "ArrowDown" => true,
        "ArrowUp" => false,
        _ => return,
    };
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let mut row = target.and_then(|target| target.closest("li").ok().flatten());
    while let Some(here) = row {
        row = if down { here.next_element_sibling() } else { here.previous_element_sibling() };
        let button = row.as_ref().and_then(|row| row.query_selector(".fall").ok().flatten());
        if let Some(button) = button {
            event.prevent_default();
            // Nothing is lost where it cannot have the focus.
            let _ = button.unchecked_into::<HtmlElement>().focus();
            return;
        }
    }
}

/// A row: words, and a picture of them.
fn line(store: &Store, waterfall: &Waterfall, row: &Row) -> Html {
    let (t, scenario) = (store.state.t, &store.scenario);
    let outcome = row.outcome(t);
    let number = match &row.orphan {
        Some(id) if row.depth == 0 => format!(" {id}"),
        _ if row.copy => format!(" #{} copy", row.attempt),
        _ if row.span.is_some() => format!(" #{}", row.attempt),
        _ => String::new(),
    };
    let mut notes: String = row.notes(t).into_iter().map(|note| format!(", {note}")).collect();
    if let Some(left) = row.left(t) {
        let of = if row.is_by_deadline() { " until the deadline" } else { "" };
        notes.push_str(&format!(", {} left{of}", short(left)));
    }
    let (event, at) = row.moment();
    let selected = match store.state.selection {
        Selection::Event(event) => store.state.run.log().event(event).span(),
        _ => None,
    };
    let current = selected.is_some() && selected == row.span;
    let mut class = outcome.name().to_owned();
    if row.orphan.is_some() {
        class.push_str(" orphan");
    }
    html! {
        <li {class}>
            <button type="button" class="fall" aria-current={current.then_some("true")}
                onclick={store.show(Selection::Event(event), at)}>
                <span class={format!("hop deep-{}", row.depth.min(3))}>
                    { row.name(scenario) }<span class="soft mono">{ number }</span>
                </span>
                <span class="mono at">{ " " }{ row.from().to_string() }{ " " }</span>
                <span class="outcome">{ outcome.words() }<span class="soft">{ notes }</span></span>
                { picture(waterfall, row, t) }
            </button>
        </li>
    }
}

/// What the time was spent on, and the marks that stay. What lies after `t` is pale.
fn picture(waterfall: &Waterfall, row: &Row, t: SimTime) -> Html {
    let mut drawn = Drawn { waterfall, t, nodes: Vec::new() };
    for (at, _) in ticks(waterfall.view, TICKS) {
        drawn.upright("grid", at);
    }
    drawn.stretch("waits", row.from(), row.end().map_or(waterfall.view.to, |end| end.at));
    for stretch in &row.stretches {
        drawn.spent(row, stretch);
    }
    if let Some(left) = row.left(t) {
        drawn.bar("left", t, (t + left).min(waterfall.view.to), ("18", "18"));
    }
    for event in row.events.iter().filter(|_| row.span.is_some()) {
        drawn.happened(event);
    }
    drawn.upright("now", t);
    html! { <svg aria-hidden="true">{ for drawn.nodes }</svg> }
}

/// A row in the making.
struct Drawn<'a> {
    waterfall: &'a Waterfall,
    t: SimTime,
    nodes: Vec<Html>,
}

impl Drawn<'_> {
    fn upright(&mut self, class: &str, at: SimTime) {
        let x = percent(self.waterfall.place(at));
        self.nodes.push(stroke(class, (&x, &x), WHOLE));
    }

    fn bar(&mut self, class: &str, from: SimTime, to: SimTime, ys: (&str, &str)) {
        let (x, end) = (self.waterfall.place(from), self.waterfall.place(to));
        let xs = (percent(x), percent(end.max(x + NARROWEST)));
        self.nodes.push(stroke(class, (&xs.0, &xs.1), ys));
    }

    /// What is known of it, and what is not yet.
    fn stretch(&mut self, class: &str, from: SimTime, to: SimTime) {
        if from < to.min(self.t) {
            self.bar(class, from, to.min(self.t), MIDDLE);
        }
        if from.max(self.t) < to {
            self.bar(&format!("{class} later"), from.max(self.t), to, MIDDLE);
        }
    }

    fn spent(&mut self, row: &Row, stretch: &Stretch) {
        let class = match stretch.spent {
            Spent::Way => "way",
            Spent::Queue => "queue",
            Spent::Work => "work",
            // Nobody knows for what.
            Spent::Wait if row.cut => "wait gap",
            Spent::Wait => "wait",
            Spent::Back(true) => "back",
            Spent::Back(false) => "back bad",
            Spent::Backoff => "backoff",
        };
        let vain = if stretch.in_vain { " vain" } else { "" };
        self.stretch(&format!("{class}{vain}"), stretch.from, stretch.to);
    }

    /// What stays to be seen of an event.
    fn happened(&mut self, event: &Event) {
        let (class, sign) = match event.kind {
            Kind::Answered if event.status().is_success() => ("good", "○"),
            Kind::AnsweredLate => ("good vain", "○"),
            Kind::Answered => ("bad", "◆"),
            Kind::Rejected => ("bad", "◇"),
            Kind::TimedOut => ("bad", "|"),
            Kind::Overtaken => ("vain", "|"),
            Kind::FellBack if event.is_last() => ("good", "◒"),
            Kind::RequestLost | Kind::ResponseLost | Kind::WorkLost => ("bad", "×"),
            Kind::Cancelled => ("vain", "×"),
            Kind::Charged => ("", "▮"),
            Kind::Verdict if event.verdict() == Verdict::Replayed => ("replay", "↺"),
            _ => return,
        };
        let later = if event.at > self.t { " later" } else { "" };
        let place = self.waterfall.place(event.at);
        self.nodes.push(mark(&format!("{class}{later}"), place, sign.to_owned()));
    }
}

fn percent(place: f64) -> String {
    px(place) + "%"
}

fn stroke(class: &str, xs: (&str, &str), ys: (&str, &str)) -> Html {
    let [class, x1, x2, y1, y2] = [class, xs.0, xs.1, ys.0, ys.1].map(str::to_owned);
    html! { <line {class} {x1} {x2} {y1} {y2} /> }
}

fn mark(class: &str, place: f64, sign: String) -> Html {
    html! { <text class={class.to_owned()} x={percent(place)} y="12">{ sign }</text> }
}
