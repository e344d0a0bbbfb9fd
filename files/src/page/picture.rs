//! Pictures and films, as the page orders them and its worker makes them.

use half_open::decimal;
use half_open::time::SimTime;
use half_open_paint::Palette;
use half_open_view::draw::{Role, Size};
use half_open_view::link;
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::CanvasRenderingContext2d;

use super::json;
use crate::picture::mp4::Mp4;
use crate::picture::video::{self, Film, Sample};
use crate::picture::webm::{Codec, Webm};
use crate::picture::{self, Amiss, Colours, Order, Plan, gif, motion, png};

/// Stretches of time that a link knows of, in seconds, as they stand in fields.
#[derive(Serialize)]
struct Times {
    at: String,
    marked: Option<[String; 2]>,
    shown: [String; 2],
    whole: [String; 2],
}

/// What an order comes to.
#[derive(Serialize, Default)]
struct Outcome {
    amiss: Vec<Amiss>,
    name: String,
    title: String,
    frames: u32,
    /// Milliseconds of each picture.
    each: u32,
    width: u32,
    height: u32,
    link: String,
}

/// The moment, the marked stretch, what is shown and the whole run of a link, as JSON.
///
/// # Errors
/// A sentence about what is wrong with the link.
#[wasm_bindgen]
pub fn times(of: &str) -> Result<String, String> {
    let place = link::decode(of).map_err(|error| error.to_string())?;
    let end = SimTime::ZERO + place.experiment.scenario.horizon;
    let shown = |at: SimTime| decimal::show((at.min(end).seconds() * 1e6).round() / 1e6);
    Ok(json(&Times {
        at: shown(place.view.at),
        marked: place.range.map(|range| [shown(range.from), shown(range.to)]),
        shown: [shown(place.view.from), shown(place.view.to)],
        whole: [shown(SimTime::ZERO), shown(end)],
    }))
}

/// What an order comes to, or what is wrong with it, as JSON.
///
/// # Errors
/// If it is no order at all.
#[wasm_bindgen]
pub fn plan(order: &str) -> Result<String, String> {
    let order: Order = crate::read_json(order)?;
    Ok(json(&match Plan::new(&order) {
        Err(amiss) => Outcome { amiss, ..Outcome::default() },
        Ok(plan) => {
            let (width, height) = plan.pixels();
            Outcome {
                amiss: Vec::new(),
                name: plan.name(),
                title: plan.title(),
                frames: plan.frames,
                each: plan.each,
                width,
                height,
                link: plan.link,
            }
        }
    }))
}

/// Draws what was ordered.
#[wasm_bindgen]
pub struct Studio {
    studio: picture::Studio,
    colours: Colours,
    palette: Palette,
}

/// Reads an order that is known to be good.
fn planned(order: &str) -> Result<Plan, String> {
    let order: Order = crate::read_json(order)?;
    Plan::new(&order).map_err(|amiss| amiss.into_iter().map(|amiss| amiss.sentence).collect())
}

#[wasm_bindgen]
impl Studio {
    /// Simulates what is wanted. `colours` is JSON: those of the style sheet.
    ///
    /// # Errors
    /// A sentence about what is wrong with the order.
    #[wasm_bindgen(constructor)]
    pub fn new(order: &str, colours: &str) -> Result<Self, String> {
        let colours: Colours = crate::read_json(colours)?;
        let studio = picture::Studio::new(planned(order)?);
        let palette = Palette::read(|name| colours.ask(studio.plan().theme, name));
        Ok(Self { studio, colours, palette })
    }

    /// Draws another order of the same run, which is not simulated again.
    ///
    /// # Errors
    /// A sentence about what is wrong with the order.
    pub fn retaken(self, order: &str) -> Result<Self, String> {
        let Self { studio, colours, .. } = self;
        let studio = studio.retaken(planned(order)?);
        let palette = Palette::read(|name| colours.ask(studio.plan().theme, name));
        Ok(Self { studio, colours, palette })
    }

    /// A picture as SVG.
    pub fn svg(&mut self, number: u32) -> String {
        self.studio.svg(number, &self.colours)
    }

    /// Paints a picture on a canvas that is as large as the file.
    pub fn paint(&mut self, context: &CanvasRenderingContext2d, number: u32) {
        let scale = f64::from(self.studio.plan().scale);
        let Size { w, h } = self.studio.plan().size();
        context.save();
        context.clear_rect(0.0, 0.0, f64::from(w) * scale, f64::from(h) * scale);
        // A canvas that cannot be scaled shows a part of the picture.
        let _ = context.scale(scale, scale);
        for layer in &self.studio.layers(number) {
            half_open_paint::add(context, &self.palette, layer);
        }
        context.restore();
    }

    /// What a browser has made of the canvas, with the link in it.
    ///
    /// # Errors
    /// If that is no PNG.
    pub fn png(&self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let plan = self.studio.plan();
        let (title, caption) = (plan.title(), &plan.shot.caption);
        let texts = [("Title", &*title), ("Description", &**caption), ("Comment", &*plan.link)];
        png::with_texts(bytes, &texts)
    }

    /// Begins a GIF.
    #[must_use]
    pub fn gif(&self) -> Gif {
        let plan = self.studio.plan();
        let (width, height) = plan.pixels();
        let mut gif = gif::Gif::new(width as usize, height as usize, plan.again, plan.link.clone());
        let colours = Role::ALL.map(|role| self.colours.ask(plan.theme, role.name()));
        colours.iter().filter_map(|colour| picture::rgb(colour)).for_each(|rgb| gif.keep(rgb));
        Gif(gif)
    }

    /// Begins a video; `codec` is its name, and `description` what a decoder must know in advance.
    ///
    /// # Errors
    /// If the codec is not known.
    pub fn video(&self, codec: &str, description: Vec<u8>) -> Result<Video, String> {
        let plan = self.studio.plan();
        let (width, height) = plan.pixels();
        let film = Film {
            width,
            height,
            frames: plan.frames,
            each: plan.each,
            title: plan.title(),
            link: plan.link.clone(),
            caption: plan.shot.caption.clone(),
        };
        let container = match codec {
            "vp9" => Container::Webm(Webm::new(film, Codec::Vp9)),
            "vp8" => Container::Webm(Webm::new(film, Codec::Vp8)),
            "avc" => Container::Mp4(Mp4::new(film, description)),
            _ => return Err("There is no such codec.".into()),
        };
        Ok(Video { container: Some(container), head: Vec::new() })
    }

    /// What an encoder takes of the pixels of a canvas: brightness and colour, BT.709, as I420.
    #[must_use]
    pub fn i420(&self, pixels: &[u8]) -> Vec<u8> {
        let (width, height) = self.studio.plan().pixels();
        video::i420(pixels, width as usize, height as usize)
    }

    /// Begins an animated SVG.
    #[must_use]
    pub fn motion(&self) -> Motion {
        Motion(motion::Motion::default())
    }
}

/// A GIF that is being written.
#[wasm_bindgen]
pub struct Gif(gif::Gif);

#[wasm_bindgen]
impl Gif {
    /// Has a look at a picture, to know which colours there will be.
    pub fn sample(&mut self, pixels: &[u8]) {
        self.0.sample(pixels);
    }

    /// The bytes of the next picture, which is seen for so many milliseconds.
    ///
    /// # Errors
    /// If it has not the size of the others.
    pub fn frame(&mut self, pixels: &[u8], ms: u16) -> Result<Vec<u8>, String> {
        self.0.frame(pixels, ms / 10)
    }

    /// What stands before all pictures, once there are all of them.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        self.0.head()
    }

    /// What stands behind them.
    #[must_use]
    pub fn tail(&self) -> Vec<u8> {
        gif::Gif::tail().to_vec()
    }
}

/// What is around a video.
enum Container {
    Webm(Webm),
    Mp4(Mp4),
}

/// A video that is being written.
#[wasm_bindgen]
pub struct Video {
    container: Option<Container>,
    head: Vec<u8>,
}

#[wasm_bindgen]
impl Video {
    /// The next picture, and what is ready of the file.
    pub fn frame(&mut self, at: u32, is_key: bool, bytes: Vec<u8>) -> Vec<u8> {
        let sample = Sample { at, is_key, bytes };
        match &mut self.container {
            Some(Container::Webm(webm)) => webm.frame(sample),
            Some(Container::Mp4(mp4)) => mp4.frame(sample),
            None => Vec::new(),
        }
    }

    /// What comes behind all that was ready.
    pub fn tail(&mut self) -> Vec<u8> {
        let (head, tail) = match self.container.take() {
            Some(Container::Webm(webm)) => webm.finish(),
            Some(Container::Mp4(mp4)) => (mp4.finish(), Vec::new()),
            None => return Vec::new(),
        };
        self.head = head;
        tail
    }

    /// What comes before it, once the tail is there.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        self.head.clone()
    }
}

/// An animated SVG that is being written.
#[wasm_bindgen]
pub struct Motion(motion::Motion);

#[wasm_bindgen]
impl Motion {
    /// The next picture; returns how many bytes there are so far.
    ///
    /// # Errors
    /// A sentence, if there are too many.
    pub fn frame(&mut self, studio: &mut Studio) -> Result<usize, String> {
        self.0.frame(&mut studio.studio, &studio.colours)
    }

    /// The whole document.
    pub fn document(&self, studio: &mut Studio) -> String {
        let described = studio.studio.described(0);
        self.0.finish(studio.studio.plan(), &studio.colours, &described)
    }
}
