//! The bar of the whole run: how requests ended, and the part that the tracks show, which is dragged
//! and stretched there.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use half_open::run::{Run, Seeker};
use half_open::time::SimTime;
use half_open_view::draw::Size;
use half_open_view::tracks::{self, Overview, PlotArea, Viewport};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, PointerEvent, WheelEvent};
use yew::prelude::{Html, NodeRef};
use yew::{Callback, KeyboardEvent};

use super::choice;
use crate::browser::Listener;
use crate::canvas::Surface;
use crate::desk::Desk;
use crate::markup::html;
use crate::store::{Action, End, State, Store, View};
use crate::transport::clock;

/// How many pixels beside an edge still hit it, inside the window and outside.
const INSIDE: f32 = 4.0;
const OUTSIDE: f32 = 8.0;
const FINGER: f32 = 16.0;
/// How many pixels a pointer may tremble and still click.
const STILL: f32 = 3.0;
/// How much one pixel of a wheel zooms, as a power of two.
const WHEEL: f64 = 1.0 / 240.0;
/// What can be focused is at least so wide.
const TARGET: f32 = 24.0;
/// Keys move by this part of what is shown.
const PARTS: u64 = 10;

const EVENTS: &[&str] =
    &["pointerdown", "pointermove", "pointerup", "pointercancel", "dblclick", "wheel"];

/// Where it is on the page.
#[derive(Default)]
pub(super) struct Elements {
    ground: NodeRef,
    top: NodeRef,
    /// What stands for the window and its edges where there is no pointer.
    grips: [NodeRef; 3],
}

/// What a pressed pointer, or a key, moves.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Grip {
    /// The playhead.
    Scrub,
    /// The left edge of the window.
    First,
    /// Its right edge.
    Last,
    /// The window, unless the pointer stays where it is: then it is the playhead.
    Window {
        /// Where it was pressed.
        x: f32,
        /// What was shown then.
        from: Viewport,
        /// Whether it went further than a tremble.
        begun: bool,
    },
}

/// The bar, with what there is to choose beside it.
pub(super) fn view(store: &Store, elements: &Elements) -> Html {
    let state = &store.state;
    let Viewport { from, to } = state.viewport;
    let Elements { ground, top, grips: [whole, first, last] } = elements;
    html! {
        <div class="overview">
            <canvas ref={ground} aria-hidden="true" />
            <canvas ref={top} aria-hidden="true" />
            { choice::view(store) }
            { grip(store, whole, "What is shown", from, Grip::Window {
                x: 0.0, from: state.viewport, begun: true,
            }) }
            { grip(store, first, "Shown from", from, Grip::First) }
            { grip(store, last, "Shown until", to, Grip::Last) }
        </div>
    }
}

fn grip(store: &Store, node: &NodeRef, name: &'static str, at: SimTime, grip: Grip) -> Html {
    let view = store.state.viewport;
    let end = SimTime::ZERO + store.state.experiment.scenario.horizon;
    let milliseconds = |t: SimTime| (t.nanos() / 1_000_000).to_string();
    let told = match grip {
        Grip::Window { .. } => format!("{} to {}", clock(view.from), clock(view.to)),
        _ => clock(at),
    };
    let dispatch = store.dispatch.clone();
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        let later = match event.key().as_str() {
            "ArrowRight" => true,
            "ArrowLeft" => false,
            _ => return,
        };
        event.prevent_default();
        let step = (view.span().nanos() / PARTS).max(1) as i64;
        let by = if later { step } else { -step };
        dispatch.emit(match grip {
            Grip::First => Action::Resize(End::First, by),
            Grip::Last => Action::Resize(End::Last, by),
            _ => Action::Pan(by),
        });
    });
    html! {
        <span ref={node} class="grip" role="slider" tabindex="0" aria-label={name}
            aria-valuemin="0" aria-valuemax={milliseconds(end)} aria-valuenow={milliseconds(at)}
            aria-valuetext={told} {onkeydown} />
    }
}

/// Shows from here to there, as far as that is a part of the run at all.
fn look(before: Viewport, from: SimTime, to: SimTime, end: SimTime) -> Action {
    let least = 1_000_000;
    let to = to.min(end);
    if to.nanos() < from.nanos().saturating_add(least) {
        return Action::Look(before);
    }
    Action::Look(Viewport { from, to })
}

impl Grip {
    /// What a press at `x` takes hold of.
    fn at(state: &State, plot: &PlotArea, x: f32, outside: f32) -> Self {
        let (left, wide) = tracks::window_at(plot, state.viewport);
        let right = left + wide;
        let whole = state.viewport.span() >= plot.viewport.span();
        let inside = INSIDE.min(wide / 3.0);
        if (left - outside..=left + inside).contains(&x) {
            Self::First
        } else if (right - inside..=right + outside).contains(&x) {
            Self::Last
        } else if (left..=right).contains(&x) && !whole {
            Self::Window { x, from: state.viewport, begun: false }
        } else {
            Self::Scrub
        }
    }

    /// What moving the pointer to `x` does.
    fn go(&mut self, plot: &PlotArea, view: Viewport, x: f32) -> Option<Action> {
        let (t, end) = (tracks::time_at(plot, x), plot.viewport.to);
        match self {
            Self::Scrub => Some(Action::Seek(t)),
            Self::First => Some(look(view, t, view.to, end)),
            Self::Last => Some(look(view, view.from, t, end)),
            Self::Window { x: start, from, begun } => {
                *begun |= (x - *start).abs() > STILL;
                let by = (f64::from(x - *start) * plot.per_pixel()) as i64;
                let latest = end.nanos().saturating_sub(from.span().nanos());
                let left = from.from.nanos().saturating_add_signed(by).min(latest);
                let left = SimTime::from_nanos(left);
                let part = Viewport { from: left, to: left + from.span() };
                begun.then_some(Action::Look(part))
            }
        }
    }
}

/// Everything the ground depends on, but for the run.
type Key = ((f32, f32), u32, f64);

/// The two canvases of the bar, and what a pointer does there.
pub(super) struct Picture {
    desk: Desk,
    ground: Surface,
    top: Surface,
    grips: [HtmlElement; 3],
    overview: RefCell<Option<Overview>>,
    painted: RefCell<Option<(Rc<Run>, Key)>>,
    painted_top: Cell<Option<(SimTime, bool, Viewport)>>,
    grip: Cell<Option<Grip>>,
    listener: RefCell<Option<Listener>>,
}

impl Picture {
    pub(super) fn attach(elements: &Elements, desk: &Desk) -> Option<()> {
        let [whole, first, last] = &elements.grips;
        let picture = Rc::new(Self {
            desk: desk.clone(),
            ground: Surface::new(elements.ground.cast()?, &desk.hub)?,
            top: Surface::new(elements.top.cast()?, &desk.hub)?,
            grips: [whole.cast()?, first.cast()?, last.cast()?],
            overview: RefCell::default(),
            painted: RefCell::default(),
            painted_top: Cell::default(),
            grip: Cell::default(),
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

    fn plot(&self) -> Option<PlotArea> {
        self.overview.borrow().as_ref().map(|overview| overview.plot.clone())
    }

    fn happened(&self, event: &Event) {
        let Some(plot) = self.plot() else { return };
        match event.type_().as_str() {
            "pointerdown" => self.pressed(&plot, event.unchecked_ref()),
            "pointermove" => self.moved(&plot, event.unchecked_ref()),
            "pointerup" | "pointercancel" => self.released(&plot, event.unchecked_ref()),
            "dblclick" => self.desk.hub.dispatch(Action::Fit),
            _ => {
                let event: &WheelEvent = event.unchecked_ref();
                event.prevent_default();
                let around = tracks::time_at(&plot, event.offset_x() as f32);
                let unit = [1.0, 16.0, 400.0][event.delta_mode().min(2) as usize];
                let factor = (-event.delta_y() * unit * WHEEL).exp2();
                self.desk.hub.dispatch(Action::Zoom(around, factor));
            }
        }
    }

    fn grip_at(&self, plot: &PlotArea, event: &PointerEvent) -> Grip {
        let outside = if event.pointer_type() == "touch" { FINGER } else { OUTSIDE };
        Grip::at(&self.desk.hub.state(), plot, event.offset_x() as f32, outside)
    }

    fn pressed(&self, plot: &PlotArea, event: &PointerEvent) {
        // Without capture the drag ends at the edge of the canvas; that is all.
        let _ = self.top.element().set_pointer_capture(event.pointer_id());
        let grip = self.grip_at(plot, event);
        self.grip.set(Some(grip));
        if grip == Grip::Scrub {
            self.desk.hub.dispatch(Action::Pause);
            self.moved(plot, event);
        }
    }

    fn moved(&self, plot: &PlotArea, event: &PointerEvent) {
        let x = event.offset_x() as f32;
        let state = self.desk.hub.state();
        let Some(mut grip) = self.grip.get() else {
            let class = match self.grip_at(plot, event) {
                Grip::First | Grip::Last => "stretching",
                Grip::Window { .. } => "moving",
                Grip::Scrub => "",
            };
            let canvas = self.top.element();
            canvas.set_class_name(class);
            if let Some(overview) = &*self.overview.borrow() {
                canvas.set_title(&overview.told(&state.run, x));
            }
            return;
        };
        let action = grip.go(plot, state.viewport, x);
        self.grip.set(Some(grip));
        if let Some(action) = action {
            self.desk.hub.dispatch(action);
        }
    }

    fn released(&self, plot: &PlotArea, event: &PointerEvent) {
        if let Some(Grip::Window { begun: false, .. }) = self.grip.take() {
            self.desk.hub.dispatch(Action::Pause);
            let t = tracks::time_at(plot, event.offset_x() as f32);
            self.desk.hub.dispatch(Action::Seek(t));
        }
    }

    /// Paints the ground, if it is another than before.
    fn show_ground(&self, state: &State, size: Size) -> bool {
        let key = ((size.w, size.h), self.desk.theme.version(), self.ground.scale());
        let mut painted = self.painted.borrow_mut();
        if let Some((run, before)) = &*painted
            && Rc::ptr_eq(run, &state.run)
            && *before == key
        {
            return false;
        }
        let overview = tracks::overview(&state.run, size);
        self.ground.paint(&self.desk.theme.palette(), size, None, &overview.list);
        *self.overview.borrow_mut() = Some(overview);
        *painted = Some((state.run.clone(), key));
        true
    }

    /// Puts what stands for the window where the window is.
    fn place_grips(&self, plot: &PlotArea, view: Viewport) {
        let (left, wide) = tracks::window_at(plot, view);
        // Side by side, and large enough, also where the window is small.
        let all = wide.max(3.0 * TARGET);
        let left = (left - (all - wide) / 2.0).min(plot.x + plot.w - all).max(plot.x);
        let middle = all - 2.0 * TARGET;
        let places = [(left + TARGET, middle), (left, TARGET), (left + TARGET + middle, TARGET)];
        for (grip, (left, wide)) in self.grips.iter().zip(places) {
            let style = grip.style();
            // Where it cannot be placed it can still be used.
            let _ = style.set_property("left", &format!("{left}px"));
            let _ = style.set_property("width", &format!("{wide}px"));
        }
    }
}

impl View for Picture {
    fn show(&self, state: &State, _: &RefCell<Seeker>, _: f64) {
        let size = self.ground.size();
        let ground = self.show_ground(state, size);
        let top = Some((state.t, state.hides_future(), state.viewport));
        if !ground && self.painted_top.get() == top {
            return;
        }
        let Some(plot) = self.plot() else { return };
        let mut list = tracks::future_veil(&plot, state.t, state.hides_future());
        let unknown = tracks::unknown(&plot, &state.run);
        list.groups.extend(unknown.groups);
        list.groups.extend(tracks::window(&plot, state.viewport).groups);
        list.groups.extend(tracks::here(&plot, state.t).groups);
        self.top.paint(&self.desk.theme.palette(), size, None, &list);
        self.place_grips(&plot, state.viewport);
        self.painted_top.set(top);
    }
}
