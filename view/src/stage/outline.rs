//! Where the parts of a system are on the stage, for those who draw it.

use super::layout::{Area, Form, Layout};
use crate::draw::Size;
use half_open::scenario::{Experiment, NodeId};

/// The height of the words below a population: in one line, or in two.
const CAPTION: [f32; 2] = [22.0, 48.0];
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
            false => (place.area.right(), place.area.centre().1),
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
