//! What the page calls. It keeps experiments as links, so links go in and come out; recorded calls
//! come as they are, and go out as pictures and sentences.

mod picture;

use half_open::run::{Limits, Run};
use half_open::time::SimTime;
use half_open_view::draw::Size;
use half_open_view::link;
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::compare::{self, Theme};
use crate::export::{self, Format};
use crate::{Given, recognise, versus};

pub use picture::{Gif, Motion, Studio, Video, plan, times};

/// The link that a file stands for; empty if the file has recorded calls, and `arrivals,` with their times
/// in microseconds if it has recorded arrivals.
///
/// # Errors
/// A sentence about what is wrong in it.
#[wasm_bindgen]
pub fn open(text: &str) -> Result<String, String> {
    Ok(match recognise(text)? {
        Given::Experiment(state) => link::encode(&state),
        Given::Calls => String::new(),
        Given::Arrivals(micros) => {
            micros.iter().fold("arrivals".into(), |all, at| format!("{all},{at}"))
        }
    })
}

/// The file that a link stands for.
///
/// # Errors
/// A sentence about what is wrong with it.
#[wasm_bindgen]
pub fn save(link: &str) -> Result<String, String> {
    link::decode(link).map(|state| crate::write(&state)).map_err(|error| error.to_string())
}

/// Recorded calls for those who have none, as CSV.
#[wasm_bindgen]
#[must_use]
pub fn example() -> String {
    compare::example()
}

/// The breakers that can be asked, as JSON: a name and a label for each.
#[wasm_bindgen]
#[must_use]
pub fn presets() -> String {
    json(&compare::presets())
}

/// Two breakers and the same recorded calls.
#[wasm_bindgen]
pub struct Comparison(compare::Comparison);

#[wasm_bindgen]
impl Comparison {
    /// Reads the first line of a list of calls.
    ///
    /// # Errors
    /// A sentence, if there is a column missing.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: Vec<u8>) -> Result<Self, String> {
        compare::Comparison::open(bytes).map(Self)
    }

    /// Reads up to so many rows; returns whether there are more.
    ///
    /// # Errors
    /// A sentence, if there is no call that could be shown.
    pub fn read(&mut self, most: u32) -> Result<bool, String> {
        self.0.read(most)
    }

    /// Asks another breaker, the upper one (0) or the lower one (1).
    ///
    /// # Errors
    /// A sentence, if there is none of that name.
    pub fn choose(&mut self, side: usize, preset: &str) -> Result<(), String> {
        self.0.choose(side, preset)
    }

    /// Replays up to so many calls; returns whether there are more.
    pub fn replay(&mut self, most: usize) -> bool {
        self.0.replay(most)
    }

    /// Everything there is to see and to read, as JSON, in pictures so many pixels wide. The theme
    /// is JSON too: colours and a font by the names of the style sheet.
    ///
    /// # Errors
    /// If the theme has not all of them.
    pub fn told(&self, width: f64, theme: &str) -> Result<String, String> {
        let theme: Theme = crate::read_json(theme)?;
        Ok(json(&self.0.told(width, &theme)))
    }
}

/// Two settings under the same luck, seed after seed.
#[wasm_bindgen]
pub struct Versus(half_open::run::versus::Versus);

#[wasm_bindgen]
impl Versus {
    /// Compares what the second link stands for with what the first one does.
    ///
    /// # Errors
    /// A sentence about what is wrong with a link, or with the number of seeds.
    #[wasm_bindgen(constructor)]
    pub fn new(a: &str, b: &str, seeds: u32) -> Result<Self, String> {
        let read = |link| link::decode(link).map_err(|error| error.to_string());
        let sides = [read(a)?.experiment, read(b)?.experiment];
        versus::begin(sides, seeds).map(Self)
    }

    /// Runs both under the next seed; returns whether there is one more.
    pub fn step(&mut self) -> bool {
        self.0.step()
    }

    /// The table of what is known so far, as JSON.
    #[must_use]
    pub fn told(&self) -> String {
        json(&versus::table(&self.0))
    }
}

/// Whether a system meets its goals whatever the luck.
#[wasm_bindgen]
pub struct Judge(crate::judge::Judge);

#[wasm_bindgen]
impl Judge {
    /// Judges what a link stands for by goals, one a line, under so many seeds from 1 on.
    ///
    /// # Errors
    /// A sentence about what is wrong with the link, a goal, or the number of seeds.
    #[wasm_bindgen(constructor)]
    pub fn new(of: &str, goals: &str, seeds: u32) -> Result<Self, String> {
        let state = link::decode(of).map_err(|error| error.to_string())?;
        let goals: Vec<String> = goals.lines().map(str::to_owned).collect();
        crate::judge::Judge::new(state.experiment, &goals, 1, seeds).map(Self)
    }

    /// Runs under the next seed; returns whether there is one more.
    pub fn step(&mut self) -> bool {
        self.0.step()
    }

    /// What is known so far, as JSON.
    #[must_use]
    pub fn told(&self) -> String {
        json(&self.0.verdict())
    }
}

/// A stage in motion, in the colours of the page.
#[wasm_bindgen]
pub struct Film(crate::film::Film);

#[wasm_bindgen]
impl Film {
    /// The stage of what a link stands for, so large; the names of what to look at, one a line.
    ///
    /// # Errors
    /// A sentence about what is wrong with the link.
    #[wasm_bindgen(constructor)]
    pub fn new(of: &str, look: &str, width: f32, height: f32) -> Result<Self, String> {
        let place = link::decode(of).map_err(|error| error.to_string())?;
        let size = Size { w: width, h: height };
        let look = look.lines().filter(|name| !name.is_empty());
        Ok(Self(crate::film::Film::new(place, look, size)))
    }

    /// The picture of a moment in milliseconds, as SVG that takes its colours from the page.
    pub fn picture(&mut self, ms: f64) -> String {
        let at = SimTime::from_nanos((ms.max(0.0) * 1e6) as u64);
        self.0.picture(at, |role| format!("var(--{})", role.name()))
    }
}

/// What a run can be exported as, as JSON: a name, a label and a sentence for each.
#[wasm_bindgen]
#[must_use]
pub fn formats() -> String {
    json(&Format::ALL.map(|format| [format.name(), format.title(), format.about()]))
}

/// A run on its way into a file for other tools.
#[wasm_bindgen]
pub struct Export {
    export: export::Export,
    name: String,
    is_over: bool,
}

/// How many bytes the page gets at once, about.
const CHUNK: usize = 1 << 20;

#[wasm_bindgen]
impl Export {
    /// Simulates what a link stands for.
    ///
    /// # Errors
    /// A sentence, if there is something wrong with the link or no such format.
    #[wasm_bindgen(constructor)]
    pub fn new(link: &str, format: &str) -> Result<Self, String> {
        let state = link::decode(link).map_err(|error| error.to_string())?;
        let format = Format::find(format).ok_or("There is no such format.")?;
        let name = format!("{}.{}", state.experiment.scenario.name, format.extension());
        let run = Run::new(state.experiment, Limits::default());
        Ok(Self { export: export::Export::new(run, format), name, is_over: false })
    }

    /// What the file is called.
    #[must_use]
    pub fn name(&self) -> String {
        self.name.clone()
    }

    /// The next bytes of the file; none if that was all.
    pub fn piece(&mut self) -> Option<Vec<u8>> {
        let mut bytes = Vec::with_capacity(CHUNK);
        while !self.is_over && bytes.len() < CHUNK {
            // Memory takes everything.
            self.is_over = !self.export.next(&mut bytes).unwrap_or(false);
        }
        (!bytes.is_empty()).then_some(bytes)
    }
}

/// There is nothing in these that JSON could not hold.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
