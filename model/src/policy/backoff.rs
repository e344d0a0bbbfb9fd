//! How long to wait before the next attempt.
//!
//! Every formula takes `n`, the number of failed attempts so far minus one, so that the first wait
//! has `n = 0`. Arithmetic saturates: `n = 4_294_967_295` is a legal question.

use serde::{Deserialize, Serialize};

use super::{LONGEST, Problem, SHORTEST, duration_within};
use crate::time::SimDuration;

/// A formula. `U(a, b)` is uniform between `a` and `b`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `0`: try again at once.
    None,
    /// `base`: the same wait every time.
    Constant,
    /// `min(base·2ⁿ, cap)`: doubling, without jitter.
    Exponential,
    /// `min(base·2ⁿ + U(0, jitter), cap)`: jitter, then the cap. Once `base·2ⁿ` reaches the cap
    /// nothing of the jitter is left, and clients that failed together come back together.
    #[default]
    Essay,
    /// `min(base·2ⁿ, cap) + U(0, jitter)`: the cap, then jitter. May exceed the cap by the jitter.
    CapFirst,
    /// `U(0, min(cap, base·2ⁿ))`: “full jitter” of *Exponential Backoff And Jitter* (AWS
    /// Architecture Blog, 2015).
    Full,
    /// `t/2 + U(0, t/2)` with `t = min(cap, base·2ⁿ)`: “equal jitter” of the same article.
    Equal,
    /// `min(cap, U(base, 3·previous))`, where `previous` starts at `base`: “decorrelated jitter” of
    /// the same article.
    Decorrelated,
}

impl Kind {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 8] = [
        Self::None,
        Self::Constant,
        Self::Exponential,
        Self::Essay,
        Self::CapFirst,
        Self::Full,
        Self::Equal,
        Self::Decorrelated,
    ];

    /// The name in files and on the command line, such as `cap_first`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Constant => "constant",
            Self::Exponential => "exponential",
            Self::Essay => "essay",
            Self::CapFirst => "cap_first",
            Self::Full => "full",
            Self::Equal => "equal",
            Self::Decorrelated => "decorrelated",
        }
    }

    /// The name for people, wherever they read it: `full jitter`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Constant => "constant",
            Self::Exponential => "exponential",
            Self::Essay => "jitter, then cap",
            Self::CapFirst => "cap, then jitter",
            Self::Full => "full jitter",
            Self::Equal => "equal jitter",
            Self::Decorrelated => "decorrelated jitter",
        }
    }
}

/// A formula and its parameters. Parameters that a formula does not mention are kept and ignored.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Settings {
    /// The formula.
    pub kind: Kind,
    /// The first wait, before jitter: 1 µs to 24 h.
    pub base: SimDuration,
    /// What a wait may not exceed: 1 µs to 24 h. A cap below the base is legal and always wins.
    pub cap: SimDuration,
    /// The width of the jitter of [`Kind::Essay`] and [`Kind::CapFirst`]: up to 24 h.
    pub jitter: SimDuration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            kind: Kind::Essay,
            base: SimDuration::from_millis(100),
            cap: SimDuration::from_secs(2),
            jitter: SimDuration::from_millis(100),
        }
    }
}

impl Settings {
    /// Whether every parameter is in its range.
    ///
    /// # Errors
    /// The first parameter that is not.
    pub fn validate(&self) -> Result<(), Problem> {
        duration_within("base", self.base, SHORTEST, LONGEST)?;
        duration_within("cap", self.cap, SHORTEST, LONGEST)?;
        duration_within("jitter", self.jitter, SimDuration::ZERO, LONGEST)
    }

    /// The wait after `n + 1` failed attempts. `u` is a uniform draw from `[0, 1)`; `previous` is
    /// the wait before this one (only [`Kind::Decorrelated`] looks at it, and not for `n = 0`).
    #[must_use]
    pub fn wait(&self, n: u32, previous: SimDuration, u: f64) -> SimDuration {
        let grown = doubled(self.base, n);
        match self.kind {
            Kind::None => SimDuration::ZERO,
            Kind::Constant => self.base,
            Kind::Exponential => grown.min(self.cap),
            Kind::Essay => (grown + part(self.jitter, u)).min(self.cap),
            Kind::CapFirst => grown.min(self.cap) + part(self.jitter, u),
            Kind::Full => part(grown.min(self.cap), u),
            Kind::Equal => {
                let half = SimDuration::from_nanos(grown.min(self.cap).nanos() / 2);
                grown.min(self.cap) - half + part(half, u)
            }
            Kind::Decorrelated => {
                let previous = if n == 0 { self.base } else { previous };
                let spread = tripled(previous, 1) - self.base;
                (self.base + part(spread, u)).min(self.cap)
            }
        }
    }

    /// The shortest and the longest wait that `n` can give, whatever the draw.
    #[must_use]
    pub fn range(&self, n: u32) -> (SimDuration, SimDuration) {
        let grown = doubled(self.base, n);
        let capped = grown.min(self.cap);
        match self.kind {
            Kind::None => (SimDuration::ZERO, SimDuration::ZERO),
            Kind::Constant => (self.base, self.base),
            Kind::Exponential => (capped, capped),
            Kind::Essay => (capped, (grown + self.jitter).min(self.cap)),
            Kind::CapFirst => (capped, capped + self.jitter),
            Kind::Full => (SimDuration::ZERO, capped),
            Kind::Equal => (capped - SimDuration::from_nanos(capped.nanos() / 2), capped),
            Kind::Decorrelated => {
                let longest = tripled(self.base, n.saturating_add(1));
                (self.base.min(self.cap), longest.min(self.cap))
            }
        }
    }

    /// True where the cap has eaten all of the jitter: [`Kind::Essay`] with `base·2ⁿ ≥ cap`. Every
    /// client then waits exactly `cap`.
    #[must_use]
    pub fn clipped(&self, n: u32) -> bool {
        self.kind == Kind::Essay
            && self.jitter > SimDuration::ZERO
            && doubled(self.base, n) >= self.cap
    }

    /// All waits of one operation, for `n = 0, 1, 2, …`; `draws(n)` is uniform in `[0, 1)`.
    pub fn delays(self, draws: impl Fn(u32) -> f64) -> impl Iterator<Item = SimDuration> {
        (0..=u32::MAX).scan(self.base, move |previous, n| {
            *previous = self.wait(n, *previous, draws(n));
            Some(*previous)
        })
    }
}

/// `d·2ⁿ`, or the longest duration where that does not fit.
fn doubled(d: SimDuration, n: u32) -> SimDuration {
    if d == SimDuration::ZERO {
        return d;
    }
    if n > d.nanos().leading_zeros() {
        SimDuration::MAX
    } else {
        SimDuration::from_nanos(d.nanos() << n)
    }
}

/// `d·3ⁿ`, or the longest duration where that does not fit.
fn tripled(d: SimDuration, n: u32) -> SimDuration {
    SimDuration::from_nanos(d.nanos().saturating_mul(3u64.saturating_pow(n)))
}

/// `U(0, d)` for the draw `u`.
fn part(d: SimDuration, u: f64) -> SimDuration {
    d.scaled(u).min(d)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> SimDuration {
        SimDuration::from_millis(ms)
    }

    fn of(kind: Kind) -> Settings {
        Settings { kind, ..Settings::default() }
    }

    /// 100, 200, 400, … at the smallest draw.
    #[test]
    fn the_first_wait_is_the_base() {
        for kind in [Kind::Constant, Kind::Exponential, Kind::Essay, Kind::CapFirst] {
            assert_eq!(of(kind).wait(0, SimDuration::ZERO, 0.0), ms(100), "{kind:?}");
        }
        let waits: Vec<_> = of(Kind::Exponential).delays(|_| 0.5).take(6).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1600, 2000].map(ms));
    }

    #[test]
    fn each_formula_is_the_one_of_its_name() {
        let wait = |kind, n, u| of(kind).wait(n, ms(300), u);
        assert_eq!(wait(Kind::None, 3, 0.9), SimDuration::ZERO);
        assert_eq!(wait(Kind::Constant, 9, 0.9), ms(100));
        assert_eq!(wait(Kind::Essay, 2, 0.25), ms(425));
        assert_eq!(wait(Kind::CapFirst, 2, 0.25), ms(425));
        assert_eq!(wait(Kind::Full, 2, 0.25), ms(100));
        assert_eq!(wait(Kind::Equal, 2, 0.25), ms(250));
        // U(100, 900) after a wait of 300.
        assert_eq!(wait(Kind::Decorrelated, 2, 0.25), ms(300));
    }

    #[test]
    fn decorrelated_jitter_starts_from_the_base_and_grows_from_the_last_wait() {
        let waits: Vec<_> = of(Kind::Decorrelated).delays(|_| 0.5).take(4).collect();
        // The mean of each step: half the base and one and a half times the last.
        assert_eq!(waits, [200_000, 350_000, 575_000, 912_500].map(SimDuration::from_micros));
    }

    /// The trap: `base·2ⁿ ≥ cap` leaves no jitter at all, and every client waits exactly the cap.
    #[test]
    fn the_cap_eats_the_jitter_of_the_essay() {
        let essay = of(Kind::Essay);
        assert!(!essay.clipped(4) && essay.clipped(5));
        for u in [0.0, 0.3, 0.999] {
            assert_eq!(essay.wait(5, SimDuration::ZERO, u), ms(2000));
        }
        assert!(!of(Kind::CapFirst).clipped(5));
        assert!(!Settings { jitter: SimDuration::ZERO, ..essay }.clipped(5), "nothing to eat");
        assert_eq!(of(Kind::CapFirst).wait(5, SimDuration::ZERO, 0.5), ms(2050));
    }

    #[test]
    fn a_cap_below_the_base_wins() {
        let low = |kind| Settings { cap: ms(10), ..of(kind) };
        assert_eq!(low(Kind::Exponential).wait(0, SimDuration::ZERO, 0.0), ms(10));
        assert_eq!(low(Kind::Decorrelated).wait(1, ms(10), 0.0), ms(10));
        assert_eq!(low(Kind::Essay).validate(), Ok(()));
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        let problem = Settings { base: SimDuration::ZERO, ..Settings::default() }.validate();
        let problem = problem.expect_err("no base");
        assert_eq!(problem.to_string(), "base must be between 1 µs and 24 h, not 0 s");
        assert_eq!(
            Settings { jitter: SimDuration::ZERO, ..Settings::default() }.validate(),
            Ok(())
        );
        assert!(Settings { cap: SimDuration::MAX, ..Settings::default() }.validate().is_err());
    }

    #[test]
    fn files_name_kinds_as_the_command_line_does() {
        for kind in Kind::ALL {
            let json = serde_json::to_string(&kind).expect("a name");
            assert_eq!(json, format!("\"{}\"", kind.name()));
        }
        let read: Settings = serde_json::from_str(r#"{"kind":"full","cap":"5 s"}"#).expect("valid");
        assert_eq!(read, Settings { cap: ms(5000), ..of(Kind::Full) });
        assert!(serde_json::from_str::<Settings>(r#"{"maximum":"5 s"}"#).is_err());
    }
}
