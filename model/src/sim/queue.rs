//! What will happen next: in order of time, then of class, then of insertion.
//!
//! Most of what is planned in a busy system is patience: timeouts, of which nearly all find that
//! the answer has come. Over one line they are due in the order in which they were planned, so
//! they wait in a lane, and only the first of each lane stands among the rest (the ordered queue
//! of DSLab's simcore). The rest is short in a small system, and what is due soon is kept sorted:
//! putting the next task among a handful that come before it takes fewer steps than a heap does.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::marker::PhantomData;

use crate::time::SimTime;

/// What comes first at equal times.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Class {
    /// Something comes to its end.
    Completion,
    /// Something has lasted long enough.
    Timer,
    /// Something begins.
    Beginning,
}

/// A task as the queue keeps it: what, and to whom. Whole words are read as soon as they are written,
/// which the fields of an enum, copied together, are not.
pub(super) type Words = (u32, u64);

/// Something that can wait in a queue.
pub(super) trait Due: Copy {
    /// What it is.
    fn class(&self) -> Class;

    /// The lane in which it waits, if others of its lane are usually due in the order in which
    /// they are planned.
    fn lane(&self) -> Option<usize>;

    /// As the queue keeps it.
    fn into_words(self) -> Words;

    /// The reverse of [`into_words`](Self::into_words).
    fn from_words(words: Words) -> Self;
}

/// How many bits of a key tell the class; above them are 62 bits of time, 146 years.
const CLASS_BITS: u32 = 2;
/// How many tasks are kept sorted, at most.
const NEAR: usize = 32;

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Time and class.
    key: u64,
    turn: u32,
    what: u32,
    whom: u64,
}

/// A place in the order of things.
type Place = (u64, u32);

impl Entry {
    const fn place(&self) -> Place {
        (self.key, self.turn)
    }

    const fn at(&self) -> SimTime {
        SimTime::from_nanos(self.key >> CLASS_BITS)
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.place() == other.place()
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The standard heap gives the greatest first; here the greatest is the earliest.
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        other.place().cmp(&self.place())
    }
}

/// Tasks that wait for one before them.
#[derive(Clone, Debug, Default)]
struct Lane {
    /// In order.
    waiting: VecDeque<Entry>,
    /// The key of the last one that came in order, until it is popped.
    last: Option<u64>,
}

/// The next tasks in order, the very next one at the end.
#[derive(Clone, Debug)]
struct Near {
    /// Here and not elsewhere, because nothing is read more often.
    entries: [Entry; NEAR + 1],
    len: usize,
}

impl Near {
    const fn new() -> Self {
        let nothing = Entry { key: 0, turn: 0, what: 0, whom: 0 };
        Self { entries: [nothing; NEAR + 1], len: 0 }
    }

    fn next(&self) -> Option<&Entry> {
        self.entries.get(self.len.wrapping_sub(1))
    }

    fn last(&self) -> Option<&Entry> {
        self.entries.first().filter(|_| self.len > 0)
    }

    /// Puts the very next one at the end.
    fn push(&mut self, entry: Entry) {
        if let Some(end) = self.entries.get_mut(self.len) {
            *end = entry;
            self.len += 1;
        }
    }

    /// Puts an entry behind those that come `before` it.
    fn insert(&mut self, entry: Entry, before: impl Fn(&Entry) -> bool) {
        let Some(mut rest) = self.entries.get_mut(..=self.len) else { return };
        self.len += 1;
        while let [.., other, place] = rest
            && before(other)
        {
            *place = *other;
            let shorter = rest.len() - 1;
            rest = &mut rest[..shorter];
        }
        if let Some(place) = rest.last_mut() {
            *place = entry;
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Queue<T> {
    near: Near,
    /// What comes after all of them; empty if they are none.
    far: BinaryHeap<Entry>,
    lanes: Vec<Lane>,
    next_turn: u32,
    of: PhantomData<fn() -> T>,
}

impl<T: Due> Queue<T> {
    /// An empty queue with this many lanes.
    pub(super) fn new(lanes: usize) -> Self {
        Self {
            near: Near::new(),
            far: BinaryHeap::new(),
            lanes: vec![Lane::default(); lanes],
            next_turn: 0,
            of: PhantomData,
        }
    }

    #[inline(always)]
    pub(super) fn push(&mut self, at: SimTime, task: T) {
        let key = at.nanos() << CLASS_BITS | task.class() as u64;
        let (turn, (what, whom)) = (self.next_turn, task.into_words());
        self.next_turn += 1;
        if let Some(lane) = task.lane() {
            self.enter_lane(lane, Entry { key, turn, what, whom });
        } else if self.near.len < NEAR && self.near.next().is_none_or(|next| key < next.key) {
            // The very next, as a message on a short way is.
            self.near.push(Entry { key, turn, what, whom });
        } else {
            self.insert((key, turn), (what, whom));
        }
    }

    fn enter_lane(&mut self, lane: usize, entry: Entry) {
        let Entry { key, turn, what, whom } = entry;
        if let Some(lane) = self.lanes.get_mut(lane) {
            match lane.last {
                Some(last) if last <= key => {
                    lane.last = Some(key);
                    lane.waiting.push_back(entry);
                    return;
                }
                // Somebody has become less patient.
                Some(_) => {}
                None => lane.last = Some(key),
            }
        }
        self.insert((key, turn), (what, whom));
    }

    /// Puts what was planned after everything else where it belongs.
    #[inline(never)]
    fn insert(&mut self, (key, turn): Place, (what, whom): Words) {
        let entry = Entry { key, turn, what, whom };
        if !self.far.is_empty() && self.near.last().is_some_and(|last| last.key <= key) {
            self.wait_far(entry);
            return;
        }
        self.near.insert(entry, |other| other.key <= key);
        if self.near.len > NEAR {
            self.spill();
        }
    }

    /// Puts what was planned some time ago where it belongs.
    fn insert_old(&mut self, entry: Entry) {
        let place = entry.place();
        if !self.far.is_empty() && self.near.last().is_some_and(|last| last.place() < place) {
            self.wait_far(entry);
            return;
        }
        self.near.insert(entry, |other| other.place() < place);
        if self.near.len > NEAR {
            self.spill();
        }
    }

    #[inline(never)]
    fn wait_far(&mut self, entry: Entry) {
        self.far.push(entry);
    }

    /// There are too many tasks to keep them sorted.
    #[cold]
    fn spill(&mut self) {
        let (last, rest) = (NEAR / 2, self.near.len);
        self.far.extend(self.near.entries[..last].iter().copied());
        self.near.entries.copy_within(last..rest, 0);
        self.near.len -= last;
    }

    /// No sorted tasks are left.
    #[cold]
    fn refill(&mut self) {
        self.near.len = self.far.len().min(NEAR / 2);
        for place in self.near.entries[..self.near.len].iter_mut().rev() {
            if let Some(entry) = self.far.pop() {
                *place = entry;
            }
        }
    }

    /// How many tasks wait.
    pub(super) fn len(&self) -> usize {
        let in_lanes = self.lanes.iter().map(|lane| lane.waiting.len()).sum::<usize>();
        self.near.len + self.far.len() + in_lanes
    }

    /// Takes the next task out, if it is due by `last`. Those in its lane that nobody `wants` any
    /// more when it is their turn are forgotten.
    #[inline]
    pub(super) fn pop_until(
        &mut self,
        last: SimTime,
        wants: impl Fn(&T) -> bool,
    ) -> Option<(SimTime, T)> {
        let Entry { key, what, whom, .. } = *self.near.next().filter(|next| next.at() <= last)?;
        self.near.len -= 1;
        if self.near.len == 0 {
            self.refill();
        }
        let task = T::from_words((what, whom));
        if let Some(lane) = task.lane() {
            self.leave_lane(lane, key, wants);
        }
        Some((SimTime::from_nanos(key >> CLASS_BITS), task))
    }

    /// The next one of its lane takes the place of a task that is popped.
    fn leave_lane(&mut self, lane: usize, key: u64, wants: impl Fn(&T) -> bool) {
        let Some(lane) = self.lanes.get_mut(lane) else { return };
        let mut is_last = lane.last == Some(key);
        let next = loop {
            match lane.waiting.pop_front() {
                Some(next) if wants(&T::from_words((next.what, next.whom))) => break Some(next),
                Some(_) => is_last = true,
                None => break None,
            }
        };
        match next {
            Some(next) => self.insert_old(next),
            // Whoever comes next has nobody to wait for.
            None if is_last => lane.last = None,
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Copy, PartialEq, Debug)]
    struct Task {
        number: usize,
        class: Class,
        lane: Option<usize>,
        wanted: bool,
    }

    impl Due for Task {
        fn class(&self) -> Class {
            self.class
        }

        fn lane(&self) -> Option<usize> {
            self.lane
        }

        fn into_words(self) -> Words {
            let lane = self.lane.map_or(0, |lane| lane + 1);
            let what = self.class as usize + 4 * usize::from(self.wanted) + 8 * lane;
            (what as u32, self.number as u64)
        }

        fn from_words((what, number): Words) -> Self {
            let (class, what) = (CLASSES[what as usize % 4], what as usize / 4);
            let lane = (what / 2).checked_sub(1);
            Self { number: number as usize, class, lane, wanted: what % 2 == 1 }
        }
    }

    const CLASSES: [Class; 3] = [Class::Completion, Class::Timer, Class::Beginning];

    /// A delay, a class, a lane of two or none, whether anybody wants it, and how many are popped
    /// afterwards.
    fn steps() -> impl Strategy<Value = Vec<(u64, usize, usize, bool, usize)>> {
        prop::collection::vec((0u64..20, 0usize..3, 0usize..5, any::<bool>(), 0usize..3), 0..300)
    }

    proptest! {
        #[test]
        fn tasks_come_out_by_time_class_and_turn(steps in steps(), eager in any::<bool>()) {
            let (mut queue, mut planned, mut now) = (Queue::new(2), Vec::new(), 0);
            let pop = |queue: &mut Queue<Task>, planned: &mut Vec<(u64, Class, usize)>| {
                let Some((at, task)) = queue.pop_until(SimTime::MAX, |task| task.wanted) else {
                    prop_assert!(planned.is_empty(), "{planned:?} never came");
                    return Ok(None);
                };
                if task.wanted {
                    planned.sort_unstable();
                    prop_assert_eq!(planned.remove(0), (at.nanos(), task.class, task.number));
                }
                Ok(Some(at.nanos()))
            };
            for (number, (delay, class, lane, wanted, pops)) in steps.into_iter().enumerate() {
                let lane = (lane < 2).then_some(lane);
                // A lane holds things of one kind.
                let class = if lane.is_some() { Class::Timer } else { CLASSES[class] };
                let at = now + delay;
                queue.push(SimTime::from_nanos(at), Task { number, class, lane, wanted });
                if wanted {
                    planned.push((at, class, number));
                }
                for _ in 0..if eager { pops } else { 0 } {
                    now = pop(&mut queue, &mut planned)?.unwrap_or(now);
                }
            }
            while pop(&mut queue, &mut planned)?.is_some() {}
            prop_assert_eq!(queue.len(), 0);
        }
    }

    #[test]
    fn what_is_due_later_stays() {
        let mut queue = Queue::new(0);
        let task = Task { number: 0, class: Class::Timer, lane: None, wanted: true };
        queue.push(SimTime::from_nanos(7), task);
        assert_eq!(queue.pop_until(SimTime::from_nanos(6), |_| true), None);
        let due = SimTime::from_nanos(7);
        assert_eq!(queue.pop_until(due, |_| true), Some((due, task)));
    }
}
