//! A stage in motion, picture by picture.

use half_open::run::{Limits, Run, Seeker};
use half_open::time::SimTime;
use half_open_view::draw::{Role, Size};
use half_open_view::lesson::Place;
use half_open_view::link::{Selection, State};
use half_open_view::stage::{self, Layout, StageInput};

use crate::svg::svg;

/// A run that is looked at again and again.
pub struct Film {
    run: Run,
    seeker: Seeker,
    layout: Layout,
    size: Size,
    look: Vec<Selection>,
}

impl Film {
    /// The run of a place, on a stage of this size. `look` names the nodes and calls to look at: all
    /// others are pale; none means all.
    #[must_use]
    pub fn new<'a>(place: State, look: impl Iterator<Item = &'a str>, size: Size) -> Self {
        let run = Run::new(place.experiment, Limits::default());
        let scenario = &run.experiment().scenario;
        let look = look.filter_map(|name| match Place::find(scenario, name)? {
            Place::Node(node) => Some(Selection::Node(node)),
            Place::Edge(edge) => Some(Selection::Edge(edge)),
        });
        let look = look.collect();
        let layout = Layout::new(run.experiment(), &scenario.columns(), size);
        Self { layout, run, seeker: Seeker::new(), size, look }
    }

    /// The picture of a moment, as SVG.
    pub fn picture(&mut self, at: SimTime, colour: impl Fn(Role) -> String) -> String {
        let at = at.min(self.run.end());
        let stage = stage::draw(&StageInput {
            run: &self.run,
            scene: self.seeker.seek(&self.run, at),
            layout: &self.layout,
            selection: &Selection::Nothing,
            look: &self.look,
            hover: None,
            detail: false,
            stepped: false,
        });
        svg(&stage.list, self.size, colour)
    }
}

#[cfg(test)]
mod tests {
    use half_open::scenario::library;

    use super::*;

    #[test]
    fn every_moment_has_a_picture_and_the_same_moment_the_same() {
        let place = State::new(library::payments());
        let size = Size { w: 440.0, h: 240.0 };
        let mut film = Film::new(place, ["bank", "api-bank"].into_iter(), size);
        let mut at = |ms| film.picture(SimTime::from_millis(ms), |role| role.name().into());
        let (calm, open) = (at(3_000), at(5_000));
        assert!(open.contains("bank") && open.contains("fill=\"url(#hatch-failure)\""), "{open}");
        assert_ne!(calm, open);
        assert_eq!(at(3_000), calm, "there and back");
        assert_eq!(at(600_000), at(60_000), "nothing moves after the end");
    }
}
