//! Drawing a system: what is held, what is said about the last step, and the steps themselves.

use std::rc::Rc;
use std::sync::Arc;

use half_open::policy::Problem;
use half_open::scenario::{Columns, Edit, Experiment, NodeId, Places, Scenario, library};
use half_open_view::draw::Size;
use half_open_view::focus::same_shape;
use half_open_view::stage::{Outline, Toward};

use super::forks::Forks;
use super::history::Way;
use super::reduce::{follow_branch, reduce};
use super::{Action, Selection, State, table};

/// What a system is called that somebody has drawn, until it has a title of its own.
const TITLE: &str = "My system";

/// The stage as a drawing board.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Drawing {
    /// How large it is; nothing is on it before that is known.
    pub size: Size,
    /// What has the keyboard.
    pub at: Selection,
    /// The caller of a call in the making, and where a pointer draws that to.
    pub call: Option<(NodeId, Option<(f32, f32)>)>,
    /// The card that a pointer holds.
    pub held: Option<Held>,
    /// Whether a card was dragged, and the click that ends that is yet to come.
    pub dragged: bool,
    /// What the last step did.
    pub said: Rc<str>,
    /// Why the last step was refused.
    pub problem: Option<Rc<str>>,
    /// How often the board asked for the keyboard.
    pub called: u32,
}

/// A card that a pointer holds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Held {
    /// Which one.
    pub node: NodeId,
    /// Where on the stage it was gripped.
    pub from: (f32, f32),
    /// Where the pointer is.
    pub to: (f32, f32),
    /// Whether it has gone so far that this is no click.
    pub dragged: bool,
}

impl Held {
    /// In which columns the system is, once it lets go.
    fn columns(&self, experiment: &Experiment, size: Size) -> Columns {
        Outline::new(experiment, size).dropped(self.node, self.to)
    }
}

/// How many pixels a pointer may tremble while it clicks.
const STILL: f32 = 6.0;

/// What somebody does with the board.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Stroke {
    /// Begins to draw.
    Begin,
    /// Is done.
    End,
    /// The board is as large as this.
    Fit(Size),
    /// Goes there with the keyboard.
    At(Selection),
    /// Begins a call, and draws it to a point with a pointer, or is about to choose the callee.
    Call(NodeId, Option<(f32, f32)>),
    /// A pointer goes down on a card, or where there is none.
    Hold(Option<NodeId>, (f32, f32)),
    /// The pointer is at another point, with the end of a call or with a card, if it holds one.
    Stretch((f32, f32)),
    /// The pointer lets go of it, on a node or where nothing is.
    LetGo(Option<NodeId>),
    /// Forgets about what a pointer holds, and about the call in the making.
    Drop,
    /// A click on a part, or on nothing. The one that ends a drag is none.
    Press(Selection),
    /// A card goes one step.
    Shift(NodeId, Toward),
    /// All cards find their places by themselves.
    LayOut,
    /// Draws.
    Make(Edit),
    /// Gives the system another title.
    Title(String),
}

/// Carries out a stroke.
pub(super) fn draw(state: &mut State, stroke: Stroke) {
    match stroke {
        Stroke::Begin => {
            state.playing = false;
            state.list = None;
            state.find.open = false;
            Rc::make_mut(&mut state.forks).close_pair();
            let called = state.drawing.as_ref().map_or(0, |drawing| drawing.called);
            state.drawing.get_or_insert_default().called = called + 1;
            return;
        }
        Stroke::End => {
            state.drawing = None;
            return;
        }
        _ => {}
    }
    let Some(drawing) = &mut state.drawing else { return };
    match stroke {
        Stroke::Fit(size) => drawing.size = size,
        Stroke::At(part) => drawing.at = part,
        Stroke::Call(from, to) => {
            drawing.problem = None;
            drawing.called += u32::from(to.is_none());
            drawing.call = Some((from, to));
        }
        Stroke::Hold(node, from) => {
            drawing.dragged = false;
            let free = node.filter(|_| drawing.call.is_none());
            drawing.held = free.map(|node| Held { node, from, to: from, dragged: false });
        }
        Stroke::Stretch(to) => {
            if let Some((_, Some(end))) = &mut drawing.call {
                *end = to;
            }
            if let Some(held) = &mut drawing.held {
                held.to = to;
                held.dragged |= (to.0 - held.from.0).hypot(to.1 - held.from.1) > STILL;
            }
        }
        Stroke::LetGo(to) => {
            if let Some((from, Some(_))) = drawing.call {
                draw(state, led(from, to));
            } else if let Some(held) = drawing.held.take().filter(|held| held.dragged) {
                drawing.dragged = true;
                drawing.at = Selection::Node(held.node);
                let columns = held.columns(&state.experiment, drawing.size);
                put(state, held.node, &columns);
            }
        }
        Stroke::Drop => {
            (drawing.call, drawing.held) = (None, None);
        }
        Stroke::Press(what) => {
            if !std::mem::take(&mut drawing.dragged) {
                reduce(state, Action::Select(what));
            }
        }
        Stroke::Shift(node, toward) => {
            let columns = Outline::new(&state.experiment, drawing.size).stepped(node, toward);
            put(state, node, &columns);
        }
        Stroke::LayOut => {
            arrange(state, &[], "Every card has found its place by itself.".into());
        }
        Stroke::Make(edit) => {
            drawing.call = None;
            let after = state.experiment.edited(&edit);
            let after = after.map(|(after, places)| {
                let aim = drawn_upon(&edit, &after, &places, state.aim());
                let said = said(&edit, &state.experiment.scenario, &after.scenario);
                (after, aim, said)
            });
            settle(state, after);
        }
        Stroke::Title(title) => {
            let after = titled(&state.experiment, title.trim());
            let aim = state.aim();
            settle(state, after.map(|after| (after, aim, "It has another title now.".into())));
        }
        Stroke::Begin | Stroke::End => {}
    }
}

/// What becomes of a line that was drawn to a node, or to where nothing is. One that was hardly drawn
/// at all goes to what is pressed next.
fn led(from: NodeId, to: Option<NodeId>) -> Stroke {
    match to {
        Some(to) if to == from => Stroke::Call(from, None),
        Some(to) => Stroke::Make(Edit::Connect { from, to }),
        None => Stroke::Make(Edit::AddService(from)),
    }
}

/// A new system is shown, or it is said why there is none.
fn settle(state: &mut State, after: Result<(Experiment, Selection, String), Problem>) {
    let (said, problem) = match after {
        Ok((mut after, aim, said)) => {
            if after != *state.experiment {
                own(&mut after.scenario);
                show(state, after, aim);
            }
            (said, None)
        }
        Err(problem) => (String::new(), Some(format!("{problem}.").into())),
    };
    let at = state.aim();
    if let Some(drawing) = &mut state.drawing {
        if problem.is_none() && at != Selection::Nothing {
            drawing.at = at;
        }
        (drawing.said, drawing.problem) = (said.into(), problem);
    }
}

/// A card was put somewhere by hand.
fn put(state: &mut State, node: NodeId, columns: &Columns) {
    let scenario = &state.experiment.scenario;
    let name = scenario.node_name(node);
    let said = if scenario.columns() == *columns {
        format!("{name} stays where it is.")
    } else {
        let row = |nodes: &Vec<NodeId>| nodes.iter().position(|id| *id == node);
        let mut all = columns.iter().enumerate();
        let place = all.find_map(|(column, nodes)| Some((column, row(nodes)?, nodes.len())));
        let (column, row, rows) = place.unwrap_or_default();
        let (place, columns) = (column + 1, columns.len());
        match rows {
            1 => format!("{name} is alone in layer {place} of {columns}."),
            _ => format!("{name} is {} of {rows} in layer {place} of {columns}.", row + 1),
        }
    };
    arrange(state, columns, said);
}

/// The system is drawn in these columns, in all of its branches: nothing else happens there.
fn arrange(state: &mut State, columns: &[Vec<NodeId>], said: String) {
    if state.experiment.scenario.columns() != columns {
        Rc::make_mut(&mut state.history).record(state.forks.clone(), Way::Whole);
        Rc::make_mut(&mut state.forks).arrange(columns);
        follow_branch(state);
    }
    if let Some(drawing) = &mut state.drawing {
        (drawing.call, drawing.problem) = (None, None);
        drawing.said = said.into();
    }
}

/// Puts a system in the place of the one that was drawn upon: with other calls and other nodes it has
/// a history of its own.
fn show(state: &mut State, after: Experiment, aim: Selection) {
    (state.gesture, state.naming, state.list, state.notice) = (None, None, None, None);
    Rc::make_mut(&mut state.history).record(state.forks.clone(), Way::Whole);
    state.forks = Rc::new(Forks::new(Arc::new(after)));
    follow_branch(state);
    // The ids mean something else until the new run is there.
    state.awaited = Some(aim);
}

/// A system that was drawn upon is no longer the one that comes with Half-Open.
fn own(scenario: &mut Scenario) {
    if library::find(&scenario.name).is_some() {
        scenario.name = name_for(TITLE);
        scenario.title = TITLE.into();
        scenario.sentence = "Drawn by hand.".into();
    }
}

fn titled(experiment: &Experiment, title: &str) -> Result<Experiment, Problem> {
    if title.is_empty() {
        return Err(Problem::new("a system", "needs a title"));
    }
    let mut after = experiment.clone();
    if title != after.scenario.title {
        own(&mut after.scenario);
        after.scenario.title = title.into();
        after.scenario.name = name_for(title);
    }
    after.validate()?;
    Ok(after)
}

/// The title as a file may be called: `my-system`.
fn name_for(title: &str) -> String {
    let plain = title.to_lowercase();
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("-");
    if name.is_empty() || library::find(&name).is_some() { format!("my-{name}") } else { name }
}

/// What was drawn: that is looked at next.
fn drawn_upon(edit: &Edit, after: &Experiment, places: &Places, before: Selection) -> Selection {
    let last = |all: usize| all.saturating_sub(1) as u8;
    match edit {
        Edit::AddService(_) | Edit::AddClients(_) => {
            Selection::Node(last(after.scenario.nodes.len()))
        }
        Edit::Connect { .. } => Selection::Edge(last(after.scenario.edges.len())),
        _ => {
            let stays = match before {
                Selection::Node(node) => places.node(node).map(Selection::Node),
                Selection::Edge(edge) => places.edge(edge).map(Selection::Edge),
                _ => None,
            };
            stays.unwrap_or_default()
        }
    }
}

/// What an edit did, for those who do not see it.
fn said(edit: &Edit, before: &Scenario, after: &Scenario) -> String {
    let name = |node: &NodeId| before.node_name(*node);
    let new = after.nodes.last().map_or("", |node| &node.name);
    match edit {
        Edit::AddService(caller) => format!("{new} is new, and {} calls it.", name(caller)),
        Edit::AddClients(callee) => format!("{new} are new, and call {}.", name(callee)),
        Edit::Connect { from, to } => format!("{} calls {} now.", name(from), name(to)),
        Edit::RemoveNode(node) => format!("{} is gone.", name(node)),
        Edit::RemoveCall(edge) => match before.edge(*edge) {
            Some(edge) => format!("{} calls {} no longer.", name(&edge.from), name(&edge.to)),
            None => String::new(),
        },
        Edit::Rename(node, _) => format!("{} is {} now.", name(node), after.node_name(*node)),
    }
}

impl State {
    /// In which columns the system is drawn while a card is dragged.
    #[must_use]
    pub(crate) fn dragged_columns(&self) -> Option<Columns> {
        let drawing = self.drawing.as_ref()?;
        let held = drawing.held.filter(|held| held.dragged)?;
        Some(held.columns(&self.experiment, drawing.size))
    }

    /// In which columns the run that is shown is drawn, if not in its own: that of a system that was just
    /// arranged otherwise is on its way.
    #[must_use]
    pub(crate) fn columns(&self) -> Option<Columns> {
        let (shown, next) = (self.run.experiment(), &self.experiment);
        if !same_shape(&shown.scenario, &next.scenario) {
            return None;
        }
        // Of the same shape they are in the same columns, unless somebody has moved a card.
        let mut both = shown.scenario.nodes.iter().zip(&next.scenario.nodes);
        let moved = !Arc::ptr_eq(shown, next) && both.any(|(one, other)| one.place != other.place);
        self.dragged_columns().or_else(|| moved.then(|| next.scenario.columns()))
    }

    /// What is looked at closely in the system that is to be simulated.
    #[must_use]
    pub(crate) fn aim(&self) -> Selection {
        self.awaited.unwrap_or(self.selection)
    }

    /// Whether knobs are turned from the start of the run: who draws, draws what is there at first, and
    /// who has something to do in a lesson wants to see what all of it would have been.
    #[must_use]
    pub(crate) fn turns_from_start(&self) -> bool {
        let beat = self.tour.as_ref().and_then(|tour| tour.beat());
        self.from_start || self.drawing.is_some() || beat.is_some_and(|beat| beat.task.is_some())
    }

    /// Looks closer at a part of the system that is to be simulated.
    pub(super) fn select(&mut self, selection: Selection) {
        if let Some(drawing) = &mut self.drawing {
            drawing.at = selection;
            drawing.said = "".into();
            drawing.problem = None;
            drawing.call = None;
        }
        let shown = &self.run.experiment().scenario;
        if same_shape(shown, &self.experiment.scenario) {
            (self.selection, self.awaited) = (selection, None);
        } else {
            self.awaited = Some(selection);
        }
    }

    /// The run that is shown next is that of another system: what points at parts of this one follows,
    /// or is let go of.
    pub(super) fn change_systems(&mut self, old: &Scenario, new: &Scenario) {
        if !same_shape(old, new) {
            self.list = None;
            let same = half_open_view::focus::same_part(old, new, self.selection);
            self.awaited.get_or_insert(same);
        }
        if old.nodes.iter().map(|node| &node.name).ne(new.nodes.iter().map(|node| &node.name)) {
            table::read_anew(self, new);
        }
    }
}
