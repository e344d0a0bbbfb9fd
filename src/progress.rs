//! How far a run has come that takes long to compute, and the way out of it.

use half_open::time::SimTime;
use yew::prelude::*;

use crate::markup::html;
use crate::store::{Action, Store};

/// A sentence, a bar and a button, once there is something to wait for.
pub(crate) fn view(store: &Store) -> Html {
    let Some((known, end)) = store.state.progress else { return Html::default() };
    let sentence = sentence(known, end);
    let seconds = |t: SimTime| (t.nanos() / 1_000_000_000).to_string();
    let out = if store.state.has_way_back { "Cancel" } else { "Open the first scenario instead" };
    html! {
        <section class="progress" aria-label="Simulating">
            <span>{ sentence.clone() }</span>
            <progress aria-label="Simulation" aria-valuetext={sentence}
                value={seconds(known)} max={seconds(end)} />
            <button type="button" class="pill" onclick={store.send(Action::Cancel)}>{ out }</button>
        </section>
    }
}

/// Simulated time, of all there is to simulate.
pub(crate) fn sentence(known: SimTime, end: SimTime) -> String {
    let clock = |t: SimTime| {
        let seconds = t.nanos() / 1_000_000_000;
        format!("{}:{:02}", seconds / 60, seconds % 60)
    };
    format!("Simulating {} of {} …", clock(known), clock(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_in_minutes_and_seconds() {
        let at = SimTime::from_millis;
        assert_eq!(sentence(at(750_900), at(3_600_000)), "Simulating 12:30 of 60:00 …");
    }
}
