//! Rows in chunks that a run shares with those it was forked from.

use std::ops::Index;
use std::sync::Arc;

/// Rows per chunk: a power of two, so that finding one is a shift and a mask.
const CHUNK: usize = 512;

/// A list that does not change any more.
#[derive(Clone, Debug)]
pub struct Shared<T> {
    chunks: Vec<Arc<[T]>>,
    len: usize,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), len: 0 }
    }
}

impl<T: Clone + PartialEq> Shared<T> {
    /// These rows; chunks that another list has as well are held together with it.
    pub(super) fn of(rows: &[T], known: Option<&Self>) -> Self {
        let known = known.map_or(&[][..], |known| &known.chunks);
        let chunk = |(place, rows): (usize, &[T])| {
            let same = known.get(place).filter(|known| &known[..] == rows);
            same.cloned().unwrap_or_else(|| rows.into())
        };
        let chunks = rows.chunks(CHUNK).enumerate().map(chunk).collect();
        Self { chunks, len: rows.len() }
    }
}

impl<T> Shared<T> {
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The row at a place, if there is one.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<&T> {
        self.chunks.get(place / CHUNK)?.get(place % CHUNK)
    }

    /// All rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }

    /// The place of the first row that is not of the first kind; those of the first kind come
    /// first.
    pub fn partition_point(&self, first: impl Fn(&T) -> bool) -> usize {
        let begins = |chunk: &Arc<[T]>| chunk.first().is_some_and(&first);
        let Some(chunk) = self.chunks.partition_point(begins).checked_sub(1) else { return 0 };
        chunk * CHUNK + self.chunks[chunk].partition_point(first)
    }

    /// Where each chunk is held, and how many bytes that takes.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (usize, usize)> {
        let block = |chunk: &Arc<[T]>| (chunk.as_ptr().addr(), size_of_val(&**chunk));
        self.chunks.iter().map(block)
    }
}

impl<T> Index<usize> for Shared<T> {
    type Output = T;

    fn index(&self, place: usize) -> &T {
        &self.chunks[place / CHUNK][place % CHUNK]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(len: usize) -> Vec<usize> {
        (0..len).collect()
    }

    #[test]
    fn it_is_a_list_like_any_other() {
        for len in [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7] {
            let list = Shared::of(&counted(len), None);
            assert_eq!((list.len(), list.is_empty()), (len, len == 0));
            assert!(list.iter().copied().eq(0..len));
            assert!((0..len).all(|place| list[place] == place && list.get(place) == Some(&place)));
            assert_eq!(list.get(len), None);
            for bound in [0, 1, CHUNK - 1, CHUNK, len] {
                let found = list.partition_point(|row| *row < bound);
                assert_eq!(found, bound.min(len), "{bound} of {len}");
            }
        }
    }

    #[test]
    fn chunks_that_are_equal_are_held_once() {
        let mut rows = counted(3 * CHUNK + 7);
        let before = Shared::of(&rows, None);
        rows[CHUNK + 3] = 99;
        rows.push(5);
        let after = Shared::of(&rows, Some(&before));
        assert!(after.iter().eq(&rows));
        let places = |list: &Shared<usize>| list.blocks().map(|(at, _)| at).collect::<Vec<_>>();
        let (old, new) = (places(&before), places(&after));
        let shared: Vec<bool> = old.iter().zip(&new).map(|(a, b)| a == b).collect();
        assert_eq!(shared, [true, false, true, false]);
    }
}
