//! Four moments of a run beside each other.

use half_open::time::SimTime;
use half_open_view::draw::{DrawList, Paint, Role, Shape, Size};

use super::frame::{Frame, Layers, Shot, Source};

/// How many moments there are.
pub(super) const MOMENTS: u32 = 4;
/// Narrower strips have two beside each other, and two beneath.
const BROAD: f32 = 1600.0;
/// The line beneath each, which says when it is; and the sentence above.
const FOOT: f32 = 26.0;
const HEAD: f32 = 58.0;

const fn columns(shot: &Shot) -> u32 {
    if shot.size.w < BROAD { 2 } else { MOMENTS }
}

/// One of the four.
fn cell(shot: &Shot) -> Shot {
    let w = (shot.size.w / columns(shot) as f32).floor();
    let head = if shot.told { HEAD } else { 0.0 };
    let h = (w * shot.size.h / shot.size.w).max(shot.what.least() + head + FOOT).floor();
    Shot { size: Size { w, h }, caption: String::new(), signed: true, ..shot.clone() }
}

/// How large a strip is whose pictures are taken like this.
#[must_use]
pub(super) fn size(shot: &Shot) -> Size {
    let rows = (MOMENTS / columns(shot)) as f32;
    let even = |pixels: f32| (pixels / 2.0).ceil() * 2.0;
    Size { w: shot.size.w, h: even(rows * cell(shot).size.h + Frame::foot_of(shot)) }
}

/// Draws the moments, from left to right and then from top to bottom.
pub(super) fn draw(source: &mut Source, shot: &Shot, moments: &[SimTime]) -> Layers {
    let (cell, columns, whole) = (cell(shot), columns(shot) as usize, size(shot));
    let frame = Frame::new(source, cell.clone());
    let mut layers = vec![Frame::ground(whole)];
    for (place, at) in moments.iter().enumerate() {
        let x = (place % columns) as f32 * cell.size.w;
        let y = (place / columns) as f32 * cell.size.h;
        layers.extend(frame.draw(source, *at).into_iter().map(|layer| layer.moved(x, y)));
    }
    let mut lines = DrawList::default();
    let rows = moments.len().div_ceil(columns) as f32;
    for column in 1..columns {
        let x = column as f32 * cell.size.w;
        let line = Shape::Segment { x1: x, y1: 0.0, x2: x, y2: rows * cell.size.h };
        lines.add(Role::Line, Paint::Stroke(1.0), 1.0, line);
    }
    for row in 1..moments.len().div_ceil(columns) {
        let y = row as f32 * cell.size.h;
        let line = Shape::Segment { x1: 0.0, y1: y, x2: whole.w, y2: y };
        lines.add(Role::Line, Paint::Stroke(1.0), 1.0, line);
    }
    layers.push(lines);
    layers.push(Frame::captioned(shot, whole, rows * cell.size.h));
    layers
}
