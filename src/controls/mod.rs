//! The small parts that the side panel is made of. None of them knows what it controls.
//!
//! They are functions, not components: see [`own`](own::own).

mod button;
mod choice;
mod field;
mod frame;
mod own;
mod slider;

pub(crate) use button::{Button, Tone};
pub(crate) use choice::{Choice, menu, segmented, toggle};
pub(crate) use field::Field;
pub(crate) use frame::{chip, disclosure, section};
pub(crate) use own::own;
pub(crate) use slider::slider;
