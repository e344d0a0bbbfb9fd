//! The discrete-event engine: turns an experiment into a log, one event after another.
//!
//! [`World`] is everything that is true at one instant. It is cheap to clone, so that a run can be
//! continued from where a change was made instead of from the start.

mod arrivals;
mod attempt;
mod balance;
mod cache;
mod call;
mod cancel;
mod closed;
mod deadline;
mod duplicate;
mod fallback;
mod faults;
mod guard;
mod hedge;
mod intervene;
mod plan;
mod profile;
mod queue;
mod service;
mod shed;
mod slab;
mod stack;
mod task;
mod world;

pub(crate) use intervene::{first_breaker, own_of, retune};
pub use world::World;
pub(crate) use world::tells_clients;
