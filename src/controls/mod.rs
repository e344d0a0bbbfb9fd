//! The small parts that the side panel is made of. None of them knows what it controls.

mod button;
mod choice;
mod frame;
mod scale;
mod slider;

pub use button::{Button, Tone};
pub use choice::{Segmented, Toggle};
pub use frame::{Chip, Disclosure, Section};
pub use slider::Slider;
