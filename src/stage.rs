//! The simulated system in motion.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use half_open::run::{Run, Seeker};
use half_open::time::SimTime;
use half_open::view::draw::{Size, Spot};
use half_open::view::stage::{self, StageInput};
use half_open::view::story;
use web_sys::HtmlCanvasElement;
use yew::prelude::*;

use crate::app::Desk;
use crate::canvas::Surface;
use crate::store::{Action, Selection, State, Store, View};

/// How many pixels beside a thing still hit it: more for fingers.
const NEAR: f32 = 4.0;
const NEAR_FINGER: f32 = 12.0;

/// What the stage needs.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct StageProps {
    /// For the canvas.
    pub desk: Desk,
    /// The page.
    pub store: Store,
}

/// One sentence of story, then the system.
#[component]
pub(crate) fn Stage(StageProps { desk, store }: &StageProps) -> Html {
    let canvas = use_node_ref();
    let picture = use_mut_ref(|| None::<Rc<Picture>>);
    {
        let (canvas, picture, desk) = (canvas.clone(), picture.clone(), desk.clone());
        use_effect_with((), move |()| {
            let made = canvas.cast().and_then(|canvas| Picture::new(canvas, desk.clone()));
            let view: Option<Rc<dyn View>> = made.clone().map(|made| made as Rc<dyn View>);
            if let Some(view) = &view {
                desk.hub.attach(view.clone());
            }
            *picture.borrow_mut() = made;
            move || {
                if let Some(view) = &view {
                    desk.hub.detach(view);
                }
            }
        });
    }
    let with = |act: fn(&Picture, PointerEvent, &Callback<Action>)| {
        let (picture, dispatch) = (picture.clone(), store.dispatch.clone());
        move |event: PointerEvent| {
            if let Some(picture) = &*picture.borrow() {
                act(picture, event, &dispatch);
            }
        }
    };
    let onkeydown = {
        let (picture, dispatch) = (picture.clone(), store.dispatch.clone());
        move |event: KeyboardEvent| {
            if let Some(picture) = &*picture.borrow() {
                picture.key(&event, &dispatch);
            }
        }
    };
    let onblur = {
        let picture = picture.clone();
        move |_: FocusEvent| {
            if let Some(picture) = &*picture.borrow() {
                picture.point_at(None);
            }
        }
    };
    let described = store.scene(|scene| stage::describe(&store.state.run, scene)).join(" ");
    html! {
        <section class="stage" aria-label="Stage">
            { store.scene(|scene| tell(&story::sentence(&store.state.run, scene))) }
            <canvas ref={canvas} tabindex="0" role="application" aria-describedby="described"
                aria-label="The system. Arrow keys move between its parts, Enter selects one."
                onpointermove={with(Picture::moved)} onpointerleave={with(Picture::left)}
                onpointerup={with(Picture::released)} {onkeydown} {onblur} />
            <p id="described" class="unseen">{ if store.state.playing { String::new() } else { described } }</p>
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
struct Picture {
    desk: Desk,
    surface: Surface,
    spots: RefCell<Vec<Spot<Selection>>>,
    hover: Cell<Option<Selection>>,
    painted: RefCell<Option<(Rc<Run>, Key)>>,
}

impl Picture {
    fn new(canvas: HtmlCanvasElement, desk: Desk) -> Option<Rc<Self>> {
        let surface = Surface::new(canvas, &desk.hub)?;
        Some(Rc::new(Self {
            desk,
            surface,
            spots: RefCell::default(),
            hover: Cell::new(None),
            painted: RefCell::default(),
        }))
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

    fn moved(&self, event: PointerEvent, _: &Callback<Action>) {
        self.point_at(self.spot_at(&event));
    }

    fn left(&self, _: PointerEvent, _: &Callback<Action>) {
        self.point_at(None);
    }

    fn released(&self, event: PointerEvent, dispatch: &Callback<Action>) {
        let what = self.spot_at(&event).unwrap_or_default();
        dispatch.emit(Action::Select(what));
    }

    fn key(&self, event: &KeyboardEvent, dispatch: &Callback<Action>) {
        let by = match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => 1,
            "ArrowLeft" | "ArrowUp" => -1,
            "Enter" => {
                dispatch.emit(Action::Select(self.hover.get().unwrap_or_default()));
                return;
            }
            _ => return,
        };
        event.prevent_default();
        let next = self.beside(self.hover.get(), by);
        self.point_at(next);
        if let Some(next) = next {
            let scenario = self.desk.hub.state().experiment.clone();
            dispatch.emit(Action::Say(crate::words::selection(&scenario.scenario, next)));
        }
    }

    /// The part of the system after or before this one: nodes, then lines, then single clients. A
    /// line has several spots; dots on their way are left out.
    fn beside(&self, what: Option<Selection>, by: i32) -> Option<Selection> {
        let spots = self.spots.borrow();
        let mut parts: Vec<(u8, u32, Selection)> = spots
            .iter()
            .filter_map(|spot| match spot.what {
                Selection::Node(id) => Some((0, id.into(), spot.what)),
                Selection::Edge(id) => Some((1, id.into(), spot.what)),
                Selection::Client(id) => Some((2, id, spot.what)),
                _ => None,
            })
            .collect();
        parts.sort_by_key(|(kind, id, _)| (*kind, *id));
        parts.dedup();
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
