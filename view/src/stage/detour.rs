//! How lines go round what is between a caller and its callee.

use super::guard::GLYPH;
use super::layout::{ABOVE, Area, CAPTION, Form, Place, RECEIPTS};
use super::way::Way;
use crate::draw::Size;
use half_open::scenario::Scenario;

/// How near a line may come to a card and its words, and how near to a bare card where there is no more room.
const CLEAR: f32 = 9.0;
const TIGHT: f32 = 3.0;
/// How near to the edge of the canvas a line may come.
const EDGE: f32 = 6.0;
/// How far apart lines are that pass at the same place, and how many of them find a place of their own.
const LANE: f32 = 8.0;
const LANES: u8 = 6;
/// How far before a card a line has turned along it, if there is so much room.
const AHEAD: f32 = 32.0;
/// Where there is less, a line would be all corners: it is straight, and passes behind cards.
const CALM: f32 = 3.0;
/// The height of the words below a card.
const QUEUE: f32 = 22.0;

/// What lines go round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Obstacle {
    /// A card.
    pub(super) card: Area,
    /// The same, and the words below it.
    pub(super) whole: Area,
    /// The same, and the words that may come above it.
    pub(super) roomy: Area,
}

impl Obstacle {
    /// What is on a stage: all cards, and then what was charged, below its card or beside it.
    pub(super) fn all(places: &[Place], receipts: Option<Area>, upright: bool) -> Vec<Self> {
        let cards = places.iter().map(|place| Self::of(place, upright));
        let slips = receipts.map(|area| Area { h: area.h.min(RECEIPTS.1), ..area });
        let slips = slips.map(|area| Self { card: area, whole: area, roomy: area });
        cards.chain(slips).collect()
    }

    fn of(place: &Place, upright: bool) -> Self {
        let (above, below) = match place.form {
            Form::Grid { .. } if !upright => (0.0, CAPTION),
            Form::Card { .. } if !upright => (ABOVE, QUEUE),
            Form::Compact => (0.0, 0.0),
            _ => (0.0, QUEUE),
        };
        let card = place.area;
        let whole = Area { h: card.h + below, ..card };
        Self { card, whole, roomy: Area { y: whole.y - above, h: whole.h + above, ..whole } }
    }

    fn turned(&self) -> Self {
        let Self { card, whole, roomy } = self;
        Self { card: card.turned(), whole: whole.turned(), roomy: roomy.turned() }
    }
}

/// The same lines, round what is between their ends.
pub(super) fn detoured(
    scenario: &Scenario,
    ways: Vec<Way>,
    guarded: &[bool],
    obstacles: &[Obstacle],
    canvas: Size,
) -> Vec<Way> {
    let mut detours = Detours { across: [canvas.h, canvas.w], clear: CLEAR, lanes: Vec::new() };
    let edges = scenario.edges.iter().zip(ways).zip(guarded);
    let detoured = edges.map(|((edge, way), guarded)| {
        let ends = [edge.from, edge.to].map(usize::from);
        let others = obstacles.iter().enumerate().filter(|(node, _)| !ends.contains(node));
        let others: Vec<Obstacle> = others.map(|(_, obstacle)| *obstacle).collect();
        let down = way.upright && !way.sideways;
        detours.clear = if *guarded && !down { GLYPH + 4.0 } else { CLEAR };
        let turns = detours.around([way.from(), way.to()], &others, down);
        if turns.is_empty() { way } else { way.through(&turns) }
    });
    detoured.collect()
}

/// The detours of all lines of a stage, which keep apart from one another.
struct Detours {
    /// The size of the canvas across lines that lead from left to right, and across the others.
    across: [f32; 2],
    /// How near the present line may come to cards.
    clear: f32,
    /// Where lines pass cards: from where to where, how high, and whether from top to bottom.
    lanes: Vec<(f32, f32, f32, bool)>,
}

impl Detours {
    /// By way of which points, and with how wide turns, a line gets from one point to another past all of
    /// these; by none, if it can be straight, has no room to turn, or cannot do better. `upright` is whether it leads from top to bottom.
    fn around(
        &mut self,
        ends: [(f32, f32); 2],
        obstacles: &[Obstacle],
        upright: bool,
    ) -> Vec<((f32, f32), f32)> {
        // From here on, along is from left to right.
        let turn = |(x, y): (f32, f32)| if upright { (y, x) } else { (x, y) };
        let mut obstacles: Vec<Obstacle> = match upright {
            true => obstacles.iter().map(Obstacle::turned).collect(),
            false => obstacles.to_vec(),
        };
        let all = obstacles.clone();
        let mut points = ends.map(turn).to_vec();
        let mut wide: Vec<f32> = Vec::new();
        while let Some((leg, met)) = first_met(&points, &obstacles) {
            let [before, behind] = [points[leg], points[leg + 1]];
            let back = before.0 > behind.0;
            let (first, last) = if back { (behind.0, before.0) } else { (before.0, behind.0) };
            // Where columns are not below one another, what is partly beside it is passed as well.
            let zone = hull(obstacles.remove(met).whole, &all, (first, last));
            let (near, far) = if back { (zone.right(), zone.x) } else { (zone.x, zone.right()) };
            let side = if back { -1.0 } else { 1.0 };
            if side * (near - before.0) < 0.0 || side * (behind.0 - far) < 0.0 {
                continue;
            }
            let share = (zone.centre().0 - before.0) / (behind.0 - before.0);
            let wanted = before.1 + (behind.1 - before.1) * share;
            // Who has turned along a card goes on as high, if that is as good.
            let level = (leg > 0).then_some(before.1);
            let Some((height, tight)) = self.passage(&zone, (wanted, level), &all, upright) else {
                continue;
            };
            // What is next before it, and behind it.
            let gaps = all.iter().map(|other| {
                let (left, right) = (zone.x - other.whole.right(), other.whole.x - zone.right());
                if back { (right, left) } else { (left, right) }
            });
            let ahead = |end: f32, gap: fn((f32, f32)) -> f32| {
                let gaps = gaps.clone().map(gap).filter(|gap| *gap >= 0.0);
                side * 0.45 * gaps.fold(end.abs(), f32::min).min(AHEAD / 0.45)
            };
            let start = near - ahead(near - before.0, |gaps| gaps.0);
            let end = far + ahead(behind.0 - far, |gaps| gaps.1);
            if (near - start).abs().min((end - far).abs()) < CALM {
                return Vec::new();
            }
            let passed = |other: &Obstacle| {
                other.whole.x >= zone.x - 1.0 && other.whole.right() <= zone.right() + 1.0
            };
            obstacles.retain(|other| !passed(other));
            points.splice(leg + 1..leg + 1, [(start, height), (end, height)]);
            // Up to half of a turn is beside the card, where it is all but over.
            let times = if tight { 1.2 } else { 2.0 };
            wide.splice(leg..leg, [near - start, far - end].map(|ahead| times * ahead.abs()));
        }
        let turns = points[1..points.len() - 1].iter().map(|point| turn(*point));
        turns.zip(wide).collect()
    }

    /// The nearest height at which nothing is beside a card, and whether it is a tight one.
    fn passage(
        &mut self,
        zone: &Area,
        (wanted, level): (f32, Option<f32>),
        all: &[Obstacle],
        upright: bool,
    ) -> Option<(f32, bool)> {
        let high = self.across[usize::from(upright)];
        let beside = |area: &Area| area.x < zone.right() && zone.x < area.right();
        let beside: Vec<&Obstacle> = all.iter().filter(|other| beside(&other.whole)).collect();
        let open = |clear: f32, area: fn(&Obstacle) -> Area| {
            let edges = [(f32::NEG_INFINITY, EDGE), (high - EDGE, f32::INFINITY)];
            let cards = beside.iter().map(|other| area(other));
            let cards = cards.map(|area| (area.y - clear, area.bottom() + clear));
            let mut taken: Vec<(f32, f32)> = Vec::new();
            for part in cards.chain(edges) {
                let place = taken.partition_point(|other| other.0 <= part.0);
                taken.insert(place, part);
            }
            let mut end = f32::NEG_INFINITY;
            let mut best: Option<(f32, f32)> = None;
            let off = |(low, high): (f32, f32)| (wanted.clamp(low, high) - wanted).abs();
            for (from, to) in taken {
                if from >= end && end.is_finite() && best.is_none_or(|b| off((end, from)) < off(b))
                {
                    best = Some((end, from));
                }
                end = end.max(to);
            }
            best
        };
        let wide = open(self.clear, |other| other.roomy);
        let wide = wide.or_else(|| open(CLEAR, |other| other.whole));
        let (low, high) = wide.or_else(|| open(TIGHT, |other| other.card))?;
        let first = wanted.clamp(low, high);
        let free = |height: &f32| {
            let meets = |lane: &&(f32, f32, f32, bool)| {
                lane.3 == upright && lane.0 < zone.right() && zone.x < lane.1
            };
            let mut lanes = self.lanes.iter().filter(meets);
            lanes.all(|lane| (lane.2 - height).abs() >= LANE - 0.5)
        };
        let steps = (0..=LANES).flat_map(|step| [1.0, -1.0].map(|side| side * f32::from(step)));
        let heights = level.into_iter().chain(steps.map(|step| first + LANE * step));
        let inside = |height: &f32| (low..=high).contains(height);
        let height = heights.filter(inside).find(free).unwrap_or(first);
        self.lanes.push((zone.x, zone.right(), height, upright));
        Some((height, wide.is_none()))
    }
}

/// A card and all that is partly beside it, and beside that, as far as it is between two places.
fn hull(card: Area, all: &[Obstacle], (first, last): (f32, f32)) -> Area {
    let mut zone = card;
    loop {
        let beside = all.iter().map(|other| other.whole).filter(|other| {
            let within = other.x >= first && other.right() <= last;
            within && other.x < zone.right() && zone.x < other.right()
        });
        let (x, right) = beside.fold((zone.x, zone.right()), |(x, right), other| {
            (x.min(other.x), right.max(other.right()))
        });
        if right - x <= zone.w + 0.5 {
            return zone;
        }
        zone = Area { x, w: right - x, ..zone };
    }
}

/// The first leg that meets anything, and what it meets first.
fn first_met(points: &[(f32, f32)], obstacles: &[Obstacle]) -> Option<(usize, usize)> {
    points.windows(2).enumerate().find_map(|(leg, ends)| {
        let met = obstacles.iter().enumerate().filter_map(|(place, obstacle)| {
            Some((place, entered(ends[0], ends[1], &obstacle.whole, TIGHT)?))
        });
        met.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(place, _)| (leg, place))
    })
}

/// At which share of it a straight line comes into a rectangle, or so near above or below it.
fn entered(a: (f32, f32), b: (f32, f32), area: &Area, near: f32) -> Option<f32> {
    let inside = |from: f32, to: f32, low: f32, high: f32| {
        let by = to - from;
        if by.abs() < 1e-3 {
            return (low < from && from < high).then_some((0.0, 1.0));
        }
        let (s, t) = ((low - from) / by, (high - from) / by);
        Some((s.min(t), s.max(t)))
    };
    let (s, t) = inside(a.0, b.0, area.x, area.right())?;
    let (u, v) = inside(a.1, b.1, area.y - near, area.bottom() + near)?;
    let (enter, leave) = (s.max(u).max(0.0), t.min(v).min(1.0));
    (enter < leave).then_some(enter)
}

#[cfg(test)]
mod tests {
    use super::super::Layout;
    use super::*;
    use half_open::random::{Stream, draw};
    use half_open::scenario::{Edge, Edit, Experiment, NodeId, library};

    const SIZES: [(f32, f32); 5] =
        [(1_060.0, 330.0), (1_400.0, 600.0), (820.0, 500.0), (390.0, 480.0), (390.0, 330.0)];

    /// Services behind clients that call the first one. Their numbers begin at 1.
    fn drawn(services: usize, calls: &[(NodeId, NodeId)]) -> Experiment {
        let mut experiment = library::template("one-service").expect("it is there");
        for _ in 1..services {
            experiment = experiment.edited(&Edit::AddService(1)).expect("there is room").0;
        }
        let template = experiment.scenario.edges[1].clone();
        let edges =
            calls.iter().map(|(from, to)| Edge { from: *from, to: *to, ..template.clone() });
        experiment.scenario.edges.truncate(1);
        experiment.scenario.edges.extend(edges);
        experiment
    }

    /// Systems in which calls pass columns, and one whose cards somebody has put elsewhere.
    fn systems() -> Vec<(String, Experiment)> {
        let templates = library::templates().filter_map(|(name, _)| library::template(name));
        let mut all: Vec<(String, Experiment)> = library::all()
            .into_iter()
            .chain(templates)
            .map(|experiment| (experiment.scenario.name.clone(), experiment))
            .collect();
        let chain = [(1, 2), (2, 3), (3, 4), (1, 3), (1, 4), (2, 4)];
        all.push(("shortcuts".into(), drawn(4, &chain)));
        let shared = [(1, 2), (1, 3), (1, 4), (2, 5), (3, 5), (4, 5), (1, 5)];
        all.push(("shared".into(), drawn(5, &shared)));
        let mut arranged = library::payments();
        arranged.scenario.arrange(&[vec![0], vec![3], vec![2], vec![1]]);
        all.push(("arranged".into(), arranged));
        for seed in 0..6 {
            let below = |n: u64, most: u64| draw(seed, Stream::Trace, 1, n) % most;
            let tree = (2..13).map(|to| ((below(to, to - 1) + 1) as NodeId, to as NodeId));
            let more = (20..26).map(|n| {
                let from = below(n, 11) + 1;
                (from as NodeId, (from + 1 + below(n + 50, 12 - from)) as NodeId)
            });
            let calls: Vec<(NodeId, NodeId)> = tree.chain(more).collect();
            all.push((format!("twelve services, {seed}"), drawn(12, &calls)));
        }
        all
    }

    fn layout(experiment: &Experiment, (w, h): (f32, f32)) -> Layout {
        Layout::new(experiment, &experiment.scenario.columns(), Size { w, h })
    }

    #[test]
    fn no_line_passes_behind_a_card_or_through_the_words_below_it() {
        let mut round = 0;
        for (name, experiment) in systems() {
            for size in SIZES {
                let layout = layout(&experiment, size);
                let all = Obstacle::all(&layout.places, None, layout.upright);
                for (edge, way) in experiment.scenario.edges.iter().zip(&layout.ways) {
                    round += usize::from(way.points().len() > 2);
                    let others = (0..layout.places.len())
                        .filter(|node| ![edge.from, edge.to].map(usize::from).contains(node));
                    for other in others {
                        // Where two cards are nearly as near as their words are high, only these are met.
                        let area = if layout.upright { all[other].card } else { all[other].whole };
                        let met = way.points().windows(2);
                        let met = met.filter_map(|leg| entered(leg[0], leg[1], &area, 0.0)).count();
                        let [from, to] = [edge.from, edge.to];
                        assert_eq!(met, 0, "{name} at {size:?}: {from} → {to} meets {other}");
                    }
                }
            }
        }
        assert!(round > 50, "{round} lines go round something");
    }

    #[test]
    fn a_line_with_nothing_in_its_way_is_straight() {
        for experiment in [library::payments(), library::template("diamond").expect("it is there")]
        {
            for size in SIZES {
                let ways = layout(&experiment, size).ways;
                assert!(ways.iter().all(|way| way.points().len() == 2), "at {size:?}");
            }
        }
    }

    #[test]
    fn what_travels_round_a_card_goes_on_evenly_and_never_turns_sharply() {
        let experiment = drawn(4, &[(1, 2), (2, 3), (3, 4), (1, 4)]);
        for size in SIZES {
            let layout = layout(&experiment, size);
            let way = &layout.ways[4];
            assert!(way.points().len() > 2, "at {size:?}");
            let step = 2.0 / way.length;
            for n in 0..(way.length / 2.0) as u16 {
                let share = f32::from(n) * step;
                let [a, b] = [share, share + step].map(|share| way.at(share, 0.0));
                let far = ((b.0 - a.0).powi(2) + (b.1 - a.1).powi(2)).sqrt();
                assert!((1.7..2.1).contains(&far), "{far} px at {share} of {size:?}");
                let [a, b] = [share, share + step].map(|share| way.along(share));
                assert!(a.0 * b.0 + a.1 * b.1 > 0.9, "{a:?} and then {b:?} at {size:?}");
            }
            assert_eq!(way.at(0.0, 0.0), way.from());
        }
    }

    #[test]
    fn lines_that_pass_at_the_same_place_keep_apart() {
        let experiment = drawn(4, &[(1, 2), (2, 3), (3, 4), (1, 3), (1, 4), (2, 4)]);
        let layout = layout(&experiment, (1_060.0, 330.0));
        let middle = layout.places[2].area.centre().0;
        let heights = [4, 5].map(|edge| {
            let points = layout.ways[edge].points().windows(2);
            let here = points.filter(|leg| leg[0].0 <= middle && leg[1].0 > middle);
            here.map(|leg| leg[0].1).next().expect("it passes")
        });
        assert!((heights[0] - heights[1]).abs() >= LANE - 0.5, "{heights:?}");
    }
}
