//! What retries make of failures, and of the load on whoever fails.

use half_open::policy::{backoff, retry};
use half_open::random::Distribution;
use half_open::run::Metrics;
use half_open::scenario::{CallPolicy, Scenario, Service};
use half_open::time::SimDuration;

use super::evidence::agree;
use super::system::{MANY, chain, clients, once, run_to_the_end, service};

/// A chain of services in which every caller makes up to `attempts`, and the last one fails with
/// probability `failing`.
fn layers(depth: usize, attempts: u32, failing: f64) -> Scenario {
    let backoff = backoff::Settings { kind: backoff::Kind::None, ..Default::default() };
    let retry = retry::Settings { max_attempts: attempts, backoff, ..Default::default() };
    let policy = CallPolicy { retry, ..once() };
    let well = service(MANY, 0, Distribution::Constant(SimDuration::from_millis(1)));
    let last = Service { error_rate: failing, ..well.clone() };
    let mut services = vec![(policy.clone(), well); depth - 1];
    services.push((policy, last));
    chain(clients(1_000.0), services)
}

/// Runs it until every operation has succeeded or failed for good.
fn settled(scenario: &Scenario, seed: u64) -> Metrics {
    let metrics = Metrics::of(&run_to_the_end(scenario, seed, 3.0, 1.0));
    assert_eq!(metrics.in_flight, 0);
    assert!(metrics.services.iter().all(|service| service.rejected == 0), "nobody queues");
    metrics
}

/// If attempts fail independently with probability p, an operation with k of them makes
/// `1 + p + … + p^{k−1} = (1−pᵏ)/(1−p)` calls and succeeds with probability `1−pᵏ`: the truncated
/// geometric distribution.
///
/// Feller, *An Introduction to Probability Theory I*, 1968, chapter VI; for retries: Beyer et al.
/// (eds.), *Site Reliability Engineering*, 2016, chapters 21 and 22.
#[test]
fn retries_multiply_calls_and_successes_as_a_truncated_geometric_distribution() {
    for (failing, attempts) in [(0.1, 2), (0.2, 3), (0.5, 3), (0.5, 5), (0.9, 10)] {
        let lost = libm::pow(failing, f64::from(attempts));
        let laws =
            [("calls per operation", (1.0 - lost) / (1.0 - failing)), ("P(success)", 1.0 - lost)];
        agree(&format!("{attempts} attempts, {failing} fail"), laws, |seed| {
            let metrics = settled(&layers(1, attempts, failing), seed);
            let operations = f64::from(metrics.requests);
            [f64::from(metrics.attempts) / operations, f64::from(metrics.succeeded) / operations]
        });
    }
}

/// Where three layers retry, each multiplies the calls of the one above: with `f₃ = pᵏ`,
/// `f₂ = f₃ᵏ` and `f₁ = f₂ᵏ`, an operation makes `(1−f₁)/(1−f₂)` calls of the first service, each
/// of which makes `(1−f₂)/(1−f₃)` of the second, each of which makes `(1−f₃)/(1−p)` of the third.
/// The product is `(1−p^{k³})/(1−p)`, as if one caller made k³ attempts.
///
/// *Site Reliability Engineering*, 2016, chapter 22: “a single user action may create 64 attempts
/// (4³)”.
#[test]
fn retries_in_three_layers_multiply() {
    for (failing, attempts) in [(0.5, 2), (0.7, 2), (0.9, 3)] {
        let k = f64::from(attempts);
        let third = libm::pow(failing, k);
        let second = libm::pow(third, k);
        let first = libm::pow(second, k);
        let calls_of_first = (1.0 - first) / (1.0 - second);
        let calls_of_second = calls_of_first * (1.0 - second) / (1.0 - third);
        let laws = [
            ("calls of the first service", calls_of_first),
            ("calls of the second service", calls_of_second),
            ("calls of the third service", calls_of_second * (1.0 - third) / (1.0 - failing)),
            ("P(success)", 1.0 - first),
        ];
        agree(&format!("3 layers of {attempts} attempts, {failing} fail"), laws, |seed| {
            let metrics = settled(&layers(3, attempts, failing), seed);
            let operations = f64::from(metrics.requests);
            let handled =
                |service: usize| f64::from(metrics.services[service].handled) / operations;
            assert_eq!(metrics.amplification, handled(3), "the busiest line is the last one");
            [handled(1), handled(2), handled(3), f64::from(metrics.succeeded) / operations]
        });
    }
}

/// *Site Reliability Engineering*, 2016, chapter 22: 4³ = 64 calls, if every one of them fails.
#[test]
fn four_attempts_in_three_layers_are_sixty_four_calls_when_nothing_works() {
    let metrics = settled(&layers(3, 4, 1.0), 1);
    assert_eq!((metrics.amplification, metrics.succeeded), (64.0, 0));
}
