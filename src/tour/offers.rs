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
    let scenario = &store.state.experiment.scenario;
    let knobs = offers.iter().filter_map(|path| Knob::find(scenario, path).ok());
    html! {
        <>
            <div class="offers">{ for knobs.map(|knob| offered(store, knob)) }</div>
            <details class="all-settings">
                <summary>{ tour.lesson.word("all").to_owned() }</summary>
                { all }
            </details>
        </>
    }
}

/// Settings, then why things are as they are, then every knob. While something is told the reasons come
/// first, and what could be set is behind a few words.
pub(crate) fn aside(store: &Store, settings: Html, why: Html, all: Html) -> Html {
    let tour = store.state.tour.as_deref().filter(|tour| tour.lesson.challenge().is_none());
    let told = tour.and_then(|tour| Some((tour, tour.beat()?)));
    match told.filter(|(_, beat)| beat.offers.is_empty() && store.state.drawing.is_none()) {
        None => html! { <>{ settings }{ why }{ all }</> },
        Some((tour, _)) => html! {
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
