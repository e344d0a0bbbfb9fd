//! The scenarios that come with Half-Open, each with a sentence, a picture and links to it.

use crate::draw::{DrawList, Paint, Role, Shape, Size};
use crate::link::{Selection, State, ViewState};
use crate::stage::{self, Layout, StageInput};
use crate::tracks::{self, PlotArea, Viewport};
use half_open::run::{Run, Scene};
use half_open::scenario::library::{self, Telling};
use half_open::time::{SimDuration, SimTime};

/// The size of a picture, in pixels of the stage that is on it.
pub const SIZE: Size = Size { w: 440.0, h: 286.0 };
/// The part of it that is the stage; beneath is the bar of the whole run.
const STAGE: f32 = 262.0;
/// How far the bar is from the edges.
const MARGIN: f32 = 12.0;
/// How large the head of the mark on the bar is.
const HEAD: f32 = 4.0;
/// How much of the run is seen before a telling moment.
const BEFORE: SimDuration = SimDuration::from_secs(10);

/// A built-in scenario, as it introduces itself.
#[derive(Clone, PartialEq, Debug)]
pub struct Card {
    /// Its name in links.
    pub name: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What happens, and what to do about it.
    pub sentence: String,
    /// Its beginning.
    pub start: State,
    /// The moment that says most about it.
    pub moment: State,
}

/// Those whose title or sentence has all of these words, in any order.
#[must_use]
pub fn cards(words: &str) -> Vec<Card> {
    let words = words.to_lowercase();
    let all = library::names().filter_map(|(name, _)| card(name));
    all.filter(|card| {
        let text = format!("{} {}", card.title, card.sentence).to_lowercase();
        words.split_whitespace().all(|word| text.contains(word))
    })
    .collect()
}

/// The card of the scenario of this name.
#[must_use]
pub fn card(name: &str) -> Option<Card> {
    let (name, title) = library::names().find(|(known, _)| *known == name)?;
    let start = State::new(library::find(name)?);
    let (at, telling) = library::telling(name)?;
    let selection = match telling {
        Telling::Node(node) => Selection::Node(node),
        Telling::Edge(edge) => Selection::Edge(edge),
        Telling::Request(request) => Selection::Request(request),
    };
    let end = start.view.to.since(SimTime::ZERO);
    let from = SimTime::ZERO + at.since(SimTime::ZERO + BEFORE);
    let view = ViewState { at, selection, from, to: from + end };
    let sentence = start.experiment.scenario.sentence.clone();
    let moment = State { view, ..start.clone() };
    Some(Card { name, title, sentence, start, moment })
}

/// Draws the stage at a moment, and beneath it how requests end in the whole run, with a mark where
/// that moment is.
#[must_use]
pub fn picture(run: &Run, scene: &Scene) -> DrawList {
    let experiment = run.experiment();
    let size = Size { h: STAGE, ..SIZE };
    let mut list = stage::draw(&StageInput {
        run,
        scene,
        layout: &Layout::new(experiment, &experiment.scenario.columns(), size),
        selection: &Selection::Nothing,
        look: &[],
        hover: None,
        detail: false,
        stepped: false,
    })
    .list;
    // Some runs are over long before their horizon.
    let last = run.log().len().checked_sub(1).map_or(SimTime::ZERO, |last| run.log().at(last));
    let viewport = Viewport { from: SimTime::ZERO, to: last.max(scene.at) };
    let (w, h) = (SIZE.w - 2.0 * MARGIN, SIZE.h - STAGE - HEAD);
    let plot = PlotArea { x: MARGIN, y: STAGE, w, h, viewport, breaks: [].into() };
    let here = tracks::here(&plot, scene.at);
    let x = tracks::x_at(&plot, scene.at);
    let bar = tracks::overview_on(run, plot);
    list.groups.extend(bar.list.groups);
    list.groups.extend(here.groups);
    list.add(Role::Ink, Paint::Fill, 1.0, Shape::Diamond { x, y: STAGE, r: HEAD });
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link;
    use half_open::run::{Limits, Seeker};

    #[test]
    fn there_is_a_card_for_every_scenario_and_its_links_can_be_read() {
        let all = cards("");
        assert_eq!(all.len(), library::names().count());
        for card in all {
            for place in [card.start, card.moment] {
                assert_eq!(link::decode(&link::encode(&place)), Ok(place), "{}", card.name);
            }
        }
    }

    #[test]
    fn a_moment_is_seen_with_what_led_to_it() {
        for Card { name, moment: State { view, .. }, .. } in cards("") {
            assert!(view.from <= view.at && view.at < view.to, "{name}");
            assert_eq!(view.to.since(view.from), SimDuration::from_secs(16), "{name}");
        }
        let late = cards("queue without an end").remove(0).moment.view;
        assert_eq!(late.at.since(late.from), BEFORE);
    }

    #[test]
    fn words_are_found_in_titles_and_sentences_in_any_order() {
        let found = |words| cards(words).iter().map(|card| card.name).collect::<Vec<_>>();
        assert_eq!(found("HERD thundering"), ["herd"]);
        assert_eq!(found("  goodput unless "), ["goodput_collapse"]);
        assert!(found("breaker").len() > 3);
        assert!(found("zebra").is_empty());
    }

    #[test]
    fn every_picture_has_all_services_and_stays_on_its_canvas() {
        for card in cards("") {
            let scenario = &card.start.experiment.scenario;
            let run = Run::new(card.start.experiment.clone(), Limits::default());
            let list = picture(&run, Seeker::new().seek(&run, card.moment.view.at));
            for node in scenario.nodes.iter().skip(1) {
                let named = list.texts.iter().any(|text| text.text.contains(&node.name));
                assert!(named, "{}: {} is named", card.name, node.name);
            }
            for text in &list.texts {
                assert!((0.0..=SIZE.w).contains(&text.x), "{}: {text:?}", card.name);
                assert!((0.0..=STAGE).contains(&text.y), "{}: {text:?}", card.name);
            }
        }
    }
}
