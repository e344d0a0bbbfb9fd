//! The two canvases of the timeline, and what a pointer meets there.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use half_open::run::{Run, Seeker, ids};
use half_open::time::SimTime;
use half_open_view::draw::{Align, DrawList, Face, Paint, Role, Shape, Size, Text};
use half_open_view::numbers::short;
use half_open_view::tracks::{self, Arrangement, PlotArea, TrackSpot, Tracks, Viewport};
use wasm_bindgen::JsCast;
use web_sys::{Event, KeyboardEvent, MouseEvent, PointerEvent, WheelEvent};
use yew::NodeRef;

use super::drag::{Drag, snapped};
use crate::browser::Listener;
use crate::canvas::Surface;
use crate::desk::Desk;
use crate::store::{Action, Arrange, Range, Selection, State, View};
use crate::words;

/// Narrower canvases show one track at a time.
const NARROW: f32 = 720.0;
/// How much one pixel of a wheel zooms, as a power of two.
const WHEEL: f64 = 1.0 / 240.0;
/// How many pixels beside a thing still hit it.
/// How far a wheel or a finger goes for one row.
const ROW: f32 = 24.0;
const NEAR: f32 = 3.0;
const NEAR_FINGER: f32 = 10.0;

const EVENTS: &[&str] = &[
    "pointerdown",
    "pointermove",
    "pointerup",
    "pointercancel",
    "pointerleave",
    "dblclick",
    "wheel",
    "keydown",
];

/// Everything the ground depends on, but for the run.
#[derive(Clone, PartialEq)]
struct Key {
    size: (f32, f32),
    viewport: Viewport,
    selection: Selection,
    tracks: Arrangement,
    theme: u32,
    scale: f64,
}

/// What is drawn: the run that is shown, and what would have been.
type Runs = (Rc<Run>, Option<Rc<Run>>);

/// Where the pointer is, and what is there.
#[derive(Clone, PartialEq)]
struct Hover {
    x: f32,
    y: f32,
    words: String,
}

/// Everything on top depends on: the moment, what is marked, and what the pointer is on.
type Top = (SimTime, bool, Option<Range>, Option<Hover>);

/// The two canvases.
pub(crate) struct Picture {
    desk: Desk,
    ground: Surface,
    top: Surface,
    tracks: RefCell<Option<Tracks>>,
    painted: RefCell<Option<(Runs, Key)>>,
    painted_top: RefCell<Option<Top>>,
    hover: RefCell<Option<Hover>>,
    drag: Cell<Option<Drag>>,
    /// How far a wheel has turned since the last row.
    travelled: Cell<f32>,
    listener: RefCell<Option<Listener>>,
}

impl Picture {
    /// Has the tracks drawn in every frame from now on.
    pub(crate) fn attach(ground: &NodeRef, top: &NodeRef, desk: &Desk) -> Option<()> {
        let ground = Surface::new(ground.cast()?, &desk.hub)?;
        let top = Surface::new(top.cast()?, &desk.hub)?;
        let picture = Rc::new(Self {
            desk: desk.clone(),
            ground,
            top,
            tracks: RefCell::default(),
            painted: RefCell::default(),
            painted_top: RefCell::default(),
            hover: RefCell::default(),
            drag: Cell::new(None),
            travelled: Cell::new(0.0),
            listener: RefCell::default(),
        });
        let weak = Rc::downgrade(&picture);
        let listener = Listener::new(picture.top.element(), EVENTS, move |event: Event| {
            if let Some(picture) = weak.upgrade() {
                picture.happened(&event);
            }
        });
        *picture.listener.borrow_mut() = Some(listener);
        desk.hub.attach(picture);
        Some(())
    }

    fn happened(&self, event: &Event) {
        match event.type_().as_str() {
            "pointerdown" => self.pressed(event.unchecked_ref()),
            "pointermove" => self.moved(event.unchecked_ref()),
            "pointerup" | "pointercancel" => self.released(event.unchecked_ref()),
            "dblclick" => self.pressed_twice(event.unchecked_ref()),
            "wheel" => self.wheeled(event.unchecked_ref()),
            "keydown" => self.typed(event.unchecked_ref()),
            _ => {
                *self.hover.borrow_mut() = None;
                self.desk.hub.wake();
            }
        }
    }

    fn plot(&self) -> Option<PlotArea> {
        self.tracks.borrow().as_ref().map(|tracks| tracks.plot.clone())
    }

    fn spot_at(&self, event: &PointerEvent) -> Option<TrackSpot> {
        let near = if event.pointer_type() == "touch" { NEAR_FINGER } else { NEAR };
        self.spot_near(event, near)
    }

    fn spot_near(&self, event: &MouseEvent, near: f32) -> Option<TrackSpot> {
        let (x, y) = (event.offset_x() as f32, event.offset_y() as f32);
        let tracks = self.tracks.borrow();
        let spots = &tracks.as_ref()?.spots;
        let found = |margin| spots.iter().rev().find(|spot| spot.holds(x, y, margin));
        found(0.0).or_else(|| found(near)).map(|spot| spot.what)
    }

    fn pressed(&self, event: &PointerEvent) {
        let Some(plot) = self.plot() else { return };
        let x = event.offset_x() as f32;
        let state = self.desk.hub.state();
        // Without capture the drag ends at the edge of the canvas; that is all.
        let _ = self.top.element().set_pointer_capture(event.pointer_id());
        let mut drag = if event.button() != 0 {
            // The browser would scroll by itself.
            event.prevent_default();
            Drag::Pan { x, moved: 0 }
        } else if event.shift_key() {
            Drag::Brush { from: snapped(&plot, tracks::time_at(&plot, x)), x, begun: false }
        } else if let Some(from) = self.other_end(&state, &plot, event) {
            Drag::Brush { from, x, begun: false }
        } else if x < plot.x && self.can_scroll(&state) {
            Drag::Scroll { y: event.offset_y() as f32 }
        } else {
            Drag::begin(&state, self.spot_at(event), &plot, x)
        };
        if drag == Drag::Scrub {
            self.desk.hub.dispatch(Action::Pause);
            if let Some(action) = drag.go(&plot, x) {
                self.desk.hub.dispatch(action);
            }
        }
        self.drag.set(Some(drag));
    }

    fn moved(&self, event: &PointerEvent) {
        let x = event.offset_x() as f32;
        let (Some(mut drag), Some(plot)) = (self.drag.get(), self.plot()) else {
            self.point_at(event);
            return;
        };
        if let Drag::Scroll { y } = &mut drag {
            let by = ((*y - event.offset_y() as f32) / ROW) as i32;
            *y -= by as f32 * ROW;
            self.scroll(by);
        }
        let action = drag.go(&plot, x);
        self.drag.set(Some(drag));
        if let Some(action) = action {
            self.desk.hub.dispatch(action);
        }
    }

    fn released(&self, event: &PointerEvent) {
        let (Some(drag), Some(plot)) = (self.drag.take(), self.plot()) else { return };
        if let Some(action) = drag.end(&plot, event.offset_x() as f32) {
            // What was dragged is selected: it can be looked at, or taken away, at once.
            if let Action::Move { index, .. } | Action::Stretch { index, .. } = &action {
                let index = *index as u32;
                self.desk.hub.dispatch(Action::Select(Selection::Intervention(index)));
            }
            self.desk.hub.dispatch(action);
        }
    }

    /// Where nothing can be selected, twice is for the axis.
    fn pressed_twice(&self, event: &MouseEvent) {
        if matches!(self.spot_near(event, 0.0), None | Some(TrackSpot::Ruler)) {
            self.desk.hub.dispatch(Action::Fit);
        }
    }

    fn point_at(&self, event: &PointerEvent) {
        let spot = self.spot_at(event);
        let class = match spot {
            Some(TrackSpot::FaultEnd { .. }) => "stretching",
            Some(TrackSpot::Fault { .. }) => "moving",
            Some(TrackSpot::Ruler | TrackSpot::Gap { .. }) | None => "",
            Some(_) => "pointing",
        };
        self.top.element().set_class_name(class);
        let state = self.desk.hub.state();
        let (x, y) = (event.offset_x() as f32, event.offset_y() as f32);
        // What is not to be seen is not to be read either.
        let hidden = state.hides_future()
            && self.plot().is_some_and(|plot| x > tracks::x_at(&plot, state.t));
        let words =
            spot.filter(|_| !hidden).and_then(|spot| describe(&state, spot)).or_else(|| {
                let tracks = self.tracks.borrow();
                tracks.as_ref().filter(|_| !hidden)?.told(&state.run, x, y)
            });
        *self.hover.borrow_mut() = words.map(|words| Hover { x, y, words });
        self.desk.hub.wake();
    }

    /// The other end of what is marked, if the pointer is at one of its ends.
    fn other_end(&self, state: &State, plot: &PlotArea, event: &PointerEvent) -> Option<SimTime> {
        let Range { from, to } = state.brush?;
        let x = event.offset_x() as f32;
        let near = if event.pointer_type() == "touch" { NEAR_FINGER } else { NEAR };
        let is_at = |end| (tracks::x_at(plot, end) - x).abs() <= near;
        if is_at(to) { Some(from) } else { is_at(from).then_some(to) }
    }

    fn can_scroll(&self, state: &State) -> bool {
        let more = self.tracks.borrow().as_ref().is_some_and(|tracks| tracks.more);
        more || state.tracks.scroll > 0
    }

    /// Scrolls the tracks by so many rows, as far as there are any.
    fn scroll(&self, by: i32) {
        let more = self.tracks.borrow().as_ref().is_some_and(|tracks| tracks.more);
        let by = if more { by.min(1) } else { by.min(0) };
        if by != 0 {
            self.desk.hub.dispatch(Action::Arrange(Arrange::Scroll(by)));
        }
    }

    fn typed(&self, event: &KeyboardEvent) {
        let by = match event.key().as_str() {
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            _ => return,
        };
        if self.can_scroll(&self.desk.hub.state()) {
            event.prevent_default();
            self.scroll(by);
        }
    }

    fn wheeled(&self, event: &WheelEvent) {
        let Some(plot) = self.plot() else { return };
        event.prevent_default();
        // Lines and pages, where a browser counts in those.
        let unit = [1.0, 16.0, 400.0][event.delta_mode().min(2) as usize];
        let (dx, dy) = (event.delta_x() * unit, event.delta_y() * unit);
        if (event.offset_x() as f32) < plot.x && self.can_scroll(&self.desk.hub.state()) {
            let travelled = self.travelled.get() + dy as f32;
            let rows = (travelled / ROW) as i32;
            self.travelled.set(travelled - rows as f32 * ROW);
            self.scroll(rows);
            return;
        }
        let sideways = if event.shift_key() && dx == 0.0 { dy } else { dx };
        self.desk.hub.dispatch(if event.shift_key() || dx.abs() > dy.abs() {
            Action::Pan((sideways * plot.per_pixel()) as i64)
        } else {
            let around = tracks::time_at(&plot, event.offset_x() as f32);
            Action::Zoom(around, (-dy * WHEEL).exp2())
        });
    }

    /// Paints the ground, if it is another than before.
    fn show_ground(&self, state: &State, size: Size, key: Key) -> bool {
        let mut painted = self.painted.borrow_mut();
        let ghost = state.ghost.as_ref();
        if let Some(((run, old), before)) = &*painted
            && Rc::ptr_eq(run, &state.run)
            && old.as_ref().map(Rc::as_ptr) == ghost.map(Rc::as_ptr)
            && *before == key
        {
            return false;
        }
        let Key { viewport, tracks, .. } = key;
        let beside = ghost.map(|ghost| &**ghost);
        let tracks = tracks::draw(&state.run, beside, size, viewport, &key.selection, &tracks);
        self.ground.paint(&self.desk.theme.palette(), size, None, &tracks.list);
        *self.tracks.borrow_mut() = Some(tracks);
        *painted = Some(((state.run.clone(), state.ghost.clone()), key));
        true
    }

    /// Paints the playhead, what lies after it, and what the pointer is on.
    fn show_top(&self, state: &State, size: Size, plot: &PlotArea) {
        let mut list = tracks::future_veil(plot, state.t, state.hides_future());
        let under_way = self.tracks.borrow().as_ref().map(|tracks| tracks.under_way(state.t));
        list.groups.extend(under_way.into_iter().flat_map(|list| list.groups));
        let tracks = self.tracks.borrow();
        let ghost = tracks.iter().filter(|_| !state.hides_future());
        list.groups.extend(ghost.flat_map(|tracks| tracks.ghost.groups.clone()));
        let unknown = tracks::unknown(plot, &state.run);
        list.groups.extend(unknown.groups);
        list.texts.extend(unknown.texts);
        if let Some(range) = state.brush {
            list.groups.extend(tracks::brush(plot, range).groups);
        }
        list.groups.extend(tracks::playhead(plot, state.t).groups);
        if let Some(hover) = &*self.hover.borrow() {
            label(&mut list, size, hover);
        }
        self.top.paint(&self.desk.theme.palette(), size, None, &list);
    }
}

impl View for Picture {
    fn show(&self, state: &State, _: &RefCell<Seeker>, _: f64) {
        let size = self.ground.size();
        let key = Key {
            size: (size.w, size.h),
            viewport: state.viewport,
            selection: state.selection,
            tracks: match size.w < NARROW {
                true => state.tracks.only(state.track),
                false => state.tracks,
            },
            theme: self.desk.theme.version(),
            scale: self.ground.scale(),
        };
        let ground = self.show_ground(state, size, key);
        if ground {
            // Something else is below the pointer now: it says what once it moves.
            *self.hover.borrow_mut() = None;
        }
        let top = (state.t, state.hides_future(), state.brush, self.hover.borrow().clone());
        if !ground && self.painted_top.borrow().as_ref() == Some(&top) {
            return;
        }
        if let Some(plot) = self.plot() {
            self.show_top(state, size, &plot);
            *self.painted_top.borrow_mut() = Some(top);
        }
    }
}

/// What is at a spot, in a few words.
fn describe(state: &State, spot: TrackSpot) -> Option<String> {
    let run = &state.run;
    let lane = |request| ids::short_id(run, request);
    Some(match spot {
        TrackSpot::LaneMark { event } => {
            let event = run.log().event(event);
            let what = format!("{} {}", event.at, words::event(run, event));
            match event.span() {
                Some(span) => format!("{} {what}", lane(run.log().request_of(span))),
                None => what,
            }
        }
        TrackSpot::Fault { intervention } | TrackSpot::FaultEnd { intervention } => {
            let interventions = &run.experiment().interventions;
            let change = &interventions.get(intervention as usize)?.change;
            words::change(&run.experiment().scenario, change)
        }
        TrackSpot::Band { edge, event } => {
            let name = run.experiment().scenario.edge_name(edge);
            match event {
                Some(event) => {
                    let event = run.log().event(event);
                    format!("{} {}", event.at, words::event(run, event))
                }
                None => format!("breaker {name}"),
            }
        }
        TrackSpot::Gap { from, to } => {
            format!("nothing happens for {}", short(to.since(from)))
        }
        // The name of a lane is written beside it.
        TrackSpot::Lane { .. } | TrackSpot::Ruler => return None,
    })
}

/// A few words beside the pointer, where there is room for them.
fn label(list: &mut DrawList, size: Size, hover: &Hover) {
    let width = 14.0 + 7.3 * hover.words.chars().count() as f32;
    let x = (hover.x + 12.0).min(size.w - width - 2.0).max(2.0);
    let y = if hover.y > 34.0 { hover.y - 30.0 } else { hover.y + 18.0 };
    let ground = Shape::Rect { x, y, w: width, h: 22.0, r: 6.0 };
    list.add(Role::Card, Paint::Fill, 1.0, ground);
    list.add(Role::Line, Paint::Stroke(1.0), 1.0, ground);
    list.write(Text {
        x: x + 7.0,
        y: y + 15.0,
        text: hover.words.clone(),
        role: Role::Ink,
        size: 12.0,
        face: Face::Mono,
        align: Align::Start,
        alpha: 1.0,
    });
}
