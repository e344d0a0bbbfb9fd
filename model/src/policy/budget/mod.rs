//! How much may be retried in all, whatever each request would like.
//!
//! A limit on the attempts of one request does not keep a client from tripling its load when
//! everything fails. A budget does: all requests of a client share it, and when it is spent their
//! first failures are final. What it counts differs between libraries and is the law of the
//! [`Settings`]; how it is asked does not:
//!
//! 1. [`Budget::begin`] when a request begins; the [`Ticket`] belongs to it.
//! 2. [`Budget::settle`] when an attempt has ended, the first or any other.
//! 3. [`Budget::retry`] to ask whether another may go out. AWS, gRPC, Finagle and Envoy ask before
//!    they wait for it, failsafe-go after.
//! 4. [`Budget::end`] when the request has ended, with whatever came last.
//!
//! Hedges are asked for in the same way, while earlier attempts are still under way.
//!
//! ```
//! use half_open::policy::budget::{Budget, Mark, Settings};
//! use half_open::time::SimTime;
//!
//! let settings = Settings::AWS_STANDARD;
//! let (mut budget, now) = (Budget::default(), SimTime::ZERO);
//!
//! // Everything fails: after a hundred retries of five tokens each, nothing is retried any more.
//! let mut retries = 0;
//! for _ in 0..1_000 {
//!     let mut ticket = budget.begin(&settings, now);
//!     budget.settle(&settings, &mut ticket, 1, Mark::Failure);
//!     if budget.retry(&settings, &mut ticket, now).is_ok() {
//!         retries += 1;
//!         budget.settle(&settings, &mut ticket, 2, Mark::Failure);
//!     }
//!     budget.end(&settings, ticket, now);
//! }
//! assert_eq!(retries, 100);
//! ```

mod settings;

pub use settings::{
    Active, Compare, Concurrency, DepositOn, Deposits, Quota, Settings, Share, Throttling,
};

use super::outcome::{Outcome, Status};
use super::rolling::Rolling;
use crate::time::SimTime;

/// How one attempt ended, as far as a budget cares.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mark {
    /// It succeeded.
    Success,
    /// It failed in a way that is worth a retry. Also a gRPC callee that asked not to retry
    /// (a negative `grpc-retry-pushback-ms`), because that counts against its tokens.
    Failure,
    /// The same, after no answer in time.
    TimedOut,
    /// The same, because the callee asked to slow down.
    Throttled,
    /// It failed in a way that a retry would not mend. No budget counts that.
    Final,
}

impl Mark {
    /// The mark of an outcome; `worth_a_retry` is what
    /// [`RetryOn::covers`](super::retry::RetryOn::covers) says about it.
    #[must_use]
    pub fn new(outcome: Outcome, worth_a_retry: bool) -> Self {
        match outcome {
            Outcome::Answered(status) if status.0 < 400 => Self::Success,
            _ if !worth_a_retry => Self::Final,
            Outcome::TimedOut => Self::TimedOut,
            Outcome::Answered(Status::TOO_MANY) => Self::Throttled,
            _ => Self::Failure,
        }
    }
}

/// Why a retry may not go out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Refusal {
    /// The budget of all requests is spent.
    BudgetSpent,
    /// This request has had all its attempts.
    AttemptsSpent,
}

/// What a budget knows about one request. It goes back with [`Budget::end`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "a request that began has to end"]
pub struct Ticket {
    /// Whether the first attempt is under way.
    first: bool,
    /// Retries that were allowed.
    allowed: u32,
    /// Those of them that have not ended.
    under_way: u32,
    /// What the last of them cost.
    cost: Option<u32>,
    /// How the latest attempt ended.
    mark: Option<Mark>,
}

/// One budget: small, and cheap to clone. It keeps no settings; they come with every question. A law
/// with other tokens than the one before begins anew, but still knows what is under way.
///
/// Questions come in the order of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Budget {
    /// Requests that have not ended.
    requests: u32,
    /// First attempts under way.
    firsts: u32,
    /// Retries under way.
    retries: u32,
    memory: Memory,
}

/// What a law remembers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Memory {
    #[default]
    Nothing,
    /// Tokens that are gone.
    Quota(u32),
    /// Thousandths of tokens that are gone.
    Throttling(u64),
    /// Deposits and retries, or first attempts and retries.
    Counts(Rolling<10, 2>),
}

/// The kinds of [`Memory::Counts`].
const DEPOSIT: usize = 0;
const RETRY: usize = 1;

impl Budget {
    /// A request begins, and with it its first attempt.
    pub fn begin(&mut self, settings: &Settings, now: SimTime) -> Ticket {
        self.requests = self.requests.saturating_add(1);
        self.firsts = self.firsts.saturating_add(1);
        let at_once = match settings {
            Settings::Deposits(deposits) => deposits.on == DepositOn::Request,
            _ => true,
        };
        if at_once {
            self.count(settings, now, DEPOSIT);
        }
        Ticket { first: true, allowed: 0, under_way: 0, cost: None, mark: None }
    }

    /// An attempt of the request ended: number 1 is the first, all others are retries. To be called
    /// once for each.
    pub fn settle(&mut self, settings: &Settings, ticket: &mut Ticket, attempt: u32, mark: Mark) {
        if attempt <= 1 {
            self.firsts = self.firsts.saturating_sub(u32::from(ticket.first));
            ticket.first = false;
        } else if ticket.under_way > 0 {
            ticket.under_way -= 1;
            self.retries = self.retries.saturating_sub(1);
        }
        ticket.mark = Some(mark);
        if let Settings::Throttling(throttling) = settings {
            let gone = self.gone_thousandths();
            let gone = match mark {
                Mark::Success => gone.saturating_sub(throttling.gain()),
                Mark::Final => gone,
                Mark::Failure | Mark::TimedOut | Mark::Throttled => gone.saturating_add(1_000),
            };
            self.memory = Memory::Throttling(gone.min(throttling.most()));
        }
    }

    /// Asks whether a retry (or a hedge) may go out, and counts it if so.
    ///
    /// # Errors
    /// The reason why not. The budget is as it was then.
    pub fn retry(
        &mut self,
        settings: &Settings,
        ticket: &mut Ticket,
        now: SimTime,
    ) -> Result<(), Refusal> {
        let may = match settings {
            Settings::None => true,
            Settings::Quota(quota) => {
                let (gone, cost) = (self.gone(), quota.cost(ticket.mark));
                let gone = gone.min(quota.capacity).saturating_add(cost);
                let enough = gone <= quota.capacity;
                if enough {
                    self.memory = Memory::Quota(gone);
                    ticket.cost = Some(cost);
                }
                enough
            }
            Settings::Throttling(throttling) => {
                let left = throttling.most().saturating_sub(self.gone_thousandths());
                left > throttling.most() / 2
            }
            Settings::Deposits(deposits) => {
                let [made, retries] = self.counts().sums(deposits.ttl, now);
                deposits.allow(made, retries)
            }
            Settings::Concurrency(concurrency) => {
                let others = match concurrency.of {
                    Active::Attempts => self.firsts,
                    Active::Requests => self.requests,
                };
                concurrency.allow(self.retries, others.saturating_add(self.retries))
            }
            Settings::Share(share) => {
                if ticket.allowed.saturating_add(1) >= share.max_attempts {
                    return Err(Refusal::AttemptsSpent);
                }
                let [firsts, retries] = self.counts().sums(share.window, now);
                share.allows(retries, firsts + retries)
            }
        };
        if !may {
            return Err(Refusal::BudgetSpent);
        }
        self.count(settings, now, RETRY);
        self.retries = self.retries.saturating_add(1);
        ticket.allowed = ticket.allowed.saturating_add(1);
        ticket.under_way = ticket.under_way.saturating_add(1);
        Ok(())
    }

    /// The request has ended with the outcome of the attempt that was settled last. What of it is
    /// still under way is not counted any more.
    pub fn end(&mut self, settings: &Settings, ticket: Ticket, now: SimTime) {
        self.requests = self.requests.saturating_sub(1);
        self.firsts = self.firsts.saturating_sub(u32::from(ticket.first));
        self.retries = self.retries.saturating_sub(ticket.under_way);
        match settings {
            Settings::Quota(quota) if ticket.mark == Some(Mark::Success) => {
                let refund = ticket.cost.unwrap_or(quota.first_refund);
                self.memory = Memory::Quota(self.gone().saturating_sub(refund));
            }
            Settings::Deposits(deposits) if deposits.on == DepositOn::Answer => {
                if matches!(ticket.mark, Some(Mark::Success | Mark::Final)) {
                    self.count(settings, now, DEPOSIT);
                }
            }
            _ => {}
        }
    }

    /// The tokens that are left, for the laws that have some.
    #[must_use]
    pub fn tokens(&self, settings: &Settings) -> Option<f64> {
        match settings {
            Settings::Quota(quota) => Some(f64::from(quota.capacity.saturating_sub(self.gone()))),
            Settings::Throttling(throttling) => {
                let left = throttling.most().saturating_sub(self.gone_thousandths());
                Some(left as f64 / 1_000.0)
            }
            _ => None,
        }
    }

    /// Retries under way.
    #[must_use]
    pub const fn retries_under_way(&self) -> u32 {
        self.retries
    }

    fn gone(&self) -> u32 {
        if let Memory::Quota(gone) = self.memory { gone } else { 0 }
    }

    fn gone_thousandths(&self) -> u64 {
        if let Memory::Throttling(gone) = self.memory { gone } else { 0 }
    }

    fn counts(&self) -> Rolling<10, 2> {
        if let Memory::Counts(counts) = self.memory { counts } else { Rolling::new() }
    }

    /// Counts one of a kind, if the law counts over time.
    fn count(&mut self, settings: &Settings, now: SimTime, kind: usize) {
        let span = match settings {
            Settings::Deposits(deposits) => deposits.ttl,
            Settings::Share(share) => share.window,
            _ => return,
        };
        let mut counts = self.counts();
        counts.count(span, now, kind);
        self.memory = Memory::Counts(counts);
    }
}

impl Quota {
    /// What a retry costs after an attempt that ended so; one that has not ended is hedged.
    fn cost(&self, after: Option<Mark>) -> u32 {
        match after {
            Some(Mark::TimedOut) => self.timeout_cost,
            Some(Mark::Throttled) => self.throttled_cost,
            _ => self.retry_cost,
        }
    }
}

impl Throttling {
    /// Thousandths of tokens at the start.
    fn most(&self) -> u64 {
        u64::from(self.max_tokens) * 1_000
    }

    /// Thousandths of tokens for a success. The addition is for decimals that binary numbers miss:
    /// 0.29 · 1000 is less than 290.
    fn gain(&self) -> u64 {
        (self.token_ratio * 1_000.0 + 1e-6) as u64
    }
}

impl Deposits {
    /// Whether there is enough for one retry more. Counted in thousandths of a deposit, as in
    /// Finagle, where a retry costs `1000 / ratio` of them, rounded down.
    fn allow(&self, deposits: u64, retries: u64) -> bool {
        let (worth, cost) = match self.ratio > 0.0 {
            true => (1_000, u128::from(((1_000.0 / self.ratio) as u32).max(1))),
            false => (0, 1),
        };
        let nanos = u128::from(self.min_per_second) * u128::from(self.ttl.nanos());
        let reserve = nanos * cost / 1_000_000_000;
        (u128::from(retries) + 1) * cost <= u128::from(deposits) * worth + reserve
    }
}

impl Concurrency {
    fn allow(&self, retries: u32, active: u32) -> bool {
        let below_min = retries < self.min;
        match self.compare {
            // `as` rounds down.
            Compare::Below => below_min || retries < (self.ratio * f64::from(active)) as u32,
            Compare::UpTo => {
                below_min || f64::from(retries) / f64::from(active.max(1)) <= self.ratio
            }
        }
    }
}

impl Share {
    fn allows(&self, retries: u64, attempts: u64) -> bool {
        (retries as f64 / attempts.max(1) as f64) < self.ratio
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
