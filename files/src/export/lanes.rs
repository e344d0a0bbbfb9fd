//! Things that last, side by side: no two on one lane at the same time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use half_open::time::SimTime;

/// Lanes that are taken for a while, the lowest first.
#[derive(Default)]
pub(super) struct Lanes {
    free: BinaryHeap<Reverse<usize>>,
    /// Until when the others are taken.
    taken: BinaryHeap<Reverse<(SimTime, usize)>>,
    count: usize,
}

impl Lanes {
    /// Takes the lowest lane that is free. `from` must not be earlier than that of the one before.
    pub(super) fn take(&mut self, from: SimTime, until: SimTime) -> usize {
        while let Some(Reverse((end, lane))) = self.taken.peek().copied()
            && end <= from
        {
            self.taken.pop();
            self.free.push(Reverse(lane));
        }
        let lane = self.free.pop().map_or(self.count, |Reverse(lane)| lane);
        self.count = self.count.max(lane + 1);
        self.taken.push(Reverse((until, lane)));
        lane
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_lowest_free_lane_is_taken() {
        let mut lanes = Lanes::default();
        let mut take =
            |from, until| lanes.take(SimTime::from_nanos(from), SimTime::from_nanos(until));
        assert_eq!([take(0, 9), take(1, 4), take(2, 9)], [0, 1, 2]);
        // What ends in an instant makes room for what begins in it.
        assert_eq!(
            [take(4, 5), take(5, 5), take(5, 20), take(9, 12), take(9, 12)],
            [1, 1, 1, 0, 2]
        );
    }

    proptest! {
        #[test]
        fn nothing_overlaps_and_there_are_as_many_lanes_as_things_at_once(
            mut things in prop::collection::vec((0u64..100, 0u64..30), 0..200),
        ) {
            things.sort_unstable();
            let mut lanes = Lanes::default();
            let mut ends: Vec<u64> = Vec::new();
            let mut most = 0;
            for (index, (from, length)) in things.iter().enumerate() {
                let until = from + length;
                let lane = lanes.take(SimTime::from_nanos(*from), SimTime::from_nanos(until));
                if lane == ends.len() {
                    ends.push(0);
                }
                prop_assert!(ends[lane] <= *from);
                ends[lane] = until;
                let before = things[..index].iter().filter(|(f, l)| f + l > *from).count();
                most = most.max(before + 1);
            }
            prop_assert_eq!(ends.len(), most);
        }
    }
}
