//! What a lesson says to those who cannot see the stage.

use half_open_view::lesson::parts;

use super::{guess, task};
use crate::store::Store;

/// What is told at this moment of a lesson, as one text: it changes when there is something new.
pub(crate) fn spoken(store: &Store) -> Option<String> {
    let tour = store.state.tour.as_ref()?;
    let Some(beat) = tour.beat() else {
        let remember = tour.lesson.remember.join(" ");
        return Some(format!("{}: {remember}", tour.lesson.word("remember")));
    };
    let mut told = parts(&beat.says).concat();
    if let Some(question) = &beat.question {
        if guess::revealed(store, tour) {
            told.clone_from(&question.reveals);
        } else if tour.guess.is_none() {
            told = format!("{told} {}", question.asks);
        }
    }
    if let Some(todo) = &beat.task {
        let done = task::is_done(store, tour, todo);
        told = if done { todo.done.clone() } else { format!("{told} {}", todo.says) };
    }
    Some(told)
}
