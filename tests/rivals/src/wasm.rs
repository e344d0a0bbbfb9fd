//! The contestants as JavaScript calls them.

#![allow(unreachable_pub, reason = "JavaScript reaches it")]

use half_open::run::{Recorder, Run};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::ours::{ALL, Pace, experiment, outcome_of_run, outcome_of_tally};
use crate::workload::{SEED, Workload};
use crate::{bare, ours};

/// The workload of this name; an unknown one is none of ours to explain to JavaScript.
fn workload(name: &str) -> Workload {
    let found = Workload::ALL.into_iter().find(|workload| workload.name() == name);
    found.unwrap_or(Workload::Retries)
}

/// The bare loop.
#[wasm_bindgen]
#[must_use]
pub fn heap_loop(name: &str, requests: u32) -> Vec<f64> {
    bare::simulate::<bare::Plain>(workload(name), requests, SEED).numbers().to_vec()
}

/// The engine, counting.
#[wasm_bindgen]
#[must_use]
pub fn log_off(name: &str, requests: u32) -> Vec<f64> {
    let workload = workload(name);
    let experiment = experiment(workload, Pace::usual(workload), requests);
    outcome_of_tally(&Run::tally(&experiment, u32::MAX)).numbers().to_vec()
}

/// The engine, writing everything down, in slices as the page lets it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Recording(Recorder);

#[wasm_bindgen]
impl Recording {
    /// Nothing has happened yet.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(name: &str, requests: u32) -> Self {
        let workload = workload(name);
        Self(Recorder::new(experiment(workload, Pace::usual(workload), requests), ALL))
    }

    /// Simulates one slice; returns whether there is more to do.
    pub fn advance(&mut self) -> bool {
        self.0.advance(ours::SLICE)
    }

    /// What it comes to.
    #[must_use]
    pub fn outcome(self) -> Vec<f64> {
        outcome_of_run(&self.0.finish()).numbers().to_vec()
    }
}
