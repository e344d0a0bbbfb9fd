//! How long requests took, as they ended: how many so long, and what half and 99 of 100 did not
//! exceed.

use super::Sheet;
use super::arrangement::Row;
use super::chart::{WIDE, columns};
use crate::draw::{Paint, Role, Shape};
use crate::measure::VALUE;
use crate::numbers::short;
use half_open::run::Run;
use half_open::run::flow::Columns;
use half_open::time::{SimDuration, SimTime};

/// Buckets per doubling, as a power of two: a percentile is right to within 5 %.
const FINE: u32 = 4;
/// What is shorter than 2^18 ns (a quarter of a millisecond) is one bucket.
const SHORTEST: u32 = 18;
const BUCKETS: usize = (44 - SHORTEST as usize) << FINE;
/// The height of a cell.
const CELL: f32 = 4.0;
/// How many shades of density there are.
const SHADES: u32 = 5;
/// What has a number on the axis, in milliseconds.
const NUMBERS: [u64; 6] = [1, 10, 100, 1_000, 10_000, 100_000];

/// Latencies in buckets.
pub(super) struct Latencies {
    counts: Vec<u32>,
    count: u32,
}

impl Latencies {
    fn new() -> Self {
        Self { counts: vec![0; BUCKETS], count: 0 }
    }

    /// Of the requests that ended between two instants, both included.
    pub(super) fn of(run: &Run, from: SimTime, to: SimTime) -> Self {
        let mut all = Self::new();
        each(run, from, to, |_, took| all.add(took));
        all
    }

    fn add(&mut self, took: SimDuration) {
        self.counts[bucket_of(took)] += 1;
        self.count += 1;
    }

    pub(super) const fn count(&self) -> u32 {
        self.count
    }

    /// What so many of a hundred did not exceed.
    pub(super) fn quantile(&self, percent: u32) -> Option<SimDuration> {
        let rank = (u64::from(self.count) * u64::from(percent)).div_ceil(100).max(1);
        let mut seen = 0;
        let place = self.counts.iter().position(|count| {
            seen += u64::from(*count);
            seen >= rank
        });
        place.map(middle_of)
    }
}

/// Looks at each request that ended between two instants: when, and how long it took.
fn each(run: &Run, from: SimTime, to: SimTime, mut look: impl FnMut(SimTime, SimDuration)) {
    let rows = &run.index().requests;
    for row in run.flow().ended(run, from, to).iter().filter_map(|id| rows.get(*id as usize)) {
        if let Some(over) = row.over {
            look(over, over.since(run.log().at(row.first)));
        }
    }
}

/// Buckets grow with what they hold: straight lines between powers of two, which every machine
/// computes alike.
fn bucket_of(took: SimDuration) -> usize {
    let ns = took.nanos().max(1 << SHORTEST);
    let octave = 63 - ns.leading_zeros();
    let within = (ns >> (octave - FINE)) & ((1 << FINE) - 1);
    ((((octave - SHORTEST) as usize) << FINE) + within as usize).min(BUCKETS - 1)
}

fn middle_of(bucket: usize) -> SimDuration {
    let octave = (bucket >> FINE) as u32 + SHORTEST;
    let within = (bucket & ((1 << FINE) - 1)) as u64;
    let width = 1_u64 << (octave - FINE);
    SimDuration::from_nanos((1_u64 << octave) + within * width + width / 2)
}

impl Sheet<'_> {
    /// Returns where it ends.
    #[inline(never)]
    pub(super) fn latency(&mut self, top: f32, tall: f32) -> f32 {
        self.name(top + 14.0, "latency");
        let bottom = top + tall;
        let columns = columns(self.run, &self.plot, WIDE);
        let measured = self.measured(self.run, columns.step, columns.first, columns.counts.len());
        let used =
            |f: fn(&[u32]) -> Option<usize>| measured.iter().filter_map(move |c| f(&c.counts));
        let low = used(|counts| counts.iter().position(|count| *count > 0)).min();
        let high = used(|counts| counts.iter().rposition(|count| *count > 0)).max();
        self.ground(bottom);
        self.chart(Row::Latency, columns.step, top, tall);
        let Some((low, high)) = low.zip(high) else { return bottom };
        // Whole doublings, so that the scale keeps still while one pans.
        let low = low >> FINE << FINE;
        let high = ((high >> FINE) + 1) << FINE;
        let unit = tall / (high - low).max(1) as f32;
        let y = |bucket: usize| bottom - (bucket as f32 - low as f32 + 0.5) * unit;
        for ms in NUMBERS {
            let bucket = bucket_of(SimDuration::from_millis(ms));
            if (low..high).contains(&bucket) && y(bucket) > top + 8.0 {
                let (x1, x2, y) = (self.plot.x, self.right(), y(bucket));
                self.add(Role::Line, Paint::Stroke(1.0), Shape::Segment { x1, y1: y, x2, y2: y });
                let text = short(SimDuration::from_millis(ms)).replace(".0", "");
                let clear = self.plot.x > 100.0 || y > top + 30.0;
                if clear {
                    self.write(VALUE.end(), (self.plot.x - 8.0, y + 4.0), text);
                }
            }
        }
        let cells = ((tall / CELL) as usize).clamp(1, (high - low).max(1));
        let cell_of = |bucket: usize| (bucket - low) * cells / (high - low);
        let density: Vec<Vec<u32>> = measured
            .iter()
            .map(|column| {
                let mut density = vec![0; cells];
                (low..high).for_each(|bucket| {
                    density[cell_of(bucket)] += column.counts.get(bucket).copied().unwrap_or(0);
                });
                density
            })
            .collect();
        let most = density.iter().flatten().copied().max().unwrap_or(1).max(1);
        let high_of = tall / cells as f32;
        for shade in 1..=SHADES {
            let mut shapes = Vec::new();
            for (column, density) in density.iter().enumerate() {
                let (x, right) = self.sides(&columns, column);
                for (cell, count) in density.iter().enumerate() {
                    // Square roots: few are seen beside many.
                    let share = (*count as f32 / most as f32).sqrt();
                    if *count > 0 && right > x && (share * SHADES as f32).ceil() as u32 == shade {
                        let y = bottom - (cell + 1) as f32 * high_of;
                        let (w, h) = ((right - x - 0.5).max(0.5), high_of - 0.5);
                        shapes.push(Shape::Rect { x, y, w, h, r: 0.0 });
                    }
                }
            }
            let alpha = 0.1 + 0.8 * shade as f32 / SHADES as f32;
            self.list.add_all(Role::Request, Paint::Fill, alpha * self.alpha, shapes);
        }
        let mut ends = Vec::new();
        for (percent, name, paint) in
            [(99, "p99", Paint::Dotted(1.8)), (50, "p50", Paint::Stroke(1.5))]
        {
            let place =
                |column: &Latencies| column.quantile(percent).map(|took| y(bucket_of(took)));
            let tops: Vec<_> = measured.iter().map(place).collect();
            ends.extend(self.percentile(paint, &columns, &tops).map(|end| (name, end)));
        }
        // One above the other, also where the lines meet.
        let mut above = f32::MIN;
        for (name, (x, y)) in ends {
            above = (y + 4.0).max(above + 11.0);
            let style = VALUE.size(11.0);
            // Where there is no room behind the lines, it is on them.
            let style = if self.plot.x > 100.0 { style } else { style.end() };
            self.write(style, (x + 4.0, above), name);
        }
        if let Some((ghost, since)) = self.ghost_columns(WIDE)
            && let Some(run) = self.ghost.map(|ghost| ghost.run)
        {
            let other = self.measured(run, ghost.step, ghost.first, ghost.counts.len());
            let p99 = |all: &[Latencies], column: usize| {
                let took = all.get(column).and_then(|column| column.quantile(99));
                took.map(|took| y(bucket_of(took).clamp(low, high)))
            };
            let line: Vec<_> = (since..other.len())
                .map(|column| {
                    let sides = (self.x(ghost.begin(column)), self.x(ghost.begin(column + 1)));
                    let would = p99(&other, column);
                    (sides, would.filter(|_| would != p99(&measured, column)))
                })
                .collect();
            self.ghost_line(&line);
        }
        bottom
    }

    /// How long requests took that ended in each column.
    fn measured(&self, run: &Run, step: u64, first: u64, count: usize) -> Vec<Latencies> {
        let mut all: Vec<Latencies> = (0..count).map(|_| Latencies::new()).collect();
        let begin = first.saturating_mul(step);
        let end = begin.saturating_add(step.saturating_mul(count as u64)).saturating_sub(1);
        each(run, SimTime::from_nanos(begin), SimTime::from_nanos(end), |over, took| {
            let column = ((over.nanos() - begin) / step) as usize;
            if let Some(column) = all.get_mut(column) {
                column.add(took);
            }
        });
        all
    }

    /// A line through the middles of columns; returns where it ends.
    fn percentile(
        &mut self,
        paint: Paint,
        columns: &Columns,
        tops: &[Option<f32>],
    ) -> Option<(f32, f32)> {
        let mut line = Vec::new();
        let mut before: Option<(f32, f32)> = None;
        for (column, top) in tops.iter().enumerate() {
            let (x, right) = self.sides(columns, column);
            let Some(y2) = top.filter(|_| right > x) else { continue };
            let x2 = f32::midpoint(x, right);
            if let Some((x1, y1)) = before {
                line.push(Shape::Segment { x1, y1, x2, y2 });
            }
            before = Some((x2, y2));
        }
        self.list.add_all(Role::Ink, paint, self.alpha, line);
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use half_open::run::Limits;
    use half_open::scenario::library;

    #[test]
    fn percentiles_are_those_of_the_sorted_latencies_to_within_a_bucket() {
        let run = Run::new(library::payments(), Limits::default());
        for (from, to) in [(0, 60_000), (4_000, 6_000), (12_000, 12_500)] {
            let (from, to) = (SimTime::from_millis(from), SimTime::from_millis(to));
            let measured = Latencies::of(&run, from, to);
            let over = run.index().requests.iter().filter_map(|row| Some((row, row.over?)));
            let over = over.filter(|(_, over)| (from..=to).contains(over));
            let mut exact: Vec<u64> =
                over.map(|(row, over)| over.since(run.log().at(row.first)).nanos()).collect();
            exact.sort_unstable();
            assert_eq!(measured.count() as usize, exact.len());
            for percent in [50, 99] {
                let rank = (exact.len() * percent as usize).div_ceil(100) - 1;
                let got = measured.quantile(percent).expect("some ended").nanos() as f64;
                let share = got / exact[rank] as f64;
                assert!((share - 1.0).abs() < 0.05, "p{percent}: {share}");
            }
        }
        assert!(Latencies::new().quantile(50).is_none());
    }
}
