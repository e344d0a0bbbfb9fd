//! Processor time, so that what else runs on the machine counts little.

use std::hint::black_box;

use cpu_time::ProcessTime;

/// How long something works, and what it returns.
pub(crate) fn seconds<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = ProcessTime::now();
    let result = black_box(work());
    (start.elapsed().as_secs_f64(), result)
}
