//! What happened along one time axis: faults, breakers, arrivals, requests.
//!
//! The tracks do not know the playhead: they change only with the run, the viewport and the
//! selection. A second, small picture on top veils what lies in the future, and paints what is
//! under way as it is known by then.

mod arrivals;
mod axis;
mod bands;
mod faults;
mod ghost;
mod lane;
mod lanes;

pub use axis::ticks;

use serde::{Deserialize, Serialize};

use super::draw::{DrawList, Paint, Role, Shape, Size, Spot};
use super::focus::{DIM, Focus};
use super::measure::{self, SMALL, Style};
use crate::link::Selection;
use ghost::Ghost;
use half_open::log::{EventId, RequestId};
use half_open::run::Run;
use half_open::scenario::EdgeId;
use half_open::time::SimTime;

/// The part of the time axis that is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Viewport {
    /// Its left edge.
    pub from: SimTime,
    /// Its right edge, always later.
    pub to: SimTime,
}

/// One of the tracks, where there is room for one at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TrackKind {
    /// Faults and breakers.
    Faults,
    /// When requests arrived.
    Arrivals,
    /// What became of each request.
    Requests,
}

/// Something on the tracks that can be pointed at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TrackSpot {
    /// A fault's bar.
    Fault {
        /// The intervention that began it.
        intervention: u32,
    },
    /// The right edge of a fault's bar, to stretch it.
    FaultEnd {
        /// The intervention that began it.
        intervention: u32,
    },
    /// A request's lane.
    Lane {
        /// The request.
        request: RequestId,
    },
    /// A mark on a lane: something that happened to its request.
    LaneMark {
        /// What.
        event: EventId,
    },
    /// A stretch of time that a breaker spent in one state.
    Band {
        /// The line it guards.
        edge: EdgeId,
        /// The transition into the state; none at the start.
        event: Option<EventId>,
    },
    /// The time axis, to move the playhead.
    Ruler,
}

/// Where the tracks are on their canvas: between times and pixels.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PlotArea {
    /// Left edge: the viewport's first instant.
    pub x: f32,
    /// Top edge, below the numbers of the axis.
    pub y: f32,
    /// Width: the whole viewport.
    pub w: f32,
    /// Height.
    pub h: f32,
    /// What is shown.
    pub viewport: Viewport,
}

impl PlotArea {
    /// The part of a stretch of time that is shown, in pixels: left edge and width.
    fn stretch(&self, from: SimTime, to: SimTime) -> Option<(f32, f32)> {
        let (from, end) = (x_at(self, from), self.x + self.w);
        let (left, right) = (from.max(self.x), x_at(self, to).min(end));
        (right >= left && from <= end).then_some((left, right - left))
    }
}

/// The tracks.
#[derive(Clone, PartialEq, Debug)]
pub struct Tracks {
    /// The picture.
    pub list: DrawList,
    /// What would have happened otherwise, to be painted over it and over the veil.
    pub ghost: DrawList,
    /// What can be pointed at, those on top last.
    pub spots: Vec<Spot<TrackSpot>>,
    /// Where it is.
    pub plot: PlotArea,
    lanes: Vec<lane::Lane>,
}

/// Room for the names of tracks, and where these are too narrow for it.
const NAMES: (f32, f32) = (118.0, 56.0);
/// Narrower canvases have less room for names.
const NARROW: f32 = 560.0;
/// Room for the numbers of the axis.
const AXIS: f32 = 24.0;
/// Room at the right edge.
const MARGIN: f32 = 26.0;

/// What is said of the part of a run that is still being computed.
const UNKNOWN: &str = "not simulated yet";

/// Where the next track goes, and what all tracks draw with.
struct Sheet<'a> {
    run: &'a Run,
    ghost: Option<Ghost<'a>>,
    size: Size,
    plot: PlotArea,
    selection: &'a Selection,
    focus: Focus,
    /// How visible is what is drawn now.
    alpha: f32,
    list: DrawList,
    outlines: DrawList,
    spots: Vec<Spot<TrackSpot>>,
    lanes: Vec<lane::Lane>,
}

/// Draws the tracks, and where another run would have differed; `only` one of them where there is no
/// room for more.
#[must_use]
pub fn draw(
    run: &Run,
    ghost: Option<&Run>,
    size: Size,
    viewport: Viewport,
    selection: &Selection,
    only: Option<TrackKind>,
) -> Tracks {
    let narrow = size.w < NARROW;
    let x = if narrow { NAMES.1 } else { NAMES.0 };
    let margin = if narrow { 12.0 } else { MARGIN };
    let (w, h) = ((size.w - x - margin).max(1.0), (size.h - AXIS).max(1.0));
    let plot = PlotArea { x, y: AXIS, w, h, viewport };
    let focus = Focus::of(run, *selection);
    let mut sheet = Sheet {
        run,
        ghost: ghost.and_then(|ghost| Ghost::beside(run, ghost)),
        size,
        plot,
        selection,
        focus,
        alpha: 1.0,
        list: DrawList::default(),
        outlines: DrawList::default(),
        spots: Vec::new(),
        lanes: Vec::new(),
    };
    sheet.axis();
    let wants = |kind| only.is_none_or(|only| only == kind);
    let mut y = AXIS + 4.0;
    if wants(TrackKind::Faults) {
        y = sheet.faults(y) + 8.0;
        y = sheet.breakers(y) + 8.0;
    }
    if wants(TrackKind::Arrivals) {
        let tall = if only.is_some() { (size.h - y - 12.0).max(30.0) } else { 34.0 };
        sheet.dim(focus != Focus::default());
        y = sheet.arrivals(y, tall) + 8.0;
        sheet.dim(false);
    }
    if wants(TrackKind::Requests) {
        sheet.lanes(y);
    }
    let Sheet { list, outlines, spots, lanes, .. } = sheet;
    Tracks { list, ghost: outlines, spots, plot, lanes }
}

impl Sheet<'_> {
    fn x(&self, t: SimTime) -> f32 {
        x_at(&self.plot, t)
    }

    fn right(&self) -> f32 {
        self.plot.x + self.plot.w
    }

    fn stretch(&self, from: SimTime, to: SimTime) -> Option<(f32, f32)> {
        self.plot.stretch(from, to)
    }

    fn add(&mut self, role: Role, paint: Paint, shape: Shape) {
        self.list.add(role, paint, self.alpha, shape);
    }

    /// Whether what follows is in the background.
    fn dim(&mut self, on: bool) {
        self.alpha = if on { DIM } else { 1.0 };
    }

    fn write(&mut self, style: Style, at: (f32, f32), text: impl Into<String>) {
        measure::write(&mut self.list, self.size, style, at, text);
    }

    /// The name of a track, left of it.
    fn name(&mut self, y: f32, name: &str) {
        let x = if self.size.w < NARROW { 3.0 } else { 20.0 };
        let size = if self.size.w < NARROW { 12.0 } else { 13.0 };
        let name = measure::fit(name.to_owned(), SMALL.face, size, self.plot.x - x - 1.0);
        self.write(SMALL.size(size), (x, y), name);
    }

    fn spot(&mut self, what: TrackSpot, x: f32, y: f32, w: f32, h: f32) {
        self.spots.push(Spot { what, x, y, w, h });
    }
}

/// Pales what lies after the playhead: it is computed, but not yet shown.
#[must_use]
pub fn future_veil(plot: &PlotArea, at: SimTime) -> DrawList {
    let mut list = DrawList::default();
    let x = x_at(plot, at).max(plot.x);
    let w = plot.x + plot.w + 1.0 - x;
    if w > 0.0 {
        let veil = Shape::Rect { x, y: plot.y, w, h: plot.h, r: 0.0 };
        list.add(Role::Paper, Paint::Fill, 0.7, veil);
    }
    list
}

/// Hatches what is still being computed.
#[must_use]
pub fn unknown(plot: &PlotArea, run: &Run) -> DrawList {
    let mut list = DrawList::default();
    let horizon = SimTime::ZERO + run.experiment().scenario.horizon;
    let stretch = plot.stretch(run.end(), horizon);
    let Some((x, w)) = stretch.filter(|_| !run.is_whole()) else { return list };
    let shape = Shape::Rect { x, y: plot.y, w: w + 1.0, h: plot.h, r: 0.0 };
    list.add(Role::Paper, Paint::Fill, 1.0, shape);
    list.add(Role::Line, Paint::Hatch, 1.0, shape);
    let wide = measure::width(UNKNOWN, SMALL.face, 12.0);
    if w > wide + 20.0 {
        let (x, y) = (x + w / 2.0, plot.y + plot.h / 2.0);
        let plate = Shape::Rect { x: x - wide / 2.0 - 8.0, y, w: wide + 16.0, h: 18.0, r: 4.0 };
        list.add(Role::Paper, Paint::Fill, 1.0, plate);
        let size = Size { w: x + wide, h: y + 18.0 };
        measure::write(&mut list, size, SMALL.size(12.0).middle(), (x, y + 13.0), UNKNOWN);
    }
    list
}

/// The playhead, with a handle on the axis.
#[must_use]
pub fn playhead(plot: &PlotArea, at: SimTime) -> DrawList {
    let mut list = DrawList::default();
    let x = x_at(plot, at);
    if !(plot.x - 1.0..=plot.x + plot.w + 1.0).contains(&x) {
        return list;
    }
    // Clear of the numbers of the axis.
    let (top, bottom) = (plot.y - 4.0, plot.y + plot.h - 4.0);
    let line = Shape::Segment { x1: x, y1: top, x2: x, y2: bottom };
    list.add(Role::Ink, Paint::Stroke(2.0), 1.0, line);
    let handle = Shape::Rect { x: x - 6.0, y: top - 4.0, w: 12.0, h: 9.0, r: 2.0 };
    list.add(Role::Ink, Paint::Fill, 1.0, handle);
    list.add(Role::Ink, Paint::Fill, 1.0, Shape::Diamond { x, y: top + 4.5, r: 6.4 });
    list
}

/// The instant at a point of the axis; those outside the viewport give its ends.
#[must_use]
pub fn time_at(plot: &PlotArea, x: f32) -> SimTime {
    let (from, to) = (plot.viewport.from.nanos(), plot.viewport.to.nanos());
    let share = f64::from((x - plot.x) / plot.w).clamp(0.0, 1.0);
    SimTime::from_nanos(from + (to.saturating_sub(from) as f64 * share + 0.5) as u64)
}

/// Where an instant is on the axis, also outside the viewport.
#[must_use]
pub fn x_at(plot: &PlotArea, t: SimTime) -> f32 {
    let (from, to) = (plot.viewport.from.nanos(), plot.viewport.to.nanos());
    let span = to.saturating_sub(from).max(1) as f64;
    plot.x + plot.w * ((t.nanos() as f64 - from as f64) / span) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Align;
    use half_open::run::{Limits, Recorder};
    use half_open::scenario::{Change, Fault, FaultKind, Intervention, Target, library};

    fn view(from: u64, to: u64) -> Viewport {
        Viewport { from: SimTime::from_millis(from), to: SimTime::from_millis(to) }
    }

    fn payments() -> Run {
        Run::new(library::payments(), Limits::default())
    }

    fn lanes(tracks: &Tracks) -> Vec<RequestId> {
        let lane = |spot: &Spot<TrackSpot>| match spot.what {
            TrackSpot::Lane { request } => Some(request),
            _ => None,
        };
        tracks.spots.iter().filter_map(lane).collect()
    }

    #[test]
    fn names_of_faults_that_overlap_are_not_written_across_each_other() {
        let mut experiment = library::payments();
        let fault = |node| {
            let fault = Fault { target: Target::Node(node), kind: FaultKind::Hang, lasts: None };
            Intervention { at: SimTime::from_millis(3_000), change: Change::Fault(fault) }
        };
        experiment.interventions = [1, 2, 3, 1, 2, 3, 1, 2].map(fault).to_vec();
        let run = Run::new(experiment, Limits::default());
        let size = Size { w: 1100.0, h: 330.0 };
        let tracks = draw(&run, None, size, view(0, 16_000), &Selection::Nothing, None);
        let names = tracks.list.texts.iter().filter(|text| text.text.ends_with("hang"));
        let mut rows: Vec<f32> = names.map(|text| text.y).collect();
        let all = rows.len();
        rows.dedup();
        assert_eq!((all, rows.len()), (6, 6));
        assert!(tracks.list.texts.iter().any(|text| text.text == "+2"), "two more are counted");
    }

    #[test]
    fn equal_arguments_give_equal_pictures_and_another_viewport_another() {
        let run = payments();
        let size = Size { w: 1100.0, h: 330.0 };
        let at = |from, to| draw(&run, None, size, view(from, to), &Selection::Nothing, None);
        assert_eq!(at(0, 16_000), at(0, 16_000));
        assert_ne!(at(0, 16_000).list, at(0, 15_000).list);
    }

    #[test]
    fn lanes_show_what_is_interesting_and_always_what_is_selected() {
        let run = payments();
        let size = Size { w: 1100.0, h: 330.0 };
        let shown = lanes(&draw(&run, None, size, view(0, 16_000), &Selection::Nothing, None));
        assert!(shown.len() >= 8);
        let rows = &run.index().requests;
        let is = |f: fn(&half_open::run::RequestRow) -> bool| {
            shown.iter().any(|request| f(&rows[*request as usize]))
        };
        assert!(is(|row| row.rejected), "rejected");
        assert!(is(|row| row.retried), "retried");
        assert!(is(|row| row.replayed), "replayed");
        for request in [0, 77, 400, 3_000] {
            let selection = Selection::Request(request);
            let shown = lanes(&draw(&run, None, size, view(0, 16_000), &selection, None));
            assert!(shown.contains(&request), "{request}");
        }
    }

    #[test]
    fn lanes_of_other_requests_are_pale_and_their_outcome_stays_hidden_below_what_is_under_way() {
        let run = payments();
        let size = Size { w: 1100.0, h: 330.0 };
        let tracks = |selection| draw(&run, None, size, view(3_000, 6_000), &selection, None);
        let all = lanes(&tracks(Selection::Nothing));
        let [followed, other] = [all[2], all[3]];
        let first = run.index().requests[followed as usize].first;
        let shown = tracks(Selection::Request(followed));
        assert_eq!(shown.list, tracks(Selection::Event(first)).list);
        let strongest = |tracks: &Tracks, request| {
            let is_lane = |spot: &&Spot<TrackSpot>| spot.what == TrackSpot::Lane { request };
            let lane = tracks.spots.iter().find(is_lane).expect("it has a lane");
            let inside = |y: f32| y > lane.y && y < lane.y + lane.h;
            let mine = |shape: &Shape| match shape {
                Shape::Rect { y, h, .. } => inside(y + h / 2.0) && *h < 10.0,
                Shape::Segment { y1, y2, .. } => inside(*y1) && inside(*y2),
                Shape::Diamond { y, .. } => inside(*y),
                _ => false,
            };
            let groups = tracks.list.groups.iter().filter(|group| group.shapes.iter().any(mine));
            groups.map(|group| group.alpha).fold(0.0, f32::max)
        };
        assert_eq!(strongest(&shown, followed), 1.0);
        assert_eq!(strongest(&shown, other), DIM);
        assert_eq!(strongest(&tracks(Selection::Nothing), other), 1.0);
        let under_way = |ms: u64| shown.under_way(SimTime::from_millis(ms)).groups;
        let pale = (3_000..6_000).flat_map(under_way).filter(|group| group.alpha < 0.3);
        assert!(pale.count() > 10);
        for ms in 3_000..6_000 {
            let groups = under_way(ms);
            for (place, group) in groups.iter().enumerate().filter(|(_, g)| g.alpha < 0.3) {
                assert_eq!(groups[place - 1].role, Role::Paper, "{group:?}");
            }
        }
    }

    #[test]
    fn times_and_pixels_agree() {
        let run = payments();
        let size = Size { w: 1100.0, h: 330.0 };
        let plot = draw(&run, None, size, view(2_000, 9_000), &Selection::Nothing, None).plot;
        for ms in [2_000, 3_500, 8_999] {
            let t = SimTime::from_millis(ms);
            let back = time_at(&plot, x_at(&plot, t));
            assert!(back.since(t).millis() < 1.0 && t.since(back).millis() < 1.0);
        }
    }

    #[test]
    fn nothing_written_leaves_the_canvas() {
        let run = payments();
        let kinds = [TrackKind::Faults, TrackKind::Arrivals, TrackKind::Requests];
        let only = kinds.map(Some).into_iter().chain([None]);
        for (only, (w, h)) in only.flat_map(|only| {
            [(1440.0, 330.0), (1024.0, 300.0), (390.0, 200.0)].map(|size| (only, size))
        }) {
            for (from, to) in [(0, 16_000), (4_000, 4_050), (0, 60_000)] {
                let size = Size { w, h };
                let tracks = draw(&run, None, size, view(from, to), &Selection::Request(300), only);
                for text in &tracks.list.texts {
                    let wide = measure::width(&text.text, text.face, text.size);
                    let left = match text.align {
                        Align::Start => text.x,
                        Align::Middle => text.x - wide / 2.0,
                        Align::End => text.x - wide,
                    };
                    assert!(left >= 0.0 && left + wide <= w + 0.01, "{} at {w}", text.text);
                    assert!(text.y <= h, "{} at {w}", text.text);
                }
            }
        }
    }

    #[test]
    fn the_playhead_keeps_clear_of_the_numbers_of_the_axis() {
        let run = payments();
        for (w, h) in [(1_440.0, 330.0), (390.0, 200.0), (320.0, 150.0)] {
            let tracks =
                draw(&run, None, Size { w, h }, view(0, 16_000), &Selection::Nothing, None);
            let numbers = tracks.list.texts.iter().filter(|text| text.text.ends_with(" s"));
            let lowest = numbers.map(|text| text.y).fold(0.0, f32::max);
            let handle = playhead(&tracks.plot, SimTime::from_millis(4_000));
            let tops =
                handle.groups.iter().flat_map(|group| &group.shapes).map(|shape| match shape {
                    Shape::Segment { y1, y2, .. } => y1.min(*y2),
                    Shape::Rect { y, .. } => *y,
                    Shape::Diamond { y, r, .. } => y - r,
                    other => panic!("{other:?} is not part of a playhead"),
                });
            let top = tops.fold(f32::MAX, f32::min);
            assert!(lowest > 0.0 && top >= lowest + 4.0, "{lowest} and {top} at {w} px");
        }
    }

    #[test]
    fn the_veil_lies_on_the_future_only() {
        let run = payments();
        let size = Size { w: 1100.0, h: 330.0 };
        let plot = draw(&run, None, size, view(0, 16_000), &Selection::Nothing, None).plot;
        let at = SimTime::from_millis(7_000);
        let veil = future_veil(&plot, at);
        let Shape::Rect { x, w, .. } = veil.groups[0].shapes[0] else { panic!("a veil") };
        assert!((x - x_at(&plot, at)).abs() < 0.01);
        assert!(x + w >= plot.x + plot.w);
        assert!(future_veil(&plot, SimTime::from_millis(17_000)).groups.is_empty());
    }

    #[test]
    fn what_is_not_simulated_yet_is_hatched_and_says_so() {
        let mut recorder = Recorder::new(library::payments(), Limits::default());
        assert!(recorder.advance(5_000));
        let part = recorder.so_far();
        let size = Size { w: 1100.0, h: 330.0 };
        let plot = draw(&part, None, size, view(0, 60_000), &Selection::Nothing, None).plot;
        let list = unknown(&plot, &part);
        assert_eq!(list.texts[0].text, UNKNOWN);
        let hatch = list.groups.iter().find(|group| group.paint == Paint::Hatch).expect("a hatch");
        let Shape::Rect { x, w, .. } = hatch.shapes[0] else { panic!("it is all high") };
        assert!((x - x_at(&plot, part.end())).abs() < 0.01, "it begins where that is");
        assert!(x + w >= plot.x + plot.w);
        let known = PlotArea { viewport: view(0, part.end().nanos() / 1_000_000), ..plot };
        assert_eq!(unknown(&known, &part), DrawList::default());
        assert_eq!(unknown(&plot, &payments()), DrawList::default());
    }

    #[test]
    fn the_outcome_of_an_attempt_is_not_painted_before_it_is_there() {
        let run = payments();
        let size = Size { w: 1100.0, h: 330.0 };
        let index = run.index();
        let (request, row) = index.rows().find(|(_, row)| row.rejected).expect("one is rejected");
        let failed = row.over.expect("it is over");
        let began = run.log().at(row.first);
        let tracks = draw(&run, None, size, view(3_000, 6_000), &Selection::Request(request), None);
        let spot = |what: &TrackSpot| *what == TrackSpot::Lane { request };
        let lane = tracks.spots.iter().find(|s| spot(&s.what)).expect("it has a lane");
        let roles = |at: SimTime| -> Vec<Role> {
            let mine = |shape: &Shape| matches!(shape, Shape::Rect { y, .. } if *y > lane.y && *y < lane.y + lane.h);
            let groups = tracks.under_way(at).groups.into_iter();
            groups.filter(|group| group.shapes.iter().any(mine)).map(|group| group.role).collect()
        };
        let sent = SimTime::from_nanos(began.nanos() + 1);
        assert_eq!(roles(sent), [Role::Request]);
        let before = SimTime::from_nanos(failed.nanos() - 1);
        assert!(!roles(before).contains(&Role::Failure));
        assert!(roles(before).contains(&Role::Request));
        assert_eq!(roles(failed), []);
    }

    #[test]
    fn a_probe_is_amber_while_it_is_out() {
        let run = payments();
        let size = Size { w: 1100.0, h: 330.0 };
        let (request, _) = run.index().rows().find(|(_, row)| row.probe).expect("one probes");
        let tracks = draw(&run, None, size, view(3_000, 9_000), &Selection::Request(request), None);
        let roles = |ms: u64| {
            tracks.under_way(SimTime::from_millis(ms)).groups.into_iter().map(|group| group.role)
        };
        let mut moments = 3_000..9_000;
        assert!(moments.any(|ms| roles(ms).any(|role| role == Role::Probe)));
        let known = [Role::Probe, Role::Request, Role::Paper];
        assert!((3_000..9_000).all(|ms| roles(ms).all(|role| known.contains(&role))));
    }
}
