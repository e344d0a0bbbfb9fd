//! The system at one instant: clients, services, lines, and what is on its way.

mod clients;
mod detour;
mod drop;
mod guard;
mod layout;
mod line;
mod messages;
mod outline;
mod pen;
mod receipts;
mod service;
mod way;
mod words;

use super::draw::{DrawList, Group, Spot, Text};
use crate::focus::Focus;
use crate::link::Selection;
use half_open::run::{Run, Scene};
use half_open::scenario::Role;
use pen::Pen;

pub use drop::Toward;
pub use layout::Layout;
pub use outline::{Outline, Room};
pub use words::describe;

/// What a stage is drawn from. Equal inputs give equal pictures.
#[derive(Clone, Copy, Debug)]
pub struct StageInput<'a> {
    /// The run.
    pub run: &'a Run,
    /// The instant.
    pub scene: &'a Scene,
    /// Where everything is.
    pub layout: &'a Layout,
    /// What is looked at closely; a request dims all others.
    pub selection: &'a Selection,
    /// Nodes and lines to look at: all others are pale. None means all.
    pub look: &'a [Selection],
    /// What the pointer is on.
    pub hover: Option<Selection>,
    /// Whether time stands still and there is leisure for IDs, arrows and remaining timeouts.
    pub detail: bool,
    /// Whether the picture moves in steps, as for less motion: with trails and numbers.
    pub stepped: bool,
}

/// A stage.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Stage {
    /// The picture.
    pub list: DrawList,
    /// What can be pointed at, those on top last.
    pub spots: Vec<Spot<Selection>>,
}

/// Draws the system as it is at the scene's instant.
#[must_use]
pub fn draw(input: &StageInput) -> Stage {
    let focus = Focus::of(input.run, *input.selection);
    let mut pen = Pen { input: *input, focus, layout: input.layout, stage: Stage::default() };
    let scenario = &input.scene.scenario;
    for edge in (0u8..).take(scenario.edges.len()) {
        part(&mut pen, Selection::Edge(edge), |pen| pen.line(edge));
    }
    for (node, spec) in (0u8..).zip(&scenario.nodes) {
        part(&mut pen, Selection::Node(node), |pen| match spec.role {
            Role::Clients(_) => pen.clients(node),
            Role::Service(_) => pen.service(node),
        });
    }
    for edge in (0u8..).take(scenario.edges.len()) {
        part(&mut pen, Selection::Edge(edge), |pen| {
            pen.messages(edge);
            pen.breaker(edge);
        });
    }
    pen.receipts();
    pen.stage
}

/// How visible is what nobody is told to look at.
const PALE: f32 = 0.35;

/// Draws a part of the system, pale if others are to be looked at.
fn part(pen: &mut Pen, what: Selection, draw: impl FnOnce(&mut Pen)) {
    if pen.input.look.is_empty() || pen.input.look.contains(&what) {
        return draw(pen);
    }
    let before = std::mem::take(&mut pen.stage.list);
    draw(pen);
    let pale = std::mem::replace(&mut pen.stage.list, before);
    let list = &mut pen.stage.list;
    let groups = pale.groups.into_iter();
    list.groups.extend(groups.map(|group| Group { alpha: group.alpha * PALE, ..group }));
    let texts = pale.texts.into_iter();
    list.texts.extend(texts.map(|text| Text { alpha: text.alpha * PALE, ..text }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{Align, Role as Colour, Shape, Size};
    use crate::measure;
    use half_open::run::{Limits, Phase, Seeker};
    use half_open::scenario::knob::ClientsKnob;
    use half_open::scenario::{
        Change, Edit, Fault, FaultKind, Intervention, Knob, Target, library,
    };
    use half_open::time::{SimDuration, SimTime};

    fn picture(run: &Run, ms: u64, w: f32, h: f32, selection: Selection) -> Stage {
        let mut seeker = Seeker::new();
        let scene = seeker.seek(run, SimTime::from_millis(ms));
        let columns = run.experiment().scenario.columns();
        let layout = &Layout::new(run.experiment(), &columns, Size { w, h });
        let selection = &selection;
        let (hover, detail, stepped) = (None, true, false);
        let look = &[];
        draw(&StageInput { run, scene, layout, selection, look, hover, detail, stepped })
    }

    fn payments() -> Run {
        Run::new(library::payments(), Limits::default())
    }

    #[test]
    fn equal_inputs_give_equal_pictures() {
        let run = payments();
        let at = |ms| picture(&run, ms, 1100.0, 420.0, Selection::Nothing);
        assert_eq!(at(4_200), at(4_200));
        assert_ne!(at(4_200), at(4_210));
    }

    #[test]
    fn what_is_to_be_looked_at_is_as_it_was_and_all_else_is_pale() {
        let run = payments();
        let mut seeker = Seeker::new();
        let scene = seeker.seek(&run, SimTime::from_millis(4_200));
        let columns = run.experiment().scenario.columns();
        let layout = &Layout::new(run.experiment(), &columns, Size { w: 1100.0, h: 420.0 });
        let look_at = |look: &[Selection]| {
            let (selection, hover) = (&Selection::Nothing, None);
            let (detail, stepped) = (true, false);
            draw(&StageInput { run: &run, scene, layout, selection, look, hover, detail, stepped })
        };
        let all = look_at(&[]);
        let some = look_at(&[Selection::Node(2), Selection::Edge(1)]);
        assert_eq!(all.spots, some.spots);
        let alpha = |stage: &Stage, name: &str| {
            let text = stage.list.texts.iter().find(|text| text.text == name);
            text.expect("a card").alpha
        };
        assert_eq!(alpha(&some, "bank"), alpha(&all, "bank"));
        assert_eq!(alpha(&some, "ledger"), alpha(&all, "ledger") * PALE);
        assert_eq!(alpha(&some, "100 clients"), alpha(&all, "100 clients") * PALE);
    }

    #[test]
    fn every_message_on_its_way_is_drawn_once() {
        let run = payments();
        let stage = picture(&run, 4_200, 1100.0, 420.0, Selection::Nothing);
        let mut seeker = Seeker::new();
        let scene = seeker.seek(&run, SimTime::from_millis(4_200));
        let outbound = scene.flights().filter(|f| f.phase == Phase::Outbound && !f.probe).count();
        let dots = stage.list.groups.iter().filter(|group| group.role == Colour::Request);
        let dots = dots.flat_map(|group| &group.shapes);
        let dots = dots.filter(|s| matches!(s, Shape::Circle { r, .. } if *r == messages::DOT));
        assert!(outbound > 0);
        assert_eq!(dots.count(), outbound);
    }

    #[test]
    fn nothing_written_leaves_the_canvas_and_every_spot_is_on_it() {
        let run = payments();
        for (w, h) in
            [(1100.0, 420.0), (700.0, 400.0), (390.0, 420.0), (390.0, 334.0), (358.0, 300.0)]
        {
            for ms in [0, 4_200, 6_500, 7_000, 11_500] {
                let stage = picture(&run, ms, w, h, Selection::Edge(1));
                for text in &stage.list.texts {
                    let wide = measure::width(&text.text, text.face, text.size);
                    let left = match text.align {
                        Align::Start => text.x,
                        Align::Middle => text.x - wide / 2.0,
                        Align::End => text.x - wide,
                    };
                    assert!(left >= 0.0 && left + wide <= w, "{} at {w} px, {ms} ms", text.text);
                    assert!(text.y >= 0.0 && text.y <= h, "{} at {w} px", text.text);
                }
                for spot in &stage.spots {
                    assert!(spot.x >= -12.0 && spot.x + spot.w <= w + 12.0, "{spot:?} at {w} px");
                    assert!(spot.y >= -12.0 && spot.y + spot.h <= h + 1.0, "{spot:?} of {h} px");
                }
            }
        }
    }

    #[test]
    fn what_is_broken_on_a_line_is_written_beside_the_name_of_its_breaker() {
        let mut experiment = library::payments();
        let fault = |kind| {
            let fault = Fault { target: Target::Edge(1), kind, lasts: None };
            Intervention { at: SimTime::from_millis(1_000), change: Change::Fault(fault) }
        };
        experiment.interventions =
            vec![fault(FaultKind::LoseRequests(0.2)), fault(FaultKind::Partition)];
        let run = Run::new(experiment, Limits::default());
        for (w, h) in [(1100.0, 490.0), (1020.0, 380.0), (820.0, 740.0)] {
            let stage = picture(&run, 1_100, w, h, Selection::Nothing);
            let texts = &stage.list.texts;
            let broken = texts.iter().find(|t| t.text.ends_with("+1"));
            let broken = broken.expect("what is broken");
            let name = texts.iter().find(|t| t.text == "closed").expect("the state");
            assert!((broken.y - name.y).abs() >= 13.0, "{} and {} at {w} px", broken.y, name.y);
        }
    }

    #[test]
    fn the_words_below_the_clients_keep_apart_where_the_stage_is_low() {
        let run = payments();
        for h in [190.0, 220.0, 250.0, 300.0] {
            let stage = picture(&run, 1_100, 720.0, h, Selection::Nothing);
            let ys = |words: &str| -> Vec<f32> {
                let texts = stage.list.texts.iter().filter(|t| t.text.contains(words));
                texts.map(|text| text.y).collect()
            };
            let (name, waiting) = (ys("100 clients"), ys("waiting to retry"));
            let apart = name == waiting || (name[0] - waiting[0]).abs() >= 14.0;
            assert!(apart, "{name:?} and {waiting:?} at a height of {h} px");
        }
    }

    #[test]
    fn orphaned_work_is_told_beside_the_queue_where_there_is_no_room_below() {
        let experiment = library::find("failover_overload").expect("built in");
        let run = Run::new(experiment, Limits::default());
        for h in [330.0, 349.0, 360.0, 380.0, 600.0] {
            let stage = picture(&run, 22_000, 1_100.0, h, Selection::Nothing);
            let texts = &stage.list.texts;
            let orphaned = texts.iter().find(|text| text.text.ends_with(" orphaned"));
            let orphaned = orphaned.expect("west works for nobody");
            for queue in texts.iter().filter(|text| text.text.starts_with("queue ")) {
                // As high as a line is, with what is between two of them.
                let (x, y, w, tall) = block(queue);
                let line = (x, y - 3.0, w, tall + 6.0);
                assert!(apart(block(orphaned), line), "at a height of {h} px");
            }
        }
    }

    #[test]
    fn what_was_charged_is_written_below_its_card_where_the_stage_is_small() {
        let run = payments();
        for (w, h) in [(375.0, 258.0), (320.0, 286.0), (844.0, 150.0), (390.0, 420.0)] {
            let stage = picture(&run, 3_200, w, h, Selection::Nothing);
            let card = stage.spots.iter().find(|spot| spot.what == Selection::Node(3));
            let card = card.expect("ledger is there");
            let text = stage.list.texts.iter().find(|t| t.text.contains(" charges · "));
            let text = text.expect("charges are there");
            assert!(text.text.ends_with(" orders") || h < 200.0, "“{}” at {w} px", text.text);
            assert!(text.y - 9.0 >= card.y + card.h, "{} and {card:?} at {w} px", text.y);
            assert!(text.y <= h && card.y >= 0.0, "{card:?} at {w} px");
        }
    }

    #[test]
    fn charges_and_orders_are_two_whole_lines_where_a_card_is_too_narrow_for_one() {
        let run = payments();
        for (w, h) in [(820.0, 404.0), (720.0, 404.0), (640.0, 320.0), (899.0, 300.0)] {
            let stage = picture(&run, 3_200, w, h, Selection::Nothing);
            let line = |name: &str| stage.list.texts.iter().find(|t| t.text.ends_with(name));
            let (charges, orders) = (line(" charges"), line(" orders"));
            let (charges, orders) = (charges.expect("charges"), orders.expect("orders"));
            assert!(apart(block(charges), block(orders)) && orders.y + 3.0 <= h, "at {w}×{h}");
            let slips = stage
                .spots
                .iter()
                .filter(|spot| matches!(spot.what, Selection::Request(_)) && spot.y > charges.y);
            for slip in slips.filter(|slip| slip.x >= charges.x) {
                let slip = (slip.x, slip.y, slip.w, slip.h);
                assert!(apart(block(orders), slip), "{slip:?} at {w}×{h}");
            }
        }
    }

    /// Where words are: left, top, width and height.
    fn block(text: &crate::draw::Text) -> (f32, f32, f32, f32) {
        let w = measure::width(&text.text, text.face, text.size);
        let x = match text.align {
            Align::Start => text.x,
            Align::Middle => text.x - w / 2.0,
            Align::End => text.x - w,
        };
        (x, text.y - text.size * 0.75, w, text.size * 0.75)
    }

    fn apart(a: (f32, f32, f32, f32), b: (f32, f32, f32, f32)) -> bool {
        a.0 + a.2 <= b.0 || b.0 + b.2 <= a.0 || a.1 + a.3 <= b.1 || b.1 + b.3 <= a.1
    }

    #[test]
    fn nothing_runs_over_what_a_breaker_says() {
        let mut experiment = library::payments();
        for (knob, value) in [(ClientsKnob::Count, 10_000.0), (ClientsKnob::Rate, 120.0)] {
            Knob::Clients(0, knob).set(&mut experiment.scenario, value).expect("within limits");
        }
        experiment.scenario.horizon = SimDuration::from_secs(8);
        let run = Run::new(experiment, Limits::default());
        let said = ["closed", "letting", "through", "open", "failing", "half-open", "probe"];
        let mut met = 0;
        for (w, h) in [(1_100.0, 380.0), (1_100.0, 420.0), (1_000.0, 360.0), (820.0, 740.0)] {
            for ms in (500..8_000).step_by(20) {
                let stage = picture(&run, ms, w, h, Selection::Nothing);
                let words = stage.list.texts.iter();
                let words = words.filter(|t| said.iter().any(|said| t.text.starts_with(said)));
                let words: Vec<_> = words.map(|t| (&t.text, block(t))).collect();
                for shape in stage.list.groups.iter().flat_map(|group| &group.shapes) {
                    let (x, y, r) = match shape {
                        Shape::Circle { x, y, r } if *r < 5.0 => (*x, *y, *r),
                        Shape::Diamond { x, y, r } => (*x, *y, *r),
                        _ => continue,
                    };
                    let dot = (x - r, y - r, 2.0 * r, 2.0 * r);
                    for (text, words) in &words {
                        assert!(apart(*words, dot), "{shape:?} on “{text}” at {w}×{h}, {ms} ms");
                        met += 1;
                    }
                }
            }
        }
        assert!(met > 10_000, "{met}");
    }

    #[test]
    fn on_a_small_phone_no_words_and_no_breaker_lie_on_anything_else() {
        let run = payments();
        for (w, h) in [(320.0, 248.0), (375.0, 239.0), (375.0, 255.0), (390.0, 340.0)] {
            for ms in [1_000, 4_200, 5_200, 6_446, 7_000] {
                let stage = picture(&run, ms, w, h, Selection::Nothing);
                let words: Vec<_> = stage.list.texts.iter().map(|t| (&t.text, block(t))).collect();
                for (n, (text, a)) in words.iter().enumerate() {
                    for (other, b) in &words[n + 1..] {
                        assert!(apart(*a, *b), "“{text}” and “{other}” at {w}×{h}, {ms} ms");
                    }
                }
                let cards = (1..4).map(Selection::Node).filter_map(|node| {
                    let spot = stage.spots.iter().find(|spot| spot.what == node)?;
                    Some((spot.x, spot.y, spot.w, spot.h))
                });
                let cards: Vec<_> = cards.collect();
                let breaker = stage.spots.iter().rfind(|spot| spot.what == Selection::Edge(1));
                let breaker = breaker.map(|s| (s.x, s.y, s.w, s.h)).expect("a breaker");
                assert_eq!(cards.len(), 3);
                assert!(cards.iter().all(|card| apart(*card, breaker)), "{breaker:?} at {w}×{h}");
            }
        }
    }

    #[test]
    fn every_population_has_its_own_clients_and_services_are_not_among_them() {
        let mut experiment = library::payments();
        for edit in [Edit::AddClients(2), Edit::RemoveCall(2)] {
            experiment = experiment.edited(&edit).expect("it can be drawn").0;
        }
        let run = Run::new(experiment, Limits::default());
        for (w, h) in [(1_100.0, 330.0), (820.0, 300.0), (390.0, 500.0)] {
            let stage = picture(&run, 4_200, w, h, Selection::Nothing);
            let spots = |wanted: fn(Selection) -> bool| {
                stage.spots.iter().filter(move |spot| wanted(spot.what)).collect::<Vec<_>>()
            };
            let first = spots(|what| matches!(what, Selection::Client(..100)));
            let second = spots(|what| matches!(what, Selection::Client(65_536..)));
            assert_eq!((first.len(), second.len()), (100, 100), "at {w}×{h}");
            let near = |a: &Spot<Selection>, b: &Spot<Selection>| {
                (a.x - b.x).abs() < 2.0 && (a.y - b.y).abs() < 2.0
            };
            assert!(!first.iter().any(|a| second.iter().any(|b| near(a, b))), "at {w}×{h}");
        }
        let outline = Outline::new(run.experiment(), Size { w: 1_100.0, h: 330.0 });
        let [clients, ledger] = [0, 3].map(|node| outline.nodes[node]);
        assert!(ledger.x > clients.x + clients.w, "nobody calls ledger, and it is no client");
        assert_eq!(outline.node_at((ledger.x + 5.0, ledger.y + 5.0), 0.0), Some(3));
    }

    #[test]
    fn following_one_request_dims_the_others() {
        let run = payments();
        let mut seeker = Seeker::new();
        let scene = seeker.seek(&run, SimTime::from_millis(4_200));
        let followed = scene.flights().next().map(|f| f.request).expect("something is on its way");
        let stage = picture(&run, 4_200, 1100.0, 420.0, Selection::Request(followed));
        let dim = stage.list.groups.iter().filter(|group| group.alpha < 0.3);
        assert!(dim.flat_map(|group| &group.shapes).count() > 3);
        let first = run.index().requests[followed as usize].first;
        let by_event = picture(&run, 4_200, 1100.0, 420.0, Selection::Event(first));
        assert_eq!(by_event.list, stage.list, "one of its events is as good");
        let none = picture(&run, 4_200, 1100.0, 420.0, Selection::Nothing);
        let faded = |group: &&crate::draw::Group| group.alpha < 0.3;
        let orphans = none.list.groups.iter().filter(faded).flat_map(|group| &group.shapes);
        assert!(orphans.count() < 40, "only what nobody waits for is pale where all is looked at");
    }

    #[test]
    fn a_followed_request_is_found_in_the_queue() {
        let run = payments();
        let mut seeker = Seeker::new();
        let scene = seeker.seek(&run, SimTime::from_millis(4_300));
        let queue = &scene.stations[2].queue;
        let rings = |selection| {
            let stage = picture(&run, 4_300, 1100.0, 420.0, selection);
            let groups = stage.list.groups.into_iter().filter(|g| g.role == Colour::Selected);
            let shapes = groups.flat_map(|group| group.shapes);
            shapes.filter(|shape| matches!(shape, Shape::Rect { h, .. } if *h == 14.0)).count()
        };
        let last = *queue.back().expect("the bank is slow");
        let waiting = Selection::Request(run.log().request_of(last));
        assert_eq!((rings(waiting), rings(Selection::Nothing)), (1, 0));
    }
}
