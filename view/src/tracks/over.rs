//! What lies over the tracks and changes with the moment: the veil, what is not known yet, and the
//! playhead.

use super::plot::{PlotArea, x_at};
use crate::draw::{DrawList, Paint, Role, Shape, Size};
use crate::link::Range;
use crate::measure::{self, SMALL};
use half_open::run::Run;
use half_open::time::SimTime;

/// What is said of the part of a run that is still being computed.
pub(super) const UNKNOWN: &str = "not simulated yet";

/// Pales what lies after the playhead: it is computed, but not yet shown. While somebody is asked what
/// will come, it is `hidden`.
#[must_use]
pub fn future_veil(plot: &PlotArea, at: SimTime, hidden: bool) -> DrawList {
    let mut list = DrawList::default();
    let x = x_at(plot, at).max(plot.x);
    let w = plot.x + plot.w + 1.0 - x;
    if w > 0.0 {
        let veil = Shape::Rect { x, y: plot.y, w, h: plot.h, r: 0.0 };
        list.add(Role::Paper, Paint::Fill, if hidden { 1.0 } else { 0.7 }, veil);
    }
    list
}

/// Hatches what is still being computed.
#[must_use]
pub fn unknown(plot: &PlotArea, run: &Run) -> DrawList {
    let mut list = DrawList::default();
    let horizon = SimTime::ZERO + run.experiment().scenario.horizon;
    let stretch = plot.stretch(run.end(), horizon);
    let Some((x, w)) = stretch.filter(|_| !run.is_whole()) else { return list };
    let shape = Shape::Rect { x, y: plot.y, w: w + 1.0, h: plot.h, r: 0.0 };
    list.add(Role::Paper, Paint::Fill, 1.0, shape);
    list.add(Role::Line, Paint::Hatch, 1.0, shape);
    let wide = measure::width(UNKNOWN, SMALL.face, 12.0);
    if w > wide + 20.0 {
        let (x, y) = (x + w / 2.0, plot.y + plot.h / 2.0);
        let plate = Shape::Rect { x: x - wide / 2.0 - 8.0, y, w: wide + 16.0, h: 18.0, r: 4.0 };
        list.add(Role::Paper, Paint::Fill, 1.0, plate);
        let size = Size { w: x + wide, h: y + 18.0 };
        measure::write(&mut list, size, SMALL.size(12.0).middle(), (x, y + 13.0), UNKNOWN);
    }
    list
}

/// The playhead, with a handle on the axis.
#[must_use]
pub fn playhead(plot: &PlotArea, at: SimTime) -> DrawList {
    let mut list = DrawList::default();
    let x = x_at(plot, at);
    if !(plot.x - 1.0..=plot.x + plot.w + 1.0).contains(&x) {
        return list;
    }
    // Clear of the numbers of the axis.
    let (top, bottom) = (plot.y - 4.0, plot.y + plot.h - 4.0);
    let line = Shape::Segment { x1: x, y1: top, x2: x, y2: bottom };
    list.add(Role::Ink, Paint::Stroke(2.0), 1.0, line);
    let handle = Shape::Rect { x: x - 6.0, y: top - 4.0, w: 12.0, h: 9.0, r: 2.0 };
    list.add(Role::Ink, Paint::Fill, 1.0, handle);
    list.add(Role::Ink, Paint::Fill, 1.0, Shape::Diamond { x, y: top + 4.5, r: 6.4 });
    list
}

/// Marks a part of the time axis.
#[must_use]
pub fn brush(plot: &PlotArea, range: Range) -> DrawList {
    let mut list = DrawList::default();
    let Some((x, w)) = plot.stretch(range.from, range.to) else { return list };
    let (y, h) = (plot.y, plot.h);
    list.add(Role::Selected, Paint::Fill, 0.1, Shape::Rect { x, y, w, h, r: 0.0 });
    for edge in [range.from, range.to] {
        let x = x_at(plot, edge);
        if (plot.x - 0.5..=plot.x + plot.w + 0.5).contains(&x) {
            let line = Shape::Segment { x1: x, y1: y, x2: x, y2: y + h };
            list.add(Role::Selected, Paint::Stroke(2.0), 1.0, line);
        }
    }
    list
}
