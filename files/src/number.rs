//! Numbers as people and JSON write them.

use half_open::time::{SimDuration, SimTime};
pub use half_open_view::numbers::grouped;
use serde::{Serialize, Serializer};

/// A number of milliseconds, whole where it can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ms(pub SimDuration);

impl From<SimTime> for Ms {
    fn from(at: SimTime) -> Self {
        Self(at.since(SimTime::ZERO))
    }
}

impl Serialize for Ms {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const NS_PER_MS: u64 = 1_000_000;
        if self.0.nanos().is_multiple_of(NS_PER_MS) {
            serializer.serialize_u64(self.0.nanos() / NS_PER_MS)
        } else {
            serializer.serialize_f64(self.0.millis())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([0u32, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn whole_milliseconds_are_whole_numbers() {
        let written = |ns| serde_json::to_string(&Ms(SimDuration::from_nanos(ns))).unwrap();
        assert_eq!([60_000_000_000, 1_500_000, 0].map(written), ["60000", "1.5", "0"]);
    }
}
