//! What happened along one time axis: faults, breakers, arrivals, requests.
//!
//! The tracks do not know the playhead: they change only with the run, the viewport and the
//! selection. What lies in the future is veiled by a second, small picture on top.

use serde::{Deserialize, Serialize};

use super::draw::{DrawList, Size, Spot};
use super::selection::Selection;
use crate::log::{EventId, RequestId};
use crate::run::Run;
use crate::scenario::EdgeId;
use crate::time::SimTime;

/// The part of the time axis that is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Viewport {
    /// Its left edge.
    pub from: SimTime,
    /// Its right edge, always later.
    pub to: SimTime,
}

/// One of the tracks, where there is room for one at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TrackKind {
    /// Faults and breakers.
    Faults,
    /// When requests arrived.
    Arrivals,
    /// What became of each request.
    Requests,
}

/// Something on the tracks that can be pointed at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TrackSpot {
    /// A fault's bar.
    Fault {
        /// The intervention that began it.
        intervention: u32,
    },
    /// The right edge of a fault's bar, to stretch it.
    FaultEnd {
        /// The intervention that began it.
        intervention: u32,
    },
    /// A request's lane.
    Lane {
        /// The request.
        request: RequestId,
    },
    /// A mark on a lane: something that happened to its request.
    LaneMark {
        /// What.
        event: EventId,
    },
    /// A stretch of time that a breaker spent in one state.
    Band {
        /// The line it guards.
        edge: EdgeId,
        /// The transition into the state; none at the start.
        event: Option<EventId>,
    },
    /// The time axis, to move the playhead.
    Ruler,
}

/// Where the tracks are on their canvas: between times and pixels.
#[derive(Clone, Copy, PartialEq, Debug)]
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
}

/// The tracks.
#[derive(Clone, PartialEq, Debug)]
pub struct Tracks {
    /// The picture.
    pub list: DrawList,
    /// What can be pointed at, those on top last.
    pub spots: Vec<Spot<TrackSpot>>,
    /// Where it is.
    pub plot: PlotArea,
}

/// Draws the tracks; `only` one of them where there is no room for more.
#[must_use]
pub fn draw(
    run: &Run,
    size: Size,
    viewport: Viewport,
    selection: &Selection,
    only: Option<TrackKind>,
) -> Tracks {
    let _ = (run, selection, only);
    let plot = PlotArea { x: 118.0, y: 20.0, w: size.w - 144.0, h: size.h - 30.0, viewport };
    Tracks { list: DrawList::default(), spots: Vec::new(), plot }
}

/// Pales what lies after the playhead: it is computed, but not yet shown.
#[must_use]
pub fn future_veil(plot: &PlotArea, at: SimTime) -> DrawList {
    let _ = (plot, at);
    DrawList::default()
}

/// The playhead, with a handle on the axis.
#[must_use]
pub fn playhead(plot: &PlotArea, at: SimTime) -> DrawList {
    let _ = (plot, at);
    DrawList::default()
}

/// The instant at a point of the axis; those outside the viewport give its ends.
#[must_use]
pub fn time_at(plot: &PlotArea, x: f32) -> SimTime {
    let (from, to) = (plot.viewport.from.nanos(), plot.viewport.to.nanos());
    let share = f64::from((x - plot.x) / plot.w).clamp(0.0, 1.0);
    SimTime::from_nanos(from + (to.saturating_sub(from) as f64 * share + 0.5) as u64)
}

/// Where an instant is on the axis, also outside the viewport.
#[must_use]
pub fn x_at(plot: &PlotArea, t: SimTime) -> f32 {
    let (from, to) = (plot.viewport.from.nanos(), plot.viewport.to.nanos());
    let span = to.saturating_sub(from).max(1) as f64;
    plot.x + plot.w * ((t.nanos() as f64 - from as f64) / span) as f32
}
