//! What was broken, and for how long, and which breakers were given other settings.

use super::{Sheet, TrackSpot};
use crate::diagram::like;
use crate::draw::{Paint, Role, Shape};
use crate::link::Selection;
use crate::measure::{SMALL, fit, width};
use half_open::run::Bar;
use half_open::scenario::{Change, Scenario, Target};

/// The height of a bar, and of its row.
const BAR: f32 = 18.0;
const ROW: f32 = 22.0;
/// Bars that overlap lie in rows; what does not fit into so many shares the last, and is counted.
const ROWS: usize = 6;
/// What is shorter is drawn so wide, so that it can be grabbed.
const NARROWEST: f32 = 14.0;
/// How wide the part of a bar is that stretches it.
const GRIP: f32 = 8.0;

/// What stands in a bar, or beside it.
fn label(scenario: &Scenario, change: &Change) -> String {
    match change {
        Change::Fault(fault) | Change::Struck(fault) => {
            let place = match fault.target {
                Target::Node(node) => scenario.node_name(node).to_owned(),
                Target::Edge(edge) => scenario.edge_name(edge),
            };
            format!("{place} {}", fault.kind.label())
        }
        Change::SetBreaker { edge, settings } => {
            format!("{} {}", scenario.edge_name(*edge), like(settings))
        }
        Change::Chaos(chaos) => chaos.label(),
        _ => String::new(),
    }
}

/// Whether the end of a bar can be taken along. A fault that strikes only once ends when it does,
/// whatever its length; where there is a length and it does not strike within it, that is its end.
fn has_end(change: &Change, bar: &Bar) -> bool {
    let fault = match change {
        Change::Fault(fault) => fault,
        Change::Chaos(_) => return true,
        _ => return false,
    };
    !fault.kind.strikes_once() || fault.lasts.is_some_and(|lasts| bar.from + lasts <= bar.to)
}

impl Sheet<'_> {
    /// Returns where the next track may begin.
    pub(super) fn faults(&mut self, top: f32) -> f32 {
        self.name(top + 14.0, "faults");
        let mut ends = [f32::MIN; ROWS];
        let mut places = Vec::new();
        let experiment = self.run.experiment().clone();
        let (mut rows, mut piled) = (1, 0);
        for bar in &self.run.index().bars {
            let intervention = experiment.interventions.get(bar.intervention);
            let Some(change) = intervention.map(|i| &i.change) else { continue };
            let Some((x, w)) = self.stretch(bar.from, bar.to) else { continue };
            let w = w.max(NARROWEST).min((self.right() - x).max(NARROWEST));
            let label = label(&experiment.scenario, change);
            let wide = width(&label, SMALL.face, 12.0);
            let inside = wide + 16.0 <= w;
            let row = ends.iter().position(|end| *end <= x).unwrap_or(ROWS - 1);
            let before = ends[row];
            ends[row] = x + w + if inside { 6.0 } else { wide + 14.0 };
            rows = rows.max(row + 1);
            let y = top + row as f32 * ROW;
            if let Some(fault) = change.fault() {
                places.push((*fault, bar, y));
            }
            let shape = Shape::Rect { x, y, w, h: BAR, r: 4.0 };
            self.add(Role::Hollow, Paint::Fill, shape);
            let chosen = *self.selection == Selection::Intervention(bar.intervention as u32);
            let (role, line) = if chosen { (Role::Selected, 2.0) } else { (Role::Soft, 1.0) };
            self.add(role, Paint::Stroke(line), shape);
            let style = SMALL.size(12.0).role(if inside { Role::Ink } else { Role::Soft });
            if before > x {
                // The name of the bar below it is there already.
                ends[row] = before.max(x + w + 6.0);
                piled += 1;
            } else if inside {
                self.write(style, (x + 8.0, y + 13.0), label);
            } else if x + w + 8.0 + wide <= self.right() + 20.0 {
                self.write(style, (x + w + 6.0, y + 13.0), label);
            } else {
                // On the side where there is more room.
                let left = x - 12.0 - before.max(self.plot.x);
                let right = self.right() + 20.0 - (x + w + 6.0);
                let label = fit(label, style.face, 12.0, left.max(right));
                if left > right {
                    ends[row] = x + w + 6.0;
                    self.write(style.end(), (x - 6.0, y + 13.0), label);
                } else {
                    self.write(style, (x + w + 6.0, y + 13.0), label);
                }
            }
            let intervention = bar.intervention as u32;
            self.spot(TrackSpot::Fault { intervention }, x, y, w, BAR);
            if has_end(change, bar) {
                let x = x + w - GRIP;
                self.spot(TrackSpot::FaultEnd { intervention }, x, y, GRIP + 3.0, BAR);
            }
        }
        self.ghost_faults(&places, top, BAR);
        let last = top + (rows - 1) as f32 * ROW;
        if piled > 0 {
            self.write(
                SMALL.size(12.0).end(),
                (self.plot.x - 8.0, last + 13.0),
                format!("+{piled}"),
            );
        }
        last + BAR
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Arrangement, Viewport, draw};
    use super::*;
    use crate::draw::Size;
    use half_open::policy::breaker::Preset;
    use half_open::run::{Limits, Run};
    use half_open::scenario::{Fault, FaultKind, Intervention, library};
    use half_open::time::{SimDuration, SimTime};

    /// Where the end of a lonely fault on the first line can be gripped.
    fn grip(kind: FaultKind, lasts: Option<u64>) -> Option<f32> {
        let mut experiment = library::payments();
        let fault =
            Fault { target: Target::Edge(0), kind, lasts: lasts.map(SimDuration::from_millis) };
        let at = SimTime::from_millis(4_000);
        experiment.interventions = vec![Intervention { at, change: Change::Fault(fault) }];
        let run = Run::new(experiment, Limits::default());
        let view = Viewport { from: SimTime::ZERO, to: SimTime::from_millis(16_000) };
        let size = Size { w: 1_100.0, h: 330.0 };
        let tracks = draw(&run, None, size, view, &Selection::Nothing, &Arrangement::default());
        let end = |what: &TrackSpot| matches!(what, TrackSpot::FaultEnd { .. });
        tracks.spots.iter().find(|spot| end(&spot.what)).map(|spot| spot.x)
    }

    #[test]
    fn a_breaker_with_other_settings_has_a_flag_to_drag_but_no_end() {
        let mut experiment = library::payments();
        let settings = Box::new(Preset::Polly.in_scenario());
        let at = SimTime::from_millis(4_000);
        let change = Change::SetBreaker { edge: 1, settings };
        assert_eq!(label(&experiment.scenario, &change), "api → bank like Polly 8");
        experiment.interventions = vec![Intervention { at, change }];
        let run = Run::new(experiment, Limits::default());
        let view = Viewport { from: SimTime::ZERO, to: SimTime::from_millis(16_000) };
        let tracks = draw(
            &run,
            None,
            Size { w: 1_100.0, h: 330.0 },
            view,
            &Selection::Nothing,
            &Arrangement::default(),
        );
        let flags = tracks.spots.iter().filter(|spot| match spot.what {
            TrackSpot::Fault { intervention } => intervention == 0,
            TrackSpot::FaultEnd { .. } => panic!("it does not end"),
            _ => false,
        });
        assert_eq!(flags.count(), 1);
    }

    #[test]
    fn a_fault_that_strikes_once_has_an_end_to_grip_where_its_length_is_the_end() {
        let lose = FaultKind::LoseNextResponse;
        assert_eq!(grip(lose, None), None, "it ends when it strikes");
        assert_eq!(grip(lose, Some(8_000)), None, "it strikes long before");
        let short = grip(lose, Some(1)).expect("nothing comes back within a millisecond");
        let long = grip(FaultKind::Partition, Some(8_000)).expect("a partition lasts");
        assert!(short < long, "{short} and {long}");
    }
}
