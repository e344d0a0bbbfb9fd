//! Says in text what the stage shows in motion: breakers, faults, the end of the run.

use half_open::log::{Event, Kind};
use half_open::run::Run;
use half_open::time::SimTime;
use yew::prelude::*;

use crate::browser;
use crate::markup::html;
use crate::store::{Forks, Side, Store};
use crate::tour;
use crate::words;

/// How many milliseconds a sentence has at least, so that it can be read out.
const LEAST: f64 = 1_500.0;
/// How many events are told at once, if they follow each other faster than they can be read.
const MOST: usize = 4;

/// A live region, for those who cannot see the stage.
#[derive(Default)]
pub(crate) struct Narrator {
    /// Up to when the run has been told.
    until: SimTime,
    /// When something was said last.
    at: f64,
    sentence: String,
    /// Which side of a pair was active when it was looked at last.
    pair: Option<Side>,
    /// What a lesson told last.
    told: Option<String>,
    /// What is said of the pair or by a lesson, in the place of which sentence, and when.
    aside: Option<(String, String, f64)>,
}

impl Narrator {
    /// Tells what is new.
    pub(crate) fn view(&mut self, store: &Store) -> Html {
        let state = &store.state;
        let now = browser::now();
        if !state.playing {
            // Somebody steps or looks around: the last thing that happened is what matters.
            // That may be what they just did, at this very instant.
            let latest = latest(&state.run, state.t);
            if self.until != state.t || self.sentence != latest {
                self.sentence = latest;
                self.until = state.t;
                self.at = now;
            }
        } else if state.t < self.until {
            self.until = state.t;
        } else if now - self.at >= LEAST {
            if let Some(sentence) = news(&state.run, self.until, state.t) {
                self.sentence = sentence;
                self.at = now;
            }
            self.until = state.t;
        }
        let pair = state.forks.pair();
        if std::mem::replace(&mut self.pair, pair) != pair {
            self.aside = Some((of_pair(&state.forks), self.sentence.clone(), now));
        }
        let told = tour::spoken(store);
        if self.told != told {
            self.aside = told.clone().map(|told| (told, self.sentence.clone(), now));
            self.told = told;
        }
        let sentence = &self.sentence;
        self.aside.take_if(
            |(_, instead, at)| {
                if state.playing { now - *at >= LEAST } else { instead != sentence }
            },
        );
        let said = self.aside.as_ref().map_or(&self.sentence, |(aside, ..)| aside);
        let lesson = state.tour.as_ref().filter(|_| self.told.as_ref() == Some(said));
        let language = lesson.and_then(|tour| tour::language(&tour.lesson));
        html! {
            <p class="unseen" role="log" aria-live="polite" aria-label="What happens" lang={language}>
                { said.clone() }
            </p>
        }
    }
}

/// Which two are side by side, and where changes go.
fn of_pair(forks: &Forks) -> String {
    let Some(active) = forks.pair() else { return "One run is shown again.".into() };
    let name = |side| forks.side(side).map_or("", |branch| &*branch.name);
    let (a, b) = (name(Side::A), name(Side::B));
    format!("Side by side: A is “{a}”, B is “{b}”. Changes go to {}.", active.name())
}

/// The last event up to a moment.
fn latest(run: &Run, t: SimTime) -> String {
    if t >= run.end() && run.is_whole() {
        return format!("The run ends at {}.", run.end());
    }
    let log = run.log();
    let Some(last) = log.count_until(t).checked_sub(1) else { return String::new() };
    let last = log.event(last);
    // Consequences at the same instant are told only if there is nothing more important: the
    // transition of a breaker, or else the beginning of a request.
    let same = || (0..=last.id).rev().map(|id| log.event(id)).take_while(|e| e.at == last.at);
    let news = same().find(|event| important(event.kind));
    let event = news.or_else(|| same().find(|event| event.kind == Kind::Arrived));
    sentence(run, event.unwrap_or(last))
}

const fn important(kind: Kind) -> bool {
    matches!(kind, Kind::Breaker | Kind::Intervention | Kind::FaultEnded)
}

/// The latest important events of a stretch of time.
fn news(run: &Run, from: SimTime, to: SimTime) -> Option<String> {
    let log = run.log();
    let (first, last) = (log.count_until(from), log.count_until(to));
    let events = (first..last).rev().map(|id| log.event(id)).filter(|e| important(e.kind));
    let mut told: Vec<String> = events.take(MOST).map(|event| sentence(run, event)).collect();
    told.reverse();
    (!told.is_empty()).then(|| told.join(" "))
}

fn sentence(run: &Run, event: Event) -> String {
    format!("{}: {}.", event.at, words::event(run, event))
}

#[cfg(test)]
mod tests {
    use half_open::run::{Limits, Recorder};
    use half_open::scenario::library;

    use super::*;

    #[test]
    fn only_a_whole_run_is_said_to_end() {
        let mut recorder = Recorder::new(library::payments(), Limits::default());
        assert!(recorder.advance(5_000));
        let part = recorder.so_far();
        assert!(!latest(&part, part.end()).contains("ends"));
        let whole = recorder.finish();
        assert_eq!(latest(&whole, whole.end()), "The run ends at 60.000 s.");
    }
}
