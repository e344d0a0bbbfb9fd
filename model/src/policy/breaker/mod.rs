//! The circuit breaker: it stops calling what does not work, and finds out by itself when it works
//! again.
//!
//! A closed breaker counts; one that has counted too many failures opens and refuses every call; one
//! that has been open for long enough lets a few probes pass and is half-open until they have
//! answered (Nygard, *Release It!*, 2007; Fowler, *CircuitBreaker*, 2014). What libraries disagree
//! on is a setting, under one set of names: see [`Settings`].
//!
//! A [`Permit`] remembers the *generation* in which it was given. Every change of state begins a new
//! generation, so the result of a call that started before a change is known to be late, and the
//! permit of a probe is only ever given back to its own half-open period (gobreaker's idea).

mod each;
mod millis;
mod presets;
mod recovery;
mod settings;
mod types;
mod validate;
mod verdict;
mod window;

pub use each::{Crowd, Each, Own, Scope};
pub use millis::Millis;
pub use presets::Preset;
pub use recovery::{
    Decide, DecideKind, Exponential, HalfOpen, MaxWaitTo, Open, Overflow, PermitAccounting,
};
pub use settings::{
    Anchor, Cmp, Denominator, EvaluateOn, Ignored, IgnoredClosed, IgnoredHalfOpen, LateResults,
    OnClose, Settings, Slow, Trip, Window, WindowKind,
};
pub use types::{
    Action, Answer, Cell, Counts, Mark, Permit, Reason, Refusal, State, Transition, mark,
};

use self::verdict::Probes;
use self::window::{Sample, Samples, counts_admissions};
use crate::random;
use crate::time::{SimDuration, SimTime};

/// One circuit breaker: small, and cheap to clone. It keeps no settings; they come with every
/// question, and [`reconfigure`](Self::reconfigure) says when they have changed.
///
/// Questions come in the order of time. At equal times, results come before timers
/// ([`tick`](Self::tick)) and timers before calls ([`acquire`](Self::acquire)).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Breaker {
    state: State,
    since: SimTime,
    /// Changes with every change of state.
    generation: u32,
    /// How often it opened since it last closed.
    openings: u32,
    samples: Samples,
    probes: Probes,
    /// What its waits are drawn from.
    luck: u64,
}

impl Breaker {
    /// A closed breaker that has counted nothing.
    #[must_use]
    pub fn new(settings: &Settings, now: SimTime) -> Self {
        Self {
            state: State::Closed,
            since: now,
            generation: 0,
            openings: 0,
            samples: Samples::new(&settings.window, now),
            probes: Probes::default(),
            luck: 0,
        }
    }

    /// The same with the luck of its own: two with the same luck wait as long as each other.
    #[must_use]
    pub fn with_luck(self, luck: u64) -> Self {
        Self { luck, ..self }
    }

    /// A call asks to pass. An open breaker whose wait is over becomes half-open first, and the call
    /// its first probe.
    #[must_use = "a permit has to be settled or released"]
    pub fn acquire(&mut self, settings: &Settings, now: SimTime) -> Answer {
        let transition = self.tick(settings, now).or_else(|| self.half_open_if_due(settings, now));
        let permit = match self.state {
            State::Closed | State::Disabled | State::MetricsOnly => Ok(false),
            State::Open => Err(Refusal::Open),
            State::ForcedOpen => Err(Refusal::ForcedOpen),
            State::HalfOpen if self.probes.admit(&settings.half_open, now) => Ok(true),
            State::HalfOpen => Err(Refusal::HalfOpenFull),
        };
        let counted = self.is_counting(settings)
            && counts_admissions(settings)
            && (permit.is_ok() || settings.denominator == Denominator::Fires);
        if counted {
            self.samples.admit(&settings.window, now);
        }
        let (generation, window) = (self.generation, self.samples.id);
        let client = None;
        let permit =
            permit.map(|probe| Permit { at: now, generation, window, client, probe, counted });
        Answer { permit, transition }
    }

    /// Whether a call that asks now would be refused. Nothing changes.
    #[must_use]
    pub fn would_refuse(&self, settings: &Settings, now: SimTime) -> bool {
        let due = self.due(settings).is_some_and(|due| due <= now);
        let waits = |until| !settings.open.wait_cmp.holds(now, until);
        match self.state {
            State::Closed | State::Disabled | State::MetricsOnly => false,
            State::ForcedOpen => true,
            State::Open if !due && self.open_until(settings).is_some_and(waits) => true,
            State::HalfOpen if !due => !self.probes.clone().admit(&settings.half_open, now),
            // It is about to move, which it does not do for long.
            _ => self.clone().acquire(settings, now).permit.is_err(),
        }
    }

    /// A call that had passed has ended after `took`; the change of state it brought about.
    pub fn settle(
        &mut self,
        settings: &Settings,
        permit: Permit,
        now: SimTime,
        mark: Mark,
        took: SimDuration,
    ) -> Option<Transition> {
        if settings.open.on_observe {
            let observed = self.half_open_if_due(settings, now);
            if observed.is_some() {
                // The result was under way when the breaker was open: it probes nothing.
                return observed;
            }
        }
        if self.is_counting(settings) {
            // Also a result that leaves no trace ends a window whose time is over (gobreaker).
            self.samples.roll(&settings.window, now);
        }
        let late = permit.generation != self.generation;
        if !late && permit.probe {
            self.probes.land();
        }
        if late && settings.late_results == LateResults::Drop {
            return None;
        }
        let by_admission = late && settings.late_results == LateResults::AdmittingState;
        let probing = if by_admission { permit.probe } else { self.state == State::HalfOpen };
        let Some(failed) = failed(settings, mark, probing) else {
            self.forget(permit);
            return None;
        };
        if late && self.state == State::HalfOpen {
            self.probes.late_results = self.probes.late_results.saturating_add(1);
        }
        let slow = settings.slow.is_some_and(|slow| slow.cmp.holds(took, slow.threshold_ms.0));
        let sample = Sample { failed, slow };
        if by_admission {
            return self.settle_by_admission(settings, permit, now, sample);
        }
        let window_goes_on =
            settings.late_results == LateResults::AdmittingState && self.state == State::HalfOpen;
        if self.is_counting(settings) || window_goes_on {
            self.count(settings, permit, now, sample);
        }
        match self.state {
            State::Closed => {
                let reason = settings.trips(self.counts(settings, now), sample)?;
                Some(self.change(settings, now, State::Open, reason))
            }
            State::HalfOpen => self.probed(settings, now, sample),
            _ => None,
        }
    }

    /// A late result that counts where its call was admitted.
    fn settle_by_admission(
        &mut self,
        settings: &Settings,
        permit: Permit,
        now: SimTime,
        sample: Sample,
    ) -> Option<Transition> {
        if permit.probe {
            // Its half-open period is over, and was decided without it.
            return None;
        }
        if self.is_counting(settings) || matches!(self.state, State::Open | State::HalfOpen) {
            self.count(settings, permit, now, sample);
        }
        if !matches!(self.state, State::Closed | State::HalfOpen) {
            return None;
        }
        let counts = self.samples.counts(&settings.window, now);
        let reason = settings.trips(counts, sample)?;
        Some(Transition { counts, ..self.change(settings, now, State::Open, reason) })
    }

    /// A probe has a result.
    fn probed(&mut self, settings: &Settings, now: SimTime, sample: Sample) -> Option<Transition> {
        let (to, reason) = self.probes.note(settings, sample)?;
        let transition = self.change(settings, now, to, reason);
        if to == State::Closed && settings.on_close == OnClose::ClearThenRecordProbe {
            self.samples.record(&settings.window, now, sample);
        }
        Some(transition)
    }

    /// A call that had passed was cancelled: it gives its permit back and leaves no trace.
    pub fn release(&mut self, permit: Permit) {
        if permit.probe && permit.generation == self.generation {
            self.probes.land();
        }
        self.forget(permit);
    }

    /// Somebody acts. An action that leads to the present state does nothing, except that
    /// [`Action::Reset`] also clears the window of a closed breaker.
    pub fn control(
        &mut self,
        settings: &Settings,
        now: SimTime,
        action: Action,
    ) -> Option<Transition> {
        if action == Action::Reset {
            return self.start_over(settings, now, Reason::ByHand);
        }
        let to = action.target();
        (to != self.state).then(|| self.change(settings, now, to, Reason::ByHand))
    }

    /// Whoever owns it has lost its memory: it closes and forgets everything it counted.
    pub fn crash(&mut self, settings: &Settings, now: SimTime) -> Option<Transition> {
        self.start_over(settings, now, Reason::Crashed)
    }

    /// Somebody looks. That alone changes nothing, except with [`Open::on_observe`].
    pub fn observe(&mut self, settings: &Settings, now: SimTime) -> Option<Transition> {
        self.tick(settings, now).or_else(|| {
            self.samples.roll(&settings.window, now);
            if settings.open.on_observe { self.half_open_if_due(settings, now) } else { None }
        })
    }

    /// When [`tick`](Self::tick) has something to do: become half-open by itself, or end a
    /// half-open period that lasts too long. To be asked again after every change of state and of
    /// the settings.
    #[must_use]
    pub fn due(&self, settings: &Settings) -> Option<SimTime> {
        match self.state {
            State::Open if settings.open.auto => self.open_until(settings),
            State::HalfOpen => settings.half_open.max_wait_ms.map(|wait| self.since + wait.0),
            _ => None,
        }
    }

    /// Does what was [`due`](Self::due) by `now`. To be called then; late is harmless, and so is
    /// too early.
    pub fn tick(&mut self, settings: &Settings, now: SimTime) -> Option<Transition> {
        self.due(settings).filter(|&due| due <= now)?;
        let (to, reason) = match (self.state, settings.half_open.max_wait_to) {
            (State::Open, _) => (State::HalfOpen, Reason::WaitOver),
            (_, MaxWaitTo::Open) => (State::Open, Reason::HalfOpenTimedOut),
            (_, MaxWaitTo::Closed) => (State::Closed, Reason::HalfOpenTimedOut),
        };
        Some(self.change(settings, now, to, reason))
    }

    /// The settings were changed from `old` to `new`. The state stays, and what the window held as
    /// far as the new one can hold it: a count window keeps its newest calls, a time window sorts
    /// its buckets anew (and forgets which of them calls in flight belong to), another kind of window
    /// begins empty, and so does one that counts other things. Nothing trips before the next result.
    /// A half-open breaker begins to probe anew where permits are counted or the verdict is reached in
    /// another way, because what it has handed out and heard means something else by the new rules,
    /// and where it would have no permit for the result that decides.
    pub fn reconfigure(&mut self, old: &Settings, new: &Settings, now: SimTime) {
        if old.denominator == new.denominator {
            self.samples.reshape(&old.window, &new.window, now);
        } else {
            self.samples.clear(now);
        }
        if self.state != State::HalfOpen || old.half_open == new.half_open {
            return;
        }
        let rules = |s: &Settings| (s.half_open.permit_accounting, s.half_open.decide.kind);
        let idle = self.probes.in_flight == 0;
        if rules(old) != rules(new) || (idle && !self.probes.clone().admit(&new.half_open, now)) {
            self.generation = self.generation.wrapping_add(1);
            self.probes = Probes::default();
        }
    }

    /// Another breaker takes its place: closed, and it has counted nothing. Calls that the old one
    /// let pass are late to the new one, and belong to none of its windows.
    pub fn replace(&mut self, settings: &Settings, now: SimTime) {
        let (generation, window) = (self.generation, self.samples.id);
        *self = Self::new(settings, now).with_luck(self.luck);
        self.generation = generation.wrapping_add(1);
        self.samples.id = window.wrapping_add(1);
    }

    /// What it is.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// Since when.
    #[must_use]
    pub const fn since(&self) -> SimTime {
        self.since
    }

    /// What counts now: the probes of a half-open breaker, the window of any other.
    #[must_use]
    pub fn counts(&self, settings: &Settings, now: SimTime) -> Counts {
        match self.state {
            State::HalfOpen => self.probes.results,
            _ => self.samples.counts(&settings.window, now),
        }
    }

    /// The window piece by piece, the newest last: each call of a count window; each bucket of a
    /// time window that has anything in it; one piece for other windows.
    pub fn window(&self, settings: &Settings, now: SimTime) -> impl Iterator<Item = Cell> {
        self.samples.cells(settings.window, now)
    }

    /// How many probes of the present half-open period have not ended.
    #[must_use]
    pub const fn probes_in_flight(&self) -> u32 {
        self.probes.in_flight
    }

    /// How long it will be open the next time it opens, at least: its jitter is drawn then.
    #[must_use]
    pub fn next_wait(&self, settings: &Settings) -> SimDuration {
        settings.open.wait(self.openings)
    }

    /// Until when it is open, if it is: the end of the wait.
    #[must_use]
    pub fn open_until(&self, settings: &Settings) -> Option<SimTime> {
        let wait = self.wait(settings);
        (self.state == State::Open).then(|| self.since + wait)
    }

    /// How long the wait is that has begun: what is drawn is when it did, so that nothing that was before
    /// has a part in it.
    fn wait(&self, settings: &Settings) -> SimDuration {
        let wait = settings.open.wait(self.openings.saturating_sub(1));
        if settings.open.jitter == 0.0 {
            return wait;
        }
        let drawn = random::unit(random::nest(self.luck, self.since.nanos()));
        wait + wait.scaled(settings.open.jitter * drawn)
    }

    fn start_over(
        &mut self,
        settings: &Settings,
        now: SimTime,
        reason: Reason,
    ) -> Option<Transition> {
        let closed = State::Closed;
        let change = (closed != self.state).then(|| self.change(settings, now, closed, reason));
        self.samples.clear(now);
        change
    }

    /// Becomes half-open if it is open and the wait is over.
    fn half_open_if_due(&mut self, settings: &Settings, now: SimTime) -> Option<Transition> {
        self.open_until(settings).filter(|&until| settings.open.wait_cmp.holds(now, until))?;
        Some(self.change(settings, now, State::HalfOpen, Reason::WaitOver))
    }

    /// Whether the window takes notice of calls.
    fn is_counting(&self, settings: &Settings) -> bool {
        match self.state {
            State::Closed | State::MetricsOnly => true,
            State::Open | State::HalfOpen => settings.on_close == OnClose::Keep,
            State::ForcedOpen | State::Disabled => false,
        }
    }

    /// Puts a result into the window.
    fn count(&mut self, settings: &Settings, permit: Permit, now: SimTime, sample: Sample) {
        let window = &settings.window;
        if !permit.counted {
            self.samples.record(window, now, sample);
        } else if permit.window == self.samples.id {
            self.samples.roll(window, now);
            match settings.denominator {
                Denominator::Fires => self.samples.mark_now(window, now, sample),
                _ => self.samples.mark_admitted(permit.at, sample),
            }
        }
    }

    /// Undoes what admitting a call did.
    fn forget(&mut self, permit: Permit) {
        let late = permit.generation != self.generation;
        if late && self.state == State::HalfOpen {
            self.probes.late_releases = self.probes.late_releases.saturating_add(1);
        } else if !late && permit.probe {
            self.probes.give_back();
        }
        if permit.counted && permit.window == self.samples.id {
            self.samples.take_back(permit.at);
        }
    }

    fn change(
        &mut self,
        settings: &Settings,
        now: SimTime,
        to: State,
        reason: Reason,
    ) -> Transition {
        let transition =
            Transition { from: self.state, to, reason, counts: self.counts(settings, now) };
        self.state = to;
        self.since = now;
        self.generation = self.generation.wrapping_add(1);
        self.probes = Probes::default();
        match to {
            State::Open => self.openings = self.openings.saturating_add(1),
            State::HalfOpen | State::ForcedOpen => {}
            State::Closed | State::Disabled | State::MetricsOnly => {
                self.openings = 0;
                if settings.on_close != OnClose::Keep {
                    self.samples.clear(now);
                }
            }
        }
        transition
    }
}

/// Whether the mark is a failure; nothing if it is to be ignored.
fn failed(settings: &Settings, mark: Mark, probing: bool) -> Option<bool> {
    let ignored = &settings.ignored;
    let as_success = if probing {
        ignored.half_open == IgnoredHalfOpen::AsSuccess
    } else {
        ignored.closed == IgnoredClosed::AsSuccess
    };
    match mark {
        Mark::Success => Some(false),
        Mark::Failure => Some(true),
        Mark::Ignored => as_success.then_some(false),
    }
}

#[cfg(test)]
mod probe_tests;
#[cfg(test)]
mod tests;
