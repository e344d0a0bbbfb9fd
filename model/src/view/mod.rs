//! `(run, t, viewport)` to pictures and plain data that any front end can show. Nothing here moves
//! by itself: the same arguments give the same picture.

pub mod diagram;
pub mod draw;
pub mod herd;
mod measure;
pub mod numbers;
pub mod roll;
pub mod stage;
pub mod story;
pub mod tracks;
