//! No sequence of questions gets more retries out of a budget than its law says.

use proptest::prelude::*;

use super::*;
use crate::time::SimDuration;

#[derive(Clone, Copy, Debug)]
enum Step {
    Begin,
    /// The latest attempt of one of the requests ends.
    Settle(usize, Mark),
    /// One of the requests asks for a retry, if its latest attempt failed.
    Retry(usize),
    End(usize),
    Wait(u64),
}

fn mark() -> impl Strategy<Value = Mark> {
    prop::sample::select(vec![
        Mark::Success,
        Mark::Failure,
        Mark::Failure,
        Mark::TimedOut,
        Mark::Throttled,
        Mark::Final,
    ])
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => Just(Step::Begin),
        4 => (0usize..20, mark()).prop_map(|(which, mark)| Step::Settle(which, mark)),
        4 => (0usize..20).prop_map(Step::Retry),
        2 => (0usize..20).prop_map(Step::End),
        1 => (0u64..700).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 0..200)
}

/// What happened, in nanoseconds.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Event {
    /// A first attempt went out.
    First,
    /// A retry went out, after an attempt that ended so.
    Retry(Mark),
    /// An attempt succeeded.
    Success,
    /// A request ended well, its last retry after an attempt that ended so.
    EndedWell(Option<Mark>),
}

struct Live {
    ticket: Ticket,
    attempts: u32,
    /// How the latest attempt ended, and none while it is under way.
    ended: Option<Mark>,
    /// After what the latest retry went out.
    retried: Option<Mark>,
}

/// Follows the steps; `check` is asked at every retry with what is active (first attempts under way,
/// requests, retries under way), counted here and not by the budget.
fn follow(
    settings: &Settings,
    steps: &[Step],
    mut check: impl FnMut([u32; 3]),
) -> Vec<(u64, Event)> {
    let (mut budget, mut now, mut log) = (Budget::default(), SimTime::ZERO, Vec::new());
    let mut live: Vec<Live> = Vec::new();
    for &step in steps {
        match step {
            Step::Begin => {
                let ticket = budget.begin(settings, now);
                live.push(Live { ticket, attempts: 1, ended: None, retried: None });
                log.push((now.nanos(), Event::First));
            }
            Step::Settle(which, mark) => {
                if let Some(one) = live.get_mut(which).filter(|one| one.ended.is_none()) {
                    budget.settle(settings, &mut one.ticket, one.attempts, mark);
                    one.ended = Some(mark);
                    if mark == Mark::Success {
                        log.push((now.nanos(), Event::Success));
                    }
                }
            }
            Step::Retry(which) => {
                let under_way = live.iter().filter(|one| one.ended.is_none());
                let (firsts, retries): (Vec<_>, Vec<_>) = under_way.partition(|l| l.attempts == 1);
                let active = [firsts.len(), live.len(), retries.len()].map(|n| n as u32);
                let Some(one) = live.get_mut(which) else { continue };
                let Some(after) = one.ended.filter(|m| !matches!(m, Mark::Success | Mark::Final))
                else {
                    continue;
                };
                if budget.retry(settings, &mut one.ticket, now).is_ok() {
                    check(active);
                    one.attempts += 1;
                    one.ended = None;
                    one.retried = Some(after);
                    log.push((now.nanos(), Event::Retry(after)));
                } else {
                    // Who is refused gives up.
                    one.ended = Some(Mark::Final);
                }
            }
            Step::End(which) => {
                if which < live.len() {
                    let one = live.remove(which);
                    budget.end(settings, one.ticket, now);
                    if one.ended == Some(Mark::Success) {
                        log.push((now.nanos(), Event::EndedWell(one.retried)));
                    }
                }
            }
            Step::Wait(ms) => now = now + SimDuration::from_millis(ms),
        }
    }
    log
}

/// As gRPC does it: a retry is asked for as soon as an attempt has ended.
fn asking_at_once(step: Step) -> Vec<Step> {
    match step {
        Step::Settle(which, _) => vec![step, Step::Retry(which)],
        Step::Retry(_) => Vec::new(),
        _ => vec![step],
    }
}

/// The largest sum over any run of consecutive events.
fn largest_over_any_window(log: &[(u64, Event)], worth: impl Fn(Event) -> i64) -> i64 {
    let sums = log.iter().scan(0, |sum: &mut i64, &(_, event)| {
        *sum = (*sum).max(0) + worth(event);
        Some(*sum)
    });
    sums.max().unwrap_or(0)
}

/// How many such events happened less than `age` before `now`.
fn recent(log: &[(u64, Event)], now: u64, age: u64, which: impl Fn(Event) -> bool) -> f64 {
    log.iter().filter(|&&(at, event)| now - at < age && which(event)).count() as f64
}

fn is_retry(event: Event) -> bool {
    matches!(event, Event::Retry(_))
}

proptest! {
    #[test]
    fn retries_cost_no_more_than_the_quota_and_what_successes_gave_back(
        steps in steps(),
        capacity in 1u32..60,
    ) {
        let quota = Quota { capacity, ..Quota::default() };
        let cost = |after| match after {
            Mark::TimedOut => 10,
            _ => 5,
        };
        let log = follow(&Settings::Quota(quota), &steps, |_| {});
        let spent = largest_over_any_window(&log, |event| match event {
            Event::Retry(after) => cost(after),
            Event::EndedWell(last) => -last.map_or(1, cost),
            Event::First | Event::Success => 0,
        });
        prop_assert!(spent <= i64::from(capacity), "{} of {}", spent, capacity);
    }

    #[test]
    fn retries_are_half_of_the_tokens_and_what_successes_gave(
        steps in steps(),
        max_tokens in 1u32..12,
        thousandths in 1i64..3_000,
    ) {
        let token_ratio = thousandths as f64 / 1_000.0;
        let law = Settings::Throttling(Throttling { max_tokens, token_ratio });
        let steps: Vec<Step> = steps.into_iter().flat_map(asking_at_once).collect();
        let log = follow(&law, &steps, |_| {});
        let retried = largest_over_any_window(&log, |event| match event {
            Event::Retry(_) => 1_000,
            Event::Success => -thousandths,
            Event::First | Event::EndedWell(_) => 0,
        });
        prop_assert!(retried <= i64::from(max_tokens) * 500, "{} of {}", retried, max_tokens);
    }

    #[test]
    fn retries_are_a_ratio_of_deposits_and_the_minimum(
        steps in steps(),
        min_per_second in 0u32..3,
        ratio in prop::sample::select(vec![0.0, 0.1, 0.2, 0.5, 1.0, 2.0]),
    ) {
        let ttl = SimDuration::from_secs(2);
        let on = DepositOn::Request;
        let law = Settings::Deposits(Deposits { ttl, min_per_second, ratio, on });
        let log = follow(&law, &steps, |_| {});
        for (n, &(now, event)) in log.iter().enumerate() {
            if is_retry(event) {
                let past = &log[..=n];
                let retries = recent(past, now, ttl.nanos() / 10 * 9, is_retry);
                let deposits = recent(past, now, ttl.nanos(), |e| e == Event::First);
                let most = ratio * deposits + 2.0 * f64::from(min_per_second);
                prop_assert!(retries <= most + 1e-9, "{} of {}", retries, most);
            }
        }
    }

    #[test]
    fn retries_under_way_are_a_ratio_of_what_is_active(
        steps in steps(),
        ratio in 0.0f64..=1.0,
        min in 0u32..4,
    ) {
        for (of, compare) in
            [(Active::Attempts, Compare::Below), (Active::Requests, Compare::UpTo)]
        {
            let law = Settings::Concurrency(Concurrency { ratio, min, of, compare });
            let mut most_over = f64::NEG_INFINITY;
            follow(&law, &steps, |[firsts, requests, retries]| {
                let others = if of == Active::Attempts { firsts } else { requests };
                let limit = f64::from(min).max(ratio * f64::from(others + retries));
                most_over = most_over.max(f64::from(retries + 1) - limit);
            });
            let allowed_over = if compare == Compare::UpTo { 1.0 } else { 0.0 };
            prop_assert!(most_over <= allowed_over + 1e-9, "{} over", most_over);
        }
    }

    #[test]
    fn retries_are_a_share_of_attempts(
        steps in steps(),
        ratio in 0.0f64..=1.0,
        max_attempts in 1u32..5,
    ) {
        let window = SimDuration::from_secs(2);
        let law = Settings::Share(Share { ratio, window, max_attempts });
        let log = follow(&law, &steps, |_| {});
        for (n, &(now, event)) in log.iter().enumerate() {
            if is_retry(event) {
                let past = &log[..=n];
                let retries = recent(past, now, window.nanos() / 10 * 9, is_retry);
                let firsts = recent(past, now, window.nanos(), |e| e == Event::First);
                let attempts = firsts + recent(past, now, window.nanos(), is_retry);
                prop_assert!(retries <= ratio * attempts + 1.0, "{} of {}", retries, attempts);
            }
        }
    }

    /// Tickets used wrongly, knobs moved at any time.
    #[test]
    fn no_sequence_of_questions_breaks_a_budget(
        steps in prop::collection::vec((0u8..6, 0usize..4, 0u32..5, mark(), 0usize..9), 0..120),
    ) {
        let (mut budget, mut settings) = (Budget::default(), Settings::None);
        let mut tickets: Vec<Ticket> = Vec::new();
        for (step, which, attempt, mark, preset) in steps {
            let now = SimTime::from_millis(u64::from(attempt) * 3_000);
            match (step, tickets.get_mut(which)) {
                (0, _) => tickets.push(budget.begin(&settings, now)),
                (1, Some(ticket)) => budget.settle(&settings, ticket, attempt, mark),
                (2, Some(ticket)) => {
                    let _ = budget.retry(&settings, ticket, now);
                }
                (3, Some(ticket)) => budget.end(&settings, *ticket, now),
                (4, _) => settings = Settings::PRESETS.get(preset).map_or(Settings::None, |p| p.1),
                _ => {}
            }
            let most = match settings {
                Settings::Quota(quota) => f64::from(quota.capacity),
                Settings::Throttling(throttling) => f64::from(throttling.max_tokens),
                _ => 0.0,
            };
            let tokens = budget.tokens(&settings).unwrap_or(0.0);
            prop_assert!((0.0..=most).contains(&tokens), "{} of {}", tokens, most);
        }
    }
}
