//! Why things are as they are: the chain of causes behind what is selected, and what else can be
//! asked about it.

use half_open::log::RequestId;
use half_open::run::Scene;
use half_open::scenario::{EdgeId, NodeId};
use half_open_view::account::{Counted, Part, account};
use half_open_view::explain::{
    Link, MARKS, Mark, Tone, Why, why_breaker, why_event, why_line, why_node, why_not, why_not_yet,
    why_queue, why_request,
};
use half_open_view::roll::Roll;
use yew::prelude::*;

use super::textual;
use crate::controls::{disclosure, section};
use crate::markup::html;
use crate::store::{Action, Selection, Store};
use crate::words;

/// The chain behind the selected event, or behind what became of the request.
pub(super) fn of_request(store: &Store, id: RequestId) -> Html {
    let (run, t) = (&store.state.run, store.state.t);
    let first = of_event(store).unwrap_or_else(|| why_request(run, id, t));
    let mut whys = vec![first];
    whys.append(&mut why_not(run, id, t));
    answers(store, whys, false)
}

/// The chain behind the selected event or the state of the line's breaker; why the breaker is not in
/// another state, and what failed on the line last.
pub(super) fn of_line(store: &Store, scene: &Scene, id: EdgeId) -> Html {
    let run = &store.state.run;
    let first = of_event(store).or_else(|| why_breaker(run, scene, (id, None)));
    let whys = [first, why_not_yet(run, scene, (id, None)), Some(why_line(run, scene, id))];
    answers(store, whys.into_iter().flatten().collect(), true)
}

/// The chain behind what a node waits for, or behind what failed there last.
pub(super) fn of_node(store: &Store, scene: &Scene, id: NodeId) -> Html {
    let run = &store.state.run;
    let mut whys = vec![why_node(run, scene, id)];
    whys.extend(why_queue(run, scene, id));
    answers(store, whys, true)
}

fn of_event(store: &Store) -> Option<Why> {
    let Selection::Event(id) = store.state.selection else { return None };
    let run = &store.state.run;
    // What has not happened yet is not asked about.
    let happened = id < run.log().count_until(store.state.t);
    happened.then(|| why_event(run, id))
}

/// One answer, and others to questions that can be pressed.
fn answers(store: &Store, whys: Vec<Why>, roomy: bool) -> Html {
    let class = if roomy { "why roomy" } else { "why" };
    let mut parts = Vec::new();
    let mut asked = String::new();
    for why in whys {
        if parts.is_empty() {
            asked.clone_from(&why.question);
            parts.push(chain(store, &why.links, class));
        } else if why.question != asked {
            let store = store.clone();
            parts.push(disclosure(why.question, move || chain(&store, &why.links, "why")));
        }
    }
    section(asked, Html::from_iter(parts))
}

/// What makes the number that a list stands behind.
pub(super) fn of_number(store: &Store, scene: &Scene, roll: Roll) -> Html {
    let run = &store.state.run;
    let Some(account) = account(run, scene, roll) else { return Html::default() };
    let sentence = |text, action| sentence(store, text, action);
    let part = |part: Part| {
        let action = part.of.map(|of| match of {
            Counted::List(roll) => Action::List(Some(roll)),
            Counted::Event(event) => Action::Show(Selection::Event(event), run.log().at(event)),
        });
        html! { <li>{ sentence(part.text, action) }</li> }
    };
    let inside = html! {
        <>
            <ul class="why parts">{ for account.parts.into_iter().map(part) }</ul>
            if !account.links.is_empty() { { chain(store, &account.links, "why") } }
        </>
    };
    section(account.question, inside)
}

fn chain(store: &Store, links: &[Link], class: &'static str) -> Html {
    html! { <ol {class}>{ for links.iter().map(|link| row(store, link)) }</ol> }
}

fn sentence(store: &Store, text: String, action: Option<Action>) -> Html {
    match action {
        Some(action) => textual("textual ink", text, store.send(action)),
        None => html! { <span>{ text }</span> },
    }
}

fn row(store: &Store, link: &Link) -> Html {
    let tone = match link.tone {
        Tone::Failure => "failure",
        Tone::Waiting => "waiting",
        Tone::Probe => "probe",
        Tone::Ok => "success",
        Tone::Request => "request",
        Tone::Replay => "replay",
        Tone::Root(_) => "root",
    };
    let show = link.event.map(|event| Action::Show(Selection::Event(event), link.at));
    html! {
        <li class={tone}>
            { sentence(store, link.text.clone(), show) }
            if !link.marks.is_empty() { { window(store, &link.marks) } }
        </li>
    }
}

/// The calls that a breaker saw, each a way to what ended it.
fn window(store: &Store, marks: &[Mark]) -> Html {
    let run = &store.state.run;
    let mark = |mark: &Mark| {
        let class = match mark.failed {
            Some(true) => "failed",
            Some(false) => "fine",
            None => "open",
        };
        let slow = if mark.slow { ", slow" } else { "" };
        let what = words::event(run, run.log().event(mark.event));
        let name = format!("{what} at {}{slow}", mark.at);
        let press = store.show(Selection::Event(mark.event), mark.at);
        html! {
            <button type="button" class={classes!(class, mark.slow.then_some("slow"))}
                title={name.clone()} aria-label={name} onclick={press}></button>
        }
    };
    html! {
        <div class="saw" role="group" aria-label="The calls it saw, oldest first">
            { for marks.iter().map(mark) }
            if marks.len() == MARKS { <span class="soft">{ format!("the latest {MARKS}") }</span> }
        </div>
    }
}
