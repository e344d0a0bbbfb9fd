//! When a breaker opens, and what its probes decide.

use super::recovery::{DecideKind, HalfOpen, Open, PermitAccounting};
use super::settings::{EvaluateOn, Settings, WindowKind};
use super::types::{Counts, Reason, State};
use super::window::Sample;
use crate::time::{SimDuration, SimTime};

impl Open {
    /// How long the breaker stays open the `k`-th time in a row, counted from 0.
    #[must_use]
    pub fn wait(&self, k: u32) -> SimDuration {
        let place = (k as usize).min(self.schedule_ms.len().saturating_sub(1));
        if let Some(wait) = self.schedule_ms.get(place) {
            return wait.0;
        }
        let Some(growing) = &self.exponential else { return self.wait_ms.0 };
        growing
            .initial_ms
            .0
            .scaled(libm::pow(growing.multiplier, f64::from(k)))
            .min(growing.max_ms.0)
    }
}

impl Settings {
    /// How many calls a rate is judged on: the minimum, as far as the window can hold so many.
    #[must_use]
    pub fn sample_size(&self) -> u32 {
        let Self { window, .. } = self;
        let holds = if window.kind == WindowKind::Count { window.size } else { u32::MAX };
        window.min_calls.min(holds).max(1)
    }

    /// How many results decide a half-open period at the latest, if it can be said.
    #[must_use]
    pub fn probes_needed(&self) -> u32 {
        let HalfOpen { permitted, decide, .. } = &self.half_open;
        match decide.kind {
            DecideKind::Rate => {
                let asked = decide.min_calls.unwrap_or_else(|| self.sample_size());
                asked.min(permitted.unwrap_or(u32::MAX)).max(1)
            }
            DecideKind::ConsecutiveSuccess => decide.successes,
            DecideKind::Ratio | DecideKind::FailureRatio => decide.capacity,
            DecideKind::RateAtExecutions => decide.executions,
        }
    }

    /// Why a closed breaker with these counts opens after `latest`, if it does.
    pub(super) fn trips(&self, counts: Counts, latest: Sample) -> Option<Reason> {
        if self.trip.evaluate_on == EvaluateOn::Failure && !latest.bad() {
            return None;
        }
        if self.trip.failures.is_some_and(|n| counts.failures >= n) {
            return Some(Reason::Failures);
        }
        let threshold = if self.trip.failures.is_none() { self.trip.failure_rate } else { None };
        // Any number is infinitely many of none (opossum, when a call outlives the window).
        let of_none = counts.calls == 0 && counts.failures > 0;
        if of_none && self.window.min_calls == 0 && threshold.is_some() {
            return Some(Reason::FailureRate);
        }
        if counts.calls < self.sample_size() {
            return None;
        }
        self.rate_exceeded(counts, threshold)
    }

    /// Which rate is too high, if any.
    fn rate_exceeded(&self, counts: Counts, failure_rate: Option<f64>) -> Option<Reason> {
        let failing = failure_rate.zip(counts.failure_rate()).is_some_and(|(threshold, rate)| {
            self.trip.rate_cmp.holds(self.rounded(rate), threshold)
        });
        if failing {
            return Some(Reason::FailureRate);
        }
        let slowing = self
            .slow
            .zip(counts.slow_rate())
            .is_some_and(|(slow, rate)| slow.rate_cmp.holds(self.rounded(rate), slow.rate));
        slowing.then_some(Reason::SlowRate)
    }

    fn rounded(&self, rate: f64) -> f64 {
        if self.trip.round_2dp { libm::round(rate * 100.0) / 100.0 } else { rate }
    }
}

/// One half-open period.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Probes {
    /// Permits handed out and not given back.
    admitted: u32,
    pub(super) in_flight: u32,
    pub(super) results: Counts,
    /// Results that speak for the callee.
    good: u32,
    /// When the latest probe was admitted.
    latest: Option<SimTime>,
    /// Results of calls of earlier states that came meanwhile.
    pub(super) late_results: u32,
    /// Calls of earlier states that ended without one meanwhile.
    pub(super) late_releases: u32,
}

impl Probes {
    /// Admits one more probe, if there is a permit for it.
    pub(super) fn admit(&mut self, settings: &HalfOpen, now: SimTime) -> bool {
        let (used, more) = match settings.permit_accounting {
            PermitAccounting::Total => (self.admitted, 0),
            PermitAccounting::InFlight => (self.in_flight, 0),
            PermitAccounting::TotalUnbounded => (self.admitted, self.late_releases),
            PermitAccounting::InFlightUnbounded => {
                (self.in_flight, self.late_results.saturating_add(self.late_releases))
            }
        };
        let overdue = settings
            .reprobe_after_ms
            .zip(self.latest)
            .is_some_and(|(patience, latest)| now.since(latest) >= patience.0);
        let free = settings.permitted.is_none_or(|permitted| used < permitted.saturating_add(more))
            || overdue;
        if free {
            self.admitted = self.admitted.saturating_add(1);
            self.in_flight = self.in_flight.saturating_add(1);
            self.latest = Some(now);
        }
        free
    }

    /// A probe is no longer in flight.
    pub(super) fn land(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// A probe's permit can be used again, also where permits are counted in total.
    pub(super) fn give_back(&mut self) {
        self.admitted = self.admitted.saturating_sub(1);
    }

    /// Counts a result; the next state, where it decides.
    pub(super) fn note(&mut self, settings: &Settings, sample: Sample) -> Option<(State, Reason)> {
        self.results.note(sample);
        if !sample.bad() {
            self.good = self.good.saturating_add(1);
        }
        let decide = &settings.half_open.decide;
        let (good, bad) = (self.good, self.results.calls.saturating_sub(self.good));
        let (close, reopen) = match decide.kind {
            DecideKind::Rate | DecideKind::RateAtExecutions => {
                if self.results.calls < settings.probes_needed() {
                    return None;
                }
                let threshold = decide.rate.or(settings.trip.failure_rate);
                return Some(match settings.rate_exceeded(self.results, threshold) {
                    Some(reason) => (State::Open, reason),
                    None => (State::Closed, Reason::ProbesSucceeded),
                });
            }
            // One bad result reopens, so all good ones are in a row.
            DecideKind::ConsecutiveSuccess => (good >= decide.successes, bad > 0),
            DecideKind::Ratio => {
                (good >= decide.successes, bad > decide.capacity.saturating_sub(decide.successes))
            }
            DecideKind::FailureRatio => {
                (good > decide.capacity.saturating_sub(decide.failures), bad >= decide.failures)
            }
        };
        if reopen {
            let slow = !sample.failed && sample.slow;
            let reason = if slow { Reason::ProbeSlow } else { Reason::ProbeFailed };
            Some((State::Open, reason))
        } else {
            close.then_some((State::Closed, Reason::ProbesSucceeded))
        }
    }
}
