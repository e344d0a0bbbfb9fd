//! A line between two nodes: the policies that guard its calls.

use half_open::policy::breaker::State;
use half_open::policy::fallback::Kind;
use half_open::policy::hedge::{After, Call};
use half_open::policy::stack::Layer;
use half_open::policy::throttle::limit;
use half_open::run::Scene;
use half_open::scenario::knob::EdgeKnob;
use half_open::scenario::{EdgeId, Knob, Need, Target};
use yew::prelude::*;

use super::{backoff, breaker, contest, done, fallback, faults, knobs, stack, why};
use crate::controls::{chip, section};
use crate::markup::html;
use crate::store::Store;
use crate::tour;

pub(super) fn view(store: &Store, scene: &Scene, id: EdgeId) -> Html {
    let Some(edge) = store.scenario.edge(id) else { return Html::default() };
    let key = Knob::Edge(id, EdgeKnob::Keys);
    let keys = store.scenario.clients(edge.from).is_some();
    let settings = html! {
        <>
            { contest::view(store, id) }
            { section("Deadline", deadline(store, id)) }
            { section("Hedging", hedging(store, id)) }
            { section("Rate limit", rate_limit(store, id)) }
            { section("Bulkhead", bulkhead(store, id)) }
            { section("Timeout", knobs::knob(store, Knob::Edge(id, EdgeKnob::Timeout))) }
            if keys {
                { section("Idempotency", knobs::named(store, key, Some("key sent"), false)) }
            }
            { section("If all that fails", fallback::view(store, id)) }
        </>
    };
    let why = html! {
        <>
            { why::of_line(store, scene, id) }
            { faults::view(store, scene, Target::Edge(id)) }
        </>
    };
    let all = |knob: Knob, id| matches!(knob, Knob::Edge(edge, _) if edge == id);
    html! {
        <>
            <header>
                <h2>{ store.scenario.edge_name(id) }</h2>
                <p class="soft">{ "client-side policy, outermost first" }</p>
                { chips(store, scene, id) }
            </header>
            { done::selected(store) }
            { breaker::view(store, scene, id) }
            { stack::view(store, scene, id) }
            { backoff::view(store, id) }
            { tour::aside(store, settings, why, knobs::all(store, all, id)) }
        </>
    }
}

/// How long the call may take in all, and who is told.
fn deadline(store: &Store, id: EdgeId) -> Html {
    html! {
        <>
            { knobs::knob(store, Knob::Edge(id, EdgeKnob::Deadline)) }
            { knobs::knob(store, Knob::Edge(id, EdgeKnob::PassDeadline)) }
        </>
    }
}

/// When an attempt is made once more, before there is an answer.
fn hedging(store: &Store, id: EdgeId) -> Html {
    let Some(edge) = store.scenario.edge(id) else { return Html::default() };
    let knob = |knob| knobs::knob(store, Knob::Edge(id, knob));
    let policy = &edge.policy.hedge;
    html! {
        <>
            { knob(EdgeKnob::Copies) }
            if policy.is_on() {
                { knob(EdgeKnob::HedgeAfter) }
                { knob(if policy.after == After::Delay {
                    EdgeKnob::HedgeDelay
                } else {
                    EdgeKnob::HedgePercentile
                }) }
            }
        </>
    }
}

/// How many attempts there may be in so much time.
fn rate_limit(store: &Store, id: EdgeId) -> Html {
    let Some(edge) = store.scenario.edge(id) else { return Html::default() };
    let knob = |knob| knobs::knob(store, Knob::Edge(id, knob));
    let kind = edge.policy.rate_limit.kind;
    html! {
        <>
            { knobs::named(store, Knob::Edge(id, EdgeKnob::RateLimit), Some("counted by"), false) }
            if kind != limit::Kind::Off {
                { knob(EdgeKnob::Permits) }
                { knob(EdgeKnob::Per) }
            }
            if kind == limit::Kind::TokenBucket {
                { knob(EdgeKnob::Burst) }
            }
        </>
    }
}

/// How many attempts may be under way, and how many may wait for that.
fn bulkhead(store: &Store, id: EdgeId) -> Html {
    let off = store.scenario.edge(id).is_none_or(|edge| !edge.policy.bulkhead.is_on());
    html! {
        <>
            { knobs::knob(store, Knob::Edge(id, EdgeKnob::InFlight)) }
            { knobs::named(store, Knob::Edge(id, EdgeKnob::Waiting), None, off) }
        </>
    }
}

/// The stack from the outside in, each policy as it is now.
fn chips(store: &Store, scene: &Scene, id: EdgeId) -> Html {
    let (Some(edge), Some(line)) = (store.scenario.edge(id), scene.lines.get(usize::from(id)))
    else {
        return Html::default();
    };
    let policy = &edge.policy;
    let timeout = store.knob(Knob::Edge(id, EdgeKnob::Timeout)).unwrap_or_default();
    let unit = Knob::Edge(id, EdgeKnob::Timeout).spec().unit;
    let (sign, state) = match line.breaker.state() {
        _ if !policy.breaker_enabled => ("–", "off"),
        State::Closed => ("●", "closed"),
        State::Open => ("○", "open"),
        State::HalfOpen => ("◐", "half-open"),
        State::ForcedOpen => ("⊘", "open"),
        State::Disabled | State::MetricsOnly => ("◌", "off"),
    };
    let breaker = match scene.crowd(id) {
        None => (format!("breaker {sign}"), state),
        Some((clients, crowd)) => {
            let (some, state) = match (crowd.open, crowd.half_open) {
                (0, 0) => (clients, "closed"),
                (0, half_open) => (half_open, "half-open"),
                (open, _) => (open, "open"),
            };
            (format!("breakers {some}/{clients} {state}"), state)
        }
    };
    let shown = policy.stack.layers().iter().filter(|layer| match layer {
        Layer::RateLimit => policy.rate_limit.is_on(),
        Layer::Bulkhead => policy.bulkhead.is_on(),
        Layer::Retry | Layer::Breaker | Layer::Timeout => true,
    });
    let layers = shown.enumerate().map(|(place, layer)| {
        let (label, state) = match layer {
            Layer::Retry => (format!("retry ×{}", policy.retry.max_attempts), ""),
            Layer::Breaker => breaker.clone(),
            Layer::RateLimit => {
                (format!("{} in {}", policy.rate_limit.permits, policy.rate_limit.per), "")
            }
            Layer::Bulkhead => (crowd(scene, id, policy.bulkhead.max_in_flight), ""),
            Layer::Timeout => (format!("timeout {}", unit.show(timeout)), ""),
        };
        html! {
            <>
                if place > 0 { <span aria-hidden="true">{ "›" }</span> }
                { chip(label, state) }
                if *layer == Layer::Retry && policy.hedge.is_on() {
                    <span aria-hidden="true">{ "›" }</span>
                    { chip(hedge_of(&policy.hedge), "") }
                }
            </>
        }
    });
    html! {
        <p class="chips">
            if edge.need == Need::Optional {
                { chip("optional".into(), "") }
                <span aria-hidden="true">{ "›" }</span>
            }
            if policy.fallback.is_on() {
                { chip(fallback_of(store, scene, id), "") }
                <span aria-hidden="true">{ "›" }</span>
            }
            if let Some(limit) = edge.policy.deadline.per_operation {
                { chip(format!("deadline {limit}"), "") }
                <span aria-hidden="true">{ "›" }</span>
            }
            { for layers }
        </p>
    }
}

/// `bulkhead 5/5 +3`: how much of it is taken, and how many wait.
fn crowd(scene: &Scene, id: EdgeId, most: u32) -> String {
    let (in_flight, waiting) = scene.under_way(id);
    let more = if waiting > 0 { format!(" +{waiting}") } else { String::new() };
    format!("bulkhead {in_flight}/{most}{more}")
}

/// `fallback west`, and how often it was needed.
fn fallback_of(store: &Store, scene: &Scene, id: EdgeId) -> String {
    let kind = store.scenario.edge(id).map_or(Kind::Off, |edge| edge.policy.fallback.kind);
    let other = store.scenario.fallback_of(id).and_then(|other| store.scenario.edge(other));
    let to = match kind {
        Kind::Stale => "stale",
        Kind::Other => other.map_or("", |other| store.scenario.node_name(other.to)),
        _ => "static",
    };
    let needed = scene.lines.get(usize::from(id)).map_or(0, |line| line.fell_back);
    format!("fallback {to} · {needed}")
}

/// `hedge ×2 after 50 ms`.
fn hedge_of(policy: &Call) -> String {
    let after = match policy.after {
        After::Delay => policy.delay.to_string(),
        After::Percentile => {
            Knob::Edge(0, EdgeKnob::HedgePercentile).spec().unit.show(policy.percentile)
        }
    };
    format!("hedge ×{} after {after}", policy.max_attempts)
}
