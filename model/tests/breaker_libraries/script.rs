//! Breakers as scripts: what happens when, and what it leads to.
//!
//! A line is a time in milliseconds, a step, and what is expected behind `=>`; `--` begins a
//! remark. Timers that are due fire before the step, at their own times.
//!
//! | step | |
//! |---|---|
//! | `call s f f*8 i` | calls that end at once: success, failure, eight failures, ignored |
//! | `slow 60.001 s` | the same, but each took so many seconds |
//! | `begin a b` | calls that are let through and go on |
//! | `end a f` | one of them ends |
//! | `release a` | one of them is cancelled |
//! | `look` | nothing but a look |
//! | `hand open` | an action by hand |
//!
//! Expected is the state; before it `no`, where calls are refused; behind it, in brackets, what is
//! counted: `closed [3 calls, 1 failed, 0 slow]`.

use std::collections::BTreeMap;

use half_open::policy::breaker::{Action, Breaker, Mark, Permit, Settings, State};
use half_open::time::{SimDuration, SimTime};
use serde_json::Value;

/// Plays a script, and panics at the first line that goes another way.
#[track_caller]
pub(crate) fn play(settings: &Settings, script: &str) {
    assert_eq!(settings.validate(), Ok(()));
    let mut stage = Stage {
        settings,
        breaker: Breaker::new(settings, SimTime::ZERO),
        flights: BTreeMap::new(),
        now: SimTime::ZERO,
    };
    let lines = script.lines().map(|line| line.split("--").next().unwrap_or_default().trim());
    for line in lines.filter(|line| !line.is_empty()) {
        let (step, expected) = line.split_once("=>").expect(line);
        let seen = stage.step(step.trim(), expected.contains('['));
        assert_eq!(seen, expected.trim(), "\n    {line}");
    }
}

/// Settings with some of them changed, in the names of the files.
pub(crate) fn with(settings: Settings, changes: &str) -> Settings {
    let mut all = serde_json::to_value(settings).expect("JSON");
    merge(&mut all, serde_json::from_str(changes).expect(changes));
    serde_json::from_value(all).expect(changes)
}

fn merge(into: &mut Value, changes: Value) {
    match (into, changes) {
        (Value::Object(into), Value::Object(changes)) => {
            for (name, change) in changes {
                merge(into.get_mut(&name).expect(&name), change);
            }
        }
        (into, change) => *into = change,
    }
}

struct Stage<'a> {
    settings: &'a Settings,
    breaker: Breaker,
    flights: BTreeMap<String, (Permit, SimTime)>,
    now: SimTime,
}

impl Stage<'_> {
    fn step(&mut self, step: &str, counted: bool) -> String {
        let mut words = step.split_whitespace();
        let ms: f64 = words.next().and_then(|word| word.parse().ok()).expect(step);
        let op = words.next().expect(step);
        self.now = SimTime::ZERO + SimDuration::from_nanos_f64(ms * 1e6);
        self.timers(!matches!(op, "end" | "release"));
        let words: Vec<&str> = words.collect();
        let refused = match op {
            "call" => self.calls(&words, SimDuration::ZERO),
            "slow" => {
                let seconds: f64 = words[0].parse().expect(step);
                self.calls(&words[1..], SimDuration::from_nanos_f64(seconds * 1e9))
            }
            "begin" => words.iter().filter(|id| self.begin(id).is_none()).count() == words.len(),
            "end" => {
                let (permit, began) = self.flights.remove(words[0]).expect(step);
                let took = self.now.since(began);
                self.breaker.settle(self.settings, permit, self.now, mark(words[1]), took);
                false
            }
            "release" => {
                self.breaker.release(self.flights.remove(words[0]).expect(step).0);
                false
            }
            "look" => {
                self.breaker.observe(self.settings, self.now);
                false
            }
            "hand" => {
                self.breaker.control(self.settings, self.now, action(words[0]));
                false
            }
            _ => panic!("no step: {step}"),
        };
        let state = self.breaker.state();
        let no = if refused { "no " } else { "" };
        if !counted {
            return format!("{no}{}", state.name());
        }
        let counts = self.breaker.counts(self.settings, self.now);
        let (calls, failures, slow) = (counts.calls, counts.failures, counts.slow);
        format!("{no}{} [{calls} calls, {failures} failed, {slow} slow]", state.name())
    }

    fn timers(&mut self, now_too: bool) {
        while let Some(due) = self.breaker.due(self.settings) {
            let fires = due < self.now || (now_too && due == self.now);
            if !fires || self.breaker.tick(self.settings, due).is_none() {
                return;
            }
        }
    }

    /// Whether all of them were refused; a mixture is a mistake in the script.
    fn calls(&mut self, marks: &[&str], took: SimDuration) -> bool {
        let mut refused = 0;
        let mut all = 0;
        for word in marks {
            let (name, times) = word.split_once('*').unwrap_or((word, "1"));
            for _ in 0..times.parse::<u32>().expect(word) {
                all += 1;
                match self.breaker.acquire(self.settings, self.now).permit {
                    Ok(permit) => {
                        self.breaker.settle(self.settings, permit, self.now, mark(name), took);
                    }
                    Err(_) => refused += 1,
                }
            }
        }
        assert!(refused == 0 || refused == all, "{refused} of {all} calls were refused: {marks:?}");
        refused > 0
    }

    fn begin(&mut self, id: &str) -> Option<State> {
        let permit = self.breaker.acquire(self.settings, self.now).permit.ok()?;
        self.flights.insert(id.to_owned(), (permit, self.now));
        Some(self.breaker.state())
    }
}

fn mark(word: &str) -> Mark {
    match word {
        "s" => Mark::Success,
        "f" => Mark::Failure,
        "i" => Mark::Ignored,
        _ => panic!("no mark: {word}"),
    }
}

fn action(word: &str) -> Action {
    serde_json::from_value(Value::String(word.to_owned())).expect(word)
}

/// A script that goes another way than the breaker is noticed.
#[test]
#[should_panic(expected = "0 call s => no closed")]
fn a_wrong_script_fails() {
    play(&Settings::default(), "0 call s => no closed");
}
