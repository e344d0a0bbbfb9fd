//! The small parts that the side panel is made of. None of them knows what it controls.

mod button;
mod choice;
mod field;
mod frame;
mod scale;
mod slider;

pub(crate) use button::{Button, Tone};
pub(crate) use choice::{Segmented, Toggle};
pub(crate) use field::Field;
pub(crate) use frame::{Chip, Disclosure, Section};
pub(crate) use slider::Slider;
