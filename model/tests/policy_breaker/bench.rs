//! A breaker under observation.

use half_open::policy::breaker::{
    Breaker, Counts, Denominator, Permit, Settings, State, Transition,
};
use half_open::time::{SimDuration, SimTime};
use proptest::prelude::*;

use crate::strategies::Op;

/// A breaker with its calls in flight, which checks after every step what must always hold.
pub(crate) struct Bench {
    pub(crate) breaker: Breaker,
    pub(crate) settings: Settings,
    /// Each with the number of the transition after which it was admitted.
    pub(crate) in_flight: Vec<(Permit, usize)>,
    pub(crate) transitions: usize,
    pub(crate) now: SimTime,
}

impl Bench {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            breaker: Breaker::new(settings, SimTime::ZERO),
            settings: settings.clone(),
            in_flight: Vec::new(),
            transitions: 0,
            now: SimTime::ZERO,
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        self.breaker.counts(&self.settings, self.now)
    }

    /// Does one step, `pause` ms later, and checks that everything still fits together.
    pub(crate) fn step(&mut self, pause: u64, op: Op) -> Result<(), TestCaseError> {
        let (before, flying) = (self.breaker.state(), self.in_flight.len());
        let transition = self.act(pause, op);
        let after = self.breaker.state();
        prop_assert_eq!(transition.map_or((before, before), |t| (t.from, t.to)), (before, after));
        if transition.is_some() {
            prop_assert_eq!(self.breaker.since(), self.now);
        }
        if matches!(op, Op::Begin) && after != State::HalfOpen {
            prop_assert_eq!(self.in_flight.len() == flying, after.refuses());
        }
        self.check()
    }

    /// Does one step, `pause` ms later.
    pub(crate) fn act(&mut self, pause: u64, op: Op) -> Option<Transition> {
        self.now = self.now + SimDuration::from_millis(pause);
        let Self { breaker, settings, now, .. } = self;
        let transition = match op {
            Op::Begin => {
                let would_refuse = breaker.would_refuse(settings, *now);
                let answer = breaker.acquire(settings, *now);
                assert_eq!(answer.permit.is_err(), would_refuse, "{settings:?}");
                let after = self.transitions + usize::from(answer.transition.is_some());
                self.in_flight.extend(answer.permit.ok().map(|permit| (permit, after)));
                answer.transition
            }
            Op::End(i, mark, took) if i < self.in_flight.len() => {
                let (permit, _) = self.in_flight.remove(i);
                breaker.settle(settings, permit, *now, mark, SimDuration::from_millis(took))
            }
            Op::Release(i) if i < self.in_flight.len() => {
                breaker.release(self.in_flight.remove(i).0);
                None
            }
            Op::Control(action) => breaker.control(settings, *now, action),
            Op::Tick => breaker.tick(settings, *now),
            Op::Observe => breaker.observe(settings, *now),
            Op::End(..) | Op::Release(_) => None,
        };
        self.transitions += usize::from(transition.is_some());
        transition
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let Self { breaker, settings, .. } = self;
        // Probes of earlier half-open periods are not this one's.
        let current =
            |&&(permit, since): &&(Permit, usize)| permit.is_probe() && since == self.transitions;
        let probes = self.in_flight.iter().filter(current).count();
        let half_open = breaker.state() == State::HalfOpen;
        prop_assert_eq!(breaker.probes_in_flight() as usize, if half_open { probes } else { 0 });
        prop_assert_eq!(breaker.open_until(settings).is_some(), breaker.state() == State::Open);
        if let Some(due) = breaker.due(settings) {
            prop_assert!(due >= breaker.since());
        }
        let counts = self.counts();
        prop_assert!(settings.slow.is_some() || counts.slow == 0);
        // opossum divides failures that end now by calls that began earlier.
        if settings.denominator != Denominator::Fires {
            prop_assert!(counts.failures <= counts.calls && counts.slow <= counts.calls);
        }
        if !half_open {
            let mut sum = Counts::default();
            for cell in breaker.window(settings, self.now) {
                sum.calls += cell.counts.calls;
                sum.failures += cell.counts.failures;
                sum.slow += cell.counts.slow;
            }
            prop_assert_eq!(sum, counts);
        }
        Ok(())
    }
}
