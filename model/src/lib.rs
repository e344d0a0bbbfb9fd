//! Half-Open: a deterministic simulator of resilience policies, without the pictures of its runs.
//!
//! Knowledge flows one way: `decimal → time → random → policy → scenario → log → sim → run`. A tidy
//! test keeps it so.

pub mod decimal;
pub mod log;
pub mod policy;
pub mod random;
pub mod run;
pub mod scenario;
pub mod sim;
pub mod time;

/// So that what tests share can name the model as everybody else does.
#[cfg(test)]
extern crate self as half_open;
