//! Who arrives when, and that nothing else has a say in it.

use std::collections::BTreeMap;

use half_open::log::{Kind, RequestId};
use half_open::random::Distribution;
use half_open::run::Run;
use half_open::scenario::{Role, Scenario};
use half_open::time::{SimDuration, SimTime};

use super::evidence::{agree, mean};
use super::system::{MANY, WORK, chain, clients, once, run, service};

/// Clients at a rate, and a service that always has a worker for them.
fn plenty(rate: f64, seconds: u64) -> Scenario {
    let time = Distribution::Exponential { mean: WORK };
    let scenario = chain(clients(rate), vec![(once(), service(MANY, 0, time))]);
    Scenario { horizon: SimDuration::from_secs(seconds), ..scenario }
}

/// When requests arrived, and who wanted them.
fn arrivals(run: &Run) -> Vec<(SimTime, u32)> {
    let arrived = run.log().events_from(0).filter(|event| event.kind == Kind::Arrived);
    arrived.map(|event| (event.at, run.log().request(event.subject).client)).collect()
}

/// How long the work of each request takes, in the order in which they arrived.
fn work(run: &Run) -> Vec<SimDuration> {
    let started = run.log().events_from(0).filter(|event| event.kind == Kind::Started);
    let by_request: BTreeMap<RequestId, SimDuration> =
        started.map(|event| (run.log().request_of(event.subject), event.duration())).collect();
    by_request.into_values().collect()
}

/// Poisson arrivals at rate λ: in a second as many as a Poisson variable with mean and variance λ;
/// none in a time t with probability `e^{−λt}`.
///
/// Feller, *An Introduction to Probability Theory I*, 1968, chapter VI; Kingman, *Poisson
/// Processes*, 1993.
#[test]
fn arrivals_are_a_poisson_process() {
    const SECONDS: u64 = 100;
    for rate in [5.0, 80.0] {
        let laws = [
            ("mean per second", rate),
            ("variance per second", rate),
            ("P(gap > its mean)", libm::exp(-1.0)),
        ];
        agree(&format!("Poisson arrivals, {rate} per second"), laws, |seed| {
            let times: Vec<f64> = arrivals(&run(&plenty(rate, SECONDS), seed))
                .iter()
                .map(|a| a.0.seconds())
                .collect();
            let mut counts = vec![0.0; SECONDS as usize];
            times.iter().for_each(|at| counts[(*at as usize).min(SECONDS as usize - 1)] += 1.0);
            let average = mean(&counts);
            let squares: f64 = counts.iter().map(|n| (n - average) * (n - average)).sum();
            // The first of them only: how many gaps end before the horizon depends on their length.
            let gaps: Vec<f64> =
                times.windows(2).take((rate * 50.0) as usize).map(|t| t[1] - t[0]).collect();
            let long = gaps.iter().filter(|gap| **gap > 1.0 / rate).count();
            [average, squares / (SECONDS - 1) as f64, long as f64 / gaps.len() as f64]
        });
    }
}

/// Gaps between arrivals depend neither on the gaps before them nor on how much work the requests
/// bring: of independent variables, all above their median or not, a quarter of the pairs are both
/// above.
///
/// Kingman, *Poisson Processes*, 1993; independent streams: L'Ecuyer et al., *An object-oriented
/// random-number package with many long streams and substreams*, 2002.
#[test]
fn gaps_and_work_are_independent_of_each_other() {
    const RATE: f64 = 100.0;
    const PAIRS: usize = 3_000;
    let laws = [
        ("P(two gaps running are long)", 0.25),
        ("P(gap and work are long)", 0.25),
        ("P(two works running are long)", 0.25),
    ];
    agree("gaps and work", laws, |seed| {
        let run = run(&plenty(RATE, 40), seed);
        let median = libm::log(2.0);
        let times: Vec<SimTime> = arrivals(&run).iter().map(|arrival| arrival.0).collect();
        let gaps: Vec<bool> =
            times.windows(2).map(|pair| pair[1].since(pair[0]).seconds() > median / RATE).collect();
        let work: Vec<bool> =
            work(&run).iter().map(|work| work.seconds() > median * WORK.seconds()).collect();
        let both = |some: &[bool], others: &[bool]| {
            let pairs = some.iter().zip(others).take(PAIRS);
            pairs.filter(|(one, other)| **one && **other).count() as f64 / PAIRS as f64
        };
        assert!(gaps.len() > PAIRS + 1);
        [both(&gaps, &gaps[1..]), both(&gaps, &work), both(&work, &work[1..])]
    });
}

/// Two settings meet the same clients at the same times with the same work to do: the differences
/// between them are not luck.
///
/// Common random numbers: Law, *Simulation Modeling and Analysis*, 2015, section 11.2.
#[test]
fn two_settings_see_the_same_arrivals_and_the_same_work() {
    let quick = plenty(50.0, 20);
    let mut crowded = quick.clone();
    let Role::Service(service) = &mut crowded.nodes[1].role else {
        unreachable!("the second node is the service")
    };
    (service.workers, service.queue, service.error_rate) = (1, 100, 0.3);
    crowded.edges[0].policy.timeout.per_attempt = Some(SimDuration::from_millis(15));
    crowded.edges[0].network.latency = Distribution::Constant(SimDuration::from_millis(1));
    let (one, other) = (run(&quick, 7), run(&crowded, 7));
    assert_eq!(arrivals(&one), arrivals(&other));
    let (one_work, other_work) = (work(&one), work(&other));
    assert!(one_work.len() > 900 && other_work.len() > 900);
    assert!(one_work.iter().zip(&other_work).all(|(one, other)| one == other));
    assert_ne!(arrivals(&one), arrivals(&run(&quick, 8)), "another seed is another story");
}
