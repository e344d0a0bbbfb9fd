//! Links of version 1.

use super::wire::{Reader, Wire, choices, structures, write_number};
use super::{LinkError, State, ViewState};
use half_open::policy::breaker::{self, Action};
use half_open::policy::budget;
use half_open::scenario::knob::EdgeKnob;
use half_open::scenario::{
    Change, Chaos, EdgeId, Experiment, Fault, HandRequest, Intervention, Knob, NodeId, Role,
    Scenario, library,
};
use half_open::time::SimTime;

pub(super) struct Link {
    scenario: ScenarioRef,
    seed: u64,
    steps: Vec<Step>,
    view: ViewState,
}

/// A built-in scenario is named, so that its link is short. It may never change, therefore: a
/// better one gets another name.
pub(super) enum ScenarioRef {
    BuiltIn {
        name: String,
        set: Vec<Turn>,
    },
    Full(Scenario),
    /// With what a scenario has no place for: settings that no knob tells, and knobs for the rest.
    FullAnd {
        scenario: Scenario,
        more: Vec<More>,
        set: Vec<Turn>,
    },
}

/// A setting for which a scenario has no place.
pub(super) enum More {
    Budget(EdgeId, budget::Settings),
    /// The first recorded arrival in microseconds, and how long after it each of the others came.
    Recorded(NodeId, Vec<u64>),
}

pub(super) struct Turn {
    knob: Knob,
    value: f64,
}

pub(super) struct Step {
    at: SimTime,
    deed: Deed,
}

enum Deed {
    Set(Knob, f64),
    Breaker(EdgeId, Action),
    Fault(Fault),
    Send(Hand),
    Burst(NodeId),
    SetBreaker(EdgeId, Box<breaker::Settings>),
    Chaos(Chaos),
    Drop { request: u32, line: EdgeId },
}

/// A request sent by hand; what is absent is as in the example of the essay.
struct Hand {
    client: u32,
    method: Option<String>,
    path: Option<String>,
    key: Option<Option<String>>,
    body: Option<String>,
    lose_response: bool,
}

structures! {
    Link { scenario, seed, steps, view }
    Turn { knob, value }
    Step { at, deed }
    Hand { client, method, path, key, body, lose_response }
}

choices! {
    ScenarioRef { 0 BuiltIn { name, set }, 1 Full(scenario), 2 FullAnd { scenario, more, set } }
    More { 0 Budget(line, settings), 1 Recorded(node, gaps) }
    Deed {
        0 Set(knob, value), 1 Breaker(line, action), 2 Fault(fault), 3 Send(hand), 4 Burst(node),
        5 SetBreaker(line, settings), 6 Chaos(chaos), 7 Drop { request, line },
    }
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
    let mut bytes = Vec::new();
    Link::of(state).write(&mut bytes);
    bytes
}

pub(super) fn read(bytes: &[u8]) -> Result<State, LinkError> {
    let mut reader = Reader::new(bytes);
    let link = Link::read(&mut reader);
    if !reader.is_done() {
        return Err(LinkError::Damaged);
    }
    link.resolve()
}

impl Link {
    pub(super) fn of(state: &State) -> Self {
        let experiment = &state.experiment;
        Self {
            scenario: refer(&experiment.scenario),
            seed: experiment.seed,
            steps: experiment.interventions.iter().map(Step::from).collect(),
            view: state.view,
        }
    }

    pub(super) fn resolve(self) -> Result<State, LinkError> {
        let experiment = Experiment {
            scenario: self.scenario.resolve()?,
            seed: self.seed,
            interventions: self.steps.into_iter().map(Intervention::from).collect(),
        };
        Ok(State { experiment, view: self.view, ghost: None, range: None, pair: None })
    }
}

/// The shortest way to name a scenario.
pub(super) fn refer(scenario: &Scenario) -> ScenarioRef {
    let built_in = library::find(&scenario.name).map(|built_in| built_in.scenario);
    match built_in.and_then(|built_in| turns(built_in, scenario)) {
        Some(set) => ScenarioRef::BuiltIn { name: scenario.name.clone(), set },
        None => in_full(scenario),
    }
}

/// A scenario of somebody's own: what has a place in it, and knobs for the rest.
fn in_full(scenario: &Scenario) -> ScenarioRef {
    let mut bytes = Vec::new();
    scenario.write(&mut bytes);
    let mut held = Scenario::read(&mut Reader::new(&bytes));
    let mut more = Vec::new();
    for (line, edge) in (0..).zip(&scenario.edges) {
        if Knob::Edge(line, EdgeKnob::Budget).get(scenario).is_none() {
            more.push(More::Budget(line, edge.policy.budget));
        }
    }
    for (id, node) in (0..).zip(&scenario.nodes) {
        if let Role::Clients(clients) = &node.role
            && !clients.recorded.is_empty()
        {
            let mut before = 0;
            let gaps = clients
                .recorded
                .micros()
                .iter()
                .map(|at| at.saturating_sub(std::mem::replace(&mut before, *at)));
            more.push(More::Recorded(id, gaps.collect()));
        }
    }
    more.iter().for_each(|more| more.add_to(&mut held));
    let set = turns(held, scenario).unwrap_or_default();
    let scenario = scenario.clone();
    if more.is_empty() && set.is_empty() {
        return ScenarioRef::Full(scenario);
    }
    ScenarioRef::FullAnd { scenario, more, set }
}

/// The knobs that make one scenario of another, if there is no other difference.
pub(super) fn turns(mut from: Scenario, to: &Scenario) -> Option<Vec<Turn>> {
    let mut set = Vec::new();
    for knob in Knob::all(to) {
        if let Some(value) = knob.get(to)
            && knob.get(&from) != Some(value)
        {
            knob.set(&mut from, value).ok()?;
            set.push(Turn { knob, value });
        }
    }
    (from == *to).then_some(set)
}

/// Turns knobs.
pub(super) fn turned(mut scenario: Scenario, set: Vec<Turn>) -> Result<Scenario, LinkError> {
    for Turn { knob, value } in set {
        knob.set(&mut scenario, value)?;
    }
    Ok(scenario)
}

impl More {
    fn add_to(&self, scenario: &mut Scenario) {
        match self {
            Self::Budget(line, settings) => {
                if let Some(edge) = scenario.edges.get_mut(usize::from(*line)) {
                    edge.policy.budget = *settings;
                }
            }
            Self::Recorded(node, gaps) => {
                let node = scenario.nodes.get_mut(usize::from(*node));
                if let Some(Role::Clients(clients)) = node.map(|node| &mut node.role) {
                    let mut at = 0u64;
                    let times = gaps.iter().map(|gap| {
                        at = at.saturating_add(*gap);
                        at
                    });
                    clients.recorded = times.collect::<Vec<u64>>().into();
                }
            }
        }
    }
}

impl ScenarioRef {
    pub(super) fn resolve(self) -> Result<Scenario, LinkError> {
        match self {
            Self::Full(scenario) => Ok(scenario),
            Self::FullAnd { mut scenario, more, set } => {
                more.iter().for_each(|more| more.add_to(&mut scenario));
                turned(scenario, set)
            }
            Self::BuiltIn { name, set } => {
                let Some(built_in) = library::find(&name) else {
                    return Err(LinkError::UnknownScenario(name.chars().take(60).collect()));
                };
                turned(built_in.scenario, set)
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
            Change::SetBreaker { edge, settings } => Deed::SetBreaker(*edge, settings.clone()),
            Change::Chaos(chaos) => Deed::Chaos(*chaos),
            Change::Drop { request, edge } => Deed::Drop { request: *request, line: *edge },
            // Never written: see `encode`.
            Change::Struck(fault) => Deed::Fault(*fault),
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
            Deed::SetBreaker(edge, settings) => Change::SetBreaker { edge, settings },
            Deed::Chaos(chaos) => Change::Chaos(chaos),
            Deed::Drop { request, line } => Change::Drop { request, edge: line },
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
