//! What each breaker did: letting calls through, failing fast, probing.

use super::{Sheet, TrackSpot};
use crate::draw::{Paint, Role, Shape};
use crate::measure::{SMALL, width};
use half_open::log::EventId;
use half_open::policy::breaker::{Crowd, State};
use half_open::run::Run;
use half_open::scenario::knob::ClientsKnob;
use half_open::scenario::{Change, EdgeId, Experiment, Knob};
use half_open::time::SimTime;

/// The height of a band.
const BAND: f32 = 18.0;
/// The width of a column of a share.
const COLUMN: f32 = 2.0;
/// A state that lasted for less is still seen.
const NARROWEST: f32 = 3.0;

/// How many are not closed in a column, and the transition since which that is so.
type Share = Option<(Crowd, Option<EventId>)>;

/// How many clients there are on a line at most.
fn most_clients(experiment: &Experiment, edge: EdgeId) -> u32 {
    let scenario = &experiment.scenario;
    let node = scenario.edge(edge).map(|edge| edge.from);
    let first = node.and_then(|node| scenario.clients(node)).map_or(1, |clients| clients.count);
    let set = experiment.interventions.iter().filter_map(|done| match done.change {
        Change::Set { knob: Knob::Clients(of, ClientsKnob::Count), value } => {
            (Some(of) == node).then_some(value as u32)
        }
        _ => None,
    });
    set.fold(first, u32::max)
}

impl Sheet<'_> {
    /// The lines that have or had a breaker, here or in the ghost.
    pub(super) fn guarded(&self) -> Vec<EdgeId> {
        let has = |run: &Run, edge: EdgeId| {
            let (index, place) = (run.index(), usize::from(edge));
            index.bands.get(place).is_some_and(|bands| !bands.is_empty())
                || index.crowds.get(place).is_some_and(|steps| !steps.is_empty())
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
        self.crowd(edge, y);
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

    /// The share of clients whose own breaker is not closed: at its most in each column.
    fn crowd(&mut self, edge: EdgeId, y: f32) {
        let run = self.run;
        let clients = most_clients(run.experiment(), edge) as f32;
        let shares = self.shares(run, edge);
        let tall = |some: u32| BAND * (some as f32 / clients).min(1.0);
        for (place, share) in shares.iter().enumerate() {
            let Some((crowd, event)) = *share else { continue };
            let x = self.plot.x + place as f32 * COLUMN;
            let (all, open) = (tall(crowd.not_closed()), tall(crowd.open));
            let bar = |from: f32, to: f32| Shape::Rect {
                x,
                y: y + BAND - to,
                w: COLUMN,
                h: to - from,
                r: 0.0,
            };
            self.list.add(Role::Ok, Paint::Fill, 0.3, bar(all, BAND));
            self.list.add(Role::Probe, Paint::Fill, 0.8, bar(open, all));
            self.list.add(Role::Failure, Paint::Fill, 0.8, bar(0.0, open));
            self.spot(TrackSpot::Band { edge, event }, x, y, COLUMN, BAND);
        }
        let Some(ghost) = self.ghost else { return };
        let before = self.shares(ghost.run, edge);
        let tops: Vec<_> = (before.iter().zip(&shares).enumerate())
            .map(|(place, (old, new))| {
                let x = self.plot.x + place as f32 * COLUMN;
                let not_closed = |share: &Share| share.map(|(crowd, _)| crowd.not_closed());
                let old = not_closed(old).filter(|old| Some(*old) != not_closed(new));
                ((x, x + COLUMN), old.map(|old| y + BAND - tall(old)))
            })
            .collect();
        self.ghost_line(&tops);
    }

    fn shares(&self, run: &Run, edge: EdgeId) -> Vec<Share> {
        let steps = run.index().crowds.get(usize::from(edge)).map_or(&[][..], Vec::as_slice);
        let view = self.plot.viewport;
        let mut shares = vec![None; (self.plot.w / COLUMN) as usize];
        let first = steps.partition_point(|step| step.from <= view.from).saturating_sub(1);
        for (place, step) in steps.iter().enumerate().skip(first) {
            let until = steps.get(place + 1).map_or(run.end(), |next| next.from);
            let Some(crowd) = step.crowd.filter(|_| step.from <= view.to) else { continue };
            let Some((x, w)) = self.stretch(step.from, until) else { continue };
            let column = |x: f32| ((x - self.plot.x).max(0.0) / COLUMN) as usize;
            for share in shares.iter_mut().take(column(x + w) + 1).skip(column(x)) {
                let more = |(other, _): &(Crowd, _)| other.not_closed() <= crowd.not_closed();
                if share.as_ref().is_none_or(more) {
                    *share = Some((crowd, step.event));
                }
            }
        }
        shares
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
