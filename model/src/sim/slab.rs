//! Slots that are reused, with handles that know when theirs was.

/// Refers to a value in a [`Slab`]; outlives it harmlessly.
#[derive(Debug)]
pub(super) struct Handle<T> {
    slot: u32,
    generation: u32,
    of: std::marker::PhantomData<fn() -> T>,
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Handle<T> {}

impl<T> PartialEq for Handle<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.slot, self.generation) == (other.slot, other.generation)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Slab<T> {
    slots: Vec<(u32, Option<T>)>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slab<T> {
    pub(super) fn insert(&mut self, value: T) -> Handle<T> {
        if let Some(slot) = self.free.pop() {
            let (generation, place) = &mut self.slots[slot as usize];
            *place = Some(value);
            return Handle { slot, generation: *generation, of: std::marker::PhantomData };
        }
        self.slots.push((0, Some(value)));
        let slot = (self.slots.len() - 1) as u32;
        Handle { slot, generation: 0, of: std::marker::PhantomData }
    }

    pub(super) fn get(&self, handle: Handle<T>) -> Option<&T> {
        let (generation, value) = self.slots.get(handle.slot as usize)?;
        if *generation == handle.generation { value.as_ref() } else { None }
    }

    pub(super) fn get_mut(&mut self, handle: Handle<T>) -> Option<&mut T> {
        let (generation, value) = self.slots.get_mut(handle.slot as usize)?;
        if *generation == handle.generation { value.as_mut() } else { None }
    }

    /// Takes the value out; later uses of the handle find nothing.
    pub(super) fn remove(&mut self, handle: Handle<T>) -> Option<T> {
        let (generation, value) = self.slots.get_mut(handle.slot as usize)?;
        if *generation != handle.generation {
            return None;
        }
        let taken = value.take()?;
        *generation = generation.wrapping_add(1);
        self.free.push(handle.slot);
        Some(taken)
    }
}

impl<T> Slab<T> {
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
        let old = slab.insert("old");
        assert_eq!(slab.remove(old), Some("old"));
        let new = slab.insert("new");
        assert_eq!(slab.get(old), None);
        assert_eq!(slab.remove(old), None);
        assert_eq!(slab.get(new), Some(&"new"));
    }
}
