//! Where everything is. It depends on the experiment and the canvas alone, so nothing moves while
//! time passes.

use super::detour::{Obstacle, detoured};
use super::guard;
use super::way::{Way, port};
use crate::draw::Size;
use half_open::scenario::knob::{ClientsKnob, EdgeKnob, ServiceKnob};
use half_open::scenario::{Change, EdgeId, Experiment, Knob, NodeId};

/// Narrower canvases are laid out from top to bottom.
const UPRIGHT: f32 = 640.0;
/// Workers drawn one by one, and how many in a row.
pub(super) const CELLS: u32 = 40;
pub(super) const CELLS_PER_ROW: u32 = 10;
/// Clients drawn one by one; more share cells.
pub(super) const CLIENTS: u32 = 400;
/// Room above a card for what is broken, and below for its queue.
pub(super) const ABOVE: f32 = 24.0;
const BELOW: f32 = 26.0;
/// The height of a card with nothing but a name and a bar.
const COMPACT: f32 = 42.0;
/// The least width for a node in a layout from top to bottom.
const NARROWEST: f32 = 84.0;
/// Room for what was charged: at the right of a card, or below it.
pub(super) const RECEIPTS: (f32, f32) = (116.0, 46.0);
/// The height of the column at the right of a card.
const RECEIPTS_BESIDE: f32 = 106.0;
/// The least height of a card, and of the row that it is in.
const LEAST_CARD: f32 = 18.0;
const LEAST_ROW: f32 = 26.0;
/// The same, where everything is as small as it gets.
const DENSE_ROW: f32 = 17.0;
/// The least width for a column, and the most bands of columns that lie below one another.
const NARROWEST_COLUMN: f32 = 130.0;
const MOST_BANDS: usize = 12;
/// The height of the words below a population.
pub(super) const CAPTION: f32 = 44.0;
/// Where there is less room than this for one population, it is a name and a bar.
const LEAST_GRID: f32 = 116.0;

#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Area {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) w: f32,
    pub(super) h: f32,
}

impl Area {
    pub(super) fn right(&self) -> f32 {
        self.x + self.w
    }

    pub(super) fn bottom(&self) -> f32 {
        self.y + self.h
    }

    /// Whether they have more in common than an edge.
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }

    /// The same with what is across in the place of what is along.
    pub(super) fn turned(&self) -> Self {
        Self { x: self.y, y: self.x, w: self.h, h: self.w }
    }

    pub(super) fn centre(&self) -> (f32, f32) {
        (self.x + self.w / 2.0, self.y + self.h / 2.0)
    }
}

/// How a node is drawn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Form {
    /// Clients: so many columns, their distance, and how many clients share a cell.
    Grid { columns: u32, pitch: f32, share: u32 },
    /// A service with its workers, this far apart.
    Card { pitch: f32 },
    /// A name and a bar.
    Compact,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Place {
    pub(super) area: Area,
    pub(super) form: Form,
}

/// Where everything is on a stage of a certain size. It is the same at every moment, so it is made once
/// for as long as neither changes.
#[derive(Clone, PartialEq, Debug)]
pub struct Layout {
    pub(super) size: Size,
    pub(super) places: Vec<Place>,
    pub(super) ways: Vec<Way>,
    /// From top to bottom instead of from left to right.
    pub(super) upright: bool,
    /// The first service that charges, and where its receipts lie.
    pub(super) receipts: Option<(NodeId, Area)>,
}

impl Layout {
    /// Of a system in these columns.
    #[must_use]
    pub fn new(experiment: &Experiment, layers: &[Vec<NodeId>], canvas: Size) -> Self {
        let scenario = &experiment.scenario;
        let upright = canvas.w < UPRIGHT;
        let charging = (0u8..)
            .take(scenario.nodes.len())
            .find(|node| scenario.service(*node).is_some_and(|service| service.charges));
        let plan = Plan { experiment, canvas, layers, charging, banded: false, bare: false };
        let places = if upright { plan.upright() } else { plan.in_bands() };
        let ways = (0u8..).zip(&scenario.edges);
        let ways = ways.map(|(id, edge)| {
            let [from, to] = [edge.from, edge.to].map(|node| &places[usize::from(node)]);
            if upright { Way::down(from, to, port(scenario, id)) } else { Way::level(from, to) }
        });
        let ways: Vec<Way> = ways.collect();
        let receipts = charging.map(|node| {
            let card = places[usize::from(node)].area;
            (node, plan.receipts(&card))
        });
        let around = Obstacle::all(&places, receipts.map(|(_, area)| area), upright);
        let callers = (0u8..).zip(&scenario.edges);
        let callers =
            callers.map(|(edge, spec)| may_be_guarded(experiment, edge).then_some(spec.from));
        let callers: Vec<Option<NodeId>> = callers.collect();
        let guarded: Vec<bool> = callers.iter().map(Option::is_some).collect();
        let mut ways = detoured(scenario, ways, &guarded, &around, canvas);
        guard::put(&mut ways, &callers, &around, canvas);
        Self { size: canvas, places, ways, upright, receipts }
    }

    /// The stage that it is for.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }
}

/// Parts of about the same length, none longer than `most`.
fn chunks(layer: &[NodeId], most: usize) -> impl Iterator<Item = &[NodeId]> {
    let parts = layer.len().div_ceil(most).max(1);
    layer.chunks(layer.len().div_ceil(parts).max(1))
}

/// The largest value a knob has in the whole experiment, so that there is room for it.
fn largest(experiment: &Experiment, knob: Knob, initial: u32) -> u32 {
    let turned =
        experiment.interventions.iter().filter_map(|intervention| match intervention.change {
            Change::Set { knob: turned, value } if turned == knob => Some(value as u32),
            _ => None,
        });
    turned.max().unwrap_or(0).max(initial)
}

/// Whether there is a breaker on a line, or will be.
fn may_be_guarded(experiment: &Experiment, edge: EdgeId) -> bool {
    let policy = experiment.scenario.edge(edge).map(|edge| &edge.policy);
    let first = policy.is_some_and(|policy| policy.breaker_enabled);
    let set =
        |change: &Change| matches!(change, Change::SetBreaker { edge: of, .. } if *of == edge);
    largest(experiment, Knob::Edge(edge, EdgeKnob::Breaker), first.into()) > 0
        || experiment.interventions.iter().any(|intervention| set(&intervention.change))
}

struct Plan<'a> {
    experiment: &'a Experiment,
    canvas: Size,
    layers: &'a [Vec<NodeId>],
    charging: Option<NodeId>,
    /// Whether there are other bands above it or below it.
    banded: bool,
    /// Whether populations are a name and a bar.
    bare: bool,
}

impl Plan<'_> {
    fn clients(&self, node: NodeId) -> Option<u32> {
        let clients = self.experiment.scenario.clients(node)?;
        let knob = Knob::Clients(node, ClientsKnob::Count);
        Some(largest(self.experiment, knob, clients.count).max(1))
    }

    fn rows(&self, node: NodeId) -> u32 {
        let workers = self.experiment.scenario.service(node).map_or(1, |service| service.workers);
        let knob = Knob::Service(node, ServiceKnob::Workers);
        let most = largest(self.experiment, knob, workers);
        if most > CELLS { 1 } else { most.max(1).div_ceil(CELLS_PER_ROW) }
    }

    fn card_height(&self, node: NodeId, pitch: f32, upright: bool) -> f32 {
        let around = if upright { 70.0 } else { 95.0 };
        around + self.rows(node) as f32 * pitch
    }

    /// Whether the receipts lie below their card, in layouts from left to right.
    fn receipts_below(&self) -> bool {
        self.canvas.w < 900.0 || !self.charges_last()
    }

    /// Whether nothing is at the right of what charges.
    fn charges_last(&self) -> bool {
        let last = self.layers.last();
        self.charging.is_none_or(|node| last.is_some_and(|layer| layer.contains(&node)))
    }

    fn receipts(&self, card: &Area) -> Area {
        let upright = self.canvas.w < UPRIGHT;
        if upright || self.receipts_below() {
            // A name and a bar have no caption below them.
            let y = card.bottom() + if card.h <= COMPACT { -1.0 } else { BELOW };
            Area { x: card.x, y, w: card.w, h: RECEIPTS.1 }
        } else {
            let y = (card.y + 6.0).min(self.canvas.h - RECEIPTS_BESIDE).max(0.0);
            Area { x: card.right() + 26.0, y, w: 70.0, h: card.h }
        }
    }

    /// From left to right, in several bands where one would have too many columns to be read.
    fn in_bands(&self) -> Vec<Place> {
        let most = ((self.canvas.w / NARROWEST_COLUMN) as usize).max(2);
        let split = |bands: usize| {
            let rows = ((self.canvas.h / bands as f32 / LEAST_ROW) as usize).max(1);
            let columns = self.layers.iter().flat_map(|layer| chunks(layer, rows));
            columns.map(<[NodeId]>::to_vec).collect::<Vec<_>>()
        };
        let fits = |bands: &usize| split(*bands).len() <= most * bands;
        let bands = (1..MOST_BANDS).find(fits).unwrap_or(MOST_BANDS);
        let columns = split(bands);
        if columns.len() <= most {
            return Plan { layers: &columns, ..*self }.level();
        }
        let nowhere = Place { area: Area::default(), form: Form::Compact };
        let mut places = vec![nowhere; self.experiment.scenario.nodes.len()];
        let h = self.canvas.h / bands as f32;
        for (band, layers) in columns.chunks(columns.len().div_ceil(bands)).enumerate() {
            let canvas = Size { h, ..self.canvas };
            let inside = Plan { canvas, layers, banded: true, ..*self }.level();
            for node in layers.iter().flatten() {
                let Place { mut area, form } = inside[usize::from(*node)];
                area.y += h * band as f32;
                places[usize::from(*node)] = Place { area, form };
            }
        }
        places
    }

    /// From left to right.
    fn level(&self) -> Vec<Place> {
        let scenario = &self.experiment.scenario;
        let roomy = self.canvas.w >= 900.0;
        let (pitch, margin) = if roomy { (15.0, 58.0) } else { (12.0, 20.0) };
        let card = CELLS_PER_ROW as f32 * pitch + if roomy { 40.0 } else { 24.0 };
        let widths: Vec<f32> = self
            .layers
            .iter()
            .map(|layer| {
                let width =
                    |node: &NodeId| self.clients(*node).map_or(card, |n| grid(n, pitch + 2.0).1);
                layer.iter().map(width).fold(0.0, f32::max)
            })
            .collect();
        let aside = match self.charging {
            Some(_) if roomy && self.charges_last() => RECEIPTS.0,
            _ => 0.0,
        };
        // A gap with a breaker in it needs room for what the breaker says.
        let weight = |layer: usize| {
            let next = self.layers.get(layer + 1).map_or(&[][..], Vec::as_slice);
            let guarded =
                scenario.edges.iter().any(|e| e.policy.breaker_enabled && next.contains(&e.to));
            if guarded { 1.45 } else { 1.0 }
        };
        let gaps = self.layers.len().saturating_sub(1);
        let weights: f32 = (0..gaps).map(weight).sum();
        let taken: f32 = widths.iter().sum::<f32>() + margin + margin.min(26.0) + aside;
        // Where many cards are in a row, each can be small; what is between them has to be seen.
        let least = if gaps < 4 { 30.0 } else { (0.3 * self.canvas.w / gaps as f32).min(64.0) };
        let shrink = ((self.canvas.w - least * gaps as f32) / taken).min(1.0);
        let unit = ((self.canvas.w - taken * shrink) / weights.max(1.0)).max(0.0);
        let mut places =
            vec![Place { area: Area::default(), form: Form::Compact }; scenario.nodes.len()];
        let mut x = margin * shrink;
        for (index, (layer, width)) in self.layers.iter().zip(&widths).enumerate() {
            self.column(&mut places, layer, (x, width * shrink), pitch * shrink);
            x += width * shrink + unit * weight(index);
        }
        places
    }

    fn column(&self, places: &mut [Place], layer: &[NodeId], (x, w): (f32, f32), pitch: f32) {
        let slot = self.canvas.h / layer.len() as f32;
        let tallest = layer.iter().map(|node| self.slot_height(*node, pitch)).fold(0.0, f32::max);
        let step = slot.min(tallest * 1.25);
        let first = (self.canvas.h - step * layer.len() as f32) / 2.0;
        for (row, node) in layer.iter().enumerate() {
            let middle = first + step * (row as f32 + 0.5);
            let place = match self.clients(*node) {
                Some(count) if !self.banded && (step >= LEAST_GRID || layer.len() == 1) => {
                    // One population has the whole height, several of them share it.
                    let room = if layer.len() == 1 { self.canvas.h } else { step };
                    let rows = if layer.len() == 1 { 10 } else { grid(count, pitch).0 };
                    let around = if layer.len() == 1 { 50.0 } else { CAPTION + 30.0 };
                    let pitch = (pitch + 2.0).min((room - around) / rows as f32).max(4.0);
                    let (columns, wide, tall, share) = grid(count, pitch);
                    let pitch = wide / columns as f32;
                    let up = if layer.len() == 1 { 0.0 } else { CAPTION / 2.0 };
                    let y = middle - tall / 2.0 - up;
                    let area = Area { x: x + w - wide, y, w: wide, h: tall };
                    Place { area, form: Form::Grid { columns, pitch, share } }
                }
                None if step >= tallest && pitch >= 9.0 => {
                    let h = self.card_height(*node, pitch, false);
                    let below = if self.below(*node) { RECEIPTS.1 / 2.0 } else { 0.0 };
                    let area = Area { x, y: middle - h / 2.0 - below, w, h };
                    Place { area, form: Form::Card { pitch } }
                }
                _ => {
                    let h = COMPACT.min(step - 6.0).max(16.0);
                    let below = if self.below(*node) { ((step - h) / 2.0).min(8.0) } else { 0.0 };
                    let area = Area { x, y: middle - h / 2.0 - below, w, h };
                    Place { area, form: Form::Compact }
                }
            };
            places[usize::from(*node)] = place;
        }
    }

    fn below(&self, node: NodeId) -> bool {
        self.receipts_below() && self.charging == Some(node)
    }

    fn slot_height(&self, node: NodeId, pitch: f32) -> f32 {
        if let Some(count) = self.clients(node) {
            return grid(count, pitch + 2.0).2 + 2.0 * BELOW;
        }
        let below = if self.below(node) { RECEIPTS.1 } else { 0.0 };
        self.card_height(node, pitch, false) + ABOVE + BELOW + below
    }

    /// Whether there are more rows than can be read, from top to bottom.
    fn is_dense(&self) -> bool {
        let rows = self.layers.iter().map(|layer| layer.len().div_ceil(self.room()));
        let most = ((self.canvas.h - LEAST_GRID) / (LEAST_CARD + 22.0)) as usize;
        rows.sum::<usize>() > most.max(4)
    }

    /// How many nodes may be side by side, from top to bottom.
    fn room(&self) -> usize {
        ((self.canvas.w / NARROWEST) as usize).max(1)
    }

    /// The layers, several of them side by side where there would be too many rows.
    fn packed(&self) -> Vec<Vec<NodeId>> {
        if !self.is_dense() {
            return self.layers.to_vec();
        }
        let mut packed: Vec<Vec<NodeId>> = Vec::new();
        for layer in self.layers {
            match packed.last_mut() {
                Some(last) if last.len() + layer.len() <= self.room() => last.extend(layer),
                _ => packed.push(layer.clone()),
            }
        }
        let rows = |layers: &[Vec<NodeId>]| -> usize {
            layers.iter().map(|layer| layer.len().div_ceil(self.room())).sum()
        };
        let most = ((self.canvas.h - 12.0 - RECEIPTS.1) / DENSE_ROW) as usize;
        if rows(&packed) > most { vec![packed.concat()] } else { packed }
    }

    /// From top to bottom: what has no room side by side goes into several rows.
    fn upright(&self) -> Vec<Place> {
        let scenario = &self.experiment.scenario;
        let margin = 14.0;
        let layers = self.packed();
        let rows: Vec<&[NodeId]> =
            layers.iter().flat_map(|layer| chunks(layer, self.room())).collect();
        let mut places =
            vec![Place { area: Area::default(), form: Form::Compact }; scenario.nodes.len()];
        let mut tall: Vec<f32> = Vec::new();
        for layer in &rows {
            let n = layer.len() as f32;
            let w = ((self.canvas.w - margin * (n + 1.0)) / n).max(8.0);
            let mut most = 0.0f32;
            for (column, node) in layer.iter().enumerate() {
                let left = margin + column as f32 * (w + margin);
                let place = self.upright_place(*node, left, w);
                most = most.max(place.area.h + self.upright_extra(*node));
                places[usize::from(*node)] = place;
            }
            tall.push(most);
        }
        let is_grid = |place: &Place| matches!(place.form, Form::Grid { .. });
        let is_open = |row: &[NodeId]| row.iter().any(|node| is_grid(&places[usize::from(*node)]));
        let open: Vec<bool> = rows.iter().map(|row| is_open(row)).collect();
        let gaps = rows.len().saturating_sub(1).max(1) as f32;
        let spare = self.canvas.h - 12.0 - tall.iter().sum::<f32>();
        let gap = (spare / gaps).min(110.0);
        // Too low a canvas: cards become names and bars.
        let squeeze = gap < 34.0;
        let grids: f32 = tall.iter().zip(&open).filter(|(_, open)| **open).map(|(h, _)| h).sum();
        let in_row = |row: &&[NodeId]| self.charging.is_none_or(|node| row.contains(&node));
        let below = if rows.last().is_none_or(in_row) { 0.0 } else { RECEIPTS.1 };
        let room = self.canvas.h - 12.0 - below;
        let row = if grids > 0.0 { (room - grids - 18.0) / gaps } else { room / rows.len() as f32 };
        if squeeze && grids > 0.0 && row < LEAST_CARD + 6.0 {
            return Plan { bare: true, ..*self }.upright();
        }
        let (least, between) = if self.is_dense() { (14.0, 3.0) } else { (LEAST_CARD, 16.0) };
        let compact = if squeeze { (row - between).clamp(least, COMPACT) } else { 0.0 };
        let gap = if squeeze { (row - compact).clamp(between.min(6.0), 110.0) } else { gap };
        let mut y = 6.0;
        for ((layer, tall), open) in rows.iter().zip(&tall).zip(open) {
            let charges = layer.iter().any(|node| self.charging == Some(*node));
            let used = match squeeze && !open {
                true => compact + if charges { RECEIPTS.1 } else { 0.0 },
                false => *tall,
            };
            for node in *layer {
                let place = &mut places[usize::from(*node)];
                place.area.y = y;
                if squeeze && !is_grid(place) {
                    place.area.h = compact;
                    place.form = Form::Compact;
                }
            }
            y += used + gap;
        }
        places
    }

    fn upright_place(&self, node: NodeId, left: f32, w: f32) -> Place {
        match self.clients(node) {
            Some(count) if w >= LEAST_GRID && !self.bare && !self.is_dense() => {
                let cells = count.min(CLIENTS);
                let columns = cells.min(if cells > 150 { 40 } else { 25 });
                let pitch = (w / columns as f32).clamp(4.0, 15.0);
                let share = count.div_ceil(CLIENTS);
                let rows = count.div_ceil(share).div_ceil(columns);
                let wide = columns as f32 * pitch;
                let area =
                    Area { x: left + (w - wide) / 2.0, y: 0.0, w: wide, h: rows as f32 * pitch };
                Place { area, form: Form::Grid { columns, pitch, share } }
            }
            None if w >= 118.0 => {
                let wide = w.min(230.0);
                let pitch = ((wide - 24.0) / CELLS_PER_ROW as f32).min(14.0);
                let h = self.card_height(node, pitch, true);
                let area = Area { x: left + (w - wide) / 2.0, y: 0.0, w: wide, h };
                Place { area, form: Form::Card { pitch } }
            }
            _ => Place { area: Area { x: left, y: 0.0, w, h: COMPACT }, form: Form::Compact },
        }
    }

    fn upright_extra(&self, node: NodeId) -> f32 {
        if self.charging == Some(node) { BELOW + RECEIPTS.1 } else { BELOW }
    }
}

/// Columns, width, height and clients per cell of a grid that is about square.
fn grid(count: u32, pitch: f32) -> (u32, f32, f32, u32) {
    let share = count.div_ceil(CLIENTS);
    let cells = count.div_ceil(share);
    let mut columns = 1;
    while columns * columns < cells {
        columns += 1;
    }
    // What is too many for large circles gets smaller ones.
    let pitch = pitch.min(pitch * 12.0 / columns as f32);
    (columns, columns as f32 * pitch, cells.div_ceil(columns) as f32 * pitch, share)
}
