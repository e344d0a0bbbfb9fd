//! Clients: one circle for each, or cells of many.

use super::layout::{Area, CAPTION, Form};
use super::pen::{Batch, Pen, age, share};
use crate::draw::{Paint, Role, Shape};
use crate::link::Selection;
use crate::measure::{LABEL, SMALL, fit};
use crate::numbers::population;
use half_open::run::Doing;
use half_open::scenario::NodeId;

/// How long a failure, and a success, can be seen on its client, in milliseconds.
const FAILED_FOR: u64 = 1_000;
const OK_FOR: u64 = 300;

/// What a client shows.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Look {
    Idle,
    InFlight,
    /// How much of its wait is over.
    Waiting(f32),
    /// How faded the good news is.
    Succeeded(f32),
    Degraded(f32),
    Failed,
}

impl Pen<'_> {
    pub(super) fn look(&self, doing: Doing) -> Look {
        let at = self.at();
        match doing {
            Doing::InFlight { .. } => Look::InFlight,
            Doing::Waiting { since, until } => Look::Waiting(share(at, since, until)),
            Doing::Succeeded { at: then } if age(at, then, OK_FOR) < 1.0 => {
                Look::Succeeded(age(at, then, OK_FOR))
            }
            Doing::Degraded { at: then } if age(at, then, OK_FOR) < 1.0 => {
                Look::Degraded(age(at, then, OK_FOR))
            }
            Doing::Failed { at: then } if age(at, then, FAILED_FOR) < 1.0 => Look::Failed,
            Doing::Nothing
            | Doing::Succeeded { .. }
            | Doing::Degraded { .. }
            | Doing::Failed { .. } => Look::Idle,
        }
    }

    /// A population of clients and its caption.
    pub(super) fn clients(&mut self, node: NodeId) {
        let place = self.layout.places[usize::from(node)];
        let Form::Grid { columns, pitch, share } = place.form else {
            self.name_and_bar(node, &place, false);
            return;
        };
        let count = self.input.scene.scenario.clients(node).map_or(0, |clients| clients.count);
        let with_caption = Area { h: place.area.h + CAPTION, ..place.area };
        self.spot(Selection::Node(node), with_caption);
        self.outline(Selection::Node(node), place.area);
        if share == 1 {
            self.circles(node, &place.area, columns, pitch);
        } else {
            self.cells(node, &place.area, columns, pitch, share);
        }
        self.caption(node, &place.area, count, share);
    }

    fn caption(&mut self, node: NodeId, area: &Area, count: u32, share: u32) {
        let scene = self.input.scene;
        let name = population(count, scene.scenario.node_name(node));
        let waiting = format!("{} waiting to retry", scene.clients_waiting(node));
        let (x, y) = (area.x, area.bottom() + 20.0);
        let lines = if share > 1 { 3.0 } else { 2.0 };
        let low = area.bottom() + lines * 20.0 > self.layout.size.h - 4.0;
        if self.layout.upright || low {
            let text = match share {
                1 => format!("{name} · {waiting}"),
                _ => format!("{name}, {share} per cell · {waiting}"),
            };
            // Where populations are side by side, each has its own room.
            let room = match scene.clients.len() {
                0 | 1 => f32::INFINITY,
                all => area.w / 2.0 + (self.layout.size.w / all as f32 - 14.0) / 2.0,
            };
            let text =
                if self.layout.upright { fit(text, SMALL.face, SMALL.size, room) } else { text };
            self.write(SMALL, (x, area.bottom() + 16.0), text);
            return;
        }
        self.write(LABEL.size(14.0), (x, y), name);
        self.write(SMALL, (x, y + 19.0), waiting);
        if share > 1 {
            self.write(SMALL, (x, y + 38.0), format!("density: {share} clients per cell"));
        }
    }

    fn circles(&mut self, node: NodeId, area: &Area, columns: u32, pitch: f32) {
        let r = (pitch * 0.37).min(6.3);
        let followed = self.focus.client;
        let mut idle = Batch::new(Role::Line, Paint::Stroke(1.4));
        let mut busy = Batch::new(Role::Request, Paint::Fill);
        let mut clock = Batch::new(Role::Waiting, Paint::Stroke(1.2));
        let mut pies = Batch::new(Role::Waiting, Paint::Fill);
        let mut good = Batch::new(Role::Ok, Paint::Stroke(1.6));
        let mut halves = Batch::new(Role::Ok, Paint::Fill);
        let mut failed = Batch::new(Role::Failure, Paint::Stroke(1.6));
        let scene = self.input.scene;
        let first = scene.scenario.client(node, 0);
        for (place, client) in (0u32..).zip(scene.clients_of(node)) {
            let (column, row) = (place % columns, place / columns);
            let number = first + place;
            let x = area.x + (column as f32 + 0.5) * pitch;
            let y = area.y + (row as f32 + 0.5) * pitch;
            let focus = followed.is_none_or(|followed| followed == number);
            let ring = Shape::Circle { x, y, r: r - 0.5 };
            match self.look(client.doing) {
                Look::Idle => idle.push(focus, ring),
                Look::InFlight => busy.push(focus, Shape::Circle { x, y, r }),
                Look::Waiting(part) => {
                    clock.push(focus, ring);
                    pies.push(focus, Shape::Pie { x, y, r, part });
                }
                Look::Succeeded(age) => {
                    idle.push(focus, ring);
                    good.push_fading(focus, age, ring);
                }
                Look::Degraded(age) => {
                    good.push_fading(focus, age, ring);
                    halves.push_fading(focus, age, Shape::HalfDisc { x, y, r });
                }
                Look::Failed => failed.push(focus, Shape::Diamond { x, y, r: r * 1.15 }),
            }
            let middle = Area { x: x - pitch / 2.0, y: y - pitch / 2.0, w: pitch, h: pitch };
            self.spot(Selection::Client(number), middle);
            if self.input.hover == Some(Selection::Client(number)) {
                self.add(Role::Soft, Paint::Stroke(1.0), Shape::Circle { x, y, r: r + 2.0 });
            }
            if followed == Some(number) {
                self.add(Role::Selected, Paint::Stroke(1.8), Shape::Circle { x, y, r: r + 2.4 });
            }
        }
        for batch in [idle, busy, clock, pies, good, halves, failed] {
            self.flush(batch);
        }
    }

    /// Many clients in a cell: from the bottom, those in flight, waiting and failed.
    fn cells(&mut self, node: NodeId, area: &Area, columns: u32, pitch: f32, share: u32) {
        let side = pitch - 1.5;
        let mut layers = [Role::Hollow, Role::Request, Role::Waiting, Role::Failure]
            .map(|role| (role, Vec::new()));
        for (cell, clients) in
            (0u32..).zip(self.input.scene.clients_of(node).chunks(share as usize))
        {
            let mut counts = [0u32; 3];
            for client in clients {
                match self.look(client.doing) {
                    Look::InFlight => counts[0] += 1,
                    Look::Waiting(_) => counts[1] += 1,
                    Look::Failed => counts[2] += 1,
                    Look::Idle | Look::Succeeded(_) | Look::Degraded(_) => {}
                }
            }
            let x = area.x + (cell % columns) as f32 * pitch;
            let y = area.y + (cell / columns) as f32 * pitch;
            layers[0].1.push(Shape::Rect { x, y, w: side, h: side, r: 1.5 });
            let mut bottom = y + side;
            for (count, (_, shapes)) in counts.into_iter().zip(&mut layers[1..]) {
                let h = (count as f32 / clients.len() as f32 * side).min(bottom - y);
                if count > 0 {
                    bottom -= h;
                    shapes.push(Shape::Rect { x, y: bottom, w: side, h, r: 0.0 });
                }
            }
        }
        for (role, shapes) in layers {
            self.stage.list.add_all(role, Paint::Fill, 1.0, shapes);
        }
    }

    /// What is selected has a frame, and what the pointer is on a thinner one.
    pub(super) fn outline(&mut self, what: Selection, area: Area) {
        let frame = |by: f32, r: f32| Shape::Rect {
            x: area.x - by,
            y: area.y - by,
            w: area.w + 2.0 * by,
            h: area.h + 2.0 * by,
            r,
        };
        if self.is_selected(what) {
            self.add(Role::Selected, Paint::Stroke(2.0), frame(4.0, 14.0));
        } else if self.is_hovered(what) {
            self.add(Role::Soft, Paint::Stroke(1.0), frame(4.0, 14.0));
        }
    }
}
