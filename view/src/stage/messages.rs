//! What is on its way along a line, and what has just gone wrong there.

use super::pen::{Batch, Pen, age, share};
use super::way::Way;
use crate::draw::{Paint, Role, Shape};
use crate::link::Selection;
use crate::measure::{SMALL, VALUE};
use half_open::run::{Flight, Phase, TraceKind, ids};
use half_open::scenario::EdgeId;
use half_open::time::SimTime;

/// The radius of a request on its way.
pub(super) const DOT: f32 = 4.2;
/// How far beside its line a message travels.
pub(super) const ASIDE: f32 = 6.0;
/// More messages than this on one line are shown as a number.
const CROWD: usize = 200;
/// For how many milliseconds of virtual time a failure can be seen.
const SEEN_FOR: u64 = 350;
/// How many of one kind of failure are drawn beside each other.
const PILE: usize = 6;
/// How many callers that wait inside a service are drawn one by one.
const CALLERS: usize = 6;
/// How much of its line a message has to have to itself before it may carry its ID.
const NAMED: f32 = 60.0;
/// How much room an ID needs: from middle to middle, and from one line of text to the next.
const ID_ROOM: (f32, f32) = (40.0, 14.0);

impl Pen<'_> {
    pub(super) fn messages(&mut self, edge: EdgeId) {
        let layout = self.layout;
        let way = &layout.ways[usize::from(edge)];
        let scene = self.input.scene;
        let moving: Vec<Flight> = scene
            .flights()
            .filter(|f| f.edge == edge && matches!(f.phase, Phase::Outbound | Phase::Inbound))
            .copied()
            .collect();
        if moving.len() > CROWD {
            self.crowd(way, moving.len());
        } else {
            self.dots(edge, way, &moving);
        }
        self.failures(edge, way);
        self.callers(edge, way);
    }

    fn crowd(&mut self, way: &Way, count: usize) {
        for band in way.part(0.02, 0.98) {
            self.stage.list.add(Role::Request, Paint::Stroke(10.0), 0.45, band);
        }
        let text = format!("density: {count} in flight");
        let (left, right) = way.ends();
        let most = if way.upright { self.layout.size.w } else { right - left - 12.0 };
        self.write_within(SMALL.size(12.0), way.at(0.5, 16.0), &text, most, true);
    }

    fn dots(&mut self, edge: EdgeId, way: &Way, moving: &[Flight]) {
        let at = self.at();
        let mut requests = Batch::new(Role::Request, Paint::Fill);
        let mut good = Batch::new(Role::Ok, Paint::Stroke(1.9));
        let mut halves = Batch::new(Role::Ok, Paint::Fill);
        let mut bad = Batch::new(Role::Failure, Paint::Stroke(1.8));
        let mut probes = Batch::new(Role::Probe, Paint::Fill);
        let mut halos = Batch::new(Role::Probe, Paint::Stroke(1.3));
        let mut trails = Batch::new(Role::Request, Paint::Stroke(1.5));
        for flight in moving {
            let outbound = flight.phase == Phase::Outbound;
            let part = share(at, flight.since, flight.until);
            let part = if outbound { part } else { 1.0 - part };
            let (x, y) = way.at(part, if outbound { ASIDE } else { -ASIDE });
            // What nobody waits for any more is pale.
            let focus = self.in_focus(flight.request) && flight.given_up.is_none();
            if flight.probe {
                probes.push(focus, Shape::Circle { x, y, r: 5.5 });
                halos.push(focus, Shape::Circle { x, y, r: 10.0 });
            } else if outbound {
                requests.push(focus, Shape::Circle { x, y, r: DOT });
            } else if flight.answer.is_success() {
                good.push(focus, Shape::Circle { x, y, r: DOT - 0.4 });
                if flight.answer.is_degraded() {
                    halves.push(focus, Shape::HalfDisc { x, y, r: DOT - 0.4 });
                }
            } else {
                bad.push(focus, Shape::Diamond { x, y, r: DOT + 0.6 });
            }
            if self.input.stepped {
                let back = if outbound { -18.0 } else { 18.0 } / way.length;
                let tail =
                    way.at((part + back).clamp(0.0, 1.0), if outbound { ASIDE } else { -ASIDE });
                trails.push(focus, Shape::Segment { x1: tail.0, y1: tail.1, x2: x, y2: y });
            }
            if self.is_followed(flight.request) {
                self.add(Role::Selected, Paint::Stroke(1.6), Shape::Circle { x, y, r: 8.5 });
            }
            self.spot_at(Selection::Request(flight.request), (x, y), 7.0);
        }
        for batch in [trails, requests, good, halves, bad, probes, halos] {
            self.flush(batch);
        }
        self.names(edge, way, moving);
    }

    pub(super) fn guarded(&self, edge: EdgeId) -> bool {
        self.input.scene.scenario.edges[usize::from(edge)].policy.breaker_enabled
    }

    /// IDs beside messages, where there is leisure to read them.
    fn names(&mut self, edge: EdgeId, way: &Way, moving: &[Flight]) {
        let room = way.length / moving.len().max(1) as f32;
        let few = self.input.detail && room >= NAMED && !way.upright;
        let guarded = self.guarded(edge);
        let mut taken: Vec<(f32, f32)> = Vec::new();
        let first = |flight: &&Flight| flight.probe || self.is_followed(flight.request);
        let (wanted, others): (Vec<&Flight>, Vec<&Flight>) = moving.iter().partition(first);
        let others = if few { others } else { Vec::new() };
        for flight in wanted.into_iter().chain(others) {
            let part = share(self.at(), flight.since, flight.until);
            let outbound = flight.phase == Phase::Outbound;
            let part = if outbound { part } else { 1.0 - part };
            let (x, y) = way.at(part, if outbound { 18.0 } else { -24.0 });
            let near = |a: f32, b: f32, room: f32| (a - b).abs() < room;
            let crowded = taken
                .iter()
                .any(|place| near(place.0, x, ID_ROOM.0) && near(place.1, y, ID_ROOM.1));
            let at_an_end = part.min(1.0 - part) * way.length < ID_ROOM.0 / 2.0;
            let at_guard = guarded && (part - way.guard).abs() * way.length < ID_ROOM.0 + 8.0;
            if crowded || at_an_end || at_guard {
                continue;
            }
            taken.push((x, y));
            let id = ids::short_id_of(self.input.run, flight.span);
            self.write(VALUE.middle(), (x, y), id);
        }
    }

    fn failures(&mut self, edge: EdgeId, way: &Way) {
        let at = self.at();
        let guarded = self.guarded(edge);
        let mut diamonds = Batch::new(Role::Failure, Paint::Stroke(1.8));
        let mut ticks = Batch::new(Role::Failure, Paint::Stroke(2.2));
        let traces = self.input.scene.traces.iter().rev().filter(|trace| trace.edge == edge);
        let recent: Vec<_> = traces.take_while(|t| fresh(at, t.at)).copied().collect();
        let mut piled = 0;
        let mut given_up = 0;
        for trace in recent {
            let old = age(at, trace.at, SEEN_FOR);
            let focus = self.in_focus(self.input.run.log().request_of(trace.span));
            match trace.kind {
                TraceKind::Rejected if piled < PILE => {
                    let stop = if guarded { way.guard } else { 0.2 };
                    let (x, y) = self.turned_back(way, stop, piled);
                    diamonds.push_fading(focus, old, Shape::Diamond { x, y, r: 5.4 });
                    piled += 1;
                }
                TraceKind::TimedOut if given_up < PILE => {
                    let along = (10.0 + 6.0 * given_up as f32) / way.length;
                    let (a, b) = (way.at(along, 11.0), way.at(along, 2.0));
                    ticks.push_fading(
                        focus,
                        old,
                        Shape::Segment { x1: a.0, y1: a.1, x2: b.0, y2: b.1 },
                    );
                    given_up += 1;
                }
                TraceKind::RequestLost | TraceKind::ResponseLost => {
                    let aside = if trace.kind == TraceKind::RequestLost { ASIDE } else { -ASIDE };
                    let (x, y) = way.at(0.5, aside);
                    // It bursts once, and what is left of it fades.
                    let r = 4.0 + 6.0 * old;
                    for (dx, dy) in [(r, r), (r, -r)] {
                        let cross =
                            Shape::Segment { x1: x - dx, y1: y - dy, x2: x + dx, y2: y + dy };
                        ticks.push_fading(focus, old, cross);
                    }
                }
                TraceKind::TurnedAway => {
                    let (x, y) = way.at(1.0 - 9.0 / way.length, ASIDE);
                    diamonds.push_fading(focus, old, Shape::Diamond { x, y, r: 5.4 });
                }
                _ => {}
            }
        }
        self.flush(diamonds);
        self.flush(ticks);
    }

    /// Where what was refused piles up: before its breaker, or beside it where the way is short.
    fn turned_back(&self, way: &Way, stop: f32, piled: usize) -> (f32, f32) {
        let before = 24.0 + 11.0 * piled as f32;
        if way.upright && stop * way.length < 24.0 + 6.0 {
            let (x, y) = way.at(stop, 0.0);
            // The name of its state is on the other side.
            let side = if way.left { 1.0 } else { -1.0 };
            return (x + side * (way.radius + before - 14.0), y);
        }
        way.at((stop - before / way.length).max(0.01), 1.0)
    }

    /// Callers inside the service that wait before they try again.
    fn callers(&mut self, edge: EdgeId, way: &Way) {
        let at = self.at();
        let scene = self.input.scene;
        let backoffs = scene.backoffs.iter().filter(|b| b.edge == edge);
        let backoffs = backoffs.map(|b| (b.request, Some(share(at, b.since, b.until))));
        let held = scene.flights().filter(|f| f.edge == edge && f.phase == Phase::Held);
        let waiting: Vec<_> = backoffs.chain(held.map(|f| (f.request, None))).collect();
        let mut rings = Batch::new(Role::Waiting, Paint::Stroke(1.2));
        let mut pies = Batch::new(Role::Waiting, Paint::Fill);
        // Below the breaker there are words.
        let most = if self.guarded(edge) {
            ((way.guard * way.length - 60.0) / 13.0) as usize
        } else {
            CALLERS
        };
        let most = most.clamp(1, CALLERS);
        for (place, (request, part)) in waiting.iter().take(most).enumerate() {
            let (x, y) = way.at((12.0 + 13.0 * place as f32) / way.length, -18.0);
            let focus = self.in_focus(*request);
            rings.push(focus, Shape::Circle { x, y, r: 5.0 });
            match *part {
                Some(part) => pies.push(focus, Shape::Pie { x, y, r: 5.5, part }),
                // Nobody knows how long it waits for a place.
                None => pies.push(focus, Shape::Circle { x, y, r: 2.0 }),
            }
            self.spot_at(Selection::Request(*request), (x, y), 7.0);
        }
        self.flush(rings);
        self.flush(pies);
        if waiting.len() > most {
            let (x, y) = way.at((8.0 + 13.0 * most as f32) / way.length, -22.0);
            self.write(SMALL.size(12.0), (x, y), format!("+{}", waiting.len() - most));
        }
    }
}

fn fresh(at: SimTime, then: SimTime) -> bool {
    age(at, then, SEEN_FOR) < 1.0
}
