//! When requests began, and on top of them the attempts that were not the first.

use super::Sheet;
use crate::draw::{Paint, Role, Shape};
use crate::measure::VALUE;
use half_open::time::SimTime;

/// The width of a column with the gap after it.
const COLUMN: f32 = 6.0;
/// A column so high stands for at least this many: a calm run does not look like a storm.
const LEAST: u32 = 8;

impl Sheet<'_> {
    /// Returns where the next track may begin.
    pub(super) fn arrivals(&mut self, top: f32, tall: f32) -> f32 {
        self.name(top + 14.0, "arrivals");
        let index = self.run.index();
        let bucket = index.bucket.nanos().max(1);
        let view = self.plot.viewport;
        // Columns hold whole buckets and lie at multiples of their length: zooming changes them,
        // panning moves them.
        let per_column = (self.plot.per_pixel() * f64::from(COLUMN) / bucket as f64) as u64;
        let per_column = per_column.max(1);
        let step = per_column * bucket;
        let end = |column: u64| SimTime::from_nanos(column * step);
        let first = view.from.nanos() / step;
        let last = view.to.nanos().div_ceil(step);
        let sum = |counts: &[u16], column: u64| -> u32 {
            let from = ((column * per_column) as usize).min(counts.len());
            let to = (from + per_column as usize).min(counts.len());
            counts[from..to].iter().map(|count| u32::from(*count)).sum()
        };
        let counted: Vec<(u64, u32, u32)> = (first..last)
            .map(|column| (column, sum(&index.fresh, column), sum(&index.retries, column)))
            .collect();
        // A ghost with the same axis has the same columns.
        let ghost = self.ghost.filter(|ghost| ghost.run.index().bucket == index.bucket);
        let otherwise = ghost.map_or_else(Vec::new, |ghost| {
            let index = ghost.run.index();
            let since = ghost.from.nanos() / step;
            let all = |column| (column, sum(&index.fresh, column) + sum(&index.retries, column));
            (first.max(since)..last).map(all).collect()
        });
        let most = counted.iter().map(|(_, fresh, again)| fresh + again);
        let most = most.chain(otherwise.iter().map(|(_, all)| *all)).max().unwrap_or(0);
        let unit = tall / most.max(LEAST) as f32;
        let (mut fresh_bars, mut again_bars) = (Vec::new(), Vec::new());
        let bottom = top + tall;
        for &(column, fresh, again) in &counted {
            let left = self.x(end(column)).max(self.plot.x);
            let w = (self.x(end(column + 1)) - 1.0).min(self.right()) - left;
            if w <= 0.0 {
                continue;
            }
            let bar = |from: u32, count: u32| {
                let (y, h) = (bottom - (from + count) as f32 * unit, count as f32 * unit);
                Shape::Rect { x: left, y, w, h, r: 0.0 }
            };
            if fresh > 0 {
                fresh_bars.push(bar(0, fresh));
            }
            if again > 0 {
                again_bars.push(bar(fresh, again));
            }
        }
        let line = otherwise.iter().map(|(column, all)| {
            let sides = (self.x(end(*column)), self.x(end(column + 1)));
            let now = counted.get((column - first) as usize).map(|(_, fresh, again)| fresh + again);
            (sides, (now != Some(*all)).then_some(bottom - *all as f32 * unit))
        });
        let line: Vec<_> = line.collect();
        self.ghost_line(&line);
        self.list.add_all(Role::Request, Paint::Fill, 0.85 * self.alpha, fresh_bars);
        self.list.add_all(Role::Waiting, Paint::Fill, self.alpha, again_bars);
        // Where there is no room beside the name, the scale is below it.
        let y = if self.plot.x > 100.0 { top + 10.0 } else { top + 30.0 };
        self.write(VALUE.end(), (self.plot.x - 8.0, y), format!("{}", most.max(LEAST)));
        bottom
    }
}
