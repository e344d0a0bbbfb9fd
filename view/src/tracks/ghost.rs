//! What would have happened otherwise: the run that the shown one was changed from, as outlines on
//! the same tracks. Nothing is drawn where the two agree, and nothing before they part.

use super::Sheet;
use super::lane::{Attempt, HALF, attempts, bar};
use crate::draw::{Paint, Role, Shape};
use crate::focus;
use half_open::log::{Event, Kind, RequestId};
use half_open::policy::breaker::State;
use half_open::run::{Band, Bar, Run, parting};
use half_open::scenario::{Change, EdgeId, Fault};
use half_open::time::SimTime;

/// How wide its lines are.
const LINE: Paint = Paint::Stroke(1.5);
/// Lanes are many, and faint.
const FAINT: f32 = 0.5;

/// A run beside the one that is shown.
#[derive(Clone, Copy)]
pub(super) struct Ghost<'a> {
    pub(super) run: &'a Run,
    /// When the two part.
    pub(super) from: SimTime,
}

impl<'a> Ghost<'a> {
    /// None, if it is the same run.
    pub(super) fn beside(run: &Run, ghost: &'a Run) -> Option<Self> {
        let from = parting(ghost.experiment(), run.experiment())?;
        Some(Self { run: ghost, from })
    }
}

const fn role(state: State) -> Role {
    match state {
        State::Closed | State::Disabled | State::MetricsOnly => Role::Ok,
        State::Open | State::ForcedOpen => Role::Failure,
        State::HalfOpen => Role::Probe,
    }
}

/// Each band of a breaker with its end.
fn lasting(run: &Run, edge: EdgeId) -> impl Iterator<Item = (&Band, SimTime)> {
    let bands = run.index().bands.get(usize::from(edge)).map_or(&[][..], |bands| bands);
    let ends = bands.iter().skip(1).map(|next| next.from).chain([run.end()]);
    bands.iter().zip(ends)
}

impl Sheet<'_> {
    fn outline(
        &mut self,
        (role, alpha): (Role, f32),
        from: SimTime,
        to: SimTime,
        shape: impl Fn(f32, f32) -> Shape,
    ) {
        if let Some((x, w)) = self.stretch(from, to) {
            self.outlines.add(role, LINE, alpha, shape(x, w));
        }
    }

    pub(super) fn ghost_bands(&mut self, edge: EdgeId, y: f32, tall: f32) {
        let Some(ghost) = self.ghost else { return };
        let run = self.run;
        for (band, until) in lasting(ghost.run, edge) {
            let known = |(other, end): (&Band, SimTime)| {
                (other.from, other.state, end) == (band.from, band.state, until)
            };
            if until <= ghost.from || lasting(run, edge).any(known) {
                continue;
            }
            if let Some(state) = band.state {
                self.outline((role(state), 1.0), band.from.max(ghost.from), until, |x, w| {
                    Shape::Rect {
                        x: x + 0.75,
                        y: y + 0.75,
                        w: (w - 1.5).max(1.5),
                        h: tall - 1.5,
                        r: 0.0,
                    }
                });
            }
        }
    }

    /// A line over the columns of a histogram, with gaps where it would be no other: the sides of
    /// each column and its top.
    pub(super) fn ghost_line(&mut self, tops: &[((f32, f32), Option<f32>)]) {
        let (left, right) = (self.plot.x, self.right());
        let mut line = Vec::new();
        let mut before = None;
        for &((x1, x2), top) in tops {
            let (x1, x2) = (x1.max(left), x2.min(right));
            if let (Some(y1), Some(y2)) = (before, top) {
                line.push(Shape::Segment { x1, y1, x2: x1, y2 });
            }
            line.extend(top.map(|y| Shape::Segment { x1, y1: y, x2, y2: y }));
            before = top;
        }
        self.outlines.add_all(Role::Ghost, LINE, 1.0, line);
    }

    /// Faults that are elsewhere now, on the rows of those that are like them.
    pub(super) fn ghost_faults(&mut self, now: &[(Fault, &Bar, f32)], top: f32, tall: f32) {
        let Some(ghost) = self.ghost else { return };
        for old in &ghost.run.index().bars {
            let intervention = ghost.run.experiment().interventions.get(old.intervention);
            let change = intervention.map(|i| &i.change);
            let Some(fault) = change.and_then(Change::fault) else { continue };
            let alike = |other: &Fault| (other.target, other.kind) == (fault.target, fault.kind);
            let same = |bar: &Bar| (bar.from, bar.to) == (old.from, old.to);
            if now.iter().any(|(other, bar, _)| alike(other) && same(bar)) {
                continue;
            }
            let y = now.iter().find(|(other, ..)| alike(other)).map_or(top, |(_, _, y)| *y);
            self.outline((Role::Ghost, 1.0), old.from, old.to, |x, w| Shape::Rect {
                x: x + 0.75,
                y: y + 0.75,
                w: (w - 1.5).max(1.5),
                h: tall - 1.5,
                r: 4.0,
            });
        }
    }

    /// What would have become of the attempts of a request.
    pub(super) fn ghost_lane(
        &mut self,
        request: RequestId,
        now: &[Attempt],
        marks: &[Event],
        y: f32,
    ) {
        let Some(ghost) = self.ghost else { return };
        let Some(twin) = focus::twin(self.run, request, ghost.run) else { return };
        let (would, others) = attempts(ghost.run, twin);
        for attempt in would.iter().filter(|a| a.by_client && a.to >= ghost.from) {
            let same =
                |a: &Attempt| (a.from, a.to, a.role) == (attempt.from, attempt.to, attempt.role);
            if now.iter().any(same) {
                continue;
            }
            self.outline((attempt.role, FAINT), attempt.from, attempt.to, |x, w| {
                bar(x + 0.5, y, (w - 1.0).max(2.0), HALF - 0.5)
            });
        }
        for event in others.iter().filter(|e| e.kind == Kind::Rejected && e.at >= ghost.from) {
            if marks.iter().any(|mark| (mark.kind, mark.at) == (event.kind, event.at)) {
                continue;
            }
            let r = HALF - 0.5;
            self.outline((Role::Failure, FAINT), event.at, event.at, |x, _| Shape::Diamond {
                x,
                y,
                r,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Arrangement, PlotArea, Tracks, Viewport, draw, x_at};
    use super::*;
    use crate::draw::Size;
    use crate::link::Selection;
    use half_open::run::Limits;
    use half_open::scenario::{Experiment, Intervention, Knob, library};

    const SIZE: Size = Size { w: 1_100.0, h: 330.0 };

    fn at(ms: u64) -> SimTime {
        SimTime::from_millis(ms)
    }

    fn run(experiment: Experiment) -> Run {
        Run::new(experiment, Limits::default())
    }

    /// Payments with a patience of six seconds from a moment on.
    fn patient(since: SimTime) -> Experiment {
        let mut experiment = library::payments();
        let knob = Knob::find(&experiment.scenario, "api-bank.timeout").expect("a knob");
        experiment.insert(Intervention { at: since, change: Change::Set { knob, value: 6e9 } });
        experiment
    }

    fn tracks(run: &Run, ghost: Option<&Run>) -> Tracks {
        let view = Viewport { from: SimTime::ZERO, to: at(16_000) };
        draw(run, ghost, SIZE, view, &Selection::Nothing, &Arrangement::default())
    }

    fn shapes(tracks: &Tracks, role: Role) -> Vec<Shape> {
        let mine = tracks.ghost.groups.iter().filter(|group| group.role == role);
        mine.flat_map(|group| group.shapes.clone()).collect()
    }

    fn left(shape: &Shape) -> f32 {
        match *shape {
            Shape::Rect { x, .. } => x,
            Shape::Segment { x1, x2, .. } => x1.min(x2),
            Shape::Diamond { x, .. } => x,
            other => panic!("{other:?} is no part of a ghost"),
        }
    }

    #[test]
    fn the_same_run_leaves_no_ghost() {
        let (one, same) = (run(library::payments()), run(library::payments()));
        assert_eq!(tracks(&one, Some(&same)), tracks(&one, None));
        let quiet = library::contention();
        let mut late = quiet.clone();
        let at = SimTime::ZERO + quiet.scenario.horizon;
        late.insert(Intervention { at, change: Change::Burst(0) });
        let picture = tracks(&run(late), Some(&run(quiet)));
        assert!(picture.ghost.groups.is_empty(), "nothing happens after the end");
    }

    #[test]
    fn nothing_is_drawn_before_the_two_part() {
        let picture = tracks(&run(patient(at(6_000))), Some(&run(library::payments())));
        let part = x_at(&picture.plot, at(6_000));
        let groups = &picture.ghost.groups;
        let all: Vec<&Shape> = groups.iter().flat_map(|group| &group.shapes).collect();
        assert!(all.len() > 20, "{}", all.len());
        // A lane may have begun before, and a column lies around its moment.
        let early = all.iter().filter(|shape| left(shape) < part - 6.0).count();
        let lanes = all.iter().filter(|s| matches!(s, Shape::Rect { h, .. } if *h == 8.0)).count();
        assert!(early <= lanes, "{early} before {part}");
    }

    #[test]
    fn each_band_is_outlined_where_it_would_have_been() {
        let (ghost, now) = (run(library::payments()), run(patient(at(4_500))));
        let picture = tracks(&now, Some(&ghost));
        let plot: &PlotArea = &picture.plot;
        for (state, shown) in [(State::Open, Role::Failure), (State::HalfOpen, Role::Probe)] {
            let known =
                |band: &Band, end| lasting(&now, 1).any(|(b, e)| (b.from, e) == (band.from, end));
            let bands = lasting(&ghost, 1)
                .filter(|(band, end)| band.state == Some(state) && !known(band, *end));
            let after: Vec<SimTime> =
                bands.filter(|(_, until)| *until > at(4_500)).map(|(band, _)| band.from).collect();
            assert!(!after.is_empty());
            let outlines: Vec<f32> = shapes(&picture, shown)
                .iter()
                .filter(|shape| matches!(shape, Shape::Rect { h, .. } if *h == 16.5))
                .map(left)
                .collect();
            let wanted = after.iter().map(|from| x_at(plot, (*from).max(at(4_500))) + 0.75);
            assert_eq!(outlines, wanted.collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_line_over_the_columns_is_as_high_as_those_of_the_other_run() {
        let (ghost, now) = (run(library::payments()), run(patient(at(4_500))));
        let picture = tracks(&now, Some(&ghost));
        let bars = tracks(&ghost, Some(&now)).list.groups.into_iter();
        let tops: Vec<f32> = bars
            .filter(|group| group.role == Role::Waiting && matches!(group.paint, Paint::Fill))
            .flat_map(|group| group.shapes)
            .filter_map(|s| if let Shape::Rect { y, .. } = s { Some(y) } else { None })
            .collect();
        let flat = shapes(&picture, Role::Ghost).into_iter().filter_map(|shape| match shape {
            Shape::Segment { y1, y2, .. } if y1 == y2 => Some(y1),
            _ => None,
        });
        let line: Vec<f32> = flat.collect();
        let high = line.iter().filter(|y| tops.iter().any(|top| (*top - **y).abs() < 0.01)).count();
        assert!(high > 20 && high * 10 > line.len() * 8, "{high} of {}", line.len());
    }

    #[test]
    fn what_became_of_a_request_otherwise_is_on_its_lane() {
        let (ghost, now) = (run(library::payments()), run(patient(at(4_500))));
        let picture = tracks(&now, Some(&ghost));
        let lanes: Vec<f32> = picture.lanes.iter().map(super::super::lane::Lane::y).collect();
        let refused: Vec<f32> = shapes(&picture, Role::Failure)
            .iter()
            .filter_map(|s| if let Shape::Diamond { y, .. } = s { Some(*y) } else { None })
            .collect();
        assert!(!refused.is_empty(), "some would have been rejected");
        assert!(refused.iter().all(|y| lanes.contains(y)));
    }

    #[test]
    fn a_fault_that_was_moved_is_outlined_where_it_was() {
        let before = library::payments();
        let mut after = before.clone();
        after.interventions[0].at = at(6_000);
        let (ghost, now) = (run(before), run(after));
        let picture = tracks(&now, Some(&ghost));
        let outline = shapes(&picture, Role::Ghost).into_iter().find_map(|shape| match shape {
            Shape::Rect { x, w, .. } => Some((x, w)),
            _ => None,
        });
        let (x, w) = outline.expect("an outline");
        let (from, to) = (x_at(&picture.plot, at(4_000)), x_at(&picture.plot, at(9_000)));
        assert!((x - from - 0.75).abs() < 0.01 && (x + w - to + 0.75).abs() < 0.01);
    }
}
