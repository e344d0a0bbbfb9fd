//! Links of version 1.

use serde::{Deserialize, Serialize};

use super::{LinkError, State, ViewState};
use half_open::policy::breaker::Action;
use half_open::scenario::{
    Change, EdgeId, Experiment, Fault, HandRequest, Intervention, Knob, NodeId, Scenario, library,
};
use half_open::time::SimTime;

#[derive(Serialize, Deserialize)]
struct Wire {
    scenario: ScenarioRef,
    seed: u64,
    steps: Vec<Step>,
    view: ViewState,
}

/// A built-in scenario is named, so that its link is short. It may never change, therefore: a
/// better one gets another name.
#[derive(Serialize, Deserialize)]
enum ScenarioRef {
    BuiltIn { name: String, set: Vec<(Knob, f64)> },
    Full(Scenario),
}

#[derive(Serialize, Deserialize)]
struct Step {
    at: SimTime,
    deed: Deed,
}

#[derive(Serialize, Deserialize)]
enum Deed {
    Set(Knob, f64),
    Breaker(EdgeId, Action),
    Fault(Fault),
    Send(Hand),
    Burst(NodeId),
}

/// A request sent by hand; what is absent is as in the example of the essay.
#[derive(Serialize, Deserialize)]
struct Hand {
    client: u32,
    method: Option<String>,
    path: Option<String>,
    key: Option<Option<String>>,
    body: Option<String>,
    lose_response: bool,
}

/// The example of the essay, as version 1 knows it.
fn example() -> HandRequest {
    HandRequest {
        client: 0,
        method: "POST".into(),
        path: "/api/payments".into(),
        key: Some("abc-123".into()),
        body: r#"{"amount":5000,"currency":"usd"}"#.into(),
        lose_response: false,
    }
}

pub(super) fn write(state: &State) -> Vec<u8> {
    let experiment = &state.experiment;
    let wire = Wire {
        scenario: refer(&experiment.scenario),
        seed: experiment.seed,
        steps: experiment.interventions.iter().map(Step::from).collect(),
        view: state.view,
    };
    // Only a sequence of unknown length could fail, and there is none.
    postcard::to_allocvec(&wire).unwrap_or_default()
}

pub(super) fn read(bytes: &[u8]) -> Result<State, LinkError> {
    let (wire, rest) = postcard::take_from_bytes::<Wire>(bytes).map_err(|_| LinkError::Damaged)?;
    if !rest.is_empty() {
        return Err(LinkError::Damaged);
    }
    let experiment = Experiment {
        scenario: wire.scenario.resolve()?,
        seed: wire.seed,
        interventions: wire.steps.into_iter().map(Intervention::from).collect(),
    };
    Ok(State { experiment, view: wire.view })
}

/// The shortest way to name a scenario.
fn refer(scenario: &Scenario) -> ScenarioRef {
    let full = || ScenarioRef::Full(scenario.clone());
    let Some(built_in) = library::find(&scenario.name) else { return full() };
    let mut made = built_in.scenario;
    let mut set = Vec::new();
    for knob in Knob::all(scenario) {
        if let Some(value) = knob.get(scenario)
            && knob.get(&made) != Some(value)
        {
            if knob.set(&mut made, value).is_err() {
                return full();
            }
            set.push((knob, value));
        }
    }
    if made != *scenario {
        return full();
    }
    ScenarioRef::BuiltIn { name: scenario.name.clone(), set }
}

impl ScenarioRef {
    fn resolve(self) -> Result<Scenario, LinkError> {
        match self {
            Self::Full(scenario) => Ok(scenario),
            Self::BuiltIn { name, set } => {
                let Some(built_in) = library::find(&name) else {
                    return Err(LinkError::UnknownScenario(name.chars().take(60).collect()));
                };
                let mut scenario = built_in.scenario;
                for (knob, value) in set {
                    knob.set(&mut scenario, value)?;
                }
                Ok(scenario)
            }
        }
    }
}

impl From<&Intervention> for Step {
    fn from(intervention: &Intervention) -> Self {
        let deed = match &intervention.change {
            Change::Set { knob, value } => Deed::Set(*knob, *value),
            Change::Breaker { edge, action } => Deed::Breaker(*edge, *action),
            Change::Fault(fault) => Deed::Fault(*fault),
            Change::Send(hand) => Deed::Send(hand.into()),
            Change::Burst(node) => Deed::Burst(*node),
        };
        Self { at: intervention.at, deed }
    }
}

impl From<Step> for Intervention {
    fn from(step: Step) -> Self {
        let change = match step.deed {
            Deed::Set(knob, value) => Change::Set { knob, value },
            Deed::Breaker(edge, action) => Change::Breaker { edge, action },
            Deed::Fault(fault) => Change::Fault(fault),
            Deed::Send(hand) => Change::Send(hand.into()),
            Deed::Burst(node) => Change::Burst(node),
        };
        Self { at: step.at, change }
    }
}

impl From<&HandRequest> for Hand {
    fn from(hand: &HandRequest) -> Self {
        fn unless<T: Clone + PartialEq>(value: &T, usual: &T) -> Option<T> {
            (value != usual).then(|| value.clone())
        }
        let usual = example();
        Self {
            client: hand.client,
            method: unless(&hand.method, &usual.method),
            path: unless(&hand.path, &usual.path),
            key: unless(&hand.key, &usual.key),
            body: unless(&hand.body, &usual.body),
            lose_response: hand.lose_response,
        }
    }
}

impl From<Hand> for HandRequest {
    fn from(hand: Hand) -> Self {
        let usual = example();
        Self {
            client: hand.client,
            method: hand.method.unwrap_or(usual.method),
            path: hand.path.unwrap_or(usual.path),
            key: hand.key.unwrap_or(usual.key),
            body: hand.body.unwrap_or(usual.body),
            lose_response: hand.lose_response,
        }
    }
}
