//! Recorded calls, and what a breaker would have done with them: for `half-open replay`, which
//! streams them, and for the page, which draws them. Nothing here opens a file.

mod bench;
mod calls;
mod replay;
mod rows;
#[cfg(test)]
mod tests;
mod time;

pub use bench::{Bench, News, Permitted};
pub use calls::{Call, Calls, might_be_calls};
pub use replay::{Answered, Replay, Summary, Witness, because};
pub(crate) use rows::{RowProblem, Rows};
pub use time::date;
pub(crate) use time::timestamp;
