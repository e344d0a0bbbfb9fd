//! Numbers along the time axis: how many wait, how many are under way, which share is tried again.

use super::arrangement::Row;
use super::plot::{PlotArea, time_at};
use super::{Sheet, Tracks};
use crate::draw::{Paint, Role, Shape};
use crate::measure::VALUE;
use crate::numbers::short;
use half_open::run::Run;
use half_open::run::flow::{Columns, Counts, Gauge, Outcome};
use half_open::scenario::Experiment;
use half_open::time::SimTime;

/// The width of a column of a level, and of a share: a share needs some attempts to be one of.
const COLUMN: f32 = 3.0;
pub(super) const WIDE: f32 = 6.0;
/// What is so high stands for at least this many: who waits alone does not look like a crowd.
const LEAST: u32 = 4;
/// Ends of the scale of shares, in percent.
const ENDS: [u32; 4] = [10, 25, 50, 100];

/// Numbers that can be asked for by pointing at them.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Chart {
    pub(super) row: Row,
    pub(super) y: f32,
    pub(super) h: f32,
    /// How long a column is, in nanoseconds.
    pub(super) step: u64,
}

/// Columns about so many pixels wide over a whole plot. They lie at multiples of their length:
/// zooming changes them, panning moves them.
pub(super) fn columns(run: &Run, plot: &PlotArea, wide: f32) -> Columns {
    let flow = run.flow();
    let step = flow.step((plot.per_pixel() * f64::from(wide)) as u64);
    let view = plot.viewport;
    flow.columns(run, step, view.from.nanos() / step, view.to.nanos() / step + 1)
}

/// What is measured, in words.
fn subject(experiment: &Experiment, gauge: Gauge) -> String {
    let scenario = &experiment.scenario;
    match gauge {
        Gauge::Requests => "requests".into(),
        Gauge::Line(edge) => format!("in flight {}", scenario.edge_name(edge)),
        Gauge::Queue(node) => format!("queue at {}", scenario.node_name(node)),
    }
}

fn percent(counts: &Counts) -> u32 {
    (counts.again * 200 + counts.sent) / (2 * counts.sent.max(1))
}

impl Tracks {
    /// The number at a point, in words: `queue at bank: 37 at 12.40 s`.
    #[must_use]
    pub fn told(&self, run: &Run, x: f32, y: f32) -> Option<String> {
        let inside = (self.plot.x..=self.plot.x + self.plot.w).contains(&x);
        let chart = self.charts.iter().find(|c| inside && (c.y..=c.y + c.h).contains(&y))?;
        let at = time_at(&self.plot, x);
        let column = at.nanos() / chart.step;
        let columns = run.flow().columns(run, chart.step, column, column + 1);
        let counts = columns.counts.first()?;
        let number = match chart.row {
            Row::Level(gauge) => {
                let most = columns.most(gauge).first()?;
                format!("{}: {most}", subject(run.experiment(), gauge))
            }
            Row::Retries => format!("retries: {} % of {} attempts", percent(counts), counts.sent),
            Row::Requests => {
                let ended = Outcome::ALL.into_iter().zip(counts.ended);
                let ended = ended.filter(|(_, count)| *count > 0);
                let ended = ended.map(|(outcome, count)| format!("{count} {}", outcome.name()));
                let ended: Vec<String> = ended.collect();
                if ended.is_empty() { "none ended".into() } else { ended.join(", ") }
            }
            _ => self.told_latency(run, chart, column)?,
        };
        Some(format!("{number} at {}", at.short()))
    }

    fn told_latency(&self, run: &Run, chart: &Chart, column: u64) -> Option<String> {
        let edge = |column: u64| SimTime::from_nanos(column.saturating_mul(chart.step));
        let last = SimTime::from_nanos(edge(column + 1).nanos().saturating_sub(1));
        let measured = super::heat::Latencies::of(run, edge(column), last);
        Some(match measured.quantile(50).zip(measured.quantile(99)) {
            Some((half, most)) => {
                let count = measured.count();
                format!("p50 {}, p99 {} of {count} requests", short(half), short(most))
            }
            None => "no request ended".into(),
        })
    }
}

impl Sheet<'_> {
    /// Both sides of a column, as far as it is shown.
    pub(super) fn sides(&self, columns: &Columns, column: usize) -> (f32, f32) {
        let (from, to) = (self.x(columns.begin(column)), self.x(columns.begin(column + 1)));
        (from.max(self.plot.x), to.min(self.right()).min(self.x(self.run.end())))
    }

    pub(super) fn chart(&mut self, row: Row, step: u64, y: f32, h: f32) {
        self.charts.push(Chart { row, y, h, step });
    }

    /// How much there was of something. Returns where it ends.
    #[inline(never)]
    pub(super) fn level(&mut self, gauge: Gauge, top: f32, tall: f32) -> f32 {
        let scenario = &self.run.experiment().scenario;
        let (what, name, role) = match gauge {
            Gauge::Queue(node) => ("queue", scenario.node_name(node).to_owned(), Role::Waiting),
            Gauge::Line(edge) => ("in flight", scenario.edge_name(edge), Role::Request),
            Gauge::Requests => ("in flight", String::new(), Role::Request),
        };
        let limit = match gauge {
            Gauge::Queue(node) => scenario.service(node).map(|service| service.queue),
            _ => None,
        };
        let columns = columns(self.run, &self.plot, COLUMN);
        let ghost = self.ghost_columns(COLUMN);
        let now = columns.most(gauge);
        let other = ghost.as_ref().map_or(&[][..], |(columns, _)| columns.most(gauge));
        let most = now.iter().chain(other).copied().max().unwrap_or(0).max(LEAST);
        let bottom = top + tall;
        let unit = tall / most as f32;
        let y = |count: u32| bottom - count as f32 * unit;
        let (mut areas, mut tops) = (Vec::new(), Vec::new());
        for (column, count) in now.iter().enumerate().filter(|(_, count)| **count > 0) {
            let (x, right) = self.sides(&columns, column);
            if right > x {
                let h = *count as f32 * unit;
                areas.push(Shape::Rect { x, y: y(*count), w: right - x, h, r: 0.0 });
                tops.push(Shape::Rect { x, y: y(*count), w: right - x, h: h.min(1.5), r: 0.0 });
            }
        }
        let line = self.otherwise(&columns, ghost.as_ref(), |columns, column| {
            columns.most(gauge).get(column).map(|count| y(*count))
        });
        self.ground(bottom);
        self.list.add_all(role, Paint::Fill, 0.45 * self.alpha, areas);
        self.list.add_all(role, Paint::Fill, self.alpha, tops);
        if let Some(limit) = limit.filter(|limit| *limit > 0 && *limit <= most) {
            let (x1, x2, y) = (self.plot.x, self.right(), y(limit));
            let limit = Shape::Segment { x1, y1: y, x2, y2: y };
            self.add(Role::Failure, Paint::Dotted(1.5), limit);
        }
        self.ghost_line(&line);
        self.titled(top, (what, &name), most.to_string());
        self.chart(Row::Level(gauge), columns.step, top, tall);
        bottom
    }

    /// The share of attempts that were not the first. Returns where it ends.
    #[inline(never)]
    pub(super) fn retries(&mut self, top: f32, tall: f32) -> f32 {
        let columns = columns(self.run, &self.plot, WIDE);
        let ghost = self.ghost_columns(WIDE);
        let other = ghost.as_ref().map_or(&[][..], |(columns, _)| &columns.counts);
        let most = columns.counts.iter().chain(other).map(percent).max().unwrap_or(0);
        let most = ENDS.into_iter().find(|end| *end >= most).unwrap_or(100);
        let bottom = top + tall;
        let y = |share: u32| bottom - share as f32 / most as f32 * tall;
        let mut bars = Vec::new();
        for (column, counts) in columns.counts.iter().enumerate() {
            let (x, right) = self.sides(&columns, column);
            let (share, w) = (percent(counts), right - x - 1.0);
            if share > 0 && w > 0.0 {
                bars.push(Shape::Rect { x, y: y(share), w, h: bottom - y(share), r: 0.0 });
            }
        }
        let line = self.otherwise(&columns, ghost.as_ref(), |columns, column| {
            columns.counts.get(column).map(|counts| y(percent(counts)))
        });
        self.ground(bottom);
        self.list.add_all(Role::Waiting, Paint::Fill, self.alpha, bars);
        self.ghost_line(&line);
        self.titled(top, ("retry share", ""), format!("{most} %"));
        self.chart(Row::Retries, columns.step, top, tall);
        bottom
    }

    /// The line that a chart stands on.
    pub(super) fn ground(&mut self, bottom: f32) {
        let (x1, x2) = (self.plot.x, self.right());
        self.add(Role::Line, Paint::Stroke(1.0), Shape::Segment { x1, y1: bottom, x2, y2: bottom });
    }

    /// The name of a chart, in two lines if it has two parts, and the end of its scale.
    fn titled(&mut self, top: f32, (what, name): (&str, &str), scale: String) {
        if name.is_empty() {
            self.name(top + 16.0, what);
        } else {
            self.name_of(11.0, top + 10.0, what);
            self.name_of(12.0, top + 23.0, name);
        }
        self.write(VALUE.size(11.0), (self.plot.x + 3.0, top + 8.0), scale);
    }

    /// The columns of the ghost, and the first one that may differ.
    pub(super) fn ghost_columns(&self, wide: f32) -> Option<(Columns, usize)> {
        let ghost = self.ghost?;
        let columns = columns(ghost.run, &self.plot, wide);
        let since = (ghost.from.nanos() / columns.step).saturating_sub(columns.first) as usize;
        Some((columns, since))
    }

    /// Where a line over the columns of the ghost runs, with gaps where it would be no other.
    pub(super) fn otherwise(
        &self,
        now: &Columns,
        ghost: Option<&(Columns, usize)>,
        top: impl Fn(&Columns, usize) -> Option<f32>,
    ) -> Vec<((f32, f32), Option<f32>)> {
        let Some((ghost, since)) = ghost else { return Vec::new() };
        if (ghost.step, ghost.first) != (now.step, now.first) {
            return Vec::new();
        }
        let columns = *since..ghost.counts.len();
        let line = columns.map(|column| {
            let sides = (self.x(ghost.begin(column)), self.x(ghost.begin(column + 1)));
            let would = top(ghost, column);
            (sides, would.filter(|_| would != top(now, column)))
        });
        line.collect()
    }
}
