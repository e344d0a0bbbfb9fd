//! The log in the place of the tracks: rows around the playhead, and a line to say which.

use half_open::log::{Event, Kind, RequestId, unpack_transition};
use half_open::policy::breaker::State;
use half_open::run::{Run, ids};
use half_open_view::focus::Focus;
use half_open_view::table::{self, Level, Listing};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::controls::Button;
use crate::markup::html;
use crate::store::{Action, Selection, Store};
use crate::words;

/// How many rows there are at most before the one that one stands at, and after it.
const ROWS: usize = 24;
/// How far a page is.
const PAGE: i32 = 12;

/// The log, for as long as somebody reads it.
pub(super) fn view(store: &Store) -> Html {
    let table = &store.state.table;
    let filter = store.dispatch.reform(|event: InputEvent| {
        let input: HtmlInputElement = event.target_unchecked_into();
        Action::TableFilter(input.value())
    });
    let problem = table.problem.clone();
    html! {
        <div class="log">
            <div class="asked">
                <input type="search" aria-label="Which events" placeholder="bank timed out, 503, 7f3a, -sent …"
                    aria-invalid={problem.is_some().then_some("true")} value={table.words.clone()} oninput={filter} />
                { service_logs(store) }
            </div>
            <p class="amiss" role="status">{ problem.unwrap_or_default() }</p>
            { rows(store) }
        </div>
    }
}

fn service_logs(store: &Store) -> Html {
    let on = store.state.table.question.listing == Listing::Lines;
    let other = if on { Listing::Events } else { Listing::Lines };
    let button = Button {
        title: Some("What each service would have written to its log".into()),
        pressed: Some(on),
        ..Button::new("service logs")
    };
    button.view(store.send(Action::TableListing(other)))
}

fn rows(store: &Store) -> Html {
    let state = &store.state;
    let chosen = match state.selection {
        Selection::Event(id) => Some(id),
        _ => None,
    };
    let rows = state.table.question.around(&state.run, state.t, chosen, ROWS);
    let followed = Focus::of(&state.run, state.selection).request;
    let row = |event: &Event, here: bool| row(store, *event, here, followed);
    let here = rows.here.map(|event| format!("row-{}", event.id));
    let nothing = rows.here.is_none() && rows.after.is_empty();
    let dispatch = store.dispatch.clone();
    let onkeydown = move |event: KeyboardEvent| {
        let by = match event.key().as_str() {
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            "PageDown" => PAGE,
            "PageUp" => -PAGE,
            _ => return,
        };
        event.prevent_default();
        dispatch.emit(Action::TableStep(by));
    };
    let dispatch = store.dispatch.clone();
    let onwheel = move |event: WheelEvent| {
        let by = (event.delta_y() / 30.0) as i32;
        dispatch.emit(Action::TableStep(if by == 0 {
            event.delta_y().signum() as i32
        } else {
            by
        }));
    };
    html! {
        <div class="rows" role="grid" aria-label="Log" tabindex="0" aria-activedescendant={here}
            {onkeydown} {onwheel}>
            <div class="past" role="rowgroup">{ for rows.before.iter().map(|event| row(event, false)) }</div>
            <div class="now" role="rowgroup">{ for rows.here.iter().map(|event| row(event, true)) }</div>
            <div class="future" role="rowgroup">
                { for rows.after.iter().map(|event| row(event, false)) }
                if nothing { <p class="soft">{ "Nothing of the kind is near." }</p> }
            </div>
        </div>
    }
}

/// A row; others than those of the request that is followed, if one is, step back.
fn row(store: &Store, event: Event, here: bool, followed: Option<RequestId>) -> Html {
    let run = &store.state.run;
    let show = store.show(Selection::Event(event.id), event.at);
    let listing = store.state.table.question.listing;
    let aside = followed.is_some() && table::request(run, &event) != followed;
    html! {
        <div class={classes!("entry", here.then_some("here"), aside.then_some("aside"))} role="row" key={event.id} id={format!("row-{}", event.id)} onclick={show}
            aria-selected={here.to_string()}>
            <span class="mono" role="gridcell">{ event.at.to_string() }</span>
            { match listing {
                Listing::Events => event_cells(store, run, event),
                Listing::Lines => line_cells(run, event),
            } }
        </div>
    }
}

fn event_cells(store: &Store, run: &Run, event: Event) -> Html {
    let request = table::request(run, &event);
    let id = table::trace(run, &event).map(ids::short).unwrap_or_default();
    let dispatch = store.dispatch.clone();
    let follow = request.map(|request| {
        move |click: MouseEvent| {
            // The row would select its event.
            click.stop_propagation();
            dispatch.emit(Action::Show(Selection::Request(request), event.at));
        }
    });
    html! {
        <>
            <span class={mark(event)} role="gridcell">{ words::event(run, event) }</span>
            <span class="mono id" role="gridcell" onclick={follow.map(Callback::from)}>{ id }</span>
        </>
    }
}

fn line_cells(run: &Run, event: Event) -> Html {
    let line = table::line(run, event);
    let class = match line.as_ref().map(|line| line.level) {
        Some(Level::Error) => "mono line bad",
        Some(Level::Warn) => "mono line warn",
        _ => "mono line",
    };
    let text = line.map_or_else(String::new, |line| line.text(run));
    html! { <span {class} role="gridcell" title={text.clone()}>{ text }</span> }
}

/// What an event looks like: shapes before colours.
fn mark(event: Event) -> &'static str {
    match event.kind {
        Kind::TimedOut | Kind::Rejected | Kind::QueueFull | Kind::Shed | Kind::WorkLost => {
            "what bad"
        }
        Kind::RequestLost | Kind::ResponseLost => "what bad",
        Kind::Answered | Kind::Responded if !event.status().is_success() => "what bad",
        Kind::Answered | Kind::Charged => "what good",
        Kind::BackedOff | Kind::Queued | Kind::Held => "what waiting",
        Kind::Verdict => "what replay",
        Kind::Breaker => match unpack_transition(event.payload).0 {
            State::Open | State::ForcedOpen => "what bad",
            State::HalfOpen => "what probe",
            _ => "what good",
        },
        _ => "what",
    }
}
