//! What a breaker promises, for every combination of settings.

mod bench;
mod promises;
mod strategies;
mod windows;
