//! Undo survives a reload: what was done is kept for as long as the tab is open.

use std::rc::Rc;
use std::sync::Arc;

use half_open::scenario::Experiment;
use half_open_view::link;
use web_sys::{Event, Storage};

use crate::browser::{self, Listener};
use crate::store::{History, Hub, State};

/// Where it is kept.
const PLACE: &str = "history";

/// Keeps the history whenever the page goes away.
pub(crate) fn keep(hub: &Rc<Hub>) -> Option<Listener> {
    let hub = Rc::downgrade(hub);
    let window = browser::window()?;
    Some(Listener::new(&window, &["pagehide"], move |_: Event| {
        if let (Some(hub), Some(storage)) = (hub.upgrade(), storage()) {
            // Storage may be full or forbidden; then a reload forgets.
            let _ = storage.set_item(PLACE, &written(&hub.state()));
        }
    }))
}

/// Gives a reloaded page its history back.
pub(crate) fn recall(state: &mut State) {
    let kept = storage().and_then(|storage| storage.get_item(PLACE).ok()?);
    if let Some(history) = kept.and_then(|kept| read(state, &kept)) {
        state.history = Rc::new(history);
    }
}

fn storage() -> Option<Storage> {
    browser::window()?.session_storage().ok()?
}

/// The present experiment, then those before it, then those that were undone: a link each.
fn written(state: &State) -> String {
    let of = |experiment: &Arc<Experiment>| {
        link::encode(&link::State::new(Experiment::clone(experiment)))
    };
    let (undo, redo) = state.history.steps();
    let lines = [of(&state.experiment), undo.len().to_string()];
    let steps = undo.iter().chain(redo).map(of);
    lines.into_iter().chain(steps).collect::<Vec<_>>().join("\n")
}

/// Nothing, if it belongs to another experiment than the one that is shown.
fn read(state: &State, kept: &str) -> Option<History> {
    let mut lines = kept.lines();
    let present = link::decode(lines.next()?).ok()?;
    if present.experiment != *state.experiment {
        return None;
    }
    let undo = lines.next()?.parse().ok()?;
    let steps = lines.map(|line| link::decode(line).ok().map(|place| place.experiment.into()));
    Some(History::of(steps.collect::<Option<Vec<_>>>()?, undo))
}

#[cfg(test)]
mod tests {
    use half_open::run::{Limits, Run};
    use half_open::scenario::library;

    use super::*;

    #[test]
    fn a_kept_history_can_be_undone_and_redone() {
        let mut state = State::new(Run::new(library::payments(), Limits::default()));
        let before = state.experiment.clone();
        for seed in [7, 8] {
            let history = Rc::make_mut(&mut state.history);
            history.record(state.experiment.clone());
            let mut next = (*state.experiment).clone();
            next.seed = seed;
            state.experiment = next.into();
        }
        let undone = Rc::make_mut(&mut state.history).undo(&state.experiment);
        state.experiment = undone.expect("two steps");
        let mut back = read(&state, &written(&state)).expect("the same experiment");
        assert_eq!(back.clone().redo(&state.experiment).map(|e| e.seed), Some(8));
        assert_eq!(back.undo(&state.experiment), Some(before.clone()));
        let kept = written(&state);
        state.experiment = Experiment { seed: 99, ..(*before).clone() }.into();
        assert!(read(&state, &kept).is_none());
    }
}
