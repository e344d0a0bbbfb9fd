//! The engine beside others: the same workloads, in the same run, on the same machine.
//!
//! Nothing is timed before all of them agree on what comes out. Then they run by turns, several
//! times over, and the best of each counts: whatever else the machine does makes a run slower.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Section;
use super::budget::{Measurement, Values, at_least, at_most, missed, pairs, table};
use super::contestants::{Absent, Programs, native};
use crate::setup::Kit;
use crate::shell::{Failure, Result, program, read, say};

/// How often each program has its turn.
const ROUNDS: u32 = 3;

const NATIVELY: &str = "natively";
const NODE: &str = "Wasm in Node";
const CHROMIUM: &str = "Wasm in Chromium";

/// Everybody, by key, what they are and where they run.
const CONTESTANTS: [(&str, &str, &str); 14] = [
    (LIMIT, "**the limit**: a loop by hand around the standard `BinaryHeap`", NATIVELY),
    ("packed_loop", "the same with an event in 8 bytes, too few to keep turns", NATIVELY),
    ("log_off", "**Half-Open**, counted", NATIVELY),
    ("log_on", "**Half-Open**, every event written down", NATIVELY),
    ("log_indexed", "… and indexed for the page", NATIVELY),
    ("node_heap_loop", "the loop by hand", NODE),
    ("node_log_off", "**Half-Open**, counted", NODE),
    ("node_log_on", "**Half-Open**, every event written down", NODE),
    ("chromium_heap_loop", "the loop by hand", CHROMIUM),
    ("chromium_log_off", "**Half-Open**, counted", CHROMIUM),
    ("chromium_log_on", "**Half-Open**, every event written down", CHROMIUM),
    ("js_loop", "a loop by hand in JavaScript, a heap in typed arrays", "Node"),
    ("nexosim", "nexosim 1.0.0, one thread", NATIVELY),
    ("simpy", "SimPy 4.1.2", "Python"),
];
const LIMIT: &str = "heap_loop";

/// A workload and what has to come out, each within a tolerance: the share of successes, attempts
/// per request, and the mean latency in milliseconds.
struct Workload {
    key: &'static str,
    name: &'static str,
    expected: [(f64, f64); 3],
}

/// The tolerances are about three standard deviations of the outcomes of 200 runs of this length.
const WORKLOADS: [Workload; 2] = [
    // Four other simulators agree on these figures.
    Workload {
        key: RETRIES,
        name: "retries",
        expected: [(0.990, 0.000_5), (1.262, 0.003_5), (79.7, 0.7)],
    },
    // Queueing theory: 1/(μ−λ).
    Workload {
        key: "one_worker",
        name: "M/M/1 at load 0.8",
        expected: [(1.0, 0.0), (1.0, 0.0), (50.0, 3.0)],
    },
];
const RETRIES: &str = "retries";
const EXPECTED: [&str; 3] = ["the share of successes", "attempts per request", "the mean latency"];

const OF_THE_LIMIT: &str = "retries, natively, of what the limit does in the same time";
const OF_NATIVE: &str = "retries, the worse of counted and written down, once warm";

const TARGETS: [Measurement; 5] = [
    at_least("on_percent", "every event written down", 40.0, "%", OF_THE_LIMIT),
    at_least("off_percent", "counted", 70.0, "%", OF_THE_LIMIT),
    at_least("node_percent", "Wasm in Node, of native speed", 60.0, "%", OF_NATIVE),
    at_least("chromium_percent", "Wasm in Chromium, of native speed", 60.0, "%", OF_NATIVE),
    at_most("event_bytes", "the log, per event", 64.0, "B", "retries, with spans and requests"),
];

/// Something of a contestant at a workload.
type ByPair<T> = BTreeMap<(String, String), T>;

/// Compares everybody with the limit.
pub(super) fn measure(kit: &Kit) -> Result<Section> {
    say("Building other simulators and measuring the engine beside them (about 4 minutes).");
    let programs = Programs::ready(kit)?;
    let said = programs.say("agree")?;
    let outcomes = outcomes(&said);
    agree(&outcomes)?;
    all_took_part(&outcomes, &programs.absent)?;
    let mut times = String::new();
    for _ in 0..ROUNDS {
        times += &programs.say("time")?;
    }
    let best = best(&times);
    let mut values = targets(&best);
    values.extend(pairs(&said));
    let text = format!(
        "{}{}\n{}",
        heading(&values),
        comparison(&outcomes, &best, &programs.absent),
        table(&TARGETS, &values)
    );
    Ok(Section { text, missed: missed(&TARGETS, &values) })
}

/// How time and memory grow.
pub(super) fn scaling() -> Result<Section> {
    printed("Measuring how a run's time and memory grow (about 1 minute).", "scaling")
}

/// What was not chosen.
pub(super) fn alternatives() -> Result<Section> {
    printed("Measuring what the engine could be made of (about 1 minute).", "alternatives")
}

fn printed(sentence: &str, what: &str) -> Result<Section> {
    say(sentence);
    let mut text = read(program(native(&mut Absent::new())?).arg(what))?;
    text.push('\n');
    Ok(Section { text, missed: 0 })
}

/// Lines of `agree WORKLOAD CONTESTANT requests finished succeeded attempts mean`: the share of
/// successes, attempts per request, and the mean latency.
fn outcomes(said: &str) -> ByPair<[f64; 3]> {
    let mut outcomes = ByPair::new();
    for line in said.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ["agree", workload, contestant, rest @ ..] = words.as_slice() else { continue };
        let numbers: Vec<f64> = rest.iter().filter_map(|word| word.parse().ok()).collect();
        if let [requests, finished, succeeded, attempts, mean] = numbers[..] {
            let outcome = [succeeded / finished, attempts / requests, mean];
            outcomes.insert(((*workload).into(), (*contestant).into()), outcome);
        }
    }
    outcomes
}

/// Fails if anybody simulates something else.
fn agree(outcomes: &ByPair<[f64; 3]>) -> Result {
    for ((workload, contestant), outcome) in outcomes {
        let Some(known) = WORKLOADS.iter().find(|known| known.key == workload) else { continue };
        let found = outcome.iter().zip(known.expected).zip(EXPECTED);
        for ((found, (expected, tolerance)), what) in found {
            // What is not a number agrees with nothing.
            let agrees = (expected - tolerance..=expected + tolerance).contains(found);
            if !agrees {
                return Err(Failure::new(format!(
                    "“{contestant}” does not simulate the same as the others: {what} of \
                     “{workload}” is {found:.4} and not {expected} ± {tolerance}. Nothing was timed."
                )));
            }
        }
    }
    Ok(())
}

/// Fails if the outcome of anybody who is there is not known.
fn all_took_part(outcomes: &ByPair<[f64; 3]>, absent: &Absent) -> Result {
    for (key, ..) in CONTESTANTS {
        let is_there = absent.iter().all(|(who, _)| *who != key);
        let is_silent =
            |workload: &Workload| !outcomes.contains_key(&(workload.key.into(), key.into()));
        if is_there && WORKLOADS.iter().any(is_silent) {
            let sentence = format!("“{key}” does not say what it simulated. Nothing was timed.");
            return Err(Failure::new(sentence));
        }
    }
    Ok(())
}

/// Lines of `time WORKLOAD CONTESTANT requests-per-second`: the best of each.
fn best(times: &str) -> ByPair<f64> {
    let mut best = ByPair::new();
    for line in times.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ["time", workload, contestant, rate] = words.as_slice() else { continue };
        let Ok(rate) = rate.parse::<f64>() else { continue };
        let known = best.entry(((*workload).into(), (*contestant).into())).or_insert(rate);
        *known = known.max(rate);
    }
    best
}

fn rate(best: &ByPair<f64>, workload: &str, contestant: &str) -> Option<f64> {
    best.get(&(workload.into(), contestant.into())).copied()
}

/// The ratios that are promised.
fn targets(best: &ByPair<f64>) -> Values {
    let percent = |one: &str, of: &str| -> Option<f64> {
        Some(100.0 * rate(best, RETRIES, one)? / rate(best, RETRIES, of)?)
    };
    let least = |place: &str| -> Option<f64> {
        let on = percent(&format!("{place}_log_on"), "log_on")?;
        Some(on.min(percent(&format!("{place}_log_off"), "log_off")?))
    };
    let ratios = [
        ("on_percent", percent("log_on", LIMIT)),
        ("off_percent", percent("log_off", LIMIT)),
        ("node_percent", least("node")),
        ("chromium_percent", least("chromium")),
    ];
    let known = ratios.into_iter().filter_map(|(key, ratio)| Some((key, ratio?)));
    known.map(|(key, ratio)| (key.into(), format!("{ratio:.1}"))).collect()
}

fn heading(values: &Values) -> String {
    let of = |key: &str| values.get(key).map_or("an unknown", String::as_str);
    format!(
        "Measured {} on {}; load of the machine before: {}.\n\n",
        of("date"),
        of("machine"),
        of("load")
    )
}

/// Everybody's row: what came out of the retries, and how fast, beside the limit.
fn comparison(outcomes: &ByPair<[f64; 3]>, best: &ByPair<f64>, absent: &Absent) -> String {
    let [retries, other] = WORKLOADS.each_ref().map(|workload| workload.name);
    let mut text = format!(
        "| what | where | success | attempts | mean | {retries}: requests per second | \
         of the limit | {other}: mean | requests per second | of the limit |\n\
         | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
    );
    for (key, name, place) in CONTESTANTS {
        let _ = write!(text, "| {name} | {place} |");
        if let Some((_, why)) = absent.iter().find(|(who, _)| *who == key) {
            let _ = writeln!(text, " not measured: {why} | | | | | | | |");
            continue;
        }
        for workload in &WORKLOADS {
            let outcome = outcomes.get(&(workload.key.into(), key.into()));
            let [success, attempts, mean] = outcome.copied().unwrap_or([f64::NAN; 3]);
            if workload.key == RETRIES {
                let _ = write!(text, " {success:.4} | {attempts:.4} |");
            }
            let _ = write!(text, " {mean:.1} ms |");
            let rates = (rate(best, workload.key, key), rate(best, workload.key, LIMIT));
            let _ = match rates {
                (Some(rate), Some(limit)) => {
                    write!(text, " {} | {:.1} % |", in_words(rate), 100.0 * rate / limit)
                }
                _ => write!(text, " — | — |"),
            };
        }
        text.push('\n');
    }
    text
}

fn in_words(rate: f64) -> String {
    if rate < 1e6 { format!("{:.0} k", rate / 1e3) } else { format!("{:.2} M", rate / 1e6) }
}

#[cfg(test)]
mod tests {
    use super::{agree, best, comparison, outcomes, targets};

    const AGREED: &str = "agree retries simpy 300000 300000 297045 378505 79.8\n\
                          agree one_worker simpy 300000 300000 300000 300000 50.2\n";

    #[test]
    fn who_simulates_something_else_is_named() {
        assert!(agree(&outcomes(AGREED)).is_ok());
        let wrong = AGREED.replace("79.8", "84.1");
        let sentence = agree(&outcomes(&wrong)).expect_err("not the same").to_string();
        assert!(sentence.starts_with("“simpy” does not simulate the same"), "{sentence}");
        assert!(sentence.contains("the mean latency of “retries” is 84.1000"), "{sentence}");
        assert!(agree(&outcomes(&AGREED.replace("79.8", "NaN"))).is_err());
    }

    #[test]
    fn the_best_of_each_is_compared_with_the_limit() {
        let best = best(
            "time retries heap_loop 8000000\ntime retries log_on 1000000\n\
                         time retries log_on 4000000\ntime retries log_on 2000000",
        );
        assert_eq!(targets(&best).get("on_percent").map(String::as_str), Some("50.0"));
        let absent = vec![("nexosim", "no network".to_owned())];
        let text = comparison(&outcomes(AGREED), &best, &absent);
        assert!(text.contains("| 4.00 M | 50.0 % |"), "{text}");
        assert!(text.contains("not measured: no network"), "{text}");
    }
}
