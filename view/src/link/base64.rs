//! Bytes as letters that an address bar can hold: base64url without padding (RFC 4648, section 5).

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The bytes as text.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (24 - 8 * chunk.len());
        for letter in 0..=chunk.len() {
            let place = bits >> (18 - 6 * letter) & 63;
            text.push(LETTERS[place as usize].into());
        }
    }
    text
}

/// The bytes that a text stands for. None if it holds anything else, or ends in the middle of one.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0, 0);
    for letter in text.bytes() {
        bits = bits << 6 | value(letter)?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    // What is left of the last letter is nothing, and less than a letter.
    (bits == 0 && count < 6).then_some(bytes)
}

fn value(letter: u8) -> Option<u32> {
    let (first, least) = match letter {
        b'A'..=b'Z' => (b'A', 0),
        b'a'..=b'z' => (b'a', 26),
        b'0'..=b'9' => (b'0', 52),
        b'-' => return Some(62),
        b'_' => return Some(63),
        _ => return None,
    };
    Some(u32::from(letter - first) + least)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_examples_of_the_rfc() {
        let examples = [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg")];
        for (text, written) in examples {
            assert_eq!(encode(text.as_bytes()), written);
            assert_eq!(decode(written), Some(text.into()));
        }
        assert_eq!(encode(&[0xfb, 0xff]), "-_8");
    }

    #[test]
    fn what_nobody_wrote_is_refused() {
        for text in ["Z", "Zm9vY", "Zh", "Zg==", "Zm+v", "Zm/v", "Zm 9", "Zmü"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }
    }
}
