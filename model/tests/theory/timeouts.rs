//! Callers that give up, and the work that goes on without them.

use half_open::log::Kind;
use half_open::policy::timeout;
use half_open::random::Distribution;
use half_open::run::Metrics;
use half_open::scenario::CallPolicy;

use super::evidence::{agree, mean};
use super::system::{MANY, MU, WAY, WORK, chain, clients, length, once, run_to_the_end, service};

/// Where nobody queues, a call whose work takes S, exponential with rate μ, times out after T with
/// the probability `P(S > T) = e^{−μT}`; its caller waits for `E[min(S, T)] = (1−e^{−μT})/μ`; and
/// as the rest of an exponential time is as long as all of it, the service works on for
/// `E[(S−T)⁺] = e^{−μT}/μ` a call in vain.
///
/// Memorylessness: Feller, *An Introduction to Probability Theory II*, 1971, chapter I;
/// Harchol-Balter 2013, chapter 11.
#[test]
fn an_exponential_service_outlasts_its_caller_as_often_and_as_long_as_theory_says() {
    for patience in [0.5, 1.0, 2.0] {
        // A caller who is as patient as this and the way there and back sees work of T answered.
        let timeout = length(patience / MU) + WAY + WAY;
        let outlasts = libm::exp(-patience);
        let laws = [
            ("P(timeout)", outlasts),
            ("mean wait of the caller (s)", (1.0 - outlasts) / MU + 2.0 * WAY.seconds()),
            ("work in vain per call (s)", outlasts / MU),
        ];
        agree(&format!("timeout after {patience} mean services"), laws, |seed| {
            let timeout = timeout::Settings { per_attempt: Some(timeout) };
            let policy = CallPolicy { timeout, ..once() };
            let time = Distribution::Exponential { mean: WORK };
            let scenario = chain(clients(1_000.0), vec![(policy, service(MANY, 0, time))]);
            let run = run_to_the_end(&scenario, seed, 3.0, 1.0);
            let timed_out = run.log().events_from(0).filter(|event| event.kind == Kind::TimedOut);
            let metrics = Metrics::of(&run);
            assert_eq!((metrics.in_flight, metrics.services[1].rejected), (0, 0));
            let calls = f64::from(metrics.requests);
            let waited: Vec<f64> = metrics.latencies.iter().map(|l| l.seconds()).collect();
            [timed_out.count() as f64 / calls, mean(&waited), metrics.orphan_work.seconds() / calls]
        });
    }
}
