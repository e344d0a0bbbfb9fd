//! Lines between nodes, and the breakers on them.

use super::layout::Area;
use super::messages::{ASIDE, DOT};
use super::pen::Pen;
use super::way::Way;
use crate::draw::{Paint, Role, Shape};
use crate::link::Selection;
use crate::measure::{LABEL, SMALL, width, wrap};
use crate::numbers::tenths;
use half_open::policy::breaker::State;
use half_open::scenario::{EdgeId, Need, Target};
use half_open::time::SimDuration;

/// Where on its line a breaker is.
pub(super) const GUARD: f32 = 0.45;
/// The radius of a breaker.
const GLYPH: f32 = 17.0;
/// The distance between the spots along a line, and their radius.
const REACH: f32 = 11.0;

impl Pen<'_> {
    pub(super) fn line(&mut self, edge: EdgeId) {
        let way = self.layout.ways[usize::from(edge)];
        let what = Selection::Edge(edge);
        let segment = Shape::Segment { x1: way.from.0, y1: way.from.1, x2: way.to.0, y2: way.to.1 };
        if self.is_selected(what) {
            self.add(Role::Highlight, Paint::Stroke(14.0), segment);
        } else if self.is_hovered(what) {
            self.add(Role::Hollow, Paint::Stroke(12.0), segment);
        }
        let scenario = &self.input.scene.scenario;
        let broken = self.faults(Target::Edge(edge)).next().map(|(fault, _)| fault.kind.label());
        match broken {
            Some(label) => {
                self.add(Role::Failure, Paint::Dotted(2.0), segment);
                self.broken_line(edge, &way, &label);
            }
            None if scenario.falls_back_on(edge).is_some() => {
                self.add(Role::Line, Paint::Dashed(2.0), segment);
            }
            None if scenario.edges[usize::from(edge)].need == Need::Optional => {
                self.add(Role::Line, Paint::Dotted(2.5), segment);
            }
            None => self.add(Role::Line, Paint::Stroke(2.0), segment),
        }
        let steps = (way.length / (2.0 * REACH)) as u32;
        for step in 0..steps {
            let point = way.at((step as f32 + 0.5) / steps as f32, 0.0);
            self.spot_at(what, point, REACH);
        }
    }

    /// What is broken: beside the line, or above the name of the breaker's state.
    fn broken_line(&mut self, edge: EdgeId, way: &Way, label: &str) {
        let more = self.faults(Target::Edge(edge)).count() - 1;
        let text = match more {
            0 => format!("⚡\u{fe0e} {label}"),
            _ => format!("⚡\u{fe0e} {label} +{more}"),
        };
        let style = LABEL.role(Role::Failure);
        let (x, y) = way.at(GUARD, 0.0);
        if way.upright && self.guarded(edge) {
            // Opposite the name of the state.
            let right = way.along.0 <= 0.0;
            let style = if right { style } else { style.end() };
            self.write(style, (if right { x + 20.0 } else { x - 20.0 }, y + 4.0), text);
        } else if way.upright {
            self.write(style, way.at(0.5, 10.0), text);
        } else if self.guarded(edge) {
            let most = 2.0 * (x - way.from.0).abs() - 12.0;
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
        let way = self.layout.ways[index];
        let (x, y) = way.at(GUARD, 0.0);
        let r = self.guard_radius(&way);
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
        if !way.quiet {
            self.breaker_words(edge, &way, (x, y), r);
        }
    }

    /// How large a breaker is: between two cards, one below the other, it touches neither.
    pub(super) fn guard_radius(&self, way: &Way) -> f32 {
        let room = GUARD * (way.to.1 - way.from.1).abs() - 3.0;
        if way.upright { room.clamp(5.0, 11.0) } else { GLYPH }
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
            // Beside the line: a line that leans left has room at its left.
            let style = if way.along.0 <= 0.0 { style.end() } else { style };
            let x = if way.along.0 <= 0.0 { x - r - 8.0 } else { x + r + 8.0 };
            self.write(style, (x, y + 4.0), name);
            return;
        }
        let style = LABEL;
        let half = width(name, style.face, style.size) / 2.0;
        let (left, right) = beside(way, (x, y), -(r + 10.0));
        self.write(style.middle(), (between(x, left + half, right - half), y - r - 12.0), name);
        let style = SMALL.size(12.0);
        let (left, right) = beside(way, (x, y), r + 9.0);
        let lines = wrap(&effect, style.face, style.size, right - left);
        let widths = lines.iter().map(|line| width(line, style.face, style.size));
        let half = widths.fold(0.0, f32::max) / 2.0;
        let x = between(x, left + half, right - half);
        self.write_within(style, (x, y + r + 18.0), &effect, right - left, false);
    }
}

/// From where to where words may go that begin `below` the middle of a breaker, or end above it:
/// between the ends of its line, and clear of what travels along it.
fn beside(way: &Way, (x, y): (f32, f32), below: f32) -> (f32, f32) {
    let (left, right) = way.ends();
    let (left, right) = (left + 4.0, right - 8.0);
    let steep = way.along.1.abs();
    if steep < 0.05 {
        // Everything passes above or below them.
        return (left, right);
    }
    let line = way.from.0 + (y + below - way.from.1) / way.along.1 * way.along.0;
    let travels = (ASIDE + DOT + 2.0) / steep;
    if line < x { (left.max(line + travels), right) } else { (left, right.min(line - travels)) }
}

/// The nearest to `x` between two limits; the middle, if there is no room between them.
fn between(x: f32, least: f32, most: f32) -> f32 {
    if least > most { (least + most) / 2.0 } else { x.clamp(least, most) }
}
