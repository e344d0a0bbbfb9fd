//! The requests of a run at a glance, of which a run shares the older ones with its changed copies.

use std::ops::Index;
use std::sync::Arc;

use super::RequestRow;
use crate::log::RequestId;

/// Rows per chunk: a power of two, so that finding one is a shift and a mask.
const CHUNK: usize = 1024;

/// Every request of a run, by its number.
#[derive(Clone, Debug, Default)]
pub struct Requests {
    /// Little more happens to these. If something does while somebody else holds the chunk, it is
    /// copied.
    old: Vec<Arc<[RequestRow]>>,
    /// The latest, less than two chunks.
    new: Vec<RequestRow>,
}

impl Requests {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.old_len() + self.new.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The request with this number.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&RequestRow> {
        match self.old.get(index / CHUNK) {
            Some(chunk) => chunk.get(index % CHUNK),
            None => self.new.get(index - self.old_len()),
        }
    }

    /// All of them, in the order in which they began.
    pub fn iter(&self) -> impl Iterator<Item = &RequestRow> {
        self.old.iter().flat_map(|chunk| chunk.iter()).chain(&self.new)
    }

    /// How many of the first ones are such; no later one may be.
    #[must_use]
    pub fn partition_point(&self, such: impl Fn(&RequestRow) -> bool) -> usize {
        let full = self.old.partition_point(|chunk| chunk.last().is_some_and(&such));
        let rest = self.old.get(full).map_or(&self.new[..], |chunk| chunk);
        full * CHUNK + rest.partition_point(such)
    }

    /// Where its parts are held, and how many bytes each takes.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (usize, usize)> {
        let chunk = |chunk: &Arc<[RequestRow]>| (chunk.as_ptr().addr(), size_of_val(&**chunk));
        let new = (self.new.as_ptr().addr(), self.new.capacity() * size_of::<RequestRow>());
        self.old.iter().map(chunk).chain([new])
    }

    fn old_len(&self) -> usize {
        self.old.len() * CHUNK
    }

    pub(super) fn push(&mut self, row: RequestRow) {
        if self.new.len() == 2 * CHUNK {
            self.old.push(self.new.drain(..CHUNK).collect());
        }
        self.new.push(row);
    }

    pub(super) fn get_mut(&mut self, request: RequestId) -> Option<&mut RequestRow> {
        let index = request as usize;
        match index.checked_sub(self.old_len()) {
            Some(index) => self.new.get_mut(index),
            None => Arc::make_mut(self.old.get_mut(index / CHUNK)?).get_mut(index % CHUNK),
        }
    }

    pub(super) fn truncate(&mut self, len: usize) {
        if let Some(chunk) = self.old.get(len / CHUNK) {
            self.new = chunk[..len % CHUNK].to_vec();
            self.old.truncate(len / CHUNK);
        } else {
            self.new.truncate(len - self.old_len());
        }
    }
}

impl PartialEq for Requests {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Index<usize> for Requests {
    type Output = RequestRow;

    fn index(&self, index: usize) -> &RequestRow {
        match self.old.get(index / CHUNK) {
            Some(chunk) => &chunk[index % CHUNK],
            None => &self.new[index - self.old_len()],
        }
    }
}
