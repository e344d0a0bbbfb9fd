//! What each breaker did: letting calls through, failing fast, probing.

use super::{Sheet, TrackSpot};
use crate::draw::{Paint, Role, Shape};
use crate::measure::{SMALL, width};
use half_open::policy::breaker::State;
use half_open::run::Run;
use half_open::scenario::EdgeId;
use half_open::time::SimTime;

/// The height of a band.
const BAND: f32 = 18.0;
/// A state that lasted for less is still seen.
const NARROWEST: f32 = 3.0;

impl Sheet<'_> {
    /// The lines that have or had a breaker, here or in the ghost.
    pub(super) fn guarded(&self) -> Vec<EdgeId> {
        let has = |run: &Run, edge: EdgeId| {
            run.index().bands.get(usize::from(edge)).is_some_and(|bands| !bands.is_empty())
        };
        let ghost = self.ghost.map(|ghost| ghost.run);
        let edges = (0u8..).zip(&self.run.index().bands).map(|(edge, _)| edge);
        let guarded = edges
            .filter(|edge| has(self.run, *edge) || ghost.is_some_and(|ghost| has(ghost, *edge)));
        guarded.collect()
    }

    /// Returns where it ends.
    pub(super) fn breaker(&mut self, edge: EdgeId, only: bool, y: f32) -> f32 {
        let label = match only {
            true => "breaker".to_owned(),
            false => self.run.experiment().scenario.edge_name(edge),
        };
        self.name(y + 13.0, &label);
        self.bands(edge, y);
        self.ghost_bands(edge, y, BAND);
        y + BAND
    }

    fn bands(&mut self, edge: EdgeId, y: f32) {
        let bands = &self.run.index().bands[usize::from(edge)];
        let view = self.plot.viewport;
        let first = bands.partition_point(|band| band.from <= view.from).saturating_sub(1);
        for (place, band) in bands.iter().enumerate().skip(first) {
            if band.from > view.to {
                break;
            }
            let until = bands.get(place + 1).map_or(self.run.end(), |next| next.from);
            if let Some(state) = band.state {
                self.band(state, band.from, until, y);
            }
            if let Some((x, w)) = self.stretch(band.from, until) {
                self.spot(
                    TrackSpot::Band { edge, event: band.event },
                    x,
                    y,
                    w.max(NARROWEST),
                    BAND,
                );
            }
        }
    }

    fn band(&mut self, state: State, from: SimTime, until: SimTime, y: f32) {
        let Some((x, w)) = self.stretch(from, until) else { return };
        let w = w.max(NARROWEST);
        let shape = Shape::Rect { x, y, w, h: BAND, r: 0.0 };
        let (role, ground, pattern, effect) = match state {
            State::Closed => (Role::Ok, 0.3, None, "letting calls through"),
            State::Disabled => (Role::Ok, 0.3, None, "held closed"),
            State::MetricsOnly => (Role::Ok, 0.3, None, "only counting"),
            State::Open => (Role::Failure, 0.14, Some(Paint::Hatch), "failing fast"),
            State::ForcedOpen => (Role::Failure, 0.14, Some(Paint::Hatch), "held open"),
            State::HalfOpen => (Role::Probe, 0.18, Some(Paint::Dots), "one probe"),
        };
        self.list.add(role, Paint::Fill, ground, shape);
        if let Some(pattern) = pattern {
            self.list.add(role, pattern, 1.0, shape);
        }
        let wide = width(effect, SMALL.face, 12.0);
        if wide + 24.0 > w {
            return;
        }
        if pattern.is_some() {
            let plate = Shape::Rect { x: x + 5.0, y: y + 2.0, w: wide + 10.0, h: 14.0, r: 3.0 };
            self.add(Role::Paper, Paint::Fill, plate);
        }
        self.write(SMALL.size(12.0).role(Role::Ink), (x + 10.0, y + 13.0), effect);
    }
}
