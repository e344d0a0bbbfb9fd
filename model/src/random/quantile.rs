//! Inverse distribution functions, looked up where that is exact enough.

use std::sync::OnceLock;

/// How many bits of a draw choose a cell.
const CELL_BITS: u32 = 11;
const CELLS: usize = 1 << CELL_BITS;
/// The cells at either end in which the function is too crooked to be looked up.
const ENDS: usize = CELLS / 32;
/// The bits below the cell that say where in it.
const REST_BITS: u32 = 53 - CELL_BITS;

/// The inverse of a distribution function. In the middle, where 15 of 16 draws lie, it is a
/// straight line between the exact values at the ends of a cell; at either end it is exact. The
/// lines of the standard normal and exponential distributions are within 3e-5 of the curve.
pub(super) struct Quantile {
    exact: fn(f64) -> f64,
    cells: OnceLock<Vec<f32>>,
}

impl Quantile {
    /// `exact` increases over (0, 1).
    pub(super) const fn new(exact: fn(f64) -> f64) -> Self {
        Self { exact, cells: OnceLock::new() }
    }

    /// The value at the uniform draw that these random bits stand for.
    pub(super) fn at(&self, bits: u64) -> f64 {
        let cell = (bits >> (64 - CELL_BITS)) as usize;
        let cells = self.cells.get_or_init(|| self.look());
        if let Some([from, to]) = cell.checked_sub(ENDS).and_then(|cell| cells.get(cell..cell + 2))
        {
            let rest = bits >> 11 & ((1 << REST_BITS) - 1);
            let (from, to) = (f64::from(*from), f64::from(*to));
            return from + (to - from) * (rest as f64 * (1.0 / (1u64 << REST_BITS) as f64));
        }
        // The middle of one of 2^53 cells, so neither 0 nor 1.
        (self.exact)(((bits >> 11) as f64 + 0.5) * (1.0 / (1u64 << 53) as f64))
    }

    #[cold]
    fn look(&self) -> Vec<f32> {
        let ends = ENDS..=CELLS - ENDS;
        ends.map(|cell| (self.exact)(cell as f64 / CELLS as f64) as f32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::normal;

    #[test]
    fn what_is_looked_up_is_close_to_the_curve() {
        let quantile = Quantile::new(normal::quantile);
        for i in 0..100_000u64 {
            let p = (i as f64 + 0.5) / 100_000.0;
            let found = quantile.at(((p * (1u64 << 53) as f64) as u64) << 11);
            assert!((found - normal::quantile(p)).abs() < 2e-5, "{p}");
        }
    }
}
