//! The same workloads on Half-Open's engine and on hand-written loops, for `cargo xtask bench`.
//!
//! Other simulators have them too: nexosim in this package's program, a loop in JavaScript and
//! `SimPy` in the files beside it. That all of them simulate the same thing is checked before any
//! of them is timed.

pub mod bare;
pub mod ours;
#[cfg(target_family = "wasm")]
mod wasm;
pub mod workload;
