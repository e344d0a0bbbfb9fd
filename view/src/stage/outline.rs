//! Where the parts of a system are on the stage, for those who draw it.

use super::layout::{Area, Form, Layout};
use crate::draw::Size;
use half_open::scenario::{Columns, Experiment, NodeId};

/// The height of the words below a population: in one line, or in two.
const CAPTION: [f32; 2] = [22.0, 48.0];
/// How far beside a card a call begins to be drawn: a number at its edge can be read.
const BESIDE: f32 = 8.0;
/// How far from the lower right corner lines are drawn from, where stages are narrow.
const CORNER: f32 = 18.0;

/// A rectangle on the stage, in pixels.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Room {
    /// Its left edge.
    pub x: f32,
    /// Its upper edge.
    pub y: f32,
    /// Its width.
    pub w: f32,
    /// Its height.
    pub h: f32,
}

impl Room {
    /// Whether a point is inside, or at most `near` pixels outside.
    #[must_use]
    pub fn holds(&self, (x, y): (f32, f32), near: f32) -> bool {
        let within = |at: f32, from: f32, size: f32| at >= from - near && at <= from + size + near;
        within(x, self.x, self.w) && within(y, self.y, self.h)
    }
}

/// Where everything is: the same places as in the picture of any moment.
#[derive(Clone, PartialEq, Debug)]
pub struct Outline {
    /// Each node, a population with the words below it.
    pub nodes: Vec<Room>,
    /// From where a call of each node is drawn.
    pub exits: Vec<(f32, f32)>,
    /// The way of each call, from its caller to its callee: two points, if it is straight.
    pub calls: Vec<Vec<(f32, f32)>>,
    /// In which columns they are.
    pub columns: Columns,
    /// Whether the columns lie below one another: where a stage is narrow.
    pub upright: bool,
}

impl Outline {
    /// The places of a system on a stage of this size.
    #[must_use]
    pub fn new(experiment: &Experiment, size: Size) -> Self {
        Self::arranged(experiment, experiment.scenario.columns(), size)
    }

    /// The same in other columns.
    #[must_use]
    pub fn arranged(experiment: &Experiment, columns: Columns, size: Size) -> Self {
        let layout = Layout::new(experiment, &columns, size);
        let rooms = layout.places.iter().map(|place| {
            let Area { x, y, w, h } = place.area;
            let caption = match place.form {
                Form::Grid { .. } if layout.upright => CAPTION[0],
                Form::Grid { .. } => CAPTION[1].min(size.h - y - h),
                _ => 0.0,
            };
            Room { x, y, w, h: h + caption }
        });
        let nodes: Vec<Room> = rooms.collect();
        let exits = layout.places.iter().zip(&nodes).map(|(place, room)| match layout.upright {
            true => (room.x + room.w - CORNER, room.y + room.h),
            false => ((place.area.right() + BESIDE).min(size.w - BESIDE), place.area.centre().1),
        });
        Self {
            exits: exits.collect(),
            nodes,
            calls: layout.ways.iter().map(|way| way.points().to_vec()).collect(),
            columns,
            upright: layout.upright,
        }
    }

    /// The node at a point.
    #[must_use]
    pub fn node_at(&self, at: (f32, f32), near: f32) -> Option<NodeId> {
        let mut ids = 0u8..;
        let here = |room: &Room, near: f32| room.holds(at, near);
        let exact = self.nodes.iter().position(|room| here(room, 0.0));
        let found = exact.or_else(|| self.nodes.iter().position(|room| here(room, near)));
        found.and_then(|place| ids.nth(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use half_open::scenario::{Cell, Edit, library};
    use proptest::prelude::*;

    const SIZES: [(f32, f32); 6] = [
        (1_060.0, 330.0),
        (1_600.0, 600.0),
        (820.0, 500.0),
        (390.0, 480.0),
        (390.0, 304.0),
        (358.0, 620.0),
    ];

    /// As many services as there may be, each called by the one that `caller` says.
    fn grown(caller: impl Fn(NodeId) -> NodeId) -> Experiment {
        let mut experiment = library::template("one-service").expect("it is there");
        while let Ok((larger, _)) = {
            let last = experiment.scenario.nodes.len() as NodeId - 1;
            experiment.edited(&Edit::AddService(caller(last)))
        } {
            experiment = larger;
        }
        assert_eq!(experiment.scenario.nodes.len(), 64);
        experiment
    }

    #[test]
    fn as_many_services_as_there_may_be_have_room_and_can_be_told_apart() {
        let (chain, star, tree) = (grown(|last| last), grown(|_| 1), grown(|last| last / 2 + 1));
        for (w, h) in SIZES {
            for (name, experiment) in [("chain", &chain), ("star", &star), ("tree", &tree)] {
                let outline = Outline::new(experiment, Size { w, h });
                keep_apart(&outline, Size { w, h }, name);
                for room in &outline.nodes {
                    assert!(room.w >= 48.0 && room.h >= 14.0, "{name} at {w}×{h}: {room:?}");
                }
            }
        }
    }

    /// Everything is inside, and nothing lies on anything else.
    fn keep_apart(outline: &Outline, Size { w, h }: Size, name: &str) {
        for (place, room) in outline.nodes.iter().enumerate() {
            let inside = room.x >= 0.0
                && room.y >= 0.0
                && room.x + room.w <= w + 0.5
                && room.y + room.h <= h + 0.5;
            assert!(inside, "{name} at {w}×{h}: {place} at {room:?}");
            for other in &outline.nodes[..place] {
                let apart = room.x >= other.x + other.w
                    || other.x >= room.x + room.w
                    || room.y >= other.y + other.h
                    || other.y >= room.y + room.h;
                assert!(apart, "{name} at {w}×{h}: {room:?} on {other:?}");
            }
        }
    }

    /// The system with this number, or one of a few that somebody has drawn.
    fn system(number: usize) -> Experiment {
        let drawn = |of: usize, edits: &[Edit]| {
            let mut experiment = library::all().swap_remove(of);
            for edit in edits {
                experiment = experiment.edited(edit).map_or(experiment, |(after, _)| after);
            }
            experiment
        };
        let more: Vec<Edit> = (1..4).map(Edit::AddClients).collect();
        match number {
            0 => grown(|last| last),
            1 => grown(|_| 1),
            2 => grown(|last| last / 2 + 1),
            number if number % 2 == 0 => drawn(number % library::all().len(), &more),
            number => drawn(number % library::all().len(), &[]),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn wherever_cards_are_put_they_stay_on_the_stage_and_off_one_another(
            number in 0usize..40,
            places in prop::collection::vec((0u8..64, 0u8..64), 64),
            most in 1u8..64,
            (w, h) in prop::sample::select(&SIZES[..]),
            drops in prop::collection::vec((any::<prop::sample::Index>(), 0.0f32..1.0, 0.0f32..1.0), 3),
        ) {
            let mut experiment = system(number);
            let size = Size { w, h };
            for (node, (column, row)) in experiment.scenario.nodes.iter_mut().zip(places) {
                node.place = Some(Cell { column: column % most, row });
            }
            prop_assert_eq!(experiment.validate(), Ok(()));
            keep_apart(&Outline::new(&experiment, size), size, &format!("system {number}"));
            for (index, x, y) in drops {
                let node = index.index(experiment.scenario.nodes.len()) as NodeId;
                let outline = Outline::new(&experiment, size);
                let columns = outline.dropped(node, (x * w, y * h));
                let mut all: Vec<NodeId> = columns.concat();
                all.sort_unstable();
                prop_assert!(all.into_iter().eq((0u8..).take(outline.nodes.len())));
                prop_assert!(columns.iter().all(|column| !column.is_empty()));
                experiment.scenario.arrange(&columns);
                prop_assert_eq!(experiment.scenario.columns(), columns);
                keep_apart(&Outline::new(&experiment, size), size, &format!("system {number}"));
            }
        }
    }
}
