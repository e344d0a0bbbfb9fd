//! What happened along one time axis: faults, breakers, arrivals, queues, latencies, requests.
//!
//! The tracks do not know the playhead: they change only with the run, the viewport and the
//! selection. A second, small picture on top veils what lies in the future, and paints what is
//! under way as it is known by then.

mod arrangement;
mod arrivals;
mod axis;
mod bands;
mod chart;
mod faults;
mod ghost;
mod heat;
mod lane;
mod lanes;
mod outcomes;
mod over;
mod overview;
mod plot;

pub use arrangement::{Arrangement, Place, TrackKind};
pub use axis::ticks;
pub use over::{brush, future_veil, playhead, unknown};
pub use overview::{Overview, here, overview, overview_on, window, window_at};
pub use plot::{Break, GAP, PlotArea, Viewport, breaks, time_at, x_at};

use super::draw::{DrawList, Paint, Role, Shape, Size, Spot};
use super::focus::{DIM, Focus};
use super::measure::{self, SMALL, Style};
use crate::link::Selection;
use ghost::Ghost;
use half_open::log::{EventId, RequestId};
use half_open::run::Run;
use half_open::scenario::EdgeId;
use half_open::time::SimTime;

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
    /// Time that is left out, because nothing happens.
    Gap {
        /// Since when.
        from: SimTime,
        /// Until when.
        to: SimTime,
    },
    /// The time axis, to move the playhead.
    Ruler,
}

/// The tracks.
#[derive(Clone, PartialEq, Debug)]
pub struct Tracks {
    /// The picture.
    pub list: DrawList,
    /// What would have happened otherwise, to be painted over it and over the veil.
    pub ghost: DrawList,
    /// What can be pointed at, those on top last.
    pub spots: Vec<Spot<TrackSpot>>,
    /// Where it is.
    pub plot: PlotArea,
    /// Whether there is more below, for which there was no room.
    pub more: bool,
    lanes: Vec<lane::Lane>,
    charts: Vec<chart::Chart>,
}

/// Room for the names of tracks, and where these are too narrow for it.
const NAMES: (f32, f32) = (118.0, 56.0);
/// Narrower canvases have less room for names.
const NARROW: f32 = 560.0;
/// Room for the numbers of the axis.
const AXIS: f32 = 24.0;
/// Room at the right edge, and on narrow canvases.
const MARGIN: (f32, f32) = (26.0, 12.0);
/// How far tracks are apart.
const APART: f32 = 8.0;
/// A scroll bar is so wide.
const SCROLL: f32 = 4.0;

/// Where the next track goes, and what all tracks draw with.
struct Sheet<'a> {
    run: &'a Run,
    ghost: Option<Ghost<'a>>,
    size: Size,
    plot: PlotArea,
    selection: &'a Selection,
    focus: Focus,
    /// How visible is what is drawn now.
    alpha: f32,
    list: DrawList,
    outlines: DrawList,
    spots: Vec<Spot<TrackSpot>>,
    lanes: Vec<lane::Lane>,
    charts: Vec<chart::Chart>,
}

/// Where the axis begins, and how long it is, on a canvas of this width.
fn axis_of(w: f32) -> (f32, f32) {
    let narrow = w < NARROW;
    let (x, margin) = if narrow { (NAMES.1, MARGIN.1) } else { (NAMES.0, MARGIN.0) };
    (x, (w - x - margin).max(1.0))
}

/// Draws the tracks, and where another run would have differed.
#[must_use]
pub fn draw(
    run: &Run,
    ghost: Option<&Run>,
    size: Size,
    viewport: Viewport,
    selection: &Selection,
    tracks: &Arrangement,
) -> Tracks {
    let (x, w) = axis_of(size.w);
    let h = (size.h - AXIS).max(1.0);
    let breaks = if tracks.collapse { breaks(run, ghost, viewport, w) } else { [].into() };
    let plot = PlotArea { x, y: AXIS, w, h, viewport, breaks };
    let focus = Focus::of(run, *selection);
    let mut sheet = Sheet {
        run,
        ghost: ghost.and_then(|ghost| Ghost::beside(run, ghost)),
        size,
        plot,
        selection,
        focus,
        alpha: 1.0,
        list: DrawList::default(),
        outlines: DrawList::default(),
        spots: Vec::new(),
        lanes: Vec::new(),
        charts: Vec::new(),
    };
    sheet.axis();
    let more = sheet.rows(tracks);
    let Sheet { list, outlines, spots, lanes, charts, plot, .. } = sheet;
    Tracks { list, ghost: outlines, spots, plot, more, lanes, charts }
}

impl Sheet<'_> {
    fn x(&self, t: SimTime) -> f32 {
        x_at(&self.plot, t)
    }

    fn right(&self) -> f32 {
        self.plot.x + self.plot.w
    }

    fn stretch(&self, from: SimTime, to: SimTime) -> Option<(f32, f32)> {
        self.plot.stretch(from, to)
    }

    fn add(&mut self, role: Role, paint: Paint, shape: Shape) {
        self.list.add(role, paint, self.alpha, shape);
    }

    /// Whether what follows is in the background.
    fn dim(&mut self, on: bool) {
        self.alpha = if on { DIM } else { 1.0 };
    }

    fn write(&mut self, style: Style, at: (f32, f32), text: impl Into<String>) {
        measure::write(&mut self.list, self.size, style, at, text);
    }

    /// The name of a track, left of it.
    fn name(&mut self, y: f32, name: &str) {
        self.name_of(if self.size.w < NARROW { 12.0 } else { 13.0 }, y, name);
    }

    fn name_of(&mut self, size: f32, y: f32, name: &str) {
        let x = if self.size.w < NARROW { 3.0 } else { 20.0 };
        let name = measure::fit(name.to_owned(), SMALL.face, size, self.plot.x - x - 1.0);
        self.write(SMALL.size(size), (x, y), name);
    }

    fn spot(&mut self, what: TrackSpot, x: f32, y: f32, w: f32, h: f32) {
        self.spots.push(Spot { what, x, y, w, h });
    }
}

#[cfg(test)]
mod tests;
