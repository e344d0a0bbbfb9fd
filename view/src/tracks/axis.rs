//! The time axis: numbers at the top, thin lines through all tracks.

use super::{Sheet, TrackSpot, Viewport};
use crate::draw::{Paint, Role, Shape};
use crate::measure::{VALUE, width};
use crate::numbers::short;
use half_open::time::SimTime;

/// The least distance between two numbers, in pixels.
const APART: f32 = 62.0;
/// Where the buttons that zoom the axis end.
const ZOOM: f32 = 112.0;
/// How high a tooth of a zigzag is.
const TOOTH: f32 = 6.0;
/// Steps of the axis within a power of ten.
const STEPS: [u64; 3] = [1, 2, 5];

impl Sheet<'_> {
    pub(super) fn axis(&mut self) {
        let view = self.plot.viewport;
        let mut free = ZOOM;
        let most = view.span().nanos() as f64 / self.plot.per_pixel() / f64::from(APART);
        let breaks = self.plot.breaks.clone();
        let out = |at: SimTime| breaks.iter().any(|gap| gap.from < at && at < gap.to);
        for (at, text) in ticks(view, most as f32).into_iter().filter(|(at, _)| !out(*at)) {
            let x = self.x(at);
            let (y1, y2) = (self.plot.y, self.plot.y + self.plot.h);
            self.add(Role::Line, Paint::Stroke(1.0), Shape::Segment { x1: x, y1, x2: x, y2 });
            // What zooms the axis is in its first corner; the handle of the playhead is below. Where
            // time is left out, numbers are closer to one another.
            let wide = width(&text, VALUE.face, VALUE.size);
            if x - wide / 2.0 > free {
                self.write(VALUE.middle(), (x, 12.0), text);
                free = x + wide / 2.0 + 4.0;
            }
        }
        self.gaps();
        let (x, w) = (self.plot.x, self.plot.w);
        self.spot(TrackSpot::Ruler, x, 0.0, w, self.plot.y);
    }

    /// Where time is left out: a zigzag, and how much it was.
    fn gaps(&mut self) {
        let (y, h) = (self.plot.y, self.plot.h);
        for gap in self.plot.breaks.clone().iter() {
            let Some((x, w)) = self.stretch(gap.from, gap.to) else { continue };
            self.add(Role::Hollow, Paint::Fill, Shape::Rect { x, y, w, h, r: 0.0 });
            for side in [x, x + w] {
                let teeth = (h / TOOTH) as usize;
                let zigzag = (0..teeth).map(|tooth| {
                    let (y1, out) = (y + tooth as f32 * TOOTH, (tooth % 2) as f32 * 2.0 - 1.0);
                    let (x1, x2) = (side + 1.5 * out, side - 1.5 * out);
                    Shape::Segment { x1, y1, x2, y2: y1 + TOOTH }
                });
                let zigzag = zigzag.collect();
                self.list.add_all(Role::Soft, Paint::Stroke(1.0), 0.7, zigzag);
            }
            let style = VALUE.size(11.0).middle();
            self.write(style, (x + w / 2.0, y - 1.0), short(gap.to.since(gap.from)));
            self.spot(TrackSpot::Gap { from: gap.from, to: gap.to }, x, y, w, h);
        }
    }
}

/// The round moments of a part of the axis with their names, no more than `most` or one more.
#[must_use]
pub fn ticks(view: Viewport, most: f32) -> Vec<(SimTime, String)> {
    let step = step(view.to.since(view.from).nanos().max(1), most.max(1.0));
    let decimals = decimals(step);
    let first = view.from.nanos().div_ceil(step);
    let moments = (first..=view.to.nanos() / step).map(|count| count * step);
    let named = moments.map(|at| {
        let (whole, rest) = (at / 1_000_000_000, at % 1_000_000_000);
        let text = match decimals {
            0 => format!("{whole} s"),
            n => format!("{whole}.{} s", &format!("{rest:09}")[..n]),
        };
        (SimTime::from_nanos(at), text)
    });
    named.collect()
}

/// The shortest round step of which no more than `most` fit into `span` nanoseconds.
fn step(span: u64, most: f32) -> u64 {
    let least = (span as f64 / f64::from(most)) as u64;
    let mut power = 1u64;
    loop {
        for factor in STEPS {
            if power * factor >= least.max(1) {
                return power * factor;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// How many decimals of a second tell two numbers of the axis apart.
fn decimals(step: u64) -> usize {
    let mut unit = 1_000_000_000;
    let mut decimals = 0;
    while unit > step && decimals < 9 {
        unit /= 10;
        decimals += 1;
    }
    decimals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_told_apart() {
        assert_eq!(step(16_000_000_000, 15.0), 2_000_000_000);
        assert_eq!(step(50_000_000, 15.0), 5_000_000);
        assert_eq!((decimals(2_000_000_000), decimals(5_000_000), decimals(1)), (0, 3, 9));
    }
}
