//! Lines, from a caller to its callee, wherever the two are.

use super::layout::{Form, Place};
use crate::draw::Shape;
use half_open::scenario::{EdgeId, Scenario};

/// Where on its line a breaker is, if nothing else is there.
pub(super) const GUARD: f32 = 0.45;
/// How far below a population there are words, and how far beside one a line begins.
const WORDS: f32 = 26.0;
const BESIDE: f32 = 8.0;
/// Of how many straight pieces a turn is.
const PIECES: u8 = 10;

/// A line, from its caller to its callee: straight, or round what is between them.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Way {
    /// The ends of its pieces. There are at least two.
    points: Vec<(f32, f32)>,
    /// How far along it each of them is, in pixels.
    reached: Vec<f32>,
    pub(super) length: f32,
    /// Where its breaker is, as a share of it.
    pub(super) guard: f32,
    /// Whether it leads from one card to another one above or below, so that words are beside it.
    pub(super) upright: bool,
    /// Whether it leads to a card at the side of its own, where stages are narrow.
    pub(super) sideways: bool,
    /// Whether the words of its breaker are at the left of it, if they are beside it.
    pub(super) left: bool,
    /// How far from its middle they begin.
    pub(super) beside: f32,
    /// How much room there is for them, and whether there is some for what the breaker does.
    pub(super) room: f32,
    pub(super) effect: bool,
    /// How large the breaker is.
    pub(super) radius: f32,
}

impl Way {
    fn new(from: (f32, f32), to: (f32, f32), upright: bool) -> Self {
        let points = vec![from, to];
        let straight = Self {
            points,
            reached: Vec::new(),
            length: 1.0,
            guard: GUARD,
            upright,
            sideways: false,
            left: to.0 <= from.0,
            beside: 0.0,
            room: 0.0,
            effect: false,
            radius: 0.0,
        };
        straight.measured()
    }

    fn measured(mut self) -> Self {
        self.reached = vec![0.0];
        let mut far = 0.0;
        for leg in self.points.windows(2) {
            far += distance(leg[0], leg[1]);
            self.reached.push(far);
        }
        self.length = far.max(1.0);
        self
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
            Self { sideways: true, ..way }
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

    /// The same line by way of other points, with a calm turn at each of them, so wide at most.
    pub(super) fn through(self, turns: &[((f32, f32), f32)]) -> Self {
        let ends = [self.from(), self.to()].map(|end| (end, 0.0));
        let corners = [&ends[..1], turns, &ends[1..]].concat();
        let mut points = vec![self.from()];
        for corner in corners.windows(3) {
            let [(before, _), (at, most), (behind, _)] = [corner[0], corner[1], corner[2]];
            let room = (distance(before, at).min(distance(at, behind)) / 2.0).min(most);
            let [start, end] = [before, behind].map(|other| {
                let far = distance(at, other).max(1.0);
                between(at, other, room / far)
            });
            points.extend((0..=PIECES).map(|piece| {
                let share = f32::from(piece) / f32::from(PIECES);
                between(between(start, at, share), between(at, end, share), share)
            }));
        }
        points.push(self.to());
        Self { points, ..self }.measured()
    }

    pub(super) fn from(&self) -> (f32, f32) {
        self.points[0]
    }

    pub(super) fn to(&self) -> (f32, f32) {
        self.points[self.points.len() - 1]
    }

    pub(super) fn points(&self) -> &[(f32, f32)] {
        &self.points
    }

    /// The piece that is this many pixels along it.
    fn piece(&self, far: f32) -> usize {
        let inner = &self.reached[1..self.reached.len() - 1];
        inner.partition_point(|reached| *reached <= far)
    }

    fn along_piece(&self, piece: usize) -> (f32, f32) {
        let (a, b) = (self.points[piece], self.points[piece + 1]);
        let length = distance(a, b).max(if self.points.len() == 2 { 1.0 } else { 1e-3 });
        ((b.0 - a.0) / length, (b.1 - a.1) / length)
    }

    /// One pixel along it, at a share of it.
    pub(super) fn along(&self, share: f32) -> (f32, f32) {
        self.along_piece(self.piece(share * self.length))
    }

    /// The point at a share of the way, this many pixels aside: to the side on which requests travel.
    pub(super) fn at(&self, share: f32, aside: f32) -> (f32, f32) {
        let far = share * self.length;
        let piece = self.piece(far);
        let along = self.along_piece(piece);
        let (start, far) = (self.points[piece], far - self.reached[piece]);
        (start.0 + far * along.0 + aside * along.1, start.1 + far * along.1 - aside * along.0)
    }

    /// A part of it, to be painted in one stroke.
    pub(super) fn part(&self, from: f32, to: f32) -> impl Iterator<Item = Shape> {
        let (start, end) = (from * self.length, to * self.length);
        let inner = self.points.iter().zip(&self.reached);
        let inner = inner.filter(|(_, far)| **far > start && **far < end).map(|(point, _)| *point);
        let mut points = vec![self.at(from, 0.0)];
        points.extend(inner);
        points.push(self.at(to, 0.0));
        (1..points.len()).map(move |next| {
            let ((x1, y1), (x2, y2)) = (points[next - 1], points[next]);
            Shape::Segment { x1, y1, x2, y2 }
        })
    }

    /// All of it.
    pub(super) fn shapes(&self) -> impl Iterator<Item = Shape> {
        self.points.windows(2).map(|leg| {
            let ((x1, y1), (x2, y2)) = (leg[0], leg[1]);
            Shape::Segment { x1, y1, x2, y2 }
        })
    }

    /// From where to where, from left to right, it is between two heights, piece by piece.
    pub(super) fn within(&self, (top, bottom): (f32, f32)) -> impl Iterator<Item = (f32, f32)> {
        self.points.windows(2).filter_map(move |leg| {
            let (a, b) = (leg[0], leg[1]);
            let (low, high) = (a.1.min(b.1).max(top), a.1.max(b.1).min(bottom));
            let at = |y: f32| match (b.1 - a.1).abs() < 1e-3 {
                true => None,
                false => Some(a.0 + (b.0 - a.0) * (y - a.1) / (b.1 - a.1)),
            };
            let (from, to) = (at(low).unwrap_or(a.0), at(high).unwrap_or(b.0));
            (low <= high).then(|| (from.min(to), from.max(to)))
        })
    }

    /// Its left end, and its right end.
    pub(super) fn ends(&self) -> (f32, f32) {
        let (from, to) = (self.from().0, self.to().0);
        (from.min(to), from.max(to))
    }
}

fn distance(a: (f32, f32), b: (f32, f32)) -> f32 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    (dx * dx + dy * dy).sqrt()
}

/// What is at a share of the way from one point to another.
fn between(a: (f32, f32), b: (f32, f32), share: f32) -> (f32, f32) {
    (a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share)
}

/// Where a call leaves its card, as a share of the card's width: several calls side by side.
pub(super) fn port(scenario: &Scenario, edge: EdgeId) -> f32 {
    let Some(from) = scenario.edge(edge).map(|edge| edge.from) else { return 0.5 };
    let calls = scenario.calls_of(from).count().max(1) as f32;
    let place = scenario.calls_of(from).position(|call| call == edge).unwrap_or(0) as f32;
    (place + 0.5) / calls
}
