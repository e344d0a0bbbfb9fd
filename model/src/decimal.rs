//! Reads decimal numbers as people type them.
//!
//! The standard library reads any number to the last bit, with tables that alone would be a tenth
//! of the page. What people type is short: up to 2^53 with up to 22 decimals this is as exact
//! (Clinger, *How to Read Floating Point Numbers Accurately*, 1990, the fast path), and beyond that
//! right to fifteen digits.

/// The most powers of ten that are exact as numbers of 64 bits.
const EXACT: usize = 22;
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

fn ten_to(power: usize) -> f64 {
    (0..power).fold(1.0, |product, _| product * 10.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::parse;

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", ".", "-", "1.2.3", "1e3", "nan", "inf", "1 ", "½", "--1"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"9".repeat(41)), None);
    }

    proptest! {
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
