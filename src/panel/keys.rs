//! What a service remembers about idempotency keys, and what was charged.

use half_open::policy::idempotency::Settings;
use half_open::run::{KeyRow, KeyState, Receipt, Scene, ids};
use half_open::scenario::knob::ServiceKnob;
use half_open::scenario::{Knob, NodeId};
use half_open::time::SimTime;
use half_open_view::numbers::short;
use yew::prelude::*;

use super::{jump, knobs};
use crate::controls::section;
use crate::markup::html;
use crate::store::{Selection, Store};

/// How many rows a table has, filled or not: it never grows while time passes.
const ROWS: usize = 8;

/// The latest keys of a service, and how it treats them.
pub(super) fn table(store: &Store, scene: &Scene, id: NodeId) -> Html {
    let Some(service) = store.scenario.service(id) else { return Html::default() };
    let settings = &service.idempotency;
    let knob = |knob| knobs::knob(store, Knob::Service(id, knob));
    // What was sent by hand is what somebody wants to see. What came without a key is not
    // remembered.
    let some = |by_hand| {
        scene.keys.iter().rev().filter(move |row| row.node == id && row.by_hand == by_hand)
    };
    let mine = some(true).chain(some(false));
    let keyed = mine.filter_map(|row| Some((label(store, row)?, row))).take(ROWS);
    let rows: Vec<_> = keyed.map(|(name, row)| key(store, settings, scene.at, name, row)).collect();
    let empty = ROWS.saturating_sub(rows.len());
    let table = html! {
        <>
            { knob(ServiceKnob::KeepKeys) }
            if settings.enabled {
                <table>
                    <thead><tr>
                        <th>{ "key" }</th><th>{ "answer" }</th><th>{ "age" }</th>
                        <th><abbr title="replays: answered again without working again">{ "↺" }</abbr></th>
                    </tr></thead>
                    <tbody>
                        { for rows }
                        { for (0..empty).map(|_| html! { <tr aria-hidden="true"><td>{ "\u{a0}" }</td></tr> }) }
                    </tbody>
                </table>
                { knob(ServiceKnob::KeepFor) }
                if service.charges { { knob(ServiceKnob::RecordAfter) } }
                { knob(ServiceKnob::RequireKey) }
            }
        </>
    };
    section("Idempotency keys", table)
}

/// The key that a request came with, if it had one.
fn label(store: &Store, row: &KeyRow) -> Option<String> {
    let run = &store.state.run;
    let log = run.log();
    ids::key(run, log.request_of(row.span), log.span(row.span).attempt)
}

fn key(store: &Store, settings: &Settings, now: SimTime, label: String, row: &KeyRow) -> Html {
    let request = store.state.run.log().request_of(row.span);
    let age = now.since(row.at);
    let (class, state) = match row.state {
        KeyState::InProgress => ("waiting", "in progress".to_owned()),
        KeyState::Stored(_) if age >= settings.ttl => ("gone", "expired".into()),
        KeyState::Stored(status) => ("", format!("stored {}", status.0)),
        KeyState::Freed => ("gone", "free again".into()),
    };
    let refused =
        if row.refused > 0 { format!(", refused {}×", row.refused) } else { String::new() };
    html! {
        <tr {class}>
            <td>{ jump(store, label, Selection::Request(request), row.at) }</td>
            <td>{ state }{ refused }</td>
            <td>{ short(age) }</td>
            <td class={(row.replays > 0).then_some("replayed")}>{ row.replays }</td>
        </tr>
    }
}

/// Charges against orders, with the latest receipts.
pub(super) fn ledger(store: &Store, scene: &Scene) -> Html {
    let ledger = &scene.ledger;
    let receipts = || ledger.notable().take(ROWS);
    let empty = ROWS.saturating_sub(receipts().count());
    let twice = ledger.charges - ledger.orders;
    let inside = html! {
        <>
            { super::readings(&[
                ("charges", "How often somebody was charged", ledger.charges.to_string()),
                ("orders", "Operations that led to a charge", ledger.orders.to_string()),
                ("doubles", "Charges for what was charged before", twice.to_string()),
            ]) }
            <ol class="receipts">
                { for receipts().map(|receipt| line(store, receipt)) }
                { for (0..empty).map(|_| html! { <li aria-hidden="true">{ "\u{a0}" }</li> }) }
            </ol>
        </>
    };
    section("Ledger", inside)
}

fn line(store: &Store, receipt: &Receipt) -> Html {
    let (class, what) = match receipt {
        Receipt { replay: true, .. } => ("replayed", "↺ replayed, not charged"),
        Receipt { double: true, .. } => ("double", "◆ charged twice"),
        _ => ("", "charged"),
    };
    let id = ids::short_id(&store.state.run, receipt.request);
    html! {
        <li {class}>
            { jump(store, id, Selection::Request(receipt.request), receipt.at) }
            <span>{ what }</span>
            <span class="mono">{ receipt.at.to_string() }</span>
        </li>
    }
}
