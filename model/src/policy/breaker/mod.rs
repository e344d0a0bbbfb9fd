//! The circuit breaker.

mod millis;
mod settings;
mod types;

pub use millis::Millis;
pub use settings::{
    Anchor, Cmp, Decide, DecideKind, Denominator, EvaluateOn, Exponential, HalfOpen, Ignored,
    IgnoredClosed, IgnoredHalfOpen, LateResults, MaxWaitTo, OnClose, Open, Overflow,
    PermitAccounting, Settings, Slow, Trip, Window, WindowKind,
};
pub use types::{
    Action, Answer, Cell, Counts, Mark, Permit, Reason, Refusal, State, Transition, mark,
};

use super::Problem;
use crate::time::{SimDuration, SimTime};

impl Settings {
    /// Whether every parameter is in its range.
    ///
    /// # Errors
    /// The first parameter that is not.
    pub fn validate(&self) -> Result<(), Problem> {
        Ok(())
    }
}

/// One circuit breaker: small, and cheap to clone.
#[derive(Clone, PartialEq, Debug)]
pub struct Breaker {
    state: State,
    since: SimTime,
    generation: u32,
}

impl Breaker {
    /// A closed breaker.
    #[must_use]
    pub fn new(_settings: &Settings, now: SimTime) -> Self {
        Self { state: State::Closed, since: now, generation: 0 }
    }

    /// A call asks to pass.
    #[must_use = "a permit has to be settled or released"]
    pub fn acquire(&mut self, _settings: &Settings, now: SimTime) -> Answer {
        let permit = Permit {
            at: now,
            generation: self.generation,
            window: 0,
            probe: false,
            counted: false,
        };
        Answer { permit: Ok(permit), transition: None }
    }

    /// A call that had passed has ended after `took`.
    pub fn settle(
        &mut self,
        _settings: &Settings,
        _permit: Permit,
        _now: SimTime,
        _mark: Mark,
        _took: SimDuration,
    ) -> Option<Transition> {
        None
    }

    /// A call that had passed was cancelled: it gives its permit back.
    pub fn release(&mut self, _permit: Permit) {}

    /// Somebody acts.
    pub fn control(
        &mut self,
        _settings: &Settings,
        _now: SimTime,
        _action: Action,
    ) -> Option<Transition> {
        None
    }

    /// Somebody looks.
    pub fn observe(&mut self, _settings: &Settings, _now: SimTime) -> Option<Transition> {
        None
    }

    /// When [`tick`](Self::tick) has something to do.
    #[must_use]
    pub fn due(&self, _settings: &Settings) -> Option<SimTime> {
        None
    }

    /// Time has passed.
    pub fn tick(&mut self, _settings: &Settings, _now: SimTime) -> Option<Transition> {
        None
    }

    /// The settings were changed from `old` to `new`.
    pub fn reconfigure(&mut self, _old: &Settings, _new: &Settings, _now: SimTime) {}

    /// What it is.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Since when.
    #[must_use]
    pub fn since(&self) -> SimTime {
        self.since
    }

    /// What is counted now.
    #[must_use]
    pub fn counts(&self, _settings: &Settings, _now: SimTime) -> Counts {
        Counts::default()
    }

    /// The window piece by piece, the newest last.
    pub fn window(&self, _settings: &Settings, _now: SimTime) -> impl Iterator<Item = Cell> {
        std::iter::empty()
    }

    /// How many probes of the present half-open period have not ended.
    #[must_use]
    pub fn probes_in_flight(&self) -> u32 {
        0
    }

    /// Until when it is open.
    #[must_use]
    pub fn open_until(&self, _settings: &Settings) -> Option<SimTime> {
        None
    }
}
