//! When requests began, and on top of them the attempts that were not the first.

use super::Sheet;
use super::chart::{WIDE, columns};
use crate::draw::{Paint, Role, Shape};
use crate::measure::VALUE;
use half_open::run::flow::Counts;

/// A column so high stands for at least this many: a calm run does not look like a storm.
const LEAST: u32 = 8;

impl Sheet<'_> {
    /// Returns where the next track may begin.
    pub(super) fn arrivals(&mut self, top: f32, tall: f32) -> f32 {
        self.name(top + 14.0, "arrivals");
        let columns = columns(self.run, &self.plot, WIDE);
        let ghost = self.ghost_columns(WIDE);
        let all = |counts: &Counts| counts.begun + counts.again;
        let other = ghost.as_ref().map_or(&[][..], |(columns, _)| &columns.counts);
        let most = columns.counts.iter().chain(other).map(all).max().unwrap_or(0).max(LEAST);
        let unit = tall / most as f32;
        let bottom = top + tall;
        let (mut fresh_bars, mut again_bars) = (Vec::new(), Vec::new());
        for (column, counts) in columns.counts.iter().enumerate() {
            let (left, right) = self.sides(&columns, column);
            let w = right - left - 1.0;
            if w <= 0.0 {
                continue;
            }
            let bar = |from: u32, count: u32| {
                let (y, h) = (bottom - (from + count) as f32 * unit, count as f32 * unit);
                Shape::Rect { x: left, y, w, h, r: 0.0 }
            };
            if counts.begun > 0 {
                fresh_bars.push(bar(0, counts.begun));
            }
            if counts.again > 0 {
                again_bars.push(bar(counts.begun, counts.again));
            }
        }
        let line = self.otherwise(&columns, ghost.as_ref(), |columns, column| {
            columns.counts.get(column).map(|counts| bottom - all(counts) as f32 * unit)
        });
        self.ghost_line(&line);
        self.list.add_all(Role::Request, Paint::Fill, 0.85 * self.alpha, fresh_bars);
        self.list.add_all(Role::Waiting, Paint::Fill, self.alpha, again_bars);
        // Where there is no room beside the name, the scale is below it.
        let y = if self.plot.x > 100.0 { top + 10.0 } else { top + 30.0 };
        self.write(VALUE.end(), (self.plot.x - 8.0, y), format!("{most}"));
        bottom
    }
}
