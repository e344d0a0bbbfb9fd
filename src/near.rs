//! A part of the stage, seen from near.

use half_open_view::draw::{Size, Spot};
use half_open_view::link::Selection;

/// How much of the stage what is seen from near takes up, at most, and how far it is enlarged.
const SHARE: f32 = 0.6;
const MOST: f32 = 2.6;
const LEAST: f32 = 1.25;

/// Which part of a canvas is seen, enlarged.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Near {
    /// Its left edge, in pixels of the whole picture.
    pub x: f32,
    /// Its top edge.
    pub y: f32,
    /// How many times as large it is shown.
    pub times: f32,
}

impl Default for Near {
    /// All of it.
    fn default() -> Self {
        Self { x: 0.0, y: 0.0, times: 1.0 }
    }
}

impl Near {
    /// The part around something, as large as there is room for it, and nothing outside of the picture.
    #[must_use]
    pub(crate) fn around(what: Selection, spots: &[Spot<Selection>], size: Size) -> Option<Self> {
        let spot = spots.iter().find(|spot| spot.what == what)?;
        let fits = (SHARE * size.w / spot.w).min(SHARE * size.h / spot.h);
        let times = fits.clamp(LEAST, MOST);
        let begin = |middle: f32, whole: f32| {
            let part = whole / times;
            (middle - part / 2.0).clamp(0.0, whole - part)
        };
        let x = begin(spot.x + spot.w / 2.0, size.w);
        let y = begin(spot.y + spot.h / 2.0, size.h);
        Some(Self { x, y, times })
    }

    /// The point of the whole picture that is seen at a point of the canvas.
    #[must_use]
    pub(crate) fn point(self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x / self.times, self.y + y / self.times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { w: 800.0, h: 400.0 };

    fn around(x: f32, y: f32) -> Near {
        let what = Selection::Node(2);
        let spots = [Spot { what, x, y, w: 100.0, h: 100.0 }];
        Near::around(what, &spots, SIZE).expect("it is there")
    }

    #[test]
    fn what_is_seen_from_near_is_in_the_middle_where_that_is_inside() {
        let near = around(350.0, 150.0);
        assert_eq!(near.times, 2.4, "three fifths of the height");
        let (x, y) = near.point(400.0, 200.0);
        assert!((x - 400.0).abs() < 0.01 && (y - 200.0).abs() < 0.01, "{x} {y}");
        let edge = around(700.0, 300.0);
        let (x, y) = edge.point(800.0, 400.0);
        assert!((x - 800.0).abs() < 0.01 && (y - 400.0).abs() < 0.01, "{x} {y}");
        let corner = around(0.0, 0.0);
        assert_eq!((corner.x, corner.y), (0.0, 0.0));
    }

    #[test]
    fn who_is_not_there_is_not_looked_at() {
        assert_eq!(Near::around(Selection::Node(3), &[], SIZE), None);
    }
}
