//! Where breakers are on their lines: where they lie on nothing else, with room for what they say.

use super::detour::Obstacle;
use super::layout::Area;
use super::way::{GUARD, Way};
use crate::draw::Size;
use crate::measure::{SMALL, wrap};
use half_open::scenario::NodeId;

/// The radius of a breaker.
pub(super) const GLYPH: f32 = 17.0;
/// The same, where stages are narrow: the largest, and the least.
const LARGEST: f32 = 11.0;
const SMALLEST: f32 = 5.0;
/// How far breakers are moved to find room, as shares of their lines, and how often to each side.
const STEP: f32 = 0.05;
const STEPS: u8 = 7;
/// How far the name of a state reaches above the middle of its breaker, and to each side.
const ABOVE: f32 = 44.0;
const HALF: f32 = 46.0;
/// What takes the most room of what is said below it.
const LONGEST: &str = "failing fast · 2.0 s left";
/// The least room for words beside their breaker, and the room for the longest ones that are common.
const LEAST: f32 = 18.0;
const ENOUGH: f32 = 67.0;
/// How far beside a breaker its words begin, and how far above and below its middle they reach.
const BESIDE: f32 = 8.0;
/// How much farther they may begin, behind the line itself.
const BEHIND: f32 = 24.0;
const HALF_LINE: f32 = 8.0;
/// How far from all else words end, and how far from the edge of the canvas.
const APART: f32 = 5.0;
const EDGE: f32 = 4.0;

/// Puts breakers on those of the lines that may have one.
pub(super) fn put(ways: &mut [Way], callers: &[Option<NodeId>], around: &[Obstacle], canvas: Size) {
    let mut taken: Vec<Area> = around.iter().map(|other| other.whole).collect();
    let mut put: Vec<usize> = Vec::new();
    for edge in 0..ways.len() {
        let Some(caller) = callers[edge].filter(|_| !put.contains(&edge)) else { continue };
        let all = (edge..ways.len()).filter(|other| callers[*other] == Some(caller));
        let all: Vec<usize> = all.filter(|other| !ways[*other].upright).collect();
        // Those of one caller are side by side, if they can be.
        let together = (all.len() > 1).then(|| together(ways, &all, &taken)).flatten();
        let one = || match ways[edge].upright {
            true => upright(ways, edge, &taken, canvas),
            false => level(&ways[edge], &taken),
        };
        let spots = match together {
            Some(spots) => all.into_iter().zip(spots).collect(),
            None => vec![(edge, one())],
        };
        for (edge, spot) in spots {
            let way = &mut ways[edge];
            (way.guard, way.radius, way.left) = (spot.share, spot.radius, spot.left);
            (way.beside, way.room) = (spot.beside, spot.room);
            taken.push(spot.area);
            put.push(edge);
        }
    }
    // What they do is said of all that one caller has, or of none.
    while let Some(first) = put.first() {
        let (group, rest): (Vec<usize>, _) =
            put.iter().partition(|edge| callers[**edge] == callers[*first]);
        put = rest;
        let effects: Vec<Area> = group.iter().map(|edge| below(&ways[*edge])).collect();
        let said = group.iter().zip(&effects).all(|(edge, effect)| {
            let way = &ways[*edge];
            let own = disc(way.at(way.guard, 0.0), 1.0);
            let apart = |area: &Area| !area.meets(effect) || area.meets(&own);
            let alone = effects.iter().filter(|other| other.meets(effect)).count() == 1;
            !way.upright && way.room > 0.0 && alone && taken.iter().all(apart)
        });
        if said {
            taken.extend(effects);
        }
        group.into_iter().for_each(|edge| ways[edge].effect = said);
    }
}

/// A place for a breaker, how large it is, on which side its words are if they are beside it, how much
/// room they have, and all that it takes.
struct Spot {
    share: f32,
    radius: f32,
    left: bool,
    beside: f32,
    room: f32,
    area: Area,
}

/// Shares of a line, from where a breaker is if nothing else is there.
fn shares() -> impl Iterator<Item = f32> {
    let aside = (1..=STEPS).flat_map(|step| [-1.0, 1.0].map(|side| side * f32::from(step)));
    std::iter::once(0.0).chain(aside).map(|steps| GUARD + STEP * steps)
}

fn disc((x, y): (f32, f32), r: f32) -> Area {
    Area { x: x - r, y: y - r, w: 2.0 * r, h: 2.0 * r }
}

fn free(area: &Area, taken: &[Area]) -> bool {
    !taken.iter().any(|other| other.meets(area))
}

/// With the name of its state above it.
fn named(way: &Way, share: f32) -> Spot {
    let (x, y) = way.at(share, 0.0);
    let room = half(way, x);
    let area = Area { x: x - room, y: y - ABOVE, w: 2.0 * room, h: ABOVE + GLYPH + 3.0 };
    Spot { share, radius: GLYPH, left: false, beside: 0.0, room, area }
}

/// How far words around a point of a line may reach to each side.
pub(super) fn half(way: &Way, x: f32) -> f32 {
    let (left, right) = way.ends();
    (x - left - 4.0).min(right - x - 8.0).min(HALF)
}

/// Where it is said what a breaker does.
fn below(way: &Way) -> Area {
    let (x, y) = way.at(way.guard, 0.0);
    let half = half(way, x);
    let style = SMALL.size(12.0);
    let lines = wrap(LONGEST, style.face, style.size, 2.0 * half).len() as f32;
    Area { x: x - half, y: y + GLYPH + 4.0, w: 2.0 * half, h: 14.0 * lines + 3.0 }
}

fn together(ways: &[Way], all: &[usize], taken: &[Area]) -> Option<Vec<Spot>> {
    shares().find_map(|share| {
        let mut spots: Vec<Spot> = Vec::new();
        for edge in all {
            let spot = named(&ways[*edge], share);
            let others = spots.iter().all(|other| !other.area.meets(&spot.area));
            if spot.room < LEAST || !others || !free(&spot.area, taken) {
                return None;
            }
            spots.push(spot);
        }
        Some(spots)
    })
}

fn level(way: &Way, taken: &[Area]) -> Spot {
    let bare = |share: f32| {
        let radius = radius(way, share);
        let area = disc(way.at(share, 0.0), radius + 2.0);
        Spot { share, radius, left: false, beside: 0.0, room: 0.0, area }
    };
    let mut names = shares().map(|share| named(way, share));
    let name = names.find(|spot| spot.room >= LEAST && free(&spot.area, taken));
    let alone = || shares().map(bare).find(|spot| free(&spot.area, taken));
    name.or_else(alone).unwrap_or_else(|| bare(GUARD))
}

/// With the name of its state beside it.
fn upright(ways: &[Way], edge: usize, taken: &[Area], canvas: Size) -> Spot {
    let way = &ways[edge];
    let spots = shares().flat_map(|share| {
        let at = way.at(share, 0.0);
        let most = radius(way, share);
        let on_nothing = |r: f32| free(&disc(at, r), taken);
        let r = if on_nothing(most) { most } else { SMALLEST };
        let on_nothing = on_nothing(r);
        // At first where a line does not lean to.
        let left = way.along(share).0 <= 0.0;
        [left, !left].map(|left| {
            let beside = begin(way, at, (r + BESIDE, left));
            let room = room(ways, taken, canvas, at, (beside, left)).max(0.0);
            let words = room.min(ENOUGH);
            let wide = r + if words > 0.0 { beside + words } else { r };
            let x = if left { at.0 + r - wide } else { at.0 - r };
            let area = Area { x, y: at.1 - r, w: wide, h: 2.0 * r };
            (on_nothing, Spot { share, radius: r, left, beside, room, area })
        })
    });
    let usual = radius(way, GUARD);
    let mut best: Option<((bool, f32, f32), Spot)> = None;
    for (on_nothing, spot) in spots {
        let worth = (on_nothing, spot.radius.min(usual), spot.room.min(ENOUGH));
        if best.as_ref().is_none_or(|(most, _)| worth > *most) {
            best = Some((worth, spot));
        }
    }
    let least = || Spot {
        share: GUARD,
        radius: SMALLEST,
        left: false,
        beside: 0.0,
        room: 0.0,
        area: disc(way.at(GUARD, 0.0), SMALLEST),
    };
    best.map_or_else(least, |(_, spot)| spot)
}

/// How large a breaker may be: between two cards it touches neither.
fn radius(way: &Way, share: f32) -> f32 {
    let ((x, y), from, to) = (way.at(share, 0.0), way.from(), way.to());
    if way.upright {
        let room = (y - from.1).abs().min((to.1 - y).abs());
        return (room - 3.0).clamp(SMALLEST, LARGEST);
    }
    let room = (x - from.0).abs().min((to.0 - x).abs());
    (room - 2.0).clamp(SMALLEST, GLYPH)
}

/// The heights between which there are words beside a point.
fn strip(y: f32) -> (f32, f32) {
    (y - HALF_LINE, y + HALF_LINE)
}

/// From where to where something is beside a point, with what is kept free around it. To the left is as to the
/// right in a mirror.
fn beside((from, to): (f32, f32), x: f32, left: bool) -> (f32, f32) {
    let (from, to) = (from - APART, to + APART);
    if left { (x - to, x - from) } else { (from - x, to - x) }
}

/// Where words begin to one side of a point of a line that leans: behind the line, if not at once.
fn begin(way: &Way, (x, y): (f32, f32), (at_once, left): (f32, bool)) -> f32 {
    let own = way.within(strip(y)).map(|piece| beside(piece, x, left));
    let near = own.filter(|(from, to)| *from <= at_once && *to <= at_once + BEHIND);
    near.map(|(_, to)| to).fold(at_once, f32::max)
}

/// How far words may go that begin so far to one side of a point: to what is next there.
fn room(
    ways: &[Way],
    taken: &[Area],
    canvas: Size,
    (x, y): (f32, f32),
    (begin, left): (f32, bool),
) -> f32 {
    let (top, bottom) = strip(y);
    let areas = taken.iter().filter(|area| area.y < bottom && area.bottom() > top);
    let areas = areas.map(|area| (area.x, area.right()));
    let pieces = ways.iter().flat_map(|way| way.within((top, bottom)));
    let all = areas.chain(pieces).map(|extent| beside(extent, x, left));
    let edge = if left { x - EDGE } else { canvas.w - EDGE - x };
    let next = all.filter(|(_, to)| *to > begin).map(|(from, _)| from);
    next.fold(edge, f32::min) - begin
}

#[cfg(test)]
mod tests {
    use super::super::{Layout, StageInput, draw};
    use super::*;
    use crate::draw::{Align, Face, Text};
    use crate::link::Selection;
    use crate::measure::width;
    use half_open::policy::breaker::Action;
    use half_open::run::{Limits, Run, Seeker};
    use half_open::scenario::{Change, Experiment, Intervention, library};
    use half_open::time::{SimDuration, SimTime};

    const SIZES: [(f32, f32); 8] = [
        (1_060.0, 330.0),
        (1_400.0, 600.0),
        (700.0, 360.0),
        (390.0, 480.0),
        (390.0, 420.0),
        (390.0, 340.0),
        (375.0, 300.0),
        (320.0, 286.0),
    ];

    /// Every template with a breaker on each of its calls, all of which are held open at half a second.
    fn systems() -> impl Iterator<Item = Experiment> {
        library::templates().filter_map(|(name, _)| library::template(name)).map(
            |mut experiment| {
                experiment.scenario.horizon = SimDuration::from_secs(2);
                experiment.interventions.clear();
                for (id, edge) in (0u8..).zip(&mut experiment.scenario.edges) {
                    edge.policy.breaker_enabled = true;
                    let change = Change::Breaker { edge: id, action: Action::ForceOpen };
                    let at = SimTime::from_millis(500);
                    experiment.interventions.push(Intervention { at, change });
                }
                experiment
            },
        )
    }

    /// Where words are.
    fn block(text: &Text) -> Area {
        let w = width(&text.text, text.face, text.size);
        let x = match text.align {
            Align::Start => text.x,
            Align::Middle => text.x - w / 2.0,
            Align::End => text.x - w,
        };
        Area { x, y: text.y - text.size * 0.75, w, h: text.size * 0.75 }
    }

    #[test]
    fn breakers_and_their_words_lie_on_no_card_and_on_no_other_words() {
        let (mut named, mut all) = (0, 0);
        for experiment in systems() {
            let run = Run::new(experiment, Limits::default());
            let title = &run.experiment().scenario.name;
            for ((w, h), ms) in SIZES.into_iter().flat_map(|size| [400, 900].map(|ms| (size, ms))) {
                let mut seeker = Seeker::new();
                let scene = seeker.seek(&run, SimTime::from_millis(ms));
                let columns = run.experiment().scenario.columns();
                let layout = Layout::new(run.experiment(), &columns, Size { w, h });
                let (selection, hover) = (&Selection::Nothing, None);
                let (detail, stepped) = (false, false);
                let layout = &layout;
                let input = StageInput {
                    run: &run,
                    scene,
                    layout,
                    selection,
                    look: &[],
                    hover,
                    detail,
                    stepped,
                };
                let texts = draw(&input).list.texts;
                let cards: Vec<Area> = layout.places.iter().map(|place| place.area).collect();
                let discs: Vec<Area> = layout
                    .ways
                    .iter()
                    .map(|way| disc(way.at(way.guard, 0.0), way.radius))
                    .collect();
                for (edge, disc) in discs.iter().enumerate() {
                    let others = cards.iter().chain(&discs[..edge]);
                    for other in others {
                        assert!(!disc.meets(other), "{title} at {w}×{h}: {edge} on {other:?}");
                    }
                }
                let said = |text: &&Text| {
                    ["closed", "letting", "held", "failing"]
                        .iter()
                        .any(|s| text.text.starts_with(s))
                };
                for words in texts.iter().filter(said) {
                    let own = block(words);
                    let others =
                        texts.iter().filter(|other| *other != words && other.face != Face::Mono);
                    let others = others.map(block).chain(discs.iter().copied());
                    let cards = cards.iter().copied();
                    for other in others.chain(cards) {
                        let text = &words.text;
                        assert!(
                            !own.meets(&other),
                            "{title} at {w}×{h}, {ms} ms: “{text}” on {other:?}"
                        );
                    }
                    named += usize::from(words.face == Face::Bold);
                }
                all += discs.len();
            }
        }
        assert!(named * 5 > all * 3, "{named} of {all} say what they are");
    }

    #[test]
    fn a_breaker_with_nothing_beside_it_is_where_breakers_are_and_says_what_it_does() {
        for experiment in library::all() {
            let scenario = &experiment.scenario;
            let guarded = scenario.edges.iter().filter(|edge| edge.policy.breaker_enabled).count();
            let size = Size { w: 1_060.0, h: 380.0 };
            let ways = Layout::new(&experiment, &scenario.columns(), size).ways;
            for (edge, way) in scenario.edges.iter().zip(&ways) {
                if edge.policy.breaker_enabled && guarded == 1 {
                    assert_eq!((way.guard, way.effect), (GUARD, true), "{}", scenario.name);
                }
            }
        }
    }
}
