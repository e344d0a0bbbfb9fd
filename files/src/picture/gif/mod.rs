//! A film as GIF: the changed rectangle of each picture, and what has not changed in it transparent, which
//! takes next to nothing. Up to 255 colours are kept as they are. Equal pictures give equal bytes.
//!
//! The crate `gif` would hold this too, but not its colours: what it offers for those is a quantiser for
//! photographs and a table for each picture, which is larger and flickers.

mod lzw;
mod palette;

use palette::Palette;

/// The place in the table of what shows the picture before.
const CLEAR: u8 = 255;

/// A film that is being written.
pub struct Gif {
    width: usize,
    height: usize,
    palette: Palette,
    again: bool,
    comment: String,
    /// The pixels of the last picture: what a browser gives, four bytes each.
    before: Vec<u8>,
}

/// A part of a picture, in pixels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Part {
    left: usize,
    top: usize,
    wide: usize,
    high: usize,
}

impl Gif {
    /// Before the first picture. `again` is whether it begins anew after the last one.
    #[must_use]
    pub const fn new(width: usize, height: usize, again: bool, comment: String) -> Self {
        Self { width, height, palette: Palette::new(), again, comment, before: Vec::new() }
    }

    /// Has a colour, red, green and blue, stay as it is.
    pub fn keep(&mut self, colour: [u8; 3]) {
        self.palette.keep(colour);
    }

    /// Has a look at a picture, to know which colours there will be.
    pub fn sample(&mut self, pixels: &[u8]) {
        self.palette.sample(pixels);
    }

    /// The next picture, seen for so many hundredths of a second. Its pixels are four bytes each, from the
    /// top left; how opaque they are is not looked at.
    ///
    /// # Errors
    /// If there are not as many pixels as there should be.
    pub fn frame(&mut self, pixels: &[u8], hundredths: u16) -> Result<Vec<u8>, String> {
        if pixels.len() != self.width * self.height * 4 {
            return Err("A picture has not the size of the film.".into());
        }
        self.palette.settle();
        let part = self.changed(pixels);
        let mut indices = Vec::with_capacity(part.wide * part.high);
        let whole = self.before.is_empty();
        // Neighbours are mostly equal.
        let mut last = ([0; 3], None);
        for y in part.top..part.top + part.high {
            let row =
                (y * self.width + part.left) * 4..(y * self.width + part.left + part.wide) * 4;
            let before = self.before.get(row.clone()).unwrap_or_default().chunks_exact(4);
            let mut before = before.map(Some).chain(std::iter::repeat(None));
            for pixel in pixels[row].chunks_exact(4) {
                let old = before.next().flatten();
                if !whole && old.is_some_and(|old| old[..3] == pixel[..3]) {
                    indices.push(CLEAR);
                    continue;
                }
                let colour = [pixel[0], pixel[1], pixel[2]];
                let index = match last {
                    (same, Some(index)) if same == colour => index,
                    _ => self.palette.index(colour),
                };
                last = (colour, Some(index));
                indices.push(index);
            }
        }
        pixels.clone_into(&mut self.before);
        // Stays until the next one is over it; one colour is transparent.
        let mut out = vec![0x21, 0xf9, 4, 0b0000_0101];
        out.extend(hundredths.to_le_bytes());
        out.extend([CLEAR, 0, 0x2c]);
        for number in [part.left, part.top, part.wide, part.high] {
            out.extend((number as u16).to_le_bytes());
        }
        out.push(0);
        lzw::write(&indices, &mut out);
        Ok(out)
    }

    /// The smallest rectangle with everything that is not as it was before.
    fn changed(&self, pixels: &[u8]) -> Part {
        let Self { width, height, before, .. } = self;
        if before.is_empty() {
            return Part { left: 0, top: 0, wide: *width, high: *height };
        }
        let row = width * 4;
        let same = |y: &usize| pixels[y * row..(y + 1) * row] == before[y * row..(y + 1) * row];
        // A film has as many pictures as were ordered, also where nothing moves.
        let Some(top) = (0..*height).find(|y| !same(y)) else {
            return Part { left: 0, top: 0, wide: 1, high: 1 };
        };
        let bottom = (top..*height).rev().find(|y| !same(y)).unwrap_or(top);
        let (mut left, mut right) = (*width - 1, 0);
        for y in top..=bottom {
            let differs = |x: &usize| {
                let at = y * row + x * 4;
                pixels[at..at + 3] != before[at..at + 3]
            };
            left = (0..left).find(differs).unwrap_or(left);
            right = (right + 1..*width).rev().find(differs).unwrap_or(right);
        }
        let left = left.min(right);
        Part { left, top, wide: right - left + 1, high: bottom - top + 1 }
    }

    /// What stands before all pictures; known once there are all of them.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        let mut out = b"GIF89a".to_vec();
        for side in [self.width, self.height] {
            out.extend((side as u16).to_le_bytes());
        }
        // A table of 256 colours for all pictures.
        out.extend([0b1111_0111, 0, 0]);
        out.extend(self.palette.table().iter().flatten());
        if self.again {
            out.extend(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0");
        }
        if !self.comment.is_empty() {
            out.extend([0x21, 0xfe]);
            blocks(self.comment.as_bytes(), &mut out);
        }
        out
    }

    /// What stands behind all pictures.
    #[must_use]
    pub const fn tail() -> [u8; 1] {
        [0x3b]
    }

    /// Whether every colour so far is as it was drawn.
    #[must_use]
    pub const fn is_exact(&self) -> bool {
        self.palette.is_exact()
    }
}

/// Bytes in blocks that say how long they are.
fn blocks(bytes: &[u8], out: &mut Vec<u8>) {
    for block in bytes.chunks(255) {
        out.push(block.len() as u8);
        out.extend(block);
    }
    out.push(0);
}

#[cfg(test)]
mod tests;
