//! What is looked for: a text, and how far the search for it is.

use std::rc::Rc;

use half_open::log::{EventId, RequestId};
use half_open::run::Run;
use half_open_view::search::Search;

use super::reduce::reduce;
use super::{Action, Selection, State};

/// How many events are looked at between two looks at the clock.
const SLICE: u32 = 10_000;
/// How many requests are listed.
pub(crate) const LISTED: usize = 50;

/// A search for requests, as somebody sees it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Find {
    /// Whether it is on the page.
    pub open: bool,
    /// How often it was opened: each time it gets the focus.
    pub opened: u32,
    /// What was typed.
    pub text: Rc<str>,
    /// Which of those found is about to be chosen.
    pub active: usize,
    under_way: Option<UnderWay>,
}

/// How far a search is.
#[derive(Clone, Debug)]
struct UnderWay {
    run: Rc<Run>,
    /// None if nothing was asked for; a sentence if that was not understood.
    search: Result<Option<Search>, String>,
}

/// What somebody does to a search.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Seek {
    /// Shows it, with the text of the last time.
    Open,
    /// Takes it away.
    Close,
    /// Types.
    Type(String),
    /// Points at another one of those found.
    Step(i32),
    /// Selects the one that is pointed at.
    Choose,
    /// Selects this one, at the moment that made it fit.
    Take(RequestId, EventId),
}

impl Find {
    /// What is known of it: a sentence, if it was not understood.
    pub(crate) fn search(&self) -> Result<Option<&Search>, &str> {
        match self.under_way.as_ref().map(|under_way| &under_way.search) {
            Some(Ok(search)) => Ok(search.as_ref()),
            Some(Err(sentence)) => Err(sentence),
            None => Ok(None),
        }
    }

    /// Whether it is on the page and has not seen all of this run.
    pub(super) fn is_hungry(&self, run: &Rc<Run>) -> bool {
        let here = self.under_way.as_ref().filter(|under_way| Rc::ptr_eq(&under_way.run, run));
        let more = |search: &Search| search.progress(run) < 1.0;
        self.open
            && here.is_none_or(|here| {
                here.search.as_ref().is_ok_and(|search| search.as_ref().is_some_and(more))
            })
    }

    /// Looks further for as long as there is time.
    pub(super) fn go_on(&mut self, run: &Rc<Run>, in_time: impl Fn() -> bool) {
        let anew = || UnderWay { run: run.clone(), search: Search::new(run, &self.text) };
        let here = self.under_way.take().filter(|under_way| Rc::ptr_eq(&under_way.run, run));
        let mut under_way = here.unwrap_or_else(anew);
        if let Ok(Some(search)) = &mut under_way.search {
            while search.step(run, SLICE) && in_time() {}
        }
        self.under_way = Some(under_way);
    }
}

impl State {
    pub(super) fn seek(&mut self, seek: Seek) {
        match seek {
            Seek::Open => {
                self.find.open = true;
                self.find.opened += 1;
                self.list = None;
                self.panel_open = true;
                self.playing = false;
            }
            Seek::Close => self.find.open = false,
            Seek::Type(text) => {
                self.find.text = text.into();
                (self.find.active, self.find.under_way) = (0, None);
            }
            Seek::Step(by) => {
                let last = self.found().len().saturating_sub(1);
                self.find.active = self.find.active.saturating_add_signed(by as isize).min(last);
            }
            Seek::Choose => {
                if let Some((request, event)) = self.found().get(self.find.active).copied() {
                    self.seek(Seek::Take(request, event));
                }
            }
            Seek::Take(request, event) => {
                let at = self.run.log().at(event);
                reduce(self, Action::Show(Selection::Request(request), at));
            }
        }
    }

    /// Those found that are nearest to the moment that is shown, each with the event that made it fit.
    pub(crate) fn found(&self) -> Vec<(RequestId, EventId)> {
        let search = self.find.search().ok().flatten();
        search.map(|search| search.nearest(&self.run, self.t, LISTED)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use half_open::run::Limits;
    use half_open::scenario::library;
    use half_open::time::{SimDuration, SimTime};

    use super::*;

    fn played(seed: u64) -> Rc<Run> {
        let mut experiment = library::payments();
        experiment.scenario.horizon = SimDuration::from_secs(12);
        experiment.seed = seed;
        Rc::new(Run::new(experiment, Limits::default()))
    }

    fn search(state: &mut State) -> usize {
        let mut pieces = 0;
        while state.find.is_hungry(&state.run) {
            let run = state.run.clone();
            state.find.go_on(&run, || false);
            pieces += 1;
        }
        pieces
    }

    #[test]
    fn a_search_goes_on_until_the_run_is_seen_and_begins_again_in_another_one() {
        let mut state = State::new((*played(42)).clone());
        state.seek(Seek::Type("rejected".into()));
        assert_eq!(search(&mut state), 0, "nobody sees it");
        state.seek(Seek::Open);
        assert!(search(&mut state) > 1, "in pieces");
        let first = state.found();
        assert!(!first.is_empty());
        state.run = played(43);
        assert!(search(&mut state) > 1);
        assert_ne!(state.found(), first);
        state.seek(Seek::Type("teapot".into()));
        assert!(search(&mut state) == 1 && state.find.search().is_err());
        state.seek(Seek::Type(String::new()));
        assert_eq!((search(&mut state), state.find.search()), (1, Ok(None)));
    }

    #[test]
    fn what_is_pointed_at_is_selected_at_the_moment_that_fits() {
        let mut state = State::new((*played(42)).clone());
        state.t = SimTime::from_millis(5_000);
        state.seek(Seek::Open);
        state.seek(Seek::Choose);
        assert_eq!(state.selection, Selection::Nothing, "there is none yet");
        state.seek(Seek::Type("bank timed out".into()));
        search(&mut state);
        state.seek(Seek::Step(-1));
        state.seek(Seek::Step(2));
        let (request, event) = state.found()[2];
        state.seek(Seek::Choose);
        assert_eq!(state.selection, Selection::Request(request));
        assert_eq!(state.t, state.run.log().at(event));
        assert!(!state.find.open);
        state.seek(Seek::Open);
        state.seek(Seek::Step(1_000));
        search(&mut state);
        assert_eq!(state.find.active, state.found().len() - 1);
    }
}
