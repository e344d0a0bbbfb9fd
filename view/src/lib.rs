//! `(run, t, viewport)` to pictures, sentences and plain data that any front end can show, and an
//! experiment to a link. Nothing here moves by itself: the same arguments give the same picture.
//!
//! Apart from the model, because it is compiled for size, and the model for speed.

pub mod account;
pub mod change;
pub mod contest;
pub mod diagram;
pub mod draw;
pub mod explain;
pub mod focus;
pub mod gallery;
pub mod herd;
pub mod lesson;
pub mod link;
pub mod measure;
pub mod numbers;
pub mod query;
pub mod roll;
pub mod scale;
pub mod search;
pub mod stack;
pub mod stage;
pub mod story;
pub mod stretch;
pub mod table;
pub mod tracks;
pub mod versus;
pub mod waterfall;
