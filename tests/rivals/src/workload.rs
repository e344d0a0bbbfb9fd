//! What all contestants simulate.

/// A system of clients and one service with one queue, first come, first served.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Workload {
    /// One worker at load 0.8, and patience without end: M/M/1.
    OneWorker,
    /// Ten workers that fail at every fifth request, and clients that give up and try again.
    Retries,
}

impl Workload {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::OneWorker, Self::Retries];

    /// What it is called where results are printed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneWorker => "one_worker",
            Self::Retries => "retries",
        }
    }

    /// Requests per second, at random.
    #[must_use]
    pub const fn rate(self) -> f64 {
        match self {
            Self::OneWorker => 80.0,
            Self::Retries => 100.0,
        }
    }

    /// How many requests are worked on at once.
    #[must_use]
    pub const fn workers(self) -> u32 {
        match self {
            Self::OneWorker => 1,
            Self::Retries => 10,
        }
    }

    /// Seconds of work, exponentially distributed.
    #[must_use]
    pub const fn mean_work(self) -> f64 {
        match self {
            Self::OneWorker => 0.010,
            Self::Retries => 0.050,
        }
    }

    /// The share of attempts that turn out to have failed when the work is done.
    #[must_use]
    pub const fn errors(self) -> f64 {
        match self {
            Self::OneWorker => 0.0,
            Self::Retries => 0.2,
        }
    }

    /// Seconds after which a client gives an attempt up. The service does not notice.
    #[must_use]
    pub const fn timeout(self) -> Option<f64> {
        match self {
            Self::OneWorker => None,
            Self::Retries => Some(0.2),
        }
    }

    /// How often a client tries, the first time included.
    #[must_use]
    pub const fn attempts(self) -> u32 {
        match self {
            Self::OneWorker => 1,
            Self::Retries => 3,
        }
    }
}

/// The wait before the second attempt is between nothing and this many seconds; it doubles.
pub const BACKOFF_BASE: f64 = 0.1;
/// No wait is longer.
pub const BACKOFF_CAP: f64 = 2.0;

/// How many requests a measured run has.
pub const REQUESTS: u32 = 300_000;

/// The seed of every contestant. At 100 requests per second the retries of a run this long bring
/// the service down for good about one time in twenty, whoever simulates it; under this seed they
/// do not.
pub const SEED: u64 = 42;

/// What a run comes to.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Outcome {
    /// Requests begun.
    pub requests: u32,
    /// Those whose client had an outcome by the end.
    pub finished: u32,
    /// Those that succeeded.
    pub succeeded: u32,
    /// Attempts, the first ones included.
    pub attempts: u32,
    /// How long a finished request took on average, in milliseconds.
    pub mean_ms: f64,
}

impl Outcome {
    /// The numbers in their order, for whoever speaks no Rust.
    #[must_use]
    pub fn numbers(&self) -> [f64; 5] {
        let counts = [self.requests, self.finished, self.succeeded, self.attempts].map(f64::from);
        let [requests, finished, succeeded, attempts] = counts;
        [requests, finished, succeeded, attempts, self.mean_ms]
    }
}
