//! What is alive among things that are numbered one after another.

use std::collections::VecDeque;

/// Values by number. What is no longer needed at the old end takes no room.
#[derive(Debug)]
pub(super) struct Window<T> {
    first: u32,
    values: VecDeque<Option<T>>,
}

impl<T> Default for Window<T> {
    fn default() -> Self {
        Self { first: 0, values: VecDeque::new() }
    }
}

impl<T: Copy> Clone for Window<T> {
    /// With room for some more: whoever copies a scene goes on from there, and would copy all of it
    /// again at once.
    fn clone(&self) -> Self {
        let mut values = VecDeque::with_capacity(self.values.len() / 8 * 9 + 8);
        values.extend(&self.values);
        Self { first: self.first, values }
    }
}

impl<T> Window<T> {
    /// Puts a value at a number not lower than any before.
    pub(super) fn insert(&mut self, number: u32, value: T) {
        if self.values.is_empty() {
            self.first = number;
        }
        let place = (number - self.first) as usize;
        while self.values.len() < place {
            self.values.push_back(None);
        }
        self.values.push_back(Some(value));
    }

    pub(super) fn get(&self, number: u32) -> Option<&T> {
        self.values.get(number.checked_sub(self.first)? as usize)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.values.get_mut(number.checked_sub(self.first)? as usize)?.as_mut()
    }

    pub(super) fn remove(&mut self, number: u32) -> Option<T> {
        let place = number.checked_sub(self.first)? as usize;
        let value = self.values.get_mut(place)?.take();
        while matches!(self.values.front(), Some(None)) {
            self.values.pop_front();
            self.first += 1;
        }
        value
    }

    /// How many bytes its values take.
    pub(super) fn bytes(&self) -> usize {
        self.values.len() * size_of::<Option<T>>()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        let numbered = (self.first..).zip(&self.values);
        numbered.filter_map(|(number, value)| value.as_ref().map(|value| (number, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_a_map(steps in prop::collection::vec((any::<bool>(), 0u32..40), 0..200)) {
            let (mut window, mut map, mut next) = (Window::default(), BTreeMap::new(), 0);
            for (insert, number) in steps {
                if insert {
                    next += 1 + number % 3;
                    window.insert(next, number);
                    map.insert(next, number);
                } else {
                    prop_assert_eq!(window.remove(number), map.remove(&number));
                }
                prop_assert_eq!(window.get(number), map.get(&number));
            }
            let all: Vec<_> = window.iter().map(|(n, v)| (n, *v)).collect();
            prop_assert_eq!(all, map.into_iter().collect::<Vec<_>>());
        }
    }
}
