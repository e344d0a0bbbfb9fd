//! What the page shows, as one value.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use half_open::run::Run;
use half_open::run::sweep::Sweep;
use half_open::scenario::{Experiment, HandRequest, Knob};
use half_open::time::SimTime;
use half_open_view::focus::same_shape;
use half_open_view::link::{Range, Selection};
use half_open_view::roll::Roll;
use half_open_view::table::Question;
use half_open_view::tracks::{Arrangement, TrackKind, Viewport};

use super::axis;
use super::drawing::Drawing;
use super::find::Find;
use super::forks::{BranchId, Forks};
use super::history::History;
use super::present::Present;
use super::speed::DEFAULT_SPEED;
use super::tour::Tour;

/// How many bytes the logs of all kept runs may take, what they share counted each time.
const KEPT: usize = 128 << 20;

/// A change in the making: as long as the pointer holds on, it is one step to undo.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Gesture {
    /// What is held.
    pub grip: Grip,
    /// The experiment before it was touched.
    pub before: Arc<Experiment>,
    /// The moment that was shown when it was touched.
    pub at: SimTime,
    /// Whether something was changed by then.
    pub recorded: bool,
}

/// What a gesture holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Grip {
    /// A knob.
    Knob(Knob),
    /// An intervention, to move it.
    Move(usize),
    /// An intervention, to stretch it.
    Stretch(usize),
    /// An intervention, to change it.
    Edit(usize),
}

/// A contest for a row, and the experiment whose settings it has.
#[derive(Clone, Debug)]
pub(crate) struct Contest {
    /// What was set when it began.
    pub of: Arc<Experiment>,
    /// What is known of it, more from frame to frame.
    pub sweep: Rc<RefCell<Sweep>>,
}

/// What is listed of the log.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Table {
    /// The words that say what is listed, as somebody typed them.
    pub words: String,
    /// What is wrong with them, if something is: then what they last meant goes on being listed.
    pub problem: Option<String>,
    /// What is listed.
    pub question: Question,
}

/// Everything the page shows. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// What is to be simulated.
    pub experiment: Arc<Experiment>,
    /// What was simulated: the experiment above, but for the moments in which a large one is
    /// still being computed.
    pub run: Rc<Run>,
    /// Whether the run is not yet that of the experiment, or not all of it.
    pub computing: bool,
    /// Where that takes long: up to when the next run is known, and when it ends.
    pub progress: Option<(SimTime, SimTime)>,
    /// Whether there is a whole run to go back to.
    pub has_way_back: bool,
    /// The moment that is shown.
    pub t: SimTime,
    /// The moment that is to be shown as soon as it is simulated, or found.
    pub heading: Option<SimTime>,
    /// Whether time passes.
    pub playing: bool,
    /// An index into [`SPEEDS`](super::speed::SPEEDS).
    pub speed: usize,
    /// What is looked at closely.
    pub selection: Selection,
    /// What is to be looked at closely as soon as the run of the experiment is there.
    pub awaited: Option<Selection>,
    /// The part of the time axis that the timeline shows.
    pub viewport: Viewport,
    /// The part of it that somebody has marked.
    pub brush: Option<Range>,
    /// Which tracks are shown, and how.
    pub tracks: Arrangement,
    /// Whether knobs are turned from the start of the run instead of from now on.
    pub from_start: bool,
    /// The histories that were forked from one another, of which the experiment is one.
    pub forks: Rc<Forks>,
    /// What would have been, once it has been computed.
    pub ghost: Option<Rc<Run>>,
    /// Other runs of branches, so that nobody has to wait when they come back.
    pub kept: Vec<Rc<Run>>,
    /// The branch whose name is being written.
    pub naming: Option<BranchId>,
    /// What was done, and undone.
    pub history: Rc<History>,
    /// The change in the making.
    pub gesture: Option<Gesture>,
    /// The request that somebody is about to send by hand.
    pub draft: Rc<HandRequest>,
    /// A sentence to read.
    pub notice: Option<Rc<str>>,
    /// Whether the side panel is open, where it is a drawer.
    pub panel_open: bool,
    /// The events that are listed in the panel, whatever is selected.
    pub list: Option<Roll>,
    /// Whether the log is shown in the place of the tracks.
    pub table_open: bool,
    /// What is listed there.
    pub table: Rc<Table>,
    /// The search for requests.
    pub find: Find,
    /// The contest for a row among more and more clients, if somebody looks at it.
    pub contest: Option<Contest>,
    /// The stage as a drawing board, while somebody draws.
    pub drawing: Option<Drawing>,
    /// The lesson that somebody is in.
    pub tour: Option<Rc<Tour>>,
    /// How what is shown is presented to a room, if it is.
    pub present: Option<Present>,
    /// What is looked for in the gallery, while it is open.
    pub gallery: Option<Rc<str>>,
    /// Whether the list of keys is open.
    pub help_open: bool,
    /// The track that a narrow page shows.
    pub track: TrackKind,
    /// Whether the visitor asked for less motion.
    pub less_motion: bool,
}

impl State {
    /// The beginning of a run.
    #[must_use]
    pub(crate) fn new(run: Run) -> Self {
        Self {
            experiment: run.experiment().clone(),
            t: SimTime::ZERO,
            heading: None,
            computing: false,
            progress: None,
            has_way_back: run.is_whole(),
            playing: false,
            speed: DEFAULT_SPEED,
            selection: Selection::Nothing,
            awaited: None,
            viewport: axis::first(run.end()),
            brush: None,
            tracks: Arrangement::default(),
            from_start: false,
            forks: Rc::new(Forks::new(run.experiment().clone())),
            ghost: None,
            kept: Vec::new(),
            naming: None,
            history: Rc::default(),
            gesture: None,
            draft: Rc::default(),
            notice: None,
            panel_open: false,
            list: None,
            table_open: false,
            table: Rc::default(),
            find: Find::default(),
            contest: None,
            drawing: None,
            tour: None,
            present: None,
            gallery: None,
            help_open: false,
            track: TrackKind::Requests,
            less_motion: false,
            run: Rc::new(run),
        }
    }

    /// The last moment that can be shown.
    #[must_use]
    pub(crate) fn end(&self) -> SimTime {
        self.run.end()
    }

    /// The run of an experiment, if it is known.
    #[must_use]
    pub(crate) fn run_of(&self, experiment: &Experiment) -> Option<&Rc<Run>> {
        let mut known = [&self.run].into_iter().chain(&self.kept);
        known.find(|run| run.is_whole() && **run.experiment() == *experiment)
    }

    /// Keeps a run for later, if it is that of a branch and not too large; the oldest make room.
    pub(super) fn keep(&mut self, run: Rc<Run>) {
        if !run.is_whole() {
            return;
        }
        self.kept.retain(|kept| !Rc::ptr_eq(kept, &run));
        self.kept.push(run);
        self.kept.retain(|kept| self.forks.find(kept.experiment()).is_some());
        // What is seen beside the shown run goes last.
        let seen = |run: &Rc<Run>| {
            self.forks.ghost().is_some_and(|ghost| *ghost.experiment == **run.experiment())
        };
        while self.kept.iter().map(|run| run.log().bytes()).sum::<usize>() > KEPT {
            let place = self.kept.iter().position(|run| !seen(run)).unwrap_or_default();
            self.kept.remove(place);
        }
    }

    /// The moment that somebody wants to look at.
    #[must_use]
    pub(crate) fn eye(&self) -> SimTime {
        self.heading.unwrap_or(self.t)
    }

    /// Shows a moment, now or as soon as it is known.
    pub(super) fn look_at(&mut self, t: SimTime) {
        let known = t <= self.end();
        self.heading = (!known && !self.run.is_whole()).then_some(t);
        if self.heading.is_none() {
            self.t = t.min(self.end());
        }
    }

    /// Puts a run in the place of the one that was shown.
    pub(super) fn show_run(&mut self, run: Rc<Run>) {
        let eye = self.eye();
        if **run.experiment() == *self.experiment {
            self.experiment = run.experiment().clone();
        }
        if let Some(limits) = run.stopped() {
            let most = if run.log().len() >= limits.events {
                format!("{} events", limits.events)
            } else {
                format!("{} MiB", limits.bytes >> 20)
            };
            let sentence = format!(
                "The run stops at {}, because it holds no more than {most}. What happened before \
                 is complete.",
                run.end()
            );
            self.notice = Some(sentence.into());
        }
        self.t = self.t.min(run.end());
        self.has_way_back |= run.is_whole();
        run.flow_on_from(&self.run);
        let before = std::mem::replace(&mut self.run, run);
        let new = self.run.experiment().clone();
        self.change_systems(&before.experiment().scenario, &new.scenario);
        self.keep(before);
        self.look_at(eye);
        self.select_what_is_there();
    }

    /// Lets go of a selection that the run does not have. A link may ask for one of a run that is
    /// still being computed: that is made up for as soon as it is there.
    pub(super) fn select_what_is_there(&mut self) {
        let wanted = self.awaited.take().unwrap_or(self.selection);
        // In another system the same place is another part.
        let of_it = same_shape(&self.run.experiment().scenario, &self.experiment.scenario);
        if of_it && self.has(wanted) {
            self.selection = wanted;
            return;
        }
        self.selection = Selection::Nothing;
        let is_last = self.run.is_whole() && **self.run.experiment() == *self.experiment;
        self.awaited = (!is_last).then_some(wanted);
    }

    fn has(&self, selection: Selection) -> bool {
        let length = self.run.log().length();
        let experiment = self.run.experiment();
        match selection {
            Selection::Request(id) => id < length.requests,
            Selection::Event(id) => id < length.events,
            Selection::Intervention(index) => (index as usize) < experiment.interventions.len(),
            Selection::Edge(id) => experiment.scenario.edge(id).is_some(),
            Selection::Node(id) => usize::from(id) < experiment.scenario.nodes.len(),
            Selection::Client(_) | Selection::Nothing => true,
        }
    }
}
