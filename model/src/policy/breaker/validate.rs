//! Which settings a breaker accepts.

use super::millis::Millis;
use super::recovery::{Decide, DecideKind, Exponential, HalfOpen, Open, PermitAccounting};
use super::settings::{Denominator, Settings, Slow, Trip, Window, WindowKind};
use super::window::counts_admissions;
use crate::policy::{LONGEST, Problem, SHORTEST, count_within, duration_within, number_within};
use crate::time::SimDuration;

/// The most calls or probes that any setting speaks of.
const MOST: u32 = 10_000;

impl Settings {
    /// Whether every parameter is in its range, and all of them make sense together.
    ///
    /// # Errors
    /// The first parameter that is not, by its dotted path.
    pub fn validate(&self) -> Result<(), Problem> {
        self.window.validate().map_err(|p| p.within("window"))?;
        self.trip.validate().map_err(|p| p.within("trip"))?;
        if let Some(slow) = &self.slow {
            slow.validate().map_err(|p| p.within("slow"))?;
            if self.window.kind == WindowKind::Consecutive {
                let message = "must be null for a consecutive window, which holds failures only";
                return Err(Problem::new("slow", message));
            }
        }
        if self.denominator != Denominator::Completed && !counts_admissions(self) {
            let message = "must be completed for a consecutive or count window";
            return Err(Problem::new("denominator", message));
        }
        self.open.validate().map_err(|p| p.within("open"))?;
        self.half_open.validate().map_err(|p| p.within("half_open"))?;
        self.validate_verdict().map_err(|p| p.within("half_open"))
    }

    /// A half-open breaker must be able to come to a verdict.
    fn validate_verdict(&self) -> Result<(), Problem> {
        let HalfOpen { permitted, permit_accounting, decide, .. } = &self.half_open;
        let by_rate = matches!(decide.kind, DecideKind::Rate | DecideKind::RateAtExecutions);
        let rate = decide.rate.or(self.trip.failure_rate);
        if by_rate && rate.is_none() && self.slow.is_none() {
            let message = "must be between 0 and 1 where trip.failure_rate is null";
            return Err(Problem::new("decide.rate", message));
        }
        let rescued =
            self.half_open.max_wait_ms.is_some() || self.half_open.reprobe_after_ms.is_some();
        let Some(permitted) = permitted else { return Ok(()) };
        let needed = self.probes_needed();
        let in_total =
            matches!(permit_accounting, PermitAccounting::Total | PermitAccounting::TotalUnbounded);
        if in_total && *permitted < needed && !rescued {
            let message = format!(
                "must be at least {needed}, because so many results may be needed to decide, \
                 not {permitted}"
            );
            return Err(Problem::new("permitted", message));
        }
        Ok(())
    }
}

impl Window {
    fn validate(&self) -> Result<(), Problem> {
        count_within("size", self.size, 1, MOST)?;
        let shortest = SimDuration::from_millis(1);
        duration_within("duration_ms", self.duration_ms.0, shortest, LONGEST)?;
        count_within("buckets", self.buckets, 1, 1_000)?;
        count_within("min_calls", self.min_calls, 0, MOST)
    }
}

impl Trip {
    fn validate(&self) -> Result<(), Problem> {
        optional(self.failures, |n| count_within("failures", n, 1, MOST))?;
        optional(self.failure_rate, |rate| fraction("failure_rate", rate))
    }
}

impl Slow {
    fn validate(&self) -> Result<(), Problem> {
        wait("threshold_ms", self.threshold_ms)?;
        fraction("rate", self.rate)
    }
}

impl Open {
    fn validate(&self) -> Result<(), Problem> {
        wait("wait_ms", self.wait_ms)?;
        fraction("jitter", self.jitter)?;
        if self.schedule_ms.len() > 100 {
            let message = format!("must have at most 100 waits, not {}", self.schedule_ms.len());
            return Err(Problem::new("schedule_ms", message));
        }
        self.schedule_ms.iter().try_for_each(|&ms| wait("schedule_ms", ms))?;
        optional(self.exponential, |e| e.validate().map_err(|p| p.within("exponential")))
    }
}

impl Exponential {
    fn validate(&self) -> Result<(), Problem> {
        wait("initial_ms", self.initial_ms)?;
        number_within("multiplier", self.multiplier, 1.0, 100.0)?;
        wait("max_ms", self.max_ms)
    }
}

impl HalfOpen {
    fn validate(&self) -> Result<(), Problem> {
        optional(self.permitted, |n| count_within("permitted", n, 1, MOST))?;
        optional(self.reprobe_after_ms, |ms| wait("reprobe_after_ms", ms))?;
        optional(self.max_wait_ms, |ms| wait("max_wait_ms", ms))?;
        self.decide.validate().map_err(|p| p.within("decide"))
    }
}

impl Decide {
    fn validate(&self) -> Result<(), Problem> {
        optional(self.rate, |rate| fraction("rate", rate))?;
        optional(self.min_calls, |n| count_within("min_calls", n, 1, MOST))?;
        count_within("capacity", self.capacity, 1, MOST)?;
        let most = |kind| if self.kind == kind { self.capacity } else { MOST };
        count_within("successes", self.successes, 1, most(DecideKind::Ratio))?;
        count_within("failures", self.failures, 1, most(DecideKind::FailureRatio))?;
        count_within("executions", self.executions, 1, MOST)
    }
}

fn optional<T>(value: Option<T>, check: impl Fn(T) -> Result<(), Problem>) -> Result<(), Problem> {
    value.map_or(Ok(()), check)
}

fn wait(field: &str, ms: Millis) -> Result<(), Problem> {
    duration_within(field, ms.0, SHORTEST, LONGEST)
}

fn fraction(field: &str, rate: f64) -> Result<(), Problem> {
    number_within(field, rate, 0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(json: &str) -> String {
        let settings: Settings = serde_json::from_str(json).expect("the shape is right");
        settings.validate().expect_err("out of range").to_string()
    }

    #[test]
    fn what_is_absent_has_its_default() {
        assert_eq!(serde_json::from_str::<Settings>("{}").ok(), Some(Settings::default()));
        let json = r#"{"trip":{"failure_rate":null},"open":{"exponential":{"multiplier":3}}}"#;
        let settings: Settings = serde_json::from_str(json).expect("valid");
        assert_eq!(settings.trip.failure_rate, None);
        assert_eq!(settings.open.exponential.map(|e| e.max_ms), Some(Millis::new(60_000)));
        assert_eq!(Settings::default().validate(), Ok(()));
    }

    #[test]
    fn what_does_not_exist_is_refused() {
        for json in [r#"{"windows":{}}"#, r#"{"half_open":{"decide":{"kind":"best"}}}"#] {
            assert!(serde_json::from_str::<Settings>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn problems_are_sentences_with_a_path() {
        for (json, sentence) in [
            (r#"{"window":{"size":0}}"#, "window.size must be between 1 and 10000, not 0"),
            (
                r#"{"open":{"exponential":{"multiplier":0.5}}}"#,
                "open.exponential.multiplier must be between 1 and 100, not 0.5",
            ),
            (
                r#"{"open":{"schedule_ms":[5,0]}}"#,
                "open.schedule_ms must be between 1 µs and 24 h, not 0 s",
            ),
            (
                r#"{"trip":{"failure_rate":50}}"#,
                "trip.failure_rate must be between 0 and 1, not 50",
            ),
            (
                r#"{"denominator":"fires"}"#,
                "denominator must be completed for a consecutive or count window",
            ),
            (
                r#"{"half_open":{"decide":{"kind":"ratio","successes":3,"capacity":2}}}"#,
                "half_open.decide.successes must be between 1 and 2, not 3",
            ),
        ] {
            assert_eq!(refusal(json), sentence);
        }
    }

    #[test]
    fn a_half_open_breaker_that_could_never_decide_is_refused() {
        let stuck = r#"{"half_open":{"permit_accounting":"total","decide":{"successes":3}}}"#;
        assert!(refusal(stuck).starts_with("half_open.permitted must be at least 3, because"));
        let rescued = r#"{"half_open":{"permit_accounting":"total","max_wait_ms":1000,
            "decide":{"successes":3}}}"#;
        let rescued: Settings = serde_json::from_str(rescued).expect("valid");
        assert_eq!(rescued.validate(), Ok(()));
        let deaf = r#"{"trip":{"failure_rate":null},"half_open":{"decide":{"kind":"rate"}}}"#;
        assert!(refusal(deaf).starts_with("half_open.decide.rate must be"));
    }

    #[test]
    fn files_carry_every_setting() {
        let json = r#"{"slow":{"threshold_ms":0.5},"half_open":{"permitted":null},
            "open":{"schedule_ms":[1,2.5]},"trip":{"failures":3},"window":{"kind":"time"}}"#;
        let settings: Settings = serde_json::from_str(json).expect("valid");
        let text = serde_json::to_string(&settings).expect("encodes");
        assert_eq!(serde_json::from_str::<Settings>(&text).ok(), Some(settings));
    }
}
