//! Lines, from a caller to its callee, wherever the two are.

use super::layout::{Form, Place};
use half_open::scenario::{EdgeId, Scenario};

/// How far below a population there are words, and how far beside one a line begins.
const WORDS: f32 = 26.0;
const BESIDE: f32 = 8.0;

/// A line, from its caller to its callee.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Way {
    pub(super) from: (f32, f32),
    pub(super) to: (f32, f32),
    /// One pixel along it.
    pub(super) along: (f32, f32),
    /// One pixel to the side on which requests travel.
    pub(super) aside: (f32, f32),
    pub(super) length: f32,
    /// Whether it leads from one card to another one above or below, so that words are beside it.
    pub(super) upright: bool,
    /// Whether it leads to a card at the side of its own, with no room for words between them.
    pub(super) quiet: bool,
}

impl Way {
    fn new(from: (f32, f32), to: (f32, f32), upright: bool) -> Self {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = (dx * dx + dy * dy).sqrt().max(1.0);
        let along = (dx / length, dy / length);
        Self { from, to, along, aside: (along.1, -along.0), length, upright, quiet: false }
    }

    /// From left to right, if there is room between the two, or else from right to left, or from
    /// one to the other above or below it.
    pub(super) fn level(from: &Place, to: &Place) -> Self {
        let gap = if matches!(from.form, Form::Grid { .. }) { BESIDE } else { 0.0 };
        let (a, b) = (&from.area, &to.area);
        let (start, end) = (a.centre(), b.centre());
        if b.x >= a.right() {
            Self::new((a.right() + gap, start.1), (b.x, end.1), false)
        } else if b.right() <= a.x {
            Self::new((a.x - gap, start.1), (b.right(), end.1), false)
        } else {
            Self::stacked(from, to, start.0)
        }
    }

    /// From top to bottom, each call of a card beside the others; or the other way round, where the
    /// callee is above.
    pub(super) fn down(from: &Place, to: &Place, port: f32) -> Self {
        let (a, b) = (&from.area, &to.area);
        if b.y >= a.bottom() || b.bottom() <= a.y {
            Self::stacked(from, to, a.x + a.w * port)
        } else {
            let (x, end) = if b.x > a.x { (a.right(), b.x) } else { (a.x, b.right()) };
            let way = Self::new((x, a.centre().1), (end, b.centre().1), true);
            Self { quiet: true, ..way }
        }
    }

    fn stacked(from: &Place, to: &Place, x: f32) -> Self {
        let words = |place: &Place| match place.form {
            Form::Grid { .. } => WORDS,
            _ => 0.0,
        };
        let (a, b) = (&from.area, &to.area);
        let (y, end) = match b.y > a.y {
            true => (a.bottom() + words(from), b.y),
            false => (a.y, b.bottom() + words(to)),
        };
        Self::new((x, y), (b.centre().0, end), true)
    }

    /// The point at a share of the way, this many pixels aside.
    pub(super) fn at(&self, share: f32, aside: f32) -> (f32, f32) {
        let (x, y) = (share * self.length * self.along.0, share * self.length * self.along.1);
        (self.from.0 + x + aside * self.aside.0, self.from.1 + y + aside * self.aside.1)
    }

    /// Its left end, and its right end.
    pub(super) fn ends(&self) -> (f32, f32) {
        (self.from.0.min(self.to.0), self.from.0.max(self.to.0))
    }
}

/// Where a call leaves its card, as a share of the card's width: several calls side by side.
pub(super) fn port(scenario: &Scenario, edge: EdgeId) -> f32 {
    let Some(from) = scenario.edge(edge).map(|edge| edge.from) else { return 0.5 };
    let calls = scenario.calls_of(from).count().max(1) as f32;
    let place = scenario.calls_of(from).position(|call| call == edge).unwrap_or(0) as f32;
    (place + 0.5) / calls
}
