//! Reading the log: what is listed, and moving in it.

use std::rc::Rc;

use half_open::scenario::Scenario;
use half_open_view::link::Selection;
use half_open_view::table::{Filter, Listing};

use super::reduce::look_at;
use super::state::State;

/// Lists events, or lines of services.
pub(super) fn list(state: &mut State, listing: Listing) {
    Rc::make_mut(&mut state.table).question.listing = listing;
}

/// Lists what the words mean. While they mean nothing, what they last meant stays.
pub(super) fn filter(state: &mut State, words: String) {
    let read = Filter::read(&words, &state.run.experiment().scenario);
    let table = Rc::make_mut(&mut state.table);
    match read {
        Ok(filter) => {
            table.question.filter = filter;
            table.problem = None;
        }
        Err(problem) => table.problem = Some(problem),
    }
    table.words = words;
}

/// The words are about another system now. What they meant in the old one is asked for no longer.
pub(super) fn read_anew(state: &mut State, system: &Scenario) {
    let table = Rc::make_mut(&mut state.table);
    let read = Filter::read(&table.words, system);
    table.problem = read.as_ref().err().cloned();
    table.question.filter = read.unwrap_or_default();
}

/// Goes to another row: its event is selected, and its moment shown.
pub(super) fn step(state: &mut State, by: i32) {
    state.playing = false;
    let chosen = match state.selection {
        Selection::Event(id) => Some(id),
        _ => None,
    };
    let Some(event) = state.table.question.step(&state.run, state.t, chosen, by) else { return };
    state.selection = Selection::Event(event.id);
    state.awaited = None;
    look_at(state, event.at);
}
