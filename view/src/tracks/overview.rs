//! The whole run on one bar: how requests ended, what was broken, and which part of it the tracks
//! show.

use super::axis_of;
use super::chart::columns;
use super::outcomes;
use super::plot::{PlotArea, Viewport, time_at, x_at};
use crate::draw::{DrawList, Paint, Role, Shape, Size};
use half_open::run::Run;
use half_open::run::flow::Outcome;
use half_open::scenario::Change;
use half_open::time::SimTime;

/// The width of a column.
const COLUMN: f32 = 3.0;
/// Faults are marked on the ground, so high.
const MARK: f32 = 3.0;
/// A part of the run is at least so wide, so that it can be seen and gripped.
const NARROWEST: f32 = 8.0;

/// The whole run on one bar.
#[derive(Clone, PartialEq, Debug)]
pub struct Overview {
    /// The picture.
    pub list: DrawList,
    /// Where it is; its viewport is the whole run.
    pub plot: PlotArea,
    step: u64,
}

/// Draws the whole run, as far as it is known, above the axis of the tracks.
#[must_use]
pub fn overview(run: &Run, size: Size) -> Overview {
    let (x, w) = axis_of(size.w);
    let to = SimTime::ZERO + run.experiment().scenario.horizon;
    let viewport = Viewport { from: SimTime::ZERO, to };
    overview_on(run, PlotArea { x, y: 1.0, w, h: size.h - 2.0, viewport, breaks: [].into() })
}

/// Draws a part of the run into this place.
#[must_use]
pub fn overview_on(run: &Run, plot: PlotArea) -> Overview {
    let mut list = DrawList::default();
    let ground = Shape::Rect { x: plot.x, y: plot.y, w: plot.w, h: plot.h, r: 3.0 };
    list.add(Role::Hollow, Paint::Fill, 0.6, ground);
    let columns = columns(run, &plot, COLUMN);
    outcomes::draw(&mut list, &plot, &columns, (plot.y, plot.h - MARK - 1.0), 1.0);
    for bar in &run.index().bars {
        let change = run.experiment().interventions.get(bar.intervention).map(|i| &i.change);
        let fault = change.and_then(Change::fault);
        if let (Some(_), Some((x, w))) = (fault, plot.stretch(bar.from, bar.to)) {
            let y = plot.y + plot.h - MARK;
            list.add(
                Role::Ink,
                Paint::Fill,
                0.75,
                Shape::Rect { x, y, w: w.max(2.0), h: MARK, r: 0.0 },
            );
        }
    }
    Overview { list, plot, step: columns.step }
}

impl Overview {
    /// What is at a point, in words: `38 ok, 2 failed at 12.40 s`.
    #[must_use]
    pub fn told(&self, run: &Run, x: f32) -> String {
        let at = time_at(&self.plot, x);
        let column = at.nanos() / self.step;
        let columns = run.flow().columns(run, self.step, column, column + 1);
        let counts = columns.counts.first().copied().unwrap_or_default();
        let ended = Outcome::ALL.into_iter().zip(counts.ended).filter(|(_, count)| *count > 0);
        let ended: Vec<String> =
            ended.map(|(outcome, count)| format!("{count} {}", outcome.name())).collect();
        let ended = if ended.is_empty() { "none ended".to_owned() } else { ended.join(", ") };
        format!("{ended} at {}", at.short())
    }
}

/// A frame around the part that the tracks show.
#[must_use]
pub fn window(plot: &PlotArea, viewport: Viewport) -> DrawList {
    let mut list = DrawList::default();
    let (x, w) = window_at(plot, viewport);
    let frame = Shape::Rect { x: x + 1.0, y: plot.y, w: (w - 2.0).max(2.0), h: plot.h, r: 3.0 };
    list.add(Role::Selected, Paint::Fill, 0.1, frame);
    list.add(Role::Selected, Paint::Stroke(2.0), 1.0, frame);
    for x in [x + 1.0, x + w - 1.0] {
        let grip =
            Shape::Rect { x: x - 2.0, y: plot.y + plot.h / 2.0 - 6.0, w: 4.0, h: 12.0, r: 2.0 };
        list.add(Role::Selected, Paint::Fill, 1.0, grip);
    }
    list
}

/// Where the part that the tracks show is on the bar: its left edge and width.
#[must_use]
pub fn window_at(plot: &PlotArea, viewport: Viewport) -> (f32, f32) {
    let (from, to) = (x_at(plot, viewport.from), x_at(plot, viewport.to));
    let wide = (to - from).max(NARROWEST);
    (from.min(plot.x + plot.w - wide).max(plot.x), wide)
}

/// The playhead on the bar.
#[must_use]
pub fn here(plot: &PlotArea, at: SimTime) -> DrawList {
    let mut list = DrawList::default();
    let x = x_at(plot, at);
    let line = Shape::Rect { x: x - 1.0, y: plot.y, w: 2.0, h: plot.h, r: 0.0 };
    list.add(Role::Ink, Paint::Fill, 1.0, line);
    list
}
