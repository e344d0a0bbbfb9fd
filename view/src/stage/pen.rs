//! What all parts of a stage draw with.

use super::layout::{Area, Layout};
use super::{Stage, StageInput};
use crate::draw::{Paint, Role, Shape, Spot};
use crate::focus::{DIM, Focus};
use crate::link::Selection;
use crate::measure::{self, Style};
use half_open::log::{RequestId, SpanId};
use half_open::scenario::{Fault, Target};
use half_open::time::SimTime;

/// The steps in which things fade: few, so that what fades shares groups.
const FADES: [f32; 4] = [1.0, 0.7, 0.45, DIM];

pub(super) struct Pen<'a> {
    pub(super) input: StageInput<'a>,
    pub(super) focus: Focus,
    pub(super) layout: &'a Layout,
    pub(super) stage: Stage,
}

impl Pen<'_> {
    pub(super) fn at(&self) -> SimTime {
        self.input.scene.at
    }

    /// Whether this request is to be seen at full strength: if one is followed, only that one.
    pub(super) fn in_focus(&self, request: RequestId) -> bool {
        self.focus.holds(self.input.run, request)
    }

    /// Whether this request is the one that is looked at.
    pub(super) fn is_followed(&self, request: RequestId) -> bool {
        self.focus.request == Some(request) || self.input.hover == Some(Selection::Request(request))
    }

    pub(super) fn is_selected(&self, what: Selection) -> bool {
        *self.input.selection == what
    }

    pub(super) fn is_hovered(&self, what: Selection) -> bool {
        self.input.hover == Some(what)
    }

    pub(super) fn request_of(&self, span: SpanId) -> RequestId {
        match self.input.scene.flight(span) {
            Some(flight) => flight.request,
            None => self.input.run.log().request_of(span),
        }
    }

    /// What is broken at a place, and since when.
    pub(super) fn faults(&self, target: Target) -> impl Iterator<Item = (&Fault, SimTime)> {
        let log = self.input.run.log();
        let faults = self.input.scene.faults.iter();
        faults
            .filter(move |(fault, ..)| fault.target == target)
            .map(|(fault, event, _)| (fault, log.at(*event)))
    }

    pub(super) fn add(&mut self, role: Role, paint: Paint, shape: Shape) {
        self.stage.list.add(role, paint, 1.0, shape);
    }

    pub(super) fn write(&mut self, style: Style, at: (f32, f32), text: impl Into<String>) {
        measure::write(&mut self.stage.list, self.layout.size, style, at, text);
    }

    /// Words around a point, in lines no wider than there is room: from their first line
    /// downwards, or up from their last one.
    pub(super) fn write_within(
        &mut self,
        style: Style,
        (x, y): (f32, f32),
        text: &str,
        most: f32,
        upwards: bool,
    ) {
        let lines = measure::wrap(text, style.face, style.size, most);
        let step = style.size + 2.0;
        let first = if upwards { y - step * (lines.len() - 1) as f32 } else { y };
        for (place, line) in lines.into_iter().enumerate() {
            self.write(style.middle(), (x, first + step * place as f32), line);
        }
    }

    pub(super) fn spot(&mut self, what: Selection, area: Area) {
        let Area { x, y, w, h } = area;
        self.stage.spots.push(Spot { what, x, y, w, h });
    }

    /// A spot around a point.
    pub(super) fn spot_at(&mut self, what: Selection, (x, y): (f32, f32), r: f32) {
        self.spot(what, Area { x: x - r, y: y - r, w: 2.0 * r, h: 2.0 * r });
    }

    pub(super) fn flush(&mut self, batch: Batch) {
        for (alpha, shapes) in FADES.into_iter().zip(batch.shapes) {
            self.stage.list.add_all(batch.role, batch.paint, alpha, shapes);
        }
    }
}

/// Shapes that are painted alike but for how faded they are.
pub(super) struct Batch {
    role: Role,
    paint: Paint,
    shapes: [Vec<Shape>; FADES.len()],
}

impl Batch {
    pub(super) fn new(role: Role, paint: Paint) -> Self {
        Self { role, paint, shapes: Default::default() }
    }

    /// Adds a shape, dimmed or not.
    pub(super) fn push(&mut self, in_focus: bool, shape: Shape) {
        let step = if in_focus { 0 } else { FADES.len() - 1 };
        self.shapes[step].push(shape);
    }

    /// Adds a shape that is new at 0 and gone at 1.
    pub(super) fn push_fading(&mut self, in_focus: bool, age: f32, shape: Shape) {
        let step = if in_focus { (age * FADES.len() as f32) as usize } else { FADES.len() - 1 };
        if age < 1.0 {
            self.shapes[step.min(FADES.len() - 1)].push(shape);
        }
    }
}

/// Which share of a stretch of time is over, 0 to 1.
pub(super) fn share(at: SimTime, since: SimTime, until: SimTime) -> f32 {
    let whole = until.since(since).nanos();
    if whole == 0 {
        return 1.0;
    }
    ((at.since(since).nanos() as f64 / whole as f64) as f32).min(1.0)
}

/// How old something is, as a share of how long it is seen.
pub(super) fn age(at: SimTime, since: SimTime, seen_for_ms: u64) -> f32 {
    (at.since(since).nanos() as f64 / (seen_for_ms as f64 * 1e6)) as f32
}
