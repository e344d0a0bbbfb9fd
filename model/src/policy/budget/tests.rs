//! What each law does, with the numbers of the libraries.

use super::*;
use crate::time::SimDuration;

fn at(ms: u64) -> SimTime {
    SimTime::from_millis(ms)
}

/// A budget under one law, asked for whole requests.
struct Bench {
    settings: Settings,
    budget: Budget,
}

impl Bench {
    fn new(settings: Settings) -> Self {
        assert_eq!(settings.validate(), Ok(()));
        Self { settings, budget: Budget::default() }
    }

    fn begin(&mut self, ms: u64) -> Ticket {
        self.budget.begin(&self.settings, at(ms))
    }

    fn settle(&mut self, ticket: &mut Ticket, attempt: u32, mark: Mark) {
        self.budget.settle(&self.settings, ticket, attempt, mark);
    }

    fn retry(&mut self, ticket: &mut Ticket, ms: u64) -> bool {
        self.budget.retry(&self.settings, ticket, at(ms)).is_ok()
    }

    fn end(&mut self, ticket: Ticket, ms: u64) {
        self.budget.end(&self.settings, ticket, at(ms));
    }

    /// A request whose attempts end with these marks, one after another; how many there were.
    fn request(&mut self, ms: u64, marks: &[Mark]) -> usize {
        let mut ticket = self.begin(ms);
        let mut attempts = 0;
        for (attempt, &mark) in (1..).zip(marks) {
            if attempt > 1 && !self.retry(&mut ticket, ms) {
                break;
            }
            self.settle(&mut ticket, attempt, mark);
            attempts += 1;
        }
        self.end(ticket, ms);
        attempts
    }

    /// How many retries so many failing requests get.
    fn retries(&mut self, ms: u64, requests: usize, mark: Mark) -> usize {
        (0..requests).map(|_| self.request(ms, &[mark; 2]) - 1).sum()
    }

    fn tokens(&self) -> f64 {
        self.budget.tokens(&self.settings).expect("a law with tokens")
    }
}

use Mark::{Failure, Final, Success, Throttled, TimedOut};

#[test]
fn without_a_budget_every_retry_goes_out() {
    assert_eq!(Bench::new(Settings::None).retries(0, 10_000, Failure), 10_000);
}

/// botocore: 500 tokens, 5 each, 10 after a timeout.
#[test]
fn an_outage_spends_the_quota_of_aws() {
    assert_eq!(Bench::new(Settings::AWS_STANDARD).retries(0, 1_000, Failure), 100);
    assert_eq!(Bench::new(Settings::AWS_STANDARD).retries(0, 1_000, Throttled), 100);
    assert_eq!(Bench::new(Settings::AWS_STANDARD).retries(0, 1_000, TimedOut), 50);
}

/// botocore, version 2.1: 14 each, also after a timeout, and 5 when throttled.
#[test]
fn the_costs_of_2026_are_others() {
    assert_eq!(Bench::new(Settings::AWS_2026).retries(0, 1_000, Failure), 35);
    assert_eq!(Bench::new(Settings::AWS_2026).retries(0, 1_000, TimedOut), 35);
    assert_eq!(Bench::new(Settings::AWS_2026).retries(0, 1_000, Throttled), 100);
}

#[test]
fn a_success_gives_back_what_the_last_retry_cost() {
    let mut aws = Bench::new(Settings::AWS_STANDARD);
    aws.request(0, &[Failure, TimedOut, Success]);
    assert_eq!(aws.tokens(), 495.0, "5 and 10 spent, 10 returned");
    aws.request(0, &[Success]);
    assert_eq!(aws.tokens(), 496.0, "1 for a success at the first attempt");
    aws.request(0, &[Failure, Failure]);
    assert_eq!(aws.tokens(), 491.0, "nothing for a failure");
    aws.request(0, &[Final]);
    assert_eq!(aws.tokens(), 491.0);
    for _ in 0..20 {
        aws.request(0, &[Success]);
    }
    assert_eq!(aws.tokens(), 500.0, "never more than there were");
}

/// botocore: what does not suffice is not taken.
#[test]
fn a_refused_retry_costs_nothing() {
    let mut aws = Bench::new(Settings::Quota(Quota { capacity: 7, ..Quota::default() }));
    assert_eq!(aws.request(0, &[Failure, Failure, Failure]), 2);
    assert_eq!(aws.tokens(), 2.0);
}

/// grpc-go, observed: with 10 and 0.1 the fifth failure in a row is throttled.
#[test]
fn the_fifth_failure_in_a_row_is_throttled() {
    let mut grpc = Bench::new(Settings::GRPC);
    let mut ticket = grpc.begin(0);
    let mut may = Vec::new();
    for attempt in 1..=6 {
        grpc.settle(&mut ticket, attempt, Failure);
        may.push(grpc.retry(&mut ticket, 0));
    }
    assert_eq!(may, [true, true, true, true, false, false]);
    assert_eq!(grpc.tokens(), 4.0);
}

#[test]
fn a_tenth_of_a_token_above_the_half_is_enough() {
    let mut grpc = Bench::new(Settings::GRPC);
    for _ in 0..5 {
        grpc.request(0, &[Failure]);
    }
    assert_eq!(grpc.request(0, &[Failure, Success]), 1);
    for _ in 0..20 {
        assert!(grpc.tokens() < 6.1);
        grpc.request(0, &[Success]);
    }
    assert_eq!(grpc.request(0, &[Failure, Success]), 1, "6.0 minus one is exactly the half");
    for _ in 0..11 {
        grpc.request(0, &[Success]);
    }
    assert_eq!(grpc.request(0, &[Failure, Success]), 2, "6.1 minus one is above it");
}

/// A6: only what is worth a retry counts, and tokens stay between none and all.
#[test]
fn wrong_requests_take_no_tokens() {
    let mut grpc = Bench::new(Settings::GRPC);
    grpc.request(0, &[Final]);
    grpc.request(0, &[Success]);
    assert_eq!(grpc.tokens(), 10.0);
    for _ in 0..30 {
        grpc.request(0, &[TimedOut]);
    }
    assert_eq!(grpc.tokens(), 0.0);
    grpc.request(0, &[Success]);
    assert_eq!(grpc.tokens(), 0.1);
}

#[test]
fn decimals_of_the_token_ratio_are_exact_to_the_third() {
    for (ratio, gain) in [(0.1, 100), (0.29, 290), (0.001, 1), (0.1239, 123), (1_000.0, 1_000_000)]
    {
        assert_eq!(Throttling { token_ratio: ratio, ..Throttling::default() }.gain(), gain);
    }
}

/// Finagle: 10 a second over 10 s are there at once, and a fifth of what was deposited.
#[test]
fn requests_deposit_what_retries_withdraw() {
    let mut finagle = Bench::new(Settings::FINAGLE);
    assert_eq!(finagle.retries(0, 500, Failure), 200, "100 in reserve and a fifth of 500");
    assert_eq!(finagle.retries(9_999, 5, Failure), 1);
    assert_eq!(finagle.retries(10_000, 500, Failure), 200, "all that was at zero is forgotten");
}

/// Linkerd: who never gets an answer deposits nothing.
#[test]
fn linkerd_deposits_only_answers() {
    assert_eq!(Bench::new(Settings::LINKERD).retries(0, 500, Failure), 100);
    let mut linkerd = Bench::new(Settings::LINKERD);
    for _ in 0..500 {
        linkerd.request(0, &[Success]);
    }
    assert_eq!(linkerd.retries(0, 500, Failure), 200);
}

/// tower, `tps_empty`, `tps_leaky`, `tps_slots` and `tps_reserve`.
#[test]
fn the_tests_of_tower_hold() {
    let bench = |min_per_second, ratio| {
        let ttl = SimDuration::from_secs(1);
        let on = DepositOn::Request;
        Bench::new(Settings::Deposits(Deposits { ttl, min_per_second, ratio, on }))
    };
    let mut ticket = bench(0, 1.0).begin(0);
    assert!(!bench(0, 1.0).retry(&mut ticket, 0), "empty");

    let mut leaky = bench(0, 1.0);
    let mut ticket = leaky.begin(0);
    assert!(!leaky.retry(&mut ticket, 3_000));

    let mut slots = bench(0, 0.5);
    slots.request(0, &[Success]);
    let mut ticket = slots.begin(0);
    assert!(slots.retry(&mut ticket, 901), "two deposits still count");
    slots.request(2_902, &[Success]);
    slots.request(3_203, &[Success]);
    let mut ticket = slots.begin(4_004);
    assert!(slots.retry(&mut ticket, 4_004), "the second still counts, with the third");
    assert!(!slots.retry(&mut ticket, 4_004));

    let mut reserve = bench(5, 1.0);
    let may: Vec<_> = (0..6).map(|_| reserve.retry(&mut ticket, 0)).collect();
    assert_eq!(may, [true, true, true, true, true, false]);
}

#[test]
fn without_a_ratio_only_the_reserve_is_there() {
    let law = Deposits { ratio: 0.0, min_per_second: 1, ..Deposits::default() };
    assert_eq!(Bench::new(Settings::Deposits(law)).retries(0, 500, Failure), 10);
    let twice = Deposits { ratio: 2.0, min_per_second: 0, ..Deposits::default() };
    let mut twice = Bench::new(Settings::Deposits(twice));
    assert_eq!(twice.request(0, &[Failure; 5]), 3, "two retries for each request");
}

/// Lets so many requests fail and asks a retry for each, without ever ending one.
fn under_way(settings: Settings, requests: usize) -> usize {
    let mut bench = Bench::new(settings);
    let mut tickets: Vec<_> = (0..requests).map(|_| bench.begin(0)).collect();
    let mut retry = |ticket: &mut Ticket| {
        bench.settle(ticket, 1, Failure);
        bench.retry(ticket, 0)
    };
    tickets.iter_mut().filter_map(|ticket| retry(ticket).then_some(())).count()
}

/// Envoy: max(3, 20 % of active), and what has failed is not active any more.
#[test]
fn so_many_retries_are_under_way_at_once() {
    assert_eq!(under_way(Settings::ENVOY, 10), 3);
    // 100 begin, one after another fails and n retries are under way: n < (100 - k + n) / 5.
    assert_eq!(under_way(Settings::ENVOY, 100), 19);
    // failsafe-go: n / (100 + n) <= 0.2 lets the 26th out.
    assert_eq!(under_way(Settings::FAILSAFE_GO, 100), 26);
}

/// failsafe-go, `TestBudget`: with two executions, one a retry, half of them may be: one more may,
/// then none.
#[test]
fn failsafe_go_lets_one_more_out_than_its_limit() {
    let half = |compare| {
        let law = Concurrency { ratio: 0.5, min: 1, of: Active::Requests, compare };
        let mut bench = Bench::new(Settings::Concurrency(law));
        let (mut ticket, mut other) = (bench.begin(0), bench.begin(0));
        bench.settle(&mut ticket, 1, Failure);
        assert!(bench.retry(&mut ticket, 0));
        bench.settle(&mut other, 1, Final);
        bench.end(other, 0);
        let mut may = [bench.retry(&mut ticket, 0), bench.retry(&mut ticket, 0), false];
        bench.settle(&mut ticket, 2, Failure);
        may[2] = bench.retry(&mut ticket, 0);
        may
    };
    assert_eq!(half(Compare::UpTo), [true, false, true]);
    assert_eq!(half(Compare::Below), [false, false, true]);
}

#[test]
fn a_retry_is_under_way_until_it_or_its_request_ends() {
    let mut envoy = Bench::new(Settings::ENVOY);
    let mut tickets = [0; 3].map(|_| envoy.begin(0));
    for ticket in &mut tickets {
        envoy.settle(ticket, 1, Failure);
        assert!(envoy.retry(ticket, 0));
    }
    let [mut a, b, mut c] = tickets;
    assert!(!envoy.retry(&mut a, 0));
    envoy.settle(&mut a, 2, Failure);
    assert!(envoy.retry(&mut a, 0));
    assert!(!envoy.retry(&mut c, 0));
    envoy.end(b, 0);
    assert!(envoy.retry(&mut c, 0));
    assert_eq!(envoy.budget.retries_under_way(), 3);
}

/// The book: 3 attempts for each request, and no more than 1.1 times the load instead of 3.
#[test]
fn a_client_of_google_sends_a_tenth_more() {
    let mut sre = Bench::new(Settings::GOOGLE_SRE);
    let requests = 900;
    let attempts: usize = (0..requests).map(|_| sre.request(0, &[Failure; 9])).sum();
    assert_eq!(attempts, 1_000, "100 retries are a tenth of 1,000 attempts");
    let mut alone = Bench::new(Settings::GOOGLE_SRE);
    for _ in 0..100 {
        alone.request(0, &[Success]);
    }
    let mut ticket = alone.begin(0);
    alone.settle(&mut ticket, 1, Failure);
    let retry =
        |bench: &mut Bench, ticket: &mut Ticket| bench.budget.retry(&bench.settings, ticket, at(0));
    assert_eq!([retry(&mut alone, &mut ticket), retry(&mut alone, &mut ticket)], [Ok(()); 2]);
    assert_eq!(retry(&mut alone, &mut ticket), Err(Refusal::AttemptsSpent));
}

#[test]
fn what_an_outcome_means_depends_on_whether_it_is_worth_a_retry() {
    let answered = |status| Outcome::Answered(Status(status));
    assert_eq!(Mark::new(answered(201), false), Success);
    assert_eq!(Mark::new(answered(503), true), Failure);
    assert_eq!(Mark::new(answered(503), false), Final);
    assert_eq!(Mark::new(answered(429), true), Throttled);
    assert_eq!(Mark::new(answered(400), false), Final);
    assert_eq!(Mark::new(Outcome::TimedOut, true), TimedOut);
    assert_eq!(Mark::new(Outcome::ConnectionFailed, true), Failure);
}

#[test]
fn another_law_begins_anew_and_keeps_what_is_under_way() {
    let mut bench = Bench::new(Settings::AWS_STANDARD);
    bench.retries(0, 1_000, Failure);
    let mut ticket = bench.begin(0);
    bench.settings = Settings::GRPC;
    assert_eq!(bench.tokens(), 10.0);
    bench.settle(&mut ticket, 1, Failure);
    assert!(bench.retry(&mut ticket, 0));
    bench.settings = Settings::ENVOY;
    assert_eq!(bench.budget.retries_under_way(), 1);
    bench.settings = Settings::AWS_STANDARD;
    assert_eq!(bench.tokens(), 500.0);
    bench.settings = Settings::Quota(Quota { capacity: 3, ..Quota::default() });
    assert!(!bench.retry(&mut ticket, 0), "a knob may lower the capacity below the cost");
}
