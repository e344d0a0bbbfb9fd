//! Between times and pixels: where the tracks are on their canvas, and where time is left out.

use std::rc::Rc;

use half_open::run::Run;
use half_open::time::{SimDuration, SimTime};
use serde::{Deserialize, Serialize};

/// The part of the time axis that is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Viewport {
    /// Its left edge.
    pub from: SimTime,
    /// Its right edge, always later.
    pub to: SimTime,
}

impl Viewport {
    /// How long it is.
    #[must_use]
    pub fn span(self) -> SimDuration {
        self.to.since(self.from)
    }
}

/// A stretch of time in which nothing happens, and which takes no more than a gap on the axis.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Break {
    /// Since when.
    pub from: SimTime,
    /// Until when.
    pub to: SimTime,
}

/// Where the tracks are on their canvas: between times and pixels.
#[derive(Clone, PartialEq, Debug)]
pub struct PlotArea {
    /// Left edge: the viewport's first instant.
    pub x: f32,
    /// Top edge, below the numbers of the axis.
    pub y: f32,
    /// Width: the whole viewport.
    pub w: f32,
    /// Height.
    pub h: f32,
    /// What is shown.
    pub viewport: Viewport,
    /// What of it is left out, in order.
    pub breaks: Rc<[Break]>,
}

/// The width of a gap.
pub const GAP: f32 = 22.0;
/// What is left out would be at least so many times as wide as the gap, and this part of the axis.
const WORTH: f32 = 3.0;
const SHARE: f64 = 0.06;
/// This part of the axis is kept before and after a gap, so that one sees what it lies between.
const KEPT: f64 = 0.008;

/// The stretches of a viewport that can be left out: nothing happens in them in any of these runs.
#[must_use]
pub fn breaks(run: &Run, beside: Option<&Run>, viewport: Viewport, w: f32) -> Rc<[Break]> {
    let span = viewport.span().nanos() as f64;
    let least = span * SHARE.max(f64::from(WORTH * GAP / w.max(1.0)));
    let kept = (span * KEPT) as u64;
    let mut others = beside.map(|run| run.flow().idle(run).collect::<Vec<_>>());
    let all = run.flow().idle(run).flat_map(|(from, to)| match &mut others {
        None => vec![(from, to)],
        Some(others) => {
            let both = others.iter().map(|other| (from.max(other.0), to.min(other.1)));
            both.filter(|(from, to)| from < to).collect()
        }
    });
    let shown = all.filter_map(|(from, to)| {
        let from = SimTime::from_nanos(from.nanos() + kept).max(viewport.from);
        let to = SimTime::from_nanos(to.nanos().saturating_sub(kept)).min(viewport.to);
        (to.since(from).nanos() as f64 >= least).then_some(Break { from, to })
    });
    shown.collect()
}

impl PlotArea {
    /// The part of a stretch of time that is shown, in pixels: left edge and width.
    pub(super) fn stretch(&self, from: SimTime, to: SimTime) -> Option<(f32, f32)> {
        let (from, end) = (x_at(self, from), self.x + self.w);
        let (left, right) = (from.max(self.x), x_at(self, to).min(end));
        (right >= left && from <= end).then_some((left, right - left))
    }

    /// How many nanoseconds a pixel stands for, where none are left out.
    #[must_use]
    pub fn per_pixel(&self) -> f64 {
        let out: u64 = self.breaks.iter().map(|gap| gap.to.since(gap.from).nanos()).sum();
        let live = self.viewport.span().nanos().saturating_sub(out).max(1);
        live as f64 / f64::from(self.w - GAP * self.breaks.len() as f32).max(1.0)
    }
}

/// The instant at a point of the axis; those outside the viewport give its ends.
#[must_use]
pub fn time_at(plot: &PlotArea, x: f32) -> SimTime {
    let (from, to) = (plot.viewport.from, plot.viewport.to);
    let scale = plot.per_pixel();
    let (mut start, mut left) = (from.nanos(), f64::from((x - plot.x).clamp(0.0, plot.w)));
    for gap in &*plot.breaks {
        let before = gap.from.nanos().saturating_sub(start) as f64 / scale;
        if left < before {
            break;
        }
        left -= before;
        let out = gap.to.since(gap.from).nanos() as f64;
        if left < f64::from(GAP) {
            let inside = (out * left / f64::from(GAP) + 0.5) as u64;
            return SimTime::from_nanos(gap.from.nanos() + inside);
        }
        left -= f64::from(GAP);
        start = gap.to.nanos();
    }
    SimTime::from_nanos(start + (left * scale + 0.5) as u64).min(to)
}

/// Where an instant is on the axis, also outside the viewport.
#[must_use]
pub fn x_at(plot: &PlotArea, t: SimTime) -> f32 {
    let from = plot.viewport.from.nanos() as f64;
    let scale = plot.per_pixel();
    let (mut live, mut gaps) = (t.nanos() as f64 - from, 0.0);
    for gap in plot.breaks.iter().take_while(|gap| gap.from < t) {
        let out = gap.to.since(gap.from).nanos() as f64;
        let passed = t.min(gap.to).since(gap.from).nanos() as f64;
        live -= passed;
        gaps += f64::from(GAP) * passed / out.max(1.0);
    }
    plot.x + (live / scale + gaps) as f32
}
