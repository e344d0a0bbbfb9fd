//! The side panel: whatever is selected, the knobs that matter to it, and why things are as they
//! are.

mod backoff;
mod breaker;
mod edge;
mod faults;
mod knobs;

use half_open::scenario::{Change, EdgeId, NodeId, Target};
use yew::prelude::*;

use crate::store::{Selection, Store};

/// What the panel needs.
#[derive(Clone, PartialEq, Properties)]
pub struct PanelProps {
    /// What the page shows.
    pub store: Store,
}

/// What the panel is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Subject {
    Edge(EdgeId),
    Service(NodeId),
}

/// The side panel.
#[component]
pub fn Panel(PanelProps { store }: &PanelProps) -> Html {
    let subject = subject(store);
    let body = store.scene(|scene| match subject {
        Subject::Edge(id) => edge::view(store, scene, id),
        Subject::Service(_) => Html::default(),
    });
    html! {
        <div class="panel" key={format!("{subject:?}")}>{ body }</div>
    }
}

/// What is selected, or the line worth looking at if nothing is.
fn subject(store: &Store) -> Subject {
    match store.state.selection {
        Selection::Edge(id) => Subject::Edge(id),
        Selection::Node(id) => of_node(store, id),
        Selection::Intervention(index) => {
            let interventions = &store.state.experiment.interventions;
            let change = interventions.get(index).map(|intervention| &intervention.change);
            match change {
                Some(Change::Fault(fault)) => match fault.target {
                    Target::Edge(id) => Subject::Edge(id),
                    Target::Node(id) => of_node(store, id),
                },
                _ => first(store),
            }
        }
        _ => first(store),
    }
}

fn of_node(_store: &Store, id: NodeId) -> Subject {
    Subject::Service(id)
}

/// The first line with a breaker, or else the first line.
fn first(store: &Store) -> Subject {
    let guarded = store.scenario.edges.iter().position(|edge| edge.policy.breaker_enabled);
    Subject::Edge(guarded.unwrap_or_default() as EdgeId)
}
