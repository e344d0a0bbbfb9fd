//! Lines between nodes, and the breakers on them.

use super::guard::{GLYPH, half};
use super::layout::Area;
use super::messages::{ASIDE, DOT};
use super::pen::Pen;
use super::way::Way;
use crate::draw::{Paint, Role, Shape};
use crate::link::Selection;
use crate::measure::{LABEL, SMALL, Style, width, wrap};
use crate::numbers::tenths;
use half_open::policy::breaker::State;
use half_open::scenario::{EdgeId, Need, Target};
use half_open::time::SimDuration;

/// In which sizes the name of a state is written.
const NAMES: [f32; 3] = [13.0, 12.0, 11.0];
/// The distance between the spots along a line, and their radius.
const REACH: f32 = 11.0;

impl Pen<'_> {
    pub(super) fn line(&mut self, edge: EdgeId) {
        let layout = self.layout;
        let way = &layout.ways[usize::from(edge)];
        let what = Selection::Edge(edge);
        if self.is_selected(what) {
            self.stroke(Role::Highlight, Paint::Stroke(14.0), way);
        } else if self.is_hovered(what) {
            self.stroke(Role::Hollow, Paint::Stroke(12.0), way);
        }
        let scenario = &self.input.scene.scenario;
        let broken = self.faults(Target::Edge(edge)).next().map(|(fault, _)| fault.kind.label());
        match broken {
            Some(label) => {
                self.stroke(Role::Failure, Paint::Dotted(2.0), way);
                self.broken_line(edge, way, &label);
            }
            None if scenario.falls_back_on(edge).is_some() => {
                self.stroke(Role::Line, Paint::Dashed(2.0), way);
            }
            None if scenario.edges[usize::from(edge)].need == Need::Optional => {
                self.stroke(Role::Line, Paint::Dotted(2.5), way);
            }
            None => self.stroke(Role::Line, Paint::Stroke(2.0), way),
        }
        let steps = (way.length / (2.0 * REACH)) as u32;
        for step in 0..steps {
            let point = way.at((step as f32 + 0.5) / steps as f32, 0.0);
            self.spot_at(what, point, REACH);
        }
    }

    fn stroke(&mut self, role: Role, paint: Paint, way: &Way) {
        way.shapes().for_each(|shape| self.add(role, paint, shape));
    }

    /// What is broken: beside the line, or above the name of the breaker's state.
    fn broken_line(&mut self, edge: EdgeId, way: &Way, label: &str) {
        let more = self.faults(Target::Edge(edge)).count() - 1;
        let text = match more {
            0 => format!("⚡\u{fe0e} {label}"),
            _ => format!("⚡\u{fe0e} {label} +{more}"),
        };
        let style = LABEL.role(Role::Failure);
        let (x, y) = way.at(way.guard, 0.0);
        if way.upright && self.guarded(edge) {
            // Opposite the name of the state.
            let right = way.left;
            let style = if right { style } else { style.end() };
            self.write(style, (if right { x + 20.0 } else { x - 20.0 }, y + 4.0), text);
        } else if way.upright {
            self.write(style, way.at(0.5, 10.0), text);
        } else if self.guarded(edge) {
            let most = 2.0 * (x - way.from().0).abs() - 12.0;
            self.write_within(style, (x, y - GLYPH - 29.0), &text, most, true);
        } else {
            let (left, right) = way.ends();
            let most = right - left - 12.0;
            self.write_within(style, way.at(0.5, 26.0), &text, most, true);
        }
    }

    /// The breaker on a line, if there is one: a shape for its state, and its effect in words.
    pub(super) fn breaker(&mut self, edge: EdgeId) {
        let index = usize::from(edge);
        let scene = self.input.scene;
        if !self.guarded(edge) {
            return;
        }
        let layout = self.layout;
        let way = &layout.ways[index];
        let (x, y) = way.at(way.guard, 0.0);
        let r = way.radius;
        let disc = Shape::Circle { x, y, r };
        let crowd = scene.crowd(edge);
        let around = if way.upright { r + 2.0 } else { r + 3.0 };
        self.add(Role::Paper, Paint::Fill, Shape::Circle { x, y, r: around });
        match scene.lines[index].breaker.state() {
            _ if crowd.is_some_and(|(_, crowd)| crowd.not_closed() > 0) => {
                let (clients, crowd) = crowd.unwrap_or_default();
                let part = |some: u32| some as f32 / clients.max(1) as f32;
                let pie = |some| Shape::Pie { x, y, r, part: part(some) };
                self.add(Role::Probe, Paint::Fill, pie(crowd.not_closed()));
                self.add(Role::Failure, Paint::Fill, pie(crowd.open));
                let most_open = crowd.open * 2 > clients;
                let ring = if most_open { Role::Failure } else { Role::Ok };
                self.add(ring, Paint::Stroke(2.5), disc);
            }
            State::Closed | State::MetricsOnly => self.add(Role::Ok, Paint::Stroke(2.5), disc),
            State::Disabled => self.add(Role::Ok, Paint::Dotted(2.5), disc),
            State::Open | State::ForcedOpen => {
                self.add(Role::Failure, Paint::Hatch, disc);
                self.add(Role::Failure, Paint::Stroke(2.5), disc);
            }
            State::HalfOpen => {
                self.add(Role::Probe, Paint::Fill, Shape::HalfDisc { x, y, r });
                self.add(Role::Probe, Paint::Stroke(2.5), disc);
            }
        }
        let what = Selection::Edge(edge);
        if self.is_selected(what) {
            self.add(Role::Selected, Paint::Stroke(1.5), Shape::Circle { x, y, r: r + 4.0 });
        }
        self.spot(what, Area { x: x - r, y: y - r, w: 2.0 * r, h: 2.0 * r });
        if way.room > 0.0 {
            self.breaker_words(edge, way, (x, y), r);
        }
    }

    fn breaker_words(&mut self, edge: EdgeId, way: &Way, (x, y): (f32, f32), r: f32) {
        let scene = self.input.scene;
        let breaker = &scene.lines[usize::from(edge)].breaker;
        let shares =
            scene.crowd(edge).map(|(clients, crowd)| match (crowd.open, crowd.half_open) {
                (0, 0) => ("all closed".to_owned(), "letting calls through".to_owned()),
                (0, some) => (format!("{some} of {clients} half-open"), "probing".to_owned()),
                (open, 0) => (format!("{open} of {clients} open"), "these fail fast".to_owned()),
                (open, some) => (format!("{open} of {clients} open"), format!("{some} half-open")),
            });
        let (name, effect) = match breaker.state() {
            _ if let Some((name, effect)) = &shares => (name.as_str(), effect.clone()),
            State::Closed => ("closed", "letting calls through".to_owned()),
            State::Open => match scene.open_for(edge) {
                Some(SimDuration::ZERO) => ("open", "waiting for a probe".to_owned()),
                Some(rest) if self.input.detail => {
                    ("open", format!("failing fast · {} left", tenths(rest)))
                }
                _ => ("open", "failing fast".to_owned()),
            },
            State::HalfOpen => match breaker.probes_in_flight() {
                0 => ("half-open", "waiting for a probe".to_owned()),
                1 => ("half-open", "1 probe out".to_owned()),
                n => ("half-open", format!("{n} probes out")),
            },
            State::ForcedOpen => ("held open", "failing fast".to_owned()),
            State::Disabled => ("held closed", "letting calls through".to_owned()),
            State::MetricsOnly => ("only counting", "letting calls through".to_owned()),
        };
        if way.upright {
            let style = LABEL.size(12.0);
            // Without room for its words, a breaker tells its state by its shape alone.
            if width(name, style.face, style.size) <= way.room {
                let style = if way.left { style.end() } else { style };
                let x = if way.left { x - way.beside } else { x + way.beside };
                self.write(style, (x, y + 4.0), name);
            }
            return;
        }
        // Where there is no room beside the line, across it; smaller, or by its shape alone, where there is
        // none there.
        let clear = (beside(way, x, -(r + 10.0)), LABEL);
        let across = NAMES.map(|size| (room(way, x), LABEL.size(size)));
        let fits = |((left, right), style): &((f32, f32), Style)| {
            width(name, style.face, style.size) <= right - left
        };
        let places = [clear].into_iter().chain(across);
        let Some(((left, right), style)) = { places }.find(fits) else { return };
        let half = width(name, style.face, style.size) / 2.0;
        self.write(style.middle(), (between(x, left + half, right - half), y - r - 12.0), name);
        if !way.effect {
            return;
        }
        let style = SMALL.size(12.0);
        let (left, right) = beside(way, x, r + 9.0);
        let lines = wrap(&effect, style.face, style.size, right - left);
        let widths = lines.iter().map(|line| width(line, style.face, style.size));
        let half = widths.fold(0.0, f32::max) / 2.0;
        if 2.0 * half > right - left {
            return;
        }
        let x = between(x, left + half, right - half);
        self.write_within(style, (x, y + r + 18.0), &effect, right - left, false);
    }
}

/// From where to where there may be words around a breaker.
fn room(way: &Way, x: f32) -> (f32, f32) {
    let (left, right) = way.ends();
    let (left, right) = (left + 4.0, right - 8.0);
    match way.points().len() {
        2 => (left, right),
        // What goes round cards has others near.
        _ => (x - half(way, x), x + half(way, x)),
    }
}

/// From where to where words may go that begin `below` the middle of a breaker, or end above it:
/// between the ends of its line, and clear of what travels along it.
fn beside(way: &Way, x: f32, below: f32) -> (f32, f32) {
    let (left, right) = room(way, x);
    let along = way.along(way.guard);
    let steep = along.1.abs();
    if steep < 0.05 {
        // Everything passes above or below them.
        return (left, right);
    }
    let line = x + below / along.1 * along.0;
    let travels = (ASIDE + DOT + 2.0) / steep;
    if line < x { (left.max(line + travels), right) } else { (left, right.min(line - travels)) }
}

/// The nearest to `x` between two limits; the middle, if there is no room between them.
fn between(x: f32, least: f32, most: f32) -> f32 {
    if least > most { (least + most) / 2.0 } else { x.clamp(least, most) }
}
