//! Durations that files write as a number of milliseconds.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::time::SimDuration;

const NS_PER_MS: u64 = 1_000_000;

/// A duration whose setting's name ends in `_ms`: a number of milliseconds in JSON, possibly with a
/// fraction, and a number of nanoseconds in links.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash, Debug)]
pub struct Millis(pub SimDuration);

impl Millis {
    /// `ms` milliseconds.
    #[must_use]
    pub const fn new(ms: u64) -> Self {
        Self(SimDuration::from_millis(ms))
    }
}

impl From<SimDuration> for Millis {
    fn from(d: SimDuration) -> Self {
        Self(d)
    }
}

impl From<Millis> for SimDuration {
    fn from(ms: Millis) -> Self {
        ms.0
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let ns = self.0.nanos();
        if !s.is_human_readable() {
            s.serialize_u64(ns)
        } else if ns.is_multiple_of(NS_PER_MS) {
            s.serialize_u64(ns / NS_PER_MS)
        } else {
            s.serialize_f64(self.0.millis())
        }
    }
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        if d.is_human_readable() {
            d.deserialize_f64(NumberVisitor)
        } else {
            u64::deserialize(d).map(|ns| Self(SimDuration::from_nanos(ns)))
        }
    }
}

struct NumberVisitor;

impl de::Visitor<'_> for NumberVisitor {
    type Value = Millis;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of milliseconds, not negative")
    }

    fn visit_u64<E: de::Error>(self, ms: u64) -> Result<Millis, E> {
        Ok(Millis::new(ms))
    }

    fn visit_i64<E: de::Error>(self, ms: i64) -> Result<Millis, E> {
        u64::try_from(ms)
            .map(Millis::new)
            .map_err(|_| E::invalid_value(de::Unexpected::Signed(ms), &self))
    }

    fn visit_f64<E: de::Error>(self, ms: f64) -> Result<Millis, E> {
        if ms >= 0.0 {
            Ok(Millis(SimDuration::from_nanos_f64(ms * NS_PER_MS as f64)))
        } else {
            Err(E::invalid_value(de::Unexpected::Float(ms), &self))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_hold_a_number_of_milliseconds() {
        let read = |json| serde_json::from_str::<Millis>(json);
        assert_eq!(read("2000").ok(), Some(Millis::new(2000)));
        assert_eq!(read("0.25").ok(), Some(Millis(SimDuration::from_micros(250))));
        let written = |ms: Millis| serde_json::to_string(&ms).expect("a number");
        assert_eq!(written(Millis::new(2000)), "2000");
        assert_eq!(written(Millis(SimDuration::from_micros(250))), "0.25");
    }

    #[test]
    fn what_is_no_duration_is_refused_with_a_sentence() {
        for json in ["-1", "-0.5", "\"2 s\""] {
            let error = serde_json::from_str::<Millis>(json).expect_err(json).to_string();
            assert!(error.contains("a number of milliseconds, not negative"), "{error}");
        }
    }
}
