//! What holds the events that are planned.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;

use half_open::time::SimTime;
use half_open_rivals::bare::Luck;
use half_open_rivals::workload::SEED;

use super::best_of_rounds;
use crate::stopwatch::seconds;

/// The engine's own, from its own file.
#[cfg_attr(not(test), expect(dead_code, reason = "a system needs more than this measurement"))]
#[path = "../../../../model/src/sim/queue.rs"]
mod engine;

/// How many events wait.
const PENDING: [u32; 3] = [10, 100, 10_000];
/// How many pieces of work are done in a measurement, each with a timeout that comes to nothing.
const STEPS: u32 = 500_000;
/// Nanoseconds between two pieces of work of the same worker, on average, and of every timeout: so
/// half of what waits is work and half is timeouts.
const MEAN: u64 = 1_000_000;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Task {
    Work(u32),
    Timeout(u32),
}

/// Something that holds events.
trait Agenda {
    fn plan(&mut self, at: u64, task: Task);
    fn next(&mut self) -> Option<(u64, Task)>;
}

/// The standard heap of everything.
#[derive(Default)]
struct Heap {
    heap: BinaryHeap<Reverse<(u64, u32, Task)>>,
    turn: u32,
}

impl Agenda for Heap {
    fn plan(&mut self, at: u64, task: Task) {
        self.turn += 1;
        self.heap.push(Reverse((at, self.turn, task)));
    }

    fn next(&mut self) -> Option<(u64, Task)> {
        self.heap.pop().map(|Reverse((at, _, task))| (at, task))
    }
}

/// All in order, the next one at the end.
#[derive(Default)]
struct Sorted(Vec<(u64, Task)>);

impl Agenda for Sorted {
    fn plan(&mut self, at: u64, task: Task) {
        let place = self.0.partition_point(|(other, _)| *other > at);
        self.0.insert(place, (at, task));
    }

    fn next(&mut self) -> Option<(u64, Task)> {
        self.0.pop()
    }
}

/// A monotone radix heap: by the highest bit in which the time differs from that of the last event.
/// What is in the first bucket is due now; the others are spread when their turn comes, in the
/// order in which they were planned.
struct Radix {
    buckets: [Vec<(u64, Task)>; 65],
    now: u64,
    /// How many of the first bucket are gone.
    gone: usize,
}

impl Radix {
    fn new() -> Self {
        Self { buckets: std::array::from_fn(|_| Vec::new()), now: 0, gone: 0 }
    }
}

impl Agenda for Radix {
    fn plan(&mut self, at: u64, task: Task) {
        let bucket = 64 - (at ^ self.now).leading_zeros();
        self.buckets[bucket as usize].push((at, task));
    }

    fn next(&mut self) -> Option<(u64, Task)> {
        if self.gone == self.buckets[0].len() {
            self.buckets[0].clear();
            self.gone = 0;
            let first = self.buckets.iter().position(|bucket| !bucket.is_empty())?;
            let mut spread = std::mem::take(&mut self.buckets[first]);
            self.now = spread.iter().map(|(at, _)| *at).min()?;
            for (at, task) in spread.drain(..) {
                self.plan(at, task);
            }
            // Its room is used again.
            self.buckets[first] = spread;
        }
        self.gone += 1;
        self.buckets[0].get(self.gone - 1).copied()
    }
}

/// The engine's queue, with a lane for timeouts or without.
struct Engine<T>(engine::Queue<T>);

#[derive(Clone, Copy)]
struct InLanes(Task);

#[derive(Clone, Copy)]
struct WithoutLanes(Task);

impl engine::Due for InLanes {
    fn class(&self) -> engine::Class {
        class(self.0)
    }

    fn lane(&self) -> Option<usize> {
        matches!(self.0, Task::Timeout(_)).then_some(0)
    }

    fn into_words(self) -> engine::Words {
        words(self.0)
    }

    fn from_words(words: engine::Words) -> Self {
        Self(task(words))
    }
}

impl engine::Due for WithoutLanes {
    fn class(&self) -> engine::Class {
        class(self.0)
    }

    fn lane(&self) -> Option<usize> {
        None
    }

    fn into_words(self) -> engine::Words {
        words(self.0)
    }

    fn from_words(words: engine::Words) -> Self {
        Self(task(words))
    }
}

fn class(task: Task) -> engine::Class {
    match task {
        Task::Work(_) => engine::Class::Completion,
        Task::Timeout(_) => engine::Class::Timer,
    }
}

fn words(task: Task) -> engine::Words {
    match task {
        Task::Work(worker) => (0, u64::from(worker)),
        Task::Timeout(worker) => (1, u64::from(worker)),
    }
}

fn task((what, worker): engine::Words) -> Task {
    if what == 0 { Task::Work(worker as u32) } else { Task::Timeout(worker as u32) }
}

impl Agenda for Engine<InLanes> {
    fn plan(&mut self, at: u64, task: Task) {
        self.0.push(SimTime::from_nanos(at), InLanes(task));
    }

    fn next(&mut self) -> Option<(u64, Task)> {
        let wanted = |task: &InLanes| matches!(task.0, Task::Work(_));
        self.0.pop_until(SimTime::MAX, wanted).map(|(at, task)| (at.nanos(), task.0))
    }
}

impl Agenda for Engine<WithoutLanes> {
    fn plan(&mut self, at: u64, task: Task) {
        self.0.push(SimTime::from_nanos(at), WithoutLanes(task));
    }

    fn next(&mut self) -> Option<(u64, Task)> {
        self.0.pop_until(SimTime::MAX, |_| true).map(|(at, task)| (at.nanos(), task.0))
    }
}

/// Nanoseconds for a piece of work and its timeout, of `pending` that wait.
fn hold(mut agenda: impl Agenda, pending: u32) -> f64 {
    let mut luck = Luck::new(SEED);
    for worker in 0..pending / 2 {
        agenda.plan(luck.exponential(MEAN as f64), Task::Work(worker));
    }
    let mut run = |steps: u32| {
        let mut done = 0;
        while let Some((at, task)) = agenda.next() {
            let Task::Work(worker) = task else { continue };
            done += 1;
            if done > steps {
                break;
            }
            agenda.plan(at + luck.exponential(MEAN as f64), Task::Work(worker));
            agenda.plan(at + MEAN, Task::Timeout(worker));
        }
        black_box(done);
    };
    // Until there are as many timeouts as there will be.
    run(pending * 2);
    let (time, ()) = seconds(|| run(STEPS));
    time * 1e9 / f64::from(STEPS)
}

/// Prints nanoseconds for each kind of queue.
pub(super) fn measure() {
    const NAMES: [&str; 5] = [
        "the engine's: what is due soon sorted, the rest in a heap, timeouts in a lane",
        "the same without the lane",
        "`BinaryHeap` of everything",
        "monotone radix heap",
        "sorted `Vec`",
    ];
    println!("**What holds the events that are planned.** Half of them are timeouts that come to");
    println!(
        "nothing. Nanoseconds for a piece of work and its timeout: both are planned and come,"
    );
    println!("and a random delay is drawn.\n");
    println!("| pending | {} | {} | {} |", PENDING[0], PENDING[1], PENDING[2]);
    println!("| --- | ---: | ---: | ---: |");
    let columns = PENDING.map(|pending| {
        best_of_rounds::<{ NAMES.len() }>(|which| match which {
            0 => hold(Engine::<InLanes>(engine::Queue::new(1)), pending),
            1 => hold(Engine::<WithoutLanes>(engine::Queue::new(0)), pending),
            2 => hold(Heap::default(), pending),
            3 => hold(Radix::new(), pending),
            _ => hold(Sorted::default(), pending),
        })
    });
    for (which, name) in NAMES.iter().enumerate() {
        let [few, some, many] = columns.each_ref().map(|column| column[which]);
        println!("| {name} | {few:.0} | {some:.0} | {many:.0} |");
    }
    println!();
}
