//! The exponential function in operations that every machine rounds alike.

use std::f64::consts::LOG2_E;

/// The logarithm of 2 in two parts, of which the upper has few enough digits that a product with a
/// small whole number is exact.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Added to a small number and subtracted again, it rounds to a whole one.
const ROUNDING: f64 = 6_755_399_441_055_744.0;
/// Beyond this the result is not a normal number. As a duration, that is forever or none.
const RANGE: f64 = 700.0;

/// `e` to this power, with a relative error of about 1e-12; beyond ±700, as at ±700.
///
/// The whole power of 2 goes to the exponent, and what is left is small enough for the Taylor
/// series. By Estrin's scheme, whose steps do not wait for each other as those of Horner's do.
pub(super) fn exp(x: f64) -> f64 {
    let x = x.clamp(-RANGE, RANGE);
    let rounded = x * LOG2_E + ROUNDING;
    let whole = rounded - ROUNDING;
    let r = (x - whole * LN_2_HIGH) - whole * LN_2_LOW;
    let (r2, r4) = (r * r, (r * r) * (r * r));
    let c = |n: usize| INVERSE_FACTORIALS[n];
    let low = (c(0) + c(1) * r) + (c(2) + c(3) * r) * r2;
    let middle = (c(4) + c(5) * r) + (c(6) + c(7) * r) * r2;
    let high = (c(8) + c(9) * r) + c(10) * r2;
    let series = low + middle * r4 + high * (r4 * r4);
    // The whole number is in the low bits.
    series * f64::from_bits(rounded.to_bits().wrapping_add(1023) << 52)
}

const INVERSE_FACTORIALS: [f64; 11] = [
    1.0,
    1.0,
    1.0 / 2.0,
    1.0 / 6.0,
    1.0 / 24.0,
    1.0 / 120.0,
    1.0 / 720.0,
    1.0 / 5_040.0,
    1.0 / 40_320.0,
    1.0 / 362_880.0,
    1.0 / 3_628_800.0,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_exponential_function() {
        for i in -70_000..=70_000 {
            let x = f64::from(i) * 0.01;
            let want = libm::exp(x);
            assert!((exp(x) / want - 1.0).abs() < 1e-12, "{x}: {} instead of {want}", exp(x));
        }
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(1e9), exp(RANGE));
    }
}
