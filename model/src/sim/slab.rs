//! Slots that are reused, with handles that know when theirs was.

use std::cmp::Ordering;
use std::marker::PhantomData;
use std::num::{NonZeroU32, NonZeroU64};

/// Refers to a value in a [`Slab`]; outlives it harmlessly.
#[derive(Debug)]
pub(super) struct Handle<T> {
    /// The slot, and above it the generation, which is not 0.
    bits: NonZeroU64,
    of: PhantomData<fn() -> T>,
}

impl<T> Handle<T> {
    const fn new(slot: u32, generation: NonZeroU32) -> Self {
        Self::from_bits((generation.get() as u64) << 32 | slot as u64)
    }

    pub(super) const fn from_bits(bits: u64) -> Self {
        let bits = match NonZeroU64::new(bits) {
            Some(bits) => bits,
            // Leads nowhere.
            None => NonZeroU64::MIN,
        };
        Self { bits, of: PhantomData }
    }

    pub(super) const fn bits(self) -> u64 {
        self.bits.get()
    }

    const fn slot(self) -> u32 {
        self.bits.get() as u32
    }

    const fn generation(self) -> u32 {
        (self.bits.get() >> 32) as u32
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Handle<T> {}

/// Leads nowhere.
impl<T> Default for Handle<T> {
    fn default() -> Self {
        Self::from_bits(0)
    }
}

impl<T> Eq for Handle<T> {}

/// By slot within a generation: of no meaning, but always the same.
impl<T> Ord for Handle<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bits.cmp(&other.bits)
    }
}

impl<T> PartialOrd for Handle<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Handle<T> {
    fn eq(&self, other: &Self) -> bool {
        self.bits == other.bits
    }
}

#[derive(Clone, Debug)]
pub(super) struct Slab<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
}

/// A value stays where it was when it is removed; only no handle leads to it any more.
#[derive(Clone, Copy, Debug)]
struct Slot<T> {
    generation: NonZeroU32,
    value: T,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), free: Vec::new() }
    }
}

impl<T: Copy + Default> Slab<T> {
    /// Puts a value in; also returns where it is.
    #[inline(always)]
    pub(super) fn insert(&mut self, value: T) -> (Handle<T>, &mut T) {
        let place = match self.free.pop() {
            Some(place) => place,
            None => self.grow(),
        };
        let slot = &mut self.slots[place as usize];
        slot.value = value;
        (Handle::new(place, slot.generation), &mut slot.value)
    }

    /// A slot more. It begins with any value, so that the one that is put in is written in place.
    #[cold]
    fn grow(&mut self) -> u32 {
        self.slots.push(Slot { generation: NonZeroU32::MIN, value: T::default() });
        self.slots.len() as u32 - 1
    }

    /// Where everything is that is wanted. It looks at every slot.
    pub(super) fn find_all(&self, wanted: impl Fn(&T) -> bool) -> Vec<Handle<T>> {
        let mut taken = vec![true; self.slots.len()];
        self.free.iter().for_each(|place| taken[*place as usize] = false);
        let all = (0..).zip(&self.slots).zip(taken);
        let found = all.filter(|((_, slot), taken)| *taken && wanted(&slot.value));
        found.map(|((place, slot), _)| Handle::new(place, slot.generation)).collect()
    }

    pub(super) fn get(&self, handle: Handle<T>) -> Option<&T> {
        let slot = self.slots.get(handle.slot() as usize)?;
        if slot.generation.get() == handle.generation() { Some(&slot.value) } else { None }
    }

    pub(super) fn get_mut(&mut self, handle: Handle<T>) -> Option<&mut T> {
        let slot = self.slots.get_mut(handle.slot() as usize)?;
        if slot.generation.get() == handle.generation() { Some(&mut slot.value) } else { None }
    }

    /// Changes a value, which stays only if `keeps` says so.
    pub(super) fn keep_if(&mut self, handle: Handle<T>, keeps: impl FnOnce(&mut T) -> bool) {
        if let Some(slot) = self.slots.get_mut(handle.slot() as usize)
            && slot.generation.get() == handle.generation()
            && !keeps(&mut slot.value)
        {
            slot.generation = slot.generation.checked_add(1).unwrap_or(NonZeroU32::MIN);
            self.free.push(handle.slot());
        }
    }

    /// Later uses of the handle find nothing.
    pub(super) fn remove(&mut self, handle: Handle<T>) {
        self.keep_if(handle, |_| false);
    }

    /// Takes a value out.
    pub(super) fn take(&mut self, handle: Handle<T>) -> Option<T> {
        let value = self.get(handle).copied()?;
        self.remove(handle);
        Some(value)
    }

    /// How many values there ever were at once.
    pub(super) fn slots(&self) -> usize {
        self.slots.len()
    }
}

#[cfg(test)]
impl<T> Slab<T> {
    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_handle_does_not_reach_the_new_tenant() {
        let mut slab = Slab::default();
        let (old, _) = slab.insert("old");
        slab.remove(old);
        assert_eq!(slab.get(old), None);
        let (new, _) = slab.insert("new");
        slab.remove(old);
        assert_eq!(slab.get(old), None);
        assert_eq!(slab.get(new), Some(&"new"));
        assert_eq!((slab.slots(), slab.len()), (1, 1));
    }
}
