//! The limit: the same workloads with nothing but a binary heap, written by hand for them alone.
//!
//! Events are small, what follows from the earliest of them takes its place at the top of the heap,
//! and slots are reused, so that everything stays in the nearest cache.

mod agenda;

use std::collections::VecDeque;

pub use agenda::{Event, Packed, Plain};

use crate::workload::{BACKOFF_BASE, BACKOFF_CAP, Outcome, Workload};
use agenda::{ARRIVES, Agenda, DONE, RETRY, TIMEOUT};

/// Marsaglia's xorshift: three shifts for 64 bits.
#[derive(Clone, Debug)]
pub struct Luck(u64);

impl Default for Luck {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Luck {
    /// The sequence of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        // Zero would stay zero.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d)
    }

    /// All 64 of them.
    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Evenly between 0, which it can be, and 1, which it cannot.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Exponentially distributed nanoseconds.
    pub fn exponential(&mut self, mean: f64) -> u64 {
        (-mean * (1.0 - self.unit()).ln()) as i64 as u64
    }
}

const NANOSECONDS: f64 = 1e9;

/// Simulates so many requests, with events of this kind in the heap.
#[must_use]
pub fn simulate<E: Event>(workload: Workload, requests: u32, seed: u64) -> Outcome {
    match workload {
        Workload::OneWorker => one_worker::<E>(requests, seed),
        Workload::Retries => retries::<E>(requests, seed),
    }
}

fn one_worker<E: Event>(requests: u32, seed: u64) -> Outcome {
    let mut luck = Luck::new(seed);
    let gap = NANOSECONDS / Workload::OneWorker.rate();
    let work = NANOSECONDS * Workload::OneWorker.mean_work();
    let mut agenda = Agenda::<E>::new();
    // Since when each of those in the system has been there; the first of them is worked on.
    let mut present: VecDeque<u64> = VecDeque::new();
    let (mut begun, mut finished, mut took) = (0, 0, 0);
    agenda.push(luck.exponential(gap), ARRIVES, 0);
    while let Some(next) = agenda.earliest() {
        let now = next.at();
        if next.what() == ARRIVES {
            begun += 1;
            if begun < requests {
                agenda.replace(now + luck.exponential(gap), ARRIVES, 0);
            } else {
                agenda.pop();
            }
            present.push_back(now);
            if present.len() == 1 {
                agenda.push(now + luck.exponential(work), DONE, 0);
            }
        } else {
            if let Some(since) = present.pop_front() {
                took += now - since;
                finished += 1;
            }
            if present.is_empty() {
                agenda.pop();
            } else {
                agenda.replace(now + luck.exponential(work), DONE, 0);
            }
        }
    }
    let mean_ms = took as f64 / 1e6 / f64::from(finished);
    Outcome { requests: begun, finished, succeeded: finished, attempts: begun, mean_ms }
}

/// An attempt, from when it is made or planned until neither side knows of it any more.
#[derive(Clone, Copy)]
struct Attempt {
    /// When the first attempt at the same request was made.
    since: u64,
    number: u32,
    waited_for: bool,
    /// One of its two ends has come: the work is done, or the timeout is over.
    half_over: bool,
}

/// Slots that are reused.
#[derive(Default)]
struct Attempts {
    slots: Vec<Attempt>,
    free: Vec<u32>,
}

impl Attempts {
    fn insert(&mut self, since: u64, number: u32) -> u32 {
        let attempt = Attempt { since, number, waited_for: true, half_over: false };
        if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = attempt;
            return slot;
        }
        let slot = self.slots.len();
        assert!(slot < agenda::SLOTS, "the service is down for good: choose another seed");
        self.slots.push(attempt);
        slot as u32
    }

    /// One of the two ends of an attempt has come: the attempt, as it was until now.
    fn end(&mut self, slot: u32) -> Attempt {
        let attempt = &mut self.slots[slot as usize];
        let before = *attempt;
        attempt.waited_for = false;
        attempt.half_over = true;
        if before.half_over {
            self.free.push(slot);
        }
        before
    }
}

fn retries<E: Event>(requests: u32, seed: u64) -> Outcome {
    const WORKLOAD: Workload = Workload::Retries;
    const WORKERS: u32 = WORKLOAD.workers();
    const LAST: u32 = WORKLOAD.attempts();
    let gap = NANOSECONDS / WORKLOAD.rate();
    let work = NANOSECONDS * WORKLOAD.mean_work();
    let patience = (NANOSECONDS * WORKLOAD.timeout().unwrap_or(f64::INFINITY)) as u64;
    let waits: [f64; 3] = std::array::from_fn(|failures| {
        NANOSECONDS * (BACKOFF_BASE * (1u32 << failures) as f64).min(BACKOFF_CAP)
    });

    let mut luck = Luck::new(seed);
    let mut agenda = Agenda::<E>::new();
    let mut attempts = Attempts::default();
    let mut queue: VecDeque<u32> = VecDeque::with_capacity(1 << 10);
    let mut outcome = Outcome::default();
    let (mut busy, mut took) = (0, 0);
    agenda.push(luck.exponential(gap), ARRIVES, 0);
    while let Some(next) = agenda.earliest() {
        let (now, slot) = (next.at(), next.slot());
        let (over, succeeded) = match next.what() {
            DONE => {
                if let Some(waiting) = queue.pop_front() {
                    agenda.replace(now + luck.exponential(work), DONE, waiting);
                } else {
                    agenda.pop();
                    busy -= 1;
                }
                (attempts.end(slot), luck.unit() >= WORKLOAD.errors())
            }
            TIMEOUT => {
                agenda.pop();
                (attempts.end(slot), false)
            }
            what => {
                // In place of the arrival comes the next one, in place of the retry its timeout.
                let sent = if what == ARRIVES {
                    outcome.requests += 1;
                    let sent = attempts.insert(now, 1);
                    if outcome.requests < requests {
                        agenda.replace(now + luck.exponential(gap), ARRIVES, 0);
                    } else {
                        agenda.pop();
                    }
                    agenda.push(now + patience, TIMEOUT, sent);
                    sent
                } else {
                    agenda.replace(now + patience, TIMEOUT, slot);
                    slot
                };
                outcome.attempts += 1;
                if busy < WORKERS {
                    busy += 1;
                    agenda.push(now + luck.exponential(work), DONE, sent);
                } else {
                    queue.push_back(sent);
                }
                continue;
            }
        };
        if !over.waited_for {
            continue;
        }
        if !succeeded && over.number < LAST {
            let wait = luck.unit() * waits[over.number as usize - 1];
            let again = attempts.insert(over.since, over.number + 1);
            agenda.push(now + wait as i64 as u64, RETRY, again);
        } else {
            outcome.finished += 1;
            outcome.succeeded += u32::from(succeeded);
            took += now - over.since;
        }
    }
    outcome.mean_ms = took as f64 / 1e6 / f64::from(outcome.finished);
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ours;
    use crate::workload::SEED;
    use half_open::run::Run;

    /// Few enough requests to take no time, and enough to notice a wrong parameter.
    #[test]
    fn the_bare_loop_and_the_engine_simulate_the_same() {
        const REQUESTS: u32 = 30_000;
        for workload in Workload::ALL {
            let pace = ours::Pace::usual(workload);
            let experiment = ours::experiment(workload, pace, REQUESTS);
            assert_eq!(experiment.validate(), Ok(()));
            let tally = ours::outcome_of_tally(&Run::tally(&experiment, u32::MAX));
            let run = ours::recorded(experiment).finish();
            assert_eq!(ours::outcome_of_run(&run), tally);
            let bare = simulate::<Plain>(workload, REQUESTS, SEED);
            assert_eq!(simulate::<Packed>(workload, REQUESTS, SEED), bare);
            let share = |o: &Outcome| f64::from(o.succeeded) / f64::from(o.finished);
            let per_request = |o: &Outcome| f64::from(o.attempts) / f64::from(o.requests);
            assert!((share(&bare) - share(&tally)).abs() < 0.005, "{bare:?} {tally:?}");
            assert!((per_request(&bare) - per_request(&tally)).abs() < 0.02, "{bare:?} {tally:?}");
            assert!((bare.mean_ms / tally.mean_ms - 1.0).abs() < 0.15, "{bare:?} {tally:?}");
        }
    }
}
