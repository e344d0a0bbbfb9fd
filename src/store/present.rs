//! Presenting to a room: one press goes on, and a few keys break and mend what is on the stage.

use half_open::policy::backoff::Kind;
use half_open::scenario::knob::EdgeKnob;
use half_open::scenario::{
    Change, EdgeId, Experiment, Fault, FaultKind, Intervention, Knob, NodeId, Scenario, Target,
};
use half_open::time::SimTime;
use half_open_view::change;
use half_open_view::link::{self, Selection};

use super::reduce::{amend, look_at, play, reduce};
use super::state::State;
use super::tour::{self, Guess, Turn};
use super::{Action, Tour};

/// How many times as long a service takes that is slowed down.
const SLOW: FaultKind = FaultKind::Slow(7.0);

/// How something is presented.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Present {
    /// Whom the stage shows from near, if anybody.
    pub zoom: Option<NodeId>,
}

/// What can be done while presenting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Show {
    /// Present what is shown.
    Begin,
    /// No longer.
    End,
    /// Go on: to the end of what moves, to the answer, to the solution, to the next beat. Without a
    /// lesson, play or pause.
    On,
    /// Go back to the beat before; without a lesson, to the start of the run.
    Back,
    /// Show somebody from near, or all again.
    Closer,
    /// Show this one from near; all again, if that is who is shown.
    Look(NodeId),
    /// Show the one so many places further from near.
    Beside(i32),
    /// Break or mend something.
    Do(Deed),
}

/// What a single key does to what is on the stage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Deed {
    /// All clients act at one instant, and try again together.
    Align,
    /// They try again when chance has it.
    Spread,
    /// A service is slow, or no longer.
    Slow,
    /// The next response on a line is lost.
    Lose,
}

impl Deed {
    /// All of them, in the order in which they are offered.
    pub(crate) const ALL: [Self; 4] = [Self::Align, Self::Spread, Self::Slow, Self::Lose];

    /// The key that does it.
    #[must_use]
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Align => "a",
            Self::Spread => "s",
            Self::Slow => "d",
            Self::Lose => "n",
        }
    }

    /// What it changes at a moment; nothing, where there is nothing of the kind.
    fn change(self, state: &State, before: &Experiment, at: SimTime) -> Option<Experiment> {
        let scenario = before.scenario_at(at);
        let mut experiment = before.clone();
        match self {
            Self::Align => {
                let crowds: Vec<NodeId> = crowds(&scenario).collect();
                if crowds.is_empty() {
                    return None;
                }
                for edge in retried(&scenario) {
                    experiment = turned(experiment, at, edge, Kind::Exponential)?;
                }
                for crowd in crowds {
                    experiment.insert(Intervention { at, change: Change::Burst(crowd) });
                }
            }
            Self::Spread => {
                retried(&scenario).next()?;
                for edge in retried(&scenario) {
                    experiment = turned(experiment, at, edge, Kind::Full)?;
                }
            }
            Self::Slow => {
                let node = service(state)?;
                if let Some(index) = slowed(before, node, at) {
                    return change::healed(experiment, index, at);
                }
                let fault = Fault { target: Target::Node(node), kind: SLOW, lasts: None };
                experiment.insert(Intervention { at, change: Change::Fault(fault) });
            }
            Self::Lose => {
                let target = Target::Edge(line(state)?);
                let fault = Fault { target, kind: FaultKind::LoseNextResponse, lasts: None };
                experiment.insert(Intervention { at, change: Change::Fault(fault) });
            }
        }
        Some(experiment)
    }

    /// To whom it is done, and whether it would take back what was done before; nothing, where it
    /// cannot be done.
    fn target(self, state: &State) -> Option<(String, bool)> {
        let at = state.eye();
        let scenario = state.experiment.scenario_at(at);
        let name = |node| scenario.node_name(node).to_owned();
        Some(match self {
            Self::Align => (name(crowds(&scenario).next()?), false),
            Self::Spread => (name(scenario.edge(retried(&scenario).next()?)?.from), false),
            Self::Slow => {
                let node = service(state)?;
                (name(node), slowed(&state.experiment, node, at).is_some())
            }
            Self::Lose => (scenario.edge_name(line(state)?), false),
        })
    }
}

/// What can be done to what is on the stage now: to whom, and whether it mends something.
#[must_use]
pub(crate) fn deeds(state: &State) -> Vec<(Deed, String, bool)> {
    if state.tour.as_ref().is_some_and(|tour| tour.beat().is_none()) {
        return Vec::new();
    }
    let offer = |deed: Deed| deed.target(state).map(|(whom, mends)| (deed, whom, mends));
    Deed::ALL.into_iter().filter_map(offer).collect()
}

/// Does something while presenting, or begins and ends that.
pub(super) fn show(state: &mut State, show: Show) {
    let Some(present) = state.present.as_mut() else {
        if show == Show::Begin {
            begin(state);
        }
        return;
    };
    let services = || services(&state.experiment.scenario);
    match show {
        Show::Begin => {}
        Show::End => state.present = None,
        Show::On => on(state),
        Show::Back if state.tour.is_some() => tour::turn(state, Turn::Back),
        Show::Back => {
            state.playing = false;
            look_at(state, SimTime::ZERO);
        }
        Show::Closer if present.zoom.is_some() => present.zoom = None,
        Show::Closer => {
            let chosen = service(state);
            state.present = Some(Present { zoom: chosen });
        }
        Show::Look(node) => present.zoom = Some(node).filter(|node| present.zoom != Some(*node)),
        Show::Beside(by) => {
            let here = services().position(|node| Some(node) == present.zoom);
            let (here, count) = (here.unwrap_or_default() as i32, services().count() as i32);
            let next = (here + by).rem_euclid(count.max(1)) as usize;
            let next = services().nth(next);
            state.present = Some(Present { zoom: next });
        }
        Show::Do(deed) => {
            let (before, at) = (state.clone(), state.eye());
            amend(state, None, |experiment| deed.change(&before, &experiment, at));
        }
    }
}

/// What lies over the stage, or beside it, goes.
fn begin(state: &mut State) {
    if state.forks.pair().is_some() {
        reduce(state, Action::SideBySide(false));
    }
    state.drawing = None;
    state.gallery = None;
    state.list = None;
    state.find.open = false;
    state.table_open = false;
    state.panel_open = false;
    state.present = Some(Present::default());
}

fn on(state: &mut State) {
    let Some(tour) = state.tour.clone() else {
        return if state.playing { state.playing = false } else { play(state) };
    };
    if state.beat_moves() {
        tour::turn(state, Turn::Next);
    } else if tour.asks() {
        tour::turn(state, Turn::Guess(Guess::Passed));
    } else if is_to_be_shown(state, &tour) {
        tour::turn(state, Turn::Show);
        look_at(state, tour.range.from);
        state.playing = tour.range.from < tour.range.to;
    } else {
        tour::turn(state, Turn::Next);
    }
}

/// Whether there is something to do in the beat that nobody has done, and it is known how.
fn is_to_be_shown(state: &State, tour: &Tour) -> bool {
    let Some(task) = tour.beat().and_then(|beat| beat.task.as_ref()) else { return false };
    let known = link::decode(&task.shown).ok();
    let reached = || {
        let goals = tour.goals(&state.run);
        let current = **state.run.experiment() == *state.experiment;
        current && !goals.is_empty() && goals.iter().all(|goal| goal.met)
    };
    known.is_some_and(|shown| shown.experiment != *state.experiment) && !reached()
}

/// Services, from the one that clients call on.
fn services(scenario: &Scenario) -> impl Iterator<Item = NodeId> + '_ {
    (0u8..).take(scenario.nodes.len()).filter(|node| scenario.service(*node).is_some())
}

/// Populations of more than one client that send requests by themselves.
fn crowds(scenario: &Scenario) -> impl Iterator<Item = NodeId> + '_ {
    let many = |node: &NodeId| scenario.clients(*node).is_some_and(|clients| clients.count > 1);
    scenario.populations().filter(many)
}

/// The calls of clients that are tried again.
fn retried(scenario: &Scenario) -> impl Iterator<Item = EdgeId> + '_ {
    let calls = crowds(scenario).flat_map(|node| scenario.calls_of(node));
    calls.filter(|edge| {
        let attempts = Knob::Edge(*edge, EdgeKnob::Attempts).get(scenario);
        attempts.is_some_and(|attempts| attempts > 1.0)
    })
}

/// The same with another formula for the waits of a call from a moment on.
fn turned(experiment: Experiment, at: SimTime, edge: EdgeId, kind: Kind) -> Option<Experiment> {
    let value = Kind::ALL.iter().position(|other| *other == kind)?;
    change::turn_at(experiment, at, Knob::Edge(edge, EdgeKnob::Backoff), value as f64).ok()
}

/// The service that a talk is about: the one that is shown from near or selected, the one that is
/// broken in this run, or else the first that another service needs.
fn service(state: &State) -> Option<NodeId> {
    let scenario = &state.experiment.scenario;
    let is_service = |node: &NodeId| scenario.service(*node).is_some();
    let zoomed = state.present.as_ref().and_then(|present| present.zoom);
    let selected = match state.selection {
        Selection::Node(node) => Some(node),
        Selection::Edge(edge) => scenario.edge(edge).map(|edge| edge.to),
        _ => None,
    };
    let broken = || {
        state.experiment.interventions.iter().find_map(|done| match &done.change {
            Change::Fault(Fault { target: Target::Node(node), .. }) => Some(*node),
            _ => None,
        })
    };
    let needed = || scenario.edges.iter().find(|edge| is_service(&edge.from)).map(|edge| edge.to);
    let chosen = zoomed.or(selected).filter(is_service);
    let chosen = chosen.or_else(broken).or_else(needed);
    chosen.or_else(|| services(scenario).next())
}

/// The line on which a response is lost: the selected one, or else the first of the clients.
fn line(state: &State) -> Option<EdgeId> {
    let scenario = &state.experiment.scenario;
    match state.selection {
        Selection::Edge(edge) if scenario.edge(edge).is_some() => Some(edge),
        _ => scenario.populations().find_map(|node| scenario.calls_of(node).next()),
    }
}

/// What makes a service slow at a moment.
fn slowed(experiment: &Experiment, node: NodeId, at: SimTime) -> Option<usize> {
    experiment.interventions.iter().position(|done| match &done.change {
        Change::Fault(fault) => {
            let slows = matches!(fault.kind, FaultKind::Slow(_));
            let lasts = fault.lasts.is_none_or(|lasts| at < done.at + lasts);
            slows && fault.target == Target::Node(node) && done.at <= at && lasts
        }
        _ => false,
    })
}
