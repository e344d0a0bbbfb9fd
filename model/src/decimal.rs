//! Reads decimal numbers as people type them, and writes them.
//!
//! The standard library reads and writes any number to the last bit, with tables that alone would
//! be a tenth of the page. What people type is short: up to 2^53 with up to 22 decimals this is as
//! exact (Clinger, *How to Read Floating Point Numbers Accurately*, 1990, the fast path), and
//! beyond that right to fifteen digits.

/// The most powers of ten that are exact as numbers of 64 bits.
const EXACT: usize = 22;
/// The largest number that so many zeros and eighteen digits can stand for.
const HUGE: f64 = 1e39;
/// More than what the digits of any number amount to, and less than an integer holds.
const MOST: f64 = 1e18;
/// More digits than any duration or count needs; a longer text is refused.
const LONGEST: usize = 40;

/// The number that the text is: `300`, `-1.5`, `.25`; no exponent. None if it is not one.
#[must_use]
pub fn parse(text: &str) -> Option<f64> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits.len() > LONGEST || !digits.iter().any(u8::is_ascii_digit) {
        return None;
    }
    let (mut mantissa, mut whole, mut decimals) = (0_u64, true, 0_usize);
    let mut dropped = 0_usize;
    for digit in digits {
        match digit {
            b'.' if whole => whole = false,
            b'0'..=b'9' if mantissa < u64::MAX / 100 => {
                mantissa = mantissa * 10 + u64::from(digit - b'0');
                decimals += usize::from(!whole);
            }
            // Digits behind the eighteenth tell nothing that a number can hold.
            b'0'..=b'9' => dropped += usize::from(whole),
            _ => return None,
        }
    }
    let mut value = mantissa as f64;
    while decimals > 0 {
        let step = decimals.min(EXACT);
        value /= ten_to(step);
        decimals -= step;
    }
    value *= ten_to(dropped);
    Some(if negative { -value } else { value })
}

/// The shortest text that stands for this number: `300`, `-1.5`, `0.25`.
#[must_use]
pub fn show(value: f64) -> String {
    let sign = if value < 0.0 { "-" } else { "" };
    let mut size = value.abs();
    if size == 0.0 || !size.is_finite() {
        let word = if size == 0.0 {
            "0"
        } else if size.is_nan() {
            "NaN"
        } else {
            "inf"
        };
        return format!("{sign}{word}");
    }
    let mut beyond = 0;
    while size > HUGE {
        size /= ten_to(EXACT);
        beyond += EXACT;
    }
    let (digits, zeros, decimals) = fewest_digits(size);
    let mut text = format!("{digits:0width$}", width = decimals + 1);
    if decimals > 0 {
        text.insert(text.len() - decimals, '.');
    }
    text.extend(std::iter::repeat_n('0', zeros + beyond));
    text.insert_str(0, sign);
    text
}

/// The same with at most so many decimals, and none that say nothing.
#[must_use]
pub fn rounded(value: f64, decimals: usize) -> String {
    let steps = ten_to(decimals);
    show(libm::round(value * steps) / steps)
}

/// As few digits as are told from any other number, the zeros behind them, and how many of the
/// digits are decimals.
fn fewest_digits(size: f64) -> (u64, usize, usize) {
    let with_zeros = (1..=EXACT).rev().map(|zeros| (zeros, 0));
    let with_decimals = (0..=EXACT).map(|decimals| (0, decimals));
    let mut best = (0, 0, 0);
    for (zeros, decimals) in with_zeros.chain(with_decimals) {
        let (down, up) = (ten_to(zeros), ten_to(decimals));
        let digits = libm::round(size / down * up);
        if digits > MOST {
            break;
        }
        best = (digits as u64, zeros, decimals);
        if digits * down / up == size {
            break;
        }
    }
    best
}

fn ten_to(power: usize) -> f64 {
    (0..power).fold(1.0, |product, _| product * 10.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{parse, rounded, show};

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", ".", "-", "1.2.3", "1e3", "nan", "inf", "1 ", "½", "--1"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"9".repeat(41)), None);
    }

    #[test]
    fn numbers_are_written_as_short_as_they_can_be() {
        let numbers = [
            (0.0, "0"),
            (1.0, "1"),
            (-2.5, "-2.5"),
            (0.3, "0.3"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e-3, "0.001"),
            (1e22, "10000000000000000000000"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-inf"),
            (1e-300, "0.0000000000000000000000"),
        ];
        for (number, text) in numbers {
            assert_eq!(show(number), text);
        }
        assert_eq!(show(1e300).len(), 301);
        assert_eq!(rounded(2.0 / 3.0, 2), "0.67");
        assert_eq!(rounded(99.999, 1), "100");
    }

    proptest! {
        #[test]
        fn what_people_typed_is_written_as_the_standard_library_would(
            digits in 0_u64..1_000_000_000_000_000, power in -15_i32..=15, negative: bool,
        ) {
            let sign = if negative { "-" } else { "" };
            let value: f64 = format!("{sign}{digits}e{power}").parse().expect("a number");
            prop_assert_eq!(show(value), value.abs().to_string().replacen("", if value < 0.0 { "-" } else { "" }, 1));
        }

        #[test]
        fn any_number_is_written_right_to_fifteen_digits(value in -1e60_f64..1e60) {
            let read: f64 = show(value).parse().expect("a number");
            prop_assert!((read - value).abs() <= value.abs() * 1e-15, "{} is not {}", read, value);
        }

        #[test]
        fn what_people_type_is_read_to_the_last_bit(whole in 0_u64..10_000_000_000, part in "[0-9]{0,5}") {
            for text in [format!("{whole}.{part}"), format!("-{whole}.{part}"), whole.to_string()] {
                prop_assert_eq!(parse(&text), text.parse().ok(), "{}", text);
            }
        }

        #[test]
        fn longer_texts_are_read_to_fifteen_digits(text in "[0-9]{1,30}(\\.[0-9]{0,9})?") {
            let exact: f64 = text.parse().expect("a number");
            let read = parse(&text).expect("a number");
            prop_assert!((read - exact).abs() <= exact * 1e-15, "{} is {}, not {}", text, exact, read);
        }
    }
}
