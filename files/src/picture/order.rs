//! What somebody wants to have as a picture or a film, as the dialog has it: texts out of fields become a
//! plan, or sentences about what is wrong in them.

use half_open::decimal;
use half_open::time::{SimDuration, SimTime};
use half_open_view::draw::Size;
use half_open_view::link::{self, State};
use half_open_view::numbers::clock;
use half_open_view::tracks::{Arrangement, Viewport};
use serde::{Deserialize, Serialize};

use super::frame::{Shot, What};
use super::strip;

/// What a file can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// One moment, as shapes.
    Svg,
    /// One moment, as pixels.
    Png,
    /// Four moments beside each other, as shapes.
    StripSvg,
    /// Four moments beside each other, as pixels.
    StripPng,
    /// A film of 256 colours.
    Gif,
    /// A film as shapes.
    Motion,
    /// A film as compressed video.
    Webm,
    /// The same in another container, for programs that know no WebM.
    Mp4,
    /// One moment, for a sheet of paper.
    Print,
}

impl Format {
    /// Whether time passes in it.
    #[must_use]
    pub const fn is_film(self) -> bool {
        matches!(self, Self::Gif | Self::Motion | Self::Webm | Self::Mp4)
    }

    /// Whether it is four moments.
    #[must_use]
    pub const fn is_strip(self) -> bool {
        matches!(self, Self::StripSvg | Self::StripPng)
    }

    /// Whether it consists of pixels.
    #[must_use]
    pub const fn is_raster(self) -> bool {
        !matches!(self, Self::Svg | Self::StripSvg | Self::Motion | Self::Print)
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::Svg | Self::Motion | Self::Print => "svg",
            Self::Png => "png",
            Self::StripSvg => "strip.svg",
            Self::StripPng => "strip.png",
            Self::Gif => "gif",
            Self::Webm => "webm",
            Self::Mp4 => "mp4",
        }
    }
}

/// Which colours a picture has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// What the one who looks at it prefers.
    Both,
}

/// What the dialog knows. Fields are as they were typed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// What is on the page, as a link.
    pub link: String,
    /// The address of the page, without what follows `#`.
    pub address: String,
    /// Which tracks are shown there.
    pub tracks: String,
    /// What is seen.
    pub what: What,
    /// What it becomes.
    pub format: Format,
    /// Where a film begins, in seconds.
    pub from: String,
    /// Where it ends, in seconds.
    pub to: String,
    /// The moment of a still picture, in seconds.
    pub at: String,
    /// Seconds of the run in a second of the film.
    pub speed: f64,
    /// Pictures in a second of the film.
    pub rate: u32,
    /// In pixels of the page.
    pub width: String,
    /// In pixels of the page.
    pub height: String,
    /// Pixels of the file for one of the page.
    pub scale: u32,
    /// Its colours.
    pub theme: Theme,
    /// Whether a film begins again when it is over.
    pub again: bool,
    /// Whether a sentence says what is going on.
    pub told: bool,
    /// Whether it says which run this is.
    pub signed: bool,
    /// What is written beneath.
    pub caption: String,
}

/// What is wrong with a field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Amiss {
    /// Which field.
    pub field: &'static str,
    /// What is wrong, and what was expected.
    pub sentence: String,
}

/// An order that can be carried out.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What is on the page.
    pub place: State,
    /// What it becomes.
    pub format: Format,
    /// Its colours.
    pub theme: Theme,
    /// What all pictures have in common.
    pub shot: Shot,
    /// Pixels of the file for one of the page.
    pub scale: u32,
    /// The moment of the first picture.
    pub first: SimTime,
    /// How far pictures are apart in the run.
    pub step: SimDuration,
    /// How many there are.
    pub frames: u32,
    /// How long each of them is seen, in milliseconds.
    pub each: u32,
    /// Whether a film begins again when it is over.
    pub again: bool,
    /// The address that leads to what is shown.
    pub link: String,
}

/// The most pictures of a film.
pub(super) const MOST_FRAMES: u32 = 3_000;
/// The widest and the highest that a file may be, in its own pixels, and the same for a film.
const MOST_PIXELS: f32 = 8_192.0;
const MOST_OF_FILM: f32 = 3_840.0;
/// The narrowest that everything can be read.
const LEAST_WIDTH: f32 = 320.0;
/// How many pictures a second may have: a hundred can be divided by all of them, because a GIF counts in
/// hundredths of a second.
pub(super) const RATES: [u32; 4] = [10, 20, 25, 50];
/// The longest caption, in characters.
const LONGEST_CAPTION: usize = 300;

impl Plan {
    /// Reads an order.
    ///
    /// # Errors
    /// What is wrong with each field that is not right.
    pub fn new(order: &Order) -> Result<Self, Vec<Amiss>> {
        let one = |field, sentence: String| vec![Amiss { field, sentence }];
        let place = link::decode(&order.link).map_err(|error| one("link", error.to_string()))?;
        let mut amiss = Vec::new();
        let end = SimTime::ZERO + place.experiment.scenario.horizon;
        let mut read = |field: &'static str, value: Result<f32, String>| {
            value.unwrap_or_else(|sentence| {
                amiss.push(Amiss { field, sentence });
                0.0
            })
        };
        let film = order.format.is_film();
        let (most, what) = if film { (MOST_OF_FILM, "a film") } else { (MOST_PIXELS, "a picture") };
        let most =
            most / if order.format.is_raster() { order.scale.clamp(1, 4) as f32 } else { 1.0 };
        let w = read("width", pixels("The width", &order.width, LEAST_WIDTH, most, what));
        let least = order.what.least();
        let h = read("height", pixels("The height", &order.height, least, most, what));
        let mut when = |field: &'static str, name: &str, text: &str| {
            moment(name, text, end).unwrap_or_else(|sentence| {
                amiss.push(Amiss { field, sentence });
                SimTime::ZERO
            })
        };
        let ranged = film || order.format.is_strip();
        let at = if ranged { SimTime::ZERO } else { when("at", "The moment", &order.at) };
        let from = when("from", "The beginning", &order.from);
        let to = when("to", "The end", &order.to);
        if amiss.is_empty() && to <= from {
            let sentence = "The end must be after the beginning.".into();
            amiss.push(Amiss { field: "to", sentence });
        }
        let caption: String = order.caption.split_whitespace().collect::<Vec<_>>().join(" ");
        if caption.chars().count() > LONGEST_CAPTION {
            let sentence = format!("A caption has at most {LONGEST_CAPTION} characters.");
            amiss.push(Amiss { field: "caption", sentence });
        }
        let rate = if RATES.contains(&order.rate) { order.rate } else { RATES[2] };
        let speed = if order.speed.is_finite() { order.speed.clamp(1e-4, 1e3) } else { 1.0 };
        let step = SimDuration::from_nanos((speed * 1e9 / f64::from(rate)).round().max(1.0) as u64);
        let span = to.since(from).nanos();
        let frames = match order.format {
            format if format.is_strip() => u64::from(strip::MOMENTS),
            _ if film => span / step.nanos() + 1,
            _ => 1,
        };
        if amiss.is_empty() && frames > u64::from(MOST_FRAMES) {
            let sentence = format!(
                "That would be {frames} pictures, and a film has at most {MOST_FRAMES}: choose a \
                 shorter range, a higher speed or fewer pictures a second."
            );
            amiss.push(Amiss { field: "speed", sentence });
        }
        if !amiss.is_empty() {
            return Err(amiss);
        }
        let step = match order.format.is_strip() {
            true => SimDuration::from_nanos(span / u64::from(strip::MOMENTS - 1)),
            false => step,
        };
        let first = if ranged { from } else { at };
        let window = Viewport { from, to };
        let mut there = place.clone();
        there.view.at = first.min(end);
        (there.view.from, there.view.to) = (from, to);
        Ok(Self {
            format: order.format,
            theme: order.theme,
            shot: Shot {
                what: order.what,
                size: Size { w: even(w), h: even(h) },
                window,
                tracks: Arrangement::read(&order.tracks).unwrap_or_default(),
                still: !film,
                told: order.told,
                signed: order.signed,
                caption,
            },
            scale: if order.format.is_raster() { order.scale.clamp(1, 4) } else { 1 },
            first,
            step,
            frames: frames as u32,
            each: 1000 / rate,
            again: order.again,
            link: format!("{}#s={}", order.address, link::encode(&there)),
            place,
        })
    }

    /// The moment of a picture.
    #[must_use]
    pub fn moment(&self, frame: u32) -> SimTime {
        self.first + SimDuration::from_nanos(self.step.nanos().saturating_mul(frame.into()))
    }

    /// How large the whole is, in pixels of the page.
    #[must_use]
    pub fn size(&self) -> Size {
        if self.format.is_strip() { strip::size(&self.shot) } else { self.shot.size }
    }

    /// How many pixels of the file each way.
    #[must_use]
    pub fn pixels(&self) -> (u32, u32) {
        let Size { w, h } = self.size();
        (w as u32 * self.scale, h as u32 * self.scale)
    }

    /// What the file is called.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}.{}", self.place.experiment.scenario.name, self.format.extension())
    }

    /// What it shows, in a few words.
    #[must_use]
    pub fn title(&self) -> String {
        let title = &self.place.experiment.scenario.title;
        let last = self.moment(self.frames.saturating_sub(1));
        match self.frames {
            1 => format!("{title}, at {}", clock(self.first)),
            _ => format!("{title}, from {} to {}", clock(self.first), clock(last)),
        }
    }
}

/// A number of pixels out of a field.
fn pixels(name: &str, text: &str, least: f32, most: f32, of: &str) -> Result<f32, String> {
    let most = most.floor();
    let value = decimal::parse(text.trim()).map(|value| value as f32);
    value.filter(|value| (least..=most).contains(value) && value.fract() == 0.0).ok_or_else(|| {
        format!(
            "{name} of {of} must be a whole number from {least} to {most}, not {}.",
            crate::short(text)
        )
    })
}

/// A moment out of a field: seconds, or a number with a unit.
fn moment(name: &str, text: &str, end: SimTime) -> Result<SimTime, String> {
    let seconds = decimal::parse(text.trim()).filter(|seconds| *seconds >= 0.0);
    let since = match seconds {
        Some(seconds) => Some(SimDuration::from_nanos_f64(seconds * 1e9)),
        None => text.parse().ok(),
    };
    let at = since.map(|since| SimTime::ZERO + since).filter(|at| *at <= end);
    at.ok_or_else(|| {
        let end = decimal::show(end.seconds());
        format!("{name} must be from 0 to {end} seconds, not {}.", crate::short(text))
    })
}

/// Video has no odd numbers of pixels.
fn even(pixels: f32) -> f32 {
    (pixels / 2.0).floor() * 2.0
}
