//! One picture of a film: the stage, the tracks or both, as the page shows them, with what is said above
//! and beneath.

use half_open::run::{Limits, Run, Seeker};
use half_open::time::SimTime;
use half_open_view::draw::{Align, DrawList, Face, Paint, Role, Shape, Size, Text};
use half_open_view::link::{Selection, State};
use half_open_view::measure;
use half_open_view::numbers::clock;
use half_open_view::stage::{self, Layout, StageInput};
use half_open_view::story;
use half_open_view::tracks::{self, Arrangement, TrackKind, Tracks, Viewport};

/// What is seen of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The system at the moment.
    Stage,
    /// The tracks, with the moment on them.
    Timeline,
    /// The system, and below it the tracks.
    Both,
}

impl What {
    /// The least height that shows it without leaving out what is always there.
    #[must_use]
    pub const fn least(self) -> f32 {
        match self {
            Self::Stage => 200.0,
            Self::Timeline => 212.0,
            Self::Both => 400.0,
        }
    }
}

/// What every picture of a film has in common.
#[derive(Clone, PartialEq, Debug)]
pub struct Shot {
    /// What is seen.
    pub what: What,
    /// How large a picture is, in pixels of the page.
    pub size: Size,
    /// The time that the tracks show.
    pub window: Viewport,
    /// Which tracks are shown, from top to bottom.
    pub tracks: Arrangement,
    /// Whether time stands still, so that there is leisure for IDs and remaining timeouts.
    pub still: bool,
    /// Whether a sentence above says what is going on.
    pub told: bool,
    /// Whether the name of the scenario and the moment are written beneath.
    pub signed: bool,
    /// What is written beneath by whoever exports; may be empty.
    pub caption: String,
}

/// A run that is drawn again and again.
pub struct Source {
    run: Run,
    ghost: Option<Run>,
    seeker: Seeker,
    selection: Selection,
}

impl Source {
    /// Simulates what a link stands for, and what it is seen beside.
    #[must_use]
    pub fn new(place: State) -> Self {
        let simulate = |experiment| Run::new(experiment, Limits::default());
        Self {
            run: simulate(place.experiment),
            ghost: place.ghost.map(simulate),
            seeker: Seeker::new(),
            selection: place.view.selection,
        }
    }

    /// The run.
    #[must_use]
    pub const fn run(&self) -> &Run {
        &self.run
    }

    /// What is said of a moment to those who do not see it: what is going on, and how each part is.
    pub fn described(&mut self, at: SimTime) -> String {
        let scene = self.seeker.seek(&self.run, at.min(self.run.end()));
        let story = story::sentence(&self.run, scene);
        let told = format!("{}{}{}", story.before, story.phrase, story.after);
        let parts = stage::describe(&self.run, scene).join(" ");
        format!("{told} {parts}")
    }
}

/// Layers of a picture, from back to front: the texts of one lie behind the shapes of the next.
pub type Layers = Vec<DrawList>;

/// What was found once for all pictures of a shot: where everything is.
pub struct Frame {
    shot: Shot,
    layout: Layout,
    tracks: Option<Tracks>,
    places: Places,
}

/// Where the parts of a picture begin, in pixels from its top.
#[derive(Clone, Copy)]
struct Places {
    stage: f32,
    tracks: f32,
    foot: f32,
}

/// How far texts are from the left and the right edge.
const MARGIN: f32 = 20.0;
/// The sentence above: its size, and how much of the height it takes.
const STORY: f32 = 17.0;
const LINE: f32 = 24.0;
/// The line beneath: its size, and how much of the height it takes.
const SMALL: f32 = 13.0;
const FOOT: f32 = 26.0;
/// The size of a caption, and the height of a line of it.
const CAPTION: f32 = 15.0;
const CAPTION_LINE: f32 = 21.0;
/// The part of the height that is the tracks', where there are both.
const SHARE: f32 = 0.42;
/// What they have where that is little: enough for those that are shown at first, and half at most, about.
const LEAST: f32 = 212.0;
const HALF: f32 = 0.5;
/// Narrower pictures tell a story in two lines.
const BROAD: f32 = 900.0;

impl Frame {
    /// Lays out a shot of a run.
    #[must_use]
    pub fn new(source: &Source, shot: Shot) -> Self {
        let Size { w, h } = shot.size;
        let head = match (shot.told, w < BROAD) {
            (false, _) => 0.0,
            (true, false) => 10.0 + LINE,
            (true, true) => 10.0 + 2.0 * LINE,
        };
        let foot = h - Self::foot_of(&shot) - if shot.signed { FOOT } else { 0.0 };
        let rest = (foot - head).max(1.0);
        let high = match shot.what {
            What::Stage => 0.0,
            What::Timeline => rest,
            What::Both => (SHARE * rest).max(LEAST.min(HALF * rest)).round(),
        };
        let run = &source.run;
        let stage = Size { w, h: rest - high };
        let layout = Layout::new(run.experiment(), &run.experiment().scenario.columns(), stage);
        let tracks = (high > 0.0).then(|| arranged(source, &shot, Size { w, h: high }));
        let places = Places { stage: head, tracks: foot - high, foot };
        Self { shot, layout, tracks, places }
    }

    /// How much of the height is a caption's.
    pub(super) fn foot_of(shot: &Shot) -> f32 {
        match captions(shot).len() {
            0 => 0.0,
            lines => lines as f32 * CAPTION_LINE + 8.0,
        }
    }

    /// Paper of this size.
    pub(super) fn ground(Size { w, h }: Size) -> DrawList {
        let mut ground = DrawList::default();
        ground.add(Role::Paper, Paint::Fill, 1.0, Shape::Rect { x: 0.0, y: 0.0, w, h, r: 0.0 });
        ground
    }

    /// The caption below what ends at `y`, with a line between the two.
    pub(super) fn captioned(shot: &Shot, size: Size, y: f32) -> DrawList {
        let mut list = DrawList::default();
        if y < size.h {
            let y = y.round() + 0.5;
            let line = Shape::Segment { x1: 0.0, y1: y, x2: size.w, y2: y };
            list.add(Role::Line, Paint::Stroke(1.0), 1.0, line);
        }
        for (row, line) in (1_u8..).zip(captions(shot)) {
            let y = y + f32::from(row) * CAPTION_LINE;
            list.write(text((MARGIN, y), line, Role::Ink, CAPTION));
        }
        list
    }

    /// The picture of a moment.
    pub fn draw(&self, source: &mut Source, at: SimTime) -> Layers {
        let at = at.min(source.run.end());
        let Places { stage: top, tracks: below, foot } = self.places;
        let w = self.shot.size.w;
        let mut layers = vec![Self::ground(self.shot.size)];
        let scene = source.seeker.seek(&source.run, at);
        if self.shot.told {
            layers.push(told(&story::sentence(&source.run, scene), w));
        }
        if self.shot.what != What::Timeline {
            let stage = stage::draw(&StageInput {
                run: &source.run,
                scene,
                layout: &self.layout,
                selection: &source.selection,
                look: &[],
                hover: None,
                detail: self.shot.still,
                stepped: false,
            });
            layers.push(stage.list.moved(0.0, top));
        }
        if let Some(tracks) = &self.tracks {
            let mut over = tracks::future_veil(&tracks.plot, at, false);
            over.groups.extend(tracks.under_way(at).groups);
            over.groups.extend(tracks.ghost.groups.clone());
            let unknown = tracks::unknown(&tracks.plot, &source.run);
            over.groups.extend(unknown.groups);
            over.texts.extend(unknown.texts);
            over.groups.extend(tracks::playhead(&tracks.plot, at).groups);
            layers.push(tracks.list.clone().moved(0.0, below));
            layers.push(over.moved(0.0, below));
        }
        layers.push(self.foot(source, at, foot));
        layers
    }

    /// Lines between the parts, the caption, and which run and which moment this is.
    fn foot(&self, source: &Source, at: SimTime, foot: f32) -> DrawList {
        let Size { w, h } = self.shot.size;
        let mut list = Self::captioned(&self.shot, self.shot.size, foot);
        if self.shot.what == What::Both {
            let y = self.places.tracks.round() + 0.5;
            let line = Shape::Segment { x1: 0.0, y1: y, x2: w, y2: y };
            list.add(Role::Line, Paint::Stroke(1.0), 1.0, line);
        }
        if self.shot.signed {
            let y = h - 9.0;
            // The mark: half a disc in its ring.
            let (x, middle, r) = (MARGIN + 5.0, y - 4.5, 5.5);
            list.add(Role::Probe, Paint::Fill, 1.0, Shape::Pie { x, y: middle, r, part: 0.5 });
            list.add(Role::Ink, Paint::Stroke(1.5), 1.0, Shape::Circle { x, y: middle, r });
            let when = clock(at);
            let room = w - 2.0 * MARGIN - 16.0 - measure::width(&when, Face::Mono, SMALL) - 16.0;
            let name = format!("Half-Open · {}", source.run.experiment().scenario.title);
            let name = measure::fit(name, Face::Plain, SMALL, room);
            list.write(text((MARGIN + 18.0, y), name, Role::Soft, SMALL));
            let face = Face::Mono;
            let when = text((w - MARGIN, y), when, Role::Soft, SMALL);
            list.write(Text { face, align: Align::End, ..when });
        }
        list
    }
}

/// The tracks, as low as need be, and without those for which there is no room even so: nobody can scroll a
/// picture.
fn arranged(source: &Source, shot: &Shot, size: Size) -> Tracks {
    let mut arrangement = shot.tracks;
    let mut shared = false;
    loop {
        let ghost = source.ghost.as_ref();
        let selection = &source.selection;
        let tracks = tracks::draw(&source.run, ghost, size, shot.window, selection, &arrangement);
        let shown = arrangement.order.iter().filter(|place| place.shown).map(|place| place.kind);
        let shown: Vec<TrackKind> = shown.collect();
        match shown[..] {
            // From then on they share the room that there is.
            [_, _, ..] if tracks.more && !shared => {
                arrangement = arrangement.shared();
                shared = true;
            }
            [_, .., last] if tracks.more => arrangement.choose(last, |place| place.shown = false),
            _ => return tracks,
        }
    }
}

/// The caption in lines, as many as are readable.
fn captions(shot: &Shot) -> Vec<String> {
    if shot.caption.is_empty() {
        return Vec::new();
    }
    let most = shot.size.w - 2.0 * MARGIN;
    wrapped(&shot.caption, Face::Plain, CAPTION, most, 3)
}

/// A text in so many lines at most; the last one ends early if there would be more.
fn wrapped(text: &str, face: Face, size: f32, wide: f32, most: usize) -> Vec<String> {
    let mut lines = measure::wrap(text, face, size, wide);
    let rest = lines.split_off(lines.len().min(most));
    if let Some(last) = lines.last_mut().filter(|_| !rest.is_empty()) {
        last.push_str(" …");
    }
    lines.into_iter().map(|line| measure::fit(line, face, size, wide)).collect()
}

/// The sentence about what is going on, behind a dot in the colour of the news.
fn told(story: &story::Story, w: f32) -> DrawList {
    let mut list = DrawList::default();
    let sentence = format!("{}{}{}", story.before, story.phrase, story.after);
    let most = w - 2.0 * MARGIN - 18.0;
    let lines = if w < BROAD { 2 } else { 1 };
    list.add(story.role, Paint::Fill, 1.0, Shape::Circle { x: MARGIN + 5.0, y: 24.0, r: 5.0 });
    for (row, line) in (0_u8..).zip(wrapped(&sentence, Face::Plain, STORY, most, lines)) {
        let y = 30.0 + f32::from(row) * LINE;
        list.write(text((MARGIN + 18.0, y), line, Role::Ink, STORY));
    }
    list
}

fn text((x, y): (f32, f32), text: String, role: Role, size: f32) -> Text {
    Text { x, y, text, role, size, face: Face::Plain, align: Align::Start, alpha: 1.0 }
}
