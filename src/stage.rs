//! The simulated system in motion.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use half_open::run::{Run, Seeker};
use half_open::time::SimTime;
use half_open_view::draw::{Size, Spot};
use half_open_view::stage::{self, StageInput};
use half_open_view::story;
use wasm_bindgen::JsCast;
use yew::prelude::*;

use crate::browser::Listener;
use crate::canvas::Surface;
use crate::desk::Desk;
use crate::markup::html;
use crate::store::{Action, Selection, State, Store, View};

/// How many pixels beside a thing still hit it: more for fingers.
const NEAR: f32 = 4.0;
const NEAR_FINGER: f32 = 12.0;

/// One sentence of story, then the system.
pub(crate) fn view(store: &Store, canvas: &NodeRef) -> Html {
    let state = &store.state;
    let described = if state.playing {
        String::new()
    } else {
        store.scene(|scene| stage::describe(&state.run, scene)).join(" ")
    };
    html! {
        <section class="stage" aria-label="Stage">
            { store.scene(|scene| tell(&story::sentence(&state.run, scene))) }
            <canvas ref={canvas} tabindex="0" role="application" aria-describedby="described"
                aria-label="The system. Arrow keys move between its parts, Enter selects one." />
            <p id="described" class="unseen">{ described }</p>
        </section>
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
}

/// The canvas, and what was last painted on it.
pub(crate) struct Picture {
    desk: Desk,
    surface: Surface,
    spots: RefCell<Vec<Spot<Selection>>>,
    hover: Cell<Option<Selection>>,
    painted: RefCell<Option<(Rc<Run>, Key)>>,
    listener: RefCell<Option<Listener>>,
}

impl Picture {
    /// Has the stage drawn in every frame from now on.
    pub(crate) fn attach(canvas: &NodeRef, desk: &Desk) -> Option<()> {
        let surface = Surface::new(canvas.cast()?, &desk.hub)?;
        let picture = Rc::new(Self {
            desk: desk.clone(),
            surface,
            spots: RefCell::default(),
            hover: Cell::new(None),
            painted: RefCell::default(),
            listener: RefCell::default(),
        });
        let names = &["pointermove", "pointerleave", "pointerup", "keydown", "blur"];
        let weak = Rc::downgrade(&picture);
        let listener = Listener::new(picture.surface.element(), names, move |event: Event| {
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
            "pointermove" => self.point_at(self.spot_at(event.unchecked_ref())),
            "pointerup" => {
                let what = self.spot_at(event.unchecked_ref()).unwrap_or_default();
                self.desk.hub.dispatch(Action::Select(what));
            }
            "keydown" => self.key(event.unchecked_ref()),
            _ => self.point_at(None),
        }
    }

    fn spot_at(&self, event: &PointerEvent) -> Option<Selection> {
        let (x, y) = (event.offset_x() as f32, event.offset_y() as f32);
        let near = if event.pointer_type() == "touch" { NEAR_FINGER } else { NEAR };
        let spots = self.spots.borrow();
        let exact = spots.iter().rev().find(|spot| spot.holds(x, y, 0.0));
        exact.or_else(|| spots.iter().rev().find(|s| s.holds(x, y, near))).map(|spot| spot.what)
    }

    fn point_at(&self, what: Option<Selection>) {
        if self.hover.replace(what) != what {
            let class = if what.is_some() { "pointing" } else { "" };
            self.surface.element().set_class_name(class);
            self.desk.hub.wake();
        }
    }

    fn key(&self, event: &KeyboardEvent) {
        let by = match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => 1,
            "ArrowLeft" | "ArrowUp" => -1,
            "Enter" => {
                self.desk.hub.dispatch(Action::Select(self.hover.get().unwrap_or_default()));
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
        let size = self.surface.size();
        let key = Key {
            t: state.t,
            size: (size.w, size.h),
            selection: state.selection,
            hover: self.hover.get(),
            detail: !state.playing,
            stepped: state.less_motion,
            theme: self.desk.theme.version(),
            scale: crate::browser::pixel_ratio(),
        };
        let mut painted = self.painted.borrow_mut();
        if let Some((run, before)) = &*painted
            && Rc::ptr_eq(run, &state.run)
            && *before == key
        {
            return;
        }
        let stage = self.draw(state, seeker, size, &key);
        self.surface.paint(&self.desk.theme.palette(), size, &stage.list);
        *self.spots.borrow_mut() = stage.spots;
        *painted = Some((state.run.clone(), key));
    }
}

impl Picture {
    fn draw(&self, state: &State, seeker: &RefCell<Seeker>, size: Size, key: &Key) -> stage::Stage {
        let mut seeker = seeker.borrow_mut();
        stage::draw(&StageInput {
            run: &state.run,
            scene: seeker.seek(&state.run, state.t),
            size,
            selection: &key.selection,
            hover: key.hover,
            detail: key.detail,
            stepped: key.stepped,
        })
    }
}
