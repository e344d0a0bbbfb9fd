//! The time axis: numbers at the top, thin lines through all tracks.

use super::{Sheet, TrackSpot, Viewport};
use crate::draw::{Paint, Role, Shape};
use crate::measure::{VALUE, width};
use half_open::time::SimTime;

/// The least distance between two numbers, in pixels.
const APART: f32 = 62.0;
/// Where the buttons that zoom the axis end.
const ZOOM: f32 = 112.0;
/// Steps of the axis within a power of ten.
const STEPS: [u64; 3] = [1, 2, 5];

impl Sheet<'_> {
    pub(super) fn axis(&mut self) {
        let view = self.plot.viewport;
        for (at, text) in ticks(view, self.plot.w / APART) {
            let x = self.x(at);
            let (y1, y2) = (self.plot.y, self.plot.y + self.plot.h);
            self.add(Role::Line, Paint::Stroke(1.0), Shape::Segment { x1: x, y1, x2: x, y2 });
            // What zooms the axis is in its first corner; the handle of the playhead is below.
            if x - width(&text, VALUE.face, VALUE.size) / 2.0 > ZOOM {
                self.write(VALUE.middle(), (x, 12.0), text);
            }
        }
        let (x, w) = (self.plot.x, self.plot.w);
        self.spot(TrackSpot::Ruler, x, 0.0, w, self.plot.y);
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
