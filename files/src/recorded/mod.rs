//! Recorded calls, and what a breaker would have done with them: for `half-open replay`, which
//! streams them, and for the page, which draws them. Nothing here opens a file.

mod bench;
mod calls;
mod replay;
#[cfg(test)]
mod tests;
mod time;

pub use bench::{Bench, News, Permitted};
pub(crate) use calls::rows;
pub use calls::{Call, Calls, might_be_calls};
pub use replay::{Answered, Replay, Summary, Witness, because};
pub use time::date;
pub(crate) use time::timestamp;
