//! What a caller answers with once a call has failed for good.
//!
//! It is outermost: it is asked when retries, breaker, bulkhead and deadline have all had their say, and
//! what it gives is never a success, neither for the breaker inside nor for those who count (the order of
//! Polly, resilience4j and opossum).

use serde::{Deserialize, Serialize};

use super::outcome::{Outcome, Status};
use super::{Problem, count_within};
use crate::time::SimTime;

/// The most calls that one caller makes.
const MOST: u32 = 64;

/// What a caller falls back on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Nothing: the call has failed.
    #[default]
    Off,
    /// An answer that is always at hand: an empty list, a default.
    Static,
    /// The last good answer to the same question that came over this line; without one, nothing.
    Stale,
    /// Another call of the same caller, which is made only then.
    Other,
}

impl Kind {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Off, Self::Static, Self::Stale, Self::Other];
}

/// The fallback of a call.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What there is to fall back on.
    pub kind: Kind,
    /// Which of its caller's calls is made instead, up to 64: 1 is the first one; 0 is the one after this
    /// call, or the first one if this is the last.
    pub call: u32,
}

impl Settings {
    /// Whether there is anything to fall back on.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        !matches!(self.kind, Kind::Off)
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
        count_within("call", self.call, 0, MOST)
    }
}

/// Whether a call that ended like this needs a fallback. What is wrong with the request itself, any other
/// 4xx than `429`, would be wrong with a fallback as well.
#[must_use]
pub fn covers(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Answered(status) => status.is_server_error() || status == Status::TOO_MANY,
        Outcome::TimedOut | Outcome::ConnectionFailed | Outcome::Rejected => true,
    }
}

/// When the last good answer to each question came over a line.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Answers(Vec<(u32, SimTime)>);

impl Answers {
    /// A good answer has come to what is asked for by this key.
    pub fn note(&mut self, key: u32, now: SimTime) {
        match self.0.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(place) => self.0[place].1 = now,
            Err(place) => self.0.insert(place, (key, now)),
        }
    }

    /// When the last one came; none if there was none.
    #[must_use]
    pub fn last(&self, key: u32) -> Option<SimTime> {
        let place = self.0.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        Some(self.0[place].1)
    }

    /// They are gone.
    pub fn forget(&mut self) {
        self.0.clear();
    }

    /// To how many questions there is one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_the_request_itself_has_no_fallback() {
        for status in [Status::BAD_REQUEST, Status(404), Status::CONFLICT, Status::UNPROCESSABLE] {
            assert!(!covers(Outcome::Answered(status)), "{status}");
        }
        for good in [Status::OK, Status::CREATED, Status::DEGRADED] {
            assert!(!covers(Outcome::Answered(good)), "{good}");
        }
        for bad in [Status::INTERNAL, Status::UNAVAILABLE, Status::TOO_MANY] {
            assert!(covers(Outcome::Answered(bad)), "{bad}");
        }
        for outcome in [Outcome::TimedOut, Outcome::ConnectionFailed, Outcome::Rejected] {
            assert!(covers(outcome), "{outcome:?}");
        }
    }

    #[test]
    fn each_question_has_its_own_last_answer() {
        let [first, second] = [SimTime::from_millis(5), SimTime::from_millis(9)];
        let mut answers = Answers::default();
        assert_eq!(answers.last(7), None);
        answers.note(7, first);
        answers.note(3, first);
        answers.note(7, second);
        assert_eq!((answers.last(7), answers.last(3)), (Some(second), Some(first)));
        assert_eq!((answers.last(4), answers.len()), (None, 2));
        answers.forget();
        assert!(answers.is_empty());
    }
}
