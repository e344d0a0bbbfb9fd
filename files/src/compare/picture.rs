//! Pictures as SVG. An image inherits no style sheet, so colours and the font are given.

use std::fmt::Write;

use half_open::policy::breaker::State;
use half_open::time::SimTime;
use serde::Deserialize;

use super::axis::{Axis, Columns};

/// The height of the time axis, of a band, and the room between a band and what hangs below it.
const AXIS: f64 = 22.0;
const BAND: f64 = 22.0;
const ROOM: f64 = 4.0;
/// A state that lasted for less is still seen.
const NARROWEST: f64 = 3.0;
/// Bars for so few calls stand no higher: a calm record does not look like a storm.
const LEAST: u64 = 4;
const TEXT: f64 = 12.0;
/// The widest that a letter is on average, as a part of the height.
const LETTER: f64 = 0.56;

/// Colours and the font of the page, by the names of its style sheet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    paper: String,
    ink: String,
    soft: String,
    line: String,
    request: String,
    ok: String,
    failure: String,
    probe: String,
    pub(super) sans: String,
}

/// A state, and since when it was.
pub(super) type Band = (SimTime, State);

/// Calls as bars below the names of moments: those that failed stand on those that did not.
pub(super) fn load(axis: &Axis, calls: &Columns, theme: &Theme) -> String {
    let tall = tall(axis);
    let mut svg = Svg::new(axis, AXIS + tall + 1.0, AXIS, theme);
    for (x, name) in axis.names() {
        let wide = width(&name);
        let left = (x - wide / 2.0).clamp(0.0, (axis.width - wide).max(0.0));
        svg.write(left + wide / 2.0, AXIS - 8.0, "middle", &theme.soft, &name);
    }
    svg.bars(axis, calls, AXIS + tall, -unit(tall, calls.most()), Look::Made);
    let base = AXIS + tall;
    svg.shape(&format!("M0 {base}H{}", axis.width), &stroke(&theme.soft));
    svg.done()
}

/// The states of a breaker, and below them, as hollow bars, the calls that it refused. Bars have
/// the scale of those of the load, the highest of which has `most` calls.
pub(super) fn breaker(
    axis: &Axis,
    bands: &[Band],
    probing: &str,
    refused: &Columns,
    most: u64,
    theme: &Theme,
) -> String {
    let tall = tall(axis);
    let mut svg = Svg::new(axis, BAND + ROOM + tall + 1.0, 0.0, theme);
    let stretch = |place: usize| {
        let to = bands.get(place + 1).map_or(axis.width, |next| axis.x(next.0));
        (axis.x(bands[place].0), to - axis.x(bands[place].0))
    };
    // Short ones come last: what surrounds a probe of some milliseconds does not hide it.
    let (long, short): (Vec<usize>, Vec<usize>) =
        (0..bands.len()).partition(|&place| stretch(place).1 >= NARROWEST);
    for place in long {
        let (x, w) = stretch(place);
        svg.band(x, w, bands[place].1, probing);
    }
    let mut reached = f64::NEG_INFINITY;
    for place in short {
        let x = stretch(place).0.min(axis.width - NARROWEST);
        // What lies within a pixel of the one before would not be seen.
        if x >= reached + 1.0 {
            reached = x;
            svg.band(x, NARROWEST, bands[place].1, probing);
        }
    }
    svg.bars(axis, refused, BAND + ROOM, unit(tall, most), Look::NeverSent);
    svg.done()
}

/// How high the highest bar is.
fn tall(axis: &Axis) -> f64 {
    (axis.width * 0.08).clamp(44.0, 76.0).round()
}

/// How high a call is.
fn unit(tall: f64, most: u64) -> f64 {
    tall / most.max(LEAST) as f64
}

/// How wide a text is, roughly.
fn width(text: &str) -> f64 {
    text.chars().count() as f64 * TEXT * LETTER
}

/// What a bar stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// Calls: filled.
    Made,
    /// Calls that were refused: hollow.
    NeverSent,
}

/// A picture in the making.
struct Svg<'a> {
    text: String,
    theme: &'a Theme,
}

impl<'a> Svg<'a> {
    /// A picture with thin lines at the named moments, from `top` down.
    fn new(axis: &Axis, height: f64, top: f64, theme: &'a Theme) -> Self {
        let (w, font) = (axis.width, attribute(&theme.sans));
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{height}\" \
             viewBox=\"0 0 {w} {height}\" font-family=\"{font}\" font-size=\"{TEXT}\">"
        );
        let mut svg = Self { text, theme };
        let lines: String = axis
            .names()
            .into_iter()
            .map(|(x, _)| format!("M{:.1} {top}V{height}", x.clamp(0.5, w - 0.5)))
            .collect();
        svg.shape(&lines, &stroke(&theme.line));
        svg.textures();
        svg
    }

    fn add(&mut self, part: std::fmt::Arguments<'_>) {
        // Memory takes everything.
        let written = self.text.write_fmt(part);
        debug_assert!(written.is_ok());
    }

    fn shape(&mut self, path: &str, style: &str) {
        if !path.is_empty() {
            self.add(format_args!("<path d=\"{path}\" {style}/>"));
        }
    }

    fn write(&mut self, x: f64, y: f64, anchor: &str, colour: &str, text: &str) {
        let (colour, text) = (attribute(colour), attribute(text));
        self.add(format_args!(
            "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{text}</text>"
        ));
    }

    /// The hatch of an open breaker and the dots of a half-open one, as the timeline has them, and
    /// finer hatches for calls that failed, made or not.
    fn textures(&mut self) {
        let theme = self.theme;
        self.add(format_args!("<defs>"));
        self.hatch("open", 6.0, 1.5, 0.0);
        self.hatch("failed", 4.0, 1.6, 0.4);
        self.hatch("refused", 4.0, 0.7, 0.0);
        self.pattern(
            "half",
            5.0,
            &format!("<circle cx=\"2.5\" cy=\"3\" r=\"1.3\" {}/>", fill(&theme.probe, 1.0)),
        );
        self.add(format_args!("</defs>"));
    }

    /// Lines in the colour of failures, so far apart, on a lighter ground.
    fn hatch(&mut self, id: &str, apart: f64, wide: f64, ground: f64) {
        let colour = &self.theme.failure;
        let (ground, line) = (fill(colour, ground), stroke(colour));
        let (half, more) = (apart / 2.0, apart * 1.5);
        self.pattern(id, apart, &format!(
            "<path d=\"M0 0h{apart}v{apart}H0z\" {ground}/>\
             <path d=\"M-{half} {half}L{half} -{half}M-{half} {more}L{more} -{half}M{half} {more}L{more} {half}\" \
             {line} stroke-width=\"{wide}\"/>"
        ));
    }

    fn pattern(&mut self, id: &str, size: f64, content: &str) {
        self.add(format_args!(
            "<pattern id=\"{id}\" width=\"{size}\" height=\"{size}\" \
             patternUnits=\"userSpaceOnUse\">{content}</pattern>"
        ));
    }

    fn band(&mut self, x: f64, w: f64, state: State, probing: &str) {
        let theme = self.theme;
        let (colour, ground, texture, effect) = match state {
            State::Open | State::ForcedOpen => (&theme.failure, 0.38, "open", "failing fast"),
            State::HalfOpen => (&theme.probe, 0.42, "half", probing),
            State::Closed | State::Disabled | State::MetricsOnly => {
                (&theme.ok, 0.3, "", "letting calls through")
            }
        };
        let place = format!("M{x:.1} 0h{w:.1}v{BAND}h-{w:.1}z");
        self.shape(&place, &fill(&theme.paper, 1.0));
        self.shape(&place, &fill(colour, ground));
        if !texture.is_empty() {
            self.shape(&place, &format!("fill=\"url(#{texture})\""));
        }
        let wide = width(effect);
        if wide + 24.0 > w {
            return;
        }
        let middle = x + w / 2.0;
        if !texture.is_empty() {
            let (left, plate) = (middle - wide / 2.0 - 5.0, wide + 10.0);
            let path = format!("M{left:.1} 3h{plate:.1}v{}h-{plate:.1}z", BAND - 6.0);
            self.shape(&path, &fill(&theme.paper, 1.0));
        }
        self.write(middle, BAND - 7.0, "middle", &theme.ink, effect);
    }

    /// Bars of calls that did not fail, and on them those that did. A call is `unit` high; upwards if
    /// that is negative.
    fn bars(&mut self, axis: &Axis, columns: &Columns, from: f64, unit: f64, look: Look) {
        // The line of a hollow bar is inside of it.
        let inset = if look == Look::NeverSent { 0.5 } else { 0.0 };
        let mut paths = [String::new(), String::new()];
        for (column, counts) in columns.counts.iter().enumerate() {
            let x = column as f64 * columns.wide + inset;
            let w = (columns.wide - 1.0).max(1.0).min(axis.width - x) - 2.0 * inset;
            let mut foot = from;
            for (path, &count) in paths.iter_mut().zip(counts).filter(|(_, count)| **count > 0) {
                let high = count as f64 * unit;
                // What stands on another bar does not touch it, so that greys are enough.
                let gap = if foot == from { 0.0 } else { 1f64.copysign(unit) };
                let (y, h) = (foot + gap, high - gap);
                *path += &format!("M{x:.1} {y:.1}h{w:.1}v{h:.1}h-{w:.1}z");
                foot += high;
            }
        }
        let [good, bad] = paths;
        let Theme { request, failure, .. } = self.theme;
        let styles = match look {
            Look::Made => [fill(request, 1.0), "fill=\"url(#failed)\"".to_owned()],
            Look::NeverSent => [
                format!("{} {}", fill(request, 0.2), stroke(request)),
                format!("fill=\"url(#refused)\" {}", stroke(failure)),
            ],
        };
        self.shape(&good, &styles[0]);
        self.shape(&bad, &styles[1]);
    }

    fn done(self) -> String {
        self.text + "</svg>"
    }
}

fn fill(colour: &str, opacity: f64) -> String {
    format!("fill=\"{}\" fill-opacity=\"{opacity}\"", attribute(colour))
}

fn stroke(colour: &str) -> String {
    format!("stroke=\"{}\"", attribute(colour))
}

/// A text as SVG has it.
fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
