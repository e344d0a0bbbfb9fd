//! Inverse distribution functions, looked up where that is exact enough.

use super::exp::exp;
use super::normal;

/// How many bits of a draw choose a cell.
const CELL_BITS: u32 = 11;
const CELLS: usize = 1 << CELL_BITS;
/// The cells at either end in which the function is too crooked to be looked up.
const ENDS: usize = CELLS / 32;
/// The bits below the cell that say where in it.
const REST_BITS: u32 = 53 - CELL_BITS;

/// A distribution by its shape alone.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Shape {
    /// Exponential with a mean of 1.
    Exponential,
    /// Log-normal with a median of 1 and this sigma.
    LogNormal(f64),
    /// Normal with a mean of 0 and a deviation of 1.
    Normal,
}

impl Shape {
    /// The value that is not exceeded with probability `p`, which is neither 0 nor 1.
    fn quantile(self, p: f64) -> f64 {
        match self {
            Self::Exponential => -libm::log(1.0 - p),
            Self::Normal => normal::quantile(p),
            Self::LogNormal(sigma) => exp(sigma * normal::quantile(p)),
        }
    }
}

/// The inverse of a distribution function. In the middle, where 15 of 16 draws lie, it is a
/// straight line between the values at the ends of a cell, within 3e-5 of the curve (of sigma times
/// the value, for a log-normal one); at either end it is exact.
#[derive(Debug)]
pub(super) struct Curve {
    pub(super) shape: Shape,
    cells: Vec<f32>,
}

impl Curve {
    pub(super) fn new(shape: Shape) -> Self {
        let ends = ENDS..=CELLS - ENDS;
        let cells = ends.map(|cell| shape.quantile(cell as f64 / CELLS as f64) as f32).collect();
        Self { shape, cells }
    }

    /// The value at the uniform draw that these random bits stand for.
    pub(super) fn at(&self, bits: u64) -> f64 {
        let cell = (bits >> (64 - CELL_BITS)) as usize;
        let cell = cell.wrapping_sub(ENDS);
        if let (Some(from), Some(to)) = (self.cells.get(cell), self.cells.get(cell.wrapping_add(1)))
        {
            let rest = (bits >> 11 & ((1 << REST_BITS) - 1)) as i64;
            let (from, to) = (f64::from(*from), f64::from(*to));
            return from + (to - from) * (rest as f64 * (1.0 / (1u64 << REST_BITS) as f64));
        }
        self.at_end(bits)
    }

    #[inline(never)]
    fn at_end(&self, bits: u64) -> f64 {
        // The middle of one of 2^53 cells, so neither 0 nor 1.
        self.shape.quantile(((bits >> 11) as f64 + 0.5) * (1.0 / (1u64 << 53) as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_up_is_close_to_the_curve() {
        for (shape, scale) in
            [(Shape::Exponential, 1.0), (Shape::LogNormal(0.5), 0.5), (Shape::Normal, 1.0)]
        {
            let curve = Curve::new(shape);
            for i in 0..100_000u64 {
                let p = (i as f64 + 0.5) / 100_000.0;
                let found = curve.at(((p * (1u64 << 53) as f64) as u64) << 11);
                let exact = shape.quantile(p);
                assert!(
                    (found - exact).abs() < 3e-5 * scale * exact.abs().max(1.0),
                    "{shape:?} {p}"
                );
            }
        }
    }
}
