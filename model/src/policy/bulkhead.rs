//! How much of a caller one callee may take: so many calls at once, so many that wait for a place, and no
//! more (Nygard, *Release It!*, 2007).
//!
//! Without one, a callee that becomes slow takes every worker of its caller, and who wanted something else
//! is turned away, too. A breaker sees failures; a bulkhead needs none.
//!
//! It is that of Polly (`AddConcurrencyLimiter`: permit limit, queue limit, oldest first) and of
//! resilience4j (`maxConcurrentCalls`), where callers wait for at most a time and not in at most a number.
//!
//! ```
//! use half_open::policy::bulkhead::{Bulkhead, Entry, Place, Settings};
//!
//! let settings = Settings { max_in_flight: 1, max_waiting: 1 };
//! let mut bulkhead = Bulkhead::default();
//! assert_eq!(bulkhead.enter(&settings, "first"), Entry::Enters);
//! assert_eq!(bulkhead.enter(&settings, "second"), Entry::Waits);
//! assert_eq!(bulkhead.enter(&settings, "third"), Entry::Full);
//!
//! // Whoever has its place next is to be asked for, however a place became free.
//! assert_eq!(bulkhead.leave("first"), Some(Place::Inside));
//! assert_eq!(bulkhead.next(&settings), Some("second"));
//! ```

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Problem, count_within};

/// The most calls, inside or waiting.
const MOST: u32 = 10_000;

/// How large a bulkhead is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How many calls are under way at once, up to 10,000; 0: there is no bulkhead.
    pub max_in_flight: u32,
    /// How many more may wait for a place, up to 10,000.
    pub max_waiting: u32,
}

impl Settings {
    /// Whether there is one.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.max_in_flight > 0
    }

    /// Whether this is what a call has that was told nothing.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether every parameter is in its range.
    ///
    /// # Errors
    /// The first parameter that is not.
    pub fn validate(&self) -> Result<(), Problem> {
        count_within("max_in_flight", self.max_in_flight, 0, MOST)?;
        count_within("max_waiting", self.max_waiting, 0, MOST)
    }
}

/// What becomes of a call that wants in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[must_use]
pub enum Entry {
    /// It has a place.
    Enters,
    /// All places are taken; it is the last of those that wait for one.
    Waits,
    /// As many wait as may.
    Full,
}

/// Where a call was.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Place {
    /// It had a place.
    Inside,
    /// It waited for one.
    Waiting,
}

/// One bulkhead, and who is in it, by whatever name its caller has for calls. It keeps no settings; they
/// come with every question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bulkhead<T> {
    /// Longest first.
    inside: Vec<T>,
    /// Longest first.
    waiting: VecDeque<T>,
}

impl<T> Default for Bulkhead<T> {
    fn default() -> Self {
        Self { inside: Vec::new(), waiting: VecDeque::new() }
    }
}

impl<T: Copy + PartialEq> Bulkhead<T> {
    /// A call wants in.
    pub fn enter(&mut self, settings: &Settings, who: T) -> Entry {
        if self.inside.len() < settings.max_in_flight as usize {
            self.inside.push(who);
            Entry::Enters
        } else if self.waiting.len() < settings.max_waiting as usize {
            self.waiting.push_back(who);
            Entry::Waits
        } else {
            Entry::Full
        }
    }

    /// A call is over, or nobody wants it any more; returns where it was, if it was here.
    pub fn leave(&mut self, who: T) -> Option<Place> {
        if let Some(place) = self.inside.iter().position(|one| *one == who) {
            self.inside.remove(place);
            return Some(Place::Inside);
        }
        let place = self.waiting.iter().position(|one| *one == who);
        place.and_then(|place| self.waiting.remove(place)).map(|_| Place::Waiting)
    }

    /// Lets the one in that has waited longest, if there is a place: to be asked until there is none,
    /// whenever somebody has left or the settings were changed. Where there is no bulkhead any more,
    /// there is one for everybody.
    pub fn next(&mut self, settings: &Settings) -> Option<T> {
        if settings.is_on() && self.inside.len() >= settings.max_in_flight as usize {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.inside.push(next);
        Some(next)
    }

    /// Who has waited longest.
    #[must_use]
    pub fn first_waiting(&self) -> Option<T> {
        self.waiting.front().copied()
    }

    /// Who has been inside for longest.
    #[must_use]
    pub fn oldest(&self) -> Option<T> {
        self.inside.first().copied()
    }

    /// How many are inside.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.inside.len()
    }

    /// How many wait for a place.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SMALL: Settings = Settings { max_in_flight: 2, max_waiting: 2 };

    #[test]
    fn who_waits_gets_the_next_place_in_order() {
        let mut bulkhead = Bulkhead::default();
        let entries = [1, 2, 3, 4, 5].map(|who| bulkhead.enter(&SMALL, who));
        let (enters, waits) = (Entry::Enters, Entry::Waits);
        assert_eq!(entries, [enters, enters, waits, waits, Entry::Full]);
        assert_eq!((bulkhead.leave(2), bulkhead.leave(5)), (Some(Place::Inside), None));
        assert_eq!((bulkhead.next(&SMALL), bulkhead.next(&SMALL)), (Some(3), None));
        assert_eq!(bulkhead.leave(4), Some(Place::Waiting));
        assert_eq!(bulkhead.leave(1), Some(Place::Inside));
        assert_eq!(bulkhead.next(&SMALL), None, "nobody waits");
        assert_eq!((bulkhead.in_flight(), bulkhead.oldest()), (1, Some(3)));
    }

    #[test]
    fn without_a_bulkhead_nobody_waits() {
        let mut bulkhead = Bulkhead::default();
        let _ = [1, 2, 3, 4].map(|who| bulkhead.enter(&SMALL, who));
        let off = Settings::default();
        assert_eq!([(); 3].map(|()| bulkhead.next(&off)), [Some(3), Some(4), None]);
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        assert_eq!(SMALL.validate(), Ok(()));
        let problem = Settings { max_in_flight: 10_001, ..SMALL }.validate().expect_err("too many");
        assert_eq!(problem.to_string(), "max_in_flight must be between 0 and 10000, not 10001");
        assert!(serde_json::from_str::<Settings>(r#"{"max_wait":1}"#).is_err());
    }

    proptest! {
        /// Law: never more inside or waiting than there may be, nobody is lost, nobody is overtaken.
        #[test]
        fn a_bulkhead_holds_what_it_says(
            steps in prop::collection::vec((any::<bool>(), 0_usize..20), 0..200),
            max_in_flight in 1_u32..5,
            max_waiting in 0_u32..5,
        ) {
            let settings = Settings { max_in_flight, max_waiting };
            let (mut bulkhead, mut here, mut entered) = (Bulkhead::default(), Vec::new(), Vec::new());
            for (who, (comes, which)) in steps.into_iter().enumerate() {
                if comes {
                    match bulkhead.enter(&settings, who) {
                        Entry::Enters => entered.push(who),
                        Entry::Waits => {}
                        Entry::Full => continue,
                    }
                    here.push(who);
                } else if !here.is_empty() {
                    let who = here.remove(which % here.len());
                    prop_assert!(bulkhead.leave(who).is_some());
                    entered.extend(bulkhead.next(&settings));
                }
                prop_assert_eq!(bulkhead.in_flight() + bulkhead.waiting(), here.len());
                prop_assert!(bulkhead.in_flight() <= max_in_flight as usize);
                prop_assert!(bulkhead.waiting() <= max_waiting as usize);
                prop_assert!(bulkhead.waiting() == 0 || bulkhead.in_flight() == max_in_flight as usize);
            }
            prop_assert!(entered.is_sorted());
        }
    }
}
