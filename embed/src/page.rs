//! What the frame calls.

use std::sync::Arc;

use half_open::scenario::Experiment;
use half_open::time::{SimDuration, SimTime};
use half_open_paint::{Palette, paint};
use half_open_view::draw::Size;
use half_open_view::link::Selection;
use half_open_view::stage::{self, Layout, StageInput};
use half_open_view::tracks::{self, PlotArea, Viewport};
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{CanvasRenderingContext2d, CssStyleDeclaration};

use crate::json::list;
use crate::{Asked, Control, Player, Words};

/// A run at a moment, its pictures, and what can be done to it.
#[wasm_bindgen]
pub struct Embed {
    player: Player,
    palette: Palette,
    layout: Option<(Arc<Experiment>, Layout)>,
    plot: Option<PlotArea>,
}

#[wasm_bindgen]
impl Embed {
    /// What was asked for, in words; what is empty is not asked for.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(scenario: &str, link: &str, at: &str, controls: &str, tracks: &str) -> Self {
        let asked = Asked::read(&Words { scenario, link, at, controls, tracks });
        let (palette, layout, plot) = (Palette::default(), None, None);
        Self { player: Player::new(asked), palette, layout, plot }
    }

    /// Sentences about what could not be had.
    #[must_use]
    pub fn problems(&self) -> String {
        self.player.problems().join(" ")
    }

    /// What it is called.
    #[must_use]
    pub fn title(&self) -> String {
        self.player.run().experiment().scenario.title.clone()
    }

    /// Computes one more slice; returns whether there is more to do.
    pub fn work(&mut self) -> bool {
        self.player.work()
    }

    /// Whether what was asked for is not there yet.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.player.waits()
    }

    /// Lets so many seconds pass; returns whether there is more of the run.
    pub fn tick(&mut self, seconds: f64) -> bool {
        self.player.tick(duration(seconds))
    }

    /// Goes to a moment, in seconds.
    pub fn seek(&mut self, seconds: f64) {
        self.player.seek(SimTime::ZERO + duration(seconds));
    }

    /// See [`Player::go`].
    ///
    /// # Errors
    /// A sentence.
    pub fn go(&mut self, to: &str) -> Result<(), String> {
        self.player.go(to)
    }

    /// Whether tracks were asked for.
    #[must_use]
    pub fn has_tracks(&self) -> bool {
        self.player.tracks().is_some()
    }

    /// The moment, in seconds.
    #[must_use]
    pub fn at(&self) -> f64 {
        self.player.at().seconds()
    }

    /// Goes back to what was asked for.
    pub fn reset(&mut self) {
        self.player.reset();
    }

    /// See [`Player::turn`].
    ///
    /// # Errors
    /// A sentence.
    pub fn turn(&mut self, control: usize, place: usize, done: bool) -> Result<(), String> {
        self.player.turn(control, place, done)
    }

    /// See [`Player::set`].
    ///
    /// # Errors
    /// A sentence.
    pub fn set(&mut self, path: &str, value: &str) -> Result<(), String> {
        self.player.set(path, value)
    }

    /// See [`Player::breaker`].
    ///
    /// # Errors
    /// A sentence.
    pub fn breaker(&mut self, line: &str, action: &str) -> Result<(), String> {
        self.player.breaker(line, action)
    }

    /// See [`Player::fault`].
    ///
    /// # Errors
    /// A sentence.
    pub fn fault(
        &mut self,
        kind: &str,
        target: &str,
        size: Option<f64>,
        lasts: &str,
    ) -> Result<(), String> {
        self.player.fault(kind, target, size, lasts)
    }

    /// See [`Player::heal`].
    ///
    /// # Errors
    /// A sentence.
    pub fn heal(&mut self, place: &str) -> Result<(), String> {
        self.player.heal(place)
    }

    /// The knobs as JSON.
    #[must_use]
    pub fn controls(&self) -> String {
        list(self.player.controls().iter().map(Control::json))
    }

    /// See [`Player::news`].
    pub fn news(&mut self) -> String {
        self.player.news()
    }

    /// See [`Player::state`].
    pub fn state(&mut self) -> String {
        self.player.state()
    }

    /// See [`Player::sentence`].
    pub fn sentence(&mut self) -> String {
        self.player.sentence()
    }

    /// See [`Player::numbers`].
    pub fn numbers(&mut self) -> String {
        self.player.numbers()
    }

    /// The stage in words.
    pub fn described(&mut self) -> String {
        self.player.described()
    }

    /// What stands behind `#s=` to see the same in Half-Open.
    #[must_use]
    pub fn link(&self) -> String {
        self.player.link()
    }

    /// Takes the colours and fonts of a style.
    pub fn theme(&mut self, style: &CssStyleDeclaration) {
        let ask = |name: &str| style.get_property_value(&["--", name].concat());
        self.palette = Palette::read(|name| ask(name).unwrap_or_default().trim().to_owned());
    }

    /// Paints the stage. `detail` is for who has leisure to look, `stepped` for who wants less motion.
    pub fn stage(
        &mut self,
        context: &CanvasRenderingContext2d,
        w: f32,
        h: f32,
        detail: bool,
        stepped: bool,
    ) {
        let size = Size { w, h };
        let (run, scene) = self.player.picture();
        let fits = |(of, layout): &(Arc<Experiment>, Layout)| {
            Arc::ptr_eq(of, run.experiment()) && layout.size() == size
        };
        if !self.layout.as_ref().is_some_and(fits) {
            let of = run.experiment().clone();
            let layout = Layout::new(&of, &of.scenario.columns(), size);
            self.layout = Some((of, layout));
        }
        let Some((_, layout)) = &self.layout else { return };
        let list = stage::draw(&StageInput {
            run,
            scene,
            layout,
            selection: &Selection::Nothing,
            look: &[],
            hover: None,
            detail,
            stepped,
        })
        .list;
        paint(context, &self.palette, size, &list);
    }

    /// Paints how requests end in the whole run.
    pub fn bar(&self, context: &CanvasRenderingContext2d, w: f32, h: f32) {
        let run = self.player.run();
        let to = SimTime::ZERO + run.experiment().scenario.horizon;
        let viewport = Viewport { from: SimTime::ZERO, to };
        let plot = PlotArea { x: 0.0, y: 0.0, w, h, viewport, breaks: [].into() };
        let mut list = tracks::overview_on(run, plot.clone()).list;
        list.groups.extend(tracks::unknown(&plot, run).groups);
        paint(context, &self.palette, Size { w, h }, &list);
    }

    /// Paints the tracks, which change with the run and not with the moment.
    pub fn tracks(&mut self, context: &CanvasRenderingContext2d, w: f32, h: f32) {
        let Some(arrangement) = self.player.tracks() else { return };
        let (run, size) = (self.player.run(), Size { w, h });
        let nothing = &Selection::Nothing;
        let drawn = tracks::draw(run, None, size, self.player.viewport(), nothing, arrangement);
        paint(context, &self.palette, size, &drawn.list);
        self.plot = Some(drawn.plot);
    }

    /// Paints what lies over the tracks and changes with the moment.
    pub fn over(&self, context: &CanvasRenderingContext2d, w: f32, h: f32) {
        let Some(plot) = &self.plot else { return };
        let at = self.player.at();
        let mut list = tracks::future_veil(plot, at, false);
        for more in [tracks::unknown(plot, self.player.run()), tracks::playhead(plot, at)] {
            list.groups.extend(more.groups);
            list.texts.extend(more.texts);
        }
        paint(context, &self.palette, Size { w, h }, &list);
    }

    /// The left edge of the tracks, in seconds: once it moves, they have to be painted again.
    #[must_use]
    pub fn left(&self) -> f64 {
        self.player.viewport().from.seconds()
    }

    /// The moment at a point of the tracks, in seconds.
    #[must_use]
    pub fn time_at(&self, x: f32) -> f64 {
        self.plot.as_ref().map_or(0.0, |plot| tracks::time_at(plot, x).seconds())
    }

    /// Changes whenever there is another run to draw.
    #[must_use]
    pub fn edition(&self) -> u32 {
        self.player.edition()
    }
}

/// Seconds from JavaScript; what is no number is nothing.
fn duration(seconds: f64) -> SimDuration {
    SimDuration::from_nanos_f64(if seconds > 0.0 { seconds * 1e9 } else { 0.0 })
}
