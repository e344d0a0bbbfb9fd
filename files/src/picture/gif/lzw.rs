//! The compression of GIF: Lempel, Ziv and Welch's, for indices of a byte.

use super::blocks;

/// How many bits an index has.
const BITS: u8 = 8;
/// Begins the table anew.
const CLEAR: u16 = 1 << BITS;
const END: u16 = CLEAR + 1;
/// A code has at most twelve bits.
const MOST: u16 = 4095;
/// The table of what was seen: a prime, so that steps reach every place.
const PLACES: usize = 9_973;
const FREE: u32 = u32::MAX;

/// Codes as bits, the lowest first.
struct Bits {
    bytes: Vec<u8>,
    rest: u32,
    count: u8,
}

impl Bits {
    fn push(&mut self, code: u16, wide: u8) {
        self.rest |= u32::from(code) << self.count;
        self.count += wide;
        while self.count >= 8 {
            self.bytes.push(self.rest as u8);
            self.rest >>= 8;
            self.count -= 8;
        }
    }
}

/// Writes indices as the data of an image.
pub(super) fn write(indices: &[u8], out: &mut Vec<u8>) {
    out.push(BITS);
    let mut bits = Bits { bytes: Vec::new(), rest: 0, count: 0 };
    // What came before and an index, and the code that both have.
    let mut seen = vec![(FREE, 0_u16); PLACES];
    let (mut next, mut wide) = (END + 1, BITS + 1);
    bits.push(CLEAR, wide);
    let mut rest = indices.iter();
    let mut code = rest.next().map_or(END, |first| u16::from(*first));
    for index in rest {
        let key = u32::from(code) << 8 | u32::from(*index);
        let mut place = (key as usize).wrapping_mul(0x9e37) % PLACES;
        while seen[place].0 != FREE && seen[place].0 != key {
            place = (place + 1) % PLACES;
        }
        if seen[place].0 == key {
            code = seen[place].1;
            continue;
        }
        bits.push(code, wide);
        code = u16::from(*index);
        if next > MOST {
            bits.push(CLEAR, wide);
            seen.fill((FREE, 0));
            (next, wide) = (END + 1, BITS + 1);
            continue;
        }
        // Who reads is one code behind.
        if next == 1 << wide {
            wide += 1;
        }
        seen[place] = (key, next);
        next += 1;
    }
    if code != END {
        bits.push(code, wide);
        if next <= MOST && next == 1 << wide {
            wide += 1;
        }
    }
    bits.push(END, wide);
    bits.push(0, 7);
    blocks(&bits.bytes, out);
}
