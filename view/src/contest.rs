//! How many calls a contest takes, and how long, the more clients there are: a line for each
//! formula.

use half_open::policy::backoff;
use half_open::run::sweep::{CLIENTS, FORMULAS, Point, Sweep};

/// The least distance between two names at the ends of lines.
const APART: f64 = 13.0;

/// Lines over the number of clients, in a picture of this size, with room for names beside it.
#[derive(Clone, PartialEq, Debug)]
pub struct Chart {
    /// What the upper edge stands for.
    pub most: f64,
    /// A line for each formula that has a point.
    pub lines: Vec<Line>,
}

/// One formula.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// Which.
    pub formula: backoff::Kind,
    /// Where it goes, from left to right.
    pub points: Vec<(f64, f64)>,
    /// The height of its name.
    pub name: f64,
}

/// Draws what `value` makes of each point.
#[must_use]
pub fn chart(sweep: &Sweep, (wide, high): (f64, f64), value: fn(&Point) -> f64) -> Chart {
    let values: Vec<Vec<f64>> =
        (0..FORMULAS.len()).map(|n| sweep.line(n).map(|point| value(&point)).collect()).collect();
    let most = round_up(values.iter().flatten().copied().fold(1.0, f64::max));
    let last = CLIENTS.last().copied().unwrap_or(1);
    let mut lines: Vec<Line> = FORMULAS
        .iter()
        .zip(&values)
        .filter(|(_, values)| !values.is_empty())
        .map(|(formula, values)| {
            let place = |(value, clients): (&f64, &u32)| {
                (f64::from(*clients) / f64::from(last) * wide, high - value / most * high)
            };
            let points: Vec<(f64, f64)> = values.iter().zip(&CLIENTS).map(place).collect();
            let name = points.last().map_or(high, |(_, y)| *y);
            Line { formula: *formula, points, name }
        })
        .collect();
    spread(&mut lines, high);
    Chart { most, lines }
}

/// Moves names apart that would lie on each other, the highest first, and none below the floor.
fn spread(lines: &mut [Line], floor: f64) {
    let mut order: Vec<usize> = (0..lines.len()).collect();
    for place in 1..order.len() {
        let mut at = place;
        while at > 0 && lines[order[at]].name < lines[order[at - 1]].name {
            order.swap(at, at - 1);
            at -= 1;
        }
    }
    let mut below = floor + APART;
    for index in order.iter().rev() {
        let name = &mut lines[*index].name;
        *name = name.min(below - APART);
        below = *name;
    }
}

/// The next number of the kind 1, 2 or 5 with zeros.
fn round_up(value: f64) -> f64 {
    let mut unit = 1.0;
    loop {
        for step in [1.0, 2.0, 5.0] {
            if step * unit >= value {
                return step * unit;
            }
        }
        unit *= 10.0;
    }
}

#[cfg(test)]
mod tests {
    use half_open::scenario::library;

    use super::*;

    fn whole() -> Sweep {
        let mut sweep = Sweep::new(&library::contention(), 1).expect("a contest");
        while sweep.advance(u32::MAX) {}
        sweep
    }

    #[test]
    fn every_formula_has_its_line_within_the_picture() {
        let chart = chart(&whole(), (200.0, 100.0), |point| point.calls);
        assert_eq!(chart.lines.len(), FORMULAS.len());
        for line in &chart.lines {
            assert_eq!(line.points.len(), CLIENTS.len());
            assert!(line.points.is_sorted_by(|a, b| a.0 < b.0));
            for (x, y) in &line.points {
                assert!((0.0..=200.0).contains(x) && (0.0..=100.0).contains(y), "{line:?}");
            }
        }
        // None is worst, so it ends highest.
        let highest = chart.lines.iter().map(|line| line.points[9].1).fold(100.0, f64::min);
        assert_eq!(chart.lines[0].points[9].1, highest);
        assert_eq!(chart.most, 10_000.0);
    }

    #[test]
    fn names_keep_apart_and_above_the_floor() {
        let chart = chart(&whole(), (200.0, 100.0), |point| point.ms);
        let mut names: Vec<f64> = chart.lines.iter().map(|line| line.name).collect();
        names.sort_by(f64::total_cmp);
        assert!(names.windows(2).all(|pair| pair[1] - pair[0] >= APART - 1e-9), "{names:?}");
        assert!(names[4] <= 100.0);
    }

    #[test]
    fn a_picture_grows_with_what_is_known() {
        let mut sweep = Sweep::new(&library::contention(), 1).expect("a contest");
        assert_eq!(chart(&sweep, (200.0, 100.0), |point| point.calls).lines, vec![]);
        sweep.advance(u32::MAX);
        let chart = chart(&sweep, (200.0, 100.0), |point| point.calls);
        assert_eq!((chart.lines.len(), chart.lines[0].points.len()), (1, 1));
    }
}
