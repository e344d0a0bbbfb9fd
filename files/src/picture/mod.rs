//! Pictures and films of a run, to be taken away: the same drawing as on the page, a pure function of the
//! run and the moment, so a film is exact however slow the machine is that makes it.

mod frame;
pub mod gif;
pub mod motion;
pub mod mp4;
mod order;
pub mod png;
mod still;
mod strip;
pub mod video;
pub mod webm;

use half_open::time::SimTime;

pub use frame::{Frame, Layers, Shot, Source, What};
pub use order::{Amiss, Format, Order, Plan, Theme};
pub use still::Colours;

/// A plan at work: the run, and where everything is.
pub struct Studio {
    plan: Plan,
    source: Source,
    frame: Frame,
}

impl Studio {
    /// Simulates what is wanted.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        let source = Source::new(plan.place.clone());
        Self::with(plan, source)
    }

    fn with(plan: Plan, source: Source) -> Self {
        let frame = Frame::new(&source, plan.shot.clone());
        Self { plan, source, frame }
    }

    /// Another plan for the same run, which is not simulated again; for another run it is.
    #[must_use]
    pub fn retaken(self, plan: Plan) -> Self {
        if self.plan.place == plan.place { Self::with(plan, self.source) } else { Self::new(plan) }
    }

    /// What is made.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// A picture, from back to front: of a film by its number, and otherwise the only one.
    pub fn layers(&mut self, number: u32) -> Layers {
        if self.plan.format.is_strip() {
            let moments: Vec<SimTime> =
                (0..self.plan.frames).map(|number| self.plan.moment(number)).collect();
            return strip::draw(&mut self.source, &self.plan.shot, &moments);
        }
        self.frame.draw(&mut self.source, self.plan.moment(number))
    }

    /// What is said of a picture to those who do not see it.
    pub fn described(&mut self, number: u32) -> String {
        self.source.described(self.plan.moment(number))
    }

    /// A picture as SVG that stands by itself.
    pub fn svg(&mut self, number: u32, colours: &Colours) -> String {
        let layers = self.layers(number);
        let described = self.described(number);
        still::write(&self.plan, colours, &layers, &described)
    }
}

/// Red, green and blue of a colour as style sheets have it: `#1d2128` or `#fff`.
#[must_use]
pub fn rgb(colour: &str) -> Option<[u8; 3]> {
    let digits = colour.trim().strip_prefix('#')?;
    let value = u32::from_str_radix(digits, 16).ok()?;
    let [_, r, g, b] = value.to_be_bytes();
    match digits.len() {
        6 => Some([r, g, b]),
        3 => Some([g & 15, b >> 4, b & 15].map(|digit| digit * 17)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
