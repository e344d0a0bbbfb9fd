//! Which requests have a lane: the one that is looked at, and what is worth looking at.

use super::arrangement::Row;
use super::chart::{WIDE, columns};
use super::{Sheet, TrackSpot, outcomes};
use crate::draw::{Paint, Role, Shape};
use crate::measure::{SMALL, VALUE};
use crate::numbers::short;
use half_open::log::RequestId;
use half_open::run::{RequestRow, ids};
use half_open::time::SimDuration;

/// The height of a lane.
const LANE: f32 = 15.0;
/// More requests than this are shown as one row as well.
const MANY: usize = 200;
/// No more requests than this are looked at one by one to choose from.
const LOOKED_AT: usize = 20_000;

impl Sheet<'_> {
    /// Lanes in so much room. Returns where they end.
    pub(super) fn lanes(&mut self, top: f32, room: f32) -> f32 {
        let end = top + room;
        let named = self.plot.x > 100.0;
        if named {
            self.name(top + 4.0, "requests");
        }
        let mut top = if named { top + 8.0 } else { top };
        let (first, last) = self.in_view();
        if last - first > MANY {
            self.density(top, last - first);
            top += LANE;
        }
        let room = ((end - top) / LANE).max(0.0) as usize;
        for (place, request) in self.chosen(room).into_iter().enumerate() {
            let y = top + place as f32 * LANE;
            let selected = self.focus.request == Some(request);
            let (x, w) = (self.plot.x, self.plot.w);
            if selected {
                let row = Shape::Rect { x: x - 4.0, y, w: w + 8.0, h: LANE, r: 2.0 };
                self.add(Role::Highlight, Paint::Fill, row);
            }
            self.spot(TrackSpot::Lane { request }, 0.0, y, x + w, LANE);
            self.dim(!self.focus.holds(self.run, request));
            self.lane(request, y + LANE / 2.0);
            self.dim(false);
            let style = if selected { VALUE.role(Role::Ink) } else { VALUE };
            let id = ids::short_id(self.run, request);
            self.write(style.end(), (x - 10.0, y + 11.5), id);
        }
        end
    }

    /// All requests as one row, because there are more of them than lanes.
    fn density(&mut self, y: f32, count: usize) {
        let columns = columns(self.run, &self.plot, WIDE);
        let tall = LANE - 2.0;
        outcomes::draw(&mut self.list, &self.plot, &columns, (y + 1.0, tall), self.alpha);
        self.write(
            VALUE.end(),
            (self.plot.x - 10.0, y + 11.5),
            format!("all {}", thousands(count)),
        );
        let column = short(SimDuration::from_nanos(columns.step));
        let text = format!("{} requests, each column {column}", thousands(count));
        if self.plot.x > 100.0 {
            self.write(SMALL.size(12.0), (self.plot.x, y - 4.0), text);
        }
        self.chart(Row::Requests, columns.step, y, tall);
    }

    /// The first request that began within the viewport, and the first one after it.
    fn in_view(&self) -> (usize, usize) {
        let (log, rows) = (self.run.log(), &self.run.index().requests);
        let view = self.plot.viewport;
        let first = rows.partition_point(|row| log.at(row.first) < view.from);
        (first, rows.partition_point(|row| log.at(row.first) <= view.to))
    }

    /// As many requests as there is room for, in the order in which they began: from each part of
    /// the axis the most interesting one. The playhead has no say in it.
    fn chosen(&self, room: usize) -> Vec<RequestId> {
        if room == 0 {
            return Vec::new();
        }
        let log = self.run.log();
        let rows = &self.run.index().requests;
        let view = self.plot.viewport;
        let (first, last) = self.in_view();
        let span = view.to.since(view.from).nanos().max(1);
        let mut best: Vec<Option<(u8, RequestId)>> = vec![None; room];
        let stride = ((last - first) / LOOKED_AT).max(1);
        for request in (first..last).step_by(stride) {
            let row = &rows[request];
            let since = log.at(row.first).since(view.from).nanos();
            let part = (u128::from(since) * room as u128 / u128::from(span)) as usize;
            let part = &mut best[part.min(room - 1)];
            let worth = worth(row);
            if part.is_none_or(|(least, _)| worth > least) {
                *part = Some((worth, request as RequestId));
            }
        }
        let mut chosen: Vec<RequestId> =
            best.into_iter().flatten().map(|(_, request)| request).collect();
        if let Some(followed) = self.focus.request
            && !chosen.contains(&followed)
        {
            let place = chosen.partition_point(|request| *request < followed);
            if chosen.len() == room {
                // The nearest one makes room.
                chosen.remove(place.min(room - 1));
            }
            let place = place.min(chosen.len());
            chosen.insert(place, followed);
        }
        chosen
    }
}

/// How much a request is worth looking at.
const fn worth(row: &RequestRow) -> u8 {
    if row.charges > 1 {
        7
    } else if row.by_hand {
        6
    } else if row.replayed {
        5
    } else if row.probe {
        4
    } else if row.retried {
        3
    } else if row.rejected {
        2
    } else if !row.succeeded || row.degraded {
        1
    } else {
        0
    }
}

/// `1,240`
fn thousands(count: usize) -> String {
    match count {
        0..1_000 => count.to_string(),
        1_000..1_000_000 => format!("{},{:03}", count / 1_000, count % 1_000),
        _ => format!("{},{:03},{:03}", count / 1_000_000, count / 1_000 % 1_000, count % 1_000),
    }
}
