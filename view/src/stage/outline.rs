//! Where the parts of a system are on the stage, for those who draw it.

use super::layout::{Area, Form, Layout};
use crate::draw::Size;
use half_open::scenario::{Experiment, NodeId};

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
    /// Both ends of each call, the caller's first.
    pub calls: Vec<[(f32, f32); 2]>,
}

impl Outline {
    /// The places of a system on a stage of this size.
    #[must_use]
    pub fn new(experiment: &Experiment, size: Size) -> Self {
        let layout = Layout::new(experiment, size);
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
            calls: layout.ways.iter().map(|way| [way.from, way.to]).collect(),
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
    use half_open::scenario::{Edit, library};

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
        for (w, h) in
            [(1_060.0, 330.0), (1_600.0, 600.0), (820.0, 500.0), (390.0, 480.0), (390.0, 304.0)]
        {
            for (name, experiment) in [("chain", &chain), ("star", &star), ("tree", &tree)] {
                let outline = Outline::new(experiment, Size { w, h });
                for (place, room) in outline.nodes.iter().enumerate() {
                    let inside = room.x >= 0.0
                        && room.y >= 0.0
                        && room.x + room.w <= w + 0.5
                        && room.y + room.h <= h + 0.5;
                    assert!(inside, "{name} at {w}×{h}: {place} at {room:?}");
                    assert!(room.w >= 48.0 && room.h >= 14.0, "{name} at {w}×{h}: {room:?}");
                    for other in &outline.nodes[..place] {
                        let apart = room.x >= other.x + other.w
                            || other.x >= room.x + room.w
                            || room.y >= other.y + other.h
                            || other.y >= room.y + room.h;
                        assert!(apart, "{name} at {w}×{h}: {room:?} on {other:?}");
                    }
                }
            }
        }
    }
}
