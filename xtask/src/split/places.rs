//! The places in the sources that a panic names: a tenth of the page's data, which nobody reads but
//! the code that says what went wrong.

use std::ops::Range;

use wasm_encoder::{ConstExpr, DataSection};

use super::source::Source;

/// The bytes of a `core::panic::Location`: a pointer to a path, its length, line and column.
const LOCATION: usize = 16;

/// The data of a module, in two.
pub(super) struct Places {
    /// All of it, with zeros for what the rest brings.
    pub(super) first: DataSection,
    /// What the rest brings.
    pub(super) rest: DataSection,
}

impl Places {
    pub(super) fn of(source: &Source<'_>) -> Self {
        let start = source.data.iter().map(|(at, _)| *at as usize).min().unwrap_or_default();
        let end = source.data.iter().map(|(at, bytes)| *at as usize + bytes.len()).max();
        let mut image = vec![0; end.unwrap_or(start) - start];
        for (at, bytes) in &source.data {
            image[*at as usize - start..][..bytes.len()].copy_from_slice(bytes);
        }
        let mut moves = vec![false; image.len()];
        for at in (0..image.len().saturating_sub(LOCATION - 1)).step_by(4) {
            if let Some(path) = path_of(&image, at, start) {
                moves[at..at + LOCATION].fill(true);
                moves[path].fill(true);
            }
        }
        let mut first = DataSection::new();
        for (at, bytes) in &source.data {
            let moves = &moves[*at as usize - start..][..bytes.len()];
            let kept = bytes.iter().zip(moves).map(|(byte, moves)| if *moves { 0 } else { *byte });
            first.active(0, &ConstExpr::i32_const(*at as i32), kept);
        }
        let mut rest = DataSection::new();
        let mut at = 0;
        for run in moves.chunk_by(|a, b| a == b) {
            if run[0] {
                let bytes = image[at..at + run.len()].iter().copied();
                rest.active(0, &ConstExpr::i32_const((start + at) as i32), bytes);
            }
            at += run.len();
        }
        Self { first, rest }
    }
}

/// Where the path lies that a location at this place names, if there is one.
fn path_of(image: &[u8], at: usize, start: usize) -> Option<Range<usize>> {
    let word = |number: usize| {
        let bytes = image[at + number * 4..][..4].try_into().unwrap_or_default();
        u32::from_le_bytes(bytes) as usize
    };
    let (from, length, line, column) = (word(0).checked_sub(start)?, word(1), word(2), word(3));
    let path = image.get(from..from.checked_add(length)?)?;
    let is_path = path.ends_with(b".rs") && path.iter().all(u8::is_ascii_graphic);
    let is_place = (1..100_000).contains(&line) && (1..1_000).contains(&column);
    (is_path && is_place).then_some(from..from + length)
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn a_place_is_known_by_its_path() {
        let start = 1000;
        let mut image = b"src/app.rs and more".to_vec();
        image.resize(20, 0);
        for word in [1000_u32, 10, 28, 9] {
            image.extend(word.to_le_bytes());
        }
        image.extend([1; 16]);
        assert_eq!(path_of(&image, 20, start), Some(0..10));
        assert_eq!(path_of(&image, 24, start), None);
        image[24] = 9;
        assert_eq!(path_of(&image, 20, start), None, "that is no path of a source");
    }
}
