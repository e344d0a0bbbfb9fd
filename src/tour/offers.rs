//! The few settings that a beat is about, and those that it is not about.

use half_open::scenario::Knob;
use yew::prelude::*;

use crate::markup::html;
use crate::panel::offered;
use crate::store::Store;

/// What is offered; nothing if that is everything. What else there is follows behind a few words.
pub(crate) fn view(store: &Store, all: Html) -> Html {
    let tour = store.state.tour.as_deref();
    let offers = tour.and_then(|tour| Some((tour, &tour.beat()?.offers)));
    let Some((tour, offers)) = offers.filter(|(_, offers)| !offers.is_empty()) else { return all };
    html! {
        <>
            { knobs(store, offers) }
            <details class="all-settings">
                <summary>{ tour.lesson.word("all").to_owned() }</summary>
                { all }
            </details>
        </>
    }
}

/// What is offered, for a room that does not see the panel.
pub(super) fn beside(store: &Store, offers: &[String]) -> Html {
    if store.state.present.is_none() || offers.is_empty() {
        return Html::default();
    }
    html! { <div class="panel">{ knobs(store, offers) }</div> }
}

fn knobs(store: &Store, offers: &[String]) -> Html {
    let scenario = &store.state.experiment.scenario;
    let knobs = offers.iter().filter_map(|path| Knob::find(scenario, path).ok());
    html! { <div class="offers">{ for knobs.map(|knob| offered(store, knob)) }</div> }
}

/// Settings, then why things are as they are, then every knob. While something is told the reasons come
/// first, and what could be set is behind a few words.
pub(crate) fn aside(store: &Store, settings: Html, why: Html, all: Html) -> Html {
    let tour = store.state.tour.as_deref().filter(|_| tells(store));
    match tour {
        None => html! { <>{ settings }{ why }{ all }</> },
        Some(tour) => html! {
            <>
                { why }
                <details class="all-settings">
                    <summary>{ tour.lesson.word("all").to_owned() }</summary>
                    { settings }
                    { all }
                </details>
            </>
        },
    }
}

/// Whether something is told that is about no setting.
pub(crate) fn tells(store: &Store) -> bool {
    store.state.drawing.is_none()
        && store.state.tour.as_deref().is_some_and(|tour| {
            let offers = tour.beat().is_some_and(|beat| !beat.offers.is_empty());
            !offers && tour.lesson.challenge().is_none()
        })
}
