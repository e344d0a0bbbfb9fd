//! What a backoff does to a hundred clients that fail at the same instant: how long each may wait,
//! and how many of them come back together.

use half_open::policy::backoff::{Kind, Settings};
use half_open::policy::retry;
use half_open::random::{Stream, draw, unit};
use half_open::time::SimDuration;

/// How many clients fail together.
pub const CLIENTS: u32 = 100;
/// Clients that come back within this time come back together.
pub const TOGETHER: SimDuration = SimDuration::from_millis(10);
/// How many waits are shown.
const ROWS: u32 = 7;

/// The wait before one retry.
#[derive(Clone, PartialEq, Debug)]
pub struct Wait {
    /// The attempt that follows the wait: 2 for the first retry.
    pub attempt: u32,
    /// Whether the policy makes this attempt; the others show what more attempts would bring.
    pub made: bool,
    /// The shortest wait.
    pub shortest: SimDuration,
    /// The longest wait.
    pub longest: SimDuration,
    /// The average of the hundred clients.
    pub mean: SimDuration,
    /// What half of them do not exceed.
    pub median: SimDuration,
    /// What all but one of them do not exceed.
    pub p99: SimDuration,
    /// Whether the cap has eaten all of the jitter.
    pub clipped: bool,
    /// How many clients come back, in steps of [`TOGETHER`] since they failed; nothing but zeros is
    /// left out at the end.
    pub arrivals: Vec<u32>,
    /// The most clients in one such step.
    pub peak: u32,
}

/// A policy's waits, and what a herd makes of them.
#[derive(Clone, PartialEq, Debug)]
pub struct Herd {
    /// One wait for each retry, the first few and the last.
    pub waits: Vec<Wait>,
    /// The longest of all, and no less than [`TOGETHER`]: the width of the picture.
    pub span: SimDuration,
    /// What no wait exceeds, where the formula looks at it.
    pub cap: Option<SimDuration>,
    /// What is wrong with it, as a sentence, and the formulas that mend it.
    pub trap: Option<(String, [Kind; 2])>,
}

impl Herd {
    /// The wait before the last attempt that the policy makes, if it retries at all.
    #[must_use]
    pub fn last(&self) -> Option<&Wait> {
        self.waits.iter().rfind(|wait| wait.made)
    }
}

/// What `settings` do to a herd, under the luck of `seed`.
#[must_use]
pub fn herd(settings: &retry::Settings, seed: u64) -> Herd {
    let (backoff, attempts) = (&settings.backoff, settings.max_attempts);
    let last_shown = if attempts <= ROWS + 1 { ROWS + 1 } else { attempts };
    let waits: Vec<Wait> = (2..=ROWS)
        .chain([last_shown])
        .map(|attempt| wait(backoff, attempt, attempt <= attempts, seed))
        .collect();
    let longest = waits.iter().map(|wait| wait.longest).max().unwrap_or_default();
    let capless = matches!(backoff.kind, Kind::None | Kind::Constant);
    let first_clipped = (0..attempts.saturating_sub(1)).find(|n| backoff.clipped(*n));
    let trap = first_clipped.map(|n| {
        let sentence = format!(
            "Jitter is clipped at the cap from attempt {} on: all {CLIENTS} clients come back \
             within {TOGETHER}.",
            n + 2
        );
        (sentence, [Kind::CapFirst, Kind::Full])
    });
    Herd { waits, span: longest.max(TOGETHER), cap: (!capless).then_some(backoff.cap), trap }
}

fn wait(backoff: &Settings, attempt: u32, made: bool, seed: u64) -> Wait {
    let n = attempt - 2;
    let (shortest, longest) = backoff.range(n);
    let mut waits: Vec<u64> =
        (0..CLIENTS).map(|client| of_client(backoff, client, n, seed)).collect();
    waits.sort_unstable();
    let rank = |rank: usize| SimDuration::from_nanos(waits[rank - 1]);
    let mut arrivals = Vec::new();
    // A step for every ten milliseconds of a day would be a picture of nothing.
    let furthest = |nanos: u64| (nanos / TOGETHER.nanos()).min(100_000) as usize;
    for nanos in &waits {
        let step = furthest(*nanos);
        if arrivals.len() <= step {
            arrivals.resize(step + 1, 0);
        }
        arrivals[step] += 1;
    }
    let sum = waits.iter().fold(0u64, |sum, nanos| sum.saturating_add(*nanos));
    Wait {
        attempt,
        made,
        shortest,
        longest,
        mean: SimDuration::from_nanos(sum / u64::from(CLIENTS)),
        median: rank(50),
        p99: rank(99),
        clipped: backoff.clipped(n),
        peak: arrivals.iter().copied().max().unwrap_or_default(),
        arrivals,
    }
}

/// How long one client waits before retry `n`, in nanoseconds.
fn of_client(backoff: &Settings, client: u32, n: u32, seed: u64) -> u64 {
    let jitter = |n: u32| unit(draw(seed, Stream::Backoff, client.into(), u64::from(n) + 1));
    let grows = backoff.kind == Kind::Decorrelated;
    let wait = if grows {
        backoff.delays(jitter).nth(n as usize)
    } else {
        Some(backoff.wait(n, SimDuration::ZERO, jitter(n)))
    };
    wait.unwrap_or_default().nanos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> SimDuration {
        SimDuration::from_millis(ms)
    }

    fn of(kind: Kind, max_attempts: u32) -> Herd {
        let backoff = Settings { kind, ..Settings::default() };
        herd(&retry::Settings { max_attempts, backoff, ..Default::default() }, 42)
    }

    fn peak(kind: Kind, max_attempts: u32) -> u32 {
        of(kind, max_attempts).last().expect("retries").peak
    }

    #[test]
    fn without_jitter_all_come_back_at_once() {
        let backoff = Settings { jitter: SimDuration::ZERO, ..Settings::default() };
        let herd = herd(&retry::Settings { backoff, ..Default::default() }, 42);
        assert!(herd.waits.iter().all(|wait| wait.peak == CLIENTS));
        assert_eq!(herd.last().expect("retries").mean, ms(200));
    }

    /// The essay's formula, its cap in the wrong place, and what mends it.
    #[test]
    fn a_clipped_jitter_is_no_jitter() {
        assert_eq!(peak(Kind::Essay, 8), CLIENTS);
        assert!(peak(Kind::CapFirst, 8) < 30);
        assert!(peak(Kind::Full, 8) < 10);
        assert!(peak(Kind::Essay, 3) < 30);
    }

    #[test]
    fn the_trap_is_named_where_the_policy_reaches_it() {
        assert_eq!(of(Kind::Essay, 6).trap, None);
        let (sentence, mends) = of(Kind::Essay, 7).trap.expect("base·2⁵ is beyond the cap");
        assert!(sentence.contains("from attempt 7 on: all 100 clients"), "{sentence}");
        for kind in mends {
            assert_eq!(of(kind, 7).trap, None);
        }
    }

    #[test]
    fn every_wait_is_within_its_range() {
        for kind in Kind::ALL {
            let herd = of(kind, 100);
            assert_eq!(herd.waits.len(), ROWS as usize);
            assert_eq!(herd.last().map(|wait| wait.attempt), Some(100));
            for wait in &herd.waits {
                assert_eq!(wait.arrivals.iter().sum::<u32>(), CLIENTS);
                for value in [wait.mean, wait.median, wait.p99] {
                    assert!((wait.shortest..=wait.longest).contains(&value), "{kind:?}");
                }
                assert!(wait.median <= wait.p99, "{kind:?}");
                assert!(wait.longest <= herd.span);
            }
        }
    }

    #[test]
    fn half_and_nearly_all_of_the_clients_come_back_where_theory_says() {
        let herd = of(Kind::Full, 7);
        let wait = herd.last().expect("retries");
        assert_eq!(wait.longest, ms(2_000));
        assert!((ms(800)..ms(1_200)).contains(&wait.median), "{}", wait.median);
        assert!((ms(1_850)..ms(2_000)).contains(&wait.p99), "{}", wait.p99);
    }

    #[test]
    fn a_policy_without_retries_still_shows_what_they_would_bring() {
        let herd = of(Kind::Essay, 1);
        assert!(herd.last().is_none() && herd.trap.is_none());
        assert_eq!(herd.waits.iter().filter(|wait| !wait.made).count(), ROWS as usize);
    }
}
