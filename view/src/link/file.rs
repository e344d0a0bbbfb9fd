//! Files: `name.half-open.json`, to be read and written by people too. Durations are texts such as
//! `"300 ms"`, nodes and lines go by their names: `bank`, `api-bank`.

use serde::{Deserialize, Serialize};

use super::{LinkError, State, ViewState};
use half_open::policy::Problem;
use half_open::policy::breaker::{self, Action};
use half_open::scenario::chaos;
use half_open::scenario::knob::Unit;
use half_open::scenario::{
    CallPolicy, Change, Chaos, Edge, EdgeId, Experiment, Fault, FaultKind, HandRequest,
    Intervention, Knob, Need, Network, Node, NodeId, Scenario, Target,
};
use half_open::time::{SimDuration, SimTime};

/// What the field `schema` of a file says.
pub const SCHEMA: &str = "half-open/1";

/// A file as it is read and written. Durations are written out, seeds are numbers below 2⁵³, so
/// that every reader of JSON reads the same.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// [`SCHEMA`].
    pub schema: String,
    /// Decides every random draw.
    pub seed: u64,
    /// What is simulated.
    pub scenario: FileScenario,
    /// What is done to it while it runs, in order of time.
    #[serde(default)]
    pub interventions: Vec<FileIntervention>,
    /// Where somebody looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<ViewState>,
}

/// The beginning of a file: read it first, so that a file of another version is called that.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct FileHeader {
    /// What the file says it is.
    #[serde(default)]
    pub schema: String,
}

impl FileHeader {
    /// Whether [`File`] can read the rest.
    ///
    /// # Errors
    /// A sentence with the schema of the file, and the one that is known.
    pub fn check(&self) -> Result<(), LinkError> {
        if self.schema == SCHEMA {
            return Ok(());
        }
        Err(LinkError::UnknownSchema(self.schema.chars().take(60).collect()))
    }
}

/// [`Scenario`], with names instead of numbers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileScenario {
    /// As the command line takes it.
    pub name: String,
    /// What it is called on the page.
    pub title: String,
    /// What to expect of it.
    pub sentence: String,
    /// How long a run lasts.
    pub horizon: SimDuration,
    /// Client populations and services.
    pub nodes: Vec<Node>,
    /// Who calls whom.
    pub edges: Vec<FileEdge>,
}

/// [`Edge`], with names instead of numbers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEdge {
    /// The caller's name.
    pub from: String,
    /// The callee's name.
    pub to: String,
    /// What lies between them.
    #[serde(default)]
    pub network: Network,
    /// What the caller does to protect itself.
    #[serde(default)]
    pub policy: CallPolicy,
    /// What the caller makes of it if that does not help.
    #[serde(default, skip_serializing_if = "is_required")]
    pub need: Need,
}

fn is_required(need: &Need) -> bool {
    *need == Need::Required
}

/// [`Intervention`], with names instead of numbers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileIntervention {
    /// When.
    pub at: SimTime,
    /// What.
    pub change: FileChange,
}

/// [`Change`], with names instead of numbers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FileChange {
    /// A knob was moved.
    Set {
        /// Its path: `api-bank.timeout`.
        knob: String,
        /// To what.
        value: Value,
    },
    /// A breaker was worked by hand.
    Breaker {
        /// The line it guards: `api-bank`.
        on: String,
        /// What was done.
        action: Action,
    },
    /// Something was broken.
    Fault {
        /// A service or a line.
        on: String,
        /// What is broken.
        kind: FaultKind,
        /// For how long; absent: until the end of the run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lasts: Option<SimDuration>,
    },
    /// A request was sent by hand.
    Send(HandRequest),
    /// Every client of a population sends a request at the same instant.
    Burst {
        /// The population.
        by: String,
    },
    /// Everything about a breaker was set at once.
    SetBreaker {
        /// The line it guards: `api-bank`.
        on: String,
        /// To what; what is absent has its default.
        settings: Box<breaker::Settings>,
    },
    /// Chaos began.
    Chaos(FileChaos),
    /// What was on its way was lost.
    Drop {
        /// For which request, counted from 0.
        request: u32,
        /// On which line: `api-bank`.
        on: String,
    },
}

/// [`Chaos`], with names instead of bits.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileChaos {
    /// Decides when, where and what.
    pub seed: u32,
    /// How many faults a minute strike each place.
    pub intensity: f64,
    /// How long one lasts on average.
    pub each_lasts: SimDuration,
    /// The services it may strike, with the lines that lead to them; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub services: Option<Vec<String>>,
    /// What may happen; absent: everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<String>>,
    /// How long it goes on; absent: to the end of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts: Option<SimDuration>,
}

impl FileChaos {
    fn of(scenario: &Scenario, chaos: &Chaos) -> Self {
        let Chaos { seed, intensity, each_lasts, services, kinds, lasts } = *chaos;
        let reached = || {
            let all = (0..).zip(&scenario.nodes).filter(|(id, _)| chaos.reaches(*id));
            all.map(|(_, node)| node.name.clone()).collect()
        };
        let allowed = || {
            let all = (0..).zip(chaos::KINDS).filter(|(bit, _)| kinds >> bit & 1 == 1);
            all.map(|(_, kind)| kind.name().to_owned()).collect()
        };
        Self {
            seed,
            intensity,
            each_lasts,
            services: (services != u64::MAX).then(reached),
            kinds: (kinds != Chaos::ALL_KINDS).then(allowed),
            lasts,
        }
    }

    fn read(self, scenario: &Scenario) -> Result<Chaos, Problem> {
        let Self { seed, intensity, each_lasts, services, kinds, lasts } = self;
        let mut chaos = Chaos { seed, intensity, each_lasts, lasts, ..Chaos::on(u64::MAX, seed) };
        if let Some(names) = services {
            chaos.services = 0;
            for name in names {
                let id = node_id(scenario, &name)
                    .ok_or_else(|| unknown("chaos.services", &name, &node_names(scenario)))?;
                chaos.services |= 1 << id;
            }
        }
        if let Some(names) = kinds {
            chaos.kinds = 0;
            for name in names {
                let all = chaos::KINDS.map(|kind| kind.name());
                let bit = all
                    .iter()
                    .position(|known| *known == name)
                    .ok_or_else(|| unknown("chaos.kinds", &name, &all.map(str::to_owned)))?;
                chaos.kinds |= 1 << bit;
            }
        }
        Ok(chaos)
    }
}

/// What a knob is set to: as its [`Unit`] is written.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(untagged, expecting = "a number, or a text such as “300 ms”, “50 %” or “full”")]
pub enum Value {
    /// `"300 ms"`.
    Duration(SimDuration),
    /// `0.5`.
    Number(f64),
    /// `"full"`, `"for ever"`, `"50 %"`.
    Text(String),
}

/// Reads a file that was parsed already, and checks everything in it.
///
/// # Errors
/// A sentence with the field, the value and what is allowed.
pub fn read_file_value(file: File) -> Result<State, LinkError> {
    let state = State::try_from(file)?;
    state.validate()?;
    Ok(state)
}

impl From<&State> for File {
    fn from(state: &State) -> Self {
        let experiment = &state.experiment;
        let scenario = &experiment.scenario;
        let name = |node: NodeId| scenario.node_name(node).to_owned();
        let edge = |edge: &Edge| FileEdge {
            from: name(edge.from),
            to: name(edge.to),
            network: edge.network.clone(),
            policy: edge.policy.clone(),
            need: edge.need,
        };
        let intervention =
            |i: &Intervention| FileIntervention { at: i.at, change: named(scenario, &i.change) };
        Self {
            schema: SCHEMA.into(),
            seed: experiment.seed,
            scenario: FileScenario {
                name: scenario.name.clone(),
                title: scenario.title.clone(),
                sentence: scenario.sentence.clone(),
                horizon: scenario.horizon,
                nodes: scenario.nodes.clone(),
                edges: scenario.edges.iter().map(edge).collect(),
            },
            interventions: experiment
                .interventions
                .iter()
                .filter(|done| !matches!(done.change, Change::Struck(_)))
                .map(intervention)
                .collect(),
            view: Some(state.view),
        }
    }
}

/// Finds what the names stand for. [`read_file_value`] also checks the rest.
impl TryFrom<File> for State {
    type Error = LinkError;

    fn try_from(file: File) -> Result<Self, LinkError> {
        FileHeader { schema: file.schema }.check()?;
        let FileScenario { name, title, sentence, horizon, nodes, edges } = file.scenario;
        let mut scenario = Scenario { name, title, sentence, horizon, nodes, edges: Vec::new() };
        for (index, edge) in edges.into_iter().enumerate() {
            let field = |end| format!("scenario.edges[{index}].{end}");
            let from = node_id(&scenario, &edge.from)
                .ok_or_else(|| unknown(&field("from"), &edge.from, &node_names(&scenario)))?;
            let to = node_id(&scenario, &edge.to)
                .ok_or_else(|| unknown(&field("to"), &edge.to, &node_names(&scenario)))?;
            let FileEdge { network, policy, need, .. } = edge;
            scenario.edges.push(Edge { from, to, network, policy, need });
        }
        let mut interventions = Vec::with_capacity(file.interventions.len());
        for (index, intervention) in file.interventions.into_iter().enumerate() {
            let meant = intervention.meant(&scenario);
            let within = |problem: Problem| problem.within(&format!("interventions[{index}]"));
            interventions.push(meant.map_err(within)?);
        }
        let view = file.view.unwrap_or_else(|| ViewState::first(scenario.horizon));
        let mut experiment = Experiment { scenario, seed: file.seed, interventions };
        experiment.settle_chaos();
        Ok(Self { experiment, view, ghost: None, range: None, pair: None })
    }
}

impl FileIntervention {
    /// What it does to a scenario.
    ///
    /// # Errors
    /// The first name that means nothing there.
    pub fn meant(self, scenario: &Scenario) -> Result<Intervention, Problem> {
        Ok(Intervention { at: self.at, change: numbered(scenario, self.change)? })
    }
}

fn named(scenario: &Scenario, change: &Change) -> FileChange {
    match change {
        Change::Set { knob, value } => {
            FileChange::Set { knob: knob.path(scenario), value: written(knob.spec().unit, *value) }
        }
        Change::Breaker { edge, action } => {
            FileChange::Breaker { on: line_name(scenario, *edge), action: *action }
        }
        Change::Fault(Fault { target, kind, lasts })
        | Change::Struck(Fault { target, kind, lasts }) => {
            let on = match target {
                Target::Node(node) => scenario.node_name(*node).to_owned(),
                Target::Edge(edge) => line_name(scenario, *edge),
            };
            FileChange::Fault { on, kind: *kind, lasts: *lasts }
        }
        Change::Send(hand) => FileChange::Send(hand.clone()),
        Change::Burst(node) => FileChange::Burst { by: scenario.node_name(*node).to_owned() },
        Change::SetBreaker { edge, settings } => {
            FileChange::SetBreaker { on: line_name(scenario, *edge), settings: settings.clone() }
        }
        Change::Chaos(chaos) => FileChange::Chaos(FileChaos::of(scenario, chaos)),
        Change::Drop { request, edge } => {
            FileChange::Drop { request: *request, on: line_name(scenario, *edge) }
        }
    }
}

fn numbered(scenario: &Scenario, change: FileChange) -> Result<Change, Problem> {
    Ok(match change {
        FileChange::Set { knob: path, value } => {
            let knob = Knob::find(scenario, &path).map_err(|problem| problem.within("set"))?;
            let value = value.read(knob.spec().unit).map_err(|message| {
                Problem::new(&format!("set.{}", knob.path(scenario)), message)
            })?;
            Change::Set { knob, value }
        }
        FileChange::Breaker { on, action } => {
            let edge = edge_id(scenario, &on)
                .ok_or_else(|| unknown("breaker.on", &on, &line_names(scenario)))?;
            Change::Breaker { edge, action }
        }
        FileChange::Fault { on, kind, lasts } => {
            let target = (node_id(scenario, &on).map(Target::Node))
                .or_else(|| edge_id(scenario, &on).map(Target::Edge))
                .ok_or_else(|| {
                    let all = [node_names(scenario), line_names(scenario)].concat();
                    unknown("fault.on", &on, &all)
                })?;
            Change::Fault(Fault { target, kind, lasts })
        }
        FileChange::Send(hand) => Change::Send(hand),
        FileChange::Burst { by } => {
            let node = node_id(scenario, &by)
                .ok_or_else(|| unknown("burst.by", &by, &node_names(scenario)))?;
            Change::Burst(node)
        }
        FileChange::SetBreaker { on, settings } => {
            let edge = edge_id(scenario, &on)
                .ok_or_else(|| unknown("set_breaker.on", &on, &line_names(scenario)))?;
            Change::SetBreaker { edge, settings }
        }
        FileChange::Chaos(chaos) => Change::Chaos(chaos.read(scenario)?),
        FileChange::Drop { request, on } => {
            let edge = edge_id(scenario, &on)
                .ok_or_else(|| unknown("drop.on", &on, &line_names(scenario)))?;
            Change::Drop { request, edge }
        }
    })
}

fn written(unit: Unit, value: f64) -> Value {
    match unit {
        Unit::Duration(Some(word)) if value == 0.0 => Value::Text(word.into()),
        Unit::Duration(_) => Value::Duration(SimDuration::from_nanos_f64(value)),
        Unit::Choice(names) => match names.get(value as usize) {
            Some((name, _)) => Value::Text((*name).into()),
            None => Value::Number(value),
        },
        Unit::Stack => Value::Text(unit.show(value)),
        Unit::Share | Unit::Rate | Unit::Count | Unit::Number => Value::Number(value),
    }
}

impl Value {
    /// The number that it stands for; the error continues a sentence that begins with the field.
    fn read(&self, unit: Unit) -> Result<f64, String> {
        match (self, unit) {
            (Self::Duration(duration), Unit::Duration(_)) => Ok(duration.nanos() as f64),
            (Self::Duration(duration), _) => Err(format!("is no duration, but was “{duration}”")),
            (Self::Number(number), Unit::Duration(_) | Unit::Choice(_) | Unit::Stack) => {
                unit.read(&number.to_string())
            }
            (Self::Number(number), _) => Ok(*number),
            (Self::Text(text), _) => unit.read(text),
        }
    }
}

fn node_id(scenario: &Scenario, name: &str) -> Option<NodeId> {
    let numbered = (0..=NodeId::MAX).zip(&scenario.nodes);
    numbered.into_iter().find(|(_, node)| node.name == name).map(|(id, _)| id)
}

fn edge_id(scenario: &Scenario, name: &str) -> Option<EdgeId> {
    let numbered = (0..=EdgeId::MAX).zip(&scenario.edges);
    numbered.into_iter().map(|(id, _)| id).find(|id| line_name(scenario, *id) == name)
}

fn line_name(scenario: &Scenario, edge: EdgeId) -> String {
    scenario.edge(edge).map_or_else(String::new, |e| {
        format!("{}-{}", scenario.node_name(e.from), scenario.node_name(e.to))
    })
}

fn node_names(scenario: &Scenario) -> Vec<String> {
    scenario.nodes.iter().map(|node| node.name.clone()).collect()
}

fn line_names(scenario: &Scenario) -> Vec<String> {
    (0..=EdgeId::MAX).zip(&scenario.edges).map(|(id, _)| line_name(scenario, id)).collect()
}

fn unknown(field: &str, name: &str, known: &[String]) -> Problem {
    let name: String = name.chars().take(40).collect();
    let known = known.iter().take(20).map(String::as_str).collect::<Vec<_>>().join(", ");
    Problem::new(field, format!("must be one of {known}, not “{name}”"))
}
