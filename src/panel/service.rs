//! A service: its workers and queue, what can be broken, the keys it knows and what it charged.

use half_open::policy::shed::By;
use half_open::run::{Scene, Station};
use half_open::scenario::knob::ServiceKnob;
use half_open::scenario::{EdgeId, Knob, NodeId, Order, Service, Target};
use half_open_view::numbers::short;
use yew::prelude::*;

use super::{done, faults, keys, knobs, why};
use crate::controls::section;
use crate::markup::html;
use crate::store::Store;
use crate::tour;

pub(super) fn view(store: &Store, scene: &Scene, id: NodeId) -> Html {
    let (Some(service), Some(station)) =
        (store.scenario.service(id), scene.stations.get(usize::from(id)))
    else {
        return Html::default();
    };
    let knob = |knob| knobs::knob(store, Knob::Service(id, knob));
    let shown = |shown: bool, of| if shown { knob(of) } else { Html::default() };
    let limited = service.shed.law().is_some();
    let all = |knob: Knob, id| matches!(knob, Knob::Service(node, _) if node == id);
    let capacity = [
        knob(ServiceKnob::Workers),
        knob(ServiceKnob::Queue),
        knob(ServiceKnob::Order),
        shown(service.order == Order::Adaptive, ServiceKnob::LifoAbove),
        knob(ServiceKnob::Shed),
        shown(service.shed.by == By::Codel, ServiceKnob::Target),
        shown(service.shed.by == By::Codel, ServiceKnob::Interval),
        shown(service.shed.by == By::Length, ServiceKnob::Longest),
        shown(service.shed.by == By::Aimd, ServiceKnob::Slow),
        shown(service.shed.by == By::Gradient, ServiceKnob::Tolerance),
        shown(limited, ServiceKnob::LimitLeast),
        shown(limited, ServiceKnob::LimitMost),
        knob(ServiceKnob::Time),
        knob(ServiceKnob::Spread),
        knob(ServiceKnob::ErrorRate),
        knob(ServiceKnob::Cancels),
    ];
    // Where there are none, that is a setting like others.
    let knows_keys = service.idempotency.enabled || !tour::tells(store);
    let settings = html! {
        <>
            { section("Capacity", Html::from_iter(capacity)) }
            if let Some(calls) = knobs::wanted(store, Knob::Service(id, ServiceKnob::Parallel)) {
                { section("Its calls", html! {
                    <>
                        if service.balance.on { { picked(store, scene, id) } }
                        { calls }
                        { shown(service.balance.on, ServiceKnob::Balance) }
                    </>
                }) }
            }
            if !service.idempotency.enabled {
                { section("Cache", cache(store, id, service, station)) }
            }
            { faults::view(store, scene, Target::Node(id)) }
            if !knows_keys { { keys::table(store, scene, id) } }
        </>
    };
    let why = html! {
        <>
            { why::of_node(store, scene, id) }
            if knows_keys { { keys::table(store, scene, id) } }
            if service.charges { { keys::ledger(store, scene) } }
        </>
    };
    html! {
        <>
            <header>
                <h2>{ store.scenario.node_name(id) }</h2>
                <p class="soft">{ calls(store, id) }</p>
            </header>
            { done::selected(store) }
            { readings(service, station) }
            { tour::aside(store, settings, why, knobs::all(store, all, id)) }
        </>
    }
}

/// Whom it calls, in order.
fn calls(store: &Store, id: NodeId) -> String {
    let scenario = &store.scenario;
    let names: Vec<&str> = scenario
        .calls_of(id)
        .filter_map(|edge| scenario.edge(edge))
        .map(|edge| scenario.node_name(edge.to))
        .collect();
    if names.is_empty() {
        "service".into()
    } else {
        let between = match scenario.service(id) {
            Some(service) if service.balance.on => " or ",
            Some(service) if service.parallel => ", ",
            _ => ", then ",
        };
        format!("service; calls {}", names.join(between))
    }
}

/// How often it picked each of its callees.
fn picked(store: &Store, scene: &Scene, id: NodeId) -> Html {
    let scenario = &store.scenario;
    let own = |edge: &EdgeId| scenario.falls_back_on(*edge).is_none();
    let lines = scenario.calls_of(id).filter(own).filter_map(|edge| {
        let picked = scene.lines.get(usize::from(edge))?.picked;
        Some((scenario.node_name(scenario.edge(edge)?.to), picked))
    });
    let lines: Vec<(&str, u32)> = lines.collect();
    let all = lines.iter().map(|(_, picked)| *picked).sum::<u32>().max(1);
    let row = |(name, picked): &(&str, u32)| {
        let share = (u64::from(*picked) * 100 + u64::from(all) / 2) / u64::from(all);
        html! {
            <div title="Requests that it was picked for">
                <dt>{ name.to_string() }</dt><dd class="mono">{ format!("{picked} ({share} %)") }</dd>
            </div>
        }
    };
    html! { <dl class="readings">{ for lines.iter().map(row) }</dl> }
}

/// What it keeps, and what that spares it.
fn cache(store: &Store, id: NodeId, service: &Service, station: &Station) -> Html {
    let knob = |knob| knobs::knob(store, Knob::Service(id, knob));
    let settings = &service.cache;
    let rows = [
        ("hits", "Answered from the cache", station.cached.to_string()),
        ("joined", "Waited for what another fetched", station.joined.to_string()),
        ("fetched", "Had to be worked for", station.fetched.to_string()),
    ];
    html! {
        <>
            if settings.is_on() { { super::readings(&rows) } }
            { knob(ServiceKnob::CacheFor) }
            if settings.is_on() {
                { knob(ServiceKnob::CacheJitter) }
                { knob(ServiceKnob::CacheKeys) }
                { knob(ServiceKnob::SingleFlight) }
            }
        </>
    }
}

fn readings(service: &Service, station: &Station) -> Html {
    let waiting = station.queue.len();
    let p99 = station.p99().map_or_else(|| "–".into(), short);
    let rows = [
        ("busy", "Workers at work", format!("{} of {}", station.busy(), service.workers)),
        ("queue", "Requests that wait for a worker", format!("{waiting} of {}", service.queue)),
        ("p99", "Of its last 100 answers, from arrival to response", p99),
        ("orphan work", "Work done for callers that had given up", short(station.orphan_work)),
        ("handled", "Requests it has let go of", station.handled.to_string()),
        ("turned away", "Answered 503 without work", station.rejected.to_string()),
    ];
    let limit = station.limit(&service.shed);
    let limit = limit.map(|limit| ("lets in", "The limit that it has found", limit.to_string()));
    let rows: Vec<_> = rows.into_iter().chain(limit).collect();
    super::readings(&rows)
}
