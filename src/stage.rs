//! The simulated system in motion.

use std::cell::{Cell, RefCell, RefMut};
use std::rc::{Rc, Weak};
use std::sync::Arc;

use half_open::run::{Run, Scene, Seeker};
use half_open::scenario::{Columns, Experiment, NodeId};
use half_open::time::SimTime;
use half_open_view::draw::{DrawList, Size, Spot};
use half_open_view::stage::{self, Layout, StageInput};
use half_open_view::{focus, story};
use wasm_bindgen::JsCast;
use web_sys::HtmlCanvasElement;
use yew::prelude::*;

use crate::browser::Listener;
use crate::canvas::Surface;
use crate::desk::Desk;
use crate::editor;
use crate::markup::html;
use crate::near::Near;
use crate::pair;
use crate::store::{Action, Selection, Show, Side, State, Store, Stroke, View};
use crate::tour;

/// How many pixels beside a thing still hit it: more for fingers.
const NEAR: f32 = 4.0;
const NEAR_FINGER: f32 = 12.0;

/// One sentence of story, then the system.
/// Side by side, each has its own.
pub(crate) fn view(store: &Store, canvases: &[NodeRef; 2]) -> Html {
    let pair = store.state.forks.pair();
    let part = |side: Side| match pair {
        None if side == Side::B => Html::default(),
        _ => part(store, side, &canvases[side as usize]),
    };
    html! {
        <section class={if pair.is_some() { "stage pair" } else { "stage" }} aria-label="Stage">
            { for Side::BOTH.map(part) }
        </section>
    }
}

fn part(store: &Store, side: Side, canvas: &NodeRef) -> Html {
    let state = &store.state;
    let pair = state.forks.pair();
    let active = pair.is_none_or(|active| active == side);
    // Where somebody draws or is told something else, nobody reads it.
    let silent = active && (state.drawing.is_some() || state.tour.is_some());
    let look = |run: &Run, scene: &Scene| {
        let described = if state.playing { Vec::new() } else { stage::describe(run, scene) };
        let story = if silent { Html::default() } else { tell(&story::sentence(run, scene)) };
        (story, described.join(" "))
    };
    let (story, described) = if active {
        store.scene(|scene| look(&state.run, scene))
    } else {
        let seen = store.ghost_scene(|scene| Some(look(state.ghost.as_ref()?, scene)));
        seen.flatten().unwrap_or_default()
    };
    let name = match pair {
        Some(_) => format!("{}: the system", side.name()),
        None => "The system".into(),
    };
    let place = if side == Side::A { "described" } else { "described-b" };
    html! {
        <div class={if active { "side active" } else { "side" }}>
            { pair::head(store, side) }
            { match (&state.drawing, &state.tour) {
                (Some(drawing), _) => editor::bar(store, drawing),
                (None, Some(tour)) if active => tour::view(store, tour),
                (None, _) => story,
            } }
            <canvas ref={canvas} tabindex="0" role="application" aria-describedby={place}
                aria-label={format!("{name}. Arrow keys move between its parts, Enter selects one.")} />
            <p id={place} class="unseen">{ described }</p>
            { state.drawing.as_ref().map(|drawing| editor::board(store, drawing)) }
        </div>
    }
}

fn tell(story: &story::Story) -> Html {
    html! {
        <p class="story">
            { &story.before }<em class={story.role.name()}>{ &story.phrase }</em>{ &story.after }
        </p>
    }
}

/// Everything the picture depends on.
#[derive(Clone, PartialEq)]
struct Key {
    t: SimTime,
    size: (f32, f32),
    selection: Selection,
    hover: Option<Selection>,
    detail: bool,
    stepped: bool,
    theme: u32,
    scale: f64,
    columns: Option<Columns>,
    look: Option<Rc<[Selection]>>,
    zoom: Option<NodeId>,
}

/// What a layout was made for: a system, and the columns in which it is drawn, if not in its own.
type Drawn = (Arc<Experiment>, Option<Columns>);

/// The canvas, and what was last painted on it.
pub(crate) struct Picture {
    desk: Desk,
    side: Side,
    canvas: NodeRef,
    me: Weak<Self>,
    surface: RefCell<Option<(Surface, Listener)>>,
    spots: RefCell<Vec<Spot<Selection>>>,
    hover: Cell<Option<Selection>>,
    /// The part that is seen from near, if not all is.
    near: Cell<Option<Near>>,
    painted: RefCell<Option<(Rc<Run>, Key)>>,
    layout: RefCell<Option<(Drawn, Layout)>>,
}

impl Picture {
    /// Has the stage drawn in every frame from now on, while there is one.
    pub(crate) fn attach(canvas: &NodeRef, side: Side, desk: &Desk) {
        let picture = Rc::new_cyclic(|me| Self {
            desk: desk.clone(),
            side,
            canvas: canvas.clone(),
            me: me.clone(),
            surface: RefCell::default(),
            spots: RefCell::default(),
            hover: Cell::new(None),
            near: Cell::new(None),
            painted: RefCell::default(),
            layout: RefCell::default(),
        });
        desk.hub.attach(picture);
    }

    /// The canvas that is on the page now; none, where there is no such side.
    fn surface(&self) -> Option<RefMut<'_, (Surface, Listener)>> {
        let element = self.canvas.cast::<HtmlCanvasElement>();
        let mut held = self.surface.borrow_mut();
        if held.as_ref().map(|(surface, _)| surface.element()) != element.as_ref() {
            *held = element.and_then(|element| self.take(element));
            *self.painted.borrow_mut() = None;
            self.hover.set(None);
        }
        RefMut::filter_map(held, Option::as_mut).ok()
    }

    fn take(&self, element: HtmlCanvasElement) -> Option<(Surface, Listener)> {
        let names = &["pointermove", "pointerleave", "pointerup", "keydown", "blur"];
        let me = self.me.clone();
        let listener = Listener::new(&element, names, move |event: Event| {
            if let Some(picture) = me.upgrade() {
                picture.happened(&event);
            }
        });
        Some((Surface::new(element, &self.desk.hub)?, listener))
    }

    fn happened(&self, event: &Event) {
        match event.type_().as_str() {
            "pointermove" => self.point_at(self.spot_at(event.unchecked_ref())),
            "pointerup" => self.select(self.spot_at(event.unchecked_ref())),
            "keydown" => self.key(event.unchecked_ref()),
            _ => self.point_at(None),
        }
    }

    /// Looks closer at something; on the side that is not active, that becomes the active one.
    fn select(&self, what: Option<Selection>) {
        let hub = &self.desk.hub;
        if hub.state().present.is_some() {
            // A room sees one thing after another: what is pressed is seen from near, or goes on.
            hub.dispatch(Action::Present(match what {
                Some(Selection::Node(node)) => Show::Look(node),
                _ => Show::On,
            }));
            return;
        }
        let aside = !is_active(&hub.state(), self.side);
        if aside {
            hub.dispatch(Action::Activate(self.side));
        }
        if !aside || what.is_some() {
            hub.dispatch(Action::Select(what.unwrap_or_default()));
        }
    }

    fn spot_at(&self, event: &PointerEvent) -> Option<Selection> {
        let (x, y) = (event.offset_x() as f32, event.offset_y() as f32);
        let (x, y) = self.near.get().unwrap_or_default().point(x, y);
        let near = if event.pointer_type() == "touch" { NEAR_FINGER } else { NEAR };
        let spots = self.spots.borrow();
        let exact = spots.iter().rev().find(|spot| spot.holds(x, y, 0.0));
        exact.or_else(|| spots.iter().rev().find(|s| s.holds(x, y, near))).map(|spot| spot.what)
    }

    fn point_at(&self, what: Option<Selection>) {
        if self.hover.replace(what) != what {
            let class = if what.is_some() { "pointing" } else { "" };
            if let Some((surface, _)) = &*self.surface.borrow() {
                surface.element().set_class_name(class);
            }
            self.desk.hub.wake();
        }
    }

    fn key(&self, event: &KeyboardEvent) {
        if self.near.get().is_some() {
            // Then arrows lead from one service to the next.
            return;
        }
        let by = match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => 1,
            "ArrowLeft" | "ArrowUp" => -1,
            "Enter" => {
                self.select(self.hover.get());
                return;
            }
            _ => return,
        };
        event.prevent_default();
        let next = self.beside(self.hover.get(), by);
        self.point_at(next);
        if let Some(next) = next {
            let scenario = self.desk.hub.state().experiment.clone();
            let name = crate::words::selection(&scenario.scenario, next);
            self.desk.hub.dispatch(Action::Say(name));
        }
    }

    /// The part of the system after or before this one: nodes, then lines, then single clients. A
    /// line has several spots; dots on their way are left out.
    fn beside(&self, what: Option<Selection>, by: i32) -> Option<Selection> {
        let spots = self.spots.borrow();
        let mut parts: Vec<(u8, u32, Selection)> = Vec::new();
        for spot in spots.iter() {
            let (kind, id) = match spot.what {
                Selection::Node(id) => (0, id.into()),
                Selection::Edge(id) => (1, id.into()),
                Selection::Client(id) => (2, id),
                _ => continue,
            };
            let place = parts.partition_point(|part| (part.0, part.1) < (kind, id));
            if parts.get(place).is_none_or(|part| part.2 != spot.what) {
                parts.insert(place, (kind, id, spot.what));
            }
        }
        let count = parts.len() as i32;
        let here = parts.iter().position(|part| Some(part.2) == what).map(|here| here as i32);
        let next = here.map_or(if by > 0 { 0 } else { count - 1 }, |here| here + by);
        parts.get(next.rem_euclid(count.max(1)) as usize).map(|part| part.2)
    }
}

impl View for Picture {
    fn show(&self, state: &State, seeker: &RefCell<Seeker>, _: f64) {
        let Some(held) = self.surface() else { return };
        let surface = &held.0;
        let size = surface.size();
        if size.w == 0.0 {
            // A narrow page shows one side at a time.
            return;
        }
        if state.drawing.as_ref().is_some_and(|drawing| drawing.size != size) {
            self.desk.hub.dispatch(Action::Draw(Stroke::Fit(size)));
        }
        let active = is_active(state, self.side);
        let run = if active { Some(&state.run) } else { state.ghost.as_ref() };
        let mut painted = self.painted.borrow_mut();
        let beside = self.desk.hub.beside().filter(|_| !active);
        let Some(run) = run.filter(|_| active || beside.is_some()) else {
            // What is no longer there goes; what is only about to be found again stays.
            let gone = painted
                .as_ref()
                .is_some_and(|(old, _)| run.is_none_or(|run| !Rc::ptr_eq(run, old)));
            if gone {
                *painted = None;
                self.spots.borrow_mut().clear();
                surface.paint(&self.desk.theme.palette(), size, None, &DrawList::default());
            }
            return;
        };
        let selection = match active {
            true => state.selection,
            false => focus::counterpart(&state.run, run, state.selection),
        };
        let key = Key {
            t: state.t,
            size: (size.w, size.h),
            selection,
            hover: self.hover.get(),
            detail: !state.playing,
            stepped: state.less_motion,
            theme: self.desk.theme.version(),
            scale: surface.scale(),
            columns: state.columns().filter(|_| active),
            look: state.look().filter(|_| active).cloned(),
            zoom: state.present.as_ref().and_then(|present| present.zoom),
        };
        if let Some((old, before)) = &*painted
            && Rc::ptr_eq(run, old)
            && *before == key
        {
            return;
        }
        let mut seeker = beside.as_deref().unwrap_or(seeker).borrow_mut();
        let mut layout = self.layout.borrow_mut();
        let stage = stage::draw(&StageInput {
            run,
            scene: seeker.seek(run, state.t),
            layout: laid_out(&mut layout, run, key.columns.as_ref(), size),
            selection: &key.selection,
            look: key.look.as_deref().unwrap_or_default(),
            hover: key.hover,
            detail: key.detail,
            stepped: key.stepped,
        });
        let near =
            key.zoom.and_then(|node| Near::around(Selection::Node(node), &stage.spots, size));
        surface.paint(&self.desk.theme.palette(), size, near, &stage.list);
        self.near.set(near);
        *self.spots.borrow_mut() = stage.spots;
        *painted = Some((run.clone(), key));
    }
}

/// Where everything is: found again when the system, its columns or the canvas have changed.
fn laid_out<'a>(
    held: &'a mut Option<(Drawn, Layout)>,
    run: &Run,
    columns: Option<&Columns>,
    size: Size,
) -> &'a Layout {
    let experiment = run.experiment();
    let fits = |((system, drawn), layout): &(Drawn, Layout)| {
        Arc::ptr_eq(system, experiment) && drawn.as_ref() == columns && layout.size() == size
    };
    let (_, layout) = match held.take().filter(fits) {
        Some(kept) => held.insert(kept),
        None => {
            let own = || experiment.scenario.columns();
            let layout = Layout::new(experiment, &columns.cloned().unwrap_or_else(own), size);
            held.insert(((experiment.clone(), columns.cloned()), layout))
        }
    };
    layout
}

/// Whether a side is the one that changes go to; without a pair there is one side.
fn is_active(state: &State, side: Side) -> bool {
    state.forks.pair().is_none_or(|active| active == side)
}
