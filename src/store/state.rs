//! What the page shows, as one value.

use std::rc::Rc;
use std::sync::Arc;

use half_open::run::Run;
use half_open::scenario::{EdgeId, Experiment, NodeId};
use half_open::time::{SimDuration, SimTime};

use super::history::History;
use super::speed::DEFAULT_SPEED;

/// What a visitor looks closer at.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Selection {
    /// Nothing.
    #[default]
    None,
    /// A line between two nodes, with the policies that guard it.
    Edge(EdgeId),
    /// A population of clients or a service.
    Node(NodeId),
    /// One client.
    Client(u32),
    /// One request.
    Request(u32),
    /// One of the experiment's interventions.
    Intervention(usize),
    /// One event.
    Event(u32),
}

/// The part of the time axis that the timeline shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Viewport {
    /// Its left edge.
    pub from: SimTime,
    /// Its right edge, always later.
    pub to: SimTime,
}

impl Viewport {
    /// How much time is shown at first.
    pub const WINDOW: SimDuration = SimDuration::from_secs(16);
    /// The closest look: a millisecond from edge to edge.
    pub const CLOSEST: SimDuration = SimDuration::from_millis(1);

    /// The first part of a run that ends at `end`.
    #[must_use]
    pub fn first(end: SimTime) -> Self {
        let window = SimTime::ZERO + Self::WINDOW;
        Self { from: SimTime::ZERO, to: end.min(window).max(SimTime::ZERO + Self::CLOSEST) }
    }

    /// How much time is shown.
    #[must_use]
    pub fn span(&self) -> SimDuration {
        self.to.since(self.from)
    }

    /// Whether this moment is shown.
    #[must_use]
    pub fn holds(&self, t: SimTime) -> bool {
        (self.from..=self.to).contains(&t)
    }
}

/// One of the tracks below the stage, where there is room for one at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Track {
    /// Faults and breakers.
    Faults,
    /// When requests arrived.
    Arrivals,
    /// What became of each request.
    #[default]
    Requests,
}

/// Where somebody is: all that a link holds.
#[derive(Clone, PartialEq, Debug)]
pub struct Place {
    /// What is simulated.
    pub experiment: Experiment,
    /// The moment.
    pub at: SimTime,
    /// What is looked at closely.
    pub selection: Selection,
    /// The part of the time axis.
    pub viewport: Viewport,
}

/// A change in the making: as long as the pointer holds on, it is one step to undo.
#[derive(Clone, PartialEq, Debug)]
pub struct Gesture {
    /// What is held.
    pub grip: Grip,
    /// The experiment before it was touched.
    pub before: Arc<Experiment>,
    /// The moment that was shown when it was touched.
    pub at: SimTime,
}

/// What a gesture holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Grip {
    /// A knob.
    Knob(half_open::scenario::Knob),
    /// An intervention, to move it.
    Move(usize),
    /// An intervention, to stretch it.
    Stretch(usize),
    /// An intervention, to change it.
    Edit(usize),
}

/// Everything the page shows. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct State {
    /// What is to be simulated.
    pub experiment: Arc<Experiment>,
    /// What was simulated: the experiment above, but for the moments in which a large one is
    /// still being computed.
    pub run: Rc<Run>,
    /// Whether the run is not yet that of the experiment.
    pub computing: bool,
    /// The moment that is shown.
    pub t: SimTime,
    /// Whether time passes.
    pub playing: bool,
    /// An index into [`SPEEDS`](super::speed::SPEEDS).
    pub speed: usize,
    /// What is looked at closely.
    pub selection: Selection,
    /// The part of the time axis that the timeline shows.
    pub viewport: Viewport,
    /// Whether knobs are turned from the start of the run instead of from now on.
    pub from_start: bool,
    /// What was done, and undone.
    pub history: Rc<History>,
    /// The change in the making.
    pub gesture: Option<Gesture>,
    /// A sentence to read.
    pub notice: Option<Rc<str>>,
    /// Whether the side panel is open, where it is a drawer.
    pub panel_open: bool,
    /// Whether the list of keys is open.
    pub help_open: bool,
    /// The track that a narrow page shows.
    pub track: Track,
    /// Whether the visitor asked for less motion.
    pub less_motion: bool,
}

impl State {
    /// The beginning of a run.
    #[must_use]
    pub fn new(run: Run) -> Self {
        Self {
            experiment: run.experiment().clone(),
            t: SimTime::ZERO,
            computing: false,
            playing: false,
            speed: DEFAULT_SPEED,
            selection: Selection::None,
            viewport: Viewport::first(run.end()),
            from_start: false,
            history: Rc::default(),
            gesture: None,
            notice: None,
            panel_open: false,
            help_open: false,
            track: Track::default(),
            less_motion: false,
            run: Rc::new(run),
        }
    }

    /// The last moment that can be shown.
    #[must_use]
    pub fn end(&self) -> SimTime {
        self.run.end()
    }

    /// All of it that a link holds.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            experiment: (*self.experiment).clone(),
            at: self.t,
            selection: self.selection,
            viewport: self.viewport,
        }
    }
}
