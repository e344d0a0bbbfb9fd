//! Which tracks are shown, in which order, and which of them stay in sight.
//!
//! Tracks that few ask for are never inlined: an embed fetches their code when somebody does.

use super::{APART, AXIS, SCROLL, Sheet};
use crate::draw::{Paint, Role, Shape};
use half_open::run::Run;
use half_open::run::flow::Gauge;
use half_open::scenario::{EdgeId, NodeId};

/// One of the tracks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TrackKind {
    /// What was broken.
    Faults,
    /// What each breaker did.
    Breakers,
    /// When requests arrived.
    Arrivals,
    /// How many waited at each service.
    Queues,
    /// How many attempts were under way over each line.
    InFlight,
    /// Which share of the attempts were not the first.
    Retries,
    /// How long requests took.
    Latency,
    /// What became of each request.
    Requests,
}

impl TrackKind {
    /// Every track, in the order in which they are shown at first.
    pub const ALL: [Self; 8] = [
        Self::Faults,
        Self::Breakers,
        Self::Arrivals,
        Self::Queues,
        Self::InFlight,
        Self::Retries,
        Self::Latency,
        Self::Requests,
    ];

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Faults => "faults",
            Self::Breakers => "breakers",
            Self::Arrivals => "arrivals",
            Self::Queues => "queue length",
            Self::InFlight => "in flight",
            Self::Retries => "retry share",
            Self::Latency => "latency",
            Self::Requests => "requests",
        }
    }

    const fn is_shown_at_first(self) -> bool {
        matches!(self, Self::Faults | Self::Breakers | Self::Arrivals | Self::Requests)
    }
}

/// A track, and what somebody chose for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Which.
    pub kind: TrackKind,
    /// Whether it is shown.
    pub shown: bool,
    /// Whether it stays in sight while others scroll.
    pub pinned: bool,
}

/// The tracks as somebody wants them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arrangement {
    /// All of them, from top to bottom; pinned ones come first whatever their place.
    pub order: [Place; 8],
    /// How many rows that are not pinned are scrolled away.
    pub scroll: usize,
    /// Whether time in which nothing happens is left out.
    pub collapse: bool,
    /// Whether what is shown may take all the room.
    single: bool,
}

impl Default for Arrangement {
    fn default() -> Self {
        let place =
            |kind: TrackKind| Place { kind, shown: kind.is_shown_at_first(), pinned: false };
        Self { order: TrackKind::ALL.map(place), scroll: 0, collapse: false, single: false }
    }
}

impl Arrangement {
    /// One track, where there is no room for more; faults and breakers belong together.
    #[must_use]
    pub fn only(self, kind: TrackKind) -> Self {
        let belongs =
            |other| other == kind || (kind, other) == (TrackKind::Faults, TrackKind::Breakers);
        let place = |kind| Place { kind, shown: belongs(kind), pinned: false };
        Self { order: TrackKind::ALL.map(place), single: true, ..self }
    }

    /// The same tracks, sharing the room that there is, where nobody can scroll.
    #[must_use]
    pub const fn shared(self) -> Self {
        Self { scroll: 0, single: true, ..self }
    }

    /// The choice as text, to be kept: the tracks from top to bottom, `+` before those that are shown,
    /// `!` behind those that are pinned.
    #[must_use]
    pub fn written(&self) -> String {
        let places = self.order.iter().map(|Place { kind, shown, pinned }| {
            let (shown, pinned) = (if *shown { "+" } else { "" }, if *pinned { "!" } else { "" });
            format!("{shown}{}{pinned}", kind.name().replace(' ', "-"))
        });
        places.collect::<Vec<_>>().join(" ")
    }

    /// Reads what was [written](Self::written); nothing, if that is not every track once.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut read = Self::default();
        let mut places = text.split(' ').map(|word| {
            let (bare, shown) = word.strip_prefix('+').map_or((word, false), |word| (word, true));
            let (bare, pinned) = bare.strip_suffix('!').map_or((bare, false), |word| (word, true));
            let known = |kind: &TrackKind| kind.name().replace(' ', "-") == bare;
            TrackKind::ALL.into_iter().find(known).map(|kind| Place { kind, shown, pinned })
        });
        for place in &mut read.order {
            *place = places.next()??;
        }
        let has = |kind| read.order.iter().any(|place| place.kind == kind);
        (places.next().is_none() && TrackKind::ALL.into_iter().all(has)).then_some(read)
    }

    /// Changes what is chosen for a track.
    pub fn choose(&mut self, kind: TrackKind, change: impl FnOnce(&mut Place)) {
        if let Some(place) = self.order.iter_mut().find(|place| place.kind == kind) {
            change(place);
        }
        self.scroll = 0;
    }

    /// Moves a track by so many places.
    pub fn shift(&mut self, kind: TrackKind, by: i32) {
        let Some(from) = self.order.iter().position(|place| place.kind == kind) else { return };
        let to = from.saturating_add_signed(by as isize).min(self.order.len() - 1);
        if from < to {
            self.order[from..=to].rotate_left(1);
        } else {
            self.order[to..=from].rotate_right(1);
        }
        self.scroll = 0;
    }
}

/// Something that has a height of its own.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Row {
    Faults,
    /// Whether it is the only one.
    Breaker(EdgeId, bool),
    Arrivals,
    Level(Gauge),
    Retries,
    Latency,
    Requests,
}

impl Row {
    const fn kind(self) -> TrackKind {
        match self {
            Self::Faults => TrackKind::Faults,
            Self::Breaker(..) => TrackKind::Breakers,
            Self::Arrivals => TrackKind::Arrivals,
            Self::Level(Gauge::Queue(_)) => TrackKind::Queues,
            Self::Level(_) => TrackKind::InFlight,
            Self::Retries => TrackKind::Retries,
            Self::Latency => TrackKind::Latency,
            Self::Requests => TrackKind::Requests,
        }
    }
}

impl Row {
    /// How high it is at least.
    const fn least(self) -> f32 {
        match self {
            Self::Faults | Self::Breaker(..) => 18.0,
            Self::Arrivals => ARRIVALS,
            Self::Level(_) | Self::Retries => LEVEL,
            Self::Latency => LATENCY,
            Self::Requests => LEAST_LANES,
        }
    }
}

/// The height of columns, of levels and of latencies.
const ARRIVALS: f32 = 34.0;
const LEVEL: f32 = 27.0;
const LATENCY: f32 = 72.0;
/// Lanes that are not the last row are no higher, and as the last they are at least so high.
const LANES: f32 = 128.0;
const LEAST_LANES: f32 = 78.0;

impl Sheet<'_> {
    /// Draws all rows; returns whether there was no room for some of them.
    pub(super) fn rows(&mut self, tracks: &Arrangement) -> bool {
        let shown = |pinned: bool| {
            tracks.order.iter().filter(move |place| place.shown && place.pinned == pinned)
        };
        let row = |place: &Place| self.rows_of(place.kind);
        let pinned: Vec<Row> = shown(true).flat_map(row).collect();
        let others: Vec<Row> = shown(false).flat_map(row).collect();
        let away = tracks.scroll.min(others.len().saturating_sub(1));
        let mut y = AXIS + 4.0;
        let rest = &others[away..];
        let all: Vec<Row> = pinned.iter().chain(rest).copied().collect();
        let mut more = false;
        for (place, row) in all.iter().enumerate() {
            if place == pinned.len() && place > 0 && !rest.is_empty() {
                let line =
                    Shape::Rect { x: 8.0, y: y - 5.0, w: self.size.w - 16.0, h: 1.5, r: 0.0 };
                self.add(Role::Soft, Paint::Fill, line);
            }
            // What would be cut off waits below, but something is always there to be scrolled.
            let least = if tracks.single { 0.0 } else { row.least() };
            if y + least > self.size.h && place > pinned.len() {
                more = true;
                break;
            }
            let next = all.get(place + 1);
            let left = self.size.h - 6.0 - y;
            let room = match (tracks.single, next) {
                (true, _) => (left / (all.len() - place) as f32 - APART).max(LEVEL),
                (_, Some(_)) => LANES,
                (_, None) => left.max(LEAST_LANES),
            };
            y = self.row(*row, y, room, tracks.single);
            more |= y > self.size.h;
            y += if next.is_some_and(|next| next.kind() == row.kind()) { 4.0 } else { APART };
        }
        self.scroll_bar(tracks, away, others.len(), more);
        more
    }

    /// Returns where it ends.
    fn row(&mut self, row: Row, y: f32, room: f32, single: bool) -> f32 {
        let tall = |usual: f32| if single { room.max(usual) } else { usual };
        match row {
            Row::Faults => self.faults(y),
            Row::Breaker(edge, only) => self.breaker(edge, only, y),
            Row::Requests => self.lanes(y, room),
            Row::Arrivals => self.in_background(|sheet| sheet.arrivals(y, tall(ARRIVALS))),
            Row::Level(gauge) => self.in_background(|sheet| sheet.level(gauge, y, tall(LEVEL))),
            Row::Retries => self.in_background(|sheet| sheet.retries(y, tall(LEVEL))),
            Row::Latency => self.in_background(|sheet| sheet.latency(y, tall(LATENCY))),
        }
    }

    /// Numbers of all requests are pale while somebody follows one of them.
    fn in_background(&mut self, draw: impl FnOnce(&mut Self) -> f32) -> f32 {
        self.dim(self.focus != crate::focus::Focus::default());
        let end = draw(self);
        self.dim(false);
        end
    }

    fn rows_of(&self, kind: TrackKind) -> Vec<Row> {
        match kind {
            TrackKind::Faults => vec![Row::Faults],
            TrackKind::Breakers => {
                let guarded = self.guarded();
                let only = guarded.len() == 1;
                guarded.into_iter().map(|edge| Row::Breaker(edge, only)).collect()
            }
            TrackKind::Arrivals => vec![Row::Arrivals],
            TrackKind::Queues => services(self.run).map(Gauge::Queue).map(Row::Level).collect(),
            TrackKind::InFlight => {
                let lines = 0..self.run.experiment().scenario.edges.len() as EdgeId;
                lines.map(Gauge::Line).map(Row::Level).collect()
            }
            TrackKind::Retries => vec![Row::Retries],
            TrackKind::Latency => vec![Row::Latency],
            TrackKind::Requests => vec![Row::Requests],
        }
    }

    /// How much of the rows is in sight.
    fn scroll_bar(&mut self, tracks: &Arrangement, away: usize, rows: usize, more: bool) {
        if tracks.single || (away == 0 && !more) {
            return;
        }
        let x = self.size.w - SCROLL - 3.0;
        let (y, h) = (self.plot.y, self.plot.h - 4.0);
        let part = h / (rows as f32 + 1.0);
        let tall = h - part * (rows as f32 - 1.0);
        self.add(Role::Hollow, Paint::Fill, Shape::Rect { x, y, w: SCROLL, h, r: 2.0 });
        let thumb = Shape::Rect { x, y: y + away as f32 * part, w: SCROLL, h: tall, r: 2.0 };
        self.add(Role::Soft, Paint::Fill, thumb);
    }
}

/// The services of a run.
fn services(run: &Run) -> impl Iterator<Item = NodeId> {
    let scenario = &run.experiment().scenario;
    let nodes = 0..scenario.nodes.len() as NodeId;
    nodes.filter(move |node| scenario.service(*node).is_some())
}
