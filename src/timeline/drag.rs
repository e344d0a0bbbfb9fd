//! What a pressed pointer does on the time axis.

use half_open::scenario::Change;
use half_open::time::{SimDuration, SimTime};
use half_open_view::tracks::{self, PlotArea, TrackSpot};

use crate::store::{Action, Range, Selection, State};

/// How many pixels a pointer may tremble and still click.
const STILL: f32 = 3.0;

/// A pointer that is pressed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Drag {
    /// Takes the playhead along.
    Scrub,
    /// Takes the axis along.
    Pan {
        /// Where it was pressed.
        x: f32,
        /// How far it was moved since, in nanoseconds.
        moved: i64,
    },
    /// Takes a fault along.
    Move {
        /// Its intervention.
        index: usize,
        /// Where it was pressed.
        x: f32,
        /// How long after the fault's start that was.
        grip: SimDuration,
        /// Whether it went further than a tremble.
        begun: bool,
    },
    /// Takes the end of a fault along.
    Stretch {
        /// Its intervention.
        index: usize,
        /// When it begins.
        from: SimTime,
    },
    /// Marks a part of the axis, from here on.
    Brush {
        /// The end that stays.
        from: SimTime,
        /// Where it was pressed.
        x: f32,
        /// Whether it went further than a tremble.
        begun: bool,
    },
    /// Scrolls the tracks.
    Scroll {
        /// Where it was pressed, or where the last row was passed.
        y: f32,
    },
    /// Selects something, unless it goes somewhere: then it scrubs.
    Press {
        /// What.
        what: Selection,
        /// Where.
        x: f32,
    },
}

impl Drag {
    /// What a press at `x` on `spot` begins.
    pub(super) fn begin(state: &State, spot: Option<TrackSpot>, plot: &PlotArea, x: f32) -> Self {
        let start = |index: u32| {
            let intervention = state.experiment.interventions.get(index as usize)?;
            let change = &intervention.change;
            matches!(change, Change::Fault(_) | Change::SetBreaker { .. } | Change::Chaos(_))
                .then_some(intervention.at)
        };
        let press = |what| Self::Press { what, x };
        match spot {
            Some(TrackSpot::Fault { intervention }) => match start(intervention) {
                Some(at) => Self::Move {
                    index: intervention as usize,
                    x,
                    grip: tracks::time_at(plot, x).since(at),
                    begun: false,
                },
                None => press(Selection::Intervention(intervention)),
            },
            Some(TrackSpot::FaultEnd { intervention }) => match start(intervention) {
                Some(from) => Self::Stretch { index: intervention as usize, from },
                None => press(Selection::Intervention(intervention)),
            },
            Some(TrackSpot::Lane { request }) => press(Selection::Request(request)),
            Some(TrackSpot::LaneMark { event }) => press(Selection::Event(event)),
            Some(TrackSpot::Band { edge, .. }) => press(Selection::Edge(edge)),
            Some(TrackSpot::Ruler | TrackSpot::Gap { .. }) | None => Self::Scrub,
        }
    }

    /// What moving the pointer to `x` does.
    pub(super) fn go(&mut self, plot: &PlotArea, x: f32) -> Option<Action> {
        let t = tracks::time_at(plot, x);
        match self {
            Self::Scrub => Some(Action::Seek(t)),
            Self::Pan { x: start, moved } => {
                let total = (f64::from(*start - x) * plot.per_pixel()) as i64;
                let by = total - std::mem::replace(moved, total);
                Some(Action::Pan(by))
            }
            Self::Move { index, x: start, grip, begun } => {
                *begun |= (x - *start).abs() > STILL;
                let at = snapped(plot, SimTime::ZERO + (t.since(SimTime::ZERO) - *grip));
                begun.then_some(Action::Move { index: *index, at, done: false })
            }
            Self::Stretch { index, from } => {
                let lasts = Some(snapped(plot, t).since(*from));
                Some(Action::Stretch { index: *index, lasts, done: false })
            }
            Self::Brush { from, x: start, begun } => {
                *begun |= (x - *start).abs() > STILL;
                let range = Range { from: *from, to: snapped(plot, t) };
                begun.then_some(Action::Brush(Some(range)))
            }
            Self::Scroll { .. } => None,
            Self::Press { x: start, .. } if (x - *start).abs() > STILL => {
                *self = Self::Scrub;
                Some(Action::Seek(t))
            }
            Self::Press { .. } => None,
        }
    }

    /// What letting go at `x` does.
    pub(super) fn end(mut self, plot: &PlotArea, x: f32) -> Option<Action> {
        let last = self.go(plot, x);
        match (self, last) {
            (Self::Move { index, begun: false, .. }, _) => {
                Some(Action::Select(Selection::Intervention(index as u32)))
            }
            (Self::Brush { begun: false, .. }, _) => Some(Action::Brush(None)),
            (Self::Press { what, .. }, None) => Some(Action::Select(what)),
            (_, Some(Action::Move { index, at, .. })) => {
                Some(Action::Move { index, at, done: true })
            }
            (_, Some(Action::Stretch { index, lasts, .. })) => {
                Some(Action::Stretch { index, lasts, done: true })
            }
            (_, last) => last,
        }
    }
}

/// The nearest round moment: rounder the more time a pixel stands for.
pub(super) fn snapped(plot: &PlotArea, t: SimTime) -> SimTime {
    let pixel = plot.per_pixel();
    let mut step = 1_000_u64;
    for factor in [2.0, 2.5, 2.0].into_iter().cycle() {
        if step as f64 >= pixel {
            break;
        }
        step = (step as f64 * factor) as u64;
    }
    SimTime::from_nanos((t.nanos() + step / 2) / step * step)
}

#[cfg(test)]
mod tests {
    use half_open_view::tracks::Viewport;

    use super::*;

    fn plot() -> PlotArea {
        let viewport = Viewport { from: SimTime::ZERO, to: SimTime::from_millis(16_000) };
        PlotArea { x: 100.0, y: 20.0, w: 800.0, h: 200.0, viewport, breaks: [].into() }
    }

    #[test]
    fn faults_snap_to_round_moments() {
        let t = snapped(&plot(), SimTime::from_nanos(4_013_377_123));
        assert_eq!(t, SimTime::from_millis(4_020));
    }

    #[test]
    fn a_press_selects_and_a_drag_scrubs() {
        let what = Selection::Request(7);
        let still = Drag::Press { what, x: 200.0 };
        assert_eq!(still.end(&plot(), 201.0), Some(Action::Select(what)));
        let mut moving = Drag::Press { what, x: 200.0 };
        let at = SimTime::from_millis(4_000);
        assert_eq!(moving.go(&plot(), 300.0), Some(Action::Seek(at)));
        assert_eq!(moving, Drag::Scrub);
    }

    #[test]
    fn what_is_dragged_over_is_marked_and_a_press_unmarks() {
        let from = SimTime::from_millis(2_000);
        let mut brush = Drag::Brush { from, x: 200.0, begun: false };
        assert_eq!(brush.go(&plot(), 202.0), None);
        let to = SimTime::from_millis(4_000);
        let marked = Some(Action::Brush(Some(Range { from, to })));
        assert_eq!(brush.go(&plot(), 300.0), marked);
        let still = Drag::Brush { from, x: 200.0, begun: false };
        assert_eq!(still.end(&plot(), 201.0), Some(Action::Brush(None)));
    }

    #[test]
    fn panning_moves_the_axis_by_what_was_dragged() {
        let mut pan = Drag::Pan { x: 200.0, moved: 0 };
        assert_eq!(pan.go(&plot(), 150.0), Some(Action::Pan(1_000_000_000)));
        assert_eq!(pan.go(&plot(), 150.0), Some(Action::Pan(0)));
        assert_eq!(pan.go(&plot(), 200.0), Some(Action::Pan(-1_000_000_000)));
    }
}
