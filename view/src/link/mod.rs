//! An experiment and a place in it as text: in an address bar, and in a file.
//!
//! A link is base64url of a version byte and what follows from it. Each version has a module that reads it for
//! ever, and writes what no older one can hold. Shapes that more than one module of the model shares are not
//! copied until they change: then the module of the version that froze them gets its own, and the
//! next version begins. `tests/cases/links` holds links of every version, and what they must mean.

mod base64;
mod file;
mod presets;
mod shapes;
mod v1;
mod v2;
mod v3;
mod v4;
mod v5;
mod wire;

use serde::{Deserialize, Serialize};

pub use file::{
    File, FileChange, FileEdge, FileHeader, FileIntervention, FileScenario, SCHEMA, Value,
    read_file_value,
};

pub use presets::{preset_of, preset_settings};

use half_open::policy::Problem;
use half_open::scenario::{EdgeId, Experiment, NodeId};
use half_open::time::{SimDuration, SimTime};

/// The longest link that is read, in characters.
pub const MAX_LINK: usize = 100_000;
/// The largest file that is read, in bytes.
pub const MAX_FILE: usize = 1 << 20;

/// The newest version that there is.
const VERSION: u8 = 5;
/// How much time a timeline shows at first.
const FIRST_LOOK: SimDuration = SimDuration::from_secs(16);

/// All that a link holds.
#[derive(Clone, PartialEq, Debug)]
pub struct State {
    /// What is simulated.
    pub experiment: Experiment,
    /// Where somebody looks.
    pub view: ViewState,
    /// What it is seen beside: what would have been.
    pub ghost: Option<Experiment>,
    /// The part of the time axis that somebody has marked.
    pub range: Option<Range>,
    /// Which side the experiment is, if the two are shown side by side; without a ghost both sides
    /// are the same.
    pub pair: Option<Side>,
}

/// A part of the time axis that is marked, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Range {
    /// Its beginning.
    pub from: SimTime,
    /// Its end, never earlier.
    pub to: SimTime,
}

/// One of two settings that are shown side by side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The one that is compared with.
    A,
    /// The one that is compared.
    B,
}

impl Side {
    /// Both, in their order.
    pub const BOTH: [Self; 2] = [Self::A, Self::B];

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
        }
    }

    /// The one beside it.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// Where somebody looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViewState {
    /// The moment.
    pub at: SimTime,
    /// What is looked at closely.
    #[serde(default)]
    pub selection: Selection,
    /// The left edge of the timeline.
    pub from: SimTime,
    /// Its right edge, always later.
    pub to: SimTime,
}

/// What is looked at closely.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// Nothing.
    #[default]
    Nothing,
    /// A line between two nodes, with the policies that guard it.
    Edge(EdgeId),
    /// A population of clients or a service.
    Node(NodeId),
    /// One client.
    Client(u32),
    /// One request, by its number in the log.
    Request(u32),
    /// One event, by its number in the log.
    Event(u32),
    /// One of the experiment's interventions, by its index.
    Intervention(u32),
}

/// Why a link or a file cannot be used. Prints as a sentence for people.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LinkError {
    /// It is larger than anything that was ever written.
    #[error("This is too long to be a link: {0} characters, and at most {MAX_LINK} are read.")]
    TooLong(usize),
    /// It holds characters that no link has, or ends in the middle of one.
    #[error("This is not a link, or not all of it: links are letters, digits, “-” and “_”.")]
    NotBase64,
    /// A later version wrote it.
    #[error(
        "This link was made by a newer Half-Open (it has version {0}, and up to {VERSION} can be \
         read here); reload the page to get the newest."
    )]
    Newer(u8),
    /// Its bytes mean nothing, or there are too many or too few of them.
    #[error("This link is damaged: some of it is missing or was changed on the way.")]
    Damaged,
    /// It builds on a scenario that does not exist here.
    #[error("There is no built-in scenario “{0}” here.")]
    UnknownScenario(String),
    /// A file of something else, or of a later version.
    #[error("The schema “{0}” is not known here; this reads “{SCHEMA}”.")]
    UnknownSchema(String),
    /// Everything can be read, but something is not allowed.
    #[error("{0}.")]
    OutOfRange(#[from] Problem),
}

impl State {
    /// The beginning of an experiment, with nothing selected.
    #[must_use]
    pub fn new(experiment: Experiment) -> Self {
        let view = ViewState::first(experiment.scenario.horizon);
        Self { experiment, view, ghost: None, range: None, pair: None }
    }

    /// Whether everything is within its limits.
    ///
    /// # Errors
    /// The first thing that is not, as a sentence with the field, the value and the range.
    pub fn validate(&self) -> Result<(), Problem> {
        self.experiment.validate()?;
        self.ghost.as_ref().map_or(Ok(()), Experiment::validate)?;
        if let Some(range) = self.range
            && (range.to < range.from
                || range.to > SimTime::ZERO + self.experiment.scenario.horizon)
        {
            return Err(Problem::new(
                "range.to",
                "must be within the run and not before range.from",
            ));
        }
        self.view.validate(&self.experiment)
    }

    /// Does something to its experiment, and to the one beside it.
    fn change_both(&mut self, mut change: impl FnMut(&mut Experiment)) {
        change(&mut self.experiment);
        self.ghost.iter_mut().for_each(change);
    }
}

impl ViewState {
    /// The beginning of a run of this length.
    #[must_use]
    pub fn first(horizon: SimDuration) -> Self {
        let to = SimTime::ZERO + horizon.min(FIRST_LOOK);
        Self { at: SimTime::ZERO, selection: Selection::Nothing, from: SimTime::ZERO, to }
    }

    fn validate(&self, experiment: &Experiment) -> Result<(), Problem> {
        let end = SimTime::ZERO + experiment.scenario.horizon;
        if self.at > end {
            let message = format!("must be within the run of {end}, not {}", self.at);
            return Err(Problem::new("view.at", message));
        }
        let latest = SimTime::ZERO + half_open::scenario::validate::MAX_HORIZON;
        if self.to <= self.from || self.to > latest {
            let message = format!("must be after view.from and at most 24 h, not {}", self.to);
            return Err(Problem::new("view.to", message));
        }
        let known = match self.selection {
            Selection::Edge(edge) => experiment.scenario.edge(edge).is_some(),
            Selection::Node(node) => usize::from(node) < experiment.scenario.nodes.len(),
            Selection::Intervention(index) => (index as usize) < experiment.interventions.len(),
            // Whether there is such a request shows only once it has run.
            Selection::Nothing
            | Selection::Client(_)
            | Selection::Request(_)
            | Selection::Event(_) => true,
        };
        if known {
            return Ok(());
        }
        Err(Problem::new("view.selection", "is not part of this experiment"))
    }
}

/// What stands behind `#s=` in the address bar.
#[must_use]
pub fn encode(state: &State) -> String {
    // What chaos does follows from it.
    let mut bare = state.clone();
    bare.change_both(Experiment::forget_chaos);
    let places = v5::Places::take(&mut bare);
    let state = &bare;
    let mut bytes = Vec::new();
    if let Some(places) = places {
        bytes.push(5);
        wire::Wire::write(&places, &mut bytes);
    }
    if let Some(range) = state.range {
        bytes.push(3);
        v3::write(range, &mut bytes);
    }
    let (version, rest) = match (&state.ghost, state.pair) {
        (None, None) => (1, v1::write(state)),
        (Some(ghost), None) => (2, v2::write(state, ghost)),
        (_, Some(side)) => (4, v4::write(state, side)),
    };
    bytes.push(version);
    bytes.extend(rest);
    base64::encode(&bytes)
}

/// Reads a link of any version up to this one.
///
/// # Errors
/// A sentence that says why it cannot be used.
pub fn decode(link: &str) -> Result<State, LinkError> {
    if link.len() > MAX_LINK {
        return Err(LinkError::TooLong(link.chars().count()));
    }
    let bytes = base64::decode(link).ok_or(LinkError::NotBase64)?;
    let (places, bytes) = match bytes.split_first() {
        Some((5, rest)) => v5::read(rest).map(|(places, rest)| (Some(places), rest))?,
        _ => (None, &bytes[..]),
    };
    let (range, bytes) = match bytes.split_first() {
        Some((3, rest)) => v3::read(rest)?,
        _ => (None, bytes),
    };
    let mut state = match bytes.split_first() {
        Some((1, rest)) => v1::read(rest)?,
        Some((2, rest)) => v2::read(rest)?,
        Some((4, rest)) => v4::read(rest)?,
        Some((0 | 3 | 5, _)) | None => return Err(LinkError::Damaged),
        Some((newer, _)) => return Err(LinkError::Newer(*newer)),
    };
    state.range = range;
    if let Some(places) = places {
        places.give(&mut state);
    }
    state.change_both(Experiment::settle_chaos);
    state.validate()?;
    Ok(state)
}
