//! How requests ended, as columns: those that succeeded stand on the ground, those that did not hang
//! from the top, where few of them are seen beside many.

use super::plot::{PlotArea, x_at};
use crate::draw::{DrawList, Paint, Role, Shape};
use half_open::run::flow::{Columns, Outcome};

/// What happened even once is so high: what stands, and what hangs.
const LEAST: (f32, f32) = (1.5, 3.0);

/// Draws them between `top` and `top + tall`.
pub(super) fn draw(
    list: &mut DrawList,
    plot: &PlotArea,
    columns: &Columns,
    (top, tall): (f32, f32),
    alpha: f32,
) {
    let most = columns.counts.iter().map(|counts| counts.finished()).max().unwrap_or(0).max(4);
    let mut shapes: [Vec<Shape>; 5] = Default::default();
    let mut halves = Vec::new();
    for (column, counts) in columns.counts.iter().enumerate() {
        let left = x_at(plot, columns.begin(column)).max(plot.x);
        let right = x_at(plot, columns.begin(column + 1)).min(plot.x + plot.w);
        let (mut stands, mut hangs) = (top + tall, top);
        for outcome in Outcome::ALL {
            let count = counts.ended[outcome as usize];
            if count == 0 || right <= left {
                continue;
            }
            let share = count as f32 / most as f32;
            let fails = matches!(outcome, Outcome::Failed | Outcome::Rejected);
            let h = (share * tall).max(if fails { LEAST.1 } else { LEAST.0 });
            let y = if fails { hangs } else { stands - h };
            if fails {
                hangs += h
            } else {
                stands -= h
            }
            // What was never sent is thin: hollow, as everywhere.
            let w = right - left;
            let w = if outcome == Outcome::Rejected { (w / 2.0).min(1.0) } else { w };
            shapes[outcome as usize].push(Shape::Rect { x: left, y, w, h, r: 0.0 });
            if outcome == Outcome::Degraded {
                // Half of a bar, as the answer is half of one.
                halves.push(Shape::Rect { x: left, y: y + h / 2.0, w, h: h / 2.0, r: 0.0 });
            }
        }
    }
    let [ok, replayed, degraded, failed, rejected] = shapes;
    list.add_all(Role::Ok, Paint::Fill, 0.6 * alpha, ok);
    list.add_all(Role::Replay, Paint::Fill, alpha, replayed);
    list.add_all(Role::Ok, Paint::Fill, 0.25 * alpha, degraded);
    list.add_all(Role::Ok, Paint::Fill, alpha, halves);
    list.add_all(Role::Failure, Paint::Fill, alpha, failed);
    list.add_all(Role::Failure, Paint::Fill, alpha, rejected);
}
