//! One column of a log: values in chunks, of which the full ones are shared between clones.

use std::sync::Arc;

/// Values per chunk: a power of two, so that finding one is a shift and a mask.
const CHUNK: usize = 1024;

#[derive(Clone, Debug)]
pub(super) struct Column<T> {
    full: Vec<Arc<[T]>>,
    tail: Vec<T>,
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Self { full: Vec::new(), tail: Vec::new() }
    }
}

impl<T: Copy> Column<T> {
    pub(super) fn push(&mut self, value: T) {
        if self.tail.len() == CHUNK {
            self.full.push(self.tail.as_slice().into());
            self.tail.clear();
        }
        self.tail.push(value);
    }

    pub(super) fn len(&self) -> u32 {
        (self.full.len() * CHUNK + self.tail.len()) as u32
    }

    /// Panics if there are not that many values.
    pub(super) fn get(&self, index: u32) -> T {
        let (chunk, offset) = (index as usize / CHUNK, index as usize % CHUNK);
        self.full.get(chunk).map_or_else(|| self.tail[self.tail_offset(index)], |c| c[offset])
    }

    fn tail_offset(&self, index: u32) -> usize {
        index as usize - self.full.len() * CHUNK
    }

    /// The first `len` values; chunks that stay full are shared.
    pub(super) fn prefix(&self, len: u32) -> Self {
        let whole = (len as usize / CHUNK).min(self.full.len());
        let rest = len as usize - whole * CHUNK;
        let tail = self.full.get(whole).map_or(&self.tail[..], |chunk| chunk);
        Self { full: self.full[..whole].to_vec(), tail: tail[..rest].to_vec() }
    }
}

impl<T> Column<T> {
    /// Where each chunk is held, and how many bytes that takes.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (usize, usize)> {
        let full = self.full.iter().map(|chunk| (chunk.as_ptr().addr(), size_of_val(&**chunk)));
        let tail = (self.tail.as_ptr().addr(), self.tail.capacity() * size_of::<T>());
        full.chain([tail])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_holds_the_first_values() {
        let mut column = Column::default();
        let n = 3 * CHUNK as u32 + 7;
        (0..n).for_each(|i| column.push(i));
        assert_eq!(column.len(), n);
        let edge = CHUNK as u32;
        for len in [0, 1, edge - 1, edge, edge + 1, 3 * edge, n] {
            let mut prefix = column.prefix(len);
            assert_eq!(prefix.len(), len);
            assert!((0..len).all(|i| prefix.get(i) == i));
            prefix.push(99);
            assert_eq!(prefix.get(len), 99);
        }
    }
}
