//! How fast time passes: from a thousandth of life to a hundred times.

/// Virtual seconds per second, and what to call that.
pub(crate) const SPEEDS: [(f64, &str); 17] = [
    (0.001, "1/1000×"),
    (0.002, "1/500×"),
    (0.005, "1/200×"),
    (0.01, "1/100×"),
    (0.02, "1/50×"),
    (0.04, "1/25×"),
    (0.0625, "1/16×"),
    (0.125, "1/8×"),
    (0.25, "1/4×"),
    (0.5, "1/2×"),
    (1.0, "1×"),
    (2.0, "2×"),
    (5.0, "5×"),
    (10.0, "10×"),
    (25.0, "25×"),
    (50.0, "50×"),
    (100.0, "100×"),
];

/// A quarter of life: slow enough to follow a request, fast enough to see a breaker trip.
pub(crate) const DEFAULT_SPEED: usize = 8;
