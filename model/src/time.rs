//! Virtual time: whole nanoseconds since the start of a run.
//!
//! No floating point and no wall clock: two runs that do the same things do them at the same
//! nanosecond on every machine.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const NS_PER_US: u64 = 1_000;
const NS_PER_MS: u64 = 1_000_000;
const NS_PER_S: u64 = 1_000_000_000;

/// An instant of a run, in nanoseconds since its start.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash, Debug)]
pub struct SimTime(u64);

/// A length of virtual time, in nanoseconds. Arithmetic saturates: nothing overflows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash, Debug)]
pub struct SimDuration(u64);

impl SimTime {
    /// The start of every run.
    pub const ZERO: Self = Self(0);
    /// Later than anything that happens.
    pub const MAX: Self = Self(u64::MAX);

    /// The instant `ns` nanoseconds after the start.
    #[must_use]
    pub const fn from_nanos(ns: u64) -> Self {
        Self(ns)
    }

    /// The instant `ms` milliseconds after the start.
    #[must_use]
    pub const fn from_millis(ms: u64) -> Self {
        Self(ms.saturating_mul(NS_PER_MS))
    }

    /// Nanoseconds since the start.
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Seconds since the start, for drawing and printing only.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / NS_PER_S as f64
    }

    /// With two decimals: `6.42 s`.
    #[must_use]
    pub fn short(self) -> String {
        let hundredths = self.0.saturating_add(5_000_000) / 10_000_000;
        format!("{}.{:02} s", hundredths / 100, hundredths % 100)
    }

    /// The time passed since `earlier`; zero if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0))
    }
}

impl SimDuration {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// Longer than any run.
    pub const MAX: Self = Self(u64::MAX);

    /// `ns` nanoseconds.
    #[must_use]
    pub const fn from_nanos(ns: u64) -> Self {
        Self(ns)
    }

    /// `us` microseconds.
    #[must_use]
    pub const fn from_micros(us: u64) -> Self {
        Self(us.saturating_mul(NS_PER_US))
    }

    /// `ms` milliseconds.
    #[must_use]
    pub const fn from_millis(ms: u64) -> Self {
        Self(ms.saturating_mul(NS_PER_MS))
    }

    /// `s` seconds.
    #[must_use]
    pub const fn from_secs(s: u64) -> Self {
        Self(s.saturating_mul(NS_PER_S))
    }

    /// The nearest whole number of nanoseconds to `ns`; NaN and negatives give zero, and what
    /// does not fit gives [`SimDuration::MAX`].
    #[must_use]
    pub fn from_nanos_f64(ns: f64) -> Self {
        // `as` saturates and maps NaN to 0.
        Self((ns + 0.5) as u64)
    }

    /// Nanoseconds.
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Milliseconds, for drawing and printing only.
    #[must_use]
    pub fn millis(self) -> f64 {
        self.0 as f64 / NS_PER_MS as f64
    }

    /// Seconds, for drawing and printing only.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / NS_PER_S as f64
    }

    /// This duration `k` times over, rounded to a nanosecond; saturates.
    #[must_use]
    pub fn scaled(self, k: f64) -> Self {
        Self::from_nanos_f64(self.0 as f64 * k)
    }
}

impl Add<SimDuration> for SimTime {
    type Output = Self;
    fn add(self, d: SimDuration) -> Self {
        Self(self.0.saturating_add(d.0))
    }
}

impl Add for SimDuration {
    type Output = Self;
    fn add(self, d: Self) -> Self {
        Self(self.0.saturating_add(d.0))
    }
}

impl AddAssign for SimDuration {
    fn add_assign(&mut self, d: Self) {
        *self = *self + d;
    }
}

impl Sub for SimDuration {
    type Output = Self;
    fn sub(self, d: Self) -> Self {
        Self(self.0.saturating_sub(d.0))
    }
}

/// Prints with the unit a person would choose and at most three decimals: `300 ms`, `1.25 s`.
impl fmt::Display for SimDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, name) = match self.0 {
            0 => return f.write_str("0 s"),
            n if n < NS_PER_US => (1, "ns"),
            n if n < NS_PER_MS => (NS_PER_US, "µs"),
            n if n < NS_PER_S => (NS_PER_MS, "ms"),
            _ => (NS_PER_S, "s"),
        };
        let thousandths = self.0 / unit * 1000 + (self.0 % unit * 1000 + unit / 2) / unit;
        write_thousandths(f, thousandths)?;
        write!(f, " {name}")
    }
}

/// Prints in seconds with three decimals: `7.214 s`.
impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0 / NS_PER_MS + u64::from(self.0 % NS_PER_MS >= NS_PER_MS / 2);
        write!(f, "{}.{:03} s", ms / 1000, ms % 1000)
    }
}

fn write_thousandths(f: &mut fmt::Formatter<'_>, thousandths: u64) -> fmt::Result {
    let (whole, rest) = (thousandths / 1000, thousandths % 1000);
    match rest {
        0 => write!(f, "{whole}"),
        r if r % 100 == 0 => write!(f, "{whole}.{}", r / 100),
        r if r % 10 == 0 => write!(f, "{whole}.{:02}", r / 10),
        r => write!(f, "{whole}.{r:03}"),
    }
}

/// Why a text is not a duration.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "“{0}” is not a duration; write a number and a unit: ns, us, ms, s, m or h, as in “300 ms”"
)]
pub struct DurationError(String);

impl FromStr for SimDuration {
    type Err = DurationError;

    /// Reads `300 ms`, `1.5s`, `2m`; a unit is required, except for `0`.
    fn from_str(text: &str) -> Result<Self, DurationError> {
        let bad = || DurationError(text.chars().take(40).collect());
        let trimmed = text.trim();
        let split =
            trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
        let (number, unit) = (&trimmed[..split], trimmed[split..].trim());
        let value = crate::decimal::parse(number).ok_or_else(bad)?;
        let unit = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => NS_PER_US,
            "ms" => NS_PER_MS,
            "s" => NS_PER_S,
            "m" | "min" => 60 * NS_PER_S,
            "h" => 3600 * NS_PER_S,
            "" if value == 0.0 => 1,
            _ => return Err(bad()),
        };
        Ok(Self::from_nanos_f64(value * unit as f64))
    }
}

/// The exact text of a duration, for files: the largest unit that leaves no remainder.
fn exact_text(ns: u64) -> String {
    match ns {
        0 => "0 s".into(),
        n if n % NS_PER_S == 0 => format!("{} s", n / NS_PER_S),
        n if n % NS_PER_MS == 0 => format!("{} ms", n / NS_PER_MS),
        n if n % NS_PER_US == 0 => format!("{} us", n / NS_PER_US),
        n => format!("{n} ns"),
    }
}

struct TimeVisitor;

impl de::Visitor<'_> for TimeVisitor {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as “300 ms”")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<u64, E> {
        text.parse::<SimDuration>().map(SimDuration::nanos).map_err(E::custom)
    }
}

/// People read `"300 ms"`; links carry the number of nanoseconds.
impl Serialize for SimDuration {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() {
            s.serialize_str(&exact_text(self.0))
        } else {
            s.serialize_u64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for SimDuration {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        if d.is_human_readable() {
            d.deserialize_str(TimeVisitor).map(Self)
        } else {
            u64::deserialize(d).map(Self)
        }
    }
}

impl Serialize for SimTime {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        SimDuration(self.0).serialize(s)
    }
}

impl<'de> Deserialize<'de> for SimTime {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        SimDuration::deserialize(d).map(|d| Self(d.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_print_as_people_write_them() {
        let shown = |ns| SimDuration::from_nanos(ns).to_string();
        assert_eq!(shown(0), "0 s");
        assert_eq!(shown(300 * NS_PER_MS), "300 ms");
        assert_eq!(shown(1_250 * NS_PER_MS), "1.25 s");
        assert_eq!(shown(1_500), "1.5 µs");
        assert_eq!(SimTime::from_millis(7_214).to_string(), "7.214 s");
        assert_eq!(SimTime::from_millis(6_368).short(), "6.37 s");
    }

    #[test]
    fn a_number_without_a_unit_is_refused_with_a_sentence() {
        let error = "300".parse::<SimDuration>().expect_err("no unit");
        assert!(error.to_string().contains("as in “300 ms”"));
        assert!("-1 s".parse::<SimDuration>().is_err());
        assert_eq!("0".parse(), Ok(SimDuration::ZERO));
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(SimTime::MAX + SimDuration::MAX, SimTime::MAX);
        assert_eq!(SimDuration::from_secs(u64::MAX), SimDuration::MAX);
        assert_eq!(SimDuration::from_nanos_f64(f64::NAN), SimDuration::ZERO);
        assert_eq!(SimDuration::from_nanos_f64(f64::INFINITY), SimDuration::MAX);
    }

    proptest! {
        #[test]
        fn files_keep_every_nanosecond(ns in 0u64..86_400_000_000_000) {
            let text = exact_text(ns);
            prop_assert_eq!(text.parse::<SimDuration>(), Ok(SimDuration(ns)));
        }
    }
}
