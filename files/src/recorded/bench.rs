//! A breaker with the calls that it has let pass, and those that it lets wait.

use std::collections::{BTreeMap, VecDeque};

use half_open::policy::breaker::{
    Action, Breaker, Mark, Overflow, Permit, Refusal, Settings, Transition,
};
use half_open::time::{SimDuration, SimTime};

/// The answer to a call. JSON: `true`, `false` or `"waiting"`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Permitted {
    /// It may pass.
    Yes,
    /// It is refused.
    No,
    /// The verdict on a half-open breaker comes first.
    Waiting,
}

impl serde::Serialize for Permitted {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Yes => s.serialize_bool(true),
            Self::No => s.serialize_bool(false),
            Self::Waiting => s.serialize_str("waiting"),
        }
    }
}

/// What happened besides the answer.
#[derive(Debug)]
pub enum News<I> {
    /// The breaker changed its state.
    Changed(Transition),
    /// A call that waited begins, or is refused after all.
    Decided(I, Permitted),
}

/// A call that was permitted and is not over.
struct Flight {
    permit: Permit,
    began: SimTime,
}

/// A call that waits for the verdict on a half-open breaker.
struct Waiting<I> {
    id: I,
    /// How it ends, if it ends as soon as it may begin.
    ends: Option<(Mark, SimDuration)>,
}

/// The breaker, and calls by their names.
pub struct Bench<I> {
    settings: Settings,
    /// The breaker as it is now.
    pub breaker: Breaker,
    flights: BTreeMap<I, Flight>,
    waiting: VecDeque<Waiting<I>>,
    /// The time of what happened last.
    pub now: SimTime,
    /// What has happened since it was last taken, in order.
    pub news: Vec<(SimTime, News<I>)>,
}

impl<I: Ord + Clone> Bench<I> {
    /// A closed breaker that has seen nothing.
    #[must_use]
    pub fn new(settings: Settings, now: SimTime) -> Self {
        Self {
            breaker: Breaker::new(&settings, now),
            settings,
            flights: BTreeMap::new(),
            waiting: VecDeque::new(),
            now,
            news: Vec::new(),
        }
    }

    /// Whether a call of this name has begun, or would like to, and has not ended.
    #[must_use]
    pub fn knows(&self, id: &I) -> bool {
        self.flights.contains_key(id) || self.waiting.iter().any(|waiting| waiting.id == *id)
    }

    /// How many calls still wait for a verdict.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// When something happens by itself.
    #[must_use]
    pub fn due(&self) -> Option<SimTime> {
        self.breaker.due(&self.settings)
    }

    /// Time passes; what happens by itself before `now` (or at it) happens, each at its own time.
    pub fn pass(&mut self, now: SimTime, now_too: bool) {
        while let Some(due) = self.due() {
            if due > now || (due == now && !now_too) {
                break;
            }
            self.now = due;
            let Some(change) = self.breaker.tick(&self.settings, due) else { break };
            self.note(Some(change));
            self.ask_again();
        }
        self.now = now;
    }

    /// A call asks to pass; `ends` says how, if it ends at the same instant.
    pub fn ask(&mut self, id: I, ends: Option<(Mark, SimDuration)>) -> Permitted {
        let answer = self.breaker.acquire(&self.settings, self.now);
        self.note(answer.transition);
        match answer.permit {
            Ok(permit) => {
                self.admit(id, permit, ends);
                self.ask_again();
                Permitted::Yes
            }
            Err(Refusal::HalfOpenFull) if self.settings.half_open.overflow == Overflow::Wait => {
                self.waiting.push_back(Waiting { id, ends });
                Permitted::Waiting
            }
            Err(_) => Permitted::No,
        }
    }

    /// A call ends; false if it had not begun.
    pub fn end(&mut self, id: &I, mark: Mark, took: Option<SimDuration>) -> bool {
        let Some(Flight { permit, began }) = self.flights.remove(id) else { return false };
        let took = took.unwrap_or(self.now.since(began));
        let change = self.breaker.settle(&self.settings, permit, self.now, mark, took);
        self.note(change);
        self.ask_again();
        true
    }

    /// A call is cancelled; false if there is none of that name.
    pub fn release(&mut self, id: &I) -> bool {
        if let Some(place) = self.waiting.iter().position(|waiting| waiting.id == *id) {
            self.waiting.remove(place);
        } else {
            let Some(flight) = self.flights.remove(id) else { return false };
            self.breaker.release(flight.permit);
            self.ask_again();
        }
        true
    }

    /// Somebody looks at the state.
    pub fn observe(&mut self) {
        let change = self.breaker.observe(&self.settings, self.now);
        self.note(change);
    }

    /// Somebody works the breaker by hand.
    pub fn control(&mut self, action: Action) {
        let change = self.breaker.control(&self.settings, self.now, action);
        self.note(change);
        self.ask_again();
    }

    fn admit(&mut self, id: I, permit: Permit, ends: Option<(Mark, SimDuration)>) {
        if let Some((mark, took)) = ends {
            let change = self.breaker.settle(&self.settings, permit, self.now, mark, took);
            self.note(change);
        } else {
            self.flights.insert(id, Flight { permit, began: self.now });
        }
    }

    /// Those who wait ask again, the longest wait first, until one has to go on waiting.
    fn ask_again(&mut self) {
        while let Some(next) = self.waiting.pop_front() {
            let answer = self.breaker.acquire(&self.settings, self.now);
            self.note(answer.transition);
            let decided = match answer.permit {
                Ok(permit) => {
                    self.admit(next.id.clone(), permit, next.ends);
                    Permitted::Yes
                }
                Err(Refusal::HalfOpenFull) => {
                    self.waiting.push_front(next);
                    return;
                }
                // Refused for good: the verdict was no.
                Err(_) => Permitted::No,
            };
            self.news.push((self.now, News::Decided(next.id, decided)));
        }
    }

    fn note(&mut self, change: Option<Transition>) {
        self.news.extend(change.map(|change| (self.now, News::Changed(change))));
    }
}
