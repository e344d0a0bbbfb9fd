//! Services: a card with its workers and its queue.

use super::layout::{Area, CELLS, CELLS_PER_ROW, Form, Place};
use super::pen::{Batch, Pen};
use crate::draw::{Paint, Role, Shape};
use crate::link::Selection;
use crate::measure::{LABEL, SMALL, VALUE, fit, width};
use crate::numbers::short;
use half_open::log::SpanId;
use half_open::scenario::{NodeId, Target};

/// Lower cards have no room for a name and a bar below it.
const LOW: f32 = 26.0;
/// How much room a line above a card needs.
const ABOVE: f32 = 26.0;

impl Pen<'_> {
    pub(super) fn service(&mut self, node: NodeId) {
        let place = self.layout.places[usize::from(node)];
        let area = place.area;
        let struck = self.faults(Target::Node(node)).next().is_some();
        match place.form {
            Form::Card { pitch } => {
                self.frame(node, &place, struck);
                self.card(node, &area, pitch, struck);
            }
            _ => self.name_and_bar(node, &place, struck),
        }
        // Where a card is low, the line above it is no longer than its breaker is high.
        let upright = self.layout.upright;
        if let Some(text) = self.broken(node, upright).filter(|_| !self.says_inside(&place)) {
            let up = if upright { 5.0 } else { 10.0 };
            self.write(LABEL.role(Role::Failure), (area.x, area.y - up), text);
        }
    }

    fn frame(&mut self, node: NodeId, place: &Place, struck: bool) {
        let area = place.area;
        let (role, width) = if struck { (Role::Failure, 2.0) } else { (Role::Line, 1.3) };
        let r = if matches!(place.form, Form::Compact) { 8.0 } else { 12.0 };
        let card = Shape::Rect { x: area.x, y: area.y, w: area.w, h: area.h, r };
        self.add(Role::Card, Paint::Fill, card);
        self.add(role, Paint::Stroke(width), card);
        self.outline(Selection::Node(node), area);
        self.spot(Selection::Node(node), area);
    }

    /// Whether what is broken is said on the card, because there is no room above it.
    fn says_inside(&self, place: &Place) -> bool {
        let area = &place.area;
        let above = |other: &Area| {
            let apart = area.y - other.bottom();
            (0.0..ABOVE).contains(&apart) && other.x < area.right() && area.x < other.right()
        };
        let crowded = || self.layout.places.iter().any(|other| above(&other.area));
        let compact = matches!(place.form, Form::Compact);
        compact && (self.layout.upright || area.y < ABOVE || crowded())
    }

    /// What is broken, in a few words, or in as few as can be.
    fn broken(&self, node: NodeId, brief: bool) -> Option<String> {
        let mut faults = self.faults(Target::Node(node));
        let (fault, since) = faults.next()?;
        let label = fault.kind.label();
        let label = label.split(',').next().filter(|_| brief).unwrap_or(&label);
        Some(match (faults.count(), brief) {
            (0, false) => format!("⚡\u{fe0e} {label} · since {}", since.short()),
            (0, true) => format!("⚡\u{fe0e} {label}"),
            (more, true) => format!("⚡\u{fe0e} {label} +{more}"),
            (more, false) => format!("⚡\u{fe0e} {label} · and {more} more"),
        })
    }

    fn card(&mut self, node: NodeId, area: &Area, pitch: f32, struck: bool) {
        let upright = self.layout.upright;
        let pad = (area.w - CELLS_PER_ROW as f32 * pitch + 4.0) / 2.0;
        let (left, right) = (area.x + pad, area.right() - pad);
        let (base, below) = if upright { (21.0, 12.0) } else { (26.0, 16.0) };
        let size = if upright { 14.0 } else { 16.0 };
        let station = &self.input.scene.stations[usize::from(node)];
        let value = station.p99().map_or_else(|| "–".to_owned(), short);
        let name = self.input.scene.scenario.node_name(node).to_owned();
        // The name comes first; a value needs no word beside it if there is no room.
        let room = right - left - 8.0;
        let wide = width(&name, LABEL.face, size);
        let fits = |text: &str| wide + width(text, VALUE.face, VALUE.size) <= room;
        let p99 = [format!("p99 {value}"), value].into_iter().find(|text| fits(text));
        let name = fit(name, LABEL.face, size, room + 8.0);
        self.write(LABEL.size(size), (left, area.y + base), name);
        if let Some(p99) = p99 {
            self.write(VALUE.end(), (right, area.y + base), p99);
        }
        self.workers(node, (left, area.y + base + 13.0), pitch, struck);
        let bar = Area { x: left, y: area.bottom() - below - 8.0, w: right - left, h: 8.0 };
        self.queue(node, &bar, struck);
        self.queue_caption(node, area, left);
    }

    /// A name and a bar: how many workers are busy, or how many clients have a request under way.
    pub(super) fn name_and_bar(&mut self, node: NodeId, place: &Place, struck: bool) {
        self.frame(node, place, struck);
        let area = &place.area;
        let scene = self.input.scene;
        let name = scene.scenario.node_name(node);
        let (busy, of) = match scene.scenario.service(node) {
            Some(service) => (scene.stations[usize::from(node)].busy(), service.workers as usize),
            None => {
                let clients = scene.clients_of(node);
                (clients.iter().filter(|client| client.under_way > 0).count(), clients.len())
            }
        };
        let load = format!("{busy}/{of}");
        let broken = self.broken(node, true).filter(|_| self.says_inside(place));
        // A name comes first; how busy it is, the bar says, too.
        let all = width(name, LABEL.face, 12.0) > area.w - 66.0;
        let name = fit(name.to_owned(), LABEL.face, 12.0, area.w - 16.0);
        // In the lowest ones the bar is a line below the name.
        let low = area.h < LOW;
        let base = area.y + if low { area.h / 2.0 + 3.0 } else { (area.h / 2.0).min(18.0) };
        // What is broken takes the place of the number.
        let (style, words) = match broken {
            Some(text) => (LABEL.size(12.0).role(Role::Failure).end(), text),
            None if all => (VALUE.end(), String::new()),
            None => (VALUE.end(), load),
        };
        let room = area.w - 24.0 - width(&name, LABEL.face, 12.0);
        let words = fit(words, style.face, 12.0, room);
        self.write(LABEL.size(12.0), (area.x + 8.0, base), name);
        self.write(style, (area.right() - 8.0, base), words);
        let share = (busy as f32 / of.max(1) as f32).min(1.0);
        let (up, h) = if low { (4.0, 2.5) } else { (12.0, 6.0) };
        let bar = Area { x: area.x + 8.0, y: area.bottom() - up, w: area.w - 16.0, h };
        self.bar(&bar, share, if struck { Role::Failure } else { Role::Request });
    }

    fn bar(&mut self, area: &Area, share: f32, role: Role) {
        let Area { x, y, w, h } = *area;
        self.add(Role::Hollow, Paint::Fill, Shape::Rect { x, y, w, h, r: h / 2.0 });
        if share > 0.0 {
            let w = (w * share).max(h / 2.0);
            self.add(role, Paint::Fill, Shape::Rect { x, y, w, h, r: h / 2.0 });
        }
    }

    fn queue(&mut self, node: NodeId, area: &Area, struck: bool) {
        let capacity = self.input.scene.scenario.service(node).map_or(0, |service| service.queue);
        let waiting = self.input.scene.stations[usize::from(node)].queue.len() as f32;
        let share = (waiting / capacity.max(1) as f32).min(1.0);
        self.bar(area, share, if struck { Role::Failure } else { Role::Waiting });
        // Where the request waits that is looked at.
        let Some(followed) = self.focus.request else { return };
        let queue = &self.input.scene.stations[usize::from(node)].queue;
        if let Some(place) = queue.iter().position(|span| self.request_of(*span) == followed) {
            let x = area.x + area.w * (place as f32 + 0.5) / capacity.max(1) as f32 - 3.0;
            let frame = Shape::Rect { x, y: area.y - 3.0, w: 6.0, h: area.h + 6.0, r: 2.0 };
            self.add(Role::Selected, Paint::Stroke(1.6), frame);
        }
    }

    fn queue_caption(&mut self, node: NodeId, area: &Area, left: f32) {
        let scene = self.input.scene;
        let Some(service) = scene.scenario.service(node) else { return };
        let station = &scene.stations[usize::from(node)];
        let orphans =
            station.workers.iter().flatten().filter(|span| self.is_orphan(**span)).count();
        let y = area.bottom() + 17.0;
        let limit = station.limit(&service.shed).map(|limit| format!(" · lets in {limit}"));
        let limit = limit.unwrap_or_default();
        let mut queue = format!("queue {} of {}{limit}", station.queue.len(), service.queue);
        if orphans > 0 {
            let mut at = (left, y + 17.0);
            // Where the stage ends there, it stands behind what is said of the queue, which is as short as can be.
            if at.1 + 4.0 > self.layout.size.h {
                queue = format!("queue {}", station.queue.len());
                at = (left + width(&queue, SMALL.face, SMALL.size) + 8.0, y);
            }
            let orphaned = format!("{orphans} orphaned");
            self.halo(at, &orphaned);
            self.write(SMALL.role(Role::Failure), at, orphaned);
        }
        self.halo((left, y), &queue);
        self.write(SMALL, (left, y), queue);
    }

    /// What is written below a card is on paper, where a line begins there.
    fn halo(&mut self, (x, y): (f32, f32), text: &str) {
        let w = width(text, SMALL.face, SMALL.size) + 4.0;
        self.add(
            Role::Paper,
            Paint::Fill,
            Shape::Rect { x: x - 2.0, y: y - 12.0, w, h: 15.0, r: 3.0 },
        );
    }

    /// Whether nobody waits for this work any more.
    fn is_orphan(&self, span: SpanId) -> bool {
        self.input.scene.flight(span).is_none_or(|flight| flight.given_up.is_some())
    }

    fn workers(&mut self, node: NodeId, (left, top): (f32, f32), pitch: f32, struck: bool) {
        let scene = self.input.scene;
        let workers = &scene.stations[usize::from(node)].workers;
        let capacity = scene.scenario.service(node).map_or(0, |service| service.workers);
        let busy_role = if struck { Role::Failure } else { Role::Request };
        if capacity > CELLS {
            let busy = scene.stations[usize::from(node)].busy();
            let wide = CELLS_PER_ROW as f32 * pitch - 4.0;
            let bar = Area { x: left, y: top, w: wide, h: pitch - 4.0 };
            self.bar(&bar, busy as f32 / capacity as f32, busy_role);
            let text = format!("{busy} of {capacity} workers");
            self.write(VALUE, (left, top + pitch + 9.0), text);
            return;
        }
        let side = pitch - 4.0;
        let mut idle = Vec::new();
        let mut busy = Batch::new(busy_role, Paint::Fill);
        let mut orphaned = Batch::new(busy_role, Paint::Stroke(1.4));
        let mut hatched = Batch::new(busy_role, Paint::Hatch);
        let mut probing = Batch::new(Role::Probe, Paint::Fill);
        let mut halo = Batch::new(Role::Probe, Paint::Stroke(1.4));
        // A service whose workers became fewer finishes what it had begun.
        let last_busy = workers.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        for cell in 0..last_busy.max(capacity as usize).min(CELLS as usize) {
            let (column, row) = (cell as u32 % CELLS_PER_ROW, cell as u32 / CELLS_PER_ROW);
            let (x, y) = (left + column as f32 * pitch, top + row as f32 * pitch);
            let shape = |by: f32| Shape::Rect {
                x: x - by,
                y: y - by,
                w: side + 2.0 * by,
                h: side + 2.0 * by,
                r: 2.2 + by,
            };
            let Some(span) = workers.get(cell).copied().flatten() else {
                idle.push(shape(0.0));
                continue;
            };
            let request = self.request_of(span);
            let focus = self.in_focus(request);
            if scene.flight(span).is_some_and(|flight| flight.probe) {
                probing.push(focus, shape(0.0));
                halo.push(focus, shape(2.6));
            } else if self.is_orphan(span) {
                hatched.push(focus, shape(0.0));
                orphaned.push(focus, shape(-0.7));
            } else {
                busy.push(focus, shape(0.0));
            }
            if self.is_followed(request) {
                self.add(Role::Selected, Paint::Stroke(1.6), shape(2.4));
            }
            self.spot(Selection::Request(request), Area { x, y, w: side, h: side });
        }
        self.stage.list.add_all(Role::Hollow, Paint::Fill, 1.0, idle);
        for batch in [busy, hatched, orphaned, probing, halo] {
            self.flush(batch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Layout, StageInput, draw};
    use super::*;
    use crate::draw::{Align, Size};
    use half_open::run::{Limits, Run, Seeker};
    use half_open::scenario::{Change, Fault, FaultKind, Intervention, library};
    use half_open::time::SimTime;

    #[test]
    fn what_is_broken_is_said_on_no_other_card() {
        let mut experiment = library::template("fan-out").expect("it is there");
        let services = experiment.scenario.nodes.len() as NodeId;
        experiment.interventions = (1..services)
            .map(|node| {
                let (target, kind) = (Target::Node(node), FaultKind::Crash { keep_state: true });
                let change = Change::Fault(Fault { target, kind, lasts: None });
                Intervention { at: SimTime::from_millis(10), change }
            })
            .collect();
        let run = Run::new(experiment, Limits::default());
        let columns = run.experiment().scenario.columns();
        for (w, h) in [(1_060.0, 330.0), (1_060.0, 190.0), (700.0, 300.0)] {
            let layout = Layout::new(run.experiment(), &columns, Size { w, h });
            let mut seeker = Seeker::new();
            let stage = draw(&StageInput {
                run: &run,
                scene: seeker.seek(&run, SimTime::from_millis(20)),
                layout: &layout,
                selection: &Selection::Nothing,
                look: &[],
                hover: None,
                detail: false,
                stepped: false,
            });
            let said: Vec<_> =
                stage.list.texts.iter().filter(|text| text.text.contains("crash")).collect();
            assert_eq!(said.len(), usize::from(services) - 1, "at {w} × {h}");
            for (text, node) in said.iter().zip(1..) {
                let wide = width(&text.text, text.face, text.size);
                let x = if text.align == Align::End { text.x - wide } else { text.x };
                let top = text.y - text.size * 0.75;
                let on = layout.places.iter().position(|Place { area, .. }| {
                    let beside = x > area.right() || x + wide < area.x;
                    !beside && text.y > area.y && top < area.bottom()
                });
                assert!(on.is_none_or(|on| on == node), "“{}” at {w} × {h}", text.text);
                assert!(top >= 0.0, "“{}” at {w} × {h}", text.text);
            }
        }
    }
}
