//! The engine agrees with theory: laws that are known exactly, each with its source, against what
//! the log says. `docs/theory.md` lists them with what was measured.
//!
//! `cargo test --package half-open --test theory -- --nocapture` prints every comparison.

mod arrivals;
mod closed;
mod evidence;
mod finite_room;
mod formulas;
mod many_workers;
mod one_worker;
mod retries;
mod retry_workload;
mod system;
mod timeouts;
