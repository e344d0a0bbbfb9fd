//! Asking again before there is an answer, and taking whichever comes first.
//!
//! A hedge cuts the tail of latencies: a copy that was unlucky is overtaken by another one (Dean and
//! Barroso, *The Tail at Scale*, 2013). It costs load, and work that is thrown away; when everything
//! is slow it doubles the load of those who are slow already, so ask a [`budget`](super::budget)
//! first. And it needs calls that may be made twice: the same idempotency key for all copies.
//!
//! The machine is gRPC's (proposal A6, *Hedging Policy*); what Polly, tower and failsafe-go do
//! otherwise is a parameter of [`Settings`]. A copy is numbered like an attempt: 1 is the first.
//!
//! 1. [`Hedge::begin`] sends the first copy, or all of them.
//! 2. At [`Hedge::due`], [`Hedge::tick`] sends the next.
//! 3. [`Hedge::settle`] takes the outcome of a copy, and says what follows.
//!
//! ```
//! use half_open::policy::hedge::{Copies, Hedge, Settings};
//! use half_open::policy::outcome::{Outcome, Status};
//! use half_open::time::{SimDuration, SimTime};
//!
//! let settings = Settings::grpc(3, SimDuration::from_millis(500));
//! let (mut hedge, todo) = Hedge::begin(&settings, SimTime::ZERO, || true);
//! assert!(todo.send.contains(1));
//!
//! // No answer for half a second: a second copy.
//! let due = hedge.due().expect("more copies");
//! assert!(hedge.tick(&settings, due, || true).send.contains(2));
//!
//! // It answers first. The first copy is cancelled.
//! let answer = Outcome::Answered(Status::OK);
//! let todo = hedge.settle(&settings, SimTime::from_millis(600), 2, answer, None, || true);
//! assert!(todo.cancel.contains(1));
//! assert_eq!(todo.done, Some(answer));
//! ```

mod call;
mod latencies;
mod settings;

pub use call::{After, Call};
pub use latencies::Latencies;
pub use settings::{OnFailure, Percentile, Report, Settings};

use self::settings::MOST;
use super::outcome::Outcome;
use crate::time::{SimDuration, SimTime};

/// Some of the copies of a request, by number: a small set.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Copies(u16);

impl Copies {
    /// Whether this copy is among them.
    #[must_use]
    pub const fn contains(self, copy: u32) -> bool {
        copy <= MOST && self.0 >> copy & 1 == 1
    }

    /// How many there are.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Their numbers, in order.
    pub fn iter(self) -> impl Iterator<Item = u32> {
        (1..=MOST).filter(move |&copy| self.contains(copy))
    }

    fn insert(&mut self, copy: u32) {
        if copy <= MOST {
            self.0 |= 1 << copy;
        }
    }

    fn remove(&mut self, copy: u32) -> bool {
        let was_there = self.contains(copy);
        if was_there {
            self.0 &= !(1 << copy);
        }
        was_there
    }
}

/// What a callee that answered with an error says about further copies.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Pushback {
    /// The next one not before so long from now, but then.
    After(SimDuration),
    /// No more.
    Stop,
}

impl Pushback {
    /// Reads a `grpc-retry-pushback-ms`: a whole number of milliseconds. A negative one, and what is
    /// no such number, means *no more*, as A6 says.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let wait = text.parse().ok().and_then(|ms: i32| u64::try_from(ms).ok());
        wait.map_or(Self::Stop, |ms| Self::After(SimDuration::from_millis(ms)))
    }
}

/// What is to be done now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[must_use = "copies have to be sent and cancelled"]
pub struct Todo {
    /// Copies to send.
    pub send: Copies,
    /// Copies to cancel. What they still answer does not matter.
    pub cancel: Copies,
    /// The outcome of the request, if it is over.
    pub done: Option<Outcome>,
}

/// Where one request stands: small, and cheap to clone. It keeps no settings; they come with every
/// question ([`resolved`](Settings::resolved), if the delay is a percentile).
///
/// `permit` is asked before every copy but the first: a budget, for instance. Once it says no there
/// are no further copies (gRPC, failsafe-go).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hedge {
    /// How many copies were sent.
    sent: u32,
    under_way: Copies,
    /// When the next one is sent.
    next: Option<SimTime>,
    /// Whether there are no further copies, although there could be.
    stopped: bool,
    /// The failure to report if no copy succeeds, and the copy that had it.
    failure: Option<(u32, Outcome)>,
}

impl Hedge {
    /// A request begins: sends the first copy, and all others if the delay is zero.
    pub fn begin(
        settings: &Settings,
        now: SimTime,
        mut permit: impl FnMut() -> bool,
    ) -> (Self, Todo) {
        let mut hedge = Self {
            sent: 0,
            under_way: Copies::default(),
            next: Some(now),
            stopped: false,
            failure: None,
        };
        let send = hedge.send_due(settings, now, &mut permit);
        (hedge, Todo { send, ..Todo::default() })
    }

    /// When [`tick`](Self::tick) has something to do. To be asked again after every other question.
    #[must_use]
    pub const fn due(&self) -> Option<SimTime> {
        self.next
    }

    /// Sends what is [`due`](Self::due) by `now`. Late is harmless, and so is too early.
    pub fn tick(
        &mut self,
        settings: &Settings,
        now: SimTime,
        mut permit: impl FnMut() -> bool,
    ) -> Todo {
        if self.next.is_none() {
            return Todo::default();
        }
        let send = self.send_due(settings, now, &mut permit);
        Todo { send, done: self.failed(), ..Todo::default() }
    }

    /// A copy has ended. What a copy that was cancelled answers changes nothing.
    ///
    /// A success, and a failure that is fatal, is the outcome and cancels all others. After any
    /// other failure the next copy follows as [`Settings::on_failure`] or the `pushback` says. When
    /// all have failed and no more may follow, that is the outcome.
    pub fn settle(
        &mut self,
        settings: &Settings,
        now: SimTime,
        copy: u32,
        outcome: Outcome,
        pushback: Option<Pushback>,
        mut permit: impl FnMut() -> bool,
    ) -> Todo {
        if !self.under_way.remove(copy) {
            return Todo::default();
        }
        let asked = match pushback {
            Some(Pushback::After(wait)) => Some(wait),
            _ => None,
        };
        let succeeded = matches!(outcome, Outcome::Answered(status) if status.0 < 400);
        if succeeded || !settings.non_fatal.covers(outcome, asked) {
            return Todo { cancel: self.cancel(), done: Some(outcome), ..Todo::default() };
        }
        let keep = settings.report == Report::First && self.failure.is_some_and(|f| f.0 < copy);
        if !keep {
            self.failure = Some((copy, outcome));
        }
        let more = !self.stopped && self.sent < settings.copies();
        let mut send = Copies::default();
        match pushback.filter(|_| settings.honour_pushback) {
            Some(Pushback::Stop) => self.stop(),
            Some(Pushback::After(wait)) if more => self.next = Some(now + wait),
            None if more && settings.on_failure == OnFailure::AtOnce => {
                self.next = Some(now);
                send = self.send_due(settings, now, &mut permit);
            }
            _ => {}
        }
        Todo { send, done: self.failed(), ..Todo::default() }
    }

    /// Whoever asked has gone, or the deadline has passed: nothing is sent any more, and what is
    /// under way has to be cancelled.
    #[must_use = "copies have to be cancelled"]
    pub fn cancel(&mut self) -> Copies {
        self.stop();
        std::mem::take(&mut self.under_way)
    }

    /// The copies under way.
    #[must_use]
    pub const fn under_way(&self) -> Copies {
        self.under_way
    }

    fn stop(&mut self) {
        self.stopped = true;
        self.next = None;
    }

    /// Sends copies while one is due: all of them, if the delay is zero.
    fn send_due(
        &mut self,
        settings: &Settings,
        now: SimTime,
        permit: &mut impl FnMut() -> bool,
    ) -> Copies {
        let mut send = Copies::default();
        while self.next.is_some_and(|next| next <= now) {
            if self.sent >= settings.copies() || (self.sent > 0 && !permit()) {
                self.stop();
                break;
            }
            self.sent += 1;
            self.under_way.insert(self.sent);
            send.insert(self.sent);
            let more = self.sent < settings.copies();
            self.next = settings.delay.filter(|_| more).map(|delay| now + delay);
        }
        send
    }

    /// The failure of the whole, if nothing can come any more.
    fn failed(&self) -> Option<Outcome> {
        let over = self.under_way.is_empty() && self.next.is_none();
        self.failure.filter(|_| over).map(|(_, outcome)| outcome)
    }
}

impl Settings {
    /// Copies in all, also for settings that nobody validated.
    fn copies(&self) -> u32 {
        self.max_attempts.clamp(1, MOST)
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod theory;
