//! A run on somebody else's page: what an embed shows, and what can be done to it.
//!
//! A program of its own and not the page in a frame, because three of them on one page must not weigh
//! what the page weighs. It knows no elements and no messages: `static/embed/frame.js` has those.

mod asked;
mod control;
mod deed;
mod happened;
mod json;
mod player;
mod told;

#[cfg(target_family = "wasm")]
pub mod page;

pub use asked::{Asked, Words};
pub use control::{Control, Form};
pub use player::Player;
