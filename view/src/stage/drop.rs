//! Where a card goes that somebody moves by hand.

use super::outline::Outline;
use half_open::scenario::arrange::{Goal, Side, Step, moved, stepped};
use half_open::scenario::{Columns, NodeId};

/// Which share of a card is beside it for who drops another one there; the edges before and behind
/// that belong to the room between two columns.
const INNER: f32 = 0.8;
/// How many pixels above or below a card are as far as one before or behind it.
const ACROSS: f32 = 4.0;

/// One step of a card on the stage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Toward {
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// Up.
    Up,
    /// Down.
    Down,
}

impl Outline {
    /// The columns when a card is let go of at a point: beside the card that is nearest there, or in
    /// a column of its own before or behind that. The others make room.
    #[must_use]
    pub fn dropped(&self, node: NodeId, at: (f32, f32)) -> Columns {
        let columns = self.columns.clone();
        let own = self.nodes.get(usize::from(node));
        if own.is_none_or(|room| room.holds(at, 0.0)) {
            return columns;
        }
        // From column to column, and within one.
        let (x, y) = self.turned(at);
        let away = |from: f32, size: f32, at: f32| (from - at).max(at - from - size).max(0.0);
        let others = (0u8..).zip(&self.nodes).filter(|(id, _)| *id != node);
        let placed = others.map(|(id, room)| {
            let (corner, size) = (self.turned((room.x, room.y)), self.turned((room.w, room.h)));
            let far = ACROSS * away(corner.0, size.0, x) + away(corner.1, size.1, y);
            (far, id, corner, size)
        });
        let Some((_, other, corner, size)) = placed.min_by(|a, b| a.0.total_cmp(&b.0)) else {
            return columns;
        };
        let side = |behind: bool| if behind { Side::Behind } else { Side::Before };
        let (ahead, below) = (x - corner.0 - size.0 / 2.0, y - corner.1 - size.1 / 2.0);
        let goal = if ahead.abs() > INNER * size.0 / 2.0 {
            Goal::Apart(other, side(ahead > 0.0))
        } else {
            Goal::Beside(other, side(below > 0.0))
        };
        moved(columns, node, goal)
    }

    /// The columns after one step of a card.
    #[must_use]
    pub fn stepped(&self, node: NodeId, toward: Toward) -> Columns {
        let (across, behind) = match toward {
            Toward::Left => (true, false),
            Toward::Right => (true, true),
            Toward::Up => (false, false),
            Toward::Down => (false, true),
        };
        let side = if behind { Side::Behind } else { Side::Before };
        let step = if across == self.upright { Step::Along(side) } else { Step::Across(side) };
        stepped(self.columns.clone(), node, step)
    }

    /// What is across the columns comes first.
    fn turned(&self, (x, y): (f32, f32)) -> (f32, f32) {
        if self.upright { (y, x) } else { (x, y) }
    }
}
